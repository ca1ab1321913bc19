"""What a Linux camera says of itself, asked of its device file without starting it.

Numbers and layouts are those of <linux/videodev2.h>.
"""

import os
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_QUERY_CAPABILITIES = 0x80685600
_ENUMERATE_FORMATS = 0xC0405602
_ENUMERATE_SIZES = 0xC02C564A
_ENUMERATE_INTERVALS = 0xC034564B
_REQUEST_BUFFERS = 0xC0145608

_CAPTURE = 1  # the kind of buffer, and the capability, of a camera
_MAPPED = 1  # kind of memory
_DISCRETE = 1  # sizes and intervals are single ones, not ranges
_HAS_DEVICE_CAPABILITIES = 0x80000000
_MEMORY_TO_MEMORY = 0x00008000 | 0x00004000  # a codec, not a camera
_MOST = 100  # formats, sizes or intervals that a driver is asked for: no loop is left to it


@dataclass(frozen=True, slots=True)
class Mode:
    """A kind of pictures that a camera can give.

    Attributes:
        coding: of a picture, in four characters: "MJPG" are JPEG images, "YUYV" and others are plain ones.
        width: in pixels.
        height: in pixels.
        fps: the most frames a second; 0 where the camera does not say.
    """

    coding: str
    width: int
    height: int
    fps: float


def request_buffer(device: Path) -> None:
    """Ask for a buffer, and give it back: what a camera that streams to another program refuses.

    Raises:
        OSError: with the reason; EBUSY for such a camera, whose device file can be opened all the same.
    """
    with _Device(device) as camera:
        camera.ask(_REQUEST_BUFFERS, struct.pack("5I", 1, _CAPTURE, _MAPPED, 0, 0))


def is_camera(device: Path) -> bool:
    """Whether a device gives pictures; a webcam has other device files too, and codecs look alike.

    Raises:
        OSError: the device cannot be asked.
    """
    with _Device(device) as camera:
        answer = camera.ask(_QUERY_CAPABILITIES, bytes(104))
    whole, own = struct.unpack_from("2I", answer, 84)
    capabilities = own if whole & _HAS_DEVICE_CAPABILITIES else whole
    return bool(capabilities & _CAPTURE) and not capabilities & _MEMORY_TO_MEMORY


def modes(device: Path) -> tuple[Mode, ...]:
    """What a camera can give; of a range of sizes the smallest and the largest one.

    Raises:
        OSError: the device cannot be asked.
    """
    with _Device(device) as camera:
        return tuple(
            Mode(struct.pack("I", coding).decode("ascii", "replace").strip(), *size, camera.fps(coding, size))
            for coding in camera.codings()
            for size in camera.sizes(coding)
        )


class _Device:
    """An open device file, closed at the end of its `with` block."""

    def __init__(self, device: Path) -> None:
        self._descriptor = os.open(device, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def ask(self, request: int, question: bytes) -> bytes:
        if sys.platform == "win32":  # for the type checker: the standard library has no fcntl there
            return b""
        import fcntl

        return fcntl.ioctl(self._descriptor, request, question)

    def _enumerate(self, request: int, size: int, *key: int) -> Iterator[bytes]:
        """The driver's answers for the indices 0, 1, ... until it has no more."""
        for index in range(_MOST):
            question = struct.pack(f"{1 + len(key)}I", index, *key)
            try:
                yield self.ask(request, question.ljust(size, b"\0"))
            except OSError:
                return

    def codings(self) -> Iterator[int]:
        for answer in self._enumerate(_ENUMERATE_FORMATS, 64, _CAPTURE):
            yield struct.unpack_from("I", answer, 44)[0]

    def sizes(self, coding: int) -> Iterator[tuple[int, int]]:
        for answer in self._enumerate(_ENUMERATE_SIZES, 44, coding):
            kind, *numbers = struct.unpack_from("7I", answer, 8)
            if kind == _DISCRETE:
                yield numbers[0], numbers[1]
            else:  # least, most and step of the width, then of the height
                yield numbers[0], numbers[3]
                yield numbers[1], numbers[4]
                return

    def fps(self, coding: int, size: tuple[int, int]) -> float:
        fastest = 0.0
        for answer in self._enumerate(_ENUMERATE_INTERVALS, 52, coding, *size):
            # Of a range of intervals, the shortest comes first.
            kind, seconds, parts = struct.unpack_from("3I", answer, 16)
            fastest = max(fastest, parts / seconds if seconds else 0.0)
            if kind != _DISCRETE:
                break
        return fastest
