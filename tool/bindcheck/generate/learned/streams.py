"""What the class of the reference's stream calls its method, and what it gives."""

from __future__ import annotations

import re

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import CoreApi, CoreFunction, EntryKind, EntryPoint, Path, Role, TypeRef

_MODULE = re.compile(r'\bmodule\s*=\s*"([\w.]+)"')
_NAN = "NAN"
_FLOATS = ("f64", "f32")


@fact
class StreamClass:
    """`method` takes the next value. `module` is empty where the class does not say its own.

    `nan`: a stream gives NaN where its core gives None.
    """

    method: str = "update"
    module: str = ""
    nan: bool = False


OWN_CLASS = StreamClass()
"""Our own form, where no reference says anything else."""


def learned_stream(program: Program, reference: CoreApi) -> StreamClass:
    """The form of the reference's class; ours where it tells nothing."""
    entries = program.entries_of(reference)
    classes = [one for one in entries if one.role is Role.STREAM and one.kind is EntryKind.CLASS]
    update = reference.stream.update if reference.stream is not None else None
    if len(classes) != 1 or update is None:
        return OWN_CLASS
    methods = [
        one
        for one in program.entries
        if one.kind is EntryKind.METHOD and one.active and one.class_ref == classes[0].ref
        if update.ref in program.called(one.ref)
    ]
    module = _module(program, classes[0])
    if len(methods) != 1:
        return StreamClass(module=module)
    made = methods[0]
    return StreamClass(made.python_name, module, _gives_nan(program, made, update))


def _module(program: Program, entry: EntryPoint) -> str:
    """The module that a class says it is in."""
    attributes = program.struct(entry.ref).attrs if entry.ref is not None else ()
    said = (_MODULE.search(one.tokens) for one in attributes if one.path in ("pyclass", "pyo3"))
    return next((found[1] for found in said if found is not None), "")


def _gives_nan(program: Program, method: EntryPoint, update: CoreFunction) -> bool:
    """Whether a method gives a number where the core may give None."""
    gives = program.function(method.ref).returns
    gives = gives.args[0] if gives.name in ("PyResult", "Result") and gives.args else gives
    body = program.body(method.ref)
    named = body is not None and any(
        isinstance(one, Path) and one.last == _NAN for one in body.walk()
    )
    return named and update.returns.name == "Option" and gives.name != "Option"


def blank_of(kind: TypeRef) -> str:
    """NaN for every number of a type; empty where a part of it cannot be NaN."""
    if kind.kind == "tuple" and kind.args:
        parts = [blank_of(one) for one in kind.args]
        return f"({', '.join(parts)})" if all(parts) else ""
    return f"{kind.name}::{_NAN}" if kind.name in _FLOATS else ""
