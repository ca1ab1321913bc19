import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import webcam_digits
from webcam_digits.reading.reader import DigitReader
from webcam_digits.train.handwriting.pen import Hand, on_paper, write
from webcam_digits.types import Box


@pytest.fixture(scope="module")
def reader():
    return DigitReader()


def page(*rows, shape=(480, 640), seed=0, **paper):
    """A picture of rows of digits ((text, height, x, y), ...), and the box of each digit."""
    rng = np.random.default_rng(seed)
    writings = [write(text, height=height, rng=rng, at=(x, y), hand=Hand()) for text, height, x, y in rows]
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
    assert all(max(truth.iou(box) for box in found) > 0.8 for truth in boxes)


@pytest.mark.parametrize("height", [16, 24, 60, 150, 400])
def test_digits_of_any_size(reader, height):
    image, _ = page(("258", height, 40, 30), shape=(480, 1000))
    assert reader.read(image).text == "258"


def test_a_large_image_is_read_and_its_boxes_are_its_own(reader):
    image, boxes = page(("4620", 500, 300, 400), shape=(1800, 3200))
    reading = reader.read(image)
    assert reading.text == "4620"
    assert (reading.width, reading.height) == (3200, 1800)
    assert all(
        digit.box.iou(truth) > 0.85 for digit, truth in zip(reading.lines[0].digits, boxes, strict=True)
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


def test_inspection_shows_every_stage(reader):
    image, _ = page(("17", 90, 60, 60))
    inspection = reader.inspect(image)
    assert inspection.ink.mask.shape == image.shape[:2]
    assert len(inspection.regions) == len(inspection.glyphs) == len(inspection.predictions)
    assert list(inspection.reading.milliseconds) == [
        "shrink",
        "ink",
        "rules",
        "strokes",
        "tilt",
        "regions",
        "glyphs",
        "classifier",
        "joins",
        "chains",
        "cuts",
        "classifier, again",
        "selection",
        "layout",
    ]


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
    image, _ = page(("0369", 90, 60, 60))
    large = cv2.resize(image, None, fx=5.3, fy=5.3, interpolation=cv2.INTER_CUBIC)  # halved, then shrunk more
    found = [digit.box for digit in reader.read(large).lines[0].digits]
    expected = [digit.box for digit in reader.read(image).lines[0].digits]
    assert np.abs(np.array(found) - np.array(expected) * 5.3).max() < 12


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
