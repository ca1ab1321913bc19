"""One HTML page of titled sections with plots and tables; what is printed is escaped."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from webcam_digits.outputs.html import MARK, document, embedded

PAGE = "index.html"


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture, as a file of its own too.

    Attributes:
        name: of the file without `.png`: letters, digits and hyphens.
        content: the file.
        description: what it shows, for those who do not see it.
    """

    name: str
    content: bytes
    description: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head, which may be (): names in the first column, figures in the others."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: what to know, then table and plots."""

    title: str
    text: str
    plots: tuple[Plot, ...] = ()
    tables: tuple[Table, ...] = ()


def render(title: str, sections: Iterable[Section]) -> bytes:
    """The page as a file, in UTF-8."""
    return document(title, "".join(map(_section, sections)))


def files_of(page: bytes) -> set[str]:
    """The names of the files that `page` was written with, its own among them; none where it is not ours."""
    if MARK.encode() not in page:
        return set()
    return {PAGE, *(f"{name.decode()}.png" for name in re.findall(rb'<img id="([a-z0-9-]+)"', page))}


def _section(section: Section) -> str:
    tables = "".join(map(_table, section.tables))
    plots = "".join(map(_plot, section.plots))
    return f"<h2>{escape(section.title)}</h2>\n<p>{escape(section.text)}</p>\n{tables}{plots}"


def _plot(plot: Plot) -> str:
    return f'<p><img id="{plot.name}" alt="{escape(plot.description)}" src="{embedded(plot.content)}"></p>\n'


def _table(table: Table) -> str:
    head = _row("th", table.head) if table.head else ""
    rows = "".join(_row("td", row) for row in table.rows)
    return f"<div><table>\n{head}{rows}</table></div>\n"


def _row(tag: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>\n"
