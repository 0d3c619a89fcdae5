"""A vector that a core makes for the matrix of a result, as a slice of the caller's memory."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindcheck.generate.lacking import Lacking
from bindcheck.model import (
    Arm,
    Closure,
    Index,
    Let,
    Literal,
    Loop,
    MacroCall,
    MethodCall,
    Node,
    Path,
    Sequence,
    Span,
    Unary,
)

_OF_SLICES = frozenset(
    {
        *("as_mut_ptr", "as_ptr", "chunks", "chunks_exact", "chunks_exact_mut", "chunks_mut"),
        *("copy_from_slice", "copy_within", "fill", "first", "first_mut", "get", "get_mut"),
        *("get_unchecked", "get_unchecked_mut", "is_empty", "iter", "iter_mut", "last"),
        *("last_mut", "len", "par_chunks", "par_chunks_exact_mut", "par_chunks_mut", "par_iter"),
        *("par_iter_mut", "rchunks_mut", "reverse", "split_at", "split_at_mut", "swap", "windows"),
    }
)
"""Methods of a vector that a slice has as well."""


def filled(buffer: Let) -> tuple[Node, Node] | None:
    """What `vec![f64::NAN; rows * cols]` holds, and how long it is; None for other values."""
    made = buffer.value
    if not isinstance(made, MacroCall) or made.path != "vec" or len(made.args) != 1:
        return None
    parts = made.args[0]
    if not isinstance(parts, Sequence) or parts.kind != "repeat" or len(parts.items) != 2:
        return None
    number, size = parts.items
    plain = isinstance(number, Path | Literal) and buffer.mutable
    return (number, size) if plain else None


def as_slice(statement: Node, name: str, where: str) -> Iterator[tuple[Span, str]]:
    """The edits after which the variable may be a slice; what only a vector can do is refused."""
    if isinstance(statement, MacroCall) and not statement.parsed:
        if re.search(rf"\b{name}\b", statement.tokens):
            raise Lacking(f"what `{where}` does with `{name}` in `{statement.path}!`")
        return
    if name in _bound(statement):
        raise Lacking(f"one variable `{name}` in `{where}`")
    inner = _borrowed(statement, name)
    if inner:
        yield statement.span, f"{inner} {name}[..]".replace("& ", "&")
        return
    rest = statement.children()
    if isinstance(statement, MethodCall) and _is(statement.receiver, name):
        if statement.method not in _OF_SLICES:
            raise Lacking(f"a place for `{name}.{statement.method}(..)` of `{where}`")
        rest = statement.args
    elif isinstance(statement, Index) and _is(statement.base, name):
        rest = (statement.index,)
    elif _is(statement, name):
        raise Lacking(f"what `{where}` does with `{name}`")
    for child in rest:
        yield from as_slice(child, name, where)


def _is(node: Node, name: str) -> bool:
    return isinstance(node, Path) and node.segments == (name,)


def _borrowed(node: Node, name: str) -> str:
    """How the whole vector is borrowed; empty where a node is anything else."""
    whole = isinstance(node, Unary) and node.op in ("&", "&mut") and _is(node.value, name)
    return node.op if isinstance(node, Unary) and whole else ""


def _bound(node: Node) -> tuple[str, ...]:
    """The variables that a node binds."""
    if isinstance(node, Closure):
        return tuple(name for param in node.params for name in param.names)
    return tuple(node.names) if isinstance(node, Arm | Let | Loop) else ()
