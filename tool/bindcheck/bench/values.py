"""What cores give when they are run without their bindings, for generated tests to compare with."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bindcheck.analysis.program import Program
from bindcheck.bench.native import Native, native
from bindcheck.bench.samples import Kind
from bindcheck.bench.side import compile_values, refuse_outside, told_at
from bindcheck.bench.starting import answer, command
from bindcheck.bench.wanted import Wanted
from bindcheck.crate import Crate
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import fact
from bindcheck.generate.recording import Asked, Given
from bindcheck.prepare import Step

_WORKER = "bindcheck.bench.worker.values"
_SECONDS = 120
_SCALAR = "scalar"
_PANICKED = 2
_ENDED = 3
"""Statuses of calls: a panic, and the end of the process."""
_SAID = {_PANICKED: "panics", _ENDED: "ends the process"}


@fact
class CoreRunner:
    """Runs cores of a crate, from a library that is compiled with the crate's own settings."""

    program: Program
    crate: Crate
    python: str
    step: Step

    def __call__(self, asked: Sequence[Asked]) -> Mapping[str, Given]:
        """What each core gives; a BindcheckError if the crate does not compile.

        A core whose call does not compile is left out, and the others are run.
        """
        natives, given = self._natives(asked)
        library, errors = compile_values(
            self.program, self.crate, natives.values(), self.python, self.step
        )
        for at, one in enumerate(one for one in asked if one.name in natives):
            made = natives[one.name]
            self.step("running cores", at, len(natives))
            if library is None or made.symbol in errors:
                told = told_at(self.program, made, errors[made.symbol])
                called = f"a call of `{made.function}` that compiles"
                given[one.name] = Given(refused=f"{called}: {told}")
            else:
                given[one.name] = self._run(library, made, one)
        return given

    def _natives(self, asked: Sequence[Asked]) -> tuple[dict[str, Native], dict[str, Given]]:
        """Native calls by name, and why some cores cannot be called."""
        natives: dict[str, Native] = {}
        refused: dict[str, Given] = {}
        for one in asked:
            try:
                made = native(self.program, one.core, Wanted(Kind.SINGLE), f"{len(natives)}")
                refuse_outside(self.crate, made)
            except BindcheckError as error:
                refused[one.name] = Given(refused=str(error))
            else:
                natives[one.name] = made
        return natives, refused

    def _run(self, library: Path, made: Native, asked: Asked) -> Given:
        kernel = _SCALAR if _SCALAR in made.kernels else ""
        job = {
            "library": str(library),
            "symbol": made.symbol,
            "kernel": made.kernels.index(kernel) if kernel else 0,
            "series": asked.series,
            "points": [[point[slot.name] for slot in made.slots] for point in asked.points],
            "outputs": [one.element for one in asked.core.outputs],
        }
        results = _results(self.python, job)
        if isinstance(results, str):
            return Given(refused=results)
        outputs = tuple(None if one["status"] else one["outputs"] for one in results)
        if all(one is None for one in outputs):
            said = _SAID.get(results[0]["status"], "returns an error")
            return Given(refused=f"values of `{made.function}`: it {said} with its defaults")
        return Given(kernel, outputs)


def _results(python: str, job: Mapping[str, Any]) -> list[dict[str, Any]] | str:
    """The results of a job; a call that takes its process down does not take the others along."""
    found = _worked(python, job)
    if not isinstance(found, str) or len(job["points"]) == 1:
        return found
    each = [_worked(python, {**job, "points": [point]}) for point in job["points"]]
    if all(isinstance(one, str) for one in each):
        return found
    return [{"status": _ENDED} if isinstance(one, str) else one[0] for one in each]


def _worked(python: str, job: Mapping[str, Any]) -> list[dict[str, Any]] | str:
    """The results of all calls, or why there are none: a core may take its process down."""
    try:
        run = subprocess.run(
            command(python, _WORKER),
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except OSError as error:
        raise NothingToDoError(f"{python} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired:
        return f"values of the core: no end after {_SECONDS} s"
    if run.returncode:
        last = (run.stderr.strip().splitlines() or [f"status {run.returncode}"])[-1]
        return f"values of the core: the process that runs it failed: {last}"
    results: list[dict[str, Any]] | None = answer(run.stdout)
    return "values of the core: the process that runs it gave none" if results is None else results
