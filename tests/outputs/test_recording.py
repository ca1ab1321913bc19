from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from tests.helpers.clips import numbers_in, picture
from webcam_digits.errors import OutputError
from webcam_digits.outputs import recording as recording_module
from webcam_digits.outputs import video_file
from webcam_digits.outputs.recording import Recording, save_snapshot
from webcam_digits.outputs.video_file import CODECS, VideoFile


@pytest.mark.parametrize("ending", [*CODECS, ".WEBM"])
def test_a_recording_holds_every_picture(tmp_path, ending, capfd):
    file = VideoFile(tmp_path / f"a{ending}", 25)
    for number in range(20):
        file.write(picture(number))
    file.close()
    file.close()
    assert numbers_in(file.path) == list(range(20))
    assert cv2.VideoCapture(str(file.path)).get(cv2.CAP_PROP_FPS) == 25
    assert capfd.readouterr() == ("", "")  # OpenCV complains about WebM


def test_nothing_is_created_before_the_first_picture(tmp_path):
    VideoFile(tmp_path / "a.webm", 25).close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("shape", [(121, 161, 3), (1, 1, 3), (120, 161, 3)])
def test_odd_sizes_become_even(tmp_path, shape):
    file = VideoFile(tmp_path / "a.avi", 25)
    file.write(np.zeros(shape, np.uint8))
    file.write(picture(3))  # the size may change on the way
    file.close()
    capture = cv2.VideoCapture(str(file.path))
    size = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)), int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
    assert size == tuple(max(side & ~1, 2) for side in shape[:2])
    assert capture.read()[0]
    assert capture.read()[0]


def test_a_file_is_replaced_by_force_only(tmp_path):
    path = tmp_path / "a.avi"
    path.write_text("precious")
    with pytest.raises(OutputError, match="File exists"):
        VideoFile(path, 25).write(picture(0))
    assert path.read_text() == "precious"
    file = VideoFile(path, 25, force=True)
    file.write(picture(1))
    file.close()
    assert numbers_in(path) == [1]


@pytest.mark.parametrize(("ending", "width"), [(".webm", 17000), (".mp4", 9000)])
@pytest.mark.parametrize("force", [False, True])
def test_of_pictures_that_the_codec_refuses_no_file_stays(tmp_path, ending, width, force):
    file = VideoFile(tmp_path / f"a{ending}", 25, force=force)
    with pytest.raises(OutputError, match=f"of {width}x2 pixels: try another ending"):
        file.write(np.zeros((2, width, 3), np.uint8))
    file.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", CODECS)
def test_a_recording_ends_whole_before_the_disk_is_full(tmp_path, monkeypatch, ending):
    free = iter([10**9] * 15 + [5 * 10**6, 4 * 10**6] + [0] * 9)
    monkeypatch.setattr(video_file.shutil, "disk_usage", lambda _: SimpleNamespace(free=next(free)))
    file = VideoFile(tmp_path / f"a{ending}", 25)
    for number in range(16):
        file.write(picture(number))
    with pytest.raises(OutputError, match=r"the disk is nearly full: .* ends here, with 16 frames"):
        file.write(picture(16))
    assert numbers_in(file.path) == list(range(16))


def test_on_a_full_disk_nothing_is_begun(tmp_path, monkeypatch):
    monkeypatch.setattr(video_file.shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    file = VideoFile(tmp_path / "a.webm", 25)
    with pytest.raises(OutputError, match=r"the disk is nearly full: .* is not begun; make room first"):
        file.write(picture(0))
    file.close()
    assert not list(tmp_path.iterdir())


def test_a_failing_write_is_reported_and_closes_the_file(tmp_path, monkeypatch):
    file = VideoFile(tmp_path / "a.webm", 25)
    for number in range(9):
        file.write(picture(number))
    writer = file._writer
    file._writer = SimpleNamespace(write=lambda image: False, release=writer.release)
    with pytest.raises(OutputError, match="cannot be written any further"):
        file.write(picture(9))
    assert numbers_in(file.path) == list(range(9))


def test_a_file_of_which_nothing_was_written_is_reported(tmp_path):
    file = VideoFile(tmp_path / "a.webm", 25)
    file.write(picture(0))
    writer, file._writer = file._writer, SimpleNamespace(release=lambda: None)
    file.path.write_bytes(b"")
    with pytest.raises(OutputError, match="nothing of"):
        file.close()
    writer.release()


def test_snapshots_are_numbered(tmp_path):
    (tmp_path / "webcam-digits-002.png").touch()
    paths = [save_snapshot(picture(number), tmp_path) for number in (5, 6)]
    assert [path.name for path in paths] == ["webcam-digits-001.png", "webcam-digits-003.png"]
    assert np.array_equal(cv2.imread(str(paths[1])), picture(6))


def test_of_a_snapshot_that_fails_nothing_stays(tmp_path, monkeypatch):
    with pytest.raises(OutputError, match="cannot write"):
        save_snapshot(picture(0), tmp_path / "missing")

    def fail(path, content):
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(OutputError, match="No space left on device"):
        save_snapshot(picture(0), tmp_path)
    assert not list(tmp_path.iterdir())


def test_of_a_file_every_picture_is_recorded_once(tmp_path):
    recording = Recording(tmp_path, 60.0, live=False)
    recording.write(picture(9), 0.0)  # switched off
    recording.start(tmp_path / "a.avi")
    for number in range(5):
        recording.write(picture(number), number * 7.0)
    recording.close()
    assert numbers_in(tmp_path / "a.avi") == [0, 1, 2, 3, 4]


def test_a_live_recording_keeps_the_time(tmp_path, monkeypatch):
    monkeypatch.setattr(recording_module, "_LONGEST_WRITE", 60)
    recording = Recording(tmp_path, 10.0, live=True)
    recording.start(tmp_path / "a.avi")
    for number, time in enumerate([5.0, 5.01, 5.09, 5.12, 5.45, 5.5]):
        recording.write(picture(number), time)
    recording.close()
    # 1 and 2 came within a tenth of a second of 0; 4 stands for the tenths that gave nothing
    assert numbers_in(tmp_path / "a.avi") == [0, 3, 4, 4, 4, 5]


def test_a_pause_is_left_out(tmp_path, monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(recording_module, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(recording_module, "_LONGEST_WRITE", 3.5)
    recording = Recording(tmp_path, 10.0, live=True)
    recording.start(tmp_path / "a.avi")
    for number, time in enumerate([0.0, 100.0, 100.15, 100.25]):
        recording.write(picture(number), time)
    recording.close()
    assert numbers_in(tmp_path / "a.avi") == [0, 1, 1, 1, 2, 3]


def test_the_key_records_into_new_files(tmp_path):
    (tmp_path / "webcam-digits-001.webm").touch()
    recording = Recording(tmp_path, 25.0, live=False)
    assert recording.toggle() == f"recording {tmp_path / 'webcam-digits-002.webm'}"
    assert recording.active
    recording.write(picture(1), 0.0)
    assert recording.toggle() == f"recorded {tmp_path / 'webcam-digits-002.webm'}"
    assert not recording.active
    recording.write(picture(2), 0.1)
    assert recording.toggle() == f"recording {tmp_path / 'webcam-digits-003.webm'}"
    assert recording.toggle() == "nothing recorded"
    assert numbers_in(tmp_path / "webcam-digits-002.webm") == [1]
    assert not (tmp_path / "webcam-digits-003.webm").exists()


def test_a_recording_that_still_runs_at_the_end_is_reported(tmp_path, caplog):
    caplog.set_level("INFO", "webcam_digits")
    recording = Recording(tmp_path, 25.0, live=False)
    recording.close()
    assert not caplog.messages
    recording.toggle()
    recording.write(picture(1), 0.0)
    recording.close()
    recording.close()
    assert caplog.messages == [f"recorded {tmp_path / 'webcam-digits-001.webm'}"]


def test_a_recording_by_key_that_fails_does_not_end_the_run(tmp_path, caplog):
    recording = Recording(tmp_path / "missing", 25.0, live=False)
    recording.toggle()
    recording.write(picture(0), 0.0)
    assert not recording.active
    assert "cannot write" in recording.failure
    assert "cannot write" in caplog.text


def test_a_recording_by_name_that_fails_does(tmp_path):
    recording = Recording(tmp_path, 25.0, live=False)
    recording.start(tmp_path / "missing" / "a.webm")
    with pytest.raises(OutputError):
        recording.write(picture(0), 0.0)
    assert not recording.active
    recording.close()
