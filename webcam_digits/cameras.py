"""Which cameras there are, how they are opened, and why one cannot be: asked without opening any."""

import errno
import os
import struct
import sys
from pathlib import Path

import cv2

_SYSFS = Path("/sys/class/video4linux")
_DEV = Path("/dev")

# VIDIOC_REQBUFS of <linux/videodev2.h>, for one mapped buffer of captured video. A camera that streams to
# another program answers EBUSY, where merely opening it succeeds.
_REQUEST_BUFFERS = 0xC0145608
_ONE_BUFFER = struct.pack("5I", 1, 1, 1, 0, 0)


def backends() -> tuple[int, ...]:
    """The platform's own, by OpenCV's numbers: unnamed, OpenCV would try, and complain about, all it has."""
    if sys.platform == "darwin":
        return (cv2.CAP_AVFOUNDATION,)
    if sys.platform == "win32":
        return cv2.CAP_DSHOW, cv2.CAP_MSMF  # the second takes seconds to open, but knows more cameras
    return (cv2.CAP_V4L2,)


def find_cameras() -> dict[int, str]:
    """The cameras' names by their numbers; empty where the system does not list them, as outside Linux."""
    cameras = {}
    for node in _SYSFS.glob("video*"):
        # A webcam's other nodes, such as the one for metadata, give no picture; their index is not 0.
        if _text(node / "index") in ("0", ""):
            cameras[int(node.name.removeprefix("video"))] = _text(node / "name")
    return dict(sorted(cameras.items()))


def explain_failure(index: int) -> str:
    """Why camera `index` could not be opened, and what to do about it, in one line."""
    if sys.platform == "darwin":
        return (
            f"camera {index} cannot be opened: is it plugged in, and is your terminal allowed to use it "
            "(System Settings > Privacy & Security > Camera)?"
        )
    if not sys.platform.startswith("linux"):
        return (
            f"camera {index} cannot be opened: is it plugged in, allowed (Settings > Privacy > Camera) "
            "and not in use by another program?"
        )
    try:
        _request_buffer(_DEV / f"video{index}")
    except FileNotFoundError:
        return f"there is no camera {index}: {_others()}"
    except PermissionError:
        return f"no permission to use camera {index}: join the group of /dev/video{index}, often `video`"
    except OSError as error:
        if error.errno == errno.EBUSY:
            return f"camera {index} is busy: close the other program that uses it"
    return f"camera {index} is there but gives no picture: {_others()}"


def _others() -> str:
    cameras = ", ".join(f"{index} ({name})" if name else str(index) for index, name in find_cameras().items())
    return f"try --camera with one of {cameras}" if cameras else "plug one in, or try --demo"


def _request_buffer(device: Path) -> None:
    if sys.platform == "win32":  # for the type checker: the standard library has no fcntl there
        return
    import fcntl

    descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    try:
        fcntl.ioctl(descriptor, _REQUEST_BUFFERS, _ONE_BUFFER)
    finally:
        os.close(descriptor)


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""
