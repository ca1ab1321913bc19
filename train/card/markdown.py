"""Text, figures and tables in Markdown."""

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


def percent(value: float) -> str:
    """A share as text."""
    return f"{value:.2%}".replace("%", " %")


def multiple(value: float) -> str:
    """A ratio as text."""
    return f"{value:.2f}x"


def count(value: float) -> str:
    """A number of parameters as text."""
    return f"{value / 1000:,.0f} k"


def kilobytes(value: float) -> str:
    """A number of bytes as text."""
    return f"{value / 1000:,.0f} KB"
