from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from tests.helpers.clips import FakeScreen, line, number_of, numbers_in, picture
from webcam_digits.drawing import status_bar
from webcam_digits.drawing.canvas import Canvas
from webcam_digits.drawing.overlay import annotate
from webcam_digits.drawing.status_bar import Status, area_above
from webcam_digits.outputs.recording import Recording
from webcam_digits.reading.legacy.selection import Verdict
from webcam_digits.tracking.result import Result
from webcam_digits.types import Box, Reading
from webcam_digits.ui import viewer as viewer_module
from webcam_digits.ui.controls import Drag, Key
from webcam_digits.ui.viewer import Viewer

READING = Reading((line("42", x=100, y=95),), 160, 120, {"all": 3.0})
WHOLE = Box(0, 0, 160, 120)
RESULT = Result(picture(5), WHOLE, SimpleNamespace(reading=READING), READING, None)


@pytest.fixture
def screen():
    return FakeScreen()


@pytest.fixture
def reader():
    return SimpleNamespace(min_confidence=0.5, threshold=0.62)


@pytest.fixture
def recording(tmp_path):
    return Recording(tmp_path, 25.0, live=False)


@pytest.fixture
def pipeline():
    return SimpleNamespace(region=None)


@pytest.fixture
def viewer(screen, reader, recording, pipeline, tmp_path):
    made = Viewer(screen, reader, recording, pipeline, snapshots=tmp_path)
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
    assert np.array_equal(saved, annotate(picture(5), READING))
    assert f"saved {tmp_path / 'webcam-digits-001.png'}" in caplog.text


def test_a_snapshot_that_fails_is_reported_and_the_run_goes_on(viewer, hit, tmp_path, monkeypatch, caplog):
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
    draw_all = viewer_module.annotate
    monkeypatch.setattr(
        viewer_module, "annotate", lambda *args, **region: notes.append(args[-1].note) or draw_all(*args)
    )
    viewer.show(picture(5), RESULT)
    assert notes == ["the disk is nearly full"]
    assert recording.failure == ""


def test_mirroring_turns_the_picture(screen, viewer, hit):
    assert number_of(hit(Key.MIRROR)[:, ::-1]) == 5
    assert number_of(hit(Key.MIRROR)) == 5


def test_options_of_the_start(screen, reader, recording, tmp_path):
    viewer = Viewer(
        screen,
        reader,
        recording,
        SimpleNamespace(region=None),
        snapshots=tmp_path,
        mirrored=True,
        fullscreen=True,
    )
    viewer.show(picture(5), RESULT)
    assert screen.fullscreen
    assert number_of(screen.pictures[-1][:, ::-1]) == 5


def test_the_screen_is_filled_once_there_is_a_window(screen, reader, recording, tmp_path):
    """Before the first picture highgui has no window that could be enlarged."""
    viewer = Viewer(
        screen, reader, recording, SimpleNamespace(region=None), snapshots=tmp_path, fullscreen=True
    )
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
    screen.scale = 4  # on a picture of 160x120 no card is legible
    viewer.show(picture(5), RESULT)
    plain = screen.pictures[-1]
    assert hit(Key.HELP).mean() < 0.8 * plain.mean()
    assert np.array_equal(hit(Key.HELP), plain)


def test_confidence(viewer, hit, reader):
    hit(Key.MORE, Key.MORE, Key.LESS)
    assert reader.min_confidence == 0.55
    hit(*[Key.MORE] * 20)
    assert reader.min_confidence == 1.0
    hit(*[Key.LESS] * 30)
    assert reader.min_confidence == 0.0


def test_confidence_starts_from_what_holds(hit, reader):
    reader.min_confidence = None
    hit(Key.MORE)
    assert reader.min_confidence == 0.67


def test_what_the_machine_sees_is_what_was_read(viewer, hit, monkeypatch):
    """Not the newest picture, and without reading it once more: the reader has no `inspect` to call."""
    seen = np.full((120, 160, 3), 77, np.uint8)
    drawn = []
    monkeypatch.setattr(
        viewer_module,
        "draw_inspection",
        lambda image, inspection, status, size: drawn.append((image, inspection)) or seen,
    )
    assert np.array_equal(hit(Key.DEBUG), seen)
    viewer.show(picture(6), RESULT)
    assert [(number_of(image), inspection) for image, inspection in drawn] == [(5, RESULT.inspection)] * 2
    assert number_of(hit(Key.DEBUG)) == 6


def test_before_anything_was_read_the_picture_is_shown(screen, reader, recording, tmp_path):
    viewer = Viewer(screen, reader, recording, SimpleNamespace(region=None), snapshots=tmp_path)
    screen.keys.append(Key.DEBUG)
    viewer.show(picture(6), None)
    viewer.poll(1)
    assert number_of(screen.pictures[-1]) == 6


def test_notes_go_by_themselves(viewer, hit, screen, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(status_bar, "perf_counter", lambda: clock[0])
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
    viewer = Viewer(screen, reader, recording, SimpleNamespace(region=None), snapshots=folder)
    viewer.show(picture(5), RESULT)
    screen.keys.append(Key.SNAPSHOT)
    viewer.poll(1)
    assert len(list(folder.iterdir())) == 1


def drag(start, end, ended=True):
    return Drag(start, end, ended)


def click(x, y):
    return Drag((x, y), (x, y), ended=True)


@pytest.fixture
def pull(viewer, screen):
    """Drags or clicks, one after the other; the last picture shown then."""

    def pull_mouse(*drags):
        screen.drags += drags
        viewer.poll(1)
        return screen.pictures[-1]

    return pull_mouse


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("scale", [1, 4])
def test_a_drag_sets_the_region_that_was_seen(viewer, screen, pipeline, hit, pull, scale, mirrored, caplog):
    caplog.set_level("INFO", "webcam_digits")
    screen.scale = scale
    if mirrored:
        hit(Key.MIRROR)
    viewer.show(picture(5), RESULT)
    left, right = (160 - 70, 160 - 20) if mirrored else (20, 70)
    plain = screen.pictures[-1]
    pull(drag((right * scale, 80 * scale), (left * scale, 40 * scale), ended=False))
    assert pipeline.region is None
    dragged = screen.pictures[-1]
    pull(drag((right * scale, 80 * scale), (left * scale, 40 * scale)))
    assert pipeline.region == pytest.approx(Box(20, 40, 50, 40), abs=2)
    around = screen.pictures[-1]
    for shown in (dragged, around):
        assert (shown[60 * scale, 45 * scale if not mirrored else 115 * scale] == 255).all()
        assert (shown[25 * scale, 80 * scale] == 127).all()
    assert (plain[25 * scale, 80 * scale] == 255).all()
    x, y, width, height = tuple(pipeline.region)
    assert f"--roi {x},{y},{width}x{height}" in caplog.text


def test_what_is_read_outside_of_a_region_is_no_longer_shown(hit, pull, monkeypatch):
    shown = []
    draw_all = viewer_module.annotate
    monkeypatch.setattr(
        viewer_module,
        "annotate",
        lambda image, reading, status, region: (
            shown.append(reading.text) or draw_all(image, reading, status, region=region)
        ),
    )
    pull(drag((20, 30), (70, 80)))
    hit(Key.CLEAR)
    pull(drag((90, 60), (110, 119)))  # through the number
    assert shown == ["", "42", "42"]


def test_the_region_is_cleared_by_a_key(viewer, pipeline, hit, pull):
    plain = hit(Key.HELP, Key.HELP)
    pull(drag((20, 40), (70, 80)))
    assert pipeline.region is not None
    shown = hit(Key.CLEAR)
    assert pipeline.region is None
    assert np.array_equal(shown[:100], plain[:100])


def test_a_region_too_small_to_read_in_is_not_taken(pipeline, pull):
    pull(drag((20, 40), (120, 45)))
    assert pipeline.region is None


def test_a_drag_beyond_the_edges_ends_there(pipeline, pull):
    pull(drag((100, 70), (900, -30)))
    assert pipeline.region == Box(100, 0, 60, 71)


def test_a_region_from_the_start_is_seen(screen, reader, recording, tmp_path):
    viewer = Viewer(
        screen, reader, recording, SimpleNamespace(region=Box(20, 40, 50, 40)), snapshots=tmp_path
    )
    viewer.show(picture(0), None)
    assert screen.pictures[-1][60, 45].tolist() == [255] * 3
    assert screen.pictures[-1][25, 80].tolist() == [127] * 3


def inspected(reading, level=99):
    """The reading with what the network would have seen: glyphs of one level."""
    digits = [digit for line in reading.lines for digit in line.digits]
    return SimpleNamespace(
        reading=reading,
        regions=SimpleNamespace(boxes=np.array([digit.box for digit in digits]).reshape(-1, 4)),
        verdicts=(Verdict.KEPT,) * len(digits),
        glyphs=np.full((len(digits), 28, 28), level, np.uint8),
        predictions=SimpleNamespace(labels=tuple("0123456789")),
    )


def result_at(x, y, level=99, text="42"):
    reading = Reading((line(text, x=x, y=y),) if text else (), 160, 120, {"all": 3.0})
    return Result(picture(5), WHOLE, inspected(reading, level), reading, None)


def has_glyph(shown, level=99):
    return (shown == level).all(axis=2).sum() > 28 * 28


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_click_on_a_digit_shows_its_glyph_and_another_puts_it_away(viewer, screen, hit, pull, mirrored):
    screen.scale = 4
    viewer.show(picture(5), result_at(100, 95))
    if mirrored:
        hit(Key.MIRROR)
    x = 4 * (159 - 114 if mirrored else 114)
    assert not has_glyph(pull(click(4 * (159 - 114 if not mirrored else 114), 400)))  # the other side
    assert has_glyph(pull(click(x, 400)))
    assert not has_glyph(pull(click(x, 402)))
    assert has_glyph(pull(click(x, 400)))
    assert not has_glyph(pull(click(8, 8)))


def test_the_card_follows_its_digit_and_goes_with_it(viewer, screen, pull):
    screen.scale = 4
    viewer.show(picture(5), result_at(100, 95))
    pull(click(4 * 114, 400))
    viewer.show(picture(6), result_at(104, 90, level=88))
    assert has_glyph(screen.pictures[-1], 88)
    viewer.show(picture(6), result_at(100, 95, text=""))
    viewer.show(picture(6), result_at(100, 95))
    assert not has_glyph(screen.pictures[-1])


def test_a_digit_that_is_missed_once_keeps_its_glyph(viewer, screen, pull):
    """The steady reading still has it, what was read this time has not."""
    screen.scale = 4
    steady = result_at(100, 95)
    viewer.show(picture(5), steady)
    pull(click(4 * 114, 400))
    viewer.show(picture(6), Result(picture(6), WHOLE, inspected(Reading((), 160, 120)), steady.reading, None))
    assert has_glyph(screen.pictures[-1])


def test_the_glyph_of_a_digit_in_a_region_is_its_own(viewer, screen, pull):
    """What was read is in pixels of the region, the steady reading in those of the picture."""
    screen.scale = 4
    inspection = inspected(Reading((line("42", x=10, y=15),), 60, 40))
    inspection.glyphs[1] = 77
    steady = result_at(100, 95).reading
    viewer.show(picture(5), Result(picture(5)[80:], Box(90, 80, 60, 40), inspection, steady, None))
    assert has_glyph(pull(click(4 * 114, 400)), 77)
    assert has_glyph(pull(click(4 * 104, 400)), 99)


def test_clicks_before_anything_was_read_do_nothing(screen, reader, recording, pipeline, tmp_path):
    viewer = Viewer(screen, reader, recording, pipeline, snapshots=tmp_path)
    screen.drags = [click(5, 5), drag((0, 0), (90, 90))]
    viewer.poll(1)
    assert pipeline.region is None
    viewer.show(picture(6), None)
    screen.drags = [click(5, 5)]
    viewer.poll(1)
    assert number_of(screen.pictures[-1]) == 6


@pytest.mark.parametrize("way", ["inspecting", "back"])
def test_of_a_drag_that_is_given_up_nothing_is_left(viewer, screen, hit, pull, monkeypatch, way):
    """The machine is shown meanwhile; or the wheel has turned, and the drag goes back to where it began."""
    plain = hit(Key.HELP, Key.HELP)[:100]
    assert not np.array_equal(pull(drag((20, 40), (70, 80), ended=False))[:100], plain)
    if way == "back":
        assert np.array_equal(pull(drag((20, 40), (20, 40), ended=False))[:100], plain)
        return
    monkeypatch.setattr(viewer_module, "draw_inspection", lambda *_: np.zeros((120, 160, 3), np.uint8))
    hit(Key.DEBUG)
    pull(drag((20, 40), (70, 80)))
    assert np.array_equal(hit(Key.DEBUG)[:100], plain)


def test_the_mouse_does_nothing_where_the_machine_is_shown(pipeline, hit, pull, monkeypatch):
    monkeypatch.setattr(viewer_module, "draw_inspection", lambda *_: np.zeros((120, 160, 3), np.uint8))
    hit(Key.DEBUG)
    pull(drag((20, 40), (70, 80)))
    assert pipeline.region is None


def test_trouble_is_shown_while_no_frame_comes_and_goes(viewer, screen):
    plain = screen.pictures[-1]
    viewer.trouble = "camera 0 gives no pictures: looking for it again, 12 s left"
    viewer.poll(1)
    first = screen.pictures[-1]
    assert first.mean() < 0.7 * plain.mean()
    shown = len(screen.pictures)
    viewer.poll(1)
    assert len(screen.pictures) == shown  # nothing has changed
    viewer.trouble = "camera 0 gives no pictures: looking for it again, 11 s left"
    viewer.poll(1)
    assert len(screen.pictures) == shown + 1
    viewer.trouble = None
    viewer.poll(1)
    assert np.array_equal(screen.pictures[-1], plain)


def test_trouble_is_shown_before_there_is_any_picture(screen, reader, recording, pipeline, tmp_path):
    viewer = Viewer(screen, reader, recording, pipeline, snapshots=tmp_path)
    viewer.trouble = "camera 0 gives no pictures"
    viewer.poll(1)
    assert screen.pictures[-1].any()
    screen.keys.append(Key.SNAPSHOT)
    viewer.poll(1)
    assert not list(tmp_path.iterdir())


def test_what_is_shown_is_as_large_as_the_window(viewer, screen):
    screen.scale = 3
    viewer.poll(1)
    assert screen.pictures[-1].shape == (360, 480, 3)


def test_a_snapshot_is_as_large_as_the_picture(viewer, screen, hit, tmp_path):
    screen.scale = 3
    hit(Key.SNAPSHOT)
    assert cv2.imread(str(tmp_path / "webcam-digits-001.png")).shape == (120, 160, 3)


@pytest.mark.parametrize("trouble", [None, "camera 0 gives no pictures"])
def test_no_card_lies_over_the_status_line(viewer, hit, screen, trouble):
    screen.scale = 4
    viewer.show(picture(5), RESULT)
    hit(Key.PAUSE)
    plain = screen.pictures[-1]
    viewer.trouble = trouble
    covered = hit(Key.HELP)
    height = area_above(Canvas(plain), Status(0, 0)).height
    assert np.array_equal(covered[height:], plain[height:])
    assert (covered[:height] != plain[:height]).mean() > 0.9
