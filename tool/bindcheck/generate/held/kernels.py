"""The kernel that a binding of a grid makes of the one that is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bindcheck.generate.held.evidence import Known
from bindcheck.generate.held.symbols import Code, Kernel, Symbol
from bindcheck.model import Arm, MacroCall, Match, MethodCall, Node, Path, Return, Unary

_REFUSALS = frozenset({"panic", "unreachable"})


def usual_kernel(
    known: Known, node: Match, subject: Kernel, values: Sequence[Symbol]
) -> Kernel | None:
    """What a choice by the kernel's name comes to; None if it is not the usual one.

    A kernel for grids may become that of their rows, and Auto whatever the binding says.
    """
    auto = subject.auto
    left = set(known.kernels)
    for arm, value in zip(node.arms, values, strict=True):
        named = {part.strip().rsplit("::", 1)[-1] for part in arm.pattern.split("|")}
        rest = "::" not in arm.pattern
        if arm.guard is not None and not _asks_batch(arm.guard):
            return None
        if auto is None and ("Auto" in named or (rest and arm.guard is None)):
            auto = _for_auto(known, value, arm)
        asks_plain = arm.guard is not None and _is_negated(arm.guard)
        if not asks_plain and not _is_same(arm, value, left if rest else named - {"Auto"}):
            return None
        covered = arm.guard is not None and not _is_negated(arm.guard)
        left = set() if rest and covered else left - named
    return replace(subject, auto=auto)


def _is_negated(guard: Node) -> bool:
    return isinstance(guard, Unary)


def _asks_batch(guard: Node) -> bool:
    """`k.is_batch()`: whether it is a kernel for grids."""
    return any(isinstance(one, MethodCall) and one.method == "is_batch" for one in guard.walk())


def _for_auto(known: Known, value: Symbol, arm: Arm) -> str | None:
    """What takes the place of Auto; None if it stays, or must not come here."""
    if not isinstance(value, Code) or _refuses(arm.body):
        return None
    return "" if value.text.rpartition("::")[2] == f"{known.auto}()" else value.text


def _is_same(arm: Arm, value: Symbol, kernels: set[str]) -> bool:
    """Whether kernels become themselves, or those of their rows."""
    if isinstance(value, Kernel) or (_refuses(arm.body) and "::" not in arm.pattern):
        return True
    if not isinstance(value, Code) or value.uses:
        return False
    made = value.text.rpartition("::")[2]
    return all(made.removesuffix("Batch") == one.removesuffix("Batch") for one in kernels)


def _refuses(body: Node) -> bool:
    """Whether an arm only fails."""
    return any(
        isinstance(one, Return)
        or (isinstance(one, MacroCall) and one.path in _REFUSALS)
        or (isinstance(one, Path) and one.last == "Err")
        for one in body.walk()
    )
