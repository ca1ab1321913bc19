import errno
from pathlib import Path

import pytest

from webcam_digits.errors import OutputError
from webcam_digits.outputs.files import check_folder, try_folder, write_whole


def test_a_full_disk_leaves_an_existing_file(tmp_path, monkeypatch):
    def full(path, content):
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "a.onnx").write_bytes(b"precious")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="No space left"):
        write_whole(tmp_path / "a.onnx", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.onnx"]
    assert (tmp_path / "a.onnx").read_bytes() == b"precious"


def test_a_folder_is_tried_and_left_as_it_was(tmp_path):
    try_folder(tmp_path / "new", "--explain")
    assert not (tmp_path / "new").exists()
    (tmp_path / "there").mkdir()
    try_folder(tmp_path / "there", "--explain")
    assert not list((tmp_path / "there").iterdir())


@pytest.mark.parametrize(
    ("name", "message"),
    [("file", "it is a file; --report needs a folder"), ("a/b", "create it first"), ("x" * 300, "too long")],
)
def test_a_folder_that_cannot_be_written(tmp_path, name, message):
    (tmp_path / "file").write_text("precious")
    with pytest.raises(OutputError, match=message):
        try_folder(tmp_path / name, "--report")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_folders_must_be_writable(tmp_path, monkeypatch):
    check_folder(tmp_path)
    monkeypatch.setattr("webcam_digits.outputs.files.os.access", lambda *_: False)
    with pytest.raises(OutputError, match="no permission to write"):
        check_folder(tmp_path)
