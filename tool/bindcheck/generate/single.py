"""Template data of the piece `single`: one call, arrays in and out."""

from __future__ import annotations

from collections.abc import Sequence

from bindcheck.fact import fact
from bindcheck.generate.arguments import (
    Argument,
    SeriesArgument,
    constructor_of,
    free_name,
    parameters_of,
    signature,
    why,
)
from bindcheck.generate.choices import read_choices
from bindcheck.generate.context import (
    SLICES,
    Facts,
    Frame,
    checked_outputs,
    local_names,
    output_access,
    role_values,
    series_arguments,
)
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.lengths import Lengths, lengths_of
from bindcheck.generate.ranges import single_keys
from bindcheck.generate.traits import DICT_METHODS
from bindcheck.model import CoreFunction, OutputField, Role


@fact
class Filled:
    """A vector that the core fills: its variable, what it holds, and what makes it, if told."""

    variable: str
    element: str
    made: str = ""

    @property
    def blank(self) -> str:
        """What is there before: NaN where it can be, for a warm-up that the core leaves alone."""
        return (
            f"{self.element}::NAN"
            if self.element in ("f64", "f32")
            else f"<{self.element}>::default()"
        )


@fact
class Single:
    """Data of `reference/single.rs.j2`.

    `setup` are statements before the release, `buffers` outputs that the core fills rather than
    returns, each `length` long, `access` the expression for each output, and `shapes` what arrays
    of a binding that is kept are reshaped to, empty for those that are not. `raised` tells that the
    one array of these may be returned as the result that it is. `raises`: arrays of another layout
    are refused. `head` is one that is kept as it is; `items` the entries of a dict,
    and `ending` what one that is kept is turned into. `takes_kernel`: the core wants the kernel.
    `equal`: arrays of different lengths are refused, within each of `alike`.
    `mapping` makes exceptions of errors, where that is not our own way.
    """

    frame: Frame
    rust_name: str
    python_name: str
    signature: str
    series: tuple[SeriesArgument, ...]
    parameters: tuple[Argument, ...]
    kernel: str
    setup: tuple[str, ...]
    buffers: tuple[Filled, ...]
    length: str
    call: str
    fallible: bool
    outputs: tuple[OutputField, ...]
    access: tuple[str, ...]
    raises: bool
    shapes: tuple[str, ...] = ()
    raised: bool = False
    head: str = ""
    items: tuple[tuple[str, str], ...] = ()
    ending: str = ""
    takes_kernel: bool = True
    equal: bool = True
    alike: tuple[tuple[SeriesArgument, ...], ...] = ()
    mapping: str = ""


def single_function(facts: Facts) -> CoreFunction:
    """The core function that the binding calls."""
    core = facts.core
    function = core.with_kernel or core.single
    if function is None and core.input is None:
        function = core.into_slice
    if function is None:
        raise Lacking(f"a function that computes one result{why(core, 'single', 'outputs')}")
    if not core.outputs:
        raise Lacking(f"vectors in the result of `{function.name}`{why(core, 'outputs')}")
    return function


def shortest(series: Sequence[SeriesArgument]) -> str:
    """How many values there are for every time: series that must be given may differ in length."""
    first, *others = [f"{one.slice}.len()" for one in series if not one.optional] or ["0"]
    return "".join((first, *(f".min({one})" for one in others)))


def alike_of(
    series: Sequence[SeriesArgument], lengths: Lengths
) -> tuple[tuple[SeriesArgument, ...], ...]:
    """Arrays that must be of one length, in groups; one at least of each must be given."""
    groups = {one.name: lengths.with_first([one.name, *(s.name for s in series)]) for one in series}
    found = dict.fromkeys(tuple(s for s in series if s.name in group) for group in groups.values())
    return tuple(one for one in found if len(one) > 1 and not all(s.optional for s in one))


def _length(series: Sequence[SeriesArgument], lengths: Lengths, buffers: Sequence[Filled]) -> str:
    """How long the vectors are that the core fills: as one of the series."""
    found = next((one for one in series if one.name == lengths.result), None)
    if found is None and buffers:
        names = ", ".join(f"`{one.name}`" for one in series)
        raise Lacking(f"how long the result is: as which of {names}")
    return f"{found.slice}.len()" if found is not None else ""


def _keyed(facts: Facts, arrays: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The entries of a dict, where the result is one."""
    keys = single_keys(facts.core, facts.style.single_keys)
    return tuple((key, f"{one}.into_pyarray(py)") for key, one in zip(keys, arrays, strict=False))


def single_context(facts: Facts) -> Single:
    """Data for the binding of one call."""
    core, function = facts.core, single_function(facts)
    parameters = parameters_of(core, facts.style.defaults)
    series = facts.arrays(Role.SINGLE, (one.name for one in parameters))
    names = [*(one.called for one in series), *(one.name for one in parameters)]
    local = local_names(names)
    outputs, lengths = checked_outputs(core.outputs), lengths_of(facts.program, facts.core)
    filled = outputs if any(role.startswith("out:") for role in function.roles) else ()
    buffers = tuple(Filled(free_name(f"{one.name}_values", names), one.element) for one in filled)
    values = role_values(series, parameters)
    values |= {"kernel": local["kern"], "params": local["params"], "input": local["input"]}
    values |= {
        f"out:{output.name}": f"&mut {one.variable}"
        for output, one in zip(filled, buffers, strict=True)
    }
    setup = [*read_choices(facts, parameters)]
    if "input" in function.roles:
        if "params" in constructor_of(core).arguments:
            setup.append(f"let {local['params']} = {facts.params_literal(parameters)};")
        setup.append(f"let {local['input']} = {facts.input_expression(values)};")
    elif "params" in function.roles:
        setup.append(f"let {local['params']} = {facts.params_literal(parameters)};")
    kernel = "kernel" in function.roles
    arrays = tuple(one.variable for one in buffers) or output_access(core, local["output"])
    items = _keyed(facts, arrays)
    return Single(
        frame=facts.frame((*SLICES, *facts.prelude(*([DICT_METHODS] if items else ()))), local),
        rust_name=facts.named(facts.style.single_rust),
        python_name=facts.named(facts.style.single_python),
        signature=signature(
            (*series_arguments(series), *parameters),
            facts.style.heads.single.shown if kernel else (),
        ),
        series=series,
        parameters=parameters,
        kernel=facts.own_kernel(Role.SINGLE) if kernel else "",
        setup=tuple(setup),
        buffers=buffers,
        length=_length(series, lengths, buffers),
        call=facts.caller.call(function, values),
        fallible=function.fallible,
        outputs=outputs,
        access=arrays,
        items=items,
        raises=facts.style.refuses(Role.SINGLE),
        alike=alike_of(series, lengths),
        mapping=facts.mapping(Role.SINGLE, function),
    )
