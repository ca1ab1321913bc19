"""The keys of the window: which there are, and what each asks for."""

import enum


class Key(enum.Enum):
    """What the user asks for by a key."""

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


_KEYS = {
    "q": Key.QUIT,
    "\x1b": Key.QUIT,  # Esc
    " ": Key.PAUSE,
    ".": Key.STEP,
    "s": Key.SNAPSHOT,
    "r": Key.RECORD,
    "f": Key.FULLSCREEN,
    "d": Key.DEBUG,
    "m": Key.MIRROR,
    "c": Key.CLEAR,
    "+": Key.MORE,
    "=": Key.MORE,  # + without shift on many keyboards
    "\uffab": Key.MORE,  # the keypad's, where the backend hands on X keysyms
    "-": Key.LESS,
    "\uffad": Key.LESS,
    "h": Key.HELP,
    "?": Key.HELP,
}


def key_of(code: int) -> Key | None:
    """What a code of `cv2.waitKeyEx` asks for; None for no key and for keys without a meaning.

    GTK adds the modifiers above the low 16 bits; the codes of arrows and function keys are no characters
    below that, so none of them is taken for a letter.
    """
    return None if code < 0 else _KEYS.get(chr(code & 0xFFFF).lower())
