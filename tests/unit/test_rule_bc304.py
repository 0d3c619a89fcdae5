"""BC304: which ranges a stepping loop never comes to the end of."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.rules.bc304_unbounded_range import UnboundedRange
from bindcheck.testing import audit_source

RULE = UnboundedRange()
BINDING = """
use pyo3::prelude::*;

#[pyfunction]
fn f(range: (f64, f64, f64)) -> usize {
    CHECK
    axis(range.0, range.1, range.2).len()
}
"""
UP = "while x <= end { v.push(x); x += step; }"
BACK = "return vec![start];"
ZERO, SIGN = "a step of 0", "a step of the wrong sign"
TINY, INFINITE = "a step too small to change the value", "an infinite end"


def axis(body: str, check: str = "") -> list[Finding]:
    callee = f"""
const LIMIT: f64 = 1e6;

fn axis(start: f64, end: f64, step: f64) -> Vec<f64> {{
    let mut v = Vec::new();
    let mut x = start;
    {body}
    v
}}
"""
    return list(audit_source(BINDING.replace("CHECK", check) + callee, (RULE,)).findings)


def whole(source: str) -> list[Finding]:
    return list(audit_source("use pyo3::prelude::*;\n" + source, (RULE,)).findings)


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        (UP, [ZERO, SIGN, TINY, INFINITE]),
        (f"if step == 0.0 {{ {BACK} }} {UP}", [SIGN, TINY, INFINITE]),
        (f"if step <= 0.0 {{ {BACK} }} {UP}", [TINY, INFINITE]),
        (f"let step = step.abs(); if step < 1e-12 {{ {BACK} }} {UP}", [TINY, INFINITE]),
        (f"if !(step > 0.0 && end.is_finite()) {{ {BACK} }} {UP}", [TINY]),
        (f"const E: f64 = 1e-12; if step.abs() < E {{ {BACK} }} {UP}", [SIGN, TINY, INFINITE]),
        (f"assert!(step > 0.0); {UP}", [TINY, INFINITE]),
        (
            "loop { if x > end { break; } v.push(x); let n = x + step; "
            "if n <= x { break; } x = n; }",
            [INFINITE],
        ),
        ("while x <= end { v.push(x); x += step.abs(); if !x.is_finite() { break; } }", None),
        ("while end >= x { v.push(x); x = step + x; }", [ZERO, SIGN, TINY, INFINITE]),
        (
            "let s = if start <= end { step.abs() } else { -step.abs() };"
            "if s == 0.0 { return v; }"
            "if s > 0.0 { while x <= end { v.push(x); x += s; } }"
            "else { while x >= end { v.push(x); x += s; } }",
            [TINY, INFINITE],
        ),
        (
            "let mut i = 0; loop { let y = start + i as f64 * step; if y > end { break; } "
            "v.push(y); i += 1; }",
            [ZERO, SIGN, TINY, INFINITE],
        ),
        ("while x <= end { v.push(x); x += 0.5; }", [INFINITE]),
    ],
)
def test_the_ranges_that_do_it_are_named(body: str, kinds: list[str] | None) -> None:
    (found,) = axis(body)
    assert found.severity is Severity.ERROR
    assert found.item == "axis"
    if kinds is not None:
        several, _, _ = found.message.partition(" never ends")
        assert several == " or ".join(filter(None, [", ".join(kinds[:-1]), kinds[-1]]))


@pytest.mark.parametrize(
    "body",
    [
        f"if !end.is_finite() || !(step > 0.0) || (end - start) / step > LIMIT {{ {BACK} }} {UP}",
        "while x <= end && v.len() < 1000 { v.push(x); x += step; }",
        "while x <= end { if v.len() > MOST { break; } v.push(x); x += step; }",
        "let mut i = 0; while x <= end { v.push(x); x += step; i += 1; if i > 64 { break; } }",
        "let n = ((end - start) / step) as usize; for i in 0..n { v.push(i as f64); }",
        "while x < 1.0 { v.push(x); x += 0.1; }",
        "while (x - end).abs() > step { x = (x + end) / 2.0; }",
        "let mut left = 4; while left > 0 { v.push(x); x += step; left -= 1; }",
        f"if let Some(n) = count(start, end, step) {{ {UP} }}",
    ],
)
def test_a_loop_that_ends_is_silent(body: str) -> None:
    callee = (
        "fn count(start: f64, end: f64, step: f64) -> Option<usize> {"
        " if !end.is_finite() || !(step > 0.0) || (end - start) / step > 1e6 { None }"
        " else { Some(1) } }"
    )
    assert axis(body + "\n" + callee) == []


@pytest.mark.parametrize(
    "check",
    [
        "if !(range.2 > 1e-3) || !range.1.is_finite() || range.1 - range.0 > 1e3 { return 0; }",
        "let (a, b, c) = range; if c < 1e-3 || b.is_infinite() || b - a > 1e3 { return 0; }",
        "if refuse(range.0, range.1, range.2).is_err() { return 0; }\n"
        "fn refuse(a: f64, b: f64, c: f64) -> Result<(), ()> {"
        " if !(c > 1e-3) || !b.is_finite() || b - a > 1e3 { return Err(()); } Ok(()) }",
    ],
)
def test_a_range_that_the_binding_refuses_is_silent(check: str) -> None:
    assert axis(UP, check) == []


def test_a_check_of_another_value_does_not_help() -> None:
    (found,) = axis(UP, "if !(range.0 > 1e-3) || !range.0.is_finite() { return 0; }")
    assert found.message.startswith(ZERO)


def test_a_range_that_the_binding_repairs_is_silent() -> None:
    source = BINDING.replace("CHECK", "").replace("range.2)", "0.5)").replace("range.1,", "2.0,")
    callee = (
        "fn axis(start: f64, end: f64, step: f64) -> Vec<f64> {"
        f" let mut v = vec![]; let mut x = start; {UP} v }}"
    )
    assert list(audit_source(source + callee, (RULE,)).findings) == []


def test_the_loops_of_one_step_are_one_finding() -> None:
    down = "while x >= end { v.push(x); x -= step; }"
    (found,) = axis(f"if start < end {{ {UP} }} else {{ {down} }}")
    assert "(and 1 more)" in found.message


def test_the_message_has_a_range_that_does_it() -> None:
    (found,) = axis(f"if !(step > 0.0) {{ {BACK} }} if end.is_infinite() {{ {BACK} }} {UP}")
    assert found.message.endswith("start 1e+09, end 2e+09, step 1e-09")
    assert found.confidence is Confidence.LIKELY


def test_a_loop_that_no_entry_point_reaches_with_a_range_is_silent() -> None:
    source = """
fn axis(start: f64, end: f64, step: f64) -> f64 {
    let mut x = start;
    while x <= end { x += step; }
    x
}

#[pyfunction]
fn f() -> f64 { 1.0 }
"""
    assert whole(source) == []


@pytest.mark.parametrize(
    "source",
    [
        # a struct with ranges, by reference, destructured inside
        """
struct Sweep { factor: (f64, f64, f64) }
fn expand(sweep: &Sweep) -> Vec<f64> {
    let (start, end, step) = sweep.factor;
    let mut v = vec![];
    let mut x = start;
    while x <= end { v.push(x); x += step; }
    v
}
#[pyfunction]
fn f(factor: (f64, f64, f64)) -> usize { let s = Sweep { factor }; expand(&s).len() }
""",
        # a method of such a struct
        """
struct Sweep { start: f64, end: f64, step: f64 }
impl Sweep {
    fn values(&self) -> Vec<f64> {
        let mut v = vec![];
        let mut x = self.start;
        while x <= self.end { v.push(x); x += self.step; }
        v
    }
}
#[pyfunction]
fn f(start: f64, end: f64, step: f64) -> usize { Sweep { start, end, step }.values().len() }
""",
        # a closure with a name
        """
#[pyfunction]
fn f(range: (f64, f64, f64)) -> usize {
    let axis = |(start, end, step): (f64, f64, f64)| {
        let mut v = vec![];
        let mut x = start;
        while x <= end { v.push(x); x += step; }
        v
    };
    axis(range).len()
}
""",
        # inside a release, in the binding itself
        """
#[pyfunction]
fn f(py: Python<'_>, range: (f64, f64, f64)) -> usize {
    py.allow_threads(|| {
        let mut n = 0usize;
        let mut x = range.0;
        while x <= range.1 { n += 1; x += range.2; }
        n
    })
}
""",
        # optional numbers
        """
#[pyfunction]
#[pyo3(signature = (end, step=None))]
fn f(end: f64, step: Option<f64>) -> usize {
    let step = step.unwrap_or(1.0);
    let mut n = vec![];
    let mut x = 0.0;
    while x <= end { n.push(x); x += step; }
    n.len()
}
""",
    ],
)
def test_ranges_arrive_in_many_ways(source: str) -> None:
    (found,) = whole(source)
    assert found.message.startswith(ZERO)


@pytest.mark.parametrize("number", ["usize", "u32", "i64"])
def test_whole_numbers_are_asked_for_a_step_of_0_only(number: str) -> None:
    source = f"""
#[pyfunction]
fn f(range: ({number}, {number}, {number})) -> usize {{
    let (start, end, step) = range;
    CHECK
    let mut v = vec![];
    let mut x = start;
    while x <= end {{ v.push(x); x += step; }}
    v.len()
}}
"""
    (found,) = whole(source.replace("CHECK", ""))
    assert found.message.startswith(f"{ZERO} never ends")
    assert whole(source.replace("CHECK", "let step = step.max(1);")) == []
    assert whole(source.replace("CHECK", "if step == 0 { return 0; }")) == []


def test_code_that_is_nested_beyond_all_measure_is_given_up() -> None:
    deep = "{" * 90 + UP + "}" * 90
    chain = "".join(
        f"fn a{i}(start: f64, end: f64, step: f64) {{ {'{' * 90} a{i + 1}(start, end, step)"
        f"{'}' * 90} }}\n"
        for i in range(3)
    )
    source = f"""
#[pyfunction]
fn f(range: (f64, f64, f64)) {{ a0(range.0, range.1, range.2) }}
{chain}
fn a3(start: f64, end: f64, step: f64) {{
    let mut v = vec![];
    let mut x = start;
    {deep}
}}
"""
    (found,) = whole(source)
    assert found.item == "a3"
