"""How long reading takes, stage by stage, against the plain tutorial's first three calls on the same frame.

    python bench/reading.py [RUNS]

Times are medians of one run on one thread, and mean little beyond it: the ratios are what to compare.
"""

import subprocess
import sys
import time
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits import DigitReader
from webcam_digits.train.pen import on_paper, write

Image = NDArray[np.uint8]


def ten_digits() -> Image:
    """A frame of 1280x720 with ten digits in uneven light, (720, 1280, 3) uint8 BGR."""
    rng = np.random.default_rng(0)
    rows = (
        write("31415", height=140, rng=rng, at=(150, 130)),
        write("92653", height=140, rng=rng, at=(150, 420)),
    )
    coverage = np.max([row.ink((720, 1280)) for row in rows], axis=0)
    return np.asarray(on_paper(coverage, rng=rng), np.uint8)


def hard_frames() -> dict[str, Image]:
    """Frames that make a reader work: noise, specks, and a large empty photo."""
    rng = np.random.default_rng(0)
    specks = np.where(rng.random((720, 1280)) < 0.1, 0, 255).astype(np.uint8)
    return {
        "ten digits, 1280x720": ten_digits(),
        "empty page, 1280x720": on_paper(np.zeros((720, 1280), np.uint8), rng=rng),
        "pure noise, 1280x720": rng.integers(0, 256, (720, 1280, 3), np.uint8),
        "100,000 specks, 1280x720": specks,
        "empty page, 12 megapixels": on_paper(np.zeros((3000, 4000), np.uint8), rng=rng),
    }


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

    print("other frames, medians")
    for name, frame in hard_frames().items():
        took = [milliseconds(lambda frame=frame: reader.read(frame)) for _ in range(max(runs // 10, 3))]  # type: ignore[misc]
        print(f"  {name:<28}{np.median(took):8.2f} ms")

    first = (
        "import cv2, webcam_digits as w, numpy as n; w.DigitReader().read(n.zeros((720, 1280, 3), n.uint8))"
    )
    starts = [
        milliseconds(lambda: subprocess.run([sys.executable, "-c", first], check=True)) for _ in range(5)
    ]
    print(f"start of Python to first reading{np.median(starts):9.0f} ms    (wanted: at most 1500)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
