"""Where the command starts: signals and standard output, then the command line."""

import os
import signal
import sys

TYPE_CHECKING = False  # as type checkers know it; nothing is imported before signals are heard
if TYPE_CHECKING:
    from types import FrameType


def main() -> None:
    """Run the command line; ends the process."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # What is ignored stays so: a shell sets that for what runs in the background.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    _prepare_stdout()
    from webcam_digits.cli.main import cli

    try:
        cli()
    except SystemExit as end:
        # Python's own end would wait for an output that nobody reads, or a thread that hangs in a driver.
        # Nothing is lost: every line is flushed as it is written.
        os._exit(end.code if isinstance(end.code, int) else 1)


def _end(number: int, frame: "FrameType | None") -> None:
    """At once: an exception, raised within an import, might come out as another one.

    What would be lost is guarded otherwise: a run's files by `Signals`, a model by being written beside.
    """
    os._exit(128 + number)


def _prepare_stdout() -> None:
    import codecs
    import io
    from pathlib import Path

    if sys.stdout is None:  # closed by whoever started us
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115
    elif isinstance(sys.stdout, io.TextIOWrapper):
        # File names that are not text go out as they came in; elsewhere, what an encoding lacks is escaped.
        unicode = os.name == "posix" and codecs.lookup(sys.stdout.encoding).name == "utf-8"
        sys.stdout.reconfigure(errors="surrogateescape" if unicode else "backslashreplace")


if __name__ == "__main__":
    main()
