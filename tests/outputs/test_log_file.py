import csv
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.helpers.clips import line, picture
from tests.helpers.program import PATIENCE, started
from webcam_digits.errors import OutputError
from webcam_digits.outputs.log_file import COLUMNS, EventLog
from webcam_digits.sources.source import Frame
from webcam_digits.tracking.tracker import Event, Update
from webcam_digits.types import Reading

FRAME = Frame(picture(0), 15, 0.5)
APPEAR = Event("appear", 3, 0.5, 15, line("0522 1859"))
END = Event("end", 3, 2.5, 75, line("0522 1859"), start=0.5)
HEADER = ",".join(COLUMNS) + "\n"


def log(path, *events):
    file = EventLog(path)
    file.update(FRAME, Update(Reading((), 160, 120), events))
    file.finish([END])
    file.close()


def rows(path):
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_a_table(tmp_path):
    path = tmp_path / "a.csv"
    before = datetime.now().astimezone().replace(microsecond=0)
    log(path, APPEAR, replace(APPEAR, kind="change"))
    appear, change, end = rows(path)
    at = datetime.fromisoformat(appear.pop("at"))
    assert before <= at <= datetime.now().astimezone()
    assert at.tzinfo is not None
    box = {"x": "10", "y": "20", "width": "88", "height": "20"}
    content = {"id": "3", "text": "0522 1859", "confidence": "0.9", **box}
    assert appear == {"event": "appear", "time": "0.5", "frame": "15", **content, "start": ""}
    assert change["event"] == "change"
    end.pop("at")
    assert end == {"event": "end", "time": "2.5", "frame": "75", **content, "start": "0.5"}


def test_json_lines_are_those_of_standard_output_with_the_date(tmp_path):
    path = tmp_path / "a.JSONL"
    log(path, APPEAR)
    appear, end = [json.loads(text) for text in path.read_text().splitlines()]
    assert list(appear)[:5] == ["at", "event", "id", "time", "frame"]
    assert (appear["text"], appear["digits"][0]["digit"], end["start"]) == ("0522 1859", 0, 0.5)


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_a_log_goes_on_where_the_last_one_ended(tmp_path, ending, caplog):
    path = tmp_path / f"a{ending}"
    log(path)
    before = path.read_text()
    log(path)
    assert path.read_text().startswith(before)
    assert path.read_text().count("at,event") == (ending == ".csv")
    assert len(path.read_text().splitlines()) == 2 + (ending == ".csv")
    assert caplog.messages == []


@pytest.mark.parametrize("start", ["", "at,ev", HEADER[:-1], HEADER, "\ufeff" + HEADER, HEADER[:-1] + "\r\n"])
def test_a_header_is_there_once(tmp_path, start, caplog):
    path = tmp_path / "a.csv"
    path.write_text(start, encoding="utf-8", newline="")
    log(path, APPEAR)
    assert [row["event"] for row in rows(path)] == ["appear", "end"]
    assert caplog.messages == []


@pytest.mark.parametrize("start", ["number,text\n1,42\n", "\n", "x", HEADER[:-1] + ",more\n"])
def test_another_table_stays_as_it_is(tmp_path, start):
    path = tmp_path / "a.csv"
    path.write_text(start)
    with pytest.raises(
        OutputError, match=r"a\.csv is a table of other columns than a log's: name another --log"
    ):
        EventLog(path)
    assert path.read_text() == start


def test_the_table_of_an_older_version_is_refused_with_the_reason(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(HEADER.replace(",id,", ",number,") + "2026-11-28,appear,1\n")
    before = path.read_text()
    with pytest.raises(OutputError) as refused:
        EventLog(path)
    reason = "is a log of an earlier version, which had `number` in the place of `id`: name another --log"
    assert str(refused.value) == f"{path} {reason}"
    assert path.read_text() == before


def test_json_lines_of_turned_pictures_say_so(tmp_path):
    file = EventLog(tmp_path / "a.jsonl", rotated=90)
    file.finish([END])
    file.close()
    assert json.loads((tmp_path / "a.jsonl").read_text())["rotated"] == 90


@pytest.mark.parametrize(("ending", "start"), [(".csv", HEADER + "2026-11-2"), (".jsonl", '{"at": "2026')])
def test_below_half_a_line_the_log_goes_on(tmp_path, ending, start, caplog):
    path = tmp_path / f"a{ending}"
    path.write_text(start)
    log(path, APPEAR)
    lines = path.read_text().splitlines()
    assert "\n".join(lines[:-2]) == start
    assert "appear" in lines[-2]
    assert caplog.messages == [f"{path} ends in half a line: the log goes on below it"]


@pytest.mark.skipif(os.name != "posix", reason="kills as POSIX has them")
def test_a_killed_run_has_logged_what_it_printed(tmp_path):
    path = tmp_path / "a.jsonl"
    arguments = "--demo", "--no-window", "--log", path
    with started(*arguments) as process:
        printed = [process.stdout.readline().strip() for _ in range(2)]
        process.kill()
    assert (
        [json.loads(text)["text"] for text in path.read_text().splitlines()][:2] == printed == ["42", "2026"]
    )


@pytest.mark.skipif(os.name != "posix", reason="limits as POSIX has them")
def test_a_log_that_cannot_grow_ends_the_run(tmp_path):
    """As on a full disk: what was written stays."""
    path = tmp_path / "a.jsonl"
    path.write_text("{}\n" * 170)  # of 512 bytes, which is what a shell counts in
    shell = 'ulimit -f 1; exec "$0" -m webcam_digits --demo --no-window --log "$1"'
    done = subprocess.run(
        ["sh", "-c", shell, sys.executable, path],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == f"webcam-digits: cannot write {path}: File too large; the log ends there\n"
    assert Path(path).read_text().startswith("{}\n" * 170)
