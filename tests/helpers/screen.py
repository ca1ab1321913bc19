"""A display of its own for windows: an X server and a window manager, keys and screenshots."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import pytest


@contextmanager
def x_server(*arguments: str) -> Iterator[str]:
    """An X server on a free display."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1000x800x24", *arguments]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as pipe:
            yield f":{pipe.readline().strip()}"
        server.terminate()


@contextmanager
def desktop() -> Iterator[str]:
    """A display with a window manager; skips the test where a program for it is missing."""
    for program in ("Xvfb", "openbox", "xdotool", "wmctrl", "import"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    with x_server() as name:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(["openbox"], env=os.environ | {"DISPLAY": name}, **quiet) as manager:
            wait_until(lambda: on(name, "wmctrl", "-m").returncode == 0)
            yield name
            manager.terminate()


def on(display: str, *command: str, check: bool = False) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"DISPLAY": display}
    return subprocess.run(command, env=environment, capture_output=True, check=check, timeout=20)


def grab(display: str, window: str = "root") -> np.ndarray:
    """What is on the screen or in a window, without its frame, (h, w, 3) uint8 BGR."""
    picture = on(display, "import", "-window", window, "png:-", check=True).stdout
    return cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)


def wait_until(condition) -> None:
    end = time.monotonic() + 60  # a hang: the machine may be busy
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
