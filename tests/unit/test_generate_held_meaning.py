"""Bindings by hand that do something of their own: a replaced one does it too, and stays so."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.regions import find_regions
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from tides import (
    BATCH,
    CALL,
    CHOSEN,
    CORE,
    END,
    HANDED,
    INPUT,
    INTO,
    KERNEL,
    LIB,
    MANIFEST,
    SINGLE,
    STREAM,
)

NEW = "        let params = TideParams { length: Some(span), ..TideParams::default() };\n"
MADE = """        let inner =
            TideStream::try_new(params).map_err(|e| PyValueError::new_err(e.to_string()))?;
        Ok(TideStreamPy { inner })
"""
# The piece, the text that is replaced, the text in its place, and what the new binding must have.
CASES = {
    "error by match": (
        "single",
        CALL,
        """    let result = py.allow_threads(|| tide_with_kernel(&input, kern));
    let tide = match result {
        Ok(tide) => tide,
        Err(e) => return Err(PyValueError::new_err(format!("tide: {e}"))),
    };
    let (ebb, flood) = (tide.ebb, tide.flood);
""",
        ['.map_err(|e| PyValueError::new_err(format!("tide: {e}")))?'],
    ),
    "error by match at the end": (
        "single",
        CALL + END,
        """    match py.allow_threads(|| tide_with_kernel(&input, kern)) {
        Ok(tide) => Ok((tide.ebb.into_pyarray(py), tide.flood.into_pyarray(py))),
        Err(e) => Err(PyValueError::new_err(format!("tide: {e}"))),
    }""",
        ['.map_err(|e| PyValueError::new_err(format!("tide: {e}")))?'],
    ),
    "error inside": (
        "single",
        CALL,
        """    let tide = py.allow_threads(|| {
        let tide = tide_with_kernel(&input, kern)
            .map_err(|e| PyValueError::new_err(format!("tide: {e}")))?;
        Ok::<_, PyErr>(tide)
    })?;
    let (ebb, flood) = (tide.ebb, tide.flood);
""",
        ['.map_err(|e| PyValueError::new_err(format!("tide: {e}")))?'],
    ),
    "error by another spelling": (
        "single",
        CALL,
        CALL.replace(
            "|e| PyValueError::new_err(e.to_string())",
            "|e: TideError| PyErr::new::<pyo3::exceptions::PyValueError, _>(e.to_string())",
        ),
        [".map_err(|error| PyValueError::new_err(error.to_string()))?"],
    ),
    "error that becomes an exception by itself": (
        "single",
        CALL,
        CALL.replace(".map_err(|e| PyValueError::new_err(e.to_string()))?", "?"),
        [".map_err(pyo3::PyErr::from)?"],
    ),
    "either layout": (
        "single",
        KERNEL + CHOSEN,
        KERNEL
        + CHOSEN
        + """    let owned;
    let h = if let Ok(slice) = high.as_slice() {
        slice
    } else {
        owned = high.as_array().to_owned();
        owned.as_slice().expect("owned")
    };
""",
        ["TideInput::from_slices(high_slice, low_slice, params)"],
    ),
    "one call for each layout": (
        "single",
        INPUT + CALL,
        """    let (ebb, flood) = if let Ok(slice) = high.as_slice() {
        let input = TideInput::from_slices(slice, l, params);
        py.allow_threads(|| tide_with_kernel(&input, kern).map(|tide| (tide.ebb, tide.flood)))
            .map_err(|e| PyValueError::new_err(e.to_string()))?
    } else {
        let owned = high.as_array().to_owned();
        let slice = owned.as_slice().expect("owned");
        let input = TideInput::from_slices(slice, l, params);
        py.allow_threads(|| tide_with_kernel(&input, kern).map(|tide| (tide.ebb, tide.flood)))
            .map_err(|e| PyValueError::new_err(e.to_string()))?
    };
""",
        ["TideInput::from_slices(high_slice, low_slice, params)"],
    ),
    "cleaned input": (
        "single",
        INPUT,
        """    let clean: Vec<f64> =
        h.iter().map(|v| if v.is_nan() { 0.0 } else { *v }).collect();
"""
        + INPUT.replace("(h,", "(&clean,"),
        [
            "let high_values = high_slice.iter()"
            ".map(|v| if v.is_nan() { 0.0 } else { *v }).collect::<Vec<f64>>();",
            "TideInput::from_slices(&high_values, low_slice, params)",
        ],
    ),
    "function over the input": (
        "single",
        INPUT,
        "    let smooth = crate::smooth::<f64>(h, 3);\n" + INPUT.replace("(h,", "(&smooth,"),
        ["let high_values = crate::smooth::<f64>(high_slice, 3);", "from_slices(&high_values,"],
    ),
    "reversed input": (
        "single",
        INPUT,
        "    let turned: Vec<f64> = h.iter().rev().copied().collect();\n"
        + INPUT.replace("(h,", "(&turned,"),
        ["let high_values = high_slice.iter().rev().copied().collect::<Vec<f64>>();"],
    ),
    "part of the input": (
        "single",
        INPUT,
        "    let n = h.len().min(l.len());\n" + INPUT.replace("(h, l,", "(&h[..n], &l[1..],"),
        [
            "let high_values = &high_slice[..high_slice.len().min(low_slice.len())];",
            "let low_values = &low_slice[1..];",
            "TideInput::from_slices(high_values, low_values, params)",
        ],
    ),
    "series the other way round": (
        "single",
        INPUT,
        INPUT.replace("(h, l,", "(l, h,"),
        ["TideInput::from_slices(low_slice, high_slice, params)"],
    ),
    "input as a literal": (
        "single",
        INPUT,
        "    let input = TideInput { high: l, low: h, params };\n",
        ["TideInput::from_slices(low_slice, high_slice, params)"],
    ),
    "kernel by its own rule": (
        "single",
        KERNEL,
        """    let kern = match kernel {
        Some(name) => crate::read_kernel(Some(name))?,
        None => crate::Kernel::Scalar,
    };
""",
        [
            "let kern = match kernel { Some(name) => crate::read_kernel(Some(name))?,"
            " None => crate::Kernel::Scalar, };"
        ],
    ),
    "error of the kernel": (
        "single",
        KERNEL,
        '    let kern = crate::read_kernel(kernel).map_err(|_| PyValueError::new_err("kind"))?;\n',
        ['let kern = crate::read_kernel(kernel).map_err(|_| PyValueError::new_err("kind"))?;'],
    ),
    "error in a variable": (
        "single",
        CHOSEN,
        """    let chosen = match span {
        Some(0) => return Err(PyValueError::new_err("a span of none")),
        Some(given) => given,
        None => 7,
    };
""",
        [
            'let chosen = match span { Some(0) => return Err(PyValueError::new_err("a span of none'
            '")), Some(given) => given, None => 7, };',
            "length: Some(chosen),",
        ],
    ),
    "other parameter": (
        "single",
        CHOSEN,
        "    let span = span.map(|given| given + 1);\n    let chosen = span.unwrap_or(7).max(2);\n",
        ["length: Some(span.map(|given| given + 1).unwrap_or(7).max(2))"],
    ),
    "import of its own": (
        "single",
        CHOSEN,
        """    use crate::smooth as evened;
    use crate::read_kernel as unused;
    let n = evened::<f64>(h, 2).len();
    let chosen = span.unwrap_or(n);
""",
        ["use crate::smooth as evened;", "evened::<f64>(high_slice, 2).len()"],
    ),
    "import of a stream": (
        "stream",
        NEW,
        "        use std::cmp::max;\n        let span = max(span, 2);\n" + NEW,
        ["use std::cmp::max;", "length: Some(max(span, 2))"],
    ),
    "nothing uses it": (
        "single",
        END,
        f"    let longest = h.len().max(l.len()) * 2;\n{END}",
        [],
    ),
    "error behind a block": (
        "single",
        CALL,
        """    let mut up = vec![0.0; h.len()];
    let mut down = vec![0.0; l.len()];
    {
        let (a, b) = (&mut up, &mut down);
        py.allow_threads(|| tide_into_slices(a, b, &input, kern))
    }
    .map_err(|e| PyValueError::new_err(format!("tide: {e}")))?;
    let (ebb, flood) = (down, up);
""",
        ['.map_err(|e| PyValueError::new_err(format!("tide: {e}")))?'],
    ),
    "buffers that are blank": (
        "single",
        CALL,
        """    let mut up = vec![f64::NAN; h.len()];
    let mut down = vec![-1.0; l.len()];
    py.allow_threads(|| tide_into_slices(&mut up, &mut down, &input, kern))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    let (ebb, flood) = (down, up);
""",
        [
            "let mut flood_values = vec![f64::NAN; high_slice.len()];",
            "let mut ebb_values = vec![-1.0; low_slice.len()];",
        ],
    ),
    "blanks that are copied over": (
        "single",
        END,
        """    let first = h.iter().position(|v| !v.is_nan()).unwrap_or(0);
    let warm = first + 2;
    let up = unsafe { PyArray1::<f64>::new(py, [h.len()], false) };
    let shown = unsafe { up.as_slice_mut()? };
    if warm < h.len() {
        shown[..warm].fill(f64::NAN);
    } else {
        shown.fill(f64::from_bits(0x7ff8_0000_0000_0000));
    }
    shown.copy_from_slice(&ebb);
    Ok((up, flood.into_pyarray(py)))""",
        ["Ok((output.ebb.into_pyarray(py), output.flood.into_pyarray(py)))"],
    ),
    "error of a stream by match": (
        "stream",
        MADE,
        """        match TideStream::try_new(params) {
            Ok(inner) => Ok(TideStreamPy { inner }),
            Err(e) => Err(PyValueError::new_err(format!("stream: {e}"))),
        }
""",
        ['.map_err(|e| PyValueError::new_err(format!("stream: {e}")))?'],
    ),
    "error of a stream that becomes an exception by itself": (
        "stream",
        MADE,
        MADE.replace(".map_err(|e| PyValueError::new_err(e.to_string()))?", "?"),
        [".map_err(pyo3::PyErr::from)?"],
    ),
    "error in a variable of a stream": (
        "stream",
        NEW,
        """        let span = if span == 0 {
            return Err(PyValueError::new_err("a span of none"));
        } else {
            span
        };
"""
        + NEW,
        ['let span = if span == 0 { return Err(PyValueError::new_err("a span of none"));'],
    ),
    "other value in": (
        "stream",
        HANDED,
        "        let high = high.max(low);\n" + HANDED.replace("(high, low)", "(low.abs(), high)"),
        ["let result = self.inner.update(low.abs(), high.max(low));"],
    ),
    "value before an and": (
        "stream",
        HANDED,
        "        f64::from(self.inner.update(high, low).is_some() && high.is_finite())",
        [
            "let result = self.inner.update(high, low);",
            "f64::from(result.is_some() && high.is_finite())",
        ],
    ),
    "closure over the value": (
        "stream",
        HANDED,
        "        self.inner.update(high, low).map_or_else(|| low, |value| value.max(low))",
        ["result.map_or_else(|| low, |value| value.max(low))"],
    ),
    "end inside the value": (
        "stream",
        HANDED,
        "        let scale = divided(high, low)?;\n"
        "        self.inner.update(scale, low).unwrap_or(f64::NAN)",
        ["let result = self.inner.update(divided(high, low)?, low);"],
    ),
    "value by match": (
        "stream",
        HANDED,
        """        match self.inner.update(high, low) {
            Some(value) => value.clamp(-1.0, 1.0),
            None => f64::NAN,
        }""",
        [
            "let result = self.inner.update(high, low);",
            "match result { Some(value) => value.clamp(-1.0, 1.0), None => f64::NAN, }",
        ],
    ),
}


def run(crate: Path, mode: Mode = Mode.WRITE) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(mode=mode, everything=True, replacing=Replacing(True))
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def packed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("name", CASES)
def test_what_a_binding_does_of_its_own_stays(tmp_path: Path, name: str) -> None:
    piece, old, new, wanted = CASES[name]
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (tmp_path / "src/lib.rs").write_text(LIB)
    parts = {"single": SINGLE, "batch": BATCH, "stream": STREAM}
    assert parts[piece].count(old) == 1
    parts[piece] = parts[piece].replace(old, new)
    path = tmp_path / "src/tide.rs"
    path.write_text(CORE + INTO + "".join(parts.values()))
    result = run(tmp_path)
    assert result.status == 0, result.output
    found = find_regions(path.read_text(), "tide.rs")
    body = packed(next(one.body for one in found if one.key == f"tide/{piece}"))
    for text in wanted:
        assert packed(text) in body, body
    # Nothing is lost on the way, and a second run finds the same.
    written = path.read_text()
    again = run(tmp_path)
    assert {plan.state.value for plan in again.plans} == {"current", "present"}, again.output
    assert path.read_text() == written
    assert run(tmp_path, Mode.CHECK).status == 0
