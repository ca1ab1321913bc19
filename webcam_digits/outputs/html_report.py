"""Why photos were read as they were: a folder of HTML pages, one a photo, and a list of them."""

import os
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from webcam_digits.errors import ImageError, OutputError
from webcam_digits.logs import one_line
from webcam_digits.outputs.files import check_folder, check_replaceable, write_whole
from webcam_digits.outputs.html import document
from webcam_digits.outputs.photo_page import Setting, photo_page, thumbnail
from webcam_digits.reading.reader import Inspection
from webcam_digits.sources.photos import STDIN
from webcam_digits.types import Image

_INDEX = "index.html"
_NO_FILE_NAME = frozenset('<>:"/\\|?*')  # on some system
_LONGEST_NAME = 200  # bytes of UTF-8; file systems take 255, and an ending and more is put to it
_STYLE = """body { max-width: 60rem; }
th, td { text-align: left; }
td img { display: block; max-width: none; }
"""


class Explanations:
    """Pages into a folder; a context manager, at whose end the list of the photos is written."""

    def __init__(self, folder: Path, photos: Sequence[str], setting: Setting, *, force: bool = False) -> None:
        """Find out at once what would keep the pages from being written.

        Args:
            folder: to write into; it is created when the first page is written.
            photos: names of all that will be read.
            setting: they are read with.
            force: files that are there already may be replaced, though never a photo.

        Raises:
            OutputError: with the reason.
        """
        self._folder = folder
        self._setting = setting
        self._pages = page_names(photos)
        self._rows: dict[str, str] = {}
        check_folder(folder, "--explain", create=True)
        listed = [_INDEX] if len(self._pages) > 1 else []
        originals = {os.path.realpath(photo): photo for photo in self._pages}
        for page in (*listed, *self._pages.values()):
            original = originals.get(os.path.realpath(folder / page))
            inputs = [] if original is None else [original]
            check_replaceable(folder / page, "--explain", inputs=inputs, force=force)

    def add(self, name: str, photo: Image, inspection: Inspection) -> None:
        """Write the page of a photo, (h, w, 3) uint8 BGR.

        Raises:
            OutputError: it could not be written; nothing is left of it then.
        """
        page = self._pages[name]
        self._write(page, photo_page(_shown(name), photo, inspection, self._setting))
        lines = "<br>".join(escape(line.text) for line in inspection.reading.lines) or "no digits"
        self._rows[name] = (
            f'<td><img alt="" src="{thumbnail(photo)}"></td>'
            f'<td><a href="{quote(page)}">{escape(one_line(name))}</a></td><td>{lines}</td>'
        )

    def failed(self, name: str, error: ImageError) -> None:
        """Note that a photo could not be read."""
        self._rows[name] = (
            f"<td></td><td>{escape(one_line(name))}</td><td>{escape(one_line(str(error)))}</td>"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and len(self._pages) > 1:
            rows = "".join(f"<tr>{row}</tr>\n" for row in self._rows.values())
            head = "<tr><th></th><th>Photo</th><th>Read</th></tr>\n"
            body = f"<div><table>\n{head}{rows}</table></div>\n{self._others()}"
            self._write(_INDEX, document(f"{len(self._rows)} photos", body, _STYLE))

    def _others(self) -> str:
        """What else lies in the folder, as pages of runs before this one do."""
        own = {_INDEX, *self._pages.values()}
        others = sorted(path.name for path in self._folder.glob("*.html") if path.name not in own)
        if not others:
            return ""
        links = (f'<a href="{quote(os.fsencode(name))}">{escape(one_line(name))}</a>' for name in others)
        return f"<p>Not of this run, but in the same folder: {', '.join(links)}</p>\n"

    def _write(self, name: str, content: bytes) -> None:
        try:
            self._folder.mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot write {self._folder}: {error.strerror}") from error
        write_whole(self._folder / name, content)


def page_names(photos: Iterable[str]) -> Mapping[str, str]:
    """The name of each photo's page: its own with .html, and a number behind it where two share one."""
    names: dict[str, str] = {}
    taken = {_INDEX}
    for photo in photos:
        if photo in names:  # given twice
            continue
        stem = _file_name("standard-input" if photo == STDIN else Path(photo).stem)
        name, count = f"{stem}.html", 1
        while name.casefold() in taken:  # A and a are the same to some systems
            count += 1
            name = f"{stem}-{count}.html"
        taken.add(name.casefold())
        names[photo] = name
    return names


def _file_name(text: str) -> str:
    """A text without what some system refuses in the name of a file."""
    plain = "".join("_" if c in _NO_FILE_NAME or not c.isprintable() else c for c in text).strip(". ")
    return plain.encode()[:_LONGEST_NAME].decode(errors="ignore") or "photo"


def _shown(name: str) -> str:
    return one_line("standard input" if name == STDIN else Path(name).name)
