"""What Python code and stubs say about the arguments of a binding that may be left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from keyword import iskeyword

from bindcheck.analysis.bindings.arguments import python_signature
from bindcheck.analysis.bindings.module_objects import Names
from bindcheck.analysis.program import Program
from bindcheck.analysis.python.stubs.lookup import StubClass, StubFunctions, look_up
from bindcheck.analysis.python.stubs.surfaces import surfaces_of
from bindcheck.analysis.python.view import PythonView
from bindcheck.model import EntryKind, EntryPoint, Param
from bindcheck.model.python import PythonFile, PythonFunction
from bindcheck.model.words import Word
from bindcheck.python_side.calls import calls_of
from bindcheck.python_side.usage import Called

_CONSTRUCTORS = ("__init__", "__new__")


def left_out(
    program: Program, entry: EntryPoint, params: Sequence[Param], optional: Sequence[Param]
) -> str | None:
    """Where a call or a stub leaves one of `optional` out, in words; None when nothing does.

    A call that is expected to fail proves nothing.
    """
    places = {param.name: params.index(param) for param in optional}
    for called in _calls(program, entry):
        lacking = [name for name, place in places.items() if _lacks(called, name, place)]
        if lacking:
            return f"`{called.path}:{called.call.line}` calls it without `{lacking[0]}`"
    for function in declared(program, entry):
        for argument in function.arguments:
            if argument.name in places and argument.default is not None:
                where = f"`{function.place.path}:{function.place.line}`"
                return f"{where} gives `{argument.name}` a default"
    return None


def meant_required(
    program: Program, entry: EntryPoint, params: Sequence[Param], optional: Sequence[Param]
) -> frozenset[str]:
    """The names of those of `optional` that the stub requires, and that no call leaves out."""
    functions = declared(program, entry)
    names = {
        param.name
        for param in optional
        if functions and all(_requires(one, param.name) for one in functions)
    }
    for called in _calls(program, entry) if names else ():
        names -= {p.name for p in optional if _lacks(called, p.name, params.index(p))}
    return frozenset(names)


def _requires(function: PythonFunction, name: str) -> bool:
    return any(one.name == name and not one.optional for one in function.arguments)


def _calls(program: Program, entry: EntryPoint) -> Iterator[Called]:
    view = program.python
    if view is not None and view.exports.root is not None:
        for names in view.exports.names_of(entry):
            yield from calls_of(view.side, names)


def declared(program: Program, entry: EntryPoint) -> tuple[PythonFunction, ...]:
    """What the stubs declare for a binding, but for overloads.

    The bindings of a crate that is built into the module of another one are found by their names.
    """
    view = program.python
    if view is None:
        return ()
    if view.exports.root is None:
        return tuple(_by_name(program, view, entry))
    paths = view.exports.names_of(entry)
    return tuple(one for names in paths for one in _declarations(view, entry, names))


def _by_name(program: Program, view: PythonView, entry: EntryPoint) -> Iterator[PythonFunction]:
    """Declarations in any stub of the repository with this name and these arguments."""
    function = program.function(entry.ref)
    expected = [one.name for one in python_signature(entry, function)]
    ref = entry.class_ref if entry.kind is EntryKind.METHOD else None
    cls = program.class_entry(ref) if ref is not None else None
    if entry.kind is EntryKind.METHOD and cls is None:
        return
    word = Word(cls.python_name if cls is not None else entry.python_name)
    for module, path in view.side.stub_paths.items():
        file = view.side.parsed(path, module) if word.is_in(view.side.source(path)) else None
        found = _named(file, cls, entry) if file is not None else ()
        for one in _only(found):
            names = [arg.name for arg in one.arguments][-len(expected) :] if expected else []
            if len(names) == len(expected) and all(map(_are_one, expected, names)):
                yield one


def _are_one(rust: str, stub: str) -> bool:
    """Whether a stub can mean an argument: it has to call one like a keyword something else."""
    return rust == stub or iskeyword(rust)


def _named(
    file: PythonFile, cls: EntryPoint | None, entry: EntryPoint
) -> tuple[PythonFunction, ...]:
    if cls is None:
        return file.named(entry.python_name)
    owner = file.class_named(cls.python_name)
    wanted = _CONSTRUCTORS if entry.constructor else (entry.python_name,)
    return tuple(one for name in wanted for one in (owner.named(name) if owner is not None else ()))


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
                wanted = _CONSTRUCTORS if entry.constructor else (names[-1],)
                for name in wanted:
                    yield from _only(found.cls.named(name))


def _only(functions: Sequence[PythonFunction]) -> Sequence[PythonFunction]:
    return functions if len(functions) == 1 else ()
