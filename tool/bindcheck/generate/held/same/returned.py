"""What the core of a grid gives back beside its matrices, as far as its body tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bindcheck.generate.held.same import sizes
from bindcheck.generate.held.same.gridform import COMBOS, RETURNED, RETURNED_ROWS, GridForm, Run
from bindcheck.generate.held.same.scopes import Scope
from bindcheck.generate.held.same.sizes import COLS, ROWS
from bindcheck.generate.held.same.terms import Term
from bindcheck.model import (
    Block,
    Call,
    Closure,
    ItemRef,
    Let,
    MethodCall,
    Node,
    Path,
    Return,
    Sequence,
    StructLiteral,
    Try,
    Unary,
)

SWEPT: Term = ("range",)
"""The ranges that a function of the core is given."""

_DEPTH = 4
"""So many functions are followed that call one another."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a function of the core gives back: the list that it has made of the ranges, or another.

    `known` has what a body can make itself, by what it is given back.
    """

    known: Mapping[Term, Term]

    @classmethod
    def of(cls, form: GridForm, run: Run) -> Returned:
        """What the one call of a body gives back."""
        function, given, _ = run
        marked = [
            SWEPT if role == "range" else value
            for role, value in zip(function.roles, given, strict=False)
        ]
        return cls(dict(_known(form, function.ref, marked, _DEPTH)))

    def told(self, term: Term) -> Term:
        """A term with what is known in the place of what the core gives back."""
        if term in self.known:
            return self.known[term]
        return tuple(self.told(one) if isinstance(one, tuple) else one for one in term)


LISTED = Returned({RETURNED: COMBOS, RETURNED_ROWS: ROWS})
"""A core that gives back the combinations of the ranges as they were listed."""


def _known(
    form: GridForm, ref: ItemRef, given: Iterable[Term], depth: int
) -> Iterator[tuple[Term, Term]]:
    program = form.naming.program
    body = program.body(ref)
    if body is None or not body.tail or not depth:
        return
    last = _bare(body.statements[-1])
    ends = [_bare(one.value) for one in _ends(body) if one.value is not None]
    if any(not _fails(one) and _spelled(one) != _spelled(last) for one in ends):
        return
    scope = Scope(None)
    for param, value in zip(program.function(ref).params, given, strict=False):
        scope.bind(param.name, value)
    entered = form.entered(ref, body)
    if not isinstance(last, Call):
        yield from _Reading(entered, body, scope).told(last)
    elif isinstance(last.function, Path):
        other = entered.naming.function(last.function.segments)
        handed = [entered.value(one, scope) for one in last.args]
        if other is not None:
            yield from _known(entered, other, handed, depth - 1)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One body: only the variables are read that its value is made of."""

    form: GridForm
    body: Block
    scope: Scope

    def told(self, value: Node) -> Iterator[tuple[Term, Term]]:
        """What is known of the value that the body ends in."""
        if isinstance(value, StructLiteral):
            for init in value.inits:
                yield from self._field(init.name, init.value)
        for one in value.items if isinstance(value, Sequence) else (value,):
            if self._lists(one):
                yield RETURNED, COMBOS
                yield RETURNED_ROWS, ROWS

    def _field(self, name: str, value: Node) -> Iterator[tuple[Term, Term]]:
        if self._lists(value):
            yield RETURNED, COMBOS
        made = self._made(value, self.body)
        if name == "rows" and isinstance(made, MethodCall) and made.method == "len":
            if self._lists(made.receiver):
                yield RETURNED_ROWS, ROWS
        elif name == "cols" and made is not None:
            cols = sizes.number(self.form.value(made, self.scope))
            if cols is not None:
                yield COLS, cols

    def _lists(self, value: Node) -> bool:
        """Whether a variable has the combinations of the ranges as they were listed."""
        made = self._made(value, self.body)
        path = made.function if isinstance(made, Call) else None
        if not isinstance(made, Call) or not isinstance(path, Path) or len(made.args) != 1:
            return False
        ref = self.form.naming.function(path.segments)
        given = made.args[0].value if isinstance(made.args[0], Unary) else made.args[0]
        swept = isinstance(given, Path) and self.scope.get(given.last) == SWEPT
        return ref is not None and self.form.is_listing(ref) and swept

    def _made(self, value: Node, body: Block) -> Node | None:
        """What a value is, or the one variable of that name, which nothing can change."""
        if not isinstance(value, Path) or len(value.segments) != 1:
            return _bare(value)
        lets = [one for one in body.walk() if isinstance(one, Let) and value.last in one.names]
        alone = len(lets) == 1 and lets[0] in body.statements and not lets[0].mutable
        made = lets[0].value if alone and lets[0].names == (value.last,) else None
        if isinstance(made, Block) and made.tail:
            return self._made(made.statements[-1], made)
        return _bare(made) if made is not None else None


def _bare(node: Node) -> Node:
    """An expression without what becomes of its error."""
    while True:
        if isinstance(node, Try):
            node = node.value
        elif isinstance(node, MethodCall) and node.method == "map_err":
            node = node.receiver
        elif isinstance(node, Call) and isinstance(node.function, Path):
            if node.function.text != "Ok" or len(node.args) != 1:
                return node
            node = node.args[0]
        else:
            return node


def _ends(node: Node) -> Iterator[Return]:
    """Where a function ends early; closures end by themselves."""
    if isinstance(node, Return):
        yield node
    for child in () if isinstance(node, Closure) else node.children():
        yield from _ends(child)


def _fails(end: Node) -> bool:
    """Whether a value is an error."""
    path = end.function if isinstance(end, Call) else None
    return isinstance(path, Path) and path.last == "Err"


def _spelled(value: Node) -> tuple[str, ...]:
    """The variables that a value is made of."""
    return tuple(one.text for one in value.walk() if isinstance(one, Path))
