"""The model: an encoder that sees the picture once, and a decoder that answers each prompt.

Encoder: EfficientNet-Lite0 and a top-down neck (T.-Y. Lin et al., "Feature Pyramid Networks", CVPR 2017) with features
at strides 32, 16, 8, 4 and 2, and two maps of unit vectors for comparing places. Decoder: the prompt drawn as maps
(K. Sofiiuk et al., "Reviving Iterative Training with Mask Guidance", 2021), the similarity of every place to what the
prompt shows, attention at stride 32, dilated convolutions at stride 16, refinement at strides 8, 4 and 2. Its result
is added to a plain guess drawn from the prompt alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from anylabel_plus.training.pocket.backbone import CHANNELS, Backbone

D32, D16, D8, D4, D2 = 160, 128, 64, 32, 16
SIMILAR8, SIMILAR4 = 64, 16
OUTPUTS = 3
"""Masks an answer has: the main one and two others."""

_MAPS = 12
_SIMS8, _SIMS4 = 6, 4
_FACTS = 8
_MASK_LIMIT = 10.0

Features = dict[str, Tensor]


@dataclass
class Prompts:
    """B prompts on one input frame (pixels of the encoder's input, pixel centres at +0.5).

    points (B, N, 2) xy; labels (B, N) 1 include, 0 exclude, -1 padding; boxes (B, 4) xyxy; has_box (B,);
    mask (B, 1, H / 4, W / 4) logits of the previous mask within -10..10; has_mask (B,). All float32.
    """

    points: Tensor
    labels: Tensor
    boxes: Tensor
    has_box: Tensor
    mask: Tensor
    has_mask: Tensor


def _conv(channels_in: int, channels_out: int, kernel: int = 3, dilation: int = 1) -> nn.Sequential:
    padding = dilation * (kernel // 2)
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, kernel, padding=padding, dilation=dilation, bias=False),
        nn.BatchNorm2d(channels_out, momentum=0.05),
        nn.ReLU(inplace=True),
    )


def _up(x: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)


class _Residual(nn.Module):
    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.conv = _conv(channels, channels, 3, dilation)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x)


class Encoder(nn.Module):
    """Picture to features; see ``forward``."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone
        c2, c4, c8, c16, c32 = CHANNELS
        self.lateral32 = _conv(c32, D32, 1)
        self.around32 = _Residual(D32)
        self.lateral16, self.from32 = _conv(c16, D16, 1), nn.Conv2d(D32, D16, 1)
        self.merge16 = _Residual(D16)
        self.lateral8, self.from16 = _conv(c8, D8, 1), nn.Conv2d(D16, D8, 1)
        self.merge8 = _Residual(D8)
        self.lateral4, self.from8 = _conv(c4, D4, 1), nn.Conv2d(D8, D4, 1)
        self.merge4 = _Residual(D4)
        self.lateral2 = _conv(c2 + 3, D2, 3)
        self.similar8 = nn.Conv2d(D16 + D8, SIMILAR8, 1)
        self.similar4 = nn.Conv2d(D4 + D2, SIMILAR4, 1)

    def forward(self, image: Tensor) -> Features:
        """Features of ``image`` (B, 3, H, W) RGB 0..255, H and W multiples of 32.

        f32, f16, f8, f4, f2 by stride; e8 and e4 unit vectors at strides 8 and 4.
        """
        x = (image - 127.0) / 128.0
        t2, t4, t8, t16, t32 = self.backbone(x)
        f32 = self.around32(self.lateral32(t32))
        f16 = self.lateral16(t16)
        f16 = self.merge16(f16 + _up(self.from32(f32), f16))
        f8 = self.lateral8(t8)
        f8 = self.merge8(f8 + _up(self.from16(f16), f8))
        f4 = self.lateral4(t4)
        f4 = self.merge4(f4 + _up(self.from8(f8), f4))
        f2 = self.lateral2(torch.cat([t2, functional.avg_pool2d(x, 2).to(t2.dtype)], 1))
        e8 = self.similar8(torch.cat([f8, _up(f16, f8)], 1))
        e4 = self.similar4(torch.cat([f4, functional.avg_pool2d(f2, 2)], 1))
        return {"f32": f32, "f16": f16, "f8": f8, "f4": f4, "f2": f2, "e8": _unit(e8), "e4": _unit(e4)}


def _unit(x: Tensor) -> Tensor:
    x = x.float()
    return x / torch.sqrt((x * x).sum(1, keepdim=True) + 1e-6)


class _Attention(nn.Module):
    """One pre-norm transformer layer over all places of a coarse map."""

    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.qkv = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)
        self.wide, self.narrow = nn.Linear(channels, 2 * channels), nn.Linear(2 * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        batch, places, channels = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(batch, places, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        weights = torch.softmax((q @ k.transpose(-1, -2)) * (channels // self.heads) ** -0.5, -1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(batch, places, channels))
        return x + self.narrow(functional.relu(self.wide(self.norm2(x))))


def _grid(height: int, width: int, stride: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """Centres of the cells of a map in input pixels: x (1, 1, 1, W) and y (1, 1, H, 1)."""
    x = (torch.arange(width, device=like.device, dtype=torch.float32) + 0.5) * stride
    y = (torch.arange(height, device=like.device, dtype=torch.float32) + 0.5) * stride
    return x.reshape(1, 1, 1, -1), y.reshape(1, 1, -1, 1)


def _blobs(prompts: Prompts, label: float, sigma: float, stride: int, height: int, width: int) -> Tensor:
    """(B, 1, H, W): the highest of the Gaussians around the points of one label."""
    x, y = _grid(height, width, stride, prompts.points)
    px, py = prompts.points[..., 0, None, None], prompts.points[..., 1, None, None]
    near = torch.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * sigma * sigma))
    near = near * (prompts.labels == label).float()[..., None, None]
    return near.amax(1, keepdim=True)


def _box_map(prompts: Prompts, soft: float, stride: int, height: int, width: int) -> Tensor:
    """(B, 1, H, W): 1 inside the box, falling over ``soft`` pixels at its sides; 0 without a box."""
    x, y = _grid(height, width, stride, prompts.boxes)
    x1, y1, x2, y2 = (part[..., None, None] for part in prompts.boxes.unsqueeze(-1).unbind(1))
    across = torch.sigmoid((x - x1) / soft) * torch.sigmoid((x2 - x) / soft)
    down = torch.sigmoid((y - y1) / soft) * torch.sigmoid((y2 - y) / soft)
    return across * down * prompts.has_box[:, None, None, None]


def _box_middle(prompts: Prompts, stride: int, height: int, width: int) -> Tensor:
    """(B, 1, H, W): a Gaussian as wide as the box; 0 without a box."""
    x, y = _grid(height, width, stride, prompts.boxes)
    x1, y1, x2, y2 = (part[..., None, None] for part in prompts.boxes.unsqueeze(-1).unbind(1))
    dx = (x - (x1 + x2) / 2) / (0.25 * (x2 - x1) + 2.0)
    dy = (y - (y1 + y2) / 2) / (0.25 * (y2 - y1) + 2.0)
    return torch.exp(-0.5 * (dx * dx + dy * dy)) * prompts.has_box[:, None, None, None]


def _prototypes(embedded: Tensor, weights: Tensor) -> Tensor:
    """Similarity (B, K, H, W), -1..1, of each place to the mean vector under each of K weight maps, 0 if empty."""
    batch, kinds = weights.shape[:2]
    total = weights.sum((2, 3))
    flat = embedded.flatten(2)
    vectors = weights.flatten(2) @ flat.transpose(1, 2) / (total + 1e-4)[..., None]
    vectors = vectors / torch.sqrt((vectors * vectors).sum(-1, keepdim=True) + 1e-6)
    found = (vectors @ flat).reshape(batch, kinds, *embedded.shape[-2:])
    return found * (total > 1e-3).float()[..., None, None]


class Decoder(nn.Module):
    """Features and prompts to masks; see ``forward``."""

    def __init__(self) -> None:
        super().__init__()
        self.enter32 = _conv(D32 + _MAPS + _SIMS8, D16, 1)
        self.attend = nn.ModuleList(_Attention(D16) for _ in range(2))
        self.enter16 = _conv(D16 + _MAPS + _SIMS8, D16, 3)
        self.film = nn.Sequential(nn.Linear(D16 + _FACTS, D16), nn.ReLU(), nn.Linear(D16, 2 * D16))
        self.blocks16 = nn.ModuleList(_Residual(D16, dilation) for dilation in (1, 2, 4, 1))
        self.down16 = nn.Conv2d(D16, D8, 1)
        self.enter8 = _conv(D8 + D8 + _MAPS + _SIMS8, D8, 1)
        self.blocks8 = nn.ModuleList(_Residual(D8, dilation) for dilation in (1, 2, 1))
        self.rough = nn.Conv2d(D8, OUTPUTS, 1)
        self.down8 = nn.Conv2d(D8, D4, 1)
        self.enter4 = _conv(D4 + D4 + 5 + _SIMS4 + OUTPUTS, D4, 1)
        self.blocks4 = nn.ModuleList(_Residual(D4, dilation) for dilation in (1, 2))
        self.spread = nn.Conv2d(D4, 4 * D2, 1)
        self.block2 = _conv(D2 + D2, D2, 3)
        self.fine = nn.Conv2d(D2, OUTPUTS, 3, padding=1)
        self.score = nn.Sequential(nn.Linear(D8 + D16 + OUTPUTS, 96), nn.ReLU(), nn.Linear(96, OUTPUTS))
        self.prior_gain = nn.Parameter(torch.tensor([2.0, 4.0, 1.0]))
        for layer in (self.rough, self.fine):
            nn.init.normal_(layer.weight, std=1e-3)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)

    def forward(self, features: Features, prompts: Prompts) -> tuple[Tensor, Tensor, Tensor]:
        """Masks for B prompts on features of batch B (or 1, shared by all prompts).

        Returns:
            logits (B, 3, H / 2, W / 2), the main mask first; scores (B, 3), the expected IoU as a logit; and the rough
            logits at stride 8 (B, 3, H / 8, W / 8). H and W are the encoder's input size.
        """
        batch = prompts.points.shape[0]
        features = {name: value.expand(batch, -1, -1, -1) for name, value in features.items()}
        maps8, sims8 = self._seen8(features, prompts)
        seen8 = torch.cat([maps8, sims8], 1).to(features["f8"].dtype)
        seen16 = functional.avg_pool2d(seen8, 2)
        x16, pooled = self._stage16(features, prompts, seen16, maps8)
        x8 = self.enter8(torch.cat([_up(self.down16(x16), features["f8"]), features["f8"], seen8], 1))
        for block in self.blocks8:
            x8 = block(x8)
        rough = self.rough(x8).float() + self._prior(prompts, maps8)
        logits = self._refine(features, prompts, x8, rough)
        return logits, self._scores(x8, pooled, rough), rough

    def _seen8(self, features: Features, prompts: Prompts) -> tuple[Tensor, Tensor]:
        """Prompt maps (B, 12, h, w) and similarities (B, 6, h, w) at stride 8."""
        height, width = features["f8"].shape[-2:]
        shape = (8, height, width)
        previous = torch.sigmoid(functional.avg_pool2d(prompts.mask, 2)) * prompts.has_mask[:, None, None, None]
        near, far = _blobs(prompts, 1.0, 10.0, *shape), _blobs(prompts, 0.0, 10.0, *shape)
        box, middle = _box_map(prompts, 4.0, *shape), _box_middle(prompts, *shape)
        wide = [_blobs(prompts, 1.0, sigma, *shape) for sigma in (32.0, 96.0)]
        dot = _blobs(prompts, 1.0, 4.0, *shape)
        no_dot, no_wide = _blobs(prompts, 0.0, 4.0, *shape), _blobs(prompts, 0.0, 32.0, *shape)
        boxed = prompts.has_box[:, None, None, None].expand_as(box)
        masked = prompts.has_mask[:, None, None, None].expand_as(box)
        maps = torch.cat([near, *wide, dot, far, no_dot, no_wide, box, middle, previous, boxed, masked], 1)
        outside = (1 - _box_map(prompts, 4.0, *shape)) * _box_map(_grown(prompts), 4.0, *shape)
        sure, not_it = torch.relu(previous - 0.5), torch.relu(0.5 - previous) * masked
        weights = torch.cat([near, far, middle, outside, sure, not_it], 1)
        return maps, _prototypes(features["e8"], weights)

    def _stage16(self, features: Features, prompts: Prompts, seen16: Tensor, maps8: Tensor) -> tuple[Tensor, Tensor]:
        """The map at stride 16 (B, 128, h, w) and what it says about the prompted place (B, 128)."""
        x32 = self.enter32(torch.cat([features["f32"], functional.avg_pool2d(seen16, 2)], 1))
        height, width = x32.shape[-2:]
        tokens = x32.flatten(2).transpose(1, 2)
        for layer in self.attend:
            tokens = layer(tokens)
        x32 = tokens.transpose(1, 2).reshape(-1, D16, height, width)
        x16 = self.enter16(torch.cat([features["f16"], seen16], 1))
        x16 = x16 + _up(x32, x16)
        # where the prompt points to: near clicks, the middle of the box, the previous mask
        where = functional.avg_pool2d(torch.maximum(torch.maximum(maps8[:, :1], maps8[:, 8:9]), maps8[:, 9:10]), 2)
        pooled = (x16.float() * where).sum((2, 3)) / (where.sum((2, 3)) + 1e-4)
        scale, shift = self.film(torch.cat([pooled, self._facts(prompts, maps8)], 1)).chunk(2, 1)
        x16 = x16 * (1 + scale[..., None, None]) + shift[..., None, None]
        for block in self.blocks16:
            x16 = block(x16)
        return x16, pooled

    def _facts(self, prompts: Prompts, maps8: Tensor) -> Tensor:
        """(B, 8): how many clicks, how large the box and the previous mask are."""
        boxed, masked = prompts.has_box, prompts.has_mask
        sides = torch.log((prompts.boxes[:, 2:] - prompts.boxes[:, :2]).clamp(min=4.0) / 64.0) * boxed[:, None]
        counts = torch.stack([(prompts.labels == value).float().sum(1).clamp(max=6.0) / 3.0 for value in (1.0, 0.0)], 1)
        area = torch.log(maps8[:, 9].sum((1, 2)).clamp(min=1.0)) / 4.0
        return torch.cat([sides, counts, boxed[:, None], masked[:, None], area[:, None], area[:, None] ** 2], 1)

    def _prior(self, prompts: Prompts, maps: Tensor) -> Tensor:
        """(B, 1, h, w) logits of the plain guess: inside the box, near clicks, as before."""
        near, wide, far, middle, previous = maps[:, :1], maps[:, 1:2], maps[:, 4:5], maps[:, 8:9], maps[:, 9:10]
        masked = prompts.has_mask[:, None, None, None]
        gain = self.prior_gain
        guess = gain[0] * (2 * middle + wide - 1.0) + gain[2] * (near - far)
        return guess * (1 - masked) + (gain[1] * (previous - 0.5) + gain[2] * (near - far)) * masked

    def _refine(self, features: Features, prompts: Prompts, x8: Tensor, rough: Tensor) -> Tensor:
        """From stride 8 to logits at stride 2."""
        height, width = features["f4"].shape[-2:]
        coarse = _up(rough, features["f4"])
        previous = torch.sigmoid(prompts.mask) * prompts.has_mask[:, None, None, None]
        near, far = (_blobs(prompts, label, 4.0, 4, height, width) for label in (1.0, 0.0))
        around = torch.sigmoid(coarse[:, :1])
        weights = torch.cat([near, far, torch.relu(around - 0.5), torch.relu(0.5 - around)], 1)
        sims = _prototypes(features["e4"], weights)
        maps = torch.cat([near, far, _box_map(prompts, 2.0, 4, height, width), previous, around], 1)
        seen4 = torch.cat([maps, sims, coarse / 4.0], 1).to(features["f4"].dtype)
        x4 = self.enter4(torch.cat([_up(self.down8(x8), features["f4"]), features["f4"], seen4], 1))
        for block in self.blocks4:
            x4 = block(x4)
        x2 = functional.pixel_shuffle(self.spread(x4), 2)
        x2 = self.block2(torch.cat([x2, features["f2"]], 1))
        return self.fine(x2).float() + _up(coarse, features["f2"])

    def _scores(self, x8: Tensor, pooled: Tensor, rough: Tensor) -> Tensor:
        """(B, 3) expected IoU as a logit."""
        inside = torch.sigmoid(rough[:, :1])
        within = (x8.float() * inside).sum((2, 3)) / (inside.sum((2, 3)) + 1e-3)
        sure = torch.sigmoid(rough.abs()).mean((2, 3))
        return self.score(torch.cat([within.detach(), pooled.detach(), sure.detach()], 1)).float()


def _grown(prompts: Prompts) -> Prompts:
    """The same with boxes half as large again."""
    x1, y1, x2, y2 = prompts.boxes.unbind(1)
    dx, dy = 0.25 * (x2 - x1) + 8.0, 0.25 * (y2 - y1) + 8.0
    boxes = torch.stack([x1 - dx, y1 - dy, x2 + dx, y2 + dy], 1)
    return Prompts(prompts.points, prompts.labels, boxes, prompts.has_box, prompts.mask, prompts.has_mask)


class Pocket(nn.Module):
    """Encoder and decoder together, as they are trained and stored."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.encoder = Encoder(backbone)
        self.decoder = Decoder()
