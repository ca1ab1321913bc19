"""At which threshold a detector's raw reading is best, on rendered pictures that it never learned from.

    python bench/threshold.py FILE [--pictures N]

The pictures are whole ones, by `train/stills/render.py`, which training does not use: on crops alone the
threshold would be too low, for most of a picture is ground. False reads where nothing is written count, too.
"""

from pathlib import Path

import click
import cv2
import numpy as np
from scenes import matches
from scoring.box_scoring import SAME
from scoring.pyramid_reader import PyramidReader

from webcam_digits.reading.detector import Detector
from webcam_digits.train.stills.render import KINDS, Mark, render

SEED = 910_000  # far from those of training, of tests and of the other benches
THRESHOLDS = np.arange(0.3, 0.96, 0.05)


@click.command(help=__doc__)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--pictures", "count", type=click.IntRange(1), default=4, show_default=True, help="Of each kind."
)
def main(file: Path, count: int) -> None:
    """Print a line for each threshold, and the best."""
    cv2.setNumThreads(1)
    reader = PyramidReader(Detector(file))
    written, silent = 0, 0
    read, right, false = (np.zeros(len(THRESHOLDS), int) for _ in range(3))
    for number, kind in enumerate(KINDS):
        for index in range(count):
            scene = render(kind, np.random.default_rng((SEED, number, index)), shape=(480, 640))
            marks: tuple[Mark, ...] = scene.digits
            found = reader.find(scene.image)
            written += len(marks)
            silent += not marks
            for i, threshold in enumerate(THRESHOLDS):
                digits = [digit for digit in found if digit.confidence >= threshold]
                read[i] += len(digits)
                right[i] += matches(digits, marks)
                false[i] += 0 if marks else len(digits)
    f1 = 2 * right / np.maximum(written + read, 1)
    print(f"{written} digits, {silent} pictures without any; right where boxes overlap by {SAME:g}")
    for threshold, score, reads in zip(THRESHOLDS, f1, false / max(silent, 1), strict=True):
        print(f"{threshold:.2f}: F1 {score:.4f}, {reads:.2f} false reads")
    print(f"best: {THRESHOLDS[f1.argmax()]:.2f}")


if __name__ == "__main__":
    main()
