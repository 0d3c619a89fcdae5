"""What a worker is told: one case with its pairs, as JSON."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bindcheck.analysis.bindings.exports import Exports
from bindcheck.analysis.program import Program
from bindcheck.bench.kernels import kernel_index
from bindcheck.bench.native import Native
from bindcheck.bench.outputs import element_of
from bindcheck.bench.pythoncall import (
    PythonCall,
    entry_of,
    kernel_of,
    native_values,
    peer_call,
    python_call,
)
from bindcheck.bench.samples import NATIVE, PEER, PYTHON, Case, Kind, Scalar, State
from bindcheck.bench.sweeps import rows_of
from bindcheck.bench.texts import arguments_text
from bindcheck.bench.threadcount import Threads, threads_of
from bindcheck.crate import Crate
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.model import CoreApi, EntryPoint

Job = dict[str, Any]

_LEAST_BLOCKS = 3
_WANTED_BLOCKS = 8
"""Of fewer, a trimmed mean cuts off nothing: one block that something disturbed sways a process."""


_COPIED = 2
"""One block in so many also tells what a copy of the result costs, where a fit asks for it."""


@fact
class Pairing:
    """Two sides and what happens to their results."""

    sides: tuple[str, str]
    state: State = State.RECYCLED

    @property
    def has_peer(self) -> bool:
        """Whether one of the sides is a function that somebody else wrote."""
        return any(one.startswith(PEER) for one in self.sides)


@fact
class Prepared:
    """A job with the pairs it measures, and the sides that were left out, with the reason."""

    job: Job
    pairs: tuple[Pairing, ...]
    refused: Mapping[str, str]


def job_of(
    program: Program,
    crate: Crate,
    core: CoreApi,
    case: Case,
    pairs: Sequence[Pairing],
    made: Native | None,
    library: Path,
    *,
    shorter: Sequence[int] | None = None,
    threads: int | None = None,
) -> Prepared:
    """All of a job but its time. A peer that cannot be called costs its own pair only.

    `shorter`: the shorter inputs of a series that has a fit, the shortest first. Then the time of a
    copy of the result is measured beside Python and native, and what a call of the shortest that
    can be called costs after this one.
    `threads`: their number, where neither the case nor the binding is asked for it.
    """
    _check_rows(case)
    entry = entry_of(program, core, case.kind)
    own = python_call(program, core, entry, case)
    place = _place(program, crate, entry)
    peers, refused = _peers(pairs, own, core, case)
    pairs = [one for one in pairs if not refused.keys() & set(one.sides)]
    series = core.constructors[0].series if core.constructors else ()
    threads = threads or threads_of(program, core, case).number
    job: Job = {
        "task": "pairs",
        "extension": str(library),
        "module": crate.module_name,
        "cores": threads or 0,
        "case": {
            "kind": case.kind.value,
            "rows": case.rows,
            "cols": case.cols,
            "layout": case.layout.value,
            "out": case.out,
            "seed": case.seed,
        },
        "series": [{"name": one.name, "element": one.element} for one in series],
        "element": element_of(core),
        "outputs": max(1, len(core.outputs)),
        "numbers": core.gives_numbers,
        "copied": 0 if shorter is None else _COPIED,
        "shorter": list(shorter or ()),
        PYTHON: {"function": place, "args": list(own.args), "kwargs": dict(own.kwargs)},
        "peers": peers,
        "pairs": [{"sides": list(one.sides), "state": one.state.value} for one in pairs],
        "least_blocks": _LEAST_BLOCKS,
        "wanted_blocks": _WANTED_BLOCKS,
    }
    if made is not None:
        job[NATIVE] = _native(made, case, kernel_of(program, core, case), threads)
        # What gives nothing is no error then.
        job[NATIVE]["optional"] = "Option" in program.function(made.ref).returns.names()
    return Prepared(job, tuple(pairs), refused)


def _place(program: Program, crate: Crate, entry: EntryPoint) -> str:
    """The name of a function, with the module it is in where another one has the same name."""
    name = entry.python_name
    alike = [one for one in program.entries if one.python_name == name and one.active]
    if len(alike) < 2:
        return name
    exports = Exports(program, program.entries, program.registrations, crate.module_name)
    names = exports.names_of(entry)
    return ".".join(names[0]) if names else name


def _peers(
    pairs: Sequence[Pairing], own: PythonCall, core: CoreApi, case: Case
) -> tuple[Job, dict[str, str]]:
    """The calls of the peers, and why there is none of some."""
    calls: Job = {}
    refused: dict[str, str] = {}
    for side in dict.fromkeys(one for pair in pairs for one in pair.sides if one.startswith(PEER)):
        try:
            calls[side] = peer_call(side.removeprefix(PEER), own, core, case)
        except BindcheckError as error:
            refused[side] = str(error)
    return calls, refused


def _native(made: Native, case: Case, kernel: str | None, threads: int | None) -> Job:
    return {
        "symbol": made.symbol,
        "outputs": [{"name": one.name, "element": one.element} for one in made.fields],
        "values": values_of(made, case),
        "kernel": kernel_index(made, kernel, case.kind),
        "threads": threads or 0,
    }


def values_of(made: Native, case: Case) -> list[Scalar]:
    """The values of a native call for the parameters of a case."""
    return native_values(tuple((one.name, one.part) for one in made.slots), case)


def _check_rows(case: Case) -> None:
    """A grid that was edited by hand must be the one that is announced."""
    rows = rows_of(case.arguments) if case.kind is Kind.BATCH else 1
    if rows != case.rows:
        raise BindcheckError(
            f"case `{case.name}` says {case.rows} rows; its grid "
            f"({arguments_text(case)}) has {rows}"
        )


def threads_environment(
    case: Case, threads: Threads, crate: Crate, *, by_parameter: bool, starts: bool
) -> Mapping[str, str]:
    """What tells a pool that counts no cores how many threads to use.

    More threads than cores have to be asked for: by a parameter of the core, or of such a pool.
    `starts`: whether any are started, as far as can be read.
    """
    number, cores = threads.number, usable_cores()
    if number is None or threads.alone:
        return {}
    if crate.dependency("rayon") is not None:
        return {"RAYON_NUM_THREADS": str(number)}
    if number <= max(cores, 0 if starts else 1) or by_parameter:
        return {}
    kept = f"{cores} cores can be used" if cores else "this system keeps no process on some cores"
    raise BindcheckError(
        f"case `{case.name}`: {kept}, and neither a parameter of the core nor rayon takes a number "
        "of threads"
    )


def usable_cores() -> int:
    """How many cores a process can be kept on; 0 where it cannot be kept anywhere."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
