"""A picture while it is drawn, and the truth about it."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.scenes.glyphs import Patch
from webcam_digits.train.scenes.grounds import Ground

_SEEN = 0.9  # of a digit's ink; one of which less is in view is neither learned nor taken for ground
_GONE = 0.15  # likewise; less than this is as good as nothing
_INKED = 0.4  # of a patch's fullest coverage; what counts for a digit's box


@dataclass(frozen=True, slots=True)
class Ink:
    """What is drawn with.

    Attributes:
        colour: (3,) float32 BGR.
        opacity: how much of the ground it covers, 0..1.
        grain: share of that which roughness takes away here and there, 0..1.
        ebb: how far a dry pen fades in places, 0..1.
        gaps: of characters, the share that a gap runs through, 0..1.
    """

    colour: NDArray[np.float32]
    opacity: float = 1.0
    grain: float = 0.0
    ebb: float = 0.0
    gaps: float = 0.0


@dataclass
class Canvas:
    """What has been drawn, and where.

    Attributes:
        view: (h, w, 3) float32 BGR, 0..255.
        boxes: left, top, right, bottom in pixels of each digit.
        labels: which it is, 0..9.
        ignored: boxes, likewise, of what may be taken for a digit or not.
        least: height in pixels of the least digit.
        contrast: in grey levels, of the faintest one.
    """

    view: Ground
    boxes: list[tuple[int, int, int, int]] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    ignored: list[tuple[int, int, int, int]] = field(default_factory=list)
    least: float = 60.0
    contrast: float = 120.0

    @property
    def shape(self) -> tuple[int, int]:
        """(h, w) in pixels."""
        return self.view.shape[0], self.view.shape[1]

    def stamp(
        self,
        patch: Patch | None,
        ink: Ink,
        rng: np.random.Generator,
        digit: int | None = None,
        *,
        sure: bool = True,
    ) -> None:
        """Ink a patch.

        Args:
            patch: where, and how much of each pixel.
            ink: with what.
            rng: decides how the ink flows.
            digit: which digit it is, 0..9; None for anything else.
            sure: whether that can be said; otherwise nothing is learned there.
        """
        if patch is None:
            return
        coverage = patch.coverage
        if ink.gaps and rng.random() < ink.gaps:
            coverage = _with_gap(coverage, rng)
        height, width = self.shape
        top, left = max(-patch.y, 0), max(-patch.x, 0)
        seen = coverage[top : max(height - patch.y, 0), left : max(width - patch.x, 0)]
        if not seen.size:
            return
        if digit is not None or not sure:
            self._note(patch, seen, (left + patch.x, top + patch.y), ink, digit, sure=sure)
        alpha = seen.astype(np.float32) * np.float32(ink.opacity / 255)
        if ink.grain:
            alpha *= 1 - np.float32(ink.grain) * rng.random(alpha.shape, np.float32)
        if ink.ebb:
            swell = cv2.resize(rng.beta(0.6, 0.4, (3, 4)).astype(np.float32), alpha.shape[::-1])
            alpha *= 1 - np.float32(ink.ebb) * (1 - swell)
        y, x = patch.y + top, patch.x + left
        under = self.view[y : y + seen.shape[0], x : x + seen.shape[1]]
        under += (ink.colour - under) * alpha[..., None]

    def _note(
        self,
        patch: Patch,
        seen: NDArray[np.uint8],
        at: tuple[int, int],
        ink: Ink,
        digit: int | None,
        *,
        sure: bool,
    ) -> None:
        whole = int(patch.coverage.sum())
        share = int(seen.sum()) / max(whole, 1)
        inked = (seen >= max(_INKED * int(patch.coverage.max()), 1)).astype(np.uint8)
        x, y, width, height = cv2.boundingRect(inked)
        if share < _GONE or not width:
            return
        box = (at[0] + x, at[1] + y, at[0] + x + width, at[1] + y + height)
        if digit is None or not sure or share < _SEEN:
            self.ignored.append(box)
            return
        self.boxes.append(box)
        self.labels.append(digit)
        self.least = min(self.least, height)
        ground = np.array(cv2.mean(self.view[box[1] : box[3], box[0] : box[2]])[:3])
        self.contrast = min(self.contrast, float(np.abs(ink.colour - ground).max()) * ink.opacity)

    def lines(self, mask: NDArray[np.uint8], colour: NDArray[np.float32], opacity: float = 1.0) -> None:
        """Ink a (h, w) uint8 mask of the whole picture."""
        ys, xs = np.nonzero(mask)
        if len(ys):
            alpha = mask[ys, xs].astype(np.float32)[:, None] * np.float32(opacity / 255)
            self.view[ys, xs] += (colour - self.view[ys, xs]) * alpha


def _with_gap(coverage: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A thin gap across the ink, as a dry pen or a glare leaves it."""
    height, width = coverage.shape
    middle, angle = rng.uniform(0.25, 0.75, 2) * (width, height), rng.uniform(0, np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * max(height, width)
    start, end = (np.round(middle + sign * reach).astype(int).tolist() for sign in (-1, 1))
    gapped = coverage.copy()
    cv2.line(gapped, start, end, 0, max(round(height * rng.uniform(0.02, 0.07)), 1))
    return gapped
