"""Objects of the crate's classes that Python hands over by value: PyO3 clones them."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.flow.events import within
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.types import SEQUENCES
from bindcheck.analysis.flow.values import Shape, Size, Source, Value
from bindcheck.model import ItemRef, Span, TypeRef
from bindcheck.model.fact import replace

_HOLDERS = SEQUENCES | {"Option", "HashMap", "BTreeMap", "HashSet", "BTreeSet"}
_HELD_KINDS = frozenset({"tuple", "array"})


def note_clones(type_: TypeRef | None, span: Span, frame: Frame) -> None:
    """Note what the `Clone` of each class waits for that a type from Python has by value.

    It runs attached, whatever the class guards its parts with.
    """
    for owned in _by_value(type_):
        clone = _clone(owned, frame)
        if clone is not None and not frame.is_running(clone):
            value = Value(Shape.STRUCT, Size.UNKNOWN, owned, Source.FIELD)
            _, events, _ = frame.world.run(clone, [value], frame)
            via = frame.place(span)
            frame.events.waits += [
                replace(within(one, frame.sections), via=via) for one in events.waits
            ]


def _by_value(type_: TypeRef | None) -> Iterator[TypeRef]:
    """The types that values of a type are made of, themselves and not as references."""
    if type_ is None or type_.kind == "ref":
        return
    if type_.kind in _HELD_KINDS or type_.name in _HOLDERS:
        for one in type_.args:
            yield from _by_value(one)
    else:
        yield type_


def _clone(type_: TypeRef, frame: Frame) -> ItemRef | None:
    """The `Clone` of a class, written by hand, unless the crate also says how to extract it."""
    program = frame.world.program
    ref = frame.world.struct_of(type_, frame.ref.path, program.function(frame.ref).scope)
    if ref is None or program.struct(ref).attr("pyclass") is None:
        return None
    methods = program.methods(ref)
    for name in ("extract", "extract_bound"):
        if any("FromPyObject" in program.function(one).trait for one in methods.get(name, ())):
            return None
    found = (one for one in methods.get("clone", ()) if program.function(one).trait == "Clone")
    return next(found, None)
