"""The direction of imports: each folder imports what stands before it in LAYERS, and nothing else."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import webcam_digits

ROOT = Path(__file__).parents[1]
FOLDERS = {"webcam_digits": ROOT / "webcam_digits", "webcam_digits.train": ROOT / "train"}
LAYERS = ("", "sources", "reading", "tracking", "drawing", "outputs", "ui", "run", "train", "cli")
LAST = ("webcam_digits.__main__",)  # lies beside the first layer's modules, but starts the command line
MOST_MODULES = 14  # of a folder, and likewise folders


def module_files() -> dict[str, Path]:
    """Each module's file by its name; links that put a clone together are not followed."""
    files = {}
    for package, folder in FOLDERS.items():
        for path in folder.rglob("*.py"):
            parts = path.relative_to(folder).with_suffix("").parts
            if parts[0] not in ("train", "models"):
                files[".".join((package, *parts)).removesuffix(".__init__")] = path
    return files


FILES = module_files()


def imported_names(module: str) -> list[str]:
    """The full names of what a module imports anywhere, also in functions and for type checkers."""
    package = module if FILES[module].name == "__init__.py" else module.rpartition(".")[0]
    names = []
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            outer = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            source = ".".join([*outer, *filter(None, [node.module])])
            names += [f"{source}.{alias.name}" for alias in node.names]
    return names


# The package's own name holds the public face, which imports on first use.
NAMES = {module: imported_names(module) for module in FILES if module != "webcam_digits"}
PUBLIC = {"webcam_digits", *(f"webcam_digits.{name}" for name in webcam_digits.__all__)} - {
    "webcam_digits.__version__"
}


def imported(module: str) -> set[str]:
    """The package's modules that a module imports."""
    found = {name if name in FILES else name.rpartition(".")[0] for name in NAMES[module]}
    return {name for name in found if name in FILES} - {module}


IMPORTS = {module: imported(module) for module in NAMES}


def layer(module: str) -> int:
    folder = module.split(".")[1] if module.count(".") else ""
    return len(LAYERS) if module in LAST else LAYERS.index(folder) if folder in LAYERS else 0


def test_every_folder_has_its_layer():
    folders = {path.parent.name for path in FOLDERS["webcam_digits"].glob("*/__init__.py")} - {"models"}
    assert folders | {"", "train"} == set(LAYERS)


def test_no_module_imports_one_of_a_later_layer():
    wrong = [
        f"{module} imports {other}"
        for module, others in IMPORTS.items()
        for other in others
        if layer(other) > layer(module)
    ]
    assert sorted(wrong) == []


def test_no_module_imports_the_public_face():
    """Which stands above all layers: each is imported from where it is."""
    wrong = [
        f"{module} imports {name}" for module, names in NAMES.items() for name in names if name in PUBLIC
    ]
    assert sorted(wrong) == []


def test_no_imports_go_in_a_circle():
    try:
        TopologicalSorter(IMPORTS).prepare()
    except CycleError as error:
        pytest.fail(f"these import each other: {' <- '.join(error.args[1])}")


SURVIVING = sorted({path.parent for path in FILES.values() if path.parent.name != "legacy"})


@pytest.mark.parametrize("folder", SURVIVING, ids=lambda path: path.name)
def test_a_folder_can_be_taken_in_at_a_glance(folder):
    modules = [path for path in FILES.values() if path.parent == folder and path.name != "__init__.py"]
    folders = {path.parent for path in FILES.values() if path.parent.parent == folder}
    assert len(modules) <= MOST_MODULES
    assert len(folders) <= MOST_MODULES
