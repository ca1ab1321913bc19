"""What a viewer needs of those it works with, so that a test may put others in their place."""

from typing import Protocol

from webcam_digits.types import Box, Image
from webcam_digits.ui.controls import Drag, Key


class Screen(Protocol):
    """What a viewer needs of a window."""

    @property
    def is_open(self) -> bool:
        """Whether it still stands."""

    def show(self, image: Image) -> None:
        """Show a picture."""

    def poll(self, milliseconds: int) -> Key | None:
        """Wait for a key."""

    def drag(self) -> Drag | None:
        """What the mouse did."""

    def size_for(self, width: int, height: int) -> tuple[int, int]:
        """The size at which to draw a picture."""

    def toggle_fullscreen(self) -> None:
        """Fill the screen, or go back."""


class Interested(Protocol):
    """What can be told to read only a part of the picture.

    Attributes:
        region: that part, in pixels of the picture; None for all of it.
    """

    region: Box | None
