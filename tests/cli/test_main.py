import subprocess
import sys

import pytest

import webcam_digits
from webcam_digits.cli.main import cli


def test_version(call):
    result = call("--version")
    assert (result.exit_code, result.output) == (0, f"webcam-digits {webcam_digits.__version__}\n")


COMMANDS = [], *([name] for name in cli.commands), ["train", "classifier"], ["train", "detector"]


@pytest.mark.parametrize("args", [["--version"], *([*command, "--help"] for command in COMMANDS)])
def test_version_and_help_import_nothing_heavy(args):
    script = """
import sys
import webcam_digits.__main__
from webcam_digits.cli.main import cli
try:
    cli()
except SystemExit as end:
    heavy = {"cv2", "numpy", "torch", "skimage", "scipy", "onnxruntime", "onnx"} & set(sys.modules)
    assert end.code == 0 and not heavy, (end.code, heavy)
"""
    subprocess.run([sys.executable, "-c", script, *args], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_whole(call, command):
    """Nothing is cut off, nothing is wider than a terminal, and every option says what it does."""
    text = call(*command, "-h").stdout
    assert text == call(*command, "--help").stdout
    assert text.startswith(f"Usage: {' '.join(['webcam-digits', *command])} ")
    assert "..." not in text.replace("ARGS]...", "").replace("COMMAND ...", "").replace("PHOTO...", "")
    assert max(map(len, text.splitlines())) <= 80
    assert "[default: 30.0" not in text


def test_help_names_commands_keys_and_exit_codes(call):
    text = call("--help").stdout
    for part in (
        "read",
        "check",
        "train",
        "evaluate",
        "--camera",
        "Space pause",
        "143 SIGTERM",
        "129",
        "[SOURCE] | COMMAND",
    ):
        assert part in text


def test_quiet_and_verbose_stand_before_or_behind_read(call, photo):
    for args in (("-q", "read", photo), ("read", photo, "-q"), ("-v", "read", photo), ("read", "-v", photo)):
        assert call(*args).exit_code == 0


def test_click_before_8_4_works(tmp_path):
    """Its kinds of values take no type in brackets."""
    script = """
import sys, click
click.ParamType.__class_getitem__ = None
from webcam_digits.cli.main import cli
cli(["--size", "640x480", "--demo"])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr[:32]) == (2, "webcam-digits: --size is for cam")
