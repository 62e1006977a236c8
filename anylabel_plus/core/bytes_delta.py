"""What two byte strings have in common at their ends: the least that tells a file from the one before."""

from __future__ import annotations


def common_ends(old: bytes, new: bytes) -> tuple[int, int]:
    """Lengths of the common head and of the common tail behind it."""
    head = _common_head(old, new)
    return head, _common_head(old[head:][::-1], new[head:][::-1])


def _common_head(old: bytes, new: bytes) -> int:
    low, high = 0, min(len(old), len(new))
    while low < high:  # compares halves: as fast as memory
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
