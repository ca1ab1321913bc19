"""`webcam-digits check`: what is installed, what works, and what to do about what does not."""

import contextlib
import enum
import json
import os
import platform
import re
import socket
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from getpass import getuser
from importlib import metadata, resources
from pathlib import Path
from time import perf_counter

import click

from webcam_digits import __version__
from webcam_digits.cli.opencv import prepare_opencv
from webcam_digits.cli.params import message_options
from webcam_digits.errors import OutputError, WebcamDigitsError
from webcam_digits.logs import one_line

_MODULES = "click", "cv2", "numpy", "onnxruntime", "scipy", "skimage"  # that reading imports
_OPENCV = 5  # the version that recording and drawing are written for
_REMEDY = "reinstall webcam-digits, as its README says"
_ANSWER = "31415926"  # what the demo shows at its end
_READINGS = 5  # that are timed, of which the fastest counts


class State(enum.StrEnum):
    """How it stands with something."""

    GOOD = enum.auto()
    NOTE = enum.auto()  # something goes without it: photos need no camera, printing needs no display
    BROKEN = enum.auto()


@dataclass(frozen=True, slots=True)
class Finding:
    """How it stands with one thing.

    Attributes:
        what: it is.
        state: where it is not good, the text says what to do.
        text: one line without user names, folders of people, host names and passwords.
    """

    what: str
    state: State
    text: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, as for a report of a fault.")
@message_options
def check(as_json: bool) -> int:
    """Check what is installed and what works.

    For what does not, it says what to do. Nothing is sent and no camera is started. Exit code 1 where
    something is broken that reading needs.
    """
    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            click.echo(f"{finding.state:6}  {finding.what:13}  {finding.text}")
    broken = [finding.what for finding in findings if finding.state is State.BROKEN]
    if as_json:
        content = {finding.what: {"state": finding.state, "text": finding.text} for finding in findings}
        click.echo(json.dumps({"good": not broken, "findings": content}, indent=2))
    else:
        click.echo(f"broken: {', '.join(broken)}" if broken else "all that reading needs works")
    return int(bool(broken))


def examine() -> Iterator[Finding]:
    """Check one thing after the other; nothing is sent, no camera started, no window shown."""
    for what, check_it in _CHECKS.items():
        try:
            state, text = check_it()
        except WebcamDigitsError as error:
            state, text = State.BROKEN, str(error)
        except Exception as error:  # whatever is wrong with an installation: the rest is still checked
            state, text = State.BROKEN, f"{error or type(error).__name__}: {_REMEDY}"
        # The name of a camera is its maker's, whatever else is called so.
        yield Finding(what, state, one_line(text if what == "cameras" else anonymous(text)))
        if what == "opencv" and state is State.BROKEN:  # all that follows imports it
            return


def anonymous(text: str) -> str:
    """A text with "~" for the home folder, and USER and HOST for the user's and the machine's names.

    These may be plain words, too: the user's is meant in paths only, the machine's in paths and addresses.
    """
    names = {"HOST": socket.gethostname(), "USER": ""}
    with contextlib.suppress(OSError, KeyError, ImportError):  # a user without a name
        names["USER"] = getuser()
    if (home := os.path.expanduser("~")) != os.sep:  # noqa: PTH111 - Path's own raises where there is none
        text = re.sub(rf"{re.escape(home)}(?!\w)", "~", text)
    for word, name in names.items():
        if name:
            named = rf"{re.escape(name)}(?![\w.-])"
            text = re.sub(rf"(?<=[/\\@]){named}", word, text)
            if word == "HOST":
                text = re.sub(rf"(?<![\w.-]){named}(?=:\d)", word, text)
    return text


_Check = Callable[[], tuple[State, str]]


def _program() -> tuple[State, str]:
    return State.GOOD, __version__


def _system() -> tuple[State, str]:
    return State.GOOD, platform.platform()


def _python() -> tuple[State, str]:
    return State.GOOD, f"{platform.python_version()} ({platform.python_implementation()})"


def _packages() -> tuple[State, str]:
    installed = metadata.packages_distributions()
    named = {module: sorted(set(installed.get(module, ()))) for module in _MODULES}
    missing = [module for module, names in named.items() if not names]
    versions = ", ".join(f"{name} {metadata.version(name)}" for names in named.values() for name in names)
    if missing:
        return State.BROKEN, f"{versions}; there is no {' and no '.join(missing)}: {_REMEDY}"
    if len(named["cv2"]) > 1:
        return State.NOTE, (
            f"{versions}; several OpenCV packages lie over each other: "
            f"pip uninstall {' '.join(named['cv2'])}, then pip install {named['cv2'][0]}"
        )
    return State.GOOD, versions


def _opencv() -> tuple[State, str]:
    prepare_opencv()
    import cv2

    if int(cv2.__version__.partition(".")[0]) < _OPENCV:
        return State.BROKEN, (
            f"{cv2.__version__} is too old: pip install --upgrade 'opencv-python>={_OPENCV},<{_OPENCV + 1}'"
        )
    return State.GOOD, f"{cv2.__version__}, windows by {cv2.currentUIFramework() or 'nothing'}"


def _video() -> tuple[State, str]:
    from cv2 import videoio_registry as registry

    names = dict.fromkeys(registry.getBackendName(backend) for backend in registry.getBackends())
    if "FFMPEG" not in names:
        return State.BROKEN, f"by {', '.join(names)}; FFMPEG is missing, which reads video files: {_REMEDY}"
    from webcam_digits.outputs.video_file import CODECS

    failures = {ending: failure for ending in CODECS if (failure := _record(ending))}
    written = ", ".join(ending for ending in CODECS if ending not in failures) or "nothing"
    text = f"by {', '.join(names)}; records {written}"
    if not failures:
        return State.GOOD, text
    reasons = "; ".join(f"{ending}: {failure}" for ending, failure in failures.items())
    return State.NOTE, f"{text}; not {reasons}; record to another ending, or {_REMEDY}"


def _record(ending: str) -> str:
    """Why a recording with this ending fails; "" where it plays."""
    import cv2
    import numpy as np

    from webcam_digits.outputs.video_file import VideoFile

    with tempfile.TemporaryDirectory() as folder:
        file = VideoFile(Path(folder) / f"trial{ending}", 30)
        try:
            for level in (80, 120, 160):
                file.write(np.full((48, 64, 3), level, np.uint8))
            file.close()
        except OutputError as error:
            return str(error)
        capture = cv2.VideoCapture(str(file.path), cv2.CAP_FFMPEG)
        plays = capture.read()[0]
        capture.release()
        return "" if plays else "what is written does not play"


def _display() -> tuple[State, str]:
    from webcam_digits.ui.window import Window

    reason = Window.available()
    return (State.GOOD, "a window can be opened") if reason is None else (State.NOTE, f"no window: {reason}")


def _cameras() -> tuple[State, str]:
    from webcam_digits.sources.devices import list_cameras, obstacle

    cameras = list_cameras()
    if not cameras:
        return State.NOTE, "none is found: plug one in; the demo, videos and photos need none"
    listed = []
    for camera in cameras:
        largest = max(camera.modes, key=lambda mode: mode.width * mode.height, default=None)
        size = f" up to {largest.width}x{largest.height}" if largest else ""
        listed.append(f"{camera.number} {camera.name}".strip() + size)
    obstacles = [reason for camera in cameras if (reason := obstacle(camera.number))]
    return State.NOTE if obstacles else State.GOOD, "; ".join([*listed, *obstacles])


def _model() -> tuple[State, str]:
    from webcam_digits.reading.classifier import Classifier
    from webcam_digits.reading.legacy.chains import ChainReader

    model = Classifier()
    ChainReader()
    files = resources.files("webcam_digits.models")
    size = sum(len((files / name).read_bytes()) for name in ("digits.onnx", "chains.onnx"))
    labels = " ".join(model.labels)
    return State.GOOD, f"labels {labels}; threshold {model.threshold:.2f}; {size / 1e3:.0f} kB"


def _telemetry() -> tuple[State, str]:
    # The classifier, which is loaded by now, has set it unless it was set before.
    if os.environ.get("ORT_DISABLE_TELEMETRY") == "1":
        return State.GOOD, "ONNX Runtime's is off"
    return State.NOTE, "ONNX Runtime's is on, as ORT_DISABLE_TELEMETRY says: unset that, or set it to 1"


def _reading() -> tuple[State, str]:
    """Read a frame near the end of the demo, which shows that videos are decoded, too."""
    from webcam_digits.reading.reader import DigitReader
    from webcam_digits.sources.opening import open_source

    with (
        resources.as_file(resources.files("webcam_digits") / "demo.webm") as clip,
        open_source(clip) as source,
    ):
        image = deque(source, maxlen=_READINGS)[0].image
    reader, times = DigitReader(), []
    for _ in range(_READINGS):
        start = perf_counter()
        text = reader.read(image).text
        times.append(1000 * (perf_counter() - start))
    if text != _ANSWER:
        return (
            State.BROKEN,
            f"the demo's {_ANSWER} was read as {text!r}: {_REMEDY}, and report it if that remains",
        )
    return (
        State.GOOD,
        f"{_ANSWER} in the demo is read right, first in {times[0]:.0f} ms, then in {min(times):.1f} ms",
    )


_CHECKS: dict[str, _Check] = {
    "webcam-digits": _program,
    "system": _system,
    "python": _python,
    "packages": _packages,
    "opencv": _opencv,
    "video": _video,
    "display": _display,
    "cameras": _cameras,
    "model": _model,
    "telemetry": _telemetry,
    "reading": _reading,
}
