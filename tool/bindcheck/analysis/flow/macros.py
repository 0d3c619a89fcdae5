"""Macro calls: `vec!`, those that release, and the rest."""

from __future__ import annotations

import re
from collections.abc import Callable

from bindcheck.analysis.flow.bounds import limit
from bindcheck.analysis.flow.events import Allocation, Kind, Panic, Region
from bindcheck.analysis.flow.guards import DIVERGING, establish
from bindcheck.analysis.flow.machine import Frame, evaluate
from bindcheck.analysis.flow.parts import listed
from bindcheck.analysis.flow.simple import ARGUMENTS
from bindcheck.analysis.flow.spelling import condition_of
from bindcheck.analysis.flow.threads import attaches
from bindcheck.analysis.flow.values import (
    CONSTANT,
    NOTHING,
    TEXT,
    Fails,
    Root,
    Shape,
    Size,
    Value,
)
from bindcheck.analysis.flow.watch import Watch, lengths_of
from bindcheck.analysis.linking.tokens import split_top
from bindcheck.model import Arm, Binary, MacroCall, Path, Sequence
from bindcheck.model.fact import replace

_TEXTS = frozenset({"format", "concat", "stringify", "env", "file", "line"})
_COMPARES = {"assert_eq": "==", "assert_ne": "!="}
_LONGEST = 50
_WORD = re.compile(r"[A-Za-z_]\w*")
_ASSERTS = frozenset({"assert", "assert_eq", "assert_ne"})
_ALL_ASSERTS = tuple(_ASSERTS)
_PLAIN = frozenset({"println", "eprintln", "print", "write", "writeln", "debug", "info", "warn"})
SOMETHING = "it depends on what the caller passes"
SOMEWHERE = "a condition on what the caller passes leads here"
"""Why a macro panics, where the condition is none that can be told in a line."""


@evaluate.register
def _macro(node: MacroCall, frame: Frame) -> Value:
    name = node.path.rsplit("::", 1)[-1]
    known = _BY_NAME.get(name)
    if known is not None:
        return known(node, frame)
    if frame.watch is not None and name.endswith(_ALL_ASSERTS):
        _demand(node, name, frame.watch, frame)
        return NOTHING
    change = frame.world.macros.get(name)
    if change is not None:
        return _region(node, frame, change)
    expanded = frame.world.program.expansion(frame.ref, node)
    if expanded is not None:
        return frame.expr(expanded)
    values = [frame.expr(arg) for arg in node.args if not isinstance(arg, Arm)]
    for value in values:
        frame.call(value)
    if name in _TEXTS:
        return TEXT
    if name in DIVERGING and frame.asked:
        _gives_up(node, name, frame)
    if name in _ASSERTS:
        _assert(node, name, values, frame)
    if name in _PLAIN:
        return NOTHING
    return replace(CONSTANT) if name.startswith(("is_", "matches", "cfg")) else NOTHING


def _in_step(node: MacroCall, frame: Frame) -> Value:
    """`azip!((a in &values, b in &mut out) ..)` of ndarray goes over arrays in step."""
    words = set(_WORD.findall(node.tokens.partition("{")[0]))
    over = [frame.names[one] for one in words if one in frame.names]
    if any(one.size is Size.DATA and one.is_sequence for one in over):
        name = node.path.rsplit("::", 1)[-1]
        kind = Kind.PARALLEL if name.startswith("par_") else Kind.LOOP
        frame.work(kind, node.span, f"`{name}!`", Size.DATA)
    return NOTHING


def _assert(node: MacroCall, name: str, values: list[Value], frame: Frame) -> None:
    """An assertion panics where it does not hold; afterwards it does."""
    asked = values[: 1 if name == "assert" else 2]
    told = _is_flag_elsewhere(node, asked, frame)
    if not told and any(one.caller or (one.lengths and one.source in ARGUMENTS) for one in asked):
        text = _asserted(node, name)
        why = f"`{text}` has to hold" if text else SOMETHING
        check = f"{text}, {asked[0].lowered}" if text else ""
        compares = frozenset[Root]().union(*(one.lengths for one in asked))
        _panic(frame, node, name, why, check, compares=compares)
    for arg in node.args[: len(asked)]:
        establish(arg, frame)
        limit(arg, frame, holds=True)
    if name == "assert_eq":
        frame.same_length(frozenset().union(*(one.lengths for one in asked)))


def _is_flag_elsewhere(node: MacroCall, asked: list[Value], frame: Frame) -> bool:
    """Whether another crate asserts that a flag is set: both are usual, it means what it found."""
    named = len(asked) == 1 and isinstance(node.args[0], Path)
    flag = named and asked[0].type is not None and asked[0].type.peel().name == "bool"
    return flag and not frame.world.program.in_crate(frame.ref.path)


def _demand(node: MacroCall, name: str, watch: Watch, frame: Frame) -> None:
    """An assertion about lengths; a release build does without those for debugging."""
    asked = node.args[: 1 if name == "assert" else 2]
    if name == "assert" and asked and isinstance(asked[0], Binary) and asked[0].op == "==":
        asked = (asked[0].left, asked[0].right)
    if not name.startswith("debug"):
        watch.demand(
            f"`{name}!`", lengths_of(frame.expr(one) for one in asked), frame.place(node.span)
        )


def _asserted(node: MacroCall, name: str) -> str:
    """What is asserted; nothing where it is too long to be read in a line."""
    parts = [one.strip() for one in split_top(node.tokens)]
    sign = _COMPARES.get(name)
    text = f" {sign} ".join(parts[:2]) if sign else parts[0]
    return "" if "\n" in text or len(text) > _LONGEST else text


def _gives_up(node: MacroCall, name: str, frame: Frame) -> None:
    text, lowered = "", False
    if frame.condition is not None:
        text, lowered = condition_of(frame.condition[0]), frame.condition[1]
    why = f"where `{text}`" if text else SOMEWHERE
    _panic(frame, node, name, why, f"{text}, {lowered}" if text else "", lowered=lowered)


def _panic(
    frame: Frame,
    node: MacroCall,
    name: str,
    why: str,
    check: str,
    *,
    lowered: bool = False,
    compares: frozenset[Root] = frozenset(),
) -> None:
    place = frame.place(node.span)
    frame.events.panics.append(
        Panic(
            name,
            place,
            Fails.CALLER,
            why,
            frame.region,
            check=check,
            lowered=lowered,
            compares=compares,
        )
    )


def _vec(node: MacroCall, frame: Frame) -> Value:
    only = node.args[0] if len(node.args) == 1 else None
    if isinstance(only, Sequence) and only.kind == "repeat":
        value = frame.expr(only)
        length = Value(Shape.SCALAR, value.size, product=value.product, lengths=value.lengths)
        if value.product is not None:
            asked = frame.world.quiet(frame).expr(only.items[-1])
            length = replace(length, caller=asked.caller, limits=asked.limits)
        frame.events.allocations.append(
            Allocation("vec!", frame.place(node.span), length, value.product, numpy=False)
        )
        if value.size is Size.DATA:
            frame.work(Kind.MEMORY, node.span, "vec!", Size.DATA)
        return replace(value, product=None, lengths=frozenset(), root=frame.root(node.span))
    return listed([frame.expr(arg) for arg in node.args], node, frame)


def _region(node: MacroCall, frame: Frame, change: str) -> Value:
    region = Region.DETACHED if change == "detach" else Region.ATTACHED
    if region is Region.DETACHED:
        frame.events.releases.append(frame.place(node.span))
    else:
        attaches(frame, node.span)
    before = frame.touches
    result = NOTHING
    with frame.inside(region=region):
        for arg in node.args:
            value = frame.expr(arg)
            result = frame.call(value) if value.closure is not None else value
    if region is Region.DETACHED:
        frame.touches = before
    return result


_BY_NAME: dict[str, Callable[[MacroCall, Frame], Value]] = {
    "vec": _vec,
    "azip": _in_step,
    "par_azip": _in_step,
}
