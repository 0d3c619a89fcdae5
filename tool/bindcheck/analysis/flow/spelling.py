"""How expressions are written: to tell that two are the same, and to name them."""

from __future__ import annotations

from bindcheck.model import Binary, FieldAccess, Literal, MethodCall, Node, Path, Unary

_SHOWN = 80
AS_IT_IS = frozenset(
    {
        *("as_str", "as_ref", "as_deref", "as_mut", "to_string", "to_owned", "clone", "into"),
        *("borrow", "deref", "cloned", "copied", "into_owned"),
    }
)
"""Methods that give the same text, number or variant as another type or once more."""


def spelling(node: Node) -> str:
    """How a simple expression is written, to tell that two are the same."""
    if isinstance(node, Path):
        return node.text
    if isinstance(node, Literal):
        return node.text
    if isinstance(node, FieldAccess):
        return f"{spelling(node.base)}.{node.name}"
    if isinstance(node, MethodCall) and not node.args:
        return f"{spelling(node.receiver)}.{node.method}()"
    return f"?{node.span.start}"


def condition_of(node: Node) -> str:
    """A condition as it is written, in one line; empty if it is not a plain or a short one."""
    text = _spelled(node)
    return text if len(text) <= _SHOWN and "?" not in text else ""


def _spelled(node: Node) -> str:
    if isinstance(node, Binary):
        return f"{_spelled(node.left)} {node.op} {_spelled(node.right)}"
    if isinstance(node, Unary):
        return f"{node.op}{_spelled(node.value)}"
    return spelling(node)
