"""Pages and views without a digit, on which the detector must read nothing."""

import numpy as np

from webcam_digits.train.scenes import lines, texts
from webcam_digits.train.scenes.glyphs import stroked
from webcam_digits.train.scenes.page import MOST_PIECES, SHAPE, Page, height_of


def words(page: Page) -> None:
    """Words and signs, written or printed, without a digit."""
    rng = page.rng
    if rng.random() < 0.15:
        page.on(page.background())
    else:
        page.paper()
    quarters = int(rng.integers(1, 4)) if rng.random() < 0.2 else 0  # a page on its side or its head
    place = page.frame(9, 60, turn=90 * quarters + rng.normal(0, 6) if quarters else None)
    left, top, right, bottom = page.bounds(place)
    if rng.random() < 0.3:
        page.ruling(lines.OVERALL[int(rng.integers(4))](page.bounds(place), rng), place)
    scribe, ink, pitch = page.library.scribe(rng, printed=0.25), page.ink(), rng.uniform(1.1, 2.4)
    only_signs, struck = rng.random() < 0.25, rng.random() < 0.2
    for row in range(8):
        y, x = top + rng.uniform(0, 0.5) + row * pitch, rng.uniform(left - 1, left + 2)
        while x < right and y < bottom and page.pieces < MOST_PIECES:
            sign = only_signs or rng.random() < 0.15
            text = texts.signs(rng) if sign else texts.word(rng)
            hand = scribe if rng.random() < 0.8 else page.library.hand(rng)
            start, x = x, page.write(text, hand, ink, place, (x, y), counts=False)
            if struck and rng.random() < 0.3:
                page.strike((start, x - hand.style.spacing), y, hand, ink, place)
            x += rng.uniform(0.3, 1)


def strange(page: Page) -> None:
    """Letters of strange alphabets, doodles and sketches."""
    rng = page.rng
    page.paper()
    place = page.frame(12, 60)
    left, top, right, bottom = page.bounds(place)
    if rng.random() < 0.3:
        page.ruling(lines.OVERALL[int(rng.integers(4))](page.bounds(place), rng), place)
    ink = page.ink()
    for _ in range(int(rng.integers(1, 14))):
        at = float(rng.uniform(left, right)), float(rng.uniform(top, bottom))
        page.picture(page.library.other(rng), ink, place, at, float(np.exp(rng.normal(0.1, 0.4))))


def ruled(page: Page) -> None:
    """Lines alone: paper, tables, combs, brackets, borders, hatching, dashes."""
    rng = page.rng
    page.paper()
    for _ in range(int(rng.integers(1, 4))):
        place = page.frame(10, 60)
        bounds = page.bounds(place)
        lot = rng.random()
        if lot < 0.4:
            segments = lines.OVERALL[int(rng.integers(4))](bounds, rng)
        elif lot < 0.55:
            segments = lines.comb(int(rng.integers(2, 10)), rng.uniform(0.4, 1.4), rng)
        elif lot < 0.7:
            segments = lines.table(
                (rng.uniform(0.4, 4), rng.uniform(0.5, 2)),
                (int(rng.integers(1, 9)), int(rng.integers(1, 7))),
                rng,
            )
        elif lot < 0.8:
            segments = lines.frame(rng.uniform(0.3, 5), rng)
        elif lot < 0.9:
            segments = lines.leaders(rng.uniform(2, 8), rng)
        else:  # long strokes, at any angle
            segments = [
                (rng.uniform(-2, 8, 2) + rng.normal(0, 3, (2, 2))).tolist()
                for _ in range(int(rng.integers(1, 6)))
            ]
        page.ruling(segments, place, strong=True)


def giant(page: Page) -> None:
    """Parts of digits that are far too large for this scale."""
    page.paper()
    place = page.frame(90, 260)
    page.write(texts.digits(page.rng, 4), page.library.hand(page.rng), page.ink(), place)


def shapes(page: Page) -> None:
    """Dots, rings, bars, squares and triangles in rows: dice, dominoes, buttons, keys, icons."""
    rng = page.rng
    if rng.random() < 0.5:
        page.paper()
    else:
        page.on(page.background())
    place = page.frame(9, 60)
    ink, tall, turn = page.ink(), rng.uniform(0.3, 1.0), rng.uniform(0, 2 * np.pi)
    corners = int(rng.choice([2, 3, 4, 6, 20, 20, 20]))
    filled, pen = rng.random() < 0.85, rng.uniform(0.04, 0.2)
    around = turn + np.linspace(0, 2 * np.pi, corners + 1)
    outline = np.column_stack([np.cos(around), np.sin(around)]) * (tall / 2) * rng.uniform(0.7, 1, 2)
    left, top, right, bottom = page.bounds(place)
    pitch = rng.uniform(0.9, 3, 2) * tall
    for y in np.arange(top, bottom, max(pitch[1], (bottom - top) / 7)):
        for x in np.arange(left, right, max(pitch[0], (right - left) / 9)):
            if rng.random() < 0.75:
                own = outline * 0.5 if filled and corners > 2 else outline
                points = (own + np.array([x, y])) @ place[:, :2].T + place[:, 2]
                width = np.array([(0.5 * tall if filled else pen) * height_of(place)])
                page.canvas.stamp(stroked([points], [width], SHAPE), ink, rng)


def view(page: Page) -> None:
    """Cloth, wood, leaves, screens, rooms, streets, faces, things: no writing, or letters only."""
    page.on(page.background())
    if page.rng.random() < 0.15:
        place = page.frame(10, 50)
        left, top, right, bottom = page.bounds(place)
        at = float(page.rng.uniform(left, right)), float(page.rng.uniform(top, bottom))
        page.write(texts.word(page.rng), page.library.scribe(page.rng, printed=0.8), page.ink(), place, at)


def empty(page: Page) -> None:
    """Paper with nothing on it but what shines through, stains, dust and noise."""
    rng = page.rng
    page.paper()
    place = page.frame(11, 54)
    lot = rng.random()
    if lot < 0.55:
        page.back(place)
    elif lot < 0.8:
        bounds = page.bounds(place)
        for _ in range(int(rng.integers(1, 12))):
            at = float(rng.uniform(bounds[0], bounds[2])), float(rng.uniform(bounds[1], bounds[3]))
            points = (rng.normal(0, rng.uniform(0.02, 0.15), (3, 2)) + at) @ place[:, :2].T + place[:, 2]
            page.canvas.stamp(stroked([points], [np.array([rng.uniform(0.7, 6)])], SHAPE), page.ink(), rng)
    page.canvas.contrast = float(rng.uniform(5, 120))
