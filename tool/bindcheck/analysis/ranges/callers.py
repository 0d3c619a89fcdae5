"""From where a function with a range comes to be called, up to the entry points."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bindcheck.analysis.keeping.reads import once
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import is_callable
from bindcheck.model import Call, ItemRef, MethodCall, Node, Struct, TypeRef

_NUMBERS = frozenset(
    {*("f64", "f32", "usize", "isize", "u64", "u32", "u16", "u8", "i64", "i32", "i16", "i8")}
)
_STEPS = re.compile("step|stride|increment|delta")


class Callers:
    """The functions that a range of the caller may come to, and who calls them.

    Only functions that carry a range are followed: others have none to step through.
    """

    def __init__(self, program: Program):
        self._program = program
        self.of, self.reached = program.keep("callers", self._all)

    def _all(self) -> tuple[dict[ItemRef, list[ItemRef]], list[ItemRef]]:
        program = self._program
        carriers = Carriers(program)
        found: dict[ItemRef, list[ItemRef]] = {}
        reached = [entry.ref for entry in program.entries if entry.active and is_callable(entry)]
        known = set(reached)
        for ref in reached:
            for target in program.called(ref):
                if carriers.carries(target):
                    found.setdefault(target, []).append(ref)
                    if target not in known:
                        known.add(target)
                        reached.append(target)
        return found, reached

    def calls(self, caller: ItemRef, target: ItemRef) -> Iterator[Node]:
        """The calls in a body that may reach a function."""
        callees = self._program.callees(caller)
        body = self._program.body(caller)
        for node in body.walk() if body is not None else ():
            if isinstance(node, (Call, MethodCall)) and target in callees.get(node.span, ()):
                yield node


class Carriers:
    """Tells which functions carry a range.

    A range is a tuple of numbers, a struct with one in it or with a field for a step, or numbers of
    which one is named so.
    """

    def __init__(self, program: Program):
        self._program = program
        self._structs: dict[tuple[str, str], bool] = {}

    def carries(self, ref: ItemRef) -> bool:
        """Whether a range can come to a function by its parameters."""
        function = self._program.function(ref)
        types = [one.type for one in function.params if one.type is not None]
        if function.receiver and self._has_range(function.owner, ref.path):
            return True
        if any(_is_range(one) or self._has_range(_held(one).name, ref.path) for one in types):
            return True
        named = any(_says_step(name) for one in function.params for name in one.names)
        return named and sum(one.name in _NUMBERS for one in types) > 1

    def _has_range(self, name: str, path: str) -> bool:
        """Whether a type of this name, as seen from a file, is a struct with a range."""
        if not name or name in _NUMBERS:
            return False
        key = (path, name)
        if key not in self._structs:
            ref = self._program.resolve_type(name, path)
            item = self._program.struct(ref) if ref is not None else None
            fields = item.fields if isinstance(item, Struct) else ()
            self._structs[key] = any(
                _is_range(one.type) or _is_step(one.name, one.type) for one in fields
            )
        return self._structs[key]


def _is_range(type_: TypeRef) -> bool:
    type_ = _held(type_)
    numbers = [arg.name in _NUMBERS for arg in type_.args]
    return type_.kind == "tuple" and len(numbers) > 1 and all(numbers)


def _held(type_: TypeRef) -> TypeRef:
    type_ = type_.peel()
    return type_.args[0].peel() if type_.name == "Option" and type_.args else type_


def _is_step(name: str, type_: TypeRef) -> bool:
    return _says_step(name) and _held(type_).name in _NUMBERS


def _says_step(name: str) -> bool:
    return _STEPS.search(name) is not None


def leaf_type(program: Program, types: Mapping[str, TypeRef], leaf: str, path: str) -> str:
    """The number type of a parameter or a field of one, empty if it is not known."""
    first, *rest = leaf.split(".")
    type_ = types.get(first)
    for name in rest:
        type_ = _part(program, _held(type_), name, path) if type_ is not None else None
    name = _held(type_).name if type_ is not None else ""
    return name if name in _NUMBERS else ""


def _part(program: Program, type_: TypeRef, name: str, path: str) -> TypeRef | None:
    if type_.kind == "tuple" and name.isdigit():
        return type_.args[int(name)] if int(name) < len(type_.args) else None
    ref = program.resolve_type(type_.path or type_.name, path) if type_.name else None
    item = program.struct(ref) if ref is not None else None
    fields = item.fields if isinstance(item, Struct) else ()
    return next((one.type for one in fields if one.name == name), None)


@once
def callers_of(program: Program) -> Callers:
    """The callers of a program; one per program, made when a rule first asks."""
    return Callers(program)
