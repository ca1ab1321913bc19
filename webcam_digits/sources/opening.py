"""Open whatever gives frames: a camera, a video file or a stream."""

from pathlib import Path

from webcam_digits.errors import UsageError
from webcam_digits.logs import masked
from webcam_digits.sources.camera import open_camera
from webcam_digits.sources.devices import camera_number
from webcam_digits.sources.source import RotatedSource, Source
from webcam_digits.sources.stream import open_stream
from webcam_digits.sources.video import open_video

ROTATIONS = 0, 90, 180, 270  # degrees, clockwise


def open_source(
    source: int | str | Path = 0,
    *,
    size: tuple[int, int] | None = None,
    fps: float | None = None,
    reconnect: float = 0.0,
    loop: bool = False,
    rotate: int = 0,
    timeout: float | None = None,
) -> Source:
    """Open a camera, a video file or a stream.

        with open_source("clip.mp4") as source:
            for frame in source:
                print(frame.time, frame.image.shape)

    Args:
        source: a camera's number or, on Linux, device such as "/dev/video0"; else a video file, or an http,
            https, rtsp, rtsps, rtmp or udp URL. Digits alone are a camera; `Path("0")` is a file.
        size: the width and height in pixels to ask a camera for, which may choose others.
        fps: the frames a second to ask a camera for, which may choose others.
        reconnect: seconds that a camera or stream may be away, after which it is lost.
        loop: begin a file again at its end; frame numbers and times rise on.
        rotate: degrees by which each frame is turned clockwise: 0, 90, 180 or 270.
        timeout: seconds that a stream is waited for until it opens; at most, and by default, 15.

    Raises:
        SourceError: it is not there, is busy, does not answer in time or gives no picture.
        UsageError: what has no end is to loop; or a size or rate is asked of what is not a camera.
        ValueError: the rotation is another than those four.
    """
    if rotate not in ROTATIONS:
        raise ValueError(f"rotate is one of {ROTATIONS}, not {rotate}")
    number = camera_number(source)
    if number is not None:
        if loop:
            raise UsageError("a camera has no end and cannot loop: leave out --loop")
        opened: Source = open_camera(number, size, fps, reconnect=reconnect)
    elif size is not None or fps is not None:
        raise UsageError(f"size and fps are asked of cameras only: leave them out with {masked(str(source))}")
    elif "://" in str(source):
        opened = open_stream(str(source), reconnect=reconnect, loop=loop, timeout=timeout)
    else:
        opened = open_video(str(source), loop=loop)
    return RotatedSource(opened, rotate) if rotate else opened
