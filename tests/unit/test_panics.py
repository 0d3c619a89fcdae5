"""Places that panic on what a caller may pass, sizes that overflow, kernels nobody asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bindcheck.analysis.kernels import unasked
from bindcheck.analysis.panics import overflows, panic_paths
from bindcheck.analysis.program import Program
from bindcheck.model import EntryPoint

Binding = Callable[..., tuple[Program, EntryPoint]]

PARAMS = "data: PyReadonlyArray1<'py, f64>, other: PyReadonlyArray1<'py, f64>, period: usize"


def panics(binding: Binding, body: str, *, params: str = PARAMS, more: str = "") -> list[str]:
    slices = "    let slice = data.as_slice()?;\n    let b = other.as_slice()?;\n"
    text = f"{slices}    {body}\n    Ok(0.0)"
    program, entry = binding(text, params=params, returns="PyResult<f64>", more=more)
    return [one.panic.how for one in panic_paths(program, entry)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("let s = data.as_slice().unwrap();", ["unwrap"]),
        ('let s = data.as_slice().expect("contiguous");', ["expect"]),
        ("let s = data.as_array().to_owned().as_slice().unwrap()[0];", ["unwrap"]),
        ("let s = data.as_array().to_vec().as_slice().len();", []),
        ("let s = slice.first().unwrap();", ["unwrap"]),
        ("if slice.is_empty() { return Ok(1.0); } let s = slice.first().unwrap();", []),
        ("let s = slice[0];", ["empty"]),
        ("if slice.is_empty() { return Ok(1.0); } let s = slice[0];", []),
        ("let s = slice[period];", ["index"]),
        ("if period < slice.len() { let s = slice[period]; }", []),
        ("let s = &slice[..period];", ["slice"]),
        ("let s = &slice[..period.min(slice.len())];", []),
        ("let s = period - 1;", ["wrap"]),
        ("let s = period.saturating_sub(1);", []),
        ("if period == 0 { return Ok(1.0); } let s = period - 1;", []),
        ("let s = &slice[period - 1..];", ["wrap"]),
        ("for i in 0..slice.len() { let s = slice[i] + b[i]; }", ["lengths"]),
        (
            "if slice.len() != b.len() { return Ok(1.0); }"
            " for i in 0..slice.len() { let s = b[i]; }",
            [],
        ),
        ("let n = slice.len().min(b.len()); for i in 0..n { let s = slice[i] + b[i]; }", []),
        ("let s = period.checked_mul(slice.len()).unwrap();", ["unwrap"]),
        ("let s = u32::try_from(period).unwrap();", ["unwrap"]),
        ("let s = Some(period).unwrap();", []),
        ("let s = [1, 2].iter().max().unwrap();", []),
        ("let s = std::sync::Mutex::new(1); let _g = s.lock().unwrap();", []),
    ],
)
def test_what_depends_on_the_caller_is_a_panic_path(
    binding: Binding, body: str, expected: list[str]
) -> None:
    assert panics(binding, body) == expected


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("", ["unwrap"]),
        ("if third.is_none() { return Ok(1.0); }", []),
        ("let third = third.or(Some(1));", ["unwrap"]),
    ],
)
def test_an_optional_argument_is_some_only_after_a_check(
    binding: Binding, check: str, expected: list[str]
) -> None:
    params = f"{PARAMS}, third: Option<usize>"
    assert panics(binding, f"{check} let s = third.unwrap();", params=params) == expected


GRID = """
pub struct Params {{
    pub period: Option<usize>,
}}

fn grid(range: (usize, usize, usize)) -> Vec<Params> {{
    (range.0..=range.1).step_by(range.2.max(1)).map(|p| Params {{ period: {value} }}).collect()
}}
"""


@pytest.mark.parametrize(
    ("value", "known"), [("Some(p)", None), ("(p > 0).then_some(p)", False), ("None", False)]
)
def test_the_grid_expansion_decides_about_its_fields(
    binding: Binding, value: str, known: bool | None
) -> None:
    body = "    let all = grid(range);\n    Ok(all.iter().map(|p| p.period.unwrap()).sum())"
    params = "range: (usize, usize, usize)"
    more = GRID.format(value=value)
    program, entry = binding(body, params=params, returns="PyResult<usize>", more=more)
    found = panic_paths(program, entry)
    assert [one.known for one in found] == ([] if known is None else [known])


@pytest.mark.parametrize(
    "check",
    [
        "for p in &all { if p.period.unwrap() == 0 { return Ok(1); } }",
        "for p in all.iter() { let n = p.period.unwrap(); if n == 0 { return Ok(1); } }",
        "if all.iter().any(|p| p.period.unwrap() == 0) { return Ok(1); }",
    ],
)
def test_a_check_of_every_element_settles_them(binding: Binding, check: str) -> None:
    body = f"    let all = grid(range);\n    {check}\n"
    last = "    Ok(all.iter().map(|p| p.period.unwrap() - 1).sum())"
    params = "range: (usize, usize, usize)"
    options = {"params": params, "returns": "PyResult<usize>", "more": GRID.format(value="Some(p)")}
    assert len(panic_paths(*binding(body.replace(check, "") + last, **options))) == 1
    assert panic_paths(*binding(body + last, **options)) == ()


def test_a_fallible_call_that_saw_the_data_settles_its_arguments(binding: Binding) -> None:
    more = """
fn check(data: &[f64], period: usize) -> PyResult<()> {
    if period == 0 || period > data.len() {
        return Err(pyo3::exceptions::PyValueError::new_err("period"));
    }
    Ok(())
}
"""
    assert panics(binding, "check(slice, period)?; let s = &slice[period - 1..];", more=more) == []


KERNEL = """
#[derive(Clone, Copy)]
pub enum Kernel { Auto, Scalar, Wide }

fn parse(name: &str, batch: bool) -> Kernel {
    match name {
        "wide" => if batch { Kernel::Wide } else { Kernel::Scalar },
        _ => Kernel::Auto,
    }
}
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("match parse(name, true) { Kernel::Wide => 1, _ => unreachable!() };", ["unreachable"]),
        ("match parse(name, false) { Kernel::Wide => unreachable!(), _ => 1 };", []),
        (
            "let k = match parse(name, true) { Kernel::Auto => Kernel::Scalar, k => k };"
            " match k { Kernel::Wide => 1, Kernel::Scalar => 2, _ => unreachable!() };",
            [],
        ),
        ('match name { "wide" => 1, _ => unreachable!() };', ["unreachable"]),
    ],
)
def test_unreachable_is_judged_by_what_can_reach_it(
    binding: Binding, body: str, expected: list[str]
) -> None:
    assert panics(binding, body, params=f"{PARAMS}, name: &str", more=KERNEL) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("let v = vec![0.0; period * slice.len()];", 1),
        ("let n = period * slice.len(); let v = Vec::<f64>::with_capacity(n);", 1),
        ("let a = PyArray1::<f64>::zeros(py, [period * slice.len()], false);", 1),
        ("let a = PyArray1::<f64>::zeros(py, [2 * slice.len()], false);", 0),
        ("let n = period.checked_mul(slice.len()); let v = vec![0.0; period * slice.len()];", 0),
        ("let n = period.saturating_mul(slice.len()); let v = vec![0.0; n];", 0),
        ("let rows = 1usize; let v = vec![0.0; rows * slice.len()];", 0),
        ("let at = period * slice.len();", 0),
    ],
)
def test_unchecked_products_that_size_an_allocation(
    binding: Binding, body: str, expected: int
) -> None:
    text = f"    let slice = data.as_slice()?;\n    {body}\n    Ok(0.0)"
    program, entry = binding(text, params=PARAMS, returns="PyResult<f64>")
    assert len(overflows(program, entry)) == expected


WIDE = """
pub enum Kernel { Scalar, Avx2 }

fn parse(name: &str) -> Kernel {
    match name {
        "avx2" GUARD=> Kernel::Avx2,
        _ => Kernel::Scalar,
    }
}
"""


@pytest.mark.parametrize(
    ("guard", "expected"), [("", 1), ('if is_x86_feature_detected!("avx2") ', 0)]
)
def test_a_kernel_by_name_needs_the_cpu_to_be_asked(
    binding: Binding, guard: str, expected: int
) -> None:
    body = "    let _kernel = parse(name);\n    Ok(0.0)"
    more = WIDE.replace("GUARD", guard)
    program, entry = binding(body, params="name: &str", returns="PyResult<f64>", more=more)
    assert len(unasked(program, entry)) == expected


def test_a_helper_may_ask_after_the_name_was_read(binding: Binding) -> None:
    more = (
        WIDE.replace("GUARD", "")
        + """
fn available(kernel: &Kernel) -> bool {
    match kernel {
        Kernel::Avx2 => is_x86_feature_detected!("avx2"),
        _ => true,
    }
}

fn checked(name: &str) -> PyResult<Kernel> {
    let kernel = parse(name);
    if available(&kernel) {
        return Ok(kernel);
    }
    Err(pyo3::exceptions::PyValueError::new_err("not on this CPU"))
}
"""
    )
    body = "    let _kernel = checked(name)?;\n    Ok(0.0)"
    program, entry = binding(body, params="name: &str", returns="PyResult<f64>", more=more)
    assert unasked(program, entry) == ()
