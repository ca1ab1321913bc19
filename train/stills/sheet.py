"""A sheet of paper or a board while it is written on, and what covers it."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.stills import surfaces
from webcam_digits.train.stills.writers import Piece

_DARK_PENS = ("pencil", "ball pen", "marker")
_HUES = (
    (1, 1, 1),
    (1, 1, 1),
    (3.0, 1.2, 0.7),
    (0.9, 0.9, 3.2),
    (1.0, 2.2, 0.7),
)  # black twice, blue, red, green
_FELTS = (  # BGR of felt pens: red, orange, yellow, green, light blue, blue, pink, white
    (45, 45, 215),
    (40, 135, 245),
    (60, 215, 245),
    (90, 190, 90),
    (220, 180, 60),
    (190, 80, 40),
    (190, 110, 240),
    (245, 245, 245),
)
_DISTINCT = 70  # levels of some channel by which a felt pen's colour differs from the ground's
_EBB = 0.35  # of a digit's height; on so much of it a dry pen fades or recovers
_INKED = 128  # the least coverage of 255 with which a pixel is some mark's
_FINE = 4  # binary digits of the fixed point that lines are drawn with


@dataclass(frozen=True, slots=True)
class Pen:
    """What a mark is drawn with.

    Attributes:
        colour: of the ink, (3,) float32 BGR.
        opacity: how much of the ground it covers, 0..1.
        grain: share of that which the ground's roughness takes away here and there, 0..1.
    """

    colour: NDArray[np.float32]
    opacity: float
    grain: float


class Sheet:
    """What has been drawn so far.

    Attributes:
        surface: what it is, as `surfaces` calls it.
        shape: (h, w) in pixels.
        drawn: each piece with its row, in the order in which they were drawn.
    """

    def __init__(self, surface: str, shape: tuple[int, int], rng: np.random.Generator) -> None:
        """A bare one; printed lines are its first marks."""
        self.surface = surface
        self.shape = shape
        self.drawn: list[tuple[Piece, int]] = []
        self._bare = surfaces.ground(surface, shape, rng)
        self._image = self._bare.copy()
        self._owners = np.full(shape, -1, np.int16)
        for rule in surfaces.rules(surface, shape, rng):
            self._rule(rule)

    def pen(self, rng: np.random.Generator) -> Pen:
        """One that suits the surface."""
        if self.surface == "blackboard":
            level = np.full(3, rng.uniform(170, 250)) * (1, rng.uniform(0.9, 1), rng.uniform(0.75, 1))
            return Pen(level.astype(np.float32), rng.uniform(0.75, 1.0), rng.uniform(0.1, 0.45))
        if self.surface == "coloured":
            level = self._image.mean(axis=(0, 1))
            distinct = [felt for felt in _FELTS if np.abs(level - felt).max() >= _DISTINCT]
            felt = np.array(distinct[int(rng.integers(len(distinct)))], np.float32)
            return Pen(felt, rng.uniform(0.8, 1.0), rng.uniform(0, 0.1))
        kind = "marker" if self.surface == "whiteboard" else _DARK_PENS[int(rng.integers(len(_DARK_PENS)))]
        hue = np.array(_HUES[int(rng.integers(len(_HUES)))])
        match kind:
            case "pencil":
                return Pen(np.full(3, rng.uniform(60, 115), np.float32), rng.uniform(0.55, 0.95), 0.35)
            case "ball pen":
                colour, opacity, grain = rng.uniform(20, 60) * hue, rng.uniform(0.8, 1.0), 0.08
            case _:
                colour, opacity, grain = rng.uniform(15, 60) * hue, rng.uniform(0.9, 1.0), 0.0
        return Pen(np.minimum(colour, 200).astype(np.float32), opacity, grain)

    def is_free(self, piece: Piece, place: tuple[float, float]) -> bool:
        """Whether no mark but a rule is where the piece would be drawn."""
        x, y = round(place[0]) + piece.x, round(place[1]) + piece.y
        height, width = piece.coverage.shape
        there = np.unique(self._owners[max(y, 0) : y + height, max(x, 0) : x + width])
        return all(at < 0 or self.drawn[at][0].kind == "rule" for at in there)

    def draw(
        self,
        piece: Piece,
        place: tuple[float, float],
        pen: Pen,
        row: int,
        rng: np.random.Generator,
        *,
        broken: bool = False,
        dry: bool = False,
    ) -> None:
        """Ink a piece; what lies beyond the sheet is cut off."""
        x, y = round(place[0]) + piece.x, round(place[1]) + piece.y
        coverage = _with_gap(piece.coverage, rng) if broken and piece.coverage.size else piece.coverage
        flow = _ebbing(coverage, rng) if dry and coverage.size else np.ones(coverage.shape, np.float32)
        top, left = max(-y, 0), max(-x, 0)
        coverage = coverage[top : self.shape[0] - y, left : self.shape[1] - x]
        if not coverage.size:
            return
        alpha = coverage * flow[top : self.shape[0] - y, left : self.shape[1] - x]
        alpha *= np.float32(pen.opacity / 255)
        if pen.grain:
            alpha *= 1 - np.float32(pen.grain) * rng.random(alpha.shape, np.float32)
        self._ink(x + left, y + top, coverage, alpha[..., None], pen.colour, piece, row)

    def turn_over(self, rng: np.random.Generator) -> None:
        """Go on writing on its other side, where what was drawn so far shines through, faint and soft."""
        softness = 0.0025 * self.shape[0] * rng.uniform(0.5, 1.5)
        ink = cv2.GaussianBlur(self._image - self._bare, (0, 0), softness)[:, ::-1]
        self._image = self._bare + np.float32(rng.uniform(0.1, 0.4)) * ink
        self._owners = np.ascontiguousarray(self._owners[:, ::-1])
        self.drawn = [(replace(piece, kind="behind"), -1) for piece, _ in self.drawn]

    def seen(
        self, homography: NDArray[np.float64], rng: np.random.Generator, *, desk: str | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
        """The picture (h, w, 3) from a viewpoint, with what lies around a sheet, and whose ink is where.

        Args:
            homography: (3, 3) from the sheet to the picture.
            rng: decides how the desk looks.
            desk: the surface around a sheet; absent, a plain one.
        """
        size = self.shape[::-1]
        owners = cv2.warpPerspective(
            self._owners, homography, size, flags=cv2.INTER_NEAREST, borderValue=(-1,)
        )
        if surfaces.fills_the_view(self.surface):
            beyond = cv2.BORDER_REPLICATE if self.drawn else cv2.BORDER_REFLECT  # nothing is written twice
            image = cv2.warpPerspective(self._image, homography, size, borderMode=beyond)
        else:
            image = surfaces.ground(desk, self.shape, rng) if desk else surfaces.desk(self.shape, rng)
            cv2.warpPerspective(self._image, homography, size, dst=image, borderMode=cv2.BORDER_TRANSPARENT)
        return np.asarray(image, np.float32), np.asarray(owners, np.int16)

    def _rule(self, rule: surfaces.Rule) -> None:
        coverage = np.zeros(self.shape, np.uint8)
        start, end = ([round(v * (1 << _FINE)) for v in point] for point in (rule.start, rule.end))
        cv2.line(coverage, start, end, 255, max(round(rule.width), 1), cv2.LINE_AA, _FINE)
        x, y, width, height = cv2.boundingRect(coverage)
        coverage = coverage[y : y + height, x : x + width]
        alpha = coverage[..., None].astype(np.float32) * np.float32(min(rule.width, 1) / 255)
        colour = np.array(rule.colour, np.float32)
        self._ink(x, y, coverage, alpha, colour, Piece("rule", "", x, y, coverage[:0]), -1)

    def _ink(
        self,
        x: int,
        y: int,
        coverage: NDArray[np.uint8],
        alpha: NDArray[np.float32],
        colour: NDArray[np.float32],
        piece: Piece,
        row: int,
    ) -> None:
        height, width = coverage.shape
        under = self._image[y : y + height, x : x + width]
        under += (colour - under) * alpha
        self._owners[y : y + height, x : x + width][coverage >= _INKED] = len(self.drawn)
        self.drawn.append((piece, row))


def _with_gap(coverage: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """With a thin gap across the ink, as a dry pen or a glare leaves it."""
    height, width = coverage.shape
    middle = rng.uniform(0.3, 0.7, 2) * (width, height)
    angle = rng.uniform(0, np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * max(height, width)
    gapped = coverage.copy()
    start, end = ([round(v) for v in middle + sign * reach] for sign in (-1, 1))
    cv2.line(gapped, start, end, 0, max(round(height * rng.uniform(0.02, 0.06)), 1))
    return gapped


def _ebbing(coverage: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """How well a dry or unevenly pressed pen inks each pixel, (h, w), 0..1: now fully, now in streaks."""
    height, width = coverage.shape
    grid = [max(round(length / (_EBB * height)), 1) + 1 for length in (height, width)]
    swell = cv2.resize(rng.beta(0.5, 0.5, grid).astype(np.float32), (width, height))
    inside = cv2.distanceTransform((coverage >= _INKED).astype(np.uint8), cv2.DIST_L2, 3)
    hairs = rng.random(int(inside.max()) + 1, np.float32)  # each at its own distance from the stroke's edge
    faintest, streaks = rng.uniform(0.2, 0.5), rng.uniform(0, 0.6)
    streaky = 1 - np.float32(streaks) * (1 - swell) * hairs[inside.astype(np.intp)]
    return np.asarray((np.float32(faintest) + np.float32(1 - faintest) * swell) * streaky, np.float32)
