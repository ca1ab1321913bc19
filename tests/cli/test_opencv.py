import sys

import cv2
import pytest

from tests.helpers.messages import one_line
from webcam_digits.cli.opencv import prepare_opencv
from webcam_digits.errors import WebcamDigitsError


def test_an_opencv_that_cannot_be_loaded(call, clip, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    result = call("--video", clip)
    assert "OpenCV cannot be loaded" in one_line(result)
    assert "libgl1" in result.stderr
    assert result.exit_code == 1


def test_an_opencv_that_was_installed_twice(monkeypatch):
    monkeypatch.delattr(cv2, "VideoCapture")
    with pytest.raises(WebcamDigitsError, match="pip uninstall"):
        prepare_opencv()


def test_threads(call, clip):
    before = cv2.getNumThreads()
    call("--video", clip, "--no-window", "--threads", "2")
    assert cv2.getNumThreads() == 2
    cv2.setNumThreads(before)
