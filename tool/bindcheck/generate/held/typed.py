"""Variables with a type of their own: an expression in their place must have that as well.

Rust infers types from what stands around an expression, so `0.1` alone may be another number than
a variable `let share: f32 = 0.1`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from bindcheck.generate.held.scopes import Scope
from bindcheck.generate.held.symbols import Array, Code, Kernel, Memory, Symbol
from bindcheck.model import (
    Binary,
    Call,
    Cast,
    FieldAccess,
    Index,
    Literal,
    MacroCall,
    MethodCall,
    Node,
    Path,
    Range,
    Try,
    TypeRef,
    Unary,
)

_INFERRED = (".into()", ".parse()?", ".collect()?")
_WRAPPED = "{ let typed: "
_COMPARED = frozenset({"==", "!=", "<", "<=", ">", ">=", "&&", "||"})
_FIXED = {
    "bool": ("all", "any", "contains", "ends_with", "eq_ignore_ascii_case", "starts_with"),
    "usize": ("capacity", "count", "len", "position"),
    "String": ("to_lowercase", "to_string", "to_uppercase"),
}
"""Methods whose result has one type."""

_SAME = frozenset(
    {
        *("abs", "ceil", "clamp", "clone", "cloned", "copied", "exp", "find", "floor", "ln"),
        *("max", "min", "ok_or", "ok_or_else", "pow", "powf", "powi", "round", "sqrt"),
        *("rem_euclid", "to_vec", "unwrap_or", "unwrap_or_else"),
    }
)
_SAME_PREFIXES = ("checked_", "saturating_", "wrapping_")
"""Methods whose result has the type of what they are called on, or of what is in it."""

_ASKED = frozenset({"default", "extract", "into", "parse", "try_into", "unwrap_or_default"})
"""Methods whose result has the type that is asked for."""


def declared(value: Symbol, kind: TypeRef | None, made: Node, scope: Scope) -> Symbol:
    """What a variable stands for, with the type that it is declared with.

    `made` is the expression, and `scope` has the variables in it.
    """
    if isinstance(value, Memory) and value.code is not None:
        return replace(value, code=_typed(value.code, kind, made, scope))
    return _typed(value, kind, made, scope) if isinstance(value, Code) else value


def each_declared(
    made: Sequence[tuple[Symbol, Node]], kind: TypeRef | None, scope: Scope
) -> tuple[Symbol, ...]:
    """The same for each variable of a tuple."""
    kinds = kind.args if kind is not None else ()
    pairs = zip_longest(made, kinds[: len(made)])
    return tuple(declared(value, one, node, scope) for (value, node), one in pairs)


def _typed(code: Code, kind: TypeRef | None, value: Node, scope: Scope) -> Code:
    """A value with its type, where it depends on that."""
    if kind is None or code.text.startswith(_WRAPPED):
        return code
    if code.text.endswith(".collect()"):
        text = f"{code.text.removesuffix('()')}::<{kind.text}>()"
        return Code(text, code.uses, code.atomic)
    refers = "&" in kind.text or "'" in kind.text
    asked = code.text.endswith(_INFERRED) or (_is_asked(value) if refers else True)
    if asked and not _Types(kind.text, scope).own(value):
        return Code(f"{_WRAPPED}{kind.text} = {code.text}; typed }}", code.uses)
    return code


def _is_asked(node: Node) -> bool:
    """Whether an expression has the type that is asked for, whatever may be made of its error."""
    while True:
        if isinstance(node, Try):
            node = node.value
        elif isinstance(node, MethodCall) and node.method in ("map_err", "ok", "unwrap"):
            node = node.receiver
        else:
            return isinstance(node, MethodCall) and node.method in _ASKED


class _Types:
    """Whether expressions have the type `kind`, wherever they stand."""

    def __init__(self, kind: str, scope: Scope):
        self.kind = "".join(kind.split())
        self.scope = scope

    def own(self, node: Node | None) -> bool:
        """Whether an expression says its type itself."""
        handler = _OWN.get(type(node))
        return node is not None and handler is not None and handler(self, node)

    def _path(self, node: Path) -> bool:
        symbol = self.scope.get(node.last) if len(node.segments) == 1 else None
        if isinstance(symbol, Code):
            plain = symbol.text.isidentifier() or symbol.text.endswith(".len()")
            return plain or symbol.text.startswith(_WRAPPED)
        return symbol is None or isinstance(symbol, Array | Kernel)

    def _literal(self, node: Literal) -> bool:
        return node.kind not in ("int", "float") or node.text.endswith(self.kind)

    def _binary(self, node: Binary) -> bool:
        if node.op in _COMPARED:
            return True
        left = self.own(node.left)
        return left or (node.op not in ("<<", ">>") and self.own(node.right))

    def _method(self, node: MethodCall) -> bool:
        name = node.method
        if node.turbofish or name in _FIXED.get(self.kind, ()):
            return True
        if name.startswith("is_") and self.kind == "bool":
            return True
        same = name in _SAME or name.startswith(_SAME_PREFIXES)
        return same and self.own(node.receiver)

    def _call(self, node: Call) -> bool:
        path = node.function
        if not isinstance(path, Path):
            return False
        if path.last in ("Some", "Ok") and len(node.args) == 1:
            inner = self.kind.partition("<")[2].removesuffix(">")
            return _Types(inner, self.scope).own(node.args[0])
        return len(path.segments) > 1 and path.segments[-2] == self.kind.partition("<")[0]


_OWN: Mapping[type[Node | None], Callable[..., bool]] = {
    Path: _Types._path,
    Literal: _Types._literal,
    Binary: _Types._binary,
    MethodCall: _Types._method,
    Call: _Types._call,
    Cast: lambda types, node: "".join(node.type.text.split()) == types.kind,
    FieldAccess: lambda types, node: types.own(node.base),
    Index: lambda types, node: types.own(node.base),
    Unary: lambda types, node: types.own(node.value),
    Try: lambda types, node: types.own(node.value),
    Range: lambda types, node: types.own(node.start) or types.own(node.end),
    MacroCall: lambda _, node: node.path == "format",
}
