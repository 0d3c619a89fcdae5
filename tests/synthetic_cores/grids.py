"""The Rust text of what a made-up core does with a grid of parameters."""

from __future__ import annotations

from synthetic_cores.description import NUMBERS, Core, bare
from synthetic_cores.signatures import names, outs, slices


def batch(core: Core) -> str:
    """The range, its combinations, and the functions of a grid."""
    x, n = core.x, bare(core.name)
    fields = [f"pub {name}: ({one.kind}, {one.kind}, {one.kind})" for name, one in core.swept]
    held_kinds = [f"Vec<{one.type}>" if one in core.listed else one.type for one in core.fixed]
    fields += [f"pub {one.name}: {kind}" for one, kind in zip(core.fixed, held_kinds, strict=True)]
    loops = "".join(
        f"    for {one.name} in axis_{one.kind}(range.{name}) {{\n" for name, one in core.swept
    )
    loops += "".join(
        f"    for {one.name} in range.{one.name}.iter().copied() {{\n" for one in core.listed
    )
    swept = {one.name for _, one in core.swept} | {one.name for one in core.listed}
    held = {one.name for one in core.fixed} - swept
    values = {one.name: one.literal for one in core.parameters}
    values |= {name: name for name in swept} | {name: f"range.{name}" for name in held}
    literal = ", ".join(f"{name}: {core.some(value)}" for name, value in values.items())
    kinds = f"Vec<{x}Params>"
    combos = f"""    {"" if core.swept or core.fixed else "let _ = range;"}
    let mut combos = Vec::new();
{loops}    combos.push({x}Params {{ {literal} }});
{"    }" * (len(core.swept) + len(core.listed))}
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
    taken, given = slices(core), names(core)
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
    {taken}, sweep: &{x}BatchRange{kernel}
) -> Result<{x}BatchOutput, {x}Error> {{
    {quiet}
    let combos = {grid};
    let (rows, cols) = (combos.len(), {cols});
{lists}    for (row, params) in combos.iter().enumerate() {{
        row_of({given}, params, {cells})?;
    }}
    Ok({x}BatchOutput {{ {made}, combos, rows, cols }})
}}
"""
    if core.strict:
        return vectors + strict_into(core)
    forms = {"range": range_into, "combos": combos_into, "split": split, "odd": odd}
    forms |= dict.fromkeys(FLAT, flat_into)
    return vectors + (forms[core.into](core, grid) if core.into in forms else "")


def _rows(core: Core) -> str:
    cells = ", ".join(
        f"&mut out_{bare(one.name)}[row * cols..(row + 1) * cols]" for one in core.outputs
    )
    return f"""    let cols = {core.series[0].name}.len();
    for (row, params) in combos.iter().enumerate() {{
        row_of({names(core)}, params, {cells})?;
    }}
"""


def range_into(core: Core, grid: str) -> str:
    """`_batch_inner_into` that lists the combinations itself."""
    x, n = core.x, bare(core.name)
    return f"""
fn {n}_batch_inner_into(
    {slices(core)}, sweep: &{x}BatchRange, kernel: Kernel, parallel: bool, {outs(core)}
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
    {slices(core)}, combos: &[{x}Params], kernel: Kernel, parallel: bool, {outs(core)}
) -> Result<(), {x}Error> {{
    let _ = (kernel, parallel);
{_rows(core)}    Ok(())
}}
"""


FLAT = ("rows", "taken", "planes")
"""Ways to have all outputs in one buffer."""


def flat_into(core: Core, grid: str) -> str:
    """`_batch_inner_into` with one buffer: rows of a combination together, or planes of outputs."""
    x, n = core.x, bare(core.name)
    parts = [f"{bare(one.name)}_dst" for one in core.outputs]
    given = names(core)
    if core.into == "planes":
        slices_of = ", ".join(f"&mut {one}[row * cols..(row + 1) * cols]" for one in parts)
        body = f"""{_cut("out", parts, "combos.len() * cols")}
    for (row, params) in combos.iter().enumerate() {{
        row_of({given}, params, {slices_of})?;
    }}"""
    elif core.into == "taken":
        lets = "".join(f"        let {one} = parts.next().unwrap();\n" for one in parts)
        body = f"""    let mut parts = out.chunks_mut(cols);
    for params in &combos {{
{lets}        row_of({given}, params, {", ".join(parts)})?;
    }}"""
    else:
        body = f"""    let rows = out.chunks_exact_mut({len(parts)} * cols);
    for (params, dst) in combos.iter().zip(rows) {{
{_cut("dst", parts, "cols")}
        row_of({given}, params, {", ".join(parts)})?;
    }}"""
    return f"""
fn {n}_batch_inner_into(
    {slices(core)}, sweep: &{x}BatchRange, kernel: Kernel, parallel: bool, out: &mut [f64]
) -> Result<Vec<{x}Params>, {x}Error> {{
    let _ = (kernel, parallel);
    let combos = {grid};
    let cols = {core.series[0].name}.len();
    if out.len() != combos.len() * {len(parts)} * cols {{
        return Err({x}Error::OutputLengthMismatch {{ expected: combos.len(), got: out.len() }});
    }}
{body}
    Ok(combos)
}}
"""


def _cut(buffer: str, parts: list[str], size: str) -> str:
    """`let (a, rest) = out.split_at_mut(cols);` and so on."""
    lines = []
    for at, one in enumerate(parts[:-1]):
        rest = parts[-1] if at == len(parts) - 2 else "rest_"
        lines.append(f"    let ({one}, {rest}) = {buffer}.split_at_mut({size});")
        buffer = rest
    return "\n".join(lines)


def strict_into(core: Core) -> str:
    """`_batch_inner_into` as the strict style asks for it."""
    x, n = core.x, bare(core.name)
    return f"""
pub fn {n}_batch_inner_into<'o>(
    {slices(core)}, combos: &[{x}Params], kernel: Kernel, threads: usize,
    dst: &'o mut [MaybeUninit<f64>]
) -> Result<&'o mut [f64], {x}Error> {{
    let _ = (kernel, threads);
    let dst = written(dst);
    for (params, row) in combos.iter().zip(dst.chunks_exact_mut({core.series[0].name}.len())) {{
        row_of({names(core)}, params, row)?;
    }}
    Ok(dst)
}}
"""


def split(core: Core, grid: str) -> str:
    """A `_batch_inner` as it usually is: one uninitialised matrix, and a closure for a row."""
    x, n, out = core.x, bare(core.name), core.outputs[0].name
    return f"""
fn {n}_batch_inner(
    {slices(core)}, sweep: &{x}BatchRange, kern: Kernel, parallel: bool
) -> Result<{x}BatchOutput, {x}Error> {{
    let combos = {grid};
    let rows = combos.len();
    let cols = {core.series[0].name}.len();
    let mut buf = crate::kernels::new_matrix(rows, cols);
    let mut guard = std::mem::ManuallyDrop::new(buf);
    let out: &mut [f64] = unsafe {{
        std::slice::from_raw_parts_mut(guard.as_mut_ptr() as *mut f64, guard.len())
    }};
    let do_row = |row: usize, dst: &mut [f64]| row_of({names(core)}, &combos[row], dst);
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
    {slices(core)}, sweep: &{x}BatchRange, kern: Kernel, parallel: bool
) -> Result<{x}BatchOutput, {x}Error> {{
    let _ = parallel;
    {n}_batch_with_kernel({names(core)}, sweep, kern)
}}
"""
