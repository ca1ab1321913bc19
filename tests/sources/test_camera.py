"""A real V4L2 camera, in a guest whose /dev/video0 plays a clip with 6885 on it."""

import json
import os
import re
import shutil
import subprocess
import sys

import cv2
import pytest

pytestmark = pytest.mark.camera

LOST = "webcam-digits: camera 0 gives no pictures: looking for it again for up to 30 s"
BACK = "webcam-digits: camera 0 is back"

# One start of the guest for all: `name` runs a command and keeps what it printed and its exit code.
SCRIPT = r"""
cd "$1"
name() { n=$1; shift; "$@" >"$n.out" 2>"$n.err"; echo $? >"$n.code"; }
digits() { "$PYTHON" -m webcam_digits "$@"; }
start() { n=$1; shift; "$PYTHON" -m webcam_digits "$@" >"$n.out" 2>"$n.err" & pid=$!; }
await() { for i in $(seq 300); do grep -q "$2" "$1" 2>/dev/null && return; sleep 0.1; done; }
again() {  # COMMAND, until a run reports something once more
    local n=$(grep -c "$3" "$2.err"); $1
    for i in $(seq 300); do [ "$(grep -c "$3" "$2.err")" -gt $n ] && return; sleep 0.1; done
}
goes_on() {  # until a run reads again; keeps, under another name, after how many seconds
    local n=$(wc -l <"$1.out") from=$(date +%s.%N)
    for i in $(seq 600); do tail -n +$((n + 1)) "$1.out" | grep -q '"text": "6' && break; sleep 0.05; done
    echo "$(date +%s.%N) - $from" | bc >"$2.seconds"
}
reading="--no-window --json --every-frame"

# As on a desktop: without a window manager, Qt may never paint a window that it shows.
if command -v openbox >/dev/null; then openbox >/dev/null 2>&1 & sleep 1; fi
start window --camera 0 --window --snapshot-dir .
for i in $(seq 300); do
    id=$(xdotool search --name "webcam-digits - camera 0") && break; sleep 0.1
done
await window.out 6885
name busy digits --camera 0 --no-window
xdotool windowfocus $id key --window $id s
for i in $(seq 300); do ls *.png >/dev/null 2>&1 && break; sleep 0.1; done
for i in $(seq 100); do  # until the window is painted
    import -window root screen.ppm; [ "$(tr -d '\0' <screen.ppm | wc -c)" -gt 100000 ] && break; sleep 0.1
done
again "camvm-ctl unplug" window "no pictures"
sleep 1; import -window root away.ppm
again "camvm-ctl plug" window "is back"
again "camvm-ctl unplug" window "no pictures"
xdotool key --window $id q
wait $pid; echo $? >window.code
camvm-ctl plug

name once digits --camera /dev/video0 --no-window --once
name missing digits --camera 7 --no-window
name size digits --camera 0 --no-window --size 1280x720 --once --timeout 60
name list digits cameras --json
name rate digits --camera 0 --no-window --fps 120 --timeout 30  # which this driver then states

start one $reading --reconnect 15 --record one.webm; one=$pid
await one.out 6885
again "camvm-ctl unplug" one "no pictures"
camvm-ctl plug; again "goes_on one back" one "is back"
exec 7<>/dev/video0  # who keeps the device open keeps its number
again "camvm-ctl unplug" one "no pictures"
camvm-ctl plug; again "goes_on one moved" one "is back"
exec 7>&-
again "camvm-ctl freeze" one "no pictures"
sleep 1; camvm-ctl thaw; again "goes_on one frozen" one "is back"
start other $reading --camera 1
await other.out 6885; camvm-ctl unplug 0
wait $one; echo $? >one.code
goes_on other other
kill $pid; wait $pid; echo $? >other.code
"""


@pytest.fixture(scope="module")
def guest(tmp_path_factory):
    """What the commands of the script gave: their output, errors and exit codes, by their names."""
    shared = os.environ.get("DIGITS_SHARED")
    if not shared or not os.path.exists(f"{shared}/camvm/image/linux"):  # noqa: PTH110
        pytest.skip("there is no camera guest: DIGITS_SHARED is not set, or it is not built")
    if missing := [tool for tool in ("ffmpeg", "Xvfb", "xdotool", "import", "bc") if not shutil.which(tool)]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    (clip,) = (name for name in os.listdir(f"{shared}/real") if name.endswith(".mp4"))  # noqa: PTH208
    folder = tmp_path_factory.mktemp("camera")
    guest = [f"{shared}/camvm/camvm", "--timeout", "400", "--out", folder]
    for option in ("--clip", "--clip2"):
        guest += [option, f"{shared}/real/{clip}"]
    subprocess.run(
        [*guest, "--", "bash", "-c", SCRIPT, "script", folder],
        env={**os.environ, "PYTHON": sys.executable},
        check=True,
        timeout=450,
    )

    def outcome(name):
        out, err, code = ((folder / f"{name}.{part}").read_text() for part in ("out", "err", "code"))
        return out, err, int(code)

    outcome.folder = folder  # type: ignore[attr-defined]
    return outcome


def untroubled(err):
    """What is reported beside: a machine that has too much to do starves its cameras for a second or two."""
    return re.sub(r"(?m)^webcam-digits: camera \d (gives no pictures|is back).*\n", "", err)


def test_the_window_shows_the_camera(guest):
    out, err, code = guest("window")
    assert (out.replace(" ", ""), code) == ("6885\n", 0)
    assert untroubled(err) == "webcam-digits: saved webcam-digits-001.png\n"
    assert err.count(f"{LOST}\n") >= 2
    assert f"{BACK}\n" in err
    snapshot, screen = (
        cv2.imread(str(guest.folder / name)) for name in ("webcam-digits-001.png", "screen.ppm")
    )
    assert snapshot.shape == (352, 640, 3)
    # The part without writing of ours is on the screen, wherever the window is.
    found = cv2.matchTemplate(screen, snapshot[150:300, 50:600], cv2.TM_CCOEFF_NORMED).max()
    assert found > 0.8  # some frames lie between the two
    away = cv2.imread(str(guest.folder / "away.ppm"))
    assert cv2.absdiff(away, screen).mean() > 2  # which is shown, too


def test_a_busy_camera(guest):
    message = "webcam-digits: camera 0 is busy: close the other program that uses it\n"
    assert guest("busy") == ("", message, 3)


def test_once(guest):
    out, err, code = guest("once")
    assert (out.replace(" ", ""), untroubled(err), code) == ("6885\n", "", 0)


def test_a_missing_camera(guest):
    out, err, code = guest("missing")
    assert err.startswith("webcam-digits: there is no camera 7: try --camera with one of 0 (")
    assert (out, err.count("\n"), code) == ("", 1, 3)


def test_another_size_than_asked_for(guest):
    out, err, code = guest("size")
    assert (out.replace(" ", ""), code) == ("6885\n", 0)
    assert untroubled(err) == "webcam-digits: camera 0 gives 640x352 instead of 1280x720\n"


def test_another_rate_than_asked_for_though_the_driver_agrees(guest):
    _, err, code = guest("rate")
    (message,) = untroubled(err).splitlines()
    rate = re.fullmatch(r"webcam-digits: camera 0 gives (\d+) frames a second instead of 120", message)
    assert (int(rate[1]) <= 60, code) == (True, 0)  # 30, where the machine has time


def test_the_list_of_cameras(guest):
    out, err, code = guest("list")
    size = {"width": 640, "height": 352, "fps": 30.0}
    assert [json.loads(text) for text in out.splitlines()] == [
        {"camera": number, "name": f"camvm camera {number}", "sizes": [size]} for number in (0, 1)
    ]
    assert (err, code) == ("", 0)


@pytest.mark.parametrize("name", ["back", "moved", "frozen"])
def test_a_camera_that_comes_back_is_read_on(guest, name):
    assert float((guest.folder / f"{name}.seconds").read_text()) < 20  # 2 where the machine has time


def test_what_is_reported_of_a_camera_that_goes_and_comes(guest):
    out, err, code = guest("one")
    *messages, last = err.splitlines()
    lost = LOST.replace("30", "15")
    assert set(messages) == {lost, BACK, f"{BACK}, as camera 2", "webcam-digits: recorded one.webm"}
    assert last.startswith(
        "webcam-digits: camera 0 stopped giving pictures and did not come back within 15 s"
    )
    assert code == 1
    frames = [json.loads(text) for text in out.splitlines()]
    for counted in ("frame", "time"):
        values = [frame[counted] for frame in frames]
        assert values == sorted(set(values))
    assert cv2.VideoCapture(str(guest.folder / "one.webm")).read()[0]


def test_a_camera_reads_on_while_another_goes(guest):
    _, err, code = guest("other")
    assert (untroubled(err), code) == ("", 143)
    assert float((guest.folder / "other.seconds").read_text()) < 20
