"""Array-sized work that is done attached although the entry point releases for its core."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.costs.clones import spare_copies
from bindcheck.analysis.costs.steps import Steps
from bindcheck.analysis.flow.evaluate import flow_of
from bindcheck.analysis.flow.events import Events, Kind, Place, Region, Work
from bindcheck.analysis.flow.values import Size
from bindcheck.analysis.memory.provenance import copied_results
from bindcheck.analysis.memory.writers import copied_into
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events, held_work, is_callable, is_handed_data
from bindcheck.fact import fact
from bindcheck.model import EntryPoint, ItemRef, Span

_KINDS = frozenset({Kind.HELPER, Kind.LOOP, Kind.CHAIN, Kind.PARALLEL, Kind.MEMORY, Kind.SCAN})
_DEEPEST = 6


@fact
class Beside:
    """Work beside a release: `place` lies in the entry itself, `more` counts further such work."""

    work: Work
    place: Place
    more: int


def work_beside(program: Program, entry: EntryPoint) -> Beside | None:
    """The first array-sized work of an entry point that belongs into its release as well.

    Nothing where the core itself is held. Silent are allocation, warm-up prefixes, scans that stop
    at the first number, what touches Python objects, calls that are handed objects and no array,
    and copies that are reported for themselves.
    """
    seen = events(program, entry)
    if not is_callable(entry) or not seen.releases or held_work(program, entry):
        return None
    told = _told(program, entry, seen)
    works: dict[Place, Work] = {}
    for one in _left(program, entry, seen):
        place = one.via or one.place
        reported = any(span.overlaps(one.place.span) for span in told.get(one.place.ref, ()))
        if not reported and is_handed_data(program, entry, place):
            works.setdefault(place, one)
    first = next(iter(works), None)
    return None if first is None else Beside(works[first], first, len(works) - 1)


def _left(program: Program, entry: EntryPoint, seen: Events) -> Iterator[Work]:
    """Work of an entry point, not of another one that it calls."""
    for one in seen.works:
        other = program.entry(one.place.ref)
        own = other is None or other.ref == entry.ref
        if own and _is_held(one) and _counts(program, one, seen, 0):
            yield one


def _is_held(work: Work) -> bool:
    if work.region is not Region.ATTACHED or work.size is not Size.DATA:
        return False
    return work.kind in _KINDS and not (work.guarded or work.python or work.inner or work.light)


def _counts(program: Program, work: Work, seen: Events, depth: int) -> bool:
    """Whether it is work indeed: of a helper, what it does is looked at."""
    call = next((one for one in seen.calls if one.place == work.place), None)
    if call is None or depth > _DEEPEST:
        return Steps.of(program, work.place.ref).is_work(work)
    if any(_makes_grid(program, target) for target in call.targets):
        return False
    flow = flow_of(program)
    frame = flow.frame(work.place.ref, {}, Region.ATTACHED, ())
    for target in call.targets:
        inside = flow.run(target, list(call.args), frame)[1]
        # A function that is too long to be followed tells nothing but its name.
        if not inside.works or any(
            _is_held(one) and _counts(program, one, inside, depth + 1) for one in inside.works
        ):
            return True
    return False


def _makes_grid(program: Program, ref: ItemRef) -> bool:
    function = program.function(ref)
    grids = {core.expand_grid.ref for core in program.cores if core.expand_grid is not None}
    return ref in grids or "grid" in function.name


def _told(program: Program, entry: EntryPoint, seen: Events) -> dict[ItemRef, list[Span]]:
    """Places of copies that other rules report, by function."""
    roots = {one.write.target.root for one in copied_into(program, entry)}
    places = [one.place for one in seen.writes if one.target.root in roots]
    places += [one.place for one in seen.taken]
    places += [one.place for one in spare_copies(program, entry)]
    results = {one.place for one in copied_results(program, entry)}
    places += results
    for one in seen.made:
        root = one.value.root
        if one.place in results and root is not None:
            places.append(Place(one.place.ref, root[1]))
    found: dict[ItemRef, list[Span]] = {}
    for place in places:
        found.setdefault(place.ref, []).append(place.span)
    return found
