"""What a name means in the stubs of a package."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.fact import fact
from bindcheck.model.python import PythonClass, PythonFile, PythonFunction
from bindcheck.python_side.side import PythonSide


@fact
class StubFunctions:
    """All functions of one name, in the file that declares them."""

    file: PythonFile
    functions: tuple[PythonFunction, ...]


@fact
class StubClass:
    """A class, in the file that declares it."""

    file: PythonFile
    cls: PythonClass


@fact
class StubModule:
    """A module with a stub of its own."""

    file: PythonFile


@fact
class Unclear:
    """Something declared that is not spelled out here: a variable, a name of another package."""


Found = StubFunctions | StubClass | StubModule | Unclear


def look_up(side: PythonSide, file: PythonFile, name: str) -> Found | None:
    """What `name` is in a stub; None when the stub does not declare it."""
    return _look_up(side, file, name, frozenset())


def _look_up(
    side: PythonSide, file: PythonFile, name: str, seen: frozenset[tuple[str, str]]
) -> Found | None:
    key = (file.path, name)
    if key in seen:
        return None
    seen |= {key}
    own = _own(file, name)
    if own is not None:
        return own
    for one in file.imports:
        if one.bound == name and (one.module, one.name) != (file.module, name):
            return _imported(side, one.module, one.name, seen)
    if f"{file.module}.{name}" in side.stub_paths:
        inner = side.stub(f"{file.module}.{name}")
        return Unclear() if inner is None else StubModule(inner)
    return _by_star(side, file, name, seen)


def _own(file: PythonFile, name: str) -> Found | None:
    functions = file.named(name)
    if functions:
        return StubFunctions(file, functions)
    cls = file.class_named(name)
    if cls is not None:
        return StubClass(file, cls)
    if any(one.name == name for one in file.variables):
        return Unclear()
    return None


def _imported(
    side: PythonSide, module: str, name: str, seen: frozenset[tuple[str, str]]
) -> Found | None:
    """What an import binds; what another package has is there for all that is known."""
    if not name:
        inner = side.stub(module)
        return Unclear() if inner is None else StubModule(inner)
    inner = side.stub(f"{module}.{name}")
    file = side.stub(module)
    if file is not None:
        found = _look_up(side, file, name, seen)
        if found is not None:
            return found
    if inner is not None:
        return StubModule(inner)
    return Unclear()


def _by_star(
    side: PythonSide, file: PythonFile, name: str, seen: frozenset[tuple[str, str]]
) -> Found | None:
    for one in file.imports:
        if one.name == "*":
            other = side.stub(one.module)
            found = Unclear() if other is None else _look_up(side, other, name, seen)
            if found is not None:
                return found
    return Unclear() if file.dynamic else None


def bases_of(side: PythonSide, found: StubClass) -> Iterator[StubClass | None]:
    """A class and those it inherits from, as stubs declare them; None for one that is not known."""
    seen = set()
    todo = [found]
    while todo:
        one = todo.pop(0)
        yield one
        seen.add((one.file.path, one.cls.name))
        for base in one.cls.bases:
            if base.rpartition(".")[2] in ("object", "Generic", "Protocol"):
                continue
            other = look_up(side, one.file, base) if base and "." not in base else None
            if not isinstance(other, StubClass):
                yield None
            elif (other.file.path, other.cls.name) not in seen:
                todo.append(other)
