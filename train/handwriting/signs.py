"""The signs that stand beside digits: of sums, dates, times, amounts, scores and telephone numbers."""

from collections.abc import Mapping

import numpy as np

# In the notation of `digit_shapes.FORMS`.
SIGNS: Mapping[str, Mapping[str, str]] = {
    "+": {
        "plain": "3 56, 50 54 | 27 30, 26 80",
        "slanted": "4 60, 52 48 | 31 30, 24 82",
        "upright first": "28 28, 27 84 | 2 58, 54 55",
        "wide": "2 55, 64 53 | 34 32, 32 78",
        "small": "4 57, 38 56 | 22 40, 20 74",
    },
    "-": {
        "plain": "6 55, 46 53",
        "long": "4 56, 58 52",
        "short": "6 56, 30 55",
        "rising": "4 60, 44 50",
        "bent": "4 54, 24 51, 50 56",
    },
    "\N{MULTIPLICATION SIGN}": {
        "plain": "4 34, 46 82 | 46 33, 4 82",
        "curved": "4 36, 26 50, 48 84 | 48 34, 24 58, 2 80",
        "small": "4 48, 34 80 | 34 47, 4 81",
        "wide": "2 36, 56 78 | 54 34, 4 80",
    },
    "\N{MIDDLE DOT}": {"plain": "6 55, 9 57"},
    "÷": {
        "plain": "4 56, 52 54 | 27 34, 29 36 | 27 76, 29 78",
        "wide": "2 57, 64 53 | 32 28, 34 30 | 32 80, 35 82",
    },
    "=": {
        "plain": "4 44, 54 42 | 4 66, 54 64",
        "slanted": "4 48, 52 40 | 5 68, 54 60",
        "uneven": "4 46, 46 45 | 2 64, 60 68",
        "close": "4 50, 46 49 | 5 64, 47 63",
        "long": "2 42, 74 40 | 4 66, 76 62",
    },
    ":": {
        "plain": "8 42, 10 45 | 8 80, 10 83",
        "low": "8 58, 10 60 | 8 94, 10 97",
        "dashes": "6 40, 12 44 | 6 80, 12 84",
    },
    ";": {"plain": "9 44, 11 47 | 11 84, 4 106", "curved": "9 46, 11 49 | 8 82, 13 90, 4 106"},
    "/": {
        "plain": "46 -8, 0 108",
        "steep": "36 -10, 2 112",
        "flat": "66 0, 2 100",
        "curved": "52 -6, 28 44, 0 108",
    },
    ".": {"plain": "6 96, 8 98", "dash": "4 97, 12 96", "ring": "8 90, 4 95, 9 99, 13 94, 8 90"},
    ",": {"plain": "10 92, 4 112", "curved": "8 90, 13 96, 4 114", "long": "16 88, 2 116"},
    "(": {
        "plain": "22 -6, 6 28, 6 74, 22 106",
        "deep": "30 -4, 10 20, 4 50, 10 80, 30 104",
        "small": "24 6, 8 30, 8 72, 24 98",
        "bent": "30 -6, 10 14, 4 44, 8 84, 22 106",
    },
    ")": {
        "plain": "4 -6, 20 28, 20 74, 4 106",
        "deep": "2 -4, 22 20, 28 50, 22 80, 2 104",
        "small": "2 6, 18 30, 18 72, 2 98",
        "bent": "2 -6, 20 14, 26 44, 22 84, 8 106",
    },
    "[": {"plain": "24 -4, 6 -3!, 5 50, 5 104!, 24 104", "wide": "34 -2, 6 0!, 4 50, 4 100!, 34 99"},
    "]": {"plain": "4 -4, 22 -4!, 22 50, 21 104!, 2 104", "wide": "2 0, 32 -2!, 31 50, 30 100!, 1 101"},
    "{": {
        "plain": "30 -6, 17 2, 17 36, 4 50!, 17 62, 16 98, 29 106",
        "round": "34 -4, 18 6, 22 34, 4 52!, 22 64, 16 96, 34 104",
    },
    "}": {
        "plain": "2 -6, 15 2, 14 36, 28 50!, 15 62, 15 98, 2 106",
        "round": "2 -4, 18 6, 13 34, 32 50!, 13 64, 18 96, 2 104",
    },
    "%": {
        "plain": (
            "16 4, 5 14, 9 29, 21 25, 23 9, 14 4 | 58 0, 34 48, 6 100"
            " | 52 68, 41 78, 45 95, 58 92, 60 74, 50 68"
        ),
        "joined": (
            "17 4, 5 14, 9 30, 22 26, 24 10, 16 4!, 38 10, 62 0!, 6 100"
            " | 52 68, 41 78, 45 95, 58 92, 60 74, 50 68"
        ),
        "small": (
            "14 20, 6 28, 10 40, 20 36, 20 22, 12 20 | 46 16, 9 96 | 44 70, 36 78, 40 92, 50 88, 50 74, 42 70"
        ),
        "dots": "12 18, 14 22 | 54 2, 4 98 | 48 80, 50 84",
        "flat": (
            "20 6, 8 16, 12 30, 26 28, 28 12, 18 6 | 74 4, 2 96 | 60 68, 48 78, 54 95, 68 92, 70 74, 58 68"
        ),
    },
    "!": {"plain": "9 -4, 8 64 | 8 94, 10 98", "slanted": "24 -4, 12 64 | 6 94, 8 98"},
    "?": {
        "plain": "4 18, 16 2, 38 2, 48 20, 40 38, 26 50, 24 68 | 24 94, 25 98",
        "round": "2 24, 8 6, 28 -2, 48 10, 44 34, 24 42, 22 66 | 21 94, 23 98",
        "bent": "2 12, 24 -2, 46 12, 40 34, 20 46, 16 70 | 13 95, 15 98",
    },
    "*": {
        "plain": "27 24, 26 76 | 6 36, 46 64 | 46 35, 6 66",
        "crossed": "4 50, 48 49 | 10 30, 42 70 | 42 29, 10 71",
        "high": "20 -2, 19 34 | 4 8, 34 26 | 34 7, 4 26",
    },
    "$": {
        "plain": "48 18, 32 9, 12 16, 12 36, 30 48, 48 62, 46 84, 26 92, 5 82 | 31 -8, 27 110",
        "double": (
            "50 20, 32 9, 12 18, 14 38, 32 49, 50 64, 46 85, 26 92, 5 82 | 24 -6, 22 108 | 38 -6, 36 108"
        ),
    },
    "€": {
        "plain": "60 14, 42 2, 20 14, 12 50, 20 86, 42 98, 60 87 | 0 40, 46 38 | 0 60, 44 58",
        "wide": "70 10, 44 0, 20 20, 14 54, 26 90, 50 100, 70 90 | 0 42, 56 36 | 0 60, 52 55",
    },
    "£": {
        "plain": "54 16, 42 1, 25 10, 23 48, 20 82, 2 98!, 30 94, 56 96 | 4 54, 42 52",
        "looped": "56 18, 44 0, 26 12, 26 54, 18 92, 4 98, 4 86, 20 86, 38 98, 58 92 | 6 50, 44 47",
    },
    "#": {
        "plain": "24 4, 14 96 | 48 4, 38 96 | 2 34, 62 32 | 0 66, 60 64",
        "upright": "20 2, 19 98 | 44 2, 43 98 | 0 36, 64 34 | 0 68, 64 66",
    },
    "<": {"plain": "46 26, 4 54!, 46 82", "wide": "60 22, 2 52!, 58 86"},
    ">": {"plain": "4 26, 46 54!, 4 82", "wide": "4 22, 62 52!, 2 86"},
    "\N{SQUARE ROOT}": {
        "plain": "0 62, 8 54!, 20 98!, 36 -4!, 96 -6",
        "short": "0 58, 6 54!, 18 98!, 34 -2!, 64 -2",
        "tailed": "0 60, 8 54!, 20 98!, 36 -4!, 92 -6!, 92 8",
    },
    "°": {"plain": "12 0, 4 6, 6 16, 15 17, 19 8, 12 0", "flat": "14 2, 4 6, 7 15, 18 15, 22 7, 12 2"},
    "&": {
        "plain": "62 100, 38 68, 18 30, 22 6, 38 2, 42 18, 26 40, 6 66, 10 92, 32 99, 52 82, 62 54",
        "epsilon": "46 14, 26 4, 10 20, 30 46!, 6 66, 14 94, 46 88 | 28 -10, 28 4 | 28 96, 28 110",
    },
    "@": {
        "plain": (
            "50 38, 36 30, 24 46, 34 67, 50 42!, 50 62, 62 66, 74 46, 60 14, 34 6, 8 28, 4 62, 22 92, 58 92"
        ),
    },
    "'": {"plain": "8 -2, 5 20", "curved": "7 -2, 11 6, 3 22"},
    '"': {"plain": "8 -2, 6 20 | 24 -2, 22 20", "slanted": "14 -4, 4 18 | 32 -4, 22 18"},
    "~": {"plain": "2 58, 14 46, 28 52, 42 60, 56 46", "flat": "2 54, 16 48, 34 56, 48 52"},
    "_": {"plain": "0 104, 60 104", "long": "0 106, 110 103"},
    "\N{RIGHTWARDS ARROW}": {
        "plain": "0 54, 34 53, 68 52 | 48 36, 70 52!, 48 70",
        "long": "0 56, 50 52, 104 53 | 86 40, 106 53!, 88 68",
    },
    "\N{CHECK MARK}": {"plain": "0 58, 14 92!, 52 6", "curved": "0 62, 8 66, 16 94!, 30 50, 66 0"},
    "±": {"plain": "4 42, 50 40 | 27 16, 26 66 | 4 86, 50 84"},
    "\N{GREEK SMALL LETTER PI}": {
        "plain": "2 46, 14 38, 38 38, 62 36 | 22 40, 22 70, 14 98 | 44 40, 42 84, 54 97",
        "straight": "0 40, 58 38 | 16 40, 15 98 | 42 40, 42 98",
    },
    "\N{GREEK CAPITAL LETTER SIGMA}": {
        "plain": "54 2, 4 2!, 36 50!, 4 98!, 58 98",
        "serifed": "56 16, 54 2!, 4 3!, 38 50!, 2 97!, 58 98!, 60 84",
    },
}


def between_signs(rng: np.random.Generator) -> str:
    """A sum, a date, a time, an amount, a measure, a score or a telephone number, as people write them."""
    lot = int(rng.integers(10))
    if lot < 4:
        return _sum(rng)
    if lot < 6:
        return _moment(rng)
    if lot < 8:
        return _amount(rng)
    return _comparison(rng) if lot == 8 else _telephone(rng)


def _sum(rng: np.random.Generator) -> str:
    """Two or three terms, at times with brackets around two of them, and at times what they come to."""
    count = 2 + int(rng.random() < 0.5)
    parts = [_number(3, rng)]
    for _ in range(count - 1):
        parts += [_operation(rng), _number(3, rng)]
    if rng.random() < 0.5:
        start = 2 * int(rng.integers(count - 1))
        opening, closing = tuple(_one_of(rng, "()", "()", "()", "[]", "{}"))
        parts[start], parts[start + 2] = opening + parts[start], parts[start + 2] + closing
    if rng.random() < 0.7:
        parts += ["=", _one_of(rng, "", "?", *[_number(3, rng)] * 4)]
    return (" " if rng.random() < 0.2 else "").join(parts).rstrip()


def _moment(rng: np.random.Generator) -> str:
    """A date or a time."""
    day, month, year = (int(rng.integers(1, most)) for most in (29, 13, 100))
    hour, minute, second = (int(rng.integers(most)) for most in (24, 60, 60))
    dates = (
        f"{day}.{month}.{2000 + year}",
        f"{day:02}/{month:02}/{year:02}",
        f"{2000 + year}-{month:02}-{day:02}",
        f"{month}/{day}",
        f"{day}.{month}.",
        f"{day}.{month}.'{year:02}",
    )
    clock = f"{hour}:{minute:02}"
    return _one_of(
        rng, *dates, clock, clock, clock, f"{clock}:{second:02}", f"{clock}-{(hour + 1) % 24}:{minute:02}"
    )


def _amount(rng: np.random.Generator) -> str:
    """An amount of money, a share in per cent or a temperature."""
    mark = _one_of(rng, ".", ",")
    small = _number(2, rng) + _one_of(rng, "", f"{mark}{_number(1, rng)}")
    lot = rng.random()
    if lot < 0.25:
        return _one_of(rng, "", "", "+", "-", "~", "<") + small + _one_of(rng, "%", "%", " %")
    if lot < 0.4:
        return _one_of(rng, "", "-", "+", "±") + small + "°"
    cents = f"{mark}{int(rng.integers(100)):02}"
    amount = _one_of(
        rng,
        _number(4, rng),
        f"{_number(4, rng)}{cents}",
        f"{_number(4, rng)}{cents}",
        f"{_number(4, rng)}{mark}-",
    )
    prices = f"${amount}", f"{amount}€", f"{amount} €", f"€{amount}", f"£{amount}"
    return _one_of(rng, amount, amount, amount, *prices)


def _comparison(rng: np.random.Generator) -> str:
    """A score, a ratio, or numbers with another sign."""
    one, other = _number(2, rng), _number(2, rng)
    between = _one_of(rng, ":", ":", ":", " : ", "-", "<", ">", "~", "\N{RIGHTWARDS ARROW}", "_", "&", "@")
    before = _one_of(
        rng, "#", "*", "\N{SQUARE ROOT}", "\N{CHECK MARK}", "\N{GREEK CAPITAL LETTER SIGMA}=", "-", "±"
    )
    after = _one_of(rng, ")", ".", "!", "?", ";", "\N{GREEK SMALL LETTER PI}", "'", '"', "*")
    return _one_of(rng, f"{one}{between}{other}", f"{one}{between}{other}", before + one, one + after)


def _telephone(rng: np.random.Generator) -> str:
    area, own = f"0{rng.integers(30, 1000)}", str(rng.integers(10**4, 10**8))
    return _one_of(
        rng,
        f"{area} {own}",
        f"{area}-{own}",
        f"{area}/{own}",
        f"({area}) {own}",
        f"({area}){own}",
        f"+{area[1:]} {own}",
        f"({area}) {own[:3]}-{own[3:]}",
    )


def _number(most: int, rng: np.random.Generator) -> str:
    """A number of at most so many digits."""
    return str(rng.integers(10 ** int(rng.integers(1, most + 1))))


def _operation(rng: np.random.Generator) -> str:
    return _one_of(rng, *"+++---", *["\N{MULTIPLICATION SIGN}"] * 3, "\N{MIDDLE DOT}", *"÷÷:*/")


def _one_of(rng: np.random.Generator, *choices: str) -> str:
    return choices[int(rng.integers(len(choices)))]
