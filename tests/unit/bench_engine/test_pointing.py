"""On which side of a comparison the threads are."""

from __future__ import annotations

import pytest

from bindcheck.bench.thresholds import Threshold, find_threshold

from .conftest import CORE, linked

BODY = """\
    if input.data.len() < SMALL {
        return sequential(input);
    }
    parallel(input)
"""
assert BODY in CORE
CONSTANT = "const SMALL: usize = 8_000;"


def threshold(body: str, items: str = "") -> Threshold:
    core = CORE.replace(BODY, f"    let n = input.data.len();\n    {body}\n")
    program = linked(core.replace(CONSTANT, f"{CONSTANT}\n{items}"))
    function = program.cores[0].with_kernel
    assert function is not None
    found = find_threshold(program, function.ref).found
    assert found is not None
    return found.threshold


def swapped(body: str) -> str:
    """The other way in each place."""
    marked = body.replace("sequential(", "@(").replace("parallel(", "sequential(")
    return marked.replace("@(", "parallel(")


EARLY = "if COND { return sequential(input); } parallel(input)"
FLAG = "if small { sequential(input) } else { parallel(input) }"


@pytest.mark.parametrize(
    ("body", "items"),
    [
        (EARLY.replace("COND", "n < SMALL"), ""),
        (EARLY.replace("COND", "SMALL >= n"), ""),
        (EARLY.replace("COND", "!(n > SMALL)"), ""),
        (EARLY.replace("COND", "n.le(&SMALL)"), ""),
        (EARLY.replace("COND", "!(SMALL..).contains(&n)"), ""),
        (EARLY.replace("COND", "!matches!(n, SMALL..)"), ""),
        (EARLY.replace("COND", "matches!(n, 0..=9_000)"), ""),
        (EARLY.replace("COND", "input.params.mode.is_empty() || n < SMALL"), ""),
        (EARLY.replace("COND", "!(input.params.mode.is_empty() && n >= SMALL)"), ""),
        (EARLY.replace("COND", "few(n)"), "fn few(n: usize) -> bool { n < SMALL }"),
        (EARLY.replace("COND", "!many(n)"), "fn many(n: usize) -> bool { !(n < SMALL) }"),
        (
            EARLY.replace("COND", "few(n)"),
            "fn few(n: usize) -> bool { if n >= SMALL { return false; } true }",
        ),
        (
            EARLY.replace("COND", "few(n)"),
            "fn few(n: usize) -> bool { if n >= SMALL { false } else { true } }",
        ),
        (f"let small = n < SMALL; {FLAG}", ""),
        (f"let big = n >= SMALL; let small = !big; {FLAG}", ""),
        ("if n >= SMALL { parallel(input) } else { sequential(input) }", ""),
        ("match n < SMALL { true => sequential(input), false => parallel(input) }", ""),
        ("match n { 0..=19_999 => sequential(input), _ => parallel(input) }", ""),
        ("match n { 20_000.. => parallel(input), _ => sequential(input) }", ""),
        ("match n { 20_000..=usize::MAX => parallel(input), _ => sequential(input) }", ""),
        ("match n { m if m < SMALL => sequential(input), _ => parallel(input) }", ""),
    ],
)
def test_the_side_with_threads_is_read(body: str, items: str) -> None:
    assert threshold(body, items).threads_above is True
    assert threshold(swapped(body), swapped(items)).threads_above is False


@pytest.mark.parametrize("above", [True, False])
def test_a_flag_may_be_handed_over(*, above: bool) -> None:
    """To the function that starts the threads."""
    condition = "flag" if above else "!flag"
    inner = f"""
fn chosen(input: &WaveInput, flag: bool) -> Result<WaveOutput, WaveError> {{
    if {condition} {{ return parallel(input); }}
    input.data.iter().sum::<f64>();
    sequential(input)
}}"""
    inner = inner.replace("parallel(input)", "Ok(input.data.par_iter().sum::<f64>())")
    assert threshold("chosen(input, n >= SMALL)", inner).threads_above is above


def test_a_result_without_a_call_is_a_way_too() -> None:
    body = "if n < SMALL { return Ok(WaveOutput { values: vec![] }); } parallel(input)"
    assert threshold(body).threads_above is True


@pytest.mark.parametrize("above", [True, False])
def test_one_thread_is_none(*, above: bool) -> None:
    few, many = ("1", "8") if above else ("8", "1")
    body = f"let threads = if n < SMALL {{ {few} }} else {{ {many} }}; parallel(input)"
    assert threshold(body).threads_above is above


@pytest.mark.parametrize(
    ("body", "items"),
    [
        ("let least = if n < SMALL { 4 } else { 2 }; parallel(input)", ""),
        ("while again(n < SMALL) { } parallel(input)", "fn again(at: bool) -> bool { at }"),
        (
            "let small = n < SMALL; if small { sequential(input) } else { parallel(input) };"
            "if small { parallel(input) } else { sequential(input) }",
            "",
        ),
    ],
)
def test_what_cannot_be_read_is_not_guessed(body: str, items: str) -> None:
    core = CORE.replace(BODY, f"    let n = input.data.len();\n    {body}\n")
    program = linked(core.replace(CONSTANT, f"{CONSTANT}\n{items}"))
    function = program.cores[0].with_kernel
    assert function is not None
    line = 1 + core[: core.index(body)].count("\n")
    column = core.splitlines()[line - 1].index("n < SMALL") + 1
    found = find_threshold(program, function.ref, line, column).found
    assert found is not None
    assert found.threshold.threads_above is None
