import io
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from tests.helpers.clips import line, picture
from webcam_digits import DigitReader
from webcam_digits.errors import UsageError
from webcam_digits.outputs.progress import Progress
from webcam_digits.outputs.recording import Recording
from webcam_digits.outputs.stdout import TextReporter
from webcam_digits.reading.legacy.selection import Verdict
from webcam_digits.run.pipeline import Pipeline
from webcam_digits.sources.source import Frame
from webcam_digits.train.handwriting.pen import on_paper, write
from webcam_digits.types import Box, Reading


class Reader:
    """Reads "42" at the upper left of whatever it is given, and keeps that."""

    min_confidence = None

    def __init__(self):
        self.images = []

    def inspect(self, image, *more):
        self.images.append(image)
        height, width = image.shape[:2]
        return SimpleNamespace(reading=Reading((line("42", x=10, y=20),), width, height))


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def pipeline(reader, tmp_path):
    return Pipeline(reader, TextReporter(io.StringIO()), Recording(tmp_path, 30, live=True), Progress(None))


def play(pipeline, images, *, reuse=True, start=0):
    results = []
    for number, image in enumerate(images, start):
        results.append(pipeline.process(Frame(image, number, number / 30), reuse=reuse))
    return results


def test_a_region_alone_is_read_and_its_boxes_are_those_of_the_whole(pipeline, reader):
    pipeline.region = Box(40, 30, 100, 60)
    result = play(pipeline, [picture(n) for n in range(20)])[-1]
    assert {image.shape for image in reader.images} == {(60, 100, 3)}
    assert (reader.images[0] == picture(0)[30:90, 40:140]).all()
    (shown,) = result.reading.lines
    assert shown.digits[0].box == Box(50, 50, 8, 20)
    assert (result.reading.width, result.reading.height) == (160, 120)


def test_a_region_that_reaches_out_of_the_picture_is_cut(pipeline, reader):
    pipeline.region = Box(100, 100, 500, 500)
    play(pipeline, [picture(0)])
    assert reader.images[0].shape == (20, 60, 3)


def test_a_region_outside_of_the_picture_is_refused(pipeline):
    pipeline.region = Box(500, 0, 10, 10)
    with pytest.raises(UsageError, match="outside"):
        play(pipeline, [picture(0)])


def test_a_frame_that_is_not_warmed_up_is_not_read(pipeline, reader):
    assert pipeline.process(replace(Frame(picture(0), 0, 0.0), warmed_up=False)) is None
    assert reader.images == []


@pytest.mark.parametrize("reuse", [False, True])
def test_a_picture_that_does_not_change_is_hardly_read_again(pipeline, reader, reuse):
    rng = np.random.default_rng(0)
    frames = [
        np.clip(picture(5).astype(float) + rng.normal(0, 3, (120, 160, 3)), 0, 255).astype(np.uint8)
        for _ in range(90)
    ]
    results = play(pipeline, frames, reuse=reuse)
    assert all(result is not None for result in results)
    assert len(reader.images) == 90 if not reuse else 15 < len(reader.images) < 40
    assert [shown.text for shown in results[-1].reading.lines] == ["42"]


def test_a_picture_that_changes_is_read_at_once(pipeline, reader):
    play(pipeline, [picture(5)] * 30)
    before = len(reader.images)
    play(pipeline, [picture(5), picture(4)], start=30)
    assert len(reader.images) > before
    assert (reader.images[-1] == picture(4)).all()


def test_another_region_is_read_at_once(pipeline, reader):
    play(pipeline, [picture(5)] * 30)
    pipeline.region = Box(0, 0, 100, 100)
    play(pipeline, [picture(5)], start=30)
    assert reader.images[-1].shape == (100, 100, 3)


def test_boxes_follow_the_picture_to_a_later_frame(pipeline, reader, monkeypatch):
    rng = np.random.default_rng(1)
    page = on_paper(write("42", height=60, rng=rng, at=(100, 100)).ink((240, 320)), rng=rng)
    there = Box(100, 100, 80, 60)

    def inspect(image, *more):
        one = line("7", x=100, y=100)
        digit = replace(one.digits[0], box=there)
        return SimpleNamespace(reading=Reading((replace(one, box=there, digits=(digit,)),), 320, 240))

    monkeypatch.setattr(reader, "inspect", inspect)
    result = play(pipeline, [page] * 30, reuse=False)[-1]
    shifted = cv2.warpAffine(page, np.array([[1.0, 0, 14], [0, 1, -9]]), (320, 240), borderValue=(220,) * 3)
    (moved,) = result.now(shifted).reading.lines
    assert moved.digits[0].box.iou(Box(114, 91, 80, 60)) > 0.95
    assert result.now(page).reading == result.reading
    noise = np.random.default_rng(2).integers(0, 255, page.shape).astype(np.uint8)
    assert result.now(noise).reading.lines == ()


def test_a_number_outside_of_a_region_chosen_later_vanishes_at_once(tmp_path):
    rng = np.random.default_rng(3)
    rows = [
        write(text, height=60, rng=rng, at=(60, y)).ink((240, 320)) for text, y in (("31", 25), ("752", 145))
    ]
    page = on_paper(np.maximum(*rows), rng=rng)
    image = page if page.ndim == 3 else cv2.cvtColor(page, cv2.COLOR_GRAY2BGR)
    pipeline = Pipeline(
        DigitReader(), TextReporter(io.StringIO()), Recording(tmp_path, 30, live=True), Progress(None)
    )
    both = play(pipeline, [image] * 30, reuse=False)[-1]
    assert [line.text for line in both.reading.lines] == ["31", "752"]
    pipeline.region = Box(0, 120, 320, 120)
    for result in play(pipeline, [image] * 30, reuse=True, start=30):  # from the first frame on
        assert [line.text for line in result.reading.lines] == ["752"]
    pipeline.region = None
    whole = play(pipeline, [image] * 30, reuse=True, start=60)[-1]
    assert [line.text for line in whole.reading.lines] == ["31", "752"]


def test_a_digit_that_a_region_cuts_is_not_read_as_what_is_left_of_it(tmp_path):
    rng = np.random.default_rng(5)
    page = on_paper(write("8356", height=80, rng=rng, at=(40, 80)).ink((240, 400)), rng=rng)
    reader = DigitReader()
    digits = reader.read(page).lines[0].digits
    assert [digit.digit for digit in digits] == [8, 3, 5, 6]
    pipeline = Pipeline(
        reader, TextReporter(io.StringIO()), Recording(tmp_path, 30, live=True), Progress(None)
    )
    whole = play(pipeline, [page] * 30, reuse=False)[-1]
    assert whole.reading.text.replace(" ", "") == "8356"
    left, right = (digit.box.x + digit.box.width // 2 for digit in (digits[0], digits[-1]))
    pipeline.region = Box(left, 0, right - left, 240)
    for result in play(pipeline, [page] * 30, reuse=False, start=30):  # from the first frame on
        assert result.reading.text.replace(" ", "") == "35"
        assert Verdict.CUT_OFF in result.inspection.verdicts


@pytest.mark.parametrize(
    ("region", "text"),
    [(Box(0, 0, 400, 120), ""), (Box(0, 120, 400, 120), ""), (Box(0, 0, 400, 240), "8356")],
)
def test_a_row_that_a_region_cuts_lengthwise_is_not_read(tmp_path, region, text):
    rng = np.random.default_rng(5)
    page = on_paper(write("8356", height=80, rng=rng, at=(40, 80)).ink((240, 400)), rng=rng)
    pipeline = Pipeline(
        DigitReader(), TextReporter(io.StringIO()), Recording(tmp_path, 30, live=True), Progress(None)
    )
    pipeline.region = region
    assert play(pipeline, [page] * 30, reuse=False)[-1].reading.text.replace(" ", "") == text
