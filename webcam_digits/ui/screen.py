"""What a viewer needs of the window and the pipeline, so that a test may put others in their place."""

from typing import Protocol

from webcam_digits.types import Box, Image
from webcam_digits.ui.controls import Drag, Key


class Screen(Protocol):
    """What a viewer needs of a window."""

    @property
    def is_open(self) -> bool:
        """Whether the user has not closed it."""

    def show(self, image: Image) -> None:
        """Show a picture."""

    def poll(self, milliseconds: int) -> Key | None:
        """Wait for a key."""

    def drag(self) -> Drag | None:
        """What the mouse did since the last call, one drag a call; None for nothing more."""

    def size_for(self, width: int, height: int) -> tuple[int, int]:
        """The size at which to draw a picture."""

    def toggle_fullscreen(self) -> None:
        """Fill the screen, or go back."""


class HasRegion(Protocol):
    """What reads only a part of the picture where that is set.

    Attributes:
        region: that part, in pixels of the picture; None for all of it.
    """

    region: Box | None
