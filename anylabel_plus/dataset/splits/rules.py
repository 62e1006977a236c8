"""The validation firewall, as far as synthesis needs it: two rules that every change of a split must keep.

A. An image that a machine made is never in val or test.
B. No training image shows pixels of a val or test image: an image goes to val or test only when no composite made from
   it is left and no exact copy of it is for training; an image goes to training only when it is no copy of a held-out
   one, and, as a composite, was not made from one.

Known without fail: composites by the mark in their file or by their label file; uses by the data set's ledger and by
the label files of composites in the data set; exact copies. Known as ``fingerprints`` say: copies that were saved anew
or resized, when an image goes to training, of up to ``NEAR_MOST`` images at once. Not known: a composite that was
copied elsewhere without its folder and label file and saved anew by another program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from anylabel_plus.core.errors import FirewallError, UserError
from anylabel_plus.dataset.hidden_json import Progress
from anylabel_plus.dataset.image_kinds import KINDS, image_kind, is_made
from anylabel_plus.dataset.scan import EXTENSIONS
from anylabel_plus.dataset.split_file import HELD_OUT, NAMES, NONE, TRAIN, Splits, datasets_of
from anylabel_plus.dataset.splits import ledger
from anylabel_plus.dataset.splits.held_out import held_out_of
from anylabel_plus.dataset.splits.origins import Sight, Used, sources_in

NEAR_MOST = 500
"""So many images going to training are compared with the held-out ones by their looks; beyond, exact copies only."""
FEW = 100
"""Of so many images the label files are looked for one by one; of more, all in the data set."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an image may not go where it was sent, and what to do about it."""

    reason: str
    hint: str


def check_parts(root: Path, changes: Mapping[str, str], labels_dir: Path | None = None) -> None:
    """Whether some images may go into these parts; nothing is written.

    Args:
        root: the data set.
        changes: relative path -> train, val, test or none.
        labels_dir: folder of the label files, None: beside the images.

    Raises:
        FirewallError: one of them may not; names image, reason and what to do.
        UserError: no such image or part, or the split file is damaged.
    """
    splits = Splits.load(root)
    refuse(Path(root), changes, refusals(splits, changes, labels_dir))


def refuse(root: Path, changes: Mapping[str, str], found: Mapping[str, Refusal]) -> None:
    """Raises the FirewallError for what was found, if anything was."""
    if not found:
        return
    name, first = next(iter(found.items()))
    more = f" ({len(found) - 1} more images are refused too.)" if len(found) > 1 else ""
    where = NAMES[changes[name]]
    raise FirewallError(f"{root / name}: cannot be in the {where} split: {first.reason}.{more}", first.hint)


def refusals(
    splits: Splits,
    changes: Mapping[str, str],
    labels_dir: Path | None = None,
    progress: Progress | None = None,
    near: bool = True,
    sight: Sight | None = None,
) -> dict[str, Refusal]:
    """Relative path -> refusal, of those changes of a split that break a rule; ``near`` as ``NEAR_MOST`` says;
    ``sight`` is what was looked at before for the same data set.

    Raises:
        UserError: no such image or part, or the ledger of composites is damaged.
        Cancelled: by ``progress``.
    """
    must_exist(splits, changes)
    after, sight = splits.with_(changes), sight or Sight(splits.root, labels_dir)
    held = [name for name, part in changes.items() if part in HELD_OUT]
    found = _refused_held(after, held, sight, progress) if held else {}
    trained = [name for name, part in changes.items() if part == TRAIN]
    if trained:
        found.update(_refused_train(after, trained, sight, near=near and len(trained) <= NEAR_MOST))
    return found


def must_exist(splits: Splits, changes: Mapping[str, str]) -> None:
    """Raises UserError for the first name that is no image of the data set; what is gone can still be put nowhere."""
    root = splits.root
    if not root.is_dir():
        raise UserError(f"{root}: is not a folder.", "Give the folder that holds the images.")
    for name, part in changes.items():
        if part == NONE and name in splits.parts:
            continue
        parts = name.split("/")
        inside = not any(one in ("", "..") or one.startswith(".") for one in parts)
        if not inside or Path(name).suffix.lower() not in EXTENSIONS or not (root / name).is_file():
            raise UserError(
                f"{name}: is no image of the data set {root}.", "Give its path below the data set's folder."
            )


# To val or test ---------------------------------------------------------------------------------


def _refused_held(after: Splits, names: list[str], sight: Sight, progress: Progress | None) -> dict[str, Refusal]:
    root = after.root
    used, used_here = ledger.uses_of(root, names), sight.used()
    found: dict[str, Refusal] = {}
    for number, name in enumerate(names, 1):
        refusal = _as_made(root / name, sight.made.get(name)) or _as_used(root, name, used, used_here)
        if refusal is not None:
            found[name] = refusal
        if progress is not None:
            progress(number, len(names))
    twins = sight.copies_among([*names, *after.images(TRAIN)])
    trained = {hashed: name for name, hashed in twins.items() if after.part(name) == TRAIN}
    for name in names:
        if name in twins and name not in found:
            twin = trained.get(twins[name])
            if twin is not None:
                found[name] = Refusal(
                    f"it is a copy of {twin}, which is in the training split",
                    f"Put {twin} into the same part, or take it out of the training split.",
                )
    return found


def _as_made(path: Path, label: Path | None) -> Refusal | None:
    """``label`` is the label file where that may say that the image is made."""
    kind = image_kind(path, label or path / "none")
    if not is_made(kind):
        return None
    title = KINDS[kind].title.lower() if kind in KINDS else kind
    return Refusal(f"it is a {title}, made by a machine", "Only captured images measure; leave it in training.")


def _as_used(root: Path, name: str, used: Mapping[str, list[Path]], here: Used) -> Refusal | None:
    outs = used.get(name)
    if outs:
        more = f" and {len(outs) - 1} more folders" if len(outs) > 1 else ""
        return Refusal(
            f"composites in {outs[0]}{more} were made from it",
            "Delete these composites first, or leave it in training.",
        )
    composite = here.composite_of(root, name)
    if composite is None or composite == name:
        return None
    return Refusal(
        f"the composite {composite} was made from it", "Delete this composite first, or leave it in training."
    )


# To training ------------------------------------------------------------------------------------


def _refused_train(after: Splits, names: list[str], sight: Sight, near: bool) -> dict[str, Refusal]:
    root = after.root
    found: dict[str, Refusal] = {}
    held = after.images(*HELD_OUT)
    if held:
        looks = held_out_of([after], keep=False) if near else None
        twins = {} if near else sight.copies_among([*names, *held])
        kept = {twins[name]: name for name in held if name in twins}
        for name in names:
            reason = looks.reason(root / name) if looks is not None else _copy(kept.get(twins.get(name, "")))
            if reason is not None:
                found[name] = Refusal(f"it {reason}", "Put both into the same part.")
    known, few = {root.absolute(): after}, len(names) <= FEW
    for name in names:
        label = sight.made_label(name, few) if name not in found else b""
        if label and (reason := _made_from_held(label, known)) is not None:
            found[name] = Refusal(reason, "Delete this composite, or take that image out of its part.")
    return found


def _copy(of: str | None) -> str | None:
    return None if of is None else f"is a copy of {of}, which is held out"


def _made_from_held(label: bytes, known: dict[Path, Splits]) -> str | None:
    """Why a composite with this label file may not be trained on: an image that it was made from is held out."""
    for source in sources_in(label):
        path = Path(source.dataset, source.image)
        for root in datasets_of(path.parent) if path.is_absolute() else ():
            if root not in known:
                known[root] = Splits.load(root)
            part = known[root].part(path.relative_to(root).as_posix())
            if part in HELD_OUT:
                return f"it was made from {path}, which is in the {NAMES[part]} split"
    return None
