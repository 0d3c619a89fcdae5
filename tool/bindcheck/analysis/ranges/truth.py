"""Whether conditions hold, for all that runs bodies on values of which some are not known."""

from __future__ import annotations

from typing import Protocol, TypeVar

from bindcheck.model import Binary, Let, Node, Unary

V = TypeVar("V")


class Evaluator(Protocol[V]):
    """What gives nodes their values."""

    def expr(self, node: Node | None) -> V:
        """The value of a node."""

    def bind(self, pattern: str, value: V) -> bool | None:
        """Bind the names of a pattern; whether the value matches it, None if nobody knows."""


def truth(condition: Node, within: Evaluator[V]) -> bool | None:
    """Whether a condition holds; None if that is not known. `let` binds on the way."""
    if isinstance(condition, Let):
        return within.bind(condition.pattern, within.expr(condition.value))
    if isinstance(condition, Unary) and condition.op == "!":
        answer = truth(condition.value, within)
        return None if answer is None else not answer
    if isinstance(condition, Binary) and condition.op in ("&&", "||"):
        return _both(condition, within)
    value = within.expr(condition)
    return value if isinstance(value, bool) else None


def _both(node: Binary, within: Evaluator[V]) -> bool | None:
    decides = node.op == "||"
    first = truth(node.left, within)
    if first is decides:
        return decides
    second = truth(node.right, within)
    if second is decides:
        return decides
    return None if first is None or second is None else not decides
