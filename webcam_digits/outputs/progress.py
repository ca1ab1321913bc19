"""How far a file or a list of images is read: a bar on standard error."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


class Progress:
    """A bar with the time left, on standard error; a context manager.

    Args:
        length: of the whole, in steps; None where it is not known, and then there is no bar.
        shown: whether to show it; it is never shown where standard error is not a terminal.
    """

    def __init__(self, length: int | None, *, shown: bool = True) -> None:
        self._bar: ProgressBar[int] | None = None
        if shown and length and sys.stderr is not None and sys.stderr.isatty():
            self._bar = click.progressbar(length=length, file=sys.stderr)

    def advance(self) -> None:
        """One step is done."""
        if self._bar:
            self._bar.update(1)

    def clear(self) -> None:
        """Make way for a line of text; the bar comes back with the next step."""
        if self._bar:
            click.echo("\r\033[K", nl=False, err=True)

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.__exit__(kind, error, trace)
