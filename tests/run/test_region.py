import io
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from tests.helpers.clips import picture, write_clip
from webcam_digits.cli.main import cli
from webcam_digits.outputs.progress import Progress
from webcam_digits.outputs.recording import Recording
from webcam_digits.outputs.stdout import TextReporter
from webcam_digits.run.pipeline import Pipeline
from webcam_digits.sources.source import Frame
from webcam_digits.types import Box, Reading


@pytest.mark.parametrize(
    ("roi", "message"),
    [
        ("500,0,20x20", "the region 500,0,20x20 lies outside the picture, which is 160x120"),
        ("500,0,20", "'500,0,20' is not like 100,50,640x360"),
        ("5,5,0x9", "'5,5,0x9' has no width or no height"),
    ],
)
def test_a_region_that_cannot_be_is_one_line_and_2(tmp_path, roi, message):
    clip = write_clip(tmp_path / "clip.avi", 5)
    result = CliRunner().invoke(cli, ["--no-window", "--video", str(clip), "--roi", roi])
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_region_that_reaches_beyond_the_picture_is_read_as_far_as_it_goes(tmp_path):
    clip = write_clip(tmp_path / "clip.avi", 5)
    result = CliRunner().invoke(cli, ["--no-window", "--video", str(clip), "--roi", "100,60,900x900"])
    assert (result.exit_code, result.output) == (0, "")


def test_of_pictures_that_become_too_small_for_the_region_all_is_read(tmp_path, caplog):
    recording = Recording(tmp_path, 30, live=True)

    def inspect(image, *more):
        return SimpleNamespace(reading=Reading((), image.shape[1], image.shape[0]))

    reader = SimpleNamespace(inspect=inspect, min_confidence=None)
    pipeline = Pipeline(reader, TextReporter(io.StringIO()), recording, Progress(None))
    pipeline.region = Box(100, 60, 60, 60)
    frame = Frame(picture(0), 0, 0.0)
    assert pipeline.process(frame).part == Box(100, 60, 60, 60)
    small = np.asarray(cv2.resize(picture(0), (96, 48)), np.uint8)
    assert pipeline.process(replace(frame, image=small, index=1, time=0.1)).part == Box(0, 0, 96, 48)
    assert "has changed" in caplog.text
    assert pipeline.process(replace(frame, index=2, time=0.2)).part == Box(0, 0, 160, 120)
