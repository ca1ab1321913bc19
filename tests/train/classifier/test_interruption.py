import signal

import pytest

from webcam_digits.train.interruption import interruptible


@pytest.fixture(autouse=True)
def handlers():
    """Those of the program, which end it at once."""

    def own(*_) -> None:
        pass

    before = {number: signal.signal(number, own) for number in (signal.SIGINT, signal.SIGTERM)}
    yield own
    for number, handler in before.items():
        signal.signal(number, handler)


def test_signals_raise_within_and_do_what_they_did_afterwards(handlers):
    with pytest.raises(KeyboardInterrupt), interruptible():
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(SystemExit) as end, interruptible():
        signal.raise_signal(signal.SIGTERM)
    assert end.value.code == 143
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == [handlers] * 2


def test_what_is_ignored_stays_so():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interruptible():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
