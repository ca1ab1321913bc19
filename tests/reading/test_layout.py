import numpy as np
import pytest

from webcam_digits.reading.ink import Ink, Pieces
from webcam_digits.reading.layout import arrange
from webcam_digits.types import Box, Digit


def digit(label, x, y, width=20, height=30, confidence=0.9):
    return Digit(int(label), confidence, Box(round(x), round(y), width, height), np.zeros(11, np.float32))


def row(text, x=0, y=0, step=30, slope=0.0, width=20, height=30):
    return [
        digit(label, x + i * step, y + slope * i * step, width, height)
        for i, label in enumerate(text)
        if label != " "
    ]


def ink(*marks):
    """Ink with pieces at (x, y, width, height), beside digits' own, which are none of these."""
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in marks], np.float32).reshape(-1, 4)
    return Ink(np.zeros((1, 1), np.uint8), (Pieces(1.0, boxes, np.ones(len(boxes), np.float32)),))


def texts(digits, *marks):
    return [line.text for line in arrange(digits, ink(*marks))]


def turned(digits, degrees, about=(300, 300)):
    """The same digits on a sheet that is turned clockwise; their boxes stay upright."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    places = [
        turn @ (d.box.x + d.box.width / 2 - about[0], d.box.y + d.box.height / 2 - about[1]) for d in digits
    ]
    return [
        digit(d.digit, x + about[0] - d.box.width / 2, y + about[1] - d.box.height / 2, *d.box[2:])
        for d, (x, y) in zip(digits, places, strict=True)
    ]


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


@pytest.mark.parametrize("degrees", [-35, -20, -10, 0, 10, 20, 35])
def test_a_turned_sheet(degrees):
    rows = "314159", "2718", "0522 1859", "66"
    sheet = [d for i, text in enumerate(rows) for d in row(text, x=60, y=60 + 55 * i)]
    assert texts(turned(sheet, degrees)) == list(rows)


@pytest.mark.parametrize("degrees", [-35, -20, 20, 35])
def test_a_single_row_on_a_turned_sheet(degrees):
    assert texts(turned(row("271828", x=200, y=280), degrees)) == ["271828"]


@pytest.mark.parametrize("degrees", [-20, -10, 0, 10, 20])
def test_a_turned_table(degrees):
    """Whose rows and columns are as far from each other."""
    table = [
        d
        for i, text in enumerate(("481", "725", "936", "104"))
        for d in row(text, x=100, y=60 + 60 * i, step=60)
    ]
    assert texts(turned(table, degrees)) == ["481", "725", "936", "104"]


def test_evenly_wide_gaps_are_no_groups():
    assert texts(row("12345", step=60)) == ["12345"]


def test_a_row_of_uneven_digits_stays_together():
    digits = [digit("6", 0, 0), digit("1", 30, 4, width=6), digit("5", 48, -5), digit("0", 75, 10, height=20)]
    assert texts(digits) == ["6150"]


def test_a_row_knows_its_box_and_its_weakest_digit():
    (line,) = arrange([digit("4", 10, 5, confidence=0.7), digit("2", 40, 8, confidence=0.99)], ink())
    assert line.box == Box(10, 5, 50, 33)
    assert line.confidence == 0.7
    assert [d.digit for d in line.digits] == [4, 2]
    assert line.id is None


def test_columns_are_read_row_by_row():
    digits = row("12", y=3) + row("34", x=600, y=0) + row("56", y=70) + row("78", x=600, y=74)
    assert texts(digits) == ["12", "34", "56", "78"]


def test_columns_of_different_heights():
    tall = row("12", y=0, height=60, width=40, step=50) + row("34", y=120, height=60, width=40, step=50)
    small = [
        d for i, text in enumerate(("567", "890", "123", "456")) for d in row(text, x=600, y=10 + 45 * i)
    ]
    assert set(texts(tall + small)) == {"12", "34", "567", "890", "123", "456"}


@pytest.mark.parametrize(("text", "step"), [("1  2  34", 30), ("12 7 345", 34)])
def test_cells_of_a_table_stand_below_each_other(text, step):
    table = row(text, step=step) + row(text, y=44, step=step) + row(text, y=88, step=step)
    assert texts(table) == [text.replace("  ", " ")] * 3


def test_numerator_and_denominator_are_rows():
    fraction = row("12", x=0, y=0) + row("35", x=0, y=44)
    assert texts(fraction, (-4, 35, 60, 3)) == ["12", "35"]


@pytest.mark.parametrize("degrees", [-10, 0, 10])
def test_a_sum_written_below_each_other(degrees):
    """Right-aligned, with a rule above the total."""
    digits = row("125", x=130, y=100) + row("48", x=160, y=140) + row("173", x=130, y=190)
    assert texts(turned(digits, degrees), (125, 180, 90, 3)) == ["125", "48", "173"]


def test_fractions_in_a_row():
    """1/2 + 3/4: what stands beside the bars is neither above nor below them."""
    digits = [*row("1", x=0, y=0), *row("2", x=0, y=44), *row("3", x=110, y=0), *row("4", x=110, y=44)]
    assert texts(digits, (-4, 36, 28, 3), (54, 30, 16, 16), (106, 36, 28, 3)) == ["1 3", "2 4"]


def test_a_superscript_belongs_to_its_row():
    digits = [digit("7", 0, 0, height=40), digit("2", 28, -8, width=12, height=20)]
    assert texts(digits) == ["72"]


def test_a_note_in_the_corner_of_a_huge_digit_stands_by_itself():
    assert texts([digit("5", 0, 0, width=100, height=200), *row("12", x=110, y=-10)]) == ["12", "5"]


def test_rows_follow_the_perspective():
    """The upper row falls, the lower one rises, and in their middles they come close."""
    falling = [digit(label, i * 26, 0.12 * i * 26) for i, label in enumerate("0123456789")]
    rising = [digit(label, i * 26, 78 - 0.1 * i * 26) for i, label in enumerate("9876543210")]
    assert texts(falling + rising) == ["0123456789", "9876543210"]


def test_the_turn_of_a_row_is_followed():
    along = np.arange(14)
    bent = [digit(str(i % 10), i * 28, 0.9 * i * i) for i in along]  # from level to 40 degrees
    assert texts(bent) == ["01234567890123"]


def test_slightly_curved_rows():
    """As on a sheet that bends in the hand."""
    sag = [25 * np.sin(np.pi * i / 11) for i in range(12)]
    digits = [
        digit(label, 30 * i, sag[i] + 50 * k)
        for k, text in enumerate(("012345678901", "987654321098", "111222333444"))
        for i, label in enumerate(text)
    ]
    assert texts(digits) == ["012345678901", "987654321098", "111222333444"]


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


DATES = [
    ("12.05.2024", "12 05 2024", (8, 24, 5, 5)),
    ("12/05/2024", "12 05 2024", (3, 0, 14, 30)),
    ("555-1234", "555 1234", (5, 13, 10, 4)),
    ("3+4=7", "3 4 7", (3, 8, 14, 14)),
    ("17:45", "17 45", (8, 6, 5, 5)),
]


@pytest.mark.parametrize(("text", "expected", "mark"), DATES)
def test_what_stands_between_digits_separates_groups(text, expected, mark):
    digits = [digit(label, 26 * i, 0) for i, label in enumerate(text) if label.isdigit()]
    marks = [(26 * i + mark[0], *mark[1:]) for i, label in enumerate(text) if not label.isdigit()]
    assert texts(digits, *marks) == [expected]


@pytest.mark.parametrize(
    "mark", [(22, 10, 1, 1), (10, 14, 32, 3), (22, -40, 4, 4), (22, 60, 4, 4), (0, -200, 400, 400)]
)
def test_specks_rules_and_what_stands_above_or_below_separate_nothing(mark):
    assert texts(row("1859"), mark) == ["1859"]


def test_a_digits_own_ink_separates_nothing():
    """Its strokes, its box as the mask has it, and the gap within it."""
    digits = row("1859")
    assert texts(digits, (0, 0, 20, 30), (31, 2, 17, 26), (36, 8, 8, 6), (60, 1, 8, 28)) == ["1859"]


def test_any_number_of_digits_in_any_order_gives_the_same_rows():
    rows = "0522 1859", "271828", "3141"
    digits = [d for i, text in enumerate(rows) for d in row(text, y=50 * i)]
    order = np.random.default_rng(0).permutation(len(digits))
    assert texts([digits[i] for i in order]) == list(rows)


def test_digits_in_one_place_do_not_matter():
    assert len(arrange([digit("1", 5, 5)] * 3, ink())) >= 1
