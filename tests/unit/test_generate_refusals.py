"""What generated tests expect a core to refuse: only what its functions are seen to refuse."""

from __future__ import annotations

import pytest

from bindcheck.generate.refusals import refused_by
from bindcheck.parse import lower_body, parse_module


def refused(code: str, parameter: str = "period") -> frozenset[str]:
    source = f"fn core(input: &Input) -> Result<Output, Error> {{ {code} }}".encode()
    module = parse_module("x.rs", source)
    assert module.problems == ()
    block = lower_body(source, module, 0)
    assert block is not None
    return refused_by([block], parameter)


EMPTY, ZERO, LONG = "empty", "zero", "too_long"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("if data.is_empty() { return Err(Error::Empty); } go(data)", {EMPTY}),
        ("if data.len() == 0 { return Err(Error::Empty); } go(data)", {EMPTY}),
        ("let n = data.len(); if n < 1 { return Err(Error::Empty); } go(data)", {EMPTY}),
        ('ensure!(!data.is_empty(), "empty"); go(data)', {EMPTY}),
        (
            "let first = data.iter().position(|x| !x.is_nan()).ok_or(Error::AllNaN)?; go(first)",
            {EMPTY},
        ),
        ("if data.is_empty() { return invalid(); } go(data)", {EMPTY}),
        ("if lag >= data.len() { return Err(Error::Lag(lag)); } go(data)", {EMPTY}),
        # Nothing for nothing is an answer.
        ("if data.is_empty() { return Ok(Output::default()); } go(data)", set()),
        ("let first = data.iter().position(|x| !x.is_nan()).unwrap_or(0); go(first)", set()),
        ("if a.len() < b.len() { return Err(Error::Lengths); } go(a)", set()),
        ("if a.len() != b.len() { return Err(Error::Lengths); } go(a)", set()),
    ],
)
def test_no_values_are_refused_where_a_branch_on_their_number_fails(
    code: str, expected: set[str]
) -> None:
    assert refused(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("if input.params.period == 0 { return Err(Error::Period); } go(input)", {ZERO}),
        ("let p = input.get_period(); if p < 1 { return Err(Error::Period); } go(p)", {ZERO}),
        (
            "let (p, q) = (input.period, 2); if p == 0 { return Err(Error::Period) } go(p)",
            {ZERO},
        ),
        (
            "let (p, q) = (input.period.unwrap_or(5), 2); if q == 0 { return Err(Error::Q) } go(p)",
            set(),
        ),
        (
            "let p = input.period; if p == 0 || p > data.len() { return Err(Error::P); } go(p)",
            {EMPTY, ZERO, LONG},
        ),
        ("if data.len() - first < period { return Err(Error::Short); } go(p)", {EMPTY, LONG}),
        ("if !(1..=data.len()).contains(&period) { return Err(Error::Period); } go(p)", {ZERO}),
        # A branch on the number that computes otherwise refuses nothing.
        ("if period == 0 { copy(data) } else { go(data) }", set()),
        (
            "let kind = if period == 0 { 1 } else { 2 }; if kind == 0 { return Err(Error::K) }",
            set(),
        ),
        ("if period > 64 { return Err(Error::Period); } go(data)", set()),
    ],
)
def test_a_count_is_refused_where_a_branch_on_it_fails(code: str, expected: set[str]) -> None:
    assert refused(code) == expected


def test_without_a_count_only_the_number_of_values_is_asked() -> None:
    code = "if period == 0 || data.is_empty() { return Err(Error::Any); } go(data)"
    assert refused(code, "") == {EMPTY}
