"""Which cameras there are, what they can give, and why one cannot be opened: asked without starting any."""

import errno
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webcam_digits.errors import SourceError
from webcam_digits.sources import v4l2

_SYSFS = Path("/sys/class/video4linux")
_DEV = Path("/dev")

NONE_LISTED = "no camera found: plug one in, or try --demo"

# The backends that open cameras elsewhere, and so number them, by their names in OpenCV.
_BACKENDS = {"win32": "CAP_DSHOW", "darwin": "CAP_AVFOUNDATION"}
_USUAL_SIZE = 640, 480  # that OpenCV asks a camera for, where nobody else does
_USUAL_FPS = 30.0
_CAMERA_DIGITS = 3  # of the largest number that a camera has


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera that the system knows.

    Attributes:
        number: for `--camera`.
        name: as the system calls it.
        modes: what it can give; empty where it does not say.
    """

    number: int
    name: str
    modes: tuple[v4l2.Mode, ...]

    @property
    def sizes(self) -> dict[tuple[int, int], float]:
        """The most frames a second for each width and height; 0 where it does not say."""
        sizes: dict[tuple[int, int], float] = {}
        for mode in self.modes:
            size = mode.width, mode.height
            sizes[size] = max(mode.fps, sizes.get(size, 0.0))
        return dict(sorted(sizes.items()))

    def as_json(self) -> dict[str, Any]:
        """What `cameras --json` prints."""
        sizes = [
            {"width": width, "height": height, "fps": round(fps, 2) if fps else None}
            for (width, height), fps in self.sizes.items()
        ]
        return {"camera": self.number, "name": self.name, "sizes": sizes}

    def __str__(self) -> str:
        """The number and name, and the sizes in a line each."""
        sizes = [
            f"    {width}x{height}" + (f", {fps:.4g} frames a second" if fps else "")
            for (width, height), fps in self.sizes.items()
        ]
        return "\n".join([f"{self.number}: {self.name}", *sizes])


def camera_number(source: int | str | Path) -> int | None:
    """The camera that a number, alone or as text, or on Linux a device file or a link to one stands for."""
    if isinstance(source, int):
        return source
    text = str(source)
    if sys.platform.startswith("linux") and os.sep in text:
        text = os.path.realpath(text).removeprefix(str(_DEV / "video"))
    elif isinstance(source, Path):
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _CAMERA_DIGITS else None


def find_cameras() -> dict[int, str]:
    """The cameras' names by their numbers, on Linux; empty elsewhere."""
    cameras = {}
    for node in _SYSFS.glob("video*"):
        # A webcam's other nodes, such as the one for metadata, give no picture; their index is not 0.
        if _text(node / "index") in ("0", ""):
            cameras[int(node.name.removeprefix("video"))] = _text(node / "name")
    return dict(sorted(cameras.items()))


def list_cameras() -> list[Camera]:
    """The cameras in the order of their numbers; what they can give is known on Linux alone."""
    if sys.platform in _BACKENDS:
        return _enumerate(_BACKENDS[sys.platform])
    cameras = []
    for number, name in find_cameras().items():
        device = _DEV / f"video{number}"
        try:
            if v4l2.is_camera(device):
                cameras.append(Camera(number, name, v4l2.modes(device)))
        except OSError:  # no permission, most likely: `--camera` says so
            cameras.append(Camera(number, name, ()))
    return cameras


def _enumerate(backend: str) -> list[Camera]:
    import cv2
    from cv2_enumerate_cameras import enumerate_cameras

    return [Camera(camera.index, camera.name, ()) for camera in enumerate_cameras(getattr(cv2, backend))]


def quicker_as_mjpeg(number: int, size: tuple[int, int] | None, fps: float | None) -> bool:
    """Whether a camera gives pictures of a size fast enough as JPEG images only, as many do from 1280x720 on.

    OpenCV prefers plain pictures, at whatever rate.
    """
    try:
        modes = v4l2.modes(_DEV / f"video{number}") if sys.platform.startswith("linux") else ()
    except OSError:
        return False
    plain, coded = (
        max(
            (
                mode.fps
                for mode in modes
                if (mode.width, mode.height) == (size or _USUAL_SIZE) and (mode.coding == "MJPG") == is_coded
            ),
            default=0.0,
        )
        for is_coded in (False, True)
    )
    return plain < min(fps or _USUAL_FPS, coded)


class CameraFinder:
    """Finds a camera again that was unplugged: by its name, for its number may have become another's.

    Where there are no names, it is sought by its number.
    """

    def __init__(self, number: int) -> None:
        cameras = find_cameras()
        self._number = number
        self._name = cameras.get(number, "")
        # Of the same make, but not this one; until they are unplugged too.
        self._others = {other for other in self._namesakes(cameras) if other != number}

    def _namesakes(self, cameras: dict[int, str]) -> set[int]:
        return {number for number, name in cameras.items() if name == self._name}

    def find(self) -> int:
        """The number that it has now.

        Raises:
            SourceError: it is not there.
        """
        if not self._name:
            return self._number
        namesakes = self._namesakes(find_cameras())
        self._others &= namesakes
        found = namesakes - self._others
        if not found:
            raise SourceError(f"{self._name} is not there")
        if self._number not in found:
            self._number = min(found)
        return self._number


def obstacle(number: int) -> str | None:
    """Why a camera cannot be opened, as far as Linux says beforehand, and what to do about it."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        v4l2.request_buffer(_DEV / f"video{number}")
    except FileNotFoundError:
        return f"there is no camera {number}: {_others()}"
    except PermissionError:
        return f"no permission to use camera {number}: join the group of /dev/video{number}, often `video`"
    except OSError as error:
        if error.errno == errno.EBUSY:
            return f"camera {number} is busy: close the other program that uses it"
    return None


def explain_failure(number: int) -> str:
    """Why a camera could not be opened, and what to do about it, in one line."""
    if sys.platform == "darwin":
        return (
            f"camera {number} cannot be opened: is it plugged in, and is your terminal allowed to use it "
            "(System Settings > Privacy & Security > Camera)?"
        )
    if not sys.platform.startswith("linux"):
        return (
            f"camera {number} cannot be opened: is it plugged in, allowed (Settings > Privacy > Camera) "
            "and not in use by another program?"
        )
    return obstacle(number) or f"camera {number} is there but gives no picture: {_others()}"


def _others() -> str:
    cameras = ", ".join(f"{index} ({name})" if name else str(index) for index, name in find_cameras().items())
    return f"try --camera with one of {cameras}" if cameras else "plug one in, or try --demo"


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""
