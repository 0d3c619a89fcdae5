"""Whether the core of a batch is to be split, and what is left of an earlier split."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from bindcheck.fact import replace
from bindcheck.generate.context import Facts
from bindcheck.generate.keys import region_key
from bindcheck.generate.pieces import expected
from bindcheck.generate.regions import Region
from bindcheck.generate.style import STRICT

_PIECE = "batch_inner_into"


def splits(facts: Facts, held: Collection[str]) -> bool:
    """Whether the batch core is to be split: it is not, or by us, in one of `held`."""
    core = facts.core
    ours = region_key(facts.program, core, _PIECE) in held
    wanted = core.batch_inner_into is None or ours
    usual = facts.style.name != STRICT and facts.style.unsafe
    return usual and wanted and expected(core, _PIECE)


def unsplit(facts: Facts, regions: Iterable[Region]) -> Facts:
    """The facts without what was split out of the core as it was, unless somebody has edited that.

    Where the core cannot be split any more, its batch does without.
    """
    key = region_key(facts.program, facts.core, _PIECE)
    if any(region.key == key and region.edited for region in regions):
        return facts
    return replace(facts, core=replace(facts.core, batch_inner_into=None))
