"""Cases from the model: the parameters of `Params::default()`, and sweeps for batches."""

from __future__ import annotations

import ast
import math
import re

from bindcheck.analysis.effective_signature import effective_signature
from bindcheck.analysis.program import Program
from bindcheck.bench.pythoncall import entry_of
from bindcheck.bench.samples import Argument, Case, Kind, Layout, Scalar, Steps
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact, replace
from bindcheck.model import CoreApi, ParamField

ROWS = 61
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
_SEED = 20_240_601
_STEP = 1 / 64
"""A step of floats that adds up without rounding, so that both sides count the same rows."""

_SUFFIX = re.compile(r"_?(?:f32|f64|[ui](?:8|16|32|64|size))$")


@fact
class Axes:
    """What a person varies: the cases are all combinations."""

    kinds: tuple[Kind, ...] = (Kind.SINGLE, Kind.BATCH)
    sizes: tuple[int, ...] = SIZES
    rows: int = ROWS
    kernels: tuple[str | None, ...] = (None,)
    threads: tuple[int | None, ...] = (None,)
    layouts: tuple[Layout, ...] = (Layout.CONTIGUOUS,)
    outs: tuple[bool, ...] = (False,)
    params: tuple[tuple[str, str], ...] = ()
    seed: int = _SEED


def cases_of(program: Program, core: CoreApi, axes: Axes) -> tuple[Case, ...]:
    """All cases of an indicator: those kinds that have a binding, unless none has."""
    bound = [kind for kind in axes.kinds if _is_bound(program, core, kind)]
    return tuple(
        case
        for kind in bound or axes.kinds
        for base in (_base(program, core, kind, axes),)
        for case in expanded(base, axes)
    )


def _is_bound(program: Program, core: CoreApi, kind: Kind) -> bool:
    try:
        entry_of(program, core, kind)
    except BindcheckError:
        return False
    return True


def _base(program: Program, core: CoreApi, kind: Kind, axes: Axes) -> Case:
    arguments = _defaults(program, core, kind, dict(axes.params))
    if kind is Kind.BATCH:
        arguments = _swept(core, arguments, axes.rows)
    return Case(
        name="",
        indicator=core.name,
        kind=kind,
        rows=rows_of(arguments) if kind is Kind.BATCH else 1,
        cols=0,
        arguments=arguments,
        kernel=None,
        threads=None,
        layout=Layout.CONTIGUOUS,
        out=False,
        seed=axes.seed,
    )


def expanded(base: Case, axes: Axes) -> tuple[Case, ...]:
    """A case in all sizes and along all axes; only a batch is shared out to threads."""
    return tuple(
        named(replace(base, cols=size, kernel=kernel, threads=threads, layout=layout, out=out))
        for kernel in axes.kernels
        for threads in (axes.threads if base.kind is Kind.BATCH else (None,))
        for layout in axes.layouts
        for out in axes.outs
        for size in axes.sizes
    )


def named(case: Case) -> Case:
    """The case with the name that says what it is."""
    parts = [case.indicator, case.kind.value]
    if case.kernel is not None:
        parts.append(case.kernel)
    if case.threads is not None:
        parts.append(f"threads={case.threads}")
    if case.layout is not Layout.CONTIGUOUS:
        parts.append(case.layout.value)
    if case.out:
        parts.append("out")
    size = f"{case.rows}x{case.cols}" if case.kind is Kind.BATCH else str(case.cols)
    return replace(case, name="/".join((*parts, size)))


# --- arguments ---------------------------------------------------------------------------------


def _defaults(
    program: Program, core: CoreApi, kind: Kind, given: dict[str, str]
) -> tuple[Argument, ...]:
    """A value for each parameter: what was given, else the core's default, else the binding's."""
    written = _written_defaults(program, core, kind)
    extras = core.constructors[0].extras if core.constructors else ()
    fields = (*core.params, *extras)
    unknown = set(given) - {one.name for one in fields}
    if unknown:
        known = ", ".join(one.name for one in fields) or "none"
        name = sorted(unknown)[0]
        raise BindcheckError(f"`{core.name}` has no parameter {name!r}; it has {known}")
    return tuple(_argument(core, one, given, written) for one in fields)


def _written_defaults(program: Program, core: CoreApi, kind: Kind) -> dict[str, str]:
    entry = entry_of(program, core, kind)
    found = effective_signature(program, entry) or ()
    return {one.name: one.default for one in found if one.default is not None}


def _argument(
    core: CoreApi, field: ParamField, given: dict[str, str], written: dict[str, str]
) -> Argument:
    if field.name in given:
        return Argument(field.name, parsed(given[field.name]))
    named = None
    if field.choices is not None and field.default is not None:
        named = field.choices.text(field.default)
        if named is not None:
            return Argument(field.name, named)
    for text in (field.default, written.get(field.name)):
        value = literal(text) if text is not None else None
        if value is not None:
            return Argument(field.name, value)
    if field.optional and field.default in (None, "None"):
        return Argument(field.name, None)
    raise BindcheckError(
        f"`{core.name}`: no default of `{field.name}` is known; give one with "
        f"--param {field.name}=VALUE"
    )


def literal(text: str) -> Scalar:
    """A Rust or Python literal as a value; None for anything else."""
    bare = text.strip()
    if bare in ("true", "false", "True", "False"):
        return bare.lower() == "true"
    for suffix in (".to_string()", ".to_owned()", ".into()"):
        bare = bare.removesuffix(suffix)
    if bare[:1] not in ("'", '"'):
        bare = _SUFFIX.sub("", bare).replace("_", "")
    try:
        value = ast.literal_eval(bare)
    except (ValueError, SyntaxError):
        return None
    return value if isinstance(value, (int, float, str)) else None


def parsed(text: str) -> Scalar | Steps:
    """What a person typed: a number, `true`, `start:stop:step`, or a text."""
    parts = [literal(part) for part in text.split(":")]
    if len(parts) == 3 and all(isinstance(one, (int, float)) for one in parts):
        start, stop, step = parts
        return (start, stop, step)  # type: ignore[return-value]  # numbers, as was just seen
    value = literal(text)
    return text if value is None else value


def _swept(core: CoreApi, arguments: tuple[Argument, ...], rows: int) -> tuple[Argument, ...]:
    """One parameter as a range of `rows` values, the others as ranges of their one value."""
    axes = {one.param or one.name for one in core.ranges if one.axis}
    chosen = _axis(arguments, axes) if rows > 1 else None
    if rows > 1 and chosen is None and all(rows_of((one,)) == 1 for one in arguments):
        raise BindcheckError(f"`{core.name}` has no parameter to sweep")
    swept = []
    for one in arguments:
        value = one.value
        if one.name in axes and not isinstance(value, tuple):
            value = _range(value, rows if one is chosen else 1)
        swept.append(Argument(one.name, value))
    return tuple(swept)


def _axis(arguments: tuple[Argument, ...], axes: set[str]) -> Argument | None:
    """The parameter to sweep: an integer before a float; none where the user gave a range."""
    if any(isinstance(one.value, tuple) for one in arguments):
        return None
    free = [one for one in arguments if one.name in axes and not isinstance(one.value, bool)]
    for kind in (int, float):
        for one in free:
            if isinstance(one.value, kind):
                return one
    return None


def _range(value: Scalar, rows: int) -> Scalar | Steps:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    if rows == 1:
        return (value, value, type(value)(0))
    if isinstance(value, int):
        return (max(2, value), max(2, value) + rows - 1, 1)
    return (value, value + (rows - 1) * _STEP, _STEP)


def rows_of(arguments: tuple[Argument, ...]) -> int:
    """How many combinations a grid has."""
    rows = 1
    for one in arguments:
        if isinstance(one.value, tuple):
            start, stop, step = one.value
            if step:
                rows *= math.floor(abs(stop - start) / abs(step) + 1e-9) + 1
    return rows
