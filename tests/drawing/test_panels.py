import numpy as np
import pytest

from webcam_digits.drawing.panels import DigitCard, draw_digit_card, draw_help, draw_trouble, outcomes_of
from webcam_digits.types import Box

SIZES = [(1, 1), (3, 200), (200, 3), (160, 120), (320, 240), (1280, 720), (3840, 2160)]  # width, height
LEGIBLE = SIZES[4:]
DIGITS = "0123456789"
TROUBLE = "camera 0 (Integrated Webcam) gives no pictures: looking for it again, 12 s left"
YELLOW, VERMILION = (66, 228, 240), (0, 94, 213)


def grey(width, height, level=200):
    return np.full((height, width, 3), level, np.uint8)


def card(box, best=0.7):
    """Of a 7 that may be a 1, with a glyph of one level."""
    probabilities = np.full(11, 0.01, np.float32)
    probabilities[[7, 1]] = best, 0.91 - best
    return DigitCard(box, "7", np.full((28, 28), 123, np.uint8), outcomes_of(DIGITS, probabilities))


def changed(before, after):
    rows, columns = np.nonzero((before != after).any(axis=2))
    return Box(columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)


@pytest.mark.parametrize(
    ("width", "height"), [(320, 240), (640, 480), (1280, 720), (720, 1280), (3840, 2160)]
)
def test_the_card_fits_and_dims_what_it_lies_upon(width, height):
    image = grey(width, height)
    card = draw_help(image)
    rim = max(width, height) // 300
    assert (card[:rim] == 100).all()
    assert (card[:, :rim] == 100).all()
    assert (card[-rim:] == 100).all()
    assert (card[:, -rim:] == 100).all()
    assert (card == 255).any()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (160, 90), (160, 120)])
def test_no_card_without_legible_text(width, height):
    card = draw_help(grey(width, height))
    assert (card == 200).all() or (card > 220).any()


def test_outcomes_are_all_in_the_models_order_and_none_is_last():
    outcomes = outcomes_of(DIGITS, np.arange(11, dtype=np.float32) / 55)
    assert [name for name, _ in outcomes] == [*DIGITS, "none"]
    assert [round(55 * probability) for _, probability in outcomes] == list(range(11))


def test_of_many_outcomes_the_likeliest_are_left():
    probabilities = np.linspace(0, 1, 27, dtype=np.float32)[::-1]
    outcomes = outcomes_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ", probabilities)
    assert "".join(name for name, _ in outcomes) == "ABCDEFGHIJnone"


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_new_pictures_of_the_same_size(width, height):
    image = np.random.default_rng(2).integers(0, 256, (height, width, 3), np.uint8)
    image.flags.writeable = False
    box = Box(width // 3, height // 3, width // 9, height // 9)
    for shown in (draw_digit_card(image, card(box)), draw_trouble(image, TROUBLE), draw_help(image)):
        assert (shown.shape, shown.dtype) == (image.shape, np.uint8)
        assert not np.shares_memory(shown, image)


@pytest.mark.parametrize(("width", "height"), [(640, 480), *LEGIBLE[1:]])
@pytest.mark.parametrize("across", [0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("down", [0.0, 0.4, 0.85])
def test_a_digits_card_lies_inside_and_apart_from_the_digit(width, height, across, down):
    image = grey(width, height)
    box = Box(int(across * width), int(down * height), width // 12, height // 8)
    shown = draw_digit_card(image, card(box))
    assert (shown[box.y : box.bottom, box.x : box.right] == 200).all()
    near = np.s_[max(box.y - 20, 0) : box.bottom + 20, max(box.x - 20, 0) : box.right + 20]
    shown[near] = 200  # the frame around the digit
    around = changed(image, shown)
    assert 0 <= around.x <= around.right <= width
    assert 0 <= around.y <= around.bottom <= height
    assert around.width * around.height < 0.3 * width * height


@pytest.mark.parametrize(("width", "height"), LEGIBLE)
def test_a_digits_card_shows_its_glyph_and_a_bar_for_each_outcome(width, height):
    image = grey(width, height)

    def bar(best):
        shown = draw_digit_card(image, card(Box(2, 2, 9, 9), best))
        assert (shown == 123).all(axis=2).sum() > 27 * 27  # the glyph
        yellow = (shown == YELLOW).all(axis=2)
        return max(len(run) for row in yellow for run in "".join("01"[int(x)] for x in row).split("0"))

    assert bar(0.9) == pytest.approx(2 * bar(0.45), rel=0.1)


@pytest.mark.parametrize(
    "trouble", [TROUBLE, "x" * 500, "a " * 300, "http://camera/" + "y" * 90 + " gives no pictures"]
)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_trouble_of_any_length_is_shown_over_any_picture(width, height, trouble):
    image = grey(width, height)
    shown = draw_trouble(image, trouble)
    assert (shown.shape, shown.dtype) == (image.shape, np.uint8)
    assert not np.shares_memory(shown, image)
    if (width, height) in LEGIBLE:
        assert (shown == VERMILION).all(axis=2).any()
        assert (shown == 255).all(axis=2).any()


@pytest.mark.parametrize(("width", "height"), LEGIBLE)
def test_trouble_stands_out_across_the_middle(width, height):
    image = grey(width, height)
    shown = draw_trouble(image, TROUBLE)
    assert (shown[0] == 100).all()
    assert (shown[-1] == 100).all()
    rows = np.flatnonzero((shown == VERMILION).all(axis=(1, 2)))
    assert rows[0] < height / 2 < rows[-1]
    text = (shown[rows[0] : rows[-1]] == 255).all(axis=2)
    assert text.sum() > 100
    columns = np.flatnonzero(text.any(axis=0))
    assert columns[0] > 0
    assert columns[-1] < width - 1
    assert not np.array_equal(shown, draw_trouble(image, TROUBLE.replace("12", "11")))


@pytest.mark.parametrize(("kept", "place"), [([], 0.5), ([0.45], 1.0), ([0.45, 0.9], 0.0), ([0.1, 0.9], 0.5)])
def test_trouble_hides_few_rows(kept, place):
    rows = [Box(50, int(480 * down), 300, 60) for down in kept]
    shown = draw_trouble(grey(640, 480), TROUBLE, rows)
    edges = np.flatnonzero((shown == VERMILION).all(axis=(1, 2)))
    assert (edges[0] + edges[-1]) / 2 == pytest.approx(480 * place, abs=50)
    assert not any(edges[0] < row.bottom and row.y < edges[-1] for row in rows)
