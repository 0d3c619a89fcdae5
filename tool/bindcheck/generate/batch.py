"""Template data of the piece `batch`: a grid of parameters, one row each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.generate.arguments import (
    RangeArgument,
    SeriesArgument,
    clear_of,
    free_name,
    parameters_of,
    ranges_of,
    series_of,
    signature,
    why,
)
from bindcheck.generate.bodies import Takes, kernels_taken, writes_prefix
from bindcheck.generate.context import (
    ARRAYS,
    Facts,
    Frame,
    checked_outputs,
    local_names,
    series_arguments,
)
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.style import kernel_pairs
from bindcheck.model import CoreFunction, ParamField, Role, Struct
from bindcheck.render import rust_name

_NAN = {"f64": "f64::NAN", "f32": "f32::NAN"}
_SHOWN_LATE = ("combos", "cols", "dict", "output", "rows", "shape", "sweep")
"""Variables of the templates that must not be shadowed by those of a row's parameters."""


@fact
class Head:
    """What both routes share. `sweep` is the literal of the range, empty where none is needed.

    `raises`: an array of another layout is refused.
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


@fact
class KernelMapping:
    """From the kernel of a batch to that of its rows: `auto` chooses, `pairs` are batch and row.

    Without pairs the core takes the kernel of a batch as it is.
    """

    auto: str
    kernel: str
    pairs: tuple[tuple[str, str], ...]


@fact
class Row:
    """A swept parameter in the result: its key, and the expression that reads it from `combo`."""

    key: str
    variable: str
    read: str
    array: bool


@fact
class Buffer:
    """A matrix that the core fills: its key in the result, and whether it is seen uninitialised.

    `fill` is what the binding writes first, where the core leaves the warm-up alone; `array` and
    `slice` are the variables of the array and of its memory.
    """

    key: str
    element: str
    uninit: bool
    fill: str
    array: str
    slice: str


@fact
class BatchInto:
    """Data of `reference/batch.rs.j2`: one NumPy buffer per output, filled by the core.

    `expand` lists the combinations; empty for a grid of one row. `first` asks for the index of the
    first number.
    """

    head: Head
    expand: str
    expand_fallible: bool
    mapping: KernelMapping | None
    first: bool
    call: str
    fallible: bool
    buffers: tuple[Buffer, ...]
    rows: tuple[Row, ...]


@fact
class BatchVectors:
    """Data of `reference/batch_vectors.rs.j2`: vectors of the core, moved and reshaped."""

    head: Head
    call: str
    fallible: bool
    outputs: tuple[tuple[str, str], ...]
    combos: str
    rows: tuple[Row, ...]


def batch_context(facts: Facts) -> BatchInto | BatchVectors:
    """Data for the binding of a grid: into buffers, else by way of vectors."""
    try:
        return _batch_into(facts)
    except Lacking as first:
        if facts.core.batch_with_kernel is None:
            raise
        try:
            return _batch_vectors(facts)
        except Lacking as second:
            if facts.core.batch_inner_into is None or second.fact == first.fact:
                raise
            raise Lacking(f"{first.fact}; or {second.fact}") from second


def batch_arguments(facts: Facts) -> tuple[RangeArgument, ...]:
    """The arguments of a grid's binding behind the arrays."""
    return batch_context(facts).head.ranges


# --- into buffers ---------------------------------------------------------------------------


def _batch_into(facts: Facts) -> BatchInto:
    core, function = facts.core, facts.core.batch_inner_into
    if function is None:
        raise Lacking(f"a function that writes a grid into a buffer{why(core, 'batch_inner_into')}")
    expand = _expander(facts, function)
    if "out:*" in function.roles:
        raise Lacking(f"where in its one buffer `{function.name}` puts each output")
    ranges = _arguments(facts, [function, *([expand] if expand is not None else [])])
    mapping = _mapping(facts, function)
    names = _argument_names(facts, ranges)
    local = local_names(names)
    buffers = _buffers(facts, function, names)
    rows = _rows(facts, ranges, expand, local) if expand is not None else ()
    values = _values(facts, ranges, local) | {
        "kernel": local["simd" if mapping else "kern"],
        "parallel": "true",
        "threads": "0",
        "rows": local["rows"],
        "cols": local["cols"],
        "first": local["first"],
    }
    values |= {f"out:{one.key}": one.slice for one in buffers}
    traits = ARRAYS if any(row.array for row in rows) else ARRAYS[1:]
    return BatchInto(
        head=_head(facts, ranges, function, traits, sweep=expand is not None),
        expand=_expansion(facts, expand, ranges) if expand is not None else "",
        expand_fallible=expand is not None and expand.fallible,
        mapping=mapping,
        first="first" in function.roles,
        call=facts.caller.call(function, values),
        fallible=function.fallible,
        buffers=buffers,
        rows=rows,
    )


def _expander(facts: Facts, function: CoreFunction) -> CoreFunction | None:
    """The function that lists the combinations; None where the grid is one row."""
    if not {"range", "combos"} & set(function.roles):
        return None
    expand = facts.core.expand_grid
    if expand is None:
        raise Lacking(f"a function that lists the combinations{why(facts.core, 'expand_grid')}")
    return expand


def _expansion(facts: Facts, expand: CoreFunction, ranges: Sequence[RangeArgument]) -> str:
    local = local_names(_argument_names(facts, ranges))
    values = _values(facts, ranges, local)
    if facts.program.function(expand.ref).owner:
        inner = facts.caller.call(expand, values, f"{local['sweep']}.{expand.name}")
    else:
        inner = facts.caller.call(expand, values)
    return inner


def _arguments(facts: Facts, functions: Sequence[CoreFunction]) -> tuple[RangeArgument, ...]:
    """The ranges, and what the functions take beside them: values that hold for the whole grid."""
    roles = {role for function in functions for role in function.roles}
    methods = any(facts.program.function(function.ref).owner for function in functions)
    wanted = bool({"range", "combos"} & roles) or methods
    ranges = () if not wanted or _is_empty(facts) else ranges_of(facts.core)
    taken = {one.argument.field for one in ranges}
    alone = [
        RangeArgument(replace(argument, default=None), "", None)
        for argument in parameters_of(facts.core, "none")
        if roles & {f"param:{argument.field}", f"extra:{argument.field}"}
        and argument.field not in taken
    ]
    return (*ranges, *alone)


def _is_empty(facts: Facts) -> bool:
    """Whether the range of a core without parameters has nothing to say."""
    return not facts.core.params


def _argument_names(facts: Facts, ranges: Sequence[RangeArgument]) -> list[str]:
    """What the arguments of the binding are called."""
    series = [one.name for one in series_of(facts.core)]
    return [*series, *(one.argument.name for one in ranges)]


def _series(facts: Facts, ranges: Sequence[RangeArgument]) -> tuple[SeriesArgument, ...]:
    return clear_of(series_of(facts.core), _argument_names(facts, ranges))


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


def _mapping(facts: Facts, function: CoreFunction) -> KernelMapping | None:
    """How the reference turns the kernel of a batch into that of its rows."""
    if "kernel" not in function.roles or facts.style.auto is None:
        return None
    auto = facts.names.function(facts.style.auto)
    pairs = kernel_pairs(facts.program, facts.core.path)
    plain = frozenset(row for _, row in pairs)
    taken = kernels_taken(facts.program, function.ref, plain)
    if taken is Takes.AUTO:
        raise Lacking(f"kernels other than Auto that `{function.name}` takes")
    if taken is Takes.BATCH:
        pairs = ()
    return KernelMapping(auto, facts.kernel_type(function), pairs)


def _buffers(facts: Facts, function: CoreFunction, names: Collection[str]) -> tuple[Buffer, ...]:
    """One matrix per output, in the order of the outputs."""
    params = facts.caller.params(function)
    kinds = {
        role.removeprefix("out:"): param.type
        for param, role in zip(params, function.roles, strict=True)
        if role.startswith("out:")
    }
    found = []
    written = writes_prefix(facts.program, function)
    for output in checked_outputs(facts.core.outputs):
        kind = kinds.get(output.name)
        if kind is None:
            raise Lacking(f"the buffer of `{function.name}` for the output `{output.name}`")
        uninit = "MaybeUninit" in kind.names()
        fill = "" if uninit or written else _NAN.get(output.element, "")
        array, memory = (free_name(f"{output.name}_{end}", names) for end in ("array", "out"))
        found.append(Buffer(output.name, output.element, uninit, fill, array, memory))
    return tuple(found)


# --- by way of vectors ----------------------------------------------------------------------


def _batch_vectors(facts: Facts) -> BatchVectors:
    core, function = facts.core, facts.core.batch_with_kernel
    if function is None:
        raise Lacking(f"a function that computes a grid{why(core, 'batch_with_kernel')}")
    ranges = _arguments(facts, [function])
    outputs = checked_outputs(core.batch_outputs)
    if len(outputs) != len(core.outputs):
        raise Lacking(f"as many vectors in a grid as in one result{why(core, 'batch_output')}")
    combos = _combos_field(facts)
    local = local_names(_argument_names(facts, ranges))
    rows = _rows(facts, ranges, None, local)
    if rows and not combos:
        raise Lacking(f"the combinations in `{core.batch_output}`")
    values = _values(facts, ranges, local) | {"kernel": local["kern"]}
    return BatchVectors(
        head=_head(facts, ranges, function, ARRAYS, sweep="range" in function.roles),
        call=facts.caller.call(function, values),
        fallible=function.fallible,
        outputs=tuple(
            (result.name, f"{local['output']}.{field.name}")
            for result, field in zip(core.outputs, outputs, strict=True)
        ),
        combos=f"{local['output']}.{combos}",
        rows=rows,
    )


def _combos_field(facts: Facts) -> str:
    """The field of the batch result that holds the combinations."""
    core = facts.core
    name = core.batch_output
    ref = facts.program.resolve_type(name, core.path) if name is not None else None
    item = facts.program.struct(ref) if ref is not None else None
    fields = item.fields if isinstance(item, Struct) else ()
    if not {"rows", "cols"} <= {field.name for field in fields}:
        raise Lacking(f"the numbers of rows and columns in `{name}`")
    found = [f.name for f in fields if f.type.args and f.type.args[0].name == core.params_struct]
    return found[0] if found else ""


# --- shared ---------------------------------------------------------------------------------


def _head(
    facts: Facts,
    ranges: Sequence[RangeArgument],
    function: CoreFunction,
    traits: Sequence[str],
    *,
    sweep: bool,
) -> Head:
    series = _series(facts, ranges)
    kernel = "kernel" in function.roles
    shown = (*series_arguments(series), *(one.argument for one in ranges))
    return Head(
        frame=facts.frame(traits, local_names(_argument_names(facts, ranges))),
        rust_name=facts.named(facts.style.batch_rust),
        python_name=facts.named(facts.style.batch_python),
        signature=signature(shown, ("kernel=None",) if kernel else ()),
        series=series,
        ranges=tuple(ranges),
        kernel=facts.validator(batch=True) if kernel else "",
        sweep=_sweep(facts, ranges) if sweep else "",
        raises=Role.BATCH in facts.style.raising,
    )


def _sweep(facts: Facts, ranges: Sequence[RangeArgument]) -> str:
    """The literal of the range."""
    if _is_empty(facts) and facts.core.ranges:
        return f"{facts.type_name(facts.core.range_struct, 'parameter ranges')}::default()"
    fields = {field.name for field in facts.core.ranges}
    return facts.range_literal([one for one in ranges if one.argument.field in fields])


def _rows(
    facts: Facts,
    ranges: Sequence[RangeArgument],
    expand: CoreFunction | None,
    local: Mapping[str, str],
) -> tuple[Row, ...]:
    swept = [(one.key, one.param) for one in ranges if one.key and one.param is not None]
    item = expand.returns.args[0].name if expand is not None and expand.returns.args else None
    if swept and item is not None and item != facts.core.params_struct:
        raise Lacking(f"the parameters of a row in `{item}`{why(facts.core, 'expand_grid')}")
    return tuple(
        Row(
            key,
            _variable(key, {"py", *(local[name] for name in _SHOWN_LATE)}),
            read_param(param),
            param.type.name != "String",
        )
        for key, param in swept
    )


def _variable(key: str, taken: Collection[str]) -> str:
    """A variable for the values under a key; the key itself may be a keyword or taken."""
    try:
        free = rust_name(key) not in taken
    except BindcheckError:
        free = False
    return key if free else f"{key}_"


def read_param(param: ParamField) -> str:
    """The value of a parameter of `combo`, in a type that NumPy has everywhere."""
    text = param.type.name == "String"
    value = f"combo.{param.name}" + (".clone()" if text else "")
    if param.optional:
        value += _fallback(param, text)
    return f"{value} as u64" if param.type.name == "usize" else value


def _fallback(param: ParamField, text: bool) -> str:
    """What a parameter is that the grid left at None."""
    if param.default is None:
        return ".unwrap_or_default()"
    return (
        f".unwrap_or_else(|| {param.default}.to_string())"
        if text
        else f".unwrap_or({param.default})"
    )
