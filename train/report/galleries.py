"""The report's pictures of glyphs. Each function returns a `matplotlib.figure.Figure`, as in `plots`."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from webcam_digits.train.report.plot_style import SMALL, grid_of, plain

_COLUMNS = 4  # of a gallery
_OUTLINE = 127  # level at which a glyph's outline is drawn
_TINY = 6  # points


def gallery(glyphs: NDArray[np.uint8], captions: Sequence[str]) -> Figure:
    """(n, 28, 28) glyphs, each with its caption above it; n > 0."""
    figure, panels = grid_of(len(glyphs), _COLUMNS)
    for axes, glyph, caption in zip(panels, glyphs, captions, strict=False):
        axes.imshow(glyph, cmap="gray", vmin=0, vmax=255)
        axes.set_title(plain(caption), fontsize=SMALL)
    return figure


def heat_maps(
    glyphs: NDArray[np.uint8], maps: Sequence[NDArray[np.float32]], captions: Sequence[Sequence[str]]
) -> Figure:
    """Each glyph, and beside it what speaks for each of several labels.

    Args:
        glyphs: (n, 28, 28), n > 0.
        maps: for each of k labels (n, 28, 28) in 0..1.
        captions: for each glyph k + 1 of them.
    """
    figure, panels = grid_of(len(glyphs) * (len(maps) + 1), 2 * (len(maps) + 1))
    for axes, (index, column) in zip(panels, np.ndindex(len(glyphs), len(maps) + 1), strict=False):
        if column:
            axes.imshow(maps[column - 1][index], cmap="magma", vmin=0, vmax=1)
            if not maps[column - 1][index].any():
                axes.text(
                    14, 27, "no evidence for it", color="white", fontsize=_TINY, ha="center", va="bottom"
                )
            if glyphs[index].max() > _OUTLINE:
                axes.contour(glyphs[index], [_OUTLINE], colors="white", linewidths=1)
        else:
            axes.imshow(glyphs[index], cmap="gray", vmin=0, vmax=255)
        axes.set_title(plain(captions[index][column]), fontsize=SMALL)
    return figure
