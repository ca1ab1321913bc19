"""The signs that stand between digits: of sums, dates, times, amounts of money and telephone numbers."""

from collections.abc import Mapping

import numpy as np

# In the notation of `forms.FORMS`.
SIGNS: Mapping[str, Mapping[str, str]] = {
    "+": {"plain": "3 56, 50 54 | 27 30, 26 80", "slanted": "4 60, 52 48 | 31 30, 24 82"},
    "-": {"plain": "6 55, 46 53", "long": "4 56, 58 52"},
    "\N{MULTIPLICATION SIGN}": {
        "plain": "4 34, 46 82 | 46 33, 4 82",
        "curved": "4 36, 26 50, 48 84 | 48 34, 24 58, 2 80",
    },
    "÷": {"plain": "4 56, 52 54 | 27 34, 29 36 | 27 76, 29 78"},
    "=": {"plain": "4 44, 54 42 | 4 66, 54 64", "slanted": "4 48, 52 40 | 5 68, 54 60"},
    ":": {"plain": "8 42, 10 45 | 8 80, 10 83"},
    "/": {"plain": "38 -6, 2 106", "steep": "28 -4, 4 104"},
    ".": {"plain": "6 96, 8 98"},
    ",": {"plain": "10 92, 4 112"},
    "(": {"plain": "22 -6, 6 28, 6 74, 22 106"},
    ")": {"plain": "4 -6, 20 28, 20 74, 4 106"},
}


def between_signs(rng: np.random.Generator) -> str:
    """A sum, a date, a time, an amount of money or a telephone number, as people write them."""

    def number(most: int) -> str:
        return str(rng.integers(10 ** int(rng.integers(1, most + 1))))

    day, month, year = (int(rng.integers(1, most)) for most in (29, 13, 100))
    match int(rng.integers(6)):
        case 0 | 1:
            sign = str(rng.choice(list("+-\N{MULTIPLICATION SIGN}\N{DIVISION SIGN}")))
            text = f"{number(3)}{sign}{number(3)}"
            text += f"={number(3)}" if rng.random() < 0.6 else ""
            return " ".join(text) if rng.random() < 0.2 else text
        case 2:
            return f"{day}.{month}.{2000 + year}" if rng.random() < 0.5 else f"{day:02}/{month:02}/{year:02}"
        case 3:
            return f"{int(rng.integers(24))}:{int(rng.integers(60)):02}"
        case 4:
            return f"{number(4)}{rng.choice(list('.,'))}{int(rng.integers(100)):02}"
    area, own = f"0{rng.integers(30, 1000)}", str(rng.integers(10**4, 10**8))
    return str(rng.choice([f"{area} {own}", f"{area}-{own}", f"{area}/{own}", f"({area}) {own}"]))
