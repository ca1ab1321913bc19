"""The bench that leaves out pieces of the reader finds each of them, and each is put back."""

import numpy as np
import pytest
from frames import ten_digits
from pieces import PIECES, WHOLE, Score, without

from webcam_digits import DigitReader
from webcam_digits.train.stills.render import render


@pytest.fixture(scope="module")
def reader():
    return DigitReader()


@pytest.mark.parametrize("piece", PIECES)
def test_the_reader_reads_without_each_piece(reader, piece):
    with without(piece):
        reading = reader.read(ten_digits())
    assert sum(len(line.digits) for line in reading.lines) == 10  # neat digits need none of them


def test_a_piece_is_missed_while_it_is_left_out(reader):
    scene = render("blackboard", np.random.default_rng(2))
    scores = {}
    for piece in ("light ink", WHOLE):
        scores[piece] = Score()
        with without(piece):
            scores[piece].add("blackboard", scene, reader.read(scene.image))
    assert scores["light ink"].f1 < 0.1 < 0.9 < scores[WHOLE].f1


def test_digits_where_there_are_none_are_false(reader):
    scene, score = render("empty", np.random.default_rng(1)), Score()
    score.add("empty", scene, reader.read(ten_digits()))
    assert score.false == [10]
