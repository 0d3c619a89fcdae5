"""Where to look when a fact is lacking: the binding by hand, else what the core has for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bindcheck.generate.context import Facts
from bindcheck.generate.pieces import ROLES, Rendered
from bindcheck.model import CoreFunction, EntryKind, EntryPoint


def with_places(
    facts: Facts, wanted: Iterable[Rendered], handmade: Sequence[EntryPoint]
) -> tuple[Rendered, ...]:
    """The pieces, facts that are lacking with `path:line` of the item that they are about."""
    return tuple(
        replace(one, lacking=f"{one.lacking} ({place})")
        if one.lacking and (place := _place(facts, one.piece, handmade))
        else one
        for one in wanted
    )


def core_place(facts: Facts) -> str:
    """`path:line` of a core's function; empty where it has none."""
    pieces = ("single", "batch", "stream")
    return next(filter(None, (_place(facts, piece, ()) for piece in pieces)), "")


def _place(facts: Facts, piece: str, handmade: Sequence[EntryPoint]) -> str:
    program = facts.program
    for entry in handmade:
        if entry.role is ROLES.get(piece):
            function = entry.kind is EntryKind.FUNCTION
            item = program.function(entry.ref) if function else program.struct(entry.ref)
            where = program.location(entry.ref.path, item.name_span)
            return f"{where.path}:{where.line}"
    if piece == "stream" and facts.core.stream is not None:
        ref = facts.core.stream.ref
        where = program.location(ref.path, program.struct(ref).name_span)
        return f"{where.path}:{where.line}"
    found = _function(facts, piece)
    if found is None:
        return ""
    where = program.location(found.ref.path, program.function(found.ref).name_span)
    return f"{where.path}:{where.line}"


def _function(facts: Facts, piece: str) -> CoreFunction | None:
    """The function of the core that a piece is about."""
    core = facts.core
    single = core.with_kernel or core.single or core.into_slice
    batch = core.batch_inner_into or core.batch_with_kernel or core.batch_inner
    return {"single": single, "batch": batch, "batch_inner_into": core.batch_inner}.get(piece)
