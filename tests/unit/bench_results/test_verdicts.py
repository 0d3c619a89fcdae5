from __future__ import annotations

from statistics import fmean

import pytest

from bindcheck.bench.evaluate import evaluate
from bindcheck.bench.outcome import Interval, Verdict
from bindcheck.bench.samples import NATIVE, PYTHON, Block, Failure
from bindcheck.bench.verdicts import decide
from bindcheck.fact import replace


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (1.011, 1.2, Verdict.SLOWER),
        (0.5, 0.989, Verdict.FASTER),
        (0.991, 1.009, Verdict.SAME),
        (0.991, 0.995, Verdict.SAME),
        (1.002, 1.008, Verdict.SAME),
        (0.985, 0.995, Verdict.UNDECIDED),
        (1.005, 1.015, Verdict.UNDECIDED),
        (0.9, 1.1, Verdict.UNDECIDED),
    ],
)
def test_the_whole_interval_has_to_lie_on_one_side(
    low: float, high: float, verdict: Verdict
) -> None:
    assert decide(Interval((low + high) / 2, low, high), 0.01) is verdict


def _compared(maker, measurements):
    outcome = evaluate(maker.session(measurements))
    return next(one for one in outcome.comparisons if not one.is_control)


def _three(maker, one, overhead: float, control: float = 1.0):
    return [
        maker.measurement(one, 6000.0 * overhead, 6000.0),
        maker.measurement(one, 6000.0 * control, 6000.0, (PYTHON, PYTHON)),
        maker.measurement(one, 6000.0, 6000.0, (NATIVE, NATIVE)),
    ]


def test_controls_say_what_could_have_been_found(maker, make_case) -> None:
    found = _compared(maker, _three(maker, make_case(), 1.05))
    assert found.verdict is Verdict.SLOWER
    assert found.floor is not None
    assert [one.side for one in found.floor.controls] == [PYTHON, NATIVE]
    assert 0.0 < found.floor.noise < 0.005
    assert 0.0005 < found.floor.detectable < 0.005


def test_what_could_have_been_found_is_no_less_than_the_interval_allows(maker, make_case) -> None:
    """Controls cancel what differs between processes for two codes."""
    one = make_case()
    maker.bias, maker.noise = 0.00005, 0.0005
    controls = _three(maker, one, 1.05)[1:]
    maker.bias = 0.004
    found = _compared(maker, [maker.measurement(one, 6300.0, 6000.0), *controls])
    assert found.floor is not None
    assert found.floor.noise < 0.001
    # The interval reaches 2.78 standard errors, and four of five runs find 0.94 more.
    reach = found.ratio.reach / found.ratio.value
    assert found.floor.detectable == pytest.approx(reach * (2.776 + 0.941) / 2.776, rel=0.02)


def test_what_could_have_been_found_is_no_less_than_the_controls_allow(maker, make_case) -> None:
    one = make_case()
    maker.bias, maker.noise = 0.004, 0.0005
    controls = _three(maker, one, 1.05)[1:]
    maker.bias = 0.00005
    found = _compared(maker, [maker.measurement(one, 6300.0, 6000.0), *controls])
    assert found.floor is not None
    assert found.floor.detectable > 0.002 > found.ratio.reach


def test_without_controls_nothing_is_said_of_the_floor(maker, make_case) -> None:
    assert _compared(maker, [maker.measurement(make_case(), 6300.0, 6000.0)]).floor is None


def test_a_control_that_fails_widens_the_interval_of_the_verdict(maker, make_case) -> None:
    found = _compared(maker, _three(maker, make_case(), 1.03, control=1.04))
    assert found.verdict is Verdict.UNDECIDED
    assert "python against itself came out 4 % slower" in found.reasons[0]
    assert found.ratio.value == pytest.approx(1.03, abs=0.003), "but not the interval itself"
    assert _compared(maker, _three(maker, make_case(), 1.5, 1.04)).verdict is Verdict.SLOWER


def test_beside_a_control_that_could_not_have_seen_it_a_difference_is_open(
    maker, make_case
) -> None:
    one = make_case()
    compared, _, native = _three(maker, one, 1.06)
    maker.bias = 0.15
    wild = maker.measurement(one, 6000.0, 6000.0, (PYTHON, PYTHON))
    found = _compared(maker, [compared, wild, native])
    assert found.ratio.low > 1.05
    assert (found.verdict, found.unstable) == (Verdict.UNDECIDED, True)
    assert [one for one in found.reasons if one.startswith("unstable: python against itself is")]
    far = maker.measurement(one, 12000.0, 6000.0)
    assert _compared(maker, [far, wild, native]).verdict is Verdict.SLOWER


def test_a_difference_as_large_as_the_margin_is_open_but_not_unstable(maker, make_case) -> None:
    found = _compared(maker, _three(maker, make_case(), 1.01))
    assert (found.verdict, found.unstable) == (Verdict.UNDECIDED, False)
    assert found.reasons == ("the difference is about as large as the margin of 1 %",)


def test_processes_that_disagree_make_a_run_unstable(maker, make_case) -> None:
    maker.bias = 0.05
    found = _compared(maker, [maker.measurement(make_case(), 6000.0, 6000.0)])
    assert (found.verdict, found.unstable) == (Verdict.UNDECIDED, True)
    assert found.reasons[0].startswith("unstable: known to ±")


def test_few_processes_give_an_interval_and_no_verdict(maker, make_case) -> None:
    found = _compared(maker, [maker.measurement(make_case(), 9000.0, 6000.0, processes=3)])
    assert (found.verdict, found.unstable) == (Verdict.UNDECIDED, True)
    assert found.reasons == ("3 processes: a verdict takes 5",)


def _drifting(maker, make_case, overhead: float, drift: float, processes: int = 5):
    """The Python side becomes slower by `drift` in the second half of each process."""
    made = maker.measurement(make_case(), 6000.0 * overhead, 6000.0)
    half = maker.blocks // 2
    made.processes = tuple(
        replace(
            one,
            stable=False,
            blocks=tuple(
                replace(block, a_ns=block.a_ns * (1.0 + drift * (at >= half)))
                for at, block in enumerate(one.blocks)
            )
            if one.index < processes
            else one.blocks,
        )
        for one in made.processes
    )
    return _compared(maker, [made])


@pytest.mark.parametrize(("overhead", "drift"), [(1.5, 0.03), (1.0, 0.003), (1.05, -0.02)])
def test_a_drift_that_changes_no_verdict_is_not_told(
    maker, make_case, overhead: float, drift: float
) -> None:
    found = _drifting(maker, make_case, overhead, drift)
    assert found.reasons == ()
    assert fmean(one.drift for one in found.trials) == pytest.approx(drift, abs=0.004)


def test_a_drift_that_could_change_the_verdict_is_told(maker, make_case) -> None:
    found = _drifting(maker, make_case, 1.0, 0.0165)
    assert found.verdict is Verdict.SAME
    (told,) = found.reasons
    assert told.startswith("never became steady: the ratio rises by 1.")
    assert told.endswith("in the course of a process; its second half alone says: slower")


def test_a_drift_of_some_processes_is_noise(maker, make_case) -> None:
    found = _drifting(maker, make_case, 1.0, 0.0165, processes=2)
    assert not any("steady" in one for one in found.reasons)


@pytest.mark.parametrize(("processes", "told"), [(0, "no processes"), (1, "1 process")])
def test_one_process_is_no_result(maker, make_case, processes: int, told: str) -> None:
    session = maker.session([maker.measurement(make_case(), 1.0, 1.0, processes=processes)])
    outcome = evaluate(session)
    assert not outcome.comparisons
    assert outcome.troubles[0].reason == f"{told} measured: no interval"
    assert not outcome.troubles[0].wrong


def test_a_call_below_the_clock_is_no_result(maker, make_case) -> None:
    outcome = evaluate(maker.session([maker.measurement(make_case(), 5.0, -0.1)]))
    assert not outcome.comparisons
    told = outcome.troubles[0].reason
    assert told.startswith("too short for a ratio: in 5 of 5 processes a call takes no longer than")
    assert "(python 5 ns beside 30 ns for the loop, native -0.1 ns beside 2 ns for" in told


def test_a_block_below_the_clock_costs_no_result(maker, make_case) -> None:
    made = maker.measurement(make_case(), 60.0, 20.0)
    odd = Block("ABBA", 10, 60.0, -0.1, False)
    made.processes = tuple(replace(one, blocks=(*one.blocks, odd)) for one in made.processes)
    found = _compared(maker, [made])
    assert found.verdict is Verdict.SLOWER
    assert found.ratio.value == pytest.approx(3.0, rel=0.01)


def test_a_block_that_was_interrupted_may_have_any_time(maker, make_case) -> None:
    made = maker.measurement(make_case(), 6600.0, 6000.0)
    odd = Block("ABBA", 10, -5.0, 6000.0, True)
    made.processes = tuple(replace(one, blocks=(*one.blocks, odd)) for one in made.processes)
    assert _compared(maker, [made]).verdict is Verdict.SLOWER


@pytest.mark.parametrize(
    ("hit", "processes", "told"),
    [
        (10, 5, None),
        (12, 5, "60 % of the blocks were interrupted"),
        (16, 5, "80 % of the blocks were interrupted; they count, with processor time"),
        (20, 5, "100 % of the blocks were interrupted; they count, with processor time"),
        (20, 1, "20 % of the blocks were interrupted; they count in 1 of 5 processes, with proc"),
    ],
)
def test_interrupted_blocks_are_told_with_their_clock(
    maker, make_case, hit: int, processes: int, told: str | None
) -> None:
    made = maker.measurement(make_case(), 6600.0, 6000.0)
    for one in made.processes[:processes]:
        one.blocks = tuple(
            replace(block, interrupted=at < hit, processor_time=at < hit)
            for at, block in enumerate(one.blocks)
        )
    found = _compared(maker, [made])
    assert [one[: len(told or "")] for one in found.reasons] == ([told] if told else [])
    assert found.verdict is Verdict.SLOWER


def test_blocks_without_processor_time_say_so(maker, make_case) -> None:
    made = maker.measurement(make_case(), 6600.0, 6000.0)
    for one in made.processes:
        one.blocks = tuple(replace(block, interrupted=True) for block in one.blocks)
    (told,) = _compared(maker, [made]).reasons
    assert told.endswith("with the time on the clock, the turns of others included")


def test_sides_that_computed_different_work_have_no_result(maker, make_case) -> None:
    one = make_case(cols=10_000, rows=61)
    made = maker.measurement(one, 3e6, 1e6)
    made.processes[2].cells = (2_270_000, 610_000)
    good = maker.measurement(make_case(), 3e6, 1e6)
    outcome = evaluate(maker.session([made, good]))
    assert [one.case.name for one in outcome.comparisons] == ["kama/single/1000"]
    (trouble,) = outcome.troubles
    assert trouble.wrong
    assert trouble.reason == (
        "the sides computed different work: python 2,270,000 cells, native 610,000 cells; "
        "the case has 61 × 10,000 = 610,000 cells"
    )


def test_the_result_of_one_series_may_have_another_length(maker, make_case) -> None:
    made = maker.measurement(make_case(), 3e6, 1e6)
    for one in made.processes:
        one.cells = (250, 250)
    assert evaluate(maker.session([made])).troubles == ()
    made.processes[1].cells = (250, 1_000)
    (trouble,) = evaluate(maker.session([made])).troubles
    assert "python 250 cells, native 1,000 cells" in trouble.reason


def test_what_the_engine_could_not_measure_is_kept(maker) -> None:
    failure = Failure("kama/single/100", (PYTHON, "peer:talib:KAMA"), "talib is not installed")
    outcome = evaluate(maker.session([], failures=(failure,), notes=("stopped early",)))
    (trouble,) = outcome.troubles
    assert (trouble.case, trouble.reason, trouble.wrong) == (
        "kama/single/100",
        "talib is not installed",
        False,
    )
    assert outcome.notes == ("stopped early",)


@pytest.mark.parametrize(
    ("overhead", "sides", "said"),
    [(0.9, (PYTHON, NATIVE), True), (1.1, (PYTHON, NATIVE), False), (0.9, ("b", NATIVE), False)],
)
def test_a_binding_that_is_faster_than_what_it_calls_runs_other_code(
    maker, make_case, overhead: float, sides: tuple[str, str], said: bool
) -> None:
    found = _compared(maker, [maker.measurement(make_case(), 6000.0 * overhead, 6000.0, sides)])
    assert any("no property of the binding" in one for one in found.reasons) is said
