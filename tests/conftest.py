import logging
import os
import signal
from pathlib import Path

import pytest

import webcam_digits  # noqa: F401  # which sets OpenCV's environment, before any test imports OpenCV

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # for tests that import onnxruntime themselves
os.environ.setdefault("OMP_NUM_THREADS", "1")  # torch's threads: small batches, and other tests beside

# A shell starts what runs in the background with Ctrl-C ignored, and so would be what the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_logging_is_left():
    """A command that a test runs in this process sets up the messages of the program."""
    package = logging.getLogger("webcam_digits")
    before = package.handlers, package.level
    yield
    package.handlers = before[0]
    package.setLevel(before[1])  # which also clears what loggers remember of it


@pytest.fixture
def shared() -> Path:
    """The shared photos and fixtures, where they are."""
    if not os.environ.get("DIGITS_SHARED"):
        pytest.skip("DIGITS_SHARED is not set")
    return Path(os.environ["DIGITS_SHARED"])


# What is started under nohup ignores SIGHUP, and so would every process that a test starts and hangs up on.
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Tests in other processes send what they printed as UTF-8; some of it is names that are not text."""
    report = yield
    report.sections = [
        (name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections
    ]
    return report
