"""The size in the sources from which on a core works in parallel: found, and made adjustable.

In the copy of a file that only the tree of a build has, the constant of such a comparison becomes a
call into the shim. It tells the shim what is compared, and gets the constant that the measurement
wants: one that is never reached, or always.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path as FilePath

from bindcheck.analysis.flow.iterators import PARALLEL
from bindcheck.analysis.program import Program
from bindcheck.bench.constants import Place, constants, number
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact, replace
from bindcheck.findings import Location
from bindcheck.model import Binary, Call, Cast, ItemRef, Literal, MethodCall, Node, Path, Span

_COMPARISONS = frozenset({"<", "<=", ">", ">="})
_POOL = frozenset({("rayon", "join"), ("rayon", "scope")})
_OWN = frozenset({("thread", "scope")})
_CONST = re.compile(rb"\bconst\s+(?=(?:unsafe\s+)?fn\b)")
_SMALLEST = 64
"""A smaller number is no size from which on threads pay."""
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
    ref: ItemRef
    place: Place
    node: Binary
    constant: Node
    other: Node

    @property
    def path(self) -> str:
        return self.place.path


def adjustable(
    program: Program, core: ItemRef, line: int | None = None, column: int | None = None
) -> Adjustable | None:
    """The threshold that a core function compares with; None if there is none.

    Several are an error that lists them; `line`, and `column` where a line has several, choose one
    of those; any other is an error. What functions compare that only say yes or no counts where
    nothing else is compared, or by its line.
    """
    ways = _ways(program, core)
    direct = _places(program, ways)
    found = {**direct, **_places(program, _helpers(program, ways))}
    if line is None:
        places = list((direct or found).values())
    else:
        places = [one for one in found.values() if _is_at(program, one, line, column)]
    if not places and line is not None:
        there = _listed(program, found.values())
        told = f"those are {there}" if there else "there is none"
        where = f"{line}" if column is None else f"{line}:{column}"
        raise BindcheckError(f"--line {where} has no comparison of a size with a constant: {told}")
    if not places:
        return None
    if len(places) > 1:
        raise BindcheckError(
            f"several sizes are compared: {_listed(program, places)}; choose one with --line LINE, "
            "or --line LINE:COLUMN"
        )
    own = any(
        _calls(node, _OWN) for ref in _reached(program, core) for node in _nodes(program, ref)
    )
    return replace(_adjusted(program, places[0]), pooled=not own)


def _listed(program: Program, places: Iterable[_Place]) -> str:
    found = (program.location(one.path, one.node.span) for one in places)
    return "; ".join(f"{one.path}:{one.line}:{one.column}" for one in found)


def _is_at(program: Program, place: _Place, line: int, column: int | None) -> bool:
    found = program.location(place.path, place.node.span)
    return found.line == line and column in (None, found.column)


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
    start, end = _signature(program, place.ref)
    # A constant function may not ask the shim.
    signature = _CONST.sub(b"", source[start:end])
    before = source[:start] + signature + source[end : span.start]
    changed = before + call.encode() + source[span.end :]
    location = program.location(place.path, place.constant.span)
    threshold = Threshold(location, text, compared, number(program, text, place.place))
    return Adjustable(threshold, {FilePath(os.path.abspath(place.path)): changed})


def _signature(program: Program, ref: ItemRef) -> tuple[int, int]:
    """Where a function begins, and its body."""
    function = program.function(ref)
    body = function.body_span
    return function.span.start, function.span.start if body is None else body.start


# --- finding -----------------------------------------------------------------------------------


def _ways(program: Program, core: ItemRef) -> list[ItemRef]:
    """The functions that lead to a parallel section, that of the core first."""
    reached = _reached(program, core)
    parallel = {ref for ref in reached if _is_parallel(program, ref)}
    return [ref for ref in reached if ref in parallel or parallel & set(program.called(ref))]


def _helpers(program: Program, ways: Iterable[ItemRef]) -> list[ItemRef]:
    """The functions that these ask for a yes or no, and those that answer for them."""
    found = list(dict.fromkeys(one for ref in ways for one in _asked(program, ref)))
    for ref in found:
        found += [one for one in _asked(program, ref) if one not in found]
    return found


def _asked(program: Program, ref: ItemRef) -> list[ItemRef]:
    return [one for one in program.called(ref) if program.function(one).returns.name == "bool"]


def _places(program: Program, refs: Iterable[ItemRef]) -> dict[Span, _Place]:
    return {one.node.span: one for ref in refs for one in _compared(program, ref)}


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
    place = Place(ref.path, program.function(ref).scope)
    for node in _nodes(program, ref):
        if isinstance(node, Binary) and node.op in _COMPARISONS:
            for constant, other in ((node.right, node.left), (node.left, node.right)):
                if _is_constant(program, place, constant):
                    yield _Place(ref, place, node, constant, other)
                    break


def _is_constant(program: Program, place: Place, node: Node) -> bool:
    """Whether something is a number of elements: computed of literals and integer constants.

    So is an integer constant whose value cannot be told.
    """
    if not isinstance(node, (Literal, Path, Binary, Cast)):
        return False
    text = program.source(place.path)[node.span.start : node.span.end].decode()
    value = number(program, text, place)
    if value is not None:
        return value >= _SMALLEST
    found = constants(program, node.segments, place) if isinstance(node, Path) else []
    return any(one.const.type.name in _INTEGERS for one in found)
