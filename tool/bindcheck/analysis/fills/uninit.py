"""Memory without a value that an entry point gives to Python."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.fills.aliases import Alias, Reach
from bindcheck.analysis.fills.reading import Reading
from bindcheck.analysis.fills.writers import Writes, first_writers_of
from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.flow.types import NDARRAYS, NUMPY
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import is_callable
from bindcheck.model import Block, Call, EntryPoint, Let, MethodCall, Node, Path
from bindcheck.model.fact import fact

_NEW = frozenset({"new", "new_bound"})
_NEW_ARGS = 3
"""`PyArray::new(py, dims, is_fortran)`: another type of this name takes other arguments."""
_LATER = ("set_len", "assume_init")
_MAKERS = (b"set_len", b"assume_init", b"PyArray", b"PyReadonlyArray", b"PyReadwriteArray")
"""One of these is in the text of every body that has such an allocation."""


@fact
class Unfilled:
    """An allocation of an entry point whose first cells nobody is seen to write.

    `how` makes the memory, `name` is the variable.
    """

    how: str
    name: str
    place: Place


def unfilled(program: Program, entry: EntryPoint) -> tuple[Unfilled, ...]:
    """Allocations without a value that only later cells are seen to be written of."""
    body = program.body(entry.ref) if is_callable(entry) else None
    if body is None or not _may_allocate(program, entry):
        return ()
    writers = first_writers_of(program)
    found = []
    for one in _allocations(program, entry, body):
        after = _after(one, body)
        answer = writers.body(entry.ref, Reading([after]), {one.name: Alias(Reach.FIRST)})
        if answer is Writes.NO and _used(one, after):
            found.append(one)
    return tuple(found)


def _may_allocate(program: Program, entry: EntryPoint) -> bool:
    return program.mentions(entry.ref, _MAKERS) or not program.has_sources


def _allocations(program: Program, entry: EntryPoint, body: Block) -> Iterator[Unfilled]:
    lengths = {
        node.receiver.last: node
        for node in body.walk()
        if isinstance(node, MethodCall)
        and node.method in _LATER
        and isinstance(node.receiver, Path)
    }
    for node in body.walk():
        if not (isinstance(node, Let) and len(node.names) == 1 and node.value is not None):
            continue
        name = node.names[0]
        for part in node.value.walk():
            how = _makes(part, name in lengths)
            if how and not program.callees(entry.ref).get(part.span):
                yield Unfilled(how, name, Place(entry.ref, part.span))
                break


def _makes(node: Node, sized_later: bool) -> str:
    """The function that makes memory without a value, empty if a node does not call one."""
    if not (isinstance(node, Call) and isinstance(node.function, Path)):
        return ""
    segments = node.function.segments
    owner = segments[-2] if len(segments) > 1 else ""
    if owner in NUMPY and segments[-1] in _NEW and len(node.args) == _NEW_ARGS:
        return f"{owner}::{segments[-1]}"
    if owner in NDARRAYS and segments[-1] == "uninit" and sized_later:
        return f"{owner}::uninit"
    raw = owner in ("Vec", "AVec") and segments[-1] == "with_capacity"
    return f"{owner}::with_capacity" if raw and sized_later else ""


def _after(one: Unfilled, body: Block) -> Block:
    """What follows the allocation, up to where its name means something else."""
    for block in body.walk():
        statements = block.statements if isinstance(block, Block) else ()
        for i, statement in enumerate(statements):
            if isinstance(statement, Let) and _allocates(statement, one):
                rest = tuple(_until_shadowed(one.name, statements[i + 1 :]))
                return Block(block.span, rest, True)
    return body


def _allocates(statement: Let, one: Unfilled) -> bool:
    return statement.names == (one.name,) and statement.span.contains(one.place.span)


def _until_shadowed(name: str, statements: tuple[Node, ...]) -> Iterator[Node]:
    for one in statements:
        yield one
        if isinstance(one, Let) and name in one.names:
            return


def _used(one: Unfilled, after: Block) -> bool:
    return any(isinstance(node, Path) and node.segments == (one.name,) for node in after.walk())
