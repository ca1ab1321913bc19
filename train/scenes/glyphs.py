"""Glyphs: single characters that can be drawn anywhere on a picture, at any size, slant and pen.

A glyph is drawn in units of a digit's height: x to the right from where the pen is, y down, 0 at a digit's
top and 1 at its foot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Matrix = NDArray[np.float64]  # (2, 3), affine

_FINE = 3  # pixels are supersampled this many times each way
_BINARY = 4  # binary digits of the fixed point that strokes are drawn with
FIELD = 8.0  # levels of a field for a pixel's distance
INKED = 110  # of 255; coverage of a pixel of ink
_ROOM = 40  # pixels beyond the picture that are still drawn


@dataclass(frozen=True, slots=True)
class Patch:
    """Ink in a rectangle of a picture.

    Attributes:
        coverage: (h, w) uint8, how much of each pixel is inked.
        x: left edge in pixels of the picture; may be negative.
        y: top edge, likewise.
    """

    coverage: Picture
    x: int
    y: int

    def gap(self, right: "Patch") -> float:
        """Pixels by which ink to the right has to move to the left until it meets this; negative beyond."""
        top, foot = max(self.y, right.y), min(self.y + len(self.coverage), right.y + len(right.coverage))
        near, far = (
            patch.coverage[top - patch.y : max(foot - patch.y, 0)] > INKED for patch in (self, right)
        )
        rows = near.any(axis=1) & far.any(axis=1)
        if not rows.any():
            return 0.0
        ends = self.x + near.shape[1] - near[rows, ::-1].argmax(axis=1)
        begins = right.x + far[rows].argmax(axis=1)
        return float((begins - ends).min())

    def moved(self, by: NDArray[np.float64]) -> "Patch":
        """The same elsewhere, x and y in pixels."""
        x, y = np.round(by).astype(int).tolist()
        return Patch(self.coverage, self.x + x, self.y + y)


class Glyph(Protocol):
    """One character that can be drawn."""

    @property
    def right(self) -> float:
        """Where its ink ends, in heights of a digit."""

    def ink(self, place: Matrix, pen: float, view: tuple[int, int]) -> Patch | None:
        """Its ink on a picture.

        Args:
            place: from heights of a digit to pixels.
            pen: width of the pen in pixels, where the glyph leaves that open.
            view: (h, w) of the picture; of what lies far beyond it nothing is drawn.
        """


@dataclass(frozen=True, slots=True)
class PenGlyph:
    """Strokes of a pen: points (n, 2) each, and relative widths of their runs."""

    strokes: tuple[NDArray[np.float64], ...]
    widths: tuple[NDArray[np.float64], ...]
    right: float

    def ink(self, place: Matrix, pen: float, view: tuple[int, int]) -> Patch | None:
        """See `Glyph`."""
        strokes = [points @ place[:, :2].T + place[:, 2] for points in self.strokes]
        return stroked(strokes, [pen * widths for widths in self.widths], view)


@dataclass(frozen=True, slots=True)
class PictureGlyph:
    """Ink from a picture: as it is, or the distances from its skeleton, for a pen of any width."""

    picture: Picture
    matrix: Matrix  # from the picture's pixels to heights of a digit
    right: float
    field: bool = False

    def ink(self, place: Matrix, pen: float, view: tuple[int, int]) -> Patch | None:
        """See `Glyph`."""
        there = place[:, :2] @ self.matrix
        there[:, 2] += place[:, 2]
        scale = float(np.sqrt(abs(np.linalg.det(there[:, :2]))))
        picture = self.picture
        while (
            scale < 0.5 and not self.field and min(picture.shape) > 8
        ):  # a coarser picture, against aliasing
            height, width = picture.shape
            picture = np.asarray(
                cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8
            )
            finer = np.array([width / (width // 2), height / (height // 2)])
            there = np.column_stack([there[:, :2] * finer, there[:, 2] + there[:, :2] @ ((finer - 1) / 2)])
            scale *= 2
        height, width = picture.shape
        corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ there[:, :2].T + there[:, 2]
        box = _within(corners.min(axis=0) - 1, corners.max(axis=0) + 2, view)
        if box is None:
            return None
        x, y, wide, tall = box
        there = there - [[0, 0, x], [0, 0, y]]
        beyond = 255 if self.field else 0
        seen = cv2.warpAffine(picture, there, (wide, tall), flags=cv2.INTER_LINEAR, borderValue=(beyond,))
        if self.field:
            distance = seen.astype(np.float32) * np.float32(scale / FIELD)
            ink = np.clip((np.float32(max(pen, 0.8) / 2 + 0.5) - distance) * 255, 0, 255)
        elif scale > 1:  # edges of an enlarged picture are as sharp as a pen's
            ink = np.clip((seen.astype(np.float32) - 127.5) * min(scale, 3.0) + 127.5, 0, 255)
        else:
            return Patch(np.asarray(seen, np.uint8), x, y)
        return Patch(ink.astype(np.uint8), x, y)


def stroked(
    strokes: Sequence[NDArray[np.float64]], widths: Sequence[NDArray[np.float64]], view: tuple[int, int]
) -> Patch | None:
    """Strokes of a round pen: points (n, 2) in pixels each, and the widths of their runs in pixels."""
    reach = max(float(width.max()) for width in widths) / 2 + 1
    points = np.concatenate(strokes)
    box = _within(points.min(axis=0) - reach, points.max(axis=0) + reach + 1, view)
    if box is None:
        return None
    x, y, wide, tall = box
    fine = np.zeros((tall * _FINE, wide * _FINE), np.uint8)
    for stroke, width in zip(strokes, widths, strict=True):
        ends = np.round(((stroke - (x, y) + 0.5) * _FINE - 0.5) * (1 << _BINARY)).astype(np.int32)
        bounds = np.linspace(0, len(ends) - 1, len(width) + 1).astype(int)
        for start, end, broad in zip(bounds[:-1], bounds[1:], width.tolist(), strict=True):
            thick = max(round(broad * _FINE), 1)
            run = ends[start : max(end + 1, start + 2)]
            cv2.polylines(fine, [run], False, 255, thick, cv2.LINE_8, _BINARY)
    ink = np.asarray(cv2.resize(fine, (wide, tall), interpolation=cv2.INTER_AREA), np.uint8)
    thinnest = min(float(width.mean()) for width in widths) * _FINE
    return Patch(ink if thinnest >= 1 else (ink * thinnest).astype(np.uint8), x, y)


def _within(
    first: NDArray[np.float64], last: NDArray[np.float64], view: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    left, top = np.maximum(np.floor(first), -_ROOM).astype(int).tolist()
    right, bottom = np.minimum(np.ceil(last), np.array(view[::-1]) + _ROOM).astype(int).tolist()
    return (left, top, right - left, bottom - top) if right > left and bottom > top else None
