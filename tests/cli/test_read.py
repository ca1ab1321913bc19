import json

import cv2
import numpy as np
import pytest

import webcam_digits
from tests.helpers.messages import one_line
from tests.helpers.models import model_file
from webcam_digits.reading.rating import EVIDENCE, Rating


@pytest.fixture
def page():
    """The end of the demo, upright."""
    video = cv2.VideoCapture(str(next(iter(webcam_digits.__path__)) + "/demo.webm"))
    video.set(cv2.CAP_PROP_POS_FRAMES, video.get(cv2.CAP_PROP_FRAME_COUNT) - 5)
    return video.read()[1]


def test_read_an_image_with_nothing_on_it(call, photo):
    result = call("read", photo)
    assert (result.exit_code, result.output) == (0, "")
    result = call("read", photo, "--json")
    content = json.loads(result.stdout)
    assert content.pop("ms") >= 0
    assert content == {"source": photo, "width": 80, "height": 60, "lines": []}


def test_read_some_unreadable(call, photo):
    result = call("read", photo, "missing.png", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout.splitlines()[1]) == {
        "source": "missing.png",
        "error": "there is no file missing.png",
    }
    assert result.stderr == "webcam-digits: there is no file missing.png\n"


def test_read_none_readable(call):
    result = call("read", "missing.png", "*.png")
    assert result.exit_code == 3
    assert result.stderr.splitlines() == [
        "webcam-digits: there is no file missing.png",
        "webcam-digits: nothing matches *.png",
    ]


def test_read_standard_input(call, photo, tmp_path):
    result = call("read", "-", "--json", input=(tmp_path / photo).read_bytes())
    assert json.loads(result.stdout)["source"] == "-"


def test_numbers_stand_behind_names_where_there_are_several_images(call, page, tmp_path):
    cv2.imwrite(str(tmp_path / "page.png"), page)
    assert call("read", "page.png").stdout == "31415926\n"
    assert call("read", "page.png", ".").stdout == "page.png: 31415926\n" * 2


@pytest.mark.parametrize(
    ("stored", "degrees"),
    [(cv2.ROTATE_90_COUNTERCLOCKWISE, 90), (cv2.ROTATE_180, 180), (cv2.ROTATE_90_CLOCKWISE, 270)],
)
def test_photos_are_turned_clockwise(call, page, tmp_path, stored, degrees):
    cv2.imwrite(str(tmp_path / "page.png"), cv2.rotate(page, stored))
    content = json.loads(call("read", "page.png", "--rotate", str(degrees), "--json").stdout)
    assert content["rotated"] == degrees
    assert (content["width"], content["height"]) == page.shape[1::-1]
    assert [line["text"] for line in content["lines"]] == ["31415926"]
    assert "rotated" not in json.loads(call("read", "page.png", "--json").stdout)


@pytest.mark.parametrize("stdin", [False, True])
def test_more_ink_than_is_looked_at_is_reported_once(call, tmp_path, stdin):
    noise = np.random.default_rng(0).integers(0, 256, (600, 800, 3), np.uint8)
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(tmp_path / name), noise)
    names = ("-", "b.png") if stdin else ("a.png", "b.png")
    result = call("read", *names, input=(tmp_path / "a.png").read_bytes())
    assert result.exit_code == 0
    assert result.stderr == (
        f"webcam-digits: {'standard input' if stdin else 'a.png'} holds more ink than is looked at, and the "
        "smallest is left out: crop it to what is to be read\n"
    )
    assert call("read", "-q", "a.png").stderr == ""


@pytest.mark.parametrize("order", [1, -1])
def test_models_of_either_kind(call, page, tmp_path, order):
    """A detector that is never sure enough reads nothing."""
    cv2.imwrite(str(tmp_path / "page.png"), page)
    rating = Rating((1.0,) * len(EVIDENCE), -100.0, 0.5, 0.5)
    strict = model_file(tmp_path / "strict.onnx", "detector.onnx", rating=json.loads(rating.to_json()))
    options = [("--model", str(strict)), ("--model", str(model_file(tmp_path / "own.onnx")))]
    for chosen, text in ((options, ""), (options[:1], ""), (options[1:], "31415926\n")):
        result = call("read", "page.png", *(word for option in chosen[::order] for word in option))
        assert (result.exit_code, result.output) == (0, text)


def test_two_models_of_one_kind(call, photo, tmp_path):
    files = [str(model_file(tmp_path / f"{name}.onnx")) for name in "ab"]
    result = call("read", photo, "--model", files[0], "--model", files[1])
    assert f"{files[0]} and {files[1]} are both a classifier: give one of each kind" in one_line(result)
    assert result.exit_code == 1
