"""What keys and mouse ask for, whatever the window."""
# ruff: noqa: RUF001 - letters that look like Latin ones are what keyboards have

import enum
from collections import deque
from dataclasses import dataclass

Point = tuple[int, int]  # x, y in pixels of the picture as it is shown; it may lie outside

_CLICK = 6  # pixels: hands that only click move the mouse by less
_MOST_WAITING = 8  # drags: of more between two polls the oldest are forgotten


class Key(enum.Enum):
    """What a key asks for."""

    QUIT = enum.auto()
    PAUSE = enum.auto()
    STEP = enum.auto()
    SNAPSHOT = enum.auto()
    RECORD = enum.auto()
    FULLSCREEN = enum.auto()
    DEBUG = enum.auto()
    MIRROR = enum.auto()
    CLEAR = enum.auto()
    MORE = enum.auto()
    LESS = enum.auto()
    HELP = enum.auto()


# The characters of each. After a Latin letter come those of the same key on Russian and Ukrainian, Bulgarian,
# Greek and Hebrew layouts; the Bulgarian d is the Russian f. The q of Greek ones is a semicolon, so they have
# only Esc: it must not quit on others. Of the two sigmas X11 has one for the other. The last plus and minus
# are X11 keysyms of the keypad.
_CHARACTERS = {
    Key.QUIT: "q\x1bй",
    Key.PAUSE: " ",
    Key.STEP: ".юץ",
    Key.SNAPSHOT: "sыіяςד",
    Key.RECORD: "rкиρר",
    Key.FULLSCREEN: "fаоφכ",
    Key.DEBUG: "dвδג",
    Key.MIRROR: "mьпμצ",
    Key.CLEAR: "cсъψב",
    Key.MORE: "+=\uffab",  # on many keyboards = is + without shift
    Key.LESS: "-\uffad",
    Key.HELP: "h?ргηי",
}
_KEYS = {character: key for key, characters in _CHARACTERS.items() for character in characters}

# X11 keysyms of letters that are not Latin: their second byte says in which encoding the first one is.
_ENCODINGS = {0x06: "koi8_u", 0x07: "iso8859_7", 0x0C: "iso8859_8"}


def key_of(code: int) -> Key | None:
    """What a code of `cv2.waitKeyEx` asks for; None for no key and for keys without a meaning.

    GTK adds the modifiers above the low 16 bits; the codes of arrows and function keys are not characters
    below that, so none of them is taken for a letter.
    """
    high, low = code >> 8 & 0xFF, code & 0xFF
    encoding = _ENCODINGS.get(high)
    character = bytes([low]).decode(encoding, "replace") if encoding else chr(code & 0xFFFF)
    return None if code < 0 else _KEYS.get(character.lower())


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
    """Gathers the left mouse button's drags until they are taken."""

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
