"""A page while it is filled: a canvas, a frame for the writing, hands and inks."""

import cv2
import numpy as np

from webcam_digits.train.data.datasets import Picture
from webcam_digits.train.scenes import grounds, lines, texts
from webcam_digits.train.scenes.canvas import Canvas, Ink
from webcam_digits.train.scenes.glyphs import Matrix, Patch, PictureGlyph, stroked
from webcam_digits.train.scenes.hands import Hand
from webcam_digits.train.scenes.library import Library
from webcam_digits.types import DIGITS

SHAPE = (128, 160)  # (h, w) of a crop, in pixels
MOST_PIECES = 46  # characters on a page
_GIANT = 85.0  # pixels; a higher digit is read at a coarser scale, and is ground at this one
_CLEAR = 1.6  # of the ground's deviation; ink of less contrast is lost in it
_MOST_NESTED, _MOST_APART = 0.4, 0.1  # of a digit's height: how far neighbours are pushed until they touch
_MIRRORED_ALIKE = "01258"  # digits that are like a digit from behind, too


def height_of(place: Matrix) -> float:
    """Pixels of a digit's height in a frame."""
    return float(np.sqrt(abs(np.linalg.det(place[:, :2]))))


class Page:
    """What all kinds of crops are drawn with.

    Attributes:
        library: of hands and fonts.
        rng: decides everything.
        pieces: characters that were written so far.
        canvas: what was drawn so far.
        cut: left, top, right, bottom in pixels of what is cut out of it; None for all of it.
        poor: how bad the camera may be, 0..1.
    """

    def __init__(self, library: Library, rng: np.random.Generator) -> None:
        self.library = library
        self.rng = rng
        self.pieces = 0
        self.canvas = Canvas(np.zeros((*SHAPE, 3), np.float32))
        self.cut: tuple[int, int, int, int] | None = None
        self.poor = float(rng.random() ** 1.6)  # most cameras are good

    def on(self, ground: grounds.Ground) -> None:
        """Begin with a ground."""
        self.canvas = Canvas(ground)

    def paper(self) -> None:
        """Begin with paper or a board, at times with an edge beyond which there is something else."""
        rng = self.rng
        ground = grounds.paper(SHAPE, rng)
        if rng.random() < 0.07:
            beyond = self.background() if rng.random() < 0.5 else grounds.paper(SHAPE, rng)
            angle = rng.uniform(0, 2 * np.pi)
            y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32)
            across = np.cos(angle) * (x - SHAPE[1] / 2) + np.sin(angle) * (y - SHAPE[0] / 2)
            share = np.clip(across - rng.uniform(15, 60), 0, 1)[..., None]
            ground = np.asarray(ground + (beyond - ground) * share, np.float32)
        self.on(ground)

    def background(self) -> grounds.Ground:
        """What is not written on: cloth, wood, leaves, screens, rooms, photographs, things."""
        rng = self.rng
        match int(rng.choice(7, p=[0.12, 0.09, 0.14, 0.07, 0.17, 0.27, 0.14])):
            case 0:
                return grounds.cloth(SHAPE, rng)
            case 1:
                return grounds.wood(SHAPE, rng)
            case 2:
                return grounds.speckled(SHAPE, rng)
            case 3:
                return grounds.screen(SHAPE, rng)
            case 4:
                return grounds.panes(SHAPE, rng)
            case 5:
                return grounds.piece(self.library.photo(rng), SHAPE, rng)
        return grounds.things(SHAPE, rng, self.library.part)

    def frame(
        self,
        least: float = 11.0,
        most: float = 54.0,
        *,
        turn: float | None = None,
        at: tuple[float, float] | None = None,
    ) -> Matrix:
        """(2, 3) from heights of a digit to pixels: where, how large and how turned the writing is."""
        rng = self.rng
        size = float(np.exp(rng.uniform(np.log(least), np.log(most))))
        if turn is None:
            turn = rng.normal(0, 4) if rng.random() < 0.75 else rng.uniform(-35, 35)
        angle = np.deg2rad(turn)
        matrix = size * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        matrix = matrix @ (np.eye(2) + rng.normal(0, 0.03, (2, 2)))
        origin = rng.uniform(-0.05, 0.5) * SHAPE[1], rng.uniform(0.02, 0.7) * SHAPE[0]
        return np.column_stack([matrix, origin if at is None else at])

    def ink(self, *, faint: float = 0.22) -> Ink:
        """A pen's that can be seen on the canvas."""
        rng = self.rng
        mean, deviation = (part[:, 0] for part in cv2.meanStdDev(self.canvas.view))
        bright = float(mean.mean())
        dark = bright > 105 if abs(bright - 105) > 45 else bool(rng.random() < 0.5)
        weak = rng.random() < faint  # pencil, a worn marker, thin chalk
        contrast = rng.uniform(13, 55) if weak else rng.uniform(55, 235)
        contrast = max(contrast, _CLEAR * float(deviation.mean()))
        level = bright - contrast if dark else bright + contrast
        colour = np.clip(level, 4, 252) * np.ones(3)
        lot = rng.random()
        if lot < 0.45:  # coloured: blue, red, green, any; the ink takes more of some channels
            tints = ((1.9, 0.9, 0.6), (0.7, 0.7, 1.8), (0.8, 1.5, 0.7), tuple(rng.uniform(0.5, 1.6, 3)))
            tint = np.array(tints[int(rng.choice(4, p=[0.5, 0.22, 0.13, 0.15]))])
            colour = np.clip(colour * tint if dark else 255 - (255 - colour) * tint, 2, 253)
        grain = rng.uniform(0.1, 0.5) if rng.random() < 0.25 else 0.0
        ebb = rng.uniform(0.2, 0.75) if rng.random() < 0.12 else 0.0
        gaps = rng.uniform(0.1, 0.6) if rng.random() < 0.06 else 0.0
        return Ink(
            colour.astype(np.float32), float(rng.uniform(0.8, 1.0)), float(grain), float(ebb), float(gaps)
        )

    def write(
        self,
        text: str,
        hand: Hand,
        ink: Ink,
        place: Matrix,
        at: tuple[float, float] = (0.0, 0.0),
        *,
        size: float = 1.0,
        counts: bool = True,
        pitch: float | None = None,
    ) -> float:
        """Write a text in a row; where its digits do not count, they are like any other ink.

        Returns:
            Where it ends, in heights of a digit.
        """
        rng, style = self.rng, hand.style
        x, y = at
        unit = height_of(place)
        drift = rng.normal(0, 0.015)
        joint: tuple[float, float] | None = None  # where the last character's ink ends
        before: Patch | None = None  # that ink
        for character in text:
            if character == " ":
                x += size * rng.uniform(0.4, 0.8)
                joint = before = None
                continue
            glyph = hand.glyph(character)
            if glyph is None or self.pieces >= MOST_PIECES:
                continue
            self.pieces += 1
            own = size * (1 + style.variation * float(np.clip(rng.normal(), -2, 2)))
            own *= {"0": style.zero, "1": style.one}.get(character, 1.0)
            drop = style.variation * rng.normal() + drift * (x - at[0])
            start = (
                x if pitch is None else x + max((pitch - own * glyph.right) / 2, -0.1) + rng.normal(0, 0.06)
            )
            step = np.array([[own, 0, start], [0, own, y + size - own + drop]])
            there = place[:, :2] @ step
            there[:, 2] += place[:, 2]
            patch = glyph.ink(there, style.pen * unit * max(own, 0.6), SHAPE)
            if before and patch and pitch is None and rng.random() < style.touching:
                along = place[:, 0] * own
                shift = before.gap(patch) / float(np.hypot(*along)) + rng.uniform(-0.01, 0.06)
                shift = float(np.clip(shift, -_MOST_APART, _MOST_NESTED))
                patch = patch.moved(-shift * along)
                start -= shift * own
            before = patch
            readable = counts and character in DIGITS and unit * own <= _GIANT
            digit = int(character) if readable else None
            self.canvas.stamp(patch, ink, rng, digit)
            end = start + own * glyph.right
            if joint is not None and rng.random() < style.joined:
                self._join(joint, (start, y + size - own * rng.uniform(0.3, 0.9)), hand, ink, place)
            joint = end, y + size - own * float(rng.uniform(0.3, 0.9))
            x = end + size * (style.spacing + 0.03 * rng.normal()) if pitch is None else x + pitch
        return x

    def _join(
        self, start: tuple[float, float], end: tuple[float, float], hand: Hand, ink: Ink, place: Matrix
    ) -> None:
        """A stroke from one character to the next, as of a pen that was not lifted."""
        middle = np.add(start, end) / 2 + [0, self.rng.normal(0, 0.1)]
        points = np.array([start, middle, end]) @ place[:, :2].T + place[:, 2]
        pen = max(hand.style.pen * height_of(place) * self.rng.uniform(0.5, 1), 0.5)
        self.canvas.stamp(stroked([points], [np.array([pen])], SHAPE), ink, self.rng)

    def strike(self, ends: tuple[float, float], y: float, hand: Hand, ink: Ink, place: Matrix) -> None:
        """Strike out what stands from one of these ends to the other, its top at y."""
        pen = max(hand.style.pen * height_of(place) * self.rng.uniform(0.7, 1.4), 0.8)
        for points in lines.strikes(*ends, y, self.rng):
            there = points @ place[:, :2].T + place[:, 2]
            self.canvas.stamp(stroked([there], [np.array([pen])], SHAPE), ink, self.rng)

    def ruling(self, segments: lines.Segments, place: Matrix, *, strong: bool = False) -> None:
        """Draw printed lines."""
        rng = self.rng
        if not segments:
            return
        unit = height_of(place)
        thick = max(unit * float(np.exp(rng.uniform(np.log(0.015), np.log(0.09)))), 0.3)
        ground = np.array(cv2.mean(self.canvas.view)[:3])
        away = rng.uniform(40, 220) if strong else rng.uniform(10, 130)
        colour = ground - away if ground.mean() > 110 else ground + away
        if rng.random() < 0.4:
            colour = colour * rng.uniform(0.75, 1.3, 3)
        mask = lines.drawn(segments, place, SHAPE, thick)
        self.canvas.lines(mask, np.clip(colour, 0, 255).astype(np.float32), float(rng.uniform(0.5, 1)))

    def bounds(self, place: Matrix) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in heights of a digit of what is in view."""
        return lines.reach(place, SHAPE)

    def picture(
        self, picture: Picture, ink: Ink, place: Matrix, at: tuple[float, float], tall: float
    ) -> None:
        """Draw a picture of ink, `tall` heights of a digit high."""
        if picture.size:
            unit = max(picture.shape) / tall
            matrix = np.array([[1 / unit, 0, at[0]], [0, 1 / unit, at[1]]])
            glyph = PictureGlyph(picture, matrix, 0.0)
            self.canvas.stamp(glyph.ink(place, 1.0, SHAPE), ink, self.rng)

    def company(self, place: Matrix, count: int) -> None:
        """Words, signs and doodles anywhere in view."""
        rng = self.rng
        left, top, right, bottom = self.bounds(place)
        scribe, ink = self.library.scribe(rng), self.ink()
        for _ in range(count):
            at = float(rng.uniform(left, right)), float(rng.uniform(top, bottom))
            size = float(np.exp(rng.normal(0, 0.3)))
            if self._taken(place, at):
                continue
            lot = rng.random()
            if lot < 0.6:
                self.write(texts.word(rng), scribe, ink, place, at, size=size)
            elif lot < 0.8:
                self.write(texts.signs(rng), scribe, ink, place, at, size=size, counts=False)
            else:
                self.picture(self.library.other(rng), ink, place, at, size)

    def _taken(self, place: Matrix, at: tuple[float, float]) -> bool:
        """Whether a digit is at or right of a place, so that a word there would run over it."""
        x, y = place[:, :2] @ at + place[:, 2]
        unit = height_of(place)
        return any(
            box[0] - 3 * unit < x < box[2] + unit and box[1] - unit < y < box[3] + 0.6 * unit
            for box in self.canvas.boxes
        )

    def back(self, place: Matrix) -> None:
        """Writing on the back that shines through: mirrored, soft, faint, and not to be read."""
        rng = self.rng
        left, top, right, bottom = self.bounds(place)
        mirrored = place @ np.array([[-1, 0, 0], [0, 1, 0], [0, 0, 1.0]])
        clean, self.canvas.view = self.canvas.view, self.canvas.view.copy()
        boxes, labels, least, contrast = (
            self.canvas.boxes,
            self.canvas.labels,
            self.canvas.least,
            self.canvas.contrast,
        )
        self.canvas.boxes, self.canvas.labels = [], []
        hand, ink = self.library.hand(rng), self.ink(faint=0)
        y = rng.uniform(top - 1, top + 1)
        while y < bottom and self.pieces < MOST_PIECES:
            text = texts.word(rng) if rng.random() < 0.5 else texts.digits(rng)
            self.write(text, hand, ink, mirrored, (-float(rng.uniform(left + 1, right + 2)), float(y)))
            y += rng.uniform(1.2, 3)
        unit = height_of(place)
        soft = cv2.GaussianBlur(self.canvas.view - clean, (0, 0), unit * rng.uniform(0.02, 0.08) + 0.3)
        self.canvas.view = clean + np.float32(rng.uniform(0.04, 0.28)) * soft
        self.canvas.ignored += [
            box
            for box, label in zip(self.canvas.boxes, self.canvas.labels, strict=True)
            if str(label) in _MIRRORED_ALIKE
        ]
        self.canvas.boxes, self.canvas.labels, self.canvas.least, self.canvas.contrast = (
            boxes,
            labels,
            least,
            contrast,
        )
