import numpy as np
import pytest

from webcam_digits.reading.classifier import Predictions
from webcam_digits.reading.decode import NOTHING, Detections
from webcam_digits.reading.evidence import agreed, weigh
from webcam_digits.reading.ink import Ink, Pieces
from webcam_digits.reading.rating import EVIDENCE
from webcam_digits.types import DIGITS


def at(x, y=100, width=16, height=24):
    return x, y, x + width, y + height


def found(*boxes, confidences=0.8, label=8):
    boxes = np.array(boxes, np.float32).reshape(-1, 4)
    classes = np.full((len(boxes), 10), 0.01, np.float32)
    classes[:, label] = 0.91
    confidences = np.broadcast_to(np.float32(confidences), len(boxes)).astype(np.float32)
    return Detections(boxes, confidences, classes, np.full(len(boxes), 0.7, np.float32))


def ink(*boxes, scale=1.0):
    """Each copy of a picture has the same pieces."""
    boxes = np.array(boxes, np.float32).reshape(-1, 4)
    copies = [Pieces(scale / 2**i, boxes, np.ones(len(boxes), np.float32)) for i in range(4)]
    return Ink(np.zeros((1, 1), np.uint8), tuple(copies))


def opinions(count, label=8, probability=0.6, nothing=0.3):
    rows = np.full((count, 11), (1 - probability - nothing) / 9, np.float32)
    rows[:, label], rows[:, 10] = probability, nothing
    return Predictions(rows, DIGITS)


def evidence(name, detections, pieces=None, given=None):
    """The column of that name."""
    given = opinions(len(detections.boxes)) if given is None else given
    return weigh(detections, given, ink() if pieces is None else pieces)[:, EVIDENCE.index(name)]


def log_odds(probability):
    return np.log(probability / (1 - probability))


def test_both_networks_say_which_digit_it_is():
    one = found(at(10))
    same, other = agreed(one, opinions(1)), agreed(one, opinions(1, label=3))
    assert other.labels.tolist() == same.labels.tolist() == [8]
    assert other.classes[0, 8] < one.classes[0, 8] < same.classes[0, 8]
    assert same.classes.sum() == pytest.approx(1)
    presence = [each.confidences[0] / each.classes[0].max() for each in (one, same, other)]
    assert presence == pytest.approx([presence[0]] * 3)


def test_where_the_detector_wavers_the_second_opinion_decides():
    one = found(at(10))
    one.classes[0, 3] = 0.85
    assert agreed(one, opinions(1, label=3)).labels.tolist() == [3]
    assert len(agreed(NOTHING, opinions(0)).boxes) == 0


def test_nothing_has_no_evidence():
    assert weigh(NOTHING, opinions(0), ink(at(10))).shape == (0, len(EVIDENCE))


def test_what_the_networks_say():
    one = found(at(10))
    assert evidence("presence", one) == pytest.approx(log_odds(0.8 / 0.91), rel=1e-4)
    assert evidence("label", one) == pytest.approx(log_odds(0.91), rel=1e-4)
    assert evidence("quality", one) == pytest.approx(log_odds(0.7), rel=1e-4)
    assert evidence("opinion", one) == pytest.approx(log_odds(0.7), rel=1e-4)
    assert evidence("agreement", one) == pytest.approx(np.log(0.6), rel=1e-4)
    assert evidence("agreement", one, given=opinions(1, label=3)) < -3


def test_what_is_certain_stays_finite():
    sure = found(at(10), confidences=1.0)
    sure = Detections(sure.boxes, sure.confidences, np.eye(10, dtype=np.float32)[[8]], np.ones(1, np.float32))
    assert np.isfinite(weigh(sure, opinions(1, probability=0, nothing=1), ink())).all()


@pytest.mark.parametrize(
    ("other", "beside"),
    [
        (at(36), True),
        (at(30, y=108), True),
        (at(36, y=130), False),
        (at(90), False),
        (at(36, y=94, height=60, width=40), False),
        (at(12), False),
    ],
    ids=["beside", "a little lower", "below", "far", "much larger", "in the same place"],
)
def test_a_neighbour_stands_beside_it_in_its_row(other, beside):
    first, second = evidence("neighbour", found(at(10), other, confidences=[0.9, 0.6]))
    alone = evidence("neighbour", found(at(10)))[0]
    assert (first > alone, second > alone) == (beside, beside)
    if beside:
        assert (first, second) == pytest.approx((log_odds(0.6), log_odds(0.9)), rel=1e-4)


def test_the_likeliest_neighbour_counts():
    row = found(at(10), at(30), at(50), confidences=[0.9, 0.8, 0.6])
    assert evidence("neighbour", row)[1] == pytest.approx(log_odds(0.9), rel=1e-4)


def test_shared_with_a_surer_one():
    shares = evidence("shared", found(at(10, width=20), at(20, width=20), at(100)))
    assert shares.tolist() == pytest.approx([0, 0.5, 0])


def test_strangers_are_pieces_beside_it_that_are_no_digit():
    digits = found(at(10), at(30))
    own, letters = [at(10), at(30)], [at(50), at(70)]
    assert evidence("strangers", digits, ink(*own)).tolist() == [0, 0]
    assert evidence("strangers", digits, ink(*own, *letters)).tolist() == [0, 1]
    assert evidence("strangers", digits, ink(*own, at(50, height=3), at(50, y=200))).tolist() == [0, 0]


def test_strangers_are_counted_up_to_four():
    letters = [at(30, y=90 + 2 * i) for i in range(12)]
    assert evidence("strangers", found(at(10)), ink(*letters))[0] == 4


def test_company_is_better_among_digits_than_among_letters():
    row = [at(10 + 22 * i) for i in range(5)]
    among_digits = evidence("company", found(*row), ink(*row))[2]
    among_letters = evidence("company", found(row[2]), ink(*row))[0]
    alone = evidence("company", found(row[2]), ink(row[2]))[0]
    assert among_letters < alone < among_digits


def test_what_hardly_is_a_digit_is_no_company():
    row = [at(10 + 22 * i) for i in range(5)]
    unlikely = found(*row, confidences=[0.2, 0.2, 0.9, 0.2, 0.2])
    assert evidence("company", unlikely, ink(*row))[2] < evidence("company", found(*row), ink(*row))[2]


def test_excess_is_the_width_of_the_word_that_it_is_in():
    digit = found(at(40))
    assert evidence("excess", digit, ink(at(40)))[0] == pytest.approx(0)
    assert evidence("excess", digit, ink(at(28, width=40)))[0] == pytest.approx(1)
    assert evidence("excess", digit, ink(at(0, width=400)))[0] == 3
    assert evidence("excess", digit, ink(at(28, width=40), at(40)))[0] == pytest.approx(0)


def test_unconnected_is_what_no_piece_holds():
    digit = found(at(40))
    assert evidence("unconnected", digit, ink(at(40)))[0] == 0
    assert evidence("unconnected", digit, ink(at(40, height=8), at(40, y=116, height=8)))[0] == 1
    assert evidence("unconnected", digit, ink())[0] == 1


@pytest.mark.parametrize("height", [9, 24, 70, 180, 900])
def test_digits_are_judged_by_the_pieces_of_their_size(height):
    """Those of the finest copy that holds such high ones; of the coarsest, where even that is too fine."""
    box = at(40, height=height, width=height / 2)
    nowhere = np.zeros((0, 4), np.float32), np.zeros(0, np.float32)
    held = {9: 0, 24: 0, 70: 2, 180: 3, 900: 3}[height]
    copies = [Pieces(0.5**i, *nowhere) for i in range(4)]
    copies[held] = Pieces(0.5**held, np.array([box], np.float32), np.ones(1, np.float32))
    pieces = Ink(np.zeros((1, 1), np.uint8), tuple(copies))
    assert evidence("unconnected", found(box), pieces)[0] == 0


def test_each_of_many_digits_is_judged_as_if_few_were_there():
    """The pieces are looked at in parts: it makes no difference."""
    rng = np.random.default_rng(0)
    corners = [(22 * i, 40 * k) for i in range(15) for k in range(20)]
    digits = [at(x, y) for x, y in corners]
    pieces = [at(x + rng.uniform(-5, 5), y, width=rng.uniform(5, 40)) for x, y in corners * 3]
    many = weigh(found(*digits), opinions(len(digits)), ink(*pieces))
    near = [i for i, (x, y) in enumerate(corners) if x < 170 and y < 170]
    few = weigh(found(*(digits[i] for i in near)), opinions(len(near)), ink(*pieces))
    middle = near.index(corners.index((44, 40)))
    kept = [EVIDENCE.index(name) for name in ("excess", "unconnected", "neighbour")]
    np.testing.assert_allclose(many[near[middle], kept], few[middle, kept])
