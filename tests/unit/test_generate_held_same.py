"""A body by hand is replaced only by one that does the same, which is told from both together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tides import CALL, CHOSEN, HANDED, HIGH, INPUT, KERNEL
from tidings import packed, replaced

TAKEN = "    let (ebb, flood) = (tide.ebb, tide.flood);\n"
MADE = "TideStream::try_new(params)"
SMOOTH = INPUT.replace("(h,", "(&smooth,")

# The piece, the text that is replaced, and the text in its place.
OTHER = {
    "a core of another module": (
        "single",
        CALL,
        CALL.replace("tide_with_kernel", "crate::spare::tide_with_kernel"),
    ),
    "a core of another module by an import": (
        "single",
        CALL,
        "    use crate::spare::tide_with_kernel;\n" + CALL,
    ),
    "a kernel of another module": (
        "single",
        KERNEL,
        KERNEL.replace("crate::read_kernel", "crate::spare::read_kernel"),
    ),
    "another constructor of the input": (
        "single",
        INPUT,
        INPUT.replace("from_slices", "without_gaps"),
    ),
    "another constructor of the stream": ("stream", MADE, "TideStream::warmed(params)"),
    "an exception for one error": (
        "single",
        CALL,
        """    let tide = match py.allow_threads(|| tide_with_kernel(&input, kern)) {
        Ok(tide) => tide,
        Err(TideError::Length { got, .. }) => return Err(PyValueError::new_err(got)),
        Err(e) => return Err(PyValueError::new_err(e.to_string())),
    };
"""
        + TAKEN,
    ),
    "an exception for one error with its name": (
        "single",
        CALL,
        """    let tide = match py.allow_threads(|| tide_with_kernel(&input, kern)) {
        Ok(tide) => tide,
        Err(e @ TideError::Empty) => return Err(PyValueError::new_err(e.to_string())),
        Err(e) => return Err(pyo3::exceptions::PyIndexError::new_err(e.to_string())),
    };
"""
        + TAKEN,
    ),
    "one value for all elements": (
        "single",
        INPUT,
        """    let top = h.iter().cloned().fold(f64::NEG_INFINITY, f64::max);
    let smooth: Vec<f64> = h.iter().map(|v| v / top).collect();
"""
        + SMOOTH,
    ),
    "a vector that two places use": (
        "single",
        HIGH,
        """    let clean: Vec<f64> =
        high.as_slice()?.iter().map(|v| if v.is_nan() { 0.0 } else { *v }).collect();
    let h = clean.as_slice();
""",
    ),
    "a function that is called in a closure": (
        "single",
        CHOSEN,
        "    let spare = span.is_none().then(|| crate::draw());\n"
        "    let chosen = spare.unwrap_or(7) + spare.unwrap_or(5);\n",
    ),
    "work without the interpreter": (
        "single",
        INPUT,
        "    let smooth = py.allow_threads(|| crate::smooth(h));\n" + SMOOTH,
    ),
    "work without the interpreter that computes": (
        "single",
        INPUT,
        "    let smooth: Vec<f64> = py.allow_threads(|| h.iter().map(|v| v * v).collect());\n"
        + SMOOTH,
    ),
    "the error of work without the interpreter": (
        "single",
        INPUT,
        "    let smooth = py.allow_threads(|| crate::smooth(h))\n"
        "        .map_err(|e| pyo3::exceptions::PyRuntimeError::new_err(e.to_string()))?;\n"
        + SMOOTH,
    ),
    "an array that is read without a guard": (
        "single",
        HIGH,
        "    let h = unsafe { high.as_slice()? };\n    let h = unsafe { crate::all(h) };\n",
    ),
    "an array that python is asked about": (
        "single",
        HIGH,
        """    if high.is_empty()? {
        return Err(PyValueError::new_err("no tides"));
    }
"""
        + HIGH,
    ),
    "what is taken twice": (
        "single",
        CHOSEN,
        "    let mut spans = vec![3, 4];\n    let chosen = spans.pop().or(span).unwrap_or(7)"
        " + spans.pop().unwrap_or(0);\n",
    ),
    "a state that is read before": (
        "stream",
        HANDED,
        """        let before = self.inner.params.length.unwrap_or(0);
        let result = self.inner.update(high, low);
        result.unwrap_or(before as f64)""",
    ),
    "an update that is only sometimes made": (
        "stream",
        HANDED,
        "        (high > low).then(|| self.inner.update(high, low)).flatten().unwrap_or(f64::NAN)",
    ),
}


@pytest.mark.parametrize("name", OTHER)
def test_a_body_that_does_something_else_stays(tmp_path: Path, name: str) -> None:
    piece, old, new = OTHER[name]
    assert replaced(tmp_path, piece, old, new).lacking.startswith("not known: ")


# What the old body has in the place of another text, and what the new one has.
SAME = {
    "a literal of the input": (
        INPUT,
        "    let input = TideInput { low: l, params, high: h };\n",
        "TideInput::from_slices(high_slice, low_slice, params)",
    ),
    "an exception by another name": (
        HIGH,
        "    use pyo3::exceptions::PyRuntimeError as PyValueError;\n" + HIGH,
        "use pyo3::exceptions::PyRuntimeError as PyValueError;",
    ),
    "the core by its whole name": (
        CALL,
        CALL.replace("tide_with_kernel", "crate::tide::tide_with_kernel"),
        "tide_with_kernel(&input, kern)",
    ),
    "two ways that differ in a copy": (
        INPUT + CALL,
        """    let (ebb, flood) = if let Ok(h) = high.as_slice() {
        let input = TideInput::from_slices(h, l, params);
        py.allow_threads(|| tide_with_kernel(&input, kern).map(|tide| (tide.ebb, tide.flood)))
            .map_err(|e| PyValueError::new_err(e.to_string()))?
    } else {
        let copy = high.as_array().to_owned();
        let input = TideInput::from_slices(copy.as_slice().unwrap(), l, params);
        py.allow_threads(|| tide_with_kernel(&input, kern).map(|tide| (tide.ebb, tide.flood)))
            .map_err(|e| PyValueError::new_err(e.to_string()))?
    };
""",
        "tide_with_kernel(&input, kern)",
    ),
    "an error of the memory": (
        CALL + "    Ok((ebb.into_pyarray(py), flood.into_pyarray(py)))",
        """    let flood = unsafe { PyArray1::<f64>::new(py, [h.len()], false) };
    let ebb = unsafe { PyArray1::<f64>::new(py, [h.len()], false) };
    let (a, b) = unsafe { (flood.as_slice_mut()?, ebb.as_slice_mut()?) };
    py.allow_threads(|| tide_into_slices(a, b, &input, kern))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok((ebb, flood))""",
        "tide_into_slices(&mut flood_values, &mut ebb_values, &input, kern)",
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_a_body_that_does_the_same_is_replaced(tmp_path: Path, name: str) -> None:
    old, new, wanted = SAME[name]
    told = replaced(tmp_path, "single", old, new)
    assert not told.lacking
    assert packed(wanted) in told.body
