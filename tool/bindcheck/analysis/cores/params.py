"""Parameters of a core: fields, types and defaults."""

from __future__ import annotations

from collections.abc import Iterable

from bindcheck.analysis.cores.choices import choices_of
from bindcheck.analysis.cores.index import CoreFile, Fn
from bindcheck.analysis.cores.shapes import unwrap_option
from bindcheck.analysis.cores.text import expression_text, tail_of
from bindcheck.model import (
    Call,
    Choices,
    FieldAccess,
    ItemRef,
    MethodCall,
    Node,
    ParamField,
    Path,
    Struct,
    StructField,
    StructLiteral,
    TypeRef,
)

_ZERO = {"bool": "false", "String": '""', "f64": "0.0", "f32": "0.0"}
_FALLBACKS = {"unwrap_or": 1, "unwrap_or_else": 1, "unwrap_or_default": 0}
"""Methods that put something in place of None, with how many arguments they take."""

_OWN = "Default::default()"
"""What the type says by itself."""


def param_fields(
    file: CoreFile,
    params: tuple[ItemRef, Struct] | None,
    owner: str = "",
    readers: Iterable[Fn] = (),
) -> tuple[ParamField, ...]:
    """The fields of the parameter struct, with the default each one has.

    `impl Default` says it. Where that gives `None` or is derived, the methods of that struct and of
    its `owner`, the Input, do: `self.params.period.unwrap_or(9)`; or functions that take it alone,
    the `readers`.
    """
    if params is None:
        return ()
    ref, struct = params
    home = file if ref.path == file.path else CoreFile(file.program, ref.path)
    declared = _declared(home, struct.name)
    derived = _derives_default(struct)
    missing = [field for field in struct.fields if declared.get(field.name) is None]
    methods = [fn for one in (owner, struct.name) for fn in _getters(home, one)]
    fallbacks = _fallbacks(home, [*methods, *readers], missing) if missing else {}
    found = []
    for field in struct.fields:
        kind, optional = unwrap_option(field.type)
        choices = choices_of(file.program, kind, ref.path)
        default = declared.get(field.name) or fallbacks.get(field.name)
        if default == _OWN or (default is None and derived and not optional):
            default = _derived_default(kind, choices)
        none = derived or (field.name in declared and declared[field.name] is None)
        left_open = optional and default is not None and none
        found.append(ParamField(field.name, kind, optional, default, field.doc, choices, left_open))
    return tuple(found)


def _derives_default(item: Struct) -> bool:
    return any(
        attribute.path == "derive" and "Default" in attribute.tokens.replace(" ", "").split(",")
        for attribute in item.attrs
    )


def _derived_default(kind: TypeRef, choices: Choices | None) -> str | None:
    """What `Default` gives a plain type or an enum of the crate."""
    name = kind.name
    if choices is not None:
        return f"{name}::{choices.default}" if choices.default else None
    if name in _ZERO:
        return _ZERO[name]
    return "0" if name[:1] in ("u", "i") and name[1:].isalnum() and len(name) < 6 else None


def _declared(file: CoreFile, owner: str) -> dict[str, str | None]:
    """Defaults by field, from the struct literal that `Default::default` ends with."""
    for fn in file.methods.get(owner, ()):
        if fn.name != "default" or fn.item.trait.rsplit("::", 1)[-1] != "Default":
            continue
        body = file.program.body(fn.ref)
        literal = tail_of(body)
        if isinstance(literal, StructLiteral):
            return {init.name: _some(file, init.value) for init in literal.inits}
    return {}


def _some(file: CoreFile, value: Node) -> str | None:
    """Text inside `Some(..)`; None for `None`."""
    if isinstance(value, Path) and value.last == "None":
        return None
    if isinstance(value, Call) and isinstance(value.function, Path):
        value = value.args[0] if value.function.last == "Some" and value.args else value
    return expression_text(value, file.consts)


def _getters(file: CoreFile, owner: str) -> list[Fn]:
    """Methods of a type that take nothing else."""
    found = file.methods.get(owner, ())
    return [fn for fn in found if fn.item.receiver and not fn.item.params]


def _fallbacks(
    file: CoreFile, functions: Iterable[Fn], fields: Iterable[StructField]
) -> dict[str, str]:
    """What functions put in place of a field that is None."""
    names = {field.name for field in fields}
    found: dict[str, str] = {}
    for fn in functions:
        for name, text in _fallbacks_in(file, fn, names):
            found.setdefault(name, text)
    return found


def _fallbacks_in(file: CoreFile, fn: Fn, names: set[str]) -> list[tuple[str, str]]:
    body = file.program.body(fn.ref)
    found = []
    for node in body.walk() if body is not None else ():
        if isinstance(node, MethodCall) and len(node.args) == _FALLBACKS.get(node.method):
            field = _field_below(node.receiver, names)
            value = tail_of(node.args[0]) if node.args else None
            text = expression_text(value, file.consts) if value is not None else None
            text = text if node.args else _OWN
            if field is not None and text is not None:
                found.append((field, text))
    return found


def _field_below(node: Node, names: set[str]) -> str | None:
    """The parameter that a chain of methods starts from: `self.params.ma_type.as_deref()`."""
    while isinstance(node, MethodCall):
        node = node.receiver
    if isinstance(node, FieldAccess) and node.name in names:
        return node.name
    return None
