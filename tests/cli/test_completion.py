import os
import shutil
import subprocess
import sys

import pytest

from tests.helpers.program import finished

ASK = "_WEBCAM_DIGITS_COMPLETE"


def completions(*words: str) -> list[str]:
    """What the shell is offered for the last of these words."""
    asked = {
        ASK: "bash_complete",
        "COMP_WORDS": " ".join(("webcam-digits", *words)),
        "COMP_CWORD": f"{len(words)}",
    }
    done = finished(env=os.environ | asked)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell(shell):
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    done = finished(env=os.environ | {ASK: f"{shell}_source"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "_webcam_digits_completion" in done.stdout
    assert f"{ASK}={shell}_complete" in done.stdout


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["ca"], ["plain,cameras"]),
        (["train", ""], ["plain,classifier", "plain,detector"]),
        (["train", "detector", "--sa"], ["plain,--save-weights"]),
        (["train", "--da"], ["plain,--data"]),
        (["train", "--data", ""], ["file,"]),
        (["train", "--data", "x", "--ep"], ["plain,--epochs"]),
        (["train", "classifier", "--da"], ["plain,--data"]),
        (["evaluate", "--data", "mn"], ["file,mn"]),
        (["--ro"], ["plain,--roi", "plain,--rotate"]),
        (["--rotate", ""], ["plain,90", "plain,180", "plain,270"]),
        (["clip.mp4", "--no-w"], ["plain,--no-window"]),
        (["cl"], ["file,cl"]),
        (["--video", "cl"], ["file,cl"]),
        (["read", "pa"], ["file,pa"]),
    ],
)
def test_what_is_offered(words, offered):
    assert completions(*words) == offered


def test_behind_a_source_options_are_offered():
    offered = completions("clip.mp4", "")
    assert {"plain,--once", "plain,--no-window", "plain,-q"} <= set(offered)
    assert all(item.startswith("plain,-") for item in offered)


def test_another_request_ends_at_once():
    assert finished(env=os.environ | {ASK: "nonsense"}).returncode == 1


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_takes_the_script(tmp_path):
    command = tmp_path / "webcam-digits"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m webcam_digits "$@"\n')
    command.chmod(0o700)
    script = (
        f'eval "$({ASK}=bash_source webcam-digits)"; COMP_WORDS=(webcam-digits eva) COMP_CWORD=1; '
        '_webcam_digits_completion webcam-digits; echo "${COMPREPLY[@]}"'
    )
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], env=os.environ | {"PATH": path}, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("evaluate\n", "")
