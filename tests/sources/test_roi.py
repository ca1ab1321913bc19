import io
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from tests.helpers.clips import picture, write_clip
from webcam_digits.cli.main import cli
from webcam_digits.errors import UsageError
from webcam_digits.outputs.progress import Progress
from webcam_digits.outputs.recording import Recording
from webcam_digits.outputs.stdout import TextReporter
from webcam_digits.run.pipeline import Pipeline
from webcam_digits.sources.roi import parse_roi, roi_text, roi_within
from webcam_digits.sources.source import Frame
from webcam_digits.types import Box, Reading


def test_the_form():
    assert parse_roi("100,50,640x360") == Box(100, 50, 640, 360)
    assert parse_roi(" 0,0,1X1 ") == Box(0, 0, 1, 1)
    assert roi_text(Box(100, 50, 640, 360)) == "100,50,640x360"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1,2,3",
        "1,2,3,4",
        "-1,2,3x4",
        "1,2,3x",
        "1.5,2,3x4",
        "1,2,3x4x5",
        "1,2,123456x4",
        "\u0661,2,3x4",
    ],
)
def test_other_forms_are_told(text):
    with pytest.raises(ValueError, match="is not like 100,50,640x360"):
        parse_roi(text)


@pytest.mark.parametrize("text", ["1,2,0x4", "1,2,3x0"])
def test_a_region_without_area_is_told(text):
    with pytest.raises(ValueError, match="no width or no height"):
        parse_roi(text)


def test_what_lies_in_the_picture():
    assert roi_within(Box(10, 20, 30, 40), 640, 480) == Box(10, 20, 30, 40)
    assert roi_within(Box(600, 400, 300, 300), 640, 480) == Box(600, 400, 40, 80)
    assert roi_within(Box(639, 479, 300, 300), 640, 480) == Box(639, 479, 1, 1)


@pytest.mark.parametrize("region", [Box(640, 0, 9, 9), Box(0, 480, 9, 9)])
def test_a_region_outside_the_picture_is_told(region):
    with pytest.raises(UsageError, match="lies outside the picture, which is 640x480"):
        roi_within(region, 640, 480)


@pytest.mark.parametrize(
    ("roi", "told"),
    [
        ("500,0,20x20", "the region 500,0,20x20 lies outside the picture, which is 160x120"),
        ("500,0,20", "'500,0,20' is not like 100,50,640x360"),
        ("5,5,0x9", "'5,5,0x9' has no width or no height"),
    ],
)
def test_a_region_that_cannot_be_is_told_in_one_line(tmp_path, roi, told):
    clip = write_clip(tmp_path / "clip.avi", 5)
    result = CliRunner().invoke(cli, ["--no-window", "--video", str(clip), "--roi", roi])
    assert result.exit_code == 2
    assert told in result.stderr
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
