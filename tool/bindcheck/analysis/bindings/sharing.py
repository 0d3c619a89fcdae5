"""Classes that are fed value by value, and whether several threads can share an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.bindings.arguments import python_params
from bindcheck.analysis.keeping.reads import once
from bindcheck.analysis.linking.tokens import options
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events
from bindcheck.crate import Version
from bindcheck.fact import fact
from bindcheck.model import (
    EntryKind,
    EntryPoint,
    Function,
    ItemRef,
    Literal,
    MethodCall,
    Role,
)

_GIL_UNUSED_SINCE = Version(0, 28, 0)
_FED = frozenset({"update", "push", "step", "feed", "next_value", "on_tick"})


@fact
class Exclusive:
    """A method that feeds a class and borrows its object alone.

    `released`: some method of the class lets go of the interpreter while it holds the borrow.
    """

    method: EntryPoint
    released: bool


def exclusive(program: Program, entry: EntryPoint) -> Exclusive | None:
    """The method by which a stream class is fed, if it borrows the object alone.

    None where nothing can meet: the object cannot leave its thread, or a GIL that no method lets go
    of keeps the calls apart.
    """
    if entry.kind is not EntryKind.CLASS or "unsendable" in options(entry.attribute.tokens):
        return None
    methods = [one for one in _methods(program).get(entry.ref, ()) if _borrows_alone(program, one)]
    feeding = [one for one in methods if _feeds(program, entry, one)]
    if not feeding:
        return None
    released = any(events(program, one).releases for one in methods)
    if not released and gil_used(program):
        return None
    feeding.sort(key=lambda one: one.python_name != "update")
    return Exclusive(feeding[0], released)


@once
def _methods(program: Program) -> Mapping[ItemRef, Sequence[EntryPoint]]:
    found: dict[ItemRef, list[EntryPoint]] = {}
    for one in program.entries:
        if one.kind is EntryKind.METHOD and one.active and one.class_ref is not None:
            found.setdefault(one.class_ref, []).append(one)
    return found


def _borrows_alone(program: Program, method: EntryPoint) -> bool:
    function = program.function(method.ref)
    if function.attr("setter", "new", "classmethod", "staticmethod"):
        return False
    return function.receiver == "&mut self" or _takes_guard(function)


def _takes_guard(function: Function) -> bool:
    first = function.params[0].type if function.params and not function.receiver else None
    return first is not None and first.name == "PyRefMut"


def _feeds(program: Program, entry: EntryPoint, method: EntryPoint) -> bool:
    """Whether a method takes the next value of a stream."""
    name = method.python_name
    if not python_params(program.function(method.ref), method.kind) or name.startswith("__"):
        return False
    stream = entry.role is Role.STREAM or "stream" in entry.python_name.lower()
    return stream or name in _FED or name.endswith("_step")


def gil_used(program: Program) -> bool:
    """Whether the module needs the GIL: it says so, or says nothing to a PyO3 before 0.28."""
    return program.keep("gil used", lambda: _gil_used(program))


def _gil_used(program: Program) -> bool:
    said = [
        answer
        for one in program.entries
        if one.kind is EntryKind.MODULE and one.active
        for answer in _said(program, one)
    ]
    if said:
        return all(said)
    return program.pyo3 is not None and program.pyo3 < _GIL_UNUSED_SINCE


def _said(program: Program, module: EntryPoint) -> Iterator[bool]:
    written = options(module.attribute.tokens).get("gil_used")
    if written:
        yield written == "true"
    for index, function in enumerate(program.modules[module.ref.path].functions):
        own = function.span.contains(module.attribute.span) or function.attr("pymodule_init")
        anatomy = anatomy_of(program, ItemRef(module.ref.path, index)) if own else None
        for node in anatomy.all(MethodCall) if anatomy is not None else ():
            if node.method == "gil_used" and node.args and isinstance(node.args[0], Literal):
                yield node.args[0].text == "true"
