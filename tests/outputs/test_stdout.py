import io
import json
from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.clips import line, picture
from webcam_digits.errors import ImageError, OutputError
from webcam_digits.outputs.stdout import (
    FrameReporter,
    JsonPhotoReporter,
    JsonReporter,
    Reporters,
    TextPhotoReporter,
    TextReporter,
    write_line,
)
from webcam_digits.sources.source import Frame
from webcam_digits.tracking.tracker import Event, Update
from webcam_digits.types import Box, Digit, Line, Reading

FRAME = Frame(picture(0), 13, 0.43333)
DIGITS = (
    Digit(0, 0.99912, Box(1, 2, 3, 4), np.zeros(11, np.float32), track=5),
    Digit(7, np.float32(0.98), Box(*np.array([5, 6, 7, 8])), np.zeros(11, np.float32), track=6),
)
NUMBER = Line("0 7", np.float32(0.98), Box(1, 2, 11, 12), DIGITS, id=3)
APPEAR = Event("appear", 3, 0.43333, 13, NUMBER)
END = Event("end", 3, 2.5, 75, NUMBER, start=0.43333)
CONTENT = {
    "text": "0 7",
    "confidence": 0.98,
    "box": [1, 2, 11, 12],
    "digits": [
        {"digit": 0, "confidence": 0.999, "box": [1, 2, 3, 4], "track": 5},
        {"digit": 7, "confidence": 0.98, "box": [5, 6, 7, 8], "track": 6},
    ],
}


def objects(stream):
    return [json.loads(text) for text in stream.getvalue().splitlines()]


@pytest.fixture
def stream():
    return io.StringIO()


def update(*events, lines=(NUMBER,)):
    return Update(Reading(lines, 160, 120), events)


def test_text_is_what_appears_and_changes(stream):
    reporter = TextReporter(stream)
    reporter.update(FRAME, update(APPEAR, replace(APPEAR, kind="change", line=line("1859"))))
    reporter.update(FRAME, update())
    reporter.update(FRAME, update(END))
    reporter.finish([END])
    assert stream.getvalue() == "0 7\n1859\n"


def test_json_is_every_event(stream):
    reporter = JsonReporter(stream)
    reporter.update(FRAME, update(APPEAR))
    reporter.update(FRAME, update())
    reporter.finish([END])
    appear, end = objects(stream)
    assert appear == {"event": "appear", "id": 3, "time": 0.433, "frame": 13, **CONTENT}
    assert end == {"event": "end", "id": 3, "time": 2.5, "frame": 75, **CONTENT, "start": 0.433}
    assert list(appear) == ["event", "id", "time", "frame", "text", "confidence", "box", "digits"]


def test_json_of_every_frame(stream):
    reporter = FrameReporter(stream)
    reporter.update(FRAME, update(APPEAR))
    reporter.update(FRAME, update(lines=()))
    reporter.finish([END])
    assert objects(stream) == [
        {"event": "frame", "time": 0.433, "frame": 13, "lines": [{"id": 3, **CONTENT}]},
        {"event": "frame", "time": 0.433, "frame": 13, "lines": []},
    ]


def test_several_reporters_are_each_called(stream):
    reporters = Reporters(TextReporter(stream), JsonReporter(other := io.StringIO()))
    reporters.update(FRAME, update(APPEAR))
    reporters.finish(iter([END]))
    assert stream.getvalue() == "0 7\n"
    assert [content["event"] for content in objects(other)] == ["appear", "end"]


class FullDisk:
    def update(self, frame, update):
        raise OutputError("the disk is full")

    def finish(self, events):
        raise OutputError("the disk is full")


def test_where_one_reporter_fails_the_others_are_called_first(stream):
    reporters = Reporters(FullDisk(), JsonReporter(stream))
    with pytest.raises(OutputError, match="full"):
        reporters.update(FRAME, update(APPEAR))
    with pytest.raises(OutputError, match="full"):
        reporters.finish([END])
    assert [content["event"] for content in objects(stream)] == ["appear", "end"]


def test_text_of_photos(stream):
    alone, named = TextPhotoReporter(stream, named=False), TextPhotoReporter(stream, named=True)
    reading = Reading((line("12 3"), line("45")), 160, 120)
    alone.read("a.png", reading)
    named.read("a.png", reading)
    named.failed("b.png", ImageError("no"))
    named.read("a\nb.png", Reading((line("7"),), 160, 120))
    assert stream.getvalue() == "12 3\n45\na.png: 12 3\na.png: 45\na\\nb.png: 7\n"


def test_json_of_photos(stream):
    reporter = JsonPhotoReporter(stream)
    reporter.read("a.png", Reading((line("4"),), 160, 120, {"ink": 1.04, "classifier": 3.1}))
    reporter.failed("b\udcff.png", ImageError("b is empty"))
    digit = {"digit": 4, "confidence": 0.9, "box": [10, 20, 8, 20]}
    assert objects(stream) == [
        {
            "source": "a.png",
            "width": 160,
            "height": 120,
            "lines": [{"text": "4", "confidence": 0.9, "box": [10, 20, 8, 20], "digits": [digit]}],
            "ms": 4.1,
        },
        {"source": "b\udcff.png", "error": "b is empty"},
    ]


def test_json_of_photos_holds_no_passwords(stream):
    url = "http://me:secret@cam/a.png"
    JsonPhotoReporter(stream).failed(url, ImageError(f"{url} is not a file"))
    assert objects(stream) == [
        {"source": "http://***@cam/a.png", "error": "http://***@cam/a.png is not a file"}
    ]


def test_json_of_turned_pictures_says_so(stream):
    JsonReporter(stream, rotated=90).update(FRAME, update(APPEAR))
    FrameReporter(stream, rotated=180).update(FRAME, update())
    JsonPhotoReporter(stream, rotated=270).read("a.png", Reading((), 160, 120))
    JsonPhotoReporter(stream, rotated=270).failed("a.png", ImageError("a.png is empty"))
    event, frame, photo, failed = objects(stream)
    assert (event["rotated"], frame["rotated"], photo["rotated"]) == (90, 180, 270)
    assert list(failed) == ["source", "error"]


def test_every_line_is_flushed(tmp_path):
    with (tmp_path / "out").open("w") as stream:
        write_line(stream, "42")
        assert (tmp_path / "out").read_text() == "42\n"


@pytest.mark.parametrize(
    ("error", "raised"),
    [(BrokenPipeError(), BrokenPipeError), (OSError(28, "No space left on device"), OutputError)],
)
def test_what_cannot_be_written_is_an_error(stream, error, raised):
    def fail():
        raise error

    stream.flush = fail
    with pytest.raises(raised):
        write_line(stream, "42")
