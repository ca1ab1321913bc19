"""How the picture moved between two frames: cheaply, from a thumbnail of each.

Only the places that matter are followed, which are those of digits: mostly it is the sheet that moves, not
the camera, and what lies behind it stands still. Corners in these places are followed by pyramids of Lucas
and Kanade's optical flow, and a similarity that most of them agree on is what moved the sheet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.scaling import fitted
from webcam_digits.types import Box, Image, Reading

Transform = NDArray[np.float64]  # (2, 3), of points in pixels of the whole picture

_LONGEST_SIDE = 400  # pixels of the thumbnail
_STROKE = np.ones((15, 15), np.uint8)  # pixels of it: strokes are narrower, and what is wider is light
_GREY = 200  # what even ground becomes
_MOST_POINTS = 80
_FEWEST = 6  # points that must agree
_AGREEING = 0.5  # share of the points that must, too
_APART = 4  # pixels of the thumbnail between two points
_QUALITY = 0.05  # of a corner, as a share of the best one's
_MARGIN = 2  # pixels of the thumbnail around a place
_WINDOW = (15, 15)  # pixels of it that are followed with each point
_LEVELS = 4  # of the pyramid: movements up to some forty pixels of it are found
_STEP = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 12, 0.02)
_TOLERANCE = 1.5  # pixels of it by which a point may stray from the similarity
_LARGEST_SCALE = 1.5  # a sheet does not come nearer by more between two frames
_TREMBLE = 0.75  # pixels of the picture; what seems to move less stands still
_CHANGED = 10  # grey levels by which a cell of the coarse copy must differ to count as changed
_APPEARANCE = (16, 24)  # width and height of what is kept of a digit
_PLAIN = 60.0  # grey levels, root of the sum of squares; with less there is nothing to be seen
_CELL = 8  # pixels of the thumbnail along the side of such a cell


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A frame as far as its motion goes.

    Attributes:
        even: (h, w) uint8 grey, at most 400 pixels long, in evened light.
        coarse: (h / 8, w / 8) float32 grey, without the mean light.
        scale: how much larger the picture is.
    """

    even: NDArray[np.uint8]
    coarse: NDArray[np.float32]
    scale: float


@dataclass(frozen=True, slots=True)
class Motion:
    """From one frame to a later one.

    Attributes:
        transform: (2, 3) similarity; the identity where nothing can be said.
        lost: there was something to follow, but it is no longer to be found: blurred, covered or gone.
    """

    transform: Transform
    lost: bool = False

    def move(self, box: Box) -> Box:
        """Where a box is now: as upright as it was, as the overlay's boxes are."""
        return Box(*np.round(self.move_all(np.array([box], np.float64))[0]).astype(int).tolist())

    def move_all(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where (n, 4) boxes, x, y, width, height, are now."""
        sizes = boxes[:, 2:] * self.scale
        moved_middles = middles(boxes) @ self.transform[:, :2].T + self.transform[:, 2]
        return np.concatenate([moved_middles - sizes / 2, sizes], axis=1)

    def move_back(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where (n, 4) boxes, x, y, width, height, were before."""
        back = np.asarray(cv2.invertAffineTransform(self.transform), np.float64)
        return Motion(back).move_all(boxes)

    @property
    def scale(self) -> float:
        """How much larger things became."""
        return float(np.hypot(*self.transform[:, 0]))

    def steadied(self, places: Sequence[Box]) -> "Motion":
        """`STILL` where nothing in these places moves by more than such an estimate trembles."""
        boxes = np.array(places, np.float64).reshape(-1, 4)
        return self if float(np.abs(self.move_all(boxes) - boxes).max(initial=0)) >= _TREMBLE else STILL

    @property
    def is_still(self) -> bool:
        """Whether nothing moved."""
        return bool((self.transform == STILL.transform).all())


STILL = Motion(np.eye(2, 3))


def make_thumbnail(image: Image) -> Thumbnail:
    """The thumbnail of a frame, (h, w, 3) uint8 BGR or (h, w) grey."""
    height, width = image.shape[:2]
    scale = max(height, width) / _LONGEST_SIDE
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image, np.uint8)
    grey = fitted(grey, _LONGEST_SIDE)
    even = _even(grey)
    cells = max(grey.shape[1] // _CELL, 1), max(grey.shape[0] // _CELL, 1)
    coarse = cv2.resize(grey, cells, interpolation=cv2.INTER_AREA).astype(np.float32)
    return Thumbnail(even, coarse - np.float32(np.median(coarse)), max(scale, 1.0))


def is_unchanged(before: Thumbnail, after: Thumbnail) -> bool:
    """Whether two frames show the same but for noise and light that changes as a whole."""
    if before.coarse.shape != after.coarse.shape:
        return False
    return float(np.abs(before.coarse - after.coarse).max(initial=0)) < _CHANGED


def estimate_motion(before: Thumbnail, after: Thumbnail, places: Sequence[Box]) -> Motion:
    """How what is in `places` moved from one frame to a later one.

    Args:
        before: the earlier frame.
        after: the later one.
        places: boxes in pixels of the earlier picture; none of them moved where it is empty.
    """
    if not places or before.even.shape != after.even.shape:
        return STILL
    points = _corners(before, places)
    if len(points) < _FEWEST:
        return STILL
    flow: Any = cv2.calcOpticalFlowPyrLK(
        before.even, after.even, points, np.empty_like(points),
        winSize=_WINDOW, maxLevel=_LEVELS, criteria=_STEP,
    )  # fmt: skip
    followed, found = flow[0].reshape(-1, 2), flow[1].ravel() == 1
    start, end = points.reshape(-1, 2)[found], followed[found]
    if len(start) < max(_FEWEST, _AGREEING * len(points)):
        return Motion(STILL.transform, lost=True)
    found_transform, agreeing = cv2.estimateAffinePartial2D(
        start, end, method=cv2.RANSAC, ransacReprojThreshold=_TOLERANCE
    )
    if found_transform is None or int(agreeing.sum()) < max(_FEWEST, _AGREEING * len(points)):
        return Motion(STILL.transform, lost=True)
    transform = np.asarray(found_transform, np.float64)
    transform[:, 2] = transform[:, 2] * before.scale + (transform[:, :2] - np.eye(2)) @ np.full(
        2, (before.scale - 1) / 2
    )
    motion = Motion(transform)
    if not 1 / _LARGEST_SCALE < motion.scale < _LARGEST_SCALE:
        return Motion(STILL.transform, lost=True)
    return motion


def appearance(frame: Thumbnail, box: Box) -> NDArray[np.float32] | None:
    """What is in a box of the picture, as a (384,) vector of length 1, whatever the light and the contrast.

    None where the box is not all in the picture, or nothing is to be seen in it.
    """
    left, top = (round(side / frame.scale) for side in box[:2])
    right, bottom = round(box.right / frame.scale) + 1, round(box.bottom / frame.scale) + 1
    height, width = frame.even.shape
    if left < 0 or top < 0 or right > width or bottom > height:
        return None
    seen = cv2.resize(frame.even[top:bottom, left:right], _APPEARANCE, interpolation=cv2.INTER_AREA)
    seen = seen.astype(np.float32).ravel()
    seen -= seen.mean()
    length = float(np.linalg.norm(seen))
    return np.asarray(seen / length, np.float32) if length > _PLAIN else None


def moved(reading: Reading, motion: Motion) -> Reading:
    """A reading with its boxes where they are now; what has left the picture is left out."""
    if motion.is_still:
        return reading
    return reading.moved(motion.move, (reading.width, reading.height)).within()


def middles(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 2) x, y of (..., 4) boxes, x, y, width, height."""
    return np.asarray(boxes[..., :2] + boxes[..., 2:] / 2)


def _even(grey: Image) -> NDArray[np.uint8]:
    """(h, w) grey in evened light, without a trace of a shadow's edge: flow would follow that."""
    return np.asarray(
        cv2.divide(grey, cv2.morphologyEx(grey, cv2.MORPH_CLOSE, _STROKE), scale=_GREY), np.uint8
    )


def _corners(frame: Thumbnail, places: Sequence[Box]) -> NDArray[np.float32]:
    """Points worth following, (n, 1, 2), in pixels of the thumbnail."""
    mask = np.zeros_like(frame.even)
    for box in places:
        left, top = (max(int(side / frame.scale) - _MARGIN, 0) for side in box[:2])
        right, bottom = (max(int(side / frame.scale) + _MARGIN + 1, 0) for side in (box.right, box.bottom))
        mask[top:bottom, left:right] = 255
    points = cv2.goodFeaturesToTrack(frame.even, _MOST_POINTS, _QUALITY, _APART, mask=mask, blockSize=5)
    return np.zeros((0, 1, 2), np.float32) if points is None else np.asarray(points, np.float32)
