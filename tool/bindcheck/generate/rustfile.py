"""One Rust file under the generator: its regions read, settled against new text, and written."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Protocol

from bindcheck.fact import fact
from bindcheck.generate.merge import merge
from bindcheck.generate.plan import State
from bindcheck.generate.regions import (
    RUST,
    Region,
    digest,
    find_regions,
    insert_block,
    replace_region,
    wrap,
)


class Merging(Protocol):
    """Takes edits over into another text (see `merge`)."""

    def __call__(self, base: str, ours: str, theirs: str, *, keep: bool = False) -> str | None:
        """The text with the edits; None where both changed the same lines."""


@fact
class Settled:
    """What becomes of a region: its state, and the region's new text (None: left alone).

    `base` is the text as generated, to be remembered; `conflict` a diff for the reader.
    """

    state: State
    wrapped: str | None = None
    base: str = ""
    conflict: str = ""


def settle(
    region: Region | None,
    key: str,
    version: int,
    text: str,
    base: str | None,
    comment: str = RUST,
    interface: str = "",
    indent: str = "",
    known: str = "",
    keep: bool = False,
    merging: Merging = merge,
) -> Settled:
    """Decide about a region that is to hold `text`; `base` is what was generated before.

    Without text the region goes: nothing is needed of what it had.
    `indent` is that of a new region, `known` the hash of the text if it is known. `keep`: in a
    conflict, which `merging` tells, what was edited by hand stays. A base that is not what the
    region's hash tells of is none: a run that was killed between two files leaves one behind.
    """
    indent = region.indent if region is not None else indent
    hashed = known or digest(text, comment)

    def wrapped(body: str) -> str:
        """The region of a body."""
        made = wrap(key, version, hashed, body, comment, interface, indent)
        return made if body.strip() else ""

    fresh = wrapped(text)
    if region is None:
        return Settled(State.MISSING, fresh, text)
    if base is not None and digest(base, comment) != region.hash:
        base = None
    if not region.edited:
        same = region.template == version and region.interface == interface
        if hashed == region.hash and same:
            return Settled(State.CURRENT, None, base or region.body)
        return Settled(State.STALE, fresh, text)
    if hashed == region.hash:
        return Settled(State.EDITED, None, base or text)
    if base is None and not keep:
        return Settled(State.CONFLICT, conflict=_diff(key, region.body, text))
    merged = region.body if base is None else merging(base, region.body, text, keep=keep)
    if merged is None:
        diff = _diff(key, region.body, text)
        return Settled(State.CONFLICT, base=base or "", conflict=diff)
    return Settled(State.STALE, wrapped(merged), text)


def _diff(key: str, ours: str, theirs: str) -> str:
    lines = difflib.unified_diff(
        ours.splitlines(True), theirs.splitlines(True), f"{key} (in the file)", f"{key} (generated)"
    )
    return "".join(lines)


def place(text: str, path: str, key: str, wrapped: str, order: Sequence[str], fallback: int) -> str:
    """`text` with the region written: over the old one, or beside its neighbours in `order`.

    Neighbours in inline modules do not count: a region that is not there yet goes to the top of
    the file. `fallback` is the distance of the insertion point from the end of the text, where no
    region of the same group is there.
    """
    regions = {region.key: region for region in find_regions(text, path)}
    if key in regions:
        return replace_region(text, regions[key], wrapped)
    regions = {one.key: one for one in regions.values() if not one.indent}
    at = order.index(key)
    for before in reversed(order[:at]):
        if before in regions:
            return insert_block(text, regions[before].end, wrapped)
    for after in order[at + 1 :]:
        if after in regions:
            return insert_block(text, regions[after].start, wrapped)
    return insert_block(text, len(text) - fallback, wrapped)
