"""Three-way merge by lines: what a person changed in generated text, and what the generator did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from bindcheck.fact import fact


@fact
class _Sync:
    """Lines that all three texts share: where they begin in each, and how many."""

    base: int
    ours: int
    theirs: int
    size: int


def merge(base: str, ours: str, theirs: str, *, keep: bool = False) -> str | None:
    """`ours` with the changes from `base` to `theirs`; None where both changed the same lines.

    `keep`: there `ours` stays as it is.
    """
    base_lines, our_lines, their_lines = (one.splitlines(True) for one in (base, ours, theirs))
    merged: list[str] = []
    at = _Sync(0, 0, 0, 0)
    for sync in _syncs(base_lines, our_lines, their_lines):
        mine = our_lines[at.ours : sync.ours]
        chunk = _choose(base_lines[at.base : sync.base], mine, their_lines[at.theirs : sync.theirs])
        if chunk is None:
            if not keep:
                return None
            chunk = mine
        merged += chunk
        merged += base_lines[sync.base : sync.base + sync.size]
        at = _Sync(sync.base + sync.size, sync.ours + sync.size, sync.theirs + sync.size, 0)
    return "".join(merged)


def _choose(base: list[str], ours: list[str], theirs: list[str]) -> list[str] | None:
    if ours in (theirs, base):
        return theirs
    return ours if theirs == base else None


def _syncs(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> Iterator[_Sync]:
    """Runs of lines that are unchanged on both sides, the last one empty at the end of all."""
    left = _matches(base, ours)
    right = _matches(base, theirs)
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i][0], right[j][0])
        end = min(left[i][0] + left[i][2], right[j][0] + right[j][2])
        if start < end:
            yield _Sync(
                start,
                left[i][1] + start - left[i][0],
                right[j][1] + start - right[j][0],
                end - start,
            )
        if left[i][0] + left[i][2] < right[j][0] + right[j][2]:
            i += 1
        else:
            j += 1
    yield _Sync(len(base), len(ours), len(theirs), 0)


def _matches(base: Sequence[str], other: Sequence[str]) -> list[tuple[int, int, int]]:
    matcher = SequenceMatcher(None, base, other, autojunk=False)
    return [(block.a, block.b, block.size) for block in matcher.get_matching_blocks() if block.size]
