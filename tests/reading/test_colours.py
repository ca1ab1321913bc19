"""Colours that mean different things are told apart, also by those who lack a kind of cone."""

from itertools import combinations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from webcam_digits.drawing.canvas import GREEN, ORANGE, PURPLE, SKY, VERMILION, WHITE, YELLOW

# Linear RGB as seen without one kind of cones: Machado, Oliveira, Fernandes (2009), at severity 1.
SIGHTS = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TOGETHER = {
    "rows": (SKY, ORANGE, GREEN, YELLOW, PURPLE),
    "verdicts": (YELLOW, SKY, PURPLE, ORANGE),
    "status line": (WHITE, VERMILION, YELLOW, SKY),
}


def seen(colour, sight):
    rgb = np.array(colour[::-1]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(SIGHTS[sight] @ linear, 0, 1)
    return rgb2lab(np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055))


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("use", TOGETHER)
def test_colours_that_stand_together_are_told_apart(use, sight):
    """Two colours side by side are told apart from about 2 on; from 10 on at a glance."""
    for one, other in combinations(TOGETHER[use], 2):
        assert deltaE_ciede2000(seen(one, sight), seen(other, sight)) > 10, (one, other)
