"""Where the labels of digits and the numbers of rows go, so that they hide little and stay in the picture."""

from collections.abc import Iterator, Sequence
from functools import reduce

import numpy as np

from webcam_digits.drawing.canvas import BOLD, Canvas, legible
from webcam_digits.types import Box, Line

Label = tuple[str, Box]  # a text and the place of its plate

_LABEL_ROOM = 0.95  # of the way to the neighbour's middle: plates side by side stay apart
_LABEL_LEAST = 0.6  # text sizes: before its text shrinks further, a label says less
_GAP = 2  # strokes between a row and its plates: as far as the frames of its digits reach, and as much again

# The number of a row is half as high as its digits: large, and yet not taken for the writing itself.
_NUMBER_SHARE = 0.5
_NUMBER_LEAST, _NUMBER_MOST = 2, 4  # text sizes: seen from across the room; no larger than a headline


def place_labels(canvas: Canvas, lines: Sequence[Line], area: Box) -> list[list[Label]]:
    """For each row its labels, a digit each, with its confidence in per cent as far as there is room.

    All of a row have one form and size, and stand below or above it, where they hide neither another row nor
    its labels. Where that cannot be, the row has none.
    """
    rows = [line.box for line in lines]
    labels: list[list[Label]] = []
    taken: list[Box] = []
    for index, line in enumerate(lines):
        others = [*rows[:index], *rows[index + 1 :], *taken]
        placed = next((row for row in _labels(canvas, line, area) if not _hides(row, others)), [])
        labels.append(placed)
        taken += [reduce(Box.union, (box for _, box in placed))] if placed else []
    return labels


def _labels(canvas: Canvas, line: Line, area: Box) -> Iterator[list[Label]]:
    """The labels of a row at the places that there are for them, in the longest form that is large enough."""
    centres = [digit.box.x + digit.box.width / 2 for digit in line.digits]
    room = _LABEL_ROOM * np.diff(sorted(centres)).min(initial=area.width)
    for form in ("{label} {percent}%", "{percent}%", "{label}"):
        texts = [
            form.format(label=digit.digit, percent=round(100 * digit.confidence)) for digit in line.digits
        ]
        widest = max(canvas.plate_box(text, canvas.unit).width for text in texts)
        size = canvas.unit * min(1.0, room / widest)
        if size >= _LABEL_LEAST * canvas.unit and legible(size):
            break
    else:
        return
    gap, height = canvas.stroke * _GAP, canvas.plate_height(size)
    below, above = line.box.bottom + gap, line.box.y - gap - height
    boxes = [canvas.plate_box(text, size) for text in texts]
    for y in [y for y in (below, above) if area.y <= y <= area.bottom - height] or [above]:
        yield [
            (text, _clamp(box._replace(x=round(centre - box.width / 2), y=y), area))
            for text, box, centre in zip(texts, boxes, centres, strict=True)
        ]


def _hides(labels: Sequence[Label], others: Sequence[Box]) -> bool:
    """Whether a row's labels lie on something else."""
    strip = reduce(Box.union, (box for _, box in labels))
    return any(strip.intersection_area(other) for other in others)


def place_numbers(
    canvas: Canvas, lines: Sequence[Line], labels: Sequence[Sequence[Label]], area: Box
) -> list[Box]:
    """For each row the place of its number: behind, above, below or before it, the first that hides least."""
    rows = [
        reduce(Box.union, [line.box, *(box for _, box in row)])
        for line, row in zip(lines, labels, strict=True)
    ]
    taken = list(rows)
    for line, row in zip(lines, rows, strict=True):
        wanted = np.clip(
            _NUMBER_SHARE * line.box.height, _NUMBER_LEAST * canvas.unit, _NUMBER_MOST * canvas.unit
        )
        for size in (float(wanted), float(canvas.unit)):  # small where there is no room for more
            candidates = _around(canvas, line, row, size, area)
            hidden = [sum(box.intersection_area(other) for other in taken) for box in candidates]
            if min(hidden) == 0:
                break
        taken.append(candidates[hidden.index(min(hidden))])
    return taken[len(rows) :]


def _around(canvas: Canvas, line: Line, row: Box, size: float, area: Box) -> list[Box]:
    """The places around a row and its labels for its number, at a text size, best first."""
    plate = canvas.plate_box(line.text, size, BOLD)
    # Shrunk, in proportion, where the picture is smaller than the number.
    shrink = min(1.0, area.width / max(plate.width, 1), area.height / max(plate.height, 1))
    width, height = int(plate.width * shrink), int(plate.height * shrink)
    gap = canvas.stroke * _GAP
    middle = line.box.y + (line.box.height - height) // 2
    corners = (
        (row.right + gap, middle),
        (line.box.x, row.y - gap - height),
        (line.box.x, row.bottom + gap),
        (row.x - gap - width, middle),
    )
    return [_clamp(Box(x, y, width, height), area) for x, y in corners]


def _clamp(box: Box, area: Box) -> Box:
    """The box moved into `area`; its upper left part, where it is larger."""
    x = max(min(box.x, area.right - box.width), area.x)
    y = max(min(box.y, area.bottom - box.height), area.y)
    return Box(x, y, min(box.width, area.width), min(box.height, area.height))
