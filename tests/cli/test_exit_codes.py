"""The table of exit codes, by the real command. Signals, pipes and the window are in tests/e2e."""

import os

import cv2
import numpy as np
import pytest

from tests.helpers.clips import write_clip
from tests.helpers.program import finished


@pytest.mark.parametrize(
    ("code", "args"),
    [
        (0, ["clip.avi", "--no-window"]),
        (0, ["read", "blank.png"]),
        (1, ["clip.avi", "--no-window", "--model", "clip.avi"]),
        (1, ["clip.avi", "--no-window", "--record", "missing/a.webm"]),
        (1, ["clip.avi", "--window"]),
        (1, ["read", "blank.png", "missing.png"]),
        (2, ["nonsense"]),
        (2, ["blank.png"]),
        (2, ["clip.avi", "--camera", "0"]),
        (2, ["--camera", "987", "--loop"]),
        (2, ["evaluate"]),
        (3, ["987", "--no-window"]),
        (3, ["--video", "missing.mp4", "--no-window"]),
        (3, ["http://127.0.0.1:9/", "--no-window"]),
        (3, ["read", "missing.png"]),
        (4, ["clip.avi", "--no-window", "--once"]),
        (4, ["clip.avi", "--no-window", "--once", "--loop", "--timeout", "3"]),
    ],
)
def test_exit_codes(tmp_path, code, args):
    write_clip(tmp_path / "clip.avi", 5)
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((60, 80), 220, np.uint8))
    done = finished(*args, cwd=tmp_path, env=without_display())
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.count("\n") == bool(code)


def without_display():
    return {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
