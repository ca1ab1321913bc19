import io
import json
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import webcam_digits
from webcam_digits import DigitReader, Reading, open_source
from webcam_digits.errors import ImageError
from webcam_digits.train.handwriting.pen import on_paper, write

README = Path(__file__).parents[1] / "README.md"
DEMO = Path(webcam_digits.__file__).with_name("demo.webm")


@pytest.fixture(scope="module")
def reader():
    return DigitReader()


@pytest.fixture(scope="module")
def page():
    """(h, w, 3) BGR with the number 1859."""
    rng = np.random.default_rng(3)
    writing = write("1859", height=80, rng=rng, at=(60, 60))
    return on_paper(writing.ink((200, 420)), rng=rng)


def test_the_example_of_the_readme_follows_a_video(monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len([line for line in code.splitlines() if line]) < 10
    shown = []
    monkeypatch.setattr(cv2, "imshow", lambda title, image: shown.append(image))
    monkeypatch.setattr(cv2, "waitKey", lambda milliseconds: -1)
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(code.replace("open_source(0)", f"open_source({str(DEMO)!r})"), {})
    with open_source(DEMO) as source:
        count = sum(1 for _ in source)
    assert printed.getvalue().splitlines()[0] == "appear 42"
    assert len(shown) == count


def test_a_script_prints_no_messages_of_opencv(tmp_path):
    cut = tmp_path / "cut.webm"
    cut.write_bytes(DEMO.read_bytes()[:30000])
    script = (
        f"from webcam_digits import DigitReader, open_source\nprint(len(list(open_source({str(cut)!r}))))"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENCV_")}
    options = {"capture_output": True, "text": True, "check": False, "env": environment}
    done = subprocess.run([sys.executable, "-c", script], **options)
    assert done.returncode == 0
    assert done.stderr == f"{cut} is cut short: it ends after {done.stdout.strip()} frames\n"


def test_all_that_is_public_is_there():
    for name in webcam_digits.__all__:
        assert getattr(webcam_digits, name) is not None
    with pytest.raises(AttributeError):
        _ = webcam_digits.nothing


def test_files_pillow_images_and_arrays_are_read_alike(reader, page, tmp_path):
    path = tmp_path / "page.png"
    cv2.imwrite(str(path), page)
    pillow = Image.fromarray(cv2.cvtColor(page, cv2.COLOR_BGR2RGB))
    for image in (path, str(path), pillow, page, pillow.convert("L"), pillow.convert("RGBA")):
        assert reader.read(image).text == "1859"


def test_what_is_transparent_is_on_white(reader, page):
    ink = 255 - cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    black = np.dstack([np.zeros_like(page), ink])
    assert reader.read(black).text == "1859"
    assert reader.read(Image.fromarray(black, "RGBA")).text == "1859"


def test_a_pillow_image_is_turned_upright(reader, page):
    pillow = Image.fromarray(
        cv2.cvtColor(cv2.rotate(page, cv2.ROTATE_90_COUNTERCLOCKWISE), cv2.COLOR_BGR2RGB)
    )
    pillow.getexif()[0x0112] = 6
    assert reader.read(pillow).text == "1859"


@pytest.mark.parametrize("mode", ["I", "I;16"])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_a_pillow_image_of_more_bits_is_read(reader, page, mode, bits):
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY).astype(np.uint16) << (bits - 8)
    pillow = Image.fromarray(grey if mode == "I;16" else grey.astype(np.int32))
    assert pillow.mode == mode
    assert reader.read(pillow).text == "1859"


def test_a_pillow_image_of_32_bits_is_read(reader, page):
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY).astype(np.int32)
    assert reader.read(Image.fromarray(grey << 23)).text == "1859"


def test_a_pillow_image_of_floating_point_numbers_is_refused(reader, page):
    with pytest.raises(ValueError, match="not of floating-point numbers"):
        reader.read(Image.fromarray(np.float32(page[:, :, 0])))


@pytest.mark.parametrize("image", [None, 3, [[0]], np.zeros((2, 2), bool), np.zeros((0, 5), np.uint8)])
def test_what_is_not_an_image_is_refused(reader, image):
    with pytest.raises(ValueError, match="an image is"):
        reader.read(image)


def test_a_file_that_is_missing_is_named(reader, tmp_path):
    with pytest.raises(ImageError, match=r"nothing\.png"):
        reader.read(tmp_path / "nothing.png")


def test_a_reading_is_json_and_true_where_something_was_read(reader, page):
    reading = reader.read(page)
    content = json.loads(reading.to_json())
    assert reading
    assert content == reading.to_dict()
    assert [digit["digit"] for digit in content["lines"][0]["digits"]] == [1, 8, 5, 9]
    assert [digit.digit for digit in reading.lines[0].digits] == [1, 8, 5, 9]
    assert not Reading((), 640, 480)
