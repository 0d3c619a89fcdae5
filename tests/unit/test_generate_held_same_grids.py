"""The binding of a grid is replaced only by one that gives the core and Python the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.regions import find_regions
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Request, generate
from bindcheck.load import load
from tides import BATCH, CORE, KERNEL, LIB, MANIFEST, SWEEP
from tidings import packed, replaced

LISTED = (
    "    let combos = expand_grid(&sweep).map_err(|e| PyValueError::new_err(e.to_string()))?;\n"
)
CALL = """    py.allow_threads(|| tide_batch_inner_into(h, l, &sweep, kern, true, a, b))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
"""
RENAMED = "    use pyo3::exceptions::PyRuntimeError as PyValueError;\n"
SHOWN = '    dict.set_item("cols", cols)?;\n'
TOP = "    let top = h.iter().cloned().fold(f64::NEG_INFINITY, f64::max);\n"
SCALED = "h.iter().map(|v| v / top).collect::<Vec<f64>>().into_pyarray(py)"
CHECKED = """    if combos.len() > 9 {
        return Err(PyValueError::new_err("too many tides"));
    }
"""
FILTERED = """    let combos: Vec<TideParams> =
        combos.into_iter().filter(|p| p.length.unwrap_or(5) < cols).collect();
"""
FOUND = '    dict.set_item("found", combos.iter().map(|p| p.length).collect::<Vec<_>>())?;\n'
TURNED = """
fn expand_grid_turned(sweep: &TideBatchRange) -> Result<Vec<TideParams>, TideError> {
    let mut found = expand_grid(sweep)?;
    found.reverse();
    Ok(found)
}
"""
RAISED = """
impl From<TideError> for PyErr {
    fn from(error: TideError) -> PyErr {
        pyo3::exceptions::PyRuntimeError::new_err(error.to_string())
    }
}
"""

# The text that is replaced, and the text in its place.
OTHER = {
    "a core of another module": (
        CALL,
        CALL.replace("tide_batch_inner_into", "crate::spare::tide_batch_inner_into"),
    ),
    "a core of another module by an import": (
        CALL,
        "    use crate::spare::tide_batch_inner_into;\n" + CALL,
    ),
    "a kernel of another module": (
        KERNEL,
        KERNEL.replace("crate::read_kernel", "crate::spare::read_kernel"),
    ),
    "combinations in another order": (
        BATCH,
        TURNED + BATCH.replace("expand_grid(&sweep)", "expand_grid_turned(&sweep)"),
    ),
    "no exception where nothing is listed": (
        LISTED,
        "    let combos = expand_grid(&sweep).unwrap_or_default();\n",
    ),
    "combinations that are filtered and used twice": (
        BATCH,
        BATCH.replace(CALL, CALL + FILTERED).replace(SHOWN, SHOWN + FOUND),
    ),
    "one value for all elements": (
        SHOWN,
        f'{SHOWN}{TOP}    dict.set_item("scaled", {SCALED})?;\n',
    ),
    "a value that takes time, used twice": (
        SWEEP,
        TOP + SWEEP.replace("spans }", "(spans.0, spans.1.max(top as usize), top as usize) }"),
    ),
    "an exception of another name beside one by its whole name": (
        BATCH,
        BATCH.replace(CALL, CALL.replace("PyValueError", "pyo3::exceptions::PyValueError")).replace(
            LISTED, RENAMED + LISTED
        ),
    ),
    "an exception of another name in a block": (
        LISTED,
        LISTED.replace("= ", f"= {{\n    {RENAMED}    ").replace("?;", "? };"),
    ),
    "a matrix of three numbers": (
        "first.reshape((rows, cols))?",
        "first.reshape((rows, cols, 1))?",
    ),
}


@pytest.mark.parametrize("name", OTHER)
def test_a_grid_that_is_something_else_stays(tmp_path: Path, name: str) -> None:
    old, new = OTHER[name]
    assert replaced(tmp_path, "batch", old, new).lacking.startswith("not known: ")


# What the old body has in the place of another text, and what the new one has.
SAME = {
    "the core by its whole name": (
        CALL,
        CALL.replace("tide_batch_inner_into", "crate::tide::tide_batch_inner_into"),
        "tide_batch_inner_into(high_slice, low_slice, &sweep, kern, true,",
    ),
    "an exception where a kernel is not known": (
        KERNEL,
        KERNEL.replace("?;", ".map_err(|e| PyValueError::new_err(e.to_string()))?;"),
        "crate::read_kernel(kernel).map_err(|e| PyValueError::new_err(e.to_string()))?",
    ),
    "exceptions of another name": (
        LISTED,
        RENAMED + LISTED + CHECKED,
        "{use pyo3::exceptions::PyRuntimeError as PyValueError;",
    ),
    "another exception where nothing is listed": (
        LISTED,
        LISTED.replace("PyValueError", "pyo3::exceptions::PyKeyError"),
        "expand_grid(&sweep).map_err(|e| pyo3::exceptions::PyKeyError::new_err(e.to_string()))?",
    ),
    "an exception by `?` alone where nothing is listed": (
        BATCH,
        RAISED + BATCH.replace(LISTED, "    let combos = expand_grid(&sweep)?;\n"),
        "expand_grid(&sweep).map_err(pyo3::PyErr::from)?",
    ),
    "an exception by `?` alone for errors of the core": (
        BATCH,
        RAISED + BATCH.replace(CALL, CALL.partition("\n")[0] + "?;\n"),
        ".map_err(pyo3::PyErr::from)?;letdict",
    ),
    "a check of its own": (
        LISTED,
        LISTED + CHECKED,
        'if combos.len() > 9 { return Err(PyValueError::new_err("too many tides")); }',
    ),
    "combinations of the core": (
        CALL,
        "    let listed = " + CALL.lstrip() + "    let combos = listed;\n",
        "combos.iter().map(|p| p.length.unwrap_or(5) as u32)",
    ),
    "a copy of an array of another layout": (
        "    let h = high.as_slice()?;\n    let l = low.as_slice()?;\n    let sweep",
        """    let owned: Vec<f64>;
    let h = match high.as_slice() {
        Ok(all) => all,
        Err(_) => {
            owned = high.as_array().iter().copied().collect();
            &owned
        }
    };
    let l = low.as_slice()?;
    let sweep""",
        "tide_batch_inner_into(high_slice, low_slice, &sweep, kern, true,",
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_a_grid_that_is_the_same_is_replaced(tmp_path: Path, name: str) -> None:
    old, new, wanted = SAME[name]
    told = replaced(tmp_path, "batch", old, new)
    assert not told.lacking
    assert packed(wanted) in told.body


# --- kernels of grids ----------------------------------------------------------------------------

VARIANTS = LIB.replace(
    "    Scalar,\n}", "    Scalar,\n    Wide,\n    ScalarBatch,\n    WideBatch,\n}"
)
BEST = """
pub fn best_of_grids() -> Kernel {
    Kernel::WideBatch
}
"""
INNER = """
pub struct TideBatchOutput {
    pub flood: Vec<f64>,
    pub ebb: Vec<f64>,
    pub combos: Vec<TideParams>,
    pub rows: usize,
    pub cols: usize,
}

fn tide_batch_inner(
    high: &[f64],
    low: &[f64],
    sweep: &TideBatchRange,
    kern: Kernel,
    parallel: bool,
) -> Result<TideBatchOutput, TideError> {
"""
WHOLE = (
    INNER
    + """    let (rows, cols) = (expand_grid(sweep)?.len(), high.len());
    let (mut flood, mut ebb) = (vec![f64::NAN; rows * cols], vec![f64::NAN; rows * cols]);
    let combos = tide_batch_inner_into(high, low, sweep, kern, parallel, &mut flood, &mut ebb)?;
    Ok(TideBatchOutput { flood, ebb, combos, rows, cols })
}

pub fn tide_batch_with_kernel(
    high: &[f64],
    low: &[f64],
    sweep: &TideBatchRange,
    kernel: Kernel,
) -> Result<TideBatchOutput, TideError> {
    let kern = match kernel {
        Kernel::Auto => crate::best_of_grids(),
        other => other,
    };
    let row = match kern {
        Kernel::WideBatch => Kernel::Wide,
        Kernel::ScalarBatch => Kernel::Scalar,
        _ => unreachable!(),
    };
    tide_batch_inner(high, low, sweep, row, true)
}

pub fn tide_batch_doubled(
    high: &[f64],
    low: &[f64],
    sweep: &TideBatchRange,
    kernel: Kernel,
) -> Result<TideBatchOutput, TideError> {
    let mut found = tide_batch_with_kernel(high, low, sweep, kernel)?;
    found.flood.iter_mut().for_each(|value| *value *= 2.0);
    Ok(found)
}

pub fn tide_batch_whole(
    high: &[f64],
    low: &[f64],
    sweep: &TideBatchRange,
    kernel: Kernel,
) -> Result<TideBatchOutput, TideError> {
    tide_batch_with_kernel(high, low, sweep, kernel)
}
"""
)
OF_WHOLE = """    let h = high.as_slice()?;
    let l = low.as_slice()?;
    let sweep = TideBatchRange { length: spans };
    let kern = crate::read_kernel(kernel)?;
    let found = py
        .allow_threads(|| tide_batch_with_kernel(h, l, &sweep, kern))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    let (rows, cols) = (found.rows, found.cols);
    let dict = PyDict::new(py);
    dict.set_item("up", found.flood.into_pyarray(py).reshape((rows, cols))?)?;
    dict.set_item("down", found.ebb.into_pyarray(py).reshape((rows, cols))?)?;
    Ok(dict.into())
}
"""
ROWS = """    let row = match kern {
        Kernel::Auto => Kernel::Scalar,
        Kernel::WideBatch => Kernel::Wide,
        Kernel::ScalarBatch => Kernel::Scalar,
        other => other,
    };
"""


def told_of(folder: Path, body: str, core: str = CORE, whole: str = WHOLE) -> tuple[str, str]:
    """Replace a binding whose core has kernels of grids: its new body, and why there is none."""
    (folder / "src").mkdir(exist_ok=True)
    (folder / "Cargo.toml").write_text(MANIFEST)
    lib = VARIANTS.replace("    m.add_function(wrap_pyfunction!(tide::tide_py, m)?)?;\n", "")
    lib = lib.replace("    m.add_class::<tide::TideStreamPy>()?;\n", "")
    if (folder / "src/alma.rs").exists():
        lib = lib.replace("pub mod tide;", "pub mod alma;\npub mod tide;")
    (folder / "src/lib.rs").write_text(lib + BEST)
    path = folder / "src/tide.rs"
    head = BATCH.partition("    let h =")[0]
    path.write_text(core + whole + (head + body if body else ""))
    inputs, config = load(Options(paths=(folder / "src",)))
    assert inputs.crate is not None
    request = Request(everything=True, replacing=Replacing(True))
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    told = [one.detail for one in result.plans if (one.piece, one.state.value) == LACKING]
    regions = find_regions(path.read_text(), "tide.rs")
    text = "".join(one.body for one in regions if one.key == "tide/batch")
    return packed(text), "".join(told)


LACKING = ("batch", "lacking")


def test_the_kernel_of_a_grid_is_left_to_the_function_that_chooses_it(tmp_path: Path) -> None:
    body, told = told_of(tmp_path, OF_WHOLE)
    assert not told
    assert "tide_batch_with_kernel(high_slice,low_slice,&sweep,kern)" in body


def test_a_function_that_hands_everything_on_is_the_core(tmp_path: Path) -> None:
    handed = OF_WHOLE.replace("tide_batch_with_kernel", "tide_batch_whole")
    body, told = told_of(tmp_path, handed)
    assert not told
    assert "tide_batch_with_kernel(high_slice,low_slice,&sweep,kern)" in body


BY_VECTORS = (
    INNER
    + """    let _ = (kern, parallel);
    let combos = expand_grid(sweep)?;
    let (rows, cols) = (combos.len(), high.len());
    Ok(TideBatchOutput { flood: high.repeat(rows), ebb: low.repeat(rows), combos, rows, cols })
}

pub fn tide_batch_with_kernel(
    high: &[f64],
    low: &[f64],
    sweep: &TideBatchRange,
    kernel: Kernel,
) -> Result<TideBatchOutput, TideError> {
    tide_batch_inner(high, low, sweep, kernel, true)
}
"""
)


@pytest.mark.parametrize("threads", ["true", "false"])
def test_a_grid_that_is_computed_without_threads_stays_so(tmp_path: Path, threads: str) -> None:
    start, end = CORE.index("pub fn tide_batch_inner_into("), CORE.index("pub struct TideStream")
    body = OF_WHOLE.replace(
        "tide_batch_with_kernel(h, l, &sweep, kern)",
        f"tide_batch_inner(h, l, &sweep, kern, {threads})",
    )
    made, told = told_of(tmp_path, body, CORE[:start] + CORE[end:], BY_VECTORS)
    same = "that `tide_batch_with_kernel` gives `tide_batch_inner` the same for `parallel`"
    assert bool(made) == (threads == "true")
    assert (same in told) == (threads == "false")


def test_a_function_around_the_core_is_another_one(tmp_path: Path) -> None:
    doubled = OF_WHOLE.replace("tide_batch_with_kernel", "tide_batch_doubled")
    body, told = told_of(tmp_path, doubled)
    assert not body
    assert "which function of the core computes the grid" in told


@pytest.mark.parametrize("row", ["", ROWS])
def test_a_kernel_is_chosen_as_it_was(tmp_path: Path, row: str) -> None:
    before = BATCH.partition("    let h =")[2]
    text = "    let h =" + before.replace(KERNEL, KERNEL + row)
    body, told = told_of(tmp_path, text.replace("kern, true", "row, true" if row else "kern, true"))
    assert not told
    given = "matchkern{Kernel::Auto=>Kernel::Scalar," if row else "&sweep,kern,true,"
    assert given in body


DECIDES = """    match kern {
        Kernel::Scalar | Kernel::Wide => {}
        _ => unreachable!(),
    }
"""


CHOICE = """match kernel {
        Kernel::Auto => crate::best_of_grids(),
        other => other,
    };"""


@pytest.mark.parametrize("decides", [False, True])
@pytest.mark.parametrize("known", [False, True])
def test_a_new_grid_without_an_example_leaves_a_kernel_that_nothing_tells_to_the_core(
    tmp_path: Path, decides: bool, known: bool
) -> None:
    line = "    let _ = (kern, parallel);\n"
    core = CORE.replace(line, line + DECIDES if decides else line)
    assert CHOICE in WHOLE
    body, told = told_of(
        tmp_path, "", core, WHOLE if known else WHOLE.replace(CHOICE, "of(kernel);")
    )
    assert not told
    by_core = "tide_batch_with_kernel(high_slice,low_slice,&sweep,kern)" in body
    assert by_core is (decides and not known)
    assert ("tide_batch_inner_into(" in body) is not by_core
    assert ("Kernel::Auto=>crate::best_of_grids()," in body) is known
    assert ("Kernel::WideBatch=>Kernel::Wide," in body) is known
