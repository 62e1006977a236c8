"""Clicks that come together, answered as if they had come one by one.

The pocket model learnt to correct: each click was given with the mask that the clicks before it had made. A prompt that
holds several clicks and no mask is therefore played from its start. What was played last is remembered, so that a click
added to a prompt costs one step.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from anylabel_plus.inference.base import Prompt
from anylabel_plus.inference.cell_masks import Logits

_EMBEDDINGS, _STEPS = 6, 64

Key = tuple[Any, ...]
Arrays = Mapping[str, NDArray[Any]]


def series(prompt: Prompt, most: int) -> list[Prompt]:
    """``prompt`` as at most ``most`` prompts, each with one click more than the one before; the last is the whole.

    A box is asked alone first. A prompt with a previous mask needs no playing.
    """
    if prompt.mask is not None or prompt.logits is not None:
        return [prompt]
    included = (index for index, point in enumerate(prompt.points) if point[2])
    start = 0 if prompt.box is not None else next(included, len(prompt.points) - 1) + 1
    counts = range(start, len(prompt.points) + 1)[-most:]
    return [replace(prompt, points=prompt.points[:count]) for count in counts]


class Memory:
    """Answers of recent steps, as previous logits (H / 4, W / 4), for the embeddings used last."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, tuple[Arrays, OrderedDict[Key, Logits]]] = OrderedDict()

    def of(self, arrays: Arrays) -> OrderedDict[Key, Logits]:
        """What is known for the embedding that ``arrays`` belong to; may be added to with ``keep``."""
        number = id(arrays)  # the entry holds the arrays, so no other mapping can have their number
        entry = self._known.setdefault(number, (arrays, OrderedDict()))
        self._known.move_to_end(number)
        while len(self._known) > _EMBEDDINGS:
            self._known.popitem(last=False)
        return entry[1]


def key(steps: list[Prompt], index: int) -> Key:
    """What the answer of step ``index`` depends on: the prompt, and the click its series began with."""
    return steps[index].box, steps[index].points, len(steps[0].points)


def keep(known: OrderedDict[Key, Logits], name: Key, logits: Logits) -> None:
    """Remember an answer; the oldest is forgotten."""
    known[name] = logits
    while len(known) > _STEPS:
        known.popitem(last=False)


def begin(known: OrderedDict[Key, Logits], steps: list[Prompt]) -> tuple[int, Logits | None]:
    """The first step that has to be asked, and the answer before it."""
    for index in range(len(steps) - 2, -1, -1):
        found = known.get(key(steps, index))
        if found is not None:
            return index + 1, found
    return 0, None
