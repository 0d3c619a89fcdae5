"""How a core is called sequentially and in parallel where its source compares no size."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench import tune as subject
from bindcheck.bench import variants
from bindcheck.bench.cases import Axes, cases_of
from bindcheck.bench.crossover import Judged
from bindcheck.bench.effort import Effort
from bindcheck.bench.native import native
from bindcheck.bench.samples import Kind
from bindcheck.bench.side import Built
from bindcheck.cli.tune_output import status
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import replace
from bindcheck.testing import crate_of

from .conftest import CORE, linked

PLAIN = CORE.replace("if input.data.len() < SMALL {", "if input.data.is_empty() {")
FLAG = PLAIN.replace("threads: usize, out: &mut [f64]", "parallel: bool, out: &mut [f64]")
SEARCH = subject.Search(100, 1_000, Effort(3, 0.1), None, None)


def task_of(monkeypatch: pytest.MonkeyPatch, program: Program, search: Any = SEARCH) -> Any:
    """What a process is told, and the timers by symbol."""
    [core] = program.cores
    timers = {}

    def build(_: Any, __: Any, ways: Any, *___: Any) -> Built:
        made = {
            (one.name, wanted): native(program, one, wanted, f"{at}")
            for at, (one, wanted) in enumerate(ways)
        }
        timers.update({one.symbol: one.run for one in made.values()})
        return Built(Path("/x.so"), made, {})

    monkeypatch.setattr(variants, "build_sides", build)
    monkeypatch.setattr(subject, "usable_cores", lambda: 3)
    crate = replace(crate_of(), root=Path.cwd())
    made = variants.variants_of(program, crate, core, Kind.BATCH, search, "python", lambda *_: None)
    [case] = cases_of(program, core, Axes(kinds=(Kind.BATCH,), sizes=(50,)))
    task = subject._task(program, crate, made, case, search)
    return SimpleNamespace(job=task.job, timers=timers, variants=made)


def test_a_core_that_takes_a_number_gets_one_and_all(monkeypatch: pytest.MonkeyPatch) -> None:
    made = task_of(monkeypatch, linked(PLAIN))
    assert made.job[subject.SEQUENTIAL]["threads"] == 1
    assert made.job[subject.PARALLEL]["threads"] == 3
    assert list(made.timers) == ["0"]
    settled, _ = subject._settable(SEARCH, made.variants)
    assert settled.threads == 3


def test_a_core_with_a_flag_gets_both_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = task_of(monkeypatch, linked(FLAG))
    sequential = made.timers[made.job[subject.SEQUENTIAL]["symbol"]]
    parallel = made.timers[made.job[subject.PARALLEL]["symbol"]]
    assert "kernel, false, call.out" in sequential
    assert "kernel, true, call.out" in parallel
    assert subject._settable(SEARCH, made.variants) == (SEARCH, ())


def test_a_flag_that_is_not_read_leaves_nothing_to_tune(monkeypatch: pytest.MonkeyPatch) -> None:
    core = FLAG.replace("parallel: bool", "_parallel: bool")
    with pytest.raises(BindcheckError, match="nor a flag for them: there is nothing to tune"):
        task_of(monkeypatch, linked(core))


CHOICE = """
    if data.len() > 8_000 { return flat(data); }
    threaded(data)
}
fn flat(data: &[f64]) -> Result<WaveBatchOutput, WaveError> { todo!() }
fn threaded(data: &[f64]) -> Result<WaveBatchOutput, WaveError> {
    data.par_iter().for_each(|_| ());
    todo!()
}
"""


@pytest.mark.parametrize("is_cap", [True, False])
def test_above_a_cap_is_the_sequential_way(
    monkeypatch: pytest.MonkeyPatch, *, is_cap: bool
) -> None:
    body = CHOICE if is_cap else CHOICE.replace(">", "<", 1)
    made = task_of(
        monkeypatch, linked(PLAIN.replace(BATCH, BATCH.replace("{ todo!() }", "{" + body)))
    )
    large, small = subject.SEQUENTIAL, subject.PARALLEL
    if not is_cap:
        large, small = small, large
    assert made.job[large]["threshold"] == 0
    assert made.job[small]["threshold"] == 2**31 - 1


BATCH = "kernel: Kernel,\n) -> Result<WaveBatchOutput, WaveError> { todo!() }"
assert BATCH in CORE


def batch(condition: str, core: str = CORE) -> str:
    """A batch that works in parallel under a condition."""
    body = f"{{ if {condition} {{ data.par_iter().sum() }} else {{ data.iter().sum() }} }}"
    return core.replace(BATCH, BATCH.replace("{ todo!() }", body))


UNKNOWN = batch("data.len() > sweep.limit")


def test_a_core_that_takes_a_number_tells_what_else_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = task_of(monkeypatch, linked(UNKNOWN))
    assert made.job[subject.PARALLEL]["threads"] == 3
    [told] = made.variants.passed
    assert told.endswith("compares `data.len()` with `sweep.limit`")
    assert task_of(monkeypatch, linked(batch("data.is_empty()"))).variants.passed == ()


def test_where_nothing_can_be_set_what_was_passed_over_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    core = UNKNOWN.replace("kernel: Kernel, threads: usize, out", "kernel: Kernel, out")
    told = r"no size with a constant .* but src/wave\.rs:\d+ compares `data\.len\(\)` with .*--line"
    with pytest.raises(NothingToDoError, match=told):
        task_of(monkeypatch, linked(core))


def test_a_core_without_threads_is_not_said_to_have_some(monkeypatch: pytest.MonkeyPatch) -> None:
    core = CORE.replace("kernel: Kernel, threads: usize, out", "kernel: Kernel, out")
    with pytest.raises(NothingToDoError, match=r"`wave_batch_with_kernel` starts no threads \("):
        task_of(monkeypatch, linked(core))


@pytest.mark.parametrize(("passed", "code"), [((), 0), (("src/wave.rs:9 compares",), 3)])
def test_what_was_passed_over_is_no_success(passed: tuple[str, ...], code: int) -> None:
    one = SimpleNamespace(judged=Judged.NONE, unstable=None, passed=passed)
    assert status([one]) == code  # type: ignore[list-item]


def test_what_was_not_found_is_not_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    core = batch("data.len().reverse_bits() & 1 == 1")
    core = core.replace("kernel: Kernel, threads: usize, out", "kernel: Kernel, out")
    told = "no comparison of a size was found before `wave_batch_with_kernel` works in parallel"
    with pytest.raises(NothingToDoError, match=told):
        task_of(monkeypatch, linked(core))


def test_a_number_of_threads_goes_before_a_size_that_decides_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    core = CHOICE.replace("return flat(data);", "drop(4096);")
    made = task_of(
        monkeypatch, linked(PLAIN.replace(BATCH, BATCH.replace("{ todo!() }", "{" + core)))
    )
    assert made.variants.found is None
    assert made.job[subject.SEQUENTIAL]["threads"] == 1
    single = PLAIN.replace(BATCH, BATCH.replace("{ todo!() }", "{" + core))
    single = single.replace("threads: usize, out", "out")
    made = task_of(monkeypatch, linked(single))
    assert made.variants.found.threshold.threads_above is None
