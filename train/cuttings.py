"""Scenes -> training pictures, cut out by the product's own `ink`, `rules`, `regions` and `cuts`.

So the network is trained on what the camera path hands it: strokes that a threshold frayed or broke, halves,
joined neighbours, pieces of rules, noise. The scene's truth says what each region shows; what may be taken
for a digit though it is none, such as the half of an 8 or a letter o, is left out.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.cuts import cut as cut_touching
from webcam_digits.ink import find_ink
from webcam_digits.reading import Box
from webcam_digits.regions import Origin, Regions, find_regions
from webcam_digits.rules import erase_rules
from webcam_digits.seams import Gap

from .data import DIGITS, Picture
from .fonts import NO_DIGITS
from .negatives import PAIRS_LIKE_A_DIGIT, like_a_digit
from .optics import USUAL_TURN
from .scenes import KINDS, Mark, Scene, render
from .writers import Writers

NO_DIGIT = len(DIGITS)  # the target of what is none

_WHOLE = 0.85  # of a mark's ink: a region that has it shows the mark
_PIECE = 0.6  # likewise: one that has less shows a piece. What is between may pass for the whole
_STRANGE = 0.12  # of a region's ink: with more of another mark it does not show one mark alone
_MARGIN = 1.2  # times a mark's size: a larger region shows a speck, too, at some distance
_NOISE = 0.5  # likewise: with more that no mark owns, it shows a shadow's edge, grain, the desk
_SAFE_PIECES = "04"  # digits of which no piece is like another digit, but for a 1
_MORE_TOUCHING = 3  # times: of cut digits no other kind of scene has any
_MOST_MIDDLES = 16  # of a stroke
_MOST_ALIKE = 12  # negatives of one kind a scene; a squared page has a thousand crossings


def cuttings(count: int, seed: int, writers: Writers) -> Iterator[tuple[Picture, int]]:
    """Pictures and their targets from `count` scenes of all kinds in turn, with sizes as cameras have.

    Args:
        count: of scenes.
        seed: decides all chance.
        writers: whose hands there are.
    """
    kinds = [name for name, kind in KINDS.items() if kind.turn <= USUAL_TURN]  # others the reader turns back
    kinds += ["touching"] * _MORE_TOUCHING
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        scale = rng.uniform(0.75, 1.5)
        shape = round(480 * scale), round(640 * scale)
        yield from cut(render(kinds[number % len(kinds)], rng, writers, shape=shape))


def cut(scene: Scene) -> Iterator[tuple[Picture, int]]:
    """What the product finds in a scene: the ink of each region whose truth is clear, and its target.

    Yields:
        (h, w) uint8, white ink on black, and 0..9, or `NO_DIGIT`.
    """
    ink, _ = erase_rules(find_ink(scene.image))
    regions = find_regions(ink)
    regions, _ = cut_touching(regions, _gaps(scene, regions))
    sizes = np.bincount(scene.owners[scene.owners >= 0], minlength=len(scene.marks))
    seen: Counter[str] = Counter()
    for box, own in zip(regions.boxes, regions.inks, strict=True):
        kind, target = _truth(scene, Box(*box.tolist()), own, sizes)
        if target is None or (target == NO_DIGIT and like_a_digit(own)):
            continue
        seen[kind] += 1
        if target != NO_DIGIT or seen[kind] <= _MOST_ALIKE:
            yield own, target


def _gaps(scene: Scene, regions: Regions) -> dict[int, list[Gap]]:
    """Where strokes are cut: half of them between the marks that they show, half amid each of these.

    For halves of digits are what the network is to refuse, where a cut went wrong.
    """
    gaps = {}
    for i, (x, y, width, height) in enumerate(regions.boxes.tolist()):
        owners = scene.owners[y : y + height, x : x + width][regions.inks[i] > 127]
        shown = [scene.marks[mark].box for mark in np.unique(owners[owners >= 0]).tolist()]
        parts = (0.5,) if i % 2 else (0.25, 0.75)
        middles = sorted((box.x + part * box.width - x) / width for box in shown for part in parts)
        if regions.origins[i] is Origin.STROKE and 1 < len(middles) <= _MOST_MIDDLES:
            gaps[i] = [(before, (before + after) / 2, after) for before, after in pairwise(middles)]
    return gaps


def _truth(scene: Scene, box: Box, ink: Picture, sizes: NDArray[np.intp]) -> tuple[str, int | None]:
    """What a region shows, and its target; None where that cannot be said."""
    owners = with_rims(scene.owners, box)
    mask = ink > 127
    counts = np.bincount(owners[mask] + 1, minlength=len(scene.marks) + 1)
    unowned, of_marks = counts[0], counts[1:]
    if unowned > _NOISE * mask.sum() or not of_marks.any():
        return "noise", NO_DIGIT
    parts = [int(mark) for mark in np.argsort(-of_marks)[:3] if of_marks[mark] > _STRANGE * mask.sum()]
    shown = [scene.marks[mark] for mark in parts]
    shares = [of_marks[mark] / max(int(sizes[mark]), 1) for mark in parts]
    if not shown:
        return "pieces", None
    if len(shown) > 1:
        return "several", _of_several(shown, shares)
    own = shown[0].box
    alone = unowned <= _STRANGE * mask.sum() and max(box[2:]) <= _MARGIN * max(own[2:])
    return shown[0].kind, _of_one(shown[0], min(shares[0], 1.0), bool(alone))


def _of_one(mark: Mark, share: float, alone: bool) -> int | None:
    match mark.kind:
        case "digit" if share >= _WHOLE:
            return int(mark.text) if alone else None
        case "digit":
            return NO_DIGIT if share < _PIECE and mark.text in _SAFE_PIECES else None
        case "letter":
            return NO_DIGIT if share >= _WHOLE and mark.text in NO_DIGITS else None
        case "behind":
            return None  # seen from behind, an 8 is an 8 still
    return NO_DIGIT


def _of_several(shown: list[Mark], shares: list[float]) -> int | None:
    """Two whole digits or letters in one are none; a digit with a rest of something else may be one still."""
    kinds = {mark.kind for mark in shown}
    if not kinds & {"digit", "letter", "symbol"}:
        return NO_DIGIT
    whole = [mark for mark, share in zip(shown, shares, strict=True) if share >= _PIECE and mark.text]
    if len(whole) < 2:
        return None
    if kinds == {"digit"}:
        first, second = (int(mark.text) for mark in sorted(whole, key=lambda mark: mark.box.x)[:2])
        return None if len(whole) == 2 and (first, second) in PAIRS_LIKE_A_DIGIT else NO_DIGIT
    return NO_DIGIT if any(mark.kind == "digit" or mark.text in NO_DIGITS for mark in whole) else None


def with_rims(owners: NDArray[np.int16], box: Box) -> NDArray[np.int16]:
    """The owners within `box`, with those of the pixels along each mark's edge."""
    own = owners[box.y : box.bottom, box.x : box.right]
    grown = np.asarray(cv2.dilate(own, np.ones((3, 3), np.uint8)), np.int16)
    return np.where(own >= 0, own, grown)
