"""The arguments of an entry point as Python passes them."""

from __future__ import annotations

from bindcheck.analysis.bindings.signature import POSITIONAL
from bindcheck.analysis.linking.linked import Linked
from bindcheck.analysis.linking.tokens import options
from bindcheck.model import EntryKind, EntryPoint, Function, ItemRef, Param, SignatureArg

_IMPLICIT = frozenset({"Python", "CancelHandle"})
_SELF_TYPES = frozenset({"PyRef", "PyRefMut", "Bound", "Py", "Borrowed"})


def python_params(function: Function, kind: EntryKind) -> tuple[Param, ...]:
    """Parameters that a Python caller supplies.

    Left out are `py: Python`, a typed self (`slf: PyRef<Self>`), the class of a class method and
    the module of `pass_module`.
    """
    params = [param for param in function.params if not _is_implicit(param)]
    skipped = _takes_self(function, params, kind) or _takes_module(function)
    return tuple(params[1:] if skipped else params)


def python_signature(entry: EntryPoint, function: Function) -> tuple[SignatureArg, ...]:
    """Arguments by `#[pyo3(signature)]`, else by the parameter list, all without default."""
    if entry.signature is not None:
        return entry.signature
    names = (param.name or "_" for param in python_params(function, entry.kind))
    return tuple(SignatureArg(name.removeprefix("r#"), None, POSITIONAL) for name in names)


def is_option(param: Param) -> bool:
    """Whether a parameter is written as `Option<T>`."""
    return param.type is not None and param.type.kind == "path" and param.type.name == "Option"


def means_option(linked: Linked, ref: ItemRef, param: Param) -> bool:
    """Whether a parameter of `ref` is an `Option<T>`, perhaps under another name."""
    type_ = param.type
    if is_option(param) or type_ is None or type_.kind != "path" or not type_.path:
        return is_option(param)
    scope = linked.function(ref).scope
    return linked.names.original(type_.path.split("::"), ref.path, scope)[-1] == "Option"


def deals_with_python(function: Function) -> bool:
    """Whether a Python type is among the parameters or in the result."""
    types = [param.type for param in function.params if param.type is not None]
    names = {name for one in (*types, function.returns) for name in one.names()}
    return any(name == "Bound" or name.startswith("Py") for name in names)


def _is_implicit(param: Param) -> bool:
    if any("cancel_handle" in one.tokens for one in param.attrs):
        return True
    return param.type is not None and param.type.peel().name in _IMPLICIT


def _takes_self(function: Function, params: list[Param], kind: EntryKind) -> bool:
    if kind is not EntryKind.METHOD or function.receiver or not params:
        return False
    if function.attr("classmethod"):
        return True
    if function.attr("staticmethod", "new", "classattr"):
        return False
    first = params[0].type
    names = first.names() if first is not None else set()
    return bool(names & _SELF_TYPES) or "Self" in names


def _takes_module(function: Function) -> bool:
    return any(
        "pass_module" in options(one.tokens)
        for one in function.attrs
        if one.path.rsplit("::", 1)[-1] in ("pyo3", "pyfunction", "pyfn")
    )
