"""The report's plots. Each function returns a `matplotlib.figure.Figure` in the style of `plot_style`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from webcam_digits.train.evaluation.metrics import PrecisionRecall, Rejection, Reliability, share_reaching
from webcam_digits.train.report.plot_style import (
    COLOURS,
    FAINT,
    FILL,
    GREY,
    INK,
    SMALL,
    TEXT,
    figure_of,
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
    percent(lower.yaxis)
    lower.set_xlim(rows[0]["epoch"] - 0.5, rows[-1]["epoch"] + 0.5)
    lower.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    figure.align_ylabels()
    legend_above(upper)
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


def precision_recall(
    curves: Mapping[str, PrecisionRecall], named: Sequence[str], together: PrecisionRecall
) -> Figure:
    """The corner that all curves share.

    Args:
        curves: of each label.
        named: the labels that the legend names; the others are thin and grey.
        together: of all decisions as one, drawn heavier.
    """
    figure = figure_of(5.6)
    axes = figure.subplots()
    for label in curves.keys() - {*named}:
        _curve(axes, curves[label], color=GREY, linewidth=0.7)
    for number, label in enumerate(named):
        name = f"{plain(short(label, _LONGEST))}  {curves[label].average:.4f}"
        _curve(axes, curves[label], label=name, **line(number, every=0.25))
    _curve(axes, together, label=f"all decisions  {together.average:.4f}", color=INK, linewidth=2.6)
    drawn = [*curves.values(), together]
    balance = min(float(np.minimum(curve.recall, curve.precision).max()) for curve in drawn)
    least = max(0.0, 1 - 4 * max(1 - balance, 0.005))
    axes.set_xlim(least, 1 + (1 - least) / 50)
    axes.set_ylim(least, 1 + (1 - least) / 50)
    axes.locator_params(steps=[1, 2, 5, 10])
    style(axes, "recall", "precision")
    legend_above(axes, "average precision", columns=2)
    return figure


def _curve(axes: Axes, curve: PrecisionRecall, **look: Any) -> None:
    axes.plot(np.r_[0, curve.recall], np.r_[1, curve.precision], **look)


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
    upper.bar(middles, right, width, color=FILL, edgecolor=INK, label="share that is right")
    starts = edges[:-1][filled]
    upper.hlines(
        confident[filled], starts, starts + width, color=COLOURS[1], linewidth=3, label="mean confidence"
    )
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
        label = f"threshold {threshold:.3f}: {accepted:.2%} accepted, {accuracy:.2%} of them right"
        axes.plot(accepted, accuracy, "o", color=COLOURS[1], markersize=9, label=label)
    else:
        axes.plot([], [], " ", label=f"threshold {threshold:.3f}: nothing is accepted")
    legend_above(axes)
    most_wrong = max(0.001, 1 - float(curve.accuracy[-1]), (1 - accuracy) * (accepted > 0))
    least = max(0.0, 1 - 15 * max(most_wrong, 0.01))
    axes.set_xlim(min(least, 0.8 * accepted) if accepted else least, 1.005)
    axes.set_ylim(max(0.0, 1 - 1.2 * most_wrong), 1 + 0.05 * most_wrong)
    style(axes, "share accepted", "accuracy of the accepted")
    percent(axes.xaxis, axes.yaxis)
    return figure


def false_acceptance(
    labelled: NDArray[np.floating], negatives: Mapping[str, NDArray[np.floating]], threshold: float
) -> Figure:
    """Share accepted of what shows a label against share of each negative set that is taken for one.

    Args:
        labelled: (n,) presences, 0..1, of what shows a label.
        negatives: (m,) presences of each set, by its name.
        threshold: the model's own, marked on each curve.
    """
    figure = figure_of(4.6)
    axes = figure.subplots()
    thresholds = np.unique(np.concatenate([labelled, *negatives.values()]))
    accepted, own = share_reaching(labelled, thresholds), float((labelled >= threshold).mean())
    most = 0.02
    for number, (name, presences) in enumerate(negatives.items()):
        look, taken = line(number), float((presences >= threshold).mean())
        axes.plot(accepted, share_reaching(presences, thresholds), **(look | {"marker": ""}))
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
    percent(axes.xaxis, axes.yaxis)
    legend_above(axes, f"marked: threshold {threshold:.3f}, {own:.2%} accepted", columns=2)
    return figure


def errors(shares: Mapping[str, float], clean: float) -> Figure:
    """Error under each corruption, 0..1, the worst first; `clean` is the error without any."""
    figure = figure_of(0.9 + 0.3 * len(shares))
    axes = figure.subplots()
    ordered = sorted(shares.items(), key=lambda item: item[1])
    bars = axes.barh([plain(name) for name, _ in ordered], [share for _, share in ordered],
                     color=FILL, edgecolor=INK, height=0.7)  # fmt: skip
    for bar, (_, share) in zip(bars, ordered, strict=True):  # beside the plot, where no line crosses them
        axes.text(1.02, bar.get_y() + bar.get_height() / 2, f"{share:.2%}", va="center", fontsize=SMALL,
                  transform=axes.get_yaxis_transform())  # fmt: skip
    mean = float(np.mean([*shares.values()]))
    for value, name, dashes in ((mean, "mean", "-"), (clean, "uncorrupted", ":")):
        axes.axvline(value, color=COLOURS[1], linestyle=dashes, label=f"{name} {value:.2%}")
    axes.set_xlim(0, 1.05 * max(*shares.values(), clean, 1e-3))
    style(axes, "error", "")
    axes.grid(visible=False, axis="y")
    percent(axes.xaxis)
    legend_above(axes)
    return figure
