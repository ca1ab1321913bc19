import base64
import errno
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
from characters import characters
from click.testing import CliRunner

pytest.importorskip("matplotlib")
pytest.importorskip("onnx")

from models import model_file
from webcam_digits.classifier import Classifier
from webcam_digits.errors import DataError, OutputError, UsageError, WebcamDigitsError
from webcam_digits.train import commands, reporting
from webcam_digits.train.crossdata import judge, judge_all
from webcam_digits.train.data import LabelledSet
from webcam_digits.train.modelfile import read_model
from webcam_digits.train.report import report_files
from webcam_digits.train.reportfolder import check_folder, write_folder
from webcam_digits.train.robustness import CorruptionEvaluation

NAMES = (*"012345678", "<b>")
FOUND = CorruptionEvaluation({"fog": 0.4, "<i>": 0.2}, 0.01)
PLOTS = {"confusion", "precision-recall", "reliability", "rejection", "mistakes", "grad-cam"}


def silent(line: str) -> None:
    pass


def some_wrong(count: int = 60) -> LabelledSet:
    images, labels = characters("0123456789", count)
    return LabelledSet("some.npz", list(images), (labels + (np.arange(count) % 7 == 0)) % 10)


@pytest.fixture
def folder(tmp_path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    images, labels = characters("0123456789", 60)
    np.savez(data / "a.npz", images=images[:20], labels=labels[:20])
    np.savez(data / "mnist.npz", test_images=images, test_labels=(labels + (labels == 1)) % 10)
    letters, which = characters("aky0", 40)
    np.savez(data / "chars74k_hand.npz", images=letters, labels=which, class_chars=np.array([*"aky0"]))
    np.savez(data / "counted.npz", images=images, labels=labels + 1)
    np.savez(data / "pictures.npz", images=images)
    return data


@pytest.fixture
def evaluate(monkeypatch, tmp_path):
    monkeypatch.setattr(reporting, "corrupted", lambda *_: FOUND)
    return lambda *options: CliRunner().invoke(
        commands.evaluate, ["--report", str(tmp_path / "out"), *map(str, options)]
    )


class Tags(HTMLParser):
    """Checks that elements are nested, and keeps which there are and what they refer to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open, self.seen, self.sources = [], set(), []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.seen.add(tag)
        self.sources += [value for key, value in attributes if key in {"src", "href", "srcset"}]
        if tag not in {"meta", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_folder(evaluate, folder, tmp_path):
    result = evaluate("--data", folder, "--model", model_file(tmp_path / "m.onnx"))
    assert result.exception is None
    assert result.stdout.splitlines()[0].split() == ["images", "60"]
    assert "report written" in result.stderr
    written = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert {path.name for path in tmp_path.iterdir()} == {"data", "m.onnx", "out"}
    names = PLOTS | {"history", "false-acceptance", "taken-1", "corruptions"}
    assert {name for name in written if name != "index.html"} == {f"{name}.png" for name in names}
    page = written.pop("index.html").decode()
    tags = Tags(page)
    assert not tags.open
    assert not tags.seen & {"script", "link", "iframe", "object"}
    embedded = [base64.b64decode(source.removeprefix("data:image/png;base64,")) for source in tags.sources]
    assert sorted(embedded) == sorted(written.values())
    for content in embedded:
        assert cv2.imdecode(np.frombuffer(content, np.uint8), 1).shape[1] == 960
    rows = [re.findall("<td>(.*?)</td>", row) for row in page.splitlines() if "<td>" in row]
    read = [row[:2] for row in rows if len(row) == 6]
    assert read == [["mnist.npz", "60"], ["a.npz *", "20"], ["chars74k_hand.npz", "10"]]
    assert [row[:2] for row in rows if len(row) == 3] == [["chars74k_hand.npz", "30"]]
    assert ["recipe: seed", "0"] in rows
    assert "30.00%" in page  # the mean of the corruptions


def test_what_is_printed_is_escaped():
    data = replace(some_wrong(), name="<script>&.npz", classes=NAMES)
    model = read_model()
    classifier = Classifier()
    classifier.labels = NAMES
    files = report_files(replace(model, name="<u>$x$"), [judge(classifier, data)], FOUND, silent)
    page = files["index.html"].decode()
    assert "&lt;script&gt;&amp;.npz" in page
    assert "7 8 &lt;b&gt;" in page
    assert not Tags(page).seen & {"b", "i", "u", "script"}


def test_a_model_without_history_or_feature_map(monkeypatch):
    monkeypatch.setattr("webcam_digits.train.report.grad_cam", lambda model: None)
    files = report_files(read_model(), [judge(Classifier(), some_wrong())], None, silent)
    page = files["index.html"].decode()
    assert "does not carry the history" in page
    assert "no feature map" in page
    assert "Not measured: the pictures are not 28x28" in page
    assert set(files) == {f"{name}.png" for name in PLOTS - {"grad-cam"}} | {"index.html"}


def test_no_mistakes():
    images, labels = characters("0123456789", 20)
    outcome = judge(Classifier(), LabelledSet("some.npz", list(images), labels))
    outcome = replace(outcome, truth=outcome.read)
    page = report_files(read_model(), [outcome], None, silent)["index.html"].decode()
    assert "There are no mistakes." in page


def test_the_worst_mistakes_come_first():
    outcome = judge(Classifier(), some_wrong())
    worst = outcome.worst(5)
    assert not outcome.right[worst].any()
    assert (np.diff(outcome.confidence[worst]) <= 0).all()
    assert outcome.confidence[worst[0]] == outcome.confidence[~outcome.right].max()


def test_a_folder_without_digits(folder):
    for name in ("a", "mnist", "chars74k_hand"):
        (folder / f"{name}.npz").unlink()
    with pytest.raises(DataError, match="no pictures of 0 1 2"):
        judge_all(Classifier(), folder, "test", silent)


def test_look_alikes_and_known_negatives_are_no_digits(tmp_path):
    images, _ = characters("0123456789", 20)
    np.savez(tmp_path / "cyrillic_letters.npz", images=images, labels=np.arange(20) % 3)
    np.savez(tmp_path / "x.npz", images=images, labels=np.arange(20) % 4, class_chars=np.array([*"1OAl"]))
    read, *refused = judge_all(Classifier(), tmp_path, "test", silent)
    assert (read.name, read.negative, len(read.data)) == ("x.npz", False, 5)
    assert [(outcome.name, len(outcome.data)) for outcome in refused] == [
        ("cyrillic_letters.npz", 20),
        ("x.npz", 5),
    ]


def test_an_earlier_report_is_replaced_by_force_alone(evaluate, folder, tmp_path):
    archive = folder / "mnist.npz"
    assert evaluate("--data", archive).exception is None
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    refused = evaluate("--data", archive)
    assert isinstance(refused.exception, OutputError)
    assert "replace it with --force" in str(refused.exception)
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before
    assert evaluate("--data", archive, "--force").exception is None
    assert (tmp_path / "out" / "index.html").stat().st_mtime_ns != before["index.html"]


def test_nothing_but_a_report_is_ever_replaced(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match="holds what is no report"):
        check_folder(tmp_path, force=True)
    with pytest.raises(OutputError, match="it is no folder"):
        check_folder(tmp_path / "thesis.tex", force=True)
    with pytest.raises(OutputError, match="create it first"):
        check_folder(tmp_path / "a" / "b", force=False)
    (tmp_path / "empty").mkdir()
    check_folder(tmp_path / "empty", force=False)
    write_folder(tmp_path / "empty", {"index.html": b"page"})
    assert (tmp_path / "empty" / "index.html").read_bytes() == b"page"


@pytest.mark.parametrize("failing", ["write_bytes", "replace"])
def test_a_full_disk_leaves_the_earlier_report(tmp_path, monkeypatch, failing):
    target = tmp_path / "out"
    write_folder(target, {"index.html": b"before"})
    original = getattr(Path, failing)

    def fail(path, *arguments):
        if ".new." in str(path):
            raise OSError(errno.ENOSPC, "No space left on device")
        return original(path, *arguments)

    monkeypatch.setattr(Path, failing, fail)
    with pytest.raises(OutputError, match=r"out: No space left on device$"):
        write_folder(target, {"index.html": b"after"})
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (target / "index.html").read_bytes() == b"before"


def test_without_matplotlib(evaluate, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = evaluate("--data", folder)
    assert isinstance(result.exception, WebcamDigitsError)
    assert "pip install -e '.[report]'" in str(result.exception)


def test_options_that_contradict_each_other(evaluate, folder):
    assert isinstance(evaluate("--data", folder, "--negatives").exception, UsageError)
    assert isinstance(evaluate("--data", folder, "--exclude", "a").exception, UsageError)
    chosen = evaluate("--data", folder / "chars74k_hand.npz", "--classes", "0")
    assert chosen.exception is None
    assert chosen.stdout.split()[:2] == ["images", "10"]


def test_corruptions_are_of_pictures_of_their_size(monkeypatch):
    monkeypatch.setattr(reporting, "evaluate_corruptions", lambda *_, **__: FOUND)
    outcome = judge(Classifier(), some_wrong(20))
    assert reporting.corrupted(Classifier(), outcome, silent) is FOUND
    larger = replace(outcome.data, images=[np.zeros((32, 32), np.uint8)] * 20)
    assert reporting.corrupted(Classifier(), replace(outcome, data=larger), silent) is None
