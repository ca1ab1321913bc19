"""Reads handwritten digits in pictures, videos and live from a camera, offline and in milliseconds.

>>> from webcam_digits import DigitReader
>>> print(DigitReader().read("page.jpg").text)
"""

import os

# A wheel holds train/ and models/ within this folder; in a clone they stand beside it.
if not os.path.isdir(os.path.join(__path__[0], "train")):  # noqa: PTH112, PTH118
    __path__.append(os.path.dirname(__path__[0]))  # noqa: PTH120

ENVIRONMENT = {  # OpenCV's, for commands and scripts alike
    # OpenCV and FFmpeg would fill standard error with what our own messages say in one line.
    "OPENCV_LOG_LEVEL": "SILENT",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "5",  # seconds until a camera that gives no picture counts as lost
    "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",  # opening a camera on Windows takes up to 20 s with them
    "OPENCV_IO_MAX_IMAGE_PIXELS": str(1 << 28),  # larger images fail to open instead of filling the memory
}
for _name, _value in ENVIRONMENT.items():  # some is read only once, where OpenCV is imported
    os.environ.setdefault(_name, _value)

TYPE_CHECKING = False  # as type checkers know it, without the import
if TYPE_CHECKING:
    from webcam_digits.drawing.overlay import annotate
    from webcam_digits.errors import WebcamDigitsError
    from webcam_digits.reading.reader import DigitReader
    from webcam_digits.sources.opening import open_source
    from webcam_digits.sources.source import Frame, Source
    from webcam_digits.tracking.tracker import Event, Tracker, Update
    from webcam_digits.types import Box, Digit, ImageLike, Line, Reading

__version__ = "0.1.0"
__all__ = [
    "Box",
    "Digit",
    "DigitReader",
    "Event",
    "Frame",
    "ImageLike",
    "Line",
    "Reading",
    "Source",
    "Tracker",
    "Update",
    "WebcamDigitsError",
    "__version__",
    "annotate",
    "open_source",
]

_MODULES = {
    "Box": "types",
    "Digit": "types",
    "DigitReader": "reading.reader",
    "Event": "tracking.tracker",
    "Frame": "sources.source",
    "ImageLike": "types",
    "Line": "types",
    "Reading": "types",
    "Source": "sources.source",
    "Tracker": "tracking.tracker",
    "Update": "tracking.tracker",
    "WebcamDigitsError": "errors",
    "annotate": "drawing.overlay",
    "open_source": "sources.opening",
}


def __dir__() -> list[str]:
    return sorted(__all__)


def __getattr__(name: str) -> object:
    # Imported on first use: the command must hear Ctrl-C, and answer `--version`, before NumPy has come.
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
