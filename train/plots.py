"""The report's plots. Each function returns a `matplotlib.figure.Figure` in the style of `plotstyle`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, PercentFormatter
from numpy.typing import NDArray

from .evaluate import Reliability
from .measures import PrecisionRecall, Rejection, share_reaching
from .plotstyle import COLOURS, FAINT, FILL, INK, SMALL, TEXT, figure_of, legend, line, percent, plain, style

_MOST_NUMBERS = 20  # classes for which a confusion matrix has room to write its counts


def history(rows: Sequence[Mapping[str, float]], kept: int | None) -> Figure:
    """Loss and accuracy by epoch, of training and validation; `kept` is the epoch whose weights were kept."""
    figure = figure_of(5.6)
    upper, lower = figure.subplots(2, 1, sharex=True)
    for axes, key, title in ((upper, "loss", "loss (cross-entropy)"), (lower, "accuracy", "accuracy")):
        for number, (prefix, name) in enumerate((("train_", "training"), ("", "validation"))):
            points = [
                (row["epoch"], row[prefix + key]) for row in rows if {"epoch", prefix + key} <= row.keys()
            ]
            if points:
                axes.plot(*zip(*points, strict=True), label=name, markersize=5, **line(number))
        if kept is not None:
            axes.axvline(kept, color=INK, linewidth=1, linestyle=":", label="kept")
        style(axes, "epoch" if axes is lower else "", title)
    upper.set_yscale("log")
    upper.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    upper.yaxis.set_major_formatter("{x:g}")
    upper.yaxis.set_minor_formatter(NullFormatter())
    lower.yaxis.set_major_formatter(PercentFormatter(1))
    lower.xaxis.set_major_locator(MaxNLocator(integer=True))
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
    ticks = [plain(label) for label in labels]
    axes.set_xticks(range(len(labels)), ticks)
    axes.set_yticks(range(len(labels)), ticks)
    axes.set_xticks(np.arange(len(labels)) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(labels)) - 0.5, minor=True)
    style(axes, "read", "truth", grid=False)
    axes.grid(which="minor", color=FAINT, linewidth=0.8)
    axes.tick_params(which="minor", length=0)
    return figure


def precision_recall(curves: Mapping[str, PrecisionRecall], together: PrecisionRecall) -> Figure:
    """One curve a label, and all decisions as one drawn heavier. Only the corner that they share is shown."""
    figure = figure_of(6.0)
    axes = figure.subplots()
    looks = [line(number, every=(0.07 * number % 1, 0.4)) for number in range(len(curves))]
    heavier = {"color": INK, "linewidth": 2.6}
    drawn = [*curves.items(), ("micro", together)]
    for (label, curve), look in zip(drawn, [*looks, heavier], strict=True):
        name = f"{plain(label)}  {curve.average:.4f}"
        axes.plot(np.r_[0, curve.recall], np.r_[1, curve.precision], label=name, **look)
    balance = min(float(np.minimum(curve.recall, curve.precision).max()) for _, curve in drawn)
    least = max(0.0, 1 - 4 * max(1 - balance, 0.0025))
    axes.set_xlim(least, 1 + (1 - least) / 50)
    axes.set_ylim(least, 1 + (1 - least) / 50)
    style(axes, "recall", "precision")
    legend(axes, title="average precision", ncols=2, loc="lower left")
    return figure


def reliability(bins: Reliability, error: float) -> Figure:
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
    legend(upper, title=f"expected calibration error {error:.2%}", loc="lower right")
    lower.bar(middles, bins.sizes, width, color=FAINT, edgecolor=INK)
    lower.set_yscale("symlog", linthresh=1)
    lower.set_xlim(0, 1)
    style(lower, "confidence", "pictures")
    return figure


def rejection(curve: Rejection, threshold: float) -> Figure:
    """Share accepted against accuracy of the accepted, over all thresholds; the model's own is marked."""
    figure = figure_of(4.2)
    axes = figure.subplots()
    axes.plot(curve.accepted, curve.accuracy, color=COLOURS[0], linewidth=2)
    own = int(np.searchsorted(-curve.thresholds, -threshold, side="right")) - 1
    if own >= 0:
        told = f"{curve.accepted[own]:.2%} accepted,\n{curve.accuracy[own]:.2%} of them right"
        axes.plot(curve.accepted[own], curve.accuracy[own], "o", color=COLOURS[1], markersize=9)
        axes.annotate(
            f"threshold {threshold:.3f}:\n{told}",
            (curve.accepted[own], curve.accuracy[own]), xytext=(-14, -10), textcoords="offset points",
            ha="right", va="top", fontsize=TEXT,
        )  # fmt: skip
    most_wrong = 1 - float(curve.accuracy[-1])
    axes.set_xlim(max(0.0, 1 - 15 * max(most_wrong, 0.01)), 1.005)
    axes.set_ylim(max(0.0, 1 - 1.6 * max(most_wrong, 0.001)), 1 + 0.05 * max(most_wrong, 0.001))
    style(axes, "share accepted", "accuracy of the accepted")
    percent(axes)
    return figure


def false_acceptance(
    digits: NDArray[np.floating], negatives: Mapping[str, NDArray[np.floating]], threshold: float
) -> Figure:
    """Share of the digits accepted against share of each negative set taken for one.

    Args:
        digits: (n,) confidences of the digits.
        negatives: (m,) confidences of each set, by its name.
        threshold: the model's own, marked on each curve.
    """
    figure = figure_of(4.6)
    axes = figure.subplots()
    thresholds = np.unique(np.concatenate([digits, *negatives.values()]))
    for number, (name, confidences) in enumerate(negatives.items()):
        look = line(number) | {"marker": ""}
        accepted, taken = share_reaching(digits, thresholds), share_reaching(confidences, thresholds)
        axes.plot(accepted, taken, **look)
        own = [share_reaching(values, np.array([threshold])) for values in (digits, confidences)]
        axes.plot(*own, **(line(number) | {"markersize": 8}), label=plain(name))
    axes.set_xlim(min(0.9, 0.9 * float((digits >= threshold).mean())), 1.002)
    taken_now = [float((values >= threshold).mean()) for values in negatives.values()]
    axes.set_ylim(0, min(1.02, 3 * max(*taken_now, 0.02)))
    style(axes, "share of the digits accepted", "taken for a digit")
    percent(axes)
    legend(axes, title=f"marked: threshold {threshold:.3f}")
    return figure


def errors(shares: Mapping[str, float], clean: float) -> Figure:
    """Error under each corruption, 0..1, the worst first; `clean` is the error without any."""
    figure = figure_of(0.9 + 0.3 * len(shares))
    axes = figure.subplots()
    ordered = sorted(shares.items(), key=lambda item: item[1])
    bars = axes.barh([plain(name) for name, _ in ordered], [share for _, share in ordered],
                     color=FILL, edgecolor=INK, height=0.7)  # fmt: skip
    axes.bar_label(bars, [f"{share:.2%}" for _, share in ordered], padding=4, fontsize=SMALL)
    mean = float(np.mean([*shares.values()]))
    for number, (value, name) in enumerate(((mean, "mean"), (clean, "uncorrupted"))):
        axes.axvline(value, **(line(number + 1) | {"marker": ""}), label=f"{name} {value:.2%}")
    axes.set_xlim(0, 1.15 * max(*shares.values(), clean, 1e-3))
    style(axes, "error", "")
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    legend(axes, loc="lower right")
    return figure
