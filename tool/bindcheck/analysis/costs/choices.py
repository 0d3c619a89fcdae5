"""Conditions by which code chooses how to work: by size, by a flag, by a mode."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindcheck.analysis.flow.guards import diverges, is_error
from bindcheck.model import (
    Binary,
    Block,
    Call,
    FieldAccess,
    If,
    Literal,
    Match,
    MethodCall,
    Node,
    Path,
    Return,
    Unary,
)

_ORDER = frozenset({"<", ">", "<=", ">="})
_EQUAL = frozenset({"==", "!="})
_FEW = 16
_QUESTIONS = re.compile(r"^(?:is_|has_|contains|starts_with|ends_with|eq)")
_DECISIONS = re.compile(r"par|thread|large|small|seq|worth")
_WORKERS = re.compile(r"thread|worker|parallel|cpu|core|jobs")
_VARIANT = re.compile(r"\b[A-Z]\w*::[A-Z]\w*|\btrue\b|\bfalse\b")


def chooses(node: If) -> bool:
    """Whether an `if` chooses between two ways of doing the same, not whether to do it at all."""
    branches = (node.then, node.otherwise)
    if any(branch is not None and _gives_up(branch) for branch in branches):
        return False
    return any(_decides(part) for part in _parts(node.condition))


def chooses_before(node: If) -> bool:
    """Whether an `if` returns early with a result of its own: `if n < 4096 { return .. }`."""
    return diverges(node.then) and chooses(node)


def is_mode(node: Match) -> bool:
    """Whether a `match` chooses by a flag or by the variants of an enum."""
    return any(_VARIANT.search(arm.pattern) for arm in node.arms)


def _gives_up(branch: Node) -> bool:
    last = branch.statements[-1] if isinstance(branch, Block) and branch.statements else branch
    if isinstance(last, Return):
        return is_error(last.value)
    return is_error(branch)


def _parts(condition: Node) -> Iterator[Node]:
    """The conditions that `&&`, `||` and `!` join."""
    if isinstance(condition, Binary) and condition.op in ("&&", "||"):
        yield from _parts(condition.left)
        yield from _parts(condition.right)
    elif isinstance(condition, Unary) and condition.op == "!":
        yield from _parts(condition.value)
    else:
        yield condition


def _decides(condition: Node) -> bool:
    if isinstance(condition, Binary):
        return _compares(condition)
    if isinstance(condition, Call):
        return isinstance(condition.function, Path) and not _QUESTIONS.match(
            condition.function.last
        )
    if isinstance(condition, MethodCall):
        return not _QUESTIONS.match(condition.method) or bool(_DECISIONS.search(condition.method))
    return isinstance(condition, (Path, FieldAccess))


def _compares(condition: Binary) -> bool:
    sides = (condition.left, condition.right)
    if any(_WORKERS.search(_name(side)) for side in sides):
        return True
    if condition.op in _EQUAL:
        return any(isinstance(side, Path) and len(side.segments) > 1 for side in sides)
    return condition.op in _ORDER and not any(_is_few(side) for side in sides)


def _name(node: Node) -> str:
    if isinstance(node, Path):
        return node.text.lower()
    if isinstance(node, Call):
        return _name(node.function)
    if isinstance(node, FieldAccess):
        return node.name
    return node.method if isinstance(node, MethodCall) else ""


def _is_few(node: Node) -> bool:
    """A literal that is no threshold: `n > 0`, `x < 0.5`."""
    if not isinstance(node, Literal):
        return False
    digits = re.sub(r"(?:_?[ui](?:\d+|size))?$", "", node.text).replace("_", "")
    return node.kind != "int" or not digits.isdigit() or int(digits) < _FEW
