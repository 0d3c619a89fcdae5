"""Thresholds that are spelled in other ways than by an operator and a name."""

from __future__ import annotations

import pytest

from bindcheck.bench.thresholds import Looked, Threshold, find_threshold
from bindcheck.parse import parse_module

from .conftest import CORE, linked

BODY = """\
    if input.data.len() < SMALL {
        return sequential(input);
    }
    parallel(input)
"""
assert BODY in CORE
CONSTANT = "const SMALL: usize = 8_000;"
ITEMS = """
use std::cmp::Ordering;
fn threads_for(n: usize) -> usize { if n < SMALL { 1 } else { 8 } }
enum Way { Flat, Shared }
fn way(n: usize) -> Way { if n < SMALL { Way::Flat } else { Way::Shared } }
"""


def looked(body: str, items: str = ITEMS) -> Looked:
    core = CORE.replace(BODY, f"    let n = input.data.len();\n    {body}\n")
    program = linked(core.replace(CONSTANT, f"{CONSTANT}\n{items}"))
    function = program.cores[0].with_kernel
    assert function is not None
    return find_threshold(program, function.ref)


def threshold(body: str, items: str = ITEMS) -> Threshold:
    found = looked(body, items).found
    assert found is not None
    changed = found.copy.content
    assert "bindcheck_threshold((" in changed.decode()
    assert parse_module("src/wave.rs", changed).problems == ()
    return found.threshold


def early(condition: str) -> str:
    return f"if {condition} {{ return sequential(input); }} parallel(input)"


def swapped(body: str) -> str:
    """The other way in each place."""
    marked = body.replace("sequential(", "@(").replace("parallel(", "sequential(")
    return marked.replace("@(", "parallel(")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (early("n.cmp(&SMALL).is_lt()"), 8_000),
        (early("!n.cmp(&SMALL).is_ge()"), 8_000),
        (early("n.partial_cmp(&SMALL).unwrap().is_le()"), 8_000),
        (early("SMALL.cmp(&n).is_gt()"), 8_000),
        (early("SMALL.ge(&n)"), 8_000),
        (early("Ord::cmp(&n, &SMALL).is_lt()"), 8_000),
        (early("usize::lt(&n, &SMALL)"), 8_000),
        (early("n.cmp(&SMALL) == Ordering::Less"), 8_000),
        (early("Ordering::Greater != n.cmp(&SMALL)"), 8_000),
        (early("n.partial_cmp(&SMALL) == Some(Ordering::Less)"), 8_000),
        (early("matches!(n.cmp(&SMALL), Ordering::Less | Ordering::Equal)"), 8_000),
        (early("!matches!(n, size if size >= SMALL)"), 8_000),
        ("match n.cmp(&SMALL) { Less => sequential(input), _ => parallel(input) }", 8_000),
        (
            "match SMALL.cmp(&n) { Ordering::Less => parallel(input), _ => sequential(input) }",
            8_000,
        ),
        (early("n.checked_sub(SMALL).is_none()"), 8_000),
        (early("n.saturating_sub(SMALL) == 0"), 8_000),
        ("match n.checked_sub(SMALL) { None => sequential(input), _ => parallel(input) }", 8_000),
        (
            "if let Some(_) = n.checked_sub(SMALL) { parallel(input) } else { sequential(input) }",
            8_000,
        ),
        (
            "let Some(_) = n.checked_sub(SMALL) else { return sequential(input) }; parallel(input)",
            8_000,
        ),
        (early("n.ilog2() < 16"), 65_536),
        (early("!(n.ilog2() > 15)"), 65_536),
        (early("(n.ilog2() as usize) < 16"), 65_536),
        (early("n.checked_ilog2().unwrap_or(0) < 16"), 65_536),
        (early("n.ilog10() < 4"), 10_000),
        (early("n.ilog(3) < 9"), 19_683),
        (early("n.isqrt() < 100"), 10_000),
        (early("n.div_ceil(1000) < 20"), 19_001),
        (early("(n / 1000).lt(&20)"), 20_000),
        (early("n >> 13 == 0"), 8_192),
        (early("!(n / 8_192 != 0)"), 8_192),
        (early("n < usize::max(SMALL, 1000)"), 8_000),
        (early("n < std::cmp::min(SMALL, 9_000)"), 8_000),
        (early("n < SMALL.checked_mul(2).unwrap()"), 16_000),
        (early("n < SMALL.saturating_add(5)"), 8_005),
        (early("n < SMALL.wrapping_sub(5)"), 7_995),
        (early("n.saturating_mul(61) < SMALL"), 8_000),
        (early("usize::max(n, 1) < SMALL"), 8_000),
        (early("n.checked_mul(61).map_or(false, |cells| cells < SMALL)"), 8_000),
        (early("n.checked_mul(61).is_some_and(|cells| cells < SMALL)"), 8_000),
        (early("n.checked_mul(61).filter(|cells| *cells < SMALL).is_some()"), 8_000),
        (early("(n < SMALL) == true"), 8_000),
        ("let big = |n: usize| n >= SMALL; " + early("!big(n)"), 8_000),
        ("if n < SMALL { return Ok(sequential(input)?); } parallel(input)", 8_000),
    ],
)
def test_other_spellings_have_their_value_and_their_side(body: str, value: int) -> None:
    found = threshold(body)
    assert found.value == value
    assert found.threads_above is True
    other = threshold(swapped(body))
    assert other.value == value
    assert other.threads_above is False


CHOSEN = "{ Way::Flat } else { Way::Shared }"


@pytest.mark.parametrize(
    "body",
    [
        "match way(n) { Way::Flat => sequential(input), _ => parallel(input) }",
        "match way(n) { Way::Shared => parallel(input), Way::Flat => sequential(input) }",
        "match way(n) { Way::Other | Way::Shared => parallel(input), _ => sequential(input) }",
        f"match if n < SMALL {CHOSEN} {{ Way::Flat => sequential(input), _ => parallel(input) }}",
        f"let way = if n < SMALL {CHOSEN}; {early('way == Way::Flat')}",
        early("matches!(way(n), Way::Flat)"),
        early("!matches!(way(n), Way::Shared | Way::Other)"),
        "if let Way::Flat = way(n) { return sequential(input); } parallel(input)",
        "let Way::Shared = way(n) else { return sequential(input) }; parallel(input)",
    ],
)
def test_a_variant_that_decides_says_on_which_side_the_threads_are(body: str) -> None:
    found = threshold(body)
    assert (found.value, found.threads_above) == (8_000, True)
    assert threshold(swapped(body)).threads_above is False


@pytest.mark.parametrize(
    "body",
    [
        "match way(n) { Way::FLAT => sequential(input), _ => parallel(input) }",
        "match (way(n), 1) { (Way::Flat, _) => sequential(input), _ => parallel(input) }",
    ],
)
def test_a_pattern_that_cannot_be_read_is_not_guessed(body: str) -> None:
    assert threshold(body).threads_above is None


def test_a_number_of_threads_that_decides_is_asked_for_its_comparison() -> None:
    for body in (
        "let many = threads_for(n) > 1; if many { parallel(input) } else { sequential(input) }",
        "let threads = threads_for(n); " + early("threads == 1"),
    ):
        found = threshold(body)
        assert (found.value, found.threads_above) == (8_000, True)


def test_what_follows_a_flag_is_read_where_it_has_the_threads() -> None:
    for rest in ("unwrap_or_else(||", "map_or_else(||", "unwrap_or("):
        end = ", |out| out)" if rest.startswith("map") else ")"
        body = f"(n >= SMALL).then(|| parallel(input)).{rest} sequential(input){end}"
        assert threshold(body).threads_above is True
        assert threshold(swapped(body)).threads_above is False


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("(n as f64).log2() < 16.0", "compares `(n as f64).log2()` with `16.0`"),
        ("n.leading_zeros() > 48", "compares `n.leading_zeros()` with `48`"),
        ("n < 16", "compares `n` with `16`"),
        ("n & 0xFFFF_E000 == 0", "decides by `n & 0xFFFF_E000 == 0`, in which no comparison is"),
        (
            "n < SMALL.pow(input.first as u32)",
            "compares `n` with `SMALL.pow(input.first as u32)`",
        ),
        ("n < input.limit.max(SMALL)", "compares `n` with `input.limit.max(SMALL)`"),
        ("n.cmp(&input.limit).is_lt()", "compares `n` with `input.limit`"),
        ("n.checked_sub(input.limit).is_none()", "compares `n` with `input.limit`"),
    ],
)
def test_what_is_no_size_with_a_constant_is_told_and_not_silent(condition: str, told: str) -> None:
    found = looked(early(condition))
    assert found.found is None
    [said] = found.passed
    assert said.startswith("src/wave.rs:")
    assert told in said


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            "match n { 0..=99 => sequential(input), 100..=9_999 => parallel(input), _ => todo!() }",
            "chooses by `n`, in which no comparison is read",
        ),
        (
            "match n.cmp(&input.limit) { Less => sequential(input), _ => parallel(input) }",
            "compares `n` with `input.limit`",
        ),
        (
            "if n < input.limit { return Ok(sequential(input)?); } parallel(input)",
            "compares `n` with `input.limit`",
        ),
        (
            "if n < input.limit { return input.data.iter().map(|x| x * 2.0).collect(); }"
            "parallel(input)",
            "compares `n` with `input.limit`",
        ),
        (
            "(n < input.limit).then(|| parallel(input)).unwrap_or_else(|| sequential(input))",
            "compares `n` with `input.limit`",
        ),
    ],
)
def test_ways_that_are_chosen_otherwise_are_told(body: str, told: str) -> None:
    found = looked(body)
    assert found.found is None
    [said] = found.passed
    assert told in said


@pytest.mark.parametrize(
    "condition",
    [
        "n < 2",
        "n == 0",
        "rayon::current_num_threads() < 4",
        "cores() < 16",
        "input.data.is_empty()",
    ],
)
def test_whether_there_is_work_or_a_core_at_all_is_no_size(condition: str) -> None:
    found = looked(early(condition), "fn cores() -> usize { 4 }")
    assert (found.found, found.passed) == (None, ())


def test_a_difference_that_wraps_or_does_not_fit_has_no_value() -> None:
    assert threshold(early("n < SMALL.wrapping_sub(9_000)")).value is None
    assert threshold(early("n < SMALL.saturating_mul(1 << 60)")).value == 2**64 - 1
