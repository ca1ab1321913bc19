from dataclasses import replace
from itertools import groupby, product
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.helpers.models import model_file
from webcam_digits import DigitReader
from webcam_digits.errors import ModelError
from webcam_digits.reading.classifier import Predictions
from webcam_digits.reading.ink import InkMask
from webcam_digits.reading.legacy.chains import (
    BESIDE,
    CHAIN_HEIGHT,
    MOST_PIXELS,
    Chain,
    ChainReader,
    _just_one,
    _spelled,
    by_both,
    normalise_chain,
)
from webcam_digits.reading.legacy.regions import find_regions
from webcam_digits.train.handwriting.pen import Hand, write

DIGITS = tuple("0123456789")
ELSE, NOTHING = 10, 11


def chain_of(text, seed=3, spacing=-0.04, height=80):
    """(180, 640) uint8, dark digits that touch on a light ground."""
    rng = np.random.default_rng(seed)
    hand = replace(Hand.random(rng), forms={}, spacing=spacing)
    ink = write(text, height=height, rng=rng, hand=hand, at=(30, 40)).ink((180, 640))
    return 235 - (ink.astype(np.float32) * 0.8).astype(np.uint8)


def regions_of(image):
    mask = np.where(image < 150, np.uint8(255), np.uint8(0))
    return find_regions(InkMask(mask, mask))


def columns_of(*best, sure=0.9):
    """(c, 12) probabilities, in each column so sure of a class."""
    columns = np.full((len(best), 12), (1 - sure) / 11, np.float32)
    columns[np.arange(len(best)), best] = sure
    return columns


@pytest.fixture(scope="module")
def reader():
    return ChainReader()


def test_a_chain_is_as_high_as_the_network_wants_and_keeps_its_shape():
    picture = normalise_chain(np.full((56, 100), 255, np.uint8))
    assert picture.shape == (CHAIN_HEIGHT, 50 + 2 * BESIDE)
    assert not picture[:2].any()
    assert not picture[:, :BESIDE].any()
    assert picture[2:-2, BESIDE:-BESIDE].min() == 255


def test_a_hair_thin_stroke_stays_in_sight():
    ink = np.zeros((200, 300), np.uint8)
    cv2.line(ink, (150, 0), (150, 199), 255, 3)
    assert normalise_chain(ink).max() > 200


def test_a_run_is_one_character_and_a_blank_parts_two():
    best = (NOTHING, 5, 5, NOTHING, 5, 7, NOTHING)
    chain = _spelled(columns_of(*best), 14)
    assert len(chain.spans) == 3
    assert chain.spans[0][0] == 0
    assert chain.spans[-1][1] == len(best)
    assert all(end == start for (_, end), (start, _) in zip(chain.spans, chain.spans[1:], strict=False))


def test_seams_go_between_the_middles_nearer_to_a_1():
    even = _spelled(columns_of(NOTHING, 5, *[NOTHING] * 7, 6, NOTHING), 20).gaps[0]
    beside_one = _spelled(columns_of(NOTHING, 1, *[NOTHING] * 7, 6, NOTHING), 20).gaps[0]
    assert even[0] < beside_one[1] < even[1] < even[2]
    assert even[1] == pytest.approx((even[0] + even[2]) / 2)


def test_what_shows_nothing_has_no_characters():
    assert _spelled(columns_of(NOTHING, NOTHING), 4) == Chain(pytest.approx(columns_of(11, 11)), (), ())


def test_just_one_is_the_sum_over_all_ways_to_see_it():
    rng = np.random.default_rng(0)
    spans = [rng.dirichlet(np.ones(4), size).astype(np.float32) for size in (1, 3, 4)]  # two labels
    found = _just_one(spans)
    for span, row in zip(spans, found, strict=True):
        expected = np.zeros(3)
        for way in product(range(4), repeat=len(span)):
            seen = [its for its, _ in groupby(way) if its != 3]
            likely = np.prod([column[its] for column, its in zip(span, way, strict=True)])
            expected[seen[0] if len(seen) == 1 and seen[0] < 2 else 2] += likely
        np.testing.assert_allclose(row, expected, atol=1e-6)


def test_both_networks_are_heard():
    regions = regions_of(chain_of("35"))
    glyph = np.full((len(regions), 11), 0.02, np.float32)
    glyph[:, 3] = 0.8
    predictions = Predictions(glyph, DIGITS)
    told = {
        label: by_both(predictions, regions, {0: Chain(columns_of(label), ((0, 1),), ())}, {})
        for label in (3, 8, ELSE)
    }
    assert told[3].confidence[0] > 0.9 > told[8].confidence[0]
    assert told[8].best[0] == 8
    assert told[ELSE].presence[0] < 0.5
    for one in told.values():
        np.testing.assert_allclose(one.probabilities.sum(axis=1), 1, rtol=1e-5)
        np.testing.assert_array_equal(one.probabilities[1:], glyph[1:])


def test_without_chains_the_glyphs_alone_are_heard():
    regions = regions_of(chain_of("35"))
    predictions = Predictions(np.full((len(regions), 11), 1 / 11, np.float32), DIGITS)
    assert by_both(predictions, regions, {}, {}) is predictions


def test_only_doubtful_strokes_are_read(reader):
    regions = regions_of(chain_of("35 68"))
    doubtful = np.zeros(len(regions), bool)
    assert reader.find(regions, doubtful) == {}
    doubtful[0] = True
    assert list(reader.find(regions, doubtful)) == [0]


def test_so_many_pixels_are_read_and_no_more(reader):
    page = np.full((1200, 1600), 235, np.uint8)
    for y in range(10, 1100, 90):
        page[y : y + 90, 20:660] = chain_of("2468", seed=y, height=50)[30:120]
        page[y : y + 90, 760:1400] = chain_of("97531", seed=y + 1, height=50)[30:120]
    regions = regions_of(page)
    chains = reader.find(regions, np.ones(len(regions), bool))
    wide = sum(2 * len(chain.columns) for chain in chains.values())
    assert MOST_PIXELS - 200 < wide <= MOST_PIXELS + 2 * len(chains)


@pytest.mark.parametrize("text", ["35", "60", "58", "206", "7200"])
@pytest.mark.parametrize("seed", [3, 4])
def test_touching_digits_are_read(text, seed):
    (line,) = DigitReader().read(chain_of(text, seed)).lines
    assert line.text == text


def test_a_missing_network_is_told():
    with pytest.raises(ModelError, match="cannot read model"):
        ChainReader(Path("nowhere.onnx"))


@pytest.mark.parametrize(
    "metadata",
    [{}, {"labels": "0123"}, {"labels": 5}, {"labels": ["0", "1"]}, {"normaliser": "0"}],
    ids=["a classifier", "text", "a number", "others", "another version"],
)
def test_another_network_is_refused(tmp_path, metadata):
    pytest.importorskip("onnx")
    file = "digits.onnx" if not metadata else "chains.onnx"
    network = model_file(tmp_path / "other.onnx", shipped=file, **metadata)
    with pytest.raises(ModelError, match="not a network for chains"):
        ChainReader(network)


def test_a_network_without_labels_is_refused(tmp_path):
    onnx = pytest.importorskip("onnx")
    network = model_file(tmp_path / "bare.onnx", shipped="chains.onnx")
    proto = onnx.load(network)
    del proto.metadata_props[:]
    onnx.save(proto, network)
    with pytest.raises(ModelError, match="not a network for chains"):
        ChainReader(network)
