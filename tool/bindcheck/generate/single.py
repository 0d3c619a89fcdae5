"""Template data of the piece `single`: one call, arrays in and out."""

from __future__ import annotations

from dataclasses import dataclass

from bindcheck.generate.arguments import (
    Argument,
    SeriesArgument,
    constructor_of,
    parameters_of,
    series_of,
    signature,
    why,
)
from bindcheck.generate.context import (
    SLICES,
    Facts,
    Frame,
    checked_outputs,
    output_access,
    role_values,
    series_arguments,
)
from bindcheck.generate.lacking import Lacking
from bindcheck.model import CoreFunction, OutputField


@dataclass(frozen=True, slots=True)
class Single:
    """Data of `reference/single.rs.j2`.

    `setup` are statements before the release, `buffers` outputs that the core fills rather than
    returns, `access` the expression for each output.
    """

    frame: Frame
    rust_name: str
    python_name: str
    signature: str
    series: tuple[SeriesArgument, ...]
    parameters: tuple[Argument, ...]
    kernel: str
    setup: tuple[str, ...]
    buffers: tuple[OutputField, ...]
    call: str
    fallible: bool
    outputs: tuple[OutputField, ...]
    access: tuple[str, ...]


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


def single_context(facts: Facts) -> Single:
    """Data for the binding of one call."""
    core, function = facts.core, single_function(facts)
    series, parameters = series_of(core), parameters_of(core, facts.style.defaults)
    outputs = checked_outputs(core.outputs)
    buffers = outputs if any(role.startswith("out:") for role in function.roles) else ()
    values = role_values(series, parameters) | {"kernel": "kern", "params": "params"}
    values |= {f"out:{output.name}": f"&mut {output.name}_values" for output in buffers}
    setup: list[str] = []
    if "input" in function.roles:
        if "params" in constructor_of(core).arguments:
            setup.append(f"let params = {facts.params_literal(parameters)};")
        setup.append(f"let input = {facts.input_expression(values)};")
        values["input"] = "input"
    kernel = "kernel" in function.roles
    return Single(
        frame=facts.frame(SLICES),
        rust_name=facts.named(facts.style.single_rust),
        python_name=facts.named(facts.style.single_python),
        signature=signature(
            (*series_arguments(series), *parameters), ("kernel=None",) if kernel else ()
        ),
        series=series,
        parameters=parameters,
        kernel=facts.validator(batch=False) if kernel else "",
        setup=tuple(setup),
        buffers=buffers,
        call=facts.caller.call(function, values),
        fallible=function.fallible,
        outputs=outputs,
        access=tuple(f"{o.name}_values" for o in buffers) or output_access(core),
    )
