"""Readers and writers of the crate that attach, and the code of other crates that is handed one.

A type whose `impl Write` calls Python does so wherever a library writes to it: behind a
`finish(..)` that says nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bindcheck.analysis.keeping.reads import KeptProperty, Memo, once
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.effects import Act, Effects, effects_of
from bindcheck.model import (
    Call,
    Function,
    ItemRef,
    Let,
    MethodCall,
    Node,
    Path,
    StructLiteral,
    TypeRef,
)

_IO = frozenset({"Read", "BufRead", "Write", "Seek"})
_CHIEF = ("read", "write")
_COMMON = frozenset({"Send", "Sync", "Drop", "Clone", "Debug", "Display", "Default", "From", ""})
_NO_USES = frozenset({"drop", "new", "from", "with_capacity", "clone", "into", "as_ref", "as_mut"})


class Attaching:
    """Which variables are such readers and writers, and which calls use them."""

    def __init__(self, program: Program, effects: Effects):
        self._program = program
        self._effects = effects
        self._variables: Memo[ItemRef, dict[str, ItemRef]] = Memo()

    @property
    def has_any(self) -> bool:
        """Whether the crate has such a type."""
        return bool(self._methods)

    def used(self, ref: ItemRef, node: Node) -> ItemRef | None:
        """A method of such a type that code of another crate may run in the call `node`."""
        if _name(node) in _NO_USES or self._effects.targets(ref, node):
            return None
        return _among(node, self._variables.of(ref, self._find, ref))

    def is_one(self, ref: ItemRef, value: Node) -> bool:
        """Whether an expression in a function is, or wraps, such a reader or writer."""
        return (
            self.has_any
            and self._made(ref, value, self._variables.of(ref, self._find, ref)) is not None
        )

    @KeptProperty
    def _methods(self) -> dict[str, ItemRef]:
        """A method that attaches for each such type, and each further trait that one has."""
        # The one that is named for a type is the chief one that it has.
        found = dict(sorted(self._of_types(), key=self._rank))
        impls = (one for module in self._program.modules.values() for one in module.impls)
        traits = {
            _last(one.trait): found[one.name]
            for one in impls
            if one.name in found and _last(one.trait) not in _IO | _COMMON
        }
        return {**traits, **found}

    def _of_types(self) -> Iterator[tuple[str, ItemRef]]:
        for path, module in self._program.modules.items():
            for index, one in enumerate(module.functions):
                ref = ItemRef(path, index)
                if _is_io(one) and Act.ATTACH in self._effects.acts(ref):
                    yield one.owner, ref

    def _rank(self, found: tuple[str, ItemRef]) -> int:
        name = self._program.function(found[1]).name
        return _CHIEF.index(name) if name in _CHIEF else -1

    def _find(self, ref: ItemRef) -> dict[str, ItemRef]:
        """The variables of a function that are, or may be, such a reader or writer."""
        function, body = self._program.function(ref), self._program.body(ref)
        typed = ((one.name, self._of_type(one.type)) for one in function.params if one.name)
        found = {name: method for name, method in typed if method is not None}
        for node in body.walk() if body is not None else ():
            if isinstance(node, Let) and len(node.names) == 1 and node.value is not None:
                method = self._of_type(node.type) or self._made(ref, node.value, found)
                if method is not None:
                    found[node.names[0]] = method
        return found

    def _of_type(self, type_: TypeRef | None) -> ItemRef | None:
        names: Iterable[str] = sorted(type_.names()) if type_ is not None else ()
        return next((self._methods[name] for name in names if name in self._methods), None)

    def _made(self, ref: ItemRef, value: Node, known: dict[str, ItemRef]) -> ItemRef | None:
        """What a value is by what the crate's functions in it return, or by what it wraps."""
        made = (one for node in value.walk() for one in self._results(ref, node))
        return next(made, None) or _among(value, known)

    def _results(self, ref: ItemRef, node: Node) -> Iterator[ItemRef]:
        names: set[str] = set()
        if isinstance(node, StructLiteral):
            names = {_last(node.path)}
        elif isinstance(node, Call | MethodCall):
            for target in self._program.callees(ref).get(node.span, ()):
                function = self._program.function(target)
                names = function.returns.names()
                names |= {function.owner} if "Self" in names else set()
        yield from (self._methods[name] for name in sorted(names) if name in self._methods)


def _among(node: Node, known: dict[str, ItemRef]) -> ItemRef | None:
    for one in node.walk() if known else ():
        if isinstance(one, Path) and len(one.segments) == 1 and one.last in known:
            return known[one.last]
    return None


def _is_io(function: Function) -> bool:
    return bool(function.receiver) and _last(function.trait) in _IO


def _last(trait: str) -> str:
    return trait.partition("<")[0].rsplit("::", 1)[-1]


def _name(node: Node) -> str:
    """What a call calls; for other nodes a name that uses nothing."""
    if isinstance(node, MethodCall):
        return node.method
    path = node.function if isinstance(node, Call) else None
    return path.last if isinstance(path, Path) else "drop"


@once
def attaching_of(program: Program) -> Attaching:
    """The readers and writers of a program; one per program, made when a rule first asks."""
    return Attaching(program, effects_of(program))
