"""The text of generated pieces, one golden file per shape of core.

Run with BINDCHECK_UPDATE_GOLDEN=1 to write the files anew; read the difference before committing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.regions import digest, find_regions
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from compiled import Compiler

GOLDEN = Path(__file__).parent / "generate"
UPDATE = os.environ.get("BINDCHECK_UPDATE_GOLDEN") == "1"

LIB = """
pub mod shapes;
pub mod kernels {
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Kernel { Auto, Scalar, Avx2, ScalarBatch, Avx2Batch }

    #[cfg(feature = "python")]
    pub fn read_kernel(name: Option<&str>, batch: bool) -> pyo3::PyResult<Kernel> {
        match (name, batch) {
            (None | Some("auto"), _) => Ok(Kernel::Auto),
            (Some("scalar"), false) => Ok(Kernel::Scalar),
            (Some("scalar"), true) => Ok(Kernel::ScalarBatch),
            _ => Err(pyo3::exceptions::PyValueError::new_err("unknown kernel")),
        }
    }

    pub fn new_matrix(rows: usize, cols: usize) -> Vec<std::mem::MaybeUninit<f64>> {
        (0..rows * cols).map(|_| std::mem::MaybeUninit::new(f64::NAN)).collect()
    }
}

#[cfg(feature = "python")]
mod python {
    use pyo3::prelude::*;

    #[pymodule]
    fn shapes(m: &Bound<'_, PyModule>) -> PyResult<()> {
        let _ = m;
        Ok(())
    }
}
"""

HEAD = """
use crate::kernels::Kernel;

#[derive(Debug)]
pub enum {X}Error { Empty, OutputLengthMismatch { expected: usize, got: usize } }

impl std::fmt::Display for {X}Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}
"""


@dataclass(frozen=True)
class Shape:
    """A synthetic core: `series` and `params` as `name: type`, params with defaults."""

    name: str
    series: tuple[str, ...] = ("data: &'a [f64]",)
    params: tuple[tuple[str, str, str], ...] = (("length", "usize", "14"),)
    outputs: tuple[str, ...] = ("values: Vec<f64>",)
    ranges: tuple[str, ...] | None = None
    grid: str = "Result"
    into: str = "range, kernel, parallel"
    batch: bool = True
    update: tuple[str, str] = ("value: f64", "Option<f64>")
    extra: str = ""
    pyo3: str = "0.25"


def names(fields: tuple[str, ...]) -> list[str]:
    return [field.partition(":")[0] for field in fields]


def source(shape: Shape) -> str:
    """The Rust text of a core."""
    x = "".join(part.capitalize() for part in shape.name.split("_"))
    slices = ", ".join(shape.series)
    plain = slices.replace("'a ", "")
    fields = "".join(f"pub {name}: Option<{kind}>, " for name, kind, _ in shape.params)
    literal = ", ".join(
        f"{name}: Some({default}{'.to_string()' if kind == 'String' else ''})"
        for name, kind, default in shape.params
    )
    empty = ", ".join(f"{name}: Vec::new()" for name in names(shape.outputs))
    text = (
        HEAD.replace("{X}", x)
        + f"""
#[derive(Clone, Debug)]
pub struct {x}Params {{ {fields} }}
impl Default for {x}Params {{ fn default() -> Self {{ Self {{ {literal} }} }} }}
pub struct {x}Input<'a> {{ pub series: std::marker::PhantomData<&'a f64>, pub params: {x}Params }}
impl<'a> {x}Input<'a> {{
    pub fn from_slices({slices}, params: {x}Params) -> Self {{
        let _ = ({", ".join(names(shape.series))},);
        Self {{ series: std::marker::PhantomData, params }}
    }}
}}
pub struct {x}Output {{ {", ".join(f"pub {one}" for one in shape.outputs)} }}
pub fn {shape.name}(input: &{x}Input) -> Result<{x}Output, {x}Error> {{
    {shape.name}_with_kernel(input, Kernel::Auto)
}}
pub fn {shape.name}_with_kernel(input: &{x}Input, k: Kernel) -> Result<{x}Output, {x}Error> {{
    let _ = (&input.params, &input.series, k);
    Ok({x}Output {{ {empty} }})
}}
pub struct {x}Stream {{ params: {x}Params }}
impl {x}Stream {{
    pub fn try_new(params: {x}Params) -> Result<Self, {x}Error> {{ Ok(Self {{ params }}) }}
    pub fn update(&mut self, {shape.update[0]}) -> {shape.update[1]} {{
        let _ = (&self.params, {", ".join(names(tuple(shape.update[0].split(", "))))});
        Default::default()
    }}
}}
"""
    )
    return text + (batch_source(shape, x, plain, literal) if shape.batch else "") + shape.extra


def batch_source(shape: Shape, x: str, plain: str, literal: str) -> str:
    """Range, grid and batch functions."""
    ranges = shape.ranges
    if ranges is None:
        ranges = tuple(f"{name}: ({kind}, {kind}, {kind})" for name, kind, _ in shape.params)
    wrapped = "Ok(combos)" if shape.grid == "Result" else "combos"
    combos = f"Vec<{x}Params>"
    grid = f"Result<{combos}, {x}Error>" if shape.grid == "Result" else combos
    vectors = "".join(f"pub {one}, " for one in shape.outputs)
    empty = ", ".join(f"{name}: Vec::new()" for name in names(shape.outputs))
    first = names(shape.series)[0]
    return f"""
#[derive(Clone, Debug)]
pub struct {x}BatchRange {{ {", ".join(f"pub {one}" for one in ranges)} }}
pub fn expand_{shape.name}(r: &{x}BatchRange) -> {grid} {{
    let _ = r;
    let combos = vec![{x}Params {{ {sweeps(shape, literal)} }}];
    {wrapped}
}}
pub struct {x}BatchOutput {{
    {vectors}pub combos: Vec<{x}Params>, pub rows: usize, pub cols: usize
}}
pub fn {shape.name}_batch_with_kernel(
    {plain}, sweep: &{x}BatchRange, k: Kernel
) -> Result<{x}BatchOutput, {x}Error> {{
    let _ = (sweep, k);
    Ok({x}BatchOutput {{ {empty}, combos: Vec::new(), rows: 0, cols: {first}.len() }})
}}
""" + (into_source(shape, x, plain) if shape.into else "")


def sweeps(shape: Shape, literal: str) -> str:
    """The literal of one combination, fed from a range field that has another name."""
    if shape.ranges is None or len(shape.ranges) != 1:
        return literal
    renamed = names(shape.ranges)[0]
    name = shape.params[0][0]
    return ", ".join(
        f"{one}: Some(r.{renamed}.0.clone())" if one == name else f"{one}: Some({default})"
        for one, _, default in shape.params
    )


def into_source(shape: Shape, x: str, plain: str) -> str:
    """`_batch_inner_into` with the parameters that `into` lists."""
    kinds = {
        "range": f"sweep: &{x}BatchRange",
        "combos": f"combos: &[{x}Params]",
        "kernel": "kern: Kernel",
        "parallel": "parallel: bool",
        "first": "first: usize",
    }
    taken = [kinds[one] for one in shape.into.split(", ")]
    outs = [
        f"out_{name}: &mut [{kind.strip()[4:-1]}]"
        for name, kind in (one.split(":") for one in shape.outputs)
    ]
    every = names((*shape.series, *taken, *outs))
    made = f"Vec<{x}Params>" if "range" in shape.into else "()"
    value = "Vec::new()" if "range" in shape.into else "()"
    return f"""
fn {shape.name}_batch_inner_into({", ".join((plain, *taken, *outs))}) -> Result<{made}, {x}Error> {{
    let _ = ({", ".join(every)});
    Ok({value})
}}
"""


SPLIT = """
fn split_batch_inner(
    data: &[f64], sweep: &SplitBatchRange, kern: Kernel, parallel: bool
) -> Result<SplitBatchOutput, SplitError> {
    let combos = expand_split(sweep)?;
    let rows = combos.len();
    let cols = data.len();
    let mut buf = crate::kernels::new_matrix(rows, cols);
    prefix(&mut buf, cols, &vec![0; rows]);
    let mut guard = std::mem::ManuallyDrop::new(buf);
    let out: &mut [f64] = unsafe {
        std::slice::from_raw_parts_mut(guard.as_mut_ptr() as *mut f64, guard.len())
    };
    let do_row = |row: usize, dst: &mut [f64]| dst.fill(row as f64);
    let _ = (kern, parallel);
    for (row, dst) in out.chunks_mut(cols).enumerate() {
        do_row(row, dst);
    }
    let values = unsafe {
        Vec::from_raw_parts(guard.as_mut_ptr() as *mut f64, guard.len(), guard.capacity())
    };
    Ok(SplitBatchOutput { values, combos, rows, cols })
}

fn prefix(buf: &mut [std::mem::MaybeUninit<f64>], cols: usize, warm: &[usize]) {
    let _ = (buf, cols, warm);
}
"""

BARS = ("high: &'a [f64]", "low: &'a [f64]", "close: &'a [f64]")
SHAPES = (
    Shape("one_slice"),
    Shape(
        "three_slices",
        series=BARS,
        params=(("length", "usize", "14"), ("factor", "f64", "2.0"), ("kind", "String", '"ema"')),
        ranges=("length: (usize, usize, usize)", "factor: (f64, f64, f64)", "kind: String"),
        outputs=("upper: Vec<f64>", "lower: Vec<f64>"),
        update=("high: f64, low: f64, close: f64", "Option<(f64, f64)>"),
    ),
    Shape(
        "maybe_volume",
        series=("data: &'a [f64]", "volume: Option<&'a [f64]>"),
        grid="Vec",
        update=("value: f64, volume: Option<f64>", "Option<f64>"),
    ),
    Shape(
        "time_stamps",
        series=("timestamps: &'a [i64]", "volumes: &'a [f64]", "prices: &'a [f64]"),
        params=(("anchor", "String", '"1d"'),),
        ranges=("anchor: (String, String, u32)",),
        into="",
        update=("timestamp: i64, price: f64, volume: f64", "Option<f64>"),
    ),
    Shape("no_params", series=BARS[:2], params=(), into="", update=("high: f64, low: f64", "f64")),
    Shape("vectors", into="", grid="Vec"),
    Shape("combinations", into="combos, first, kernel, parallel", grid="Vec"),
    Shape(
        "kinds",
        params=(
            ("length", "usize", "14"),
            ("on", "bool", "true"),
            ("shift", "i32", "-1"),
            ("depth", "u32", "3"),
        ),
        outputs=("up: Vec<bool>", "state: Vec<i8>", "level: Vec<f64>"),
        update=("value: f64", "(Option<f64>, Option<f64>, f64)"),
        into="",
        ranges=("length: (usize, usize, usize)", "on: bool"),
    ),
    Shape(
        "nine_outputs",
        outputs=tuple(f"level{at}: Vec<f64>" for at in range(1, 10)),
        update=("open: f64, high: f64, low: f64, close: f64", "Option<(f64, f64)>"),
        series=("open: &'a [f64]", *BARS),
    ),
    Shape(
        "four_outputs",
        series=("data: &'a [f64]", "volume: &'a [f64]"),
        params=(("fast", "usize", "12"), ("slow", "usize", "26")),
        outputs=tuple(f"{name}: Vec<f64>" for name in ("top", "fall", "rise", "base")),
        grid="Vec",
        update=("value: f64, volume: f64", "Option<(f64, f64, f64, f64)>"),
    ),
    Shape("renamed", ranges=("lookback: (usize, usize, usize)",)),
    Shape("detached", pyo3="0.27"),
    Shape(
        "clashing",
        params=(
            ("kern", "f64", "1.0"),
            ("data_slice", "f64", "2.0"),
            ("data_copy", "usize", "3"),
            ("params", "usize", "4"),
            ("input", "f64", "5.0"),
            ("output", "f64", "6.0"),
            ("stream", "usize", "7"),
            ("sweep", "bool", "true"),
            ("combos", "bool", "true"),
            ("rows", "bool", "true"),
            ("dict", "bool", "true"),
            ("values_array", "bool", "true"),
            ("values_out", "bool", "true"),
        ),
        ranges=(
            "kern: (f64, f64, f64)",
            *(f"{name}: bool" for name in ("sweep", "combos", "rows", "dict", "values_array")),
            *(f"{name}: bool" for name in ("values_out",)),
        ),
    ),
    Shape("split", into="", extra=SPLIT),
)

PYPROJECT = """
[build-system]
requires = ["maturin"]
build-backend = "maturin"

[tool.maturin]
features = ["python"]
module-name = "shapes"
"""

MANIFEST = """
[package]
name = "shapes"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib", "rlib"]

[dependencies]
pyo3 = {{ version = "{pyo3}", optional = true }}
numpy = {{ version = "{pyo3}", optional = true }}

[features]
python = ["pyo3", "numpy"]

[workspace]
"""


def make_crate(root: Path, shapes: tuple[Shape, ...]) -> None:
    """A crate of these cores, one file each."""
    folder = root / "src" / "shapes"
    folder.mkdir(parents=True)
    (root / "Cargo.toml").write_text(MANIFEST.format(pyo3=shapes[0].pyo3))
    (root / "src" / "lib.rs").write_text(LIB)
    mods = "".join(f"pub mod {shape.name};\n" for shape in shapes)
    (folder / "mod.rs").write_text(mods)
    for shape in shapes:
        (folder / f"{shape.name}.rs").write_text(source(shape))


def run(root: Path, *cores: str, mode: Mode = Mode.WRITE) -> GenerateResult:
    inputs, config = load(Options(paths=(root / "src",)))
    assert inputs.crate is not None
    request = Request(names=cores, mode=mode, everything=not cores)
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_shape_gives_its_golden_text(shape: Shape, tmp_path: Path) -> None:
    make_crate(tmp_path, (shape,))
    result = run(tmp_path, shape.name)
    assert result.status == 0, result.output
    text = (tmp_path / "src" / "shapes" / f"{shape.name}.rs").read_text()
    regions = find_regions(text, shape.name)
    made = "".join(f"// {region.key}\n{region.body}\n" for region in regions)
    lines = [plan.text for plan in result.plans if plan.piece == "register"]
    made += f"// {shape.name}/register\n{''.join(lines)}"
    golden = GOLDEN / f"{shape.name}.rs"
    if UPDATE:
        golden.write_text(made)
    assert digest(made) == digest(golden.read_text()), made


def test_every_golden_file_has_its_shape() -> None:
    assert {path.stem for path in GOLDEN.glob("*.rs")} == {shape.name for shape in SHAPES}


@pytest.mark.parametrize(("parameter", "output"), [("value", "values"), ("level", "levels")])
def test_a_key_that_two_entries_of_a_result_have_is_lacking(
    parameter: str, output: str, tmp_path: Path
) -> None:
    shape = Shape("same", params=((parameter, "usize", "9"),), outputs=(f"{output}: Vec<f64>",))
    make_crate(tmp_path, (shape,))
    result = run(tmp_path, "same")
    details = {plan.piece: plan.detail for plan in result.plans if plan.state.failed}
    fact = f"not known: another key than {output!r}, which two entries of the result have"
    assert list(details) == ["batch"]
    assert details["batch"].startswith(f"{fact} ({tmp_path / 'src/shapes/same.rs'}:")
    assert result.status == 1
    assert "same/batch" not in (tmp_path / "src/shapes/same.rs").read_text()


@pytest.mark.parametrize("name", [shape.name for shape in SHAPES])
def test_a_shape_gives_its_golden_stub_and_test(name: str, tmp_path: Path) -> None:
    make_crate(tmp_path, tuple(shape for shape in SHAPES if shape.name == name))
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "shapes.pyi").write_text("HAND_WRITTEN: int\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "conftest.py").write_text("")
    result = run(tmp_path, name)
    assert result.status == 0, result.output
    stub = (tmp_path / "shapes.pyi").read_text()
    test = (tmp_path / "tests" / f"test_{name}_binding.py").read_text()
    assert "HAND_WRITTEN: int\n" in stub
    for suffix, made in (("pyi.txt", stub), ("py.txt", test)):
        compile(made, suffix, "exec")
        golden = GOLDEN / f"{name}.{suffix}"
        if UPDATE:
            golden.write_text(made)
        assert made == golden.read_text()


@pytest.mark.parametrize("pyo3", ["0.25", "0.27"])
@pytest.mark.cargo
def test_all_shapes_compile(pyo3: str, tmp_path: Path, compiler: Compiler) -> None:
    shapes = tuple(shape for shape in SHAPES if shape.pyo3 == pyo3)
    make_crate(tmp_path, shapes)
    assert run(tmp_path).status == 0
    compiler.check(tmp_path, "--features", "python")
