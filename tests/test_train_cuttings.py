"""Cuttings: what the product finds in a scene, with what it shows."""

from collections import Counter

import numpy as np
import pytest

from webcam_digits.classifier import Classifier
from webcam_digits.glyphs import normalise
from webcam_digits.reading import Box
from webcam_digits.train.cuttings import NO_DIGIT, cut, cuttings
from webcam_digits.train.scenes import KINDS, Mark, Scene, render
from webcam_digits.train.writers import Writers


def sheet(*marks: tuple[str, str, tuple[slice, slice]]) -> Scene:
    """Black bars on white, each a mark of a kind, with a text, where it says."""
    image = np.full((200, 300, 3), 235, np.uint8)
    owners = np.full((200, 300), -1, np.int16)
    for index, (_, _, where) in enumerate(marks):
        image[where] = 20
        owners[where] = index
    named = tuple(
        Mark(kind, text, Box(xs.start, ys.start, xs.stop - xs.start, ys.stop - ys.start), 0)
        for kind, text, (ys, xs) in marks
    )
    return Scene(image, named, owners)


def test_neat_digits_are_cut_out_whole_with_their_labels() -> None:
    scene = render("plain", np.random.default_rng(2), wear=0.0)
    cut_out = Counter(target for _, target in cut(scene) if target != NO_DIGIT)
    written = Counter(int(mark.text) for mark in scene.digits)
    assert sum((cut_out & written).values()) > 0.8 * len(scene.digits)
    assert not set(cut_out) - set(written)


def test_labels_are_right() -> None:
    pairs = list(cuttings(24, 5, Writers()))
    glyphs = np.stack([normalise(picture) for picture, _ in pairs])
    targets = np.array([target for _, target in pairs])
    read = Classifier()(glyphs).best
    digits = targets != NO_DIGIT
    assert digits.sum() > 100
    assert (read[digits] == targets[digits]).mean() > 0.93


@pytest.mark.parametrize("kind", ["words", "scribbles", "empty"])
def test_where_no_digit_is_none_is_cut_out(kind: str) -> None:
    targets = [target for seed in range(4) for _, target in cut(render(kind, np.random.default_rng(seed)))]
    assert set(targets) <= {NO_DIGIT}


def test_every_kind_yields_what_it_is_there_for() -> None:
    digits = dict.fromkeys(KINDS, 0)
    others = dict(digits)
    for kind in KINDS:
        for seed in range(3):
            for _, target in cut(render(kind, np.random.default_rng(seed))):
                (others if target == NO_DIGIT else digits)[kind] += 1
    assert all(digits[kind] for kind in ("plain", "whiteboard", "blackboard", "broken", "mixed"))
    assert all(others[kind] for kind in ("touching", "words", "scribbles"))


def test_joined_digits_are_none_unless_they_look_like_one() -> None:
    left, right = (slice(60, 120), slice(100, 130)), (slice(80, 100), slice(130, 160))
    joined = sheet(("digit", "4", left), ("digit", "2", right))
    alike = sheet(("digit", "1", left), ("digit", "3", right))
    assert [target for _, target in cut(joined)] == [NO_DIGIT]
    assert not list(cut(alike))


def test_a_letter_like_a_digit_is_left_out_and_another_is_none() -> None:
    def letter(text: str) -> Scene:
        bend = np.s_[60:120, 100:115], np.s_[100:120, 115:150]
        scene = sheet(("letter", text, bend[0]))
        scene.image[bend[1]], scene.owners[bend[1]] = 20, 0
        return scene

    assert not list(cut(letter("S")))
    assert [target for _, target in cut(letter("k"))] == [NO_DIGIT]


def test_what_might_be_a_one_is_never_none() -> None:
    stroke = sheet(("scribble", "", (slice(50, 120), slice(100, 110))))
    assert not list(cut(stroke))


def test_the_same_seed_gives_the_same_cuttings() -> None:
    first, again = (list(cuttings(2, 7, Writers())) for _ in range(2))
    assert [target for _, target in first] == [target for _, target in again]
    assert all(np.array_equal(a, b) for (a, _), (b, _) in zip(first, again, strict=True))
