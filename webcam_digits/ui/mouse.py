"""What a person does with the left mouse button: clicks and drags, whatever the window."""

from collections import deque
from dataclasses import dataclass

Point = tuple[int, int]  # x, y in pixels of the picture as it is shown; it may lie outside

_CLICK = 6  # pixels: hands that only click move the mouse by less
_MOST_WAITING = 8  # drags: of more between two looks the oldest are forgotten


@dataclass(frozen=True, slots=True)
class Drag:
    """From where the button went down to where the mouse is.

    Attributes:
        start: where the button went down.
        end: where the mouse is, or the button came up.
        ended: the button came up.
    """

    start: Point
    end: Point
    ended: bool = False

    @property
    def is_click(self) -> bool:
        """Whether the mouse has stayed where it was."""
        return all(abs(a - b) < _CLICK for a, b in zip(self.start, self.end, strict=True))


class Mouse:
    """Gathers what the window tells of the mouse until somebody looks."""

    def __init__(self) -> None:
        self._over: deque[Drag] = deque(maxlen=_MOST_WAITING)
        self._current: Drag | None = None
        self._moved = False

    def press(self, at: Point) -> None:
        """The button goes down."""
        self._current, self._moved = Drag(at, at), True

    def move(self, to: Point) -> None:
        """The mouse moves."""
        if self._current is not None:
            self._current, self._moved = Drag(self._current.start, to), True

    def release(self, at: Point) -> None:
        """The button comes up."""
        if self._current is not None:
            self._over.append(Drag(self._current.start, at, ended=True))
            self._current = None

    def cancel(self) -> None:
        """Forget the drag in progress, which was meant for something else: it goes back and never ends."""
        if self._current is not None:
            self._over.append(Drag(self._current.start, self._current.start))
            self._current = None

    def take(self) -> Drag | None:
        """The oldest drag that is over, or else the one in progress; None where nothing is new."""
        if self._over:
            return self._over.popleft()
        moved, self._moved = self._moved, False
        return self._current if moved else None
