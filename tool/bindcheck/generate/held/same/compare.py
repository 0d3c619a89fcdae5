"""Refuses a new body that does not do what the old one does."""

from __future__ import annotations

from collections.abc import Sequence

from bindcheck.generate.context import Facts
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.orders import Orders, moved
from bindcheck.generate.held.same.naming import Naming
from bindcheck.generate.held.same.reader import Reader
from bindcheck.generate.held.same.scopes import Scope
from bindcheck.generate.held.same.terms import DROPPED, Term
from bindcheck.generate.held.same.trace import Trace
from bindcheck.generate.lacking import Lacking
from bindcheck.model import Node, Param


def refuse_other(
    facts: Facts, old: HeldFunction, new: HeldFunction, orders: Orders | None = None
) -> None:
    """Raise where both bodies do not come to one form, at the statement of the old one.

    `orders` are those in which the core took its arguments when the old body was written.
    """
    before, given = _form(facts, old, orders)
    after, made = _form(facts, new)
    for had, has in ((before.steps, after.steps), (before.asked, after.asked)):
        lost = _missing(had, has, ordered=had is before.steps)
        if lost is not None:
            raise Lacking(f"how to keep `{_line(old, lost)}` as it is", lost.span.start)
    for has, had in (
        (after.steps[len(before.steps) :], []),
        (after.asked, before.asked),
        # What is computed and not used may go.
        (after.work, before.work),
    ):
        more = _missing(has, had, ordered=False)
        if more is not None:
            fact = f"how to do without `{_line(new, more)}`, which the new body would do"
            raise Lacking(fact, _last(old).span.start)
    if given != made:
        raise Lacking(f"how to give `{_line(old, _last(old))}`", _last(old).span.start)


def arrays_of(held: HeldFunction) -> dict[str, str]:
    """The arguments that are arrays, and whether they need not be given."""
    arrays = {one.name: "maybe array" if one.optional else "slice" for one in held.series()}
    return arrays | {one.name: "slice" for one in held.arguments if _is_borrowed(one)}


def _form(facts: Facts, held: HeldFunction, orders: Orders | None = None) -> tuple[Trace, Term]:
    arrays = arrays_of(held)
    naming = Naming.of(facts, held.body, moved(facts.core, orders or {}))
    reader = Reader(naming, held.source, held.function.owner, frozenset(arrays), held.error)
    scope = Scope(None)
    scope.bind("self", ("self",))
    for param in held.function.params:
        kind = arrays.get(param.name, "argument")
        for name in param.names:
            scope.bind(name, (kind, name))
    value = reader.value(held.body, Scope(scope))
    steps = reader.trace.steps
    if value == DROPPED and steps and steps[-1][0][0] == "return":
        value = steps.pop()[0][1]
    if value[0] == "result":
        reader.raise_(value, held.body.statements[-1])
        value = ("Ok", value[3])
    return reader.trace, reader.settled(value)


def _is_borrowed(param: Param) -> bool:
    """Whether an argument is an array that the body borrows itself."""
    kind = param.type
    while kind is not None and kind.name != "PyArray1" and kind.args:
        kind = kind.args[-1]
    return kind is not None and kind.name == "PyArray1"


def _missing(
    had: Sequence[tuple[Term, Node]], has: Sequence[tuple[Term, Node]], *, ordered: bool
) -> Node | None:
    """The first that the other has not, or not at this place."""
    if ordered:
        for at, (term, node) in enumerate(had):
            if at >= len(has) or has[at][0] not in (term, ("released", term)):
                return node
        return None
    left = [term for term, _ in has]
    for term, node in had:
        if term not in left:
            return node
        left.remove(term)
    return None


def _last(held: HeldFunction) -> Node:
    return held.body.statements[-1] if held.body.statements else held.body


def _line(held: HeldFunction, node: Node) -> str:
    text = held.source[node.span.start : node.span.end].decode("utf-8")
    first, *others = text.strip().splitlines() or [""]
    return f"{first.rstrip()} .." if others else first
