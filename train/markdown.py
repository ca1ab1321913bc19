"""Text and tables in Markdown."""

import re
from collections.abc import Iterable, Sequence


def escaped(text: str) -> str:
    """Text that Markdown prints as it is, also in a table."""
    return re.sub(r"([\\`*_\[\]<>|~&$])", r"\\\1", " ".join(text.split()))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    return "\n".join(map(row, [head, ["---"] * len(head), *rows]))


def row(cells: Sequence[str]) -> str:
    """A line of a table."""
    return f"| {' | '.join(cells)} |"
