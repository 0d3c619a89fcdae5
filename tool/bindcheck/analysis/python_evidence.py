"""Python code that leaves an argument of a binding out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bindcheck.analysis.module_objects import Names
from bindcheck.analysis.program import Program
from bindcheck.analysis.python_view import PythonView
from bindcheck.analysis.stubs.lookup import StubClass, StubFunctions, look_up
from bindcheck.analysis.stubs.surfaces import surfaces_of
from bindcheck.model import EntryKind, EntryPoint, Param
from bindcheck.model.python import PythonFunction
from bindcheck.python_side.calls import calls_of
from bindcheck.python_side.usage import Called


def left_out(
    program: Program, entry: EntryPoint, params: Sequence[Param], optional: Sequence[Param]
) -> str | None:
    """Where a call or a stub leaves one of `optional` out, in words; None when nothing does.

    A call that is expected to fail proves nothing.
    """
    view = program.python
    if view is None or view.exports.root is None:
        return None
    places = {param.name: params.index(param) for param in optional}
    for names in view.exports.names_of(entry):
        for called in calls_of(view.side, names):
            lacking = [name for name, place in places.items() if _lacks(called, name, place)]
            if lacking:
                return f"`{called.path}:{called.call.line}` calls it without `{lacking[0]}`"
        for function in _declarations(view, entry, names):
            for argument in function.arguments:
                if argument.name in places and argument.default is not None:
                    where = f"`{function.place.path}:{function.place.line}`"
                    return f"{where} gives `{argument.name}` a default"
    return None


def _lacks(called: Called, name: str, place: int) -> bool:
    call = called.call
    given = call.open or call.refused or name in call.keywords
    return not given and call.positional <= place


def _declarations(view: PythonView, entry: EntryPoint, names: Names) -> Iterator[PythonFunction]:
    """What stubs declare for a binding; overloads say what they like."""
    is_method = entry.kind is EntryKind.METHOD
    owner = names[:-1] if is_method and not entry.constructor else names
    for surface in surfaces_of(view.side, view.exports):
        for local, path in surface.visible:
            if path != owner:
                continue
            found = look_up(view.side, surface.stub, local)
            if isinstance(found, StubFunctions) and not is_method:
                yield from _only(found.functions)
            elif isinstance(found, StubClass) and is_method:
                wanted = ("__init__", "__new__") if entry.constructor else (names[-1],)
                for name in wanted:
                    yield from _only(found.cls.named(name))


def _only(functions: Sequence[PythonFunction]) -> Sequence[PythonFunction]:
    return functions if len(functions) == 1 else ()
