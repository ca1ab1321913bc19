import numpy as np
import pytest

from webcam_digits.reading.layout import arrange
from webcam_digits.types import Box, Digit


def digit(label, x, y, width=20, height=30, confidence=0.9):
    return Digit(int(label), confidence, Box(round(x), round(y), width, height), np.zeros(11, np.float32))


def row(text, x=0, y=0, step=30, slope=0.0):
    return [digit(label, x + i * step, y + slope * i * step) for i, label in enumerate(text) if label != " "]


def texts(digits):
    return [line.text for line in arrange(digits)]


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ([], []),
        (row("7"), ["7"]),
        (row("1859"), ["1859"]),
        (row("0522 1859"), ["0522 1859"]),
        (row("20", y=0) + row("26", y=60), ["20", "26"]),
        (row("26", y=60) + row("20", y=0), ["20", "26"]),
        (row("12", x=0) + row("34", x=600), ["12", "34"]),
    ],
)
def test_rows_in_reading_order(digits, expected):
    assert texts(digits) == expected


@pytest.mark.parametrize("slope", [-0.5, -0.2, 0.1, 0.3, 0.5])
def test_rows_of_a_tilted_page(slope):
    shift = 60 / np.hypot(1, slope)
    first = row("314159", slope=slope)
    second = row("271828", x=-slope * shift, y=shift, slope=slope)
    assert texts(first + second) == ["314159", "271828"]


def test_evenly_wide_gaps_are_no_groups():
    assert texts(row("12345", step=60)) == ["12345"]


def test_a_row_of_uneven_digits_stays_together():
    digits = [digit("6", 0, 0), digit("1", 30, 4, width=6), digit("5", 48, -5), digit("0", 75, 10, height=20)]
    assert texts(digits) == ["6150"]


def test_a_row_knows_its_box_and_its_weakest_digit():
    (line,) = arrange([digit("4", 10, 5, confidence=0.7), digit("2", 40, 8, confidence=0.99)])
    assert line.box == Box(10, 5, 50, 33)
    assert line.confidence == 0.7
    assert [d.digit for d in line.digits] == [4, 2]
    assert line.id is None


def test_columns_are_read_row_by_row():
    digits = row("12", y=3) + row("34", x=600, y=0) + row("56", y=70) + row("78", x=600, y=74)
    assert texts(digits) == ["12", "34", "56", "78"]


def test_rows_follow_the_perspective():
    """The upper row falls, the lower one rises, and in their middles they come close."""
    falling = [digit(label, i * 26, 0.12 * i * 26) for i, label in enumerate("0123456789")]
    rising = [digit(label, i * 26, 78 - 0.1 * i * 26) for i, label in enumerate("9876543210")]
    assert texts(falling + rising) == ["0123456789", "9876543210"]


def test_the_turn_of_a_row_is_followed():
    along = np.arange(14)
    bent = [digit(str(i % 10), i * 28, 0.9 * i * i) for i in along]  # from level to 40 degrees
    assert texts(bent) == ["01234567890123"]


def test_close_rows_whose_boxes_overlap():
    first = [digit(label, i * 28, (7 if label in "79" else 0)) for i, label in enumerate("1797271")]
    second = [digit(label, i * 28 + 5, 27 + (6 if label in "79" else 0)) for i, label in enumerate("8090973")]
    assert texts(first + second) == ["1797271", "8090973"]


def test_a_huge_digit_beside_small_rows_stands_by_itself():
    huge = digit("5", 0, 0, width=200, height=400)
    assert texts([huge, *row("1859", x=230, y=150), *row("0522", x=230, y=210)]) == ["1859", "5", "0522"]


def test_small_zeros_belong_to_their_row():
    digits = [digit("7", 0, 0, height=48), digit("0", 30, 16, height=13), digit("4", 60, 4, height=40)]
    assert texts(digits) == ["704"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6  17", "6 17"),
        ("12  3", "12 3"),
        ("1  2  34", "1 2 34"),
        ("11  12  13", "11 12 13"),
        ("5   8", "5 8"),
    ],
)
def test_cells_of_a_table_are_groups(text, expected):
    assert texts(row(text)) == [expected]


@pytest.mark.parametrize(
    ("text", "expected", "mark"),
    [
        ("12.05.2024", "12 05 2024", (8, 24, 5, 5)),
        ("12/05/2024", "12 05 2024", (3, 0, 14, 30)),
        ("555-1234", "555 1234", (5, 13, 10, 4)),
        ("3+4=7", "3 4 7", (3, 8, 14, 14)),
    ],
)
def test_what_stands_between_digits_separates_groups(text, expected, mark):
    digits, others = [], []
    for i, character in enumerate(text):
        if character.isdigit():
            digits.append(digit(character, 26 * i, 0))
        else:
            others.append((26 * i + mark[0], *mark[1:]))
    (line,) = arrange(digits, others=np.array(others, np.int32))
    assert line.text == expected


@pytest.mark.parametrize(
    "mark", [(22, 10, 1, 1), (10, 14, 32, 3), (22, -40, 4, 4), (22, 60, 4, 4), (0, -200, 400, 400)]
)
def test_specks_rules_and_what_stands_above_or_below_separate_nothing(mark):
    (line,) = arrange(row("1859"), others=np.array([mark], np.int32))
    assert line.text == "1859"


def test_rows_are_those_of_the_sheet_held_straight():
    digits = [digit("1", 0, 0), digit("2", 0, 40), digit("3", 60, 0), digit("4", 60, 40)]
    places = np.array([(0, 0, 20, 30), (30, 0, 20, 30), (0, 40, 20, 30), (30, 40, 20, 30)], np.int32)
    first, second = arrange(digits, places)
    assert (first.text, second.text) == ("12", "34")
    assert first.box == Box(0, 0, 20, 70)
