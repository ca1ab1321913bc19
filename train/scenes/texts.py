"""What is written: numbers of every kind, and the words and signs around them."""

import numpy as np

_ONSETS = [
    "b",
    "c",
    "d",
    "f",
    "g",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "w",
    "z",
    "st",
    "tr",
    "pl",
    "br",
    "kr",
    "sch",
    "th",
    "ch",
    "fl",
    "gr",
]
_VOWELS = ["a", "e", "i", "o", "u", "a", "e", "i", "o", "ai", "ou", "ei", "ee", "ie"]
_CODAS = ["", "", "", "n", "r", "s", "t", "l", "m", "nd", "rt", "st", "ck", "ng"]
_LABELS = [
    "Name",
    "Date",
    "Total",
    "No.",
    "Nr.",
    "Age",
    "Sex",
    "Page",
    "Score",
    "Sum",
    "Tel",
    "Phone",
    "Room",
    "Class",
    "Team",
    "Points",
    "Price",
    "Amount",
    "Code",
    "Unit",
    "Monday",
    "Note",
    "Mass",
    "Length",
    "Time",
    "Group",
    "Test",
    "Answer",
    "Qty",
    "Item",
    "Size",
    "Weight",
    "Height",
    "Sign",
    "Kasse",
    "Summe",
    "Datum",
    "Zahl",
    "Fecha",
    "Nom",
    "Prix",
    "Somme",
    "Jour",
    "Mois",
    "Data",
    "Imie",
    "Wiek",
    "kg",
    "cm",
    "ml",
    "mg",
    "km",
    "mm",
    "g",
    "m",
    "min",
    "h",
    "sec",
    "pcs",
    "pts",
    "EUR",
    "USD",
]
_UNITS = [
    "kg",
    "cm",
    "ml",
    "mg",
    "km",
    "mm",
    "g",
    "m",
    "min",
    "h",
    "sec",
    "x",
    "y",
    "pcs",
    "EUR",
    "%",
    "$",
    "€",
    "°",
    "£",
]
_CYRILLIC = "агдежийклмнпрстухцшщыюяАБВГДЕЖИКЛМНПРСТУХЦШЩЫЮЯ"
_OTHER = (
    _CYRILLIC + "アイウエオカキクケコサスセソタチツテトナニヌネハヒヘホマミムメモヤユヨリルレロワヲン"
    "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりれわをん"
    "αβγεζηικλμνξπρτυχψωΓΔΛΞΠΣΨΩ"
)
_CAPITALS = "ABCDEFGHJKLMNPQRTUVWXYZ"
# Signs that stand alone; a slash or a degree sign might then be a digit.
SIGNS = tuple("()[]{}%!?+-=×÷*:;,.$€£#<>&@~'\"√±→✓πΣ")


def digits(rng: np.random.Generator, most: int = 8) -> str:
    """A row of digits; at times all the same, or zeros and ones only."""
    length = int(rng.integers(1, most + 1))
    lot = rng.random()
    if lot < 0.1:
        return str(rng.integers(10)) * length
    if lot < 0.14:
        return "1" * length
    if lot < 0.2:
        return "".join(rng.choice(list("01"), length))
    if lot < 0.3:  # round amounts
        return str(rng.integers(1, 100)) + "0" * max(length - 2, 1)
    return "".join(map(str, rng.integers(0, 10, length)))


def amount(rng: np.random.Generator) -> str:
    """An amount of money or a measure: thousands and decimals set apart, ended by strokes, a unit beside."""
    whole = str(rng.integers(1, 10 ** int(rng.integers(1, 7))))
    if len(whole) > 3 and rng.random() < 0.7:
        mark = str(rng.choice(list(".,'")))
        whole = f"{whole[:-3]}{mark}{whole[-3:]}"
    lot = rng.random()
    if lot < 0.25:
        whole += f"{rng.choice(list('.,'))}{digits(rng, 2)}"
    elif lot < 0.4:
        whole += str(rng.choice([".-", ".--", "-", "=", "/-", ",-", ".", "--"]))
    lot = rng.random()
    if lot < 0.12:
        return f"{rng.choice(list('$€£#*'))}{whole}"
    if lot < 0.2:
        return f"{whole} {rng.choice(_UNITS)}"
    if lot < 0.24:
        return f"*{whole}*" if rng.random() < 0.5 else f"-{whole}"
    return whole


def calculation(rng: np.random.Generator) -> str:
    """A sum, an equation, with brackets and unknowns."""

    def number() -> str:
        return str(rng.integers(10 ** int(rng.integers(1, 5))))

    def term() -> str:
        lot = rng.random()
        if lot < 0.15:
            return f"({number()}{sign()}{number()})"
        if lot < 0.22:
            return f"[{number()}{sign()}{number()}]"
        if lot < 0.4:
            return f"{int(rng.integers(2, 20))}{rng.choice(list('xxxyabn'))}"
        if lot < 0.46:
            return str(rng.choice(list("xxyabn")))
        return number()

    def sign() -> str:
        return str(rng.choice(list("+-×÷+-×*/")))

    text = term()
    for _ in range(int(rng.integers(1, 4))):
        text += sign() + term()
    lot = rng.random()
    text += "=" if lot < 0.2 else f"={number()}" if lot < 0.6 else ""
    text = text.replace("/", "÷") if rng.random() < 0.3 else text
    return " ".join(text) if rng.random() < 0.1 else text


def entry(rng: np.random.Generator) -> str:
    """A date, a time, a telephone number, a share, a score, a number in brackets."""
    day, month, year = (int(rng.integers(1, most)) for most in (32, 13, 100))
    kinds = (
        f"{day}.{month}.{2000 + year}",
        f"{day:02}/{month:02}/{year:02}",
        f"{2000 + year}-{month:02}-{day:02}",
        f"{int(rng.integers(24))}:{int(rng.integers(60)):02}",
        f"{int(rng.integers(101))}%",
        f"{int(rng.integers(10))}:{int(rng.integers(10))}",
        f"({digits(rng, 3)}) {digits(rng, 7)}",
        f"{digits(rng, 4)}-{digits(rng, 5)}",
        f"({digits(rng, 4)})",
        f"[{digits(rng, 3)}]",
        f"{digits(rng, 2)}/{digits(rng, 2)}",
        f"-{digits(rng, 2)}°",
        f"#{digits(rng, 3)}",
        f"{digits(rng, 2)})",
        f"{digits(rng, 1)}.",
        f"{digits(rng, 4)}!",
        f"{digits(rng, 3)}?",
        f"{digits(rng, 3)} {digits(rng, 3)}",
        f"{rng.choice(_VARIABLES)}{digits(rng, 2)}",
        f"{digits(rng, 3)}{rng.choice(_VARIABLES)}",
    )
    return kinds[int(rng.integers(len(kinds)))]


def number(rng: np.random.Generator) -> str:
    """Anything with digits."""
    lot = rng.random()
    if lot < 0.5:
        return digits(rng)
    if lot < 0.68:
        return amount(rng)
    return calculation(rng) if lot < 0.84 else entry(rng)


_VARIABLES = list("ACEFHKMNPRTUXYabcdefhkmnprtuxy")
_LIKE_DIGITS = "OoQDIlZzSsBbGgqTJA", "ОоЗзБбЧчЭэІі"


def word(rng: np.random.Generator) -> str:
    """A word like those of European languages, a label of forms, or of other scripts; no digit in it."""
    lot = rng.random()
    if lot < 0.25:
        return str(_LABELS[int(rng.integers(len(_LABELS)))])
    if lot < 0.4:
        start = int(rng.integers(len(_OTHER)))
        script = _OTHER[max(start - 30, 0) : start + 30]
        return "".join(rng.choice(list(script), int(rng.integers(2, 9))))
    if lot < 0.5:
        return "".join(rng.choice(list(_CAPITALS), int(rng.integers(2, 7))))
    if lot < 0.58:
        return _alike(rng)
    syllables = [
        str(_ONSETS[int(rng.integers(len(_ONSETS)))])
        + _VOWELS[int(rng.integers(len(_VOWELS)))]
        + _CODAS[int(rng.integers(len(_CODAS)))]
        for _ in range(int(rng.integers(1, 4)))
    ]
    made = "".join(syllables)
    if len(made) < 3:
        made += "ne"
    lot = rng.random()
    return made.capitalize() if lot < 0.4 else made.upper() if lot < 0.5 else made


def _alike(rng: np.random.Generator) -> str:
    """Letters in any order, half of them like a digit: only their neighbours say that they are not digits."""
    script = _LIKE_DIGITS[int(rng.integers(len(_LIKE_DIGITS)))]
    others = _CAPITALS + "abcdefhkmnpqrtuvwxyz" if script.isascii() else _CYRILLIC
    return "".join(
        str(rng.choice(list(part))) for part in rng.permutation([script, others] * int(rng.integers(1, 4)))
    )


def signs(rng: np.random.Generator) -> str:
    """Signs without a digit."""
    return "".join(str(rng.choice(SIGNS)) for _ in range(int(rng.integers(1, 6))))
