"""BC206: on which paths a callee fills warm-up cells, and which fills of a binding are spare."""

from __future__ import annotations

import pytest

from bindcheck.analysis.costs.nan_writes import nan_writers
from bindcheck.findings import Confidence, Finding
from bindcheck.model import ItemRef
from bindcheck.rules.bc206_redundant_nan_fill import RedundantNanFill
from bindcheck.rules.example_crates import binding_crate
from bindcheck.testing import audit_source, program_from

FILLING = """
pub fn lagged_into(data: &[f64], lag: usize, out: &mut [f64]) {
    out[..lag].fill(f64::NAN);
    for i in lag..data.len() {
        out[i] = data[i] - data[i - lag];
    }
}
"""


def writes(body: str, before: str = "") -> bool:
    code = (
        f"{before}\npub fn target(data: &[f64], lag: usize, out: &mut [f64]) "
        f"-> Result<(), String> {{\n{body}\n}}\n"
    )
    program = program_from({"src/lib.rs": code})
    functions = program.modules["src/lib.rs"].functions
    index = next(i for i, one in enumerate(functions) if one.name == "target")
    return nan_writers(program).writes(ItemRef("src/lib.rs", index), 2)


HELPERS = """
fn fill(cells: &mut [f64], count: usize) {
    for cell in &mut cells[..count] {
        *cell = f64::NAN;
    }
}

fn fill_if_short(cells: &mut [f64], count: usize) {
    if count < 10 {
        cells[..count].fill(f64::NAN);
    }
}

fn prefixes(buf: &mut [std::mem::MaybeUninit<f64>], cols: usize, warm: &[usize]) {
    buf.chunks_exact_mut(cols).zip(warm).for_each(|(row, &w)| {
        for cell in &mut row[..w] {
            cell.write(f64::from_bits(0x7ff8_0000_0000_0000));
        }
    });
}
"""


@pytest.mark.parametrize(
    "body",
    [
        "out[..lag].fill(f64::NAN); Ok(())",
        "for i in 0..lag { out[i] = f64::NAN; } Ok(())",
        "for cell in &mut out[..lag] { *cell = f64::NAN; } Ok(())",
        "for cell in out.iter_mut().take(lag) { *cell = f64::NAN; } Ok(())",
        "let qnan = f64::from_bits(0x7ff8_0000_0000_0000); out[..lag].fill(qnan); Ok(())",
        "unsafe { for i in 0..lag { *out.get_unchecked_mut(i) = f64::NAN; } } Ok(())",
        "let p = out.as_mut_ptr(); for i in 0..lag { unsafe { p.add(i).write(f64::NAN) }; } Ok(())",
        "let p = out.as_mut_ptr(); for i in 0..lag { ptr::write(p.add(i), f64::NAN) } Ok(())",
        "fill(out, lag); Ok(())",
        "if data.len() < lag { return Err(String::new()); } fill(out, lag); Ok(())",
        "if data.is_empty() { return Ok(()); } fill(out, lag); Ok(())",
        "if lag > 3 { fill(out, lag); } else { out[..3].fill(f64::NAN); } Ok(())",
        "if lag > 3 { fill(out, lag); return Ok(()); } fill(out, lag); Ok(())",
        "match lag { 0 => return Err(String::new()), _ => fill(out, lag) } Ok(())",
        "for row in out.chunks_mut(data.len()) { row[..lag].fill(f64::NAN); } Ok(())",
        "let one = |row: &mut [f64]| { row[..lag].fill(f64::NAN); }; "
        "for row in out.chunks_mut(data.len()) { one(row); } Ok(())",
        "out.par_chunks_mut(9).for_each(|row| row[..lag].fill(f64::NAN)); Ok(())",
        "let (a, b) = out.split_at_mut(lag); a.fill(f64::NAN); b.fill(0.0); Ok(())",
        "let mu = unsafe { std::slice::from_raw_parts_mut(out.as_mut_ptr() as *mut _, 9) }; "
        "prefixes(mu, 3, &[lag]); Ok(())",
        "fn inner(x: f64) -> f64 { x } fill(out, lag); inner(1.0); Ok(())",
    ],
)
def test_a_callee_that_fills_on_all_its_paths(body: str) -> None:
    assert writes(body, HELPERS)


@pytest.mark.parametrize(
    "body",
    [
        "Ok(())",
        "out[..lag].fill(0.0); Ok(())",
        "let mut last = f64::NAN; for (cell, x) in out.iter_mut().zip(data) "
        "{ last += x; *cell = last; } Ok(())",
        "let mut own = vec![0.0; lag]; own.fill(f64::NAN); Ok(())",
        "if lag > 3 { fill(out, lag); } Ok(())",
        "if lag > 3 { return Ok(()); } fill(out, lag); Ok(())",
        "fill_if_short(out, lag); Ok(())",
        "match lag { 0 => {}, _ => fill(out, lag) } Ok(())",
        "let _unused = |row: &mut [f64]| row.fill(f64::NAN); Ok(())",
        "for i in lag..9 { if data[i] > 0.0 { out[i] = 1.0 } else { out[i] = f64::NAN } } Ok(())",
        "for i in lag..data.len() { out[i] = f64::NAN; } Ok(())",
        "let n = out.len(); for i in lag..n { out[i] = f64::NAN; } Ok(())",
        "out[lag..].fill(f64::NAN); Ok(())",
        "out[0] = f64::NAN; Ok(())",
        "out[lag] = f64::NAN; Ok(())",
        "for row in out.chunks_mut(9) { row[0] = f64::NAN; } Ok(())",
        "target(data, lag, out)",
        "#[cfg(test)] fill(out, lag); Ok(())",
    ],
)
def test_a_callee_that_may_leave_cells_alone(body: str) -> None:
    assert not writes(body, HELPERS)


def findings(body: str, core: str = FILLING) -> list[Finding]:
    code = (
        "#[pyfunction]\nfn lagged_py<'py>(py: Python<'py>, data: PyReadonlyArray1<'py, f64>, "
        "lag: usize) -> PyResult<Bound<'py, PyArray1<f64>>> {\n"
        "    let slice = data.as_slice()?;\n    let n = slice.len();\n"
        "    let out = PyArray1::<f64>::zeros(py, [n], false);\n"
        f"    let target = unsafe {{ out.as_slice_mut()? }};\n{body}\n    Ok(out)\n}}"
    )
    report = audit_source(binding_crate(code, "lagged_py", core=core), [RedundantNanFill()])
    assert not report.skipped
    return list(report.findings)


CALL = "py.allow_threads(|| lagged_into(slice, lag, target));"


@pytest.mark.parametrize(
    "fill",
    [
        "target[..lag].fill(f64::NAN);",
        "for i in 0..lag { target[i] = f64::NAN; }",
        "for cell in &mut target[..lag] { *cell = f64::NAN; }",
        "if lag > 0 { target[..lag].fill(f64::NAN); }",
    ],
)
def test_a_prefix_filled_before_the_callee_is_reported(fill: str) -> None:
    (finding,) = findings(f"{fill} {CALL}")
    assert finding.message == "`lagged_into` fills the warm-up cells again"
    assert finding.confidence is Confidence.LIKELY
    assert finding.cost == "8 bytes written per warm-up cell"


@pytest.mark.parametrize(
    "body",
    [
        CALL,
        f"target.fill(f64::NAN); {CALL}",
        f"for i in 0..n {{ target[i] = f64::NAN; }} {CALL}",
        f"target[..lag].fill(0.0); {CALL}",
        f"{CALL} target[..lag].fill(f64::NAN);",
        "target[..lag].fill(f64::NAN); "
        "py.allow_threads(|| lagged_into(&slice[lag..], lag, &mut target[lag..]));",
        "if lag > 5 { lagged_into(slice, lag, target); } else { lagged_into(slice, 5, target); }",
    ],
)
def test_other_fills_are_silent(body: str) -> None:
    assert findings(body) == []


def test_a_callee_that_fills_only_sometimes_leaves_the_binding_its_fill() -> None:
    core = FILLING.replace(
        "out[..lag].fill(f64::NAN);", "if lag > 9 { out[..lag].fill(f64::NAN); }"
    )
    assert findings(f"target[..lag].fill(f64::NAN); {CALL}", core) == []


def test_one_finding_for_each_array() -> None:
    body = f"for i in 0..lag {{ target[i] = f64::NAN; }} target[..lag].fill(f64::NAN); {CALL}"
    assert len(findings(body)) == 1
