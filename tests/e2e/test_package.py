import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.helpers.program import finished
from webcam_digits.cli.main import cli

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, source)
    for name in ("webcam_digits", "train", "models"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", str(folder), str(source)], check=True)
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_is_small_and_whole(wheel):
    with zipfile.ZipFile(wheel) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    models = sizes["webcam_digits/models/digits.onnx"] + sizes["webcam_digits/models/chains.onnx"]
    assert models < 1_000_000
    assert sizes["webcam_digits/demo.webm"] < 1_000_000
    assert {
        "webcam_digits/py.typed",
        "webcam_digits/train/handwriting/pen.py",
        "webcam_digits/models/README.md",
    } <= set(sizes)
    assert wheel.stat().st_size < 3_000_000


def test_the_wheel_alone_runs_the_demo(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    where = [sys.executable, "-c", "import webcam_digits.train.handwriting.pen as pen; print(pen.__file__)"]
    found = subprocess.run(where, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert found.stdout.startswith(str(tmp_path))
    result = finished("--demo", "--no-window", env=environment, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "42\n2026\n1859\n31415926\n", "")


def test_the_readme_tells_every_option_of_the_live_command():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    options = [name for parameter in cli.params for name in parameter.opts if name.startswith("--")]
    short = {"--quiet": "-q", "--verbose": "-v"}
    untold = {"--help", "--version"}
    missing = [name for name in options if short.get(name, name) not in readme and name not in untold]
    assert missing == []


def test_the_readme_names_no_option_that_there_is_not():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [cli, *(cli.get_command(None, name) for name in cli.list_commands(None))]
    commands += [inner for command in commands[1:] for inner in getattr(command, "commands", {}).values()]
    known = {
        name
        for c in commands
        for parameter in c.params
        for name in (*parameter.opts, *parameter.secondary_opts)
    }
    known |= {"--help", "--index-url", "--editable"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", readme)) <= known


def test_no_figure_of_the_readme_is_left_open():
    assert not re.search(r"@[A-Z0-9]+@", (ROOT / "README.md").read_text(encoding="utf-8"))


def test_every_target_of_the_makefile_is_told():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    listed = re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)
    assert set(targets) == set(listed)


def test_a_short_soak_loses_nothing():
    soak = [sys.executable, str(ROOT / "bench" / "soak.py"), "600"]
    result = subprocess.run(soak, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
