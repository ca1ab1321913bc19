"""Pages of what was misread in a set, grouped by kind: kinds are to be mended, not pictures."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

import cv2
import numpy as np

from scoring.box_scoring import outcomes
from scoring.labelled import BLIND, Picture
from scoring.readers import Answer
from scoring.row_scoring import DIGITS, Fate, fates, pair
from webcam_digits.outputs.html import document, embedded
from webcam_digits.sources.photos import read_photo
from webcam_digits.types import Box, Image

_MEANINGS: dict[Fate, str] = {
    "missed": "Missed",
    "false": "Read where no digit is",
    "wrong": "Read as another digit",
    "split": "One digit read as two, or two as one",
}
_SIZES = (12, 16, 24, 48, 96)  # pixels of height; the tables' steps
_CONTRASTS = (20, 40, 80, 120)  # grey levels
_MOST_SHOWN = 120  # of a kind
_HEIGHT, _WIDTH = 96, 480  # pixels of a picture on the page
_AROUND = 1.0  # digit heights that are shown around it
_GROUND = 0.2  # of a digit's height: so far around it its contrast is measured
_ORANGE = (0, 96, 224)  # BGR
_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 85)
_STYLE = """body { max-width: 70rem; }
.shown { display: flex; flex-wrap: wrap; gap: .8rem; align-items: end; }
figure { margin: 0; } figcaption { font-size: .8rem; max-width: 20rem; }
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One written digit, or one that was read where none is.

    Attributes:
        fate: what became of it.
        written: its label; "" where nothing is written.
        read: what it was read as; "" for nothing.
        picture: that it is in.
        box: where; None where nobody has drawn it, and then the whole picture is shown.
        note: what is said of it.
    """

    fate: Fate
    written: str
    read: str
    picture: Picture
    box: Box | None
    note: str


def failure_page(title: str, answers: Sequence[tuple[Picture, Answer]]) -> bytes | None:
    """The page of a set that was read; None where it has no picture that may be shown.

    Args:
        title: as text.
        answers: the set's pictures, and what was read in each.
    """
    shown = [(picture, answer) for picture, answer in answers if BLIND not in picture.tags]
    if not shown:
        return None
    cases = [case for picture, answer in shown for case in _digits(picture, answer)]
    body = f"<p>Pictures: {len(shown)}"
    if len(shown) < len(answers):
        body += f"; tagged {BLIND}, so scored but not shown: {len(answers) - len(shown)}"
    body += f".</p>\n{_by_class(cases)}"
    if any(case.box for case in cases):
        body += _by_steps("Height in pixels", _SIZES, cases, lambda case, box: box.height)
        body += _by_steps(
            "Contrast in grey levels",
            _CONTRASTS,
            cases,
            lambda case, box: contrast(_image(case.picture), box),
        )
    for fate, meaning in _MEANINGS.items():
        body += _section(meaning, [case for case in cases if case.fate == fate])
    return document(title, body, _STYLE)


def contrast(image: Image, box: Box) -> float:
    """How far the lightest and the darkest parts in and around a digit's box are apart, in grey levels."""
    around = _grown(box, _GROUND).within(image.shape[1], image.shape[0])
    if around is None:
        return 0.0
    part = image[around.y : around.bottom, around.x : around.right]
    dark, light = np.percentile(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), (5, 95))
    return float(light - dark)


def _digits(picture: Picture, answer: Answer) -> Iterator[Case]:
    """What became of each digit of a picture, by its boxes where it has some."""
    if picture.marks is not None and answer.digits is not None:
        for outcome in outcomes(picture.marks, answer.digits):
            place = outcome.mark or outcome.digit
            note = f"{outcome.written or '-'} read {outcome.read or '-'}"
            yield Case(
                outcome.fate, outcome.written, outcome.read, picture, place.box if place else None, note
            )
        return
    note = f"{' / '.join(picture.rows) or '-'} read {' / '.join(answer.rows) or '-'}"
    if picture.unordered:
        bag, bag_read = Counter("".join(picture.rows)), Counter("".join(answer.rows))
        found: list[tuple[Fate, str, str]] = [
            *(("right", label, label) for label in (bag & bag_read).elements()),
            *(("missed", label, "") for label in (bag - bag_read).elements()),
            *(("false", "", label) for label in (bag_read - bag).elements()),
        ]
    else:
        found = [case for rows in pair(picture.rows, answer.rows) for case in fates(*rows)]
    for fate, written, read in found:
        yield Case(fate, written, read, picture, None, note)


def _by_class(cases: Sequence[Case]) -> str:
    """A table of how each class fares."""
    rows = []
    for label in sorted(DIGITS):
        own = [case for case in cases if case.written == label]
        count = Counter(case.fate for case in own)
        confused = Counter(case.read for case in own if case.fate == "wrong").most_common(3)
        false = sum(
            case.fate in ("false", "split") for case in cases if not case.written and case.read == label
        )
        names = ", ".join(f"{other} ({number})" for other, number in confused)
        rows.append(
            [label, len(own), *(count[fate] for fate in ("right", "missed", "wrong", "split")), false, names]
        )
    heads = ("Digit", "written", "right", "missed", "wrong", "split", "read where it is not", "taken for")
    return _table(heads, rows)


def _by_steps(
    head: str, steps: Sequence[int], cases: Iterable[Case], measure: Callable[[Case, Box], float]
) -> str:
    """A table of how digits fare by something that is measured on them."""
    written, right = Counter[int](), Counter[int]()
    for case in cases:
        if case.written and case.box:
            step = int(np.searchsorted(steps, measure(case, case.box), side="right"))
            written[step] += 1
            right[step] += case.fate == "right"
    rows = [
        [f"{low} to {high}", written[i], right[i], f"{right[i] / written[i]:.3f}" if written[i] else "-"]
        for i, (low, high) in enumerate(zip((0, *steps), (*steps, "more"), strict=True))
    ]
    return _table((head, "written", "right", "recall"), rows)


def _section(head: str, cases: Sequence[Case]) -> str:
    """Those of one kind, of each picture without boxes only once."""
    once = {(case.picture.path, case.box): case for case in cases}
    chosen = sorted(once.values(), key=lambda case: (case.written, case.read))
    step = max(len(chosen) / _MOST_SHOWN, 1)  # where there are many, evenly spread over what they are
    chosen = [chosen[int(i * step)] for i in range(min(len(chosen), _MOST_SHOWN))]
    figures = "".join(
        f'<figure><img alt="" src="{_shown(case)}"><figcaption>{escape(case.note)}<br>'
        f"{escape(case.picture.path.name)}</figcaption></figure>\n"
        for case in chosen
    )
    shown = f", {len(chosen)} of them shown" if len(chosen) < len(once) else ""
    return f'<h2>{escape(head)}: {len(cases)}{shown}</h2>\n<div class="shown">\n{figures}</div>\n'


def _shown(case: Case) -> str:
    """The digit within what is around it, or its whole picture."""
    image = _image(case.picture)
    if case.box is not None:
        part = _grown(case.box, _AROUND).within(image.shape[1], image.shape[0])
        if part is not None:
            image = image[part.y : part.bottom, part.x : part.right].copy()
            x, y = case.box.x - part.x, case.box.y - part.y
            cv2.rectangle(image, (x - 1, y - 1, case.box.width + 2, case.box.height + 2), _ORANGE, 1)
    height, width = image.shape[:2]
    scale = min(_HEIGHT / height, _WIDTH / width) if case.box else min(_WIDTH / width, _WIDTH / height, 2.0)
    size = max(round(scale * width), 1), max(round(scale * height), 1)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return embedded(cv2.imencode(".jpg", small, _JPEG)[1].tobytes(), "jpeg")


@lru_cache(maxsize=1)  # a picture's digits come one after the other
def _image(picture: Picture) -> Image:
    return read_photo(str(picture.path))


def _grown(box: Box, share: float) -> Box:
    more = round(share * box.height)
    return Box(box.x - more, box.y - more, box.width + 2 * more, box.height + 2 * more)


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>\n" for row in rows
    )
    return f"<div><table>\n<tr>{head}</tr>\n{body}</table></div>\n"
