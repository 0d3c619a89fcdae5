"""The parts of the worker that need no compiled library."""

from __future__ import annotations

import random
import re
import time
from contextlib import nullcontext
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bindcheck.bench.worker import measure
from bindcheck.bench.worker.data import Buffer, cells_of, make_series, strided
from bindcheck.bench.worker.measure import Worker, is_over, settled
from bindcheck.bench.worker.pairs import Pair, net, shown
from bindcheck.bench.worker.shim import Library, Output, Record, Unmeasurable
from bindcheck.bench.worker.sides import Side, Sides
from bindcheck.bench.worker.work import outputs_of


def test_series_repeat_with_their_seed_and_share_no_memory() -> None:
    wanted = [{"name": "high", "element": "f64"}, {"name": "low", "element": "f32"}]
    high, low = make_series(wanted, 500, 3)
    again, _ = make_series(wanted, 500, 3)
    assert np.array_equal(high, again)
    assert np.all(high > low)
    assert (high.dtype, low.dtype) == (np.float64, np.float32)
    assert not np.shares_memory(high, again)


def test_no_two_series_are_alike() -> None:
    names = ["left", "right", "high", "weights", "close"]
    found = dict(
        zip(names, make_series([{"name": n, "element": "f64"} for n in names], 50, 3), strict=True)
    )
    pairs = ((one, two) for one in names for two in names if one < two)
    assert all(not np.array_equal(found[one], found[two]) for one, two in pairs)
    assert np.all(found["high"] > found["close"])
    [alone] = make_series([{"name": "data", "element": "f64"}], 50, 3)
    assert np.array_equal(alone, found["close"])


@pytest.mark.parametrize(
    ("element", "kind"),
    [("i64", np.int64), ("usize", np.uint64), ("u8", np.uint8), ("bool", np.bool_)],
)
def test_elements_have_the_types_of_rust(element: str, kind: type) -> None:
    [values] = make_series([{"name": "data", "element": element}], 10, 1)
    assert values.dtype == kind


def test_a_strided_input_has_the_same_values() -> None:
    values = np.arange(5.0)
    spread = strided(values)
    assert np.array_equal(spread, values)
    assert spread.strides == (16,)


@pytest.mark.parametrize(
    ("result", "cells"),
    [
        (np.zeros((3, 4)), 12),
        ({"values": np.zeros((2, 5)), "periods": np.zeros(2)}, 10),
        ((np.zeros(7), np.zeros(7)), 7),
        ([1.0, 2.0], 2),
        (3.5, 1),
    ],
)
def test_cells_are_those_of_the_largest_array(result: object, cells: int) -> None:
    assert cells_of(result) == cells


@pytest.mark.parametrize("element", ["f64", "f32", "i16"])
def test_the_cells_of_a_given_buffer_are_those_that_were_written(element: str) -> None:
    out = Buffer((4, 5), element)
    assert out.values.dtype == np.dtype({"f64": "f8", "f32": "f4", "i16": "i2"}[element])
    out.blank()
    assert out.cells() == 0
    out.blank()
    out.values[:3] = 7
    assert out.cells() == 15
    out.blank()
    out.values[3, 2:4] = 0
    assert out.cells() == 20, "of a row that was begun the rest was left as it was"


def test_a_buffer_of_truth_values_counts_whole() -> None:
    out = Buffer((3,), "bool")
    out.blank()
    assert out.cells() == 3


def library(**inner: dict[str, Any]) -> Library:
    """A loaded extension with modules inside it."""
    made = object.__new__(Library)
    made.module = ModuleType("example")
    for name, functions in inner.items():
        setattr(made.module, name, ModuleType(name))
        vars(getattr(made.module, name)).update(functions)
    return made


def test_a_function_is_found_in_the_module_that_is_named() -> None:
    made = library(quick={"run": abs}, lazy={"run": len, "walk": min}, walk={"walk": min})
    assert made.function("lazy.run") is len
    assert made.function("quick.run") is abs
    assert made.function("walk") is min, "one function in two places; a module is none"
    with pytest.raises(Unmeasurable, match=r"which function 'run' .* example\.quick, example\.la"):
        made.function("run")
    with pytest.raises(Unmeasurable, match="has no function 'jump'"):
        made.function("jump")
    made.module.run = max
    assert made.function("run") is max


def sides(outputs: int = 1, *, numbers: bool = False, **case: Any) -> Sides:
    job = {
        "case": {"kind": "batch", "rows": 3, "cols": 4, "layout": "contiguous", "seed": 1} | case,
        "series": [{"name": "data", "element": "f64"}],
        "element": "f32",
        "outputs": outputs,
        "numbers": numbers,
    }
    return Sides(job, SimpleNamespace(address=lambda _: 0, timers=None))  # type: ignore[arg-type]


@pytest.mark.parametrize(("rows", "cells"), [(3, 12), (2, 8)])
def test_a_call_into_a_buffer_has_the_cells_that_it_writes(
    monkeypatch: pytest.MonkeyPatch, rows: int, cells: int
) -> None:
    made = sides(out=True)
    monkeypatch.setattr(made, "_nothing", lambda: None)

    def into(data: Any, out: Any) -> Any:
        assert out.dtype == np.float32
        out[:rows] = data
        return out

    call = {"function": "into", "args": [{"series": 0}], "kwargs": {"out": {"out": True}}}
    assert made.python(into, call).cells == cells
    without = {"function": "new", "args": [{"series": 0}], "kwargs": {}}
    assert made.python(lambda data: np.zeros((5, len(data))), without).cells == 20


@pytest.mark.parametrize(
    ("outputs", "given"), [(1, 2.5), (1, np.float32(2.5)), (2, (2.5, 3)), (2, (True, False))]
)
def test_numbers_are_one_cell_of_each_output(
    monkeypatch: pytest.MonkeyPatch, outputs: int, given: Any
) -> None:
    made = sides(outputs, numbers=True, kind="single", rows=1, out=False)
    monkeypatch.setattr(made, "_nothing", lambda: None)
    call = {"function": "given", "args": [{"series": 0}], "kwargs": {}}
    side = made.python(lambda _: given, call)
    assert side.cells == 1
    parts = side.look(lambda found: [array.reshape(-1).tolist() for _, array in found])
    assert parts == [[one] for one in (given if outputs == 2 else (given,))]


class PanicException(BaseException):
    """What PyO3 raises for a panic: it is no `Exception`."""


@pytest.mark.parametrize("error", [PanicException("index 500"), ValueError("index 500")])
def test_a_call_that_panics_is_not_measured(error: BaseException) -> None:
    def fails(data: Any) -> None:
        raise error

    call = {"function": "fails", "args": [{"series": 0}], "kwargs": {}}
    with pytest.raises(Unmeasurable, match=f"fails raised {type(error).__name__}: index 500"):
        sides(out=False).python(fails, call)


def test_an_interrupt_is_no_failure_of_a_call() -> None:
    def stops(data: Any) -> None:
        raise KeyboardInterrupt

    call = {"function": "stops", "args": [{"series": 0}], "kwargs": {}}
    with pytest.raises(KeyboardInterrupt):
        sides(out=False).python(stops, call)


@pytest.mark.parametrize(
    ("shorter", "least", "used"),
    [([100, 1000], 0, 100), ([100, 1000], 200, 1000), ([100, 1000], 5000, None), ([], 0, None)],
)
def test_the_shortest_input_that_can_be_called_is_timed_beside_longer_ones(
    monkeypatch: pytest.MonkeyPatch, shorter: list[int], least: int, used: int | None
) -> None:
    class Made:
        def __init__(self, job: dict[str, Any], _: Any):
            self.cols = job["case"]["cols"]

        def side(self, name: str) -> str:
            if self.cols < least:
                raise Unmeasurable(f"{name} raised PanicException: too short")
            return f"{name} {self.cols}"

    monkeypatch.setattr(measure, "Sides", Made)
    worker = object.__new__(Worker)
    worker.library, worker.copying = None, (None, None)  # type: ignore[assignment]
    worker.job = {"case": {"cols": 10_000}, "shorter": shorter}
    monkeypatch.setattr(worker, "_copying", lambda made: (f"plain {made.cols}", "copying"))
    wanted = () if used is None else (f"python {used}", f"native {used}", f"plain {used}")
    assert worker._short()[:3] == wanted


@pytest.mark.parametrize(
    ("optional", "status", "told"),
    [
        (False, 1, "the native call returned an error"),
        (True, 1, "the native call gave nothing (`None`, or an error): give it parameters"),
        (True, 2, "the native call panicked"),
    ],
)
def test_a_native_call_that_gives_nothing_is_told(
    *, optional: bool, status: int, told: str
) -> None:
    made = sides(out=False)
    made.library.timers = SimpleNamespace(bindcheck_values_0=lambda address, sink: status)
    with pytest.raises(Unmeasurable, match=re.escape(told)):
        made.native(CALL | {"optional": optional})


CALL = {
    "symbol": "0",
    "values": [],
    "kernel": 0,
    "threads": 0,
    "outputs": [{"name": "values", "element": "f64"}, {"name": "rising", "element": "bool"}],
}


@pytest.mark.parametrize("status", [0, 1, 2])
def test_a_native_call_into_a_buffer_has_the_cells_that_it_writes(status: int) -> None:
    made = sides(out=True)
    assert made.out is not None
    values = made.out.values

    def run(address: int, sink: Any) -> int:
        values[:2] = 3.0
        sink(None, 0)
        return status

    made.library.timers = SimpleNamespace(bindcheck_values_0=run)
    call = CALL | {"outputs": []}
    if status:
        with pytest.raises(Unmeasurable, match=["", "returned an error", "panicked"][status]):
            made.native(call)
    else:
        assert made.native(call).cells == 8


def test_a_native_call_hands_out_all_its_outputs() -> None:
    made = sides(out=False)
    numbers, flags = np.arange(12.0), np.arange(12) % 2 == 0

    def run(address: int, sink: Any) -> int:
        given = (Output * 2)(
            Output(numbers.ctypes.data, 12, 8),
            Output(flags.ctypes.data, 12, 1),
        )
        sink(given, 2)
        return 0

    made.library.timers = SimpleNamespace(bindcheck_values_0=run)
    side = made.native(CALL)
    assert side.cells == 12
    (values, seen), (rising, marks) = side.look(
        lambda outputs: [(name, array.tolist()) for name, array in outputs]
    )
    assert (values, rising) == ("values", "rising")
    assert (seen, marks) == (numbers.tolist(), flags.tolist())


@pytest.mark.parametrize("shape", [(2, 3, 4), (3, 4, 2), (6, 4)])
def test_outputs_in_one_array_are_several(monkeypatch: pytest.MonkeyPatch, shape: Any) -> None:
    made = sides(outputs=2, out=False)
    monkeypatch.setattr(made, "_nothing", lambda: None)
    call = {"function": "both", "args": [{"series": 0}], "kwargs": {}}
    side = made.python(lambda data: np.zeros(shape), call)
    assert side.cells == 12
    assert side.look(lambda outputs: [array.size for _, array in outputs]) == [12, 12]


def giving(result: Any) -> Side:
    """A side whose call returns this, or what a function returns."""
    made = pair().a
    made.look = lambda see: see(outputs_of(result() if callable(result) else result))
    return made


def compared(names: tuple[str, str], a: Side, b: Side) -> str:
    worker = object.__new__(Worker)
    worker.job = {"case": {"kind": "batch", "rows": 1, "cols": 3}}
    return worker._same_values(names, a, b)


def test_sides_that_compute_something_else_are_not_measured() -> None:
    right, wrong = giving(np.array([np.nan, 2.0, 3.0])), giving(np.array([np.nan, 2.0, 4.0]))
    assert compared(("python", "native"), right, right) == ""
    with pytest.raises(Unmeasurable, match="not the same computation: first at cell 2") as caught:
        compared(("python", "native"), right, wrong)
    assert caught.value.wrong


def test_a_peer_that_computes_something_else_is_told() -> None:
    right, other = giving(np.array([1.0, 2.0, 3.0])), giving(np.array([1.0, 2.5, 3.0]))
    told = compared(("python", "peer:a:b"), right, other)
    assert "not the same computation: first at cell 1: python 2, peer:a:b 2.5; 1 of 3" in told


def test_values_that_cannot_be_compared_are_told() -> None:
    right = giving(np.array([1.0, 2.0, 3.0]))
    for other in (["a", "b", "c"], [{}, {}, {}]):
        told = compared(("python", "native"), giving(other), right)
        assert told == "no arrays of numbers: the values of both sides were not compared"


def test_outputs_of_other_names_are_told_although_the_others_agree() -> None:
    same = np.array([1.0, 2.0, 3.0])
    left, right = giving({"high": same, "low": same}), giving({"high": same, "floor": -same})
    assert compared(("python", "native"), left, right) == (
        "not compared, the other side has no such name: `low` of python, `floor` of native"
    )


def test_a_call_that_gives_other_values_each_time_is_told() -> None:
    rng = np.random.default_rng(1)
    told = compared(("python", "native"), giving(lambda: rng.random(3)), giving(np.zeros(3)))
    assert told == "python gives other values in each call: they were not compared"


def pair() -> Pair:
    import ctypes

    class Nothing(ctypes.Structure):
        _fields_ = ()

    def side() -> Side:
        return Side(0, Nothing(), 0, Nothing(), 100, lambda see: see([]))

    made = Pair(0, ("python", "native"), side(), side(), retained=False)
    made.a.empty_ns, made.b.empty_ns = 5.0, 1.0
    return made


@pytest.mark.parametrize(
    ("names", "wrong"), [(("python", "native"), True), (("python", "peer:a:b"), False)]
)
def test_different_grids_are_both_named(names: tuple[str, str], *, wrong: bool) -> None:
    worker = object.__new__(Worker)
    worker.job = {"case": {"kind": "batch", "rows": 61, "cols": 100, "out": False}}
    made = pair()
    made.a.cells, made.b.cells = 22_700, 6_150
    with pytest.raises(Unmeasurable) as caught:
        worker._same_cells(names, made.a, made.b)
    assert str(caught.value) == (
        f"the sides compute different grids: python 227 × 100 = 22,700 cells, {names[1]} 6,150 "
        "cells; the case has 61 × 100 = 6,100 cells"
    )
    assert caught.value.wrong is wrong
    made.a.cells = made.b.cells = 6_100
    worker._same_cells(names, made.a, made.b)


def test_results_without_values_are_told_as_such() -> None:
    worker = object.__new__(Worker)
    worker.job = {"case": {"kind": "single", "rows": 1, "cols": 100, "out": False}}
    made = pair()
    made.a.cells = made.b.cells = 0
    with pytest.raises(Unmeasurable, match="both sides give no values") as caught:
        worker._same_cells(("python", "native"), made.a, made.b)
    assert not caught.value.wrong


@pytest.mark.parametrize(
    ("cells", "out", "same"),
    [((25, 25), False, True), ((0, 100), False, False), ((25, 100), False, False),
     ((25, 25), True, False), ((100, 100), True, True)],
)  # fmt: skip
def test_the_result_of_one_series_may_have_another_length(
    cells: tuple[int, int], *, out: bool, same: bool
) -> None:
    worker = object.__new__(Worker)
    worker.job = {"case": {"kind": "single", "rows": 1, "cols": 100, "out": out}}
    made = pair()
    made.a.cells, made.b.cells = cells
    with nullcontext() if same else pytest.raises(Unmeasurable, match="different grids"):
        worker._same_cells(("python", "native"), made.a, made.b)


def test_values_of_results_of_another_length_are_compared() -> None:
    worker = object.__new__(Worker)
    worker.job = {"case": {"kind": "single", "rows": 1, "cols": 100, "out": False}}
    a, b, c = (giving(np.arange(25.0) * factor) for factor in (1.0, 1.0, 2.0))
    a.cells = 25
    assert worker._same_values(("python", "native"), a, b) == ""
    with pytest.raises(Unmeasurable, match="not the same computation: first at cell 1"):
        worker._same_values(("python", "native"), a, c)


@pytest.mark.parametrize(
    ("late_s", "fewest", "over"),
    [(-0.1, 90, False), (0.1, 7, False), (0.1, 8, True), (1.1, 2, False), (1.1, 3, True)],
)
def test_overtime_is_for_long_calls_and_busy_machines(
    late_s: float, fewest: int, *, over: bool
) -> None:
    job = {"least_blocks": 3, "wanted_blocks": 8, "overtime_s": 1.0}
    assert is_over(job, late_s, fewest) is over


@pytest.mark.parametrize(
    ("times", "over"),
    [
        ([9.0, 9.0, 9.0], False),
        ([9.0, 9.0, 9.0, 9.0], True),
        ([9.0, 9.05, 9.9, 14.0], True),
        ([20.0, 14.0, 11.0, 10.0], False),
        ([20.0, 14.0, 11.0, 10.0, 10.0, 9.95], True),
    ],
)
def test_the_warm_up_is_over_when_times_no_longer_fall(times: list[float], *, over: bool) -> None:
    steady = [5.0] * len(times)
    assert settled(list(zip(times, steady, strict=True))) is over
    assert settled(list(zip(steady, times, strict=True))) is over


def test_a_warm_up_that_waits_for_its_core_goes_on() -> None:
    class Waiting:
        def blocks(self, pair: Pair, orders: bytes) -> list[Record]:
            time.sleep(0.01)
            return [record()]

    worker = object.__new__(Worker)
    worker.job, worker.core, worker.timers = {"warmup_s": 0.05}, 0, Waiting()
    made = pair()
    worker._warm_up(made, 800)
    assert made.stable


def test_after_retained_results_memory_is_fetched_without_the_clock() -> None:
    asked: list[tuple[str, int]] = []

    class Counting:
        def blocks(self, pair: Pair, orders: bytes) -> list[Record]:
            asked.append(("retained" if pair.retained else "recycled", len(orders)))
            return [record() for _ in orders]

    worker = object.__new__(Worker)
    worker.timers, worker.copying, worker.given_back = Counting(), None, False
    worker.random = random.Random(1)
    recycled, retained = pair(), pair()
    retained.retained = True
    for one in (recycled, retained):
        one.block_ns = 5e6
    for one in (recycled, retained, retained, recycled, recycled):
        worker._burst(one)
    bursts = [("recycled", 2), ("retained", 2), ("retained", 2), ("recycled", 2), ("recycled", 2)]
    assert asked == [*bursts[:3], ("recycled", 1), *bursts[3:]]
    assert [len(one.records) for one in (recycled, retained)] == [6, 4]


def record(*, interrupted: float = 0.0, cpu: float = 90.0) -> Record:
    return Record(105.0, 101.0, cpu, cpu, 0.0, 0.0, interrupted)


def test_an_empty_call_is_subtracted() -> None:
    assert net(pair(), record(), pinned=True) == (100.0, 100.0)


def test_an_interrupted_block_has_processor_time_on_both_sides() -> None:
    assert net(pair(), record(interrupted=1.0), pinned=True) == (85.0, 89.0)
    assert net(pair(), record(interrupted=1.0), pinned=False) == (100.0, 100.0)
    assert net(pair(), record(interrupted=1.0, cpu=0.0), pinned=True) == (100.0, 100.0)


def test_short_calls_are_many_in_a_leg_and_begin_with_one_that_is_not_timed() -> None:
    made = pair()
    made.settle(1_000.0, 2_000.0, 0)
    assert (made.calls, made.lead) == (50, 1)
    made.settle(1e6, 1e6, 0)
    assert (made.calls, made.lead) == (1, 0)


def test_retained_results_are_bounded() -> None:
    made = pair()
    made.retained = True
    made.settle(10.0, 10.0, 8 << 20)
    assert made.calls == 8


def test_a_report_has_the_blocks_and_the_cost_of_a_copy() -> None:
    made = pair()
    made.records = [(1, record(interrupted=1.0))]
    made.copies = [(100.0, 120.0), (100.0, 122.0), (90.0, 500.0), (100.0, 118.0)]
    made.cold = [[500.0, 100.0, 90.0, 150.0], [9e6, 100.0, 90.0, 160.0], [480.0, 90.0, 9e6, 150.0]]
    found = shown(made, pinned=True)
    assert found["blocks"] == [[1, 2, 85.0, 89.0, True, True]]
    assert found["copy_ns"] == 21.0
    assert (found["cold_ns"], found["cold_copy_ns"]) == (400.0, 60.0)
