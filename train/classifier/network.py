"""The networks: those to choose of for glyphs, and one for chains; each small enough for every frame."""

import torch
from torch import nn

from webcam_digits.reading.glyphs import GLYPH_SIZE
from webcam_digits.reading.legacy.chains import CHAIN_HEIGHT

_BLOCK = 16  # channels that ONNX Runtime works on at once: others of a block cost as much as a whole one
_SIDE = GLYPH_SIZE // 4  # of the maps that the convolutions end in


class Network(nn.Module):
    """(n, 1, 28, 28) float32 in 0..1 -> (n, classes) logits.

    Attributes:
        features: the convolutions, to (n, channels, 7, 7); of an `mlp`, which has none, the hidden layers.
        head: from there to the logits; its last layer is the only one that depends on the labels.
    """

    def __init__(self, features: nn.Sequential, head: nn.Sequential) -> None:
        super().__init__()
        self.features = features
        self.head = head

    def forward(self, glyphs: torch.Tensor) -> torch.Tensor:
        """Logits of a batch."""
        logits: torch.Tensor = self.head(self.features(glyphs))
        return logits

    @property
    def size(self) -> int:
        """How many numbers are learned."""
        return sum(parameter.numel() for parameter in self.parameters())


def build(arch: str, classes: int, width: float = 1.0) -> Network:
    """A new network, its weights drawn at random.

    Args:
        arch: which one, of `recipe.ARCHITECTURES`.
        classes: how many logits, "not one of them" among them.
        width: factor of its layers' sizes, which stay multiples of 16.
    """
    return {"mlp": _mlp, "cnn": _cnn, "resnet": _resnet}[arch](classes, width)


class ChainNetwork(nn.Module):
    """(n, 1, 32, w) float32 in 0..1 -> (n, w / 2, classes) logits, from left to right.

    Convolutions take the height away and leave the width; two more look to the left and right.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        left = CHAIN_HEIGHT // 8  # of the height
        self.features = nn.Sequential(
            *_convolution(1, 16, size=5, stride=2),
            *_convolution(16, 32, stride=(2, 1)),
            *_convolution(32, 48, stride=(2, 1)),
            *_convolution(48, 48),
            *_convolution(48, 64, size=(left, 3), padding=(0, 1)),
            *_convolution(64, 64, size=(1, 5), padding=(0, 4), dilation=2),
            *_convolution(64, 64, size=(1, 3), padding=(0, 2), dilation=2),
            nn.Dropout(0.1),
        )
        self.head = nn.Conv2d(64, classes, 1)

    def forward(self, chains: torch.Tensor) -> torch.Tensor:
        """Logits of a batch."""
        logits: torch.Tensor = self.head(self.features(chains))
        return logits.squeeze(2).transpose(1, 2)

    @property
    def size(self) -> int:
        """How many numbers are learned."""
        return sum(parameter.numel() for parameter in self.parameters())


def _mlp(classes: int, width: float) -> Network:
    """Two hidden layers: what can be had without convolutions."""
    wide, narrow = _channels(192, width), _channels(128, width)
    features = nn.Sequential(nn.Flatten(), *_dense(GLYPH_SIZE**2, wide), *_dense(wide, narrow))
    return Network(features, nn.Sequential(nn.Linear(narrow, classes)))


def _cnn(classes: int, width: float) -> Network:
    """Five convolutions and one fully connected layer.

    The first convolution takes every other pixel: it costs a quarter and loses nothing that the five by five
    field does not see.
    """
    few, some, many = (_channels(designed, width) for designed in (16, 32, 64))
    features = nn.Sequential(
        *_convolution(1, few, size=5, stride=2),
        *_convolution(few, some),
        *_convolution(some, many, stride=2),
        *_convolution(many, many),
        *_convolution(many, many),
    )
    return Network(
        features, nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(many * _SIDE**2, classes))
    )


def _resnet(classes: int, width: float) -> Network:
    """The first convolution of `cnn`, three residual blocks (He et al. 2016), and the mean of each map."""
    few, many = _channels(32, width), _channels(64, width)
    features = nn.Sequential(
        *_convolution(1, few, size=5, stride=2),
        _Residual(few, few),
        _Residual(few, many, stride=2),
        _Residual(many, many),
    )
    return Network(features, nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(many, classes)))


class _Residual(nn.Module):
    """Two convolutions, whose result is added to what came in (projected where the shape changes)."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.change = nn.Sequential(
            *_convolution(inputs, outputs, stride=stride), *_convolution(outputs, outputs)[:-1]
        )
        same = inputs == outputs and stride == 1
        projection = nn.Sequential(*_convolution(inputs, outputs, size=1, stride=stride)[:-1])
        self.shortcut = nn.Identity() if same else projection
        self.activation = nn.ReLU(inplace=True)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """(n, inputs, h, w) -> (n, outputs, h / stride, w / stride)."""
        result: torch.Tensor = self.activation(self.shortcut(maps) + self.change(maps))
        return result


def _channels(designed: int, width: float) -> int:
    return max(round(designed * width / _BLOCK), 1) * _BLOCK


def _convolution(
    inputs: int,
    outputs: int,
    size: int | tuple[int, int] = 3,
    stride: int | tuple[int, int] = 1,
    padding: tuple[int, int] | None = None,
    dilation: int = 1,
) -> tuple[nn.Module, ...]:
    """With so much padding, or as much as keeps the size."""
    high, wide = size if isinstance(size, tuple) else (size, size)
    same = high // 2, wide // 2
    around = same if padding is None else padding
    return (
        nn.Conv2d(inputs, outputs, (high, wide), stride, around, dilation, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _dense(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    return (
        nn.Linear(inputs, outputs, bias=False),
        nn.BatchNorm1d(outputs),
        nn.ReLU(inplace=True),
        nn.Dropout(0.2),
    )
