"""The page that shows how one photo was read: what was found on it, and what became of each find."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits import __version__
from webcam_digits.outputs.html import document, embedded
from webcam_digits.reading.candidates import Candidate, candidates_of
from webcam_digits.reading.reader import Inspection
from webcam_digits.scaling import fitted
from webcam_digits.types import Box, Image, Reading

_MOST_SHOWN = 200  # candidates; a page is then no larger than a few megabytes
_LONGEST_SIDE = 1200  # pixels of the photo on the page
_THUMBNAIL = 128  # pixels, the longest side of the photo of one candidate
_MARGIN = 0.25  # of a candidate's longer side; so much of what is around it is shown
_TEXT_SHARE = 1 / 64  # of the photo's longer side: the size of text in it
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
text.read { fill: #0060b8; } text.refused, tspan { fill: #b04a00; font-size: 75%; }
text.read tspan { fill: #0060b8; }
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
        model: its name.
        threshold: the least presence, 0..1, of what is likely enough to be a digit.
        min_confidence: the least confidence, 0..1, that is asked for in place of it; None for none.
    """

    model: str
    threshold: float
    min_confidence: float | None = None

    @property
    def rule(self) -> str:
        """What a candidate needs to be likely enough."""
        if self.min_confidence is not None:
            return f"{_percent(self.min_confidence)} for what it is taken for (--min-confidence)"
        return f"{_percent(self.threshold)} for being a digit at all (the model's own threshold)"


def photo_page(name: str, photo: Image, inspection: Inspection, setting: Setting) -> bytes:
    """The page of one photo, as an HTML file.

    Args:
        name: of the photo.
        photo: (h, w, 3) uint8 BGR.
        inspection: of it.
        setting: it was read with.
    """
    found = candidates_of(inspection)
    place = {d.box: i for i, d in enumerate(d for line in inspection.reading.lines for d in line.digits)}
    shown = {candidate.index for candidate in sorted(found, key=lambda one: one.rank)[:_MOST_SHOWN]}
    ordered = sorted(
        (candidate for candidate in found if candidate.index in shown),
        key=lambda candidate: place.get(candidate.box, len(place)) if candidate.kept else len(found),
    )
    body = (
        f"{_lines(inspection.reading)}"
        f"{_overview(photo, ordered)}"
        f"{_facts(inspection, setting)}"
        f"{_ink(inspection)}"
        f"{_finds(photo, inspection, ordered, len(found))}"
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


def _overview(photo: Image, ordered: Sequence[Candidate]) -> str:
    """The photo with the numbered boxes; each leads to its row of the table."""
    height, width = photo.shape[:2]
    size = max(height, width) * _TEXT_SHARE
    boxes = "".join(_numbered_box(n, candidate, size) for n, candidate in _back_to_front(ordered))
    return (
        f'<figure>\n<svg viewBox="0 0 {width} {height}" font-size="{size:.1f}">\n'
        f'<image href="{_embedded_photo(photo, _LONGEST_SIDE)}" width="{width}" height="{height}"/>\n'
        f'{boxes}</svg>\n<figcaption><span class="read">\N{WHITE SQUARE} read</span> '
        '<span class="refused">\N{DOTTED SQUARE} not read</span> '
        "<small>What shares ink with a digit that was read is in the table alone.</small></figcaption>\n"
        "</figure>\n"
    )


def _back_to_front(ordered: Sequence[Candidate]) -> list[tuple[int, Candidate]]:
    """Those to be boxed, with their numbers; what was read lies on top of what was not."""
    numbered = [(number, candidate) for number, candidate in enumerate(ordered, 1) if candidate.boxed]
    return sorted(numbered, key=lambda pair: pair[1].kept)


def _numbered_box(number: int, candidate: Candidate, size: float) -> str:
    x, y, width, height = candidate.box
    (label, confidence), *_ = candidate.guesses
    kind = _kind(candidate)
    caption = f"#{number}: {label} {_percent(confidence)}, {candidate.verdict.value}"
    tag = f"{escape(label)} <tspan>#{number}</tspan>" if candidate.kept else f"#{number}"
    return (
        f'<a href="#c{number}"><rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}">'
        f"<title>{escape(caption)}</title></rect>"
        f'<text class="{kind}" x="{x}" y="{max(y - size / 4, size):.1f}">{tag}</text></a>\n'
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
        ("Likely enough", setting.rule),
        ("Time", f"{sum(reading.milliseconds.values()):.1f} ms ({stages})"),
    )
    rows = "".join(f"<tr><td>{escape(key)}</td><td>{escape(value)}</td></tr>\n" for key, value in facts)
    return f'<div><table class="facts">\n{rows}</table></div>\n'


def _ink(inspection: Inspection) -> str:
    ground = cv2.bitwise_not(inspection.ink.mask)
    source = embedded(_encoded(".png", np.minimum(ground, 255 - inspection.ruled // 3)))
    return (
        "<h2>Ink</h2>\n<p>All that the machine takes for ink; grey is what it takes for rules.</p>\n"
        f'<p><img class="ink" alt="the ink" src="{source}"></p>\n'
    )


def _finds(photo: Image, inspection: Inspection, ordered: Sequence[Candidate], count: int) -> str:
    numbers = {candidate.index: n for n, candidate in enumerate(ordered, 1)}
    left_out = count - len(ordered)
    rest = f" {left_out} more, the least likely, are left out." if left_out else ""
    rows = "".join(_find(photo, inspection, candidate, numbers) for candidate in ordered)
    head = "".join(
        f"<th>{title}</th>"
        for title in ("", "Photo", "Its ink", "Glyph", "Taken for", "Or else", "A digit at all", "Verdict")
    )
    return (
        f"<h2>Candidates</h2>\n<p>What may be a digit, and what became of it; first what was read.{rest} "
        "The glyph is what the network sees.</p>\n"
        f'<div><table class="finds">\n<thead><tr>{head}</tr></thead>\n{rows}</table></div>\n'
    )


def _find(photo: Image, inspection: Inspection, candidate: Candidate, numbers: dict[int, int]) -> str:
    number, i = numbers[candidate.index], candidate.index
    ink = embedded(_encoded(".png", cv2.bitwise_not(fitted(inspection.regions.inks[i], _THUMBNAIL))))
    glyph = embedded(_encoded(".png", inspection.glyphs[i]))
    guesses = [f"<b>{escape(label)}</b> {_percent(likely)}" for label, likely in candidate.guesses]
    others = [numbers[rival] for rival in candidate.rivals if rival in numbers]
    sharing = ", ".join(f'<a href="#c{other}">#{other}</a>' for other in others)
    origin = escape(candidate.origin.value) + (f", ink shared with {sharing}" if sharing else "")
    cells = (
        f'<b class="{_kind(candidate)}">#{number}</b>',
        f'<img alt="" src="{_embedded_photo(_surroundings(photo, candidate.box), _THUMBNAIL)}">',
        f'<img class="ink" alt="" src="{ink}">',
        f'<img class="glyph" alt="" src="{glyph}">',
        *(guesses + [""] * (2 - len(guesses))),
        _percent(candidate.presence),
        f'<span class="{_kind(candidate)}">{escape(candidate.verdict.value)}</span>'
        f"<br><small>{origin}</small>",
    )
    return f'<tr id="c{number}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"


def _kind(candidate: Candidate) -> str:
    return "read" if candidate.kept else "refused"


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", "\N{NO-BREAK SPACE}%")


def _surroundings(photo: Image, box: Box) -> Image:
    margin = 1 + round(_MARGIN * max(box.width, box.height))
    return photo[max(box.y - margin, 0) : box.bottom + margin, max(box.x - margin, 0) : box.right + margin]


def _embedded_photo(photo: Image, longest: int) -> str:
    return embedded(_encoded(".jpg", fitted(photo, longest), _JPEG), "jpeg")


def _encoded(ending: str, image: NDArray[Any], options: Iterable[int] = ()) -> bytes:
    return cv2.imencode(ending, image, list(options))[1].tobytes()
