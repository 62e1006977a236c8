"""Changing the split of a data set: a few images by hand, or all by a ratio. Both keep the rules of the firewall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from anylabel_plus.dataset import hidden_json, split_file
from anylabel_plus.dataset.hidden_json import Progress
from anylabel_plus.dataset.split_file import HELD_OUT, NONE, TRAIN, Splits
from anylabel_plus.dataset.splits import fingerprints, ledger
from anylabel_plus.dataset.splits.dividing import Item, Ratio, divide
from anylabel_plus.dataset.splits.origins import Sight
from anylabel_plus.dataset.splits.rules import Refusal, refusals, refuse


def assign(
    root: Path, changes: Mapping[str, str], labels_dir: Path | None = None, progress: Progress | None = None
) -> Splits:
    """Put images into parts; all of them or, when one may not, none.

    Args:
        root: the data set.
        changes: relative path -> train, val, test or none.
        labels_dir: folder of the label files, None: beside the images.
        progress: called while val and test images are looked at and their fingerprints taken.

    Returns:
        The split as it is now.

    Raises:
        FirewallError: a rule forbids it (``rules``).
        UserError: no such image or part, a damaged or newer split file, or one that cannot be written.
        Cancelled: by ``progress``; nothing was changed.
    """
    root = Path(root)
    with hidden_json.alone(hidden_json.hidden_file(root, split_file.NAME)):
        splits = Splits.load(root)
        refuse(root, changes, refusals(splits, changes, labels_dir, progress))
        return _saved(splits.with_(changes), progress)


def _saved(splits: Splits, progress: Progress | None) -> Splits:
    # Taken before the file is written: cancelled here, nothing has changed; later they would be taken again.
    fingerprints.of_images(splits.root, splits.images(*HELD_OUT), progress)
    splits.save()
    return Splits.load(splits.root)


@dataclass(frozen=True, slots=True)
class Division:
    """What a division by ratio did. ``changed`` images have another part now; ``kept`` had one before and were not
    touched; ``held_back`` are in training because the rules forbid them elsewhere, with the reason."""

    splits: Splits
    changed: int = 0
    kept: int = 0
    held_back: Mapping[str, str] = field(default_factory=dict)


def split_by_ratio(
    root: Path,
    ratio: Ratio,
    seed: int = 0,
    *,
    everything: bool = False,
    labels_dir: Path | None = None,
    progress: Progress | None = None,
) -> Division:
    """Divide the images of a data set; the same for the same seed, names and earlier parts.

    Images that have a part keep it, unless ``everything``. Composites, and images that composites were made from, go
    to training. Exact copies stay together. Images that are gone leave the split.

    Raises:
        UserError, FirewallError, Cancelled: as ``assign``.
    """
    root = Path(root)
    sight = Sight(root, labels_dir)
    names = [item.relative for item in sight.items]
    with hidden_json.alone(hidden_json.hidden_file(root, split_file.NAME)):
        splits = Splits.load(root)
        copies = sight.copies()
        items = [Item(name, copies.get(name, name)) for name in names]
        here = set(names)
        kept = {} if everything else {name: part for name, part in splits.parts.items() if name in here}
        gone = dict.fromkeys((name for name in splits.parts if name not in here), NONE)
        back = _first_refused(root, here)
        while True:
            fixed = {**kept, **dict.fromkeys(back, TRAIN)}
            planned = divide(items, ratio, seed, fixed)
            changes = {name: part for name, part in planned.items() if part != splits.part(name)}
            # Those that stay held out are looked at again: they may have been written into the file by hand.
            looked_at = {name: part for name, part in planned.items() if part in HELD_OUT} | changes
            found = refusals(splits, looked_at, labels_dir, progress, near=False, sight=sight)
            new = {name: one for name, one in found.items() if name not in back and planned[name] in HELD_OUT}
            if not new:
                refuse(root, looked_at, found)
                break
            back.update(new)
        after = _saved(splits.with_({**changes, **gone}), progress)
    reasons = {name: one.reason for name, one in back.items()}
    return Division(after, len(changes), sum(name not in back for name in kept), reasons)


def _first_refused(root: Path, here: set[str]) -> dict[str, Refusal]:
    """Images that composites were made from: known at once, where others are found when they are to be held out."""
    return {
        name: Refusal(f"composites in {outs[0]} were made from it", "")
        for name, outs in ledger.uses_of(root, here).items()
    }
