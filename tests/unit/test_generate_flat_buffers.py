"""Cores that put all outputs into one buffer: where each is, and bindings that show the buffer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bindcheck.config import Config, Options
from bindcheck.generate.batch import batch_context
from bindcheck.generate.context import Facts
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.layout import Layout, layout_of
from bindcheck.generate.learned.results import Keys
from bindcheck.generate.names import FileNames
from bindcheck.generate.regions import find_regions
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.generate.style import crate_style
from bindcheck.load import Inputs, load
from bindcheck.render import render
from synthetic_cores import Core, Output, Series, write_reference

BANDS = Core(
    "bands",
    series=(Series("high"), Series("low")),
    outputs=(Output("upper"), Output("middle"), Output("lower")),
    into="rows",
)

BY_HAND = """
use pyo3::prelude::*;
use numpy::{{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1}};
use pyo3::exceptions::PyValueError;
use pyo3::types::PyDict;

#[cfg(feature = "python")]
#[pyfunction(name = "bands_grid")]
#[pyo3(signature = (high, low, period_range, kernel=None))]
pub fn bands_grid_py<'py>(
    py: Python<'py>,
    high: PyReadonlyArray1<'py, f64>,
    low: PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
    kernel: Option<&str>,
) -> PyResult<Bound<'py, PyDict>> {{
    let (h, l) = (high.as_slice()?, low.as_slice()?);
    let sweep = BandsBatchRange {{ period: period_range }};
    let combos = expand_grid_bands(&sweep).map_err(|e| PyValueError::new_err(e.to_string()))?;
    let rows = combos.len(){rows};
    let cols = h.len();
    let kern = crate::kernels::read_kernel(kernel, true)?;
    let array = unsafe {{ PyArray1::<f64>::new(py, [rows * cols], false) }};
    let out = unsafe {{ array.as_slice_mut()? }};
    py.detach(|| bands_batch_inner_into(h, l, &sweep, kern, true, out))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    let dict = PyDict::new(py);
    {shown}
    dict.set_item("rows", rows)?;
    Ok(dict)
}}
"""


def inputs_of(root: Path) -> Inputs:
    return load(Options(paths=(root / "src",)))[0]


def run(root: Path) -> GenerateResult:
    inputs, config = load(Options(paths=(root / "src",)))
    assert inputs.crate is not None
    request = Request(("bands",), Mode.WRITE, pieces=("batch",), replacing=Replacing(wanted=True))
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def crate(root: Path, core: Core = BANDS, change: Callable[[str], str] = str) -> Path:
    write_reference(root, (core,))
    path = root / "src/bands.rs"
    path.write_text(change(path.read_text()))
    return root


def layout(root: Path) -> Layout:
    program = inputs_of(root).program
    core = program.cores[0]
    assert core.batch_inner_into is not None
    assert "out:*" in core.batch_inner_into.roles
    return layout_of(program, core, core.batch_inner_into)


@pytest.mark.parametrize(("into", "by_row"), [("rows", True), ("taken", True), ("planes", False)])
def test_the_body_tells_where_each_output_is(tmp_path: Path, into: str, by_row: bool) -> None:
    root = crate(tmp_path, replace(BANDS, into=into))
    assert layout(root) == Layout(("upper", "middle", "lower"), by_row)


def test_names_tell_which_part_is_which_output(tmp_path: Path) -> None:
    def turned(text: str) -> str:
        head, into = text.split("fn bands_batch_inner_into", 1)
        into = into.replace("upper_dst", "x_dst").replace("lower_dst", "upper_dst")
        return f"{head}fn bands_batch_inner_into{into.replace('x_dst', 'lower_dst')}"

    found = layout(crate(tmp_path, change=turned))
    assert found == Layout(("lower", "middle", "upper"), by_row=True)


CUT = "out.chunks_exact_mut(3 * cols)"


@pytest.mark.parametrize(
    ("before", "after", "lacking"),
    [
        ("upper_dst", "first_dst", "which output each of the parts `first_dst`, `middle_dst`"),
        ("middle_dst", "low_dst", "which output each of the parts `upper_dst`, `low_dst`"),
        (CUT, "out.chunks_exact_mut(4 * cols)", "where in its one buffer"),
        (CUT, "cut(out, 3 * cols)", "where in its one buffer"),
        ("dst.split_at_mut(cols)", "dst.split_at_mut(cols + 1)", "where in its one buffer"),
    ],
    ids=["name", "twice", "size", "hidden", "part"],
)
def test_a_layout_that_is_not_proven_is_refused(
    tmp_path: Path, before: str, after: str, lacking: str
) -> None:
    root = crate(tmp_path, change=lambda text: text.replace(before, after))
    with pytest.raises(Lacking, match=lacking):
        layout(root)


def _region(text: str) -> str:
    return next((one.body for one in find_regions(text, "bands.rs")), "")


WHOLE = 'dict.set_item("values", array.reshape((rows, cols))?)?;'


@pytest.mark.parametrize(
    "rows", [" * 3", '.checked_mul(3).ok_or_else(|| PyValueError::new_err("large"))?']
)
def test_a_kept_binding_shows_the_buffer_as_before(tmp_path: Path, rows: str) -> None:
    root = crate(tmp_path, change=lambda text: text + BY_HAND.format(rows=rows, shown=WHOLE))
    result = run(root)
    assert "replaced" in result.output
    text = _region((root / "src/bands.rs").read_text())
    assert 'dict.set_item("values", values_array.reshape([rows * 3, cols])?)?;' in text
    assert ".and_then(|cells| cells.checked_mul(3))" in text
    again = run(root)
    assert "current" in again.output


@pytest.mark.parametrize(
    ("rows", "shown", "lacking"),
    [
        ("", WHOLE, "the shape of the matrix that `bands_grid_py` shows under 'values'"),
        (" * 2", WHOLE, "the shape of the matrix that `bands_grid_py` shows under 'values'"),
        (" * 3", WHOLE.replace("rows, cols", "cols, rows"), "the shape of the matrix"),
    ],
    ids=["one", "two", "turned"],
)
def test_a_shape_that_is_another_one_is_refused(
    tmp_path: Path, rows: str, shown: str, lacking: str
) -> None:
    root = crate(tmp_path, change=lambda text: text + BY_HAND.format(rows=rows, shown=shown))
    before = (root / "src/bands.rs").read_text()
    assert lacking in run(root).output
    assert (root / "src/bands.rs").read_text() == before


TAKEN_APART = """let names = ["upper", "middle", "lower"];
    for (at, name) in names.iter().enumerate() {
        let plane = unsafe { PyArray1::<f64>::new(py, [rows / 3 * cols], false) };
        let cells = unsafe { plane.as_slice_mut()? };
        for row in 0..rows / 3 {
            for col in 0..cols {
                cells[row * cols + col] = out[(row * 3 + at) * cols + col];
            }
        }
        dict.set_item(*name, plane.reshape((rows / 3, cols))?)?;
    }"""


def test_outputs_that_a_loop_takes_apart_stay_by_hand(tmp_path: Path) -> None:
    """Which number goes where is not read out of a loop."""
    text = BY_HAND.format(rows=" * 3", shown=TAKEN_APART)
    root = crate(tmp_path, change=lambda core: core + text)
    before = (root / "src/bands.rs").read_text()
    assert (
        "a place for the statement: `for (at, name) in names.iter().enumerate() {`"
        in run(root).output
    )
    assert (root / "src/bands.rs").read_text() == before


def test_stub_and_test_know_what_such_a_binding_shows(tmp_path: Path) -> None:
    text = BY_HAND.format(rows=" * 3", shown=WHOLE)
    text = text.replace('    dict.set_item("rows", rows)?;\n', "")
    root = crate(tmp_path, change=lambda core: core + text)
    for state in ("replaced", "current"):
        inputs, config = load(Options(paths=(root / "src",)))
        assert inputs.crate is not None
        request = Request(("bands",), Mode.WRITE, replacing=Replacing(wanted=True))
        result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
        line = next(one for one in result.output.splitlines() if " batch " in one)
        assert state in line
    stub = (root / "python/made_up/_core.pyi").read_text()
    assert "    values: NDArray[np.float64]" in stub


def test_a_result_without_keys_has_views_of_the_buffer(tmp_path: Path) -> None:
    inputs = inputs_of(crate(tmp_path))
    assert inputs.crate is not None
    style = crate_style(inputs.program, inputs.crate, Config(root=tmp_path))
    (core,) = (one for one in inputs.program.cores if one.name == "bands")
    names = FileNames.of(inputs.program, core.path, style.gate)
    made = Facts(inputs.program, core, replace(style, keys=Keys(bare=True)), names)
    text = "".join(render("reference/batch.rs.j2", {"data": batch_context(made)}).split())
    view = "pyo3::Bound<'py,pyo3::PyAny>"
    array = "pyo3::Bound<'py,numpy::PyArray1<u64>>"
    assert f"->pyo3::PyResult<({view},{view},{view},{array})>{{" in text
    assert text.count(".get_item(") == 3
    assert "usepyo3::prelude::*;" in text
    assert text.endswith(",periods.into_pyarray(py)))}")
