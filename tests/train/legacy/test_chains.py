"""Chains to learn from, and the fit of the network that reads them."""

import json
from collections import Counter

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from webcam_digits.reading.legacy.chains import BESIDE, CHAIN_HEIGHT, ChainReader
from webcam_digits.train.data.cuttings import NO_DIGIT
from webcam_digits.train.legacy.chains import Chain, chains, of_scene
from webcam_digits.train.stills.render import render
from webcam_digits.train.stills.writers import Writers

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from webcam_digits.train.classifier.network import ChainNetwork  # noqa: E402
from webcam_digits.train.legacy import chain_fit  # noqa: E402
from webcam_digits.train.legacy.chain_training import main  # noqa: E402

BLANK = chain_fit.BLANK


@pytest.fixture(scope="module")
def some():
    return chains(24, 3, Writers())


def test_a_scene_gives_its_touching_digits_in_their_order():
    rng = np.random.default_rng(2)
    scene = render("touching", rng, wear=0.0)
    found = [chain for chain in of_scene(scene) if len(chain.targets) > 1]
    assert found
    rows = scene.numbers
    for chain in found:
        text = "".join(map(str, chain.targets))
        assert any(text in row for row in rows)


def test_words_and_scribbles_are_no_digits():
    found = [
        chain for kind in ("words", "scribbles") for chain in of_scene(render(kind, np.random.default_rng(1)))
    ]
    assert found
    assert {target for chain in found for target in chain.targets} == {NO_DIGIT}


def test_middles_lie_on_the_stroke_from_left_to_right(some):
    for chain in some:
        xs = [x for x, _ in chain.middles]
        assert len(xs) == len(chain.targets)
        assert xs == sorted(xs)
        assert all(BESIDE <= x <= chain.picture.shape[1] - BESIDE for x in xs)
        assert all(0 <= y <= CHAIN_HEIGHT for _, y in chain.middles)


def test_most_chains_are_several_digits_and_each_digit_is_among_them(some):
    several = [chain for chain in some if len(chain.targets) > 1]
    assert 0.55 < len(several) / len(some) < 0.8
    assert {digit for chain in several for digit in chain.targets} >= set(range(10))
    assert any(chain.targets == (NO_DIGIT,) for chain in some)


def test_the_same_seed_gives_the_same_chains():
    first, again, other = chains(3, 7, Writers()), chains(3, 7, Writers()), chains(3, 8, Writers())
    assert [chain.targets for chain in first] == [chain.targets for chain in again]
    assert all((a.picture == b.picture).all() for a, b in zip(first, again, strict=True))
    assert [chain.targets for chain in first] != [chain.targets for chain in other]


def test_what_is_wanted_of_a_column_is_a_label_near_its_middle():
    wanted = chain_fit.placed([(3, 7), (5,)], [np.array([8.0, 9.0]), np.array([4.0])], 12)
    assert wanted.shape == (2, 12, BLANK + 1)
    np.testing.assert_allclose(wanted.sum(axis=2), 1, rtol=1e-5)
    assert wanted[0, 4, 3] > 0.5
    assert wanted[1, 2, 5] > 0.9
    assert wanted[1, 8, BLANK] > 0.99


def test_middles_move_with_the_ink():
    picture = np.zeros((CHAIN_HEIGHT, 80), np.uint8)
    cv2.circle(picture, (20, 16), 3, 255, -1)
    chain = Chain(picture, (1,), ((20.0, 16.0),))
    rng = np.random.default_rng(0)
    off = []
    for _ in range(60):
        varied, (at,) = chain_fit.vary(chain, rng)
        moments = cv2.moments(np.where(varied > 100, varied, 0))
        off.append(abs(moments["m10"] / moments["m00"] - at))
    assert max(off) < 2.5


def test_padding_does_not_change_what_is_asked_of_a_chain():
    narrow, wide = np.full((32, 21), 255, np.float32), np.zeros((32, 40), np.float32)
    batch, columns = chain_fit.stacked([narrow, wide])
    assert batch.shape == (2, 1, 32, 40)
    assert columns.tolist() == [11, 20]
    assert batch[0, 0, :, :21].min() == 1
    assert batch[0, 0, :, 21:].max() == 0


def test_the_network_has_a_column_for_every_other_pixel():
    network = ChainNetwork(12).eval()
    for wide in (40, 41, 200):
        assert network(torch.zeros(2, 1, 32, wide)).shape == (2, -(-wide // 2), 12)
    assert network.size < 120_000


def test_it_learns_and_the_same_seed_learns_the_same():
    picture = {label: np.zeros((32, 40), np.uint8) for label in (1, 0)}
    cv2.line(picture[1], (20, 4), (20, 28), 255, 3)
    cv2.ellipse(picture[0], (20, 16), (9, 12), 0, 0, 360, 255, 3)
    easy = [Chain(picture[k % 2], (k % 2,), ((20.0, 16.0),)) for k in range(200)]
    first, again = ([*chain_fit.fit_chains(easy, 3, 5)] for _ in range(2))
    assert first[-1].loss < 0.7 * first[0].loss
    assert [epoch.loss for epoch in first] == [epoch.loss for epoch in again]
    assert [epoch.number for epoch in first] == [1, 2, 3]


@pytest.mark.slow
def test_the_command_writes_a_network_that_the_reader_takes(tmp_path):
    rng = np.random.default_rng(0)
    data, out = tmp_path / "data", tmp_path / "chains.onnx"
    data.mkdir()
    pictures = np.zeros((240, 28, 28), np.uint8)
    pictures[:, 4:24, 10:18] = rng.integers(100, 255, (240, 20, 8))
    np.savez(data / "some.npz", images=pictures, labels=np.tile(np.arange(10), 24))
    options = ["--data", str(data), "--out", str(out), "--scenes", "27", "--epochs", "1", "--threads", "1"]
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 0, result.output
    assert "epoch 1/1: loss" in result.output
    reader = ChainReader(out)
    assert reader.labels == tuple("0123456789")
    assert reader(np.zeros((32, 41), np.uint8)).shape == (21, 12)
    recipe = json.loads(reader._session.get_modelmeta().custom_metadata_map["recipe"])
    assert Counter(recipe.keys()) >= Counter(("scenes", "epochs", "seed", "exact", "chains"))

    again = CliRunner().invoke(main, options)
    assert again.exit_code == 1
    assert "exists: name another --out, or replace it with --force" in again.output


def test_a_folder_without_digits_is_reported(tmp_path):
    result = CliRunner().invoke(main, ["--data", str(tmp_path), "--out", str(tmp_path / "a.onnx")])
    assert result.exit_code == 1
    assert "holds no digits to train on" in result.output
