"""What readers make of labelled sets: figures, as lines of a table and as JSON."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scoring.box_scoring import BoxFigures, Placed, box_figures
from scoring.clip_scoring import ClipScore
from scoring.labelled import BLIND, Picture
from scoring.readers import Answer
from scoring.row_scoring import Figures, Score, figures, score, score_empty

TOUCHING = "touching"  # the tag of pictures of which touching digits are counted
_COLUMNS = (  # head, width, decimals
    ("images", 8, 0),
    ("digits", 8, 0),
    ("recall", 8, 3),
    ("precision", 11, 3),
    ("F1", 7, 3),
    ("mean F1", 9, 3),
    ("exact rows", 12, 3),
    ("exact images", 14, 3),
    ("false reads", 13, 2),
)


@dataclass(frozen=True, slots=True)
class Result:
    """What a reader made of a set.

    Attributes:
        answers: to each of its pictures.
        scores: likewise.
        figures: of all of them.
        tags: of those with each tag, the tags with the most digits first.
        boxes: by place; None where the set or the reader has no boxes.
        milliseconds: of the processor for a picture, the median.
    """

    answers: tuple[tuple[Picture, Answer], ...]
    scores: tuple[Score, ...]
    figures: Figures
    tags: Mapping[str, Figures]
    boxes: BoxFigures | None
    milliseconds: float


Results = Mapping[tuple[str, str], Result]  # by set and reader


def judge(answers: Sequence[tuple[Picture, Answer]]) -> Result:
    """Score the answers to a set's pictures, at least one."""
    scores = [_score(picture, answer) for picture, answer in answers]
    tagged: dict[str, list[Score]] = {}
    for (picture, _), one in zip(answers, scores, strict=True):
        for tag in sorted(picture.tags):
            tagged.setdefault(tag, []).append(one)
    tags = {tag: figures(those) for tag, those in tagged.items()}
    placed = [
        Placed(picture.marks, answer.digits, answer.candidates, TOUCHING in picture.tags)
        for picture, answer in answers
        if picture.marks is not None and answer.digits is not None
    ]
    return Result(
        tuple(answers),
        tuple(scores),
        figures(scores),
        dict(sorted(tags.items(), key=lambda item: (-item[1].digits, item[0]))),
        box_figures(placed) if placed else None,
        statistics.median(answer.milliseconds for _, answer in answers),
    )


def _score(picture: Picture, answer: Answer) -> Score:
    if not picture.rows:
        return score_empty(answer.rows)
    return score(picture.rows, answer.rows, unordered=picture.unordered)


def header() -> str:
    """The table's first line."""
    heads = "".join(f"{head:>{width}}" for head, width, _ in _COLUMNS)
    return f"{'set':<17}{'reader':<18}{heads}{'ms':>9}"


def line(name: str, reader: str, of: Figures, milliseconds: float | None = None) -> str:
    """One line of it."""
    values = (
        *(of.images, of.digits, of.recall, of.precision, of.f1),
        *(of.mean_f1, of.exact_rows, of.exact_images, of.false_reads),
    )
    cells = (_cell(value, width, places) for value, (_, width, places) in zip(values, _COLUMNS, strict=True))
    return f"{name:<17}{reader:<18}{''.join(cells)}{_cell(milliseconds, 9, 1)}"


def box_lines(results: Results) -> Iterable[str]:
    """A table of sets with boxes: how well each class is read, and digits that touch."""
    placed = {key: result.boxes for key, result in results.items() if result.boxes}
    if not placed:
        return
    labels = "".join(f"{label:>7}" for label in next(iter(placed.values())).recall)
    yield f"{'recall of':<35}{labels}{'AP of 1s':>11}{'of others':>11}{'touching pairs right':>23}"
    for (name, reader), boxes in placed.items():
        recalls = "".join(_cell(value, 7, 3) for value in boxes.recall.values())
        precisions = _cell(boxes.ones, 11, 3) + _cell(boxes.others, 11, 3)
        touching = "-" if boxes.touching is None else f"{boxes.touching:.3f} of {boxes.pairs}"
        yield f"{name:<17}{reader:<18}{recalls}{precisions}{touching:>23}"


def clip_lines(scores: Mapping[str, Mapping[str, ClipScore]]) -> Iterable[str]:
    """A table of clips, of which each reader made this."""
    yield f"{'clips':<17}{'reader':<18}{'numbers':>8}{'right':>8}{'again':>8}{'false':>8}"
    for reader, own in scores.items():
        total = sum(own.values(), ClipScore())
        counts = f"{total.rows:>8}{total.right:>8}{total.again:>8}{total.false:>8}"
        yield f"{len(own):<17}{reader:<18}{counts}"


def as_object(results: Results, clips: Mapping[str, Mapping[str, ClipScore]]) -> Any:
    """All figures and readings, fit for JSON; of pictures tagged blind only the figures."""
    sets: dict[str, dict[str, Any]] = {}
    for (name, reader), result in results.items():
        sets.setdefault(name, {})[reader] = {
            "figures": asdict(result.figures),
            "milliseconds": round(result.milliseconds, 2),
            "tags": {tag: asdict(of) for tag, of in result.tags.items()},
            "boxes": asdict(result.boxes) if result.boxes else None,
            "pictures": [
                _picture_object(picture, answer, one)
                for (picture, answer), one in zip(result.answers, result.scores, strict=True)
            ],
        }
    return {
        "sets": sets,
        "clips": {reader: {clip: asdict(one) for clip, one in own.items()} for reader, own in clips.items()},
    }


def _picture_object(picture: Picture, answer: Answer, one: Score) -> dict[str, Any]:
    figures = {
        "file": picture.path.name,
        "milliseconds": round(answer.milliseconds, 2),
        "score": asdict(one),
    }
    if BLIND in picture.tags:
        return figures
    digits = [[digit.digit, *digit.box, round(digit.confidence, 4)] for digit in answer.digits or ()]
    return figures | {"rows": answer.rows, "digits": digits}


def _cell(value: float | None, width: int, places: int) -> str:
    return f"{'-' if value is None else f'{value:.{places}f}':>{width}}"
