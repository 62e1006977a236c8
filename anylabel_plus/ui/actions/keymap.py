"""Which keys each action has now: keys of the user's own over the preset over the rows; how they are changed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from anylabel_plus.core.errors import UserError
from anylabel_plus.key_names import check_keys
from anylabel_plus.settings import ROWS, Settings
from anylabel_plus.ui.actions import ACTIONS, BY_ID
from anylabel_plus.ui.actions.presets import PRESETS, Keys, Table, resolve
from anylabel_plus.ui.language import tr


def keys_of_preset(preset: str) -> dict[str, Keys]:
    """Action id -> keys, for every action, without keys of the user's own."""
    return resolve({row.id: row.keys for row in ACTIONS}, PRESETS[preset])


def keys_in_force(settings: Settings) -> dict[str, Keys]:
    """Action id -> keys, for every action, as the settings have it."""
    own: Table = {action_id: tuple(keys) for action_id, keys in settings.get("keys.own").items()}
    return resolve({row.id: row.keys for row in ACTIONS}, own, PRESETS[settings.get("keys.preset")])


def user_of(settings: Settings, key: str) -> str:
    """The id of the action that has ``key`` now; empty when it is free."""
    return next((action_id for action_id, keys in keys_in_force(settings).items() if key in keys), "")


def give(settings: Settings, action_id: str, keys: Keys) -> None:
    """Let an action have exactly ``keys``; whoever has one of them now loses it."""
    now = keys_in_force(settings)
    own = dict(settings.get("keys.own"))
    for other, others in now.items():
        left = [key for key in others if key not in keys]
        if other != action_id and len(left) < len(others) and other in own:
            own[other] = left
    own[action_id] = list(keys)
    settings.set("keys.own", own)


def reset(settings: Settings, action_id: str) -> None:
    """Let an action have the keys of the preset again."""
    own = dict(settings.get("keys.own"))
    if own.pop(action_id, None) is not None:
        settings.set("keys.own", own)


def reset_all(settings: Settings) -> None:
    """Forget all keys of the user's own."""
    settings.set("keys.own", {})


def to_file(settings: Settings) -> bytes:
    """The preset and the user's own keys as the text of a file that ``from_file`` takes."""
    data = {"preset": settings.get("keys.preset"), "keys": settings.get("keys.own")}
    return json.dumps(data, indent=2, ensure_ascii=False).encode() + b"\n"


def from_file(settings: Settings, path: Path) -> list[str]:
    """Take over a file of ``to_file``; returns the ids of actions in it that are not known here.

    Raises:
        UserError: the file cannot be read or is not such a file; nothing is changed then.
    """
    try:
        data = json.loads(path.read_bytes())
        if not isinstance(data, dict) or not isinstance(data.get("preset"), str):
            raise ValueError('"preset" is missing')
        preset = ROWS["keys.preset"].check(data["preset"])
        own = check_keys(data.get("keys", {}))
    except OSError as error:
        raise UserError(tr("{file}: not read ({reason}).", file=path, reason=error.strerror)) from error
    except ValueError as error:
        raise UserError(tr("{file}: this is no file of exported keys ({reason}).", file=path, reason=error)) from error
    doubled = [key for key, count in Counter(key for keys in own.values() for key in keys).items() if count > 1]
    if doubled:
        raise UserError(
            tr("{file}: {key} is given to two actions.", file=path, key=doubled[0]), tr("Remove it from one of them.")
        )
    settings.set("keys.preset", preset)
    settings.set("keys.own", {action_id: keys for action_id, keys in own.items() if action_id in BY_ID})
    return [action_id for action_id in own if action_id not in BY_ID]
