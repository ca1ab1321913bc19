"""The sections of a report, which show a model's strengths and failures."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.figure import Figure

from webcam_digits.reading.glyphs import normalise
from webcam_digits.train.evaluation.cross_dataset import READ, REFUSED, SEEN, Outcome
from webcam_digits.train.evaluation.metrics import PrecisionRecall, precision_recall, rejection, reliability
from webcam_digits.train.evaluation.model_file import ModelFile
from webcam_digits.train.evaluation.robustness import CorruptionEvaluation
from webcam_digits.train.report import galleries, plots
from webcam_digits.train.report.gradcam import grad_cam
from webcam_digits.train.report.page import PAGE, Plot, Section, Table, render
from webcam_digits.train.report.plot_style import png, short

_WORST, _EXPLAINED = 20, 12  # mistakes shown, and those of them with Grad-CAM
_PERFECT = 1 - 1e-9  # average precision, but for rounding
_NAMED = 3  # labels whose precision-recall curve is named
_LONGEST = 8  # characters of a name above a glyph


def report_files(
    model: ModelFile,
    outcomes: Sequence[Outcome],
    corruptions: CorruptionEvaluation | None,
    log: Callable[[str], None],
    left_out: Sequence[str] = (),
) -> dict[str, bytes]:
    """The report's files by name: the page, and each plot in it.

    Args:
        model: the file that gave the answers.
        outcomes: on each data set, the first not negative: most plots show that one.
        corruptions: the errors on the first set under each corruption; None where not measured.
        log: is given a line before what takes a while.
        left_out: the archives of the folder that are not evaluated, as `train` learns from all of them.
    """
    log("drawing the report")
    main, negatives = outcomes[0], [outcome for outcome in outcomes if outcome.negative]
    sections = [
        _model(model, main),
        _cross_data(outcomes, left_out),
        _history(model),
        _confusion(model, main),
        _precision_recall(model, main),
        _reliability(model, main),
        _rejection(model, main, negatives),
        _mistakes(model, main),
        _grad_cam(model, main),
        *([_taken(model, negatives)] if negatives else []),
        _corruptions(model, main, corruptions),
    ]
    pictures = {f"{plot.name}.png": plot.content for section in sections for plot in section.plots}
    return {PAGE: render(f"{model.name} on {main.name}", sections), **pictures}


def _model(model: ModelFile, main: Outcome) -> Section:
    evaluation = main.evaluation()
    rows = {
        "labels": " ".join(main.labels),
        "parameters": f"{model.parameters:,}",
        "size": f"{model.size / 1000:,.0f} KB",
        "threshold": f"{main.threshold}",
        "temperature": model.metadata.get("temperature", "unknown"),
        **{f"recipe: {key}": str(value) for key, value in model.recipe.items() if key != "parameters"},
    }
    text = f"{len(main.data):,} pictures of {main.name}: {evaluation.accuracy:.2%} are read right."
    if evaluation.accepted:
        right = evaluation.accepted_accuracy
        text += f" The threshold accepts {evaluation.accepted:.2%}, of which {right:.2%} are right."
    else:
        text += " The threshold accepts none of them."
    return Section("The model", text, tables=(Table((), tuple(rows.items())),))


def _cross_data(outcomes: Sequence[Outcome], left_out: Sequence[str]) -> Section:
    text = (
        "Accuracy is that of the likeliest label. Accepted is what reaches the model's threshold; of pictures"
        " that show none of its labels, it is the share taken for one (look-alikes left out)."
    )
    if any(outcome.trained_on for outcome in outcomes):
        text += f" {SEEN}"
    if left_out:
        text += f" Left out, as `train` learns from all of their pictures: {', '.join(left_out)}."
    read, refused = (
        Table(head, tuple(outcome.row() for outcome in outcomes if outcome.negative == negative))
        for head, negative in ((READ, False), (REFUSED, True))
    )
    return Section("All data sets", text, tables=(read, refused) if refused.rows else (read,))


def _history(model: ModelFile) -> Section:
    title, kept = "Loss and accuracy by epoch", model.recipe.get("epoch")
    if not model.history:
        return Section(title, "The model file does not carry the history of its training.")
    text = (
        "Training pictures are varied afresh each epoch and harder than those of validation, so they may be"
        " read worse. The dotted line marks the epoch whose weights were kept."
    )
    figure = plots.history(model.history, kept if isinstance(kept, int) else None)
    source = f"training of {model.name}"
    return Section(title, text, (Plot("history", png(figure, source), title),))


def _confusion(model: ModelFile, main: Outcome) -> Section:
    title, counts = "Confusion matrix", main.evaluation().confusion
    wrong = int(counts.sum() - np.trace(counts))
    text = f"{wrong:,} mistake{'s' * (wrong != 1)}, whatever the confidence. Darker: more of a kind."
    figure = plots.confusion(counts, main.labels)
    return Section(title, text, (_plot("confusion", figure, title, model, main),))


def _precision_recall(model: ModelFile, main: Outcome) -> Section:
    shows = main.truth[:, None] == np.arange(len(main.labels))
    scores = main.probabilities[:, :-1]
    curves: dict[str, PrecisionRecall] = {
        label: precision_recall(scores[:, column], shows[:, column])
        for column, label in enumerate(main.labels)
        if shows[:, column].any()
    }
    averages = {label: curve.average for label, curve in curves.items()}
    worst = sorted((label for label in averages if averages[label] < _PERFECT), key=averages.__getitem__)[
        :_NAMED
    ]
    together = precision_recall(scores.ravel(), shows.ravel())
    title, mean = "Precision and recall", np.mean([*averages.values()])
    text = (
        f"Average precision: {together.average:.4f} over all decisions (micro), {mean:.4f} as the mean of the"
        " labels (macro)."
    )
    if worst:
        text += " Named are the labels of the lowest; the others are grey."
    figure = plots.precision_recall(curves, worst, together)
    return Section(title, text, (_plot("precision-recall", figure, title, model, main),))


def _reliability(model: ModelFile, main: Outcome) -> Section:
    title, bins = "Reliability", reliability(main.confidence, main.right)
    text = (
        f"Expected calibration error {bins.error:.2%}: the mean distance between confidence and share of"
        " right answers, of a bar from its mark. A bar above its mark is right more often than it"
        " says. Below: how many pictures stand behind each bar."
    )
    return Section(title, text, (_plot("reliability", plots.reliability(bins), title, model, main),))


def _rejection(model: ModelFile, main: Outcome, negatives: Sequence[Outcome]) -> Section:
    title = "Rejection"
    text = "What is gained where what is less surely a label is refused, over all thresholds."
    curve, found = rejection(main.presence, main.right), main.evaluation()
    figure = plots.rejection(curve, main.threshold, found.accepted, found.accepted_accuracy)
    drawn = [_plot("rejection", figure, title, model, main)]
    if negatives:
        text += " Below: how much of what shows none of the labels is taken for one at the same thresholds."
        sets = {outcome.name: outcome.presence for outcome in negatives}
        figure = plots.false_acceptance(main.presence, sets, main.threshold)
        description = "Rejection of what shows none of the labels"
        drawn.append(_plot("false-acceptance", figure, description, model, main))
    return Section(title, text, tuple(drawn))


def _mistakes(model: ModelFile, main: Outcome) -> Section:
    title, worst = "The worst mistakes", main.worst(_WORST)
    if not len(worst):
        return Section(title, "There are none.")
    text = "The surest first, as the classifier saw them: the truth, what was read, and its confidence."
    captions = [_caption(main, index) for index in worst]
    figure = galleries.gallery(_glyphs(main, worst), captions)
    return Section(title, text, (_plot("mistakes", figure, title, model, main),))


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
    figure = galleries.heat_maps(glyphs, (cam(glyphs, read), cam(glyphs, truth)), captions)
    return Section(title, text, (_plot("grad-cam", figure, title, model, main),))


def _taken(model: ModelFile, negatives: Sequence[Outcome]) -> Section:
    title = "None of the labels: the surest answers"
    text = (
        "Of each set that shows none of the labels, what is most surely read as one, also where it does not"
        " reach the threshold and so is refused."
    )
    drawn = []
    for number, outcome in enumerate(negatives, 1):
        worst = outcome.worst(_EXPLAINED)
        captions = [_caption(outcome, index) for index in worst]
        figure = galleries.gallery(_glyphs(outcome, worst), captions)
        drawn.append(_plot(f"taken-{number}", figure, f"{title}: {outcome.name}", model, outcome))
    return Section(title, text, tuple(drawn))


def _corruptions(model: ModelFile, main: Outcome, found: CorruptionEvaluation | None) -> Section:
    title = "Corruptions"
    if found is None:
        return Section(title, "Not measured: the pictures are not 28x28.")
    text = (
        f"Mean error under {len(found.errors)} kinds of corruption {found.mean:.2%}; without any"
        f" {found.identity:.2%}. The kinds are those of MNIST-C (Mu and Gilmer, 2019); as there, the network"
        " is asked about each corrupted picture as it is, without what the reader does before."
    )
    figure = plots.errors(found.errors, found.identity)
    return Section(title, text, (_plot("corruptions", figure, title, model, main),))


def _plot(name: str, figure: Figure, description: str, model: ModelFile, outcome: Outcome) -> Plot:
    return Plot(name, png(figure, f"{model.name} on {outcome.name}"), description)


def _glyphs(outcome: Outcome, chosen: np.ndarray) -> np.ndarray:
    return np.stack([normalise(outcome.data.images[index]) for index in chosen])


def _caption(outcome: Outcome, index: int) -> str:
    truth, read = outcome.shown[int(outcome.data.labels[index])], outcome.labels[outcome.read[index]]
    return f"{short(truth, _LONGEST)} read as {short(read, _LONGEST)}\n{outcome.confidence[index]:.3f}"
