import json
from dataclasses import dataclass

import numpy as np
import pytest
from click.testing import CliRunner

from webcam_digits.cli.evaluate import evaluate
from webcam_digits.errors import DataError
from webcam_digits.reading.classifier import Classifier, Predictions
from webcam_digits.train.data.datasets import LabelledSet
from webcam_digits.train.evaluation import robustness
from webcam_digits.train.evaluation.corruptions import CORRUPTIONS, SIDE

NAMES = [
    "shot_noise",
    "impulse_noise",
    "glass_blur",
    "motion_blur",
    "shear",
    "scale",
    "rotate",
    "brightness",
    "translate",
    "stripe",
    "fog",
    "spatter",
    "dotted_line",
    "zigzag",
    "canny_edges",
]


def seven() -> np.ndarray:
    picture = np.zeros((SIDE, SIDE), np.uint8)
    picture[5:8, 7:20] = 200
    for row in range(8, 23):
        column = 18 - (row - 8) // 2
        picture[row, column : column + 3] = 200
    return picture


def corrupted(name: str, picture: np.ndarray | None = None, seed: int = 0) -> np.ndarray:
    return CORRUPTIONS[name](seven() if picture is None else picture, np.random.default_rng(seed))


def many(name: str, count: int = 40) -> np.ndarray:
    return np.array([corrupted(name, seed=seed) for seed in range(count)])


def centre(picture: np.ndarray) -> np.ndarray:
    return np.array([(np.indices(picture.shape)[axis] * picture).sum() / picture.sum() for axis in (0, 1)])


def covariance(picture: np.ndarray) -> np.ndarray:
    return np.cov(np.indices(picture.shape).reshape(2, -1), aweights=picture.ravel(), bias=True)


def test_all_fifteen_are_there():
    assert list(CORRUPTIONS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_one_seed_gives_one_changed_picture(name):
    picture = seven()
    first, again = corrupted(name, picture), corrupted(name, picture)
    np.testing.assert_array_equal(picture, seven())  # what was given is left as it was
    np.testing.assert_array_equal(first, again)
    assert first.shape == (SIDE, SIDE)
    assert first.dtype == np.uint8
    assert (first != picture).any()


@pytest.mark.parametrize("name", sorted({*NAMES} - {"scale", "brightness", "stripe", "canny_edges"}))
def test_other_seeds_give_other_pictures(name):
    assert len({picture.tobytes() for picture in many(name, 20)}) > 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("level", [0, 255])
def test_blank_pictures_can_be_corrupted(name, level):
    picture = corrupted(name, np.full((SIDE, SIDE), level, np.uint8))
    assert (picture.shape, picture.dtype) == ((SIDE, SIDE), np.uint8)


def test_shot_noise_leaves_the_ground_black_and_the_mean_as_it_is():
    pictures = many("shot_noise")
    assert not pictures[:, seven() == 0].any()
    assert set(np.unique(pictures)) <= {0, 85, 170, 255}
    expected = 200 - 255 * 0.083  # what Poisson's tail above white loses, of 2.35 photons expected
    assert pictures[:, seven() > 0].mean() == pytest.approx(expected, abs=12)


def test_impulse_noise_turns_a_sixth_of_the_pixels_black_or_white():
    changed = many("impulse_noise")[:, seven() == 200]
    assert (changed == 0).mean() == pytest.approx(0.085, abs=0.02)
    assert (changed == 255).mean() == pytest.approx(0.085, abs=0.02)
    assert np.isin(changed, (0, 200, 255)).all()


@pytest.mark.parametrize("name", ["glass_blur", "motion_blur"])
def test_blurs_keep_the_ink_and_soften_its_edges(name):
    pictures = many(name).astype(int)
    assert pictures.sum(axis=(1, 2)).mean() == pytest.approx(seven().sum(), rel=0.05)
    assert np.abs(np.diff(pictures, axis=2)).max(axis=(1, 2)).mean() < 150


def test_motion_blur_smears_one_way():
    dot = np.zeros((SIDE, SIDE), np.uint8)
    dot[14, 14] = 255
    for seed in range(10):
        down, across = covariance(corrupted("motion_blur", dot, seed)).diagonal()
        assert across > down
        assert abs(centre(corrupted("motion_blur", dot, seed))[1] - 14) > 1


def test_shear_slants_to_either_side():
    upright = np.zeros((SIDE, SIDE), np.uint8)
    upright[6:22, 13:15] = 255
    slants = []
    for seed in range(8):
        (down, slant), _ = covariance(corrupted("shear", upright, seed))
        slants.append(slant / down)
    np.testing.assert_allclose(np.abs(slants), np.tan(0.4), atol=0.03)
    assert min(slants) < 0 < max(slants)


def test_rotate_turns_to_either_side():
    upright = np.zeros((SIDE, SIDE), np.uint8)
    upright[4:24, 13:15] = 255
    angles = []
    for seed in range(8):
        (down, mixed), (_, across) = covariance(corrupted("rotate", upright, seed))
        angles.append(np.arctan2(2 * mixed, down - across) / 2)
    np.testing.assert_allclose(np.abs(angles), 0.4, atol=0.03)
    assert min(angles) < 0 < max(angles)


def test_scale_shrinks_about_the_middle():
    before, after = covariance(seven()).diagonal(), covariance(corrupted("scale")).diagonal()
    np.testing.assert_allclose(np.sqrt(after / before), 0.7, atol=0.05)
    np.testing.assert_allclose(centre(corrupted("scale")) - 13.5, 0.7 * (centre(seven()) - 13.5), atol=0.2)


def test_translate_moves_by_three_pixels_along_both_axes():
    moves = {tuple(np.round(centre(picture) - centre(seven())).astype(int)) for picture in many("translate")}
    assert moves == {(3, 3), (3, -3), (-3, 3), (-3, -3)}


def test_brightness_raises_the_ground_and_keeps_what_is_white():
    bright = corrupted("brightness")
    assert (bright[seven() == 0] == 128).all()
    assert (bright[seven() > 0] == 255).all()


def test_stripe_inverts_its_columns_alone():
    striped = corrupted("stripe")
    for band in (np.s_[:, :7], np.s_[:, 21:]):
        np.testing.assert_array_equal(striped[band], 255 - seven()[band])
    np.testing.assert_array_equal(striped[:, 7:21], seven()[:, 7:21])


def test_fog_lifts_the_ground_and_takes_contrast():
    pictures = many("fog").astype(int)
    ground, ink = pictures[:, seven() == 0].mean(axis=1), pictures[:, seven() > 0].mean(axis=1)
    assert ground.mean() > 50
    assert ground.std() > 10
    assert (ink - ground).mean() == pytest.approx(200 / (1 + 3 * 255 / 200), abs=12)


def test_spatter_covers_with_dark_grey():
    changed = [picture[picture != seven()] for picture in many("spatter")]
    assert 0.02 < np.mean([len(pixels) for pixels in changed]) / SIDE**2 < 0.4
    ground = many("spatter")[:, seven() == 0]
    assert ground.max() <= 63
    assert ground[ground > 0].min() >= 0.8 * 63 - 1


def test_dotted_line_goes_across_in_dashes():
    blank = np.zeros((SIDE, SIDE), np.uint8)
    columns = corrupted("dotted_line", blank).max(axis=0)
    np.testing.assert_array_equal(columns > 0, np.arange(SIDE) // 2 % 2 == 1)


def test_zigzag_goes_up_and_down():
    blank = np.zeros((SIDE, SIDE), np.uint8)
    pictures = [corrupted("zigzag", blank, seed) for seed in range(12)]
    picture = next(picture for picture in pictures if 8 < centre(picture)[0] < 20)
    assert not picture[:, :2].any()
    assert not picture[:, 26:].any()
    rows = (np.arange(SIDE)[:, None] * picture[:, 2:25]).sum(axis=0) / picture[:, 2:25].sum(axis=0)
    turns = np.diff(np.sign(np.diff(rows)))
    assert 4 <= np.count_nonzero(turns) <= 8


def test_canny_edges_are_thin_and_white():
    edges = corrupted("canny_edges")
    assert set(np.unique(edges)) == {0, 255}
    assert not edges[10:20][:, :5].any()
    assert (seven()[edges > 0] == 0).any()


@dataclass
class Widest:
    """A classifier that says "1" of what is tall and narrow and "0" of all else."""

    labels: tuple[str, ...] = ("0", "1")

    def __call__(self, glyphs):
        one = (glyphs.max(axis=1) > 0).sum(axis=1) < 10
        return Predictions(
            np.stack([0.9 - 0.8 * one, 0.1 + 0.8 * one, 0 * one], 1).astype(np.float32), self.labels
        )


def bar() -> np.ndarray:
    picture = np.zeros((SIDE, SIDE), np.uint8)
    picture[4:24, 13:16] = 255
    return picture


def ring() -> np.ndarray:
    down, across = np.indices((SIDE, SIDE)) - 13.5
    return np.where(np.abs(np.hypot(down, across) - 8) < 1.6, 255, 0).astype(np.uint8)


def digits() -> LabelledSet:
    return LabelledSet("digits.npz", [ring(), bar()], np.array([0, 1]))


def test_errors_of_each_corruption():
    lines: list[str] = []
    result = robustness.evaluate_corruptions(Widest(), digits(), 3, log=lines.append)
    assert list(result.errors) == NAMES
    assert result.identity == 0
    assert result.errors["translate"] == result.errors["scale"] == 0
    assert result.errors["brightness"] == result.errors["stripe"] == 0.5  # a bar on a ground is wide
    assert result.mean == pytest.approx(sum(result.errors.values()) / 15)
    assert len(lines) == 15
    assert result == robustness.evaluate_corruptions(Widest(), digits(), 3)
    assert result.as_text().splitlines()[-1].split() == ["identity", "0.00%"]


def test_pictures_of_another_size_are_refused():
    data = LabelledSet("digits.npz", [ring(), np.zeros((16, 20), np.uint8)], np.array([0, 1]))
    with pytest.raises(DataError, match=r"digits\.npz: holds a picture of 20x16; .* 28x28"):
        robustness.evaluate_corruptions(Widest(), data)


def test_pictures_of_other_characters_are_refused():
    data = LabelledSet("letters.npz", [ring()], np.array([0]), ("x",))
    with pytest.raises(DataError, match="no label x"):
        robustness.evaluate_corruptions(Widest(), data)


def test_command(tmp_path):
    np.savez(tmp_path / "a.npz", images=np.stack([ring(), bar()]), labels=[0, 1])
    options = ["--data", str(tmp_path / "a.npz"), "--corruptions"]
    table = CliRunner().invoke(evaluate, options)
    assert table.exit_code == 0
    assert [line.split()[0] for line in table.stdout.splitlines()] == [*NAMES, "mean", "identity"]
    printed = json.loads(CliRunner().invoke(evaluate, [*options, "--json"]).stdout)
    assert list(printed) == ["corruptions", "mean", "identity"]
    assert list(printed["corruptions"]) == NAMES
    both = CliRunner().invoke(evaluate, [*options, "--negatives"])
    assert "--negatives" in str(both.exception)


def test_the_shipped_model_withstands_corruption(shared):
    images = np.load(shared / "data/mnist.npz")
    picked = np.arange(0, 10_000, 50)
    data = LabelledSet(
        "mnist", [*images["test_images"][picked]], images["test_labels"][picked].astype(np.int64)
    )
    result = robustness.evaluate_corruptions(Classifier(), data)
    assert result.identity < 0.03
    assert result.mean < 0.06
