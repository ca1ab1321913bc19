"""How much of a core a live run takes: 30 frames a second at 1280x720, decoded beforehand.

    python bench/cpu.py [SECONDS]

Of a sheet at rest and of one that moves; with a window where there is a display (xvfb-run -a), and without.
It counts the processor time of this process, of all its threads; how often a second the sheet was read, too.
"""

import io
import sys
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, perf_counter, process_time, sleep

import cv2
import numpy as np
from films import FRAMES_PER_SECOND, render

from webcam_digits.outputs.progress import Progress
from webcam_digits.outputs.recording import Recording
from webcam_digits.outputs.stdout import TextReporter
from webcam_digits.reading.reader import WHOLE, DigitReader, Edges, Inspection
from webcam_digits.run.loop import run
from webcam_digits.run.pipeline import Pipeline
from webcam_digits.sources.source import Frame, Source
from webcam_digits.types import Image, ImageLike
from webcam_digits.ui.viewer import Viewer
from webcam_digits.ui.window import Window

_SIZE = 1280, 720
_FRAMES = 120  # of a clip, played to and fro
_SEED = 500


class _Playing(Source):
    """A camera that gives pictures from memory at its rate."""

    def __init__(self, images: list[Image]) -> None:
        super().__init__("memory", FRAMES_PER_SECOND, live=True)
        self._images = [*images, *images[-2:0:-1]]
        self._number = 0
        self._start = perf_counter()

    def read(self) -> Frame | None:
        newest = int((perf_counter() - self._start) * FRAMES_PER_SECOND)
        self._number = max(self._number, newest)  # as of a camera, no older one is handed out
        due = self._start + self._number / FRAMES_PER_SECOND
        sleep(max(due - perf_counter(), 0))
        self._number += 1
        image = self._images[(self._number - 1) % len(self._images)]
        return Frame(image, self._number - 1, due - self._start)

    def close(self) -> None:
        """Nothing is open."""


class _Counting(DigitReader):
    """Counts its readings."""

    count = 0

    def inspect(self, image: ImageLike, goes_on: Edges = WHOLE) -> Inspection:
        self.count += 1
        return super().inspect(image, goes_on)


def main(seconds: float) -> None:
    """Print a table."""
    cv2.setNumThreads(1)
    print(f"{'sheet':<8}{'window':<8}{'of a core':>10}{'readings a second':>19}")
    for kind in ("still", "moved"):
        shots = [shot.image for _, shot in zip(range(_FRAMES), render(kind, _SEED), strict=False)]
        images = [np.asarray(cv2.resize(shot, _SIZE), np.uint8) for shot in shots]
        for windowed in (False, True) if Window.available() is None else (False,):
            with ExitStack() as stack:
                reader = _Counting()
                recording = Recording(Path(), FRAMES_PER_SECOND, live=True)
                pipeline = Pipeline(reader, TextReporter(io.StringIO()), recording, Progress(None))
                viewer = None
                if windowed:
                    window = stack.enter_context(Window("bench"))
                    viewer = Viewer(window, reader, recording, pipeline, snapshots=Path())
                start = process_time()
                run(_Playing(images), pipeline, recording, viewer, deadline=monotonic() + seconds)
                share = (process_time() - start) / seconds
            print(f"{kind:<8}{'yes' if windowed else 'no':<8}{share:>10.2f}{reader.count / seconds:>19.1f}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
