"""The piece `batch` with the interface of the binding that it replaces."""

from __future__ import annotations

import re

from bindcheck.generate.batch import BatchInto, BatchVectors, batch_context
from bindcheck.generate.context import ARRAYS, Facts, checked_outputs
from bindcheck.generate.grid import Grid, Head, Wanted
from bindcheck.generate.held.binding import Kept
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.results import dict_ending, dict_items, is_dict
from bindcheck.generate.held.symbols import Code
from bindcheck.generate.lacking import Lacking
from bindcheck.model import CoreFunction, Role

_VARIABLES = ("combos", "rows", "cols")

_FALLS_BACK = re.compile(r"\.unwrap_or(?:_default|_else)?\([^?]*\)$")
"""How an index says that there always is one."""


def held_batch(facts: Facts, held: HeldFunction) -> BatchInto | BatchVectors:
    """Data for the binding of a grid, its head as it is."""
    held.check_python()
    kept = Kept.of(facts, held)
    return batch_context(facts, lambda facts, wanted: _grid(facts, kept, wanted))


def _grid(facts: Facts, kept: Kept, wanted: Wanted) -> Grid:
    """The interface that the function has."""
    held, local = kept.held, kept.local
    if not is_dict(kept):
        raise Lacking(f"the dict that `{held.function.name}` makes")
    series, setup, uses = kept.inputs(wanted.functions)
    singles, used = kept.singles()
    sweep, swept = _sweep(facts, kept) if wanted.sweep else ("", frozenset())
    items = dict_items(kept, checked_outputs(facts.core.outputs), grid=True)
    for one in items:
        if any(local[name] != name and name in one.uses for name in _VARIABLES):
            raise Lacking(f"another name for an argument of `{held.function.name}`")
        if "combos" in one.uses and not wanted.rows:
            raise Lacking(f"the combinations that `{held.function.name}` shows under {one.key!r}")
    values = {**singles, **series, "range": local["sweep"], "combos": local["combos"]}
    checks, checked = kept.checks()
    late, later = kept.late_checks()
    listed = (
        uses | used | swept | checked | later | frozenset[str]().union(*(one.uses for one in items))
    )
    kernel = kept.kernel(wanted.function, batch=True)
    codes = [one.code for one in items]
    vectors = wanted.function is facts.core.batch_with_kernel
    arrays = vectors or any("into_pyarray(" in code for code in codes)
    head = Head(
        frame=facts.frame(kept.traits(ARRAYS if arrays else ARRAYS[1:], codes), local),
        rust_name=held.function.name,
        python_name="",
        signature="",
        series=kept.series,
        ranges=(),
        kernel=kernel,
        sweep=sweep,
        raises=Role.BATCH in facts.style.raising,
        text=held.head,
        checks=late,
        first=_first(kept, wanted.function),
        equal=False,
        mapping=kept.mapping(),
        setup=(*checks, *setup, *kept.ignored(listed, kernel)),
        ending=dict_ending(kept),
        takes_kernel="kernel" in wanted.function.roles,
    )
    return Grid(head, kept.names, values, (), items)


def _first(kept: Kept, function: CoreFunction) -> str:
    """The index of the first number, if the old body has one for arrays without any."""
    for called in kept.evidence.calls:
        if called.name != function.name:
            continue
        for role, symbol in zip(function.roles, called.args, strict=False):
            if role == "first" and isinstance(symbol, Code) and _FALLS_BACK.search(symbol.text):
                return symbol.text
    return ""


def _sweep(facts: Facts, kept: Kept) -> tuple[str, frozenset[str]]:
    """The literal of the range, and the names that it uses."""
    core = facts.core
    struct = facts.type_name(core.range_struct, "parameter ranges")
    if kept.evidence.ranges:
        return kept.literal(kept.evidence.ranges, struct, core.range_struct or "")
    if not kept.plain():
        return f"{struct}::default()", frozenset()
    raise Lacking(f"how `{kept.held.function.name}` makes `{core.range_struct}`")
