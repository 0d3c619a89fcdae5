"""Bindings of grids by hand that give no dict: a matrix, or a tuple with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.generate.regions import find_regions
from bindcheck.generate.run import Mode
from by_hand import crate_with, replaced
from tides import BATCH
from tidings import Told, packed
from tidings import replaced as changed

END = "    Ok((numpy::PyArrayMethods::reshape(&flat, [out.rows, out.cols])?, periods))\n"
FLAT = "    let flat = numpy::IntoPyArray::into_pyarray(out.upper, py);\n"
MATRIX = "pyo3::Bound<'py, numpy::PyArray2<f64>>"
RESULT = f"({MATRIX}, Vec<usize>)"
SHOWN = "output.upper.into_pyarray(py).reshape(shape)?"
PERIODS = "combos.iter().map(|c|c.period).collect()"


def grid(folder: Path, *changes: tuple[str, str]) -> Told:
    """What becomes of the batch with some changes."""
    crate = crate_with(folder, "paths")
    path = crate / "src/paths.rs"
    core, mark, text = path.read_text().partition('#[pyo3(name = "paths_batch"')
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(core + mark + text)
    plans = {one.piece: one for one in replaced(crate).plans}
    assert plans["single"].state.value == "replace"
    made = {one.key: one.body for one in find_regions(path.read_text(), "paths")}
    plan = plans["batch"]
    if plan.state.value == "replace":
        assert replaced(crate, mode=Mode.CHECK).status == 0
        return Told(packed(made["paths/batch"]), "")
    assert "paths/batch" not in made
    return Told("", plan.detail)


def test_a_matrix_and_the_values_of_its_rows(tmp_path: Path) -> None:
    told = grid(tmp_path)
    assert not told.lacking
    assert f"PyResult<({packed(MATRIX)},Vec<usize>)>" in told.body
    assert f"Ok(({SHOWN},{PERIODS}))" in told.body
    assert "set_item" not in told.body
    assert "PyDictMethods" not in told.body


FORMS = {
    "a name for the matrix": (
        ((END, "    let one = flat.reshape([out.rows, out.cols])?;\n    Ok((one, periods))\n"),
         ("    let slice", "    use numpy::PyArrayMethods;\n    let slice")),
        f"Ok(({SHOWN},{PERIODS}))",
    ),
    "without a name": (
        ((FLAT, ""), ("&flat", "&numpy::PyArray1::from_vec(py, out.upper)")),
        f"Ok(({SHOWN},{PERIODS}))",
    ),
    "the values first": (
        ((END, END.replace("Ok((numpy", "Ok((periods, numpy").replace("?, periods", "?")),
         (RESULT, f"(Vec<usize>, {MATRIX})")),
        f"Ok(({PERIODS},{SHOWN}))",
    ),
    "the matrix alone": (
        ((END, "    numpy::PyArrayMethods::reshape(&flat, (out.rows, out.cols))\n"),
         (RESULT, MATRIX),
         ("    let periods = out.combos.iter().map(|c| c.period).collect();\n", "")),
        f"Ok({SHOWN})",
    ),
    "without the interpreter": (
        ((END, END.replace("?, periods", "?.unbind(), periods")),
         (RESULT, "(pyo3::Py<numpy::PyArray2<f64>>, Vec<usize>)")),
        f"Ok(({SHOWN}.unbind(),{PERIODS}))",
    ),
    "anything": (
        ((END, END.replace("?, periods", "?.into_any(), periods")),
         (RESULT, "(pyo3::Bound<'py, pyo3::PyAny>, Vec<usize>)")),
        f"Ok(({SHOWN}.into_any(),{PERIODS}))",
    ),
    "one vector": (
        ((END, "    Ok((flat, out.rows))\n"),
         (RESULT, "(pyo3::Bound<'py, numpy::PyArray1<f64>>, usize)"),
         ("    let periods = out.combos.iter().map(|c| c.period).collect();\n", "")),
        "Ok((output.upper.into_pyarray(py),rows))",
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_a_result_without_keys(tmp_path: Path, form: str) -> None:
    changes, shown = FORMS[form]
    told = grid(tmp_path, *changes)
    assert not told.lacking
    assert shown in told.body


REFUSED = {
    "the same matrix twice": (
        ((END, END.replace("periods))", "other))")),
         (FLAT, f"{FLAT}    let other = numpy::PyArray1::from_vec(py, out.upper);\n"),
         (RESULT, f"({MATRIX}, pyo3::Bound<'py, numpy::PyArray1<f64>>)")),
        "`upper` in one place alone",
    ),
    "the transposed matrix": (
        ((END, END.replace("[out.rows, out.cols])?", "[out.cols, out.rows])?")),),
        "shape",
    ),
    "numbers that are changed": (
        ((FLAT, FLAT.replace("out.upper", "out.upper.iter().map(|v| -v).collect::<Vec<_>>()")),),
        "what `paths_batch_py` changes in `upper`",
    ),
    "no matrix": (
        ((END, "    Ok((out.rows, periods))\n"), (RESULT, "(usize, Vec<usize>)"), (FLAT, "")),
        "`paths_batch_py` gives",
    ),
    "a tuple that is made elsewhere": (
        ((END, f"    let both = {END.strip()[3:-1]};\n    Ok(swapped(both))\n"),),
        "`paths_batch_py` gives",
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", REFUSED)
def test_results_that_stay_by_hand(tmp_path: Path, form: str) -> None:
    changes, said = REFUSED[form]
    assert said in grid(tmp_path, *changes).lacking


def test_rows_that_the_length_of_the_result_tells(tmp_path: Path) -> None:
    told = grid(
        tmp_path,
        (FLAT, f"    let rows = out.upper.len() / slice.len();\n{FLAT}"),
        ("[out.rows, out.cols]", "[rows, slice.len()]"),
    )
    said = "the rows of the matrix before there is a result: `rows`, which comes from the length"
    assert said in told.lacking


# --- kernels ------------------------------------------------------------------------------------

HEAD = "(high, low, spans, kernel=None)", "(high, low, spans)"


@pytest.mark.parametrize("kernel", ["crate::Kernel::Scalar", "KERNEL"])
def test_a_kernel_that_is_always_the_same_stays(tmp_path: Path, kernel: str) -> None:
    new = BATCH.replace(*HEAD).replace("    kernel: Option<&str>,\n", "")
    new = new.replace("    let kern = crate::read_kernel(kernel)?;\n", "")
    new = new.replace("kern, true, a, b", f"{kernel}, true, a, b")
    told = changed(tmp_path, "batch", BATCH, new)
    assert not told.lacking
    assert f"low_slice,&sweep,{kernel},true," in told.body
    assert "letkern" not in told.body


def test_a_kernel_that_is_only_read_is_read_still(tmp_path: Path) -> None:
    new = "crate::Kernel::Scalar, true, a, b"
    told = changed(tmp_path, "batch", "kern, true, a, b", new)
    assert not told.lacking
    assert "{crate::read_kernel(kernel)?;" in told.body
    assert "low_slice,&sweep,crate::Kernel::Scalar,true," in told.body


def test_a_kernel_that_is_not_known_stays_by_hand(tmp_path: Path) -> None:
    told = changed(tmp_path, "batch", "kern, true, a, b", "kernels()[rows], true, a, b")
    assert "what `tide_batch_inner_into` is given for `kernel`" in told.lacking
