"""The window that shows the picture and reads keys and mouse: the only module that calls highgui.

All of it belongs on the main thread. A loop over frames polls first, asks `is_open` next and shows last.

The picture's proportions are kept here, by black bars: not every backend of highgui can, and those that can
take bars of other colours.
"""

import contextlib
import ctypes
import os
import socket
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from webcam_digits.errors import DisplayError
from webcam_digits.types import Box, Image
from webcam_digits.ui.controls import Drag, Key, Mouse, key_of

_ON_X11 = sys.platform not in ("win32", "darwin")
_SMALLEST = 640  # pixels: the least width that a new window has, however small the picture
_LARGEST = 1280, 720  # pixels: the most that a new window takes; the smallest laptop screens hold it
_MOST_PADDED = 4096  # pixels that bars may make a side: a thread in a window just turned on its side
_NOTCH = 120  # of the wheel, in highgui's units; Qt zooms by a tenth with each
_CONNECT_TIMEOUT = 2.0  # seconds that a display on another host has to answer


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
        self._image: Image | None = None  # what is shown
        self._bars = Box(0, 0, 0, 0)  # where it is in the picture that highgui was given, bars and all
        self._room: tuple[int, int] | None = None  # width and height in pixels that it was shown in
        self._mouse = Mouse()
        self._zoom = 1.0

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

    def size_for(self, width: int, height: int) -> tuple[int, int]:
        """Width and height at which to draw a picture of this size: in proportion, as large as it is seen.

        So writing on small pictures is no coarser, and that on huge ones no smaller, than on others; and
        highgui need not scale, which takes Qt 20 ms for a screen of 3840x2160.
        """
        room = self._find_room() or first_size(width, height)
        scale = min(room[0] / width, room[1] / height)
        return max(round(width * scale), 1), max(round(height * scale), 1)

    def show(self, image: Image) -> None:
        """Show a picture, (h, w) or (h, w, 3) uint8 BGR; nothing where the window was closed."""
        if not self.is_open:  # highgui would open it again
            return
        if not self._opened:
            cv2.namedWindow(self.title, cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.resizeWindow(self.title, *first_size(image.shape[1], image.shape[0]))
            cv2.setMouseCallback(self.title, self._on_mouse)
            self._opened = True
        self._image, self._room = image, self._find_room()
        width, height = image.shape[1::-1]
        padded = padded_size(width, height, self._room or (width, height))
        left, top = (padded[0] - width) // 2, (padded[1] - height) // 2
        self._bars = Box(left, top, width, height)
        if padded != (width, height):
            sides = top, padded[1] - height - top, left, padded[0] - width - left
            image = np.asarray(cv2.copyMakeBorder(image, *sides, cv2.BORDER_CONSTANT, value=0), np.uint8)
        cv2.imshow(self.title, image)

    def poll(self, milliseconds: int) -> Key | None:
        """Handle the window's events; the key that was hit, or None after `milliseconds` without one."""
        if not self._opened:
            time.sleep(milliseconds / 1000)
            return None
        key = key_of(cv2.waitKeyEx(max(milliseconds, 1)))  # 0 would wait for ever
        if self._image is not None and self.is_open and self._find_room() != self._room:
            self.show(self._image)  # resized: it takes other bars
        return key

    def drag(self) -> Drag | None:
        """What the mouse did since it was last asked, in pixels of the picture shown; None for nothing."""
        return self._mouse.take()

    def toggle_fullscreen(self) -> None:
        """Fill the screen, or go back to a window."""
        if self._opened and self.is_open:
            self._fullscreen = not self._fullscreen
            mode = cv2.WINDOW_FULLSCREEN if self._fullscreen else cv2.WINDOW_NORMAL
            cv2.setWindowProperty(self.title, cv2.WND_PROP_FULLSCREEN, mode)

    def _find_room(self) -> tuple[int, int] | None:
        """Width and height in pixels that highgui shows pictures in; None where it cannot tell."""
        if not self._opened:
            return None
        try:
            _, _, width, height = cv2.getWindowImageRect(self.title)
        except cv2.error:  # closed
            return None
        return (width, height) if width > 0 and height > 0 else None

    def _on_mouse(self, event: int, x: int, y: int, flags: int, _: object) -> None:
        at = x - self._bars.x, y - self._bars.y
        if event == cv2.EVENT_MOUSEWHEEL and cv2.currentUIFramework() == "QT":
            self._zoom = max(1.0, self._zoom * (1 + (flags >> 16) / _NOTCH / 10))
        if self._zoom > 1:  # Qt then moves the picture with the mouse
            self._mouse.cancel()
        elif event == cv2.EVENT_LBUTTONDOWN:
            self._mouse.press(at)
        elif event == cv2.EVENT_LBUTTONUP:
            self._mouse.release(at)
        elif event == cv2.EVENT_MOUSEMOVE:
            self._mouse.move(at)


def padded_size(width: int, height: int, room: tuple[int, int]) -> tuple[int, int]:
    """A picture's size in pixels with the bars that give it the proportions of the room it is shown in."""
    across, down = room[0] / width, room[1] / height
    if across > down:
        return max(min(round(room[0] / down), _MOST_PADDED), width), height
    return width, max(min(round(room[1] / across), _MOST_PADDED), height)


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
