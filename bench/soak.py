"""Reads frame after frame from a generated source and watches what a long run may lose.

    python bench/soak.py [FRAMES]

Fails (exit 1) where memory grows by more than 20 MB after the first thousand frames, or a thread or an open
file is left over.
"""

import os
import sys
import threading
import time
from pathlib import Path

import numpy as np

from webcam_digits import DigitReader
from webcam_digits.tracker import Tracker
from webcam_digits.train.pen import on_paper, write

_WARM = 1000  # frames after which memory should no longer grow
_GROWTH = 20  # megabytes


def resident() -> float:
    """Megabytes of memory in use; of the highest use so far where the system tells nothing else."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def open_files() -> int:
    """How many files are open; 0 where the system does not tell."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def main(frames: int) -> int:
    """Read `frames` frames; the exit code."""
    rng = np.random.default_rng(0)
    pages = []
    for i in range(20):
        coverage = write(f"{rng.integers(10, 9999)}", height=40, rng=rng, at=(15 + i, 30)).ink((120, 200))
        pages.append(on_paper(coverage, rng=rng))
    reader, tracker = DigitReader(), Tracker()
    warm = files = threads = 0.0
    start = time.perf_counter()
    for frame in range(frames):
        page = np.roll(pages[frame // 50 % len(pages)], frame % 7, axis=1)
        tracker.update(reader.read(page), frame=frame, time=frame / 30)
        if frame + 1 == min(_WARM, frames // 2):
            warm, files, threads = resident(), open_files(), threading.active_count()
            start = time.perf_counter()
        if (frame + 1) % 10_000 == 0:
            rate = (frame + 1 - _WARM) / (time.perf_counter() - start)
            print(f"{frame + 1:>8} frames  {resident():6.1f} MB  {rate:6.0f} frames a second", flush=True)
    tracker.finish()
    growth = resident() - warm
    left = open_files() - files, threading.active_count() - threads
    print(f"memory grew by {growth:.1f} MB, {left[0]:.0f} files and {left[1]:.0f} threads are left over")
    return int(growth > _GROWTH or any(count > 0 for count in left))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
