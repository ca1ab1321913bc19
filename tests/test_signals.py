import signal
import threading

import pytest

from webcam_digits.signals import STOPPING, Signals

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.fixture(autouse=True)
def own():
    """A handler that all signals had before, and are to have afterwards."""

    def handler(*_) -> None:
        raise AssertionError

    before = {number: signal.signal(number, handler) for number in (*STOPPING, signal.SIGALRM)}
    yield handler
    assert {signal.getsignal(number) for number in before} <= {handler, signal.SIG_IGN}
    for number, kept in before.items():
        signal.signal(number, kept)


def ends_by(number):
    return pytest.raises(KeyboardInterrupt if number == signal.SIGINT else SystemExit)


@pytest.mark.parametrize("number", STOPPING)
def test_the_first_signal_asks_and_the_second_stops(number):
    with ends_by(number) as end, Signals() as signals:
        assert (signals.caught, signals.exit_code) == (None, 0)
        signal.raise_signal(number)
        assert (signals.caught, signals.exit_code) == (number, CODES[number])
        signal.raise_signal(signal.SIGTERM)
    if end.type is SystemExit:
        assert end.value.code == CODES[number]


@pytest.mark.parametrize("number", STOPPING)
def test_the_first_signal_stops_at_once_without_grace(number):
    with ends_by(number), Signals(grace=0):
        signal.raise_signal(number)


@pytest.mark.parametrize("number", STOPPING)
def test_what_waits_is_stopped_after_the_grace(number):
    with ends_by(number), Signals(grace=0.05):
        signal.raise_signal(number)
        threading.Event().wait(20)


def test_without_an_alarm_only_another_signal_stops():
    with Signals(grace=None) as signals:
        signal.raise_signal(signal.SIGTERM)
        assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert signals.caught == signal.SIGTERM


def test_what_is_ignored_stays_so():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Signals(grace=0) as signals:
        signal.raise_signal(signal.SIGINT)
    assert signals.caught is None
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
