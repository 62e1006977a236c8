"""The split of a data set and the validation firewall, as far as synthesis needs it.

    assign(root, {"a/1.jpg": "val"})           # a few images; FirewallError when a rule forbids it
    split_by_ratio(root, (8, 1, 1, 0), seed=1)
    held = held_out([root])
    held.reason(path)                          # why a file may not be used for training pictures, or None

``split_file``: the file; ``image_kinds``: captured or made by a machine; rules: the two rules; fingerprints, held_out:
copies of held-out images; ledger, origins: what composites were made from; dividing, assigning: changes.
"""

from __future__ import annotations

from anylabel_plus.dataset.image_kinds import KINDS, image_kind, is_made
from anylabel_plus.dataset.split_file import HELD_OUT, NAMES, PARTS, Splits, dataset_of, datasets_of, part_named
from anylabel_plus.dataset.splits.assigning import Division, assign, split_by_ratio
from anylabel_plus.dataset.splits.dividing import Item, divide, parse_ratio
from anylabel_plus.dataset.splits.fingerprints import content_hash
from anylabel_plus.dataset.splits.held_out import HeldOut, held_out
from anylabel_plus.dataset.splits.ledger import record_uses, uses
from anylabel_plus.dataset.splits.rules import check_parts

__all__ = [
    "HELD_OUT",
    "KINDS",
    "NAMES",
    "PARTS",
    "Division",
    "HeldOut",
    "Item",
    "Splits",
    "assign",
    "check_parts",
    "content_hash",
    "dataset_of",
    "datasets_of",
    "divide",
    "held_out",
    "image_kind",
    "is_made",
    "parse_ratio",
    "part_named",
    "record_uses",
    "split_by_ratio",
    "uses",
]
