"""The size in the sources from which on a core works in parallel: found, and made adjustable.

In the copy of a file that only the tree of a build has, the constant of such a comparison becomes a
call into the shim. It tells the shim what is compared, and gets the constant that the measurement
wants: one that is never reached, or always.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath

from bindcheck.analysis.flow.iterators import PARALLEL
from bindcheck.analysis.program import Program
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact, replace
from bindcheck.findings import Location
from bindcheck.model import Binary, Call, Const, ItemRef, Literal, MethodCall, Node, Path

_COMPARISONS = frozenset({"<", "<=", ">", ">="})
_POOL = frozenset({("rayon", "join"), ("rayon", "scope")})
_OWN = frozenset({("thread", "scope")})
_SMALLEST = 64
"""A smaller number is no size from which on threads pay."""
_NUMBER = re.compile(r"(\d[\d_]*?)_?(?:[ui](?:8|16|32|64|size))?")
_INTEGERS = frozenset(f"{sign}{size}" for sign in "ui" for size in ("8", "16", "32", "64", "size"))


@fact
class Threshold:
    """A comparison of a size with a constant. `value` None: the constant cannot be read."""

    location: Location
    text: str
    compared: str
    value: int | None


@fact
class Adjustable:
    """A threshold, and the file in which it can be set from outside.

    `pooled`: all threads are those of rayon's pool, which can be told how many to have.
    """

    threshold: Threshold
    files: Mapping[FilePath, bytes]
    pooled: bool = True


@fact
class _Place:
    path: str
    node: Binary
    constant: Node
    other: Node


def adjustable(program: Program, core: ItemRef, line: int | None = None) -> Adjustable | None:
    """The threshold that a core function compares with; None if there is none.

    Several are an error that lists them; `line` chooses one of those, any other is an error.
    """
    found = {place.node.span: place for place in _places(program, core)}
    places = [one for one in found.values() if line in (None, _line(program, one))]
    if not places and line is not None:
        there = "; ".join(f"{one.path}:{_line(program, one)}" for one in found.values())
        told = f"those are {there}" if there else "there is none"
        raise BindcheckError(f"--line {line} has no comparison of a size with a constant: {told}")
    if not places:
        return None
    if len(places) > 1:
        shown = "; ".join(f"{one.path}:{_line(program, one)}" for one in places)
        raise BindcheckError(f"several sizes are compared: {shown}; choose one with --line")
    own = any(
        _calls(node, _OWN) for ref in _reached(program, core) for node in _nodes(program, ref)
    )
    return replace(_adjusted(program, places[0]), pooled=not own)


def _line(program: Program, place: _Place) -> int:
    return program.location(place.path, place.node.span).line


def _adjusted(program: Program, place: _Place) -> Adjustable:
    source = program.source(place.path)
    span, other = place.constant.span, place.other.span
    text = source[span.start : span.end].decode()
    compared = source[other.start : other.end].decode()
    edition = program.crate.edition if program.crate else "2021"
    block = "unsafe extern" if edition >= "2024" else "extern"
    call = (
        f'({{ {block} "C" {{ fn bindcheck_threshold(seen: usize) -> usize; }} '
        f"unsafe {{ bindcheck_threshold(({compared}) as usize) }} }} as _)"
    )
    changed = source[: span.start] + call.encode() + source[span.end :]
    location = program.location(place.path, place.constant.span)
    threshold = Threshold(location, text, compared, _value(program, place.path, place.constant))
    return Adjustable(threshold, {FilePath(os.path.abspath(place.path)): changed})


# --- finding -----------------------------------------------------------------------------------


def _places(program: Program, core: ItemRef) -> Iterator[_Place]:
    """Comparisons in the functions that lead to a parallel section, that of the core first."""
    reached = _reached(program, core)
    parallel = {ref for ref in reached if _is_parallel(program, ref)}
    for ref in reached:
        if ref in parallel or parallel & set(program.called(ref)):
            yield from _compared(program, ref)


def _reached(program: Program, core: ItemRef) -> list[ItemRef]:
    found = [core]
    for ref in found:
        found += [one for one in program.called(ref) if one not in found]
    return found


def _nodes(program: Program, ref: ItemRef) -> Iterator[Node]:
    body = program.body(ref)
    return iter(()) if body is None else body.walk()


def _is_parallel(program: Program, ref: ItemRef) -> bool:
    return any(
        node.method in PARALLEL if isinstance(node, MethodCall) else _calls(node, _POOL | _OWN)
        for node in _nodes(program, ref)
    )


def _calls(node: Node, wanted: frozenset[tuple[str, str]]) -> bool:
    """Whether a node calls one of these functions."""
    function = node.function if isinstance(node, Call) else None
    return isinstance(function, Path) and function.segments[-2:] in wanted


def _compared(program: Program, ref: ItemRef) -> Iterator[_Place]:
    for node in _nodes(program, ref):
        if isinstance(node, Binary) and node.op in _COMPARISONS:
            for constant, other in ((node.right, node.left), (node.left, node.right)):
                if _is_constant(program, ref.path, constant):
                    yield _Place(ref.path, node, constant, other)
                    break


def _is_constant(program: Program, path: str, node: Node) -> bool:
    """Whether something is a number of elements: a literal, or an integer constant."""
    if isinstance(node, Literal):
        value = _value(program, path, node)
        return value is not None and value >= _SMALLEST
    const = _const(program, path, node)
    if const is None or const.type.name not in _INTEGERS:
        return False
    value = _number(const.value)
    return value is None or value >= _SMALLEST


def _const(program: Program, path: str, node: Node) -> Const | None:
    """The constant that a path names, that of the same file first."""
    if not isinstance(node, Path):
        return None
    for module in (program.modules[path], *program.modules.values()):
        for const in module.consts:
            if const.name == node.last:
                return const
    return None


def _value(program: Program, path: str, node: Node) -> int | None:
    if isinstance(node, Literal):
        return _number(node.text) if node.kind == "int" else None
    const = _const(program, path, node)
    return None if const is None else _number(const.value)


def _number(text: str) -> int | None:
    match = _NUMBER.fullmatch(text.strip())
    return None if match is None else int(match[1].replace("_", ""))
