"""Fields of NumPy's C structs, which numpy 0.30 has put into a struct of their own."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.program import Program
from bindcheck.crate import Version
from bindcheck.findings import Edit
from bindcheck.model import Block, Cast, FieldAccess, ItemRef, Let, Node, Path, TypeRef, Unary
from bindcheck.rules.pyo3_changes import Active, Change

_SINCE = Version(0, 30, 0)
_ARRAY = frozenset({"data", "nd", "dimensions", "strides", "base", "descr", "flags", "weakreflist"})
_DESCR = frozenset({"typeobj", "kind", "type_", "byteorder", "type_num"})
_STRUCTS = {"PyArrayObject": _ARRAY, "PyArray_Descr": _DESCR}


def field_changes(program: Program, version: Version, active: Active) -> Iterator[Change]:
    """Places that read a field through a pointer whose type the function tells."""
    if version < _SINCE:
        return
    for path, module in program.modules.items():
        source = program.searched(path, (b"PyArrayObject", b"(*"))
        if path in program.unreached or b"PyArrayObject" not in source:
            continue
        for index, function in enumerate(module.functions):
            held = source[function.span.start : function.span.end]
            body = program.body(ItemRef(path, index)) if b"(*" in held else None
            if body is not None and active(function.cfg, path):
                known = {param.name: _struct(param.type) for param in function.params}
                yield from _of_body(path, body, function.path, known)


def _of_body(path: str, body: Block, item: str, known: dict[str, str]) -> Iterator[Change]:
    for node in body.walk():
        if isinstance(node, Let) and len(node.names) == 1:
            known[node.names[0]] = _struct(node.type) or _pointed(node.value, known)
        elif isinstance(node, FieldAccess) and node.name in _fields(node.base, known):
            start = node.span.end - len(node.name)
            yield Change(
                path,
                node.span,
                item,
                f"`{node.name}` is a field of `fields` since numpy 0.30: this does not compile",
                f"read `.fields.{node.name}`",
                edits=(Edit(path, start, start, "fields."),),
            )


def _fields(base: Node, known: dict[str, str]) -> frozenset[str]:
    """The fields that have moved of what `*pointer` is."""
    if not (isinstance(base, Unary) and base.op == "*"):
        return frozenset()
    return _STRUCTS.get(_pointed(base.value, known), frozenset())


def _pointed(node: Node | None, known: dict[str, str]) -> str:
    """The struct that an expression points to, or nothing."""
    if isinstance(node, Block) and node.tail:
        return _pointed(node.statements[-1], known)
    if isinstance(node, Cast):
        return _struct(node.type)
    if isinstance(node, Path) and len(node.segments) == 1:
        return known.get(node.last, "")
    if isinstance(node, FieldAccess) and node.name == "descr" and _fields(node.base, known):
        return "PyArray_Descr"
    return ""


def _struct(type_: TypeRef | None) -> str:
    names = type_.names() if type_ is not None and type_.kind == "ptr" else set()
    return next(iter(names & _STRUCTS.keys()), "")
