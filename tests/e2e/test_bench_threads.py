"""Both sides of a compiled batch use the same number of threads: it shows in the values."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .test_bench_same_work import CORE, GRID, MANIFEST, bench, module

pytestmark = pytest.mark.cargo

LIB = """\
pub mod knot;
pub mod loose;

use pyo3::prelude::*;

#[derive(Clone, Copy)]
pub enum Kernel { Auto, Scalar }

#[pymodule]
fn shades(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(knot::knot_batch_py, m)?)?;
    m.add_function(wrap_pyfunction!(loose::loose_batch_py, m)?)
}
"""

BATCH = (
    GRID
    + """\
    let mut values = vec![0.0; combos.len() * data.len()];
    name_batch_inner_into(data, &combos, kernel, None, &mut values)?;
    Ok(NameBatchOutput { values, rows: combos.len(), combos, cols: data.len() })
}
/// Each value tells how many threads were asked for, 700 if that was left open.
pub fn name_batch_inner_into(
    data: &[f32], combos: &[NameParams], _kernel: Kernel, threads: Option<usize>, out: &mut [f32],
) -> Result<(), String> {
    for (row, params) in out.chunks_mut(data.len()).zip(combos) {
        let depth = params.depth.ok_or("no depth")?;
        for (value, x) in row.iter_mut().zip(data) {
            *value = FACTOR * x + (depth + 100 * threads.unwrap_or(700)) as f32;
        }
    }
    Ok(())
}

#[pyfunction(name = "PYTHON")]
#[pyo3(signature = (data, depth_range, *, threads=DEFAULT, out=None))]
pub fn name_batch_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f32>, depth_range: (usize, usize, usize),
    threads: Option<usize>, out: Option<Bound<'py, PyArray2<f32>>>,
) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let combos = expand_grid(&NameBatchRange { depth: depth_range });
    let data = data.as_slice()?;
    let into = |out: &mut [f32]| {
        name_batch_inner_into(data, &combos, Kernel::Auto, threads, out).unwrap()
    };
    if let Some(out) = out {
        into(unsafe { out.as_slice_mut()? });
        return Ok(out);
    }
    let made = PyArray2::zeros(py, [combos.len(), data.len()], false);
    into(unsafe { made.as_slice_mut()? });
    Ok(made)
}
"""
)

FILES = {
    "Cargo.toml": MANIFEST,
    "src/lib.rs": LIB,
    "src/knot.rs": module("knot", CORE + BATCH.replace("DEFAULT", "Some(1)"), "knot_batch"),
    "src/loose.rs": module("loose", CORE + BATCH.replace("DEFAULT", "None"), "loose_batch"),
}


def test_both_sides_have_the_threads_that_the_binding_has_by_default(tmp_path: Path) -> None:
    if shutil.which("cargo") is None:
        pytest.skip("needs cargo")
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    own = ("knot", "loose", "--batch", "--rows", "3", "--sizes", "200", "--outs", "new,given")
    _, found = bench(tmp_path, *own)
    assert found["troubles"] == []
    pairs = [(one["case"]["name"], one["sides"]) for one in found["comparisons"]]
    sides = ["python", "native"]
    # Other threads would be other values, which have no result.
    assert pairs == [("knot/batch/3x200", sides), ("knot/batch/out/3x200", sides),
                     ("loose/batch/3x200", sides), ("loose/batch/out/3x200", sides)]  # fmt: skip
    [note] = [one for one in found["notes"] if one.startswith("threads by default")]
    assert note.endswith("the same on both sides: knot batch `threads=Some(1)`")
