"""How good a detector is on crops that it never learns from, and what its confidence means."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from webcam_digits.reading.decode import Detections, decode, overlaps
from webcam_digits.reading.detector import Maps, prepare
from webcam_digits.train.detector.batches import Crop, Crops
from webcam_digits.train.detector.network import Network
from webcam_digits.train.detector.targets import HEIGHTS
from webcam_digits.train.evaluation.metrics import average_precision, reliability

SEED = 1 << 40  # of validation crops; training's is given by the user
_LEAST = 0.03  # confidence of what is counted
_SAME = 0.5  # intersection over union, from which a digit is found
_MOST_FALSE = 0.05  # reads per crop without digits that the threshold may allow
_BATCH = 25


@dataclass(frozen=True, slots=True)
class Figures:
    """What a network reaches.

    Attributes:
        precision: average precision of all digits, 0..1, and `ones`, `others` of 1s and the mean of the rest.
        f1: over all digits, at the threshold, 0..1; `kinds` by what the crops show, where they show digits.
        false_reads: per crop without digits, at the threshold; `silent` by what these show.
        calibration: mean difference of confidence and share of right ones, 0..1.
        threshold: of confidence, at which F1 is best with few false reads.
        temperature: that logits are divided by, for the least surprise.
    """

    precision: float
    ones: float
    others: float
    f1: float
    kinds: dict[str, float]
    false_reads: float
    silent: dict[str, float]
    calibration: float
    threshold: float
    temperature: float

    def as_dict(self) -> dict[str, Any]:
        """Every value by its name, fit for JSON."""
        rounded: dict[str, Any] = {}
        for name in self.__slots__:
            value = getattr(self, name)
            by_kind = isinstance(value, dict)
            rounded[name] = {k: round(v, 4) for k, v in value.items()} if by_kind else round(value, 4)
        return rounded

    def __str__(self) -> str:
        kinds, silent = (
            ", ".join(f"{kind} {value:.3f}" for kind, value in sorted(values.items()))
            for values in (self.kinds, self.silent)
        )
        return (
            f"average precision {self.precision:.4f} (1s {self.ones:.3f}, others {self.others:.3f}),"
            f" F1 {self.f1:.4f} ({kinds}) and {self.false_reads:.3f} false reads in a crop without digits"
            f" ({silent}) at {self.threshold:.2f}, calibration error {self.calibration:.3f},"
            f" temperature {self.temperature:.2f}"
        )


class Validation:
    """Fixed crops to judge networks by."""

    def __init__(self, crops: Crops, count: int, device: torch.device) -> None:
        """Draw so many crops."""
        self._crops = [crops.draw(SEED, index) for index in range(count)]
        self._device = device

    def __call__(self, network: Network) -> Figures:
        """The figures of a network in evaluation mode."""
        maps = list(self._maps(network))
        plain = judge(self._crops, [decode(found, i, temperature=1, least=_LEAST) for found, i in maps])
        temperature = _temperature(plain)
        found = [decode(found, i, temperature=temperature, least=_LEAST) for found, i in maps]
        return _figures(self._crops, judge(self._crops, found), temperature)

    @torch.inference_mode()
    def _maps(self, network: Network) -> Iterator[tuple[Maps, int]]:
        for start in range(0, len(self._crops), _BATCH):
            crops = self._crops[start : start + _BATCH]
            inputs = torch.from_numpy(np.stack([prepare(crop.image) for crop in crops]))
            cells = network(inputs.to(self._device, memory_format=torch.channels_last)).cpu().numpy()
            maps = Maps(cells[:, 0], cells[:, 1:11], cells[:, 11:15], cells[:, 15])
            yield from ((maps, i) for i in range(len(crops)))


@dataclass(frozen=True, slots=True)
class Judged:
    """All detections of all crops against the truth; those of what is ignored are left out.

    Attributes:
        crops: (n,) which crop each is in.
        labels: (n,) what it was read as.
        confidences: (n,) float32.
        right: (n,) whether such a digit is there, and no other detection is nearer to it.
    """

    crops: NDArray[np.int64]
    labels: NDArray[np.int64]
    confidences: NDArray[np.float32]
    right: NDArray[np.bool_]


def judge(crops: Sequence[Crop], found: Sequence[Detections]) -> Judged:
    """Compare what was found with what is there."""
    parts = []
    for number, (crop, detections) in enumerate(zip(crops, found, strict=True)):
        counted, right = _compare(crop, detections)
        size = int(counted.sum())
        parts.append(
            (
                np.full(size, number),
                detections.labels[counted],
                detections.confidences[counted],
                right[counted],
            )
        )
    return Judged(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def learned(crop: Crop) -> NDArray[np.bool_]:
    """Which of a crop's digits are to be found."""
    heights = crop.boxes[:, 3] - crop.boxes[:, 1]
    return np.asarray((heights >= HEIGHTS[0]) & (heights <= HEIGHTS[1]))


def _compare(crop: Crop, found: Detections) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which detections count, and which are right."""
    known = learned(crop)
    right = np.zeros(len(found.labels), bool)
    taken = np.zeros(len(known), bool)
    share = overlaps(found.boxes, crop.boxes)
    centres = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2
    blind = np.concatenate([crop.ignored, crop.boxes[~known]])
    inside = (centres[:, None] >= blind[None, :, :2]) & (centres[:, None] <= blind[None, :, 2:])
    counted = np.asarray(~np.any(np.all(inside, axis=2), axis=1), bool)
    for i in range(len(right)):
        fits = (share[i] >= _SAME) & ~taken & (crop.labels == found.labels[i])
        if fits.any():
            best = int(np.where(fits, share[i], -1).argmax())
            taken[best] = True
            counted[i] = right[i] = known[best]
    return counted, right


def _temperature(judged: Judged) -> float:
    """By which the logits of confidences are divided, so that these are as honest as can be."""
    chances = judged.confidences.astype(np.float64).clip(1e-6, 1 - 1e-6)
    logits = np.log(chances / (1 - chances))
    best, least = 1.0, np.inf
    for temperature in np.geomspace(0.4, 2.5, 47):
        chance = 1 / (1 + np.exp(-logits / temperature))
        surprise = -np.log(np.where(judged.right, chance, 1 - chance)).mean() if len(chance) else 0.0
        if surprise < least:
            best, least = float(temperature), surprise
    return best


def _figures(crops: Sequence[Crop], judged: Judged, temperature: float) -> Figures:
    written = np.array([learned(crop).sum() for crop in crops])
    labels = np.concatenate([crop.labels[learned(crop)] for crop in crops])
    empty = np.array([not len(crop.boxes) and not len(crop.ignored) for crop in crops])
    kinds = np.array([crop.kind for crop in crops])

    def precision(which: NDArray[np.bool_], count: int) -> float:
        return average_precision(judged.right[which], judged.confidences[which], count)

    by_class = [precision(judged.labels == digit, int((labels == digit).sum())) for digit in range(10)]
    threshold = _threshold(judged, int(written.sum()), empty)
    read = judged.confidences >= threshold

    def f1(chosen: NDArray[np.bool_]) -> float:
        of_these = read & chosen[judged.crops]
        return 2 * float(judged.right[of_these].sum()) / max(float(written[chosen].sum() + of_these.sum()), 1)

    def false_reads(chosen: NDArray[np.bool_]) -> float:
        return float((read & chosen[judged.crops]).sum() / max(chosen.sum(), 1))

    return Figures(
        precision=precision(np.ones(len(judged.right), bool), int(written.sum())),
        ones=by_class[1],
        others=float(np.mean(by_class[:1] + by_class[2:])),
        f1=f1(np.ones(len(crops), bool)),
        kinds={str(kind): f1(kinds == kind) for kind in np.unique(kinds[written > 0])},
        false_reads=false_reads(empty),
        silent={str(kind): false_reads(empty & (kinds == kind)) for kind in np.unique(kinds[empty])},
        calibration=reliability(judged.confidences, judged.right).error,
        threshold=threshold,
        temperature=temperature,
    )


def _threshold(judged: Judged, written: int, empty: NDArray[np.bool_]) -> float:
    """Where F1 is best; as high as false reads ask for."""
    best, result = -1.0, 0.5
    for threshold in np.arange(0.1, 0.95, 0.01):
        read = judged.confidences >= threshold
        if (read & empty[judged.crops]).sum() > _MOST_FALSE * empty.sum() and threshold < 0.9:
            continue
        f1 = 2 * judged.right[read].sum() / max(written + read.sum(), 1)
        if f1 > best:
            best, result = float(f1), float(threshold)
    return round(result, 2)
