"""Where to look when a fact is lacking: the binding by hand, else what the core has for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bindcheck.generate.context import Facts
from bindcheck.generate.pieces import ROLES, Rendered
from bindcheck.model import CoreFunction, EntryKind, EntryPoint, Span


def with_places(
    facts: Facts,
    wanted: Iterable[Rendered],
    handmade: Sequence[EntryPoint],
    texts: Mapping[str, Sequence[Span]],
) -> tuple[Rendered, ...]:
    """The pieces, facts that are lacking with `path:line` of what they are about.

    `texts` are the spans in the core's file that the text of a binding by hand is made of.
    """
    found = []
    for one in wanted:
        place = _line_place(facts, one.line, texts.get(one.piece, ())) if one.lacking else ""
        place = place or (_place(facts, one.piece, handmade) if one.lacking else "")
        found.append(replace(one, lacking=f"{one.lacking} ({place})") if place else one)
    return tuple(found)


def _line_place(facts: Facts, line: int | None, spans: Iterable[Span]) -> str:
    """`path:line` of a line of the text that items make, with an empty line between them."""
    if line is None:
        return ""
    for span in sorted(spans):
        first = facts.program.location(facts.core.path, span).line
        last = facts.program.location(facts.core.path, Span(span.end, span.end)).line
        if line <= last - first:
            return f"{facts.core.path}:{first + line}"
        line -= last - first + 2
    return ""


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
        return _range_place(facts) if piece == "batch" else ""
    where = program.location(found.ref.path, program.function(found.ref).name_span)
    return f"{where.path}:{where.line}"


def _range_place(facts: Facts) -> str:
    """`path:line` of the struct of ranges."""
    program, core = facts.program, facts.core
    ref = program.resolve_type(core.range_struct, core.path) if core.range_struct else None
    if ref is None:
        return ""
    where = program.location(ref.path, program.struct(ref).name_span)
    return f"{where.path}:{where.line}"


def _function(facts: Facts, piece: str) -> CoreFunction | None:
    """The function of the core that a piece is about."""
    core = facts.core
    single = core.with_kernel or core.single or core.into_slice
    batch = core.grid or core.batch_inner
    return {"single": single, "batch": batch, "batch_inner_into": core.batch_inner}.get(piece)
