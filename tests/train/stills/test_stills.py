"""Scenes: pictures of writing whose truth is exact."""

import cv2
import numpy as np
import pytest

from webcam_digits import DigitReader
from webcam_digits.train.handwriting import fonts
from webcam_digits.train.handwriting.pen import Hand, write
from webcam_digits.train.stills.render import KINDS, Scene, render
from webcam_digits.train.stills.writers import Writers


def scene(kind: str, seed: int, wear: float = 1.0) -> Scene:
    return render(kind, np.random.default_rng(seed), wear=wear)


@pytest.mark.parametrize("kind", KINDS)
def test_a_scene_is_the_same_for_the_same_seed_and_another_for_another(kind: str) -> None:
    first, again, other = scene(kind, 3), scene(kind, 3), scene(kind, 4)
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.owners, again.owners)
    assert first.marks == again.marks
    assert not np.array_equal(first.image, other.image)


@pytest.mark.parametrize("kind", KINDS)
def test_picture_and_truth_go_together(kind: str) -> None:
    made = scene(kind, 5)
    assert made.image.shape == (480, 640, 3)
    assert made.image.dtype == np.uint8
    assert made.owners.shape == (480, 640)
    assert made.owners.max() < len(made.marks)
    for index, mark in enumerate(made.marks):
        seen = (made.owners == index).astype(np.uint8)
        assert tuple(mark.box) == tuple(cv2.boundingRect(seen))


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"texture", "words", "scribbles", "things", "empty"}))
def test_digits_stand_out_from_the_ground_where_the_truth_says(kind: str) -> None:
    made = scene(kind, 6, wear=0.0)
    image = made.image.astype(float)
    assert made.digits
    clear = 0
    for mark in made.digits:
        view = np.s_[mark.box.y : mark.box.bottom, mark.box.x : mark.box.right]
        own = made.owners[view] == made.marks.index(mark)
        around = made.owners[view] < 0
        clear += np.abs(image[view][own].mean(axis=0) - image[view][around].mean(axis=0)).max() > 8
    assert clear > 0.9 * len(made.digits)


@pytest.mark.parametrize("kind", ["texture", "words", "scribbles", "things", "empty"])
def test_some_kinds_show_no_digit(kind: str) -> None:
    assert all(not scene(kind, seed).numbers for seed in range(3))


def test_numbers_are_the_rows_from_the_top() -> None:
    made = scene("plain", 2)
    tops = [
        np.median([mark.box.y for mark in made.digits if mark.row == row])
        for row in sorted({mark.row for mark in made.digits})
    ]
    assert tops == sorted(tops)
    assert "".join(made.numbers) == "".join(mark.text for mark in made.digits)


def test_the_reader_reads_what_a_good_camera_sees() -> None:
    reader = DigitReader()
    total = right = 0
    for seed in range(12):
        made = render(
            ("plain", "whiteboard", "blackboard")[seed % 3],
            np.random.default_rng(100 + seed),
            shape=(720, 960),
            wear=0.0,
        )
        read = [digit for line in reader.read(made.image).lines for digit in line.digits]
        total += len(made.digits)
        for mark in made.digits:
            right += any(
                str(digit.digit) == mark.text
                and digit.box.intersection_area(mark.box) > 0.5 * mark.box.width * mark.box.height
                for digit in read
            )
    assert total > 100
    assert right > 0.9 * total


def test_touching_digits_touch_where_there_is_no_gap() -> None:
    for seed in range(6):
        pieces = Writers().number("9415 72", 60, np.random.default_rng(seed), touching=True)
        ink = np.zeros((400, 800), np.uint8)
        for piece in pieces:
            height, width = piece.coverage.shape
            view = ink[200 + piece.y : 200 + piece.y + height, 100 + piece.x : 100 + piece.x + width]
            np.maximum(view, piece.coverage, out=view)
        near = cv2.dilate((ink > 127).astype(np.uint8), np.ones((5, 5), np.uint8))  # some all but touch
        assert cv2.connectedComponents(near)[0] - 1 == 2


def test_digits_stand_apart_elsewhere() -> None:
    apart = [scene("plain", seed, wear=0.0) for seed in range(6)]
    pieces = sum(cv2.connectedComponents((one.owners >= 0).astype(np.uint8))[0] - 1 for one in apart)
    assert pieces > 0.95 * sum(len(one.digits) for one in apart)


def test_broken_strokes_are_broken() -> None:
    def gaps(kind: str) -> float:
        made = [scene(kind, seed, wear=0.0) for seed in range(4)]
        gray = [cv2.cvtColor(one.image, cv2.COLOR_BGR2GRAY) for one in made]
        light = digits = 0
        for one, picture in zip(made, gray, strict=True):
            for mark in one.digits:
                own = picture[one.owners == one.marks.index(mark)]
                digits += 1
                light += int(own.max()) - int(np.median(own)) > 60
        return light / digits

    assert gaps("plain") < 0.5
    pieces = scene("broken", 8, wear=0.0)
    count = cv2.connectedComponents((pieces.owners >= 0).astype(np.uint8))[0] - 1
    assert count > len(pieces.digits)


def test_a_dry_pen_fades_and_recovers() -> None:
    def uneven(kind: str) -> float:
        """How many times as dark the darkest tenth of a digit is as its lightest, on average."""
        spreads = []
        for one in (scene(kind, seed, wear=0.0) for seed in range(4)):
            gray = cv2.cvtColor(one.image, cv2.COLOR_BGR2GRAY).astype(float)
            for mark in one.digits:
                own = gray[one.owners == one.marks.index(mark)]
                depths = np.abs(own - np.median(gray[one.owners < 0]))
                spreads.append(np.percentile(depths, 90) / max(np.percentile(depths, 10), 1))
        return float(np.mean(spreads))

    assert uneven("dry") > 1.3 * uneven("plain")


def test_a_word_is_drawn_as_its_font_sets_it() -> None:
    pieces = Writers().word("amen", 60, np.random.default_rng(0))
    canvas = np.zeros((90, 300), np.uint8)
    for piece in pieces:
        x, y = piece.x + 10, piece.y + 10
        view = canvas[y : y + piece.coverage.shape[0], x : x + piece.coverage.shape[1]]
        np.maximum(view, piece.coverage, out=view)
    whole = fonts.write(fonts.substitute(), "amen")
    x, y, width, height = cv2.boundingRect((canvas > 100).astype(np.uint8))
    assert [piece.text for piece in pieces] == list("amen")
    assert width / height == pytest.approx(whole.shape[1] / whole.shape[0], rel=0.06)


def test_people_of_a_data_set_write_too() -> None:
    mouse = {str(digit): [np.pad(np.full((20, 4), 255, np.uint8), 12)] for digit in range(10)}
    writers = Writers(mouse)
    widths = set()
    for seed in range(12):
        for piece in writers.number("8", 60, np.random.default_rng(seed)):
            widths.add(piece.coverage.shape[1] < 30)
    assert widths == {True, False}  # the bars of the data set, and the pen's round 8


def test_the_pen_gives_each_character_where_it_stands() -> None:
    writing = write("2 71", height=50, rng=np.random.default_rng(1), hand=Hand(), at=(30, 20))
    page = np.zeros((120, 300), np.uint8)
    for _, box, coverage in writing.characters():
        view = page[box.y : box.bottom, box.x : box.right]
        np.maximum(view, coverage, out=view)
    assert [character for character, _, _ in writing.characters()] == list("271")
    assert np.array_equal(page > 127, writing.ink(page.shape) > 127)


def test_no_word_could_as_well_be_a_number() -> None:
    marks = [mark for seed in range(12) for mark in scene("words", seed).marks if mark.kind == "letter"]
    assert np.mean([mark.text in fonts.NO_DIGITS for mark in marks]) > 0.6
    alone = [mark for mark in marks if sum(mark.row == other.row for other in marks) == 1]
    assert all(mark.text in fonts.NO_DIGITS for mark in alone)
