"""Matrices of a grid's binding: shape, memory and rows are those of the old body, or it stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.layouts import raises_for
from bindcheck.generate.held.parsed import held_of
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Request, generate
from bindcheck.load import load
from tides import BATCH, CORE, FIRST, HIGH, LIB, MANIFEST
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
    "rows from the end of both": (
        FIRST,
        'dict.set_item("up", first.reshape((rows, cols))?.call_method1("__getitem__", (0,))?)?;',
    ),
}
OTHER |= {
    "a dict in the dict": (
        END,
        f'    let outer = PyDict::new(py);\n    outer.set_item("tides", dict)?;\n'
        f"{END.replace('dict', 'outer')}",
    ),
    "zeros for NaN": shape(
        "first.to_vec()?.iter().map(|v| if v.is_nan() { 0.0 } else { *v })"
        ".collect::<Vec<f64>>().into_pyarray(py).reshape((rows, cols))?"
    ),
    "a function behind the core that nobody asks": behind("let _ = clip(a);"),
    "a word that nobody asks for": (CALL, f'    let _ = note("tides", rows);\n{CALL}'),
    "numbers in a block": shape("{ a.sort_by(f64::total_cmp); first.reshape((rows, cols))? }"),
    "so many rows at most": (ROWS, "    let rows = combos.len().min(64);\n"),
    "numbers from the first on": behind("a[..cols].copy_from_slice(&b[..cols]);"),
}


@pytest.mark.parametrize("name", OTHER)
def test_a_matrix_that_is_something_else_stays(tmp_path: Path, name: str) -> None:
    old, new = OTHER[name]
    assert replaced(tmp_path, "batch", old, new).lacking.startswith("not known: ")


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
    "a variable of its own name": (
        DICT,
        f"{DICT}    let first = first.reshape((rows, cols))?;\n    let first = first.into_any();\n",
        'dict.set_item("down", ebb_array.reshape([rows, cols])?)?;',
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


# --- what the core does besides --------------------------------------------------------------


def written(folder: Path, text: str) -> tuple[str, str]:
    """Replace the binding of a grid in a file; its text, and what is told of it."""
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST)
    lib = LIB.replace("    m.add_function(wrap_pyfunction!(tide::tide_py, m)?)?;\n", "")
    (folder / "src/lib.rs").write_text(
        lib.replace("    m.add_class::<tide::TideStreamPy>()?;\n", "")
    )
    path = folder / "src/tide.rs"
    path.write_text(text)
    inputs, config = load(Options(paths=(folder / "src",)))
    assert inputs.crate is not None
    request = Request(everything=True, replacing=Replacing(True))
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    told = [one.detail for one in result.plans if (one.piece, one.state.value) == LACKING]
    return packed(path.read_text().partition("begin tide/batch")[2]), "".join(told)


LACKING = ("batch", "lacking")
GIVEN_BACK = BATCH.replace(CALL, f"    let combos = {CALL.lstrip()}")


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("let combos = expand_grid(sweep)?;", True),
        ("let combos = expand_grid(sweep).map_err(|error| error)?;", True),
        ("let mut combos = expand_grid(sweep)?;\n    combos.reverse();", False),
        ("let combos: Vec<_> = expand_grid(sweep)?.into_iter().rev().collect();", False),
    ],
)
def test_combinations_that_the_core_gives_back_are_its_own(
    tmp_path: Path, line: str, kept: bool
) -> None:
    core = CORE.replace("let combos = expand_grid(sweep)?;", line)
    assert line in core
    body, told = written(tmp_path, core + GIVEN_BACK)
    assert bool(body) is kept
    assert bool(told) is not kept


WARM = "    a.fill(f64::NAN);\n    b.fill(f64::NAN);\n"
SKIPPED = """    for row in 0..combos.len() {
        if high.len() < combos[row].length.unwrap_or(5) {
            continue;
        }
        out_flood[row * high.len()..row * high.len() + 1].fill(f64::NAN);
        out_ebb[row * high.len()..row * high.len() + 1].fill(f64::NAN);
    }
"""


@pytest.mark.parametrize("warm", [False, True])
def test_what_is_nan_before_the_core_runs_is_nan_in_the_new_binding(
    tmp_path: Path, warm: bool
) -> None:
    fills = "    out_flood.fill(f64::NAN);\n    out_ebb.fill(f64::NAN);\n"
    assert fills in CORE
    text = CORE.replace(fills, SKIPPED) + (BATCH.replace(CALL, WARM + CALL) if warm else BATCH)
    body, told = written(tmp_path, text)
    assert not told
    assert ("flood_out.fill(f64::NAN);ebb_out.fill(f64::NAN);" in body) is warm


def test_memory_that_is_not_written_yet_is_filled_as_well(tmp_path: Path) -> None:
    """Where the core takes `MaybeUninit`, and leaves what was NaN to the binding."""
    core = CORE.replace("out_flood: &mut [f64]", "out_flood: &mut [std::mem::MaybeUninit<f64>]")
    core = core.replace("    out_flood.fill(f64::NAN);\n", "")
    view = """    let a = unsafe {
        std::slice::from_raw_parts_mut(a.as_mut_ptr() as *mut std::mem::MaybeUninit<f64>, a.len())
    };
"""
    body, told = written(tmp_path, core + BATCH.replace(CALL, WARM + view + CALL))
    assert not told
    assert "flood_out.fill(std::mem::MaybeUninit::new(f64::NAN));" in body


@pytest.mark.parametrize("copies", [False, True])
def test_a_binding_takes_the_layouts_that_it_took(tmp_path: Path, copies: bool) -> None:
    """The example raises for others; this one may copy."""
    example = (CORE + BATCH).replace("Tide", "Alma").replace("tide", "alma")
    (tmp_path / "src").mkdir()
    (tmp_path / "src/alma.rs").write_text(example)
    own = "    let h = &high.as_array().to_vec()[..];\n" if copies else HIGH
    (tmp_path / "src/tide.rs").write_text(CORE + BATCH.replace(HIGH, own))
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    lib = LIB.replace("pub mod tide;", "pub mod alma;\npub mod tide;")
    lines = [one for one in lib.splitlines(keepends=True) if "tide_py" not in one]
    (tmp_path / "src/lib.rs").write_text("".join(one for one in lines if "Stream" not in one))
    inputs, config = load(Options(paths=(tmp_path / "src",)))
    assert inputs.crate is not None
    request = Request(("tide",), pieces=("batch",), replacing=Replacing(True))
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    assert [one.state.value for one in result.plans if one.piece == "batch"] == ["replace"]
    body = packed((tmp_path / "src/tide.rs").read_text().partition("begin tide/batch")[2])
    assert ("lethigh_slice=matchhigh.as_slice(){Ok(slice)=>slice,Err(_)=>{" in body) is copies
    assert ("lethigh_slice=high.as_slice()?;" in body) is not copies


def test_an_array_that_may_be_left_out_raises_on_the_second_run_as_well() -> None:
    source = """#[pyfunction]
fn fill(low: Option<PyReadonlyArray1<f64>>) -> PyResult<()> {
    let slice = match &low {
        None => None,
        Some(array) => Some(array.as_slice()?),
    };
    Ok(())
}
"""
    held = held_of(source, "fill")
    assert isinstance(held, HeldFunction)
    assert raises_for(held)
