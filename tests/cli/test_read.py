import json

import cv2
import pytest

import webcam_digits


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
