"""What a core's own function for grids makes of the kernel `Auto`."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.generate.bodies import arm_variants, value_of
from bindcheck.generate.context import Facts
from bindcheck.generate.style import is_kernel
from bindcheck.model import (
    Binary,
    Call,
    CoreFunction,
    Enum,
    If,
    ItemRef,
    Let,
    MacroCall,
    Match,
    Node,
    Path,
)

_AUTO = "Auto"


def auto_of(facts: Facts, function: CoreFunction) -> str | None:
    """The expression that the core puts in the place of `Auto`; empty where it hands that on.

    `function` writes the grid, and is what the core's function with a kernel calls, or stands for
    it. None where that is not known.
    """
    caller = facts.core.batch_with_kernel
    body = facts.program.body(caller.ref) if caller is not None else None
    if caller is None or body is None:
        return None
    params = facts.program.function(caller.ref).params
    names = {one.name for one in params if one.type is not None and is_kernel(one.type)}
    for node in body.walk():
        value = _instead(node, names)
        if value is not None:
            return _written(facts, function, caller.ref, value)
    inner = facts.core.batch_inner
    targets = {function.ref, *([inner.ref] if inner is not None else [])}
    handed_on = any(_hands_on(facts, caller.ref, node, names, targets) for node in body.walk())
    renamed = any(isinstance(one, Let) and names.intersection(one.names) for one in body.walk())
    return "" if handed_on and not renamed and not _speaks_of_auto(body) else None


def _instead(node: Node, names: set[str]) -> Node | None:
    """The value that a choice by a kernel has for `Auto`."""
    if isinstance(node, Match) and isinstance(node.subject, Path) and node.subject.text in names:
        arms = (one for one in node.arms if arm_variants(one.pattern) == {_AUTO})
        return next((value_of(one.body) for one in arms if one.guard is None), None)
    if isinstance(node, If):
        asked = _asks_for_auto(node.condition, names)
        if asked is not None:
            return value_of(node.then if asked else node.otherwise)
    return None


def _asks_for_auto(node: Node, names: set[str]) -> bool | None:
    """Whether a condition holds for `Auto` alone, or for all others; None for any other one."""
    if isinstance(node, MacroCall) and node.path == "matches":
        subject, _, pattern = node.tokens.partition(",")
        variants = arm_variants(pattern.replace(" ", ""))
        return True if subject.strip() in names and variants == {_AUTO} else None
    if isinstance(node, Binary) and node.op in ("==", "!="):
        sides = [one for one in (node.left, node.right) if isinstance(one, Path)]
        told = {one.last for one in sides if one.text not in names}
        named = len(sides) == 2 and any(one.text in names for one in sides)
        return node.op == "==" if named and told == {_AUTO} else None
    return None


def _written(facts: Facts, function: CoreFunction, caller: ItemRef, value: Node) -> str | None:
    """A value as the file of the core can say it."""
    if isinstance(value, Path):
        kernels = facts.program.resolve_type("Kernel", facts.core.path, ())
        item = facts.program.struct(kernels) if kernels is not None else None
        known = {one.name for one in item.variants} if isinstance(item, Enum) else set()
        return f"{facts.kernel_type(function)}::{value.last}" if value.last in known else None
    if isinstance(value, Call) and not value.args:
        found = facts.program.callees(caller).get(value.span, ())
        if len(found) == 1 and facts.names.sees(found[0]):
            return f"{facts.names.function(found[0])}()"
    return None


def _hands_on(
    facts: Facts, caller: ItemRef, node: Node, names: set[str], targets: set[ItemRef]
) -> bool:
    """Whether a call gives one of `targets` the kernel as it came."""
    if not isinstance(node, Call):
        return False
    given = any(isinstance(one, Path) and one.text in names for one in node.args)
    return given and not targets.isdisjoint(facts.program.callees(caller).get(node.span, ()))


def _speaks_of_auto(body: Node) -> bool:
    return any(_AUTO in text for node in body.walk() for text in _texts(node))


def _texts(node: Node) -> Iterator[str]:
    """The words in which a node may name a kernel."""
    if isinstance(node, Path):
        yield node.last
    elif isinstance(node, MacroCall):
        yield node.tokens
    elif isinstance(node, Match):
        yield from (one.pattern for one in node.arms)
    elif isinstance(node, Let):
        yield node.pattern
