"""Trials: numbers as Rust has them, whatever code does with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bindcheck.analysis.ranges.values import UNKNOWN
from bindcheck.analysis.trials.patterns import matches
from bindcheck.analysis.trials.trial import fallen
from bindcheck.analysis.trials.values import WORD, Panicked, Signed, Tag, binary, cast, wraps
from bindcheck.testing import program_from

WORDS = st.integers(0, WORD - 1)
NUMBERS = st.integers(-(WORD // 2), WORD // 2 - 1).map(Signed)
OPERATORS = st.sampled_from(["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "<", "=="])


@given(OPERATORS, NUMBERS | WORDS | st.floats(), NUMBERS | WORDS | st.floats())
def test_operators_end_in_a_value_of_their_type(op: str, left: float, right: float) -> None:
    if op in ("/", "%") and right == 0 and isinstance(left, int) and isinstance(right, int):
        with pytest.raises(Panicked, match="a division by 0"):
            binary(op, left, right)
        return
    value = binary(op, left, right)
    if isinstance(value, Signed):
        assert -(WORD // 2) <= value < WORD // 2


@given(NUMBERS | WORDS | st.floats(), st.sampled_from(["usize", "i32", "f64", "u8", "bool"]))
def test_casts_end_in_a_value_of_their_type(value: float, to: str) -> None:
    found = cast(value, to)
    assert found is UNKNOWN or isinstance(found, (int, float))
    assert to != "usize" or (isinstance(found, int) and 0 <= found < WORD)


def test_whole_numbers_are_unsigned_unless_they_are_said_to_be_signed() -> None:
    assert wraps(binary("-", 0, 1))
    assert not wraps(binary("-", Signed(0), 1))
    assert cast(Signed(-1), "usize") == WORD - 1
    assert cast(WORD - 1, "i64") == -1
    assert cast(-1.5, "usize") == 0
    assert binary("%", WORD - 1, 10) == 5


@pytest.mark.parametrize(
    ("pattern", "value", "answer"),
    [
        ("Kernel::Auto | Kernel::Scalar", Tag("Scalar"), True),
        ("Kernel::Auto", Tag("Scalar"), False),
        ("Some(x)", 3, True),
        ("None", 3, False),
        ("1..=4", 4, True),
        ("1..4", 4, False),
        ("Data::Rows { rows, .. }", Tag("Cells"), False),
        ("(0, y)", (0, 5), True),
        ("x", UNKNOWN, True),
        ("Some(x)", UNKNOWN, None),
    ],
)
def test_patterns_match_what_they_say(pattern: str, value: object, answer: bool | None) -> None:
    assert matches(pattern, value)[0] is answer  # type: ignore[arg-type]


ENDLESS = """
use pyo3::prelude::*;

#[pyfunction]
fn grown(values: Vec<f64>, period: usize) -> PyResult<f64> {
    let mut sum = period as i64 - 3;
    let mut at = 0usize;
    BODY
    Ok(values.iter().sum::<f64>() + (at % 2) as f64 + sum as f64)
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(grown, m)?)?;
    Ok(())
}
"""


@pytest.mark.parametrize(
    "body",
    [
        "loop { sum *= sum; }",
        "while at < 10 { sum = sum << (at - 3); }",
        "let f = |x: i64| x * sum; loop { sum = f(sum) + f(f(sum)); }",
        "for i in 0..period + 100000 { at += i; }",
        "let cells = vec![0.0; at.wrapping_sub(1) / 32]; at = cells.len();",
        "loop { at = at.wrapping_sub(1); if at == 7 { break; } }",
        "fn deeper(n: usize) -> usize { deeper(n + 1) } at = deeper(period);",
    ],
)
def test_code_that_never_ends_tells_nothing(body: str) -> None:
    program = program_from({"src/lib.rs": ENDLESS.replace("BODY", body)})
    (entry,) = [one for one in program.entries if one.rust_name == "grown"]
    assert fallen(program, entry) == ()
