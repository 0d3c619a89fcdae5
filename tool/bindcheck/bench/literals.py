"""Structs of parameters and ranges, made from outside: as a literal, or by a function."""

from __future__ import annotations

from collections.abc import Mapping

from bindcheck.analysis.program import Program
from bindcheck.bench.opening import Reach
from bindcheck.errors import BindcheckError
from bindcheck.model import Function, ItemRef, Struct, StructField


def made_struct(reach: Reach, ref: ItemRef, values: Mapping[str, str]) -> str:
    """An expression for a struct out of expressions for its fields.

    Private fields are given by a public function that takes all of them, else they are made
    visible. A BindcheckError with the place of a struct that cannot be made at all.
    """
    program = reach.program
    item, path = program.struct(ref), reach.type(ref)
    hidden = _hidden(program, ref)
    literal = f"{path} {{ {', '.join(f'{name}: {value}' for name, value in values.items())} }}"
    closed = item.attr("non_exhaustive") is not None
    if not hidden and not closed:
        return literal
    constructor = _constructor(program, ref, values)
    if constructor is not None:
        given = ", ".join(values[one.name] for one in constructor.params)
        return f"{path}::{constructor.name}({given})"
    if closed:
        raise BindcheckError(
            f"`{item.name}` is `non_exhaustive`: it cannot be made outside of its crate, where the "
            f"core is called; give it a function `pub fn new({', '.join(values)}) -> Self`",
            ref.path,
            program.location(ref.path, item.name_span).line,
        )
    reach.fields(ref, [one.name for one in hidden])
    return literal


def _hidden(program: Program, ref: ItemRef) -> list[StructField]:
    item = program.struct(ref)
    fields = item.fields if isinstance(item, Struct) else ()
    there = (one for one in fields if program.active(one.cfg, ref.path))
    return [one for one in there if one.visibility != "pub"]


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
