"""One plain style for every plot, that also reads in greyscale: shapes and patterns beside colours.

Figures are made without pyplot: nothing here touches a state of matplotlib's own.
"""

import io
import warnings
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

INK, FAINT, FILL = "#222222", "#d9d9d9", "#7fa6c4"
COLOURS = "#1b4f72", "#c0572b", "#3a8a5f", "#8a5fa8"  # of clearly different lightness, too
WIDTH = 6.4  # inches; every plot fits a page of one column
TEXT, SMALL = 11, 9  # points
_DASHES = "-", "--", "-.", ":"
_MARKERS = "osD^vPX*<>"
_DPI = 150


def png(figure: Figure) -> bytes:
    """A figure as a PNG file."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a label in a script that the font lacks is drawn as a box
        figure.savefig(buffer, format="png", dpi=_DPI, facecolor="white")
    return buffer.getvalue()


def figure_of(height: float) -> Figure:
    """A figure of the common width and `height`, in inches."""
    return Figure((WIDTH, height), layout="constrained")


def style(axes: Axes, x: str, y: str, *, grid: bool = True) -> None:
    """Names of the axes, and nothing that carries no meaning."""
    axes.set_xlabel(x, fontsize=TEXT)
    axes.set_ylabel(y, fontsize=TEXT)
    axes.tick_params(labelsize=TEXT, color=INK)
    axes.spines[["top", "right"]].set_visible(not grid)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(color=FAINT, linewidth=0.8)


def percent(axes: Axes) -> None:
    """Both axes in per cent of 1."""
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))


def legend(axes: Axes, title: str | None = None, **where: Any) -> None:
    """The names of what was drawn; `where` goes to `Axes.legend`."""
    axes.legend(title=title, fontsize=SMALL, title_fontsize=SMALL, framealpha=0.95, edgecolor=FAINT, **where)


def line(number: int, every: Any = None) -> dict[str, Any]:
    """Of one curve among several: no two of the first forty look the same."""
    return {
        "color": COLOURS[number % len(COLOURS)],
        "linestyle": _DASHES[number // 2 % len(_DASHES)],
        "marker": _MARKERS[number % len(_MARKERS)],
        "markevery": every,
        "linewidth": 1.6,
    }


def plain(text: str) -> str:
    """Text that matplotlib prints as it is: no formulas between dollar signs, no lone surrogates."""
    return text.encode("utf-8", "replace").decode().replace("$", r"\$")
