import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from webcam_digits.cli.main import cli

ROOT = Path(__file__).parents[2]


PACKAGES = {
    "webcam_digits": "webcam_digits",
    "train": "webcam_digits/train",
    "models": "webcam_digits/models",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Path, Path]:
    """The sdist and the wheel made from it, of a copy of the clone with the links of `make quality`."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in ("setup.cfg", "pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, source)
    for name in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "train" if name == "webcam_digits" else "", "models")
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in ("train", "models"):
        (source / "webcam_digits" / name).symlink_to(f"../{name}")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source)]
    subprocess.run(build, check=True, capture_output=True)
    (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory) -> Path:
    """The Python of an environment that holds the wheel, and beside it what the tests' own holds."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / Path(sys.executable).relative_to(sys.prefix)
    ask = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip())
    with zipfile.ZipFile(built[1]) as archive:
        archive.extractall(site)
    # The clone is not among them: the file that leads to it is not followed from here.
    (site / "tests.pth").write_text(sysconfig.get_path("purelib"))
    return python


def test_a_bare_clone_works(tmp_path):
    """Without the links of `make quality`: train/ and models/ are found beside the package."""
    for name in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", *(PACKAGES if name == "webcam_digits" else ()))
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    script = (
        "import webcam_digits.models, webcam_digits.train as t; print(*webcam_digits.__path__, t.__file__)"
    )
    python = [sys.executable, "-c", script]
    found = subprocess.run(python, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.split()
    assert found == [str(tmp_path / "webcam_digits"), str(tmp_path), str(tmp_path / "train" / "__init__.py")]
    for args in (["--demo", "--no-window", "--once"], ["train", "detector", "--help"]):
        subprocess.run([sys.executable, "-m", "webcam_digits", *args], cwd=tmp_path, check=True)


@pytest.mark.slow
def test_every_module_is_in_the_wheel_and_in_the_sdist(built):
    modules = {path.relative_to(ROOT).as_posix() for name in PACKAGES for path in (ROOT / name).rglob("*.py")}
    modules = {
        name for name in modules if not name.startswith(("webcam_digits/train/", "webcam_digits/models/"))
    }
    with tarfile.open(built[0]) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    assert sorted(name for name in names if name.endswith(".py") and name != "setup.py") == sorted(modules)
    with zipfile.ZipFile(built[1]) as archive:
        names = archive.namelist()
    shipped = ["/".join((PACKAGES[name.split("/")[0]], *name.split("/")[1:])) for name in modules]
    assert sorted(name for name in names if name.endswith(".py")) == sorted(shipped)


@pytest.mark.slow
def test_the_wheel_is_small_and_whole(built):
    with zipfile.ZipFile(built[1]) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    assert {"webcam_digits/py.typed", "webcam_digits/demo.webm", "webcam_digits/models/README.md"} <= set(
        sizes
    )
    models = sum(size for name, size in sizes.items() if name.startswith("webcam_digits/models/"))
    assert 500_000 < models <= 3_000_000
    assert built[1].stat().st_size <= 6_000_000


@pytest.mark.slow
def test_examples_of_the_readme_are_typed_with_the_wheel_and_with_an_editable_install(installed, tmp_path):
    pytest.importorskip("mypy")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```python\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    assert examples
    for number, example in enumerate(examples):
        (tmp_path / f"example_{number}.py").write_text(example, encoding="utf-8")
    for python in (installed, sys.executable):
        check = [sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "."]
        result = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr


def test_the_readme_names_every_option_of_the_live_command():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    options = [name for parameter in cli.params for name in parameter.opts if name.startswith("--")]
    short = {"--quiet": "-q", "--verbose": "-v"}
    unnamed = {"--help", "--version"}
    missing = [name for name in options if short.get(name, name) not in readme and name not in unnamed]
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


def test_every_target_of_the_makefile_is_described():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    listed = re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)
    assert set(targets) == set(listed)


@pytest.mark.slow
def test_a_short_soak_loses_nothing():
    soak = [sys.executable, str(ROOT / "bench" / "soak.py"), "600"]
    result = subprocess.run(soak, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
