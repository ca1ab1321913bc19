"""`webcam-digits evaluate`: the figures of a model on data sets. What it needs is imported when it runs."""

import json
from pathlib import Path

import click

from webcam_digits.cli.params import FILE, HELP, print_progress
from webcam_digits.errors import UsageError


@click.command(context_settings=HELP)
@click.option("--data", "path", type=FILE, required=True, metavar="FILE|FOLDER",
              help="A .npz archive, a folder of IDX files, or a folder of archives, which gives a table of"
                   " all.")  # fmt: skip
@click.option("--model", type=FILE, metavar="FILE", show_default="the shipped one", help="An ONNX file.")
@click.option("--part", type=click.Choice(["train", "val", "test"]), default="test",
              help="Which part of a divided data set.")  # fmt: skip
@click.option("--classes", metavar="CHARACTERS", help="Only these, written together: 0123456789.")
@click.option("--exclude", metavar="CHARACTERS", help="All but these, written together: OoIl.")
@click.option("--negatives", is_flag=True,
              help="Nothing in it is a digit: print only how much is taken for one.")  # fmt: skip
@click.option("--corruptions", is_flag=True,
              help="The errors under the corruptions of MNIST-C; pictures of 28x28 only.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@click.option("--report", type=FILE, metavar="FOLDER", help="Also write a page with plots.")
@click.option("--force", is_flag=True, help="Replace an earlier report.")
def evaluate(
    path: Path,
    model: Path | None,
    part: str,
    classes: str | None,
    exclude: str | None,
    negatives: bool,
    corruptions: bool,
    as_json: bool,
    report: Path | None,
    force: bool,
) -> None:
    """Evaluate a classifier on a data set."""
    if corruptions and (negatives or report is not None):
        raise UsageError("--corruptions goes with neither --negatives nor --report, which shows them anyway")
    if force and report is None:
        raise UsageError("--force goes with --report: nothing else is written")
    if report is not None and negatives:
        raise UsageError("--report needs labelled digits, and covers negatives anyway: leave out --negatives")
    from webcam_digits.reading.classifier import Classifier
    from webcam_digits.train.data.datasets import load
    from webcam_digits.train.evaluation import cross_dataset, robustness, single_dataset

    left_out = exclude or ""
    one_set = negatives or corruptions or classes is not None or bool(left_out)
    result: (
        single_dataset.Evaluation
        | single_dataset.NegativeEvaluation
        | robustness.CorruptionEvaluation
        | cross_dataset.CrossEvaluation
    )
    if report is not None:
        from webcam_digits.train.report.report import write_report

        result = write_report(
            report,
            path,
            model,
            part=part,
            classes=classes,
            exclude=left_out,
            force=force,
            log=print_progress,
        )
    elif cross_dataset.is_folder_of_archives(path) and not one_set:
        outcomes = cross_dataset.judge_all(Classifier(model), path, part, print_progress)
        result = cross_dataset.CrossEvaluation(outcomes)
    else:
        data = single_dataset.select(load(path, part), classes, left_out)
        classifier = Classifier(model)
        if corruptions:
            result = robustness.evaluate_corruptions(classifier, data, log=print_progress)
        elif negatives:
            result = single_dataset.evaluate_negatives(classifier, data)
        else:
            result = single_dataset.evaluate(classifier, data)
    click.echo(json.dumps(result.as_dict()) if as_json else result.as_text())
