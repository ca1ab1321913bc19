import functools
import hashlib
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from webcam_digits.errors import DataError, OutputError

pytest.importorskip("pooch")

from webcam_digits.train.data.download import download_mnist

CONTENT = {"a.gz": b"pictures", "b.gz": b"labels"}
CHECKSUMS = {name: hashlib.md5(content).hexdigest() for name, content in CONTENT.items()}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def mirror(tmp_path):
    folder = tmp_path / "mirror"
    folder.mkdir()
    for name, content in CONTENT.items():
        (folder / name).write_bytes(content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_files_arrive_in_a_new_folder(tmp_path, mirror):
    download_mnist(tmp_path / "new" / "data", mirror[1], CHECKSUMS)
    assert {path.name: path.read_bytes() for path in (tmp_path / "new" / "data").iterdir()} == CONTENT


def test_an_interrupted_download_is_resumed(tmp_path, mirror):
    download_mnist(tmp_path / "data", mirror[1], CHECKSUMS)
    (mirror[0] / "a.gz").unlink()  # were it fetched again, it would fail
    (tmp_path / "data" / "b.gz").write_bytes(b"cut off")
    download_mnist(tmp_path / "data", mirror[1], CHECKSUMS)
    assert {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()} == CONTENT


def test_another_set_is_not_mixed_with_it(tmp_path, mirror):
    (tmp_path / "emnist-letters-train-images-idx3-ubyte.gz").write_bytes(b"")
    with pytest.raises(DataError, match=r"holds emnist-letters-.*, but not the digits"):
        download_mnist(tmp_path, mirror[1], CHECKSUMS)
    assert not (tmp_path / "a.gz").exists()


def test_a_file_that_is_another_is_refused(tmp_path, mirror):
    (mirror[0] / "b.gz").write_bytes(b"other")
    with pytest.raises(DataError, match=r"b\.gz: not the file it should be"):
        download_mnist(tmp_path / "data", mirror[1], CHECKSUMS)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["a.gz"]


def test_no_such_file_there(tmp_path, mirror):
    (mirror[0] / "a.gz").unlink()
    with pytest.raises(DataError, match=r"cannot be fetched from http://.*/: HTTP status 404; save"):
        download_mnist(tmp_path / "data", mirror[1], CHECKSUMS)


def test_no_network(tmp_path):
    with pytest.raises(DataError, match=r"lacks a\.gz, and it cannot be fetched .*refused; save a\.gz, b"):
        download_mnist(tmp_path / "data", "http://127.0.0.1:9/", CHECKSUMS)


def test_folder_that_cannot_be_made(tmp_path, mirror):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(OutputError, match="cannot be saved"):
        download_mnist(tmp_path / "data", mirror[1], CHECKSUMS)
