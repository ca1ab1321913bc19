"""Camera-like pictures of handwriting whose truth is known to the pixel.

    rng = np.random.default_rng(7)
    scene = render("ruled", rng)                   # with the project's own pen and OpenCV's letters
    scene.image, scene.numbers, [mark.box for mark in scene.digits]

A sheet is filled in pencil, ball pen, marker or chalk, then seen by a webcam. The same state of the
generator gives the same scene. More hands are had from data sets and fonts (`writers.Writers`).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.handwriting.digit_shapes import FORMS
from webcam_digits.train.handwriting.fonts import NO_DIGITS
from webcam_digits.train.handwriting.signs import SIGNS
from webcam_digits.train.scenes import texts
from webcam_digits.train.stills import optics
from webcam_digits.train.stills.sheet import Sheet
from webcam_digits.train.stills.writers import Piece, Writers
from webcam_digits.types import Box

_LETTERS = "aaabcdeeeeefghiijklmnnoopqrrsstttuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CYRILLIC = "абвгдежзиклмнопрстуфхцчшщыьэюя"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a scene shows.

    Attributes:
        surfaces: of which one is drawn by lot, as `surfaces.ground` and `surfaces.rules` know them.
        rows: least and most rows of numbers.
        words: words in place of numbers, a share, 0..1.
        printed: whether words are printed, not written.
        clutter: most other things that are drawn on the sheet.
        touching: whether digits run into each other.
        broken: whether strokes have gaps.
        dry: whether pens are dry, or pressed unevenly: strokes fade and recover.
        harsh: whether things near the sheet cast shadows with hard edges.
        bleeding: whether writing on the sheet's back shines through.
        layout: "rows", "columns" of short numbers, or "scales": one huge digit beside small and tiny rows.
        turn: degrees; how far the sheet may be turned.
        desk: surfaces of which one is drawn by lot and shows around the sheet; without any, a plain desk.
        distance: of the sheet from the camera, over that at which it fills the view.
        size: least and most height of digits in rows, as a share of the sheet's.
        small_zeros: whether zeros are written far lower than other digits.
        signs: whether numbers are sums, dates, times, amounts of money and telephone numbers.
        wear: share of the picture's wear, 0..1; tiny digits need a good camera.
    """

    surfaces: tuple[str, ...]
    rows: tuple[int, int] = (1, 7)
    words: float = 0.0
    printed: bool = False
    clutter: int = 0
    touching: bool = False
    broken: bool = False
    dry: bool = False
    harsh: bool = False
    bleeding: bool = False
    layout: str = "rows"
    turn: float = optics.USUAL_TURN
    desk: tuple[str, ...] = ()
    distance: float = 1.0
    size: tuple[float, float] = (0.05, 0.3)
    small_zeros: bool = False
    signs: bool = False
    wear: float = 1.0


KINDS = {
    "plain": Kind(("paper",)),
    "ruled": Kind(("ruled",)),
    "squared": Kind(("squared",)),
    "form": Kind(("form",), words=0.3, printed=True),
    "whiteboard": Kind(("whiteboard",), clutter=1),
    "blackboard": Kind(("blackboard",), clutter=1),
    "touching": Kind(("paper", "whiteboard", "blackboard"), touching=True),
    "broken": Kind(("paper", "whiteboard"), broken=True),
    "mixed": Kind(("paper", "ruled", "form", "whiteboard", "blackboard"), (2, 8), words=0.6, clutter=4),
    "coloured": Kind(("coloured",)),
    "shadow": Kind(("paper", "whiteboard", "blackboard"), harsh=True),
    "bleeding": Kind(("paper",), bleeding=True),
    "texture": Kind(("fabric", "wood"), (0, 0)),
    "tilted": Kind(("paper", "ruled", "squared"), (2, 7), turn=30.0),
    "columns": Kind(("paper", "whiteboard"), layout="columns", turn=20.0),
    "scales": Kind(("paper", "whiteboard"), layout="scales", wear=0.25),
    "dry": Kind(("paper", "whiteboard", "blackboard"), dry=True),
    "desk": Kind(("paper",), (4, 9), desk=("leather",), distance=1.35, size=(0.025, 0.05), wear=0.1),
    "zeros": Kind(("paper", "whiteboard"), (3, 9), size=(0.02, 0.04), small_zeros=True, wear=0.25),
    "words": Kind(("paper", "ruled", "whiteboard", "blackboard"), (2, 9), words=1.0, clutter=2),
    "scribbles": Kind(("paper", "squared", "whiteboard", "blackboard"), (0, 0), clutter=9),
    "things": Kind(("things",), (0, 0)),
    "empty": Kind(("paper", "ruled", "squared", "form", "whiteboard", "blackboard"), (0, 0)),
    "sums": Kind(("paper", "ruled", "whiteboard", "blackboard"), (2, 7), size=(0.05, 0.2), signs=True),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing on the sheet.

    Attributes:
        kind: "digit", "letter", "symbol", "scribble" or "rule"; "behind" for whatever shines through.
        text: the character, where it is one.
        box: in pixels of the picture; of size 0 where it is out of view.
        row: which row of the sheet it stands in, from the top; -1 for what stands in none.
    """

    kind: str
    text: str
    box: Box
    row: int


@dataclass(frozen=True)
class Scene:
    """A picture and what is on it.

    Attributes:
        image: (h, w, 3) uint8 BGR.
        marks: all that was drawn.
        owners: (h, w) int16, for each pixel the index of the mark whose ink it shows, or -1.
    """

    image: NDArray[np.uint8]
    marks: tuple[Mark, ...]
    owners: NDArray[np.int16]

    @cached_property
    def digits(self) -> tuple[Mark, ...]:
        """The digits in view, row by row, from left to right."""
        return tuple(mark for mark in self.marks if mark.kind == "digit" and mark.box.width > 0)

    @property
    def numbers(self) -> tuple[str, ...]:
        """What each row with digits says, gaps left out, from top to bottom."""
        rows: dict[int, str] = {}
        for mark in self.digits:
            rows[mark.row] = rows.get(mark.row, "") + mark.text
        return tuple(rows[row] for row in sorted(rows))


def render(
    kind: str,
    rng: np.random.Generator,
    writers: Writers | None = None,
    *,
    shape: tuple[int, int] = (480, 640),
    wear: float = 1.0,
) -> Scene:
    """Draw a scene.

    Args:
        kind: one of `KINDS`.
        rng: decides everything else.
        writers: whose hands there are; the project's own pen if absent.
        shape: (h, w) of the picture.
        wear: of tilt, blur, noise and compression, from 0 (a still sheet before a good camera) to 1.
    """
    content = KINDS[kind]
    surface = content.surfaces[int(rng.integers(len(content.surfaces)))]
    sheet = Sheet(surface, shape, rng)
    writers = writers or Writers()
    wear *= content.wear
    if content.bleeding:
        _fill(sheet, content, writers, rng)
        sheet.turn_over(rng)
    _fill(sheet, content, writers, rng)
    homography = optics.viewpoint(shape, wear * float(rng.random() < 0.8), rng, turn=content.turn)
    homography = optics.from_afar(homography, shape, content.distance)
    desk = content.desk[int(rng.integers(len(content.desk)))] if content.desk else None
    seen, owners = sheet.seen(homography, rng, desk=desk)
    image = optics.photographed(optics.lit(seen, rng, harsh=content.harsh), rng, wear=wear)
    boxes = _boxes(owners, len(sheet.drawn))
    marks = tuple(
        Mark(piece.kind, piece.text, box, row) for (piece, row), box in zip(sheet.drawn, boxes, strict=True)
    )
    return Scene(image, marks, owners)


def _fill(sheet: Sheet, content: Kind, writers: Writers, rng: np.random.Generator) -> None:
    """Rows from the top to the bottom of the sheet, and clutter where it falls."""
    if content.layout != "rows":
        {"columns": _fill_columns, "scales": _fill_scales}[content.layout](sheet, writers, rng)
        return
    height, width = sheet.shape
    rows = int(rng.integers(content.rows[0], content.rows[1] + 1))
    tall = min(height * rng.uniform(*content.size), 0.62 * height / max(rows, 1))
    dark = sheet.pen(rng)
    y = rng.uniform(0.04, 0.2) * height
    for row in range(rows):
        if rng.random() < 0.1:
            dark = sheet.pen(rng)
        size = tall * rng.uniform(0.85, 1.1)
        if y + size > 0.97 * height:
            break
        x = rng.uniform(0.04, 0.25) * width
        while x < 0.9 * width:
            if rng.random() < content.words:
                pieces = (Writers() if content.printed else writers).word(_word(rng), size * 1.25, rng)
            else:
                pieces = _pieces(content, writers, size, rng)
            end = max((piece.x + piece.coverage.shape[1] for piece in pieces), default=0) + x
            if end > 0.97 * width:
                break
            for piece in pieces:
                broken = content.broken and rng.random() < 0.5
                sheet.draw(piece, (x, y), dark, row, rng, broken=broken, dry=content.dry)
            x = end + size * rng.uniform(0.7, 2.5)
            if rng.random() < 0.4:
                break
        y += size * rng.uniform(1.35, 2.0)
    for _ in range(int(rng.integers(content.clutter + 1)) if content.clutter else 0):
        size = height * rng.uniform(0.06, 0.3)
        piece = writers.symbol(size, rng) if rng.random() < 0.6 else writers.scribble(size, rng)
        place = rng.uniform(0, 0.9) * width, rng.uniform(0, 0.85) * height
        if sheet.is_free(piece, place):
            sheet.draw(piece, place, sheet.pen(rng), -1, rng)


def _pieces(content: Kind, writers: Writers, size: float, rng: np.random.Generator) -> list[Piece]:
    """A number, or several with signs between them."""
    if content.signs:
        return writers.signed(_signed(rng), size, rng)
    return writers.number(_number(rng), size, rng, touching=content.touching, small_zeros=content.small_zeros)


def _fill_columns(sheet: Sheet, writers: Writers, rng: np.random.Generator) -> None:
    """Numbers of a few digits below and beside each other, in one hand and pen, as in a list or a table."""
    height, width = sheet.shape
    rows, longest = int(rng.integers(2, 9)), int(rng.integers(1, 5))
    pitch = 0.92 * height / rows
    size = min(pitch * rng.uniform(0.45, 0.75), 0.4 * width / (longest + 1))
    column = size * (longest + rng.uniform(0.6, 3))
    pen = sheet.pen(rng)
    for row in range(rows):
        for x in np.arange(0.05 * width, 0.96 * width - longest * size, column):
            text = "".join(map(str, rng.integers(0, 10, int(rng.integers(1, longest + 1)))))
            place = float(x), 0.04 * height + row * pitch
            for piece in writers.number(text, size, rng):
                sheet.draw(piece, place, pen, row, rng)


def _fill_scales(sheet: Sheet, writers: Writers, rng: np.random.Generator) -> None:
    """One digit nearly as high as the sheet may be, and beside it rows of any size down to a dozen pixels."""
    height, width = sheet.shape
    pen = sheet.pen(rng)
    tall = rng.uniform(0.4, 0.9) * height
    (huge,) = writers.number(str(rng.integers(10)), tall, rng)
    sheet.draw(huge, (0.03 * width - huge.x, (height - tall) / 2), pen, 0, rng)
    start = 0.03 * width + huge.coverage.shape[1] + 0.1 * tall
    y, row = 0.04 * height, 1
    while y < 0.9 * height:
        size = float(np.exp(rng.uniform(np.log(14), np.log(0.2 * height))))
        most = int(0.9 * (width - start) / size)
        if most >= 1 and y + size < 0.95 * height:
            text = "".join(map(str, rng.integers(0, 10, int(rng.integers(1, min(most, 8) + 1)))))
            for piece in writers.number(text, size, rng):
                sheet.draw(piece, (start, y), pen, row, rng)
        y, row = y + size * rng.uniform(1.5, 2.2), row + 1


def _number(rng: np.random.Generator) -> str:
    digits = "".join(str(digit) for digit in rng.integers(0, 10, int(rng.integers(1, 9))))
    gap = int(rng.integers(2, 7))
    return f"{digits[:gap]} {digits[gap:]}".strip() if rng.random() < 0.15 else digits


def _signed(rng: np.random.Generator) -> str:
    """Digits among signs, of those that the pen can write: a sum, a date, an amount, a telephone number."""
    write = (texts.calculation, texts.amount, texts.entry)
    while True:
        characters = set(text := write[int(rng.integers(3))](rng))
        if characters & SIGNS.keys() and characters <= {" ", *FORMS, *SIGNS}:
            return text


def _word(rng: np.random.Generator) -> str:
    """Letters at least half of which are like no digit: whether Zoll is 2011, nobody can say."""
    alphabet = _CYRILLIC if rng.random() < 0.2 else _LETTERS
    while True:
        places = rng.integers(len(alphabet), size=int(rng.integers(1, 9)))
        word = "".join(alphabet[int(at)] for at in places)
        if 2 * sum(letter in NO_DIGITS for letter in word) >= len(word):
            return word


def _boxes(owners: NDArray[np.int16], count: int) -> list[Box]:
    """The box of each mark's visible ink."""
    ys, xs = np.nonzero(owners >= 0)
    of = owners[ys, xs]
    left, top = np.full(count, 1 << 14), np.full(count, 1 << 14)
    right, bottom = np.full(count, -1), np.full(count, -1)
    np.minimum.at(left, of, xs)
    np.maximum.at(right, of, xs)
    np.minimum.at(top, of, ys)
    np.maximum.at(bottom, of, ys)
    empty = right < 0
    left[empty], top[empty], right[empty], bottom[empty] = 0, 0, -1, -1
    return [
        Box(*(int(v) for v in box)) for box in zip(left, top, right - left + 1, bottom - top + 1, strict=True)
    ]
