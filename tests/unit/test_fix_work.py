"""What the fixes write that concern work and memory: releases, moves."""

from __future__ import annotations

import pytest

from bindcheck.fix import FixRequest, FixResult, fix
from bindcheck.rules import Rule
from bindcheck.rules.bc201_gil_held import GilHeld
from bindcheck.rules.bc202_copy_into_fresh_array import CopyIntoFreshArray
from bindcheck.rules.bc203_copied_result import CopiedResult
from bindcheck.testing import config_of, inputs_from


def fixed(files: dict[str, str], pyo3: str, *rules: Rule) -> FixResult:
    request = FixRequest(unsafe=True, formatting=False)
    return fix(inputs_from(files, pyo3), config_of(), request, rules=rules)


# --- BC201: releases ------------------------------------------------------------

HEAD = """\
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, ToPyArray};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

pub struct Gain {
    pub factor: f64,
    pub label: Option<String>,
}

pub struct Result2 {
    pub low: Vec<f64>,
    pub high: Vec<f64>,
}

pub fn gain(data: &[f64], factor: f64) -> Vec<f64> {
    let mut out = Vec::with_capacity(data.len());
    for x in data {
        out.push(x * factor);
    }
    out
}

pub fn gain_by(data: &[f64], by: &Gain) -> Result<Vec<f64>, String> {
    Ok(gain(data, by.factor))
}

pub fn bands(data: &[f64]) -> Result2 {
    Result2 { low: gain(data, 0.5), high: gain(data, 2.0) }
}
"""
TAIL = """
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(gain_py, m)?)
}
"""


def binding(
    body: str, params: str = "py: Python<'py>, data: PyReadonlyArray1<'py, f64>, factor: f64"
) -> str:
    return (
        f"{HEAD}\n#[pyfunction]\nfn gain_py<'py>({params}) -> "
        f"PyResult<Bound<'py, PyArray1<f64>>> {{\n{body}\n}}\n{TAIL}"
    )


def body_after(rule: Rule, body: str, pyo3: str = "0.25.0") -> str:
    """The body with the fixes of a rule."""
    source = binding(body)
    result = fixed({"src/lib.rs": source}, pyo3, rule)
    text = result.inputs.sources["src/lib.rs"].decode()
    head, _, rest = text.partition("PyResult<Bound<'py, PyArray1<f64>>> {\n")
    assert head == source.partition("PyResult<Bound<'py, PyArray1<f64>>> {\n")[0]
    return rest.partition(f"\n}}\n{TAIL}")[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "    let s = data.as_slice()?;\n    Ok(gain(s, factor).into_pyarray(py))",
            "    let s = data.as_slice()?;\n"
            "    Ok(py.allow_threads(|| gain(s, factor)).into_pyarray(py))",
        ),
        (
            "    let s = data.as_slice()?;\n"
            "    let by = Gain { factor, label: None };\n"
            "    let out = gain_by(s, &by).map_err(PyValueError::new_err)?;\n"
            "    Ok(out.into_pyarray(py))",
            "    let s = data.as_slice()?;\n"
            "    let by = Gain { factor, label: None };\n"
            "    let out = py.allow_threads(|| gain_by(s, &by)).map_err(PyValueError::new_err)?;\n"
            "    Ok(out.into_pyarray(py))",
        ),
        (
            "    Ok(gain(data.as_slice()?, factor).into_pyarray(py))",
            "    let data_slice = data.as_slice()?;\n"
            "    Ok(py.allow_threads(|| gain(data_slice, factor)).into_pyarray(py))",
        ),
    ],
)
def test_a_call_on_plain_data_is_wrapped_in_a_release(old: str, new: str) -> None:
    assert body_after(GilHeld(), old) == new
    assert body_after(GilHeld(), old, "0.26.0") == new.replace("allow_threads", "detach")


@pytest.mark.parametrize(
    "body",
    [
        # The closure would capture an array that Python owns.
        "    Ok(gain(&data.to_vec()?, factor).into_pyarray(py))",
        # `?` would leave the closure, not the function.
        "    Ok(gain(data.as_slice().map_err(raise)?, factor).into_pyarray(py))",
        # The token inside a closure may be another one.
        "    let s = data.as_slice()?;\n"
        "    let run = || gain(s, factor);\n"
        "    Ok(run().into_pyarray(py))",
        "    let s = data.as_slice()?;\n"
        "    Ok(Python::with_gil(|_| gain(s, factor)).into_pyarray(py))",
    ],
)
def test_what_may_capture_python_is_left_alone(body: str) -> None:
    assert body_after(GilHeld(), body) == body


def test_a_loop_is_wrapped_with_what_it_fills() -> None:
    old = """\
    let s = data.as_slice()?;
    let mut out = Vec::new();
    for x in s {
        if x.is_nan() {
            continue;
        }
        out.push(x * factor);
    }
    Ok(out.into_pyarray(py))"""
    new = old.replace("for x in s {", "py.allow_threads(|| for x in s {").replace(
        "factor);\n    }\n", "factor);\n    });\n"
    )
    assert body_after(GilHeld(), old) == new


@pytest.mark.parametrize("leaves", ["return Err(PyValueError::new_err(1));", "checked(*x)?;"])
def test_a_loop_that_leaves_the_function_is_left_alone(leaves: str) -> None:
    body = f"""\
    let s = data.as_slice()?;
    let mut out = Vec::new();
    for x in s {{
        if x.is_nan() {{
            {leaves}
        }}
        out.push(x * factor);
    }}
    Ok(out.into_pyarray(py))"""
    assert body_after(GilHeld(), body) == body


def test_a_function_without_the_token_gets_it() -> None:
    source = HEAD + (
        "\n#[pyfunction]\nfn gain_py(data: Vec<f64>, factor: f64) -> Vec<f64> {\n"
        f"    gain(&data, factor)\n}}\n{TAIL}"
    )
    result = fixed({"src/lib.rs": source}, "0.26.0", GilHeld())
    text = result.inputs.sources["src/lib.rs"].decode()
    assert "fn gain_py(py: Python<'_>, data: Vec<f64>, factor: f64)" in text
    assert "    py.detach(|| gain(&data, factor))\n" in text
    called = source + "\npub fn other() -> Vec<f64> {\n    gain_py(vec![1.0], 2.0)\n}\n"
    assert fixed({"src/lib.rs": called}, "0.26.0", GilHeld()).fixed == ()


# --- BC202 and BC203: moves ------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "    let v = gain(data.as_slice()?, factor);\n    Ok(v.to_pyarray(py))",
            "    let v = gain(data.as_slice()?, factor);\n    Ok(v.into_pyarray(py))",
        ),
        (
            "    let b = bands(data.as_slice()?);\n"
            "    let low = b.low.to_pyarray(py);\n"
            "    low.add(b.high[0])",
            "    let b = bands(data.as_slice()?);\n"
            "    let low = b.low.into_pyarray(py);\n"
            "    low.add(b.high[0])",
        ),
        (
            "    let v = gain(data.as_slice()?, factor);\n    Ok(PyArray1::from_slice(py, &v))",
            "    let v = gain(data.as_slice()?, factor);\n    Ok(v.into_pyarray(py))",
        ),
    ],
)
def test_an_owned_result_is_moved(old: str, new: str) -> None:
    rest = body_after_any_import(CopiedResult(), old)
    assert rest == new


def body_after_any_import(rule: Rule, body: str) -> str:
    result = fixed({"src/lib.rs": binding(body)}, "0.25.0", rule)
    text = result.inputs.sources["src/lib.rs"].decode()
    return text.partition("PyArray1<f64>>> {\n")[2].partition(f"\n}}\n{TAIL}")[0]


@pytest.mark.parametrize(
    "body",
    [
        # Used again.
        "    let v = gain(data.as_slice()?, factor);\n"
        "    let a = v.to_pyarray(py);\n    a.add(v.len())",
        # Moved in the first round of a loop.
        "    let v = gain(data.as_slice()?, factor);\n"
        "    for _ in 0..2 {\n        out.add(v.to_pyarray(py));\n    }\n    Ok(out)",
        # Borrowed until later.
        "    let v = gain(data.as_slice()?, factor);\n    let r = &v;\n"
        "    let a = v.to_pyarray(py);\n    a.add(r.len())",
    ],
)
def test_a_result_that_is_needed_again_is_not_moved(body: str) -> None:
    assert body_after_any_import(CopiedResult(), body) == body


def test_the_trait_of_the_copy_is_imported_no_longer() -> None:
    body = (
        "    use numpy::ToPyArray;\n"
        "    let v = gain(data.as_slice()?, factor);\n    Ok(v.to_pyarray(py))"
    )
    source = (
        binding(body)
        .replace("use numpy::{IntoPyArray, ", "use numpy::{")
        .replace("PyReadonlyArray1, ToPyArray}", "PyReadonlyArray1}")
    )
    result = fixed({"src/lib.rs": source}, "0.25.0", CopiedResult())
    wanted = source.replace("ToPyArray;", "IntoPyArray;").replace(".to_py", ".into_py")
    assert result.inputs.sources["src/lib.rs"].decode() == wanted


@pytest.mark.parametrize(
    ("head", "added"),
    [
        ("use numpy::{PyArray1, ToPyArray};\n", "use numpy::{IntoPyArray, PyArray1, ToPyArray};\n"),
        ("use numpy::prelude::*;\nuse numpy::PyArray1;\n", None),
    ],
)
def test_the_trait_of_the_move_is_imported_where_it_is_not(head: str, added: str | None) -> None:
    body = (
        "    let v = gain(data.as_slice()?, factor);\n"
        "    let w = v.to_pyarray(py);\n    w.to_pyarray(py)"
    )
    source = binding(body)
    first = source.partition("\n")[0] + "\n"
    source = source.replace(first, head)
    result = fixed({"src/lib.rs": source}, "0.25.0", CopiedResult())
    text = result.inputs.sources["src/lib.rs"].decode()
    assert text.startswith(added or head)
    assert "let w = v.into_pyarray(py);" in text


FILLED = """\
    let b = bands(data.as_slice()?);
    let low = unsafe { PyArray1::<f64>::new(py, [b.low.len()], false) };
    let high = unsafe { PyArray2::<f64>::new(py, [1, b.high.len()], false) };
    unsafe { low.as_slice_mut()? }.copy_from_slice(&b.low);
    unsafe {
        high.as_slice_mut()?.copy_from_slice(&b.high);
    }
    low.add(high)"""
MADE = """\
    let b = bands(data.as_slice()?);
    let low = b.low.into_pyarray(py);
    let high = b.high.into_pyarray(py).reshape([1, b.high.len()])?;
    low.add(high)"""


def test_arrays_are_made_of_the_vectors_that_filled_them() -> None:
    old = FILLED.replace("[1, b.high.len()]", "[1, n]").replace(
        "    let low", "    let n = b.high.len();\n    let low", 1
    )
    new = MADE.replace("[1, b.high.len()]", "[1, n]").replace(
        "    let low", "    let n = b.high.len();\n    let low", 1
    )
    assert body_after(CopyIntoFreshArray(), old) == new


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        # The vector is read again, a part is copied, the cells are touched before.
        ("    low.add(high)", "    low.add(b.low[0])"),
        ("copy_from_slice(&b.low)", "copy_from_slice(&b.low[1..])"),
        ("    unsafe { low", "    low.set(0, 1.0)?;\n    unsafe { low"),
    ],
)
def test_an_array_that_is_not_only_filled_is_kept(what: str, instead: str) -> None:
    body = FILLED.replace(what, instead)
    after = body_after(CopyIntoFreshArray(), body)
    assert "let low = unsafe { PyArray1" in after
    assert instead in after
