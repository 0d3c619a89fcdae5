"""Where returned arrays come from, how arguments come in, who writes NumPy memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bindcheck.analysis.memory.provenance import (
    Origin,
    copied_arguments,
    copied_results,
    listed_result,
    results,
)
from bindcheck.analysis.memory.writers import buffers, copied_into, copy_cost, written_by_callee
from bindcheck.analysis.program import Program
from bindcheck.model import EntryPoint

Binding = Callable[..., tuple[Program, EntryPoint]]

COMPUTE = """\
    let slice = data.as_slice()?;
    let values = py.allow_threads(|| gain(slice, factor));
"""


@pytest.mark.parametrize(
    ("made", "origin"),
    [
        ("values.into_pyarray(py)", Origin.MOVED),
        ("PyArray1::from_vec(py, values)", Origin.MOVED),
        ("ndarray::Array1::from(values).into_pyarray(py)", Origin.MOVED),
        ("values.to_pyarray(py)", Origin.COPIED),
        ("PyArray1::from_slice(py, &values)", Origin.COPIED),
        ("values.iter().copied().collect::<Vec<_>>().into_pyarray(py)", Origin.REBUILT),
        ("values.iter().map(|x| *x).collect::<Vec<_>>().into_pyarray(py)", Origin.REBUILT),
        ("values.iter().map(|x| x + 1.0).collect::<Vec<_>>().into_pyarray(py)", Origin.MOVED),
    ],
)
def test_the_origin_of_an_array(binding: Binding, made: str, origin: Origin) -> None:
    program, entry = binding(f"{COMPUTE}    Ok({made})")
    (result,) = results(program, entry)
    assert result.origin is origin
    assert not result.grid
    assert (result in copied_results(program, entry)) == (origin is not Origin.MOVED)


def test_memory_that_is_only_borrowed_has_to_be_copied(binding: Binding) -> None:
    program, entry = binding("    let slice = data.as_slice()?;\n    Ok(slice.to_pyarray(py))")
    assert copied_results(program, entry) == ()


def test_an_array_that_the_callee_writes_is_written_in_place(binding: Binding) -> None:
    body = (
        "    let slice = data.as_slice()?;\n"
        "    let out = PyArray1::<f64>::zeros(py, [slice.len()], false);\n"
        "    let target = unsafe { out.as_slice_mut()? };\n"
        "    py.allow_threads(|| gain_into(slice, factor, target));\n"
        "    Ok(out)"
    )
    program, entry = binding(body)
    (buffer,) = buffers(program, entry)
    assert [program.function(ref).name for _, refs in buffer.callees for ref in refs] == [
        "gain_into"
    ]
    assert written_by_callee(program, entry)
    assert copied_into(program, entry) == ()
    assert [one.origin for one in results(program, entry)] == [Origin.IN_PLACE]


@pytest.mark.parametrize(
    "copy",
    [
        "target.copy_from_slice(&values);",
        "unsafe { out.as_slice_mut()? }.copy_from_slice(&values);",
        "for i in 0..values.len() { target[i] = values[i]; }",
        "for (cell, x) in target.iter_mut().zip(&values) { *cell = *x; }",
        "let raw = unsafe { std::slice::from_raw_parts_mut(out.data(), values.len()) };"
        " raw.copy_from_slice(&values);",
    ],
)
def test_a_result_copied_into_a_fresh_array_is_seen(binding: Binding, copy: str) -> None:
    body = (
        f"{COMPUTE}    let out = PyArray1::<f64>::zeros(py, [values.len()], false);\n"
        f"    let target = unsafe {{ out.as_slice_mut()? }};\n    {copy}\n    Ok(out)"
    )
    program, entry = binding(body)
    (one,) = copied_into(program, entry)
    assert copy_cost(one.element) == "8 bytes read and 8 written per element"


@pytest.mark.parametrize(
    "store",
    [
        "for i in 0..slice.len() { target[i] = slice[i] * factor; }",
        "target.fill(f64::NAN);",
        "target.copy_from_slice(slice);",
    ],
)
def test_computing_filling_or_starting_from_the_input_is_no_copy_of_a_result(
    binding: Binding, store: str
) -> None:
    body = (
        "    let slice = data.as_slice()?;\n"
        "    let out = PyArray1::<f64>::zeros(py, [slice.len()], false);\n"
        f"    let target = unsafe {{ out.as_slice_mut()? }};\n    {store}\n    Ok(out)"
    )
    program, entry = binding(body)
    assert copied_into(program, entry) == ()


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ("data: Vec<f64>", 1),
        ("data: Vec<Vec<f32>>", 1),
        ("data: Option<Vec<f64>>", 1),
        ("names: Vec<String>", 0),
        ("data: PyReadonlyArray1<'py, f64>, periods: Vec<usize>", 0),
    ],
)
def test_vectors_of_numbers_are_copied_arguments(
    binding: Binding, params: str, expected: int
) -> None:
    program, entry = binding("    Ok(0.0)", params=params, returns="PyResult<f64>")
    assert len(copied_arguments(program, entry)) == expected


@pytest.mark.parametrize(
    "fallback",
    [
        "let owned; let slice = if let Ok(s) = data.as_slice() { s }"
        " else { owned = data.as_array().to_vec(); &owned };",
        "let owned; let slice = match data.as_slice() { Ok(s) => s,"
        " Err(_) => { owned = data.as_array().to_vec(); &owned } };",
        "let owned = if data.is_c_contiguous() { None } else { Some(data.as_array().to_vec()) };"
        " let slice = owned.as_deref().unwrap_or(&[]);",
        "let owned = data.as_slice().map(|s| std::borrow::Cow::Borrowed(s))"
        ".unwrap_or_else(|_| std::borrow::Cow::Owned(data.as_array().to_vec()));"
        " let slice = &owned;",
        "let asked = data.as_slice(); let owned; let slice = match asked { Ok(s) => s,"
        " _ => { owned = data.as_array().iter().copied().collect::<Vec<f64>>(); &owned } };",
    ],
)
def test_the_fallback_for_strided_input_is_silent(binding: Binding, fallback: str) -> None:
    body = f"    {fallback}\n    Ok(slice.len())"
    program, entry = binding(body, returns="PyResult<usize>")
    assert copied_arguments(program, entry) == ()


@pytest.mark.parametrize(
    "copy",
    [
        "data.as_slice()?.to_vec()",
        "data.as_array().to_vec()",
        "data.to_vec()?",
        "data.as_array().to_owned()",
        "data.as_array().iter().cloned().collect::<Vec<f64>>()",
    ],
)
def test_a_copy_without_need_is_reported(binding: Binding, copy: str) -> None:
    program, entry = binding(f"    Ok({copy}.len())", returns="PyResult<usize>")
    assert len(copied_arguments(program, entry)) == 1


def test_a_vector_with_a_written_type_is_extracted_too(binding: Binding) -> None:
    body = "    let values: Vec<f64> = data.extract()?;\n    Ok(values.len())"
    params = "data: &Bound<'py, PyAny>"
    program, entry = binding(body, params=params, returns="PyResult<usize>")
    assert [one.how for one in copied_arguments(program, entry)] == ["extract"]


@pytest.mark.parametrize(
    ("returns", "value", "expected"),
    [
        ("PyResult<Vec<f64>>", "Ok(py.allow_threads(|| gain(slice, factor)))", "Vec<f64>"),
        ("PyResult<Vec<f64>>", "Ok(vec![factor, factor])", None),
    ],
)
def test_a_returned_vector_becomes_a_list(
    binding: Binding, returns: str, value: str, expected: str | None
) -> None:
    body = f"    let slice = data.as_slice()?;\n    {value}"
    program, entry = binding(body, returns=returns)
    listed = listed_result(program, entry)
    assert (listed.text if listed else None) == expected


@pytest.mark.parametrize(
    ("element", "cost"),
    [
        ("f64", "8 bytes read and 8 written per element"),
        ("f32", "4 bytes read and 4 written per element"),
        ("usize", "8 bytes read and 8 written per element"),
        ("", None),
    ],
)
def test_the_cost_of_a_copy(element: str, cost: str | None) -> None:
    assert copy_cost(element) == cost


@pytest.mark.parametrize(
    ("given", "copied"),
    [("&rows", True), ("&self_.rows", False), ("&[vec![1.0]]", False)],
)
def test_rows_from_another_crate_can_only_be_copied(
    binding: Binding, given: str, copied: bool
) -> None:
    body = (
        "    let rows = py.allow_threads(|| other::solve(1))?;\n"
        f"    Ok(PyArray2::from_vec2(py, {given})?)"
    )
    program, entry = binding(body, params="self_: other::Kept")
    assert [one.nested for one in copied_results(program, entry)] == [True] * copied


FOLDED = """
fn folded(v: &[f64], rows: usize, cols: usize) -> Result<Vec<Vec<f64>>, String> {
    CHECK
    let mut out = vec![vec![0.0; cols]; rows];
    for i in 0..rows { for j in 0..cols { out[i][j] = 1.0; } }
    Ok(out)
}
"""


@pytest.mark.parametrize(
    ("check", "listed"),
    [
        ('if rows * cols != v.len() { return Err("shape".into()); }', True),
        ('if rows * 2 != v.len() { return Err("shape".into()); }', False),
        ("", False),
    ],
)
def test_numbers_that_make_up_a_length_are_as_large_as_the_data(
    binding: Binding, check: str, listed: bool
) -> None:
    found = binding(
        "    folded(&v, rows, cols).map_err(pyo3::exceptions::PyValueError::new_err)",
        params="v: Vec<f64>, rows: usize, cols: usize",
        returns="PyResult<Vec<Vec<f64>>>",
        more=FOLDED.replace("CHECK", check),
    )
    assert (listed_result(*found) is not None) is listed


@pytest.mark.parametrize(
    ("returns", "listed"),
    [
        ("PyResult<Vec<Vec<f64>>>", True),
        ("PyResult<Option<Vec<Vec<f64>>>>", True),
        ("PyResult<Vec<Vec<usize>>>", False),
        ("PyResult<Vec<f64>>", False),
    ],
)
def test_rows_of_unknown_origin_are_data(binding: Binding, returns: str, listed: bool) -> None:
    found = binding(
        '    receiver.recv().map_err(|_| pyo3::exceptions::PyValueError::new_err("gone"))',
        params="receiver: &other::Receiver",
        returns=returns,
    )
    assert (listed_result(*found) is not None) is listed


def test_rows_as_long_as_the_grid_are_not_data(binding: Binding) -> None:
    found = binding(
        "    Ok((0..n).map(|_| vec![0.0; 2]).collect())",
        params="n: usize",
        returns="PyResult<Vec<Vec<f64>>>",
    )
    assert listed_result(*found) is None
