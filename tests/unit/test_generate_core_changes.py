"""Cores that the generator changes when asked, and shapes of cores that it learned late."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.regions import find_regions
from bindcheck.generate.run import GenerateResult, Request, generate
from bindcheck.load import load
from compiled import Compiler

MANIFEST = """
[package]
name = "surfs"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib", "rlib"]

[dependencies]
pyo3 = "0.25"
numpy = "0.25"
"""

LIB = """use pyo3::prelude::*;

pub mod surf;
pub mod plain;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kernel {
    Auto,
    Scalar,
}

pub fn read_kernel(name: Option<&str>) -> PyResult<Kernel> {
    let _ = name;
    Ok(Kernel::Auto)
}

pub fn new_matrix(rows: usize, cols: usize) -> Vec<std::mem::MaybeUninit<f64>> {
    (0..rows * cols).map(|_| std::mem::MaybeUninit::new(f64::NAN)).collect()
}

#[pymodule]
fn surfs(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let _ = m;
    Ok(())
}
"""

CORE = """use crate::Kernel;

#[derive(Clone, Debug)]
pub struct SurfParams {
    pub length: Option<usize>,
}

impl Default for SurfParams {
    fn default() -> Self {
        Self { length: Some(5) }
    }
}

pub struct SurfInput<'a> {
    pub data: &'a [f64],
    pub params: SurfParams,
}

impl<'a> SurfInput<'a> {
    pub fn from_slice(data: &'a [f64], params: SurfParams) -> Self {
        Self { data, params }
    }
}

pub struct SurfOutput {
    pub values: Vec<f64>,
}

#[derive(Clone, Debug)]
pub struct SurfBatchRange {
    pub length: (usize, usize, usize),
}

pub struct SurfBatchOutput {
    pub values: Vec<f64>,
    pub combos: Vec<SurfParams>,
    pub rows: usize,
    pub cols: usize,
}

#[derive(Debug)]
pub enum SurfError {
    Empty,
    Length { expected: usize, got: usize },
}

impl std::fmt::Display for SurfError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

pub fn surf_with_kernel(input: &SurfInput, kernel: Kernel) -> Result<SurfOutput, SurfError> {
    let _ = (&input.params, kernel);
    if input.data.is_empty() {
        return Err(SurfError::Empty);
    }
    Ok(SurfOutput { values: input.data.to_vec() })
}

fn expand_grid(sweep: &SurfBatchRange) -> Result<Vec<SurfParams>, SurfError> {
    let (start, end, step) = sweep.length;
    Ok((start..=end).step_by(step.max(1)).map(|n| SurfParams { length: Some(n) }).collect())
}

pub fn surf_batch_with_kernel(
    data: &[f64],
    sweep: &SurfBatchRange,
    kernel: Kernel,
) -> Result<SurfBatchOutput, SurfError> {
    surf_batch_inner(data, sweep, kernel, true)
}

fn surf_batch_inner(
    data: &[f64],
    sweep: &SurfBatchRange,
    kern: Kernel,
    parallel: bool,
) -> Result<SurfBatchOutput, SurfError> {
    let combos = expand_grid(sweep)?;
    let rows = combos.len();
    let cols = data.len();
    let mut buf = crate::new_matrix(rows, cols);
    prefix(&mut buf, cols, &vec![0; rows]);
    let mut guard = std::mem::ManuallyDrop::new(buf);
    let out: &mut [f64] = unsafe {
        std::slice::from_raw_parts_mut(guard.as_mut_ptr() as *mut f64, guard.len())
    };
    let _ = (kern, parallel);
    for (row, dst) in out.chunks_mut(cols).enumerate() {
        dst.fill(row as f64);
    }
    let values = unsafe {
        Vec::from_raw_parts(guard.as_mut_ptr() as *mut f64, guard.len(), guard.capacity())
    };
    Ok(SurfBatchOutput { values, combos, rows, cols })
}

fn prefix(buf: &mut [std::mem::MaybeUninit<f64>], cols: usize, warm: &[usize]) {
    let _ = (buf, cols, warm);
}

pub struct SurfPoint {
    pub crest: f64,
    pub rising: bool,
}

pub struct SurfStream {
    params: SurfParams,
}

impl SurfStream {
    pub fn try_new(params: SurfParams) -> Result<Self, SurfError> {
        Ok(Self { params })
    }

    pub fn update(&mut self, value: f64) -> Option<SurfPoint> {
        self.params.length.map(|_| SurfPoint { crest: value, rising: true })
    }
}
"""

PLAIN = """pub mod many {
    pub fn foam(prices: &[f64], period: usize) -> Vec<f64> {
        prices.iter().map(|value| value / period as f64).collect()
    }
}
"""


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    """A core with a grid to split and points to unpack, and a function in an inline module."""
    folder = tmp_path / "src"
    folder.mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (folder / "lib.rs").write_text(LIB)
    (folder / "surf.rs").write_text(CORE)
    (folder / "plain.rs").write_text(PLAIN)
    return tmp_path


def run(crate: Path, *, rewrite_core: bool = False, pieces: tuple[str, ...] = ()) -> GenerateResult:
    inputs, config = load(Options(manifest_path=crate / "Cargo.toml"), whole_crate=True)
    assert inputs.crate is not None
    request = Request(everything=True, rewrite_core=rewrite_core, pieces=pieces)
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def packed(text: str) -> str:
    return "".join(text.split())


def surf(crate: Path) -> str:
    return (crate / "src/surf.rs").read_text()


def keys(crate: Path) -> set[str]:
    return {region.key for region in find_regions(surf(crate), "surf.rs")}


def test_a_core_is_left_alone_unless_asked(crate: Path) -> None:
    assert run(crate).status == 0
    assert surf(crate).startswith(CORE[: CORE.index("fn prefix")].rstrip())
    assert "surf/batch_inner_into" in keys(crate)


@pytest.mark.parametrize("before", [False, True])
def test_a_rewritten_core_calls_what_was_split_out_of_it(crate: Path, before: bool) -> None:
    if before:
        run(crate)
    result = run(crate, rewrite_core=True)
    assert result.status == 0, result.output
    assert ["surf", "batch_inner", "replaced"] in [
        line.split()[:3] for line in result.output.splitlines()
    ]
    text = surf(crate)
    assert keys(crate) == {"surf/single", "surf/batch", "surf/stream"}
    assert text.count("fn surf_batch_inner_into(") == 1
    start = text.index("fn surf_batch_inner(")
    body = packed(text[start : text.index("\n}\n", start)])
    assert "letcombos=surf_batch_inner_into(data,sweep,kern,parallel,&mutout_values)?;" in body
    assert "Ok(SurfBatchOutput{values:out_values,combos,rows,cols})" in body
    assert "from_raw_parts" not in body


def test_a_rewritten_core_stays_as_it_is(crate: Path) -> None:
    run(crate, rewrite_core=True)
    before = surf(crate)
    for rewrite_core in (False, True):
        assert run(crate, rewrite_core=rewrite_core).changes == ()
    assert surf(crate) == before
    assert run(crate).status == 0


def test_a_point_reaches_python_as_a_tuple(crate: Path) -> None:
    run(crate)
    text = packed(surf(crate))
    assert "fnupdate(&mutself,value:f64)->Option<(f64,bool)>" in text
    assert "self.stream.update(value).map(|value|(value.crest,value.rising))" in text


def test_a_point_that_always_is_there_is_unpacked(crate: Path) -> None:
    path = crate / "src/surf.rs"
    made = "SurfPoint { crest: value, rising: true }"
    old = f"Option<SurfPoint> {{\n        self.params.length.map(|_| {made})"
    assert old in CORE
    path.write_text(
        CORE.replace(old, "SurfPoint {\n        SurfPoint { crest: value, rising: true }")
    )
    run(crate)
    text = packed(surf(crate))
    assert "letvalue=self.stream.update(value);(value.crest,value.rising)" in text


def test_a_core_in_an_inline_module_is_registered_where_its_binding_stands(crate: Path) -> None:
    # Plain functions are cores only where nothing has an input struct.
    (crate / "src/surf.rs").write_text("")
    run(crate)
    lib = (crate / "src/lib.rs").read_text()
    assert "crate::plain::foam_py" in lib
    assert "many::foam_py" not in lib
    assert "crate::plain::many::foam(" in (crate / "src/plain.rs").read_text()


@pytest.mark.cargo
@pytest.mark.parametrize("rewrite_core", [False, True])
def test_it_compiles(crate: Path, rewrite_core: bool, compiler: Compiler) -> None:
    assert run(crate, rewrite_core=rewrite_core).status == 0
    compiler.check(crate)


def test_a_buffer_that_is_used_beside_its_numbers_is_not_split(crate: Path) -> None:
    path = crate / "src/surf.rs"
    text = path.read_text()
    lines = "    let mut guard = std::mem::ManuallyDrop::new(buf);\n"
    assert text.count(lines) == 1
    text = text.replace(lines, "").replace("guard.", "buf.")
    path.write_text(text.replace("    let _ = (kern, parallel);\n    for", "    for", 1))
    whole = run(crate)
    split = next(one for one in whole.plans if one.piece == "batch_inner_into")
    assert split.state.value == "missing", split.detail
    before = "    let values = unsafe {\n        Vec::from_raw_parts("
    used = f"    buf[0].write(0.0);\n{before}"
    text = path.read_text().split("// bindcheck: begin")[0]
    assert text.count(before) == 1
    path.write_text(text.replace(before, used))
    refused = next(one for one in run(crate).plans if one.piece == "batch_inner_into")
    fact, _, place = refused.detail.rpartition(" (")
    assert fact == (
        "not known: which of two views writes: `surf_batch_inner` uses `buf` beside `out`"
    )
    assert ".rs:" in place


VECTOR = """    let mut values = vec![f64::NAN; rows * cols];
    let _ = (kern, parallel);
    for (row, dst) in values.chunks_mut(cols).enumerate() {
        dst.fill(row as f64);
    }
"""


def with_vector(crate: Path, vector: str = VECTOR) -> str:
    """The core with a vector for its matrix; the detail where it is not split."""
    start, end = CORE.index("    let mut buf ="), CORE.index("    Ok(SurfBatchOutput")
    (crate / "src/surf.rs").write_text(CORE[:start] + vector + CORE[end:])
    split = next(one for one in run(crate).plans if one.piece == "batch_inner_into")
    return "" if split.state.value == "missing" else split.detail


def into(crate: Path) -> str:
    found = find_regions(surf(crate), "surf.rs")
    return packed(next(one.body for one in found if one.key == "surf/batch_inner_into"))


def test_a_vector_of_the_core_becomes_memory_of_the_caller(crate: Path) -> None:
    assert not with_vector(crate)
    made = into(crate)
    assert (
        "ifout_values.len()!=rows.saturating_mul(cols){returnErr(SurfError::Length{"
        "expected:rows.saturating_mul(cols),got:out_values.len(),});}"
        "out_values.fill(f64::NAN);letvalues:&mut[f64]=out_values;let_=(kern,parallel);"
        "for(row,dst)invalues.chunks_mut(cols).enumerate()"
    ) in made
    assert made.endswith("Ok(combos)}")
    regions = find_regions(surf(crate), "surf.rs")
    batch = next(one.body for one in regions if one.key == "surf/batch")
    assert "surf_batch_inner_into(" in batch
    # What the core fills is not filled before.
    assert ".fill(" not in batch
    before = surf(crate)
    assert run(crate).changes == ()
    assert surf(crate) == before


@pytest.mark.parametrize("vector", ["", VECTOR])
def test_an_output_that_no_batch_has_yet_is_told(crate: Path, vector: str) -> None:
    path = crate / "src/surf.rs"
    if vector:
        with_vector(crate, vector)
    assert run(crate).status == 0
    one, two = (
        "    pub values: Vec<f64>,\n}",
        "    pub values: Vec<f64>,\n    pub swell: Vec<f64>,\n}",
    )
    text = path.read_text().replace(one, two, 1)
    made = "SurfOutput { values: input.data.to_vec() }"
    path.write_text(text.replace(made, made.replace(" }", ", swell: input.data.to_vec() }")))
    plans = {plan.piece: plan for plan in run(crate).plans if plan.indicator == "surf"}
    assert plans["single"].state.value == "stale"
    assert plans["batch"].state.value == "lacking"
    assert "for the output `swell`" in plans["batch"].detail
    assert run(crate).status == 1


LENGTH = "Length { expected: usize, got: usize }"


@pytest.mark.parametrize(
    ("variant", "made"),
    [
        ("Room { got: usize, want: usize }", "SurfError::Room{want:{},got:{}}"),
        (
            "OutputSize { required: usize, actual: usize }",
            "SurfError::OutputSize{required:{},actual:{}}",
        ),
        (
            f"Length {{ want: usize, got: usize }}, Short {LENGTH[7:]}",
            "SurfError::Short{expected:{},got:{}}",
        ),
    ],
)
def test_the_error_of_a_wrong_length_may_have_other_names(
    crate: Path, variant: str, made: str
) -> None:
    path = crate / "src/surf.rs"
    path.write_text(CORE.replace(LENGTH, variant))
    assert run(crate).status == 0
    lengths = "rows.saturating_mul(cols)", "out_values.len()"
    for one in lengths:
        made = made.replace("{}", one, 1)
    assert f"returnErr({made.replace('}', ',}')});" in into(crate)


@pytest.mark.parametrize(
    "variant",
    [
        "Enough { needed: usize, got: usize }",
        "Length { want: f64, got: usize }",
        "Length(usize, usize)",
    ],
)
def test_a_core_without_an_error_for_lengths_is_no_failure(crate: Path, variant: str) -> None:
    (crate / "src/surf.rs").write_text(CORE.replace(LENGTH, variant))
    result = run(crate)
    split = next(one for one in result.plans if one.piece == "batch_inner_into")
    fact, _, means = split.detail.partition(" (")
    assert fact == (
        "not known: a variant of `SurfError` with two `usize` fields for lengths,"
        " such as `expected` and `got`"
    )
    assert means.endswith("; the batch does without it")
    assert split.state.value == "left out"
    assert result.status == 0
    assert run(crate, pieces=("batch_inner_into",)).status == 1


@pytest.mark.cargo
def test_a_core_whose_error_is_a_text_is_split(crate: Path, compiler: Compiler) -> None:
    core = re.sub(
        r"#\[derive\(Debug\)\]\npub enum SurfError.*?\n}\n\nimpl .*?\n}\n", "", CORE, flags=re.S
    )
    core = core.replace("SurfError::Empty", '"empty".to_string()').replace("SurfError", "String")
    (crate / "src/surf.rs").write_text(core)
    assert run(crate).status == 0
    assert "format!(" in into(crate)
    compiler.check(crate)


def test_a_vector_that_is_handed_on_is_borrowed(crate: Path) -> None:
    more = "    row_of(&mut values, &values, values[0], values.len());\n"
    assert not with_vector(crate, VECTOR + more)
    assert "row_of(&mutvalues[..],&values[..],values[0],values.len());" in into(crate)


@pytest.mark.parametrize("size", ["total", "(rows * cols).max(1)", "combos.len() * data.len()"])
def test_the_size_of_a_vector_is_that_of_the_memory(crate: Path, size: str) -> None:
    vector = VECTOR.replace("    let mut", "    let total = rows * cols;\n    let mut", 1)
    assert not with_vector(crate, vector.replace("NAN; rows * cols", f"NAN; {size}"))
    shown = {"combos.len() * data.len()": "(combos.len()).saturating_mul(data.len())"}
    assert f"ifout_values.len()!={packed(shown.get(size, size))}{{" in into(crate)


@pytest.mark.parametrize(
    ("more", "fact"),
    [
        ("    values.push(0.0);\n", "a place for `values.push(..)` of `surf_batch_inner`"),
        ("    let all = values;\n    let values = all;\n", "what `surf_batch_inner` does with"),
        ("    drop(values.clone());\n", "a place for `values.clone(..)` of `surf_batch_inner`"),
        ("    let f = |values: usize| values;\n    f(0);\n", "one variable `values`"),
        ("    trace!(values => 1);\n", "what `surf_batch_inner` does with `values` in `trace!`"),
    ],
)
def test_a_vector_that_is_more_than_memory_is_not_split(crate: Path, more: str, fact: str) -> None:
    before = with_vector(crate, VECTOR + more)
    assert before.startswith(f"not known: {fact}") or "the buffer behind" in before


@pytest.mark.parametrize("size", ["rows * cols", "(rows * cols).max(1)"])
def test_a_core_that_made_a_vector_hands_one_to_what_was_split_out(crate: Path, size: str) -> None:
    assert not with_vector(crate, VECTOR.replace("NAN; rows * cols", f"NAN; {size}"))
    assert run(crate, rewrite_core=True).status == 0
    start = surf(crate).index("fn surf_batch_inner(")
    body = packed(surf(crate)[start : surf(crate).index("\n}\n", start)])
    assert f"letmutout_values=vec![0.0;{packed(size)}];" in body
    assert "letcombos=surf_batch_inner_into(" in body
    assert "&mutout_values)?;Ok(SurfBatchOutput{values:out_values,combos,rows,cols})" in body


@pytest.mark.cargo
def test_a_split_vector_compiles(crate: Path, compiler: Compiler) -> None:
    more = "    crate::new_matrix(values.len(), 1);\n    values.copy_within(..1, 1);\n"
    assert not with_vector(crate, VECTOR + more)
    compiler.check(crate)
    assert run(crate, rewrite_core=True).status == 0
    compiler.check(crate)


END = "    Ok(SurfBatchOutput { values, combos, rows, cols })"
BUFFER = "    let mut buf = crate::new_matrix"
NOT_SPLIT = {
    "an end before": (
        BUFFER,
        "    if rows == 0 {\n        return Ok(nothing());\n    }\n" + BUFFER,
    ),
    "an end by another function": (
        BUFFER,
        "    if rows == 0 {\n        return none(cols);\n    }\n" + BUFFER,
    ),
    "the vector is changed": (END, "    values[0] = 0.0;\n" + END),
    "the vector is asked": (END, "    debug_assert_eq!(values.len(), rows * cols);\n" + END),
}


@pytest.mark.parametrize("name", NOT_SPLIT)
def test_what_would_be_lost_of_a_core_keeps_it_whole(crate: Path, name: str) -> None:
    old, new = NOT_SPLIT[name]
    (crate / "src/surf.rs").write_text(CORE.replace(old, new))
    states = {plan.piece: plan.state.value for plan in run(crate).plans if plan.indicator == "surf"}
    assert states["batch_inner_into"] == "left out"
    assert "surf/batch_inner_into" not in keys(crate)


def test_a_closure_returns_for_itself(crate: Path) -> None:
    new = BUFFER.replace(
        "    let", "    let whole = |n: usize| return n;\n    let _ = whole(rows);\n    let"
    )
    (crate / "src/surf.rs").write_text(CORE.replace(BUFFER, new))
    assert run(crate).status == 0
    assert "surf/batch_inner_into" in keys(crate)


def test_checks_come_before_the_memory(crate: Path) -> None:
    new = """    if rows.checked_mul(cols).is_none() {
        return Err(SurfError::Empty);
    }
    let first = data.iter().position(|x| !x.is_nan()).ok_or(SurfError::Empty)?;
    let spare = rows + 1;
    counted(spare)?;
    let _ = first;
"""
    helper = "\nfn counted(n: usize) -> Result<(), SurfError> {\n    let _ = n;\n    Ok(())\n}\n"
    (crate / "src/surf.rs").write_text(CORE.replace(BUFFER, new + BUFFER) + helper)
    assert run(crate, rewrite_core=True).status == 0
    text = surf(crate)
    start = text.index("fn surf_batch_inner(")
    body = packed(text[start : text.index("\n}\n", start)])
    parts = [
        "letrows=combos.len();",
        "letcols=data.len();",
        "ifrows.checked_mul(cols).is_none(){returnErr(SurfError::Empty);}",
        "let_=data.iter().position(|x|!x.is_nan()).ok_or(SurfError::Empty)?;",
        "letspare=rows+1;counted(spare)?;",
        "letmutout_values=",
        "letcombos=surf_batch_inner_into(",
    ]
    places = [body.index(part) for part in parts]
    assert places == sorted(places)


def rewritten(crate: Path) -> str:
    """The new body of `_batch_inner`, without its spaces."""
    text = surf(crate)
    start = text.index("fn surf_batch_inner(")
    return packed(text[start : text.index("\n}\n", start)])


def test_checks_in_loops_come_before_the_memory(crate: Path) -> None:
    new = """    for combo in &combos {
        counted(combo.length.unwrap_or(0))?;
    }
    ensure!(cols > spare(rows));
    let longest = combos.iter().filter_map(|one| one.length).max().unwrap_or(0);
    match longest {
        0 => return Err(SurfError::Empty),
        _ => {}
    }
"""
    (crate / "src/surf.rs").write_text(CORE.replace(BUFFER, new + BUFFER))
    assert run(crate, rewrite_core=True).status == 0
    body = rewritten(crate)
    parts = [
        "letrows=combos.len();letcols=data.len();",
        "forcomboin&combos{counted(combo.length.unwrap_or(0))?;}",
        "ensure!(cols>spare(rows));",
        "letlongest=combos.iter().filter_map(|one|one.length).max().unwrap_or(0);",
        "matchlongest{0=>returnErr(SurfError::Empty),_=>{}}",
        "letmutout_values=vec![0.0;",
        "letcombos=surf_batch_inner_into(data,",
    ]
    places = [body.index(part) for part in parts]
    assert places == sorted(places)


OTHER = {
    "a parameter by another value": "    let data = &data[1..];\n    counted(data.len())?;\n",
    "a variable with its value later": "    let n;\n    n = rows;\n    counted(n)?;\n",
    "a variable that a loop changes": (
        "    let mut n = 0;\n    for one in &combos {\n        n += one.length.unwrap_or(0);\n"
        "        counted(n)?;\n    }\n"
    ),
}


@pytest.mark.parametrize("name", OTHER)
def test_checks_that_cannot_stand_alone_leave_a_core_as_it_is(crate: Path, name: str) -> None:
    (crate / "src/surf.rs").write_text(CORE.replace(BUFFER, OTHER[name] + BUFFER))
    result = run(crate, rewrite_core=True)
    assert result.status == 1
    (plan,) = (one for one in result.plans if one.piece == "batch_inner")
    assert plan.state.value == "lacking"
    text = surf(crate)
    assert OTHER[name] in text
    first = OTHER[name].strip().partition("\n")[0]
    line = text[: text.index(OTHER[name])].count("\n") + 1
    told = f"checks, or sizes its buffers: `{first}` ({crate}/src/surf.rs:{line})"
    assert plan.detail.endswith(told)


def test_a_check_with_a_value_of_its_own_leaves_a_core_as_it_is(crate: Path) -> None:
    check = (
        "    let Some(_) = combos.first() else {\n        return Err(SurfError::Empty);\n    };\n"
    )
    text = CORE.replace(BUFFER, check + BUFFER)
    (crate / "src/surf.rs").write_text(text)
    (plan,) = (one for one in run(crate, rewrite_core=True).plans if one.piece == "batch_inner")
    line = text[: text.index(check)].count("\n") + 1
    said = "the value in a check: `let Some(_) = combos.first() else {`"
    assert plan.detail == f"not known: {said} ({crate}/src/surf.rs:{line})"


def test_a_rewritten_core_does_not_import_what_nothing_uses(crate: Path) -> None:
    uses = (
        "use crate::{new_matrix, Kernel};\nuse std::mem::ManuallyDrop;\n"
        "use std::{fmt::Display, mem::MaybeUninit, ops::Deref};\n"
    )
    text = CORE.replace("use crate::Kernel;\n", uses).replace("crate::new_matrix(", "new_matrix(")
    text = text.replace("std::mem::ManuallyDrop::", "ManuallyDrop::")
    marked = "    let mut buf: Vec<MaybeUninit<f64>> ="
    text = text.replace("    let mut buf =", marked)
    (crate / "src/surf.rs").write_text(text)
    assert run(crate, rewrite_core=True).status == 0
    head = surf(crate)[: surf(crate).index("#[derive")]
    assert "use crate::Kernel;" in head
    assert "ManuallyDrop" not in surf(crate)
    assert "use std::{fmt::Display, ops::Deref};" in head


@pytest.mark.parametrize("rewrite_core", [False, True])
def test_a_guard_may_be_called_like_its_buffer(crate: Path, rewrite_core: bool) -> None:
    text = CORE.replace("let mut guard", "let mut buf").replace("guard.", "buf.")
    view = text.index("    let out: &mut [f64] = unsafe")
    filled = text.index("    let _ = (kern, parallel);")
    vector = text.index("    let values = unsafe")
    rows = "    let _ = (kern, parallel);\n    fill(&mut buf, rows);\n"
    guard = "    let mut buf = std::mem::ManuallyDrop::new(buf);\n"
    begin = text.index(guard)
    assert begin < view < filled < vector
    (crate / "src/surf.rs").write_text(text[:begin] + rows + guard + text[vector:])
    result = run(crate, rewrite_core=rewrite_core)
    assert result.status == 0, result.output
    whole = surf(crate)
    start = whole.index("fn surf_batch_inner_into(")
    made = whole[start : whole.index("\n}\n", start)]
    assert "ManuallyDrop" not in made
    assert "fill(buf, rows);" in made


def test_a_batch_that_does_without_a_split_core_is_told(crate: Path) -> None:
    old, new = NOT_SPLIT["the vector is changed"]
    (crate / "src/surf.rs").write_text(CORE.replace(old, new))
    plans = {plan.piece: plan for plan in run(crate).plans if plan.indicator == "surf"}
    assert plans["batch"].state.value == "missing"
    assert plans["batch_inner_into"].detail.endswith("); the batch does without it")


BEHIND = "    let swell = vec![0.0; rows * cols];\n"


def test_a_core_that_cannot_be_split_any_more_holds_nothing_up(crate: Path) -> None:
    assert not with_vector(crate)
    path = crate / "src/surf.rs"
    text = path.read_text()
    for struct in ("SurfOutput", "SurfBatchOutput"):
        head = f"pub struct {struct} {{\n    pub values: Vec<f64>,\n"
        assert head in text
        text = text.replace(head, head + "    pub swell: Vec<f64>,\n")
    made = "SurfOutput { values: input.data.to_vec() }"
    text = text.replace(made, made.replace(" }", ", swell: input.data.to_vec() }"))
    end = "    Ok(SurfBatchOutput { values, combos, rows, cols })"
    text = text.replace(end, BEHIND + end.replace("values,", "values, swell,"))
    path.write_text(text)
    result = run(crate)
    plans = {plan.piece: plan for plan in result.plans if plan.indicator == "surf"}
    assert result.status == 0
    assert plans["batch_inner_into"].state.value == "left out"
    assert plans["batch_inner_into"].detail.endswith(
        "; the batch does without it: its region can go"
    )
    assert (plans["single"].state.value, plans["batch"].state.value) == ("stale", "stale")
    regions = {one.key: one.body for one in find_regions(surf(crate), "surf.rs")}
    assert "surf_batch_inner_into" not in regions["surf/batch"]
    assert "output.swell" in regions["surf/single"]
    assert run(crate).changes == ()


def test_a_split_that_was_edited_is_used_where_it_cannot_be_made_anew(crate: Path) -> None:
    assert not with_vector(crate)
    path = crate / "src/surf.rs"
    text = path.read_text().replace("    Ok(combos)\n", "    drop(kern);\n    Ok(combos)\n", 1)
    end = "    Ok(SurfBatchOutput { values, combos, rows, cols })"
    path.write_text(text.replace(end, "    values.push(0.0);\n" + end))
    result = run(crate)
    split = next(one for one in result.plans if one.piece == "batch_inner_into")
    assert (split.state.value, result.status) == ("left out", 0)
    assert split.detail.endswith("; its region stays as it was edited")
    regions = {one.key: one.body for one in find_regions(surf(crate), "surf.rs")}
    assert "surf_batch_inner_into(" in regions["surf/batch"]
    assert "drop(kern);" in regions["surf/batch_inner_into"]
