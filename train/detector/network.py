"""The detector's network: small, fully convolutional, with maps of three sizes that end in one.

Its shape was chosen untrained, by `bench/networks.py` (milliseconds of one thread of an EPYC):

| stem, quarter, eighth, sixteenth, head, blocks | parameters | 64x320 | 128x640 | ten of 96x96 | learning |
|---|---|---|---|---|---|
| 16, 32, 48, 80, 48, (1, 2, 2) | 419,376 | 1.9 | 7.8 | 9.0 | 9.0 |
| 16, 32, 48, 96, 64, (1, 2, 2) | 533,488 | 2.0 | 8.4 | 9.5 | 9.5 |
| 16, 32, 64, 80, 64, (0, 2, 3) | 607,952 | 2.1 | 9.0 | 10.1 | 10.2 |
| 16, 32, 64, 96, 80, (1, 1, 2) | 553,680 | 2.1 | 9.1 | 10.3 | 9.5 |
| 16, 48, 64, 80, 64, (0, 2, 2) | 522,448 | 2.3 | 9.9 | 10.7 | 10.0 |
| **16, 32, 64, 80, 64, (1, 2, 2)** | 510,992 | 2.3 | 9.7 | 11.3 | 10.5 |
| 16, 32, 64, 96, 64, (1, 2, 2) | 622,768 | 2.4 | 10.3 | 11.6 | 10.0 |

Columns 3 to 5 are of reading, the last one of learning from a crop of 128x160. All are within the 4 ms and
most within the 0.6 million parameters that were set. The chosen one keeps a block at stride 4, where digits
11 pixels high differ, and has the most channels at stride 8, where most digits are.
"""

from dataclasses import dataclass

import torch
from torch import nn

from webcam_digits.reading.detector import CHANNELS, OUTPUTS

_PIXELS = 8.0  # of a distance, a unit of the last layer's output
_RARE = -4.6  # the first presence logit: a digit in a cell in a hundred


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a network is. Channels are multiples of 16, for ONNX Runtime works on so many at once.

    Attributes:
        stem: channels at half the picture's size.
        quarter: channels at stride 4, of the stem's end and of what is put together there.
        eighth: channels at stride 8.
        sixteenth: channels at stride 16.
        head: channels of the last convolution before the output.
        blocks: residual blocks at stride 4, 8 and 16; the last one at stride 16 sees twice as far.
    """

    stem: int = 16
    quarter: int = 32
    eighth: int = 64
    sixteenth: int = 80
    head: int = 64
    blocks: tuple[int, int, int] = (1, 2, 2)


class Network(nn.Module):
    """(n, 4, h, w) as `detector.prepare` gives it -> (n, 16, h / 4, w / 4) as `detector.Maps` holds it.

    Attributes:
        shape: how large it is.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        fine, middle, coarse = shape.blocks
        self.quarter = nn.Sequential(
            *_convolution(len(CHANNELS), shape.stem, stride=2),
            *_convolution(shape.stem, shape.quarter, stride=2),
            *(_Residual(shape.quarter) for _ in range(fine)),
        )
        self.eighth = nn.Sequential(
            *_convolution(shape.quarter, shape.eighth, stride=2),
            *(_Residual(shape.eighth) for _ in range(middle)),
        )
        self.sixteenth = nn.Sequential(
            *_convolution(shape.eighth, shape.sixteenth, stride=2),
            *(_Residual(shape.sixteenth, dilation=1 + (i == coarse - 1)) for i in range(coarse)),
        )
        self.up_sixteenth = _upwards(shape.sixteenth, shape.eighth, size=1)
        self.up_eighth = _upwards(shape.eighth, shape.quarter, size=3)
        self.head = nn.Sequential(*_convolution(shape.quarter, shape.head), nn.Conv2d(shape.head, OUTPUTS, 1))
        last = self.head[-1]
        assert isinstance(last, nn.Conv2d)
        assert last.bias is not None
        nn.init.normal_(last.weight, std=0.01)
        nn.init.constant_(last.bias, 0.0)
        nn.init.constant_(last.bias[0:1], _RARE)
        nn.init.constant_(last.bias[11:15], 1.0)

    def forward(self, prepared: torch.Tensor) -> torch.Tensor:
        """The maps of a batch; h and w are multiples of 16."""
        quarter = self.quarter(prepared)
        eighth = self.eighth(quarter)
        eighth = torch.relu(eighth + self.up_sixteenth(self.sixteenth(eighth)))
        quarter = torch.relu(quarter + self.up_eighth(eighth))
        maps = self.head(quarter)
        return torch.cat([maps[:, :11], maps[:, 11:15] * _PIXELS, maps[:, 15:]], dim=1)

    @property
    def size(self) -> int:
        """How many numbers are learned."""
        return sum(parameter.numel() for parameter in self.parameters())


class _Residual(nn.Module):
    """Two convolutions, whose result is added to what came in."""

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.change = nn.Sequential(
            *_convolution(channels, channels, dilation=dilation),
            *_convolution(channels, channels, dilation=dilation)[:-1],
        )

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """(n, channels, h, w) -> the same."""
        return torch.relu(maps + self.change(maps))


def _convolution(
    inputs: int, outputs: int, size: int = 3, stride: int = 1, dilation: int = 1
) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(inputs, outputs, size, stride, size // 2 * dilation, dilation, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _upwards(inputs: int, outputs: int, size: int) -> nn.Sequential:
    """To twice the size, with the other channels."""
    return nn.Sequential(
        *_convolution(inputs, outputs, size)[:-1], nn.Upsample(scale_factor=2.0, mode="nearest")
    )
