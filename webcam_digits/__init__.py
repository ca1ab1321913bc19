"""Reads handwritten digits in pictures, offline and in milliseconds.

>>> import cv2
>>> from webcam_digits import DigitReader
>>> print(DigitReader().read(cv2.imread("page.jpg")).text)
"""

from typing import TYPE_CHECKING

from webcam_digits.errors import WebcamDigitsError
from webcam_digits.reading import Box, Digit, Line, Reading

if TYPE_CHECKING:
    from webcam_digits.reader import DigitReader

__version__ = "0.1.0"
__all__ = ["Box", "Digit", "DigitReader", "Line", "Reading", "WebcamDigitsError", "__version__"]


def __getattr__(name: str) -> object:
    # DigitReader brings OpenCV and, on construction, ONNX Runtime: `--version` must not wait for them.
    if name == "DigitReader":
        from webcam_digits.reader import DigitReader

        return DigitReader
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
