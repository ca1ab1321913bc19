"""The bench of accuracy: each measure on readings made by hand, the raw reading on maps made by hand."""

import json
import random
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from accuracy import main
from click.testing import CliRunner
from scoring import readers
from scoring.box_scoring import Placed, box_figures, outcomes, touching_pairs
from scoring.clip_scoring import ClipScore, score_clip, watch
from scoring.failure_pages import contrast, failure_page
from scoring.labelled import SETS, Clip, Mark, Picture, Segment, clips, pictures
from scoring.pyramid_reader import PyramidReader, alone, pyramid
from scoring.readers import Answer, RapidOcr, Raw, detectors
from scoring.results import as_object, judge
from scoring.row_scoring import Score, fates, figures, pair, score, score_empty

from tests.helpers.clips import write_clip
from webcam_digits.errors import UsageError
from webcam_digits.reading.detector import Maps
from webcam_digits.reading.layout import arrange
from webcam_digits.types import Box, Digit, Reading


def mark(label, x, width=20, row=0):
    return Mark(label, Box(x, 10 + 60 * row, width, 30), row)


def digit(label, x, width=20, confidence=0.9, row=0):
    return Digit(int(label), confidence, Box(x, 10 + 60 * row, width, 30), np.zeros(11, np.float32))


def answer(*digits, candidates=None, milliseconds=1.0):
    return Answer(Reading(arrange(digits), 200, 100), candidates, located=True, milliseconds=milliseconds)


def fate_of(written, read):
    return [(outcome.fate, outcome.written, outcome.read) for outcome in outcomes(written, read)]


# Rows


def test_spaces_do_not_count_and_all_right_is_perfect():
    assert score(["12 34", "5"], ["1234", " 5"]) == Score(5, 5, 5, rows=2, exact=2, perfect=True)


def test_rows_are_paired_for_the_fewest_edits_in_whatever_order_they_come():
    assert pair(["123", "987"], ["988", "123"]) == [("123", "123"), ("987", "988")]
    assert score(["123", "987"], ["988", "123"]) == Score(6, 6, 5, rows=2, exact=1)


def test_rows_that_are_missed_or_read_besides_are_not_perfect():
    assert score(["123", "45"], ["123"]) == Score(5, 3, 3, rows=2, exact=1)
    assert score(["123"], ["123", "7"]) == Score(3, 4, 3, rows=1, exact=1)
    assert score(["123"], []) == Score(3, 0, 0, rows=1)


def test_of_scattered_digits_only_their_number_counts():
    assert score(["12", "3"], ["3", "21"], unordered=True) == Score(3, 3, 3, perfect=True)
    assert score(["11"], ["1", "7"], unordered=True) == Score(2, 2, 1)


def test_letters_that_were_read_do_not_count():
    assert score(["84"], ["84%"]).perfect
    assert score_empty(["7a", "-"]) == Score(false=1, negative=True)


def test_figures_are_of_all_digits_but_mean_f1_is_of_pictures():
    page, cell = score(["0123456789" * 3], ["0123456789" * 3]), score(["7"], ["1"])
    of = figures([page, cell, score_empty(["12"]), score_empty([])])
    assert (of.images, of.digits, of.mean_f1, of.exact_rows, of.exact_images) == (4, 31, 0.5, 0.5, 0.5)
    assert (of.recall, of.precision, of.f1) == (30 / 31,) * 3
    assert of.false_reads == 1.0


def test_what_no_picture_has_a_say_in_is_not_a_figure():
    empty, full = figures([score_empty([])]), figures([score(["1"], [])])
    assert (empty.recall, empty.precision, empty.f1, empty.mean_f1, empty.exact_images) == (None,) * 5
    assert (full.false_reads, full.precision, full.recall, full.f1) == (None, None, 0.0, 0.0)


def test_each_digit_of_a_row_has_a_fate():
    assert fates("123", "1723") == [
        ("right", "1", "1"),
        ("false", "", "7"),
        ("right", "2", "2"),
        ("right", "3", "3"),
    ]
    assert fates("47", "17") == [("wrong", "4", "1"), ("right", "7", "7")]
    assert fates("47", "4") == [("right", "4", "4"), ("missed", "7", "")]


def test_the_figures_are_those_of_the_scorer_of_the_shared_pictures(shared, tmp_path):
    rng = random.Random(3)
    labels, readings, scores = [], [], []
    for number in range(300):
        rows = ["".join(rng.choices("0123456789", k=rng.randint(1, 8))) for _ in range(rng.randint(0, 5))]
        read = [
            "".join(c if rng.random() < 0.8 else rng.choice("17") for c in row if rng.random() < 0.9)
            for row in rows
        ]
        read = [row for row in read if rng.random() < 0.9] + ["1"] * (rng.random() < 0.2)
        rng.shuffle(read)
        unordered = rng.random() < 0.2
        kind = "digits" if rows else "negative"
        labels.append({"file": f"{number}.png", "kind": kind, "lines": rows, "unordered": unordered})
        readings.append({"source": f"{number}.png", "lines": [{"text": " ".join(row)} for row in read]})
        scores.append(score(rows, read, unordered=unordered) if rows else score_empty(read))
    (tmp_path / "labels.json").write_text(json.dumps(labels))
    (tmp_path / "readings.jsonl").write_text("\n".join(map(json.dumps, readings)))
    command = [sys.executable, shared / "eval" / "score.py", "labels.json", "readings.jsonl"]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    of = figures(scores)
    assert dict(re.findall(r"([a-zA-Z][\w ]*) ([\d.]+)", printed)) | {"in order": ""} == {
        "recall": f"{of.recall:.3f}",
        "precision": f"{of.precision:.3f}",
        "F1": f"{of.f1:.3f}",
        "mean F1": f"{of.mean_f1:.3f}",
        "exact lines": f"{of.exact_rows:.3f}",
        "exact images": f"{of.exact_images:.3f}",
        "in order": "",
        "false reads": f"{of.false_reads:.3f}",
    }


# Boxes


def test_each_digit_is_right_wrong_missed_or_false_by_where_it_is():
    written = [mark("1", 0), mark("2", 30), mark("3", 60)]
    read = [digit("1", 1), digit("7", 31), digit("5", 120)]
    assert fate_of(written, read) == [
        ("right", "1", "1"),
        ("wrong", "2", "7"),
        ("missed", "3", ""),
        ("false", "", "5"),
    ]
    assert fate_of([], []) == []


def test_one_digit_read_as_two_and_two_as_one_are_split():
    assert fate_of([mark("8", 0, 40)], [digit("1", 0), digit("3", 20)]) == [
        ("split", "8", "1"),
        ("split", "", "3"),
    ]
    assert fate_of([mark("8", 0, 40)], [digit("8", 0, 30), digit("1", 30, 10)])[1] == ("split", "", "1")
    assert fate_of([mark("1", 0), mark("2", 18)], [digit("8", 0, 38)]) == [
        ("split", "1", "8"),
        ("split", "2", ""),
    ]


def test_a_thin_digit_is_found_though_its_box_is_a_pixel_off():
    assert fate_of([mark("1", 50, 2)], [digit("1", 52, 2)]) == [("right", "1", "1")]


def test_candidates_below_the_threshold_count_for_average_precision_only():
    read = (digit("2", 30),)
    candidates = (*read, digit("1", 0, confidence=0.2), digit("1", 90, confidence=0.4))
    of = box_figures([Placed((mark("1", 0), mark("2", 30)), read, candidates)])
    assert (of.recall["1"], of.recall["2"], of.recall["3"]) == (0, 1, None)
    assert (of.ones, of.others) == (0.5, 1.0)
    assert box_figures([Placed((mark("1", 0),), read)]).average_precision is None


def test_a_place_is_found_only_once():
    twice = (digit("1", 0, confidence=0.9), digit("1", 1, confidence=0.8))
    assert box_figures([Placed((mark("1", 0), mark("1", 60)), twice, twice)]).ones == 0.5


def test_touching_pairs_are_neighbours_in_a_row_both_of_which_must_be_right():
    written = (mark("1", 0), mark("2", 20), mark("3", 50), mark("4", 50, row=1))
    assert touching_pairs(written) == [(0, 1)]
    right, half = (digit("1", 0), digit("2", 20)), (digit("1", 0), digit("7", 20))
    pictures = [
        Placed(written, right, touches=True),
        Placed(written, half, touches=True),
        Placed(written, half),
    ]
    of = box_figures(pictures)
    assert (of.touching, of.pairs) == (0.5, 2)


# Clips


def test_a_number_is_right_if_it_is_printed_while_it_can_be_read():
    segments = [Segment(1, 3, ("12",)), Segment(5, 7, ("7", "12"))]
    printed = [(1.4, "1 2"), (2.0, "12"), (2.5, "19"), (3.8, "7"), (6.0, "12"), (9.0, "7")]
    assert score_clip(segments, printed) == ClipScore(rows=3, right=2, again=1, false=3)
    assert score_clip([Segment(0, 9, ())], []) + ClipScore(1, 1, 0, 2) == ClipScore(1, 1, 0, 2)


def test_a_clip_is_read_as_the_program_reads_it(tmp_path):
    path = write_clip(tmp_path / "clip.avi", 30)
    lines = Reading(arrange([digit("4", 20), digit("2", 45)]), 160, 120)
    for every in (1, 3):
        printed = watch(lambda image: lines, Clip(path, (), frozenset()), every)
        assert [text for _, text in printed] == ["42"]
        assert 0.3 < printed[0][0] < 0.7


# The raw reading


class Fake:
    """A network that sees one digit, of the same share of whatever picture it is shown.

    It is the surest of one that is 20 to 40 pixels high. Pictures have sides that are multiples of 16, to
    which the reader then adds a margin of 8 pixels.
    """

    threshold = 0.6
    temperature = 1.0
    heights = (12.0, 48.0)

    def __init__(self, left=0.5, top=0.25, right=0.625, bottom=0.75, label=3):
        self.sides = np.array([left, top, right, bottom])
        self.label = label
        self.sizes = []

    def __call__(self, prepared):
        high, wide = prepared.shape[2:]
        self.sizes.append((high - 16, wide - 16))
        left, top, right, bottom = self.sides * np.array([wide - 16, high - 16] * 2) + 8
        cell = int((top + bottom) / 8), int((left + right) / 8)
        x, y = cell[1] * 4 + 2, cell[0] * 4 + 2
        maps = np.full((1, 16, high // 4, wide // 4), -12, np.float32)
        maps[0, 0][cell] = 2.0 if 20 <= bottom - top <= 40 else 0.5
        maps[0, 1 + self.label][cell] = 12
        maps[0, 11:15, cell[0], cell[1]] = x - left, y - top, right - x, bottom - y
        maps[0, 15] = 3
        return Maps(maps[:, 0], maps[:, 1:11], maps[:, 11:15], maps[:, 15])


def blank(width, height):
    return np.full((height, width, 3), 255, np.uint8)


def test_of_a_digit_seen_at_several_levels_the_surest_is_read():
    network = Fake()
    reading = PyramidReader(network).read(blank(512, 256))
    assert (reading.text, reading.width, reading.height) == ("3", 512, 256)
    (found,) = reading.lines[0].digits
    assert found.confidence == pytest.approx(1 / (1 + np.exp(-2)), abs=1e-3)
    assert np.allclose(found.box, (256, 64, 64, 128), atol=1)
    assert found.probabilities.sum() == pytest.approx(1)
    assert network.sizes == [(512, 1024), (256, 512), (128, 256), (64, 128), (32, 64), (16, 32)]


def test_small_pictures_are_enlarged_and_large_ones_are_not():
    cut_out = Fake()
    (found,) = PyramidReader(cut_out, threshold=0.5).read(blank(32, 16)).lines[0].digits
    assert cut_out.sizes[0] == (64, 128)
    assert np.allclose(found.box, (16, 4, 4, 8), atol=1)
    assert next(pyramid(blank(2000, 1400))).shape == (2800, 4000, 3)
    assert next(pyramid(blank(2000, 1600))).shape == (1600, 2000, 3)


def test_a_digit_at_the_edge_is_read():
    (found,) = PyramidReader(Fake(0, 0, 0.25, 1)).read(blank(64, 32)).lines[0].digits
    assert np.allclose(found.box, (0, 0, 16, 32), atol=1)


def test_what_is_below_the_threshold_is_a_candidate_only():
    reader = PyramidReader(Fake(), threshold=0.95)
    assert [found.digit for found in reader.find(blank(512, 256))] == [3]
    assert reader.read(blank(512, 256)).text == ""
    raw = Raw.__new__(Raw)
    raw._reader = reader
    answered = raw.answer(blank(512, 256))
    assert (answered.rows, len(answered.candidates)) == ((), 1)


def test_of_a_box_within_another_only_the_better_one_stays():
    boxes = np.array([(0, 0, 20, 30), (4, 4, 10, 20), (15, 0, 40, 30), (-5, -5, 45, 45)], np.float32)
    assert alone(boxes).tolist() == [True, False, True, False]
    assert alone(boxes[:0]).tolist() == []


# Readers


def test_no_two_readers_have_one_name(monkeypatch):
    monkeypatch.setattr(readers, "Detector", lambda path: Fake())
    paths = [Path("a/x/d.onnx"), Path("b/x/d.onnx"), Path("b/other.onnx"), Path("shipped.onnx")]
    names = ["a/x/d.onnx", "b/x/d.onnx", "other", "shipped.onnx"]
    assert [reader.name for reader in detectors(paths, None)] == [str(Path(name)) for name in names]
    with pytest.raises(UsageError, match="named twice"):
        detectors([paths[0], paths[0]], None)


def test_of_another_engines_text_the_digits_are_kept_and_a_visual_row_is_one(monkeypatch):
    corners = [
        [(x, y), (x + 60, y), (x + 60, y + 20), (x, y + 20)] for x, y in ((0, 0), (80, 2), (0, 60), (0, 90))
    ]
    found = SimpleNamespace(txts=("84%", "x7", "15", "no"), boxes=np.array(corners), scores=(0.9,) * 4)
    results = iter([found, SimpleNamespace(txts=None, boxes=None, scores=None)])
    engine = SimpleNamespace(RapidOCR=lambda params: lambda image: next(results))
    monkeypatch.setitem(sys.modules, "rapidocr", engine)
    reader = RapidOcr()
    answered = reader.answer(blank(160, 120))
    assert (answered.rows, answered.digits) == (("847", "15"), None)
    assert reader.answer(blank(160, 120)).rows == ()


# Sets


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two pictures to look at and one that is blind, of which the first has boxes, and a clip."""
    strangers = tmp_path / "strangers"
    strangers.mkdir()
    for name in ("a.png", "b.png", "c.png"):
        assert cv2.imwrite(str(strangers / name), blank(512, 256))
    write_clip(strangers / "clip.avi", 5)
    labels = [
        {
            "file": "a.png",
            "kind": "digits",
            "lines": ["3 1"],
            "tags": ["look", "pen"],
            "boxes": [["3", 256, 64, 64, 128], ["1", 400, 64, 64, 128]],
        },
        {"file": "b.png", "kind": "negative", "lines": [], "tags": ["look", "hard"]},
        {"file": "c.png", "kind": "digits", "lines": ["7"], "tags": ["blind"], "unordered": True},
        {
            "file": "clip.avi",
            "kind": "video",
            "lines": [],
            "tags": ["blind"],
            "segments": [{"t0": 0, "t1": 1, "lines": ["6 8"]}],
        },
    ]
    (strangers / "labels.json").write_text(json.dumps(labels))
    monkeypatch.setenv("DIGITS_SHARED", str(tmp_path))
    monkeypatch.setattr(readers, "Detector", lambda path: Fake())
    return tmp_path


def test_hard_pictures_are_a_set_of_their_own(folder):
    (folder / "real").mkdir()
    (folder / "real" / "labels.json").write_text("[]")
    sets = ("strangers", "strangers-look", "strangers-blind", "hard")
    names = [[picture.path.name for picture in pictures(folder, SETS[name])] for name in sets]
    assert names == [["a.png", "c.png"], ["a.png"], ["c.png"], ["b.png"]]


def test_labels_become_pictures_and_clips(folder):
    first, second = pictures(folder, SETS["strangers"])
    (folder / "real").mkdir()
    (folder / "real" / "labels.json").write_text("[]")
    (clip,) = clips(folder)
    assert first.marks == (Mark("3", Box(256, 64, 64, 128), 0), Mark("1", Box(400, 64, 64, 128), 0))
    assert (first.rows, second.rows, second.marks, second.unordered) == (("31",), ("7",), None, True)
    assert clip.segments == (Segment(0, 1, ("68",)),)


def run(*arguments):
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def test_the_table_has_a_line_for_each_set_and_reader(folder):
    ran = run("--detector", "fake.onnx", "--shipped", "--sets", "strangers-look, strangers")
    assert ran.exit_code == 0
    lines = [line.split() for line in ran.stdout.splitlines()]
    assert [line[:3] for line in lines[1:5]] == [
        ["strangers-look", "shipped", "1"],
        ["strangers-look", "fake", "1"],
        ["strangers", "shipped", "2"],
        ["strangers", "fake", "2"],
    ]
    digits, *figures = lines[4][3:-1]
    assert (digits, figures) == ("3", ["0.333", "0.500", "0.400", "0.333", "0.000", "0.000", "-"])
    assert lines[5][:2] == ["recall", "of"]
    recall = ["-", "0.000", "-", "1.000", *["-"] * 6]
    assert lines[7] == ["strangers-look", "fake", *recall, "0.000", "1.000", "-"]


def test_the_file_has_all_figures_and_no_reading_of_blind_pictures(folder):
    assert (
        run("--detector", "fake.onnx", "--sets", "strangers", "--json", str(folder / "out.json")).exit_code
        == 0
    )
    written = json.loads((folder / "out.json").read_text())
    of = written["sets"]["strangers"]["fake"]
    assert of["figures"]["recall"] == pytest.approx(1 / 3)
    assert of["tags"]["pen"]["digits"] == 2
    assert of["boxes"]["average_precision"]["3"] == 1
    look, blind = of["pictures"]
    assert (look["file"], look["rows"], look["score"]["right"]) == ("a.png", ["3"], 1)
    assert look["digits"][0][:5] == [3, 256, 64, 64, 128]
    assert sorted(blind) == ["file", "milliseconds", "score"]


def test_pages_of_failures_leave_out_blind_pictures(folder):
    ran = run(
        "--detector", "fake.onnx", "--sets", "strangers,strangers-blind", "--explain", str(folder / "why")
    )
    assert ran.stderr == "no page for strangers-blind: all of its pictures are tagged blind\n"
    assert [path.name for path in (folder / "why").iterdir()] == ["strangers-fake.html"]
    page = (folder / "why" / "strangers-fake.html").read_text()
    assert "Pictures: 1; tagged blind, so scored but not shown: 1." in page
    assert "Missed: 1</h2>" in page
    assert page.count("<img") == page.count("a.png") == 1
    assert "c.png" not in page


def test_detectors_of_one_name_have_pages_of_their_own(folder):
    files = ("--detector", "a/fake.onnx", "--detector", "b/fake.onnx")
    assert run(*files, "--sets", "strangers-look", "--explain", str(folder / "why")).exit_code == 0
    pages = sorted(path.name for path in (folder / "why").iterdir())
    assert pages == ["strangers-look-a-fake.onnx.html", "strangers-look-b-fake.onnx.html"]


def test_a_page_groups_failures_by_kind_with_and_without_boxes(tmp_path):
    assert cv2.imwrite(str(tmp_path / "a.png"), blank(200, 100))
    boxed = Picture(tmp_path / "a.png", ("12",), frozenset(), marks=(mark("1", 0), mark("2", 30)))
    plain = Picture(tmp_path / "a.png", ("12",), frozenset())
    read = answer(digit("1", 0), digit("3", 30), digit("4", 120))
    for picture in (boxed, plain, replace(plain, unordered=True)):
        page = failure_page("Set", [(picture, read)]).decode()
        heads = dict(re.findall(r"<h2>([^:]*): (\d+)", page))
        assert heads["Read where no digit is"] == ("2" if picture.unordered else "1")
        assert heads["Missed"] == ("1" if picture.unordered else "0")
        assert heads["Read as another digit"] == ("0" if picture.unordered else "1")
        assert ("Height in pixels" in page) == (picture is boxed)
    assert failure_page("Set", [(replace(plain, tags=frozenset({"blind"})), read)]) is None


def test_contrast_is_that_of_ink_and_ground_around_it():
    image = blank(100, 100)
    image[30:60, 40:60] = 155
    assert contrast(image, Box(40, 30, 20, 30)) == pytest.approx(100, abs=2)
    assert contrast(image, Box(500, 500, 20, 30)) == 0


def test_the_time_is_the_median_of_pictures(tmp_path):
    picture = Picture(tmp_path / "a.png", ("1",), frozenset({"pen"}))
    answers = [(picture, answer(digit("1", 0), milliseconds=time)) for time in (1, 2, 90)]
    result = judge(answers)
    assert (result.milliseconds, result.figures.recall, result.boxes) == (2, 1, None)
    assert as_object({("set", "reader"): result}, {})["sets"]["set"]["reader"]["milliseconds"] == 2


def test_ctrl_c_keeps_the_figures_of_finished_sets(folder, monkeypatch):
    def interrupted(reader, image):
        if not image.any():
            raise KeyboardInterrupt
        return answer(digit("3", 256))

    monkeypatch.setattr(Raw, "answer", interrupted)
    cv2.imwrite(str(folder / "strangers" / "c.png"), 0 * blank(512, 256))
    ran = run("--detector", "fake.onnx", "--sets", "strangers-look,strangers-blind")
    assert ran.exit_code == 130
    lines = ran.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["strangers-look", "recall", "strangers-look"]
    assert ran.stderr == "accuracy.py: interrupted; the sets above are finished\n"


def test_sets_that_are_missing_are_skipped_with_a_line(folder):
    ran = run("--detector", "fake.onnx", "--sets", "orand,strangers-look")
    assert ran.exit_code == 0
    assert (
        ran.stderr == f"orand is skipped: there is no file {folder / 'strings' / 'orand' / 'labels.json'}\n"
    )
    (folder / "strangers" / "labels.json").write_text('[{"file": "a.png"}]')
    ran = run("--sets", "strangers")
    assert ran.exit_code == 2
    assert ran.stderr.splitlines() == [
        "strangers is skipped: its labels cannot be read (KeyError('kind'))",
        "accuracy.py: there is nothing to read: set DIGITS_SHARED to the folder with the labelled sets",
    ]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["--peer", "rapidocr"],
            "rapidocr is not installed: pip install rapidocr, or leave out --peer rapidocr",
        ),
        (["--json", "nowhere/out.json"], "there is no folder nowhere: create it first"),
    ],
)
def test_what_is_missing_is_said_in_one_line(folder, monkeypatch, arguments, line):
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    ran = run(*arguments, "--sets", "strangers")
    assert ran.exit_code != 0
    assert ran.stderr == f"accuracy.py: {line}\n"


def test_a_set_that_does_not_exist_is_wrong_usage(folder):
    ran = run("--sets", "strangers,nonsense")
    assert ran.exit_code == 2
    assert "nonsense is not one of real, strangers-look" in ran.stderr


def test_clips_are_scored_beside_the_sets(folder):
    (folder / "real").mkdir()
    (folder / "real" / "labels.json").write_text("[]")
    ran = run("--detector", "fake.onnx", "--sets", "clips", "--json", str(folder / "out.json"))
    assert ran.stdout.splitlines()[-1].split() == ["1", "fake", "1", "0", "0", "0"]
    score = {"rows": 1, "right": 0, "again": 0, "false": 0}
    assert json.loads((folder / "out.json").read_text())["clips"] == {"fake": {"clip.avi": score}}
