"""Video files, whole, damaged and such as are not videos."""

import math
import os
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from tests.helpers.clips import AV1, number_of, picture, write_clip
from webcam_digits.errors import SourceError
from webcam_digits.outputs.video_file import CODECS
from webcam_digits.sources.video import is_cut_short, open_video


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / "clip.avi", 8)


@pytest.mark.parametrize("ending", CODECS)
def test_a_file_gives_every_frame_in_order(tmp_path, ending):
    with open_video(write_clip(tmp_path / f"clip{ending}", 12, fps=25)) as video:
        assert (video.live, video.fps, video.frame_count) == (False, 25, 12)
        frames = list(video)
        assert video.read() is None
    assert [number_of(frame.image) for frame in frames] == list(range(12))
    assert [frame.index for frame in frames] == list(range(12))
    assert [frame.time for frame in frames] == pytest.approx([i / 25 for i in range(12)], abs=0.002)
    assert frames[0].image.dtype == np.uint8
    assert frames[0].image.shape == (120, 160, 3)


@pytest.mark.parametrize(("count", "loop"), [(0, False), (0, True), (3, False), (3, True)])
def test_a_closed_file_gives_nothing(clip, count, loop):
    video = open_video(clip, loop=loop)
    frames = [video.read() for _ in range(count)]
    video.close()
    assert all(frames)
    assert video.read() is None
    assert list(video) == []


@pytest.mark.parametrize("ending", [".webm", ".avi"])
def test_a_truncated_file_is_read_as_far_as_it_goes(tmp_path, ending, caplog):
    whole = write_clip(tmp_path / f"whole{ending}", 30)
    cut = tmp_path / f"cut{ending}"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with open_video(cut) as video:
        numbers = [number_of(frame.image) for frame in video]
        assert video.read() is None
    assert numbers[:-1] == list(range(len(numbers) - 1))  # of the last picture there may be a part
    assert 3 < len(numbers) < 30
    assert caplog.messages == [f"{cut} is cut short: it ends after {len(numbers)} frames"]


@pytest.mark.parametrize("ending", [".mp4", ".avi"])
def test_a_file_is_read_past_its_damage(tmp_path, ending, caplog):
    path = write_clip(tmp_path / f"clip{ending}", 60)
    content = bytearray(path.read_bytes())
    start, end = len(content) // 3, len(content) // 2
    content[start:end] = bytes(end - start)
    path.write_bytes(content)
    with open_video(path) as video:
        frames = list(video)
    numbers = [number_of(frame.image) for frame in frames]
    assert 30 < len(numbers) < 60
    assert numbers[-1] == 59
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert caplog.messages == [f"{path} is damaged: some of its frames cannot be read"]


@pytest.mark.parametrize("count", [math.nan, math.inf, -1.0, 0.0, 8.0, 9.0, 93.0, 1e18])
def test_that_a_container_states_other_frames_is_no_sign_of_damage(clip, monkeypatch, caplog, count):
    """Many estimate it, from a length that may be the sound's; and nothing waits for a great many."""
    opened = cv2.VideoCapture

    def stating(*args):
        capture = opened(*args)
        properties = {cv2.CAP_PROP_FRAME_COUNT: count}
        return SimpleNamespace(
            read=capture.read,
            isOpened=capture.isOpened,
            release=capture.release,
            get=lambda key: properties.get(key, capture.get(key)),
        )

    monkeypatch.setattr(cv2, "VideoCapture", stating)
    with open_video(clip) as video:
        assert sum(1 for _ in video) == 8
    assert caplog.messages == []


def mp4(*boxes):
    """The boxes of an MP4 file, from the lengths that they state, their kinds and contents."""
    return b"".join(length.to_bytes(4) + kind + content for length, kind, content in boxes)


def matroska(stated, content):
    """A Matroska file whose segment states a length, in eight bytes."""
    return b"\x1aE\xdf\xa3\x84head" + b"\x18S\x80g" + (stated | 1 << 56).to_bytes(8) + content


HEAD = 12, b"ftyp", b"isom"
OPEN_END = (1 << 56) - 1


@pytest.mark.parametrize(
    ("content", "cut"),
    [
        (mp4(HEAD, (16, b"mdat", bytes(8))), False),
        (mp4(HEAD, (17, b"mdat", bytes(8))), True),
        (mp4(HEAD, (0, b"mdat", bytes(8))), False),  # up to the end
        (mp4(HEAD, (1, b"mdat", (24).to_bytes(8) + bytes(8))), False),  # of a long length
        (mp4(HEAD, (1, b"mdat", (25).to_bytes(8) + bytes(8))), True),
        (mp4(HEAD, (5, b"junk", b"")), False),
        (matroska(8, bytes(8)), False),
        (matroska(9, bytes(8)), True),
        (matroska(OPEN_END, bytes(8)), False),
        (b"RIFF" + (8).to_bytes(4, "little") + b"AVI ....", False),
        (b"RIFF" + (9).to_bytes(4, "little") + b"AVI ....", True),
        (b"anything else", False),
        (b"\x1aE\xdf\xa3", True),
        (b"", False),
    ],
)
def test_whether_a_container_states_more_than_there_is(tmp_path, content, cut):
    path = tmp_path / "video"
    path.write_bytes(content)
    assert is_cut_short(path) == cut


@pytest.mark.parametrize(("name", "count"), [("vfr.webm", 45), ("longaudio.mkv", 45), ("cut2.mp4", 30)])
def test_sound_files_whose_frame_count_is_an_estimate(shared, caplog, name, count):
    with open_video(shared / "reports" / "videos" / name) as video:
        assert sum(1 for _ in video) == count
    assert caplog.messages == []


def test_a_codec_that_cannot_be_decoded_is_named_with_a_remedy(tmp_path):
    path = tmp_path / "clip.ivf"
    path.write_bytes(AV1)
    with pytest.raises(SourceError) as error:
        open_video(path)
    convert = f"convert it, as with ffmpeg -i {path} -c:v libx264 out.mp4"
    assert str(error.value) == f"{path} is AV1 video that OpenCV cannot decode here: {convert}"


def test_a_shared_clip_in_av1_is_named_as_such(shared):
    with pytest.raises(SourceError, match="is AV1 video that OpenCV cannot decode here: convert it"):
        open_video(shared / "reports" / "videos" / "av1.mp4")


def test_a_loop_begins_again_while_numbers_and_times_rise(clip):
    with open_video(clip, loop=True) as video:
        assert (video.live, video.frame_count) == (False, None)
        frames = [video.read() for _ in range(20)]
        assert video.read() is not None
    assert [number_of(frame.image) for frame in frames] == [number % 8 for number in range(20)]
    assert [frame.index for frame in frames] == list(range(20))
    assert [frame.time for frame in frames] == pytest.approx([i / 30 for i in range(20)], abs=0.002)
    assert video.read() is None  # once it is closed


def test_a_damaged_loop_is_reported_once(tmp_path, caplog):
    whole = write_clip(tmp_path / "whole.avi", 30)
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with open_video(cut, loop=True) as video:
        assert [video.read().index for _ in range(70)] == list(range(70))
    assert len(caplog.messages) == 1


def test_a_loop_whose_file_is_gone_ends_with_the_reason(clip):
    with open_video(clip, loop=True) as video:
        for _ in range(8):
            video.read()
        clip.unlink()
        with pytest.raises(SourceError, match="there is no file"):
            video.read()


@pytest.mark.parametrize("name", ["a:b.avi", "p%03d.avi", "Zahlen \N{SNOWMAN}.avi", os.fsdecode(b"\xff.avi")])
def test_odd_names(tmp_path, clip, name):
    path = tmp_path / name
    path.write_bytes(clip.read_bytes())
    with open_video(path) as video:
        assert sum(1 for _ in video) == 8
        video.name.encode()  # can be shown


def broken(folder, kind):
    path = folder / f"{kind}.mp4"
    match kind:
        case "folder":
            path.mkdir()
        case "empty":
            path.touch()
        case "garbage":
            path.write_bytes(bytes(range(256)) * 100)
        case "cut":  # what a recorder leaves that was not closed: no index
            path.write_bytes(write_clip(folder / "whole.mp4", 9).read_bytes()[:-100])
        case "still":
            path.write_bytes(cv2.imencode(".png", picture(1))[1].tobytes())
        case "fifo":
            os.mkfifo(path)
        case "pdf":
            path.write_bytes(b"%PDF-1.7\n" * 9)
        case "text":
            path = folder / "notes.txt"  # which FFmpeg would draw
            path.write_bytes(b"31415926\n" * 99)
        case "document":
            path = folder / "notes.docx"
            path.write_bytes(b"PK\3\4" * 99)
        case "sound":
            path = folder / "song.mp3"
            path.write_bytes(bytes(99))
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", "there is no file"),
        ("folder", "is a folder: webcam-digits read"),
        ("empty", "is empty"),
        ("garbage", "is not a video that can be read"),
        ("cut", "is cut short, and nothing of it can be read"),
        ("still", "is a still image: webcam-digits read"),
        ("fifo", "is not a regular file"),
        ("pdf", "is a PDF document, not a video: save its pages as images for webcam-digits read"),
        ("text", "is not a video but a file of type .txt"),
        ("document", "is not a video but a file of type .docx"),
        ("sound", "is not a video but a file of type .mp3"),
    ],
)
def test_what_is_not_a_video_is_named(tmp_path, kind, message):
    path = broken(tmp_path, kind)
    with pytest.raises(SourceError, match=message) as error:
        open_video(path)
    assert str(path) in str(error.value)
    assert error.value.exit_code == 3


def test_an_empty_name_is_no_folder():
    with pytest.raises(SourceError, match="the video's name is empty"):
        open_video("")
