"""Idioms of bindings by hand: other ways to ask an array for its numbers, other errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from tides import CORE, SINGLE
from tidings import packed, replaced

READ = "    let h = high.as_slice()?;\n"
CALL = """        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok((ebb.into_pyarray(py), flood.into_pyarray(py)))
"""
ASKED = """    let view = high.as_array();
    let h = view.as_slice().ok_or_else(|| PyValueError::new_err("strided"))?;
"""
LAID_OUT = """    let view = high.as_array();
    let whole = view.as_standard_layout();
    let h = whole.as_slice().unwrap();
"""


@pytest.mark.parametrize(
    "read", [ASKED, ASKED.replace("view.as_slice()", "high.as_array().as_slice()"), LAID_OUT]
)
def test_another_way_to_ask_for_the_numbers(tmp_path: Path, read: str) -> None:
    told = replaced(tmp_path, "single", READ, read)
    assert not told.lacking
    assert "lethigh_slice=matchhigh.as_slice(){" in told.body
    for gone in ("ok_or_else", "as_standard_layout", "strided"):
        assert gone not in told.body


@pytest.mark.parametrize(
    "read",
    [
        ASKED.replace("view.as_slice()", "view.get(0)").replace("let h", "let _first")
        + "    let h = high.as_slice()?;\n",
        LAID_OUT.replace("as_standard_layout()", "reversed_axes()"),
    ],
)
def test_what_asks_for_anything_else_is_not_taken_for_it(tmp_path: Path, read: str) -> None:
    told = replaced(tmp_path, "single", READ, read)
    assert told.lacking or "reversed_axes" in told.body or "get(0)" in told.body


OWN = SINGLE.replace("PyResult<(Bound", "Result<(Bound").replace(
    "PyArray1<f64>>)> {", "PyArray1<f64>>), Failed> {"
)


@pytest.mark.parametrize("error", ["Failed", "crate::Failed"])
def test_errors_of_its_own_are_made_as_they_were(tmp_path: Path, error: str) -> None:
    new = OWN.replace("Failed", error).replace(
        CALL, CALL.replace(CALL.partition("?")[0], "        ")
    )
    told = replaced(tmp_path, "single", SINGLE, new)
    assert not told.lacking
    assert f".map_err({error}::from)?" in told.body
    assert "PyErr::from" not in told.body


def test_errors_that_go_by_way_of_those_of_python(tmp_path: Path) -> None:
    """A closure makes them of PyO3 first: `?` makes its own of those."""
    old = """    let (ebb, flood) = py
        .allow_threads(|| tide_with_kernel(&input, kern).map(|tide| (tide.ebb, tide.flood)))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
"""
    new = """    let (ebb, flood) = py.allow_threads(|| -> PyResult<_> {
        let tide = tide_with_kernel(&input, kern)?;
        Ok((tide.ebb, tide.flood))
    })?;
"""
    told = replaced(tmp_path, "single", SINGLE, OWN.replace(old, new))
    assert "Failed::from" not in told.body


def test_methods_by_a_trait_keep_its_import(tmp_path: Path) -> None:
    local = "    use numpy::PyArrayMethods;\n"
    head = SINGLE.replace("high: PyReadonlyArray1<'py, f64>", "high: Bound<'py, PyArray1<f64>>")
    new = head.replace(READ, f"{local}    let high = high.readonly();\n{READ}")
    told = replaced(tmp_path, "single", SINGLE, new)
    assert not told.lacking
    assert "high.readonly()" in told.body
    assert "PyArrayMethods" in CORE or packed(local) in told.body


KERNEL = "    let kern = crate::read_kernel(kernel)?;\n"
SOME = """    if let Some(n) = span {
        if n > 900 {
            return Err(PyValueError::new_err(format!("{n} is too long")));
        }
    }
"""
BOTH = """    if kind == "neap" {
        if h.len() > 9000 {
            return Err(PyValueError::new_err("high"));
        }
        if l.len() > 8000 {
            return Err(PyValueError::new_err("low"));
        }
    }
"""


@pytest.mark.parametrize("check", [SOME, BOTH])
def test_checks_under_a_condition_stay(tmp_path: Path, check: str) -> None:
    told = replaced(tmp_path, "single", KERNEL, check + KERNEL)
    assert not told.lacking
    wanted = check.replace("h.len()", "high_slice.len()").replace("l.len()", "low_slice.len()")
    assert packed(wanted) in told.body


def test_a_condition_that_does_more_than_check_is_told_with_its_error(tmp_path: Path) -> None:
    check = SOME.replace("        if n", "        crate::note(n);\n        if n")
    told = replaced(tmp_path, "single", KERNEL, check + KERNEL)
    assert "a place for the error in `tide_py`: `return Err(" in told.lacking
