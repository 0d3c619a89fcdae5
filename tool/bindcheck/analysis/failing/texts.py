"""Texts that are cut at a number of bytes in methods that another crate calls.

A `Serializer` of the crate is handed to values, and they hand it their texts. No call of the crate
leads to the method that gets them, so that nothing is known of a text but that it is one.
"""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.costs.reach import reach_of
from bindcheck.analysis.flow.simple import AT_CHARACTERS
from bindcheck.analysis.flow.types import INTEGERS, TEXTS
from bindcheck.analysis.keeping.reads import once
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import (
    FieldAccess,
    Function,
    Index,
    ItemRef,
    Literal,
    Node,
    Path,
    Range,
    Span,
    StructLiteral,
)

_CUTS = (b"..",)


@fact
class CutText:
    """A text is cut at a bound that counts bytes, in a method that another crate calls.

    `makers` make the object and hand it over; `bound` is how the number is called.
    """

    ref: ItemRef
    span: Span
    bound: str
    makers: tuple[ItemRef, ...]


def cut_texts(program: Program) -> tuple[CutText, ...]:
    """Such cuts in objects that functions make which entry points reach."""
    return program.keep("cut texts", lambda: tuple(_all_cuts(program)))


def _all_cuts(program: Program) -> Iterator[CutText]:
    own = own_traits(program)
    for path, module in program.modules.items():
        for index, function in enumerate(module.functions):
            ref = ItemRef(path, index)
            if function.trait in own or not _is_handed_texts(function):
                continue
            if program.in_crate(path) and program.active(function.cfg, path):
                yield from _cuts(program, ref, function)


@once
def own_traits(program: Program) -> frozenset[str]:
    """The traits that are declared in what is read: whose methods others call is seen there."""
    functions = (one for module in program.modules.values() for one in module.functions)
    return frozenset(one.trait for one in functions if one.owner == one.trait)


def _is_handed_texts(function: Function) -> bool:
    called = function.trait and function.receiver and function.body_span is not None
    return bool(called) and any(_is_text(function, one.name) for one in function.params)


def _is_text(function: Function, name: str) -> bool:
    types = (one.type for one in function.params if one.name == name)
    return any(one is not None and one.peel().name in TEXTS for one in types)


def _cuts(program: Program, ref: ItemRef, function: Function) -> Iterator[CutText]:
    asks = program.mentions(ref, _CUTS) and not program.mentions(ref, AT_CHARACTERS)
    anatomy = anatomy_of(program, ref) if asks else None
    for node in anatomy.all(Index) if anatomy is not None else ():
        text = node.base.last if isinstance(node.base, Path) else ""
        if not isinstance(node.index, Range) or not _is_text(function, text):
            continue
        for bound in (node.index.start, node.index.end):
            name = _counted(bound, function)
            makers = tuple(_makers(program, ref, name)) if name else ()
            if makers:
                yield CutText(ref, node.span, name, makers)
                break


def _counted(bound: Node | None, function: Function) -> str:
    """A number that nobody has taken from the text: how it is called, empty if it is none."""
    if isinstance(bound, Literal):
        return bound.text if bound.text.strip("0_") else ""
    if isinstance(bound, FieldAccess) and isinstance(bound.base, Path):
        return f"self.{bound.name}" if bound.base.last == "self" else ""
    if not isinstance(bound, Path) or len(bound.segments) > 1:
        return ""
    types = [one.type for one in function.params if one.name == bound.last]
    number = any(one is not None and one.peel().name in INTEGERS for one in types)
    return bound.last if number or bound.last.isupper() else ""


def _makers(program: Program, ref: ItemRef, bound: str) -> Iterator[ItemRef]:
    """Functions of the file that make the object, and give it a bound that means something."""
    owner = program.function(ref).owner
    for one in reach_of(program).functions():
        if one.path == ref.path and program.mentions(one, (owner.encode(),)):
            anatomy = anatomy_of(program, one)
            made = anatomy.all(StructLiteral) if anatomy is not None else ()
            assert anatomy is not None or not made
            if any(
                each.path.rsplit("::", 1)[-1] == owner and not _is_endless(anatomy, each, bound)
                for each in made
            ):
                yield one


def _is_endless(anatomy: Anatomy | None, made: StructLiteral, bound: str) -> bool:
    """Whether a field is set to the largest number there is: then nothing is ever cut."""
    given = next((one.value for one in made.inits if f"self.{one.name}" == bound), None)
    if isinstance(given, Path) and len(given.segments) == 1 and anatomy is not None:
        known = anatomy.binding(given.last, given)
        given = known[0] if known is not None else None
    return isinstance(given, Path) and given.last == "MAX"
