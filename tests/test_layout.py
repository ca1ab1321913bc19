import numpy as np
import pytest

from webcam_digits.layout import arrange
from webcam_digits.reading import Box, Digit


def digit(label, x, y, width=20, height=30, confidence=0.9):
    return Digit(label, confidence, Box(round(x), round(y), width, height), np.zeros(11, np.float32))


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
    assert [d.label for d in line.digits] == ["4", "2"]
    assert line.number is None


def test_columns_are_read_row_by_row():
    digits = row("12", y=3) + row("34", x=600, y=0) + row("56", y=70) + row("78", x=600, y=74)
    assert texts(digits) == ["12", "34", "56", "78"]
