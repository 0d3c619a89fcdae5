"""Functions that panic where arrays that they are handed differ in length."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.flow.evaluate import flow_of
from bindcheck.analysis.flow.events import Panic
from bindcheck.analysis.flow.values import Fails
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events
from bindcheck.model import EntryPoint, ItemRef


def unequal_lengths(program: Program, entry: EntryPoint) -> Iterator[Panic]:
    """Calls of an entry point that lead to an index into one array as far as another one goes.

    Of each function the first call, and none if the lengths are compared on the way to the index.
    """
    seen: set[ItemRef] = set()
    flow = flow_of(program)
    for one in events(program, entry).handed:
        found = None if one.target in seen else flow.differing(one)
        seen.add(one.target)
        if found is not None:
            where = program.function(found.place.ref).name
            why = f"in `{where}` {found.what}, and nobody compares them"
            yield Panic(
                "behind" if found.unchecked else "unequal", one.place, Fails.CALLER, why, one.region
            )
