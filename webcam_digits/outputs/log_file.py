"""Events appended to a file that outlives the run: a table (.csv) or JSON lines (.jsonl)."""

import csv
import io
import json
import logging
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from webcam_digits.errors import OutputError
from webcam_digits.sources.source import Frame
from webcam_digits.tracking.tracker import Event, Update

logger = logging.getLogger(__name__)

ENDINGS = ".csv", ".jsonl"
_BOX = "x", "y", "width", "height"
COLUMNS = ("at", "event", "id", "time", "frame", "text", "confidence", *_BOX, "start")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # some spreadsheets save one


class EventLog:
    """A reporter that appends one line an event, each with its date and time.

    A line is handed to the system whole and at once, so that a killed run loses none but the one in work.
    """

    def __init__(self, path: Path, *, rotated: int = 0) -> None:
        """Open the file, and begin it where it is new.

        Args:
            path: ends in one of `ENDINGS`; a file that exists is appended to.
            rotated: the degrees of `--rotate`, which JSON lines then hold.

        Raises:
            OutputError: it cannot be written, or is a table with other columns.
        """
        self._path = path
        self._rotated = {"rotated": rotated} if rotated else {}
        self._table = path.suffix.lower() == ".csv"
        try:
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror}; name another --log") from error
        try:
            self._write(self._beginning())
        except OutputError:
            self.close()
            raise

    def update(self, frame: Frame, update: Update) -> None:
        """Append what happened to numbers.

        Raises:
            OutputError: it could not be written, as on a full disk.
        """
        self.finish(update.events)

    def finish(self, events: Iterable[Event]) -> None:
        """Append what happened to numbers, which after the last frame is that they end.

        Raises:
            OutputError: it could not be written, as on a full disk.
        """
        for event in events:
            content = {"at": datetime.now().astimezone().isoformat(timespec="milliseconds")}
            content |= event.to_dict() | self._rotated
            line = _table_line(_cells(content)) if self._table else json.dumps(content) + "\n"
            self._write(line.encode())

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def _beginning(self) -> bytes:
        """What is missing before the first event: a header, the end of a broken line."""
        header = _table_line(COLUMNS).encode() if self._table else b""
        try:
            with self._path.open("rb") as file:
                start = file.readline(1 << 16).removeprefix(_BYTE_ORDER_MARK)
                file.seek(-min(1, os.fstat(file.fileno()).st_size), os.SEEK_END)
                end = file.read()
        except OSError as error:
            raise OutputError(f"cannot read {self._path}: {error.strerror}; name another --log") from error
        if header.startswith(start) and not start.endswith(b"\n"):  # new, or cut short
            return header.removeprefix(start)
        if self._table and start.rstrip(b"\r\n") != header.rstrip():
            if start.rstrip(b"\r\n") == header.rstrip().replace(b",id,", b",number,"):
                raise OutputError(
                    f"{self._path} is a log of an earlier version, which had `number` in the place of `id`: "
                    "name another --log"
                )
            raise OutputError(f"{self._path} is a table of other columns than a log's: name another --log")
        if end != b"\n":
            logger.warning("%s ends in half a line: the log goes on below it", self._path)
            return b"\n"
        return b""

    def _write(self, line: bytes) -> None:
        try:
            while line:
                line = line[self._file.write(line) :]
        except OSError as error:
            raise OutputError(f"cannot write {self._path}: {error.strerror}; the log ends there") from error


def _cells(content: dict[str, Any]) -> list[object]:
    """The columns of an event's JSON object; empty where it has none."""
    flat = content | dict(zip(_BOX, content["box"], strict=True))
    return [flat.get(column, "") for column in COLUMNS]


def _table_line(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()
