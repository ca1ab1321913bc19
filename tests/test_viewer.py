from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from clips import FakeScreen, line, number_of, numbers_in, picture

from webcam_digits import viewer as viewer_module
from webcam_digits.overlay import draw
from webcam_digits.pipeline import Result
from webcam_digits.reading import Reading
from webcam_digits.recording import Recording
from webcam_digits.viewer import Viewer
from webcam_digits.window import Key

READING = Reading((line("42", x=100, y=95),), 160, 120, {"all": 3.0})
RESULT = Result(picture(5), SimpleNamespace(reading=READING), READING)


@pytest.fixture
def screen():
    return FakeScreen()


@pytest.fixture
def reader():
    return SimpleNamespace(min_confidence=0.5)


@pytest.fixture
def recording(tmp_path):
    return Recording(tmp_path, 25.0, live=False)


@pytest.fixture
def viewer(screen, reader, recording, tmp_path):
    made = Viewer(screen, reader, recording, snapshots=tmp_path)
    made.show(picture(5), RESULT)
    return made


@pytest.fixture
def hit(viewer, screen):
    """Hits keys, one after the other; the last picture shown then."""

    def hit_keys(*keys):
        screen.keys += keys
        for _ in keys:
            viewer.poll(1)
        return screen.pictures[-1]

    return hit_keys


def test_what_is_shown_has_the_reading_on_it(screen, viewer):
    shown = screen.pictures[-1]
    assert number_of(shown) == 5
    assert not np.array_equal(shown[30:], picture(5)[30:])


@pytest.mark.parametrize("end", ["key", "window"])
def test_quitting(screen, viewer, hit, end):
    assert viewer.is_open
    if end == "key":
        hit(Key.QUIT)
    else:
        screen.is_open = False
    assert not viewer.is_open
    shown = len(screen.pictures)
    viewer.show(picture(6), RESULT)
    assert len(screen.pictures) == shown


def test_pausing_and_stepping(viewer, hit):
    assert viewer.wants_frame
    hit(Key.PAUSE)
    assert viewer.paused
    assert not viewer.wants_frame
    hit(Key.STEP)
    assert viewer.wants_frame
    viewer.show(picture(6), RESULT)
    assert not viewer.wants_frame
    hit(Key.PAUSE)
    assert viewer.wants_frame
    hit(Key.STEP)  # pauses
    assert viewer.paused
    assert not viewer.wants_frame


def test_a_snapshot_holds_the_picture_and_the_reading_alone(viewer, hit, tmp_path, caplog):
    caplog.set_level("INFO", "webcam_digits")
    hit(Key.MIRROR, Key.HELP, Key.SNAPSHOT)
    saved = cv2.imread(str(tmp_path / "webcam-digits-001.png"))
    assert np.array_equal(saved, draw(picture(5), READING))
    assert f"saved {tmp_path / 'webcam-digits-001.png'}" in caplog.text


def test_a_snapshot_that_fails_is_told_and_the_run_goes_on(viewer, hit, tmp_path, monkeypatch, caplog):
    tmp_path.rmdir()
    hit(Key.SNAPSHOT)
    assert "cannot write" in caplog.text
    assert viewer.is_open


def test_the_record_key(viewer, hit, recording, tmp_path, caplog):
    caplog.set_level("INFO", "webcam_digits")
    still = hit(Key.HELP, Key.HELP)
    assert not np.array_equal(hit(Key.RECORD), still)  # a sign shows that it is recording
    recording.write(picture(5), 0.0)
    hit(Key.RECORD)
    assert numbers_in(tmp_path / "webcam-digits-001.webm") == [5]
    assert "recording" in caplog.text
    assert "recorded" in caplog.text


def test_a_recording_that_breaks_off_is_noted(viewer, hit, recording, monkeypatch):
    recording.failure = "the disk is nearly full"
    notes = []
    draw_all = viewer_module.draw
    monkeypatch.setattr(viewer_module, "draw", lambda *args: notes.append(args[-1].note) or draw_all(*args))
    viewer.show(picture(5), RESULT)
    assert notes == ["the disk is nearly full"]
    assert recording.failure == ""


def test_mirroring_turns_the_picture(screen, viewer, hit):
    assert number_of(hit(Key.MIRROR)[:, ::-1]) == 5
    assert number_of(hit(Key.MIRROR)) == 5


def test_options_of_the_start(screen, reader, recording, tmp_path):
    viewer = Viewer(screen, reader, recording, snapshots=tmp_path, mirrored=True, fullscreen=True)
    viewer.show(picture(5), RESULT)
    assert screen.fullscreen
    assert number_of(screen.pictures[-1][:, ::-1]) == 5


def test_the_screen_is_filled_once_there_is_a_window(screen, reader, recording, tmp_path):
    """Before the first picture highgui has no window that could be enlarged."""
    viewer = Viewer(screen, reader, recording, snapshots=tmp_path, fullscreen=True)
    assert not screen.fullscreen
    for _ in range(2):
        viewer.show(picture(5), RESULT)
        assert screen.fullscreen


def test_full_screen(screen, viewer, hit):
    hit(Key.FULLSCREEN)
    assert screen.fullscreen
    hit(Key.FULLSCREEN)
    assert not screen.fullscreen


def test_help_comes_and_goes(viewer, hit, screen):
    plain = screen.pictures[-1]
    assert hit(Key.HELP).mean() < 0.8 * plain.mean()
    assert number_of(hit(Key.HELP)) == 5


def test_confidence(viewer, hit, reader):
    hit(Key.MORE, Key.MORE, Key.LESS)
    assert reader.min_confidence == 0.55
    hit(*[Key.MORE] * 20)
    assert reader.min_confidence == 1.0
    hit(*[Key.LESS] * 30)
    assert reader.min_confidence == 0.0


def test_what_the_machine_sees_is_what_was_read(viewer, hit, monkeypatch):
    """Not the newest picture, and without reading it once more: the reader has no `inspect` to call."""
    seen = np.full((120, 160, 3), 77, np.uint8)
    drawn = []
    monkeypatch.setattr(
        viewer_module,
        "draw_inspection",
        lambda image, inspection, status: drawn.append((image, inspection)) or seen,
    )
    assert np.array_equal(hit(Key.DEBUG), seen)
    viewer.show(picture(6), RESULT)
    assert [(number_of(image), inspection) for image, inspection in drawn] == [(5, RESULT.inspection)] * 2
    assert number_of(hit(Key.DEBUG)) == 6


def test_before_anything_was_read_the_picture_is_shown(screen, reader, recording, tmp_path):
    viewer = Viewer(screen, reader, recording, snapshots=tmp_path)
    screen.keys.append(Key.DEBUG)
    viewer.show(picture(6), None)
    viewer.poll(1)
    assert number_of(screen.pictures[-1]) == 6


def test_notes_go_by_themselves(viewer, hit, screen, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(viewer_module, "perf_counter", lambda: clock[0])
    hit(Key.MORE)
    with_note, count = screen.pictures[-1], len(screen.pictures)
    clock[0] += 1
    viewer.poll(1)
    assert len(screen.pictures) == count
    clock[0] += 2
    viewer.poll(1)
    assert not np.array_equal(screen.pictures[-1], with_note)


def test_names_that_are_no_text_do_not_crash_the_note(screen, reader, recording, tmp_path):
    folder = tmp_path / b"\xff".decode(errors="surrogateescape")
    folder.mkdir()
    viewer = Viewer(screen, reader, recording, snapshots=folder)
    viewer.show(picture(5), RESULT)
    screen.keys.append(Key.SNAPSHOT)
    viewer.poll(1)
    assert len(list(folder.iterdir())) == 1
