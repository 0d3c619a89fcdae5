"""The Input struct of a core: how it is made from arrays, and what its parts are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bindcheck.analysis.cores.index import CoreFile, Fn
from bindcheck.analysis.cores.shapes import (
    is_kernel,
    series_element,
    unwrap_option,
    unwrap_result,
)
from bindcheck.fact import fact
from bindcheck.model import (
    InputConstructor,
    ItemRef,
    ParamField,
    Series,
    Struct,
    TypeRef,
)

SUFFIX = "Input"

_LONG = {
    "h": "high",
    "l": "low",
    "c": "close",
    "o": "open",
    "v": "volume",
    "vol": "volume",
    "sl": "data",
    "slice": "data",
}
"""What the usual abbreviations of series stand for."""


@fact
class InputType:
    """An Input struct with the struct of its parameters."""

    ref: ItemRef
    item: Struct
    prefix: str
    params: tuple[ItemRef, Struct] | None


def input_types(file: CoreFile) -> Iterator[InputType]:
    """The Input structs of a file, in source order.

    `KamaBatchInput` beside `KamaInput` is an argument of the same core, not a core of its own.
    """
    for name, (ref, item) in file.structs.items():
        prefix = name.removesuffix(SUFFIX)
        if not prefix or prefix == name or item.is_tuple:
            continue
        if prefix.endswith("Batch") and prefix.removesuffix("Batch") + SUFFIX in file.structs:
            continue
        yield InputType(ref, item, prefix, params_of(file, item, prefix))


_PARAMS = ("params", "parameters", "config", "options", "opts", "settings")
_OF_PARAMS = tuple(name.capitalize() for name in _PARAMS)
"""How a struct of parameters ends, and what a field with one is called."""


def params_of(file: CoreFile, item: Struct, prefix: str) -> tuple[ItemRef, Struct] | None:
    """The struct of parameters that an Input struct has as a field."""
    fallback = None
    for field in item.fields:
        found = file.struct_of(field.type, item.scope)
        if found is None:
            continue
        if found[1].name == f"{prefix}Params":
            return found
        if found[1].name.endswith(_OF_PARAMS) or field.name in _PARAMS:
            fallback = fallback or found
    return fallback


def long_name(name: str) -> str:
    """`high` for `h`; other names as they are, without a leading underscore."""
    bare = name.lstrip("_")
    return _LONG.get(bare, bare)


def constructors(
    file: CoreFile, of: InputType
) -> tuple[tuple[InputConstructor, ...], tuple[tuple[str, str], ...]]:
    """Constructors that take arrays, the most usable first, and what hinders the others.

    Most usable: takes the parameters, and nothing besides series and parameters.
    """
    made: list[InputConstructor] = []
    refused: list[tuple[str, str]] = []
    params = of.params[1].name if of.params else ""
    for fn in file.methods.get(of.item.name, ()):
        if not _makes(file, fn, of.item.name):
            continue
        read = _read(fn, params)
        if isinstance(read, InputConstructor):
            made.append(read)
        elif read:
            refused.append(("constructors", read))
    made.sort(key=lambda one: ("params" not in one.arguments, len(one.extras)))
    return tuple(made), (() if made else tuple(refused))


def _makes(file: CoreFile, fn: Fn, owner: str) -> bool:
    returned, _, _ = unwrap_result(fn.item.returns, file.aliases)
    return not fn.item.receiver and returned.name in ("Self", owner)


def _read(fn: Fn, params: str) -> InputConstructor | str:
    """The constructor, or why it cannot be called with arrays."""
    series: list[Series] = []
    extras: list[ParamField] = []
    arguments: list[str] = []
    for param in fn.item.params:
        if param.type is None:
            return f"`{fn.name}` has a parameter without a name"
        found = series_element(param.type)
        if found is not None:
            series.append(Series(param.name, *found))
            arguments.append(param.name)
        elif param.type.peel().name == params:
            arguments.append("params")
        elif _plain(param.type):
            extras.append(ParamField(param.name, param.type, False, None))
            arguments.append(f"extra:{param.name}")
        else:
            return f"`{fn.name}` takes `{param.name}: {param.type.text}`, which is not an array"
    if not series:
        return f"`{fn.name}` takes no array" if fn.item.params else ""
    names = series_names([one.name for one in series])
    renamed = tuple(Series(names[one.name], one.element, one.optional) for one in series)
    return InputConstructor(
        fn.name, renamed, tuple(names.get(arg, arg) for arg in arguments), tuple(extras)
    )


def _plain(kind: TypeRef) -> bool:
    """A value that Python can hand over as it is: number, flag, text."""
    inner, _ = unwrap_option(kind)
    return (
        not is_kernel(inner)
        and inner.peel().kind == "path"
        and inner.peel().name
        in (
            "str",
            "String",
            "bool",
            "f64",
            "f32",
            "usize",
            "u32",
            "i32",
            "u64",
            "i64",
        )
    )


def series_names(names: Iterable[str]) -> dict[str, str]:
    """What Python calls each series: one is `data`; of several each has its own, spelled out."""
    given = list(names)
    if len(given) == 1:
        return {given[0]: "data"}
    spelled = [long_name(name) for name in given]
    if len(set(spelled)) < len(spelled):
        spelled = given
    return dict(zip(given, spelled, strict=True))
