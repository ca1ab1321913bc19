"""The sections of a report, which show a model's strengths and failures."""

from collections.abc import Callable, Sequence

import numpy as np

from webcam_digits.glyphs import normalise

from . import plots
from .crossdata import Outcome
from .gradcam import grad_cam
from .measures import PrecisionRecall, precision_recall, rejection, reliability
from .modelfile import ModelFile
from .page import PAGE, Plot, Section, Table, render
from .plotstyle import png, short
from .robustness import CorruptionEvaluation

_WORST, _EXPLAINED = 20, 12  # mistakes shown, and those of them with Grad-CAM
_MOST_CURVES = 12  # labels with a precision-recall curve of their own
_LONGEST = 8  # characters of a name above a glyph


def report_files(
    model: ModelFile,
    outcomes: Sequence[Outcome],
    corruptions: CorruptionEvaluation | None,
    tell: Callable[[str], None],
) -> dict[str, bytes]:
    """The report's files by name: the page, and each plot in it.

    Args:
        model: the file that gave the answers.
        outcomes: on each data set, the first not negative: most plots show that one.
        corruptions: the errors on the first set under each corruption; None where not measured.
        tell: is given a line before what takes a while.
    """
    tell("drawing the report")
    main, negatives = outcomes[0], [outcome for outcome in outcomes if outcome.negative]
    sections = [
        _model(model, main),
        _cross_data(outcomes),
        _history(model),
        _confusion(main),
        _precision_recall(main),
        _reliability(main),
        _rejection(main, negatives),
        _mistakes(main),
        _grad_cam(model, main),
        *([_taken(negatives)] if negatives else []),
        _corruptions(corruptions),
    ]
    pictures = {f"{plot.name}.png": plot.content for section in sections for plot in section.plots}
    return {PAGE: render(f"{model.name} on {main.name}", sections), **pictures}


def _model(model: ModelFile, main: Outcome) -> Section:
    evaluation = main.evaluation()
    told = {
        "labels": " ".join(main.labels),
        "parameters": f"{model.parameters:,}",
        "size": f"{model.size / 1000:,.0f} KB",
        "threshold": f"{main.threshold}",
        "temperature": model.metadata.get("temperature", "untold"),
        **{f"recipe: {key}": str(value) for key, value in model.recipe.items() if key != "parameters"},
    }
    text = f"{len(main.data):,} pictures of {main.name}: {evaluation.accuracy:.2%} are read right."
    if evaluation.accepted:
        right = evaluation.accepted_accuracy
        text += f" The threshold accepts {evaluation.accepted:.2%}, of which {right:.2%} are right."
    else:
        text += " The threshold accepts none of them."
    return Section("The model", text, tables=(Table((), tuple(told.items())),))


def _cross_data(outcomes: Sequence[Outcome]) -> Section:
    text = (
        "Accuracy is that of the likeliest label. Accepted is what reaches the model's threshold; of pictures"
        " that show none of its labels, it is the share taken for one (look-alikes left out)."
    )
    if any(outcome.trained_on for outcome in outcomes):
        text += " * has no part to test on: a model trained on this folder has seen these pictures."
    read = Table(
        ("data", "pictures", "accuracy", "accepted", "right of those", "calibration error"),
        tuple(_row(outcome) for outcome in outcomes if not outcome.negative),
    )
    refused = Table(
        ("none of the labels", "pictures", "taken for one"),
        tuple(
            (outcome.name, f"{len(outcome.data):,}", f"{outcome.accepted:.2%}")
            for outcome in outcomes
            if outcome.negative
        ),
    )
    return Section("All data sets", text, tables=(read, refused) if refused.rows else (read,))


def _row(outcome: Outcome) -> tuple[str, ...]:
    found = outcome.evaluation()
    shares = found.accuracy, found.accepted, found.accepted_accuracy, found.ece
    told = [f"{share:.2%}" for share in shares]
    if not found.accepted:
        told[2] = "-"
    return outcome.name + " *" * outcome.trained_on, f"{found.images:,}", *told


def _history(model: ModelFile) -> Section:
    title, kept = "Loss and accuracy by epoch", model.recipe.get("epoch")
    if not model.history:
        return Section(title, "The model file does not carry the history of its training.")
    text = (
        "Training pictures are varied anew each epoch and harder than those of validation, so they may be"
        " read worse. The dotted line marks the epoch whose weights were kept."
    )
    figure = plots.history(model.history, kept if isinstance(kept, int) else None)
    return Section(title, text, (Plot("history", png(figure), title),))


def _confusion(main: Outcome) -> Section:
    title, counts = "Confusion matrix", main.evaluation().confusion
    text = f"{counts.sum() - np.trace(counts):,} mistakes, whatever the confidence. Darker: more of a kind."
    return Section(title, text, (Plot("confusion", png(plots.confusion(counts, main.labels)), title),))


def _precision_recall(main: Outcome) -> Section:
    shows = main.truth[:, None] == np.arange(len(main.labels))
    scores = main.probabilities[:, :-1]
    curves: dict[str, PrecisionRecall] = {
        label: precision_recall(scores[:, column], shows[:, column])
        for column, label in enumerate(main.labels)
        if shows[:, column].any()
    }
    worst = sorted(curves, key=lambda label: curves[label].average)[:_MOST_CURVES]
    together = precision_recall(scores.ravel(), shows.ravel())
    drawn = {label: curve for label, curve in curves.items() if label in worst}
    title, mean = "Precision and recall", np.mean([curve.average for curve in curves.values()])
    text = (
        f"Average precision: {together.average:.4f} over all decisions (micro), {mean:.4f} as the mean of the"
        f" labels (macro)."
    )
    if len(drawn) < len(curves):
        text += f" Drawn are the {len(drawn)} labels of the lowest."
    figure = plots.precision_recall(drawn, together)
    return Section(title, text, (Plot("precision-recall", png(figure), title),))


def _reliability(main: Outcome) -> Section:
    title, bins = "Reliability", reliability(main.confidence, main.right)
    text = (
        f"Expected calibration error {bins.error:.2%}: the mean distance between confidence and share of"
        " right answers. A bar that ends above the diagonal is right more often than it says. Below: how many"
        " pictures stand behind each bar."
    )
    return Section(title, text, (Plot("reliability", png(plots.reliability(bins)), title),))


def _rejection(main: Outcome, negatives: Sequence[Outcome]) -> Section:
    title = "Rejection"
    text = "What is gained where the less sure answers are refused, over all thresholds."
    curve, found = rejection(main.confidence, main.right), main.evaluation()
    figure = plots.rejection(curve, main.threshold, found.accepted, found.accepted_accuracy)
    drawn = [Plot("rejection", png(figure), title)]
    if negatives:
        text += " Below: how much of what shows none of the labels is taken for one at the same thresholds."
        sets = {outcome.name: outcome.confidence for outcome in negatives}
        figure = plots.false_acceptance(main.confidence, sets, main.threshold)
        drawn.append(Plot("false-acceptance", png(figure), "Rejection of what shows none of the labels"))
    return Section(title, text, tuple(drawn))


def _mistakes(main: Outcome) -> Section:
    title, worst = "The worst mistakes", main.worst(_WORST)
    if not len(worst):
        return Section(title, "There are none.")
    text = (
        "Wrong with the highest confidence, as the classifier saw them: the truth, what was read, how surely."
    )
    captions = [_caption(main, index) for index in worst]
    figure = plots.gallery(_glyphs(main, worst), captions)
    return Section(title, text, (Plot("mistakes", png(figure), title),))


def _grad_cam(model: ModelFile, main: Outcome) -> Section:
    title, worst = "What they were read by (Grad-CAM)", main.worst(_EXPLAINED)
    cam = grad_cam(model)
    if cam is None:
        return Section(
            title, "This network has no feature map to look into: its layers are all fully connected."
        )
    if not len(worst):
        return Section(title, "There are no mistakes.")
    text = (
        "Of each mistake: the glyph, what speaks for the label that was read, what speaks for the true one;"
        " the brighter, the more. Selvaraju et al., 2017."
    )
    glyphs, read, truth = _glyphs(main, worst), main.read[worst], main.truth[worst]
    name = [short(label, _LONGEST) for label in main.labels]
    captions = [
        (name[true], f"for {name[wrong]}", f"for {name[true]}")
        for wrong, true in zip(read, truth, strict=True)
    ]
    figure = plots.heat_maps(glyphs, (cam(glyphs, read), cam(glyphs, truth)), captions)
    return Section(title, text, (Plot("grad-cam", png(figure), title),))


def _taken(negatives: Sequence[Outcome]) -> Section:
    title = "Taken for a label with the highest confidence"
    text = "The surest of each set that shows none of the labels, also those that do not reach the threshold."
    drawn = []
    for number, outcome in enumerate(negatives, 1):
        worst = outcome.worst(_EXPLAINED)
        captions = [_caption(outcome, index) for index in worst]
        figure = plots.gallery(_glyphs(outcome, worst), captions, outcome.name)
        drawn.append(Plot(f"taken-{number}", png(figure), f"{title}: {outcome.name}"))
    return Section(title, text, tuple(drawn))


def _corruptions(found: CorruptionEvaluation | None) -> Section:
    title = "Corruptions"
    if found is None:
        return Section(title, "Not measured: the pictures are not 28x28.")
    text = (
        f"Mean error under {len(found.errors)} kinds of corruption {found.mean:.2%}; without any"
        f" {found.identity:.2%}. The kinds are those of MNIST-C (Mu and Gilmer, 2019); as there, the network"
        " is asked about each corrupted picture as it is, without what the reader does before."
    )
    figure = plots.errors(found.errors, found.identity)
    return Section(title, text, (Plot("corruptions", png(figure), title),))


def _glyphs(outcome: Outcome, chosen: np.ndarray) -> np.ndarray:
    return np.stack([normalise(outcome.data.images[index]) for index in chosen])


def _caption(outcome: Outcome, index: int) -> str:
    truth, read = outcome.shown[int(outcome.data.labels[index])], outcome.labels[outcome.read[index]]
    return f"{short(truth, _LONGEST)} read as {short(read, _LONGEST)}\n{outcome.confidence[index]:.3f}"
