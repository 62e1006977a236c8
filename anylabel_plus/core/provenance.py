"""Where a shape came from. A shape without provenance was drawn by a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Source = Literal["human", "model", "import", "synthesis"]
SOURCES: tuple[Source, ...] = ("human", "model", "import", "synthesis")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Origin of one shape; stored under the JSON key ``provenance`` of the shape.

    It holds no time, so that re-runs of a job give the same bytes. ``prompt`` is plain JSON data
    (for example ``{"box": [x1, y1, x2, y2]}`` in upright image pixels). ``reviewed`` means that a
    person accepted the shape, ``edited`` that a person changed its geometry or label afterwards.
    ``extra`` keeps keys that a later version wrote.
    """

    source: Source
    model: str | None = None
    weights_sha256: str | None = None
    score: float | None = None
    prompt: Mapping[str, Any] | None = None
    reviewed: bool = False
    edited: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    def as_edited(self) -> Provenance:
        """The same origin, marked as changed by a person."""
        return self if self.edited else replace(self, edited=True)

    def as_reviewed(self) -> Provenance:
        """The same origin, marked as accepted by a person."""
        return self if self.reviewed else replace(self, reviewed=True)

    @property
    def untouched_by_people(self) -> bool:
        """True when a model made the shape and no person has reviewed or edited it."""
        return self.source == "model" and not self.reviewed and not self.edited


def source_of(provenance: Provenance | None) -> Source:
    """The source to show for a shape; a shape without provenance is human."""
    return "human" if provenance is None else provenance.source


def shown_source(provenance: Provenance | None) -> Source:
    """The source as lists, filters and counts tell it: a person's edit makes a model's shape a person's."""
    if provenance is not None and provenance.source == "model" and provenance.edited:
        return "human"
    return source_of(provenance)
