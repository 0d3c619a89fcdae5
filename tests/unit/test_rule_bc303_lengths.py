"""BC303: arrays of unequal length, on their way into cores and helpers."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

BINDING = """
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

#[pyfunction]
fn spread<'py>(
    py: Python<'py>,
    high: PyReadonlyArray1<'py, f64>,
    low: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let h = high.as_slice()?;
    let l = low.as_slice()?;
    CHECK
    let values = py
        .allow_threads(|| CALL)
        .map_err(|e: String| PyValueError::new_err(e))?;
    Ok(values.into_pyarray(py))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(spread, m)?)?;
    Ok(())
}
"""
INPUT = """
pub enum SpreadData<'a> {
    Candles { candles: &'a Candles },
    Slices { high: &'a [f64], low: &'a [f64] },
    Pair(&'a [f64], &'a [f64]),
}

pub struct SpreadInput<'a> {
    pub data: SpreadData<'a>,
    pub weights: Option<&'a [f64]>,
}

impl<'a> SpreadInput<'a> {
    pub fn from_slices(high: &'a [f64], low: &'a [f64]) -> Self {
        Self { data: SpreadData::Slices { high, low }, weights: None }
    }
}

pub struct Candles {
    pub high: Vec<f64>,
    pub low: Vec<f64>,
}

pub fn spread_of(input: &SpreadInput) -> Result<Vec<f64>, String> {
    let (high, low) = match &input.data {
        SpreadData::Candles { candles } => {
            if candles.high.len() != candles.low.len() {
                return Err("lengths".into());
            }
            (candles.high.as_slice(), candles.low.as_slice())
        }
        SpreadData::Slices { high, low } => (*high, *low),
        SpreadData::Pair(high, low) => (*high, *low),
    };
    BODY
}
"""


def messages(core: str, call: str = "spread_of(h, l)", check: str = "") -> list[str]:
    code = BINDING.replace("CHECK", check).replace("CALL", call) + core
    found = audit_source(code, [PanicPath()]).findings
    return [one.message for one in found if one.confidence is not Confidence.SUSPECT]


def plain(body: str) -> str:
    return f"""
pub fn spread_of(high: &[f64], low: &[f64]) -> Result<Vec<f64>, String> {{
    let n = high.len();
    let mut out = vec![f64::NAN; n];
    {body}
    Ok(out)
}}

fn same(one: &[f64], other: &[f64]) -> Result<usize, String> {{
    if one.len() != other.len() {{
        return Err("lengths".into());
    }}
    Ok(one.len())
}}

fn fill(high: &[f64], low: &[f64], out: &mut [f64]) {{
    for i in 0..high.len() {{
        out[i] = high[i] - low[i];
    }}
}}
"""


LOOP = "for i in 0..n { out[i] = high[i] - low[i]; }"
INDEX = (
    "this call panics for inputs of unequal length: in `spread_of` an index into `low` goes as far"
    " as another input, and nobody compares them"
)

ASSERTED = (
    "this call panics for inputs of unequal length: in `spread_of` `assert_eq!` asks for equal"
    " ones, and nobody compares them"
)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (LOOP, INDEX),
        (f"debug_assert_eq!(low.len(), n); {LOOP}", INDEX),
        (f"assert_eq!(low.len(), n); {LOOP}", ASSERTED),
        (f"assert!(n == low.len()); {LOOP}", ASSERTED.replace("_eq", "")),
        ("let mut i = 0; while i < n { out[i] = high[i] - low[i]; i += 1; }", INDEX),
        (f'if high.is_empty() || low.is_empty() {{ return Err("empty".into()); }} {LOOP}', INDEX),
        (
            "let low = &low[..n]; out.copy_from_slice(low);",
            INDEX.replace("an index into", "a slice of"),
        ),
        ("fill(high, low, &mut out);", INDEX.replace("spread_of", "fill")),
        ("let one = |i: usize| high[i] - low[i]; (0..n).for_each(|i| out[i] = one(i));", INDEX),
        (
            "let first = (0..n).find(|&i| !low[i].is_nan()); out[0] = first.unwrap_or(0) as f64;",
            INDEX,
        ),
    ],
)
def test_a_core_goes_as_far_in_one_input_as_in_another(body: str, said: str) -> None:
    assert messages(plain(body)) == [said]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "for i in 0..n { out[i] = unsafe { *low.get_unchecked(i) } - high[i]; }",
            "in `spread_of` `get_unchecked` of `low` goes",
        ),
        (
            "let at = low.as_ptr(); for i in 0..n { out[i] = unsafe { *at.add(i) } - high[i]; }",
            "in `spread_of` `add` of `at` goes",
        ),
    ],
)
def test_what_is_read_unchecked_lies_behind_the_shorter_input(body: str, said: str) -> None:
    (message,) = messages(plain(body))
    assert message.startswith("for inputs of unequal length this call reads what lies behind")
    assert said in message
    guard = 'if low.len() < n { return Err("lengths".into()); } '
    assert messages(plain(guard + body)) == []
    assert messages(plain(body.replace("0..n", "0..n.min(low.len())"))) == []


@pytest.mark.parametrize(
    "body",
    [
        f'if low.len() != n {{ return Err("lengths".into()); }} {LOOP}',
        f"same(high, low)?; {LOOP}",
        f'if [high, low].iter().any(|one| one.len() != n) {{ return Err("l".into()); }} {LOOP}',
        f'if [low.len(), n].iter().any(|&one| one != n) {{ return Err("l".into()); }} {LOOP}',
        "for i in 0..n.min(low.len()) { out[i] = high[i] - low[i]; }",
        "let m = n.min(low.len()); let (high, low) = (&high[..m], &low[..m]);"
        " for i in 0..high.len() { out[i] = high[i] - low[i]; }",
        "for (i, (h, l)) in high.iter().zip(low.iter()).enumerate() { out[i] = h - l + low[i]; }",
        "for i in 0..n { if i < low.len() { out[i] = high[i] - low[i]; } }",
        "for i in 0..n { out[i] = high[i] - low[i % low.len()]; }",
        "for i in 0..n { out[i] = high[i] - low.get(i).copied().unwrap_or(0.0); }",
        "for i in 0..n { out[i] = high[i]; } for l in low { out[0] += l; }",
    ],
)
def test_silent_where_lengths_are_compared_or_do_not_matter(body: str) -> None:
    assert messages(plain(body)) == []


def test_silent_where_the_binding_compares() -> None:
    check = 'if h.len() != l.len() { return Err(PyValueError::new_err("lengths")); }'
    assert messages(plain(LOOP), check=check) == []
    cut = "let n = h.len().min(l.len()); let (h, l) = (&h[..n], &l[..n]);"
    assert messages(plain(LOOP), check=cut) == []
    assert messages(plain(LOOP), check="let (h, l) = (&h[1..], &l[1..]);")
    assert messages(plain(LOOP), check='if h.is_empty() { return Err(PyValueError::new_err("")); }')


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("spread_of(&SpreadInput::from_slices(h, l))", True),
        ("spread_of(&SpreadInput { data: SpreadData::Pair(h, l), weights: None })", True),
    ],
)
def test_inputs_are_followed_through_structs_and_variants(call: str, found: bool) -> None:
    loop = "let mut out = vec![0.0; high.len()];\n    LOOP\n    Ok(out)".replace("LOOP", LOOP)
    body = loop.replace("0..n", "0..high.len()")
    assert bool(messages(INPUT.replace("BODY", body), call)) is found
    guard = 'if low.len() != high.len() { return Err("lengths".into()); }\n    '
    assert messages(INPUT.replace("BODY", guard + body), call) == []


OPTIONAL = BINDING.replace(
    "low: PyReadonlyArray1<'py, f64>", "low: Option<PyReadonlyArray1<'py, f64>>"
)


@pytest.mark.parametrize(
    ("guard", "found"),
    [
        ("", True),
        ('if low.map_or(false, |one| one.len() != high.len()) { return Err("l".into()); }', False),
        (
            'if let Some(one) = low { if one.len() != high.len() { return Err("l".into()); } }',
            False,
        ),
    ],
)
def test_an_optional_input_may_be_shorter(guard: str, found: bool) -> None:
    core = f"""
pub fn spread_of(high: &[f64], low: Option<&[f64]>) -> Result<Vec<f64>, String> {{
    {guard}
    let mut out = vec![0.0; high.len()];
    match (low, out.is_empty()) {{
        (Some(low), false) => {{
            for i in 0..high.len() {{
                out[i] = high[i] - low[i];
            }}
        }}
        _ => out.fill(f64::NAN),
    }}
    Ok(out)
}}
"""
    given = "low.as_ref().map(|one| one.as_slice()).transpose()?"
    code = OPTIONAL.replace("low.as_slice()?", given).replace("CHECK", "")
    report = audit_source(code.replace("CALL", "spread_of(h, l)") + core, [PanicPath()])
    assert bool(report.findings) is found


INSIDE = """\
fn widened(one: &[f64], other: &[f64], out: &mut [f64]) {
        for i in 0..one.len() {
            out[i] = one[i] - other[i];
        }
    }
    CHECK
    widened(high, low, &mut out);"""


def test_arrays_are_followed_into_functions_inside_of_others() -> None:
    assert len(messages(plain(INSIDE.replace("CHECK", "")))) == 1
    checked = 'if high.len() != low.len() { return Err("lengths".into()); }'
    assert messages(plain(INSIDE.replace("CHECK", checked))) == []


ATTACHED = """
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

#[pyfunction]
fn spread<'py>(
    py: Python<'py>,
    high: PyReadonlyArray1<'py, f64>,
    low: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    Ok(CALL.into_pyarray(py))
}

fn spread_of<T: Copy + std::ops::Sub<Output = T>>(high: &[T], low: &[T]) -> Vec<T> {
    let pairs = pairs_of(high, low);
    pairs.into_iter().map(|(h, l)| h - l).collect()
}

fn pairs_of<T: Copy>(high: &[T], low: &[T]) -> Vec<(T, T)> {
    let mut pairs = Vec::with_capacity(high.len());
    for i in 0..high.len() {
        pairs.push((high[i], low[i]));
    }
    pairs
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(spread, m)?)?;
    Ok(())
}
"""


@pytest.mark.parametrize("call", ["spread_of", "pairs_of"])
def test_what_one_call_leads_to_is_told_at_that_call_alone(call: str) -> None:
    """A helper between the binding and the index is no other cause."""
    code = ATTACHED.replace("CALL", f"{call}(high.as_slice()?, low.as_slice()?)")
    found = audit_source(code, [PanicPath()]).findings
    (only,) = [one for one in found if "unequal length" in one.message]
    assert f" Ok({call}(" in code.splitlines()[only.location.line - 1]
    assert "`pairs_of`" in only.message


@pytest.mark.parametrize(
    ("guard", "found"),
    [
        ("", True),
        ("if l.is_some_and(|one| one.len() != h.len()) { RAISE }", False),
        ("if l.is_none_or(|one| one.len() == h.len()) {} else { RAISE }", False),
        ("if let Some(one) = l { if one.len() != h.len() { RAISE } }", False),
        ("if let Some(one) = l { if one.is_empty() { RAISE } }", True),
        ("if let Some(one) = other { if one.len() != h.len() { RAISE } }", True),
        ("if other.is_some_and(|one| one.len() != h.len()) { RAISE }", True),
    ],
)
def test_what_a_binding_compares_of_an_optional_input(guard: str, found: bool) -> None:
    core = """
pub fn spread_of(high: &[f64], low: Option<&[f64]>) -> Result<Vec<f64>, String> {
    let mut out = vec![0.0; high.len()];
    for i in 0..high.len() {
        out[i] = high[i] - low.map_or(0.0, |one| one[i]);
    }
    Ok(out)
}
"""
    raised = 'return Err(PyValueError::new_err("lengths"));'
    code = OPTIONAL.replace(
        "low.as_slice()?",
        "low.as_ref().map(|one| one.as_slice()).transpose()?;\n"
        "    let other = more.as_ref().map(|one| one.as_slice()).transpose()?",
    )
    more = "more: Option<PyReadonlyArray1<'py, f64>>"
    code = code.replace("high: PyRead", f"{more},\n    high: PyRead")
    code = code.replace("CHECK", guard.replace("RAISE", raised))
    report = audit_source(code.replace("CALL", "spread_of(h, l)") + core, [PanicPath()])
    assert bool(report.findings) is found
