"""Structs that say they are `Send`, and what they would take to other threads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cache

from bindcheck.analysis.flow.events import Place, Wrapped
from bindcheck.analysis.flow.types import NUMPY
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events, is_callable
from bindcheck.model import Impl, ItemRef, Struct, TypeRef
from bindcheck.model.fact import fact

_BOUND = frozenset({"Bound", "Borrowed", "Python", "PyRef", "PyRefMut", "GILGuard", "GILPool"})
_OBJECTS = frozenset({"PyObject", "PyArrayObject", "PyTypeObject", "PyAny"})
_THREADS = (b"par_", b"rayon", b"thread::", b"spawn", b"join", b"scope", b"install", b"broadcast")
_MARKERS = frozenset({"PhantomData"})


class Cargo(StrEnum):
    """What a wrapper carries."""

    BOUND = "bound to the thread that is attached"
    OBJECT = "a pointer to a Python object"
    POINTER = "a raw pointer"


@fact
class Sender:
    """An `unsafe impl Send` for a struct that is not `Send` by itself.

    `field` is the type of the field that keeps it from being so. `wrapped` is where an entry point
    that releases puts into it what is bound to a thread, None where no such place is seen.
    """

    name: str
    path: str
    impl: Impl
    cargo: Cargo
    field: TypeRef
    wrapped: Place | None


def senders(program: Program) -> tuple[Sender, ...]:
    """All such implementations of the crate, in source order."""
    return tuple(_senders(program))


def _senders(program: Program) -> Iterator[Sender]:
    for path, module in program.modules.items():
        if not program.in_crate(path):
            continue
        for impl in module.impls:
            if impl.trait == "Send" and program.active(impl.cfg, path):
                yield from _sender(program, path, impl)


def _sender(program: Program, path: str, impl: Impl) -> Iterator[Sender]:
    ref = program.resolve_type(impl.type.path or impl.name, path, impl.scope)
    item = program.struct(ref) if ref is not None else None
    if not isinstance(item, Struct):
        return
    # Asked last: it takes the evaluation of all entry points.
    wrapped = cache(lambda: next(_wrapped(program, item.name), None))
    for field in item.fields:
        cargo = _cargo(field.type, _unbounded(item, impl), wrapped)
        if cargo is Cargo.POINTER and not _travels(program, path, item):
            return
        if cargo is not None:
            place = wrapped() if cargo is Cargo.BOUND else None
            yield Sender(item.name, path, impl, cargo, field.type, place)
            return


def _travels(program: Program, path: str, item: Struct) -> bool:
    """Whether a wrapper of a pointer may get to another thread.

    A private one that functions of its file use, of which none starts a thread or runs anything in
    parallel, and that nothing holds on to, does not.
    """
    module = program.modules[path]
    if item.visibility or any(item.name in one.type.names() for one in module.consts):
        return True
    fields = (field for struct in module.structs for field in struct.fields)
    if any(item.name in field.type.names() for field in fields):
        return True
    refs = [ItemRef(path, index) for index, _ in enumerate(module.functions)]
    used = any(program.mentions(ref, (item.name.encode(),)) for ref in refs)
    return not used or any(program.mentions(ref, _THREADS) for ref in refs)


def _cargo(
    type_: TypeRef, laundered: frozenset[str], wrapped: Callable[[], Place | None]
) -> Cargo | None:
    """What a field carries; a parameter without bound carries whatever is put into it."""
    parts = list(_shown(type_))
    names = {part.name for part in parts}
    if names & (_BOUND | NUMPY) or any(_is_object_ref(part) for part in parts):
        return Cargo.BOUND if "Py" not in names else None
    if names & laundered:
        return Cargo.BOUND if wrapped() is not None else None
    pointers = [part for part in parts if part.kind == "ptr" or part.name == "NonNull"]
    if any(part.names() & _OBJECTS for part in pointers):
        return Cargo.OBJECT
    return Cargo.POINTER if pointers else None


def _is_object_ref(type_: TypeRef) -> bool:
    return type_.kind == "ref" and bool(type_.args) and type_.args[0].name == "PyAny"


def _shown(type_: TypeRef) -> Iterator[TypeRef]:
    """The parts of a type that hold something."""
    if type_.name in _MARKERS:
        return
    yield type_
    for arg in type_.args:
        yield from _shown(arg)


def _unbounded(item: Struct, impl: Impl) -> frozenset[str]:
    """Type parameters of a struct that its `impl Send` does not require to be `Send`."""
    names = re.findall(r"(?<!')\b([A-Z]\w*)\b(?=\s*[:,>])", item.generics)
    return frozenset(
        one for one in names if not re.search(rf"\b{one}\s*:[^,>]*\bSend\b", impl.generics)
    )


def _wrapped(program: Program, name: str) -> Iterator[Place]:
    for entry in program.entries:
        if entry.active and is_callable(entry):
            seen = events(program, entry)
            places: list[Wrapped] = [one for one in seen.wrapped if one.name == name]
            if places and (seen.releases or seen.attaches):
                yield places[0].place
