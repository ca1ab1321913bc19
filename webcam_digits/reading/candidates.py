"""What became of each candidate, for people: what it was taken for, how surely, why it was read or not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webcam_digits.reading.legacy.regions import Origin
from webcam_digits.reading.legacy.selection import Verdict
from webcam_digits.types import Box

if TYPE_CHECKING:
    from webcam_digits.reading.reader import Inspection


@dataclass(frozen=True, slots=True)
class Candidate:
    """A region that may be a digit.

    Attributes:
        index: of the region.
        box: in pixels of the picture.
        guesses: the two likeliest labels, where there are two, with their probabilities, 0..1.
        presence: the probability that it is a digit at all, 0..1.
        verdict: why it was read, or was not.
        origin: what it is made of.
        rivals: indices of the regions that were read and share ink with it.
    """

    index: int
    box: Box
    guesses: tuple[tuple[str, float], ...]
    presence: float
    verdict: Verdict
    origin: Origin
    rivals: tuple[int, ...]

    @property
    def kept(self) -> bool:
        """Whether it was read as a digit."""
        return self.verdict is Verdict.KEPT

    @property
    def boxed(self) -> bool:
        """Whether to show its box: those of rivals of what was read would hide the picture."""
        return self.kept or not self.rivals

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """Where not all have room, those of the lowest rank are shown: what was read, or nearly was."""
        return not self.kept, self.verdict is Verdict.UNLIKELY, -self.presence


def candidates_of(inspection: "Inspection") -> list[Candidate]:
    """All candidates of a picture, in reading order."""
    predictions, regions = inspection.predictions, inspection.regions
    order = (-predictions.probabilities[:, :-1]).argsort(axis=1, kind="stable")[:, :2].tolist()
    kept = [i for i, verdict in enumerate(inspection.verdicts) if verdict is Verdict.KEPT]
    owners = {stroke: i for i in kept for stroke in regions.members[i]}
    return in_reading_order(
        Candidate(
            index=i,
            box=Box(*box),
            guesses=tuple((predictions.labels[k], float(predictions.probabilities[i, k])) for k in order[i]),
            presence=float(predictions.presence[i]),
            verdict=inspection.verdicts[i],
            origin=regions.origins[i],
            rivals=tuple(sorted({owners[stroke] for stroke in regions.members[i] if stroke in owners} - {i})),
        )
        for i, box in enumerate(regions.boxes.tolist())
    )


def in_reading_order(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Row by row from the left; a row are those whose middles are level with its highest candidate."""

    def middle(candidate: Candidate) -> float:
        return candidate.box.y + candidate.box.height / 2

    rows: list[list[Candidate]] = []
    for candidate in sorted(candidates, key=middle):
        if not rows or middle(candidate) >= rows[-1][0].box.bottom:
            rows.append([])
        rows[-1].append(candidate)
    return [candidate for row in rows for candidate in sorted(row, key=lambda one: one.box.x)]
