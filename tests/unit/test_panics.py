"""Places that panic on what a caller may pass, sizes that overflow, kernels nobody asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bindcheck.analysis.bindings.kernels import unasked
from bindcheck.analysis.failing.panics import overflows, panic_paths
from bindcheck.analysis.program import Program
from bindcheck.model import EntryPoint
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

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
        ("let s = slice.iter().next().unwrap();", ["unwrap"]),
        ("match slice.len() { 0 => return Ok(1.0), _ => () } let s = slice[0];", []),
        ("match slice.len() { 0 => 0.0, 1 => *slice.first().unwrap(), _ => 2.0 };", []),
        ("match slice.len() { 0 => 0.0, _ => *slice.first().unwrap() };", []),
        ("match slice.len() { 3 => 0.0, _ => *slice.first().unwrap() };", ["unwrap"]),
        ("if slice.is_empty() { return Ok(1.0); } let s = slice.iter().next().unwrap();", []),
        (
            "if slice.is_empty() { return Ok(1.0); }"
            " let mut i = slice.iter(); let a = i.next().unwrap(); let b = i.next().unwrap();",
            ["unwrap"],
        ),
        (
            "let mut all: Vec<_> = vec![slice.iter(), b.iter()];"
            " let s: Vec<_> = all.iter_mut().map(|one| one.next().unwrap()).collect();",
            [],
        ),
        ("let s = other_crate::kind().unwrap();", []),
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
    ("value", "known"), [("Some(p)", None), ("(p > 0).then_some(p)", True), ("None", False)]
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


@pytest.mark.parametrize(
    ("body", "lists"),
    [
        ("let v = vec![0.0; period * slice.len()];", False),
        ("let n = weights.len() * slice.len(); let v = vec![0.0; n];", True),
        ("let v = vec![0.0; 4 * weights.len() * slice.len()];", True),
        ("let v = vec![0.0; weights.len() * slice.len() * slice.len()];", False),
        ("let rows = period + 1; let v = vec![0.0; rows * slice.len()];", False),
    ],
)
def test_lengths_of_two_lists_overflow_small_words_only(
    binding: Binding, body: str, lists: bool
) -> None:
    text = f"    let slice = data.as_slice()?;\n    {body}\n    Ok(0.0)"
    params = f"{PARAMS}, weights: Vec<f64>"
    (one,) = overflows(*binding(text, params=params, returns="PyResult<f64>"))
    assert one.lists is lists


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


ERROR = 'pyo3::exceptions::PyValueError::new_err("input")'
SAME = "fn same(a: &[f64], b: &[f64]) -> PyResult<()> { %s }\n"
LOOP = "let mut t = 0.0; for i in 0..slice.len() { t += slice[i] * b[i]; }"
COMPARED = f"if a.len() != b.len() {{ return Err({ERROR}); }} Ok(())"
TAIL = f"if a.len() != b.len() {{ Err({ERROR}) }} else {{ Ok(()) }}"


@pytest.mark.parametrize(
    ("helper", "call", "expected"),
    [
        (COMPARED, "same(slice, b)?;", []),
        (TAIL, "same(slice, b)?;", []),
        (f"if a.len() == b.len() {{ Ok(()) }} else {{ Err({ERROR}) }}", "same(slice, b)?;", []),
        (f"match a.len() == b.len() {{ true => Ok(()), false => Err({ERROR}) }}", "", ["lengths"]),
        (f"(a.len() == b.len()).then_some(()).ok_or_else(|| {ERROR})", "same(slice, b)?;", []),
        (COMPARED, "same(slice, b).map_err(|e| e)?;", []),
        (COMPARED, "if let Err(e) = same(slice, b) { return Err(e); }", []),
        (COMPARED, "let Ok(()) = same(slice, b) else { return Ok(1.0) };", []),
        (COMPARED, "match same(slice, b) { Ok(()) => {} Err(e) => return Err(e) }", []),
        (COMPARED, "if same(slice, b).is_err() { return Ok(1.0); }", []),
        ("let _ = (a, b); Ok(())", "same(slice, b)?;", ["lengths"]),
        (f"if a.len() > 3 {{ return Ok(()); }} {COMPARED}", "same(slice, b)?;", ["lengths"]),
        (COMPARED, "let _ = same(slice, b);", ["lengths"]),
        (COMPARED, "if same(slice, b).is_err() { let s = 1; }", ["lengths"]),
    ],
)
def test_a_helper_that_compares_lengths_settles_them_where_it_succeeded(
    binding: Binding, helper: str, call: str, expected: list[str]
) -> None:
    assert panics(binding, call + LOOP, more=SAME % helper) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if !data.is_contiguous() { return Ok(1.0); } let s = data.as_slice().unwrap();", []),
        (
            "if !data.is_contiguous() { return Ok(1.0); } let s = other.as_slice().unwrap();",
            ["unwrap"],
        ),
        ("if data.is_contiguous() { let s = 1; } let s = data.as_slice().unwrap();", ["unwrap"]),
        (
            "match period { 0 => return Ok(1.0), p if p > slice.len() => return Ok(2.0), _ => {} }"
            " let s = slice[period - 1];",
            [],
        ),
        (
            "let s = match period { 0 => 0.0, p if p > slice.len() => 1.0, p => slice[p - 1] };",
            [],
        ),
        ("match period { p => {} } let s = slice[period];", ["index"]),
        ("let s = (period < slice.len()).then(|| slice[period]);", []),
        ("let s = (period < slice.len()).then(|| 1.0); let t = slice[period];", ["index"]),
    ],
)
def test_guards_of_any_form_settle_what_they_look_at(
    binding: Binding, body: str, expected: list[str]
) -> None:
    assert panics(binding, body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("let s = slice[0] + slice[0] + slice[0];", ["empty"]),
        ("let s = slice[0] + slice[1]; let t = slice[0];", ["empty"]),
        ("let s = slice[0] + b[0];", ["empty", "empty"]),
        ("let s = (period - 1) + (period - 1);", ["wrap"]),
        ("let s = data.as_slice().unwrap(); let t = data.as_slice().unwrap();", ["unwrap"] * 2),
    ],
)
def test_one_cause_in_a_function_is_one_panic(
    binding: Binding, body: str, expected: list[str]
) -> None:
    assert panics(binding, body) == expected


@pytest.mark.parametrize("macro", ["panic", "todo", "unimplemented", "unreachable"])
def test_the_macro_that_gives_up_is_named(binding: Binding, macro: str) -> None:
    body = f"let s = match period {{ 1 => 2, _ => {macro}!() }};"
    assert panics(binding, body) == [macro]


ROWS = "rows: Vec<Vec<f64>>, more: Vec<Vec<f64>>"


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (
            "rows.is_empty() || more.is_empty() || rows.len() != more.len()"
            " || rows[0].len() != more[0].len()",
            {"ragged"},
        ),
        ("rows.is_empty() || more.is_empty()", {"ragged", "lengths"}),
    ],
)
def test_rows_of_unequal_length_are_told_from_lengths_never_compared(
    binding: Binding, check: str, expected: set[str]
) -> None:
    body = f"""\
    if {check} {{ return Ok(0.0); }}
    let mut t = 0.0;
    for i in 0..rows.len() {{ for j in 0..rows[0].len() {{ t += rows[i][j] * more[i][j]; }} }}
    Ok(t)"""
    program, entry = binding(body, params=ROWS, returns="PyResult<f64>")
    assert {one.panic.how for one in panic_paths(program, entry)} == expected


LIMITS = "const MOST: usize = 1_000;\nconst MANY: usize = 1 << 40;\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if rows > 1000 || cols > 1000 { return Ok(vec![]); } Ok(vec![0; rows * cols])", 0),
        ("if rows > MOST || cols > MOST { return Ok(vec![]); } Ok(vec![0; rows * cols])", 0),
        (
            "if rows > 9 { return Ok(vec![]); } if cols > 9 { return Ok(vec![]); }"
            " Ok(vec![0; rows * cols])",
            0,
        ),
        ("if rows <= 1000 && cols <= 1000 { Ok(vec![0; rows * cols]) } else { Ok(vec![]) }", 0),
        (
            "if !(1..=50).contains(&rows) || !(1..=50).contains(&cols) { return Ok(vec![]); }"
            " Ok(vec![0; rows * cols])",
            0,
        ),
        ("if rows.max(cols) > 1000 { return Ok(vec![]); } Ok(vec![0; rows * cols])", 0),
        ("Ok(vec![0; a as usize * b as usize])", 0),
        ("let n = usize::try_from(rows as u128 * cols as u128).unwrap_or(0); Ok(vec![0; n])", 0),
        ("if rows > 1000 { return Ok(vec![]); } Ok(vec![0; rows * cols])", 1),
        ("if rows < 1000 || cols < 1000 { return Ok(vec![]); } Ok(vec![0; rows * cols])", 1),
        ("if rows > MANY || cols > MANY { return Ok(vec![]); } Ok(vec![0; rows * cols])", 1),
        ("if rows > 9 && cols > 9 { return Ok(vec![]); } Ok(vec![0; rows * cols])", 1),
        ("if rows > 9 || cols > 9 { let s = 1; } Ok(vec![0; rows * cols])", 1),
        ("Ok(vec![0; (a * b) as usize])", 1),
        ("Ok(vec![0; wide as usize * b as usize])", 1),
    ],
)
def test_a_product_of_bounded_numbers_cannot_overflow(
    binding: Binding, body: str, expected: int
) -> None:
    params = "rows: usize, cols: usize, a: u16, b: u16, wide: i32"
    found = binding(f"    {body}", params=params, returns="PyResult<Vec<u8>>", more=LIMITS)
    assert len(overflows(*found)) == expected


OBJECTS = """
#[pyclass(OPTIONS)]
struct Item { kind: u8 }
impl Item { fn kind(&self) -> Kind { todo!() } }
fn bits(item: Item) -> PyResult<f64> { todo!() }
"""


@pytest.mark.parametrize(
    ("options", "expected"), [("frozen", []), ("", ["borrow"]), ('name = "Item"', ["borrow"])]
)
def test_only_objects_that_can_change_can_be_borrowed_elsewhere(
    binding: Binding, options: str, expected: list[str]
) -> None:
    params = f"{PARAMS}, item: Bound<'py, Item>"
    more = OBJECTS.replace("OPTIONS", options)
    assert panics(binding, "let k = item.borrow().kind;", params=params, more=more) == expected


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("", ["unwrap"]),
        ("let kind = item.kind(); if !kind.is_bool() { return Ok(1.0); }", []),
        ("let kind = period; if kind > 3 { return Ok(1.0); }", ["unwrap"]),
    ],
)
def test_a_check_of_a_property_checks_its_owner(
    binding: Binding, check: str, expected: list[str]
) -> None:
    body = f"{check} let s = bits(item).unwrap();"
    params = f"{PARAMS}, item: Item"
    assert panics(binding, body, params=params, more=OBJECTS.replace("OPTIONS", "")) == expected


@pytest.mark.parametrize(
    ("macro", "expected"), [("unreachable", []), ("panic", []), ("todo", ["todo"])]
)
def test_what_says_that_it_cannot_be_is_believed_of_the_crates_own_values(
    binding: Binding, macro: str, expected: list[str]
) -> None:
    body = f"match other_crate::state() {{ other_crate::State::On => 1, _ => {macro}!() }};"
    assert panics(binding, body) == expected


def test_a_function_of_the_crate_that_may_refuse_is_not_certain_to(binding: Binding) -> None:
    body = "    let s = bits(item).unwrap();\n    Ok(s)"
    more = OBJECTS.replace("OPTIONS", "")
    found = binding(body, params="item: Item", returns="PyResult<f64>", more=more)
    (one,) = panic_paths(*found)
    assert (one.known, one.certain) == (True, False)


def test_an_object_that_the_crate_made_is_not_the_callers(binding: Binding) -> None:
    more = "fn made(py: Python<'_>, flag: bool) -> Py<PyAny> { todo!() }"
    params = f"{PARAMS}, flag: bool, given: Py<PyAny>"
    own = 'let s = made(py, flag).getattr(py, "shape").unwrap();'
    assert panics(binding, own, params=params, more=more) == []
    taken = "let s: usize = made(py, flag).extract(py).unwrap();"
    assert panics(binding, taken, params=params, more=more) == []
    theirs = 'let s = given.getattr(py, "shape").unwrap();'
    assert panics(binding, theirs, params=params, more=more) == ["unwrap"]


def test_a_name_that_only_contains_the_letters_of_a_feature_is_no_kernel(binding: Binding) -> None:
    more = (
        "#[derive(Clone, Copy)]\npub enum Codec { Plain, Uncompressed }\n"
        "fn codec(name: &str) -> Codec {\n"
        '    match name { "uncompressed" => Codec::Uncompressed, _ => Codec::Plain }\n}\n'
    )
    found = binding("    codec(name);\n    Ok(0.0)", params="name: &str", more=more)
    assert not unasked(*found)


def test_a_panic_on_a_reversed_copy_is_met_by_gathering() -> None:
    code = """
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
#[pyfunction]
fn total(data: PyReadonlyArray1<'_, f64>) -> PyResult<f64> {
    let owned = data.as_array().to_owned();
    let slice = owned.as_slice().expect("contiguous");
    Ok(slice.iter().sum())
}
"""
    findings = audit_source(code, [PanicPath()]).findings
    assert [one.help for one in findings] == [
        "gather the values in order: `iter().copied().collect::<Vec<_>>()`"
    ]
