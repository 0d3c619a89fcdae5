"""Bindings that cannot be measured are told with their reasons, in every report."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from bindcheck.bench.document import to_json
from bindcheck.bench.evaluate import evaluate
from bindcheck.bench.history import add, read
from bindcheck.bench.samples import Unmeasured
from bindcheck.report.bench import BenchReport
from bindcheck.report.bench.frame import summary
from bindcheck.report.bench.html import to_html
from bindcheck.report.bench.markdown import to_markdown
from bindcheck.report.bench.text import to_text
from bindcheck.report.bench.unmeasured import unmeasured_lines
from bindcheck.report.style import Style

SCHEMA = Path(__file__).parents[3] / "docs" / "bench.schema.json"
NONE = "it calls no function of the crate that could be timed without it"


def method(at: int) -> Unmeasured:
    return Unmeasured(f"m{at}", f"it calls `f{at}` (src/a_{at}.rs:{at}) which is a method of `S`")


def several(at: int, count: int) -> Unmeasured:
    listed = ", ".join(f"`g{number}` (src/b.rs:{number})" for number in range(count))
    return Unmeasured(f"s{at}", f"it calls several functions that could be timed, {listed}")


def test_each_of_a_few_has_a_line() -> None:
    found = (Unmeasured("first", NONE), method(1))
    assert [*unmeasured_lines(found)] == [f"first: {NONE}", f"m1: {method(1).reason}"]
    assert [*unmeasured_lines(())] == []


def test_many_are_told_by_their_reasons_the_most_frequent_first() -> None:
    found = (
        *(several(at, at) for at in (2, 3)),
        *map(method, range(9)),
        *(Unmeasured(f"n{at}", NONE) for at in range(1200)),
        Unmeasured("odd", "it is odd"),
    )
    assert [*unmeasured_lines(found)] == [
        f"1,200 bindings, n0, n1, n2, n3, n4 and 1,195 more: {NONE}",
        "9 bindings, m0, m1, m2, m3, m4 and 4 more: it calls a function which is a method of `S`",
        "2 bindings, s2, s3: it calls several functions that could be timed, functions",
        "odd: it is odd",
        "each with its own reason: --output-format json, `unmeasured`",
    ]


def test_every_report_tells_them_and_json_has_all(maker, make_case, tmp_path: Path) -> None:
    found = tuple(map(method, range(30)))
    made = [maker.measurement(make_case(), 6100.0, 6000.0)]
    outcome = evaluate(maker.session(made, unmeasured=found))
    report = BenchReport(outcome)
    for text in (to_text(report, Style(), 200), to_markdown(report), to_html(report)):
        assert "not measured" in text
        assert "30 bindings, m0, m1, m2, m3, m4 and 25 more: it calls a function" in text
    assert summary(outcome).endswith("; 30 bindings not measured")
    data = json.loads(to_json(outcome))
    jsonschema.validate(data, json.loads(SCHEMA.read_text()))
    assert [one["binding"] for one in data["unmeasured"]] == [f"m{at}" for at in range(30)]
    history = tmp_path / "history.jsonl"
    add(outcome, history)
    assert read(history).runs[0].unmeasured == ()
    without = to_text(BenchReport(evaluate(maker.session(made))), Style())
    assert "not measured:" not in without.replace("A/A: not measured", "")
