"""The Rust text of a made-up core: its types, one formula, single calls and the stream."""

from __future__ import annotations

import re

from synthetic_cores.description import NUMBERS, Choice, Core, Output, Series, bare
from synthetic_cores.grids import batch
from synthetic_cores.signatures import (
    hands_on,
    names,
    outs,
    params_of,
    result_of,
    result_type,
    slices,
    takes,
)


def source(core: Core) -> str:
    """The Rust text of a core, no binding in it."""
    parts = [head(core), computed(core), called(core)]
    if core.grid:
        parts.append(batch(core))
    if core.stream:
        parts.append(stream(core))
    text = "\n".join(parts)
    return re.sub(r"\n{3,}", "\n\n", text)


def head(core: Core) -> str:
    """Imports, error, parameters, input and output."""
    x, kernels = core.x, "crate::Kernel" if core.strict else "crate::kernels::Kernel"
    kind = "{}" if core.plain else "Option<{}>"
    fields = "".join(f"    pub {one.name}: {kind.format(one.type)},\n" for one in core.parameters)
    defaults = ", ".join(f"{one.name}: {core.some(one.literal)}" for one in core.parameters)
    lists = "".join(f"    pub {one.name}: Vec<{one.element}>,\n" for one in core.outputs)
    output = f"pub struct {x}Output {{\n{lists}}}\n"
    copy = "" if any(one.kind == "String" for one in core.parameters) else "Copy, "
    getters = "".join(
        f"    pub fn get_{bare(one.name)}(&self) -> {one.type} {{\n"
        f"        {core.got(one, 'self')}\n    }}\n"
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
{"".join(choice(one.choice) for one in core.parameters if one.choice is not None)}
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
{"" if core.taken else input_struct(core)}{"" if core.vectors else output}"""


def input_struct(core: Core) -> str:
    """The struct that holds arrays and parameters."""
    x = core.x
    borrowed = "&'a [{}]"
    held = "".join(f"    pub {one.name}: {one.typed(borrowed)},\n" for one in core.series)
    make = "from_slice" if len(core.series) == 1 else "from_slices"
    return f"""
pub struct {x}Input<'a> {{
{held}    pub params: {x}Params,
}}
impl<'a> {x}Input<'a> {{
    pub fn {make}({slices(core, "'a ")}, params: {x}Params) -> Self {{
        Self {{ {names(core)}, params }}
    }}
}}
"""


def choice(one: Choice) -> str:
    """An enum, with whatever tells the texts of its variants."""
    kind = one.name
    named = "".join(f"    {variant},\n" for variant, _ in one.variants)
    read = "".join(
        f'            "{text}" => Ok({kind}::{variant}),\n' for variant, text in one.variants
    )
    shown = "".join(f'            Self::{variant} => "{text}",\n' for variant, text in one.variants)
    parser = f"""
impl std::str::FromStr for {kind} {{
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {{
        match text {{
{read}            other => Err(other.to_string()),
        }}
    }}
}}
"""
    teller = f"""
impl {kind} {{
    pub fn as_str(&self) -> &'static str {{
        match self {{
{shown}        }}
    }}
}}
"""
    parts = {"from_str": parser, "as_str": teller}
    return f"""
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum {kind} {{
{named}}}
impl {kind} {{
    fn number(self) -> f64 {{
        f64::from(self as u8)
    }}
}}
{parts.get(one.told, "")}"""


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
    numbers = " + ".join(
        f"{one.number(core.got(one))} * {(at + 2) / 8}" for at, one in enumerate(core.parameters)
    )
    window = core.window
    warm = core.got(window) if window else "1_usize"
    needed = [one for one in core.series if not one.optional]
    lengths = "".join(_same_length(core, one) for one in core.series[1:])
    floats = [one for one in needed if one.element == "f64"]
    blank = " && ".join(f"!{one.name}[i].is_nan()" for one in floats) or "true"
    terms = " + ".join(f"{cell(one)} * {float(at + 1)}" for at, one in enumerate(core.series))
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
fn begin({slices(core)}, params: &{x}Params) -> Result<usize, {x}Error> {{
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
fn row_of({slices(core)}, params: &{x}Params, {outs(core)}) -> Result<(), {x}Error> {{
    let found = begin({names(core)}, params)?;
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


def cell(one: Series) -> str:
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
    given, first = names(core, "" if core.taken else "input."), core.series[0].name
    lists = "".join(
        f"    let mut out_{bare(one.name)} = vec![{NUMBERS[one.element]}; n];\n"
        for one in core.outputs
    )
    passed = ", ".join(f"&mut out_{bare(one.name)}" for one in core.outputs)
    body = f"""    let n = {first if core.taken else f"input.{first}"}.len();
{lists}    row_of({given}, {params_of(core)}, {passed})?;
    Ok({result_of(core)})
"""
    gives = f"Result<{result_type(core)}, {x}Error>"
    if not core.kernel:
        return f"""
pub fn {n}({takes(core)}) -> {gives} {{
{body}}}
"""
    text = f"""
/// The indicator {n}.
pub fn {n}({takes(core)}) -> {gives} {{
    {n}_with_kernel({hands_on(core)}, Kernel::Auto)
}}
pub fn {n}_with_kernel({takes(core)}, kernel: Kernel) -> {gives} {{
    let _ = kernel;
{body}}}
"""
    return text + (strict_called(core, given) if core.strict else "")


def strict_called(core: Core, given: str) -> str:
    """What the strict style asks for beside: memory of the caller, and a check of a grid."""
    x, n = core.x, bare(core.name)
    return f"""
pub fn {n}_into_uninit<'o>(
    dst: &'o mut [MaybeUninit<f64>], {takes(core)}, kernel: Kernel
) -> Result<&'o mut [f64], {x}Error> {{
    let _ = kernel;
    let dst = written(dst);
    row_of({given}, {params_of(core)}, dst)?;
    Ok(dst)
}}
fn written(dst: &mut [MaybeUninit<f64>]) -> &mut [f64] {{
    for cell in dst.iter_mut() {{
        cell.write(f64::NAN);
    }}
    // SAFETY: every cell was written just now.
    unsafe {{ &mut *(std::ptr::from_mut(dst) as *mut [f64]) }}
}}
pub fn {n}_check({slices(core)}, combos: &[{x}Params]) -> Result<(), {x}Error> {{
    for params in combos {{
        begin({names(core)}, params)?;
    }}
    Ok(())
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
    terms = " + ".join(f"{now(one)} * {float(at + 1)}" for at, one in enumerate(core.series))
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


def now(one: Series) -> str:
    if one.optional:
        return f"{one.name}.map_or(0.0, |v| v)"
    return one.name if one.element == "f64" else f"({one.name} as f64 / 1e6)"
