"""One plain style for every plot, that also reads in greyscale: shapes and patterns beside colours.

Figures are made without pyplot: nothing here touches a state of matplotlib's own.
"""

import io
import warnings
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

INK, GREY, FAINT, FILL = "#222222", "#808080", "#d9d9d9", "#a3c0d6"
COLOURS = "#1b3f5f", "#c46a2f", "#5fae8b", "#6b3a80"  # each two with the same dashes: one dark, one light
WIDTH = 6.4  # inches; every plot fits a page of one column
TEXT, SMALL = 11, 9  # points
_DASHES = "-", "--", "-.", ":"
_MARKERS = "osD^vPX*<>"
_DPI = 150
_MARGIN = 0.08  # inches
_LONGEST_SOURCE = 80  # characters


def png(figure: Figure, source: str) -> bytes:
    """A figure as a PNG file; its last line says what it shows: a model, and what that was asked about."""
    figure.supxlabel(plain(short(source, _LONGEST_SOURCE)), x=0.99, ha="right", fontsize=SMALL, color=GREY)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a label in a script that the font lacks is drawn as a box
        figure.savefig(buffer, format="png", dpi=_DPI, facecolor="white")
    return buffer.getvalue()


def figure_of(height: float) -> Figure:
    """A figure of the common width and `height`, in inches."""
    layout = ConstrainedLayoutEngine(compress=True, w_pad=_MARGIN, h_pad=_MARGIN)
    return Figure((WIDTH, height), layout=layout)


def grid_of(count: int, columns: int) -> tuple[Figure, list[Axes]]:
    """Square panels without axes, row by row; those that are not needed stay blank."""
    rows = -(-count // columns)
    figure = figure_of(rows * (WIDTH / columns + 0.25))
    panels = [axes for row in figure.subplots(rows, columns, squeeze=False) for axes in row]
    for axes in panels:
        axes.set_axis_off()
    return figure, panels


def style(axes: Axes, x: str, y: str, *, grid: bool = True) -> None:
    """Names of the axes, and nothing that carries no meaning."""
    axes.set_xlabel(x, fontsize=TEXT)
    axes.set_ylabel(y, fontsize=TEXT)
    axes.tick_params(labelsize=TEXT, color=INK)
    axes.spines[["top", "right"]].set_visible(not grid)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(color=FAINT, linewidth=0.8)


def percent(*chosen: Axis) -> None:
    """Axes in per cent of 1."""
    for axis in chosen:
        axis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10]))
        axis.set_major_formatter(lambda value, _: f"{100 * value:.6g}%")  # no more decimals than needed


def legend(axes: Axes, title: str | None = None, **where: Any) -> None:
    """The names of what was drawn; `where` goes to `Axes.legend`."""
    axes.legend(title=title, fontsize=SMALL, title_fontsize=SMALL, framealpha=0.95, edgecolor=FAINT, **where)


def legend_above(axes: Axes, title: str | None = None, columns: int = 3) -> None:
    """The names of what was drawn, where they hide nothing of it."""
    legend(axes, title, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=columns)


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
    """Text that matplotlib prints as it is: no formulas between dollar signs, no lone surrogates.

    A space goes before what begins with an underscore, which legends would leave out.
    """
    return " " * text.startswith("_") + text.encode("utf-8", "replace").decode().replace("$", r"\$")


def short(text: str, most: int) -> str:
    """Text of at most so many characters."""
    return text if len(text) <= most else text[: most - 1] + "…"
