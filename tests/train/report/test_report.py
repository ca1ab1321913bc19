import base64
import errno
import html
import json
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from tests.helpers.characters import characters

pytest.importorskip("matplotlib")
pytest.importorskip("onnx")

from tests.helpers.models import HISTORY, model_file
from webcam_digits.cli.evaluate import evaluate as command
from webcam_digits.errors import DataError, ModelError, OutputError, UsageError, WebcamDigitsError
from webcam_digits.reading.classifier import Classifier
from webcam_digits.train.data.datasets import LabelledSet
from webcam_digits.train.evaluation.cross_dataset import judge, judge_all
from webcam_digits.train.evaluation.metrics import Rejection
from webcam_digits.train.evaluation.model_file import read_model
from webcam_digits.train.evaluation.robustness import CorruptionEvaluation
from webcam_digits.train.report import galleries, plots, report
from webcam_digits.train.report.page import Plot, Section, Table, render
from webcam_digits.train.report.report import check_report, write_folder
from webcam_digits.train.report.sections import report_files

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
    monkeypatch.setattr(report, "corrupted", lambda *_: FOUND)
    return lambda *options: CliRunner().invoke(
        command, ["--report", str(tmp_path / "out"), *map(str, options)]
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


def test_a_name_stays_within_its_attribute():
    name = '"><img src="x" onerror="alert(1)">.npz'
    plot = Plot("a", b"", name)
    tags = Tags(render(name, [Section(name, name, (plot,), (Table((name,), ((name,),)),))]).decode())
    assert tags.sources == ["data:image/png;base64,"]
    assert not tags.open


def test_a_model_without_history_or_feature_map(monkeypatch):
    monkeypatch.setattr("webcam_digits.train.report.sections.grad_cam", lambda model: None)
    bare = replace(read_model(), metadata={})
    files = report_files(bare, [judge(Classifier(), some_wrong())], None, silent)
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
    one = replace(outcome, truth=np.r_[(outcome.read[0] + 1) % 10, outcome.read[1:]])
    page = report_files(read_model(), [one], None, silent)["index.html"].decode()
    assert "<p>1 mistake, whatever" in page


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
    with pytest.raises(OutputError, match="holds what is not a report"):
        check_report(tmp_path, force=True)
    with pytest.raises(OutputError, match="is a file, not a folder: name another --report"):
        check_report(tmp_path / "thesis.tex", force=True)
    with pytest.raises(OutputError, match="create it first"):
        check_report(tmp_path / "a" / "b", force=False)
    (tmp_path / "empty").mkdir()
    check_report(tmp_path / "empty", force=False)
    write_folder(tmp_path / "empty", page("a"))
    assert (tmp_path / "empty" / "a.png").read_bytes() == b"a"


def page(*names: str) -> dict[str, bytes]:
    """A report of pictures that hold their names."""
    plots = tuple(Plot(name, name.encode(), "") for name in names)
    return {"index.html": render("", [Section("", "", plots)])} | {
        f"{name}.png": name.encode() for name in names
    }


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_report_takes_the_place_of_another(tmp_path):
    write_folder(tmp_path / "out", page("a", "taken-2"))
    (tmp_path / "out" / ".DS_Store").write_bytes(b"of the system")
    check_report(tmp_path / "out", force=True)
    write_folder(tmp_path / "out", page("a", "b"))
    assert contents(tmp_path / "out") == page("a", "b") | {".DS_Store": b"of the system"}


def test_another_page_or_a_picture_beside_the_report_is_no_report(tmp_path):
    write_folder(tmp_path / "out", page("a"))
    (tmp_path / "out" / "photo.png").write_bytes(b"a memory")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text('<img id="a">')
    (tmp_path / "site" / "a.png").write_bytes(b"a memory")
    for folder in (tmp_path / "out", tmp_path / "site"):
        before = contents(folder)
        with pytest.raises(OutputError, match="holds what is not a report"):
            check_report(folder, force=True)
        with pytest.raises(OutputError, match="holds what is not a report"):
            write_folder(folder, page("b"))
        assert contents(folder) == before


@pytest.mark.parametrize("failing", ["write_bytes", "replace"])
@pytest.mark.parametrize("earlier", [True, False])
def test_a_full_disk_leaves_the_earlier_report(tmp_path, monkeypatch, failing, earlier):
    target = tmp_path / "out"
    if earlier:
        write_folder(target, page("a"))
    original = getattr(Path, failing)

    def fail(path, *arguments):
        if path.name.startswith(".index.html"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return original(path, *arguments)

    monkeypatch.setattr(Path, failing, fail)
    with pytest.raises(OutputError, match=r"out: No space left on device$"):
        write_folder(target, page("a"))
    monkeypatch.undo()
    if earlier:
        assert contents(target) == page("a")
    assert target.exists() == earlier
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.parametrize(("shown", "known", "answers"), [
    ([3], "0123456789", "all right"),
    ([3], "0123456789", "all wrong"),
    ([7] * 5, "0123456789", "all right"),
    ([0, 1, 2] * 4, "abcdefghi<", "all wrong"),
    ([0, 1, 9] * 4, "абвгдежз数$", "as they come"),
])  # fmt: skip
def test_odd_data_and_labels(shown, known, answers, tmp_path):
    images, _ = characters("0123456789", len(shown))
    path = model_file(tmp_path / "m.onnx", labels=list(known))
    outcome = judge(Classifier(path), LabelledSet("odd.npz", list(images), np.array(shown), tuple(known)))
    if answers != "as they come":
        outcome = replace(outcome, truth=(outcome.read + (answers == "all wrong")) % 10)
    files = report_files(read_model(path), [outcome], None, silent)
    assert {name.removesuffix(".png") for name in files} >= {"confusion", "reliability", "rejection"}
    assert ("mistakes.png" in files) == (answers != "all right")
    text = files["index.html"].decode()
    assert not Tags(text).open
    assert f"<td>labels</td><td>{html.escape(' '.join(known))}</td>" in text


def test_nothing_is_accepted():
    outcome = judge(Classifier(), some_wrong(10))
    text = report_files(read_model(), [replace(outcome, threshold=1.1)], None, silent)["index.html"].decode()
    assert "The threshold accepts none of them." in text
    assert "<td>-</td>" in text


def test_many_labels(monkeypatch):
    """More than fit into the plots one by one."""
    monkeypatch.setattr("webcam_digits.train.report.sections.grad_cam", lambda model: None)
    labels = tuple(map(chr, range(0x391, 0x391 + 17))) + tuple(f"Alphabet/character{n:02}" for n in range(60))
    model, outcome = read_model(), judge(Classifier(), some_wrong(20))
    probabilities = np.full((20, 78), 1 / 78, np.float32)
    data = replace(outcome.data, classes=labels)
    many = replace(outcome, data=data, labels=labels, probabilities=probabilities, truth=np.arange(20))
    files = report_files(model, [many], None, silent)
    assert "Named are the labels of the lowest; the others are grey." in files["index.html"].decode()


def test_a_folder_of_idx_files(evaluate, tmp_path):
    images, labels = characters("0123456789", 20)
    write_idx(tmp_path / "t10k-images-idx3-ubyte", images)
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", labels.astype(np.uint8))
    result = evaluate("--data", tmp_path, "--json")
    assert result.exception is None
    assert json.loads(result.stdout)["images"] == 20
    assert (tmp_path / "out" / "index.html").exists()


def write_idx(path: Path, array: np.ndarray) -> None:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    path.write_bytes(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes())


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_a_broken_archive_is_named_and_nothing_is_written(evaluate, folder, tmp_path, content):
    (folder / "broken.npz").write_bytes(content)
    result = evaluate("--data", folder)
    assert isinstance(result.exception, DataError)
    assert "broken.npz: not a readable .npz archive" in str(result.exception)
    assert f"or move it out of {folder}" in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_or_a_broken_model(evaluate, folder, tmp_path):
    (tmp_path / "empty").mkdir()
    assert isinstance(evaluate("--data", tmp_path / "empty").exception, DataError)
    (tmp_path / "m.onnx").write_bytes(b"no model")
    assert isinstance(evaluate("--data", folder, "--model", tmp_path / "m.onnx").exception, ModelError)
    assert not (tmp_path / "out").exists()


def test_strange_metadata_is_left_out(tmp_path):
    strange = {"history": [HISTORY[0] | {"loss": "<b>"}, {"epoch": 2}, 7], "recipe": [1]}
    model = read_model(model_file(tmp_path / "m.onnx", **strange))
    assert (model.history, model.recipe) == ((), {})


def test_sets_that_are_left_out_are_reported(folder):
    lines: list[str] = []
    judge_all(Classifier(), folder, "test", lines.append)
    assert "pictures.npz: left out: holds no labelled pictures of part test" in lines


def test_what_train_learns_from_is_left_out_and_the_page_says_so(evaluate, folder, tmp_path):
    images, labels = characters("0123456789", 20)
    np.savez(folder / "omniglot.npz", images=images, labels=labels)
    np.savez(folder / "math_symbols.npz", test_images=images, test_labels=labels)
    result = evaluate("--data", folder)
    assert "omniglot.npz: left out: `train` learns from all of it" in result.stderr
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "Left out, as `train` learns from all of their pictures: omniglot.npz.</p>" in page


def test_the_epochs_of_a_plot_are_whole():
    lower = plots.history(HISTORY[:1], 1).axes[1]
    first, last = lower.get_xlim()
    assert [tick for tick in lower.get_xticks() if first <= tick <= last] == [1]


def test_ticks_of_shares_have_no_needless_decimals():
    curve = Rejection(np.array([0.9, 0.1]), np.array([0.5, 1.0]), np.array([1.0, 0.75]))
    figure = plots.rejection(curve, 0.95, 0, 0)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    assert "80%" in [tick.get_text() for tick in axes.get_yticklabels()]
    assert "nothing is accepted" in axes.get_legend().texts[0].get_text()


def test_a_map_without_evidence_says_so():
    glyphs, dark = np.full((1, 28, 28), 255, np.uint8), np.zeros((1, 28, 28), np.float32)
    figure = galleries.heat_maps(glyphs, [dark, dark + 1], [("0", "for 1", "for 0")])
    texts = [[text.get_text() for text in axes.texts] for axes in figure.axes]
    assert texts[:3] == [[], ["no evidence for it"], []]


@pytest.mark.parametrize("missing", ["matplotlib", "onnx"])
def test_without_the_extra(evaluate, folder, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
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
    monkeypatch.setattr(report, "evaluate_corruptions", lambda *_, **__: FOUND)
    outcome = judge(Classifier(), some_wrong(20))
    assert report.corrupted(Classifier(), outcome, silent) is FOUND
    larger = replace(outcome.data, images=[np.zeros((32, 32), np.uint8)] * 20)
    assert report.corrupted(Classifier(), replace(outcome, data=larger), silent) is None
