"""What each parameter of a core function is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bindcheck.analysis.cores.index import CoreFile, Fn
from bindcheck.analysis.cores.input import long_name
from bindcheck.analysis.cores.shapes import (
    INTEGERS,
    is_kernel,
    is_scalar,
    normal,
    out_element,
    series_element,
    slice_item,
    unwrap_option,
    unwrap_result,
)
from bindcheck.fact import fact
from bindcheck.model import CoreFunction, OutputField, Param, ParamField, Series, TypeRef

UNKNOWN = "?"

_THREADS = frozenset({"threads", "nthreads", "numthreads", "workers", "threadcount"})
_SIZES = {"cols": "cols", "len": "cols", "rows": "rows"}


@fact
class Known:
    """What is known of a core when its functions are read."""

    input: str = ""
    params_struct: str = ""
    combination: str = ""
    range_struct: str = ""
    series: tuple[Series, ...] = ()
    params: tuple[ParamField, ...] = ()
    extras: tuple[ParamField, ...] = ()
    outputs: tuple[OutputField, ...] = ()


def core_function(file: CoreFile, fn: Fn, known: Known) -> CoreFunction:
    """A function with the role of each parameter."""
    returns, fallible, error = unwrap_result(fn.item.returns, file.aliases)
    return CoreFunction(
        name=fn.name,
        ref=fn.ref,
        roles=roles_of(fn, known),
        returns=returns,
        fallible=fallible,
        error=error,
        visibility=fn.item.visibility,
    )


def roles_of(fn: Fn, known: Known) -> tuple[str, ...]:
    """One role per parameter."""
    params = fn.item.params
    roles = [_typed_role(param, known) for param in params]
    _fill(roles, params, _series_roles(params, known))
    _fill(roles, params, _out_roles(params, known))
    return tuple(
        role or _value_role(param, known) for role, param in zip(roles, params, strict=True)
    )


def _fill(roles: list[str], params: Sequence[Param], more: Mapping[int, str]) -> None:
    for at in range(len(params)):
        roles[at] = roles[at] or more.get(at, "")


def _typed_role(param: Param, known: Known) -> str:
    """The role that the type alone tells."""
    kind = param.type
    if kind is None:
        return UNKNOWN
    if is_kernel(unwrap_option(kind)[0]):
        return "kernel"
    item = slice_item(kind)
    if item is not None and item.name and item.name in (known.combination, known.params_struct):
        return "combos"
    target = kind.peel()
    if target.kind != "path" or not target.name:
        return ""
    by_type = {
        known.params_struct: "params",
        known.range_struct: "range",
        known.input: "input",
    }
    by_type.pop("", None)
    return by_type.get(target.name, "")


# --- series ----------------------------------------------------------------------------------


def _series_roles(params: Sequence[Param], known: Known) -> dict[int, str]:
    """Shared slices that are the inputs: by name, the rest in order when their number agrees."""
    slices = {
        at: (param.name, found)
        for at, param in enumerate(params)
        if param.type is not None and (found := series_element(param.type)) is not None
    }
    roles = {
        at: "warm"
        for at, (name, found) in slices.items()
        if "warm" in name and found[0] in INTEGERS
    }
    left = {series.name: series for series in known.series}
    for at, (name, found) in slices.items():
        match = series_named(name, list(left)) if at not in roles else None
        if match is not None and left[match].element == found[0]:
            roles[at] = f"series:{match}"
            del left[match]
    open_slices = [at for at in slices if at not in roles]
    wanted = [name for name, series in left.items() if not series.optional or open_slices]
    if len(open_slices) == len(wanted):
        for at, name in zip(open_slices, wanted, strict=True):
            if slices[at][1][0] == left[name].element:
                roles[at] = f"series:{name}"
    return roles


def series_named(name: str, wanted: Sequence[str]) -> str | None:
    """The one of `wanted` that `name` means: the same, spelled out, or but for a plural."""
    for spelled in (name.lstrip("_"), long_name(name)):
        if spelled in wanted:
            return spelled
    bare = normal(name).removesuffix("s")
    near = [one for one in wanted if normal(one).removesuffix("s") == bare]
    return near[0] if len(near) == 1 else None


# --- buffers ---------------------------------------------------------------------------------


def _out_roles(params: Sequence[Param], known: Known) -> dict[int, str]:
    """Mutable slices: one for each output, or one for all."""
    outs = [
        (at, OutputField(param.name, found[0]))
        for at, param in enumerate(params)
        if param.type is not None and (found := out_element(param.type)) is not None
    ]
    wanted = known.outputs
    if not wanted:
        return {at: f"out:{_bare_out(buffer.name)}" for at, buffer in outs}
    if len(outs) == 1 and len(wanted) > 1:
        return {outs[0][0]: "out:*"}
    paired = _paired([buffer for _, buffer in outs], wanted)
    return {at: f"out:{name}" for (at, _), name in zip(outs, paired, strict=False)}


def _paired(buffers: Sequence[OutputField], wanted: Sequence[OutputField]) -> list[str]:
    """The output that each buffer is for: by name where all agree, else in order.

    None at all when number or element types differ, or a name tells of another output than its
    place does.
    """
    matched = [_output_named(buffer, wanted) for buffer in buffers]
    found = [name for name in matched if name is not None]
    if len(buffers) == len(wanted) == len(set(found)):
        return found
    alike = [one.element for one in buffers] == [one.element for one in wanted]
    names = {normal(one.name): one.name for one in wanted}
    places = [names.get(normal(_bare_out(buffer.name))) for buffer in buffers]
    told = all(name in (None, one.name) for name, one in zip(places, wanted, strict=False))
    return [one.name for one in wanted] if alike and told else []


def _bare_out(name: str) -> str:
    parts = [p for p in name.split("_") if p not in ("out", "dst", "output", "dest", "buf", "")]
    return "_".join(parts) or "values"


def _output_named(buffer: OutputField, wanted: Sequence[OutputField]) -> str | None:
    own = normal(_bare_out(buffer.name))
    names = [one.name for one in wanted if one.element == buffer.element]
    exact = [name for name in names if normal(name) == own]
    begun = [name for name in names if normal(name).startswith(own)]
    part = [name for name in names if own in normal(name) or normal(name) in own]
    return next((near[0] for near in (exact, begun, part) if len(near) == 1), None)


# --- values ----------------------------------------------------------------------------------


def _value_role(param: Param, known: Known) -> str:
    """Numbers, flags and texts: by name."""
    if param.type is None:
        return UNKNOWN
    kind, _ = unwrap_option(param.type)
    bare = normal(param.name)
    item = slice_item(kind)
    if item is not None:
        column = _field_named(bare.removesuffix("s"), item, known.params)
        return f"values:{column}" if column is not None else UNKNOWN
    for role, fields in (("param", known.params), ("extra", known.extras)):
        named = _field_named(bare, kind.peel(), fields)
        if named is not None:
            return f"{role}:{named}"
    if kind.name == "bool":
        flag = _flag_named(param.name, known.params)
        if flag is not None:
            return f"param:{flag}"
        # A flag whose name begins with an underscore is not read: any value will do.
        return "parallel" if "par" in bare or param.name.startswith("_") else UNKNOWN
    if kind.name in INTEGERS:
        return _integer_role(bare)
    return UNKNOWN


def counts_threads(name: str) -> bool:
    """Whether a parameter of this name is a number of threads."""
    return name.replace("_", "").lower() in _THREADS


def _integer_role(bare: str) -> str:
    if counts_threads(bare):
        return "threads"
    if bare.startswith("first"):
        return "first"
    if bare.startswith("warm"):
        return "warm"
    return _SIZES.get(bare, UNKNOWN)


def _field_named(bare: str, kind: TypeRef, fields: Sequence[ParamField]) -> str | None:
    """The field that a value of this name and type is: the same name, or the only one it begins."""
    fitting = [one for one in fields if _fits(kind, one.type)]
    exact = [one.name for one in fitting if normal(one.name) == bare]
    if exact:
        return exact[0]
    begun = [one.name for one in fitting if len(bare) >= 3 and normal(one.name).startswith(bare)]
    return begun[0] if len(begun) == 1 else None


def _flag_named(name: str, fields: Sequence[ParamField]) -> str | None:
    """The flag whose first word a flag shares: `smooth_flag` for `smooth_data`."""
    word = name.partition("_")[0]
    near = [one.name for one in fields if one.type.name == "bool" and one.name.startswith(word)]
    return near[0] if word and len(near) == 1 else None


def _fits(kind: TypeRef, wanted: TypeRef) -> bool:
    """Whether a parameter of type `kind` can carry a field of type `wanted`."""
    if kind.name == "str":
        return wanted.peel().name in ("String", "str")
    if is_scalar(kind) and is_scalar(wanted):
        return kind.name == wanted.name
    return bool(kind.name) and kind.name == wanted.peel().name


def unknown_parameters(fn: Fn, roles: Sequence[str]) -> str:
    """The parameters without a role, as in the source."""
    left = [
        f"{param.name}: {param.type.text}" if param.type is not None else param.name
        for param, role in zip(fn.item.params, roles, strict=True)
        if role == UNKNOWN
    ]
    return ", ".join(f"`{one}`" for one in left)


def counts(roles: Sequence[str]) -> dict[str, int]:
    """How often each kind of role occurs, names after the colon left out."""
    found: dict[str, int] = {}
    for role in roles:
        kind = role.partition(":")[0]
        found[kind] = found.get(kind, 0) + 1
    return found


__all__ = [
    "UNKNOWN",
    "Known",
    "core_function",
    "counts",
    "roles_of",
    "series_named",
    "unknown_parameters",
]
