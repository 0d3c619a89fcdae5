"""How a binding by hand reaches the core: memory written before, two constructors, other names."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.regions import find_regions
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from tides import CORE, INPUT, INTO, LIB, MANIFEST, SINGLE

# --- memory that is written before the core is called ------------------------------------------

CALL = """    let (ebb, flood) = py
        .allow_threads(|| tide_with_kernel(&input, kern).map(|tide| (tide.ebb, tide.flood)))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok((ebb.into_pyarray(py), flood.into_pyarray(py)))"""
MEMORY = """    let ebb = unsafe { PyArray1::<f64>::new(py, [l.len()], false) };
    let flood = unsafe { PyArray1::<f64>::new(py, [h.len()], false) };
    let a = unsafe { ebb.as_slice_mut()? };
    let b = unsafe { flood.as_slice_mut()? };
"""
FIRST = """    let count = a.len();
    for v in &mut a[..chosen.min(count)] {
        *v = f64::NAN;
    }
"""
FILLED = """    py.allow_threads(|| tide_into_slices(b, a, &input, kern))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
"""
END = "    Ok((ebb, flood))"
VECTORS = """    let mut ebb = vec![0.5; l.len()];
    let mut flood = vec![0.25; h.len()];
"""
VECTORS_FILLED = FILLED.replace("(b, a,", "(&mut flood, &mut ebb,")
VECTORS_END = "    Ok((ebb.into_pyarray(py), flood.into_pyarray(py)))"
FOUND = """    let found = h.iter().position(|x| !x.is_nan());
    let first = match found {
        Some(at) => at,
        None => return Err(PyValueError::new_err("no number")),
    };
"""
AHEAD = "    a[..first].fill(f64::NAN);\n"
EBB = "let mut ebb_values ="
FLOOD = "let mut flood_values ="
BLANK = "vec![<f64>::default(); low_slice.len()]"
STARTED = {
    "a part by a loop": (
        MEMORY + FIRST + FILLED + END,
        [
            f"{EBB} {{ let mut memory = {BLANK}; "
            "for v in &mut memory[..span.unwrap_or(7).min(low_slice.len())] { *v = f64::NAN; } "
            "memory };",
            f"{FLOOD} vec![<f64>::default(); high_slice.len()];",
        ],
    ),
    "parts of both, one after the other": (
        MEMORY
        + "    b[..1].fill(f64::NAN);\n    a[1..].fill(2.0);\n    a[..2].fill(f64::NAN);\n"
        + FILLED
        + END,
        [
            f"{EBB} {{ let mut memory = {BLANK}; "
            "memory[1..].fill(2.0); memory[..2].fill(f64::NAN); memory };",
            "memory[..1].fill(f64::NAN); memory };",
        ],
    ),
    "up to the first number": (
        MEMORY.replace("    let a =", FOUND + "    let a =") + AHEAD + FILLED + END,
        [
            "let first = match high_slice.iter().position(|x| !x.is_nan()) {",
            "memory[..first].fill(f64::NAN); memory };",
        ],
    ),
    "up to what a helper finds": (
        MEMORY + FOUND.replace("!x.is_nan()", "is_number(*x)") + AHEAD + FILLED + END,
        [
            "let first = match high_slice.iter().position(|x| is_number(*x)) {",
            "memory[..first].fill(f64::NAN); memory };",
        ],
    ),
    "where there is room for it": (
        MEMORY
        + "    if chosen < h.len() {\n        b[..chosen].fill(f64::NAN);\n    }\n"
        + FILLED
        + END,
        ["if span.unwrap_or(7) < high_slice.len() { memory[..span.unwrap_or(7)].fill(f64::NAN);"],
    ),
    "a vector that starts with numbers": (
        VECTORS + "    ebb[..2].fill(f64::NAN);\n" + VECTORS_FILLED + VECTORS_END,
        [
            f"{EBB} {{ let mut memory = vec![0.5; low_slice.len()]; "
            "memory[..2].fill(f64::NAN); memory };",
            f"{FLOOD} vec![0.25; high_slice.len()];",
        ],
    ),
}
NOT_STARTED = {
    "after the core": MEMORY + FILLED + FIRST + END,
    "before it and after it": MEMORY + FIRST + FILLED + FIRST + END,
    "with a number that changes": MEMORY
    + "    let mut level = 0.0;\n    for v in &mut a[..2] {\n        level += 1.0;\n"
    + "        *v = level;\n    }\n"
    + FILLED
    + END,
    "up to what may not be found": MEMORY
    + FOUND.replace("position(|x| !x.is_nan())", "map(|x| return *x).next()")
    + AHEAD
    + FILLED
    + END,
    "by a helper": MEMORY + "    prepare(a, 2);\n" + FILLED + END,
    "by a helper inside": MEMORY + FIRST.replace("= f64::NAN", "= level(py)") + FILLED + END,
    "where an error may come": MEMORY
    + FIRST.replace("chosen.min(count)", "limit(chosen)?")
    + FILLED
    + END,
    "until there is enough": MEMORY
    + FIRST.replace("*v = f64::NAN;", "if v.is_nan() { break; }\n        *v = f64::NAN;")
    + FILLED
    + END,
    "what the core is not given": MEMORY
    + "    let mut spare = vec![0.0; 9];\n"
    + FIRST.replace("a", "spare")
    + FILLED
    + END,
}

# --- an array that may be left out -------------------------------------------------------------

WEIGHED = (
    CORE.replace(
        "    pub low: &'a [f64],\n    pub params",
        "    pub low: &'a [f64],\n    pub weight: Option<&'a [f64]>,\n    pub params",
    )
    .replace("Self { high, low, params }", "Self { high, low, weight: None, params }")
    .replace(
        "pub struct TideOutput",
        """impl<'a> TideInput<'a> {
    pub fn weighed(
        high: &'a [f64],
        low: &'a [f64],
        weight: &'a [f64],
        params: TideParams,
    ) -> Self {
        Self { high, low, weight: Some(weight), params }
    }
}

pub struct TideOutput""",
    )
)
WITH_WEIGHT = SINGLE.replace("span=None,", "span=None, weight=None,").replace(
    "    span: Option<usize>,\n",
    "    span: Option<usize>,\n    weight: Option<PyReadonlyArray1<'py, f64>>,\n",
)
COMPUTED = """        py.allow_threads(|| tide_with_kernel(&input, kern).map(|t| (t.ebb, t.flood)))
            .map_err(|e| PyValueError::new_err(e.to_string()))?
"""
GIVEN = "    let (ebb, flood) = if let Some(weight) = weight {\n"
WEIGHT = "        let w = weight.as_slice()?;\n"
MADE = "        let input = TideInput::weighed(h, l, w, params);\n"
PLAIN = "        let input = TideInput::from_slices(h, l, params);\n"
ELSE = "    } else {\n"
DONE = "    };\n    Ok((ebb.into_pyarray(py), flood.into_pyarray(py)))"
WEIGHTS = {
    "one array more": (
        GIVEN + WEIGHT + MADE + COMPUTED + ELSE + PLAIN + COMPUTED + DONE,
        "Some(weight_slice) => TideInput::weighed(high_slice, low_slice, weight_slice, params), "
        "None => TideInput::from_slices(high_slice, low_slice, params)",
    ),
    "by reference": (
        GIVEN.replace("Some(weight) = weight", "Some(given) = weight.as_ref()")
        + WEIGHT.replace("weight.", "given.")
        + MADE
        + COMPUTED
        + ELSE
        + PLAIN
        + COMPUTED
        + DONE,
        "Some(weight_slice) => TideInput::weighed(high_slice, low_slice, weight_slice, params), "
        "None => TideInput::from_slices(high_slice, low_slice, params)",
    ),
    "another array in another place": (
        GIVEN
        + WEIGHT
        + MADE.replace("(h, l, w,", "(w, h, l,")
        + COMPUTED
        + ELSE
        + PLAIN.replace("(h, l,", "(l, l,")
        + COMPUTED
        + DONE,
        "Some(weight_slice) => TideInput::weighed(weight_slice, high_slice, low_slice, params), "
        "None => TideInput::from_slices(low_slice, low_slice, params)",
    ),
}
WEIGHTS["by a match"] = (
    "    let w = weight.as_ref().map(|one| one.as_slice()).transpose()?;\n"
    "    let input = match w {\n        Some(w) => TideInput::weighed(h, l, w, params),\n"
    "        None => TideInput::from_slices(h, l, params),\n    };\n" + CALL,
    WEIGHTS["one array more"][1],
)
WHOLE = WEIGHTS["one array more"][0]
NOT_WEIGHTS = {
    "other parameters": WHOLE.replace(PLAIN, PLAIN.replace("params", "TideParams::default()")),
    "another kernel": GIVEN
    + WEIGHT
    + MADE
    + COMPUTED
    + ELSE
    + PLAIN
    + COMPUTED.replace("kern)", "crate::Kernel::Auto)")
    + DONE,
    "another exception": GIVEN
    + WEIGHT
    + MADE
    + COMPUTED
    + ELSE
    + PLAIN
    + COMPUTED.replace("e.to_string()", '"no weight"')
    + DONE,
    "an exception with a space more": WHOLE.replace("e.to_string()", '"noweight"', 1).replace(
        "e.to_string()", '"no weight"'
    ),
    "another order": GIVEN
    + WEIGHT
    + MADE
    + COMPUTED
    + ELSE
    + PLAIN
    + COMPUTED.replace("(t.ebb, t.flood)", "(t.flood, t.ebb)")
    + DONE,
    "a part of the array": WHOLE.replace("(h, l, w,", "(h, l, &w[..weight.len()],"),
    "an array that is not asked for": GIVEN
    + WEIGHT
    + MADE.replace("(h, l, w,", "(h, l, h,")
    + COMPUTED
    + ELSE
    + PLAIN
    + COMPUTED
    + DONE,
    "a variable of the same name": "    let weight = weight.filter(|one| !one.is_empty());\n"
    + WHOLE,
    "more with the array": WHOLE.replace(MADE, MADE + '        println!("{}", w.len());\n'),
    "an array that is always there": WEIGHTS["by a match"][0].replace("match w", "match Some(l)"),
    "another input for the core": WEIGHTS["by a match"][0].replace(
        "(&input, kern", "(&other, kern"
    ),
    "a constructor that is not known": WHOLE.replace("weighed", "odd"),
}

# --- the core by another name ------------------------------------------------------------------

WRITE = """
pub fn tide_into_slices(
    flood: &mut [f64],
    ebb: &mut [f64],
    input: &TideInput,
    kernel: Kernel,
) -> Result<(), TideError> {
    tide_write(input, kernel, ebb, flood)
}

pub fn tide_write(
    input: &TideInput,
    kernel: Kernel,
    ebb: &mut [f64],
    flood: &mut [f64],
) -> Result<(), TideError> {
    let _ = kernel;
    flood[1..].copy_from_slice(&input.high[1..]);
    ebb[1..].copy_from_slice(&input.low[1..]);
    Ok(())
}
"""
WRITTEN = MEMORY + FILLED.replace("tide_into_slices(b, a, &input, kern)", "CALL") + END
CHANGED = WRITTEN.replace("CALL", "tide_write(&input, kern, a, b)")
FORWARDED = {
    "as it is": (CHANGED, "Ok((ebb_values.into_pyarray(py), flood_values.into_pyarray(py)))"),
    "the other way round": (
        WRITTEN.replace("CALL", "tide_write(&input, kern, b, a)"),
        "Ok((flood_values.into_pyarray(py), ebb_values.into_pyarray(py)))",
    ),
}
HANDED = "    tide_write(input, kernel, ebb, flood)\n"
NOT_FORWARDED = {
    "another kernel": HANDED.replace("kernel", "Kernel::Auto"),
    "a part": HANDED.replace("ebb,", "&mut ebb[1..],"),
    "more": "    ebb.fill(0.0);\n" + HANDED,
    "another argument twice": HANDED.replace("tide_write(", "tide_twice(input, "),
    "a result of its own": HANDED.strip() + "?;\n    Ok(())\n",
}


def run(crate: Path, single: str, core: str, mode: Mode = Mode.WRITE) -> GenerateResult:
    (crate / "src").mkdir(exist_ok=True)
    (crate / "Cargo.toml").write_text(MANIFEST)
    (crate / "src/lib.rs").write_text(LIB)
    path = crate / "src/tide.rs"
    if not path.exists():
        path.write_text(core + single)
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(mode=mode, pieces=("single",), everything=True, replacing=Replacing(True))
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def packed(text: str) -> str:
    return "".join(text.split())


def assert_replaced(crate: Path, single: str, core: str, wanted: list[str]) -> None:
    """The new body has all of `wanted`, and a second run changes nothing."""
    result = run(crate, single, core)
    assert result.status == 0, result.output
    path = crate / "src/tide.rs"
    written = path.read_text()
    body = packed(next(one.body for one in find_regions(written, "tide.rs")))
    for text in wanted:
        assert packed(text) in body, body
    assert run(crate, single, core).status == 0
    assert path.read_text() == written
    assert run(crate, single, core, Mode.CHECK).status == 0


def assert_kept(crate: Path, single: str, core: str) -> None:
    """The binding stays as it is, and what is lacking is told with its place."""
    result = run(crate, single, core)
    told = {plan.piece: plan.detail for plan in result.plans if plan.state.value == "lacking"}
    assert "single" in told, result.output
    assert "src/tide.rs:" in told["single"]
    assert result.status == 1
    assert (crate / "src/tide.rs").read_text() == core + single


def with_body(single: str, old: str, new: str) -> str:
    assert single.count(old) == 1
    return single.replace(old, new)


@pytest.mark.parametrize("name", STARTED)
def test_what_is_written_before_the_core_stays(tmp_path: Path, name: str) -> None:
    body, wanted = STARTED[name]
    assert_replaced(tmp_path, with_body(SINGLE, CALL, body), CORE + INTO, wanted)


@pytest.mark.parametrize("name", NOT_STARTED)
def test_what_else_is_done_to_memory_is_refused(tmp_path: Path, name: str) -> None:
    assert_kept(tmp_path, with_body(SINGLE, CALL, NOT_STARTED[name]), CORE + INTO)


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_constructor_with_an_array_more_is_chosen(tmp_path: Path, name: str) -> None:
    body, wanted = WEIGHTS[name]
    single = with_body(WITH_WEIGHT, INPUT + CALL, body)
    assert_replaced(tmp_path, single, WEIGHED, [f"match weight_slice {{ {wanted}"])


@pytest.mark.parametrize("name", NOT_WEIGHTS)
def test_ways_that_differ_in_more_are_refused(tmp_path: Path, name: str) -> None:
    assert_kept(tmp_path, with_body(WITH_WEIGHT, INPUT + CALL, NOT_WEIGHTS[name]), WEIGHED)


@pytest.mark.parametrize("name", FORWARDED)
def test_the_function_that_the_core_calls_is_the_core(tmp_path: Path, name: str) -> None:
    body, wanted = FORWARDED[name]
    call = "tide_into_slices(&mut flood_values, &mut ebb_values, &input, kern)"
    assert_replaced(tmp_path, with_body(SINGLE, CALL, body), CORE + WRITE, [call, wanted])


def test_a_function_that_is_not_always_there_is_not(tmp_path: Path) -> None:
    core = CORE + with_body(WRITE, "pub fn tide_write", "#[cfg(unix)]\npub fn tide_write")
    assert_kept(tmp_path, with_body(SINGLE, CALL, CHANGED), core)


@pytest.mark.parametrize("name", NOT_FORWARDED)
def test_a_function_that_is_called_otherwise_is_not(tmp_path: Path, name: str) -> None:
    core = CORE + with_body(WRITE, HANDED, NOT_FORWARDED[name])
    assert_kept(tmp_path, with_body(SINGLE, CALL, CHANGED), core)
