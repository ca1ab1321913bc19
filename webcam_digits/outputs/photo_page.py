"""The page that shows how one photo was read: what was found on it, and what became of each find."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits import __version__
from webcam_digits.drawing.canvas import Colour
from webcam_digits.drawing.labels import place_tags
from webcam_digits.drawing.windows import outline_windows
from webcam_digits.outputs.html import document, embedded
from webcam_digits.reading.candidates import NONE, Candidate, Guess, candidates_of
from webcam_digits.reading.reader import Inspection
from webcam_digits.reading.regions import Regions
from webcam_digits.scaling import fitted
from webcam_digits.types import Box, Image, Reading

_MOST_SHOWN = 200  # candidates; a page is then no larger than a few megabytes
_LONGEST_SIDE = 1200  # pixels of the photo on the page
_THUMBNAIL = 128  # pixels, the longest side of the photo of one candidate
_MARGIN = 0.25  # of a candidate's longer side; so much of what is around it is shown
_TAGS = (  # of boxes in the photo, with the size of the text as a share of its longer side, the best first
    ("{1} #{0}", 1 / 64),
    ("#{0}", 1 / 64),
    ("#{0}", 1 / 90),
)
_WIDTH, _DESCENT = 0.62, 0.2  # text sizes: of a sign, and what of it is below the baseline
_LOOKED: Colour = (224, 114, 0)
_BLANK = np.full((1, 1), 255, np.uint8)
_COLUMNS = "", "Photo", "Its ink", "Glyph", "Detector", "Second opinion", "Together", "Verdict"
_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 85)

_STYLE = """:root { --read: light-dark(#0060b8, #6cb6ff); --refused: light-dark(#b04a00, #f39c4a); }
body { max-width: 60rem; }
.text { font-size: 1.4rem; font-variant-numeric: tabular-nums; margin: 0; }
small { color: light-dark(#666, #aaa); font-size: .8em; }
.text small { font-size: .6em; }
.read { color: var(--read); } .refused { color: var(--refused); }
figure { margin: 1rem 0; } figcaption span { margin-right: 1.5rem; }
svg { width: 100%; max-height: 92vh; background: light-dark(#eee, #222); }
rect { fill: transparent; vector-effect: non-scaling-stroke; stroke-width: 2px; }
rect.read { stroke: #0072e0; } rect.refused { stroke: #e06000; stroke-width: 1.5px; stroke-dasharray: 5 3; }
rect:hover { fill: #8884; }
text { paint-order: stroke; stroke: #fff; stroke-width: .25em; stroke-linejoin: round; font-weight: 600; }
text.read { fill: #0060b8; } text.refused { fill: #b04a00; }
img { border: 1px solid var(--line); }
td img { display: block; height: 5rem; width: auto; max-width: 9rem; object-fit: contain; }
img.glyph { image-rendering: pixelated; }
table.facts td { text-align: left; padding-right: 1.5rem; }
table.facts td:first-child { white-space: nowrap; }
.finds th, .finds td { text-align: left; white-space: nowrap; }
.finds td:last-child { min-width: 11rem; white-space: normal; }
tr { break-inside: avoid; } tr:target { background: #8883; }
@media (prefers-color-scheme: dark) { .ink { filter: invert(1); } }
@media print { body { font-size: 9pt; } td img { height: 1.4cm; max-width: 2.6cm; } svg { max-height: 18cm; }
  .ink { filter: none; } }
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the photos are read with.

    Attributes:
        model: the names of the files.
        threshold: the least confidence, 0..1, at which the model takes what it sees for a digit.
        min_confidence: the least that is asked for in place of it, 0..1; None for none.
    """

    model: str
    threshold: float
    row_threshold: float
    min_confidence: float | None = None

    @property
    def rule(self) -> str:
        """What a candidate needs to be read."""
        if self.min_confidence is not None:
            return f"{_percent(self.min_confidence)} together (--min-confidence)"
        least, row = _percent(self.threshold), _percent(self.row_threshold)
        return f"{least} together, and {row} for a row on average (the model's own)"


def photo_page(name: str, photo: Image, inspection: Inspection, setting: Setting) -> bytes:
    """The page of a photo.

    Args:
        name: to be shown, as text.
        photo: (h, w, 3) uint8 BGR.
        inspection: of it.
        setting: it was read with.
    """
    found = candidates_of(inspection)
    shown = found[:_MOST_SHOWN]
    body = (
        f"{_lines(inspection.reading)}"
        f"{_overview(photo, shown)}"
        f"{_facts(inspection, setting)}"
        f"{_ink(inspection)}"
        f"{_looked(photo, inspection.regions)}"
        f"{_finds(photo, shown, len(found) - len(shown))}"
        "<p><small>To report a misread, send this file and say what is really written. It holds the photo, "
        "but not the data that cameras add to it, such as the place.</small></p>\n"
    )
    return document(name, body, _STYLE)


def thumbnail(photo: Image) -> str:
    """A small copy of a photo, (h, w, 3) uint8 BGR, as an address for `img`."""
    return _embedded_photo(photo, _THUMBNAIL)


def _lines(reading: Reading) -> str:
    if not reading.lines:
        return '<p class="text">No digits were read.</p>\n'
    return "".join(
        f'<p class="text">{escape(line.text)} <small>{_percent(line.confidence)}</small></p>\n'
        for line in reading.lines
    )


def _overview(photo: Image, candidates: Sequence[Candidate]) -> str:
    """The photo with the numbered boxes; each leads to its row of the table."""
    height, width = photo.shape[:2]
    boxes = [candidate.box for candidate in candidates]
    sizes = [max(height, width) * share for _, share in _TAGS]
    texts = [[tag.format(one.number, one.together.label) for one in candidates] for tag, _ in _TAGS]
    choices = [
        [Box(0, 0, round(size * _WIDTH * len(text)), round(size)) for text in tags]
        for size, tags in zip(sizes, texts, strict=True)
    ]
    choice, places = place_tags(boxes, choices, round(sizes[0] / 8), Box(0, 0, width, height))
    size = sizes[choice]
    numbered = list(zip(candidates, texts[choice], places, strict=True))
    return (
        f'<figure>\n<svg viewBox="0 0 {width} {height}" font-size="{size:.1f}">\n'
        f'<image href="{_embedded_photo(photo, _LONGEST_SIDE)}" width="{width}" height="{height}"/>\n'
        f"{''.join(_numbered_box(*one, size) for one in reversed(numbered))}</svg>\n"  # what was read on top
        '<figcaption><span class="read">\N{WHITE SQUARE} read</span> '
        '<span class="refused">\N{DOTTED SQUARE} not read</span></figcaption>\n</figure>\n'
    )


def _numbered_box(candidate: Candidate, tag: str, place: Box | None, size: float) -> str:
    x, y, width, height = candidate.box
    number, kind = candidate.number, _kind(candidate)
    label, confidence = candidate.together
    title = f"#{number}: {label} {_percent(confidence)}, {candidate.verdict.value}"
    text = ""
    if place is not None:
        at = f'x="{place.x}" y="{place.bottom - _DESCENT * size:.1f}" textLength="{place.width}"'
        text = f'<text class="{kind}" {at} lengthAdjust="spacingAndGlyphs">{escape(tag)}</text>'
    return (
        f'<a href="#c{number}"><rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}">'
        f"<title>{escape(title)}</title></rect>{text}</a>\n"
    )


def _facts(inspection: Inspection, setting: Setting) -> str:
    reading = inspection.reading
    height, width = inspection.ink.mask.shape
    searched = "" if width == reading.width else f", searched at {width} x {height}"
    stages = ", ".join(f"{stage} {time:.1f}" for stage, time in reading.milliseconds.items())
    facts = (
        ("Photo", f"{reading.width} x {reading.height} pixels{searched}"),
        ("Version", f"webcam-digits {__version__}"),
        ("Model", setting.model),
        ("Sure enough", setting.rule),
        ("Time", f"{sum(reading.milliseconds.values()):.1f} ms ({stages})"),
    )
    rows = "".join(f"<tr><td>{escape(key)}</td><td>{escape(value)}</td></tr>\n" for key, value in facts)
    return f'<div><table class="facts">\n{rows}</table></div>\n'


def _ink(inspection: Inspection) -> str:
    source = embedded(_encoded(".png", cv2.bitwise_not(inspection.ink.mask)))
    return (
        "<h2>Ink</h2>\n<p>All that may be written: black is darker than what is around it, grey is "
        f'lighter.</p>\n<p><img class="ink" alt="the ink" src="{source}"></p>\n'
    )


def _looked(photo: Image, regions: Regions) -> str:
    """Where the detector looked."""
    picture = fitted(photo, _LONGEST_SIDE).copy()
    outline_windows(picture, regions.windows, picture.shape[1] / photo.shape[1], _LOOKED, stroke=2)
    sizes = len({round(math.log2(window.scale)) for window in regions.windows})
    crowded = (
        " <strong>There is more ink in the photo than the detector looks at, and the smallest was left out: "
        "crop the photo to what is to be read.</strong>"
    )
    return (
        "<h2>Where the detector looked</h2>\n<p>Around ink that may be as high as digits, at "
        f"{sizes} sizes: small writing is enlarged, large writing shrunk. What was in doubt was looked "
        "at again, a little larger and a little smaller."
        f"{crowded if regions.crowded else ''}</p>\n"
        f'<p><img alt="the photo with these places" src="{_embedded_photo(picture, _LONGEST_SIDE)}"></p>\n'
    )


def _finds(photo: Image, candidates: Sequence[Candidate], left_out: int) -> str:
    rest = f" {left_out} more, the least likely, are left out." if left_out else ""
    rows = "".join(_find(photo, candidate) for candidate in candidates)
    head = "".join(f"<th>{title}</th>" for title in _COLUMNS)
    return (
        "<h2>Candidates</h2>\n<p>Where the detector saw a digit, and what became of it; first what was "
        f"read.{rest} The second opinion is another network's, which sees the glyph alone.</p>\n"
        f'<div><table class="finds">\n<thead><tr>{head}</tr></thead>\n{rows}</table></div>\n'
    )


def _find(photo: Image, candidate: Candidate) -> str:
    kind, ink = _kind(candidate), cv2.bitwise_not(candidate.ink) if candidate.ink.size else _BLANK
    cells = (
        f'<b class="{kind}">#{candidate.number}</b>',
        f'<img alt="" src="{_embedded_photo(_surroundings(photo, candidate.box), _THUMBNAIL)}">',
        f'<img class="ink" alt="" src="{embedded(_encoded(".png", ink))}">',
        f'<img class="glyph" alt="" src="{embedded(_encoded(".png", candidate.glyph))}">',
        _said(candidate.seen),
        _said(candidate.opinion),
        _said(candidate.together),
        f'<span class="{kind}">{escape(candidate.verdict.value)}</span>',
    )
    return f'<tr id="c{candidate.number}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"


def _said(guess: Guess) -> str:
    label = "not a digit" if guess.label == NONE else f"<b>{escape(guess.label)}</b>"
    return f"{label} {_percent(guess.confidence)}"


def _kind(candidate: Candidate) -> str:
    return "read" if candidate.read else "refused"


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", "\N{NO-BREAK SPACE}%")


def _surroundings(photo: Image, box: Box) -> Image:
    margin = 1 + round(_MARGIN * max(box.width, box.height))
    return photo[max(box.y - margin, 0) : box.bottom + margin, max(box.x - margin, 0) : box.right + margin]


def _embedded_photo(photo: Image, longest: int) -> str:
    return embedded(_encoded(".jpg", fitted(photo, longest), _JPEG), "jpeg")


def _encoded(ending: str, image: NDArray[Any], options: Iterable[int] = ()) -> bytes:
    return cv2.imencode(ending, image, list(options))[1].tobytes()
