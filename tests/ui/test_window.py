import os
import queue
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import pytest

from tests.helpers.screen import desktop, grab, on, wait_until, x_server
from webcam_digits.errors import DisplayError
from webcam_digits.ui.controls import Key
from webcam_digits.ui.window import Window, first_size, padded_size

SCRIPT = """
import sys

import numpy as np
from webcam_digits.ui.window import Key, Window

picture = np.full((240, 320, 3), 255, np.uint8)
picture[70:170, 110:210] = (0, 0, 255)  # a red square
with Window(sys.argv[1]) as window:
    while True:
        key = window.poll(20)
        if key is not None:
            print(key.name, flush=True)
        if key is Key.QUIT or not window.is_open:
            break
        if key is Key.FULLSCREEN:
            window.toggle_fullscreen()
        while (drag := window.drag()) is not None:
            if drag.ended:
                print(*drag.start, *drag.end, *window.size_for(320, 240), flush=True)
        window.show(picture)
    window.show(picture)  # must not open it again
    print("open" if window.is_open else "closed", flush=True)
"""
KEYS = [
    ("space", Key.PAUSE),
    ("period", Key.STEP),
    ("s", Key.SNAPSHOT),
    ("S", Key.SNAPSHOT),
    ("r", Key.RECORD),
    ("d", Key.DEBUG),
    ("m", Key.MIRROR),
    ("c", Key.CLEAR),
    ("plus", Key.MORE),
    ("equal", Key.MORE),
    ("KP_Add", Key.MORE),
    ("minus", Key.LESS),
    ("KP_Subtract", Key.LESS),
    ("h", Key.HELP),
    ("question", Key.HELP),
]


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with desktop() as name:
        yield name


class Running:
    """A process that shows the window and prints the keys it gets."""

    def __init__(self, display: str, process: subprocess.Popen[str], title: str):
        self.display = display
        self.title = title
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        activate = "xdotool", "search", "--onlyvisible", "--name", title, "windowactivate", "--sync"
        wait_until(
            lambda: on(display, *activate).returncode == 0
        )  # a manager may be busy with the one before
        wait_until(lambda: red(self.screen()).any())

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.strip())

    def line(self) -> str:
        return self._lines.get(timeout=10)

    def do(self, *command: str) -> str:
        return on(self.display, *command, check=True).stdout.decode()

    def hit(self, key: str) -> None:
        self.do("xdotool", "key", key)

    def drag(self, start: tuple[int, int], end: tuple[int, int], steps: int = 4) -> list[int]:
        """Drag from one place of the screen to another; what the window makes of it."""
        self.do("xdotool", "mousemove", *map(str, start), "mousedown", "1")
        for step in range(1, steps + 1):
            at = [a + (b - a) * step // steps for a, b in zip(start, end, strict=True)]
            self.do("xdotool", "mousemove", *map(str, at))
        self.do("xdotool", "mouseup", "1")
        return [int(value) for value in self.line().split()]

    def screen(self) -> np.ndarray:
        return grab(self.display)

    def end(self) -> str:
        """Its standard error, after it has ended well."""
        assert self.process.wait(10) == 0
        assert self.process.stderr is not None
        return self.process.stderr.read()


@contextmanager
def shown(display: str, **environment: str) -> Iterator[Running]:
    title = secrets.token_hex(8)  # the window of the test before may still be on its way out
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, title],
        env=os.environ | {"DISPLAY": display} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Running(display, process, title)
        finally:
            process.kill()


@pytest.fixture
def running(display: str) -> Iterator[Running]:
    with shown(display) as window:
        yield window


def red(screen: np.ndarray) -> np.ndarray:
    return (screen[:, :, 2] > 200) & (screen[:, :, 0] < 60)


def red_size(screen: np.ndarray) -> tuple[int, int]:
    rows, columns = np.nonzero(red(screen))
    return (int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1) if len(rows) else (0, 0)


@pytest.mark.window
def test_every_key_arrives_as_what_it_asks_for(running):
    for name, key in KEYS:
        running.hit(name)
        assert running.line() == key.name
    running.hit("Left")  # its code ends like that of Q
    running.hit("q")
    assert running.line() == "QUIT"
    assert running.line() == "open"
    assert running.end() == ""


# Keycodes of the keys that are q, s, r, f, d, m, c, h and . on a US keyboard.
POSITIONS = dict(zip("qsrfdmch.", (24, 39, 27, 41, 40, 58, 54, 43, 60), strict=True))
MEANINGS = {name: key for name, key in KEYS if name in POSITIONS} | {".": Key.STEP, "f": Key.FULLSCREEN}


@pytest.mark.window
@pytest.mark.parametrize(
    ("layout", "positions"),
    [("ru", "srfdmch."), ("ua", "srfdmch."), ("gr", "srfdmch."), ("bg", "srfmch"), ("il", "srfdmch.")],
)
def test_keys_of_layouts_without_latin_letters_are_those_at_the_same_place(running, layout, positions):
    running.do("setxkbmap", layout)
    try:
        for position in positions:
            running.hit(str(POSITIONS[position]))
            assert running.line() == MEANINGS[position].name
        for name, key in (("minus", Key.LESS), ("question", Key.HELP), ("KP_Add", Key.MORE)):
            running.hit(name)
            assert running.line() == key.name
        running.hit("Escape" if layout in ("gr", "bg", "il") else str(POSITIONS["q"]))
        assert running.line() == "QUIT"
    finally:
        running.do("setxkbmap", "us")


@pytest.mark.window
def test_on_other_latin_layouts_letters_mean_themselves(running):
    running.do("setxkbmap", "fr")
    try:
        running.hit(str(POSITIONS["q"]))  # an a
        for name, meaning in (
            ("d", "DEBUG"),
            ("plus", "MORE"),
            ("minus", "LESS"),
            ("period", "STEP"),
            ("question", "HELP"),
            ("q", "QUIT"),
        ):
            running.hit(name)
            assert running.line() == meaning
    finally:
        running.do("setxkbmap", "us")


@pytest.mark.window
def test_escape_quits(running):
    running.hit("Escape")
    assert running.line() == "QUIT"
    running.end()


@pytest.mark.window
def test_closing_by_its_x_ends_it_for_good(running):
    running.do("wmctrl", "-c", running.title)
    assert running.line() == "closed"
    assert running.end() == ""


@pytest.mark.window
def test_small_picture_is_shown_enlarged_and_keeps_its_proportions(running):
    assert red_size(running.screen()) == pytest.approx((200, 200), abs=4)  # 320 wide is shown 640 wide
    running.do("wmctrl", "-r", running.title, "-e", "0,0,0,800,300")
    wait_until(lambda: red_size(running.screen()) == pytest.approx((125, 125), abs=4))


@pytest.mark.window
def test_full_screen_and_back(running):
    running.hit("f")
    wait_until(lambda: red_size(running.screen()) == pytest.approx((312, 312), abs=4))
    running.hit("f")
    wait_until(lambda: red_size(running.screen()) == pytest.approx((200, 200), abs=4))


def red_box(screen: np.ndarray) -> tuple[int, int, int, int]:
    """The red square's first and last column and row on the screen."""
    rows, columns = np.nonzero(red(screen))
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


@pytest.mark.window
@pytest.mark.parametrize("shape", ["first", "wide", "high", "full screen"])
def test_the_mouse_is_where_the_picture_shows_it(running, shape):
    """The red square's corners, dragged from one to the other, are those that it has in the picture."""
    if shape == "full screen":
        running.hit("f")
        assert running.line() == "FULLSCREEN"
    elif shape != "first":
        running.do(
            "wmctrl", "-r", running.title, "-e", "0,0,0," + {"wide": "800,300", "high": "300,700"}[shape]
        )
    expected = {"first": 200, "wide": 125, "high": 94, "full screen": 312}[shape]
    wait_until(lambda: red_size(running.screen()) == pytest.approx((expected, expected), abs=4))
    left, top, right, bottom = red_box(running.screen())
    dragged = running.drag((left, top), (right, bottom))
    assert dragged[:4] == pytest.approx([110, 70, 209, 169], abs=2)
    assert dragged[4:] == pytest.approx([expected * 3.2, expected * 2.4], abs=12)  # at which it is best drawn


@pytest.mark.window
def test_a_click_is_handed_out(running):
    left, top, right, bottom = red_box(running.screen())
    at = (left + right) // 2, (top + bottom) // 2
    assert running.drag(at, at, steps=1)[:4] == pytest.approx([160, 120, 160, 120], abs=2)


@pytest.mark.window
def test_while_the_wheel_has_enlarged_the_picture_the_mouse_moves_it(running):
    left, top, right, bottom = red_box(running.screen())
    running.do("xdotool", "mousemove", str(left), str(top), "click", "4")
    wait_until(lambda: red_size(running.screen())[0] > 205)
    running.do("xdotool", "mousedown", "1", "mousemove", str(right), str(bottom), "mouseup", "1")
    running.do("xdotool", "mousemove", str(left), str(top), "click", "5")
    wait_until(lambda: red_size(running.screen()) == pytest.approx((200, 200), abs=4))
    left, top, right, bottom = red_box(running.screen())
    assert running.drag((left, top), (right, bottom))[:4] == pytest.approx([110, 70, 209, 169], abs=2)


@pytest.mark.window
@pytest.mark.parametrize("full", [False, True])
def test_what_the_picture_leaves_is_black(running, full):
    if full:
        running.hit("f")
        wait_until(lambda: red_size(running.screen()) == pytest.approx((312, 312), abs=4))
        bars = running.screen()[[5, 790], 100:900]
    else:
        running.do("wmctrl", "-r", running.title, "-e", "0,0,0,800,300")
        wait_until(lambda: red_size(running.screen()) == pytest.approx((125, 125), abs=4))
        bars = running.screen()[100:200, [20, 780]]
    assert not bars.any()


@pytest.mark.window
@pytest.mark.parametrize("platform", ["wayland", "offscreen"])
def test_qt_platforms_that_the_wheel_lacks_are_not_asked_for(display, platform):
    with shown(display, QT_QPA_PLATFORM=platform) as window:
        window.hit("q")
        assert window.end() == ""


def reason(**environment: str) -> str:
    """Why a process in this environment has no window; asking must neither abort nor hang."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    command = [sys.executable, "-c", "from webcam_digits.ui.window import Window; print(Window.available())"]
    return subprocess.run(
        command, env=kept | environment, check=True, capture_output=True, text=True, timeout=20
    ).stdout


linux_only = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="about X servers")


@linux_only
def test_no_display_is_explained():
    assert "there is no display" in reason()
    assert "Wayland" in reason(WAYLAND_DISPLAY="wayland-0")


@linux_only
@pytest.mark.parametrize("display", [":9173", "127.0.0.1:9173", "unix:9173.0", "nonsense", "host:nonsense"])
def test_display_without_a_server_is_explained(display):
    assert f"the display {display}" in reason(DISPLAY=display)


@pytest.mark.window
def test_display_that_refuses_us_is_explained(display, tmp_path):
    cookies = tmp_path / "cookies"
    number = b"0"
    parts = [b"", number, b"MIT-MAGIC-COOKIE-1", secrets.token_bytes(16)]
    cookies.write_bytes(b"\1\0" + b"".join(len(part).to_bytes(2, "big") + part for part in parts))
    with x_server("-auth", str(cookies)) as guarded:
        assert "does not let us in" in reason(DISPLAY=guarded, XAUTHORITY=os.devnull)


@pytest.mark.window
def test_display_that_answers_is_fine(display):
    assert reason(DISPLAY=display) == "None\n"


def test_opencv_without_windows_is_explained(monkeypatch):
    monkeypatch.setattr(cv2, "currentUIFramework", lambda: "")
    assert "opencv-python-headless" in str(Window.available())
    with pytest.raises(DisplayError, match="opencv-python-headless"), Window("never opened"):
        pass


def test_nothing_opens_before_the_first_picture():
    window = Window("not yet open")
    assert window.poll(1) is None
    window.toggle_fullscreen()
    assert window.is_open


@pytest.mark.parametrize("room", [(640, 480), (1920, 1080), (300, 900), (1, 1)])
@pytest.mark.parametrize("picture", [(640, 480), (320, 240), (1280, 720), (1080, 1920), (1, 1)])
def test_bars_fill_the_room_and_keep_the_proportions(picture, room):
    width, height = padded_size(picture[0], picture[1], room)
    assert (width == picture[0] and height >= picture[1]) or (width >= picture[0] and height == picture[1])
    assert abs(width * room[1] - height * room[0]) <= max(room)  # to a pixel


def test_bars_are_bounded():
    assert padded_size(1920, 1, (1, 1440)) == (1920, 4096)
    assert padded_size(1, 9000, (1000, 1)) == (4096, 9000)


@pytest.mark.parametrize(("width", "height"), [(320, 240), (1280, 720), (3840, 2160), (1, 9000)])
def test_before_there_is_a_window_pictures_are_drawn_for_its_first_size(width, height):
    assert Window("never opened").size_for(width, height) == first_size(width, height)


@pytest.mark.parametrize("room", [(640, 480), (100, 900), (3840, 2160), (1, 1)])
def test_pictures_are_drawn_as_large_as_they_are_seen(monkeypatch, room):
    window = Window("never opened")
    monkeypatch.setattr(window, "_find_room", lambda: room)
    for size in ((320, 240), (3840, 2160), (1080, 1920)):
        width, height = window.size_for(*size)
        assert width <= room[0]
        assert height <= room[1]
        assert width == room[0] or height == room[1]
        assert abs(width / height - size[0] / size[1]) < 0.02 or room == (1, 1) or min(width, height) < 100


@pytest.mark.parametrize(
    ("picture", "window"),
    [
        ((640, 480), (640, 480)),
        ((320, 240), (640, 480)),
        ((1280, 720), (1280, 720)),
        ((3840, 2160), (1280, 720)),
        ((1080, 1920), (405, 720)),
        ((1, 1), (640, 640)),
        ((12000, 10), (1280, 1)),
        ((1, 9000), (1, 720)),
    ],
)
def test_first_size_fits_the_screen(picture, window):
    assert first_size(*picture) == window
