"""Matrices of a grid's binding: shape, memory and rows are those of the old body, or it stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tides import BATCH, FIRST
from tidings import packed, replaced

MEMORY = "    let first = unsafe { PyArray1::<f64>::new(py, [rows * cols], false) };\n"
SECOND = "    let second = unsafe { PyArray1::<f64>::new(py, [rows * cols], false) };\n"
SLICES = """    let a = unsafe { first.as_slice_mut()? };
    let b = unsafe { second.as_slice_mut()? };
"""
ROWS = "    let rows = combos.len();\n"
COLS = "    let cols = h.len();\n"
LISTS = "expand_grid(&sweep)"
CALL = "    py.allow_threads(|| tide_batch_inner_into(h, l, &sweep, kern, true, a, b))\n"
DICT = "    let dict = PyDict::new(py);\n"
SHAPED = "first.reshape((rows, cols))?"
SPANS = "    let spans: Vec<u32> ="
END = "    Ok(dict.into())"
DOWN = '    dict.set_item("down", second.reshape((rows, cols))?)?;\n'


def shape(text: str) -> tuple[str, str]:
    """The first matrix made in another way."""
    return SHAPED, text


def behind(text: str) -> tuple[str, str]:
    """A statement behind the call of the core."""
    return DICT, f"    {text}\n{DICT}"


def memory(text: str) -> tuple[str, str]:
    """The memory of the first matrix made in another way."""
    return MEMORY, f"    {text}\n"


OTHER = {
    "transposed": shape("first.reshape((rows, cols))?.transpose()?"),
    "columns first, and transposed": shape("first.reshape((cols, rows))?.transpose()?"),
    "in the order of Fortran": shape(
        "first.reshape_with_order((rows, cols), numpy::npyffi::NPY_ORDER::NPY_FORTRANORDER)?"
    ),
    "columns before rows": shape("first.reshape([cols, rows])?"),
    "a row for each of both": shape("first.reshape((rows, rows))?"),
    "one row": shape("first.reshape((1, rows * cols))?"),
    "three axes": shape("first.reshape((1, rows, cols))?"),
    "the first row": shape("first.reshape((rows, cols))?.get_item(0)?"),
    "some rows": shape("first.reshape((rows, cols))?.get_item(PySlice::new(py, 1, 9, 1))?"),
    "every other number": shape("first.iter().step_by(2).collect::<Vec<_>>().into_pyarray(py)"),
    "other numbers": shape(
        "first.readonly().as_array().mapv(|v| v * 2.0).into_pyarray(py).reshape((rows, cols))?"
    ),
    "numbers of another type": shape("first.cast::<f32>(false)?.reshape((rows, cols))?"),
    "a list": shape("first.to_vec()?"),
    "a row more": (ROWS, "    let rows = combos.len() + 1;\n"),
    "one row at least": (ROWS, "    let rows = combos.len().max(1);\n"),
    "twice the rows": (ROWS, "    let rows = combos.len() * 2;\n"),
    "a column less": (COLS, "    let cols = h.len() - 1;\n"),
    "memory for a number more": memory(
        "let first = unsafe { PyArray1::<f64>::new(py, [rows * cols + 1], false) };"
    ),
    "memory for as many rows as columns": memory(
        "let first = unsafe { PyArray1::<f64>::new(py, [cols * cols], false) };"
    ),
    "a matrix column after column": memory(
        "let first = unsafe { numpy::PyArray2::<f64>::new(py, [rows, cols], true) };"
    ),
    "ones where nothing is written": memory(
        "let first = PyArray1::<f64>::from_vec(py, vec![1.0; rows * cols]);"
    ),
    "numbers turned round": behind("a.reverse();"),
    "two numbers exchanged": behind("a.swap(0, 1);"),
    "one number": behind("a[0] = 0.0;"),
    "numbers of the other matrix": behind("a.copy_from_slice(b);"),
    "scaled numbers": behind("for v in a.iter_mut() { *v *= 2.0; }"),
    "rounded numbers": behind("a.iter_mut().for_each(|v| *v = v.round());"),
    "both matrices in one memory": (SLICES, SLICES.replace("second", "first")),
    "a part of the memory": (CALL, CALL.replace("a, b))", "&mut a[..cols], b))")),
    "rows of another sweep": (
        LISTS,
        "expand_grid(&TideBatchRange { length: (1, 2, 1) })",
    ),
    "combinations turned round": (
        SPANS,
        f"    let mut combos = combos;\n    combos.reverse();\n{SPANS}",
    ),
    "a combination that is taken out": (
        SPANS,
        f"    let mut combos = combos;\n    combos.pop();\n{SPANS}",
    ),
    "a matrix under two keys": (DOWN, DOWN.replace("second", "first")),
    "a key that is taken out": (END, f'    dict.del_item("up")?;\n{END}'),
    "an entry where there are rows": (DOWN, f"    if rows > 1 {{\n    {DOWN}    }}\n"),
    "a dict in the dict": (END, f"{END.replace('dict', 'outer')}"),
    "rows from the end of both": (
        FIRST,
        'dict.set_item("up", first.reshape((rows, cols))?.call_method1("__getitem__", (0,))?)?;',
    ),
}
OTHER["a dict in the dict"] = (
    END,
    f'    let outer = PyDict::new(py);\n    outer.set_item("tides", dict)?;\n'
    f"{END.replace('dict', 'outer')}",
)


@pytest.mark.parametrize("name", OTHER)
def test_a_matrix_that_is_something_else_stays(tmp_path: Path, name: str) -> None:
    old, new = OTHER[name]
    assert replaced(tmp_path, "batch", old, new).lacking.startswith("not known: ")


BOTH = BATCH[BATCH.index(MEMORY) : BATCH.index("    let kern")]
OWNED = """    let mut first = vec![f64::NAN; rows * cols];
    let mut second = vec![f64::NAN; rows * cols];
"""

# What the old body has in the place of another text, and what the new one has.
SAME = {
    "an array for rows": (
        *shape("first.reshape([rows, cols])?"),
        'dict.set_item("up", flood_array.reshape([rows, cols])?)?;',
    ),
    "outputs under other keys": (
        SLICES,
        SLICES.replace("let a", "let c").replace("let b", "let a").replace("let c", "let b"),
        'dict.set_item("up", ebb_array.reshape([rows, cols])?)?;',
    ),
    "columns of the other array": (
        COLS,
        "    let cols = l.len();\n",
        "let cols = low_slice.len();",
    ),
    "a product that is checked": (
        *memory(
            "let total = rows.checked_mul(cols)"
            '.ok_or_else(|| PyValueError::new_err("too many"))?;\n'
            "    let first = unsafe { PyArray1::<f64>::new(py, [total], false) };"
        ),
        'dict.set_item("up", flood_array.reshape([rows, cols])?)?;',
    ),
    "columns times rows": (
        *memory("let first = unsafe { PyArray1::<f64>::new(py, [cols * rows], false) };"),
        'dict.set_item("up", flood_array.reshape([rows, cols])?)?;',
    ),
    "one vector after the other": (
        FIRST,
        'dict.set_item("up", first)?;',
        'dict.set_item("up", flood_array)?;',
    ),
    "a vector of the shape of rows": (
        *shape("first.reshape((1, rows * cols))?.reshape((rows, cols))?"),
        'dict.set_item("up", flood_array.reshape([rows, cols])?)?;',
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_a_matrix_that_is_the_same_is_replaced(tmp_path: Path, name: str) -> None:
    old, new, wanted = SAME[name]
    told = replaced(tmp_path, "batch", old, new)
    assert not told.lacking
    assert packed(wanted) in told.body
