"""Both sides of a compiled call use the same number of threads: it shows in the values."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from .test_bench_same_work import CORE, GRID, MANIFEST, bench, module

pytestmark = pytest.mark.cargo

LIB = """\
pub mod knot;
pub mod loose;
pub mod spread;

use pyo3::prelude::*;

#[derive(Clone, Copy)]
pub enum Kernel { Auto, Scalar }

#[pymodule]
fn shades(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(knot::knot_batch_py, m)?)?;
    m.add_function(wrap_pyfunction!(loose::loose_batch_py, m)?)?;
    m.add_function(wrap_pyfunction!(spread::spread_py, m)?)?;
    m.add_function(wrap_pyfunction!(spread::filled_py, m)?)?;
    m.add_function(wrap_pyfunction!(spread::alone_py, m)?)
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

SPREAD = """\
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use std::thread;

fn shared(data: &[f64]) -> f64 {
    let workers = thread::available_parallelism().map_or(1, |one| one.get());
    thread::scope(|scope| {
        let started: Vec<_> = data
            .chunks(data.len().div_ceil(workers).max(1))
            .map(|part| scope.spawn(move || part.iter().sum::<f64>()))
            .collect();
        started.into_iter().map(|one| one.join().unwrap()).sum::<f64>()
    })
}

/// Each value is larger by the number of cores that this process may use.
pub fn spread(data: &[f64], depth: usize) -> Vec<f64> {
    let cores = thread::available_parallelism().map_or(1, |one| one.get());
    let more = shared(&data[..depth.min(data.len())]) + cores as f64;
    data.iter().map(|x| x + more).collect()
}

pub fn alone(data: &[f64], depth: usize) -> Vec<f64> {
    let cores = thread::available_parallelism().map_or(1, |one| one.get());
    data.iter().map(|x| x * depth as f64 + cores as f64).collect()
}

#[pyfunction(name = "spread")]
#[pyo3(signature = (data, depth=9))]
pub fn spread_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, depth: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = data.as_slice()?;
    Ok(py.detach(|| spread(data, depth)).into_pyarray(py))
}

#[pyfunction(name = "alone")]
#[pyo3(signature = (data, depth=9))]
pub fn alone_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, depth: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = data.as_slice()?;
    Ok(py.detach(|| alone(data, depth)).into_pyarray(py))
}

/// What it has no value for stays as the caller has it.
pub fn filled_into(data: &[f64], depth: usize, out: &mut [f64]) {
    for (value, x) in out.iter_mut().zip(data).skip(depth) {
        *value = x * depth as f64;
    }
}

#[pyfunction(name = "filled")]
#[pyo3(signature = (close, length=9))]
pub fn filled_py<'py>(
    py: Python<'py>, close: PyReadonlyArray1<'py, f64>, length: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = close.as_slice()?;
    let mut out = vec![f64::NAN; data.len()];
    py.detach(|| filled_into(data, length, &mut out));
    Ok(out.into_pyarray(py))
}
"""

FILES = {
    "Cargo.toml": MANIFEST,
    "src/lib.rs": LIB,
    "src/knot.rs": module("knot", CORE + BATCH.replace("DEFAULT", "Some(1)"), "knot_batch"),
    "src/spread.rs": SPREAD,
    "src/loose.rs": module("loose", CORE + BATCH.replace("DEFAULT", "None"), "loose_batch"),
}


@pytest.fixture(scope="module")
def crate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("cargo") is None:
        pytest.skip("needs cargo")
    root = tmp_path_factory.mktemp("shades")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_both_sides_have_the_threads_that_the_binding_has_by_default(crate: Path) -> None:
    own = ("knot", "loose", "--batch", "--rows", "3", "--sizes", "200", "--outs", "new,given")
    _, found = bench(crate, *own)
    assert found["troubles"] == []
    pairs = [(one["case"]["name"], one["sides"]) for one in found["comparisons"]]
    sides = ["python", "native"]
    # Other threads would be other values, which have no result.
    assert pairs == [("knot/batch/3x200", sides), ("knot/batch/out/3x200", sides),
                     ("loose/batch/3x200", sides), ("loose/batch/out/3x200", sides)]  # fmt: skip
    [note] = [one for one in found["notes"] if one.startswith("threads by default")]
    assert note.endswith("the same on both sides: knot batch `threads=Some(1)`")


def test_a_single_call_that_starts_threads_has_all_cores_and_others_have_one(crate: Path) -> None:
    """The cores are those that a process may use: whatever else the machine does."""
    told = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    _, found = bench(crate, "spread", "alone", "filled_into", "--sizes", "200")
    assert found["troubles"] == []
    one = None if told is None else 1
    assert [(each["case"]["name"], each["cores"]) for each in found["comparisons"]] == [
        ("spread/single/200", told),
        ("alone/single/200", one),
        # A core that writes into a buffer, with arguments by other names.
        ("filled/single/200", one),
    ]
    _, found = bench(crate, "spread", "alone", "--sizes", "200", "--threads", "1")
    # Where a process cannot be kept on a core, nothing tells a core function of its own threads.
    assert [(each["case"]["name"], each["cores"]) for each in found["comparisons"]] == [
        *([] if told is None else [("spread/single/threads=1/200", 1)]),
        ("alone/single/200", one),
    ]
