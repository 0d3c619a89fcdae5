"""Structs of parameters and ranges, made from outside: as a literal, or by a function."""

from __future__ import annotations

from collections.abc import Mapping

from bindcheck.analysis.program import Program
from bindcheck.bench.publicnames import public_type
from bindcheck.errors import BindcheckError
from bindcheck.model import Function, ItemRef, Struct, StructField


def made_struct(program: Program, ref: ItemRef, values: Mapping[str, str]) -> str:
    """An expression for a struct out of expressions for its fields.

    A BindcheckError with the place of a field that cannot be given one.
    """
    item, path = program.struct(ref), public_type(program, ref)
    hidden = _hidden(program, ref)
    if hidden is None and item.attr("non_exhaustive") is None:
        return f"{path} {{ {', '.join(f'{name}: {value}' for name, value in values.items())} }}"
    constructor = _constructor(program, ref, values)
    if constructor is not None:
        given = ", ".join(values[one.name] for one in constructor.params)
        return f"{path}::{constructor.name}({given})"
    what = "is `non_exhaustive`" if hidden is None else f"has the private field `{hidden.name}`"
    span = item.name_span if hidden is None else hidden.span
    raise BindcheckError(
        f"`{item.name}` {what}: it cannot be made outside of its crate, where the core is called; "
        f"make all fields `pub`, or give it a function `pub fn new({', '.join(values)}) -> Self`",
        ref.path,
        program.location(ref.path, span).line,
    )


def _hidden(program: Program, ref: ItemRef) -> StructField | None:
    item = program.struct(ref)
    fields = item.fields if isinstance(item, Struct) else ()
    there = (one for one in fields if program.active(one.cfg, ref.path))
    return next((one for one in there if one.visibility != "pub"), None)


def _constructor(program: Program, ref: ItemRef, values: Mapping[str, str]) -> Function | None:
    """A public function that makes a struct of just these fields, each as its type is."""
    item = program.struct(ref)
    if not isinstance(item, Struct):
        return None
    types = {one.name: one.type.text for one in item.fields}
    for refs in program.methods(ref).values():
        for one in refs:
            function = program.function(one)
            given = {param.name: param.type.text for param in function.params if param.type}
            whole = given == {name: types.get(name) for name in values}
            makes = function.returns.name in ("Self", item.name)
            if whole and makes and function.visibility == "pub" and not function.receiver:
                return function
    return None
