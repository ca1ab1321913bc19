import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest

import webcam_digits
from webcam_digits.reading.rating import EVIDENCE
from webcam_digits.reading.reader import DigitReader, Edges, Verdict
from webcam_digits.train.handwriting.pen import Hand, on_paper, write
from webcam_digits.types import Box


@pytest.fixture(scope="module")
def reader():
    return DigitReader()


def page(*rows, shape=(480, 640), seed=0, hand=None, **paper):
    """A picture of rows of digits ((text, height, x, y), ...), and the box of each digit."""
    rng, hand = np.random.default_rng(seed), hand or Hand()
    writings = [write(text, height=height, rng=rng, at=(x, y), hand=hand) for text, height, x, y in rows]
    coverage = np.max([writing.ink(shape) for writing in writings], axis=0)
    return on_paper(coverage, rng=rng, **paper), [box for writing in writings for box in writing.boxes]


@pytest.mark.parametrize(
    "paper",
    [{}, {"gradient": 0.6}, {"paper": 40, "ink": 225}, {"paper": 235, "ink": 150}, {"noise": 6}],
    ids=["plain", "gradient", "board", "pencil", "noise"],
)
def test_rows_are_read_where_they_stand(reader, paper):
    image, boxes = page(("0369", 90, 60, 60), ("2571", 60, 90, 240), ("48", 40, 300, 380), **paper)
    reading = reader.read(image)
    assert reading.text == "0369\n2571\n48"
    found = [digit.box for line in reading.lines for digit in line.digits]
    overlaps = [max(truth.iou(box) for box in found) for truth in boxes]
    assert min(overlaps) > 0.6
    assert np.mean(overlaps) > 0.8


@pytest.mark.parametrize("height", [12, 16, 24, 60, 150, 430])
def test_digits_of_any_size(reader, height):
    """Up to nine tenths of the picture."""
    image, _ = page(("258", height, 40, 25), shape=(480, 1200))
    assert reader.read(image).text == "258"


@pytest.mark.parametrize("side", [100, 240, 500, 680, 1080])
def test_a_digit_that_nearly_fills_a_picture(reader, side):
    image, _ = page(("2", 0.85 * side, 0.4 * side, 0.06 * side), shape=(side, side * 4 // 3))
    assert reader.read(image).text == "2"


@pytest.mark.parametrize("height", [50, 120])
@pytest.mark.parametrize("degrees", [-35, -15, 15, 35])
def test_a_turned_sheet(reader, degrees, height):
    image, _ = page(("2758", height, 640 - 2 * height, 480 - height / 2), shape=(960, 1280))
    turn = cv2.getRotationMatrix2D((640, 480), degrees, 1)
    sheet = cv2.warpAffine(image, turn, (1280, 960), borderMode=cv2.BORDER_REPLICATE)
    assert reader.read(sheet).text == "2758"


@pytest.mark.parametrize(
    ("thickness", "ink"), [(0.2, 30), (0.05, 30), (0.07, 190)], ids=["marker", "fine", "faint pencil"]
)
@pytest.mark.parametrize("height", [40, 200])
def test_any_pen(reader, thickness, ink, height):
    image, _ = page(("3827", height, 60, 60), shape=(480, 960), hand=Hand(thickness=thickness), ink=ink)
    assert reader.read(image).text == "3827"


def test_a_large_image_is_read_and_its_boxes_are_its_own(reader):
    image, boxes = page(("4620", 500, 300, 400), shape=(1800, 3200))
    reading = reader.read(image)
    assert reading.text == "4620"
    assert (reading.width, reading.height) == (3200, 1800)
    assert all(
        digit.box.iou(truth) > 0.75 for digit, truth in zip(reading.lines[0].digits, boxes, strict=True)
    )


def test_every_kind_of_image(reader):
    bgr, _ = page(("93", 90, 60, 60))
    gray = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    bgra = cv2.cvtColor(bgr, cv2.COLOR_BGR2BGRA)
    deep, ten_bits = bgr.astype(np.uint16) * 257, bgr.astype(np.uint16) * 4
    assert {
        reader.read(image).text for image in (bgr, gray, bgra, deep, ten_bits, bgr[:, ::-1].copy()[:, ::-1])
    } == {"93"}


def test_what_is_transparent_is_on_white(reader):
    """As in a drawing without a background: black everywhere, its ink in the alpha channel alone."""
    bgr, _ = page(("93", 90, 60, 60))
    drawing = np.zeros((*bgr.shape[:2], 4), np.uint8)
    drawing[..., 3] = 255 - bgr[..., 0]
    assert reader.read(drawing).text == "93"


def test_the_image_is_not_touched(reader):
    image, _ = page(("93", 90, 60, 60))
    before = image.copy()
    reader.read(image)
    assert np.array_equal(image, before)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((1, 1), np.uint8),
        np.zeros((1, 1000, 3), np.uint8),
        np.full((480, 640, 3), 255, np.uint8),
        np.zeros((480, 640, 3), np.uint8),
        np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8),
        (np.random.default_rng(0).random((720, 1280)) < 0.03).astype(np.uint8) * 255,
        (np.random.default_rng(0).random((720, 1280)) > 0.03).astype(np.uint8) * 255,
    ],
    ids=["1x1", "1x1000", "white", "black", "noise", "salt", "pepper"],
)
def test_nothing_is_read_where_nothing_is_written(reader, image):
    assert reader.read(image).text == ""


def test_a_huge_image_is_read(reader):
    assert reader.read(np.full((9000, 12000), 200, np.uint8)).text == ""


@pytest.mark.parametrize(
    "image", [np.zeros((0, 5), np.uint8), np.zeros((4, 4, 2), np.uint8), np.zeros((4, 4)), None]
)
def test_what_is_no_image_is_refused(reader, image):
    with pytest.raises(ValueError, match="an image is"):
        reader.read(image)


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_a_confidence_out_of_range_is_refused(confidence):
    with pytest.raises(ValueError, match="min_confidence"):
        DigitReader(min_confidence=confidence)


def test_the_same_image_gives_the_same_reading(reader):
    image, _ = page(("0369", 90, 60, 60))
    assert reader.read(image) == reader.read(image)


def test_a_higher_confidence_reads_less(reader):
    image, _ = page(("0369", 90, 60, 60))
    strict = DigitReader(min_confidence=1.0)
    assert reader.read(image).text == "0369"
    assert len(strict.read(image).text) < 4


@pytest.mark.parametrize("paper", [{}, {"gradient": 0.6}, {"paper": 40, "ink": 225}, {"noise": 4}], ids=str)
def test_an_empty_page_costs_no_run_of_a_network(paper, monkeypatch):
    reader, ran = DigitReader(), []
    run = onnxruntime.InferenceSession.run
    monkeypatch.setattr(
        onnxruntime.InferenceSession, "run", lambda *given: ran.append(given[0]) or run(*given)
    )
    assert reader.read(page(("3827", 90, 60, 60), **paper)[0])
    assert len(set(ran)) == 2
    ran.clear()
    assert not reader.read(on_paper(np.zeros((480, 640), np.uint8), rng=np.random.default_rng(0), **paper))
    assert ran == []


def test_threads_do_not_change_what_is_read(reader):
    image, _ = page(("0369", 90, 60, 60), ("2571", 60, 90, 240))
    assert DigitReader(threads=2).read(image).text == reader.read(image).text


def test_what_touches_an_edge_beyond_which_the_picture_goes_on_is_not_read(reader):
    image, (_, middle, *_) = page(("358", 90, 60, 60), shape=(240, 400))
    cut = image[:, middle.x + middle.width // 3 :]
    assert reader.read(image).text == "358"
    inspection = reader.inspect(cut, Edges(left=True))
    assert inspection.reading.text == "8"
    assert set(inspection.verdicts) <= {Verdict.READ, Verdict.CUT_OFF, Verdict.UNLIKELY}
    assert reader.inspect(image, Edges(True, True, True, True)).reading.text == "358"


def test_inspection_shows_every_stage(reader):
    image, _ = page(("17", 90, 60, 60))
    inspection = reader.inspect(image)
    count = len(inspection.detections.boxes)
    assert count >= 2
    assert inspection.ink.mask.shape == image.shape[:2]
    assert inspection.regions.windows
    assert len(inspection.inks) == len(inspection.glyphs) == len(inspection.opinions) == count
    assert inspection.evidence.shape == (count, len(EVIDENCE))
    assert len(inspection.digits) == len(inspection.verdicts) == count
    read = [
        d
        for d, verdict in zip(inspection.digits, inspection.verdicts, strict=True)
        if verdict is Verdict.READ
    ]
    (line,) = inspection.reading.lines
    assert sorted(digit.box for digit in read) == [digit.box for digit in line.digits]
    assert all(abs(digit.probabilities.sum() - 1) < 1e-5 for digit in inspection.digits)
    assert list(inspection.reading.milliseconds) == ["ink", "detector", "second opinion", "layout"]


def test_boxes_are_whole_numbers_in_the_image(reader):
    image, _ = page(("8", 700, 100, 60), shape=(900, 700))
    (digit,) = reader.read(cv2.resize(image, None, fx=3, fy=3)).lines[0].digits
    assert all(isinstance(side, int) for side in digit.box)
    assert Box(0, 0, 2100, 2700).intersection_area(digit.box) == digit.box.width * digit.box.height


@pytest.mark.parametrize("shape", [(1, 5000), (5000, 1), (3, 9999), (3201, 3203)])
def test_large_pictures_of_any_sides_are_searched(reader, shape):
    reading = reader.read(np.full(shape, 255, np.uint8))
    assert (reading.height, reading.width) == shape
    assert not reading.lines


def test_digits_of_a_large_picture_are_where_they_are_written(reader):
    image, boxes = page(("0369", 90, 60, 60))
    large = cv2.resize(image, None, fx=5.3, fy=5.3, interpolation=cv2.INTER_CUBIC)
    (line,) = reader.read(large).lines
    expected = [Box(*(round(5.3 * side) for side in box)) for box in boxes]
    assert all(digit.box.iou(box) > 0.7 for digit, box in zip(line.digits, expected, strict=True))


def test_the_public_face():
    assert webcam_digits.DigitReader is DigitReader
    with pytest.raises(AttributeError):
        _ = webcam_digits.Nonsense


def test_importing_the_package_loads_no_heavy_module():
    heavy = "{'torch', 'skimage', 'onnxruntime', 'scipy', 'cv2'}"
    code = f"import sys, webcam_digits; print(sorted({heavy} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )


def test_the_real_photos_are_read_better_than_by_general_ocr(reader, tmp_path):
    shared = os.environ.get("DIGITS_SHARED")
    if not shared:
        pytest.skip("DIGITS_SHARED is not set")
    real = Path(shared) / "real"
    labels = json.loads((real / "labels.json").read_text(encoding="utf-8"))
    readings = tmp_path / "readings.jsonl"
    with readings.open("w", encoding="utf-8") as file:
        for entry in labels:
            if entry["kind"] != "video":
                reading = reader.read(cv2.imread(str(real / entry["file"])))
                lines = [{"text": line.text} for line in reading.lines]
                file.write(json.dumps({"source": entry["file"], "lines": lines}) + "\n")
    bounds = ["--min-f1", "0.87", "--min-mean", "0.88", "--min-lines", "0.72", "--max-false", "1.5"]
    score = [
        sys.executable,
        str(Path(shared) / "eval" / "score.py"),
        str(real / "labels.json"),
        str(readings),
    ]
    result = subprocess.run([*score, *bounds], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
