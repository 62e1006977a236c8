"""What the command palette finds: actions, labels, settings and, in slices, the files of the folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from anylabel_plus.settings import SETTINGS
from anylabel_plus.ui.actions import ACTIONS
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.menus import ActionSet
from anylabel_plus.ui.session import Session

FILES_SHOWN = 20
FILES_FROM_LETTERS = 2
SLICE_S = 0.004
"""So long the files are searched before the window gets its turn again."""
BEHIND_COMMANDS = 20
"""A setting comes behind a command with the same words, wherever in the title they begin."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: its own name among recent ones, where it belongs, what it says, its key, what it does."""

    id: str
    title: str
    place: str
    icon: str
    run: Callable[[], object]
    key: str = ""
    enabled: bool = True


def score(text: str, query: str) -> int | None:
    """How well ``query`` fits: smaller is better, None when its letters do not occur in order."""
    low, want = text.casefold(), query.casefold().strip()
    if not want:
        return 0
    at = low.find(want)
    if at >= 0:
        return at if at == 0 or low[at - 1] in " ," else at + 20
    position = -1
    for letter in want.replace(" ", ""):
        position = low.find(letter, position + 1)
        if position < 0:
            return None
    return 100 + position


def entries(session: Session, actions: ActionSet, open_setting: Callable[[str], object]) -> list[Entry]:
    """Everything but files, actions first."""
    found = [
        Entry(
            f"action {row.id}",
            tr(row.title).rstrip("…"),
            tr(row.submenu or row.menu),
            row.icon,
            partial(actions.run, row.id),
            actions.shortcut(row.id),
            actions[row.id].isEnabled(),
        )
        for row in ACTIONS
        if row.id != "commands"
    ]
    place = tr("Label")
    found += [Entry(f"label {name}", name, place, "label", partial(session.set_label, name)) for name in session.labels]
    place = tr("Settings")
    found += [
        Entry(f"setting {row.key}", tr(row.label), place, "settings", partial(open_setting, row.key))
        for row in SETTINGS
        if not row.removed and not row.renamed_to
    ]
    return found


def ranked(found: Sequence[Entry], query: str, recent: Sequence[str]) -> list[Entry]:
    """Those that fit, best first; without a search the recent ones, then the others in their order."""
    fitting = []
    for number, entry in enumerate(found):
        points = score(f"{entry.title} {entry.place}", query)
        if points is not None and entry.id.startswith("setting"):
            points += BEHIND_COMMANDS
        if points is not None and (query.strip() or entry.id.startswith(("action", "label")) or entry.id in recent):
            used = recent.index(entry.id) if entry.id in recent else len(recent)
            fitting.append((points, used, not entry.enabled, number, entry))
    fitting.sort(key=lambda row: row[:4])
    return [row[4] for row in fitting]


def files(session: Session, query: str) -> Iterator[list[Entry]]:
    """Files of the folder whose name contains ``query``; yields after each slice of work, also with nothing."""
    wanted = query.casefold().strip()
    if len(wanted) < FILES_FROM_LETTERS:
        return
    place, shown, found = tr("File"), 0, []
    end = time.perf_counter() + SLICE_S
    for row in range(len(session.files)):
        item = session.files[row]
        if wanted in item.name.casefold():
            found.append(Entry(f"file {row}", item.relative, place, "ph.image", partial(session.open_row, row)))
            shown += 1
        if shown == FILES_SHOWN:
            break
        if row % 64 == 63 and time.perf_counter() > end:
            yield found
            found, end = [], time.perf_counter() + SLICE_S
    yield found
