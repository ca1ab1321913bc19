"""Worker processes of a DataLoader: Ctrl-C is not for them, and one that is ended is reported."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

from webcam_digits.errors import WebcamDigitsError
from webcam_digits.signals import STOPPING


@contextmanager
def ended_workers_reported() -> Iterator[None]:
    """Around all that is done while workers run: torch raises in the middle of it where one is ended.

    Raises:
        WebcamDigitsError: in place of torch's RuntimeError.
    """
    try:
        yield
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        raise WebcamDigitsError("a process that prepares pictures was ended; is memory short?") from error


@contextmanager
def interrupts_ignored() -> Iterator[None]:
    """Around the start of workers, which inherit it: they would print a traceback each on Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def follow_the_parent() -> None:
    """Leave signals to the parent, which ends this process in time, and end with it, however it ends."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
