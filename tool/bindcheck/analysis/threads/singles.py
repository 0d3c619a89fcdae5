"""Work for one item that a binding does attached, where another one of its class releases for many.

`encode_batch` lets go of the interpreter and encodes each text on a thread of its own: then one
text is worth a release, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.flow.events import Called, Place, Region
from bindcheck.analysis.keeping.asked import Words
from bindcheck.analysis.keeping.reads import once
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events, is_callable
from bindcheck.fact import fact
from bindcheck.model import EntryPoint, ItemRef, MethodCall, Node

_RELEASES = frozenset({"allow_threads", "detach"})
_RELEASING: Words = (b"allow_threads(", b"detach(")
_RUNS = frozenset({"map", "for_each", "flat_map", "filter_map", "try_for_each"})
_PARALLEL = "par_"
"""What the names of parallel iterators have in common: `par_iter`, `maybe_par_bridge`."""
_IN_PARALLEL: Words = (_PARALLEL.encode(),)


@fact
class Single:
    """A call of `function`, attached, which `other` has done for many items in a release."""

    place: Place
    function: ItemRef
    other: EntryPoint


def singles(program: Program, entry: EntryPoint) -> Iterator[Single]:
    """Such calls of an entry point: the first of each function."""
    if entry.class_ref is None or not is_callable(entry):
        return
    found: dict[ItemRef, EntryPoint] | None = None
    told: set[ItemRef] = set()
    for call in events(program, entry).calls:
        if not _is_held(program, entry, call):
            continue
        if found is None:
            found = dict(_done_for_many(program, entry))
        for target in call.targets:
            if target in found and target not in told:
                told.add(target)
                yield Single(_place(call), target, found[target])


def _is_held(program: Program, entry: EntryPoint, call: Called) -> bool:
    attached = call.region is Region.ATTACHED and not call.sections
    own = call.place.ref == entry.ref and program.entry(call.targets[0]) is None
    return attached and own and bool(program.function(call.targets[0]).params)


def _place(call: Called) -> Place:
    span = call.node.name_span if isinstance(call.node, MethodCall) else call.place.span
    return Place(call.place.ref, span)


def _done_for_many(program: Program, entry: EntryPoint) -> Iterator[tuple[ItemRef, EntryPoint]]:
    """What other methods of the class have done in parallel in a release, with the method."""
    for other in _of_class(program).get(entry.class_ref, ()):
        for ref in _released(program, other.ref) if other.ref != entry.ref else ():
            for one in _in_parallel(program, ref):
                yield one, other


@once
def _of_class(program: Program) -> Mapping[ItemRef | None, Sequence[EntryPoint]]:
    """The methods of each class."""
    found: dict[ItemRef | None, list[EntryPoint]] = {}
    for one in program.entries:
        if one.active and is_callable(one):
            found.setdefault(one.class_ref, []).append(one)
    return found


def _released(program: Program, ref: ItemRef) -> Iterator[ItemRef]:
    """The functions that are called in the releases of a body."""
    anatomy = anatomy_of(program, ref) if program.mentions(ref, _RELEASING) else None
    for node in anatomy.all(MethodCall) if anatomy is not None else ():
        if node.method in _RELEASES:
            yield from _called_in(program, ref, node.args)


def _in_parallel(program: Program, ref: ItemRef) -> Iterator[ItemRef]:
    """The functions that a body has other threads call for each item."""
    anatomy = anatomy_of(program, ref) if program.mentions(ref, _IN_PARALLEL) else None
    for node in anatomy.all(MethodCall) if anatomy is not None else ():
        if node.method in _RUNS and _is_parallel(node.receiver):
            yield from _called_in(program, ref, node.args)


def _called_in(program: Program, ref: ItemRef, nodes: tuple[Node, ...]) -> Iterator[ItemRef]:
    callees = program.callees(ref)
    for node in nodes:
        for part in node.walk():
            yield from callees.get(part.span, ())


def _is_parallel(node: Node) -> bool:
    while isinstance(node, MethodCall):
        if _PARALLEL in node.method:
            return True
        node = node.receiver
    return False
