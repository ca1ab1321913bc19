import click
import pytest

from webcam_digits.cli.params import Finite, Roi, Share, Size
from webcam_digits.types import Box


def convert(kind, text):
    return kind.convert(text, None, None)


def test_a_region():
    assert convert(Roi(), "100,50,640x360") == Box(100, 50, 640, 360)
    assert convert(Roi(), " 0,0,1X1 ") == Box(0, 0, 1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1,2,3",
        "1,2,3,4",
        "-1,2,3x4",
        "1,2,3x",
        "1.5,2,3x4",
        "1,2,3x4x5",
        "1,2,123456x4",
        "\u0661,2,3x4",
    ],
)
def test_a_region_of_another_form(text):
    with pytest.raises(click.BadParameter, match="is not like 100,50,640x360"):
        convert(Roi(), text)


@pytest.mark.parametrize("text", ["1,2,0x4", "1,2,3x0"])
def test_a_region_without_area(text):
    with pytest.raises(click.BadParameter, match="no width or no height"):
        convert(Roi(), text)


def test_a_size():
    assert convert(Size(), "1280x720") == (1280, 720)
    for text in ("", "1280", "1280x", "0x720", "1280x0", "99999x480", "480x99999", "1e3x9", "\u0661x2"):
        with pytest.raises(click.BadParameter, match="is not like 1280x720"):
            convert(Size(), text)


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("90%", "0.9"),
        ("85 %", "0.85"),
        ("90", "0.9"),
        ("nan", "0.9"),
        ("most", "0.9"),
        ("-3", "0.9"),
        ("999", "0.9"),
    ],
)
def test_what_is_not_a_share_is_refused_with_one(text, example):
    assert convert(Share(), "0.9") == 0.9
    with pytest.raises(click.BadParameter, match=rf"is not from 0 to 1: give a share such as {example}\."):
        convert(Share(), text)


def test_a_finite_number():
    assert convert(Finite(0), "3") == 3
    for text in ("inf", "nan"):
        with pytest.raises(click.BadParameter, match="is not a finite number"):
            convert(Finite(0), text)
