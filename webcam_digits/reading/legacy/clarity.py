"""How clearly a candidate must look like a digit, by what stands around it.

What other digits make likely need not. What stands alone is a digit by its looks only; where no number is in
sight and drawings or letters are, even these deceive: of many scribbles one is nearly an 8.
"""

import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.classifier import Predictions
from webcam_digits.reading.legacy.context import LogOdds
from webcam_digits.reading.legacy.regions import Origin, Regions

# What is hardly likely by the digits around it is one by its looks alone: objects and ornaments that pass for
# a digit look less like one than nearly all digits do, and so do pieces of scribbles and of words.
_COMPANY = 0.3  # log-odds; less is none
_SETTLED = 2.0  # likewise, of looks and company
_SETTLED_CUT = 3.0  # likewise, of pieces
_SURE = 0.98  # probability of a digit
_SUREST = 0.998  # likewise, of what the picture's edge may have cut
_THINNEST = 0.015  # thickness over the longer side; of 6,600 digits none had less, but outlines have

# Where there is no number, a drawing or a letter that passes for a digit is told by more.
_NUMBER = 3.0  # log-odds of all digits together; less is no number
_CLEARER = 2.0  # logarithm of how many times less doubt there may be for each log-odds of company against it
_AGAINST = -0.2  # log-odds by company; below, what lies, is joined or at the picture's edge is no digit
_LYING = 1.05  # width over height; in MNIST one in twenty of these is broader, and many a 0, 2 and 5:
_UPRIGHT = "1346789"


def unclear(
    regions: Regions,
    chosen: NDArray[np.bool_],
    judged: LogOdds,
    predictions: Predictions,
    at_edge: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Which candidates do not look like a digit enough.

    Args:
        regions: the candidates.
        chosen: (n,) those that are asked for; no two share a stroke.
        judged: how much likelier than letters they are.
        predictions: one for each.
        at_edge: (n,) which of them touch the picture's edge.

    Returns:
        (n,) True for those that are asked for and are to go.
    """
    pieces, joins = (
        np.array([origin is its for origin in regions.origins], bool) for its in (Origin.PIECE, Origin.JOIN)
    )
    alone = chosen & (judged.company < _COMPANY)
    settled = judged.digit >= np.where(pieces, _SETTLED_CUT, _SETTLED)
    by_looks = chosen & ~settled & (pieces | alone)
    found = by_looks & (predictions.presence < _SURE) | alone & at_edge & (predictions.presence < _SUREST)
    found |= _outlines(regions, alone)
    if judged.digit[chosen & ~found & (settled | ~pieces)].sum() < _NUMBER:
        against = np.minimum(np.minimum(judged.company, judged.others), 0)
        hazy = 1 - predictions.presence > (1 - _SURE) * np.exp(_CLEARER * against)
        labels = np.array([*predictions.labels, ""])[predictions.best]
        lying = (regions.boxes[:, 2] > _LYING * regions.boxes[:, 3]) & np.isin(labels, list(_UPRIGHT))
        found |= by_looks & (hazy | (against < _AGAINST) & (lying | at_edge | joins))
    return np.asarray(found)


def _outlines(regions: Regions, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(n,) what of those that are asked for is drawn too thinly for a pen."""
    found = np.zeros(len(regions), bool)
    for i in np.flatnonzero(asked).tolist():
        thick = float(regions.strokes.widths[list(regions.members[i])].mean())
        found[i] = thick < _THINNEST * regions.boxes[i, 2:].max()
    return found
