import errno
import os
from pathlib import Path

import pytest

from webcam_digits.errors import OutputError
from webcam_digits.outputs.files import check_file, check_folder, numbered, write_whole


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


def test_what_keeps_a_file_from_being_written(tmp_path):
    clip = tmp_path / "clip.avi"
    clip.touch()
    (tmp_path / "folder.avi").mkdir()
    (tmp_path / "soft.avi").symlink_to(clip)
    (tmp_path / "hard.avi").hardlink_to(clip)
    (tmp_path / "other.avi").touch()
    (tmp_path / "loop.avi").symlink_to(tmp_path / "loop.avi")
    os.mkfifo(tmp_path / "pipe.avi")

    def why_not(name, force=False):
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(OutputError) as error:
            check_file(tmp_path / name, "--out", endings=(".avi",), inputs=[clip, "http://x/"], force=force)
        assert sorted(tmp_path.rglob("*")) == before
        assert error.value.exit_code == 1
        return str(error.value)

    assert "its name must end in one of .avi" in why_not("new.mov")
    assert "its name must end in" in why_not("new")
    assert "missing: create it first" in why_not("missing/new.avi")
    assert "clip.avi is a file, not a folder: name another --out" in why_not("clip.avi/new.avi")
    for name in ("folder.avi", "pipe.avi"):
        assert "is not a regular file; name another --out" in why_not(name, force=True)
    assert "other.avi exists: name another --out, or replace it with --force" in why_not("other.avi")
    for name in ("clip.avi", "soft.avi", "hard.avi", "folder.avi/../clip.avi"):
        assert "is what is being read: name another --out" in why_not(name, force=True)
    assert "File name too long; name another --out" in why_not("x" * 5000 + ".avi")
    for name in ("new.avi", "new.AVI", "other.avi", "loop.avi"):
        check_file(tmp_path / name, "--out", endings=(".avi",), inputs=["x" * 5000], force=True)


def test_no_file_of_a_folder_that_is_read_is_written_to(tmp_path):
    (tmp_path / "data" / "more").mkdir(parents=True)
    for name in ("data/more/a.npz", "b.npz"):
        (tmp_path / name).touch()
    with pytest.raises(OutputError, match="is what is being read"):
        check_file(tmp_path / "data" / "more" / "a.npz", "--out", inputs=[tmp_path / "data"], force=True)
    check_file(tmp_path / "data" / "new.npz", "--out", inputs=[tmp_path / "data"])
    check_file(tmp_path / "b.npz", "--out", inputs=[tmp_path / "data"], force=True)


def test_a_folder_is_tried_and_left_as_it_was(tmp_path):
    check_folder(tmp_path / "new", "--explain", create=True)
    assert not (tmp_path / "new").exists()
    (tmp_path / "there").mkdir()
    check_folder(tmp_path / "there", "--explain")
    assert not list((tmp_path / "there").iterdir())


@pytest.mark.parametrize("create", [False, True])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("file", "file is a file, not a folder: name another --report"),
        ("file/a", "file is a file, not a folder: name another --report|file/a: create it first"),
        ("a/b", "there is no folder .*a.*: create it first"),
        ("x" * 300, "File name too long; name another --report"),
    ],
)
def test_a_folder_that_cannot_be_written(tmp_path, name, message, create):
    (tmp_path / "file").write_text("precious")
    with pytest.raises(OutputError, match=message):
        check_folder(tmp_path / name, "--report", create=create)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_folders_must_be_there_and_writable(tmp_path, monkeypatch):
    with pytest.raises(OutputError, match=r"there is no folder .*new: create it first"):
        check_folder(tmp_path / "new", "--snapshot-dir")

    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)  # root may write anywhere
    for check in (check_folder, lambda path, option: check_file(path / "a", option)):
        with pytest.raises(OutputError, match=": Permission denied; name another --snapshot-dir"):
            check(tmp_path, "--snapshot-dir")


def test_files_are_numbered(tmp_path):
    (tmp_path / "webcam-digits-002.png").touch()
    assert numbered(tmp_path, ".png").name == "webcam-digits-001.png"
    numbered(tmp_path, ".png").touch()
    assert numbered(tmp_path, ".png").name == "webcam-digits-003.png"
    assert numbered(tmp_path, ".webm").name == "webcam-digits-001.webm"
