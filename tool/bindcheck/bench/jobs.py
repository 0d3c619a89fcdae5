"""What a worker is told: one case with its pairs, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bindcheck.analysis.program import Program
from bindcheck.bench.cases import grid, rows_of
from bindcheck.bench.native import Native, kernel_index
from bindcheck.bench.pythoncall import entry_of, native_values, peer_call, python_call
from bindcheck.bench.samples import NATIVE, PEER, PYTHON, Case, Kind, State
from bindcheck.crate import Crate
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.model import CoreApi

Job = dict[str, Any]

_LEAST_BLOCKS = 3


@fact
class Pairing:
    """Two sides and what happens to their results."""

    sides: tuple[str, str]
    state: State = State.RECYCLED


def job_of(
    program: Program,
    crate: Crate,
    core: CoreApi,
    case: Case,
    pairs: Sequence[Pairing],
    made: Native | None,
    library: Path,
) -> Job:
    """All of a job but its time."""
    _check_rows(case)
    own = python_call(program, core, entry_of(program, core, case.kind), case)
    peers = {one for pair in pairs for one in pair.sides if one.startswith(PEER)}
    series = core.constructors[0].series if core.constructors else ()
    job: Job = {
        "task": "pairs",
        "extension": str(library),
        "module": crate.module_name,
        "core": case.kind is Kind.SINGLE or case.threads == 1,
        "case": {
            "kind": case.kind.value,
            "rows": case.rows,
            "cols": case.cols,
            "layout": case.layout.value,
            "out": case.out,
            "seed": case.seed,
        },
        "series": [{"name": one.name, "element": one.element} for one in series],
        PYTHON: {"function": own.function, "args": list(own.args), "kwargs": dict(own.kwargs)},
        "peers": {one: peer_call(one.removeprefix(PEER), own, core, case) for one in sorted(peers)},
        "pairs": [{"sides": list(one.sides), "state": one.state.value} for one in pairs],
        "least_blocks": _LEAST_BLOCKS,
    }
    if made is not None:
        job[NATIVE] = _native(made, case)
    return job


def _native(made: Native, case: Case) -> Job:
    return {
        "symbol": made.symbol,
        "values": native_values(tuple((one.name, one.part) for one in made.slots), case),
        "kernel": kernel_index(made, case.kernel, case.kind),
        "threads": case.threads or 0,
    }


def _check_rows(case: Case) -> None:
    """A grid that was edited by hand must be the one that is announced."""
    rows = rows_of(case.arguments) if case.kind is Kind.BATCH else 1
    if rows != case.rows:
        raise BindcheckError(
            f"case `{case.name}` says {case.rows} rows; its grid "
            f"({grid(case.arguments)}) has {rows}"
        )


def threads_environment(case: Case, crate: Crate, *, by_parameter: bool) -> Mapping[str, str]:
    """What tells a crate's thread pool how many threads to use, where no argument does."""
    if case.threads is None or by_parameter:
        return {}
    if crate.dependency("rayon") is not None:
        return {"RAYON_NUM_THREADS": str(case.threads)}
    if case.threads == 1:
        return {}
    raise BindcheckError(
        f"case `{case.name}`: neither an argument nor rayon takes a number of threads"
    )
