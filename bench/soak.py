"""Runs the loop over a long generated source and watches what a long run may lose.

    python bench/soak.py [FRAMES]

Fails (exit 1) where memory grows by more than 20 MB after the first thousand frames, a frame costs half as
much again at the end as at the beginning (asked of runs of ten thousand frames and more), or a thread or an
open file is left over.
"""

import gc
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from webcam_digits import DigitReader
from webcam_digits.outputs.log_file import EventLog
from webcam_digits.outputs.progress import Progress
from webcam_digits.outputs.recording import Recording
from webcam_digits.outputs.stdout import JsonReporter, Reporters
from webcam_digits.run.loop import run
from webcam_digits.run.pipeline import Pipeline
from webcam_digits.sources.source import Frame, Source
from webcam_digits.train.handwriting.pen import on_paper, write

_WARM = 1000  # frames after which memory should no longer grow
_GROWTH = 20  # megabytes
_SLOWER = 1.5  # times the processor time of a frame at the beginning
_FPS = 30.0
_PAGES = 8  # in turn; every other one is blank, so that numbers come and go
_SHOWN = 15  # frames that each is there
_LAPS = 10  # equal parts of the run that are compared ...
_LONG_LAP = 900  # ... where each has so many frames: a few may be slow by chance


class Generated(Source):
    """A file of pages, shifted a little from frame to frame; it notes what the process uses meanwhile.

    Attributes:
        pages: (120, 200, 3) uint8 BGR each.
        memory: megabytes in use, lap by lap; first after the warm-up.
        seconds: of processor time that a frame took, lap by lap.
    """

    def __init__(self, frames: int) -> None:
        super().__init__("generated", _FPS, live=False, frame_count=frames)
        turn = _PAGES * _SHOWN
        self.lap = max(frames // _LAPS // turn, 1) * turn
        self.warm = min(_WARM, frames // 2)
        self.frames = frames
        self.memory: list[float] = []
        self.seconds: list[float] = []
        self._index = 0
        self._start = 0.0
        rng = np.random.default_rng(0)
        self.pages = []
        for page in range(_PAGES):
            number = "" if page % 2 else f"{rng.integers(10, 9999)}"
            coverage = write(number, height=40, rng=rng, at=(15 + page, 30))
            self.pages.append(on_paper(coverage.ink((120, 200)), rng=rng))

    def read(self) -> Frame | None:
        """The next frame; None at the end."""
        index = self._index
        if index == self.warm:
            self.memory.append(resident())
        if index % self.lap == 0:
            self._note(index)
        if index == self.frames:
            return None
        self._index += 1
        page = np.roll(self.pages[index // _SHOWN % _PAGES], index % 7, axis=1)
        return Frame(page, index, index / _FPS)

    def close(self) -> None:
        """Nothing is open."""

    def _note(self, index: int) -> None:
        now = time.process_time()
        if index:
            self.memory.append(resident())
            self.seconds.append((now - self._start) / self.lap)
            cost = f"{1000 * self.seconds[-1]:.2f} ms of processor time a frame"
            print(f"{index:>8} frames  {self.memory[-1]:6.1f} MB  {cost}", flush=True)
        self._start = now


def resident() -> float:
    """Megabytes of memory in use; of the highest use so far where the system says nothing else."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def open_files() -> int:
    """How many files are open; 0 where the system does not say."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def main(frames: int) -> int:
    """Read `frames` frames; the exit code."""
    reader = DigitReader()
    source = Generated(frames)
    reader.read(source.pages[0])  # what is imported and opened with the first picture
    before = open_files(), threading.active_count()
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w") as null:
        log = EventLog(Path(folder) / "events.csv")
        recording = Recording(Path(folder), _FPS, live=False)
        pipeline = Pipeline(reader, Reporters(log, JsonReporter(null)), recording, Progress(None))
        run(source, pipeline, recording)
        log.close()
        printed = (Path(folder) / "events.csv").read_text().count(",appear,")
    gc.collect()
    files, threads = open_files() - before[0], threading.active_count() - before[1]
    growth = max(source.memory) - source.memory[0]
    slower = min(source.seconds[-3:]) / min(source.seconds[:3])
    print(f"{printed} numbers printed; memory grew by {growth:.1f} MB after {source.warm} frames")
    print(
        f"the last frames took {slower:.2f} times what the first took; {files} files, {threads} threads left"
    )
    slows = slower > _SLOWER and source.lap >= _LONG_LAP
    return int(growth > _GROWTH or slows or files > 0 or threads > 0 or printed == 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
