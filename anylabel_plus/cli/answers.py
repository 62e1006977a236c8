"""Answers of ``segment`` as plain data: one spelling for single images and batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anylabel_plus.inference.protocol import Answer


def answer_json(image: str, answer: Answer) -> dict[str, Any]:
    """The stable JSON form of an answer; ``image`` as the user named it."""
    return {
        "image": image,
        "width": answer.width,
        "height": answer.height,
        "model": answer.info.id,
        "provider": answer.info.provider,
        "candidates": [candidate_json(candidate, answer) for candidate in answer.candidates],
        "timing_ms": dict(answer.timing_ms),
    }


def candidate_json(candidate: Any, answer: Answer) -> dict[str, Any]:
    from anylabel_plus.core import masks

    left, top, right, bottom = (int(edge) for edge in masks.bounds(candidate.mask))
    return {
        "score": round(float(candidate.score), 6),
        "area": candidate.mask.area,
        "bbox": [left, top, right - left, bottom - top],
        "rle": masks.rle_encode(candidate.mask, answer.width, answer.height),
    }
