import io

import pytest

from webcam_digits.outputs.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stderr", "length", "shown", "drawn"),
    [
        (Terminal(), 4, True, True),
        (Terminal(), None, True, False),
        (Terminal(), 4, False, False),
        (io.StringIO(), 4, True, False),
    ],
)
def test_progress_is_for_terminals(monkeypatch, stderr, length, shown, drawn):
    monkeypatch.setattr("sys.stderr", stderr)
    with Progress(length, shown=shown) as progress:
        for _ in range(4):
            progress.clear()
            progress.advance()
    assert ("100%" in stderr.getvalue()) == drawn
    assert bool(stderr.getvalue()) == drawn
