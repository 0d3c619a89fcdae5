"""BC209: which parallel sections nothing decides about, and which pools are thrown away."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc209_parallel_without_threshold import ParallelWithoutThreshold
from bindcheck.rules.core_examples import BATCH_INTO, CORE, GRID, INTO, SINGLE, USES, module
from bindcheck.rules.example_crates import binding_crate
from bindcheck.testing import audit_source

BINDING = """
#[pyfunction]
#[pyo3(name = "scaled")]
fn scaled_py(py: Python<'_>, data: PyReadonlyArray1<'_, f64>, factor: f64) -> PyResult<f64> {
    let slice = data.as_slice()?;
    Ok(py.allow_threads(|| scaled(slice, factor)))
}
"""
SEQ = "data.iter().map(|x| x * factor).sum()"
PAR = "data.par_iter().map(|x| x * factor).sum()"


def audited(core: str, binding: str = BINDING, *names: str) -> list[Finding]:
    code = binding_crate(
        binding, *(names or ("scaled_py",)), core=f"use rayon::prelude::*;\n{core}"
    )
    report = audit_source(code, [ParallelWithoutThreshold()])
    assert not report.skipped
    return list(report.findings)


def findings(body: str, before: str = "") -> list[Finding]:
    return audited(f"{before}\npub fn scaled(data: &[f64], factor: f64) -> f64 {{\n{body}\n}}\n")


@pytest.mark.parametrize(
    "body",
    [
        PAR,
        "(0..data.len()).into_par_iter().map(|i| data[i] * factor).sum()",
        "let n = data.len(); (0..n).into_par_iter().map(|i| data[i] * factor).sum()",
        "let own = data.to_vec(); own.into_par_iter().map(|x| x * factor).sum()",
        "let mut own = vec![0.0; 9]; own.par_iter_mut().for_each(|x| *x = factor); own[0]",
        "data.iter().par_bridge().map(|x| x * factor).sum()",
        "data[1..].par_windows(2).map(|w| w[0] * factor).sum()",
        "data.par_chunks(2).map(|w| w[0] * factor).sum()",
        "data.par_iter().zip(data.par_iter()).map(|(a, b)| a * b).sum()",
        # Conditions that decide nothing about the size.
        f"if data.is_empty() {{ return 0.0; }} {PAR}",
        f"if data.len() == 0 {{ return 0.0; }} {PAR}",
        f"if factor > 0.5 {{ {PAR} }} else {{ {SEQ} }}",
        f"if data.len() > 1 {{ {PAR} }} else {{ 0.0 }}",
        f"match data.first() {{ Some(_) => {PAR}, None => 0.0 }}",
    ],
)
def test_a_section_that_nothing_decides_about_is_reported(body: str) -> None:
    (finding,) = findings(body)
    assert "is parallel for data of any size" in finding.message
    assert finding.confidence is Confidence.LIKELY
    assert finding.item == "scaled"


@pytest.mark.parametrize(
    "body",
    [
        f"if data.len() > 4096 {{ {PAR} }} else {{ {SEQ} }}",
        f"if data.len() < LEAST {{ return {SEQ}; }} {PAR}",
        f"let n = data.len(); if n >= least() {{ {PAR} }} else {{ {SEQ} }}",
        f"let wide = data.len() > 4096; if wide {{ {PAR} }} else {{ {SEQ} }}",
        f"if worth_it(data) {{ {PAR} }} else {{ {SEQ} }}",
        f"if rayon::current_num_threads() > 1 {{ {PAR} }} else {{ {SEQ} }}",
        f"match data.len() > 4096 {{ true => {PAR}, false => {SEQ} }}",
        "data.par_iter().with_min_len(1024).map(|x| x * factor).sum()",
        "data.par_chunks(1024).map(|w| w[0] * factor).sum()",
        "data.par_chunks(CHUNK).map(|w| w[0] * factor).sum()",
        "data.par_iter().map(|x| { let mut y = *x; for _ in 0..99 { y *= factor; } y }).sum()",
        "let mut own = data.to_vec(); own.par_sort_unstable_by(f64::total_cmp); own[0]",
        "things().into_par_iter().map(|x| x as f64).sum()",
        "data.iter().map(|x| x * factor).sum()",
    ],
)
def test_a_section_that_is_decided_about_or_not_judged_is_silent(body: str) -> None:
    before = """
const LEAST: usize = 4096;
const CHUNK: usize = 4096;

fn least() -> usize { 4096 }

fn worth_it(data: &[f64]) -> bool { data.len() > 4096 }
"""
    assert findings(body, before) == []


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("inner(data, factor)", 1),
        (f"if data.len() > 4096 {{ inner(data, factor) }} else {{ {SEQ} }}", 0),
        (f"if data.len() < 4096 {{ return {SEQ}; }} inner(data, factor)", 0),
        ("outer(data, factor)", 1),
    ],
)
def test_the_size_may_be_looked_at_by_the_caller(call: str, expected: int) -> None:
    before = f"""
fn inner(data: &[f64], factor: f64) -> f64 {{ {PAR} }}

fn outer(data: &[f64], factor: f64) -> f64 {{ inner(data, factor) }}
"""
    found = findings(call, before)
    assert [one.item for one in found] == ["inner"] * expected


def test_a_section_that_one_of_two_callers_leaves_open_is_reported_once() -> None:
    core = f"""
fn inner(data: &[f64], factor: f64) -> f64 {{ {PAR} }}

pub fn scaled(data: &[f64], factor: f64) -> f64 {{
    if data.len() > 4096 {{ inner(data, factor) }} else {{ {SEQ} }}
}}
"""
    other = BINDING.replace("scaled_py", "other_py").replace('"scaled"', '"other"')
    other = other.replace("scaled(slice", "inner(slice")
    assert len(audited(core, BINDING + other, "scaled_py", "other_py")) == 1


@pytest.mark.parametrize(
    "core",
    [
        "fn cells(row: &[f64]) -> f64 { row.par_iter().sum() }\n"
        "fn total(t: &[Vec<f64>]) -> f64 { t.par_iter().map(|row| cells(row)).sum() }",
        "fn total(t: &[Vec<f64>]) -> f64 { t.par_iter().map(|r| r.par_iter().sum::<f64>()).sum() }",
        "fn total(t: &[Vec<f64>]) -> f64 { t.par_iter().zip(t.par_iter())"
        ".map(|(a, b)| a.par_iter().zip(b.par_iter()).map(|(x, y)| x * y).sum::<f64>()).sum() }",
    ],
)
def test_sections_inside_sections_are_certain(core: str) -> None:
    binding = """
#[pyfunction]
fn total_of(py: Python<'_>, table: Vec<Vec<f64>>) -> f64 {
    py.allow_threads(|| total(&table))
}
"""
    nested = [one for one in audited(core, binding, "total_of") if "inside" in one.message]
    assert [one.confidence for one in nested] == [Confidence.CERTAIN]


WORKERS = "workers().install"
BUILT = "rayon::ThreadPoolBuilder::new().num_threads(2).build()"


@pytest.mark.parametrize(
    "body",
    [
        f"let pool = {BUILT}.unwrap(); pool.install(|| {SEQ})",
        f'{BUILT}.expect("threads").install(|| {SEQ})',
        f"match {BUILT} {{ Ok(pool) => pool.install(|| {SEQ}), Err(_) => 0.0 }}",
        f"if let Ok(pool) = {BUILT} {{ pool.install(|| {SEQ}) }} else {{ 0.0 }}",
        "let mut builder = rayon::ThreadPoolBuilder::new(); "
        f"let pool = builder.build().unwrap(); pool.scope(|_| {SEQ})",
        f"let rt = tokio::runtime::Runtime::new().unwrap(); rt.block_on(async {{ {SEQ} }})",
        "let rt = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap(); "
        f"rt.block_on(async {{ {SEQ} }})",
    ],
)
def test_a_pool_for_one_call_is_reported(body: str) -> None:
    (finding,) = findings(body)
    assert "threads that only this call uses" in finding.message
    assert finding.confidence is Confidence.CERTAIN


@pytest.mark.parametrize(
    "body",
    [
        f"POOL.get_or_init(|| {BUILT}.unwrap()).install(|| {SEQ})",
        f"let pool = {BUILT}.unwrap(); keep(pool); {SEQ}",
        f"let pool = std::sync::Arc::new({BUILT}.unwrap()); pool.install(|| {SEQ})",
        f"rayon::ThreadPoolBuilder::new().build_global().ok(); {SEQ}",
        "let rt = tokio::runtime::Builder::new_current_thread().build().unwrap(); "
        f"rt.block_on(async {{ {SEQ} }})",
        "std::thread::spawn(|| { let rt = tokio::runtime::Runtime::new().unwrap(); "
        f"rt.block_on(serve()) }}); {SEQ}",
    ],
)
def test_a_pool_that_is_kept_is_silent(body: str) -> None:
    before = "static POOL: std::sync::OnceLock<rayon::ThreadPool> = std::sync::OnceLock::new();"
    assert findings(body, before) == []


@pytest.mark.parametrize(
    ("returns", "body", "used", "reported"),
    [
        ("rayon::ThreadPool", f"{BUILT}.unwrap()", "workers().install", 1),
        (
            "PyResult<rayon::ThreadPool>",
            f"match {BUILT} {{ Ok(pool) => Ok(pool), Err(_) => Err(refused()) }}",
            "workers().unwrap().install",
            1,
        ),
        ("rayon::ThreadPool", f"{BUILT}.unwrap()", "POOL.get_or_init(|| workers()).install", 0),
        ("&'static rayon::ThreadPool", f"POOL.get_or_init(|| {BUILT}.unwrap())", WORKERS, 0),
        ("std::sync::Arc<rayon::ThreadPool>", f"std::sync::Arc::new({BUILT}.unwrap())", WORKERS, 0),
    ],
)
def test_a_pool_that_a_helper_builds_for_its_caller(
    returns: str, body: str, used: str, reported: int
) -> None:
    before = "static POOL: std::sync::OnceLock<rayon::ThreadPool> = std::sync::OnceLock::new();"
    helper = f"fn workers() -> {returns} {{ {body} }}"
    found = findings(f"{used}(|| {SEQ})", f"{before}\n{helper}")
    assert len(found) == reported


def test_the_rows_of_a_parameter_grid_are_silent() -> None:
    into = INTO.replace(
        "for (row, p) in out.chunks_mut(data.len()).zip(&combos) {",
        "let rows: Vec<Vec<f64>> = vec![vec![0.0; data.len()]; combos.len()];\n"
        "    let _ = rows.par_iter().map(|row| row.len()).sum::<usize>();\n"
        "    for (row, p) in out.chunks_mut(data.len()).zip(&combos) {",
    )
    code = f"{USES}use rayon::prelude::*;\n{CORE}{GRID}{into}{SINGLE}{BATCH_INTO}"
    code += module("gain_py", "gain_batch_py")
    assert "par_iter" in code
    assert audit_source(code, [ParallelWithoutThreshold()]).findings == ()


def test_the_core_of_a_single_call_is_looked_at() -> None:
    body = "data.par_iter().map(|x| x * 2.0).collect()"
    plain = f"pub fn doubled(data: &[f64]) -> Vec<f64> {{ {body} }}"
    binding = """
#[pyfunction(name = "doubled")]
fn doubled_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    Ok(py.allow_threads(|| doubled(slice)).into_pyarray(py))
}
"""
    code = f"{USES}use rayon::prelude::*;\n{plain}\n{binding}{module('doubled_py')}"
    assert [one.item for one in audit_source(code, [ParallelWithoutThreshold()]).findings] == [
        "doubled"
    ]
