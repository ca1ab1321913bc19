import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from webcam_digits import DigitReader
from webcam_digits.cli.main import cli
from webcam_digits.drawing.canvas import typeface
from webcam_digits.outputs.html_report import page_names
from webcam_digits.outputs.photo_page import Setting, photo_page
from webcam_digits.reading.legacy.selection import Verdict
from webcam_digits.train.handwriting.pen import Hand, on_paper, write

WHY = Path("why")
SETTING = Setting("a model", 0.5)


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Runs the command line in a folder with one photo, `page.png`, whose number is 2571."""
    monkeypatch.chdir(tmp_path)
    save("page.png")
    return lambda *args, **extra: CliRunner().invoke(cli, ["read", *args], prog_name="webcam-digits", **extra)


@pytest.fixture(scope="module")
def reader():
    return DigitReader()


def picture(text: str = "2571") -> np.ndarray:
    rng = np.random.default_rng(3)
    writing = write(text, height=60, rng=rng, at=(60, 60), hand=Hand())
    return on_paper(writing.ink((200, 120 + 60 * len(text))), rng=rng)


def save(name: str, text: str = "2571") -> str:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_bytes(cv2.imencode(".png", picture(text))[1].tobytes())
    return name


def one_line(result) -> str:
    """Standard error, which must be one line of ours."""
    assert result.stderr.startswith("webcam-digits: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


class Page(HTMLParser):
    """Checks that elements are nested and that nothing is had from outside; keeps the rows of the table."""

    def __init__(self, content: bytes, *, links: bool = False) -> None:
        super().__init__()
        self.open, self.seen, self.links, self.rows, self.text = [], set(), [], [], ""
        self.feed(content.decode())
        assert not self.open
        assert not self.seen & {"script", "link", "iframe", "object", "form"}
        assert b"url(" not in content
        for link in self.links:
            assert links or link.startswith(("#c", "data:image/"))

    def handle_starttag(self, tag, attributes):
        self.seen.add(tag)
        found = dict(attributes)
        assert not [key for key in found if key.startswith("on")]
        self.links += [found[key] for key in ("src", "href", "xlink:href") if key in found]
        if tag == "tr" and "id" in found:
            self.rows.append("")
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if self.rows:
            self.rows[-1] += data + "|"


def test_one_photo_gives_one_page_that_stands_alone(call, reader):
    result = call("page.png", "--explain", "why")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "2571\n", "")
    assert [path.name for path in WHY.iterdir()] == ["page.html"]
    page = Page((WHY / "page.html").read_bytes())
    for shown in ("page.png", "2571", "the shipped one", f"{reader.threshold:.1%}"[:-1], "360 x 200 pixels"):
        assert shown in page.text
    inspection = reader.inspect(cv2.imread("page.png"))
    for stage in inspection.reading.milliseconds:
        assert f"{stage} " in page.text


def test_the_page_shows_every_candidate(call, reader):
    image = picture()
    cv2.putText(image, "RAKE HAD", (60, 190), (60, 60, 60), typeface(), 40, 400)
    cv2.imwrite("page.png", image)
    assert call("page.png", "--explain", "why", "--min-confidence", "0.6").exit_code == 0
    page = Page((WHY / "page.html").read_bytes())
    reader = DigitReader(min_confidence=0.6)
    inspection = reader.inspect(image)
    verdicts = [verdict.value for verdict in inspection.verdicts]
    assert len(set(verdicts)) > 1
    shown = [next(value for value in set(verdicts) if value in row) for row in page.rows]
    assert sorted(shown) == sorted(verdicts)
    kept = verdicts.count(Verdict.KEPT.value)
    assert shown[:kept] == [Verdict.KEPT.value] * kept
    digits = [digit for line in inspection.reading.lines for digit in line.digits]
    for number, (row, digit) in enumerate(zip(page.rows, digits, strict=False), 1):
        assert row.startswith(f"#{number}|{digit.digit}| {digit.confidence:.1%}"[:-1])
    assert "60.0\N{NO-BREAK SPACE}% for what it is taken for" in page.text


def test_what_was_joined_or_cut_says_so(reader):
    inspection = reader.inspect(picture())
    origins = set(type(inspection.regions.origins[0]))
    assert len(origins) > 2
    for origin in origins:
        regions = replace(inspection.regions, origins=(origin,) * len(inspection.regions))
        page = Page(photo_page("a", picture(), replace(inspection, regions=regions), SETTING))
        assert all(origin.value in row for row in page.rows)


def test_rivals_lead_to_what_was_read_of_their_ink(reader):
    inspection = reader.inspect(picture("25"))
    first = inspection.verdicts.index(Verdict.KEPT)
    members = list(inspection.regions.members)
    other = next(i for i in range(len(members)) if i != first)
    members[other] = members[first]
    verdicts = [Verdict.RIVAL] * len(members)
    verdicts[first] = Verdict.KEPT
    changed = replace(
        inspection,
        regions=replace(inspection.regions, members=tuple(members)),
        verdicts=tuple(verdicts),
    )
    page = Page(photo_page("a", picture("25"), changed, SETTING))
    number, row = next((n, row) for n, row in enumerate(page.rows, 1) if Verdict.RIVAL.value in row)
    assert "ink shared with |#1|" in row
    assert f"#{number}: " not in page.text  # its box would hide the other's


def test_json_is_the_same_with_pages(call):
    def printed(*options: str):
        found = json.loads(call("page.png", "--json", *options).stdout)
        return {key: value for key, value in found.items() if key != "ms"}

    assert printed("--explain", "why") == printed()
    assert (WHY / "page.html").exists()


def test_several_photos_give_a_list_that_leads_to_them(call):
    names = [
        save(name, str(20 + i)) for i, name in enumerate(("a/x.png", "b/x.png", "b/X.jpg", "b/index.png"))
    ]
    Path("broken.png").write_bytes(b"broken")
    result = call(*names, "broken.png", "missing.png", "--explain", "why")
    assert result.exit_code == 1
    listing = Page((WHY / "index.html").read_bytes(), links=True)
    links = [unquote(link) for link in listing.links if not link.startswith("data:")]
    assert {path.name for path in WHY.iterdir()} == {"index.html", *links}
    assert len({link.casefold() for link in links}) == len(names)
    for name, link in zip(names, links, strict=True):
        assert name in listing.text
        assert Path(name).name in Page((WHY / link).read_bytes()).text
    numbers = [line.split(": ")[1] for line in result.stdout.splitlines()]
    assert numbers == ["20", "21", "22", "23"]
    for number, link in zip(numbers, links, strict=True):
        assert number in Page((WHY / link).read_bytes()).text
    assert "broken.png is not an image" in listing.text
    assert "there is no file missing.png" in listing.text


def test_none_readable(call):
    result = call("missing.png", "--explain", "why")
    assert "there is no file missing.png" in one_line(result)
    assert result.exit_code == 3
    assert not WHY.exists()


def test_a_link_to_itself_is_reported(call, tmp_path):
    loop = tmp_path / "loop.jpg"
    loop.symlink_to(loop)
    for args in ((str(loop), "--explain", str(WHY)), ("absent.jpg", "--explain", str(loop))):
        result = call(*args)
        assert result.exit_code in (1, 3)
        assert "fault" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)


def test_standard_input(call):
    assert call("-", "--explain", "why", input=Path("page.png").read_bytes()).exit_code == 0
    assert "standard input" in Page((WHY / "standard-input.html").read_bytes()).text


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)<",
        "\"'&quot; onload=x",
        "<!--<img src=x>",
        os.fsdecode(b"\xff\xfe"),
        "line\nbreak\x1b[31m",
        "数字 €",
        "..",
        "x" * 250,
        "数" * 80,
        "a%20b#c?d",
    ],
)
def test_any_name_of_a_photo(call, name):
    save(f"{name}.png")
    assert call("page.png", f"{name}.png", "--json", "--explain", "why").exit_code == 0
    listing = Page((WHY / "index.html").read_bytes(), links=True)
    _, link = [unquote(link) for link in listing.links if not link.startswith("data:")]
    page = Page((WHY / link).read_bytes())
    assert {"script", "iframe"}.isdisjoint(page.seen)
    assert page.links
    if name.isprintable():
        assert f"{name}.png" in page.text
        assert f"{name}.png" in listing.text


def test_names_of_pages():
    photos = ["a.png", "A.jpg", "d/a-2.bmp", "con<>:|?*.png", "index.png", "INDEX.jpg", "-", "a.png", ""]
    assert list(page_names(photos).values()) == [
        "a.html", "A-2.html", "a-2-2.html", "con______.html", "index-2.html", "INDEX-3.html",
        "standard-input.html", "photo.html",
    ]  # fmt: skip


def test_labels_are_escaped(reader):
    inspection = reader.inspect(picture())
    predictions = replace(inspection.predictions, labels=tuple(f"<b>{i}&" for i in range(10)))
    lines = tuple(replace(line, text="<i>&") for line in inspection.reading.lines)
    changed = replace(inspection, predictions=predictions, reading=replace(inspection.reading, lines=lines))
    page = Page(photo_page("a", picture(), changed, replace(SETTING, model="<u>.onnx")))
    assert not page.seen & {"i", "u"}
    assert "<i>&" in page.text
    assert "<u>.onnx" in page.text
    assert "<b>7&" in page.text


def test_files_are_replaced_by_force_alone(call):
    WHY.mkdir()
    (WHY / "page.html").write_text("precious")
    (WHY / "other.html").write_text("of others")
    result = call("page.png", "--explain", "why")
    assert "page.html exists: name another --explain, or replace it with --force" in one_line(result)
    assert (result.exit_code, result.stdout) == (1, "")
    assert (WHY / "page.html").read_text() == "precious"
    assert call("page.png", "--explain", "why", "--force").exit_code == 0
    assert b"2571" in (WHY / "page.html").read_bytes()
    assert (WHY / "other.html").read_text() == "of others"
    (WHY / "index.html").write_text("precious")
    assert "index.html exists" in one_line(call(save("a.png"), save("b.png"), "--explain", "why"))


def test_the_list_names_pages_of_other_runs_as_such(call):
    photos = save("a.png"), save("b.png")
    assert call(*photos, "--explain", "why").exit_code == 0
    (WHY / os.fsdecode(b"odd \xff&.html")).touch()
    assert call(*photos, save("c.png"), "--explain", "why", "--force").exit_code == 0
    assert call("c.png", save("d.png"), "--explain", "why", "--force").exit_code == 0
    listing = Page((WHY / "index.html").read_bytes(), links=True)
    links = [unquote(link, errors="surrogateescape") for link in listing.links if link[:5] != "data:"]
    assert sorted(links) == sorted({path.name for path in WHY.iterdir()} - {"index.html"})
    own, others = listing.text.split("Not of this run, but in the same folder: ")
    assert ("c.png" in own, "a.png" in own, "a.html" in others, "c.html" in others) == (
        True,
        False,
        True,
        False,
    )


def test_force_is_for_pages(call):
    result = call("page.png", "--force")
    assert "--force needs --explain" in one_line(result)
    assert result.exit_code == 2


def test_a_photo_is_never_replaced(call):
    Path("page.png").rename("page.html")
    before = Path("page.html").read_bytes()
    result = call("page.html", "--explain", ".", "--force")
    assert "page.html is what is being read" in one_line(result)
    assert result.exit_code == 1
    assert Path("page.html").read_bytes() == before


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("page.png", "page.png is a file, not a folder: name another --explain"),
        ("page.png/below", "page.png is a file, not a folder: name another --explain"),
        ("missing/why", "create it first"),
        ("x" * 300, "File name too long"),
        ("taken", "it is not a regular file"),
    ],
)
def test_what_is_in_the_way_is_reported_at_once(call, folder, message):
    Path("taken/page.html").mkdir(parents=True)
    result = call("page.png", "--explain", folder, "--force")
    assert message in one_line(result)
    assert (result.exit_code, result.stdout) == (1, "")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_no_permission(call):
    WHY.mkdir(mode=0o500)
    assert "Permission denied" in one_line(call("page.png", "--explain", "why"))


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
def test_a_full_disk_leaves_what_was_there(call):
    """The real command, whose files may not be larger than a block."""
    WHY.mkdir()
    (WHY / "page.html").write_text("precious")
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "from webcam_digits.__main__ import main; main()"
    )
    command = [sys.executable, "-c", script, "read", "page.png", "--explain", "why", "--force"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (1, "2571\n")
    assert re.fullmatch(r"webcam-digits: cannot write why.page\.html: .*\n", result.stderr)
    assert {path.name: path.read_text() for path in WHY.iterdir()} == {"page.html": "precious"}


def test_a_crowded_page_is_bounded(reader):
    rng = np.random.default_rng(0)
    image = np.full((1500, 2000, 3), 220, np.uint8)
    for i in range(30):
        cv2.putText(image, "1 8 a 7 3 z 4 5" * 5, (10, 50 * i), (0, 0, 0), typeface(), 30, 400)
    inspection = reader.inspect(image)
    content = photo_page("a", image, inspection, SETTING)
    page = Page(content)
    assert len(page.rows) == 200
    assert f"{len(inspection.regions) - 200} more, the least likely, are left out" in page.text
    assert len(content) < 3 << 20
    noise = rng.integers(0, 256, image.shape, np.uint8)
    assert len(photo_page("a", noise, reader.inspect(noise), SETTING)) < 3 << 20


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (2500, 3000)])
def test_any_picture(reader, shape):
    image = np.full((*shape, 3), 200, np.uint8)
    assert "No digits were read." in Page(photo_page("a", image, reader.inspect(image), SETTING)).text
