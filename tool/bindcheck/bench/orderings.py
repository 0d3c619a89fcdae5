"""Comparisons that are spelled by what a method gives: an `Ordering`, or a difference.

`n.cmp(&FROM).is_ge()`, `match n.cmp(&FROM) { Less => .. }`, `n.checked_sub(FROM).is_some()` and
`n.saturating_sub(FROM) > 0` say what `n >= FROM` says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bindcheck.fact import fact
from bindcheck.model import (
    Arm,
    Binary,
    Call,
    Let,
    Literal,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Unary,
)

_COMPARING = frozenset({"cmp", "partial_cmp"})
_ASKED = {"is_lt": "<", "is_le": "<=", "is_gt": ">", "is_ge": ">="}
_DIRECT = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_TAKEN = frozenset({"unwrap", "expect"})
_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_NAMED = {
    frozenset({"Less"}): "<",
    frozenset({"Less", "Equal"}): "<=",
    frozenset({"Greater"}): ">",
    frozenset({"Equal", "Greater"}): ">=",
}
_ABOVE_ZERO = {(">", "0"): ">", ("!=", "0"): ">", (">=", "1"): ">"} | dict.fromkeys(
    (("<=", "0"), ("==", "0"), ("<", "1")), "<="
)
"""What a difference that is never below 0 says of its two sides."""
_BARS = re.compile(r"\s*\|\s*")
_BINDING = re.compile(r"(?:ref\s+)?(?:mut\s+)?[a-z_]\w*$")
_Sides = tuple[Node, Node]


@fact
class Ordered:
    """`other` stands to `limit` as `op` says."""

    other: Node
    op: str
    limit: Node


def ordered(node: Node) -> Ordered | None:
    """What a node says of the order of two values; None if it is no such comparison."""
    if isinstance(node, MethodCall):
        return _asked(node)
    if isinstance(node, Call):
        return _called(node)
    if isinstance(node, Binary):
        return _difference(node) or _equal(node)
    if isinstance(node, MacroCall):
        return _matched(node)
    return _bound(node) if isinstance(node, Let) else None


def ordered_arms(node: Match) -> tuple[Ordered, tuple[Arm, Arm]] | None:
    """A `match` of an `Ordering`, or of a difference, with the arms of the small and the large."""
    if any(one.guard is not None for one in node.arms):
        return None
    sides = _sides(node.subject)
    if sides is not None:
        taken = [_arm(node.arms, name) for name in ("Less", "Equal", "Greater")]
        less, equal, greater = taken
        if less is None or equal is None or greater is None or less is greater:
            return None
        return Ordered(sides[0], ">=" if equal is greater else ">", sides[1]), (less, greater)
    sides = _subtracted(node.subject)
    none, some = _arm(node.arms, "None"), _arm(node.arms, "Some")
    if sides is None or none is None or some is None or none is some:
        return None
    return Ordered(sides[0], ">=", sides[1]), (none, some)


def _arm(arms: Sequence[Arm], name: str) -> Arm | None:
    """The first arm that takes a variant."""
    for one in arms:
        if any(_takes(pattern, name) for pattern in _BARS.split(one.pattern)):
            return one
    return None


def _takes(pattern: str, name: str) -> bool:
    return _variant(pattern) == name or _BINDING.match(pattern) is not None


def _variant(pattern: str) -> str:
    """`Ordering::Less`, `Some(Ordering::Less)` or `Some(_)` by the last name."""
    inner = pattern.strip()
    if inner.startswith("Some(") and inner.rstrip(")").endswith(("Less", "Equal", "Greater")):
        inner = inner[5:].rstrip(")")
    return inner.partition("(")[0].rsplit("::", 1)[-1].strip()


def _asked(node: MethodCall) -> Ordered | None:
    sides = _sides(node.receiver)
    if not node.args and node.method in _ASKED and sides is not None:
        return Ordered(sides[0], _ASKED[node.method], sides[1])
    if node.method in _DIRECT and len(node.args) == 1 and _referred(node.args[0]) is not None:
        return _made(node.receiver, _DIRECT[node.method], _referred(node.args[0]))
    sides = _subtracted(node.receiver)
    if not node.args and node.method in ("is_some", "is_none") and sides is not None:
        return Ordered(sides[0], ">=" if node.method == "is_some" else "<", sides[1])
    return None


def _made(other: Node | None, op: str, limit: Node | None) -> Ordered | None:
    return None if other is None or limit is None else Ordered(other, op, limit)


def _called(node: Call) -> Ordered | None:
    """`PartialOrd::lt(&n, &FROM)`, `usize::ge(&n, &FROM)`."""
    op = _DIRECT.get(_function(node))
    if op is None or len(node.args) != 2:
        return None
    return _made(_referred(node.args[0]), op, _referred(node.args[1]))


def _sides(node: Node) -> _Sides | None:
    """The two values of a `cmp`, by its method or as a function."""
    while isinstance(node, MethodCall) and node.method in _TAKEN:
        node = node.receiver
    found: tuple[Node | None, Node | None] = (None, None)
    if isinstance(node, MethodCall) and node.method in _COMPARING and len(node.args) == 1:
        found = node.receiver, _referred(node.args[0])
    elif isinstance(node, Call) and _function(node) in _COMPARING and len(node.args) == 2:
        found = _referred(node.args[0]), _referred(node.args[1])
    other, limit = found
    return None if other is None or limit is None else (other, limit)


def _function(node: Call) -> str:
    """The name of a function that is called by its owner: `Ord::cmp`."""
    path = node.function
    return path.last if isinstance(path, Path) and len(path.segments) > 1 else ""


def _referred(node: Node) -> Node | None:
    return node.value if isinstance(node, Unary) and node.op == "&" else None


def _subtracted(node: Node, method: str = "checked_sub") -> _Sides | None:
    if isinstance(node, MethodCall) and node.method == method and len(node.args) == 1:
        return node.receiver, node.args[0]
    return None


def _equal(node: Binary) -> Ordered | None:
    """`n.cmp(&FROM) == Ordering::Less`, in either order."""
    if node.op not in ("==", "!="):
        return None
    for asked, named in ((node.left, node.right), (node.right, node.left)):
        sides = _sides(asked)
        op = _NAMED.get(frozenset({_order(named)}))
        if sides is not None and op is not None:
            return Ordered(sides[0], op if node.op == "==" else _OPPOSITE[op], sides[1])
    return None


def _order(node: Node) -> str:
    """The name of an `Ordering`, also inside `Some`."""
    if isinstance(node, Call) and len(node.args) == 1:
        node = node.args[0]
    return node.last if isinstance(node, Path) else ""


def _difference(node: Binary) -> Ordered | None:
    """`n.saturating_sub(FROM) > 0`."""
    sides = _subtracted(node.left, "saturating_sub")
    if sides is None or not isinstance(node.right, Literal):
        return None
    op = _ABOVE_ZERO.get((node.op, node.right.text))
    return None if op is None else Ordered(sides[0], op, sides[1])


def _matched(node: MacroCall) -> Ordered | None:
    """`matches!(n.cmp(&FROM), Ordering::Less)`."""
    if node.path.rsplit("::", 1)[-1] != "matches" or len(node.args) != 2:
        return None
    subject, arm = node.args
    if not isinstance(arm, Arm) or arm.guard is not None:
        return None
    sides, names = _sides(subject), frozenset(map(_variant, _BARS.split(arm.pattern)))
    op = _NAMED.get(names)
    if sides is None:
        sides = _subtracted(subject)
        op = {"Some": ">=", "None": "<"}.get(_variant(arm.pattern))
    return None if sides is None or op is None else Ordered(sides[0], op, sides[1])


def _bound(node: Let) -> Ordered | None:
    """`if let Some(_) = n.checked_sub(FROM)`, or `let .. else`."""
    sides = None if node.value is None else _subtracted(node.value)
    op = {"Some": ">=", "None": "<"}.get(_variant(node.pattern))
    return None if sides is None or op is None else Ordered(sides[0], op, sides[1])
