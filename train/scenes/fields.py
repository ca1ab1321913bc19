"""Pages to fill in: comb fields, tables, lines with labels before them."""

from dataclasses import dataclass

import cv2
import numpy as np

from webcam_digits.train.scenes import lines, texts
from webcam_digits.train.scenes.canvas import Ink
from webcam_digits.train.scenes.glyphs import Matrix
from webcam_digits.train.scenes.hands import Hand
from webcam_digits.train.scenes.page import Page


@dataclass(frozen=True, slots=True)
class _Form:
    """Where it is written, who fills it in with what, and who printed it with what."""

    place: Matrix
    hand: Hand
    ink: Ink
    printer: Hand
    black: Ink


def combs(page: Page) -> None:
    """Comb fields with a digit in each of some places."""
    rng, form = page.rng, _form(page)
    _, top, _, bottom = page.bounds(form.place)
    down, pitch, cells = rng.uniform(1.6, 3.2), rng.uniform(0.75, 1.5), int(rng.integers(3, 10))
    for row in _rows(top, bottom, down):
        own = shifted(form.place, rng.normal(0, 0.1), row * down)
        page.ruling(lines.comb(cells, pitch, rng), own, strong=True)
        if rng.random() < 0.8:
            text = texts.digits(rng, int(rng.integers(1, cells + 1)))[:cells]
            page.write(text, form.hand, form.ink, own, pitch=pitch)
        if rng.random() < 0.4:
            page.write(texts.word(rng), form.printer, form.black, own, (0.0, -0.9), size=0.6)


def tables(page: Page) -> None:
    """Tables, mark sheets, sudokus, at times with coloured cells."""
    rng, form = page.rng, _form(page)
    across, down = rng.uniform(0.9, 4), rng.uniform(1.15, 2.2)
    columns, rows = int(rng.integers(2, 8)), int(rng.integers(2, 7))
    place = shifted(form.place, -across * rng.integers(columns), -down * rng.integers(rows))
    if rng.random() < 0.3:
        _colour_cells(page, place, (across, down), (columns, rows))
    page.ruling(lines.table((across, down), (columns, rows), rng), place, strong=True)
    scribe = page.library.scribe(rng, printed=0.2)
    headed = rng.random(2) < 0.35  # the writer's words in the first row, in the first column
    loose = 0.06 if rng.random() < 0.75 else 0.22  # some write over the lines
    filled, most = rng.uniform(0.3, 1), min(max(int(across / 0.75), 1), 5)
    for row in range(rows):
        for column in range(columns):
            at = column * across + rng.normal(0, loose), row * down + rng.normal(0, loose)
            if row == 0 and rng.random() < 0.3:
                page.write(texts.word(rng), form.printer, form.black, place, at, size=0.6)
            elif (headed[0] and row == 0) or (headed[1] and column == 0) or rng.random() < 0.04:
                word, size = texts.word(rng)[: most + 1], rng.uniform(0.6, 1.1)
                page.write(word, scribe, form.ink, place, at, size=size)
            elif rng.random() < filled:
                page.write(texts.digits(rng, most), form.hand, form.ink, place, at)
            elif rng.random() < 0.1:
                page.write(texts.signs(rng)[:1], form.hand, form.ink, place, at, counts=False)


def leaders(page: Page) -> None:
    """Dotted, dashed and whole lines to write on, with labels before them."""
    rng, form = page.rng, _form(page)
    left, top, _, bottom = page.bounds(form.place)
    down = rng.uniform(1.4, 2.6)
    for row in _rows(top, bottom, down):
        own = shifted(form.place, 0, row * down)
        label = texts.word(rng) + str(rng.choice(["", ":", "."]))
        page.write(label, form.printer, form.black, own, (left + 0.2, 0.1), size=0.8)
        own = shifted(own, rng.uniform(0, 1), 0)
        length, foot = rng.uniform(3, 8), rng.uniform(0.95, 1.15)
        dotted = rng.random() < 0.6
        rule = lines.leaders(length, rng) if dotted else [[[-0.3, foot], [length, foot]]]
        page.ruling(rule, own, strong=True)
        if rng.random() < 0.75:
            page.write(texts.number(rng), form.hand, form.ink, own)


def shifted(place: Matrix, x: float, y: float) -> Matrix:
    """A frame whose origin is moved by x and y of its own units."""
    return np.asarray(place @ np.array([[1, 0, x], [0, 1, y], [0, 0, 1]]))


def _form(page: Page) -> _Form:
    rng = page.rng
    page.paper()
    turn = rng.normal(0, 3) if rng.random() < 0.8 else rng.uniform(-25, 25)
    return _Form(
        place=page.frame(11, 44, turn=turn),
        hand=page.library.hand(rng, printed=0.15),
        ink=page.ink(),
        printer=page.library.scribe(rng, printed=0.9),
        black=page.ink(faint=0.1),
    )


def _rows(top: float, bottom: float, down: float) -> range:
    return range(int(np.floor(top / down)), int(np.ceil(bottom / down)))


def _colour_cells(page: Page, place: Matrix, pitch: tuple[float, float], cells: tuple[int, int]) -> None:
    rng = page.rng
    colour = rng.uniform(90, 250, 3)
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * pitch - [0.3, 0.25]
    for row in range(cells[1]):
        for column in range(cells[0]):
            if rng.random() < 0.3:
                corners = square + np.multiply(pitch, (column, row))
                points = np.round((corners @ place[:, :2].T + place[:, 2]) * 16).astype(np.int32)
                cv2.fillPoly(page.canvas.view, [points], colour.tolist(), cv2.LINE_AA, 4)
