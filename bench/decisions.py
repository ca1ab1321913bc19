"""What each decision brings that people made and no network: labelled sets, read with it and without.

    python bench/decisions.py --data FOLDER [--limit N]

Where evidence is left out, a rating is fitted without it, to what the shipped one was fitted to: validation
crops of FOLDER, and rendered pictures. The sets are those of `accuracy.py`. It takes some minutes.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import click
import cv2
import numpy as np
from accuracy import gather
from scoring.labelled import Picture
from scoring.readers import Answer
from scoring.results import judge
from scoring.row_scoring import Figures

from webcam_digits import DigitReader
from webcam_digits.errors import WebcamDigitsError
from webcam_digits.outputs.progress import Progress
from webcam_digits.reading import evidence, ink, reader, search
from webcam_digits.reading.rating import EVIDENCE, Rating
from webcam_digits.sources.photos import read_photo
from webcam_digits.train.card.markdown import table
from webcam_digits.train.detector.rating import Sample, fit, rendered, sample
from webcam_digits.train.scenes.crops import Crops
from webcam_digits.types import Reading

_SETS = "real", "strangers", "orand", "meza", "reports"
_EVIDENCE = {
    "the second opinion": ("opinion", "agreement"),
    "neighbours in the row": ("neighbour",),
    "other ink around": ("strangers", "company", "excess", "unconnected"),
    "boxes that share ink": ("shared",),
    "all evidence but the detector's own": EVIDENCE[3:],
}
_SEARCHES: dict[str, AbstractContextManager[object]] = {
    "ink of several sizes": patch.object(
        reader, "find_ink", lambda levels: replace(found := ink.find_ink(levels), pieces=found.pieces[:1])
    ),
    "large pictures searched for ink at half the size": patch.object(ink, "_FULL", math.inf),
    "parts of sure digits passed over": patch.object(search, "_SURE", math.inf),
    "what is in doubt looked at again": patch.object(search, "_AGAIN", ()),
    "the classifier's say in labels": patch.object(evidence, "_SAY", 0.0),
}
_HEAD = "without", "F1", "mean F1", "exact rows", "exact images", "false reads"


def ratings(own: Rating, found: Sample) -> dict[str, Rating]:
    """The reader's own rating, and those that lack something.

    Args:
        own: the reader's.
        found: what it was fitted to.
    """
    lacking = {
        "anything: all as it is": own,
        "rows sure on average": replace(own, row_threshold=own.threshold),
    }
    for name, columns in _EVIDENCE.items():
        kept = [column not in columns for column in EVIDENCE]
        lacking[name] = fit(found._replace(evidence=found.evidence * kept))
    return lacking


def again(digit_reader: DigitReader, seen: reader.Inspection, rating: Rating) -> Reading:
    """What would have been read with another rating."""
    digits = [
        replace(digit, confidence=float(confidence))
        for digit, confidence in zip(seen.digits, rating.confidence(seen.evidence), strict=True)
    ]
    with patch.object(digit_reader._detect, "rating", rating):
        _, lines = digit_reader._judged(digits, seen.ink, np.zeros(len(digits), bool))
    return replace(seen.reading, lines=lines)


def compare(
    digit_reader: DigitReader, pictures: Sequence[Picture], rated: Mapping[str, Rating]
) -> dict[str, Figures]:
    """What is reached without each decision.

    Args:
        digit_reader: the reader.
        pictures: of one set.
        rated: ratings by what they lack.
    """
    answers: dict[str, list[tuple[Picture, Answer]]] = {name: [] for name in (*rated, *_SEARCHES)}
    with Progress(len(pictures)) as progress:
        for picture in pictures:
            image = read_photo(picture.path)
            seen = digit_reader.inspect(image)
            readings = {name: again(digit_reader, seen, rating) for name, rating in rated.items()}
            for name, change in _SEARCHES.items():
                with change:
                    readings[name] = digit_reader.read(image)
            for name, reading in readings.items():
                answers[name].append((picture, Answer(reading, None, located=False, milliseconds=0)))
            progress.advance()
    return {name: judge(given).figures for name, given in answers.items()}


def _line(name: str, of: Figures) -> list[str]:
    shares = of.f1, of.mean_f1, of.exact_rows, of.exact_images
    cells = ["-" if value is None else f"{value:.3f}" for value in shares]
    return [name, *cells, "-" if of.false_reads is None else f"{of.false_reads:.2f}"]


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), required=True, metavar="FOLDER")
@click.option("--crops", type=click.IntRange(1), default=4000, show_default=True, help="To fit ratings to.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N pictures of each set.")
def main(data: Path, crops: int, limit: int | None) -> None:
    """Print a table for each set."""
    cv2.setNumThreads(1)
    try:
        sets = gather(_SETS, limit).sets
        own = DigitReader()
        rated = ratings(own._detect.rating, sample(own, rendered(Crops(data, "validation"), crops)))
        for name, pictures in sets.items():
            figures = compare(own, pictures, rated)
            click.echo(f"{name}\n\n{table(_HEAD, [_line(*one) for one in figures.items()])}\n")
    except WebcamDigitsError as error:
        click.echo(f"decisions.py: {error}", err=True)
        raise SystemExit(error.exit_code) from error


if __name__ == "__main__":
    main()
