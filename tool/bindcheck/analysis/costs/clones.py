"""Copies of owned values that are made in order to move them into a closure."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.costs.moves import moves_of
from bindcheck.analysis.costs.reach import mentions
from bindcheck.analysis.flow.evaluate import flow_of
from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.flow.types import NUMBERS, SEQUENCES
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events, is_callable
from bindcheck.fact import fact
from bindcheck.model import EntryPoint, ItemRef, TypeRef

_WORDS = (b".clone()", b".to_owned()", b".to_vec()")


@fact
class SpareCopy:
    """A copy of `name` that a closure gets although it could have the original.

    `borrows`: the original is used later, so the closure should borrow it. `element` is the type
    of the numbers that are copied, if it is a collection of such.
    """

    place: Place
    name: str
    how: str
    borrows: bool
    element: str


def spare_copies(program: Program, entry: EntryPoint) -> Iterator[SpareCopy]:
    """Copies for closures in an entry point, and in what it calls to release for it."""
    if not is_callable(entry):
        return
    releasing = (place.ref for place in events(program, entry).releases)
    for ref in dict.fromkeys((entry.ref, *releasing)):
        yield from _in_function(program, ref)


def _in_function(program: Program, ref: ItemRef) -> Iterator[SpareCopy]:
    body = program.body(ref)
    if body is None or not mentions(program, ref, _WORDS):
        return
    macros = flow_of(program).macros
    releasing = [name for name, change in macros.items() if change == "detach"]
    moves = moves_of(program.function(ref), body, releasing)
    for copy in moves.copies:
        target = moves.target_of(copy)
        if target is None or moves.repeated(copy):
            continue
        later = moves.used_after(copy)
        if not later or (target.borrows and moves.only_read(copy)):
            place = Place(ref, copy.node.span)
            element = _number(moves.owned[copy.of])
            yield SpareCopy(place, copy.of, copy.node.method, later, element)


def _number(type_: TypeRef | None) -> str:
    """The number type at the bottom of (nested) collections, or nothing."""
    while type_ is not None and (type_.name in SEQUENCES or type_.name == "Option"):
        type_ = type_.args[0] if type_.args else None
    return type_.name if type_ is not None and type_.name in NUMBERS else ""
