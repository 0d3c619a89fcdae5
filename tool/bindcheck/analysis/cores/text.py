"""Rust text of small expressions, rebuilt from the body IR: what a default value looks like."""

from __future__ import annotations

from collections.abc import Mapping

from bindcheck.analysis.cores.shapes import NUMBERS
from bindcheck.model import (
    Binary,
    Block,
    Call,
    Cast,
    Closure,
    Const,
    FieldAccess,
    Gated,
    Literal,
    MethodCall,
    Node,
    Path,
    Return,
    Sequence,
    Unary,
)

_OWNING = frozenset({"to_string", "to_owned", "into", "clone", "as_str"})
_OWNERS = frozenset({"String::from", "from", "ToString::to_string", "Into::into"})


def expression_text(node: Node, consts: Mapping[str, Const] | None = None) -> str | None:
    """Text of a constant expression: literals, paths, arithmetic, constructors.

    Strings lose what makes them owned: `"ema".to_string()` is `"ema"`. A constant of the same file
    is replaced by its value, one of a number (`f64::MAX`) is none. None for what is no constant
    expression.
    """
    if isinstance(node, Literal):
        return _literal(node)
    if isinstance(node, Path):
        of_number = len(node.segments) > 1 and node.segments[-2] in NUMBERS
        const = None if of_number else (consts or {}).get(node.last)
        return const.value if const is not None and const.value else node.text
    if isinstance(node, MethodCall):
        return _method(node, consts)
    if isinstance(node, Call):
        return _call(node, consts)
    return _compound(node, consts)


def _literal(node: Literal) -> str:
    if node.kind == "str":
        escaped = node.text if "\\" in node.text else node.text.replace('"', '\\"')
        return f'"{escaped}"'
    return f"'{node.text}'" if node.kind == "char" and "'" not in node.text else node.text


def _method(node: MethodCall, consts: Mapping[str, Const] | None) -> str | None:
    inner = expression_text(node.receiver, consts)
    if inner is None or (node.method in _OWNING and not node.args):
        return inner
    args = [expression_text(arg, consts) for arg in node.args]
    if None in args:
        return None
    return f"{inner}.{node.method}({', '.join(arg for arg in args if arg)})"


def _call(node: Call, consts: Mapping[str, Const] | None) -> str | None:
    args = [expression_text(arg, consts) for arg in node.args]
    if None in args or not isinstance(node.function, Path):
        return None
    known = [arg for arg in args if arg is not None]
    if node.function.text in _OWNERS and len(known) == 1:
        return known[0]
    if node.function.text in ("String::new", "Vec::new"):
        return '""' if node.function.text == "String::new" else None
    return f"{node.function.text}({', '.join(known)})"


def _compound(node: Node, consts: Mapping[str, Const] | None) -> str | None:
    if isinstance(node, Unary):
        inner = expression_text(node.value, consts)
        return inner and (inner if node.op in ("&", "*") else f"{node.op}{inner}")
    if isinstance(node, Binary):
        left, right = expression_text(node.left, consts), expression_text(node.right, consts)
        return f"{left} {node.op} {right}" if left and right else None
    if isinstance(node, Cast):
        inner = expression_text(node.value, consts)
        return inner and f"{inner} as {node.type.text}"
    if isinstance(node, FieldAccess):
        inner = expression_text(node.base, consts)
        return inner and f"{inner}.{node.name}"
    if isinstance(node, Sequence):
        return _sequence(node, consts)
    value = tail_of(node)
    return expression_text(value, consts) if value is not None and value is not node else None


def _sequence(node: Sequence, consts: Mapping[str, Const] | None) -> str | None:
    items = [expression_text(item, consts) for item in node.items]
    if None in items or node.kind == "repeat":
        return None
    text = ", ".join(item for item in items if item)
    return f"({text})" if node.kind == "tuple" else f"[{text}]"


def tail_of(node: Node | None) -> Node | None:
    """The value of a block, a closure or a `return`; other expressions are their own."""
    while True:
        if isinstance(node, Block):
            if not node.statements:
                return None
            node = node.statements[-1]
        elif isinstance(node, Closure):
            node = node.body
        elif isinstance(node, Return):
            node = node.value
        elif isinstance(node, Gated):
            node = node.inner
        else:
            return node
