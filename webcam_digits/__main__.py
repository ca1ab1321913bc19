"""Where the command starts: what must be in place before OpenCV is imported, then the command line."""

import io
import os
import signal
import sys
from pathlib import Path
from types import FrameType

ENVIRONMENT = {
    # OpenCV and FFmpeg would fill standard error with what our own messages say in one line.
    "OPENCV_LOG_LEVEL": "SILENT",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "5",  # seconds until a camera that gives no picture counts as lost
    "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",  # opening a camera on Windows takes up to 20 s with them
    "OPENCV_IO_MAX_IMAGE_PIXELS": str(1 << 28),  # larger images fail to open instead of filling the memory
}


def main() -> None:
    """Run the command line; ends the process."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    signal.signal(signal.SIGTERM, _terminate)
    if sys.stdout is None:  # closed by whoever started us
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115
    elif isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")  # file names that are no text go out as they came in
    try:
        from webcam_digits.cli import cli

        cli(prog_name="webcam-digits")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def _terminate(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
