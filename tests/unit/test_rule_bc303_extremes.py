"""BC303: numbers that nobody refuses, in the functions that they come to."""

from __future__ import annotations

import pytest

from bindcheck.analysis.trials.trial import fallen
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source, program_from

BATCH = """
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

pub struct LagParams {
    pub period: Option<usize>,
}

pub struct LagRange {
    pub period: (usize, usize, usize),
}

fn expand(range: &LagRange) -> Vec<LagParams> {
    let (start, end, step) = range.period;
    if step == 0 || start == end {
        return vec![LagParams { period: Some(start) }];
    }
    (start..=end).step_by(step).map(|period| LagParams { period: Some(period) }).collect()
}

fn first_valid(data: &[f64]) -> Option<usize> {
    data.iter().position(|x| !x.is_nan())
}

fn warm_up(out: &mut [f64], cols: usize, warm: &[usize]) {
    assert!(cols != 0 && out.len() % cols == 0, "rows of equal length");
    out.chunks_exact_mut(cols).zip(warm).for_each(|(row, &count)| {
        assert!(count <= cols, "the warm-up is longer than the row");
        for cell in &mut row[..count] {
            *cell = f64::NAN;
        }
    });
}

pub fn lag_batch_into(data: &[f64], range: &LagRange, out: &mut [f64]) -> Result<usize, String> {
    let combos = expand(range);
    let cols = data.len();
    let first = first_valid(data).ok_or("no data")?;
    let longest = combos.iter().map(|c| c.period.unwrap()).max().unwrap();
    CHECK
    if cols - first < longest {
        return Err("not enough data".to_string());
    }
    BODY
    for (row, combo) in out.chunks_mut(cols).zip(&combos) {
        let period = combo.period.unwrap();
        for i in first + period..cols {
            row[i] = data[i] - data[i - period];
        }
    }
    Ok(combos.len())
}

#[pyfunction]
fn lag_batch<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let range = LagRange { period: period_range };
    let rows = expand(&range).len();
    let cells = rows
        .checked_mul(slice.len())
        .ok_or_else(|| PyValueError::new_err("the grid is too large"))?;
    let mut values = vec![0.0; cells];
    py.allow_threads(|| lag_batch_into(slice, &range, &mut values))
        .map_err(|e: String| PyValueError::new_err(e))?;
    Ok(values.into_pyarray(py))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(lag_batch, m)?)?;
    Ok(())
}
"""
WARM = (
    "let warm: Vec<usize> = combos.iter().map(|c| first + c.period.unwrap() - 1).collect();"
    " warm_up(out, cols, &warm);"
)
SAID = (
    "this call panics for a number that nobody refuses: for `period_range` = (0, 0, 0)"
    " a subtraction in `lag_batch_into` wraps, in `warm_up` `count <= cols` does not hold"
)


def findings(body: str, check: str = "") -> list[Finding]:
    code = BATCH.replace("CHECK", check).replace("BODY", body)
    return [
        one
        for one in audit_source(code, [PanicPath()]).findings
        if one.confidence is not Confidence.SUSPECT
    ]


def test_a_period_that_wraps_below_an_assertion_is_likely_a_panic() -> None:
    [found] = findings(WARM)
    assert found.message == SAID
    assert found.confidence is Confidence.LIKELY
    assert found.item == "lag_batch"


@pytest.mark.parametrize(
    ("body", "how"),
    [
        (
            "let ring = vec![0.0; longest]; let mut at = 0; let mut sum = 0.0;"
            " for &x in data { sum += x - ring[at]; at += 1; if at == longest { at = 0; } }",
            "an index is too large",
        ),
        ("for part in data.chunks(longest) { drop(part); }", "pieces of 0 are asked for"),
        ("let count = cols / longest;", "a division by 0"),
        ("let spread = longest.checked_sub(1).unwrap();", "`unwrap` finds nothing"),
        ("let tail = &data[cols - longest + 1..];", "a slice is too long"),
        ("let ring = vec![0.0; longest - 1];", "there is not as much memory"),
        ("match longest { 0 => unreachable!(), _ => {} }", "`unreachable!` is reached"),
    ],
)
def test_what_panics_for_0_is_named(body: str, how: str) -> None:
    [found] = findings(body)
    assert "`period_range` = (0, 0, 0)" in found.message
    assert found.message.endswith(f"in `lag_batch_into` {how}")


@pytest.mark.parametrize(
    "check",
    [
        'if longest == 0 { return Err("a period of 0".to_string()); }',
        'if combos.iter().any(|c| c.period.unwrap() < 1) { return Err("0".to_string()); }',
        'for c in &combos { if !(c.period.unwrap() > 0) { return Err("0".to_string()); } }',
        'let checked = |p: usize| if p == 0 { Err("0".to_string()) } else { Ok(p) };'
        " for c in &combos { checked(c.period.unwrap())?; }",
        'match longest { 0 => return Err("0".to_string()), _ => {} }',
        'longest.checked_sub(1).ok_or_else(|| "0".to_string())?;',
    ],
)
def test_a_number_that_is_refused_is_none(check: str) -> None:
    assert findings(WARM, check) == []


@pytest.mark.parametrize(
    "body",
    [
        WARM.replace("first + c.period.unwrap() - 1", "first + c.period.unwrap().max(1) - 1"),
        WARM.replace(" - 1)", ")"),
        WARM.replace("- 1)", "- 1).map(|w| w.min(cols))"),
        WARM.replace(
            "first + c.period.unwrap() - 1", "(first + c.period.unwrap()).saturating_sub(1)"
        ),
        "let at = first + longest - 1; let tail = data.get(at..);",
        # What decides is known to nobody here.
        f"if outside::asked(longest) {{ return Ok(0); }} {WARM}",
    ],
)
def test_a_number_that_does_no_harm_is_none(body: str) -> None:
    assert findings(body) == []


def test_data_that_begins_with_nan_is_tried_as_well() -> None:
    body = (
        "let base = first + longest - 1; let ring = vec![0.0; longest];"
        " if base < cols { let x = ring[0]; }"
    )
    [found] = findings(body)
    assert "(0, 0, 0) and data that begins with NaN in `lag_batch_into` an index" in found.message


def test_parts_of_a_pair_that_a_closure_leaves_out_are_passed_over() -> None:
    pairs = "combos.iter().map(|c| (c.period.unwrap(), 1)).map(|PATTERN| one).max().unwrap()"
    body = f"let ring = vec![0.0; {pairs}]; let x = ring[0];"
    [found] = findings(body.replace("PATTERN", "(one, _)"))
    assert found.message.endswith("an index is too large")
    assert findings(body.replace("PATTERN", "(_, one)")) == []


BOUNDED = "let warm = (period_range.0 - 1).min(slice.len()); values[..warm].fill(f64::NAN);"


@pytest.mark.parametrize(
    ("body", "severity", "said"),
    [
        (WARM, Severity.ERROR, "in `warm_up` `count <= cols` does not hold"),
        ("", Severity.WARNING, "this subtraction wraps, and panics in a debug build"),
    ],
)
def test_a_difference_that_is_bounded_is_told_with_the_panic_it_leads_to(
    body: str, severity: Severity, said: str
) -> None:
    made = "let mut values = vec![0.0; cells];"
    code = BATCH.replace(made, f"{made} {BOUNDED}").replace("CHECK", "").replace("BODY", body)
    [found] = audit_source(code, [PanicPath()]).findings
    assert found.severity is severity
    assert said in found.message


def shifted(body: str, check: str = "") -> list[str]:
    """What is said of an entry point with two numbers, in the order in which it is found."""
    shift = "let shift = expand(&LagRange { period: range.shift, shift: range.shift });"
    shift += " let shift = shift[0].period.unwrap();"
    code = BATCH.replace("CHECK", check).replace("BODY", f"{shift} {body}")
    ranges = "    pub period: (usize, usize, usize),\n}"
    code = code.replace(ranges, ranges[:-1] + "    pub shift: (usize, usize, usize),\n}")
    argument = "    period_range: (usize, usize, usize),\n"
    code = code.replace(argument, argument + "    shift_range: (usize, usize, usize),\n")
    code = code.replace("period: period_range }", "period: period_range, shift: shift_range }")
    return [one.message.split(": ", 1)[1] for one in audit_source(code, [PanicPath()]).findings]


def test_of_several_numbers_each_is_tried() -> None:
    check = 'if longest == 0 { return Err("0".to_string()); }'
    [found] = shifted("let ring = vec![0.0; shift]; let x = ring[0];", check)
    assert found.startswith("for `shift_range` = (0, 0, 0) in `lag_batch_into` an index is too")


HANDS = "let hand = vec![0.0; longest]; let x = hand[0]; let ring = vec![0.0; shift];"


def test_numbers_that_fall_at_different_places_are_found_each() -> None:
    first, second = shifted(f"{HANDS} let y = ring[0];")
    both = "for `period_range` = (0, 0, 0) and `shift_range` = (0, 0, 0) in"
    assert first == f"{both} `lag_batch_into` an index is too large"
    alone = "for `shift_range` = (0, 0, 0) in"
    assert second == f"{alone} `lag_batch_into` an index is too large"


@pytest.mark.parametrize(
    "rest",
    [
        "let y = ring.first();",
        'if shift == 0 { return Err("0".to_string()); } let y = ring[0];',
    ],
)
def test_a_second_number_that_does_no_harm_is_none(rest: str) -> None:
    [found] = shifted(f"{HANDS} {rest}")
    assert "`period_range` = (0, 0, 0)" in found


MANY = """
use pyo3::prelude::*;

fn first_of(count: usize) -> f64 {
    let ring = vec![0.0; count];
    ring[0]
}

#[pyfunction]
fn four(a: usize, b: usize, c: usize, d: usize) -> f64 {
    let (first, second) = (vec![0.0; a], vec![0.0; b]);
    let (third, fourth) = (vec![0.0; c], vec![0.0; d]);
    first[0] + second[0] + third[0] + fourth[0]
}

#[pyfunction]
fn twice(a: usize, b: usize) -> f64 {
    first_of(a) + first_of(b)
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(four, m)?)?;
    m.add_function(wrap_pyfunction!(twice, m)?)?;
    Ok(())
}
"""


def test_of_panics_at_many_places_three_are_told_and_of_one_place_the_first() -> None:
    program = program_from({"src/lib.rs": MANY})
    given = {
        entry.rust_name: [one.given for one in found]
        for entry in program.entries
        if (found := fallen(program, entry))
    }
    assert given == {
        "four": ["`a` = 0 and `b` = 0 and `c` = 0 and `d` = 0", "`b` = 0", "`c` = 0"],
        "twice": ["`a` = 0 and `b` = 0"],
    }


def test_a_warm_up_that_is_longer_than_what_is_checked_is_found_besides_0() -> None:
    body = WARM.replace("c.period.unwrap() - 1", "c.period.unwrap() - 1 + c.period.unwrap() / 4")
    wraps, long = findings(body)
    assert wraps.message.startswith(SAID.split(" a subtraction")[0])
    given = ": for `period_range` = (48, 48, 0) and 48 values of data in `warm_up` `count <= cols`"
    assert given in long.message
    checked = "if first + longest + longest / 4 > cols { return Err(String::new()); }"
    [alone] = findings(body, checked)
    assert alone.message == wraps.message


def test_data_that_is_too_short_for_ordinary_numbers_is_found_where_longer_data_is_not() -> None:
    check = 'if longest == 0 { return Err("0".to_string()); }'
    [found] = findings("let tail = &data[longest + 4..];", check)
    assert "for `period_range` = (5, 5, 0) and 6 values of data" in found.message
    assert findings("let tail = &data[longest + 4..]; todo!();", check) == [found]
    assert findings("let tail = &data[longest + 400..];", check) == []


def test_a_warm_up_that_is_longer_than_the_data_is_found() -> None:
    check = 'if longest < 2 { return Err("less than 2".to_string()); }'
    body = WARM.replace("first + c.period.unwrap() - 1", "first + c.period.unwrap() + 2")
    [found] = findings(body, check)
    given = ": for `period_range` = (5, 5, 0) and 6 values of data in `warm_up` `count <= cols`"
    assert given in found.message
    assert findings(body.replace("+ 2)", "- 1)"), check) == []


def test_what_ordinary_numbers_get_to_as_well_is_none() -> None:
    assert findings("todo!();") == []


RING = """\
let mut ring = vec![0.0; longest];
    let at = ring.as_mut_ptr();
    let mut sum = 0.0;
    for &x in data {
        sum += unsafe { *at.add(0) };
        unsafe { *at.add(0) = x };
    }"""


@pytest.mark.parametrize(
    "body",
    [
        RING,
        RING.replace("*at.add(0) =", "*ring.get_unchecked_mut(0) ="),
        RING.replace("*at.add(0) }", "*ring.get_unchecked(0) }"),
    ],
)
def test_memory_that_is_left_is_likely_worse_than_a_panic(body: str) -> None:
    [found] = findings(body)
    assert found.message == (
        "this call leaves the memory of an array for a number that nobody refuses:"
        " for `period_range` = (0, 0, 0) in `lag_batch_into`"
    )
    assert findings(body.replace("longest]", "longest + 1]")) == []
    room = "let mut ring: Vec<f64> = Vec::with_capacity(longest + 1);"
    assert findings(body.replace("let mut ring = vec![0.0; longest];", room)) == []


def test_longer_data_is_taken_where_a_few_values_are_refused() -> None:
    check = 'if cols - first < longest + 16 { return Err("not enough data".to_string()); }'
    [found] = findings(WARM, check)
    assert found.message == SAID


def test_arrays_without_values_are_likely_a_panic() -> None:
    chunks = "let count = out.chunks_exact(cols).count(); assert!(count > 0);"
    check = 'if longest == 0 { return Err("a period of 0".to_string()); }'
    first = 'let first = first_valid(data).ok_or("no data")?;'
    code = BATCH.replace(first, "let first = first_valid(data).unwrap_or(0);")
    code = code.replace("if cols - first < longest {", "if cols > 0 && cols - first < longest {")
    for empty, count in (("", 1), ('if cols == 0 { return Err("no data".to_string()); }', 0)):
        source = code.replace("CHECK", check).replace("BODY", empty + chunks)
        found = list(audit_source(source, [PanicPath()]).findings)
        assert len(found) == count
        for one in found:
            assert one.confidence is Confidence.LIKELY
            assert one.message == (
                "this call panics for arrays without values:"
                " in `lag_batch_into` pieces of 0 are asked for"
            )


def test_a_loop_that_a_wrapped_number_makes_endless_is_gone_through_up_to_its_panic() -> None:
    body = "for i in 0..first + longest - 1 { out[row * cols + i] = 0.0; }"
    loop = f"for row in 0..combos.len() {{ {body} }}"
    [found] = findings(loop)
    assert "`lag_batch_into` wraps, in `lag_batch_into` an index is too large" in found.message
    [*silent] = findings(loop, 'if longest == 0 { return Err("a period of 0".to_string()); }')
    assert not silent
