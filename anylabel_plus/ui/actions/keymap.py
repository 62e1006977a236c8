"""Which keys each action has now: the preset of the settings over the rows."""

from __future__ import annotations

from anylabel_plus.settings import Settings
from anylabel_plus.ui.actions import ACTIONS
from anylabel_plus.ui.actions.presets import PRESETS, Keys, resolve


def keys_of_preset(preset: str) -> dict[str, Keys]:
    """Action id -> keys, for every action."""
    return resolve({row.id: row.keys for row in ACTIONS}, PRESETS[preset])


def keys_in_force(settings: Settings) -> dict[str, Keys]:
    """Action id -> keys, for every action, as the settings have it."""
    return keys_of_preset(settings.get("keys.preset"))
