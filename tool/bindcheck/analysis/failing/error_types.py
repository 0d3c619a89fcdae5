"""Which functions give errors of the crate's own, and what such an error can tell."""

from __future__ import annotations

import re

from bindcheck.analysis.program import Program
from bindcheck.model import Enum, Function, ItemRef, Struct, TypeRef

PYTHON_ERRORS = frozenset({"PyErr", "PyResult"})


def fails(program: Program, function: Function, ref: ItemRef) -> bool:
    """Whether a function gives a `Result` with an error of its own that tells something."""
    returns = function.returns
    if returns.name in PYTHON_ERRORS or not returns.name.endswith("Result"):
        return False
    if program.resolve_type(returns.path or returns.name, ref.path, function.scope) is not None:
        return False
    return len(returns.args) < 2 or tells(program, returns.args[1], ref)


def tells(program: Program, error: TypeRef, ref: ItemRef) -> bool:
    """Whether errors of a type differ: `()` and an enum of one bare variant do not."""
    if error.kind == "tuple" or error.name in PYTHON_ERRORS | {"Infallible"}:
        return False
    if not error.name:
        return True
    known = program.resolve_type(error.path or error.name, ref.path, program.function(ref).scope)
    if known is None:
        return True
    item = program.struct(known)
    if isinstance(item, Enum):
        return len(item.variants) > 1 or any(one.fields for one in item.variants)
    return not isinstance(item, Struct) or bool(item.fields)


def is_shown(program: Program, function: Function, ref: ItemRef) -> bool:
    """Whether the error of a function is a text, or a type that can be displayed."""
    error = function.returns.args[1].peel() if len(function.returns.args) > 1 else None
    if error is None or error.name in ("String", "str"):
        return error is not None
    known = program.resolve_type(error.path or error.name, ref.path, function.scope)
    if known is None:
        return False
    item = program.struct(known)
    derived = item.attr("derive")
    if derived is not None and re.search(r"\b(?:Error|Display)\b", derived.tokens):
        return True
    impls = program.modules[known.path].impls
    return any(one.name == item.name and one.trait.endswith("Display") for one in impls)
