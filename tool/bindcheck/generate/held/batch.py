"""The piece `batch` with the interface of the binding that it replaces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from enum import Enum, auto
from functools import partial

from bindcheck.generate.batch import BatchInto, BatchVectors, batch_context
from bindcheck.generate.buffers import ALL, Start, mapping_of
from bindcheck.generate.context import ARRAYS, Facts, checked_outputs
from bindcheck.generate.grid import Grid, Head, Held, Wanted
from bindcheck.generate.held.binding import Kept
from bindcheck.generate.held.evidence import COMBOS, SWEEP
from bindcheck.generate.held.fields import refuse_other_types
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.gridvalues import OWN_FIRST
from bindcheck.generate.held.known import functions_of
from bindcheck.generate.held.layouts import raises_for
from bindcheck.generate.held.results import (
    MOVED,
    bare_items,
    dict_ending,
    dict_items,
    is_dict,
)
from bindcheck.generate.held.symbols import Code
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.traits import ANY_METHODS, DICT_METHODS
from bindcheck.model import CoreFunction, Role

_FLOATS = ("f32", "f64")
_VARIABLES = ("combos", "rows", "cols", "sweep")


class Choice(Enum):
    """How the kernel is chosen: as usual, by row, or by the expression that there was.

    A second run finds the first of these again, as what the others write is not what it does.
    """

    USUAL = auto()
    ROWS = auto()
    KEPT = auto()


def held_batches(
    facts: Facts, held: HeldFunction
) -> Iterator[Callable[[], BatchInto | BatchVectors]]:
    """The ways to make data for the binding of a grid, its head as it is, the usual one first.

    Others keep the expression for the kernel, or leave the choice to a function of the core.
    """
    vectors = replace(facts, core=replace(facts.core, batch_inner_into=None))
    for own in (facts, vectors):
        for way in Choice:
            yield partial(_held_batch, own, held, way)


def _held_batch(facts: Facts, held: HeldFunction, choice: Choice) -> BatchInto | BatchVectors:
    """Data for a binding with one way to choose the kernel."""
    held.check_python()
    _refuse_bare(facts, held)
    kept = Kept.of(facts.before, held, grid=True)
    kept.refuse_doubts()
    if all(one.optional for one in kept.series):
        raise Lacking(
            f"an array among the arguments of `{held.function.name}`", held.body.span.start
        )
    if choice is Choice.KEPT and not kept.evidence.kernel_text:
        raise Lacking("how the kernel of the core is chosen", held.body.span.start)
    return batch_context(facts, lambda facts, wanted: _grid(facts, kept, wanted, choice))


def _refuse_bare(facts: Facts, held: HeldFunction) -> None:
    """How a body shapes vectors that tell no rows and columns is not compared."""
    function = facts.core.batch_bare
    if function is not None:
        fact = (
            f"rows and columns of what `{function.name}` gives, which is no struct with `rows` and"
            " `cols`: --interface new writes a binding of our own"
        )
        raise held.lacking(fact, function.name)


def _grid(facts: Facts, kept: Kept, wanted: Wanted, choice: Choice) -> Grid:
    """The interface that the function has."""
    held, local = kept.held, kept.local
    series, setup, uses = kept.inputs(wanted.functions)
    singles, used = kept.singles()
    sweep, swept = _sweep(facts, kept) if wanted.sweep else ("", frozenset())
    shown, outputs = is_dict(kept), checked_outputs(facts.core.outputs)
    items = dict_items(kept, outputs, grid=True) if shown else bare_items(kept, outputs)
    for one in items:
        if any(local[name] != name and name in one.uses for name in _VARIABLES):
            raise Lacking(f"another name for an argument of `{held.function.name}`")
        if "combos" in one.uses and not wanted.rows:
            raise Lacking(f"the combinations that `{held.function.name}` shows under {one.key!r}")
    values = {**singles, **series, "range": local["sweep"], "combos": local["combos"]}
    values |= kept.evidence.given
    own, taken = _own_values(kept, wanted.function)
    values |= own
    used |= taken | kept.evidence.given_uses
    refuse_other_types(facts, wanted.function, values, kept.types)
    best, made = kept.evidence.chosen, kept.evidence.mapping
    if choice is Choice.KEPT or (best and mapping_of(facts, wanted.function, kept=True) is None):
        best, made = "", kept.evidence.kernel_text
    asks = not made or re.search(r"\bkern\b", made) is not None
    if made and asks and local["kern"] != "kern":
        raise Lacking(f"another name for an argument of `{held.function.name}`")
    if made:
        values["kernel"] = made
    checks, checked = kept.checks()
    late, later = kept.late_checks()
    moved = kept.late_setup(setup)
    setup = tuple(one for one in setup if one not in moved)
    first = _first(kept, wanted.function)
    codes = [one.code for one in items]
    texts = (*checks, *setup, *late, *moved, sweep, first, *values.values(), *codes)
    _refuse_unseen(kept, texts)
    if wanted.expand is None and not wanted.sweep and later & {COMBOS, SWEEP} == {SWEEP}:
        # Nothing else wants the ranges.
        literal, swept = _sweep(facts, kept)
        checks, late = (*checks, f"let {SWEEP} = {literal};", *late), ()
        checked |= later
    _refuse_checks(facts, kept, wanted, later if late else frozenset())
    _refuse_lists(facts, kept)
    mapping = kept.raising(wanted.function) if kept.evidence.bare else kept.mapping()
    if kept.evidence.inside and mapping:
        raise Lacking(f"one way in which `{held.function.name}` tells of errors")
    listed = (
        kept.evidence.kernel_uses
        | uses
        | used
        | swept
        | checked
        | later
        | frozenset[str]().union(*(one.uses for one in items))
    )
    kernel = kept.kernel(wanted.function, batch=not kept.evidence.single)
    if not asks and not kept.kernel_argument():
        kernel = ""  # What the core is given is written where it is given.
    found, listing = kept.evidence, kept.listing()
    head = Head(
        frame=facts.frame(
            kept.traits(_own_traits(facts, wanted, items, shown=shown), (*texts, mapping, listing)),
            local,
        ),
        rust_name=held.function.name,
        python_name="",
        signature="",
        series=kept.series,
        ranges=(),
        kernel=kernel,
        sweep=sweep,
        raises=Role.BATCH in facts.style.raising and raises_for(held),
        text=held.head,
        checks=(*kept.remarked(late), *moved),
        first=first,
        cols=_cols(kept),
        listing=listing,
        equal=False,
        mapping=mapping,
        setup=(*kept.remarked(checks), *setup, *kept.ignored(listed, kernel)),
        ending=dict_ending(kept) if shown else "",
        start=Start(warm=found.warmed, zeroed=found.zeroed and not found.warmed),
        asks_memory=kept.evidence.asks_memory,
        takes_kernel="kernel" in wanted.function.roles and asks,
        chosen=best,
        # Another function of the core may refuse the kernels that the one of the old body takes.
        by_row=choice is Choice.ROWS
        and wanted.function.name in {one.name for one in kept.evidence.calls},
    )
    return Grid(head, kept.names, values, (), items, bare=not shown)


def _own_traits(
    facts: Facts, wanted: Wanted, items: Sequence[Held], *, shown: bool
) -> tuple[str, ...]:
    """The traits whose methods the new body calls; `shown`: it makes a dict."""
    function = wanted.function
    moves = function is facts.core.batch_with_kernel or any(MOVED.search(one.code) for one in items)
    # The parts of one buffer are asked for as Python would.
    parts = f"out:{ALL}" in function.roles and any(one.output not in ("", ALL) for one in items)
    return (
        *(ARRAYS[:2] if moves else ARRAYS[1:2]),
        *([DICT_METHODS] if shown else []),
        *([ANY_METHODS] if parts else []),
    )


def _own_values(kept: Kept, function: CoreFunction) -> tuple[dict[str, str], frozenset[str]]:
    """What the old body gives the core for parameters that nobody knows, and the names used."""
    roles = [role for role in ("?", "warm") if function.roles.count(role) == 1]
    values: dict[str, str] = {}
    used = frozenset[str]()
    for called in kept.evidence.calls:
        if called.name != function.name:
            continue
        for role in roles:
            given = called.args[function.roles.index(role)]
            if isinstance(given, Code) and given.text:
                values[role] = given.text
                used |= given.uses
    return values, used


def _refuse_checks(facts: Facts, kept: Kept, wanted: Wanted, uses: frozenset[str]) -> None:
    """Checks of the grid need its combinations under the names that they have."""
    local = kept.local
    listed = wanted.expand is not None or (wanted.sweep and facts.core.expand_grid is not None)
    if uses and (not listed or any(local[name] != name for name in (COMBOS, SWEEP))):
        at = kept.held.body.span.start
        raise Lacking(f"the combinations that `{kept.held.function.name}` checks", at)


def _refuse_lists(facts: Facts, kept: Kept) -> None:
    """Combinations that the core is given must be those that the new body lists."""
    expand, roles = facts.core.expand_grid, set[str]()
    for called in kept.evidence.calls:
        roles.update(functions_of(facts.core)[called.name].roles)
    others = kept.evidence.listers - ({expand.name} if expand is not None else set())
    if "combos" in roles and others:
        fact = f"the combinations of `{min(others)}` that the core is given"
        raise kept.held.lacking(fact, *others)


def _refuse_unseen(kept: Kept, texts: Iterable[str]) -> None:
    """Values that nothing uses any more must be made for their errors all the same."""
    whole = "\n".join(texts)
    for code, at in kept.evidence.unless:
        if code.text not in whole:
            raise Lacking(f"a place for `{code.text.partition(chr(10))[0]}`", at)


def _cols(kept: Kept) -> str:
    """The number of columns, where it is not simply the length of an array."""
    found = kept.evidence.cols
    if len(found) > 1:
        raise Lacking(f"one number of columns that `{kept.held.function.name}` shows")
    return min(found, default="")


def _first(kept: Kept, function: CoreFunction) -> str:
    """The index of the first number, where the old body hands one to the core."""
    for called in kept.evidence.calls:
        if called.name != function.name:
            continue
        then = functions_of(kept.facts.core).get(function.name, function)
        for role, symbol in zip(then.roles, called.args, strict=False):
            if role == "first" and isinstance(symbol, Code):
                ours = OWN_FIRST.fullmatch(symbol.text) is not None
                asked = sum(not one.optional and one.element in _FLOATS for one in kept.series)
                return "" if ours and symbol.text.count("is_nan") == asked else symbol.text
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
