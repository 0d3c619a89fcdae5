"""Functions that are measured alone: bindings of what no audit takes for a core.

They give numbers, or work on one-dimensional views of `ndarray`. Nobody generates anything for
them; to measure one it is enough that a binding gives what the function gives.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bindcheck.analysis.bindings.roles import core_functions
from bindcheck.analysis.cores.aliases import type_aliases
from bindcheck.analysis.cores.index import CoreFile
from bindcheck.analysis.cores.plain import plain_shape
from bindcheck.analysis.cores.shapes import INTEGERS
from bindcheck.analysis.cores.steps import step_word
from bindcheck.analysis.cores.text import tail_of
from bindcheck.analysis.program import Program
from bindcheck.model import (
    Call,
    CoreApi,
    EntryPoint,
    ItemRef,
    Let,
    MethodCall,
    Node,
    Path,
    Try,
    TypeRef,
)

_FLOATS = frozenset({"f32", "f64"})
_WRAPPED = frozenset({"Ok", "Some"})
_RELEASING = frozenset({"detach", "allow_threads"})
_KEEPING = frozenset(
    {
        *("map_err", "ok_or", "ok_or_else", "unwrap", "expect", "into"),
        *("unwrap_or", "unwrap_or_else", "unwrap_or_default"),
    }
)
_LOOKS = 50
"""Expressions from the end of a binding back to the call whose value it gives."""


def claimed(program: Program, entries: Sequence[EntryPoint]) -> dict[ItemRef, CoreApi]:
    """By binding the function that it is for, of those that are only measured."""
    called = {one.ref: program.called(one.ref) for one in entries}
    known = {ref for core in program.cores for ref, _ in core_functions(core)}
    shapes = _shapes(program, {ref for refs in called.values() for ref in refs} - known)
    found: dict[ItemRef, CoreApi] = {}
    for entry in entries if shapes else ():
        ref = _Claim(program, entry, shapes, called[entry.ref], known).function()
        if ref is not None:
            found[entry.ref] = shapes[ref]
    return found


def _shapes(program: Program, wanted: Collection[ItemRef]) -> dict[ItemRef, CoreApi]:
    aliases = type_aliases(program)
    files = (CoreFile(program, path, aliases) for path in dict.fromkeys(one.path for one in wanted))
    return {
        fn.ref: api
        for file in files
        for fn in file.free
        if fn.ref in wanted and (api := plain_shape(file, fn, bound=True, wide=True)) is not None
    }


class _Claim:
    """What one binding calls, and which of that it is for."""

    def __init__(
        self,
        program: Program,
        entry: EntryPoint,
        shapes: Mapping[ItemRef, CoreApi],
        called: Sequence[ItemRef],
        known: Collection[ItemRef],
    ):
        self.program = program
        self.entry = entry
        self.shapes = shapes
        self.called = [one for one in called if one in shapes]
        self.numbers = numbers_of(program.function(entry.ref).returns)
        self.beside = any(one in known for one in called)

    def function(self) -> ItemRef | None:
        """The only one that gives what the binding gives; the one of its name among several."""
        fitting = [one for one in self.called if self._fits(self.shapes[one])]
        whole = [one for one in self.called if not self.shapes[one].gives_numbers]
        named = [one for one in fitting if self._is_named(one)]
        if len(named) == 1:
            return named[0]
        if self.beside or (self.numbers and whole):
            return None
        plain = [one for one in fitting if not step_word(self.program.function(one))]
        for some in (fitting, plain):
            if len(some) == 1:
                return some[0]
        return None

    def _fits(self, core: CoreApi) -> bool:
        if not core.gives_numbers:
            return not self.numbers
        function = core.single or core.with_kernel
        kinds = tuple(_kind(one.element) for one in core.outputs)
        return (
            function is not None
            and kinds == self.numbers
            and _gives(self.program, self.entry.ref, function.ref)
        )

    def _is_named(self, ref: ItemRef) -> bool:
        name = self.program.function(ref).name
        return name in (self.entry.python_name, self.entry.python_name.removesuffix("_py"))


def numbers_of(kind: TypeRef) -> tuple[str, ...]:
    """What kind of number each value is that a function returns; empty if it returns others."""
    while kind.name in ("PyResult", "Result", "Option") and kind.args:
        kind = kind.args[0]
    parts = kind.args if kind.kind == "tuple" else (kind,)
    kinds = tuple(_kind(one.name) if one.kind == "path" else "" for one in parts)
    return kinds if kinds and all(kinds) else ()


def _kind(name: str) -> str:
    if name in _FLOATS:
        return "float"
    if name in INTEGERS:
        return "integer"
    return name if name == "bool" else ""


def _gives(program: Program, binding: ItemRef, ref: ItemRef) -> bool:
    """Whether the value of a binding is that of its call of a function, and not made of it."""
    body, callees = program.body(binding), program.callees(binding)
    lets = {
        name: one.value
        for one in (body.walk() if body is not None else ())
        if isinstance(one, Let) and one.value is not None and len(one.names) == 1
        for name in one.names
    }
    node: Node | None = body
    for _ in range(_LOOKS):
        node = tail_of(node)
        if node is None:
            return False
        if ref in callees.get(node.span, ()):
            return True
        node = _inside(node, lets)
    return False


def _inside(node: Node, lets: Mapping[str, Node]) -> Node | None:
    """What the value of an expression is, without what wraps it."""
    if isinstance(node, Try):
        return node.children()[-1]
    if isinstance(node, Path):
        return lets.get(node.text)
    if isinstance(node, MethodCall):
        closures = [one for one in node.args if node.method in _RELEASING]
        return closures[0] if closures else node.receiver if node.method in _KEEPING else None
    if isinstance(node, Call) and isinstance(node.function, Path) and node.args:
        return node.args[0] if node.function.last in _WRAPPED else None
    return None
