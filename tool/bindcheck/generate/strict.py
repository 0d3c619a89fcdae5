"""Template data of the strict style: our own pattern, with the crate's helpers for bindings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.arguments import (
    Argument,
    SeriesArgument,
    constructor_of,
    identifier,
    parameters_of,
    series_of,
    signature,
    why,
)
from bindcheck.generate.choices import read_choices, shown_choice
from bindcheck.generate.context import Facts, checked_outputs, output_access, series_arguments
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.ranges import RangeArgument, ranges_of
from bindcheck.generate.stream import Stream, stream_context
from bindcheck.model import CoreFunction, ItemRef, OutputField, ParamField

READERS: Mapping[str, str] = {
    "usize": "unsigned",
    "f64": "real",
    "(usize, usize, usize)": "unsigned_range",
    "(f64, f64, f64)": "real_range",
}
"""Helpers that read an argument of a type, with a ValueError where the value does not fit."""


@fact
class Read:
    """An argument with the helper that reads it, if there is one."""

    name: str
    type: str
    reader: str


@fact
class Single:
    """Data of `strict/single.rs.j2`.

    `input` is empty where the core takes arrays and parameters one by one. `access` is the
    expression for the vector in the result.
    """

    gate: str
    title: str
    rust_name: str
    python_name: str
    signature: str
    series: tuple[SeriesArgument, ...]
    parameters: tuple[Read, ...]
    choices: tuple[str, ...]
    params: str
    input: str
    into: str
    call: str
    access: str
    output: OutputField


@fact
class Swept:
    """A parameter in the result: its key and what reads it from the parameters of a row.

    `array`: NumPy holds the values.
    """

    key: str
    getter: str
    array: bool = True


@fact
class Batch:
    """Data of `strict/batch.rs.j2`."""

    gate: str
    title: str
    rust_name: str
    python_name: str
    signature: str
    series: tuple[SeriesArgument, ...]
    ranges: tuple[Read, ...]
    choices: tuple[str, ...]
    sweep: str
    expand: str
    check: str
    call: str
    output: OutputField
    swept: tuple[Swept, ...]


@fact
class StrictStream:
    """Data of `strict/stream.rs.j2`: that of any stream, with readers for its arguments."""

    gate: str
    module: str
    title: str
    base: Stream
    parameters: tuple[Read, ...]
    values: tuple[Read, ...]


@fact
class Imports:
    """Data of `strict/imports.rs.j2`: names to import, by crate."""

    gate: str
    std: tuple[str, ...]
    numpy: tuple[str, ...]
    pyo3: tuple[str, ...]
    support: str
    helpers: tuple[str, ...]


# --- single ---------------------------------------------------------------------------------


def strict_single(facts: Facts) -> Single:
    """Data for the binding of one call."""
    core = facts.core
    series, parameters = _series(facts), parameters_of(core, facts.style.defaults, closed=True)
    if core.with_kernel is None or core.into_uninit is None:
        raise Lacking(
            "functions `_with_kernel` and `_into_uninit` for one result"
            f"{why(core, 'with_kernel', 'into_uninit', 'single')}"
        )
    output = _one_output(facts)
    _kernels(facts)
    _refuse_plain(facts, core.with_kernel, core.into_uninit)
    values = {f"series:{one.name}": f"&{one.name}" for one in series}
    values |= {"params": "params", "input": "input", "kernel": "kernel"}
    shown = (*series_arguments(series), *parameters)
    _refuse_variables(shown, "params", "input", "dst", "output", *_variables(series, "view"))
    return Single(
        gate=facts.style.gate,
        title=facts.bare,
        rust_name=facts.named(facts.style.single_rust),
        python_name=facts.named(facts.style.single_python),
        signature=signature(shown, ("kernel=None", "*", "out=None")),
        series=series,
        parameters=_reads(parameters),
        choices=read_choices(facts, parameters),
        params=facts.params_literal(parameters) if _takes_params(facts) else "",
        input=facts.input_expression(values) if core.input is not None else "",
        into=facts.caller.call(core.into_uninit, values | {f"out:{output.name}": "dst"}),
        call=facts.caller.call(core.with_kernel, values),
        access=output_access(core, "output")[0],
        output=output,
    )


def _variables(series: Iterable[SeriesArgument], end: str) -> tuple[str, ...]:
    return tuple(f"{one.name}_{end}" for one in series)


def _refuse_variables(arguments: Iterable[Argument], *variables: str) -> None:
    """No argument may have the name of a variable that the template uses beside it."""
    for one in arguments:
        if one.name in variables:
            raise Lacking(f"another name for `{one.name}`, a variable of the binding itself")


def _takes_params(facts: Facts) -> bool:
    """Whether the core is given a struct of parameters, in its input or beside the arrays."""
    made = constructor_of(facts.core)
    if made.extras:
        what = "a constructor of the input" if facts.core.input is not None else "a core"
        raise Lacking(f"{what} without `{made.extras[0].name}`")
    return "params" in made.arguments or facts.core.input is None


def _series(facts: Facts) -> tuple[SeriesArgument, ...]:
    series = series_of(facts.core)
    optional = [one.name for one in series if one.optional]
    if optional:
        raise Lacking(f"how the strict style takes the optional array `{optional[0]}`")
    return series


def _one_output(facts: Facts) -> OutputField:
    outputs = checked_outputs(facts.core.outputs)
    if len(outputs) != 1 or outputs[0].element != "f64":
        names = ", ".join(f"{one.name}: Vec<{one.element}>" for one in outputs)
        raise Lacking(f"how the strict style returns `{names}`: it returns one array of f64")
    return outputs[0]


def _kernels(facts: Facts) -> None:
    """The list `KERNELS` of the indicator, which the templates name."""
    module = facts.program.modules[facts.core.path]
    known = {const.name for const in module.consts} | {use.name for use in module.uses}
    if "KERNELS" not in known:
        raise Lacking("the constant `KERNELS`, the kernels that the indicator has")


def _refuse_plain(facts: Facts, *functions: CoreFunction) -> None:
    for function in functions:
        taken = "input" if facts.core.input is not None else "params"
        if taken not in function.roles or not function.fallible:
            shown = "input" if taken == "input" else "struct of parameters"
            raise Lacking(f"a `{function.name}` that takes the {shown} and can fail")


def _reads(arguments: Iterable[Argument]) -> tuple[Read, ...]:
    return tuple(Read(one.rust, one.type, READERS.get(one.type, "")) for one in arguments)


# --- batch ----------------------------------------------------------------------------------


def strict_batch(facts: Facts) -> Batch:
    """Data for the binding of a grid."""
    core = facts.core
    function, expand = core.batch_inner_into, core.expand_grid
    if function is None or "combos" not in function.roles:
        raise Lacking(
            f"a `_batch_inner_into` that takes combinations{why(core, 'batch_inner_into')}"
        )
    if expand is None or not expand.fallible:
        raise Lacking(f"a function that lists the combinations{why(core, 'expand_grid')}")
    series, ranges, output = _series(facts), ranges_of(core), _one_output(facts)
    _kernels(facts)
    values = {f"series:{one.name}": f"&{one.slice}" for one in series}
    values |= {"kernel": "kernel", "threads": "threads", f"out:{output.name}": "dst"}
    owner = facts.program.function(expand.ref).owner
    shown = (*series_arguments(series), *(one.argument for one in ranges))
    derived = (*_variables(series, "view"), *_variables(series, "slice"))
    _refuse_variables(shown, "sweep", "combos", "dst", "dict", output.name, *derived)
    return Batch(
        gate=facts.style.gate,
        title=facts.bare,
        rust_name=facts.named(facts.style.batch_rust),
        python_name=facts.named(facts.style.batch_python),
        signature=signature(shown, ("kernel=None", "*", "threads=None", "out=None")),
        series=series,
        ranges=_reads(one.argument for one in ranges),
        choices=read_choices(facts, (one.argument for one in ranges)),
        sweep=facts.range_literal(ranges),
        expand=facts.caller.call(
            expand, {"range": "sweep"}, f"sweep.{expand.name}" if owner else ""
        ),
        check=_check(facts, series),
        call=facts.caller.call(function, {**values, "combos": "combos"}),
        output=output,
        swept=tuple(_swept(facts, one) for one in ranges if one.key),
    )


def _check(facts: Facts, series: Sequence[SeriesArgument]) -> str:
    """The call that checks arrays and combinations before anything is allocated."""
    name = f"{facts.bare}_check"
    for ref in facts.program.resolve((name,), facts.core.path):
        kinds = [p.type.text for p in facts.program.function(ref).params if p.type is not None]
        wanted = [*(f"&[{one.element}]" for one in series), f"&[{facts.core.params_struct}]"]
        if kinds == wanted:
            given = ", ".join((*(f"&{one.name}" for one in series), "&combos"))
            return f"{facts.names.function(ref)}({given})"
    raise Lacking(f"a function `{name}` that checks arrays and combinations")


def _swept(facts: Facts, one: RangeArgument) -> Swept:
    param = one.param
    assert param is not None
    getter, by_value = _getter(facts, param)
    if param.choices is not None:
        value = f"combo.{getter.rpartition('::')[2]}()" if by_value else f"{getter}(combo)"
        shown = shown_choice(facts, param.choices, value)
        return Swept(identifier(one.key), f"|combo| {shown}", array=False)
    if not param.type.name or param.type.name == "String":
        raise Lacking(f"a NumPy type for the parameter `{param.name}`")
    if by_value:
        getter = f"|combo| combo.{getter.rpartition('::')[2]}()"
    return Swept(identifier(one.key), getter)


def _getter(facts: Facts, param: ParamField) -> tuple[str, bool]:
    """The path of the method that reads a parameter, and whether it takes a copy of them all."""
    program, owner = facts.program, facts.core.params_struct or ""
    ref = program.resolve_type(owner, facts.core.path)
    name = f"get_{param.name}"
    found = program.methods(ref).get(name, ()) if ref is not None else ()
    if ref is None or not found:
        raise Lacking(f"the method `{name}` of `{owner}`")
    receiver = program.function(found[0]).receiver
    if receiver != "&self" and not (receiver == "self" and _is_copied(program, ref)):
        raise Lacking(f"a method `{name}` of `{owner}` that takes `&self`")
    return f"{facts.names.type(ref)}::{name}", receiver == "self"


def _is_copied(program: Program, ref: ItemRef) -> bool:
    """Whether a struct is `Copy`."""
    item = program.struct(ref)
    derives = (one.tokens for one in item.attrs if one.path == "derive")
    impls = program.modules[ref.path].impls
    return any(re.search(r"\bCopy\b", tokens) for tokens in derives) or any(
        one.name == item.name and one.trait.rpartition("::")[2] == "Copy" for one in impls
    )


# --- stream ---------------------------------------------------------------------------------


def strict_stream(facts: Facts) -> StrictStream:
    """Data for the class of a stream."""
    base = stream_context(facts)
    if not base.make_fallible or base.update_fallible:
        raise Lacking(f"a `{base.core_name}` whose constructor can fail and whose update cannot")
    return StrictStream(
        gate=facts.style.gate,
        module=facts.style.class_module,
        title=facts.bare,
        base=base,
        parameters=_reads(base.parameters),
        values=_reads(base.values),
    )


# --- imports --------------------------------------------------------------------------------


_STATIC = {
    Single: (
        {"numpy::IntoPyArray", "numpy::PyArray1"},
        {"Out", "Series", "interruptible", "parse_kernel"},
    ),
    Batch: (
        {"numpy::IntoPyArray", "pyo3::types::PyDict"},
        {"Out", "Series", "interruptible", "parse_kernel", "parse_threads", "unsigned_or_none"},
    ),
    StrictStream: (
        {"std::sync::Mutex", "std::sync::PoisonError", "pyo3::sync::MutexExt"},
        {"Raise"},
    ),
}
"""Names that any piece of a kind needs: of other crates, and helpers for bindings."""


def importable(facts: Facts) -> tuple[str, ...]:
    """All names that pieces may import."""
    support = "::".join(facts.style.support)
    helpers = {one for _, static in _STATIC.values() for one in static} | set(READERS.values())
    names = {one for static, _ in _STATIC.values() for one in static}
    return tuple(sorted({*names, *(f"{support}::{helper}" for helper in helpers)}))


def strict_imports(
    facts: Facts, made: Sequence[Single | Batch | StrictStream], kept: Iterable[str] = ()
) -> Imports:
    """What the pieces of a file need; names that the file imports by itself are left out.

    `kept` are names that bindings need which are not made anew.
    """
    needed = {full for piece in made for full in _needs(piece, facts)} | set(kept)
    left = [full for full in sorted(needed) if not _imported(facts, full)]
    by_root: dict[str, list[str]] = {"std": [], "numpy": [], "pyo3": [], "crate": []}
    for full in left:
        root, _, rest = full.partition("::")
        by_root[root].append(rest)
    support = "::".join(facts.style.support)
    prefix = "::".join(facts.style.support[1:])
    return Imports(
        gate=facts.style.gate,
        std=tuple(one.removeprefix("sync::") for one in by_root["std"]),
        numpy=tuple(by_root["numpy"]),
        pyo3=tuple(sorted(by_root["pyo3"])),
        support=support,
        helpers=tuple(one.removeprefix(f"{prefix}::") for one in by_root["crate"]),
    )


def _needs(piece: Single | Batch | StrictStream, facts: Facts) -> set[str]:
    support = "::".join(facts.style.support)
    names, static = _STATIC[type(piece)]
    if isinstance(piece, StrictStream):
        reads: tuple[Read, ...] = (*piece.parameters, *piece.values)
    else:
        reads = piece.parameters if isinstance(piece, Single) else piece.ranges
    helpers = {*static, *(one.reader for one in reads if one.reader)}
    return {*names, "pyo3::prelude::*", *(f"{support}::{helper}" for helper in helpers)}


def _imported(facts: Facts, full: str) -> bool:
    if full == "pyo3::prelude::*":
        return facts.names.prelude
    return tuple(full.split("::")) in facts.names.imported
