"""Structs in the signature of a function over slices: one of parameters, one of results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bindcheck.analysis.cores.choices import choices_of
from bindcheck.analysis.cores.functions import output_fields
from bindcheck.analysis.cores.index import CoreFile, Fn
from bindcheck.analysis.cores.shapes import TEXTS, is_kernel, is_scalar, unwrap_option
from bindcheck.fact import fact
from bindcheck.model import ItemRef, OutputField, Param, Struct, StructField, TypeRef

SUFFIXES = ("Params", "Parameters", "Config", "Options", "Opts", "Settings")
"""What names of structs of parameters end with."""

_NAMES = frozenset(
    {"params", "parameters", "param", "config", "cfg", "options", "opts", "settings"}
)
_GRID = frozenset({"rows", "cols", "combos"})
_RESULTS = ("Output", "Outputs", "Result", "Results")


@fact
class Taken:
    """A struct that a function takes as the parameter at a place."""

    at: int
    ref: ItemRef
    item: Struct


@fact
class Given:
    """A struct that a function returns, with its vectors."""

    ref: ItemRef
    item: Struct
    outputs: tuple[OutputField, ...]


def params_taken(file: CoreFile, fn: Fn) -> Taken | None:
    """The one struct of parameters that a function takes: `params: &SmaParams`.

    Each of its fields is a number, a flag, a text or an enum, so that a binding can make it.
    """
    found = [one for one in _structs(file, fn) if not unsaid_fields(file, one)]
    return found[0] if len(found) == 1 else None


def unsaid(file: CoreFile, fn: Fn) -> str:
    """A field that keeps a struct of parameters from being made; empty where there is none."""
    for one in _structs(file, fn):
        for field in unsaid_fields(file, one):
            return f"`{field.name}: {field.type.text}` of `{one.item.name}`"
    return ""


def struct_name(param: Param) -> TypeRef | None:
    """The type of a parameter that may be a struct of parameters, by its names."""
    if param.type is None:
        return None
    inner, _ = unwrap_option(param.type)
    if inner.kind == "ref" and inner.mutable:
        return None
    kind = inner.peel()
    if kind.kind != "path" or not kind.name[:1].isupper() or is_kernel(kind):
        return None
    named = param.name.lstrip("_") in _NAMES or kind.name.endswith(SUFFIXES)
    return kind if named else None


def prefix_of(name: str) -> str:
    """`Sma` for `SmaParams`; empty for a struct that is called otherwise, or nothing more."""
    return next((name.removesuffix(one) for one in SUFFIXES if name.endswith(one)), "")


def _structs(file: CoreFile, fn: Fn) -> Iterator[Taken]:
    for at, param in enumerate(fn.item.params):
        kind = struct_name(param)
        found = file.struct_at(kind, fn) if kind is not None else None
        if found is not None and _is_made_of_fields(file, found[1]):
            yield Taken(at, *found)


def _is_made_of_fields(file: CoreFile, item: Struct) -> bool:
    return not item.is_tuple and not item.generics and not file.is_binding(item)


def unsaid_fields(file: CoreFile, taken: Taken) -> Sequence[StructField]:
    """Fields that are no number, flag, text or enum."""
    return [one for one in taken.item.fields if not _is_said(file, one, taken.ref.path)]


def _is_said(file: CoreFile, field: StructField, path: str) -> bool:
    kind, _ = unwrap_option(field.type)
    plain = is_scalar(kind) or kind.peel().name in TEXTS
    return plain or choices_of(file.program, kind, path) is not None


def struct_given(file: CoreFile, fn: Fn, returns: TypeRef) -> Given | None:
    """The struct of vectors that a function returns: nothing else in it, or called a result.

    One with numbers of rows and columns is the result of a grid.
    """
    if returns.kind != "path" or not returns.name[:1].isupper():
        return None
    found = file.struct_at(returns, fn)
    if found is None or not _is_made_of_fields(file, found[1]):
        return None
    item = found[1]
    outputs = output_fields(item)
    whole = len(outputs) == len(item.fields) or item.name.endswith(_RESULTS)
    grid = _GRID.intersection(one.name for one in item.fields)
    return Given(found[0], item, outputs) if outputs and whole and not grid else None
