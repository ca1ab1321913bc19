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
    """A command that another test, or a fixture, ran in this process has set up the program's messages."""
    package = logging.getLogger("webcam_digits")
    package.handlers = []
    package.setLevel(logging.NOTSET)


def pytest_collection_modifyitems(items):
    """The camera's tests first: they take long, and at the end nothing would run beside them."""
    items.sort(key=lambda item: item.get_closest_marker("camera") is None)


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
