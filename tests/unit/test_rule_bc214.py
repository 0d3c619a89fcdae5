"""BC214: what is asked on every call, and what is asked once."""

from __future__ import annotations

import pytest

from bindcheck.findings import Finding
from bindcheck.rules.bc214_environment_read_per_call import EnvironmentReadPerCall
from bindcheck.rules.core_examples import CORE, SINGLE, STREAM, STREAM_CLASS, USES, module
from bindcheck.rules.example_crates import SMOOTH, binding_crate
from bindcheck.testing import audit_source

COUNT = "std::thread::available_parallelism().map_or(1, |n| n.get())"
LEVEL = 'std::env::var("LEVEL").map_or(1, |text| text.len())'


def audited(code: str) -> list[Finding]:
    report = audit_source(code, [EnvironmentReadPerCall()])
    assert not report.skipped
    return list(report.findings)


def findings(body: str, before: str = "", params: str = "value: f64") -> list[Finding]:
    binding = (
        f"{before}\n#[pyfunction]\nfn level(py: Python<'_>, {params}) -> usize {{\n"
        f"    let _ = py;\n    {body}\n}}"
    )
    return audited(binding_crate(binding, "level", core=SMOOTH))


@pytest.mark.parametrize(
    ("body", "what", "cost"),
    [
        (LEVEL, '`env::var` of `"LEVEL"`', "about 30 ns for each call"),
        (
            "env::var(KEY).map_or(1, |t| t.len())",
            "`env::var` of `KEY`",
            "about 30 ns for each call",
        ),
        ('std::env::var_os("LEVEL").map_or(0, |t| t.len())', "`env::var_os`", None),
        (COUNT, "`available_parallelism`", "about 7 microseconds for each call"),
        ("available_parallelism().map_or(1, |n| n.get())", "`available_parallelism`", None),
        ("num_cpus::get()", "`num_cpus::get`", "about 0.4 microseconds for each call"),
        ("num_cpus::get_physical()", "`num_cpus::get_physical`", None),
        ("Some(value as usize).unwrap_or_else(num_cpus::get)", "`num_cpus::get`", None),
        (
            'std::fs::read_to_string("/proc/cpuinfo").map_or(0, |t| t.len())',
            '`read_to_string` of `"/proc/cpuinfo"`',
            "about 10 microseconds for each call",
        ),
        (f"py.allow_threads(|| {COUNT})", "`available_parallelism`", None),
        (f"(0..3).map(|_| {COUNT}).sum()", "`available_parallelism`", None),
    ],
)
def test_a_question_on_every_call_is_reported(body: str, what: str, cost: str | None) -> None:
    before = 'use std::env;\nuse std::thread::available_parallelism;\nconst KEY: &str = "LEVEL";'
    (finding,) = findings(body, before)
    assert finding.message.startswith(what)
    assert finding.message.endswith("is asked on every call")
    assert finding.cost
    assert cost is None or finding.cost == cost


@pytest.mark.parametrize(
    ("body", "before"),
    [
        (f"*KNOWN.get_or_init(|| {COUNT})", "static KNOWN: OnceLock<usize> = OnceLock::new();"),
        ("*KNOWN", f"static KNOWN: LazyLock<usize> = LazyLock::new(|| {COUNT});"),
        (
            f"static KNOWN: OnceLock<usize> = OnceLock::new(); *KNOWN.get_or_init(|| {LEVEL})",
            "",
        ),
        (
            "*KNOWN.get_or_init(count)",
            f"static KNOWN: OnceLock<usize> = OnceLock::new();\nfn count() -> usize {{ {COUNT} }}",
        ),
        (
            f"KNOWN.call_once(|| {{ let _ = {LEVEL}; }}); 0",
            "static KNOWN: std::sync::Once = std::sync::Once::new();",
        ),
        (
            f"if let Some(n) = KNOWN.get() {{ return *n; }} let n = {COUNT}; "
            "let _ = KNOWN.set(n); n",
            "static KNOWN: OnceLock<usize> = OnceLock::new();",
        ),
        (
            f"thread_local! {{ static KNOWN: usize = {COUNT}; }} KNOWN.with(|n| *n)",
            "",
        ),
        (f"std::thread::spawn(|| {{ let _ = {LEVEL}; }}); 0", ""),
        ('is_x86_feature_detected!("avx2") as usize', ""),
        ('std::fs::read_to_string("/proc/self/status").map_or(0, |t| t.len())', ""),
        ('"std::env::var(LEVEL)".len()', "// std::env::var"),
        ("other::var(value)", "mod other { pub fn var(x: f64) -> usize { x as usize } }"),
    ],
)
def test_what_is_asked_once_or_is_no_such_question_is_silent(body: str, before: str) -> None:
    assert findings(body, f"use std::sync::{{LazyLock, OnceLock}};\n{before}") == []


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ("value: f64", 1),
        ("data: PyReadonlyArray1<'_, f64>", 1),
        ("callback: Py<PyAny>", 1),
        ("name: &str", 1),
        ("name: Option<&str>", 1),
        ("count: usize, wide: bool", 0),
        ("count: Option<usize>", 0),
    ],
)
def test_who_takes_counts_and_flags_alone_configures(params: str, expected: int) -> None:
    assert len(findings(COUNT, params=params)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('number("LEVEL")', ['"LEVEL"']),
        ('number("LEVEL") + number("WIDTH")', ['"LEVEL"', '"WIDTH"']),
        ("number(name)", []),
        ('*KNOWN.get_or_init(|| number("LEVEL"))', []),
    ],
)
def test_a_helper_that_is_told_the_name_asks_where_it_is_called(
    body: str, expected: list[str]
) -> None:
    before = """
static KNOWN: std::sync::OnceLock<usize> = std::sync::OnceLock::new();

fn number(key: &str) -> usize {
    std::env::var(key).map_or(0, |text| text.len())
}
"""
    found = findings(body, before, params="name: &str")
    assert [one.message.split("`")[3] for one in found] == expected
    assert all(one.item == "level" for one in found)


def test_a_question_behind_helpers_is_filed_under_who_asks_once_for_all_callers() -> None:
    code = """
fn deep() -> usize {
    num_cpus::get()
}

fn middle(value: f64) -> usize {
    deep() + value as usize
}

#[pyfunction]
fn first(value: f64) -> usize {
    middle(value)
}

#[pyfunction]
fn second(py: Python<'_>, value: f64) -> usize {
    py.allow_threads(|| middle(value))
}
"""
    found = audited(binding_crate(code, "first", "second", core=""))
    assert [one.item for one in found] == ["deep"]


def test_the_step_of_a_stream_is_looked_into() -> None:
    stream = STREAM.replace("Some(value *", f"let _ = {LEVEL};\n        Some(value *")
    code = USES + CORE + SINGLE + stream + STREAM_CLASS + module("gain_py", "GainStreamPy")
    assert [one.item for one in audited(code)] == ["GainStream::update"]


@pytest.mark.parametrize("call", ["", "level()"])
def test_a_core_is_looked_into_where_it_asks_or_calls_who_asks(call: str) -> None:
    body = f"let _ = {call or LEVEL};\n    let factor ="
    core = CORE.replace("let factor =", body, 1)
    assert core != CORE
    core += f"\nfn level() -> usize {{\n    {LEVEL}\n}}\n"
    found = audited(USES + core + SINGLE + module("gain_py"))
    assert [one.item for one in found] == ["level" if call else "gain"]


def test_the_initialisation_of_the_module_is_no_call() -> None:
    code = binding_crate(
        "#[pyfunction]\nfn level(value: f64) -> f64 {\n    value\n}", "level", core=""
    )
    code = code.replace("    Ok(())", f"    let _ = {LEVEL};\n    Ok(())")
    assert audited(code) == []
