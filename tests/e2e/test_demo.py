import shutil
from importlib.resources import as_file, files
from itertools import islice, pairwise

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from webcam_digits.reading.reader import DigitReader
from webcam_digits.sources.source import Frame
from webcam_digits.tracking.tracker import Tracker
from webcam_digits.train import demo


@pytest.fixture(scope="module")
def shipped():
    """The clip in the package: its file's size, its rate and its frames in grey."""
    with as_file(files("webcam_digits") / "demo.webm") as path:
        capture = cv2.VideoCapture(str(path))
        rate = capture.get(cv2.CAP_PROP_FPS)
        frames = []
        while True:
            ok, frame = capture.read()
            if not ok:
                break
            frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
        capture.release()
        return path.stat().st_size, rate, frames


def test_shipped_clip_is_small_and_long_enough(shipped):
    size, rate, frames = shipped
    assert size < 1_000_000
    assert rate == demo.FRAMES_PER_SECOND
    assert len(frames) / rate >= 10
    assert frames[0].shape == demo.SIZE[::-1]


def test_shipped_clip_is_what_is_drawn(shipped):
    for coded, drawn in zip(shipped[2], islice(demo.frames(), 40), strict=False):
        assert drawn.dtype == np.uint8
        difference = cv2.absdiff(coded, cv2.cvtColor(drawn, cv2.COLOR_BGR2GRAY))
        assert difference.mean() < 3


def test_drawn_alike_each_time():
    for first, second in zip(islice(demo.frames(), 25), islice(demo.frames(), 25), strict=True):
        np.testing.assert_array_equal(first, second)


def test_each_number_is_written_swiftly_and_then_rests():
    numbers = demo.plan(np.random.default_rng(0))
    assert [number.writing.text for number in numbers] == ["42", "2026", "1859", "31415926"]
    for before, after in pairwise(numbers):
        assert after.start - before.end >= 1.5
    for number in numbers:
        last = [
            max(s.times[-1] for s in number.writing.strokes if s.place == i)
            for i in range(len(number.writing.text))
        ]
        assert max(np.diff([0, *last])) < 0.35  # from the end of one digit to the end of the next
        for box in number.writing.boxes:
            assert box.x > 40
            assert box.y > 40
            assert box.right < demo.SIZE[0] - 40
            assert box.bottom < demo.SIZE[1] - 40


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_command_writes_a_clip(tmp_path, monkeypatch):
    drawn = list(islice(demo.frames(), 3))
    monkeypatch.setattr(demo, "frames", lambda: iter(drawn))
    out = tmp_path / "clip.webm"
    assert CliRunner().invoke(demo.main, [str(out)]).exit_code == 0
    capture = cv2.VideoCapture(str(out))
    assert capture.read()[1].shape == (480, 640, 3)
    capture.release()
    missing = CliRunner().invoke(demo.main, [str(tmp_path / "missing" / "clip.webm")])
    assert missing.exit_code == 1
    assert "could not write" in missing.output


@pytest.fixture(scope="module")
def updates(shipped):
    """What reader and tracker make of each frame of the shipped clip."""
    _, rate, frames = shipped
    reader, tracker = DigitReader(), Tracker()
    return [
        tracker.update(reader.read(image), Frame(image, index, index / rate))
        for index, image in enumerate(frames)
    ]


def test_shipped_clip_has_each_number_once(updates):
    emitted = [(event.kind, event.line.text) for update in updates for event in update.events]
    appeared = [text for kind, text in emitted if kind == "appear"]
    assert appeared == [text for sheet in demo.NUMBERS for text in sheet]
    assert "change" not in {kind for kind, _ in emitted}


def test_at_each_rest_all_that_is_written_is_read_where_it_stands(updates):
    numbers = demo.plan(np.random.default_rng(demo._SEED))
    for last in numbers:
        written = [n for n in numbers if n.sheet == last.sheet and n.end <= last.end]
        reading = updates[int((last.end + 1.5) * demo.FRAMES_PER_SECOND)].reading
        assert reading.text.splitlines() == [number.writing.text for number in written]
        for number, line in zip(written, reading.lines, strict=True):
            for truth, digit in zip(number.writing.boxes, line.digits, strict=True):
                assert truth.iou(digit.box) > 0.8


def test_nothing_is_emitted_while_a_number_is_written(updates):
    for number in demo.plan(np.random.default_rng(demo._SEED)):
        during = range(*(round(time * demo.FRAMES_PER_SECOND) for time in (number.start, number.end)))
        assert not any(event.kind == "appear" for i in during for event in updates[i].events)
