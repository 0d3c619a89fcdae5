"""With `--fail-over` the exit status is that of the gate, whatever a binding costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bindcheck.bench.compare import baseline_of, compare
from bindcheck.bench.evaluate import evaluate
from bindcheck.bench.outcome import Outcome
from bindcheck.bench.samples import Failure, Measurement, State
from bindcheck.cli.bench_output import _explain, status
from bindcheck.fact import replace
from bindcheck.report.bench import BenchReport
from bindcheck.report.bench.frame import lost
from bindcheck.report.bench.html import to_html
from bindcheck.report.bench.markdown import to_markdown
from bindcheck.report.bench.text import to_text
from bindcheck.report.style import Style

ALLOWED = 0.02
SIDES = ("python", "native")


def judged(new: Outcome, old: Outcome, fail_over: float | None = ALLOWED) -> int:
    return status(new, compare(new, old, "then", fail_over))


def run(maker, make_case, ratios: dict[int, float], **changes: Any) -> Outcome:
    """Single calls of some sizes, with the ratio of each."""
    made = [
        maker.measurement(make_case(cols), 6000.0 * ratio, 6000.0) for cols, ratio in ratios.items()
    ]
    return evaluate(maker.session(made, **changes))


def unstable(outcome: Outcome) -> Outcome:
    """The same, with no verdict on what the binding costs."""
    found = tuple(replace(one, unstable=True) for one in outcome.comparisons)
    return replace(outcome, comparisons=found)


def wild(maker, make_case, *sizes: int) -> Outcome:
    """The ratios of processes that do not agree."""
    made = []
    for one in map(make_case, sizes):
        processes = tuple(
            maker.process(one, 6000.0 * ratio, 6000.0, index)
            for index, ratio in enumerate((0.9, 0.95, 1.0, 1.05, 1.1))
        )
        made.append(Measurement(one, SIDES, State.RECYCLED, processes))
    return evaluate(maker.session(made))


def test_what_is_not_compared_is_told_where_ci_looks(
    maker, make_case, capsys: pytest.CaptureFixture[str]
) -> None:
    old = run(maker, make_case, {100: 1.02, 1000: 1.02})
    new = run(maker, make_case, {100: 1.02, 2000: 1.02})
    gate = compare(new, old, "then", ALLOWED)
    assert status(new, gate) == 0
    _explain(BenchReport(new, gate=gate), advise=False)
    said = capsys.readouterr().err
    assert "not compared: kama/single/2000 (python over native, recycled): not measured" in said
    assert "not compared: of then, not measured now: kama/single/1000" in said


def test_an_overhead_without_a_verdict_is_no_matter_of_the_gate(maker, make_case) -> None:
    old = run(maker, make_case, {100: 1.02, 1000: 1.02})
    same, slow = (run(maker, make_case, {100: 1.02, 1000: ratio}) for ratio in (1.02, 1.08))
    assert judged(unstable(same), old) == 0
    assert judged(unstable(slow), old) == 1
    assert judged(unstable(same), old, None) == 3


def test_a_change_that_is_certain_goes_before_one_that_cannot_be_told(maker, make_case) -> None:
    old = run(maker, make_case, {100: 1.02, 1000: 1.02})
    slow = run(maker, make_case, {100: 1.08})
    torn = wild(maker, make_case, 1000)
    assert judged(torn, old) == 3
    both = replace(slow, comparisons=(*slow.comparisons, *torn.comparisons))
    gate = compare(both, old, "then", ALLOWED)
    assert [(one.failed, one.uncertain) for one in gate.moved] == [(True, False), (False, True)]
    assert judged(both, old) == 1


def test_an_interval_that_is_narrow_passes_also_where_it_holds_the_limit(maker, make_case) -> None:
    old, new = (run(maker, make_case, {100: ratio}) for ratio in (1.0, 1.0 + ALLOWED))
    gate = compare(new, old, "then", ALLOWED)
    assert gate.moved[0].change.holds(1.0 + ALLOWED)
    assert judged(new, old) == 0


def test_a_wide_interval_below_the_limit_passes(maker, make_case) -> None:
    old, new = run(maker, make_case, {100: 1.5}), wild(maker, make_case, 100)
    gate = compare(new, old, "then", ALLOWED)
    assert gate.moved[0].change.reach > ALLOWED
    assert judged(new, old) == 0


@pytest.mark.parametrize(("lost", "wanted"), [("kama/single/1000", 3), ("kama", 3), ("alma", 0)])
def test_only_what_would_have_been_compared_counts_as_lost(
    maker, make_case, lost: str, wanted: int
) -> None:
    old = run(maker, make_case, {100: 1.02, 1000: 1.02})
    failure = Failure(lost, SIDES, "no default of `period` is known")
    new = run(maker, make_case, {100: 1.02}, failures=(failure,))
    gate = compare(new, old, "then", ALLOWED)
    told = ("kama/single/1000 (python over native, recycled)",)
    assert gate.lost == (told if wanted else ())
    assert judged(new, old) == wanted
    assert judged(new, old, None) == 3


def test_what_was_not_asked_for_is_not_lost(maker, make_case) -> None:
    old = run(maker, make_case, {100: 1.02, 1000: 1.02})
    assert judged(run(maker, make_case, {100: 1.02}), old) == 0


@pytest.mark.parametrize("processes", [(5, 4), (4, 5)])
def test_a_case_with_too_few_processes_is_lost(maker, make_case, processes: Any) -> None:
    then, now = (
        [
            maker.measurement(make_case(100), 6000.0, 6000.0),
            maker.measurement(make_case(1000), 6000.0, 6000.0, processes=number),
        ]
        for number in processes
    )
    new, old = evaluate(maker.session(now)), evaluate(maker.session(then))
    gate = compare(new, old, "then", ALLOWED)
    assert gate.lost == ("kama/single/1000 (python over native, recycled)",)
    assert judged(new, old) == 3


def test_work_that_differs_goes_before_all(maker, make_case) -> None:
    old = run(maker, make_case, {100: 1.02})
    wrong = Failure("kama/single/1000", SIDES, "different grids", wrong=True)
    assert judged(run(maker, make_case, {100: 1.08}, failures=(wrong,)), old) == 2


@pytest.mark.parametrize(
    ("then", "wanted"), [("kama/single/1000", 1), ("kama", 1), ("kama/single/10000", 2), (None, 2)]
)
def test_work_that_differed_in_the_baseline_too_does_not_count(
    maker, make_case, then: str | None, wanted: int
) -> None:
    failures = () if then is None else (Failure(then, SIDES, "cell 1: 3.5, -2", wrong=True),)
    old = run(maker, make_case, {100: 1.02}, failures=failures)
    new = run(
        maker,
        make_case,
        {100: 1.08},
        failures=(Failure("kama/single/1000", SIDES, "cell 2: 1, nan", wrong=True),),
    )
    gate = compare(new, old, "then", ALLOWED)
    assert gate.wrong == (() if wanted == 1 else ("kama/single/1000 (python over native)",))
    assert status(new, gate) == wanted
    assert judged(new, old, None) == 2


def test_what_is_wrong_in_any_run_of_the_baseline_and_was_never_measured_is_known(
    maker, make_case
) -> None:
    wrong = Failure("kama/single/1000", SIDES, "different grids", wrong=True)
    first = run(maker, make_case, {100: 1.02}, failures=(wrong,))
    then = run(maker, make_case, {100: 1.02})
    now = run(maker, make_case, {100: 1.02}, failures=(wrong,))
    assert judged(now, baseline_of((first, then), now)) == 0
    measured = run(maker, make_case, {100: 1.02, 1000: 1.02})
    assert judged(now, baseline_of((first, measured), now)) == 2


def test_sizes_of_one_reason_are_told_once(
    maker, make_case, capsys: pytest.CaptureFixture[str]
) -> None:
    failures = [
        Failure(f"{name}/single/{cols}", SIDES, f"{name}s differ: {cols:,} of {cols:,}", wrong=True)
        for name, cols in (("alma", 100), ("kama", 100), ("kama", 1000))
    ]
    new = run(maker, make_case, {10: 1.0}, failures=tuple(failures))
    report = BenchReport(new)
    told = (
        "kama/single/100, 1000 (python over native): kamas differ: 100 of 100 "
        "(numbers of kama/single/100)"
    )
    alone = "alma/single/100 (python over native): almas differ: 100 of 100"
    text = to_text(report, Style(), 200)
    assert text.count("s differ: ") == 2
    assert f"no result: {told}" in text
    assert f"no result: {alone}\n" in text
    _explain(report, advise=True)
    said = capsys.readouterr().err
    assert said == f"bindcheck: error: {alone}\nbindcheck: error: {told}\n"
    _explain(report, advise=True, beside=True)
    assert not capsys.readouterr().err


def test_a_name_is_told_once_and_a_control_of_what_is_lost_not_at_all(maker, make_case) -> None:
    failures = (
        Failure("kama/single/1000", SIDES, "`kama`: no default of `n` is known"),
        Failure("kama/single/1000", ("native", "native"), "the native call returned an error"),
        Failure("kama/single/100", ("python", "python"), "the process died of SIGBUS"),
    )
    found = lost(run(maker, make_case, {100: 1.02}, failures=failures))
    assert [(one.cases, one.reason) for one in found] == [
        ("kama/single/1000 (python over native)", "no default of `n` is known"),
        ("kama/single/100 (python over python)", "the process died of SIGBUS"),
    ]


def test_every_report_tells_what_the_gate_comes_to(maker, make_case) -> None:
    old = run(maker, make_case, {100: 1.02, 1000: 1.02})
    new = wild(maker, make_case, 100, 1000)
    report = BenchReport(new, (), compare(new, old, "then", ALLOWED))
    for text in (to_text(report, Style()), to_markdown(report), to_html(report)):
        assert "2 comparisons with then: 0 over 2 %, 2 that cannot be told" in text
        assert "cannot tell of 2, which are known to ±" in text.replace("\n  ", "")


def test_the_exit_status_is_documented_as_it_is() -> None:
    text = (Path(__file__).parents[3] / "docs" / "bench.md").read_text()
    told = text[text.index("## Exit status") :]
    assert "With `--fail-over` the gate decides" in told
    assert "130, 2, 1, 3, 0" in told
