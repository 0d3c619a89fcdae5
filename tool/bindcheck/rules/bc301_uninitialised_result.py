"""BC301: an array whose first cells are what was in memory before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.fills.skipped import Skipped, skipped_cells
from bindcheck.analysis.fills.uninit import Unfilled, unfilled
from bindcheck.analysis.fills.unmatched import Unmatched, unmatched_cells
from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import is_callable, item_of
from bindcheck.analysis.trials.trial import unwritten_for
from bindcheck.analysis.trials.unwritten import unwritten
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import binding_crate

_LATER = """
fn means_into(data: &[f64], period: usize, out: &mut [f64]) {
BEFORE    let first = period - 1;
    let mut sum: f64 = data.iter().take(first).sum();
    for i in first..data.len() {
        sum += data[i];
        out[i] = sum / period as f64;
        sum -= data[i - first];
    }
}
"""
_PREFIX = """
fn fill_prefix(out: &mut [f64], warm: usize) {
    for cell in &mut out[..warm] {
        *cell = f64::NAN;
    }
}
"""
_BINDING = """
#[pyfunction]
#[pyo3(signature = (data, period))]
fn means<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    if period == 0 || period > slice.len() {
        return Err(PyValueError::new_err("period is out of range"));
    }
    let out = MAKE;
    let cells = unsafe { out.as_slice_mut()? };
FILL    py.allow_threads(|| CALL);
    Ok(out)
}
"""
_NEW = "unsafe { PyArray1::<f64>::new(py, [slice.len()], false) }"
_ROWS = """
fn rows_into(data: &[f64], periods: &[usize], out: &mut [f64]) {
    for (row, cells) in out.chunks_mut(data.len().max(1)).enumerate() {
FILL        means_into(data, periods[row], cells);
    }
}
"""
_VECTOR = """
#[pyfunction]
#[pyo3(signature = (data))]
fn changes<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let mut out: Vec<f64> = Vec::with_capacity(slice.len());
    unsafe { out.set_len(slice.len()) };
    py.allow_threads(|| {
FIRST        for i in 1..slice.len() {
            out[i] = slice[i] - slice[i - 1];
        }
    });
    Ok(out.into_pyarray(py))
}
"""


def _means(
    *,
    before: str = "",
    make: str = _NEW,
    fill: str = "",
    core: str = "",
    call: str = "means_into(slice, period, cells)",
) -> str:
    body = _BINDING.replace("MAKE", make).replace("FILL", fill).replace("CALL", call)
    return binding_crate(body, "means", core=_LATER.replace("BEFORE", before) + core)


class UninitialisedResult(EntryRule):
    """Memory is allocated without a value, and nobody is seen to write some of its cells.

    ## What it does

    Follows memory that a binding allocates uninitialised (`PyArray1::new`, `Vec::with_capacity`
    with `set_len`, `uninit`) through the binding and all crate functions that are handed it. A
    writer of the first cells is a `fill`, a copy, a loop that begins at 0 or runs over all cells or
    rows, or a write before a loop. If there is none, and no other code gets the memory, the binding
    is reported, once for all its arrays.

    Who writes the first cells is followed, not required: a fill in the binding is right where the
    callee does not fill. Which of several branches runs is not told apart: a kernel that fills in
    one branch only counts as a writer.

    That is a suspect: only running can prove it. The probe's contract P01 does, with two fill
    patterns of freed memory. It is likely where a trial proves it: the entry point is run as far as
    its code and that of the crate is known, for ordinary data and for such as begins with NaN,
    comes to its end, and a cell of the NumPy memory has not been written. So it is where there is a
    writer and the file makes numbers even: then odd ones are tried, for a warm-up that is filled by
    the caller's period may end before the kernel begins. The trials of BC303, with 0 and others
    that nobody refuses, are looked at as well. Whoever may write and is not followed has
    written all cells.

    Likely is the other end of it, in a core: a function makes a `Vec` whose length it claims
    (`set_len`) and gives values to the first cells only, and the loop that writes the others goes
    on to the next one where something is NaN (`if x.is_nan() { continue; }`). A NaN within the data
    then shows what was in memory before. Memory and loop have to be in one file; a loop or a call
    that may have given all cells a value before keeps the rule silent. All bindings are named that
    get to such memory, and those that get to the loop with NumPy memory without values. So is a
    `match` on a whole number of which all arms but an empty last one write such memory, where a
    trial with the first number above them comes there, and to its end.

    ## Why it matters

    The warm-up cells hold whatever the process had there before: mostly 0 or NaN in a test, in
    production now and then a plausible number, or somebody's data.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: which cells are warm-up is known to the indicator alone.
    """

    code: ClassVar[str] = "BC301"
    name: ClassVar[str] = "uninitialised-result"
    summary: ClassVar[str] = "nobody is seen to write some cells of uninitialised memory"
    severity: ClassVar[Severity] = Severity.ERROR
    confidence: ClassVar[Confidence] = Confidence.SUSPECT
    bad: ClassVar[tuple[Example, ...]] = (
        Example(_means(), "the kernel begins behind the warm-up"),
        Example(
            _means(
                core=_ROWS.replace("FILL", ""),
                call="rows_into(slice, &[period], cells)",
            ),
            "row by row, each from its warm-up on",
        ),
        Example(
            _means(
                call="{\n        cells[period..].fill(0.0);\n"
                "        means_into(slice, period, cells)\n    }"
            ),
            "a fill of the other end",
        ),
        Example(
            binding_crate(_VECTOR.replace("FIRST", ""), "changes", core=""),
            "a vector whose length is only claimed",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _means(before="    out[..period - 1].fill(f64::NAN);\n"),
            "filled by the kernel",
        ),
        Example(
            _means(
                fill="    for cell in &mut cells[..period - 1] {\n"
                "        *cell = f64::NAN;\n    }\n"
            ),
            "the binding is the only writer",
        ),
        Example(
            _means(
                core=_PREFIX
                + _ROWS.replace("FILL", "        fill_prefix(cells, periods[row] - 1);\n"),
                call="rows_into(slice, &[period], cells)",
            ),
            "a helper fills the warm-up of each row",
        ),
        Example(
            _means(make="PyArray1::<f64>::zeros(py, [slice.len()], false)"),
            "memory with a value",
        ),
        Example(
            _means(
                core="""
fn doubles_into(data: &[f64], out: &mut [f64]) {
    for (cell, x) in out.iter_mut().zip(data) {
        *cell = x * 2.0;
    }
}
""",
                call="doubles_into(slice, cells)",
            ),
            "every cell is written",
        ),
        Example(
            _means(
                core="""
fn ramp_into(data: &[f64], out: &mut [f64]) {
    let cells = out.as_mut_ptr();
    let mut i = 0;
    while i < data.len() {
        unsafe { *cells.add(i) = data[i] * i as f64 };
        i += 1;
    }
}
""",
                call="ramp_into(slice, cells)",
            ),
            "every cell is written through a pointer",
        ),
        Example(
            binding_crate(
                _VECTOR.replace("FIRST", "        out[0] = f64::NAN;\n"), "changes", core=""
            ),
            "the first cell on its own",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield one finding for all arrays of the entry that nobody fills, and those of loops."""
        found = unfilled(program, entry)
        proved = None
        if is_callable(entry):
            proved = unwritten(program, entry, suspected=bool(found))
            proved = proved or unwritten_for(program, entry)
        if proved is not None:
            yield self.finding(
                program,
                span_of(proved.place),
                item_of(program, proved.place.ref),
                f"nobody writes cell {proved.cell} of this memory for {proved.given}",
                help="refuse such arguments, or write NaN to what the kernel leaves",
                confidence=Confidence.LIKELY,
            )
        elif found:
            yield self.finding(
                program,
                span_of(found[0].place),
                entry.rust_name,
                _message(found),
                help="fill the warm-up with NaN, or let the probe's contract P01 decide",
            )
        for one in skipped_cells(program, entry):
            yield self.finding(
                program,
                span_of(one.place),
                item_of(program, one.place.ref),
                _skips(one),
                help="write NaN to the cell before the loop goes on to the next one",
                confidence=Confidence.LIKELY,
            )
        for other in unmatched_cells(program, entry):
            yield self.finding(
                program,
                span_of(other.place),
                item_of(program, other.place.ref),
                _leaves(other),
                help="refuse the number before there is memory, or write NaN for it",
                confidence=Confidence.LIKELY,
            )


_NAMED = 3


def _leaves(one: Unmatched) -> str:
    return (
        f"nothing is done here for {one.given}, which nobody refuses: the cells of `{one.memory}` "
        f"stay without a value, for `{one.maker}` gives one to the first cells only"
    )


def _skips(one: Skipped) -> str:
    others = f", and with other memory from {_named(one.others)}" if one.others else ""
    return (
        f"a NaN leaves the cell of `{one.memory}` without a value: `{one.maker}` gives one to the"
        f" first cells only; reached from {_named(one.entries)}{others}"
    )


def _named(entries: tuple[EntryPoint, ...]) -> str:
    names = [f"`{entry.rust_name}`" for entry in entries]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _message(found: tuple[Unfilled, ...]) -> str:
    names = ", ".join(f"`{one.name}`" for one in found)
    whose = "its" if len(found) == 1 else "their"
    return (
        f"{names}: `{found[0].how}` gives no value, and nobody is seen to write {whose} first cells"
    )
