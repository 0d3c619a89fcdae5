"""Measuring points in a binding: where it releases the interpreter, and where it is back.

The points are put into a copy of the file, which only the tree of the build has. They are calls of
a function of the shim, so that the crate itself needs nothing new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bindcheck.analysis.program import Program
from bindcheck.bench.copies import Change, Copy, copy_of
from bindcheck.fact import fact
from bindcheck.model import Closure, EntryPoint, ItemRef, MethodCall, Node

_RELEASES = frozenset({"allow_threads", "detach"})
_POINTS = 4
_RELEASE, _RELEASED, _COMPUTED, _ATTACHED = range(_POINTS)


@fact
class Instrumented:
    """Files with measuring points, and the bindings that could get none, with the reason."""

    copies: tuple[Copy, ...]
    refused: Mapping[ItemRef, str]


def instrumented(program: Program, entries: Sequence[EntryPoint]) -> Instrumented:
    """Put points into all bindings that release the interpreter around a closure."""
    found: dict[str, list[Change]] = {}
    refused: dict[ItemRef, str] = {}
    for entry in {one.ref: one for one in entries}.values():
        points = _points(program, entry)
        if points:
            found.setdefault(entry.ref.path, []).extend(points)
        else:
            refused[entry.ref] = (
                f"`{entry.rust_name}` has no `py.detach(|| ..)` of its own to put points around"
            )
    copies = (copy_of(program, path, points) for path, points in found.items())
    return Instrumented(tuple(copies), refused)


def _points(program: Program, entry: EntryPoint) -> list[Change]:
    body = program.body(entry.ref)
    if body is None:
        return []
    edition = program.crate.edition if program.crate else "2021"
    stamps = [_stamp(at, edition) for at in range(_POINTS)]
    points: list[Change] = []
    for node in body.walk():
        closure = _released(node)
        if closure is not None:
            points += _around(node, closure, stamps)
    return points


def _released(node: Node) -> Closure | None:
    """The closure that runs detached, also one that a helper wraps."""
    if not isinstance(node, MethodCall) or node.method not in _RELEASES or len(node.args) != 1:
        return None
    return next((one for one in node.args[0].walk() if isinstance(one, Closure)), None)


def _around(call: Node, closure: Closure, stamps: Sequence[str]) -> list[Change]:
    """Points before and after the call, and first and last in the closure.

    The closure's body becomes a closure of its own: a `return` or `?` in it must not leave out the
    last point.
    """
    body = closure.body
    before = f"{{ {stamps[_RELEASE]}; let bindcheck_back = "
    first = f"{{ {stamps[_RELEASED]}; let bindcheck_done = (|| {{ "
    last = f" }})(); {stamps[_COMPUTED]}; bindcheck_done }}"
    after = f"; {stamps[_ATTACHED]}; bindcheck_back }}"
    return [
        _inserted(call.span.start, before),
        _inserted(body.span.start, first),
        _inserted(body.span.end, last),
        _inserted(call.span.end, after),
    ]


def _stamp(at: int, edition: str) -> str:
    """A statement that notes the time; the oldest editions do not know the first `unsafe`."""
    block = "unsafe extern" if edition >= "2024" else "extern"
    declared = f'{block} "C" {{ fn bindcheck_stamp(at: usize); }}'
    return f"{{ {declared} unsafe {{ bindcheck_stamp({at}) }} }}"


def _inserted(at: int, text: str) -> Change:
    return Change(at, at, text.encode())
