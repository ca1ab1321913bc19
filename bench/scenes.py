"""How well the reader reads scenes of each kind, rendered again: digit F1, exact rows, false reads, time.

Of digits that touch also how many pairs are split right: neighbours whose ink meets, both read right.
"""

import sys
import time
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from webcam_digits import DigitReader
from webcam_digits.train.stills.render import KINDS, Mark, Scene, render
from webcam_digits.types import Box, Digit, Reading

SCENES = 20  # of each kind
SEED = 900_000  # far from those of training and tests
SAME = 0.5  # least intersection over union of a digit's box with the truth


def matches(read: Sequence[Digit], written: Sequence[Mark]) -> int:
    """How many digits were read right where they are, each counted once."""
    left = list(written)
    count = 0
    for digit in read:
        same = [
            mark for mark in left if mark.text == str(digit.digit) and overlap(digit.box, mark.box) >= SAME
        ]
        if same:
            left.remove(max(same, key=lambda mark: overlap(digit.box, mark.box)))
            count += 1
    return count


def overlap(first: Box, second: Box) -> float:
    """Intersection over union, 0..1."""
    shared = first.intersection_area(second)
    union = first.width * first.height + second.width * second.height - shared
    return shared / max(union, 1)


def touching_pairs(scene: Scene) -> list[tuple[Mark, Mark]]:
    """Neighbours in a row whose ink meets."""
    number = {id(mark): index for index, mark in enumerate(scene.marks)}
    pairs = []
    for first, second in pairwise(scene.digits):
        left, top = min(first.box.x, second.box.x), min(first.box.y, second.box.y)
        right, bottom = max(first.box.right, second.box.right), max(first.box.bottom, second.box.bottom)
        owners = scene.owners[top:bottom, left:right]
        grown = cv2.dilate((owners == number[id(first)]).astype(np.uint8), np.ones((3, 3), np.uint8))
        if first.row == second.row and grown[owners == number[id(second)]].any():
            pairs.append((first, second))
    return pairs


def split_right(read: Sequence[Digit], pairs: Sequence[tuple[Mark, Mark]]) -> int:
    """Of how many pairs both are read right where they are."""
    return sum(matches(read, pair) == 2 for pair in pairs)


def exact_rows(reading: Reading, scene: Scene) -> int:
    """How many of a scene's rows were read without an error, each counted once."""
    read = Counter(line.text.replace(" ", "") for line in reading.lines)
    return (read & Counter(scene.numbers)).total()


def main() -> None:
    """Print a table, one kind a line: of the scenes a kind and the kinds that the command line names."""
    scenes = int(sys.argv[1]) if len(sys.argv) > 1 else SCENES
    reader = DigitReader()
    print(
        f"{'kind':<12}{'digits':>8}{'recall':>8}{'precision':>11}{'F1':>7}{'rows':>8}"
        f"{'false a scene':>15}{'ms':>7}"
    )
    wanted = sys.argv[2:] or list(KINDS)
    for number, kind in enumerate(KINDS):
        if kind not in wanted:
            continue
        written = read = right = rows = whole_rows = pairs = split = 0
        times = []
        for seed in range(scenes):
            rng = np.random.default_rng((SEED, number, seed))
            scene = render(kind, rng, shape=(720, 960))
            start = time.perf_counter()
            reading = reader.read(scene.image)
            times.append(time.perf_counter() - start)
            digits = [digit for line in reading.lines for digit in line.digits]
            rows += len(scene.numbers)
            whole_rows += exact_rows(reading, scene)
            written += len(scene.digits)
            read += len(digits)
            right += matches(digits, scene.digits)
            touching = touching_pairs(scene) if KINDS[kind].touching else []
            pairs += len(touching)
            split += split_right(digits, touching)
        recall = f"{right / written:.1%}" if written else "-"
        precision = f"{right / read:.1%}" if read else "-"
        f1 = f"{2 * right / (written + read):.3f}" if written else "-"
        print(
            f"{kind:<12}{written:>8}{recall:>8}{precision:>11}{f1:>7}{f'{whole_rows / max(rows, 1):.1%}':>8}"
            f"{(read - right) / scenes:>15.2f}{1000 * np.median(times):>7.1f}"
            + (f"  touching pairs split right: {split / pairs:.1%} of {pairs}" if pairs else "")
        )


if __name__ == "__main__":
    main()
