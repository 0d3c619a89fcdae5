"""Which calls of cores are recorded, and what becomes of their results."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from bindcheck.crate import Crate
from bindcheck.fact import fact
from bindcheck.generate.arguments import Argument, parameters_of
from bindcheck.generate.context import Facts
from bindcheck.generate.core_source import core_dependencies, core_digest
from bindcheck.generate.inputs import Number, drawn
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.testfile import reached
from bindcheck.generate.testlength import called_with, instead_of_none, length_of
from bindcheck.generate.values import Recorded, Value, Values, summary
from bindcheck.model import CoreApi

_FLOATS = ("f32", "f64")


@fact
class Asked:
    """Calls of one core that are wanted: each with `series` and one of `points`.

    `series` pairs the Rust type of the elements with the numbers.
    """

    name: str
    core: CoreApi
    series: tuple[tuple[str, Sequence[Number]], ...]
    points: tuple[Mapping[str, Value], ...]


@fact
class Given:
    """What a core gave: for each point its outputs, None where it returned an error.

    `refused` tells why there is nothing at all; `kernel` is the one that ran, if it takes one.
    """

    kernel: str = ""
    outputs: tuple[Sequence[Sequence[Number]] | None, ...] = ()
    refused: str = ""


Runner = Callable[[Sequence[Asked]], Mapping[str, Given]]
"""Runs cores without their bindings; the results by the name that was asked for."""


def recorded(
    values: Values,
    indicators: Iterable[Facts],
    runner: Runner,
    sources: Mapping[str, bytes],
    crate: Crate,
) -> tuple[Values, dict[str, str]]:
    """`values` with what the cores give now, and by name why one gives nothing."""
    facts, asked, refused = {}, [], {}
    for one in indicators:
        try:
            asked.append(_asked(one))
            facts[one.bare] = one
        except Lacking as lacking:
            refused[one.bare] = lacking.fact
    given = runner(asked) if asked else {}
    records = {}
    for wanted in asked:
        found = given[wanted.name]
        points = tuple(_points(wanted, found))
        if found.refused or not points:
            refused[wanted.name] = found.refused or "a call of the core that is no error"
            continue
        one = facts[wanted.name]
        records[wanted.name] = Recorded(
            release=crate.release,
            source=core_digest(one.program, one.core, sources),
            dependencies=core_dependencies(one.program, one.core, sources, crate),
            length=length_of(one.program, one.core),
            kernel=found.kernel,
            points=points,
        )
    return values.with_records(records), refused


def _asked(facts: Facts) -> Asked:
    length = length_of(facts.program, facts.core)
    series = tuple((one.rust, one.numbers(length)) for one in drawn(facts.program, facts.core))
    return Asked(facts.bare, facts.core, series, tuple(_parameters(facts)))


def _points(asked: Asked, given: Given) -> Iterator[dict[str, object]]:
    """Summaries of the calls that succeeded; nothing but NaN tells nothing."""
    names = [one.name for one in asked.core.outputs]
    for parameters, outputs in zip(asked.points, given.outputs, strict=False):
        if outputs is None or all(math.isnan(one) for output in outputs for one in output):
            continue
        shown = [summary(name, one) for name, one in zip(names, outputs, strict=True)]
        yield {"parameters": dict(parameters), "outputs": shown}


# --- parameters -----------------------------------------------------------------------------


def _parameters(facts: Facts) -> Iterator[dict[str, Value]]:
    """The defaults, and a call in which no two numbers are alike: neither stands in for another.

    In that call nothing is left open for which a number is known.
    """
    arguments = parameters_of(facts.core, "params")
    defaults = {one.name: _literal(one) for one in arguments}
    yield defaults
    changed = {
        one.name: _changed(one, _closed(facts, one, defaults[one.name]), at)
        for at, one in enumerate(arguments, start=1)
    }
    if changed != defaults:
        yield changed


def _literal(one: Argument) -> Value:
    given = called_with(one)
    text = {"true": "True", "false": "False"}.get(given or "", given)
    if text is None:
        raise Lacking(f"a default for `{one.name}` to record with")
    return _number(one, text)


def _closed(facts: Facts, one: Argument, default: Value) -> Value:
    text = instead_of_none(one, facts.program, reached(facts))
    return default if text is None else _number(one, text)


def _number(one: Argument, text: str) -> Value:
    found: Value = ast.literal_eval(text)
    return float(found) if one.kind in _FLOATS and isinstance(found, int) else found


def _changed(one: Argument, value: Value, at: int) -> Value:
    if value is None or isinstance(value, bool | str):
        return value
    return value * (1 + at / 16) if one.kind in _FLOATS else value + at
