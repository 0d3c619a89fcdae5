"""What functions do with the closures and iterators that they are given, told by who gives them.

A generic function that calls its parameter `f` does what the closures of its callers do. Callers
that hand on a parameter of their own are followed, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from bindcheck.analysis.flow.iterators import CONSUMERS
from bindcheck.analysis.keeping.asked import Words
from bindcheck.analysis.keeping.reads import Memo
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.attaching import attaching_of
from bindcheck.analysis.threads.effects import Act, Effects, walk
from bindcheck.model import (
    Call,
    Closure,
    FieldAccess,
    Function,
    ItemRef,
    MethodCall,
    Node,
    Path,
    Span,
    StructLiteral,
    Try,
    TypeRef,
    Unary,
)

_RUNS = re.compile(r"\b(?:Fn|FnMut|FnOnce|Iterator|IntoIterator)\b")
_RUN_BY = CONSUMERS | {"next", "extend"}
_DEEPEST = 4


class Handed:
    """The acts of what the parameters of functions stand for."""

    def __init__(self, program: Program, effects: Effects):
        self._program = program
        self.effects = effects
        self.attaching = attaching_of(program)
        self._named: Memo[str, tuple[ItemRef, ...]] = Memo()

    def used(self, ref: ItemRef, node: Node) -> Iterator[tuple[Span, str, int]]:
        """Where a part of a body calls such a parameter or hands it on: place, name, position."""
        positions = self._running(ref)
        if not positions:
            return
        for part in self._below(ref, node):
            for name in _names_used(part):
                if name in positions:
                    yield part.span, name, positions[name]

    def acts(self, ref: ItemRef, position: int) -> frozenset[Act]:
        """What the arguments that callers give for a parameter may do when they are run."""
        found: set[Act] = set()
        seen = {(ref, position)}
        todo = [(ref, position, 0)]
        while todo:
            function, place, depth = todo.pop()
            for caller, argument in self._given(function, place):
                found |= self._of_argument(caller, argument)
                handed = self._running(caller).get(_root(argument))
                if handed is not None and depth < _DEEPEST and (caller, handed) not in seen:
                    seen.add((caller, handed))
                    todo.append((caller, handed, depth + 1))
        return frozenset(found)

    def _running(self, ref: ItemRef) -> dict[str, int]:
        """The parameters of a function that are closures or iterators, and their positions."""
        function = self._program.function(ref)
        return {
            param.name: index
            for index, param in enumerate(function.params)
            if param.type is not None and param.name and _runs(param.type, function)
        }

    def _given(self, ref: ItemRef, position: int) -> Iterator[tuple[ItemRef, Node]]:
        name = self._program.function(ref).name
        for caller in self._naming(name):
            body = self._program.body(caller)
            for node in self._below(caller, body) if body is not None else ():
                given = node.args if isinstance(node, (Call, MethodCall)) else ()
                if len(given) > position and ref in self.effects.targets(caller, node):
                    yield caller, given[position]

    def _of_argument(self, ref: ItemRef, argument: Node) -> frozenset[Act]:
        found: set[Act] = set()
        if isinstance(argument, Closure):
            for step in self.effects.within(ref, argument.body):
                found |= self.effects.of_step(step)
        elif isinstance(argument, Path):
            for target in self._program.callees(ref).get(argument.span, ()):
                found |= self.effects.acts(target)
        return frozenset(found | self._of_iterators(ref, argument))

    def _of_iterators(self, ref: ItemRef, argument: Node) -> frozenset[Act]:
        """The acts of `next` of the crate's iterators that the function has made."""
        body = self._program.body(ref)
        if body is None or isinstance(argument, Closure) or not self._iterators:
            return frozenset()
        named = {segment for node in self._below(ref, body) for segment in _types_named(node)}
        found: set[Act] = set()
        for owner in named & self._iterators.keys():
            for target in self._iterators[owner]:
                found |= self.effects.acts(target)
        return frozenset(found)

    @cached_property
    def _iterators(self) -> dict[str, tuple[ItemRef, ...]]:
        """`next` of the types that are iterators, by the name of the type."""
        found: dict[str, tuple[ItemRef, ...]] = {}
        for path, module in self._program.modules.items():
            for index, one in enumerate(module.functions):
                if one.name == "next" and one.receiver and one.owner != one.trait:
                    found[one.owner] = (*found.get(one.owner, ()), ItemRef(path, index))
        return found

    def _naming(self, name: str) -> tuple[ItemRef, ...]:
        """Functions in whose bodies a name stands."""
        return self._named.of(name, lambda: tuple(self._mentioning((name.encode(),))))

    def _mentioning(self, words: Words) -> Iterator[ItemRef]:
        for path, module in self._program.modules.items():
            if not self._program.file_mentions(path, words):
                continue
            for index, one in enumerate(module.functions):
                ref = ItemRef(path, index)
                if self._program.mentions(ref, words) and self._program.active(one.cfg, path):
                    yield ref

    def _below(self, ref: ItemRef, node: Node) -> Iterator[Node]:
        return walk(self._program, ref, node)


def _types_named(node: Node) -> tuple[str, ...]:
    """What may be the name of a type that a node makes a value of."""
    if isinstance(node, StructLiteral):
        return tuple(node.path.split("::"))
    return node.segments[:-1] if isinstance(node, Path) else ()


def _names_used(node: Node) -> Iterator[str]:
    if isinstance(node, Call) and isinstance(node.function, Path):
        yield node.function.last
    if isinstance(node, (Call, MethodCall)):
        for arg in node.args:
            name = _root(arg)
            if name:
                yield name
        if isinstance(node, MethodCall) and node.method in _RUN_BY:
            yield _root(node.receiver)


def _root(node: Node) -> str:
    """The variable that an argument is, or is made of by methods."""
    while isinstance(node, (MethodCall, Unary, Try, FieldAccess)):
        if isinstance(node, MethodCall):
            node = node.receiver
        else:
            node = node.base if isinstance(node, FieldAccess) else node.value
    return node.last if isinstance(node, Path) and len(node.segments) == 1 else ""


def _runs(type_: TypeRef, function: Function) -> bool:
    """Whether a parameter of a type is a closure or an iterator."""
    target = type_.peel()
    if _RUNS.search(target.text):
        return True
    bounds = function.generics
    return bool(
        target.name in bounds
        and re.search(rf"\b{re.escape(target.name)}\s*:[^,<>]*\b{_RUNS.pattern}", bounds)
    )
