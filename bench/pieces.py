"""What each piece of the reader gains and costs: each is left out in turn, and everything is read again.

    python bench/pieces.py [SCENES]

Prints a Markdown table, of SCENES of each kind (8) and, where the environment variable DIGITS_SHARED leads
to them, of real photos. The times are the medians of what each reading takes of the processor.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
from scenes import SEED, matches

from webcam_digits import DigitReader
from webcam_digits.reading import background
from webcam_digits.reading.legacy import context
from webcam_digits.reading.legacy.tilt import Deskewed
from webcam_digits.sources import photos
from webcam_digits.train.stills.render import KINDS, Scene, render
from webcam_digits.types import Reading

SCENES = 8  # of each kind
WHOLE = "nothing"

# What stands in for each piece: of each function the place where it is called, and what does without it.
PIECES: dict[str, dict[str, Callable[..., Any]]] = {
    WHOLE: {},
    "light ink": {"ink.is_board": lambda small: np.zeros(small.shape, bool)},
    "shadows": {"ink.paper": lambda small: background._closed(small, background.WIDEST_STROKE)},
    "colour": {"ink._with_colours": lambda contrast, *_: contrast},
    "hysteresis": {"ink.follow": lambda strong, contrast, threshold: strong},
    "smoothing": {"ink._is_pitted": lambda mask: False},
    "bleeding": {"ink._without_bleeding": lambda mask, *_: mask},
    "rules": {"reader.erase_rules": lambda ink: (ink, np.zeros_like(ink.mask))},
    "joins": {"reader.join": lambda whole, *_: whole},
    "small zeros": {"legacy.strokes.small_zeros": lambda boxes, usual: np.zeros(len(boxes), bool)},
    "crowding": {"legacy.strokes.bareness": lambda boxes, mask: np.ones(len(boxes))},
    "tilt": {"reader.deskew": lambda ink, strokes: Deskewed(ink)},
    "cuts": {"reader.cut": lambda regions, gaps: (regions, {})},
    "second opinion": {"reader.by_both": lambda predictions, *_: predictions},
    "context": {"legacy.context._in_context": lambda boxes, own: (own + context._SHOWN,) * 2},  # alone
    "signs": {"legacy.context.is_crossing": lambda ink: False},
    "clear looks": {"legacy.selection.unclear": lambda regions, *_: np.zeros(len(regions), bool)},
    "ground": {"legacy.selection.doubt": lambda picture, marked, regions, which: np.zeros(len(which))},
    "leftovers": {"legacy.selection.leftovers": lambda ruled, regions, asked: np.zeros(len(regions), bool)},
    "patterns": {"legacy.selection.patterned": lambda boxes, labels: np.zeros(len(boxes), bool)},
    "frames": {"legacy.selection._nested": lambda regions, *_: np.zeros((2, len(regions)), bool)},
    "plain strokes": {"legacy.selection._plain": lambda regions, *_: np.zeros(len(regions), bool)},
}


@contextmanager
def without(piece: str) -> Iterator[None]:
    """The reader lacks a piece."""
    with ExitStack() as stack:
        for place, instead in PIECES[piece].items():
            stack.enter_context(patch(f"webcam_digits.reading.{place}", instead))
        yield


class Score:
    """What a reader made of scenes.

    Attributes:
        times: seconds of the processor that each reading took.
        false: digits read in each scene without any.
    """

    def __init__(self) -> None:
        self.times: list[float] = []
        self.false: list[int] = []
        self._counts: dict[str, Counter[str]] = {}

    def add(self, kind: str, scene: Scene, reading: Reading) -> None:
        """Count one scene."""
        digits = [digit for line in reading.lines for digit in line.digits]
        if scene.digits:
            counts = self._counts.setdefault(kind, Counter())
            counts.update(all=len(digits) + len(scene.digits), right=matches(digits, scene.digits))
        else:
            self.false.append(len(digits))

    @property
    def f1(self) -> float:
        """Of all digits."""
        total = sum(self._counts.values(), Counter[str]())
        return 2 * total["right"] / max(total["all"], 1)

    @property
    def f1_by_kind(self) -> dict[str, float]:
        """Of those of each kind of scene."""
        return {kind: 2 * counts["right"] / counts["all"] for kind, counts in self._counts.items()}


def read_scenes(reader: DigitReader, count: int) -> dict[str, Score]:
    """What each of the readers makes of `count` scenes of each kind."""
    scores = {piece: Score() for piece in PIECES}
    for number, kind in enumerate(KINDS):
        for seed in range(count):
            scene = render(kind, np.random.default_rng((SEED, number, seed)), shape=(720, 960))
            for piece, score in scores.items():
                with without(piece):
                    start = time.process_time()
                    reading = reader.read(scene.image)
                    score.times.append(time.process_time() - start)
                score.add(kind, scene, reading)
    return scores


def read_photos(reader: DigitReader, shared: Path) -> dict[str, list[str]]:
    """F1, mean F1, exact lines and false reads of each of the readers, as the photos' scorer prints them."""
    labels = shared / "real" / "labels.json"
    names = [entry["file"] for entry in json.loads(labels.read_text("utf-8")) if entry["kind"] != "video"]
    lines: dict[str, list[str]] = {piece: [] for piece in PIECES}
    for name in names:
        image = photos.read_photo(str(shared / "real" / name))
        for piece, printed in lines.items():
            with without(piece):
                reading = reader.read(image)
            printed.append(
                json.dumps({"source": name, "lines": [{"text": line.text} for line in reading.lines]})
            )
    return {piece: _scored(printed, labels, shared / "eval" / "score.py") for piece, printed in lines.items()}


def _scored(lines: list[str], labels: Path, scorer: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        readings = Path(folder) / "readings.jsonl"
        readings.write_text("\n".join(lines), "utf-8")
        command = [sys.executable, str(scorer), str(labels), str(readings)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    figures = dict(re.findall(r"([a-zA-Z][\w ]*) ([\d.]+)", printed.splitlines()[-1]))
    return [figures[name] for name in ("F1", "mean F1", "exact lines", "false reads")]


def _most_changed(score: Score, whole: Score) -> str:
    """The kind of scene that suffers most, where one does."""
    was, now = whole.f1_by_kind, score.f1_by_kind
    kind = min(was, key=lambda kind: now[kind] - was[kind])
    return f"{kind} {was[kind]:.2f} to {now[kind]:.2f}" if was[kind] - now[kind] >= 0.01 else ""


def main(count: int) -> None:
    """Print the table."""
    cv2.setNumThreads(1)
    reader = DigitReader()
    scores = read_scenes(reader, count)
    shared = os.environ.get("DIGITS_SHARED")
    real = read_photos(reader, Path(shared)) if shared else {}
    heads = ["without", "scenes: F1", "most, by kind", "false reads", "ms"]
    heads += ["photos: F1", "mean F1", "exact lines", "false reads"] if real else []
    print("| " + " | ".join(heads) + " |")
    print("|---" * len(heads) + "|")
    for piece, score in scores.items():
        changed = _most_changed(score, scores[WHOLE])
        cells = [piece, f"{score.f1:.3f}", changed, f"{np.mean(score.false):.2f}"]
        cells += [f"{1000 * np.median(score.times):.1f}", *real.get(piece, [])]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SCENES)
