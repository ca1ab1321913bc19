"""Fetches MNIST where there is a network, and checks that it is MNIST."""

import hashlib
import http.client
import logging
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from webcam_digits.errors import DataError, OutputError

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

    Args:
        folder: made where it does not exist.
        url: of the folder that holds them, with the slash at its end.
        files: their names, each with the MD5 checksum in hexadecimal.

    Raises:
        DataError: without a network, or where a file is not what it should be.
        OutputError: where `folder` cannot be written.
    """
    for name, checksum in files.items():
        _log.info("downloading %s%s", url, name)
        try:
            with urllib.request.urlopen(url + name, timeout=_TIMEOUT) as response:
                content = response.read(_LIMIT)
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            reason = getattr(error, "reason", None) or error
            raise DataError(
                f"{folder} holds no data, and MNIST cannot be fetched from {url}: {reason};"
                " save its four files there by hand"
            ) from error
        if hashlib.md5(content, usedforsecurity=False).hexdigest() != checksum:
            raise DataError(f"{url}{name}: not the file it should be (MD5 differs); nothing was kept of it")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            beside = folder / f"{name}.part"
            beside.write_bytes(content)
            beside.replace(folder / name)
        except OSError as error:
            raise OutputError(f"{folder}: MNIST cannot be saved: {error.strerror}") from error
