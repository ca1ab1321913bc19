"""The digit detector: for each cell of 4x4 pixels, whether a digit's centre is there, which, and its box.

The network is fully convolutional, so it takes pictures of any size; it knows digits 11 to 50 pixels high.
`prepare` is the contract between training and reading, as `glyphs.normalise` is for the classifier.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.errors import ModelError
from webcam_digits.reading.classifier import open_network

STRIDE = 4  # pixels of a cell's side
MULTIPLE = 16  # both sides of the network's input are multiples of it
INPUT_VERSION = "1"  # of what `prepare` returns
CHANNELS = ("blue", "green", "red", "contrast")  # of the input
OUTPUTS = 16  # a cell: presence, ten classes, four distances in pixels, quality

_REACH = 65  # pixels; the side of the square over which contrast is measured
_SHARE = 1.5  # of the deviation, in the unit of contrast
_FLOOR = 6.0  # grey levels added to it, so that noise stays small
_MOST = 3.2  # units of contrast; what is beyond is clipped
_MIDDLE, _SPREAD = 4.0, 1.5  # of log2(deviation + 1), which the fourth channel holds
_CHANNEL_MEAN = np.full((1, 3), 1 / 3)  # the matrix that takes the mean of three channels


@dataclass(frozen=True, slots=True)
class Maps:
    """What the network says of each cell of n pictures, h/4 rows of w/4 cells.

    Attributes:
        presence: (n, h/4, w/4) float32 logits that a digit's centre is here.
        classes: (n, 10, h/4, w/4) float32 logits.
        distances: (n, 4, h/4, w/4) float32, pixels from the cell's centre, ((x + 0.5) * 4, (y + 0.5) * 4), to
            the left, top, right and bottom side of the digit's box.
        quality: (n, h/4, w/4) float32 logits of how well that box fits, 1 for exactly.
    """

    presence: NDArray[np.float32]
    classes: NDArray[np.float32]
    distances: NDArray[np.float32]
    quality: NDArray[np.float32]


class Detector:
    """The network of an ONNX file as `webcam-digits train detector` writes it.

    Attributes:
        threshold: the least probability, 0..1, at which a peak is taken for a digit.
        temperature: by which presence and class logits are divided for calibrated probabilities.
        heights: least and most pixels of the digits that it knows.
    """

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        """Load it.

        Args:
            path: of the file.
            threads: for the network.

        Raises:
            ModelError: where the file is missing, broken, or not a detector for this input.
        """
        self._session, name = open_network(path, "detector.onnx", threads)
        known = self._session.get_modelmeta().custom_metadata_map
        try:
            channels, heights = json.loads(known["channels"]), json.loads(known["heights"])
            self.threshold, self.temperature = float(known["threshold"]), float(known["temperature"])
            self.heights: tuple[float, float] = float(heights[0]), float(heights[1])
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise ModelError(f"{name} is not a detector: name a file that `train detector` wrote") from error
        if known.get("input") != INPUT_VERSION or channels != list(CHANNELS):
            raise ModelError(f"{name} is a detector for another input: train it with this version")
        if not (0 <= self.threshold <= 1 and 0 < self.temperature < np.inf):
            raise ModelError(f"{name} has no usable threshold or temperature: train it again")
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        shapes = [given.shape for given in (*inputs, *outputs)]
        if len(shapes) != 2 or any(len(shape) != 4 for shape in shapes):
            raise ModelError(f"{name} does not have a detector's shape: train it again")
        if (shapes[0][1], shapes[1][1]) != (len(CHANNELS), OUTPUTS):
            raise ModelError(f"{name} does not have a detector's shape: train it again")
        self._input = inputs[0].name

    def __call__(self, prepared: NDArray[np.float32]) -> Maps:
        """What the network says.

        Args:
            prepared: (n, 4, h, w) as `prepare` gives it; h and w multiples of 16.
        """
        (cells,) = self._session.run(None, {self._input: prepared})
        return Maps(cells[:, 0], cells[:, 1:11], cells[:, 11:15], cells[:, 15])


def prepare(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A picture in units of its local contrast, with that contrast as the last channel.

    Args:
        image: (h, w, 3) BGR.

    Returns:
        (4, h, w) float32: `CHANNELS`. Colours within -3.2..3.2, 0 for the local mean.
    """
    around = (_REACH, _REACH)
    mean = cv2.boxFilter(image, cv2.CV_32F, around, borderType=cv2.BORDER_REFLECT_101)
    squares = cv2.sqrBoxFilter(image, cv2.CV_32F, around, borderType=cv2.BORDER_REFLECT_101)
    deviation = np.sqrt(np.maximum(cv2.transform(squares - mean * mean, _CHANNEL_MEAN), 0))
    prepared = np.empty((4, *image.shape[:2]), np.float32)
    colours = prepared[:3]
    cv2.split(cv2.subtract(image, mean, dtype=cv2.CV_32F), list(colours))
    colours *= 1 / (_SHARE * deviation + _FLOOR)
    np.clip(colours, -_MOST, _MOST, out=colours)
    prepared[3] = (cv2.log(deviation + 1) * np.float32(1 / np.log(2)) - _MIDDLE) / _SPREAD
    return prepared
