"""The command as a process of its own: what only shows there."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from time import perf_counter, sleep

import cv2
import numpy as np
import pytest

import webcam_digits
from tests.helpers.clips import frames_in, write_clip
from tests.helpers.program import PATIENCE, finished, started
from webcam_digits.outputs.log_file import COLUMNS
from webcam_digits.outputs.video_file import CODECS

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals, pipes and mounts as POSIX has them")


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory):
    """A clip that takes a process longer to read than any test lets it."""
    return write_clip(tmp_path_factory.mktemp("clips") / "long.avi", 4000)


@pytest.fixture(scope="module")
def noisy_clip(tmp_path_factory):
    """A clip that is hard to compress, so that a recording of it soon reaches the disk."""
    path = tmp_path_factory.mktemp("clips") / "noisy.avi"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"MJPG"), 30, (320, 240))
    noise = np.random.default_rng(0)
    for _ in range(200):
        writer.write(noise.integers(110, 146, (240, 320, 3), np.uint8))
    writer.release()
    return path


@pytest.mark.parametrize(
    ("number", "code", "ending"),
    [
        (signal.SIGINT, 130, ".mp4"),
        (signal.SIGINT, 130, ".avi"),
        (signal.SIGTERM, 143, ".mp4"),
        (signal.SIGTERM, 143, ".webm"),
        (signal.SIGHUP, 129, ".mp4"),
        (signal.SIGHUP, 129, ".webm"),
    ],
)
def test_signals_end_in_order_and_files_stay_playable(tmp_path, long_clip, number, code, ending):
    recording = tmp_path / f"a{ending}"
    with started(
        "--video", long_clip, "--no-window", "--json", "--every-frame", "--record", recording
    ) as process:
        lines = [process.stdout.readline() for _ in range(30)]
        process.send_signal(number)
        start = perf_counter()
        lines += process.stdout.readlines()
        errors = process.stderr.read()
        process.wait(PATIENCE)
        assert perf_counter() - start < PATIENCE
    assert (process.returncode, errors) == (code, f"webcam-digits: recorded {recording}\n")
    frames = [json.loads(text)["frame"] for text in lines]
    assert frames == list(range(len(frames)))
    assert frames_in(recording) == len(frames) < 4000


def hears(process, number):
    """Whether a process has set a handler for a signal."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    (caught,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return int(caught, 16) >> (number - 1) & 1


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="needs /proc, to see that Python has started"
)
@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_starting(long_clip, number, code):
    """Ten moments, from the first at which we can hear: amid imports, loading the model, opening the clip."""
    for delay in (0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5):
        with started("--video", long_clip, "--no-window") as process:
            while not hears(process, signal.SIGTERM):  # the second to be set; Python itself hears the first
                assert process.poll() is None
            sleep(delay)
            process.send_signal(number)
            output, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, output, errors) == (code, "", ""), delay


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("args", [("read", "-"), ("read", "--json", "-")])
def test_a_signal_while_waiting_for_standard_input(number, code, args):
    with started(*args, stdin=subprocess.PIPE) as process:
        sleep(1)  # to be there, most of the time
        process.send_signal(number)
        assert process.wait(PATIENCE) == code
        assert process.stderr.read() == ""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_nobody_reads_what_is_printed(tmp_path, long_clip, number, code):
    recording = tmp_path / "a.mp4"
    args = "--video", long_clip, "--no-window", "--json", "--every-frame", "--record", recording
    with started(*args, pipesize=4096) as process:  # or much must be read until it is full
        position = None  # in the clip: it stands still once the pipe is full
        process.stdout.readline()
        while (now := processor_time(process)) != position:
            position = now
            sleep(0.3)
        process.send_signal(number)
        assert process.wait(PATIENCE) == code
        assert process.stderr.read() == f"webcam-digits: recorded {recording}\n"
        printed = len(process.stdout.readlines())
    assert printed <= frames_in(recording) + 1 < 4000


def processor_time(process):
    """Of a process so far, in the system's ticks."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".webm", ".avi"])
def test_a_killed_recording_is_playable_as_far_as_it_was_written(tmp_path, noisy_clip, ending):
    recording = tmp_path / f"a{ending}"
    args = "--video", noisy_clip, "--no-window", "--json", "--every-frame", "--record", recording
    with started(*args) as process:
        for _ in range(60):
            process.stdout.readline()
        process.kill()
        process.wait(PATIENCE)
    assert 10 < frames_in(recording) < 200


@pytest.mark.parametrize("args", [("read", "--json"), ("--no-window", "--json", "--every-frame", "--video")])
def test_a_closed_pipe_ends_quietly(tmp_path, long_clip, args):
    sources = [long_clip]
    if "read" in args:
        photo = tmp_path / "blank.png"
        cv2.imwrite(str(photo), np.full((60, 80), 220, np.uint8))
        sources = [photo] * 2000  # more lines than a pipe holds
    with started(*args, *sources) as process:
        process.stdout.readline()
        process.stdout.close()
        process.stdout = None
        _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize("args", ["--help", "--version", "read --help"])
def test_help_into_a_closed_pipe(args):
    reading, writing = os.pipe()
    os.close(reading)
    done = finished(*args.split(), stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def on_a_full_disk(*args):
    """A finished run whose standard output takes nothing."""
    with Path("/dev/full").open("w") as full:
        return finished(*args, stdout=full)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("args", ["--help", "--version", "read --help", "evaluate --help"])
def test_help_on_a_full_disk(args):
    done = on_a_full_disk(*args.split())
    assert done.stderr == "webcam-digits: reading or writing failed: No space left on device\n"
    assert done.returncode == 1


def test_a_standard_output_that_lacks_letters(tmp_path):
    page = cv2.VideoCapture(str(Path(webcam_digits.__file__).with_name("demo.webm")))
    page.set(cv2.CAP_PROP_POS_FRAMES, page.get(cv2.CAP_PROP_FRAME_COUNT) - 5)
    photo = tmp_path / "Zahlen \N{SNOWMAN} \N{LATIN SMALL LETTER U WITH DIAERESIS}.png"
    photo.write_bytes(cv2.imencode(".png", page.read()[1])[1].tobytes())
    environment = os.environ | {"PYTHONIOENCODING": "cp1252"}
    done = finished("read", photo.name, photo.name, cwd=tmp_path, env=environment, text=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"Zahlen \\u2603 \xfc.png: 31415926\n" * 2


def test_numbers_come_line_by_line(long_clip):
    """A reader of the pipe gets a line while the process is still at work."""
    with started("--video", long_clip, "--no-window", "--json", "--every-frame") as process:
        assert json.loads(process.stdout.readline())["frame"] == 0
        assert process.poll() is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_standard_output_on_a_full_disk(long_clip):
    done = on_a_full_disk("--video", long_clip, "--no-window", "--json", "--every-frame")
    assert done.stderr == "webcam-digits: cannot write to standard output: No space left on device\n"
    assert done.returncode == 1


def test_no_standard_output_at_all(tmp_path):
    clip = write_clip(tmp_path / "a.avi", 5)
    shell = f'exec "$0" -m webcam_digits --video {clip} --no-window --json --every-frame >&-'
    done = subprocess.run(
        ["sh", "-c", shell, sys.executable], stderr=subprocess.PIPE, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 8 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("ending", CODECS)
def test_recording_until_the_disk_is_full(small_disk, noisy_clip, ending):
    (small_disk / "ballast").write_bytes(bytes(3_600_000))
    recording = small_disk / f"a{ending}"
    done = finished("--video", noisy_clip, "--no-window", "--json", "--every-frame", "--record", recording)
    assert done.returncode == 1
    assert done.stderr.startswith("webcam-digits: the disk is nearly full: ")
    assert done.stderr.count("\n") == 1
    frames = frames_in(recording)
    assert f"with {frames} frames" in done.stderr
    assert len(done.stdout.splitlines()) in (frames, frames + 1)


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_logging_until_the_disk_is_full(small_disk, ending):
    log = small_disk / f"a{ending}"
    header = ",".join(COLUMNS) + "\n" if ending == ".csv" else ""
    log.write_text(header + "x\n" * ((4090 - len(header)) // 2))  # the rest of its page is less than a line
    with contextlib.suppress(OSError), (small_disk / "ballast").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(4096))
    before = log.read_bytes()
    done = finished("--demo", "--no-window", "--log", log)
    assert done.returncode == 1
    assert done.stderr == f"webcam-digits: cannot write {log}: No space left on device; the log ends there\n"
    assert log.read_bytes().startswith(before)


def test_recording_past_a_quota(tmp_path, long_clip):
    """What no look at the disk foretells: the write itself fails."""
    recording = tmp_path / "a.avi"
    shell = 'ulimit -f 300; exec "$0" -m webcam_digits "$@"'
    done = subprocess.run(
        ["sh", "-c", shell, sys.executable, "--video", long_clip, "--no-window", "--record", recording],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == f"webcam-digits: {recording} cannot be written any further; is the disk full?\n"
    assert frames_in(recording) > 20


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('raise ImportError("libGL.so.1: cannot open shared object file")', "libGL.so.1: cannot open"),
        ("", "OpenCV is broken"),
    ],
)
def test_an_opencv_that_does_not_work(tmp_path, content, message):
    (tmp_path / "cv2.py").write_text(content)
    done = finished("--demo", env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_clip_whose_clock_runs_backwards(tmp_path):
    """Two recordings put one behind the other, as cameras that cut at midnight do."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    demo = str(Path(webcam_digits.__file__).with_name("demo.webm"))
    piece, clip = tmp_path / "piece.ts", tmp_path / "clip.ts"
    convert = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        demo,
        "-ss",
        "1",
        "-t",
        "1.5",
        "-c:v",
        "mpeg2video",
        "-q:v",
        "4",
    ]
    subprocess.run([*convert, str(piece)], check=True, timeout=PATIENCE)
    clip.write_bytes(2 * piece.read_bytes())
    recording = tmp_path / "a.webm"
    done = finished("--video", clip, "--no-window", "--json", "--record", recording)
    assert (done.returncode, done.stderr) == (0, f"webcam-digits: recorded {recording}\n")
    events = [json.loads(text) for text in done.stdout.splitlines()]
    assert [(event["event"], event["text"]) for event in events] == [("appear", "42"), ("end", "42")]
    assert events[1]["time"] > events[0]["time"] + 1.5
    assert frames_in(recording) == 2 * frames_in(piece)


def test_a_system_whose_clock_runs_backwards(tmp_path):
    """As where it is set while the program runs: an hour with every look at it."""
    (tmp_path / "sitecustomize.py").write_text(
        "import itertools, time\ntime.time = itertools.count(2e9, -3600).__next__\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    arguments = "--demo", "--no-window", "--once", "--timeout", PATIENCE, "--log", tmp_path / "a.csv"
    done = finished(*arguments, env=os.environ | {"PYTHONPATH": path}, timeout=2 * PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "42\n", "")


def test_a_file_name_that_is_no_text(tmp_path):
    clip = write_clip(tmp_path / "a.avi", 5).rename(tmp_path / os.fsdecode(b"\xff.avi"))
    photo = clip.with_suffix(".png")
    photo.write_bytes(cv2.imencode(".png", np.zeros((9, 9), np.uint8))[1].tobytes())
    assert finished("--video", clip, "--no-window").returncode == 0
    done = finished("read", "--json", photo, clip)
    assert done.returncode == 1
    assert [json.loads(text)["source"] for text in done.stdout.splitlines()] == [str(photo), str(clip)]
