"""A picture of all cutouts of a bank on a checkerboard, accepted ones first, rejected ones with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.errors import UserError
from anylabel_plus.synthesis.bank import Bank
from anylabel_plus.synthesis.scene import Cutout, Rgba

TILE, TEXT, GAP = 128, 34, 6
_LIGHT, _DARK, _PAPER = 205, 160, 245
_GOOD, _BAD, _INK = (40, 140, 70), (200, 60, 50), (40, 40, 40)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def sheet(bank: Bank, cutouts: Sequence[Cutout], columns: int = 10) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB; a cutout that cannot be read is a crossed-out tile."""
    ordered = sorted(cutouts, key=lambda one: (not one.accepted, one.label, -one.score, one.id))
    columns = max(1, min(columns, len(ordered)))
    rows = max(1, -(-len(ordered) // columns))
    wide, high = TILE + GAP, TILE + TEXT + GAP
    picture: Any = np.full((rows * high + GAP, columns * wide + GAP, 3), _PAPER, np.uint8)
    for number, one in enumerate(ordered):
        y, x = GAP + (number // columns) * high, GAP + (number % columns) * wide
        picture[y : y + TILE, x : x + TILE] = tile(bank, one)
        colour = _GOOD if one.accepted else _BAD
        cv2.rectangle(picture, (x, y), (x + TILE - 1, y + TILE - 1), colour, 2)
        lines = (f"{one.label} {one.score:.2f}", one.reasons[0] if one.reasons else one.id[:8])
        for line, text in enumerate(lines):
            place = (x, y + TILE + 12 + 14 * line)
            ascii_text = text.encode("ascii", "replace").decode()[:24]
            cv2.putText(picture, ascii_text, place, _FONT, 0.34, _INK if line == 0 else colour, 1, cv2.LINE_AA)
    return np.asarray(picture)


def tile(bank: Bank, cutout: Cutout, side: int = TILE) -> NDArray[np.uint8]:
    """One cutout on a checkerboard, (side, side, 3)."""
    board = checkerboard(side, side)
    try:
        pixels = bank.read(cutout)
    except UserError:
        cv2.line(board, (0, 0), (side - 1, side - 1), _BAD, 2)
        cv2.line(board, (0, side - 1), (side - 1, 0), _BAD, 2)
        return board
    scale = min(1.0, (side - 8) / max(pixels.shape[:2]))
    return laid(_scaled(pixels, scale), board)


def checkerboard(width: int, height: int, cell: int = 8) -> NDArray[np.uint8]:
    """(height, width, 3), light and dark grey."""
    y, x = np.mgrid[:height, :width] // cell
    grey = np.where((x + y) % 2, _DARK, _LIGHT).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def laid(pixels: Rgba, board: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``pixels`` in the middle of a copy of ``board``, which is as large or larger."""
    rows, columns = pixels.shape[:2]
    top, left = (board.shape[0] - rows) // 2, (board.shape[1] - columns) // 2
    result = board.copy()
    part = result[top : top + rows, left : left + columns]
    alpha = pixels[..., 3:].astype(np.float32) / 255.0
    part[:] = np.rint(pixels[..., :3] * alpha + part * (1 - alpha)).astype(np.uint8)
    return result


def _scaled(pixels: Rgba, scale: float) -> Rgba:
    if scale >= 1:
        return pixels
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    alpha = pixels[..., 3:].astype(np.float32) / 255.0
    colours = cv2.resize((pixels[..., :3] * alpha).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    share = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)[..., None]
    straight = colours / np.maximum(share, 1e-6)
    return np.asarray(np.clip(np.rint(np.dstack([straight, share * 255.0])), 0, 255), np.uint8)
