"""Where work runs: what an entry point does while attached, and what around a release."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from bindcheck.analysis.flow.evaluate import flow_of
from bindcheck.analysis.flow.events import COMPUTES, Events, Kind, Place, Region, Work
from bindcheck.analysis.flow.types import NDARRAYS, NUMPY
from bindcheck.analysis.flow.values import Shape, Size, Source, Value, largest
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.effects import effects_of
from bindcheck.crate import Version
from bindcheck.fact import fact
from bindcheck.model import EntryKind, EntryPoint, ItemRef

MUTEX_EXT_SINCE = Version(0, 24, 0)
"""The first PyO3 with `lock_py_attached`."""
_DETACH_SINCE = Version(0, 26, 0)
_ARRAYS = NDARRAYS | NUMPY | {"ArrayBase"}
_HOLDS_NUMBERS = (Shape.SCALAR, Shape.SEQ, Shape.NUMPY, Shape.UNKNOWN)
_CHIEF = (Kind.CORE, Kind.HELPER, Kind.PARALLEL, Kind.LOOP, Kind.CHAIN)


@fact
class Held:
    """The chief work of an entry point, done while attached.

    `place` lies in the entry itself. `more` counts further work of the sort, at `others`;
    `released` tells that other work of the entry is released.
    """

    work: Work
    place: Place
    more: int
    released: bool
    others: tuple[Place, ...] = ()


def is_callable(entry: EntryPoint) -> bool:
    """Whether an entry point has a body of its own."""
    return entry.kind in (EntryKind.FUNCTION, EntryKind.METHOD)


def events(program: Program, entry: EntryPoint) -> Events:
    """Everything that happens in an entry point; nothing for a class or module."""
    return flow_of(program).entry(entry) if is_callable(entry) else Events()


def release_name(program: Program) -> str:
    """What releasing is called in the crate's PyO3."""
    newest = program.pyo3 is None or program.pyo3 >= _DETACH_SINCE
    return "py.detach" if newest else "py.allow_threads"


def item_of(program: Program, ref: ItemRef) -> str:
    """The Rust name by which a finding in a function is filed."""
    entry = program.entry(ref)
    if entry is not None:
        return entry.rust_name
    function = program.function(ref)
    return f"{function.owner}::{function.name}" if function.owner else function.name


def held_work(program: Program, entry: EntryPoint) -> tuple[Held, ...]:
    """Work that belongs into a release: core calls, or else the chief computation of the entry.

    Silent are work that touches Python objects, branches behind a size guard, and work that an
    entry point of its own does, to which this one delegates. Beside released work only core calls
    count: other array-sized work around a release is a matter of its own.
    """
    seen = events(program, entry).works
    released = any(one.region is Region.DETACHED and one.kind in COMPUTES for one in seen)
    held = [one for one in seen if _is_held(program, entry, one)]
    if released:
        held = [one for one in held if one.kind is Kind.CORE]
        return tuple(Held(one, _place(one), 0, True) for one in _distinct(held))
    chief = _chief(held) or _distinct(list(_sections_of_callees(program, entry)))
    if not chief:
        return ()
    others = tuple(map(_place, chief[1:]))
    return (Held(chief[0], _place(chief[0]), len(others), False, others),)


def _is_held(program: Program, entry: EntryPoint, work: Work) -> bool:
    if work.region is not Region.ATTACHED or work.kind not in COMPUTES:
        return False
    if work.guarded or work.python or work.light or (work.inner and work.kind is not Kind.CORE):
        return False
    if work.size is not Size.DATA:
        return False
    other = program.entry(work.place.ref)
    return other is None or other.ref == entry.ref


def _chief(held: list[Work]) -> list[Work]:
    for kind in _CHIEF:
        found = [one for one in held if one.kind is kind]
        if found:
            return _distinct(found)
    return []


def _sections_of_callees(program: Program, entry: EntryPoint) -> Iterator[Work]:
    """Calls of functions that get no array at all, and run parallel sections nevertheless.

    What they go over they make or read themselves, so the evaluation has not followed them.
    """
    effects = effects_of(program)
    for call in events(program, entry).calls:
        here = call.place.ref == entry.ref and call.region is Region.ATTACHED and not call.sections
        arrays = largest(call.args) >= Size.UNKNOWN or any(arg.is_sequence for arg in call.args)
        if not here or arrays:
            continue
        for target in call.targets:
            if program.entry(target) is None and effects.runs_parallel(target):
                name = program.function(target).name
                yield Work(Kind.HELPER, call.place, name, call.region, Size.UNKNOWN)


def _distinct(held: list[Work]) -> list[Work]:
    places: dict[Place, Work] = {}
    for one in held:
        places.setdefault(_place(one), one)
    return list(places.values())


def _place(work: Work) -> Place:
    return work.via or work.place


def reached(program: Program, ref: ItemRef) -> Iterator[ItemRef]:
    """All crate functions that a function may reach by calls, the nearest first."""
    found: set[ItemRef] = set()
    todo = deque([ref])
    while todo:
        for one in program.called(todo.popleft()):
            if one not in found:
                found.add(one)
                todo.append(one)
                yield one


def is_about_objects(program: Program, entry: EntryPoint, held: Held) -> bool:
    """Whether a helper is called with objects, and with no array."""
    helper = held.work.kind in (Kind.HELPER, Kind.PARALLEL)
    return helper and not is_handed_data(program, entry, held.place)


def is_handed_data(program: Program, entry: EntryPoint, place: Place) -> bool:
    """Whether the call gets an array, or nothing: what goes over parts of objects may be short."""
    calls = [one for one in events(program, entry).calls if one.place == place]
    return all(not one.args or any(map(_is_array, one.args)) for one in calls)


def _is_flag(value: Value) -> bool:
    return value.type is not None and value.type.peel().name == "bool"


def _is_masked(value: Value) -> bool:
    """Whether flags are a mask, in an array of Python's or of ndarray, not a list of choices."""
    name = value.type.peel().name if value.type is not None else ""
    return name in _ARRAYS or (not name and value.source is Source.ARGUMENT)


def _is_object(value: Value) -> bool:
    return value.shape is Shape.STRUCT and not value.fields


def _is_array(value: Value) -> bool:
    """Whether it is an array, or a struct that was made of one here."""
    if any(_is_array(one) for _, one in value.fields):
        return True
    if value.size is not Size.DATA or value.shape not in (Shape.SEQ, Shape.NUMPY, Shape.ITER):
        return False
    element = value.element
    if element is None:
        return True
    if _is_flag(element):
        return _is_masked(value)
    if value.source is Source.ARGUMENT:
        return not _is_object(element)
    if element.shape is Shape.STRUCT:
        # Tuples of numbers or arrays are data, other structs and variants of enums may be few.
        named = element.type is not None and element.type.peel().kind != "tuple"
        held = any(part.shape in _HOLDS_NUMBERS for _, part in element.fields)
        return not named and held and all(name.isdigit() for name, _ in element.fields)
    return element.shape is not Shape.UNKNOWN or value.source is not Source.FRESH
