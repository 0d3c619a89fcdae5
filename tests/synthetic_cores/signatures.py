"""Arguments of the functions of a made-up core."""

from __future__ import annotations

from synthetic_cores.description import Core, bare


def slices(core: Core, lifetime: str = "") -> str:
    kinds = "&" + lifetime + "[{}]"
    return ", ".join(f"{one.name}: {one.typed(kinds)}" for one in core.series)


def names(core: Core, before: str = "") -> str:
    return ", ".join(f"{before}{one.name}" for one in core.series)


def takes(core: Core) -> str:
    """What a function of one call takes: the Input struct, or arrays and parameters."""
    params = f"{core.x}Params"
    arrays = slices(core)
    return {
        "": f"input: &{core.x}Input",
        "ref": f"{arrays}, params: &{params}",
        "value": f"{arrays}, params: {params}",
        "first": f"params: &{params}, {arrays}",
        "option": f"{arrays}, params: Option<&{params}>",
    }[core.taken]


def hands_on(core: Core) -> str:
    """The same as arguments."""
    return {"": "input", "first": f"params, {names(core)}"}.get(
        core.taken, f"{names(core)}, params"
    )


def params_of(core: Core) -> str:
    """The parameters in such a function, borrowed."""
    default = f"params.unwrap_or(&{core.x}Params::default())"
    return {"": "&input.params", "value": "&params", "option": default}.get(core.taken, "params")


def result_type(core: Core) -> str:
    """What such a function gives."""
    if not core.vectors:
        return f"{core.x}Output"
    kinds = ", ".join(f"Vec<{one.element}>" for one in core.outputs)
    return kinds if len(core.outputs) == 1 else f"({kinds})"


def result_of(core: Core) -> str:
    """That, made of the vectors."""
    vectors = [f"out_{bare(one.name)}" for one in core.outputs]
    if not core.vectors:
        pairs = zip(core.outputs, vectors, strict=True)
        return f"{core.x}Output {{ {', '.join(f'{one.name}: {v}' for one, v in pairs)} }}"
    return vectors[0] if len(vectors) == 1 else f"({', '.join(vectors)})"


def outs(core: Core) -> str:
    return ", ".join(f"out_{bare(one.name)}: &mut [{one.element}]" for one in core.outputs)
