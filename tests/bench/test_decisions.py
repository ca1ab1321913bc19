"""The bench of decisions: what is read without each of them."""

import json
from functools import partial

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from frames import ten_digits

from tests.helpers.characters import archive
from webcam_digits import DigitReader
from webcam_digits.reading.rating import EVIDENCE, Rating

decisions = pytest.importorskip("decisions")

OWN = Rating((0.7,) * len(EVIDENCE), -1.0, 0.4, 0.7)


@pytest.fixture(scope="module")
def reader():
    return DigitReader()


def test_each_rating_lacks_what_it_is_named_after():
    rng = np.random.default_rng(0)
    evidence, right = rng.normal(size=(3000, len(EVIDENCE))), rng.random(3000) < 0.5
    evidence[right] += 0.5
    ratings = decisions.ratings(OWN, decisions.Sample(evidence, right, np.ones(3000), 1500.0))
    first, rows, *others = ratings.values()
    assert first == OWN
    assert (rows.weights, rows.threshold, rows.row_threshold) == (OWN.weights, 0.4, 0.4)
    lacking = [
        tuple(name for name, weight in zip(EVIDENCE, rating.weights, strict=True) if weight == 0)
        for rating in others
    ]
    assert lacking == [*decisions._EVIDENCE.values()]


def test_a_picture_is_read_again_with_another_rating(reader):
    seen = reader.inspect(ten_digits())
    own = reader._detect.rating
    assert decisions.again(reader, seen, own).text == seen.reading.text != ""
    nothing = Rating(own.weights, -100.0, own.threshold, own.row_threshold)
    assert decisions.again(reader, seen, nothing).text == ""
    assert reader._detect.rating == own


@pytest.mark.slow
def test_a_table_for_each_set(tmp_path, monkeypatch):
    folder = tmp_path / "strings" / "meza"
    folder.mkdir(parents=True)
    assert cv2.imwrite(str(folder / "a.png"), ten_digits())
    labels = [{"file": "a.png", "kind": "digits", "lines": ["31415", "92653"]}]
    (folder / "labels.json").write_text(json.dumps(labels))
    (tmp_path / "data").mkdir()
    archive(tmp_path / "data" / "mnist.npz", "0123456789", 200)
    monkeypatch.setattr(decisions, "rendered", partial(decisions.rendered, pictures=0))
    monkeypatch.setenv("DIGITS_SHARED", str(tmp_path))
    ran = CliRunner().invoke(decisions.main, ["--data", str(tmp_path / "data"), "--crops", "3"])
    assert ran.exit_code == 0, ran.output
    lines = ran.stdout.splitlines()
    assert lines[0] == "meza"
    assert lines[4] == "| anything: all as it is | 1.000 | 1.000 | 1.000 | 1.000 | - |"
    assert len(lines) == 4 + 2 + len(decisions._EVIDENCE) + len(decisions._SEARCHES) + 1
    missing = CliRunner().invoke(decisions.main, ["--data", str(tmp_path)])
    assert missing.exit_code == 1
    assert missing.stderr.splitlines()[-1].startswith(f"decisions.py: {tmp_path}: holds no digits")
