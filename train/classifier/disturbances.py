"""Glyphs with what a hurried camera leaves in them: ground, bands, specks, blots, scratches.

After `augment` every glyph lies on a clean ground. A network that has only seen such ground falls to whatever
a threshold once lets through (Mu and Gilmer, MNIST-C, arXiv 1906.02337, show how far), so that a share of
the glyphs are disturbed, each in one way, on the device that trains.
"""

from collections.abc import Callable

import torch

SHARE = 0.06  # of the glyphs


def disturb(glyphs: torch.Tensor) -> torch.Tensor:
    """(n, 1, 28, 28) float32 in 0..1 as they were, but for a share of them, drawn by lot."""
    lot = torch.rand(len(glyphs), device=glyphs.device)
    ways: tuple[Callable[[torch.Tensor], torch.Tensor], ...] = (_ground, _band, _specks, _blots, _scratch)
    disturbed = glyphs.clone()
    for number, way in enumerate(ways):
        chosen = (lot * len(ways) / SHARE).long() == number
        if chosen.any():
            disturbed[chosen] = way(glyphs[chosen]).clamp(0, 1)
    return disturbed


def _ground(glyphs: torch.Tensor) -> torch.Tensor:
    """On a lighter or cloudy ground."""
    level = _uniform(glyphs, 0.1, 0.85) * (1 - _uniform(glyphs, 0, 1) * _clouds(glyphs, 4))
    return torch.where(_uniform(glyphs, 0, 1) < 0.5, glyphs + level, glyphs * (1 - level) + level)


def _band(glyphs: torch.Tensor) -> torch.Tensor:
    """White and black exchanged on one or both sides of an edge."""
    along, _ = _turned(glyphs)
    start, width = _uniform(glyphs, -0.8, 0.3), _uniform(glyphs, 0.3, 1.6)
    outside = (along < start) | (along > start + width)
    return torch.where(outside, 1 - glyphs, glyphs)


def _specks(glyphs: torch.Tensor) -> torch.Tensor:
    """Single pixels black, white or grey."""
    hit = torch.rand_like(glyphs) < _uniform(glyphs, 0.02, 0.4)
    grey = torch.rand_like(glyphs)
    return torch.where(hit, torch.where(_uniform(glyphs, 0, 1) < 0.7, grey.round(), grey), glyphs)


def _blots(glyphs: torch.Tensor) -> torch.Tensor:
    """Splashes of ink."""
    blots = (_clouds(glyphs, 10) > _uniform(glyphs, 0.72, 0.95)).float() * _uniform(glyphs, 0.5, 1)
    return torch.maximum(glyphs, blots)


def _scratch(glyphs: torch.Tensor) -> torch.Tensor:
    """A straight or zigzag line across, whole or dotted."""
    along, across = _turned(glyphs)
    turns = (along * _uniform(glyphs, 0.5, 3) + _uniform(glyphs, 0, 1)) % 1
    height = _uniform(glyphs, 0, 1) * (4 * (turns - 0.5).abs() - 1) + _uniform(glyphs, -0.5, 0.5)
    steep = _uniform(glyphs, 1, 3)  # a zigzag's line is thinner across than along it
    line = (across - height).abs() < _uniform(glyphs, 0.03, 0.1) * steep
    dots = (along * _uniform(glyphs, 3, 6)) % 1 < _uniform(glyphs, 0.3, 2)
    return torch.maximum(glyphs, (line & dots).float() * _uniform(glyphs, 0.6, 1))


def _turned(glyphs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Two coordinates of each pixel, -1..1, in a frame that is turned at random."""
    side = torch.linspace(-1, 1, glyphs.shape[-1], device=glyphs.device)
    y, x = side[:, None], side[None, :]
    angle = _uniform(glyphs, 0, 2 * torch.pi)
    straight = torch.where(_uniform(glyphs, 0, 1) < 0.5, (angle * 2 / torch.pi).round() * torch.pi / 2, angle)
    cos, sin = straight.cos(), straight.sin()
    return x * cos + y * sin, y * cos - x * sin


def _clouds(glyphs: torch.Tensor, coarse: int) -> torch.Tensor:
    """Smooth fields, 0..1, with `coarse` hills along a side."""
    hills = torch.rand(len(glyphs), 1, coarse, coarse, device=glyphs.device)
    field = torch.nn.functional.interpolate(hills, glyphs.shape[-2:], mode="bicubic", align_corners=False)
    return field.clamp(0, 1)


def _uniform(glyphs: torch.Tensor, least: float, most: float) -> torch.Tensor:
    """(n, 1, 1, 1), one number for each glyph."""
    return torch.empty(len(glyphs), 1, 1, 1, device=glyphs.device).uniform_(least, most)
