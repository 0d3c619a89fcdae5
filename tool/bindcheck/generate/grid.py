"""How Python calls the binding of a grid: its arguments, and where each goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bindcheck.fact import fact
from bindcheck.generate.arguments import (
    NONE,
    PARAMS,
    Argument,
    SeriesArgument,
    parameters_of,
    signature,
)
from bindcheck.generate.buffers import UNWRITTEN, Start
from bindcheck.generate.choices import read_choices
from bindcheck.generate.context import ARRAYS, Facts, Frame, local_names, series_arguments
from bindcheck.generate.learned.defaults import OF_PARAMETER
from bindcheck.generate.ranges import RangeArgument, ranges_of
from bindcheck.generate.rows import Row, rows_of
from bindcheck.generate.traits import ANY_METHODS, DICT_METHODS
from bindcheck.model import CoreFunction, Role


@fact
class Head:
    """What both routes share. `sweep` is the literal of the range, empty where none is needed.

    `raises`: an array of another layout is refused. `text` is a head that is kept as it is;
    `setup` are statements before the core is called, `ending` what the dict is turned into, and
    `takes_kernel` whether the core wants the kernel that is named. `equal`: arrays of different
    lengths are refused; `checks` are statements behind the listing of the combinations, where a
    binding is kept that had some. `first` is the index of the first number where a kept binding has
    one for arrays without any. `mapping` makes exceptions of errors, where that
    is not our own way. `chosen` is the kernel that Auto stands for, where a kept binding says,
    `cols` the number of columns, and `listing` what makes exceptions where combinations cannot be
    listed. `by_row`: the core is given the kernel of the rows even if it takes that of a grid.
    `start` is what the binding writes before the core does. `asks_memory`: it tries whether there
    is memory for large matrices, as NumPy panics where there is none. `parameters_first`: those of
    the rows come before the matrices in the result.
    """

    frame: Frame
    rust_name: str
    python_name: str
    signature: str
    series: tuple[SeriesArgument, ...]
    ranges: tuple[RangeArgument, ...]
    kernel: str
    sweep: str
    raises: bool
    text: str = ""
    setup: tuple[str, ...] = ()
    ending: str = ""
    takes_kernel: bool = True
    equal: bool = True
    mapping: str = ""
    checks: tuple[str, ...] = ()
    first: str = ""
    chosen: str = ""
    cols: str = ""
    listing: str = ""
    by_row: bool = False
    start: Start = UNWRITTEN
    asks_memory: bool = True
    parameters_first: bool = False


@fact
class Held:
    """An entry of a result that is kept: the output it holds, or its expression.

    `flat`: the output is one vector, row after row. `shape` is that of one call, empty where it is
    flat. Of a result without keys `ending` makes the array what the head says, and `typed` tells
    that it says an array.
    """

    key: str
    output: str
    element: str
    code: str
    uses: frozenset[str] = frozenset()
    flat: bool = False
    shape: str = ""
    ending: str = ""
    typed: bool = False


@fact
class Grid:
    """A head with the names of its arguments, and expressions by role of the core's parameters.

    `rows` are the swept parameters in our own result; `items` the entries of one that is kept,
    or its parts where it is `bare`, without keys.
    """

    head: Head
    names: tuple[str, ...]
    values: Mapping[str, str]
    rows: tuple[Row, ...] = ()
    items: tuple[Held, ...] = ()
    bare: bool = False

    @property
    def local(self) -> Mapping[str, str]:
        """The names of the templates' variables."""
        return self.head.frame.local


@fact
class Wanted:
    """What a grid is for: the function that computes, and the one that lists combinations.

    `sweep`: a range is made. `rows`: the parameters of each row are known.
    """

    function: CoreFunction
    expand: CoreFunction | None
    sweep: bool
    rows: bool

    @property
    def functions(self) -> tuple[CoreFunction, ...]:
        """All functions that are called."""
        return (self.function,) if self.expand is None else (self.function, self.expand)


def own_grid(facts: Facts, wanted: Wanted) -> Grid:
    """The interface of the crate's style."""
    ranges = _arguments(facts, wanted.functions)
    names = _argument_names(facts, ranges)
    local = local_names(names)
    series = _series(facts, ranges)
    kernel = "kernel" in wanted.function.roles
    shown = (*series_arguments(series), *(one.argument for one in ranges))
    rows = rows_of(facts, ranges, wanted.expand, local) if wanted.rows else ()
    vectors = wanted.function is facts.core.batch_with_kernel
    views = any(role == "out:*" for role in wanted.function.roles)
    traits = [*(ARRAYS[:1] if vectors or any(row.array for row in rows) else []), ARRAYS[1]]
    # Entries of a dict and parts of an array are had by methods of a trait.
    traits += facts.prelude(
        *([] if facts.style.keys.bare else [DICT_METHODS]), *([ANY_METHODS] if views else [])
    )
    head = Head(
        frame=facts.frame(traits, local),
        rust_name=facts.named(facts.style.batch_rust),
        python_name=facts.named(facts.style.batch_python),
        signature=signature(shown, facts.style.heads.batch.shown if kernel else ()),
        series=series,
        ranges=tuple(ranges),
        kernel=facts.own_kernel(Role.BATCH) if kernel else "",
        sweep=_sweep(facts, ranges) if wanted.sweep else "",
        raises=facts.style.refuses(Role.BATCH),
        setup=read_choices(facts, (one.argument for one in ranges)),
        mapping=facts.mapping(Role.BATCH, wanted.function),
        listing=facts.mapping(Role.BATCH, wanted.expand),
        parameters_first=facts.style.keys.parameters_first,
    )
    return Grid(head, tuple(names), _values(facts, ranges, local), rows)


def _arguments(facts: Facts, functions: Sequence[CoreFunction]) -> tuple[RangeArgument, ...]:
    """The ranges, and what the functions take beside them: values that hold for the whole grid."""
    roles = {role for function in functions for role in function.roles}
    methods = any(facts.program.function(function.ref).owner for function in functions)
    wanted = bool({"range", "combos"} & roles) or methods
    ranges = () if not wanted or _is_empty(facts) else _ranges(facts)
    taken = {one.argument.field for one in ranges}
    alone = [
        RangeArgument(argument, "", None)
        for argument in _alone(facts)
        if roles & {f"param:{argument.field}", f"extra:{argument.field}"}
        and argument.field not in taken
    ]
    return (*ranges, *alone)


def _alone(facts: Facts) -> Iterator[Argument]:
    """The parameters as a grid takes them beside its range."""
    known = OF_PARAMETER in facts.style.range_defaults.held
    said = parameters_of(facts.core, PARAMS if known else NONE)
    for one, other in zip(parameters_of(facts.core, NONE), said, strict=True):
        same = known and one.type == other.type
        yield replace(one, default=other.default if same else None)


def _ranges(facts: Facts) -> tuple[RangeArgument, ...]:
    style, known = facts.style, facts.style.range_defaults
    return ranges_of(
        facts.core,
        style.keys,
        style.heads.ranges,
        known.of(facts.program, facts.core),
        optional=known.optional,
    )


def _is_empty(facts: Facts) -> bool:
    """Whether the range of a core without parameters has nothing to say."""
    return not facts.core.params


def _argument_names(facts: Facts, ranges: Sequence[RangeArgument]) -> list[str]:
    """What the arguments of the binding are called."""
    series = [one.called for one in _series(facts, ranges)]
    return [*series, *(one.argument.name for one in ranges)]


def _series(facts: Facts, ranges: Sequence[RangeArgument]) -> tuple[SeriesArgument, ...]:
    return facts.arrays(Role.BATCH, (one.argument.name for one in ranges))


def _values(
    facts: Facts, ranges: Sequence[RangeArgument], local: Mapping[str, str]
) -> dict[str, str]:
    """Expressions by role; a value held fixed can also be asked for alone."""
    values = {f"series:{one.name}": one.slice for one in _series(facts, ranges)}
    for one in ranges:
        if not one.key:
            text = one.argument.kind == "String" and one.param is not None
            value = f"&{local['sweep']}.{one.argument.field}" if text else one.argument.plain
            values |= {f"{kind}:{one.argument.field}": value for kind in ("param", "extra")}
    return values | {"range": local["sweep"], "combos": local["combos"]}


def _sweep(facts: Facts, ranges: Sequence[RangeArgument]) -> str:
    """The literal of the range."""
    if _is_empty(facts) and facts.core.ranges:
        return f"{facts.type_name(facts.core.range_struct, 'parameter ranges')}::default()"
    fields = {field.name for field in facts.core.ranges}
    return facts.range_literal([one for one in ranges if one.argument.field in fields])
