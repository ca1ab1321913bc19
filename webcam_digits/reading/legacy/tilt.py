"""A tilted sheet's ink -> the same ink upright.

On a sheet that is turned, the digits are turned too, further than the classifier is used to, and neighbours'
boxes lie in each other. The tilt shows in the rows. It is found as in H. S. Baird, "The skew angle of printed
documents" (SPSE 1987): of all angles it is the one at which most characters stand in line; but asked of
neighbours only, so that columns and perspective do no harm.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.ink import InkMask
from webcam_digits.reading.legacy.regions import Regions
from webcam_digits.reading.legacy.strokes import Strokes

_NOTABLE = 8.0  # degrees; the classifier reads digits turned by less than this as well
_STEEPEST = 38.0  # degrees; the sheet's tilt, its perspective and an unsteady hand together
_REACH = 4.0  # sizes; neighbours are no further apart
_ALIKE = 0.6  # the least ratio of the sizes of neighbours
_IN_LINE = 0.4  # sizes; a neighbour that far beside the line is in another row
_LEAST_SIZE = 12  # pixels; a smaller stroke is no digit, but dirt
_WIDEST = 1.4  # times the height; what is wider is several digits that touch: its middle is no character's
_MOST = 80  # strokes that are asked, the largest
_LEAST_ROWS = 2.5  # pairs of neighbours in line: three digits in a row have three
_LEAST_SHARE = 0.6  # such pairs for each stroke; of a texture's specks fewer are in line
_CLEARLY = 1.25  # times as many pairs in line as on the sheet as it is

_ANGLES = np.deg2rad(np.arange(-_STEEPEST, _STEEPEST + 1, 2))


@dataclass(frozen=True, slots=True)
class Upright:
    """A picture upright, of which those parts are turned that are asked for: `picture[rows, columns]`.

    Attributes:
        picture: (h, w) or (h, w, 3) uint8, as it is.
        to_picture: (2, 3) float64, the affine map from the pixels of this to those of the picture.
        shape: height and width.
    """

    picture: NDArray[np.uint8]
    to_picture: NDArray[np.float64]
    shape: tuple[int, int]

    def __getitem__(self, part: tuple[slice, slice]) -> NDArray[np.uint8]:
        """The pixels in some rows and columns, which ascend, (h, w) or (h, w, 3)."""
        rows, columns = (range(*its.indices(side)) for its, side in zip(part, self.shape, strict=True))
        places = np.array([[columns.step, 0, columns.start], [0, rows.step, rows.start], [0, 0, 1]])
        turned = cv2.warpAffine(
            self.picture,
            self.to_picture @ places,
            (len(columns), len(rows)),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(turned, np.uint8)


@dataclass(frozen=True, slots=True)
class Deskewed:
    """The ink of a picture, upright.

    Attributes:
        ink: larger than the picture where it was turned, so that all of it is there.
        to_picture: (2, 3) float64, the affine map from its pixels to those of the picture; None where these
            are the same.
    """

    ink: InkMask
    to_picture: NDArray[np.float64] | None = None

    def upright(self, picture: NDArray[np.uint8]) -> "NDArray[np.uint8] | Upright":
        """The picture as the ink is, (h, w) or (h, w, 3)."""
        if self.to_picture is None:
            return picture
        return Upright(picture, self.to_picture, (self.ink.mask.shape[0], self.ink.mask.shape[1]))

    def boxes(
        self, regions: Regions, scale: float, size: tuple[int, int], margin: int = 0
    ) -> NDArray[np.int32]:
        """Where the regions of this ink are in the image.

        Args:
            regions: n of them.
            scale: how much larger the image is than the picture.
            size: width and height of the image, which no box leaves.
            margin: pixels of the picture, on each side, which are none of the image.

        Returns:
            (n, 4) x, y, width, height in pixels of the image.
        """
        if self.to_picture is None and scale == 1 and not margin:
            return regions.boxes
        corners = np.concatenate([regions.boxes[:, :2], regions.boxes[:, :2] + regions.boxes[:, 2:]], axis=1)
        if self.to_picture is not None and len(corners):
            corners = _extents(regions, self.to_picture)
        corners = corners - margin
        starts = np.clip(np.floor(corners[:, :2] * scale), 0, np.array(size) - 1)
        ends = np.clip(np.ceil(corners[:, 2:] * scale), starts + 1, size)
        return np.concatenate([starts, ends - starts], axis=1).astype(np.int32)


def deskew(ink: InkMask, strokes: Strokes) -> Deskewed:
    """The ink as it would be on a sheet held straight; as it is where it is about straight.

    Args:
        ink: of a picture.
        strokes: of that ink.
    """
    tilt = page_tilt(strokes.boxes)
    if abs(tilt) < _NOTABLE:
        return Deskewed(ink)
    height, width = ink.mask.shape
    matrix = cv2.getRotationMatrix2D((0, 0), tilt, 1.0)
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ matrix[:, :2].T
    matrix[:, 2] = -corners.min(axis=0)
    size = [int(side) for side in np.ceil(np.ptp(corners, axis=0))]
    mask, contrast = (cv2.warpAffine(picture, matrix, size) for picture in (ink.mask, ink.contrast))
    _, mask = cv2.threshold(mask, 127, 255, cv2.THRESH_BINARY)
    turned = InkMask(np.asarray(mask, np.uint8), np.asarray(contrast, np.uint8))
    return Deskewed(turned, np.asarray(cv2.invertAffineTransform(matrix), np.float64))


def page_tilt(boxes: NDArray[np.int32]) -> float:
    """By how much the rows fall to the right, in degrees; 0 where there are none that clearly do.

    Args:
        boxes: (m, 4) x, y, width, height of the strokes.
    """
    sizes = boxes[:, 2:].max(axis=1, initial=0)
    asked = np.argsort(-sizes, kind="stable")[:_MOST]
    asked = asked[sizes[asked] >= _LEAST_SIZE]
    centres, size = boxes[asked, :2] + boxes[asked, 2:] / 2, sizes[asked].astype(np.float64)
    steps = centres[None] - centres[:, None]
    larger = np.maximum(size[:, None], size[None])
    near = (np.hypot(steps[..., 0], steps[..., 1]) < _REACH * larger) & (steps[..., 0] > 0)
    near &= np.minimum(size[:, None], size[None]) >= _ALIKE * larger
    single = boxes[asked, 2] <= _WIDEST * boxes[asked, 3]
    near &= single[:, None] & single
    dx, dy = (steps[near] / larger[near, None]).T
    aside = np.outer(np.cos(_ANGLES), dy) - np.outer(np.sin(_ANGLES), dx)  # of the line through the other
    in_line = np.maximum(1 - (aside / _IN_LINE) ** 2, 0).sum(axis=1)
    best = int(in_line.argmax())
    straight = in_line[np.abs(_ANGLES) < np.deg2rad(_NOTABLE) / 2].max()
    no_peak = best in (0, len(_ANGLES) - 1)
    if no_peak or in_line[best] < max(_LEAST_ROWS, _LEAST_SHARE * len(asked), _CLEARLY * straight):
        return 0.0
    return float(np.rad2deg(_ANGLES[best]))


def _extents(regions: Regions, to_picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 4) the left, top, right and bottom of each region's ink in the picture.

    Wherever the map leads, in each row it is the first pixel of ink or the last one that leads furthest.
    """
    ys, xs = [], []
    for ink, (x, y, width, height) in zip(regions.inks, regions.boxes.tolist(), strict=True):
        inked = cv2.threshold(ink, 127, 255, cv2.THRESH_BINARY)[1]
        whole = np.arange(height)
        first, last = inked.argmax(axis=1), width - 1 - inked[:, ::-1].argmax(axis=1)
        filled = inked[whole, first] > 0
        if filled.any():
            whole, first, last = whole[filled], first[filled], last[filled]
        ys += [whole + y] * 2
        xs += [first + x, last + x]
    places = to_picture[:, :2] @ [np.concatenate(xs), np.concatenate(ys)] + to_picture[:, 2:]
    starts = np.cumsum([0, *map(len, xs[:-1])])[::2]
    low, high = (extreme.reduceat(places, starts, axis=1) for extreme in (np.minimum, np.maximum))
    return np.concatenate([low, high + 1]).T
