"""Cases from the model: the parameters of `Params::default()`, and sweeps for batches."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bindcheck.analysis.bindings.arguments import means_option
from bindcheck.analysis.cores.roles import counts_threads
from bindcheck.analysis.linking.constants import constants
from bindcheck.analysis.program import Program
from bindcheck.bench.parallel import works_in_parallel
from bindcheck.bench.pythoncall import entry_of, refuse_deep, renamed
from bindcheck.bench.samples import Argument, Case, Kind, Layout, Scalar, Steps
from bindcheck.bench.sweeps import BLANK, rows_of, swept
from bindcheck.bench.takes import taken_by
from bindcheck.bench.wanted import has_batch
from bindcheck.config import nearest
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact, replace
from bindcheck.model import Choices, CoreApi, ParamField

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
_SEED = 20_240_601
_TOO_LARGE = 2.0**53
"""From here on a floating-point number stands for several whole ones."""

_SUFFIX = re.compile(r"_?(?:f32|f64|[ui](?:8|16|32|64|size))$")


@fact
class Axes:
    """What a person varies: the cases are all combinations.

    `rows` are those of batches, None 61 of them. `threads` are for calls that may work in parallel:
    batches, single calls that start threads, and all where `peers` are measured beside, of which
    nobody knows. `blanks`: a parameter without a default is left to be filled in.
    """

    kinds: tuple[Kind, ...] = (Kind.SINGLE, Kind.BATCH)
    sizes: tuple[int, ...] = SIZES
    rows: tuple[int | None, ...] = (None,)
    kernels: tuple[str | None, ...] = (None,)
    threads: tuple[int | None, ...] = (None,)
    layouts: tuple[Layout, ...] = (Layout.CONTIGUOUS,)
    outs: tuple[bool, ...] = (False,)
    params: tuple[tuple[str, str], ...] = ()
    seed: int = _SEED
    peers: bool = False
    blanks: bool = False


def cases_of(program: Program, core: CoreApi, axes: Axes) -> tuple[Case, ...]:
    """All cases of an indicator: those kinds that have a binding, unless none has."""
    kinds = meant_kinds(axes)
    bound = [kind for kind in kinds if is_bound(program, core, kind)]
    return tuple(
        case
        for kind in bound or kinds
        for rows in (axes.rows if kind is Kind.BATCH else (None,))
        for case in expanded(
            _base(program, core, kind, axes, rows), _with_threads(program, core, kind, axes)
        )
    )


def meant_kinds(axes: Axes) -> tuple[Kind, ...]:
    """Who gives a sweep means batches."""
    swept = any(isinstance(parsed(text), tuple) for _, text in axes.params)
    return (Kind.BATCH,) if swept and len(axes.kinds) > 1 else axes.kinds


def _with_threads(program: Program, core: CoreApi, kind: Kind, axes: Axes) -> Axes:
    """Without numbers of threads, where nothing that is called may use them."""
    if axes.threads == (None,):
        return axes
    refuse_own_threads(core, "--threads", "--param {}=NUMBER")
    may = axes.peers or works_in_parallel(program, core, kind)
    return axes if may else replace(axes, threads=(None,))


def refuse_own_threads(core: CoreApi, what: str, how: str) -> None:
    """A number of threads is no axis where the core has a parameter for it.

    `how` tells, with the name in place of `{}`, how a person gives a parameter.
    """
    own = next((one.name for one in fields_of(core) if counts_threads(one.name)), None)
    if own is not None:
        told = how.format(own)
        raise BindcheckError(
            f"{what}: `{own}` is a parameter of `{core.name}`: give its value with {told} instead"
        )


def is_bound(program: Program, core: CoreApi, kind: Kind) -> bool:
    """Whether Python can make this kind of call."""
    try:
        entry_of(program, core, kind)
    except BindcheckError:
        return False
    return True


def _base(program: Program, core: CoreApi, kind: Kind, axes: Axes, rows: int | None) -> Case:
    given = {name: parsed(text) for name, text in axes.params}
    if kind is Kind.BATCH and not has_batch(core):
        _refuse_sweeps(core, axes)
    arguments = arguments_of(program, core, kind, given, "--param {}=VALUE", blanks=axes.blanks)
    if kind is Kind.BATCH:
        arguments = swept(core, arguments, rows)
    elif any(isinstance(one.value, tuple) for one in arguments):
        raise BindcheckError(
            f"`{core.name}`: a sweep is for a batch: give one value, or leave out --single"
        )
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


def _refuse_sweeps(core: CoreApi, axes: Axes) -> None:
    """Where there are no batches, a sweep is what asks for one."""
    for name, text in axes.params:
        if isinstance(parsed(text), tuple):
            raise BindcheckError(
                f"`{core.name}`: --param {name}={text} is a sweep, which needs a batch, and the "
                "core has no batch function: give one value"
            )


def expanded(base: Case, axes: Axes) -> tuple[Case, ...]:
    """A case in all sizes and along all axes."""
    return tuple(
        named(replace(base, cols=size, kernel=kernel, threads=threads, layout=layout, out=out))
        for kernel in axes.kernels
        for threads in axes.threads
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


Given = Mapping[str, Scalar | Steps]


def fields_of(core: CoreApi) -> tuple[ParamField, ...]:
    """The parameters of a core that a case can say."""
    extras = core.constructors[0].extras if core.constructors else ()
    return (*core.params, *extras)


def arguments_of(
    program: Program,
    core: CoreApi,
    kind: Kind,
    given: Given,
    how: str,
    *,
    blanks: bool = False,
) -> tuple[Argument, ...]:
    """A value for each parameter: what was given, else the core's default, else the binding's.

    `how` tells, with the name in place of `{}`, how a person gives a value. With `blanks` one that
    is lacking is `BLANK`.
    """
    fields = fields_of(core)
    _refuse_unknown(core, given, [one.name for one in fields])
    fields = tuple(one for one in fields if one.name in given or _is_taken(core, kind, one.name))
    binding = _Binding(program, core, kind)
    found = [_argument(one, given, binding) for one in fields]
    if blanks:
        known = zip(fields, found, strict=True)
        return tuple(made or Argument(one.name, BLANK) for one, made in known)
    missing = [one.name for one, made in zip(fields, found, strict=True) if made is None]
    if missing:
        shown = ", ".join(f"`{one}`" for one in missing)
        told = " ".join(how.format(one) for one in missing)
        raise BindcheckError(f"`{core.name}`: no default of {shown} is known; give one with {told}")
    return tuple(one for one in found if one is not None)


def _is_taken(core: CoreApi, kind: Kind, name: str) -> bool:
    """Whether the core is told a parameter: a struct of ranges may lack some."""
    ways = (core.batch_with_kernel, core.batch_inner, core.batch_inner_into)
    whole = any(one is not None and "params" in one.roles for one in ways)
    ranges = {one.param or one.name for one in core.ranges}
    lacks = core.range_struct is not None and name not in ranges
    return kind is not Kind.BATCH or whole or not lacks


def _refuse_unknown(core: CoreApi, given: Given, known: Sequence[str]) -> None:
    for name in sorted(set(given) - set(known)):
        near = nearest(name, known) or f"; it has {', '.join(known) or 'none'}"
        raise BindcheckError(f"`{core.name}` has no parameter {name!r}{near}")


class _Binding:
    """What the signature of a binding says of parameters of the core."""

    def __init__(self, program: Program, core: CoreApi, kind: Kind):
        self.program = program
        self.entry = entry_of(program, core, kind)
        refuse_deep(program, self.entry)
        found = tuple(taken_by(program, self.entry) or ())
        own = [one.name for one in fields_of(core)]
        self.arguments = {one.name: one for one in found} | renamed(found, own)

    def default(self, name: str) -> str | None:
        """The text of the default that it gives a parameter."""
        found = self.arguments.get(name)
        return None if found is None else found.default

    def meant(self, text: str) -> str:
        """The text of the value of a constant of the crate, else the text, as of `f64::MAX`."""
        owner, _, name = text.strip().rpartition("::")
        known = () if owner in _WANTED else constants(self.program).get(name, ())
        values = {one.value for one in known if one.path == self.entry.ref.path}
        values = values or {one.value for one in known}
        return values.pop() if len(values) == 1 else text

    def wants(self, name: str) -> bool:
        """Whether Python has to give a value, or a range of values, and cannot give `None`."""
        found = self.arguments.get(name) or self.arguments.get(f"{name}_range")
        if found is None or found.default is not None or found.param is None:
            return False
        return not means_option(self.program, self.entry.ref, found.param)


def _argument(field: ParamField, given: Given, binding: _Binding) -> Argument | None:
    """A value for a parameter, None where none is known."""
    if field.name in given:
        return Argument(field.name, fitting(field, given[field.name]))
    choice = field.choices.text(field.default) if field.choices and field.default else None
    if choice is not None:
        return Argument(field.name, choice)
    for text in (field.default, binding.default(field.name)):
        value = literal(binding.meant(text)) if text is not None else None
        if value is not None:
            return Argument(field.name, value)
    absent = field.optional and field.default in (None, "None") and not binding.wants(field.name)
    return Argument(field.name, None) if absent else None


def fitting(field: ParamField, value: Scalar | Steps) -> Scalar | Steps:
    """The value, or the steps of a sweep, if the type of the parameter can hold them."""
    if field.choices is not None:
        return _chosen(field, field.choices, value)
    kind = field.type.peel()
    name = (kind.args[0].peel() if kind.name == "Option" and kind.args else kind).name
    parts = value if isinstance(value, tuple) else (value,)
    wanted, holds = _WANTED.get(name, ("", _anything))
    if isinstance(value, tuple) and not value[2] and value[0] != value[1]:
        raise BindcheckError(f"`{field.name}`: a sweep with step 0 never ends")
    if all(map(holds, parts)):
        return value
    whole = tuple(map(as_whole, parts))
    if name in _WHOLE and all(map(holds, whole)):
        return (whole[0], whole[1], whole[2]) if isinstance(value, tuple) else whole[0]
    shown = ":".join(map(str, parts)) if isinstance(value, tuple) else repr(value)
    half = "; a sweep is START:STOP:STEP" if isinstance(value, str) and ":" in value else ""
    raise BindcheckError(f"`{field.name}` takes {wanted}, not {shown}{half}")


def _chosen(field: ParamField, choices: Choices, value: Scalar | Steps) -> Scalar:
    known = [text for _, text in choices.texts]
    if isinstance(value, str) and value in known:
        return value
    near = nearest(str(value), known) or f"; it takes {', '.join(known)}"
    raise BindcheckError(f"`{field.name}` has no choice {value!r}{near}")


def as_whole(value: Any) -> Any:
    """A number such as 1e3 as the whole one that it is; anything else as it is."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < _TOO_LARGE
    return int(value) if whole else value


def _anything(value: Scalar) -> bool:
    del value
    return True


def _whole(value: Scalar) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _counting(value: Scalar) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _number(value: Scalar) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_WIDTHS = ("8", "16", "32", "64", "size")
_WANTED: dict[str, tuple[str, Callable[[Scalar], bool]]] = {
    **{f"u{width}": ("a whole number from 0 on", _counting) for width in _WIDTHS},
    **{f"i{width}": ("a whole number", _whole) for width in _WIDTHS},
    **{f"f{width}": ("a number", _number) for width in ("32", "64")},
    "bool": ("true or false", lambda value: isinstance(value, bool)),
    **{name: ("a text", lambda value: isinstance(value, str)) for name in ("str", "String")},
}
"""By type in Rust: what a value has to be, in words and as a test."""
_WHOLE = frozenset(f"{sign}{width}" for sign in "ui" for width in _WIDTHS)


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
