"""Functions that panic where arrays that they are handed differ in length."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.flow.evaluate import flow_of
from bindcheck.analysis.flow.events import Handed, Panic, Place, Region
from bindcheck.analysis.flow.values import Fails
from bindcheck.analysis.flow.watch import arrays
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events, is_callable
from bindcheck.analysis.trials.uneven import uneven
from bindcheck.analysis.trials.values import BEHIND
from bindcheck.model import EntryPoint, ItemRef


def unequal_lengths(program: Program, entry: EntryPoint) -> Iterator[Panic]:
    """Calls of an entry point that lead to an index into one array as far as another one goes.

    Of each function the first call, and none if the lengths are compared on the way to the index;
    but then it is tried whether that is enough. To calls in helpers arrays are followed from the
    call of the entry point that hands them over.
    """
    seen: set[ItemRef] = set()
    told = False
    flow = flow_of(program)
    for one in _first_handed(program, entry):
        found = None if one.target in seen else flow.differing(one)
        seen.add(one.target)
        if found is not None:
            told = True
            where = program.function(found.place.ref).name
            why = f"in `{where}` {found.what}, and nobody compares them"
            yield Panic(
                "behind" if found.unchecked else "unequal", one.place, Fails.CALLER, why, one.region
            )
    if not told and is_callable(entry):
        yield from _tried(program, entry)


def _first_handed(program: Program, entry: EntryPoint) -> Iterator[Handed]:
    """The calls that arrays are handed to first."""
    handed = events(program, entry).handed
    own = [set(arrays(one.args)) for one in handed if one.place.ref == entry.ref]
    for one in handed:
        roots = set(arrays(one.args))
        if one.place.ref == entry.ref or not any(roots <= some for some in own):
            yield one


def _tried(program: Program, entry: EntryPoint) -> Iterator[Panic]:
    """The call that panics where one array is longer than what its callee cuts them all to."""
    found = uneven(program, entry)
    if found is None:
        return
    ref, span = (entry.ref, found.call) if found.call is not None else (found.at.ref, found.at.span)
    where = program.function(found.at.ref).name
    why = f"in `{where}` {found.how} where `{found.longer}` is the longer one"
    how = "behind" if found.how == BEHIND else "unequal"
    yield Panic(how, Place(ref, span), Fails.CALLER, why, Region.ATTACHED)
