"""Cores without an Input struct: plain functions over slices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bindcheck.analysis.cores.families import Found, gathered
from bindcheck.analysis.cores.index import CoreFile, Fn
from bindcheck.analysis.cores.input import series_names
from bindcheck.analysis.cores.params import param_fields
from bindcheck.analysis.cores.shapes import (
    array_element,
    camel,
    is_kernel,
    is_scalar,
    normal,
    out_element,
    series_element,
    unwrap_option,
    unwrap_result,
    vector_element,
    view_element,
)
from bindcheck.analysis.cores.steps import is_step, step_word
from bindcheck.analysis.cores.structs import (
    Given,
    Taken,
    params_taken,
    prefix_of,
    struct_given,
    struct_name,
)
from bindcheck.analysis.linking.linked import Linked
from bindcheck.model import (
    CoreApi,
    CoreFunction,
    Form,
    Function,
    InputConstructor,
    ItemRef,
    OutputField,
    Param,
    ParamField,
    Series,
    TypeRef,
)


def plain_cores(files: Sequence[CoreFile], program: Linked) -> tuple[CoreApi, ...]:
    """Functions over slices that a binding calls, and public ones in modules without such.

    What a dependency offers counts only when a binding calls it. A function that others call is a
    step of theirs, unless it is called after its module, as what that one is for, or after its
    parameters. So is one whose names say so, unless it is all that a binding calls.
    """
    found = [
        Found(file, fn, api)
        for file in files
        for fn in file.free
        if (api := plain_shape(file, fn, bound=True)) is not None
    ]
    if not found:
        return ()
    chosen = _chosen_by_bindings(found, program)
    found = [one for one in found if not one.is_step or one.fn.ref in chosen]
    taken = {one.module for one in found if one.fn.ref in chosen}
    offered = [one for one in found if one.module not in taken and _offered(one, program)]
    called = _called_by_others(offered, files, program)
    chosen |= {one.fn.ref for one in offered if one.fn.ref not in called or _titular(one)}
    chosen |= {one.fn.ref for one in found if _is_named(one) and program.in_crate(one.file.path)}
    return tuple(gathered([one for one in found if one.fn.ref in chosen], found))


def bound_before(files: Sequence[CoreFile], found: Sequence[CoreApi]) -> tuple[CoreApi, ...]:
    """Functions over slices whose files have a generated binding of theirs, beside other cores."""
    others = {(one.path, one.name) for one in found}
    shaped = [
        Found(file, fn, api)
        for file in files
        if file.module.generated
        for fn in file.free
        if (api := plain_shape(file, fn)) is not None and (api.path, api.name) not in others
    ]
    chosen = [
        one
        for one in shaped
        if f"{'.'.join((*one.fn.item.scope, one.api.name))}/single" in one.file.module.generated
    ]
    return tuple(gathered(chosen, shaped))


def named_after_params(
    files: Sequence[CoreFile], found: Sequence[CoreApi], program: Linked
) -> tuple[CoreApi, ...]:
    """Public functions that are called like the struct of parameters they take.

    No Input struct of a core that is `found` holds it: `sma` with `SmaParams`.
    """
    known = {one.params_struct for one in found}
    shaped = [
        Found(file, fn, api)
        for file in files
        if program.in_crate(file.path)
        for fn in file.free
        if any(_is_struct_beside(param, known) for param in fn.item.params)
        and (api := plain_shape(file, fn)) is not None
    ]
    return tuple(gathered([one for one in shaped if _is_named(one)], shaped))


def _is_named(one: Found) -> bool:
    """Whether a function is public and called like its parameters: `sma` with `SmaParams`."""
    own = normal(prefix_of(one.api.params_struct or "")) == normal(one.base)
    return own and one.fn.item.visibility == "pub"


def _is_struct_beside(param: Param, known: set[str | None]) -> bool:
    kind = struct_name(param)
    return kind is not None and kind.name not in known


def _chosen_by_bindings(found: Sequence[Found], program: Linked) -> set[ItemRef]:
    """What bindings call: no steps, but where a step is all that one calls."""
    steps = {one.fn.ref: one.is_step for one in found}
    chosen: set[ItemRef] = set()
    for called in calls_of_bindings(program):
        own = [ref for ref in called if ref in steps]
        chosen.update(ref for ref in own if not steps[ref] or len(own) == 1)
    return chosen


def _titular(one: Found) -> bool:
    """Whether a function is called like the module that it stands in."""
    return one.api.module_path[-1:] == (one.fn.name,)


def _offered(one: Found, program: Linked) -> bool:
    """Public in the audited crate, and not meant to be inlined into something else."""
    item = one.fn.item
    return item.visibility == "pub" and program.in_crate(one.file.path) and not is_step(item)


def _called_by_others(
    offered: Sequence[Found], files: Sequence[CoreFile], program: Linked
) -> frozenset[ItemRef]:
    """Those of the functions that a function of the same file, or of one that imports it, calls."""
    wanted = {one.fn.ref for one in offered}
    called: set[ItemRef] = set()
    for file in files:
        if any(_sees(file, one) for one in offered):
            for fn in file.functions:
                called.update(ref for ref in program.called(fn.ref) if ref != fn.ref)
    return frozenset(called & wanted)


def _sees(file: CoreFile, one: Found) -> bool:
    """Whether a file can name the function: it declares it, or imports it, its module or a glob."""
    if file.path == one.file.path:
        return True
    names = {one.fn.name, one.api.module_path[-1]}
    return any(use.path and use.path[-1] in names for use in file.module.uses)


def calls_of_bindings(program: Linked) -> Iterator[tuple[ItemRef, ...]]:
    """What each function and method that is exposed to Python calls itself."""
    for path, module in program.modules.items():
        methods = {
            index
            for block in module.impls
            if block.attr("pymethods") is not None
            for index in block.functions
        }
        for index, item in enumerate(module.functions):
            exposed = index in methods or item.attr("pyfunction", "pyfn") is not None
            if exposed and program.active(item.cfg, path):
                yield program.called(ItemRef(path, index))


def plain_shape(
    file: CoreFile, fn: Fn, *, bound: bool = False, wide: bool = False
) -> CoreApi | None:
    """The core that a function is by its signature: slices in, then values; vectors out.

    `bound`: a binding calls it, so that its names do not make it a step. `wide`: it is measured
    alone, so that it may also take one-dimensional views of `ndarray`, and give such arrays, or
    numbers, in an `Option` or not.
    """
    item = fn.item
    if item.is_unsafe or item.is_async or item.attr("target_feature", "test"):
        return None
    if item.generics and "<'" not in item.generics.replace(" ", ""):
        return None
    base = item.name.removesuffix("_with_kernel")
    taken = params_taken(file, fn)
    if not bound and step_word(item, base, arrays=taken is None):
        return None
    roles = _roles(item.params, taken, wide=wide)
    if roles is None:
        return None
    returns, fallible, error = unwrap_result(item.returns, file.aliases)
    outputs = _outputs(item.params, returns, wide=wide)
    given = None if outputs else struct_given(file, fn, returns)
    measured = taken is not None or _has_numbers(item.params)
    if given is not None and measured and not _writes(roles):
        outputs = given.outputs
    unnamed = base != item.name and not bound and taken is None and given is None
    if not outputs or unnamed:
        return None
    function = CoreFunction(item.name, fn.ref, roles, returns, fallible, error, item.visibility)
    return _api(file, fn, outputs, function, taken, given)


def _has_numbers(params: Sequence[Param]) -> bool:
    """Whether one of the slices is of floats: what is made of bytes or counts is something read."""
    found = (series_element(one.type) for one in params if one.type is not None)
    return any(one is not None and one[0] in ("f64", "f32") for one in found)


def _writes(roles: Sequence[str]) -> bool:
    return any(role.startswith("out:") for role in roles)


def unfit_part(item: Function) -> str:
    """What about a function's signature keeps it from being a plain core: a fact that is lacking.

    Empty for one that could be.
    """
    if item.is_unsafe:
        return "what makes a call safe"
    if item.is_async:
        return "what runs it: it is an `async fn`"
    if takes_types(item):
        return f"the types that `{item.name}{item.generics}` is called with"
    param = unfit_param(item)
    if param is not None:
        shown = f"{param.name}: {param.type.text}" if param.type is not None else param.name
        return f"how Python says `{shown}`"
    return f"how NumPy says `{item.returns.text}`" if is_result_unfit(item) else ""


def takes_types(item: Function) -> bool:
    """Whether a function has types as parameters."""
    return bool(re.search(r"(?<!')\b[A-Z]", item.generics))


def unfit_param(item: Function, *, wide: bool = False) -> Param | None:
    """The first parameter that no plain core has. `wide` as for `plain_shape`."""
    series = _series_names(item.params, wide=wide)
    return next((one for one in item.params if _role(one, series, "param") is None), None)


def is_result_unfit(item: Function, *, wide: bool = False) -> bool:
    """Whether a function of slices returns what no plain core does. `wide` as for `plain_shape`."""
    returns, _, _ = unwrap_result(item.returns)
    read = bool(_series_names(item.params, wide=wide))
    return read and not _outputs(item.params, returns, wide=wide)


def _roles(params: Sequence[Param], taken: Taken | None, *, wide: bool) -> tuple[str, ...] | None:
    """A role for every parameter, or None when one has none or there is no series.

    Values beside a struct of parameters are extras.
    """
    names = _series_names(params, wide=wide)
    value = "param" if taken is None else "extra"
    roles = [_role(param, names, value) for param in params]
    if taken is not None:
        roles[taken.at] = "params"
    return None if None in roles or not names else tuple(role for role in roles if role)


def _series_names(params: Sequence[Param], *, wide: bool) -> dict[str, str]:
    """What Python calls each parameter that is a series."""
    named = [p.name for p in params if p.type is not None and series_of(p.type, wide=wide)]
    return series_names(named) if named else {}


def series_of(kind: TypeRef, *, wide: bool) -> tuple[str, bool] | None:
    """Element of a series, and whether it may be left out. `wide` as for `plain_shape`."""
    found = series_element(kind)
    element = view_element(kind) if wide and found is None else None
    return (element, False) if element is not None else found


def _role(param: Param, series: dict[str, str], value: str) -> str | None:
    if param.type is None:
        return None
    if param.name in series:
        return f"series:{series[param.name]}"
    if out_element(param.type) is not None:
        return f"out:{param.name}"
    inner, _ = unwrap_option(param.type)
    if is_kernel(inner):
        return "kernel"
    text = inner.peel().name in ("str", "String")
    return f"{value}:{param.name}" if is_scalar(inner) or text else None


def _outputs(params: Sequence[Param], returns: TypeRef, *, wide: bool) -> tuple[OutputField, ...]:
    """Vectors that it returns, numbers also in an option, or the buffers that it fills."""
    buffers = [
        OutputField(param.name, found[0])
        for param in params
        if param.type is not None and (found := out_element(param.type)) is not None
    ]
    if buffers:
        return tuple(buffers) if not vector_element(returns) else ()
    inner, optional = unwrap_option(returns)
    if optional:
        numbers = _returned(inner, wide=True) if wide else ()
        return numbers if all(one.form is Form.NUMBER for one in numbers) else ()
    return _returned(returns, wide=wide)


def _returned(kind: TypeRef, *, wide: bool) -> tuple[OutputField, ...]:
    if kind.kind == "tuple" and kind.args:
        made = [_output(f"{at}", arg, wide=wide) for at, arg in enumerate(kind.args)]
        found_all = tuple(one for one in made if one is not None)
        alike = len({one.form is Form.NUMBER for one in found_all}) == 1
        return found_all if len(found_all) == len(made) and alike else ()
    only = _output("values", kind, wide=wide)
    return () if only is None else (only,)


def _output(name: str, kind: TypeRef, *, wide: bool) -> OutputField | None:
    element = vector_element(kind)
    if element is not None:
        return OutputField(name, element)
    if wide and is_scalar(kind):
        return OutputField(name, kind.name, Form.NUMBER)
    element = array_element(kind) if wide else None
    return None if element is None else OutputField(name, element, Form.ARRAY)


def _api(
    file: CoreFile,
    fn: Fn,
    outputs: tuple[OutputField, ...],
    function: CoreFunction,
    taken: Taken | None,
    given: Given | None,
) -> CoreApi:
    item, roles = fn.item, function.roles
    writes, kernel = _writes(roles), "kernel" in roles
    series: list[Series] = []
    values: list[ParamField] = []
    for param, role in zip(item.params, roles, strict=True):
        found = series_of(param.type, wide=True) if param.type is not None else None
        if found is not None:
            series.append(Series(role.partition(":")[2], *found))
        elif role.startswith(("param:", "extra:")) and param.type is not None:
            values.append(ParamField(param.name, *unwrap_option(param.type), None))
    name = item.name.removesuffix("_into") if writes else item.name
    arguments = tuple(one.name for one in series)
    params, extras = tuple(values), tuple[ParamField, ...]()
    if taken is not None:
        struct = (taken.ref, taken.item)
        params, extras = param_fields(file, struct, readers=(fn,)), tuple(values)
    return CoreApi(
        name=name,
        stem=file.path.rsplit("/", 1)[-1].removesuffix(".rs"),
        prefix=camel(name),
        path=file.path,
        module_path=file.program.module_path(file.path, item.scope),
        input=None,
        input_lifetime=False,
        constructors=(InputConstructor("", tuple(series), arguments, extras),),
        params_struct=taken.item.name if taken is not None else None,
        params=params,
        output_struct=given.item.name if given is not None else None,
        outputs=outputs,
        range_struct=None,
        ranges=(),
        error=function.error,
        single=function if not writes and not kernel else None,
        with_kernel=function if not writes and kernel else None,
        into_slice=function if writes else None,
        into_uninit=None,
        expand_grid=None,
        batch_with_kernel=None,
        batch_inner=None,
        batch_inner_into=None,
        batch_output=None,
        stream=None,
        cfg=item.cfg,
    )
