import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from webcam_digits.cli.main import cli


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Runs the command line in an empty folder, where there is no display."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return lambda *args, **extra: CliRunner().invoke(cli, args, prog_name="webcam-digits", **extra)


@pytest.fixture
def clip(tmp_path):
    """A short clip with nothing on it."""
    path = tmp_path / "blank.avi"
    code = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, 30, (160, 120))
    for _ in range(5):
        writer.write(np.full((120, 160, 3), 220, np.uint8))
    writer.release()
    return path.name


@pytest.fixture
def photo(tmp_path):
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((60, 80), 220, np.uint8))
    return "blank.png"
