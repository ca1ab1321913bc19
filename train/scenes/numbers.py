"""Pages with numbers on them."""

from dataclasses import replace

import cv2
import numpy as np

from webcam_digits.train.scenes import grounds, lines, texts
from webcam_digits.train.scenes.glyphs import Matrix, stroked
from webcam_digits.train.scenes.page import MOST_PIECES, SHAPE, Page, height_of


def rows(page: Page) -> None:
    """Rows of numbers on paper or a board, among words and lines."""
    rng = page.rng
    if rng.random() < 0.12:
        page.on(page.background())
    else:
        page.paper()
    place = page.frame()
    bounds = page.bounds(place)
    lot = rng.random()
    if lot < 0.45:
        page.ruling(lines.OVERALL[int(rng.choice(4, p=[0.45, 0.4, 0.08, 0.07]))](bounds, rng), place)
    if rng.random() < 0.08:
        page.back(place)
        page.pieces = 0
    hand, ink, scribe = page.library.hand(rng), page.ink(), page.library.scribe(rng)
    left, top, right, bottom = bounds
    pitch = rng.uniform(1.25, 2.4)
    first = -np.floor(rng.uniform(0, max(-top, 0) / pitch + 0.5))
    margin = rng.uniform(left, left + 0.4 * (right - left))
    plain, words, gap = rng.random() < 0.5, rng.random() < 0.3, rng.uniform(0.8, 4)
    longest = 1 if rng.random() < 0.22 else 8  # single digits, far apart
    for row in range(8):
        y = (first + row) * pitch
        if y > bottom or page.pieces >= MOST_PIECES:
            break
        x = margin + rng.normal(0, 0.15)
        if words and rng.random() < 0.5:
            x = page.write(texts.word(rng), scribe, ink, place, (x, y)) + rng.uniform(0.3, 1)
        while x < right:
            text = texts.digits(rng, longest) if plain or longest == 1 else texts.number(rng)
            x = page.write(text, hand, ink, place, (x, y)) + gap * rng.uniform(0.7, 1.4)
            if longest > 1 and rng.random() < 0.3:
                break
    if rng.random() < 0.2:
        page.company(place, int(rng.integers(1, 4)))
    if rng.random() < 0.06:
        _highlight(page, place)


def _highlight(page: Page, place: Matrix) -> None:
    """A band of a highlighter over a row, which takes light of some colours."""
    rng = page.rng
    left, top, right, bottom = page.bounds(place)
    y, tall = rng.uniform(top, bottom), rng.uniform(0.7, 1.4)
    start, end = np.sort(rng.uniform(left, right, 2))
    corners = np.array([[start, y], [end, y + rng.normal(0, 0.1)], [end, y + tall], [start, y + tall]])
    band = np.zeros(SHAPE, np.uint8)
    points = np.round((corners @ place[:, :2].T + place[:, 2]) * 16).astype(np.int32)
    cv2.fillPoly(band, [points], 255, cv2.LINE_AA, 4)
    passed = np.array(((0.45, 0.97, 1.0), (0.6, 1.0, 0.6), (0.85, 0.65, 1.0), (0.4, 0.75, 1.0)))[
        int(rng.integers(4))
    ]
    share = band[..., None].astype(np.float32) / 255
    page.canvas.view *= 1 - share * (1 - passed.astype(np.float32))


def single(page: Page) -> None:
    """One to a few digits of any size, also nearly as high as the crop."""
    rng = page.rng
    page.paper()
    place = page.frame(20, 64)
    if rng.random() < 0.3:
        page.ruling(lines.OVERALL[int(rng.integers(4))](page.bounds(place), rng), place)
    hand = page.library.hand(rng)
    if rng.random() < 0.3:  # a marker, a brush, a finger on a screen
        hand.style = replace(hand.style, pen=float(rng.uniform(0.12, 0.28)))
    page.write(texts.digits(rng, 1 if rng.random() < 0.5 else 3), hand, page.ink(), place)
    if rng.random() < 0.3:
        page.company(place, 2)


def cutout(page: Page) -> None:
    """One number cut out of a cheque, a logbook or a form: what is beyond its edges is gone."""
    rng = page.rng
    on_paper = rng.random()
    page.paper()
    page.poor = float(rng.random() ** 0.8)  # a cell is a few pixels of a large picture
    number = texts.amount(rng) if rng.random() < 0.65 else texts.digits(rng, 6)
    size = float(np.exp(rng.uniform(np.log(12), np.log(44))))
    size = max(min(size, 150 / (0.75 * len(number) + 0.5)), 11)
    at = rng.uniform(3, max(SHAPE[1] - 0.75 * len(number) * size, 6)), rng.uniform(8, SHAPE[0] - size - 8)
    place = page.frame(size, size + 1, turn=rng.normal(0, 3), at=(float(at[0]), float(at[1])))
    bounds = page.bounds(place)
    if on_paper < 0.35:
        for _ in range(int(rng.integers(1, 3))):
            page.ruling(lines.waves(bounds, rng) if rng.random() < 0.75 else lines.dots(bounds, rng), place)
    elif on_paper < 0.45:
        page.ruling(lines.OVERALL[int(rng.integers(2))](bounds, rng), place)
    hand, ink = page.library.hand(rng, printed=0.04), page.ink(faint=0.4)
    end = page.write(number, hand, ink, place)
    if rng.random() < 0.6:
        page.ruling(lines.frame(end, rng), place, strong=True)
    if rng.random() < 0.25:  # a neighbour above, below or beside
        dx, dy = ((0, 1.25), (0, -1.25), (end + 0.8, 0))[int(rng.integers(3))]
        page.write(texts.digits(rng, 4), hand, ink, place, (dx, dy))
    if rng.random() < 0.85:
        corners = np.array([[0, 0], [end, 0], [0, 1], [end, 1]]) @ place[:, :2].T + place[:, 2]
        first = np.maximum(np.floor(corners.min(axis=0) - size * rng.uniform(0.02, 0.7, 2)), 0)
        last = np.minimum(np.ceil(corners.max(axis=0) + size * rng.uniform(0.02, 0.7, 2)), SHAPE[::-1])
        if (last - first > 10).all():
            (left, top), (right, bottom) = first.astype(int).tolist(), last.astype(int).tolist()
            page.cut = left, top, right, bottom


def printed(page: Page) -> None:
    """Printed matter: numbers between words."""
    rng = page.rng
    page.paper()
    place = page.frame(10, 46)
    left, top, right, bottom = page.bounds(place)
    printer = page.library.hand(rng, printed=1.0)
    other = printer if rng.random() < 0.7 else page.library.hand(rng, printed=1.0)
    ink, pitch, words = page.ink(faint=0.1), rng.uniform(1.3, 2.2), rng.uniform(0.2, 0.8)
    for row in range(8):
        y, x = top + 0.3 + row * pitch, rng.uniform(left, left + 2)
        while x < right and y < bottom and page.pieces < MOST_PIECES:
            text = texts.word(rng) if rng.random() < words else texts.number(rng)
            x = page.write(text, printer if rng.random() < 0.8 else other, ink, place, (x, y))
            x += rng.uniform(0.4, 1.2)


def sums(page: Page) -> None:
    """Calculations: brackets and signs that touch digits, fractions, powers."""
    rng = page.rng
    page.paper()
    place = page.frame(12, 50, turn=rng.normal(0, 6))
    left, _, _, bottom = page.bounds(place)
    if rng.random() < 0.35:
        page.ruling(lines.OVERALL[int(rng.integers(2))](page.bounds(place), rng), place)
    hand, ink = page.library.hand(rng, printed=0.08), page.ink()
    pitch = rng.uniform(1.6, 2.8)
    for row in range(4):
        y, x = row * pitch - 0.2, rng.uniform(max(left, -1), 1)
        if y > bottom:
            break
        lot = rng.random()
        if lot < 0.6:
            x = page.write(texts.calculation(rng), hand, ink, place, (x, y))
        elif lot < 0.8:  # powers and indices
            for _ in range(int(rng.integers(1, 4))):
                x = page.write(texts.digits(rng, 2), hand, ink, place, (x, y))
                raised = -0.45 if rng.random() < 0.8 else 0.75
                x = page.write(
                    texts.digits(rng, 2), hand, ink, place, (x - 0.1, y + raised), size=rng.uniform(0.5, 0.75)
                )
                x = page.write(str(rng.choice(list("+-×="))), hand, ink, place, (x + 0.1, y)) + 0.1
        else:  # fractions
            for _ in range(int(rng.integers(1, 4))):
                above, below = texts.digits(rng, 3), texts.digits(rng, 3)
                end = max(
                    page.write(above, hand, ink, place, (x, y - 0.75), size=0.8),
                    page.write(below, hand, ink, place, (x, y + 0.55), size=0.8),
                )
                bar = np.array([[x - 0.15, y + 0.27], [end + 0.05, y + 0.27 + rng.normal(0, 0.05)]])
                unit = height_of(place)
                points = bar @ place[:, :2].T + place[:, 2]
                thick = np.array([max(hand.style.pen * unit, 0.6)])
                page.canvas.stamp(stroked([points], [thick], SHAPE), ink, rng)
                x = page.write(str(rng.choice(list("+-×="))), hand, ink, place, (end + 0.2, y - 0.1)) + 0.2
            break


def room(page: Page) -> None:
    """A sheet held up in a room: digits of 11 to 30 pixels, a busy background."""
    rng = page.rng
    page.on(page.background())
    place = page.frame(11, 30, turn=rng.normal(0, 8), at=(rng.uniform(20, 80), rng.uniform(20, 80)))
    wide, tall = rng.uniform(2.5, 7), rng.uniform(1.6, 5)
    corners = np.array([[-0.6, -0.5], [wide, -0.5], [wide, tall], [-0.6, tall]]) + rng.normal(0, 0.12, (4, 2))
    points = np.round((corners @ place[:, :2].T + place[:, 2]) * 16).astype(np.int32)
    sheet = grounds.paper(SHAPE, rng)
    mask = np.zeros(SHAPE, np.uint8)
    cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, 4)
    background = page.canvas.view
    page.on(sheet)
    hand, ink = page.library.hand(rng, printed=0.05), page.ink(faint=0.1)
    y = 0.0
    while y + 1 < tall:
        text = texts.digits(rng, max(int(wide / 0.9), 1))
        page.write(text, hand, ink, place, (rng.uniform(0, 0.6), y))
        y += rng.uniform(1.3, 2.2)
    alpha = mask[..., None].astype(np.float32) / 255
    canvas = page.canvas
    canvas.view = np.asarray(background + (canvas.view - background) * alpha, np.float32)
    for i in reversed(range(len(canvas.boxes))):  # what was written beyond the sheet is not there
        left, top, right, bottom = canvas.boxes[i]
        inside = float((mask[top:bottom, left:right] > 127).mean())
        if inside < 0.97:
            box = canvas.boxes.pop(i)
            canvas.labels.pop(i)
            if inside > 0.1:
                canvas.ignored.append(box)
    if rng.random() < 0.4:  # a thumb on its edge
        thumb = points[int(rng.integers(4))] / 16 + rng.normal(0, 4, 2)
        axes = (np.array([0.5, 0.9]) * rng.uniform(8, 26)).astype(int).tolist()
        skin = (np.array([120.0, 160, 215]) * rng.uniform(0.3, 1.1)).tolist()
        before = canvas.view.copy()
        cv2.ellipse(
            canvas.view,
            thumb.astype(int).tolist(),
            axes,
            float(rng.uniform(0, 180)),
            0,
            360,
            skin,
            -1,
            cv2.LINE_AA,
        )
        changed = np.abs(canvas.view - before).max(axis=2) > 2
        for i in reversed(range(len(canvas.boxes))):
            left, top, right, bottom = canvas.boxes[i]
            if changed[top:bottom, left:right].any():
                canvas.ignored.append(canvas.boxes.pop(i))
                canvas.labels.pop(i)


def struck(page: Page) -> None:
    """Numbers struck out, which do not count, beside valid ones."""
    rng = page.rng
    page.paper()
    place = page.frame(13, 44, turn=rng.normal(0, 5))
    left, _, right, bottom = page.bounds(place)
    if rng.random() < 0.3:
        page.ruling(lines.OVERALL[int(rng.integers(2))](page.bounds(place), rng), place)
    hand, ink = page.library.hand(rng, printed=0.08), page.ink()
    pitch = rng.uniform(1.5, 2.6)
    for row in range(5):
        y = row * pitch
        if y > bottom:
            break
        x = rng.uniform(max(left, -1), 0.6)
        for _ in range(3):
            struck = rng.random() < 0.5
            start, x = x, page.write(texts.digits(rng, 4), hand, ink, place, (x, y), counts=not struck)
            if struck:
                page.strike((start, x - hand.style.spacing), y, hand, ink, place)
            x += rng.uniform(0.5, 2)
            if x > right:
                break
