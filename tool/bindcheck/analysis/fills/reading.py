"""The parts of a body that matter to who writes where, picked out in one walk."""

from __future__ import annotations

from collections.abc import Iterable

from bindcheck.model import (
    Assign,
    Block,
    Call,
    Closure,
    Function,
    Let,
    Loop,
    Match,
    MethodCall,
    Node,
    Param,
    Path,
)

_TAKEN = frozenset({Assign, Block, Call, Let, Loop, Match, MethodCall})


class Reading:
    """A body, the functions inside it included.

    `binds` are the nodes that give names to things, `code` the parameters of closures and functions
    by their names.
    """

    def __init__(self, nodes: Iterable[Node]):
        self.binds: list[Let | Loop | Match | MethodCall] = []
        self.calls: list[Call | MethodCall] = []
        self.assigns: list[Assign] = []
        self.loops: list[Loop] = []
        self.code: dict[str, tuple[Param, ...]] = {}
        todo = list(nodes)
        while todo:
            for node in todo.pop().walk():
                if type(node) in _TAKEN:
                    self._take(node, todo)

    def _take(self, node: Node, todo: list[Node]) -> None:
        if isinstance(node, (Call, MethodCall)):
            self.calls.append(node)
            if isinstance(node, MethodCall) and any(isinstance(arg, Closure) for arg in node.args):
                self.binds.append(node)
        elif isinstance(node, Let):
            self.binds.append(node)
            if isinstance(node.value, Closure) and len(node.names) == 1:
                self.code[node.names[0]] = node.value.params
        elif isinstance(node, Loop):
            self.binds.append(node)
            self.loops.append(node)
        elif isinstance(node, Match):
            self.binds.append(node)
        elif isinstance(node, Assign):
            self.assigns.append(node)
        elif isinstance(node, Block):
            self._functions(node.functions, todo)

    def _functions(self, functions: Iterable[Function], todo: list[Node]) -> None:
        for one in functions:
            self.code[one.name] = one.params
            if one.body is not None:
                todo.append(one.body)

    @property
    def lets(self) -> list[Let]:
        """The bindings, in source order within each function."""
        return [one for one in self.binds if isinstance(one, Let)]

    def local_calls(self) -> list[tuple[Call, tuple[Param, ...]]]:
        """Calls of closures and functions of the body itself, with their parameters."""
        found = []
        for node in self.calls if self.code else ():
            if isinstance(node, Call) and isinstance(node.function, Path):
                params = self.code.get(node.function.text)
                if params is not None:
                    found.append((node, params))
        return found
