"""The report's plots. Each function returns a `matplotlib.figure.Figure` in the style of `plotstyle`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, PercentFormatter
from numpy.typing import NDArray

from .measures import PrecisionRecall, Rejection, Reliability, share_reaching
from .plotstyle import (
    COLOURS,
    FAINT,
    FILL,
    INK,
    SMALL,
    TEXT,
    figure_of,
    grid_of,
    legend,
    legend_above,
    line,
    percent,
    plain,
    short,
    style,
)

_MOST_NUMBERS = 20  # classes for which a confusion matrix has room to write its counts
_ROOM = 300  # points along its side, for the names of the classes
_LONGEST, _LONGEST_FILE = 12, 28  # characters, of a label's and of a data set's name
_COLUMNS = 4  # of a gallery
_OUTLINE = 127  # level at which a glyph's outline is drawn


def history(rows: Sequence[Mapping[str, float]], kept: int | None) -> Figure:
    """Loss and accuracy by epoch, of training and validation; `kept` is the epoch whose weights were kept."""
    figure = figure_of(5.6)
    upper, lower = figure.subplots(2, 1, sharex=True)
    for axes, key, title in ((upper, "loss", "loss (cross-entropy)"), (lower, "accuracy", "accuracy")):
        for number, (prefix, name) in enumerate((("train_", "training"), ("", "validation"))):
            axes.plot(
                [row["epoch"] for row in rows], [row[prefix + key] for row in rows],
                label=name, markersize=5, **line(number),
            )  # fmt: skip
        if kept is not None:
            axes.axvline(kept, color=INK, linewidth=1, linestyle=":", label="kept")
        style(axes, "epoch" if axes is lower else "", title)
    upper.set_yscale("log")
    upper.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    upper.yaxis.set_major_formatter("{x:g}")
    upper.yaxis.set_minor_formatter(NullFormatter())
    lower.yaxis.set_major_formatter(PercentFormatter(1))
    lower.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.align_ylabels()
    legend(upper)
    return figure


def confusion(counts: NDArray[np.int64], labels: Sequence[str]) -> Figure:
    """(L, L) counts, rows the truth; the shade shows mistakes alone, as the diagonal would outshine them."""
    figure = figure_of(5.6)
    axes = figure.subplots()
    mistakes = np.where(np.eye(len(counts), dtype=bool), 0, counts)
    most = max(int(mistakes.max()), 1)
    shown = axes.imshow(np.ma.masked_equal(mistakes, 0), cmap="magma_r", norm=PowerNorm(0.5, 0, 1.2 * most))
    if len(labels) <= _MOST_NUMBERS:
        for (row, column), count in np.ndenumerate(counts):
            dark = row != column and count > 0.3 * most
            weight = "bold" if row == column else "normal"
            where: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": SMALL, "fontweight": weight}
            if count:
                axes.text(column, row, f"{count}", color="white" if dark else INK, **where)
    else:
        figure.colorbar(shown, ax=axes, shrink=0.8).set_label("mistakes", fontsize=TEXT)
    ticks = [plain(short(label, _LONGEST)) for label in labels]
    axes.set_xticks(range(len(labels)), ticks, rotation=90 if max(map(len, ticks)) > 2 else 0)
    axes.set_yticks(range(len(labels)), ticks)
    axes.set_xticks(np.arange(len(labels)) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(labels)) - 0.5, minor=True)
    style(axes, "read", "truth", grid=False)
    axes.grid(which="minor", color=FAINT, linewidth=0.8)
    axes.tick_params(which="minor", length=0)
    axes.tick_params(which="major", labelsize=min(TEXT, _ROOM / len(labels)))
    return figure


def precision_recall(curves: Mapping[str, PrecisionRecall], together: PrecisionRecall) -> Figure:
    """One curve a label, and all decisions as one drawn heavier. Only the corner that they share is shown."""
    figure = figure_of(6.0)
    axes = figure.subplots()
    looks = [line(number, every=(0.07 * number % 1, 0.4)) for number in range(len(curves))]
    heavier = {"color": INK, "linewidth": 2.6}
    drawn = [*curves.items(), ("micro", together)]
    for (label, curve), look in zip(drawn, [*looks, heavier], strict=True):
        name = f"{plain(short(label, _LONGEST))}  {curve.average:.4f}"
        axes.plot(np.r_[0, curve.recall], np.r_[1, curve.precision], label=name, **look)
    balance = min(float(np.minimum(curve.recall, curve.precision).max()) for _, curve in drawn)
    least = max(0.0, 1 - 4 * max(1 - balance, 0.0025))
    axes.set_xlim(least, 1 + (1 - least) / 50)
    axes.set_ylim(least, 1 + (1 - least) / 50)
    style(axes, "recall", "precision")
    legend_above(axes, "average precision", columns=4)
    return figure


def reliability(bins: Reliability) -> Figure:
    """How often each confidence is right, over how many pictures have that confidence."""
    figure = figure_of(5.6)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    edges = np.linspace(0, 1, len(bins.sizes) + 1)
    middles, width = (edges[:-1] + edges[1:]) / 2, edges[1]
    filled = bins.sizes > 0
    right, confident = (
        np.divide(total, bins.sizes, out=np.zeros(len(filled)), where=filled)
        for total in (bins.right, bins.confident)
    )
    upper.bar(middles, right, width, color=FILL, edgecolor=INK, label="right")
    upper.bar(
        middles, confident - right, width, bottom=right, fill=False, hatch="////", edgecolor=COLOURS[1],
        linewidth=0.8, label="gap to the confidence",
    )  # fmt: skip
    upper.plot([0, 1], [0, 1], linestyle="--", color=INK, linewidth=1.2, label="perfectly calibrated")
    upper.set_ylim(0, 1.02)
    style(upper, "", "share that is right")
    legend_above(upper, f"expected calibration error {bins.error:.2%}")
    lower.bar(middles, bins.sizes, width, color=FAINT, edgecolor=INK)
    lower.set_yscale("symlog", linthresh=1)
    lower.set_xlim(0, 1)
    style(lower, "confidence", "pictures")
    return figure


def rejection(curve: Rejection, threshold: float, accepted: float, accuracy: float) -> Figure:
    """Share accepted against accuracy of the accepted, over all thresholds.

    Args:
        curve: of the answers.
        threshold: the model's own, which is marked where anything reaches it.
        accepted: share that reaches it, 0..1.
        accuracy: share of those that is right, 0..1.
    """
    figure = figure_of(4.2)
    axes = figure.subplots()
    axes.plot(curve.accepted, curve.accuracy, color=COLOURS[0], linewidth=2)
    if accepted:
        told = f"threshold {threshold:.3f}: {accepted:.2%} accepted, {accuracy:.2%} of them right"
        axes.plot(accepted, accuracy, "o", color=COLOURS[1], markersize=9, label=told)
        legend_above(axes)
    most_wrong = max(0.001, 1 - float(curve.accuracy[-1]), (1 - accuracy) * (accepted > 0))
    least = max(0.0, 1 - 15 * max(most_wrong, 0.01))
    axes.set_xlim(min(least, 0.8 * accepted) if accepted else least, 1.005)
    axes.set_ylim(max(0.0, 1 - 1.2 * most_wrong), 1 + 0.05 * most_wrong)
    style(axes, "share accepted", "accuracy of the accepted")
    percent(axes)
    return figure


def false_acceptance(
    labelled: NDArray[np.floating], negatives: Mapping[str, NDArray[np.floating]], threshold: float
) -> Figure:
    """Share accepted of what shows a label against share of each negative set that is taken for one.

    Args:
        labelled: (n,) confidences of what shows a label.
        negatives: (m,) confidences of each set, by its name.
        threshold: the model's own, marked on each curve.
    """
    figure = figure_of(4.6)
    axes = figure.subplots()
    thresholds = np.unique(np.concatenate([labelled, *negatives.values()]))
    accepted, own = share_reaching(labelled, thresholds), float((labelled >= threshold).mean())
    most = 0.02
    for number, (name, confidences) in enumerate(negatives.items()):
        look, taken = line(number), float((confidences >= threshold).mean())
        axes.plot(accepted, share_reaching(confidences, thresholds), **(look | {"marker": ""}))
        axes.plot(
            own,
            taken,
            **(look | {"markersize": 8}),
            label=f"{plain(short(name, _LONGEST_FILE))}  {taken:.2%}",
        )
        most = max(most, taken)
    axes.set_xlim(min(0.9, 0.9 * own), 1.002)
    axes.set_ylim(0, min(1.02, 3 * most))
    style(axes, "share accepted of what shows a label", "taken for a label")
    percent(axes)
    legend_above(axes, f"marked: threshold {threshold:.3f}, {own:.2%} accepted", columns=2)
    return figure


def errors(shares: Mapping[str, float], clean: float) -> Figure:
    """Error under each corruption, 0..1, the worst first; `clean` is the error without any."""
    figure = figure_of(0.9 + 0.3 * len(shares))
    axes = figure.subplots()
    ordered = sorted(shares.items(), key=lambda item: item[1])
    bars = axes.barh([plain(name) for name, _ in ordered], [share for _, share in ordered],
                     color=FILL, edgecolor=INK, height=0.7)  # fmt: skip
    axes.bar_label(bars, [f"{share:.2%}" for _, share in ordered], padding=4, fontsize=SMALL,
                   bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
    mean = float(np.mean([*shares.values()]))
    for value, name, dashes in ((mean, "mean", "-"), (clean, "uncorrupted", ":")):
        axes.axvline(value, color=COLOURS[1], linestyle=dashes, label=f"{name} {value:.2%}")
    axes.set_xlim(0, 1.15 * max(*shares.values(), clean, 1e-3))
    style(axes, "error", "")
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    legend_above(axes)
    return figure


def gallery(glyphs: NDArray[np.uint8], captions: Sequence[str], title: str = "") -> Figure:
    """(n, 28, 28) glyphs, each with its caption above it; n > 0."""
    figure, panels = grid_of(len(glyphs), _COLUMNS)
    if title:
        figure.suptitle(plain(title), fontsize=TEXT)
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
            if glyphs[index].max() > _OUTLINE:
                axes.contour(glyphs[index], [_OUTLINE], colors="white", linewidths=1)
        else:
            axes.imshow(glyphs[index], cmap="gray", vmin=0, vmax=255)
        axes.set_title(plain(captions[index][column]), fontsize=SMALL)
    return figure
