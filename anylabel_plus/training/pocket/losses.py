"""What the masks are trained on."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_EDGE_WEIGHT = 2.0


def _edges(target: Tensor) -> Tensor:
    """1 in a band of two cells around the outline of ``target`` (B, 1, H, W), 0 elsewhere."""
    return functional.max_pool2d(target, 5, 1, 2) + functional.max_pool2d(-target, 5, 1, 2)


def mask_losses(logits: Tensor, target: Tensor) -> Tensor:
    """(B, K) loss of each of K masks: normalised focal loss + cross-entropy that minds the edges + Dice.

    The normalised focal loss is that of K. Sofiiuk et al., "AdaptIS", 2019: its weights, not its values, sum to one.

    Args:
        logits: (B, K, H, W).
        target: (B, 1, H, W) share of each cell that is foreground, 0..1.
    """
    weight = (1 + _EDGE_WEIGHT * _edges(target)).expand_as(logits)
    target = target.expand_as(logits)
    plain = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    probability = torch.sigmoid(logits)
    off = (probability - target).abs()
    focus = off.detach() ** 2
    focal = (plain * focus).sum((2, 3)) / (focus.sum((2, 3)) + 1.0)
    cross = (plain * weight).sum((2, 3)) / weight.sum((2, 3))
    overlap = (probability * target).sum((2, 3))
    dice = 1 - (2 * overlap + 1) / (probability.sum((2, 3)) + target.sum((2, 3)) + 1)
    return 0.5 * focal + cross + dice


def ious(logits: Tensor, target: Tensor) -> Tensor:
    """(B, K) IoU of the masks at the threshold 0 with ``target`` (B, 1, H, W) at one half."""
    found, real = logits > 0, (target > 0.5).expand_as(logits)
    return (found & real).sum((2, 3)).float() / (found | real).sum((2, 3)).float().clamp(min=1)


def total(logits: Tensor, scores: Tensor, rough: Tensor, target: Tensor) -> Tensor:
    """The loss of a batch, a scalar: the main mask, the better of the others, the rough masks, the expected IoU."""
    each = mask_losses(logits, target)
    small = functional.avg_pool2d(target, rough_stride(target, rough))
    coarse = mask_losses(rough, small)
    main = each[:, 0] + 0.4 * coarse[:, 0]
    other = each[:, 1:].amin(1) + 0.4 * coarse[:, 1:].amin(1)
    spread = each[:, 1:].mean(1)
    expected = functional.mse_loss(torch.sigmoid(scores), ious(logits, target))
    return (main + 0.3 * other + 0.02 * spread).mean() + 0.5 * expected


def rough_stride(target: Tensor, rough: Tensor) -> int:
    """Cells of ``target`` along a cell of ``rough``."""
    return int(target.shape[-1] // rough.shape[-1])
