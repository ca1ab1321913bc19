"""The network: small enough for every frame of a webcam on one core."""

import torch
from torch import nn

from webcam_digits.glyphs import GLYPH_SIZE


class DigitNet(nn.Module):
    """Five convolutions and one fully connected layer.

    The first convolution takes every other pixel: it costs a quarter and loses nothing that the five by five
    field does not see. (n, 1, 28, 28) float32 in 0..1 -> (n, classes) logits.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        side = GLYPH_SIZE // 4
        self.features = nn.Sequential(
            *_convolution(1, 32, size=5, stride=2),
            *_convolution(32, 32),
            *_convolution(32, 64, stride=2),
            *_convolution(64, 64),
            *_convolution(64, 64),
            nn.Flatten(),
            nn.Dropout(0.3),
        )
        self.classify = nn.Linear(64 * side * side, classes)

    def forward(self, glyphs: torch.Tensor) -> torch.Tensor:
        """Logits of a batch."""
        logits: torch.Tensor = self.classify(self.features(glyphs))
        return logits


def _convolution(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )
