"""Strokes of several digits that touch, and what else is as wide: what the chain network learns from.

Most are cut from scenes by the product's own `ink`, `rules` and `strokes`, so the network meets frayed and
blurred ones as cameras give them; others are pushed together straight from the hands, which is quicker and
gives more of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.ink import find_ink
from webcam_digits.reading.legacy.chains import BESIDE, CHAIN_HEIGHT, INK_HEIGHT, NARROWEST, normalise_chain
from webcam_digits.reading.legacy.regions import whole_strokes
from webcam_digits.reading.legacy.rules import erase_rules
from webcam_digits.reading.legacy.strokes import find_strokes
from webcam_digits.train.data.cuttings import NO_DIGIT
from webcam_digits.train.data.datasets import Picture
from webcam_digits.train.handwriting.fonts import NO_DIGITS
from webcam_digits.train.stills.render import Mark, Scene, render
from webcam_digits.train.stills.writers import Writers
from webcam_digits.types import Box

KINDS = (
    *("touching",) * 14,
    *("squared", "ruled") * 4,  # what is left of an erased rule ties digits together
    *("words", "scribbles", "mixed", "form") * 2,
    *("plain", "columns", "sums", "dry", "broken", "bleeding"),
)

_DIRECT = 6  # chains a scene that are pushed together without one
_LENGTHS = {1: 0.08, 2: 0.4, 3: 0.24, 4: 0.14, 5: 0.08, 6: 0.06}  # of these, each one's share
_SIZES = 20, 70  # pixels; least and most height of theirs
_WIDEST = 260  # pixels of the chain's picture; the reader asks about none so wide
_SINGLE = 0.16  # of all chains, digits by themselves: of these there are far more
_NOTHING = 0.13  # likewise, what is none
# Of a stroke that a scene's truth is asked about:
_WHOLE = 0.75  # of a mark's ink; with less of one the stroke shows no whole characters
_STRANGE = 0.06  # of the stroke's ink; a mark with less of it, and less than half of its own, is not shown
_UNOWNED = 0.12  # likewise, ink that no mark owns
_NOISE = 0.3  # with more of that it is a shadow, grain or the desk


Shown = tuple[int, float, float]  # a target, and the x and y of its middle


@dataclass(frozen=True, slots=True)
class Chain:
    """A stroke and what it shows.

    Attributes:
        picture: (32, w) uint8, as `normalise_chain` makes it.
        targets: the digits from left to right; `NO_DIGIT` for each run of what is none.
        middles: of each the (x, y) in pixels of the picture.
    """

    picture: Picture
    targets: tuple[int, ...]
    middles: tuple[tuple[float, float], ...]


def chains(scenes: int, seed: int, writers: Writers) -> list[Chain]:
    """Chains from so many scenes and as many again pushed together, in equal shares whatever the scenes give.

    Args:
        scenes: at least 1.
        seed: decides all chance.
        writers: whose hands there are.
    """
    found: list[Chain] = []
    for number in range(scenes):
        rng = np.random.default_rng((seed, number))
        scale = rng.uniform(0.75, 1.5)
        shape = round(480 * scale), round(640 * scale)
        found += of_scene(render(KINDS[number % len(KINDS)], rng, writers, shape=shape))
        found += (chain for _ in range(_DIRECT) if (chain := _pushed_together(writers, rng)))
    rng = np.random.default_rng((seed, scenes))
    several = [chain for chain in found if len(chain.targets) > 1]
    single = [chain for chain in found if len(chain.targets) == 1 and chain.targets[0] != NO_DIGIT]
    nothing = [chain for chain in found if chain.targets == (NO_DIGIT,)]
    whole = len(several) / (1 - _SINGLE - _NOTHING)
    return several + _some(single, _SINGLE * whole, rng) + _some(nothing, _NOTHING * whole, rng)


def of_scene(scene: Scene) -> Iterator[Chain]:
    """The strokes of a scene that are wide enough for several digits and whose truth is clear."""
    ink, _ = erase_rules(find_ink(scene.image))
    regions = whole_strokes(ink, find_strokes(ink.mask))
    sizes = np.bincount(scene.owners[scene.owners >= 0], minlength=len(scene.marks))
    for box, own in zip(regions.boxes.tolist(), regions.inks, strict=True):
        if box[2] < NARROWEST * box[3]:
            continue
        shown = _truth(scene, Box(*box), own, sizes)
        chain = _chain(own, [(label, x - box[0], y - box[1]) for label, x, y in shown])
        if chain is not None:
            yield chain


def _truth(scene: Scene, box: Box, ink: Picture, sizes: NDArray[np.intp]) -> list[Shown]:
    """What a stroke shows; nothing where that cannot be said."""
    mask = ink > 127
    total = max(int(mask.sum()), 1)
    counts = np.bincount(_with_rims(scene.owners, box)[mask] + 1, minlength=len(scene.marks) + 1)
    unowned, own = counts[0], counts[1:]
    if unowned > _NOISE * total:
        return [(NO_DIGIT, box.x + box.width / 2, box.y + box.height / 2)]
    shares = own / np.maximum(sizes, 1)
    shown = np.flatnonzero((own > _STRANGE * total) | (shares > 0.5))
    if any(scene.marks[i].kind in ("digit", "letter") for i in shown):
        shown = shown[[scene.marks[i].kind != "rule" for i in shown]]  # a rest of one is to be overlooked
    marks = [scene.marks[i] for i in shown]
    unclear = unowned > _UNOWNED * total or (shares[shown] < _WHOLE).any()
    if unclear or any(mark.kind == "behind" for mark in marks) or _may_be_a_digit(marks):
        return []
    return [
        (
            int(mark.text) if mark.kind == "digit" else NO_DIGIT,
            mark.box.x + mark.box.width / 2,
            mark.box.y + mark.box.height / 2,
        )
        for mark in marks
    ]


def _may_be_a_digit(marks: list[Mark]) -> bool:
    return len(marks) == 1 and marks[0].kind == "letter" and marks[0].text not in NO_DIGITS


def _pushed_together(writers: Writers, rng: np.random.Generator) -> Chain | None:
    """A chain by one of the hands, turned and slanted a little; None where its ink does not hang together."""
    length = int(rng.choice(list(_LENGTHS), p=list(_LENGTHS.values())))
    text = "".join(map(str, rng.integers(0, 10, length)))
    pieces = writers.number(text, float(np.exp(rng.uniform(*np.log(_SIZES)))), rng, touching=True)
    starts = np.array([(piece.x, piece.y) for piece in pieces])
    sizes = np.array([piece.coverage.shape[::-1] for piece in pieces])
    starts -= starts.min(axis=0)
    ink = np.zeros((starts + sizes).max(axis=0)[::-1], np.uint8)
    for piece, (x, y), (width, height) in zip(pieces, starts, sizes, strict=True):
        part = ink[y : y + height, x : x + width]
        np.maximum(part, piece.coverage, out=part)
    matrix, size = _askew(ink, rng)
    middles = (starts + sizes / 2) @ matrix[:, :2].T + matrix[:, 2]
    ink = np.asarray(cv2.warpAffine(ink, matrix, size), np.uint8)
    ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.3, 1.2)), np.uint8)
    count, _, statistics, _ = cv2.connectedComponentsWithStats((ink > 100).astype(np.uint8))
    if count != 2:
        return None
    x, y, width, height = statistics[1, :4].tolist()
    sharp = np.clip((ink[y : y + height, x : x + width].astype(np.float32) - 40) * 1.6, 0, 255)
    shown = [(int(digit), mx - x, my - y) for digit, (mx, my) in zip(text, middles.tolist(), strict=True)]
    return _chain(sharp.astype(np.uint8), shown)


def _chain(ink: Picture, shown: list[Shown]) -> Chain | None:
    """The chain of a stroke and what is shown, in its pixels; None where that is nothing, or too wide."""
    picture = normalise_chain(ink)
    if not shown or picture.shape[1] > _WIDEST:
        return None
    shown = sorted(shown, key=lambda one: one[1])
    first = [
        i for i, (label, *_) in enumerate(shown) if i == 0 or (label, shown[i - 1][0]) != (NO_DIGIT, NO_DIGIT)
    ]
    runs = [shown[a:b] for a, b in zip(first, [*first[1:], len(shown)], strict=True)]
    scale = INK_HEIGHT / ink.shape[0]
    over = (CHAIN_HEIGHT - INK_HEIGHT) / 2
    middles = tuple(
        (scale * (run[0][1] + run[-1][1]) / 2 + BESIDE, scale * (run[0][2] + run[-1][2]) / 2 + over)
        for run in runs
    )
    return Chain(picture, tuple(run[0][0] for run in runs), middles)


def _askew(ink: Picture, rng: np.random.Generator) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """A matrix (2, 3) that turns and slants a picture a little, and the size of what comes of it."""
    angle, slant = rng.normal(0, 0.08), rng.normal(0, 0.1)
    height, width = ink.shape
    change = np.array([[np.cos(angle), -np.sin(angle) + slant], [np.sin(angle), np.cos(angle)]])
    corners = change @ np.array([[0, width, 0, width], [0, 0, height, height]])
    wide, high = np.ceil(np.ptp(corners, axis=1)).astype(int).tolist()
    return np.column_stack([change, 4 - corners.min(axis=1)]), (wide + 8, high + 8)


def _some(of: list[Chain], count: float, rng: np.random.Generator) -> list[Chain]:
    return [of[i] for i in rng.permutation(len(of))[: round(count)]]


def _with_rims(owners: NDArray[np.int16], box: Box) -> NDArray[np.int16]:
    """The owners within `box`, with those of the pixels along each mark's edge."""
    own = owners[box.y : box.bottom, box.x : box.right]
    grown = np.asarray(cv2.dilate(own, np.ones((3, 3), np.uint8)), np.int16)
    return np.where(own >= 0, own, grown)
