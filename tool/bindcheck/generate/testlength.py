"""How long the series of a generated test are, and counts to call with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bindcheck.analysis.program import Program
from bindcheck.generate.arguments import Argument
from bindcheck.generate.lengths import asked_for
from bindcheck.model import CoreApi, FieldAccess, ItemRef, Literal, MethodCall, Node, ParamField

_FEWEST = 400
_PER_PERIOD = 8
_MOST = 10_000
_USUAL, _USUAL_SLOW = "14", "28"
_SLOW = re.compile(r"(?:^|_)(?:slow|long)(?:_|$)")
_COUNTS = frozenset({"usize", "u64", "u32", "u16", "i64", "i32"})
_FLAGS = {"true": "True", "false": "False"}
_NUMBER = re.compile(r"-?\d[\d_]*(?:\.\d*)?")
_CHOICE = re.compile(r"(?:^|_|dev|ma)(?:mode|type|kind|method)$")
"""Numbers with such names stand for one of a few ways, and any other is none."""


def length_of(program: Program, core: CoreApi) -> int:
    """Enough values for the warm-up of the default parameters to be a small part, and for what a
    plain function asks for.
    """
    counts = [int(one.default) for one in core.params if is_count(one) and one.default]
    asked = min(asked_for(program, core), _MOST)
    return max(_FEWEST, _PER_PERIOD * max(counts, default=0), 2 * asked)


def is_count(param: ParamField) -> bool:
    """Whether a parameter counts values, by a default that is a plain number."""
    return param.type.name == "usize" and bool(re.fullmatch(r"\d+", param.default or ""))


def swept(params: Sequence[ParamField], others: Sequence[ParamField], step: int) -> str:
    """The name of the parameter that a small grid sweeps, two steps up from its default.

    It is the first count that does not come to another one's default on the way, for a count may
    have to stay below another one; where each does, the largest. Empty where nothing counts.
    """
    counts = {
        one.name: int(one.default)
        for one in params
        if is_count(one) and one.default and not _CHOICE.search(one.name)
    }
    above = {int(one.default) for one in others if is_count(one) and one.default}
    clear = (
        name for name, at in counts.items() if above.isdisjoint(range(at + 1, at + 2 * step + 1))
    )
    return next(clear, max(counts, key=lambda name: counts[name], default=""))


def counts_values(one: Argument) -> bool:
    """Whether 0, or more than there are values, must be refused."""
    return one.kind in _COUNTS and one.name.rpartition("_")[2] in ("period", "length", "window")


def called_with(one: Argument) -> str | None:
    """The default of an argument, or a usual count; None where neither is known.

    The slow one of two counts is the larger.
    """
    if one.default is not None or not counts_values(one):
        return one.default
    return _usual(one)


def _usual(one: Argument) -> str:
    return _USUAL_SLOW if _SLOW.search(one.name) else _USUAL


def instead_of_none(one: Argument, program: Program, refs: Iterable[ItemRef]) -> str | None:
    """A value to try for an argument that is None by default: what the core takes in its place.

    `refs` are its functions. Else a usual count; None where nothing is known.
    """
    if one.default != "None" or one.choices is not None or one.kind == "String":
        return None
    for ref in refs:
        body = program.body(ref)
        for node in body.walk() if body is not None else ():
            text = _fallback(node, one.field)
            if _NUMBER.fullmatch(text):
                return text.replace("_", "")
            if text in _FLAGS:
                return _FLAGS[text]
    return _usual(one) if counts_values(one) else None


def _fallback(node: Node, field: str) -> str:
    """The `9` of `params.period.unwrap_or(9)`; empty for anything else."""
    if not isinstance(node, MethodCall) or node.method != "unwrap_or" or len(node.args) != 1:
        return ""
    of, given = node.receiver, node.args[0]
    if isinstance(of, MethodCall) and of.method == "clone" and not of.args:
        of = of.receiver
    named = isinstance(of, FieldAccess) and of.name == field
    return given.text if named and isinstance(given, Literal) else ""
