"""How clearly a candidate must look like a digit, by what stands around it.

What other digits make likely need not. What stands alone is a digit by its looks only; where no number is in
sight and drawings or letters are, even these deceive: of many scribbles one is nearly an 8.
"""

import numpy as np
from numpy.typing import NDArray

from webcam_digits.classifier import Predictions
from webcam_digits.context import LogOdds
from webcam_digits.regions import Origin, Regions

# What is hardly likely by the digits around it is one by its looks alone: objects and ornaments that pass for
# a digit look less like one than nearly all digits do, and so do pieces of scribbles and of words.
_COMPANY = 0.3  # log-odds; less is none
_SETTLED = 2.0  # likewise, of looks and company
_SETTLED_CUT = 5.0  # likewise, of pieces
_SURE = 0.98  # probability of a digit
_SUREST = 0.998  # likewise, of what the picture's edge may have cut

# Where there is no number, a drawing or a letter that passes for a digit is told by more.
_NUMBER = 3.0  # log-odds of all digits together; less is no number
_CLEARER = 2.0  # logarithm of how many times less doubt there may be for each log-odds of company against it
_AGAINST = -0.2  # log-odds by company; below, what lies or is cut by the picture's edge is no digit
_LYING = 1.05  # width over height; broader is in MNIST one in twenty
_UPRIGHT = "1346789"  # of these, as many people write 0, 2 and 5 so


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
        (n,) of every one that is asked for whether it is to go.
    """
    pieces = np.array([origin is Origin.PIECE for origin in regions.origins], bool)
    settled = judged.digit >= np.where(pieces, _SETTLED_CUT, _SETTLED)
    by_looks = ~settled & (pieces | (judged.company < _COMPANY))
    found = by_looks & (predictions.presence < np.where(at_edge, _SUREST, _SURE))
    if judged.digit[chosen & ~found].sum() < _NUMBER:
        most = (1 - _SURE) * np.exp(_CLEARER * np.minimum(judged.company, 0))
        labels = np.array([*predictions.labels, ""])[predictions.best]
        lying = (regions.boxes[:, 2] > _LYING * regions.boxes[:, 3]) & np.isin(labels, list(_UPRIGHT))
        found |= by_looks & (1 - predictions.presence > most)
        found |= (judged.company < _AGAINST) & (lying | at_edge)
    return np.asarray(found & chosen)
