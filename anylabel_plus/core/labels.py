"""Which colour a label has: a slot of the palette, taken once and kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

PALETTE: tuple[str, ...] = (
    "#FF9F1C", "#4FB3FF", "#23A878", "#F4E04D", "#F04A63", "#7C54F0", "#EFA9E4", "#A8EFE6",
    "#CC22AA", "#22FF99", "#887700", "#99BB55", "#BB5588", "#7788FF", "#6677BB", "#99CC99",
    "#88FF77", "#AA6633", "#FF77BB", "#FF7744", "#668855", "#77DDFF", "#77CC77", "#BB77DD",
)  # fmt: skip
"""The order matters: the first eight stay apart in every kind of colour sight."""

DASHES: tuple[tuple[int, ...], ...] = ((), (6, 3), (2, 3))
"""Line patterns of the first, second and third round through the palette."""

CLOSE_DELTA_E = 10.0
"""Colours nearer than this (CIE 1976) are hard to tell apart."""


def color_of(slot: int) -> str:
    """``#RRGGBB`` of a slot; from slot 24 on the palette starts again."""
    return PALETTE[slot % len(PALETTE)]


def cycle_of(slot: int) -> int:
    """How often the palette has been used up before this slot: 0, 1, 2 …"""
    return slot // len(PALETTE)


def dash_of(slot: int) -> tuple[int, ...]:
    """Dash pattern that tells rounds through the palette apart; empty for a solid line."""
    return DASHES[min(cycle_of(slot), len(DASHES) - 1)]


def rgb(color: str) -> tuple[int, int, int]:
    """0 to 255 each of ``#RRGGBB``; raises ValueError for another text."""
    if len(color) != 7 or color[0] != "#":
        raise ValueError(f"a colour is written #RRGGBB, not {color!r}")
    try:
        return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
    except ValueError:
        raise ValueError(f"a colour is written #RRGGBB, not {color!r}") from None


def _linear(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)


def luminance(color: str) -> float:
    """Relative luminance by WCAG, 0 to 1."""
    red, green, blue = map(_linear, rgb(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def text_on(color: str) -> str:
    """Black or white, whichever has more contrast on ``color`` (at least 4.5 to 1)."""
    light = luminance(color)
    return "#FFFFFF" if 1.05 / (light + 0.05) > (light + 0.05) / 0.05 else "#000000"


def _lab(color: str) -> tuple[float, float, float]:
    red, green, blue = map(_linear, rgb(color))
    xyz = (
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883,
    )
    x, y, z = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def delta_e(a: str, b: str) -> float:
    """Distance of two colours as seen (CIE 1976)."""
    return float(sum((p - q) ** 2 for p, q in zip(_lab(a), _lab(b), strict=True)) ** 0.5)


@dataclass(frozen=True, slots=True)
class LabelColors(Mapping[str, int]):
    """Label to palette slot, in the order in which the labels came. A value: changes make a new one.

    A label takes the lowest free slot once; renaming and sorting never recolour it. ``custom``
    holds colours that the user chose, which go before the slot's.
    """

    slots: Mapping[str, int] = field(default_factory=dict)
    custom: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, label: str) -> int:
        return self.slots[label]

    def __iter__(self) -> Iterator[str]:
        return iter(self.slots)

    def __len__(self) -> int:
        return len(self.slots)

    def with_labels(self, labels: Iterable[str]) -> LabelColors:
        """With a slot for each label that has none yet; itself when all have one."""
        slots = dict(self.slots)
        used = set(slots.values())
        free = 0
        for label in labels:
            if label in slots:
                continue
            while free in used:
                free += 1
            slots[label] = free
            used.add(free)
        return self if len(slots) == len(self.slots) else replace(self, slots=slots)

    def without(self, label: str) -> LabelColors:
        """Without a label; its slot is free again."""
        if label not in self.slots:
            return self
        return LabelColors(
            {name: slot for name, slot in self.slots.items() if name != label},
            {name: color for name, color in self.custom.items() if name != label},
        )

    def renamed(self, old: str, new: str) -> LabelColors:
        """The colour of ``old`` under the name ``new``; a ``new`` that exists keeps its own."""
        if old not in self.slots or old == new:
            return self
        if new in self.slots:
            return self.without(old)
        return LabelColors(
            {new if name == old else name: slot for name, slot in self.slots.items()},
            {new if name == old else name: color for name, color in self.custom.items()},
        )

    def with_color(self, label: str, color: str | None) -> LabelColors:
        """With a chosen colour for a label, or with that of its slot for None.

        Raises:
            ValueError: ``color`` is not ``#RRGGBB``.
        """
        known = self.with_labels((label,))
        custom = {name: value for name, value in known.custom.items() if name != label}
        if color is not None:
            rgb(color)
            custom[label] = color.upper()
        return replace(known, custom=custom)

    def in_order(self, names: Iterable[str]) -> LabelColors:
        """With these labels first, in this order; the others keep theirs behind, all keep their colours."""
        first = [name for name in dict.fromkeys(names) if name in self.slots]
        order = dict.fromkeys((*first, *self.slots))
        return replace(self, slots={name: self.slots[name] for name in order})

    def slot(self, label: str) -> int:
        """The slot of a label, for an unknown one the slot that it would get."""
        known = self.slots.get(label)
        return self.with_labels((label,)).slots[label] if known is None else known

    def color(self, label: str) -> str:
        """``#RRGGBB`` to draw a label in."""
        return self.custom.get(label) or color_of(self.slot(label))

    def dash(self, label: str) -> tuple[int, ...]:
        """Dash pattern to draw a label with; solid where the user chose the colour."""
        return () if label in self.custom else dash_of(self.slot(label))

    def too_close(self, label: str, color: str) -> str | None:
        """Another label whose colour can hardly be told from ``color``, the closest one, or None."""
        others = [(delta_e(color, self.color(name)), name) for name in self.slots if name != label]
        distance, name = min(others, default=(CLOSE_DELTA_E, ""))
        return name if distance < CLOSE_DELTA_E else None

    def to_json(self) -> dict[str, Any]:
        """Plain data for the project's file."""
        return {"slots": dict(self.slots), "custom": dict(self.custom)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LabelColors:
        """The way back of ``to_json``; what does not fit is left out and gets a new slot or colour."""
        slots: dict[str, int] = {}
        given = data.get("slots")
        for label, slot in given.items() if isinstance(given, Mapping) else ():
            if type(slot) is int and slot >= 0 and slot not in slots.values():
                slots[str(label)] = slot
        chosen = data.get("custom")
        result = cls(slots)
        for label, color in chosen.items() if isinstance(chosen, Mapping) else ():
            try:
                result = result.with_color(str(label), str(color))
            except ValueError:
                continue
        return result
