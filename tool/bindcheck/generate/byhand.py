"""Bindings by hand, and whether the batch core beside them is ours to split."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bindcheck.analysis.program import Program
from bindcheck.generate.context import Facts
from bindcheck.generate.keys import region_key
from bindcheck.generate.pieces import ROLES, expected
from bindcheck.generate.style import STRICT
from bindcheck.model import CoreApi, EntryKind, EntryPoint, Span


def bindings_by_hand(program: Program, core: CoreApi, spans: Sequence[Span]) -> list[EntryPoint]:
    """Functions and classes of the core that stand outside its regions."""
    return [
        entry
        for entry in program.entries_of(core)
        if entry.active
        and entry.kind in (EntryKind.FUNCTION, EntryKind.CLASS)
        and entry.role in ROLES.values()
        and not (
            entry.ref.path == core.path
            and any(span.contains(entry.attribute.span) for span in spans)
        )
    ]


def is_split(facts: Facts, held: Collection[str]) -> bool:
    """Whether the batch core is to be split: it is not yet, or was split by us."""
    core = facts.core
    ours = region_key(facts.program, core, "batch_inner_into") in held
    wanted = core.batch_inner_into is None or ours
    usual = facts.style.name != STRICT and facts.style.unsafe
    return usual and wanted and expected(core, "batch_inner_into")
