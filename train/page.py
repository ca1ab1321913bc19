"""One HTML page that stands alone: pictures within it, no scripts, no links; what is printed is escaped."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

PAGE = "index.html"

_OURS = '<meta name="generator" content="webcam-digits">'
_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{ours}
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ margin: 0 auto; max-width: 44rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #222;
  background: #fff; overflow-wrap: anywhere; }}
h1 {{ font-size: 1.6rem; line-height: 1.2; }}
h2 {{ font-size: 1.2rem; margin-top: 2.5rem; border-top: 1px solid #ddd; padding-top: 1rem; }}
img {{ max-width: 100%; height: auto; }}
div {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; overflow-wrap: normal;
  margin-bottom: 1rem; }}
th, td {{ padding: .2rem .6rem .2rem 0; text-align: right; border-bottom: 1px solid #eee;
  vertical-align: top; }}
th:first-child, td:first-child {{ text-align: left; }}
</style>
</head>
<body>
<h1>{title}</h1>
"""


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture, as a file of its own too.

    Attributes:
        name: of the file without `.png`: letters, digits and hyphens.
        content: the file.
        told: what it shows, for those who do not see it.
    """

    name: str
    content: bytes
    told: str


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
    head = _HEAD.format(title=escape(title), ours=_OURS)
    page = head + "".join(map(_section, sections)) + "</body>\n</html>\n"
    return page.encode("utf-8", "replace")  # names of files may hold what is no text


def files_of(page: bytes) -> set[str]:
    """The names of the files that `page` was written with, its own among them; none where it is not ours."""
    if _OURS.encode() not in page:
        return set()
    return {PAGE, *(f"{name.decode()}.png" for name in re.findall(rb'<img id="([a-z0-9-]+)"', page))}


def _section(section: Section) -> str:
    tables = "".join(map(_table, section.tables))
    plots = "".join(map(_plot, section.plots))
    return f"<h2>{escape(section.title)}</h2>\n<p>{escape(section.text)}</p>\n{tables}{plots}"


def _plot(plot: Plot) -> str:
    content = base64.b64encode(plot.content).decode("ascii")
    source = f"data:image/png;base64,{content}"
    return f'<p><img id="{plot.name}" alt="{escape(plot.told)}" src="{source}"></p>\n'


def _table(table: Table) -> str:
    head = _row("th", table.head) if table.head else ""
    rows = "".join(_row("td", row) for row in table.rows)
    return f"<div><table>\n{head}{rows}</table></div>\n"


def _row(tag: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>\n"
