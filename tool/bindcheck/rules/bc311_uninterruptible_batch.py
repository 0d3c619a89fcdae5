"""BC311: a batch that cannot be interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.interrupts import uninterruptible
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import SMOOTH, binding_crate

_BINDING = """
#[pyfunction]
fn smooth_batch<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    weights: Vec<Vec<f64>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
"""
_ROWS = """
fn rows_of(data: &[f64], weights: &[Vec<f64>]) -> Vec<f64> {
    weights.iter().flatten().flat_map(|&weight| smooth(data, weight)).collect()
}
"""
_ASKING = """
struct Stopped(PyErr);

impl From<Stopped> for PyErr {
    fn from(stopped: Stopped) -> Self {
        stopped.0
    }
}

fn look_up() -> Result<(), Stopped> {
    Python::with_gil(|py| py.check_signals()).map_err(Stopped)
}

fn rows_of(data: &[f64], weights: &[Vec<f64>]) -> Result<Vec<f64>, Stopped> {
    let mut rows = Vec::new();
    for &weight in weights.iter().flatten() {
        look_up()?;
        rows.extend(smooth(data, weight));
    }
    Ok(rows)
}
"""


def _batch(body: str) -> str:
    return binding_crate(f"{_ROWS}{_BINDING}{body}}}", "smooth_batch", core=SMOOTH)


class UninterruptibleBatch(EntryRule):
    """A batch that runs to its end, whatever the user presses.

    ## What it does

    Reports the work of a batch binding when neither the binding nor a function that it hands its
    interpreter token or its work to looks for signals (`check_signals`). A batch is a binding over
    the parameter grid of an indicator, or (likely) one with `batch` in its name that is given a
    list of things to work on. Silent are one pass over the numbers of an array (so a grid of an
    indicator without parameters, or of ranges that are ignored), coroutines, and bindings that give
    a future: the event loop looks for signals.

    ## Why it matters

    A grid over a long series takes minutes. Python notes Ctrl-C, and raises `KeyboardInterrupt`
    only when the call comes back: in a notebook the only way out is to kill the kernel, with all
    that it holds.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: the work has to look up now and then, either cut into blocks with
    `check_signals` between them, or by a question that the core asks in its loops; what was
    computed before the exception is dropped.
    """

    code: ClassVar[str] = "BC311"
    name: ClassVar[str] = "uninterruptible-batch"
    summary: ClassVar[str] = "long batch that never looks for signals"
    severity: ClassVar[Severity] = Severity.ADVICE
    widespread: ClassVar[bool] = True
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _batch(
                """\
    let values = py.allow_threads(|| rows_of(slice, &weights));
    Ok(values.into_pyarray(py))
"""
            ),
            "all rows in one call",
            also=("BC204",),
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _batch(
                """\
    let mut values = Vec::new();
    for block in weights.chunks(16) {
        values.extend(py.allow_threads(|| rows_of(slice, block)));
        py.check_signals()?;
    }
    Ok(values.into_pyarray(py))
"""
            ),
            "rows in blocks",
            also=("BC204",),
        ),
        Example(
            binding_crate(
                f"""{_ASKING}{_BINDING}\
    let values = py.allow_threads(|| rows_of(slice, &weights))?;
    Ok(values.into_pyarray(py))
}}
""",
                "smooth_batch",
                core=SMOOTH,
            ),
            "rows that look up now and then",
            also=("BC204",),
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
fn batch_size() -> usize {
    16
}
""",
                "batch_size",
                core="",
            ),
            "nothing long",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
fn smooth_batch<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let values = py.allow_threads(|| smooth(slice, 0.5));
    Ok(values.into_pyarray(py))
}
""",
                "smooth_batch",
            ),
            "one pass over an array",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for a batch binding that never looks for signals."""
        long = uninterruptible(program, entry)
        if long is None:
            return
        yield self.finding(
            program,
            span_of(long.place),
            entry.rust_name,
            "Ctrl-C has no effect until the whole batch is computed",
            help="look for signals about every 50 ms: `py.check_signals()?` between blocks of rows",
            confidence=Confidence.CERTAIN if long.grid else Confidence.LIKELY,
        )
