"""A gate does not pass where the baseline holds what this run was to have and has not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bindcheck.bench.compare import baseline_of, compare
from bindcheck.bench.document import from_json, to_json
from bindcheck.bench.evaluate import evaluate
from bindcheck.bench.outcome import Outcome
from bindcheck.bench.samples import (
    Argument,
    Asked,
    Case,
    Failure,
    Kind,
    Layout,
    Named,
    State,
    Unmeasured,
)
from bindcheck.cli.bench_output import _explain, status
from bindcheck.errors import NothingToDoError
from bindcheck.fact import replace
from bindcheck.report.bench import BenchReport
from bindcheck.report.bench.html import to_html
from bindcheck.report.bench.markdown import to_markdown
from bindcheck.report.bench.text import to_text
from bindcheck.report.style import Style

DOCS = Path(__file__).parents[3] / "docs"
ALLOWED = 0.02
ALL = Asked(
    names=(),
    excluded=(),
    kinds=(Kind.SINGLE, Kind.BATCH),
    sizes=(100, 1000),
    rows=(None,),
    kernels=("auto",),
    threads=(None,),
    layouts=(Layout.CONTIGUOUS,),
    outs=(False,),
    params=(),
    sides=(("python", "native"),),
    states=(State.RECYCLED,),
)


def run(maker, cases: list[Case], asked: Asked | None = ALL, **changes: Any) -> Outcome:
    made = [maker.measurement(one, 6100.0, 6000.0) for one in cases]
    return evaluate(maker.session(made, asked=asked, **changes))


def lag(case: Case) -> Case:
    return replace(case, indicator="lag", name=case.name.replace("kama", "lag"))


@pytest.fixture
def old(maker, make_case) -> Outcome:
    """`kama` and `lag`, of two sizes."""
    cases = [make_case(100), make_case(1000), lag(make_case(100)), lag(make_case(1000))]
    return run(maker, cases)


def judged(new: Outcome, old: Outcome) -> tuple[int, tuple[str, ...]]:
    gate = compare(new, old, "then", ALLOWED)
    return status(new, gate), tuple(one.partition(" ")[0] for one in gate.lost)


BOTH = ("lag/single/100", "lag/single/1000")


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({}, BOTH),
        ({"excluded": ("lag",)}, ()),
        ({"names": (Named("kama", "kama"),)}, ()),
        ({"names": (Named("kama", "kama"), Named("lag", "late"))}, BOTH),
        ({"names": (Named("kama", "kama"), Named("late", "lag"))}, BOTH),
        ({"sizes": (100,)}, ("lag/single/100",)),
        ({"kinds": (Kind.BATCH,)}, ()),
        ({"kernels": ("scalar",)}, ()),
        ({"layouts": (Layout.STRIDED,)}, ()),
        ({"outs": (True,)}, ()),
        ({"states": (State.RETAINED,)}, ()),
        ({"sides": (("python", "peer:a:b"),)}, ()),
        ({"threads": (1, 2)}, BOTH),
        ({"params": (Argument("period", "30"),)}, BOTH),
        ({"params": (Argument("lag.period", "30"),)}, BOTH),
        ({"params": (Argument("kama.period", "20"),)}, BOTH),
        ({"params": (Argument("period", "20"),)}, ()),
        ({"params": (Argument("lag.period", "2:62:1"),)}, ()),
    ],
)
def test_what_was_asked_for_and_is_not_there_is_lost(
    maker, make_case, old: Outcome, changes: dict[str, Any], lost: tuple[str, ...]
) -> None:
    new = run(maker, [make_case(100), make_case(1000)], replace(ALL, **changes))
    assert judged(new, old) == (3 if lost else 0, lost)


@pytest.mark.parametrize(
    ("rows", "asked", "lost"),
    [
        (61, {}, True),
        (1, {}, True),
        (10, {}, False),
        (10, {"rows": (10,)}, True),
        (61, {"rows": (10,)}, False),
        (10, {"params": (Argument("period", "30:48:2"),)}, True),
        (61, {"threads": (1,)}, False),
    ],
)
def test_rows_and_threads_of_a_batch_are_those_that_are_asked_for(
    maker, make_case, rows: int, asked: dict[str, Any], *, lost: bool
) -> None:
    sweep = (Argument("period", (30, 48, 2)),)
    batch = make_case(1000, rows=rows, name=f"kama/batch/{rows}x1000", arguments=sweep)
    batch = replace(batch, kind=Kind.BATCH)
    old = run(maker, [make_case(100), batch])
    new = run(maker, [make_case(100)], replace(ALL, **asked))
    assert bool(compare(new, old, "then", ALLOWED).lost) is lost


def test_a_name_that_meant_another_indicator_then_stands_for_it(maker, make_case) -> None:
    """The core behind the binding has another name now."""
    named = (Named("smooth", "smooth_core"), Named("kama", "kama"))
    cases = [make_case(100), replace(make_case(1000), indicator="smooth_core", name="smooth")]
    then = run(maker, cases, replace(ALL, names=named))
    quick = run(maker, [make_case(100)], replace(ALL, names=named[1:]))
    names = (Named("smooth", "smooth_fast"), Named("kama", "kama"))
    new = run(maker, [make_case(100)], replace(ALL, names=names))
    merged = baseline_of((then, quick), new)
    assert judged(new, merged) == (3, ("smooth",))
    assert judged(replace(new, asked=replace(ALL, names=names[1:])), merged) == (0, ())


def test_other_values_by_default_are_lost_and_both_are_named(maker, make_case) -> None:
    old = run(maker, [make_case(100), make_case(1000)])
    other = make_case(1000, arguments=(Argument("period", 20),))
    new = run(maker, [make_case(100), other])
    gate = compare(new, old, "then", ALLOWED)
    assert gate.lost == ("kama/single/1000 (python over native, recycled)",)
    assert "other arguments: now period=20, kernel=auto, then period=30" in gate.left_out[0]
    assert gate.gone == ("kama: measured in another way than then",)


def test_a_run_that_does_not_know_what_was_asked_for_loses_nothing(
    maker, make_case, old: Outcome
) -> None:
    assert judged(run(maker, [make_case(100)], None), old) == (0, ())


def test_what_is_gone_is_told_with_its_reason_and_a_remedy(
    maker, make_case, old: Outcome, capsys: pytest.CaptureFixture[str]
) -> None:
    why = "it calls several functions that could be timed, `lag` (src/a.rs:3), `late` (src/a.rs:9)"
    cases = [make_case(100), make_case(1000)]
    new = run(maker, cases, unmeasured=(Unmeasured("shift", why),))
    gate = compare(new, old, "then", ALLOWED)
    assert gate.gone == (f"lag: no core function is known behind the binding 'shift': {why}",)
    report = BenchReport(new, gate=gate)
    for text in (to_text(report, Style(), 2000), to_markdown(report), to_html(report)):
        assert "not passed: then has 2 comparisons that this run was to have and has not" in text
        assert "not there now: lag: no core function is known behind the binding" in text
    _explain(report, advise=False)
    said = capsys.readouterr().err
    assert "lag/single/100 (python over native, recycled), lag/single/1000" in said
    assert "--exclude NAME" in said
    assert gate.left_out == (), "each is told once"
    bare = compare(replace(new, unmeasured=()), old, "then", ALLOWED)
    assert bare.gone == ("lag: this run has found no such indicator with a binding",)
    data = json.loads(to_json(new, gate=gate))
    jsonschema.validate(data, json.loads((DOCS / "bench.schema.json").read_text()))
    assert data["gate"]["gone"] == list(gate.gone)
    assert from_json(to_json(new), Path("x")) == new


def test_without_a_limit_nothing_is_lost_to_it(
    maker, make_case, old: Outcome, capsys: pytest.CaptureFixture[str]
) -> None:
    new = run(maker, [make_case(100), make_case(1000)])
    gate = compare(new, old, "then", None)
    assert status(new, gate) == 0
    assert gate.left_out[0].startswith("of then, not measured now: lag/single/100 ")
    _explain(BenchReport(new, gate=gate), advise=False)
    assert capsys.readouterr().err == ""
    assert "not passed" not in to_text(BenchReport(new, gate=gate), Style(), 2000)


def test_where_nothing_is_left_to_compare_what_is_gone_is_named(
    maker, make_case, old: Outcome
) -> None:
    new = run(maker, [replace(make_case(100), indicator="tide", name="tide/single/100")])
    with pytest.raises(NothingToDoError, match="lag: this run has found no such indicator"):
        compare(new, old, "then", ALLOWED)


def test_what_went_wrong_is_no_binding_that_is_gone(maker, make_case, old: Outcome) -> None:
    failure = Failure("lag", ("python", "native"), "no default of `period` is known")
    new = run(maker, [make_case(100), make_case(1000)], failures=(failure,))
    gate = compare(new, old, "then", ALLOWED)
    assert (len(gate.lost), gate.gone) == (2, ())


def test_a_binding_of_another_kind_does_not_stand_for_one_that_is_gone(maker, make_case) -> None:
    batch = make_case(1000, rows=61)
    old = run(maker, [make_case(100), batch])
    new = run(maker, [make_case(100)])
    gate = compare(new, old, "then", ALLOWED)
    assert gate.gone == ("kama: no batch binding of it is known any more",)


def test_a_run_that_was_stopped_early_calls_nothing_gone(maker, make_case, old: Outcome) -> None:
    new = run(maker, [make_case(100)], interrupted=True)
    gate = compare(new, old, "then", ALLOWED)
    assert (len(gate.lost), gate.gone) == (3, ())
