"""Variables of a body, and what they stand for at a place."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.generate.held.same.terms import Term
from bindcheck.model import Assign, Node, Path, Unary


class Scope:
    """Variables by name, inside of those around. `assigned` are outer ones that were given others.

    What is assigned stays in here; who has made the scope decides what comes of it.
    """

    def __init__(self, outer: Scope | None):
        self.outer = outer
        self.own: dict[str, Term] = {}
        self.assigned: dict[str, Term] = {}
        self.apart = True

    def get(self, name: str) -> Term | None:
        """What a name stands for; None for one that is no variable."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.own:
                return scope.own[name]
            if name in scope.assigned:
                return scope.assigned[name]
            scope = scope.outer
        return None

    def names(self) -> Iterator[str]:
        """All variables that there are here."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.own
            scope = scope.outer

    def bind(self, name: str, value: Term) -> None:
        """A new variable."""
        self.own[name] = value

    def assign(self, name: str, value: Term) -> None:
        """Another value for the variable of that name."""
        if name in self.own or self.outer is None:
            self.own[name] = value
        else:
            self.assigned[name] = value

    def changed_in(self, node: Node) -> list[str]:
        """The variables of here that a node may change, in the order in which it names them."""
        found: dict[str, None] = {}
        for one in node.walk():
            target = one.target if isinstance(one, Assign) else None
            if isinstance(one, Unary) and one.op.startswith("&mut"):
                target = one.value
            while target is not None and not isinstance(target, Path):
                inner = target.children()
                target = inner[0] if inner else None
            if isinstance(target, Path) and self.get(target.last) is not None:
                found[target.last] = None
        return list(found)
