"""How long reading takes, stage by stage, against the plain tutorial's first three calls on the same frame.

    python bench/speed.py [RUNS]

Times are medians of one run on one thread, and mean little beyond it: the ratios are what to compare.
"""

import subprocess
import sys
import time
from collections.abc import Callable

import cv2
import numpy as np
from frames import WORST, Image, page_of_digits, ten_digits, worst

from webcam_digits import DigitReader

SHAPES = (
    (720, 1280),
    (1200, 1600),
    (3000, 4000),
)  # of the worst frames: a webcam's, the largest searched, 12 MP
SHOWN = 12  # of the worst frames, the slowest


def plain(image: Image) -> None:
    """What a tutorial does before it classifies anything."""
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    _, mask = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    cv2.connectedComponentsWithStats(mask)


def milliseconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def print_worst(reader: DigitReader) -> None:
    """Print the frames that take the longest, and the stages that they take it in."""
    print(f"the slowest of the worst frames, best of two{'':16}(wanted: at most 250)")
    rows = []
    for height, width in SHAPES:
        for name in WORST:
            frame = worst(name, (height, width))
            took = min((reader.read(frame).milliseconds for _ in range(2)), key=lambda its: sum(its.values()))
            stages = sorted(took, key=lambda stage: -took[stage])[:3]
            stage_times = ", ".join(f"{stage} {took[stage]:.0f}" for stage in stages)
            rows.append((sum(took.values()), f"{name}, {width}x{height}", stage_times))
    for total, name, stage_times in sorted(rows, reverse=True)[:SHOWN]:
        print(f"  {name:<46}{total:7.1f} ms    {stage_times}")


def main(runs: int) -> None:
    """Print the tables."""
    cv2.setNumThreads(1)
    reader = DigitReader()
    image = ten_digits()
    reading = reader.read(image)
    if sum(len(line.digits) for line in reading.lines) != 10:
        raise SystemExit(f"the frame's ten digits are read {reading.text.split()}")
    plains, reads, stages = [], [], []
    for _ in range(runs):  # in turn, so that a busy machine slows both alike
        plains.append(milliseconds(lambda: plain(image)))
        reads.append(milliseconds(lambda: stages.append(reader.read(image).milliseconds)))
    print(f"ten digits on 1280x720, one thread, medians of {runs}")
    for stage in stages[0]:
        print(f"  {stage:<28}{np.median([times[stage] for times in stages]):8.2f} ms")
    print(f"  {'DigitReader.read':<28}{np.median(reads):8.2f} ms")
    print(f"  {'cvtColor + Otsu + components':<28}{np.median(plains):8.2f} ms")
    print(f"  {'ratio':<28}{np.median(reads) / np.median(plains):8.2f}    (wanted: at most 2)")

    page = page_of_digits()
    took = np.median([milliseconds(lambda: reader.read(page)) for _ in range(max(runs // 5, 3))])
    print(f"page of 120 digits, 1280x720{took:15.2f} ms    (wanted: at most 60)")
    print_worst(reader)

    first = (
        "import cv2, webcam_digits as w, numpy as n; w.DigitReader().read(n.zeros((720, 1280, 3), n.uint8))"
    )
    starts = [
        milliseconds(lambda: subprocess.run([sys.executable, "-c", first], check=True)) for _ in range(5)
    ]
    print(f"start of Python to first reading{np.median(starts):9.0f} ms    (wanted: at most 1500)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
