"""What the command prints on standard error."""

from click.testing import Result


def one_line(result: Result) -> str:
    """Standard error, which must be one line of ours, with nothing on standard output."""
    assert result.stdout == ""
    assert result.stderr.startswith("webcam-digits: ")
    assert result.stderr.count("\n") == 1
    return result.stderr
