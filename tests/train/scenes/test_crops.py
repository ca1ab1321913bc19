"""Crops to train the detector on: what they show, and that their truth is exact."""

from pathlib import Path

import numpy as np
import pytest

from tests.helpers.characters import archive
from webcam_digits.errors import DataError
from webcam_digits.train.data.duplicates import fingerprints
from webcam_digits.train.scenes import lines, silence, texts
from webcam_digits.train.scenes.canvas import Canvas, Ink
from webcam_digits.train.scenes.crops import KINDS, Crops
from webcam_digits.train.scenes.glyphs import Patch
from webcam_digits.train.scenes.hands import SEGMENTS, Hand, Style
from webcam_digits.train.scenes.library import Library
from webcam_digits.train.scenes.page import SHAPE, Page

BLACK = Ink(np.zeros(3, np.float32))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("data")
    archive(path / "mnist.npz", "0123456789", 400)
    return path


@pytest.fixture(scope="module")
def crops(folder) -> Crops:
    return Crops(folder, "train")


@pytest.fixture
def page(folder) -> Page:
    page = Page(Library(folder, "train"), np.random.default_rng(1))
    page.on(np.full((*SHAPE, 3), 220, np.float32))
    return page


def white() -> Canvas:
    return Canvas(np.full((*SHAPE, 3), 255, np.float32))


def block(x: int, y: int, width: int = 10, height: int = 20) -> Patch:
    return Patch(np.full((height, width), 255, np.uint8), x, y)


def test_a_crop_depends_on_seed_and_index_alone(folder, crops):
    other = Crops(folder, "train")
    for index in (40, 3, 17, 5):
        first, again = crops.draw(7, index), other.draw(7, index)
        assert np.array_equal(first.image, again.image)
        assert np.array_equal(first.boxes, again.boxes)
        assert np.array_equal(first.labels, again.labels)
        assert first.kind == again.kind
    assert not np.array_equal(crops.draw(7, 3).image, crops.draw(8, 3).image)


def test_crops_of_every_kind_are_whole_and_their_truth_lies_within(crops):
    seen = set()
    for index in range(400):
        crop = crops.draw(1, index)
        seen.add(crop.kind)
        assert crop.image.shape == (*SHAPE, 3)
        assert crop.image.dtype == np.uint8
        assert len(crop.boxes) == len(crop.labels)
        assert ((crop.labels >= 0) & (crop.labels <= 9)).all()
        for boxes in (crop.boxes, crop.ignored):
            assert (boxes[:, :2] >= 0).all()
            assert (boxes[:, 2:] <= [SHAPE[1], SHAPE[0]]).all()
            assert (boxes[:, 2:] > boxes[:, :2]).all()
    assert seen == set(KINDS)


def test_kinds_without_numbers_hold_none(folder):
    for kind in (silence.words, silence.strange, silence.ruled, silence.view, silence.empty):
        for seed in range(12):
            page = Page(Library(folder, "train"), np.random.default_rng(seed))
            kind(page)
            assert page.canvas.labels == []


def test_training_and_validation_share_no_picture(folder):
    train, validation = Library(folder, "train"), Library(folder, "validation")
    for digit in range(10):
        own, other = (set(map(bytes, library._people[0]._pictures[digit])) for library in (train, validation))
        assert own
        assert other
        assert not own & other


def test_a_digits_box_is_that_of_its_ink():
    canvas = white()
    canvas.stamp(block(30, 40), BLACK, np.random.default_rng(0), 7)
    assert canvas.boxes == [(30, 40, 40, 60)]
    assert canvas.labels == [7]
    assert canvas.view[45, 35].tolist() == [0, 0, 0]
    assert canvas.least == 20


def test_a_digit_that_the_edge_cuts_is_neither_learned_nor_ground():
    canvas = white()
    canvas.stamp(block(-5, 40), BLACK, np.random.default_rng(0), 7)
    canvas.stamp(block(SHAPE[1] - 9, 40, width=10), BLACK, np.random.default_rng(0), 8)
    canvas.stamp(block(-9, 80, width=10), BLACK, np.random.default_rng(0), 9)
    assert canvas.labels == [8]
    assert canvas.ignored == [(0, 40, 5, 60)]


def test_ink_far_outside_changes_nothing():
    canvas = white()
    for x, y in ((-40, 5), (5, -40), (SHAPE[1] + 3, 5), (5, SHAPE[0] + 30)):
        canvas.stamp(block(x, y), BLACK, np.random.default_rng(0), 1)
    assert (canvas.view == 255).all()
    assert not canvas.boxes
    assert not canvas.ignored


def test_a_written_number_is_in_the_truth_in_order(page):
    hand = Hand(Style(0.09, 0.1, 1.0, 0.3, 0.005, 0.02, 0.05), page.rng)
    place = np.array([[20.0, 0, 10], [0, 20.0, 50]])
    end = page.write("50 27-1", hand, BLACK, place)
    assert page.canvas.labels == [5, 0, 2, 7, 1]
    lefts = [box[0] for box in page.canvas.boxes]
    assert lefts == sorted(lefts)
    assert 10 + 20 * end > page.canvas.boxes[-1][2]
    for left, top, right, bottom in page.canvas.boxes:
        assert 14 <= bottom - top <= 26
        assert (page.canvas.view[top:bottom, left:right] < 110).any()


def test_struck_numbers_do_not_count(page):
    page.write("123", Hand(Style.random(page.rng), page.rng), BLACK, page.frame(20, 21), counts=False)
    assert page.canvas.labels == []


def test_writing_that_shines_through_is_not_to_be_read(page):
    page.back(page.frame(20, 21))
    assert page.canvas.labels == []
    assert page.canvas.contrast == 120


def test_a_display_has_all_digits():
    hand = Hand(Style(0.1, 0, 1, 0.2, 0, 0, 0), np.random.default_rng(0), forms=SEGMENTS)
    place = np.array([[40.0, 0, 20], [0, 40.0, 20]])
    inks = []
    for digit in "0123456789":
        glyph = hand.glyph(digit)
        assert glyph is not None
        patch = glyph.ink(place, 4, SHAPE)
        assert patch is not None
        inks.append(int(patch.coverage.sum()))
    assert inks[8] == max(inks)
    assert inks[1] == min(inks)


def test_words_and_signs_hold_no_digit():
    rng = np.random.default_rng(0)
    for _ in range(500):
        assert not any(c in "0123456789" for c in texts.word(rng) + texts.signs(rng))
    assert any(set(texts.digits(rng)) == {"1"} for _ in range(200))


def test_thin_lines_are_fainter_not_gone():
    place = np.array([[10.0, 0, 0], [0, 10.0, 0]])
    thin, thick = (lines.drawn([[[1, 5], [9, 5]]], place, SHAPE, width) for width in (0.4, 3))
    assert 0 < thin.max() < thick.max() == 255
    assert np.count_nonzero(thick) > 2 * np.count_nonzero(thin)


def test_a_folder_without_digits_is_reported_in_one_line(tmp_path):
    with pytest.raises(DataError, match=r"holds no digits to train on: put mnist\.npz"):
        Crops(tmp_path, "train")


def test_a_broken_font_or_photo_is_named(tmp_path):
    archive(tmp_path / "mnist.npz", "0123456789", 60)
    for folder, name in (("fonts", "broken.ttf"), ("photos", "broken.jpg")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(bytes(range(256)) * 12)
        with pytest.raises(DataError, match=name):
            Crops(tmp_path, "train")
        (tmp_path / folder / name).unlink()


def test_negatives_that_count_often_are_in_one_part_only(folder, tmp_path):
    images = np.random.default_rng(0).integers(0, 255, (60, 28, 28)).astype(np.uint8)
    archive(tmp_path / "mnist.npz", "0123456789", 100)
    np.savez(
        tmp_path / "omniglot.npz", images=images, labels=np.zeros(60, int), class_names=np.array(["Greek/1"])
    )
    train, validation = Library(tmp_path, "train"), Library(tmp_path, "validation")
    own, other = (set(map(bytes, library._others)) for library in (train, validation))
    assert len(own) + len(other) == 60
    assert not own & other


def test_only_what_is_allowed_is_shown(tmp_path):
    archive(tmp_path / "mnist.npz", "0123456789", 200)
    every = Library(tmp_path, "train")._people[0]._pictures
    allowed = fingerprints([pictures[0] for pictures in every.values()])
    chosen = Library(tmp_path, "train", allowed)._people[0]._pictures
    assert all(len(pictures) == 1 for pictures in chosen.values())
