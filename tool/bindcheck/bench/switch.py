"""The parameter of a core that a case sets, and by which a call uses threads or none."""

from __future__ import annotations

from bindcheck.analysis.cores.roles import counts_threads
from bindcheck.bench.outputs import INTEGERS
from bindcheck.bench.samples import Argument, Case, Kind
from bindcheck.fact import fact, replace
from bindcheck.model import CoreApi

_FLAGS = frozenset(
    {"parallel", "par", "use_parallel", "in_parallel", "run_parallel", "threaded", "multithreaded"}
)
"""Names of flags that are set for threads: of `serial`, or `no_par`, the other value would be."""


@fact
class Switch:
    """A parameter by its name: a flag for threads, or (`counts`) their number."""

    name: str
    counts: bool

    def sequential(self, case: Case) -> Case:
        """The case without threads."""
        return self._set(case, 1 if self.counts else False)

    def parallel(self, case: Case, number: int) -> Case:
        """The case with threads, `number` of them where it can say so."""
        return self._set(case, number if self.counts else True)

    def _set(self, case: Case, value: int | bool) -> Case:
        others = (one for one in case.arguments if one.name != self.name)
        return replace(case, arguments=(*others, Argument(self.name, value)))


def switch_of(core: CoreApi, kind: Kind) -> Switch | None:
    """The switch of calls on one series; a batch is told by a parameter of its own function."""
    if kind is Kind.BATCH:
        return None
    for one in core.params:
        bare = one.type.peel().name
        if counts_threads(one.name) and bare in INTEGERS:
            return Switch(one.name, counts=True)
        if one.name in _FLAGS and bare == "bool":
            return Switch(one.name, counts=False)
    return None
