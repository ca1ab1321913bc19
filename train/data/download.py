"""Fetches MNIST where there is a network, and checks that it is MNIST."""

import logging
from collections.abc import Mapping
from pathlib import Path

import pooch
from requests.exceptions import RequestException

from webcam_digits.errors import DataError, OutputError
from webcam_digits.train.data.datasets import is_idx

_log = logging.getLogger(__name__)
pooch.get_logger().setLevel(logging.ERROR)  # what is fetched is logged here

MNIST_URL = "https://ossci-datasets.s3.amazonaws.com/mnist/"
MNIST_FILES = {  # MD5, as the mirror's other clients check it
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
}
_TIMEOUT = 20  # seconds without a byte


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
        if not (folder / name).exists():
            _log.info("downloading %s%s", url, name)
        try:
            pooch.retrieve(
                url + name,
                f"md5:{checksum}",
                name,
                folder,
                downloader=pooch.HTTPDownloader(timeout=_TIMEOUT),
            )
        except RequestException as error:
            raise DataError(
                f"{folder} lacks {name}, and it cannot be fetched from {url}: {_reason(error)};"
                f" save {', '.join(files)} there by hand"
            ) from error
        except ValueError as error:
            raise DataError(
                f"{url}{name}: not the file it should be (MD5 differs); nothing was kept of it"
            ) from error
        except OSError as error:
            raise OutputError(f"{folder}: MNIST cannot be saved: {error.strerror or error}") from error


def _reason(error: RequestException) -> str:
    """What went wrong, without the addresses that requests repeats around it."""
    if error.response is not None:
        return f"HTTP status {error.response.status_code}"
    cause = getattr(error.args[0], "reason", error) if error.args else error
    return str(cause).rpartition(": ")[2]
