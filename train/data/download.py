"""Fetches MNIST where there is a network, and checks that it is MNIST."""

import hashlib
import http.client
import logging
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from webcam_digits.errors import DataError, OutputError
from webcam_digits.train.data.datasets import is_idx

_log = logging.getLogger(__name__)

MNIST_URL = "https://ossci-datasets.s3.amazonaws.com/mnist/"
MNIST_FILES = {  # MD5, as the mirror's other clients check it
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
}
_TIMEOUT = 20  # seconds without a byte
_LIMIT = 32 << 20  # bytes, a file; MNIST's largest has ten million


def download_mnist(folder: Path, url: str = MNIST_URL, files: Mapping[str, str] = MNIST_FILES) -> None:
    """MNIST's four files into `folder`; each is whole and checked before it gets its name.

    Those that are there already stay.

    Args:
        folder: made where it does not exist.
        url: of the folder that holds them, with the slash at its end.
        files: their names, each with the MD5 checksum in hexadecimal.

    Raises:
        DataError: without a network, where a file is not what it should be, or where `folder` holds IDX files
            of another set.
        OutputError: where `folder` cannot be written.
    """
    for path in folder.glob("*"):
        if is_idx(path) and f"{path.name.removesuffix('.gz')}.gz" not in files:
            raise DataError(  # with MNIST beside it, neither could be read
                f"{folder} holds {path.name}, but not the digits and labels of a train part;"
                " complete the set, or name another folder"
            )
    for name, checksum in files.items():
        if _is_there(folder / name, checksum):
            continue
        _log.info("downloading %s%s", url, name)
        try:
            with urllib.request.urlopen(url + name, timeout=_TIMEOUT) as response:
                content = response.read(_LIMIT)
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            reason = getattr(error, "reason", None) or error
            raise DataError(
                f"{folder} lacks {name}, and it cannot be fetched from {url}: {reason};"
                f" save {', '.join(files)} there by hand"
            ) from error
        if _md5(content) != checksum:
            raise DataError(f"{url}{name}: not the file it should be (MD5 differs); nothing was kept of it")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            beside = folder / f"{name}.part"
            beside.write_bytes(content)
            beside.replace(folder / name)
        except OSError as error:
            raise OutputError(f"{folder}: MNIST cannot be saved: {error.strerror}") from error


def _is_there(path: Path, checksum: str) -> bool:
    try:
        return _md5(path.read_bytes()) == checksum
    except OSError:
        return False


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
