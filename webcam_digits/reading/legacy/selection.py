"""Which candidates are digits: the classifier's word, and what stands around each of them.

Seen alone, a letter l, a scratch or an edge is a 1, and a ring is a 0. What is around tells them apart, as
it does for people: the other characters (`context`), the ground (`evenness`), and for plain strokes more.
"""

from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.classifier import Predictions
from webcam_digits.reading.legacy.clarity import unclear
from webcam_digits.reading.legacy.context import log_odds
from webcam_digits.reading.legacy.evenness import MOST_ASKED, MOST_DOUBT, doubt
from webcam_digits.reading.legacy.lattice import best_of_rivals
from webcam_digits.reading.legacy.leftovers import leftovers
from webcam_digits.reading.legacy.patterns import patterned
from webcam_digits.reading.legacy.regions import Regions
from webcam_digits.reading.legacy.tilt import Upright

# A plain stroke is a 1 by its company only. It is one that is
_STRAIGHT = 0.2  # no thicker than this over its length, or
_SHORT = 1.2  # no longer than this over its extent.
_STEEPEST = 0.7  # width over height; a plain stroke more slanted than this is no 1
_ALIKE = 0.5  # the least ratio of heights of what stands in one row
_BESIDE = 3.0  # heights; company is no further away
_AROUND = 1.5  # heights; the surroundings whose ink is weighed
_PURE = 0.75  # of the ink around; where digits are less of it, a plain stroke by itself is part of the rest
_LARGE = 0.04  # of the picture's shorter side; a smaller stroke that has none is a scratch
_FRAMED = 0.3  # of a frame's height; what is lower and not closed in by it is a fragment of it
_OFF = 0.05  # of a digit's height; a fragment is no further off
_IN_PATTERNS = "01"  # what holes and bars pass for; a row of 2s was written
_THIN = 0.07  # width over length of rules and frames


class Verdict(Enum):
    """Why a candidate was read, or was not."""

    KEPT = "read as a digit"
    UNLIKELY = "not likely enough to be a digit"
    RIVAL = "its strokes make more sense together with others, or apart"
    FRAME = "goes around a digit"
    FRAGMENT = "a broken-off part of the digit around it"
    WORD = "likelier a letter, by what stands around it"
    UNCLEAR = "does not look like a digit enough, for what is around it"
    GROUND = "stands on no even ground, as ink does"
    RULE = "a piece of a rule, or a side of a box"
    STEEP = "a plain stroke too slanted for a 1"
    CLUTTER = "a plain stroke among ink that is not a digit"
    SCRATCH = "a small plain stroke by itself"
    EDGE = "a plain stroke at the picture's edge"
    PATTERN = "one of a row of equal things, equally far apart"
    CUT_OFF = "reaches out of the region that is read"


def select(
    regions: Regions,
    predictions: Predictions,
    accepted: NDArray[np.bool_],
    picture: NDArray[np.uint8] | Upright,
    inked: NDArray[np.uint8],
    ruled: NDArray[np.uint8] | Upright,
) -> tuple[Verdict, ...]:
    """Choose the candidates that are digits.

    Args:
        regions: the candidates.
        predictions: one for each.
        accepted: (n,) which of them are likely enough to be digits.
        picture: (h, w) grey or (h, w, 3) BGR, in which they were found, or one that is turned upright.
        inked: (h, w) uint8, 255 where there is ink; the rules are erased.
        ruled: (h, w) uint8, 255 where they were; or likewise.

    Returns:
        Of each region whether it was kept, or the first reason why not; no two that were kept share a stroke.
    """
    verdicts = np.array([Verdict.RIVAL if likely else Verdict.UNLIKELY for likely in accepted], object)
    chosen = np.zeros(len(regions), bool)
    chosen[best_of_rivals(regions, predictions, accepted)] = True

    def drop(which: NDArray[np.bool_], verdict: Verdict) -> None:
        verdicts[chosen & which] = verdict
        chosen[which] = False

    if not chosen.any():
        return tuple(verdicts.tolist())
    boxes = regions.boxes.astype(np.float64)
    shape = inked.shape
    drop(~accepted, Verdict.UNLIKELY)
    frames, fragments = _nested(regions, chosen, predictions.presence)
    drop(frames, Verdict.FRAME)
    drop(fragments, Verdict.FRAGMENT)
    judged = log_odds(regions, predictions, chosen)
    odds = judged.digit.copy()
    drop(odds < 0, Verdict.WORD)
    if not chosen.any():
        return tuple(verdicts.tolist())
    ruled = ruled[:, :]  # turned upright, where it was not yet
    unsure = np.flatnonzero(chosen & (odds < MOST_DOUBT))
    unsure = unsure[np.argsort(odds[unsure], kind="stable")[:MOST_ASKED]]
    odds[unsure] -= doubt(
        picture, np.asarray(cv2.bitwise_or(inked, ruled), np.uint8), regions, unsure.tolist()
    )
    drop(odds < 0, Verdict.GROUND)
    at_edge = _at_edge(boxes, shape)
    drop(unclear(regions, chosen, judged, predictions, at_edge), Verdict.UNCLEAR)
    plain = _plain(regions, chosen, predictions)
    drop(leftovers(ruled, regions, chosen & (odds < MOST_DOUBT)), Verdict.RULE)
    drop(plain & (boxes[:, 2] > _STEEPEST * boxes[:, 3]), Verdict.STEEP)
    asked = np.flatnonzero(chosen)
    beside_digit = np.zeros(len(regions), bool)
    beside_digit[asked] = (_beside(boxes[asked], _BESIDE) & ~plain[asked]).any(axis=1)
    lone = plain & ~beside_digit
    drop(lone & (_purity(regions, chosen, lone) < _PURE), Verdict.CLUTTER)
    drop(lone & (boxes[:, 3] < _LARGE * min(shape)), Verdict.SCRATCH)
    drop(plain & at_edge, Verdict.EDGE)
    of_pattern = np.isin(np.array([*predictions.labels, ""])[predictions.best], list(_IN_PATTERNS))
    asked = np.flatnonzero(chosen)
    in_pattern = np.zeros(len(regions), bool)
    in_pattern[asked] = patterned(boxes[asked], predictions.best[asked])
    drop(in_pattern & of_pattern, Verdict.PATTERN)
    verdicts[chosen] = Verdict.KEPT
    return tuple(verdicts.tolist())


def _nested(
    regions: Regions, chosen: NDArray[np.bool_], presence: NDArray[np.float32]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(n,) which of the chosen are a ring or a box around another one, and which are a part of one around.

    A frame closes its digit in; or it has a gap, is filled by a digit, and is less like one itself. A digit
    that broke does neither to its fragments.
    """
    frames, fragments = np.zeros((2, len(regions)), bool)
    asked = np.flatnonzero(chosen)
    start, end = regions.boxes[asked, :2], regions.boxes[asked, :2] + regions.boxes[asked, 2:]
    holds = ((start[:, None] < start) & (end[:, None] > end)).all(axis=2)
    for outer, inner in zip(*(asked[which].tolist() for which in np.nonzero(holds)), strict=True):
        filled = regions.boxes[inner, 3] >= _FRAMED * regions.boxes[outer, 3]
        if (filled and presence[inner] >= presence[outer]) or _closes_in(regions, outer, inner):
            frames[outer] = True
        elif _is_near(regions, outer, inner):
            fragments[inner] = True
    return frames, fragments


def _closes_in(regions: Regions, outer: int, inner: int) -> bool:
    """Whether the inner region's middle lies in a hole of the outer one's ink."""
    ground = cv2.copyMakeBorder(
        (regions.inks[outer] < 128).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1
    )
    cv2.floodFill(ground, None, (0, 0), 0)
    x, y = regions.boxes[inner, :2] + regions.boxes[inner, 2:] // 2 - regions.boxes[outer, :2] + 1
    return bool(ground[y, x])


def _is_near(regions: Regions, outer: int, inner: int) -> bool:
    """Whether the inner region may have broken off the outer one's ink; a digit may stand below a 7, too."""
    reach = round(_OFF * regions.boxes[outer, 3])
    start = regions.boxes[inner, :2] - regions.boxes[outer, :2]
    (left, top), (right, bottom) = np.maximum(start - reach, 0), start + regions.boxes[inner, 2:] + reach
    return bool((regions.inks[outer][top:bottom, left:right] > 127).any())


def _plain(regions: Regions, chosen: NDArray[np.bool_], predictions: Predictions) -> NDArray[np.bool_]:
    """(n,) what of the chosen is one plain stroke: all along one line or, as a 1, little longer than that."""
    ones = np.array([*predictions.labels, ""])[predictions.best] == "1"  # a bold 7 is no longer, either
    strokes = regions.strokes
    lengths = strokes.areas / strokes.widths - strokes.widths  # half the outline, less the stroke's two ends
    plain = np.zeros(len(regions), bool)
    for i in np.flatnonzero(chosen).tolist():
        moments = cv2.moments(regions.inks[i], binaryImage=True)
        spread, skew = moments["mu20"] + moments["mu02"], moments["mu20"] - moments["mu02"]
        lean = float(np.hypot(skew, 2 * moments["mu11"]))
        length = sum(float(lengths[stroke]) for stroke in regions.members[i])
        on_a_line = spread - lean < _STRAIGHT**2 * (spread + lean)
        plain[i] = on_a_line or (ones[i] and length < _SHORT * max(regions.boxes[i, 2:]))
    return plain


def _purity(regions: Regions, chosen: NDArray[np.bool_], asked: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n,) of all ink around a region that is asked for the share that belongs to chosen ones, 0..1.

    A thin stroke that leads out of the surroundings or around the region is a rule, a frame or a page's edge,
    and does not count.
    """
    strokes = regions.strokes
    boxes = regions.boxes[asked]
    margin = _AROUND * boxes[:, 3:]
    own_start, own_end = boxes[:, None, :2], boxes[:, None, :2] + boxes[:, None, 2:]
    start, end = own_start - margin[:, None], own_end + margin[:, None]
    stroke_start, stroke_end = strokes.boxes[:, :2], strokes.boxes[:, :2] + strokes.boxes[:, 2:]
    shared = np.maximum(np.minimum(end, stroke_end) - np.maximum(start, stroke_start), 0).prod(axis=2)
    ink = strokes.areas * shared / np.maximum(strokes.boxes[:, 2:].prod(axis=1), 1)
    leads_out = ((stroke_start < start) | (stroke_end > end)).any(axis=2)
    leads_around = ((stroke_start < own_start) & (stroke_end > own_end)).all(axis=2)
    ink[(leads_out | leads_around) & (strokes.widths < _THIN * strokes.boxes[:, 2:].max(axis=1))] = 0
    taken = np.zeros(len(strokes), bool)
    taken[[stroke for i in np.flatnonzero(chosen) for stroke in regions.members[i]]] = True
    purity = np.ones(len(regions))
    purity[asked] = ink[:, taken].sum(axis=1) / np.maximum(ink.sum(axis=1), 1)
    return purity


def _at_edge(boxes: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(n,) what touches the picture's edge."""
    starts, ends = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    return np.asarray((starts <= 1).any(axis=1) | (ends >= np.array(shape[::-1]) - 1).any(axis=1))


def _beside(boxes: NDArray[np.float64], reach: float) -> NDArray[np.bool_]:
    """(n, n) whether two boxes are of like height and stand side by side, within `reach` heights."""
    height = np.maximum(boxes[:, None, 3], boxes[None, :, 3])
    alike = np.minimum(boxes[:, None, 3], boxes[None, :, 3]) >= _ALIKE * height
    middle = boxes[:, :2] + boxes[:, 2:] / 2
    away = np.abs(middle[:, None] - middle[None])
    gap = away[..., 0] - (boxes[:, None, 2] + boxes[None, :, 2]) / 2
    beside = alike & (gap < reach * height) & (away[..., 1] < 0.5 * height)
    np.fill_diagonal(beside, False)
    return np.asarray(beside)
