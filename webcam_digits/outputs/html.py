"""HTML pages that stand alone: pictures within them, no scripts, nothing from the network."""

import base64
from html import escape

MARK = '<meta name="generator" content="webcam-digits">'  # of every page

_HEAD = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{MARK}
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
"""
# Light or dark as the reader has it, and light on paper.
_STYLE = """:root { color-scheme: light dark; --line: light-dark(#ddd, #444); }
@media print { :root { color-scheme: light; } }
body { margin: 0 auto; max-width: 44rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif;
  color: light-dark(#222, #ddd); background: light-dark(#fff, #181818); overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.2; }
h2 { font-size: 1.2rem; margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem;
  break-after: avoid; }
img { max-width: 100%; height: auto; }
div { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; overflow-wrap: normal;
  margin-bottom: 1rem; }
th, td { padding: .2rem .6rem .2rem 0; text-align: right; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th:first-child, td:first-child { text-align: left; }
"""


def document(title: str, body: str, style: str = "") -> bytes:
    """A page as a file, in UTF-8.

    Args:
        title: as text.
        body: what follows the title, as HTML: its maker has escaped what is not its own.
        style: CSS beside that of all pages.
    """
    shown = escape(title)
    head = f"{_HEAD}<title>{shown}</title>\n<style>\n{_STYLE}{style}</style>\n</head>\n"
    page = f"{head}<body>\n<h1>{shown}</h1>\n{body}</body>\n</html>\n"
    return page.encode("utf-8", "replace")  # not all names of files are text


def embedded(content: bytes, kind: str = "png") -> str:
    """The address of a picture that the page itself holds: a data URI of a file of type image/`kind`."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
