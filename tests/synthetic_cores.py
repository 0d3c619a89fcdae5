"""Indicators made up from a description: Rust cores of many shapes that compile and compute.

All follow one formula, so that every parameter and every array tells in every value: with
`x = sum (k + 1) series_k`, a state `s = (s + x) / 2` that starts at the first row of numbers, and
`bias = sum (k + 2) / 8 parameter_k`, output `j` is `(s + bias) (j + 1)`. The first parameter that
counts values is the length of the warm-up.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

SWEPT = ("usize", "f64", "u32", "i32")
NUMBERS = {"f64": "f64::NAN", "bool": "false", "i8": "0"}


@dataclass(frozen=True)
class Series:
    """An input array."""

    name: str
    element: str = "f64"
    optional: bool = False

    @property
    def slice(self) -> str:
        """Its type behind the name."""
        return self.typed("&[{}]")

    def typed(self, pattern: str) -> str:
        """The type that a pattern makes of the element."""
        made = pattern.format(self.element)
        return f"Option<{made}>" if self.optional else made


@dataclass(frozen=True)
class Parameter:
    """A parameter: its kind in Rust, and its default as Rust text."""

    name: str
    kind: str
    default: str

    @property
    def literal(self) -> str:
        """The default as a value of its type."""
        return f"String::from({self.default})" if self.kind == "String" else self.default

    @property
    def number(self) -> str:
        """A number that tells its values apart, read from `params`."""
        got = f"params.{self.name}.clone().unwrap_or({self.literal})"
        if self.kind == "bool":
            return f"f64::from(u8::from({got}))"
        if self.kind == "String":
            return f"{got}.len() as f64"
        return f"{got} as f64"


@dataclass(frozen=True)
class Output:
    """A result."""

    name: str
    element: str = "f64"


@dataclass(frozen=True)
class Core:
    """An indicator.

    `kernel`: functions take one. `grid` is what the list of combinations is returned as: `Result`,
    `Vec`, or empty for an indicator without batch. `ranges` are the swept fields of the range,
    `all` or `first`; `renamed` gives the first another name. `into` is the form of the batch core:
    `range`, `combos`, `split` (a usual `_batch_inner`), `odd` (another one) or empty. `stream` is
    what `update` returns: `option`, `plain`, or empty for none.
    """

    name: str
    series: tuple[Series, ...] = (Series("data"),)
    parameters: tuple[Parameter, ...] = (Parameter("period", "usize", "9"),)
    outputs: tuple[Output, ...] = (Output("values"),)
    kernel: bool = True
    grid: str = "Result"
    ranges: str = "all"
    renamed: str = ""
    into: str = "range"
    stream: str = "option"
    strict: bool = False
    types: str = field(default="", compare=False)

    @property
    def x(self) -> str:
        """The prefix of its types."""
        return self.types or "".join(part.capitalize() for part in bare(self.name).split("_"))

    @property
    def swept(self) -> tuple[tuple[str, Parameter], ...]:
        """Fields of the range that are ranges, with their parameters."""
        found = [one for one in self.parameters if one.kind in SWEPT]
        found = found[:1] if self.ranges == "first" else found
        names = [
            self.renamed if self.renamed and at == 0 else one.name for at, one in enumerate(found)
        ]
        return tuple(zip(names, found, strict=True))

    @property
    def fixed(self) -> tuple[Parameter, ...]:
        """Parameters that a field of the range holds fixed."""
        return tuple(one for one in self.parameters if one.kind == "bool" and self.ranges == "all")

    @property
    def window(self) -> Parameter | None:
        """The parameter that is the length of the warm-up."""
        return next((one for one in self.parameters if one.kind == "usize"), None)


def bare(name: str) -> str:
    """A name without the sign of a raw identifier."""
    return name.removeprefix("r#")


def source(core: Core) -> str:
    """The Rust text of a core, no binding in it."""
    parts = [head(core), computed(core), called(core)]
    if core.grid:
        parts.append(batch(core))
    if core.stream:
        parts.append(stream(core))
    text = "\n".join(parts)
    return re.sub(r"\n{3,}", "\n\n", text)


def _slices(core: Core, lifetime: str = "") -> str:
    kinds = "&" + lifetime + "[{}]"
    return ", ".join(f"{one.name}: {one.typed(kinds)}" for one in core.series)


def _names(core: Core) -> str:
    return ", ".join(one.name for one in core.series)


def _outs(core: Core) -> str:
    return ", ".join(f"out_{bare(one.name)}: &mut [{one.element}]" for one in core.outputs)


def head(core: Core) -> str:
    """Imports, error, parameters, input and output."""
    x, kernels = core.x, "crate::Kernel" if core.strict else "crate::kernels::Kernel"
    fields = "".join(f"    pub {one.name}: Option<{one.kind}>,\n" for one in core.parameters)
    defaults = ", ".join(f"{one.name}: Some({one.literal})" for one in core.parameters)
    borrowed = "&'a [{}]"
    held = "".join(f"    pub {one.name}: {one.typed(borrowed)},\n" for one in core.series)
    lists = "".join(f"    pub {one.name}: Vec<{one.element}>,\n" for one in core.outputs)
    make = "from_slice" if len(core.series) == 1 else "from_slices"
    copy = "" if any(one.kind == "String" for one in core.parameters) else "Copy, "
    getters = "".join(
        f"    pub fn get_{bare(one.name)}(&self) -> {one.kind} {{\n"
        f"        self.{one.name}.clone().unwrap_or({one.literal})\n    }}\n"
        for one in core.parameters
    )
    return f"""
use {kernels};
{"use crate::CallError; use std::mem::MaybeUninit;" if core.strict else ""}
{"pub const KERNELS: &[Kernel] = &[Kernel::Scalar];" if core.strict else ""}

#[derive(Debug)]
pub enum {x}Error {{
    Wrong(String),
    OutputLengthMismatch {{ expected: usize, got: usize }},
    {"Call(CallError)," if core.strict else ""}
}}
impl std::fmt::Display for {x}Error {{
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{
        write!(f, "{{self:?}}")
    }}
}}
impl std::error::Error for {x}Error {{}}
{from_call(x) if core.strict else ""}

#[derive(Clone, {copy}Debug)]
pub struct {x}Params {{
{fields}}}
impl Default for {x}Params {{
    fn default() -> Self {{
        Self {{ {defaults} }}
    }}
}}
{f"impl {x}Params {{" if core.strict else ""}
{getters if core.strict else ""}{"}" if core.strict else ""}
pub struct {x}Input<'a> {{
{held}    pub params: {x}Params,
}}
impl<'a> {x}Input<'a> {{
    pub fn {make}({_slices(core, "'a ")}, params: {x}Params) -> Self {{
        Self {{ {_names(core)}, params }}
    }}
}}
pub struct {x}Output {{
{lists}}}
"""


def from_call(x: str) -> str:
    """The conversion from the error that all cores of the bundled crate share."""
    return f"""
impl From<CallError> for {x}Error {{
    fn from(error: CallError) -> Self {{
        Self::Call(error)
    }}
}}
"""


def computed(core: Core) -> str:
    """The formula: checks, one step, and a row."""
    x, first = core.x, core.series[0]
    numbers = " + ".join(f"{one.number} * {(at + 2) / 8}" for at, one in enumerate(core.parameters))
    window = core.window
    warm = f"params.{window.name}.unwrap_or({window.default})" if window else "1_usize"
    needed = [one for one in core.series if not one.optional]
    lengths = "".join(_same_length(core, one) for one in core.series[1:])
    floats = [one for one in needed if one.element == "f64"]
    blank = " && ".join(f"!{one.name}[i].is_nan()" for one in floats) or "true"
    terms = " + ".join(f"{_cell(one)} * {float(at + 1)}" for at, one in enumerate(core.series))
    cells = "".join(
        f"        out_{bare(one.name)}[i] = {value_of(one, at)};\n"
        for at, one in enumerate(core.outputs)
    )
    blanks = "".join(
        f"        out_{bare(one.name)}[i] = {NUMBERS[one.element]};\n" for one in core.outputs
    )
    unused = "" if core.parameters else "    let _ = params;\n"
    return f"""
fn bias(params: &{x}Params) -> f64 {{
{unused}    {numbers or "0.0"}
}}
fn warm(params: &{x}Params) -> usize {{
{"" if window else "    let _ = params;"}
    {warm}
}}
fn begin({_slices(core)}, params: &{x}Params) -> Result<usize, {x}Error> {{
    let n = {first.name}.len();
    if n == 0 {{ return Err({x}Error::Wrong("empty".into())); }}
{lengths}    let found = (0..n).find(|&i| {{ let _ = i; {blank} }});
    let found = found.ok_or({x}Error::Wrong("all NaN".into()))?;
    let period = warm(params);
    if period == 0 || period > n - found {{
        return Err({x}Error::Wrong(format!("length {{period}}")));
    }}
    Ok(found)
}}
fn row_of({_slices(core)}, params: &{x}Params, {_outs(core)}) -> Result<(), {x}Error> {{
    let found = begin({_names(core)}, params)?;
    let (bias, warm) = (bias(params), warm(params));
    let mut state = f64::NAN;
    for i in 0..{first.name}.len() {{
        if i >= found {{
            let x = {terms};
            state = if i == found {{ x }} else {{ (state + x) / 2.0 }};
        }}
        if i + 1 < found + warm {{
{blanks}            continue;
        }}
        let value = state + bias;
{cells}    }}
    Ok(())
}}
"""


def _same_length(core: Core, one: Series) -> str:
    first = core.series[0].name
    differs = f"{one.name}.len() != {first}.len()"
    if one.optional:
        differs = f"{one.name}.is_some_and(|s| s.len() != {first}.len())"
    return f"""    if {differs} {{
        return Err({core.x}Error::Wrong("lengths".into()));
    }}
"""


def _cell(one: Series) -> str:
    """A series at `i` as a number."""
    if one.optional:
        return f"{one.name}.map_or(0.0, |s| s[i] as f64)"
    return f"{one.name}[i]" if one.element == "f64" else f"({one.name}[i] as f64 / 1e6)"


def value_of(one: Output, at: int) -> str:
    """An output made of `value`."""
    if one.element == "bool":
        return f"value > {100 + at}.0"
    if one.element == "i8":
        return f"(value as i64 % 7) as i8 + {at}"
    return f"value * {at + 1}.0"


def called(core: Core) -> str:
    """The functions of one call."""
    x, n = core.x, bare(core.name)
    given = ", ".join(f"input.{one.name}" for one in core.series)
    lists = "".join(
        f"    let mut out_{bare(one.name)} = vec![{NUMBERS[one.element]}; n];\n"
        for one in core.outputs
    )
    passed = ", ".join(f"&mut out_{bare(one.name)}" for one in core.outputs)
    made = ", ".join(f"{one.name}: out_{bare(one.name)}" for one in core.outputs)
    body = f"""    let n = input.{core.series[0].name}.len();
{lists}    row_of({given}, &input.params, {passed})?;
    Ok({x}Output {{ {made} }})
"""
    if not core.kernel:
        return f"""
pub fn {n}(input: &{x}Input) -> Result<{x}Output, {x}Error> {{
{body}}}
"""
    text = f"""
/// The indicator {n}.
pub fn {n}(input: &{x}Input) -> Result<{x}Output, {x}Error> {{
    {n}_with_kernel(input, Kernel::Auto)
}}
pub fn {n}_with_kernel(input: &{x}Input, kernel: Kernel) -> Result<{x}Output, {x}Error> {{
    let _ = kernel;
{body}}}
"""
    return text + (strict_called(core, given) if core.strict else "")


def strict_called(core: Core, given: str) -> str:
    """What the strict style asks for beside: memory of the caller, and a check of a grid."""
    x, n = core.x, bare(core.name)
    return f"""
pub fn {n}_into_uninit<'o>(
    dst: &'o mut [MaybeUninit<f64>], input: &{x}Input, kernel: Kernel
) -> Result<&'o mut [f64], {x}Error> {{
    let _ = kernel;
    let dst = written(dst);
    row_of({given}, &input.params, dst)?;
    Ok(dst)
}}
fn written(dst: &mut [MaybeUninit<f64>]) -> &mut [f64] {{
    for cell in dst.iter_mut() {{
        cell.write(f64::NAN);
    }}
    // SAFETY: every cell was written just now.
    unsafe {{ &mut *(std::ptr::from_mut(dst) as *mut [f64]) }}
}}
pub fn {n}_check({_slices(core)}, combos: &[{x}Params]) -> Result<(), {x}Error> {{
    for params in combos {{
        begin({_names(core)}, params)?;
    }}
    Ok(())
}}
"""


def batch(core: Core) -> str:
    """The range, its combinations, and the functions of a grid."""
    x, n = core.x, bare(core.name)
    fields = [f"pub {name}: ({one.kind}, {one.kind}, {one.kind})" for name, one in core.swept]
    fields += [f"pub {one.name}: bool" for one in core.fixed]
    loops = "".join(
        f"    for {one.name} in axis_{one.kind}(range.{name}) {{\n" for name, one in core.swept
    )
    swept = {one.name for _, one in core.swept}
    held = {one.name for one in core.fixed}
    values = {one.name: one.literal for one in core.parameters}
    values |= {name: name for name in swept} | {name: f"range.{name}" for name in held}
    literal = ", ".join(f"{name}: Some({value})" for name, value in values.items())
    kinds = f"Vec<{x}Params>"
    combos = f"""    {"" if core.swept or core.fixed else "let _ = range;"}
    let mut combos = Vec::new();
{loops}    combos.push({x}Params {{ {literal} }});
{"    }" * len(core.swept)}
"""
    axes = {one.kind for _, one in core.swept}
    listed = "".join(axis(kind) for kind in sorted(axes))
    if core.strict:
        expand = f"""
impl {x}BatchRange {{
    pub fn expand(&self) -> Result<{kinds}, {x}Error> {{
        let range = self;
    {combos}        Ok(combos)
    }}
}}
"""
        grid = "sweep.expand()?"
    else:
        fallible = core.grid == "Result"
        returns = f"Result<{kinds}, {x}Error>" if fallible else kinds
        expand = f"""
pub fn expand_grid_{n}(range: &{x}BatchRange) -> {returns} {{
{combos}    {"Ok(combos)" if fallible else "combos"}
}}
"""
        grid = f"expand_grid_{n}(sweep){'?' if fallible else ''}"
    return f"""
#[derive(Clone, Debug)]
pub struct {x}BatchRange {{
    {", ".join(fields)}
}}
{listed}{expand}
pub struct {x}BatchOutput {{
    {"".join(f"pub {one.name}: Vec<{one.element}>, " for one in core.outputs)}
    pub combos: {kinds}, pub rows: usize, pub cols: usize
}}
{into(core, grid)}
"""


def axis(kind: str) -> str:
    """The values of a range of one kind of number."""
    zero = "0.0" if kind == "f64" else "0"
    return f"""
fn axis_{kind}((start, end, step): ({kind}, {kind}, {kind})) -> Vec<{kind}> {{
    let mut found = vec![start];
    let mut next = start + step;
    while step > {zero} && next <= end {{
        found.push(next);
        next += step;
    }}
    found
}}
"""


def into(core: Core, grid: str) -> str:
    """The batch functions: into memory of the caller, and into vectors."""
    x, n = core.x, bare(core.name)
    slices, names = _slices(core), _names(core)
    kernel = ", kernel: Kernel" if core.kernel else ""
    quiet = "let _ = kernel;" if core.kernel else ""
    cols = f"{core.series[0].name}.len()"
    lists = "".join(
        f"    let mut out_{bare(one.name)} = vec![{NUMBERS[one.element]}; rows * cols];\n"
        for one in core.outputs
    )
    made = ", ".join(f"{one.name}: out_{bare(one.name)}" for one in core.outputs)
    cells = ", ".join(
        f"&mut out_{bare(one.name)}[row * cols..(row + 1) * cols]" for one in core.outputs
    )
    vectors = f"""
pub fn {n}_batch_with_kernel(
    {slices}, sweep: &{x}BatchRange{kernel}
) -> Result<{x}BatchOutput, {x}Error> {{
    {quiet}
    let combos = {grid};
    let (rows, cols) = (combos.len(), {cols});
{lists}    for (row, params) in combos.iter().enumerate() {{
        row_of({names}, params, {cells})?;
    }}
    Ok({x}BatchOutput {{ {made}, combos, rows, cols }})
}}
"""
    if core.strict:
        return vectors + strict_into(core)
    forms = {"range": range_into, "combos": combos_into, "split": split, "odd": odd}
    return vectors + (forms[core.into](core, grid) if core.into in forms else "")


def _rows(core: Core) -> str:
    cells = ", ".join(
        f"&mut out_{bare(one.name)}[row * cols..(row + 1) * cols]" for one in core.outputs
    )
    return f"""    let cols = {core.series[0].name}.len();
    for (row, params) in combos.iter().enumerate() {{
        row_of({_names(core)}, params, {cells})?;
    }}
"""


def range_into(core: Core, grid: str) -> str:
    """`_batch_inner_into` that lists the combinations itself."""
    x, n = core.x, bare(core.name)
    return f"""
fn {n}_batch_inner_into(
    {_slices(core)}, sweep: &{x}BatchRange, kernel: Kernel, parallel: bool, {_outs(core)}
) -> Result<Vec<{x}Params>, {x}Error> {{
    let _ = (kernel, parallel);
    let combos = {grid};
{_rows(core)}    Ok(combos)
}}
"""


def combos_into(core: Core, grid: str) -> str:
    """`_batch_inner_into` that is given the combinations."""
    del grid
    x, n = core.x, bare(core.name)
    return f"""
fn {n}_batch_inner_into(
    {_slices(core)}, combos: &[{x}Params], kernel: Kernel, parallel: bool, {_outs(core)}
) -> Result<(), {x}Error> {{
    let _ = (kernel, parallel);
{_rows(core)}    Ok(())
}}
"""


def strict_into(core: Core) -> str:
    """`_batch_inner_into` as the strict style asks for it."""
    x, n = core.x, bare(core.name)
    return f"""
pub fn {n}_batch_inner_into<'o>(
    {_slices(core)}, combos: &[{x}Params], kernel: Kernel, threads: usize,
    dst: &'o mut [MaybeUninit<f64>]
) -> Result<&'o mut [f64], {x}Error> {{
    let _ = (kernel, threads);
    let dst = written(dst);
    for (params, row) in combos.iter().zip(dst.chunks_exact_mut({core.series[0].name}.len())) {{
        row_of({_names(core)}, params, row)?;
    }}
    Ok(dst)
}}
"""


def split(core: Core, grid: str) -> str:
    """A `_batch_inner` as it usually is: one uninitialised matrix, and a closure for a row."""
    x, n, out = core.x, bare(core.name), core.outputs[0].name
    return f"""
fn {n}_batch_inner(
    {_slices(core)}, sweep: &{x}BatchRange, kern: Kernel, parallel: bool
) -> Result<{x}BatchOutput, {x}Error> {{
    let combos = {grid};
    let rows = combos.len();
    let cols = {core.series[0].name}.len();
    let mut buf = crate::kernels::new_matrix(rows, cols);
    let mut guard = std::mem::ManuallyDrop::new(buf);
    let out: &mut [f64] = unsafe {{
        std::slice::from_raw_parts_mut(guard.as_mut_ptr() as *mut f64, guard.len())
    }};
    let do_row = |row: usize, dst: &mut [f64]| row_of({_names(core)}, &combos[row], dst);
    let _ = (kern, parallel);
    for (row, dst) in out.chunks_mut(cols).enumerate() {{
        do_row(row, dst)?;
    }}
    let {out} = unsafe {{
        Vec::from_raw_parts(guard.as_mut_ptr() as *mut f64, guard.len(), guard.capacity())
    }};
    Ok({x}BatchOutput {{ {out}, combos, rows, cols }})
}}
"""


def odd(core: Core, grid: str) -> str:
    """A `_batch_inner` in a form of its own: it hands the work on."""
    del grid
    x, n = core.x, bare(core.name)
    return f"""
fn {n}_batch_inner(
    {_slices(core)}, sweep: &{x}BatchRange, kern: Kernel, parallel: bool
) -> Result<{x}BatchOutput, {x}Error> {{
    let _ = parallel;
    {n}_batch_with_kernel({_names(core)}, sweep, kern)
}}
"""


def stream(core: Core) -> str:
    """The stream: one number of each array at a time."""
    x = core.x
    kinds = {"f64": "f64"}
    values = ", ".join(
        f"{one.name}: {'Option<f64>' if one.optional else kinds.get(one.element, one.element)}"
        for one in core.series
    )
    floats = [one for one in core.series if one.element == "f64" and not one.optional]
    blank = " || ".join(f"{one.name}.is_nan()" for one in floats) or "false"
    terms = " + ".join(f"{_now(one)} * {float(at + 1)}" for at, one in enumerate(core.series))
    made = [value_of(one, at) for at, one in enumerate(core.outputs)]
    single = len(made) == 1
    kind = (
        core.outputs[0].element if single else f"({', '.join(one.element for one in core.outputs)})"
    )
    result = made[0] if single else f"({', '.join(made)})"
    none = [NUMBERS[one.element] for one in core.outputs]
    nothing = none[0] if single else f"({', '.join(none)})"
    optional = core.stream == "option"
    return f"""
pub struct {x}Stream {{
    bias: f64,
    warm: usize,
    seen: usize,
    state: f64,
}}
impl {x}Stream {{
    pub fn try_new(params: {x}Params) -> Result<Self, {x}Error> {{
        if warm(&params) == 0 {{
            return Err({x}Error::Wrong("length 0".into()));
        }}
        Ok(Self {{ bias: bias(&params), warm: warm(&params), seen: 0, state: f64::NAN }})
    }}
    pub fn update(&mut self, {values}) -> {f"Option<{kind}>" if optional else kind} {{
        if self.seen == 0 && ({blank}) {{
            return {"None" if optional else nothing};
        }}
        let x = {terms};
        self.state = if self.seen == 0 {{ x }} else {{ (self.state + x) / 2.0 }};
        self.seen += 1;
        if self.seen < self.warm {{
            return {"None" if optional else nothing};
        }}
        let value = self.state + self.bias;
        {f"Some({result})" if optional else result}
    }}
}}
"""


def _now(one: Series) -> str:
    if one.optional:
        return f"{one.name}.map_or(0.0, |v| v)"
    return one.name if one.element == "f64" else f"({one.name} as f64 / 1e6)"


MANIFEST = """
[package]
name = "made_up"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib", "rlib"]

[dependencies]
pyo3 = {{ version = "{pyo3}", optional = true }}
numpy = {{ version = "{pyo3}", optional = true }}

[features]
python = ["pyo3", "numpy"]

[profile.dev]
debug = 0

[workspace]
"""

PYPROJECT = """
[build-system]
requires = ["maturin"]
build-backend = "maturin"

[tool.maturin]
features = ["python"]
python-source = "python"
module-name = "made_up._core"
"""

LIB = """
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
    #[pyo3(name = "_core")]
    fn made_up(m: &Bound<'_, PyModule>) -> PyResult<()> {
        let _ = m;
        Ok(())
    }
}
"""


def write_reference(root: Path, cores: tuple[Core, ...], pyo3: str = "0.30") -> None:
    """A crate of its own with these cores, a Python package and a folder of tests."""
    for folder in ("src", "python/made_up", "tests"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    mods = "".join(f"pub mod {core.name};\n" for core in cores)
    (root / "Cargo.toml").write_text(MANIFEST.format(pyo3=pyo3))
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "src/lib.rs").write_text(mods + LIB)
    (root / "python/made_up/__init__.py").write_text(
        "from made_up._core import *\n\n__all__ = []\n"
    )
    (root / "python/made_up/_core.pyi").write_text("__all__: list[str] = []\n")
    (root / "tests/conftest.py").write_text("")
    for core in cores:
        (root / "src" / f"{bare(core.name)}.rs").write_text(source(core))


def write_strict(root: Path, cores: tuple[Core, ...], repository: Path) -> None:
    """A copy of the bundled crate with these cores beside its own."""
    for name in ("Cargo.toml", "Cargo.lock", "rustfmt.toml"):
        shutil.copy(repository / name, root / name)
    ignored = shutil.ignore_patterns("target", "__pycache__", "*.so", "test_*.py", ".bindcheck")
    shutil.copytree(repository / "indicators", root / "indicators", ignore=ignored)
    lib = root / "indicators/src/lib.rs"
    mods = "".join(f"pub mod {core.name};\n" for core in cores)
    lib.write_text(lib.read_text().replace("pub mod alma;\n", f"pub mod alma;\n{mods}"))
    for core in cores:
        file = f"{bare(core.name)}.rs"
        (root / "indicators/src" / file).write_text(source(core))


BARS = (Series("high"), Series("low"), Series("close"))
PERIOD = Parameter("period", "usize", "9")
SAMPLE = (
    Core("one_slice"),
    Core(
        "bars_two",
        series=BARS,
        parameters=(PERIOD, Parameter("factor", "f64", "2.5"), Parameter("shift", "i32", "-3")),
        outputs=(Output("upper"), Output("lower")),
    ),
    Core(
        "with_volume",
        series=(*BARS[:2], Series("volume")),
        parameters=(Parameter("factor", "f64", "1.5"), PERIOD, Parameter("depth", "u32", "3")),
        into="combos",
        grid="Vec",
    ),
    Core("maybe_volume", series=(Series("data"), Series("volume", optional=True)), grid="Vec"),
    Core(
        "stamped",
        series=(Series("timestamps", "i64"), Series("price")),
        parameters=(PERIOD, Parameter("kind", "String", '"ema"')),
        ranges="first",
        into="",
    ),
    Core(
        "flagged",
        parameters=(Parameter("on", "bool", "true"), Parameter("length", "usize", "12")),
        outputs=(Output("up", "bool"), Output("state", "i8"), Output("level")),
        into="",
    ),
    Core(
        "nine",
        series=(Series("open"), *BARS),
        outputs=tuple(Output(f"level{at}") for at in range(1, 10)),
        stream="plain",
    ),
    Core("six", outputs=tuple(Output(name) for name in "abcdef"), stream="", into=""),
    Core("renamed", renamed="lookback", parameters=(PERIOD, Parameter("gain", "f64", "0.5"))),
    Core("divided", into="split"),
    Core("bare", kernel=False, into="", series=BARS[:2], stream="plain"),
    Core("constant", parameters=(), series=BARS, into=""),
)
"""The cores that are compiled, one for each shape."""

STRICT_SAMPLE = (
    Core("one_slice", strict=True),
    Core(
        "bars",
        series=BARS,
        parameters=(PERIOD, Parameter("factor", "f64", "2.5")),
        strict=True,
    ),
    Core(
        "volume_two",
        series=(*BARS[:2], Series("volume")),
        parameters=(Parameter("factor", "f64", "1.5"), PERIOD, Parameter("slow", "usize", "30")),
        strict=True,
    ),
    Core("stamped", series=(Series("timestamps", "i64"), Series("price")), strict=True),
    Core("streamless", series=BARS[:2], stream="", strict=True),
)
