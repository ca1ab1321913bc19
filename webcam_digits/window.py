"""The window that shows the picture and hears the keys: the only file that calls highgui.

All of it belongs on the main thread. A loop over frames polls first, asks `is_open` next and shows last.
"""

import contextlib
import ctypes
import enum
import os
import socket
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.errors import DisplayError

_ON_X11 = sys.platform not in ("win32", "darwin")
_SMALLEST = 640  # pixels: the least width that a new window has, however small the picture
_LARGEST = 1280, 720  # pixels: the most that a new window takes; the smallest laptop screens hold it
_CONNECT_TIMEOUT = 2.0  # seconds that a display on another host has to answer


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


class Window:
    """A resizable window: inside its `with` block, from the first picture until the user closes it.

    Args:
        title: also the name by which highgui knows the window, so no two may share it.
    """

    def __init__(self, title: str):
        self.title = title
        self._opened = False
        self._closed = False
        self._fullscreen = False

    @staticmethod
    def available() -> str | None:
        """Why no window can be opened here and what to do about it; None where one can.

        Asked before the first window: opening one without a display ends the process, past any `except`.
        """
        if not cv2.currentUIFramework():
            return (
                "this OpenCV is built without windows: pip uninstall opencv-python-headless, "
                "then pip install --force-reinstall opencv-python"
            )
        if not _ON_X11:
            return None
        display = os.environ.get("DISPLAY")
        if not display:
            if os.environ.get("WAYLAND_DISPLAY"):
                return "this Wayland session runs no X server: install XWayland"
            return "there is no display: set DISPLAY to one"
        if not _reachable(display):
            return f"the display {display} does not let us in: set DISPLAY to one that does"
        return None

    def __enter__(self) -> Self:
        """Make ready.

        Raises:
            DisplayError: no window can be opened here.
        """
        if reason := self.available():
            raise DisplayError(reason)
        if _ON_X11:
            _prepare_qt()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the window; the user may have done it before."""
        self._closed = True
        if self._opened:
            with contextlib.suppress(cv2.error):
                cv2.destroyWindow(self.title)
                cv2.waitKeyEx(1)  # some backends close it only while they handle events

    @property
    def is_open(self) -> bool:
        """Whether the user has not closed the window; once closed, it stays closed."""
        if self._opened and not self._closed:
            try:
                # 0: hidden by its X. Below 0: this backend cannot tell.
                self._closed = cv2.getWindowProperty(self.title, cv2.WND_PROP_VISIBLE) == 0
            except cv2.error:  # Qt, when its last window is gone
                self._closed = True
        return not self._closed

    def show(self, image: NDArray[np.uint8]) -> None:
        """Show a picture, (h, w) or (h, w, 3) uint8 BGR; nothing where the window was closed."""
        if not self.is_open:  # highgui would open it again
            return
        if not self._opened:
            cv2.namedWindow(self.title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.resizeWindow(self.title, *first_size(image.shape[1], image.shape[0]))
            self._opened = True
        cv2.imshow(self.title, image)

    def poll(self, milliseconds: int) -> Key | None:
        """Handle the window's events; the key that was hit, or None after `milliseconds` without one."""
        if not self._opened:
            time.sleep(milliseconds / 1000)
            return None
        return key_of(cv2.waitKeyEx(max(milliseconds, 1)))  # 0 would wait for ever

    def toggle_fullscreen(self) -> None:
        """Fill the screen, or go back to a window."""
        if self._opened and self.is_open:
            self._fullscreen = not self._fullscreen
            mode = cv2.WINDOW_FULLSCREEN if self._fullscreen else cv2.WINDOW_NORMAL
            cv2.setWindowProperty(self.title, cv2.WND_PROP_FULLSCREEN, mode)


def first_size(width: int, height: int) -> tuple[int, int]:
    """A new window's size in pixels for a picture's: small ones enlarged, huge ones shrunk, in proportion."""
    scale = min(_LARGEST[0] / width, _LARGEST[1] / height, max(1.0, _SMALLEST / width))
    return max(round(width * scale), 1), max(round(height * scale), 1)


def _reachable(display: str) -> bool:
    """Whether an X server answers at `display` ("[host]:number[.screen]") and lets this user in."""
    host, _, number = display.rpartition(":")
    if host and host != "unix" and not host.startswith("/"):  # over TCP, where Xlib would wait for minutes
        try:
            port = 6000 + int(number.partition(".")[0])
            socket.create_connection((host.removeprefix("tcp/"), port), _CONNECT_TIMEOUT).close()
        except (OSError, ValueError):
            return False
    try:
        xlib = ctypes.CDLL("libX11.so.6")
    except OSError:  # an OpenCV that does without it
        return True
    xlib.XOpenDisplay.restype = ctypes.c_void_p
    xlib.XCloseDisplay.argtypes = [ctypes.c_void_p]
    connection = xlib.XOpenDisplay(display.encode())
    if connection:
        xlib.XCloseDisplay(connection)
    return bool(connection)


def _prepare_qt() -> None:
    """Lead Qt past the faults of OpenCV's wheel: after `import cv2` and before the first window."""
    # It brings no plugin but xcb.
    if "xcb" not in os.environ.get("QT_QPA_PLATFORM", ""):
        os.environ["QT_QPA_PLATFORM"] = "xcb"
    # Importing cv2 names a folder of fonts that may be missing, which Qt would complain of.
    fonts = os.environ.get("QT_QPA_FONTDIR")
    if fonts and not Path(fonts).is_dir():
        os.environ["QT_QPA_FONTDIR"] = str(Path(cv2.__file__).parent)
    # Its libX11-xcb writes who takes the events to where an older Xlib kept that. A newer one then swallows
    # some, and one window in fifty stays black. The system's own library, loaded first, takes its place.
    with contextlib.suppress(OSError):
        ctypes.CDLL("libX11-xcb.so.1", ctypes.RTLD_GLOBAL)
