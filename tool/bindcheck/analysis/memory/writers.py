"""Who writes which NumPy memory: allocations of an entry point and all that writes to them."""

from __future__ import annotations

from bindcheck.analysis.flow.events import Events, Place, Write
from bindcheck.analysis.flow.values import Root, Size, Source, Value
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events
from bindcheck.fact import fact
from bindcheck.model import EntryPoint, ItemRef, Span

_COMPUTED = frozenset({Source.RESULT, Source.FRESH, Source.NUMPY})


@fact
class Buffer:
    """NumPy memory allocated by an entry point, with its writers in source order.

    `callees` are crate functions that are handed the memory.
    """

    root: Root
    place: Place
    made_by: str
    writes: tuple[Write, ...]
    callees: tuple[tuple[Place, tuple[ItemRef, ...]], ...]


@fact
class CopiedInto:
    """A result that is computed elsewhere and then copied into fresh NumPy memory."""

    write: Write
    element: str


def buffers(program: Program, entry: EntryPoint) -> tuple[Buffer, ...]:
    """All NumPy memory that an entry point allocates."""
    seen = events(program, entry)
    found = {}
    for one in seen.allocations:
        if one.numpy:
            root = (one.place.ref.path, one.place.span)
            writes = tuple(write for write in seen.writes if write.target.root == root)
            found[root] = Buffer(root, one.place, one.what, writes, _callees(seen, root))
    return tuple(found.values())


def written_by_callee(program: Program, entry: EntryPoint) -> bool:
    """Whether a function of the crate is handed NumPy memory that the entry has allocated."""
    return any(one.callees for one in buffers(program, entry))


def _callees(seen: Events, root: Root) -> tuple[tuple[Place, tuple[ItemRef, ...]], ...]:
    return tuple(
        (call.place, call.targets)
        for call in seen.calls
        if any(arg.root == root for arg in call.args)
    )


def copied_into(program: Program, entry: EntryPoint) -> tuple[CopiedInto, ...]:
    """The first copy into each NumPy array of an entry point that is computed elsewhere."""
    found: dict[Root, CopiedInto] = {}
    for write in events(program, entry).writes:
        root = write.target.root
        if root is not None and root not in found and _is_copy(write, root):
            found[root] = CopiedInto(write, element_name(write.value, write.target))
    return tuple(found.values())


def _is_copy(write: Write, root: Root) -> bool:
    if write.how not in ("copy", "loop") or write.target.source is not Source.NUMPY:
        return False
    long = Size.DATA in (write.target.size, write.value.size)
    return long and write.value.source in _COMPUTED and write.value.root != root


def element_name(*values: Value) -> str:
    """The element type that one of `values` is known to have, or nothing."""
    for value in values:
        item = value.element if value.element is not None else value
        while item.element is not None:
            item = item.element
        if item.type is not None and item.type.name[:1] in "fiu":
            return item.type.name
    return ""


def element_bytes(element: str) -> int | None:
    """The size of a number type; None for what is no number of a known size."""
    if element in ("usize", "isize"):
        return 8
    bits = element.lstrip("fiu")
    return int(bits) // 8 if bits.isdigit() and bits != element else None


def copy_cost(element: str) -> str | None:
    """What copying costs per element."""
    size = element_bytes(element)
    return f"{size} bytes read and {size} written per element" if size else None


def span_of(place: Place) -> tuple[str, Span]:
    """A place as rules give it to a finding."""
    return place.ref.path, place.span


def needs_numpy(program: Program) -> str:
    """What to add to a help that speaks of NumPy arrays in a crate that does without them."""
    crate = program.crate
    without = crate is not None and crate.numpy is None
    return " (from the crate `numpy`, which this one does not depend on)" if without else ""
