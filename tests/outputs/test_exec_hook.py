import os
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.helpers.clips import line, picture
from tests.helpers.program import PATIENCE, finished, started
from webcam_digits.errors import UsageError
from webcam_digits.outputs import exec_hook
from webcam_digits.outputs.exec_hook import ExecHook, split_command
from webcam_digits.sources.source import Frame
from webcam_digits.tracking.tracker import Event, Update
from webcam_digits.types import Reading

pytestmark = pytest.mark.skipif(os.name != "posix", reason="commands as a POSIX shell runs them")


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    assert "exec" not in {thread.name for thread in threading.enumerate()}


def shell(script, *arguments):
    """A command that runs a script, with the number as its last argument."""
    return shlex.join(["sh", "-c", script, *map(str, arguments)])


def emit(hook, *texts, kind="appear"):
    for text in texts:
        event = Event(kind, 1, 0.5, 15, line(text))
        hook.update(Frame(picture(0), 15, 0.5), Update(Reading((), 160, 120), (event,)))


def wait_until(condition):
    end = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < end
        sleep(0.01)


def lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # What nobody has waited for is no more than a name.
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()


def pid_in(path):
    wait_until(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


def test_the_number_is_the_last_argument_and_output_goes_to_standard_error(capfd):
    with ExecHook(shell('echo "$1-$2-$(cat)"; echo wrong >&2', "name", "a b")) as hook:
        emit(hook, "0522 1859")
    assert capfd.readouterr() == ("", "a b-0522 1859-\nwrong\n")


def test_the_command_runs_when_a_number_appears_and_changes(tmp_path):
    received = tmp_path / "received"
    with ExecHook(shell('echo "$1" >>"$0"', received)) as hook:
        for text, kind in (("1", "appear"), ("12", "change"), ("12", "end")):
            emit(hook, text, kind=kind)
            wait_until(lambda: hook._thread is None)
        hook.finish([Event("end", 1, 0.5, 15, line("9"))])
    assert received.read_text() == "1\n12\n"


def test_one_at_a_time_and_the_newest_waiting_wins(tmp_path):
    received, go = tmp_path / "received", tmp_path / "go"
    with ExecHook(shell('echo "$2" >>"$0"; while [ ! -e "$1" ]; do sleep 0.01; done', received, go)) as hook:
        emit(hook, "1", "2", "3", "4")
        wait_until(received.exists)
        emit(hook, "5")
        go.touch()
    assert received.read_text() == "1\n5\n"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("sh -c 'exit 3'", "the --exec command sh failed for 7: exit code 3"),
        ("sh -c 'kill -9 $$'", "the --exec command sh failed for 7: signal 9"),
        ("echo a\0b", "the --exec command echo cannot be run: embedded null byte"),
    ],
)
def test_a_failure_is_reported_each_time_and_the_run_goes_on(command, message, caplog):
    with ExecHook(command) as hook:
        for _ in range(2):
            emit(hook, "7")
            wait_until(lambda: hook._thread is None)
    assert caplog.messages == [message] * 2


@pytest.mark.parametrize("command", ["no-such-command -x", "/", "/etc/passwd"])
def test_a_command_that_is_not_there_is_refused_at_once(command):
    with pytest.raises(UsageError, match=r"there is no such program, or it may not be run"):
        ExecHook(command)


def test_a_command_that_goes_is_reported_and_the_run_goes_on(tmp_path, caplog):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    with ExecHook(str(program)) as hook:
        program.unlink()
        emit(hook, "7")
        wait_until(lambda: hook._thread is None)
    assert caplog.messages == [f"the --exec command {program} cannot be run: No such file or directory"]


def test_what_hangs_is_broken_off_with_all_that_it_has_started(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(exec_hook, "_PATIENCE", 0.2)
    with ExecHook(shell('sleep 600 & echo $! >"$0"; wait', tmp_path / "pid")) as hook:
        emit(hook, "1", "2")
        pid = pid_in(tmp_path / "pid")
    wait_until(lambda: not lives(pid))
    assert caplog.messages == ["the --exec command sh does not end: it is broken off"]


def test_what_will_not_be_asked_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(exec_hook, "_PATIENCE", 0)
    monkeypatch.setattr(exec_hook, "_KILL_AFTER", 0.2)
    script = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).write_text(f"{os.getpid()}\\n")
time.sleep(600)
"""
    with ExecHook(shlex.join([sys.executable, "-c", script, str(tmp_path / "pid")])) as hook:
        emit(hook, "1")
        pid = pid_in(tmp_path / "pid")
    assert not lives(pid)


def test_a_hurry_leaves_little_time(monkeypatch):
    monkeypatch.setattr(exec_hook, "_SHORT_PATIENCE", 0.1)
    monkeypatch.setattr(exec_hook, "_PATIENCE", 10 * PATIENCE)
    start = monotonic()
    with ExecHook("sleep 600") as hook:
        emit(hook, "1")
        hook.hurry()
    assert monotonic() - start < PATIENCE


def test_a_signal_breaks_the_waiting_off(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(exec_hook, "_PATIENCE", 10 * PATIENCE)
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(exec_hook, "_REPORT_AFTER", 0)
    caplog.set_level("INFO", "webcam_digits")
    hook = ExecHook(shell('echo $$ >"$0"; exec sleep 600', tmp_path / "pid"))
    emit(hook, "1")
    pid = pid_in(tmp_path / "pid")
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
    with pytest.raises(SystemExit) as end:
        hook.__exit__(None, None, None)
    assert end.value.code == 143
    assert not lives(pid)
    assert signal.getsignal(signal.SIGTERM) is before
    assert caplog.messages == [
        f"waiting up to {10 * PATIENCE} s for the --exec command; Ctrl-C breaks it off"
    ]


def test_a_second_signal_waits_for_nothing(monkeypatch):
    monkeypatch.setattr(exec_hook, "_PATIENCE", 10 * PATIENCE)
    start = monotonic()
    hook = ExecHook("sleep 600")
    emit(hook, "1")
    hook.__exit__(SystemExit, SystemExit(130), None)
    assert monotonic() - start < PATIENCE


def test_what_is_emitted_after_the_end_runs_nothing(tmp_path):
    """As by a reading that hung, and was left behind."""
    with ExecHook(shell('touch "$0"', tmp_path / "run")) as hook:
        pass
    emit(hook, "1")
    assert hook._thread is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["", "  ", "sh -c 'x"])
def test_what_is_no_command_is_wrong_usage(command):
    with pytest.raises(UsageError, match="--exec"):
        split_command(command)


def test_the_program_hands_its_number_on():
    done = finished("-q", "--demo", "--no-window", "--once", "--exec", "sh -c 'sleep 1; echo got $0'")
    assert (done.returncode, done.stdout, done.stderr) == (0, "42\n", "got 42\n")


def test_a_closed_standard_error_is_no_hindrance(tmp_path):
    command = shell('echo "$1" | tee "$0"', tmp_path / "received")
    script = 'exec "$0" -m webcam_digits --demo --no-window --once --exec "$1" 2>&-'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable, command], capture_output=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stdout, (tmp_path / "received").read_text()) == (0, b"42\n", "42\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_hangs_does_not_keep_the_program(tmp_path, number):
    command = shell('echo $$ >"$0"; exec sleep 600', tmp_path / "pid")
    with started("--demo", "--no-window", "--exec", command) as process:
        pid = pid_in(tmp_path / "pid")
        process.send_signal(number)
        start = monotonic()
        _, errors = process.communicate(timeout=PATIENCE)
        assert monotonic() - start < 10  # it takes two seconds
    assert process.returncode == 128 + number
    assert errors == "webcam-digits: the --exec command sh does not end: it is broken off\n"
    assert not lives(pid)
