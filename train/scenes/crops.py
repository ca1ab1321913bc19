"""Crops to train the detector on: crop i of a seed is a pure function of both.

    crops = Crops(Path("data"), "train")
    crop = crops.draw(seed=7, index=123_456)

Each shows what a camera, a scanner or a phone may show at the scale at which the detector reads: numbers by
any hand on any ground, in any company, or none at all.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.boxes import areas
from webcam_digits.train.scenes import camera, fields, numbers, silence
from webcam_digits.train.scenes.library import Library, Part
from webcam_digits.train.scenes.page import SHAPE, Page

_NO_NUMBER = 0.42  # of all crops
_WHOLE = 0.85  # of a digit's box; one of which less is in a cut-out is neither learned nor taken for ground
_SEEN = 3.0  # grey levels of deviation within a digit's box; with less of it there is nothing to see
_CORNERED = 0.6  # of the cut-outs; others have a margin all around

_Fill = Callable[[Page], None]
_WITH: dict[str, tuple[float, _Fill]] = {
    "rows": (0.27, numbers.rows),
    "single": (0.11, numbers.single),
    "cutout": (0.24, numbers.cutout),
    "combs": (0.06, fields.combs),
    "tables": (0.075, fields.tables),
    "leaders": (0.03, fields.leaders),
    "print": (0.06, numbers.printed),
    "sum": (0.11, numbers.sums),
    "room": (0.06, numbers.room),
    "struck": (0.04, numbers.struck),
}
_WITHOUT: dict[str, tuple[float, _Fill]] = {
    "words": (0.45, silence.words),
    "strange": (0.15, silence.strange),
    "lines": (0.15, silence.ruled),
    "view": (0.34, silence.view),
    "empty": (0.16, silence.empty),
    "giant": (0.05, silence.giant),
    "shapes": (0.06, silence.shapes),
}
KINDS = (*_WITH, *_WITHOUT)


@dataclass(frozen=True, slots=True)
class Crop:
    """A picture and the digits in it.

    Attributes:
        image: (128, 160, 3) uint8 BGR.
        boxes: (n, 4) float32 left, top, right, bottom in pixels of each digit's ink.
        labels: (n,) int64, which digits these are.
        ignored: (m, 4) float32: boxes in which nothing is to be learned.
        kind: what the crop shows.
    """

    image: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    ignored: NDArray[np.float32]
    kind: str


class Crops:
    """All crops of a part.

    Args:
        folder: of data, as `Library` takes it.
        part: "train" or "validation"; they share no picture and no font's file.
        only: see `Library`.
        without: see `Library`.

    Raises:
        DataError: where the folder holds no digits, or something broken.
    """

    def __init__(
        self,
        folder: Path,
        part: Part,
        only: NDArray[np.int64] | None = None,
        without: Collection[Path] = (),
    ) -> None:
        self._library = Library(folder, part, only, without)

    def draw(self, seed: int, index: int) -> Crop:
        """Crop `index` of a seed; both 0 or more."""
        rng = np.random.default_rng((seed, index))
        table = _WITHOUT if rng.random() < _NO_NUMBER else _WITH
        lot = rng.random() * sum(weight for weight, _ in table.values())
        for kind, (weight, fill) in table.items():  # noqa: B007
            lot -= weight
            if lot < 0:
                break
        page = Page(self._library, rng)
        fill(page)
        return _taken(page, kind)


def _taken(page: Page, kind: str) -> Crop:
    """Photographed; beyond a cut-out's edges these go on, as where the reader pads a picture."""
    canvas, rng = page.canvas, page.rng
    least = canvas.least if canvas.boxes else float(rng.uniform(14, 60))
    view = camera.lit(canvas.view, rng, poor=page.poor)
    image = camera.photographed(view, rng, least=least, contrast=canvas.contrast, poor=page.poor)
    boxes = np.array(canvas.boxes, np.float32).reshape(-1, 4)
    labels = np.array(canvas.labels, np.int64)
    ignored = np.array(canvas.ignored, np.float32).reshape(-1, 4)
    seen = np.array([_visible(image, box) for box in canvas.boxes], bool)
    boxes, labels, ignored = boxes[seen], labels[seen], np.concatenate([ignored, boxes[~seen]])
    if page.cut:
        left, top, right, bottom = page.cut
        inner = image[top:bottom, left:right]
        clipped, share = _clipped(boxes, page.cut)
        rests, left_of = _clipped(ignored, page.cut)
        ignored = np.concatenate([rests[left_of > 0], clipped[(share < _WHOLE) & (share > 0)]])
        boxes, labels = clipped[share >= _WHOLE], labels[share >= _WHOLE]
        if rng.random() < _CORNERED:  # the reader pads at the right and at the foot
            shift = np.array([left, top, left, top], np.float32)
            boxes, ignored = boxes - shift, ignored - shift
            left, top, right, bottom = 0, 0, right - left, bottom - top
        margins = top, SHAPE[0] - bottom, left, SHAPE[1] - right
        image = np.asarray(cv2.copyMakeBorder(inner, *margins, cv2.BORDER_REPLICATE), np.uint8)
    return Crop(image, boxes, labels, ignored, kind)


def _visible(image: NDArray[np.uint8], box: tuple[int, int, int, int]) -> bool:
    """Whether anything is left of a digit: glare, darkness and a threshold swallow some."""
    left, top, right, bottom = box
    _, deviation = cv2.meanStdDev(image[top:bottom, left:right])
    return bool(deviation.max() >= _SEEN)


def _clipped(
    boxes: NDArray[np.float32], cut: tuple[int, int, int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What of (n, 4) boxes lies in a cut-out, and which share of each, 0..1."""
    left, top, right, bottom = cut
    edges = np.array([left, top, left, top], np.float32), np.array([right, bottom, right, bottom], np.float32)
    inner = np.clip(boxes, *edges)
    return inner, np.asarray(areas(inner) / np.maximum(areas(boxes), 1), np.float32)
