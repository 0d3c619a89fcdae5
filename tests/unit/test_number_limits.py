"""What checks leave open of a number: BC302 for sums and checks that wrap, BC303 for floors."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.rules.bc302_unchecked_size import UncheckedSize
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

HEAD = """
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

const MOST: usize = 4096;
const BUMP: f64 = 0.01;
const LEAST: f64 = 0.005;

fn refused(text: &str) -> PyErr {
    PyValueError::new_err(text.to_string())
}
"""


def sizes(code: str) -> list[Finding]:
    return list(audit_source(HEAD + code, [UncheckedSize()]).findings)


def panics(code: str) -> list[Finding]:
    return list(audit_source(HEAD + code, [PanicPath()]).findings)


# --- sums that are lengths ------------------------------------------------------------------------


def tree(check: str, length: str = "steps + 1", kind: str = "usize") -> str:
    return f"""
fn walked(start: f64, steps: usize) -> f64 {{
    let mut values = vec![start; {length}];
    values[0] = 2.0 * start;
    values[0]
}}

#[pyfunction]
fn walk(start: f64, steps: {kind}) -> PyResult<f64> {{
    {check}
    Ok(walked(start, steps))
}}
"""


@pytest.mark.parametrize(
    ("check", "kind"),
    [
        ("", "usize"),
        ('if steps == 0 { return Err(refused("steps")); }', "usize"),
        ('if steps < 2 { return Err(refused("steps")); }', "u64"),
        ("let steps = steps.max(2);", "usize"),
        ("let steps = steps.unwrap_or(3);", "Option<usize>"),
        ('if start < 0.0 || steps == 0 { return Err(refused("steps")); }', "usize"),
    ],
)
def test_a_sum_with_a_number_that_may_be_any_is_a_size(check: str, kind: str) -> None:
    [finding] = sizes(tree(check, kind=kind))
    assert finding.message == "this sum is the size of `vec!` and may overflow"
    assert (finding.confidence, finding.severity) == (Confidence.LIKELY, Severity.ERROR)
    assert "checked_add" in finding.help
    assert finding.item == "walked"


@pytest.mark.parametrize(
    "check",
    [
        'if steps > 1000 { return Err(refused("steps")); }',
        'if steps == 0 || steps > MOST { return Err(refused("steps")); }',
        'if !(1..=MOST).contains(&steps) { return Err(refused("steps")); }',
        "let steps = steps.min(MOST);",
        "let steps = steps.clamp(1, MOST);",
        "let steps = 12;",
        'steps.checked_add(1).ok_or_else(|| refused("steps"))?;',
    ],
)
def test_a_number_that_is_bounded_from_above_is_silent(check: str) -> None:
    assert not sizes(tree(check))


@pytest.mark.parametrize("kind", ["u32", "u8", "i64"])
def test_a_sum_with_a_small_number_does_not_wrap(kind: str) -> None:
    assert not sizes(tree("let steps = steps as usize;", kind=kind))


@pytest.mark.parametrize("length", ["steps", "steps.saturating_add(1)", "2 * MOST + 1"])
def test_other_lengths_are_silent(length: str) -> None:
    assert not sizes(tree("", length=length))


@pytest.mark.parametrize(
    "other",
    [
        "vec![0.0; steps]",
        "Vec::<f64>::with_capacity(steps)",
        "0; let cells = steps; let ring = vec![0.0; cells]",
    ],
)
def test_a_number_that_is_asked_for_as_well_fails_before(other: str) -> None:
    code = tree("").replace("values[0] = 2.0", f"let spare = {other};\n    values[0] = 2.0")
    assert not sizes(code)
    assert sizes(code.replace("steps + 1", "steps + steps"))


@pytest.mark.parametrize(
    ("asked", "found"), [("2 * steps + 1", False), ("steps / 2", False), ("steps % 100", True)]
)
def test_a_number_that_another_function_has_asked_for_before_fails_there(
    asked: str, found: bool
) -> None:
    spare = f"fn spare(steps: usize) -> Vec<f64> {{ let n = {asked}; vec![0.0; n] }}\n"
    code = spare + tree("").replace(
        "    let mut values", "    let own = spare(steps);\n    let mut values"
    )
    assert any(one.item == "walked" for one in sizes(code)) is found


def test_a_product_comes_before_a_sum_and_stands_where_it_is_multiplied() -> None:
    code = """
fn squared(size: usize) -> Vec<f64> {
    vec![0.0; size * size]
}

#[pyfunction]
fn fit(order: usize) -> f64 {
    let size = order + 1;
    let powers = vec![0.0; 2 * order + 1];
    let matrix = vec![0.0; size * size];
    powers[0] + matrix[0] + squared(order)[0]
}
"""
    found = {one.item: one for one in sizes(code)}
    assert set(found) == {"fit", "squared"}
    lines = (HEAD + code).splitlines()
    for one in found.values():
        assert one.confidence is Confidence.CERTAIN
        assert "size * size" in lines[one.location.line - 1]


def test_room_that_grows_is_silent() -> None:
    assert not sizes(
        """
#[pyfunction]
fn walk(steps: usize) -> usize {
    let values: Vec<f64> = Vec::with_capacity(steps + 1);
    values.len()
}
"""
    )


# --- checks that wrap -----------------------------------------------------------------------------

POOL = """
#[pyclass]
pub struct Pool {
    capacity: usize,
    used: Arc<Mutex<usize>>,
}

impl Pool {
    fn taken(&self, size: usize) -> Option<Vec<u8>> {
        let used = self.used.lock().ok()?;
        if CHECK {
            return None;
        }
        Some(vec![0u8; size])
    }
}

#[pymethods]
impl Pool {
    #[new]
    fn new(capacity: usize) -> Self {
        Self { capacity, used: Arc::new(Mutex::new(0)) }
    }

    fn take(&self, size: usize) -> Option<Vec<u8>> {
        self.taken(size)
    }
}
"""


def test_a_check_by_a_sum_that_wraps_lets_a_size_pass() -> None:
    [finding] = sizes(POOL.replace("CHECK", "*used + size > self.capacity"))
    said = "this sum may overflow, and so lets a size of `vec!` pass that is too large"
    assert (finding.message, finding.confidence) == (said, Confidence.LIKELY)
    assert finding.item == "Pool::taken"


@pytest.mark.parametrize(
    "check",
    [
        "size > self.capacity",
        "size > self.capacity || *used + size > self.capacity",
        "size > self.capacity - *used",
        "used.checked_add(size).is_none_or(|all| all > self.capacity)",
        "used.saturating_add(size) > self.capacity",
    ],
)
def test_a_check_that_does_not_wrap_is_silent(check: str) -> None:
    assert not sizes(POOL.replace("CHECK", check))


def table(check: str) -> str:
    return f"""
fn shaped(data: &[f64], rows: usize, cols: usize) -> PyResult<Vec<Vec<f64>>> {{
    if rows == 0 || cols == 0 {{
        return Err(refused("empty"));
    }}
    {check}
    Ok(vec![vec![0.0; cols]; rows])
}}

#[pyfunction]
fn table(data: Vec<f64>, rows: usize, cols: usize) -> PyResult<Vec<Vec<f64>>> {{
    shaped(&data, rows, cols)
}}
"""


def test_a_check_by_a_product_that_wraps_lets_a_size_pass() -> None:
    [finding] = sizes(table('if rows * cols != data.len() { return Err(refused("shape")); }'))
    said = "this product may overflow, and so lets a size of `vec!` pass that is too large"
    assert (finding.message, finding.item) == (said, "shaped")


@pytest.mark.parametrize(
    "check",
    [
        'if rows.checked_mul(cols) != Some(data.len()) { return Err(refused("shape")); }',
        'if rows > data.len() || cols != data.len() / rows { return Err(refused("shape")); }',
    ],
)
def test_a_check_by_a_product_that_fits_is_silent(check: str) -> None:
    assert not sizes(table(check))


def window(check: str) -> str:
    return f"""
#[pyfunction]
fn window(data: Vec<f64>, start: usize, count: usize) -> PyResult<Vec<f64>> {{
    {check}
    Ok(data[start..start + count].to_vec())
}}
"""


def test_a_slice_behind_a_check_that_wraps_panics() -> None:
    [finding] = panics(window('if start + count > data.len() { return Err(refused("range")); }'))
    assert "the sum or product that was compared before may wrap" in finding.message
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    "check",
    [
        'if start > data.len() || count > data.len() - start { return Err(refused("range")); }',
        'if start.saturating_add(count) > data.len() { return Err(refused("range")); }',
    ],
)
def test_a_slice_behind_a_check_that_fits_is_silent(check: str) -> None:
    assert not panics(window(check))


# --- floors ---------------------------------------------------------------------------------------

PRICED = """
fn checked(spot: f64, vol: f64) -> PyResult<()> {
    if vol.is_nan() || !vol.is_finite() {
        return Err(refused("vol"));
    }
    if spot <= 0.0 {
        return Err(refused("spot"));
    }
    CHECK
    Ok(())
}

fn price(spot: f64, vol: f64) -> f64 {
    if spot <= 0.0 || vol < 0.0 {
        panic!("out of range");
    }
    spot * vol
}

fn slope(spot: f64, vol: f64) -> f64 {
    let step = BUMP;
    price(spot, vol + step) - price(spot, vol - step)
}

#[pyfunction]
fn told(spot: f64, vol: f64) -> PyResult<f64> {
    checked(spot, vol)?;
    Ok(price(spot, vol) + slope(spot, vol))
}
"""


@pytest.mark.parametrize(
    "check",
    [
        'if !(LEAST..=10.0).contains(&vol) { return Err(refused("vol")); }',
        'if vol <= 0.0 { return Err(refused("vol")); }',
        'if vol < 0.0 { return Err(refused("vol")); } if vol < LEAST { return Err(refused("")); }',
    ],
)
def test_a_check_that_lets_pass_what_is_then_lowered_too_far(check: str) -> None:
    [finding] = panics(PRICED.replace("CHECK", check))
    assert finding.message == "`slope` panics: where `spot <= 0.0 || vol < 0.0`"
    assert "less than this value is looked at" in finding.help


@pytest.mark.parametrize(
    "check",
    [
        'if !(0.02..=10.0).contains(&vol) { return Err(refused("vol")); }',
        'if vol < BUMP { return Err(refused("vol")); }',
        'if vol <= 0.0 || vol < 0.01 { return Err(refused("vol")); }',
        # What is compared with something else is settled in a way that is not followed.
        'if vol < 0.1 * spot { return Err(refused("vol")); }',
    ],
)
def test_a_check_that_leaves_room_is_silent(check: str) -> None:
    assert not panics(PRICED.replace("CHECK", check))


def test_a_step_that_goes_with_the_value_is_silent() -> None:
    check = 'if vol <= 0.0 { return Err(refused("vol")); }'
    code = PRICED.replace("CHECK", check).replace("let step = BUMP;", "let step = BUMP * vol;")
    assert not panics(code)


FOUND = PRICED.replace(
    "    Ok(price(spot, vol) + slope(spot, vol))\n",
    """\
    if vol < 0.02 {
        return Err(refused("vol"));
    }
    let mut tried = 0.2;
    for _ in 0..MOST {
        let given = price(spot, tried) / slope(spot, tried);
        tried -= given - target;
        NEXT
    }
    Ok(tried)
""",
).replace("told(spot: f64, vol: f64)", "told(spot: f64, vol: f64, target: f64)")


@pytest.mark.parametrize("raised", ["tried.clamp(LEAST, 5.0)", "tried.abs().clamp(0.001, 5.0)"])
def test_what_a_round_raises_too_little_is_lowered_too_far_by_the_next(raised: str) -> None:
    code = FOUND.replace("CHECK", "").replace("NEXT", f"tried = {raised};")
    [finding] = panics(code)
    assert finding.message == "`slope` panics: where `spot <= 0.0 || vol < 0.0`"
    assert "less than this value is looked at" in finding.help


@pytest.mark.parametrize(
    "raised", ["tried.clamp(0.02, 5.0)", "tried.clamp(BUMP, 5.0)", "0.5_f64.clamp(LEAST, 5.0)"]
)
def test_what_a_round_raises_far_enough_is_silent(raised: str) -> None:
    assert not panics(FOUND.replace("CHECK", "").replace("NEXT", f"tried = {raised};"))
