"""A real V4L2 camera, in a guest whose /dev/video0 plays a clip with 6885 on it."""

import os
import shutil
import subprocess
import sys

import cv2
import pytest

pytestmark = pytest.mark.camera

# One start of the guest for all: NAME runs a command and keeps what it printed and its exit code.
SCRIPT = r"""
cd "$1"
name() { n=$1; shift; "$@" >"$n.out" 2>"$n.err"; echo $? >"$n.code"; }
digits() { "$PYTHON" -m webcam_digits "$@"; }

# As on a desktop: without a window manager, Qt may never paint a window that it shows.
if command -v openbox >/dev/null; then openbox >/dev/null 2>&1 & sleep 1; fi
digits --camera 0 --window --snapshot-dir . >window.out 2>window.err & window=$!
for i in $(seq 300); do
    id=$(xdotool search --name "webcam-digits - camera 0") && break; sleep 0.1
done
for i in $(seq 300); do grep -q 6885 window.out && break; sleep 0.1; done
name busy digits --camera 0 --no-window
xdotool windowfocus $id key --window $id s
for i in $(seq 300); do ls *.png >/dev/null 2>&1 && break; sleep 0.1; done
for i in $(seq 100); do  # until the window is painted
    import -window root screen.ppm; [ "$(tr -d '\0' <screen.ppm | wc -c)" -gt 100000 ] && break; sleep 0.1
done
xdotool key --window $id q
wait $window; echo $? >window.code

name once digits --camera 0 --no-window --once
name missing digits --camera 7 --no-window
name size digits --camera 0 --no-window --size 1280x720 --once --timeout 10
(for i in $(seq 300); do grep -q 6885 unplugged.out 2>/dev/null && break; sleep 0.1; done; camvm-ctl unplug) &
name unplugged digits --camera 0 --no-window --json --record unplugged.webm
"""


@pytest.fixture(scope="module")
def guest(tmp_path_factory):
    """What the commands of the script left: their output, errors and exit codes, by their names."""
    shared = os.environ.get("DIGITS_SHARED")
    if not shared or not os.path.exists(f"{shared}/camvm/image/linux"):  # noqa: PTH110
        pytest.skip("there is no camera guest: DIGITS_SHARED is not set, or it is not built")
    if missing := [tool for tool in ("ffmpeg", "Xvfb", "xdotool", "import") if not shutil.which(tool)]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    (clip,) = (name for name in os.listdir(f"{shared}/real") if name.endswith(".mp4"))  # noqa: PTH208
    folder = tmp_path_factory.mktemp("camera")
    guest = [f"{shared}/camvm/camvm", "--clip", f"{shared}/real/{clip}", "--timeout", "200", "--out", folder]
    subprocess.run(
        [*guest, "--", "bash", "-c", SCRIPT, "script", folder],
        env={**os.environ, "PYTHON": sys.executable},
        check=True,
        timeout=250,
    )

    def told(name):
        out, err, code = ((folder / f"{name}.{part}").read_text() for part in ("out", "err", "code"))
        return out, err, int(code)

    told.folder = folder
    return told


def test_the_window_shows_the_camera(guest):
    out, err, code = guest("window")
    assert (out.replace(" ", ""), code) == ("6885\n", 0)
    assert err == "webcam-digits: saved webcam-digits-001.png\n"
    snapshot, screen = (
        cv2.imread(str(guest.folder / name)) for name in ("webcam-digits-001.png", "screen.ppm")
    )
    assert snapshot.shape == (352, 640, 3)
    # The part without writing of ours is on the screen, wherever the window is.
    found = cv2.matchTemplate(screen, snapshot[150:300, 50:600], cv2.TM_CCOEFF_NORMED).max()
    assert found > 0.9


def test_a_busy_camera(guest):
    message = "webcam-digits: camera 0 is busy: close the other program that uses it\n"
    assert guest("busy") == ("", message, 3)


def test_once(guest):
    out, err, code = guest("once")
    assert (out.replace(" ", ""), err, code) == ("6885\n", "", 0)


def test_a_missing_camera(guest):
    out, err, code = guest("missing")
    assert err.startswith("webcam-digits: there is no camera 7: try --camera with one of 0 (")
    assert (out, err.count("\n"), code) == ("", 1, 3)


def test_another_size_than_asked_for(guest):
    out, err, code = guest("size")
    assert (out.replace(" ", ""), code) == ("6885\n", 0)
    assert err == "webcam-digits: camera 0 gives 640x352 instead of 1280x720\n"


def test_an_unplugged_camera(guest):
    out, err, code = guest("unplugged")
    assert (err, code) == ("webcam-digits: camera 0 stopped giving pictures: check its cable or network\n", 1)
    assert '"event": "end"' in out.splitlines()[-1]
    assert cv2.VideoCapture(str(guest.folder / "unplugged.webm")).read()[0]
