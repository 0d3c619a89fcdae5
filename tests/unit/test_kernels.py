"""Kernels by name: who asks the CPU, and which sort of kernel the callee takes."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc305_unvalidated_kernel import UnvalidatedKernel
from bindcheck.testing import audit_source

HEAD = """
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

#[derive(Clone, Copy)]
pub enum Kernel { Auto, Scalar, ScalarBatch, Avx2, Avx2Batch }

#[target_feature(enable = "avx2")]
unsafe fn twice_avx2(x: f64) -> f64 { x + x }
"""
MODULE = """
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(twice, m)?)?;
    Ok(())
}
"""
FLAGGED = """
fn validate(name: Option<&str>, batch: bool) -> PyResult<Kernel> {
    match name {
        None => Ok(Kernel::Auto),
        Some("scalar") => Ok(if batch { Kernel::ScalarBatch } else { Kernel::Scalar }),
        Some(_) => Err(PyValueError::new_err("unknown kernel")),
    }
}

fn best() -> Kernel { Kernel::ScalarBatch }
"""


def messages(code: str) -> list[str]:
    report = audit_source(HEAD + code + MODULE, (UnvalidatedKernel(),))
    return [one.message for one in report.findings]


def binding(argument: str, body: str) -> str:
    return f"""
#[pyfunction]
#[pyo3(signature = (x, kernel))]
fn twice(x: f64, kernel: {argument}) -> PyResult<f64> {{
    {body}
    Ok(x)
}}
"""


CHOOSES = '{{ match name {{ "avx2" {guard}=> {ok}(Kernel::Avx2), _ => {ok}(Kernel::Scalar) }} }}'
FROM_STR = (
    "impl std::str::FromStr for Kernel { type Err = PyErr; "
    "fn from_str(name: &str) -> PyResult<Self> BODY }"
)
EXTRACT = (
    "impl<'py> FromPyObject<'py> for Kernel { fn extract_bound(o: &Bound<'py, PyAny>) "
    "-> PyResult<Self> { let text: String = o.extract()?; let name = text.as_str(); BODY } }"
)


@pytest.mark.parametrize(
    ("helper", "argument", "body"),
    [
        (FROM_STR, "&str", "let k = kernel.parse::<Kernel>()?;"),
        (FROM_STR, "Option<&str>", 'let k: Kernel = kernel.unwrap_or("auto").parse()?;'),
        (FROM_STR + "fn run(k: Kernel) {}", "&str", "run(kernel.parse()?);"),
        (FROM_STR + "fn named(s: &str) -> PyResult<Kernel> { s.parse() }", "&str",
         "let k = named(kernel)?;"),
        (EXTRACT, "Kernel", "let k = kernel;"),
        (EXTRACT, "Option<Kernel>", "let k = kernel;"),
        (EXTRACT, "Bound<'_, PyAny>", "let k = kernel.extract::<Kernel>()?;"),
    ],
)  # fmt: skip
def test_conversions_that_name_no_function_are_followed(
    helper: str, argument: str, body: str
) -> None:
    believing = helper.replace("BODY", CHOOSES.format(guard="", ok="Ok"))
    asking = helper.replace(
        "BODY", CHOOSES.format(guard='if is_x86_feature_detected!("avx2") ', ok="Ok")
    )
    expected = ["`Avx2` is chosen by name without asking the CPU for the feature"]
    assert messages(believing + binding(argument, body)) == expected
    assert messages(asking + binding(argument, body)) == []


@pytest.mark.parametrize(
    "condition",
    [
        'name == "avx2"',
        '"avx2" == name',
        'name.eq_ignore_ascii_case("avx2")',
        'matches!(name, "avx2" | "AVX2")',
        'let "avx2" = name',
    ],
)
def test_a_comparison_chooses_like_a_match(condition: str) -> None:
    def code(guard: str) -> str:
        then = f"if {condition} {{ {guard} return Kernel::Avx2; }}"
        helper = f"fn choose(name: &str) -> Kernel {{ {then} Kernel::Scalar }}"
        return helper + binding("&str", "let k = choose(kernel);")

    assert messages(code("")) == ["`Avx2` is chosen by name without asking the CPU for the feature"]
    asked = 'if !is_x86_feature_detected!("avx2") { return Kernel::Scalar; }'
    assert messages(code(asked)) == []


def test_a_compiled_function_called_for_a_name_is_a_choice() -> None:
    body = 'let y = if kernel == "avx2" { unsafe { twice_avx2(x) } } else { x + x };'
    expected = ["`twice_avx2` is chosen by name without asking the CPU for the feature"]
    assert messages(binding("&str", body)) == expected
    plain = 'let y = if kernel == "sse" { x } else { x + x };'
    assert messages(binding("&str", plain)) == []


REFUSES_SINGLE = """
fn core(x: f64, k: Kernel) -> PyResult<f64> {
    let kernel = match k {
        Kernel::Auto => best(),
        other if other.is_batch() => other,
        _ => return Err(PyValueError::new_err("no kernel for batches")),
    };
    Ok(x)
}
"""
PANICS = """
fn core(x: f64, k: Kernel) -> PyResult<f64> {
    let kernel = match k { Kernel::Auto => best(), other => other };
    let simd = match kernel {
        Kernel::Avx2Batch => Kernel::Avx2,
        Kernel::ScalarBatch => Kernel::Scalar,
        _ => unreachable!(),
    };
    rows(x, simd)
}

fn rows(x: f64, k: Kernel) -> PyResult<f64> {
    match k { Kernel::Scalar => Ok(x), Kernel::Avx2 => Ok(x + x), _ => unreachable!() }
}
"""
GUARDS = """
fn core(x: f64, k: Kernel) -> PyResult<f64> {
    if !k.is_batch() { return Err(PyValueError::new_err("no kernel for batches")); }
    Ok(x)
}
"""
SINGLE_SERIES = """
fn core(x: f64, k: Kernel) -> PyResult<f64> {
    let kern = match k { Kernel::Auto => Kernel::Scalar, x => x };
    smooth(x, kern)
}

fn smooth(x: f64, kernel: Kernel) -> PyResult<f64> {
    match kernel {
        Kernel::Scalar | Kernel::ScalarBatch => Ok(x),
        Kernel::Avx2 | Kernel::Avx2Batch => Ok(x + x),
        Kernel::Auto => unreachable!(),
    }
}
"""
TRANSLATES = """
fn core(x: f64, k: Kernel) -> PyResult<f64> {
    let simd = match k {
        Kernel::Auto => Kernel::Scalar,
        Kernel::ScalarBatch => Kernel::Scalar,
        Kernel::Avx2Batch => Kernel::Avx2,
        other => other,
    };
    rows(x, simd)
}

fn rows(x: f64, k: Kernel) -> PyResult<f64> {
    match k { Kernel::Scalar => Ok(x), Kernel::Avx2 => Ok(x + x), _ => unreachable!() }
}
"""
ONLY_SINGLE = """
fn core(x: f64, k: Kernel) -> PyResult<f64> {
    match k { Kernel::Auto | Kernel::Scalar => Ok(x), Kernel::Avx2 => Ok(x + x), _ => panic!("no") }
}
"""
BRANCHES = """
fn core(x: f64, k: Kernel) -> PyResult<f64> {
    if k.is_batch() { rows(x, k) } else { Ok(x) }
}

fn rows(x: f64, k: Kernel) -> PyResult<f64> {
    match k { Kernel::ScalarBatch => Ok(x), _ => unreachable!() }
}
"""
TO_SINGLE = "`validate` is asked for kernels for single calls"
TO_BATCH = "`validate` is asked for kernels for batches"


@pytest.mark.parametrize(
    ("core", "single", "batch"),
    [
        (REFUSES_SINGLE, [TO_SINGLE], []),
        (PANICS, [TO_SINGLE], []),
        (GUARDS, [TO_SINGLE], []),
        (SINGLE_SERIES, [], []),
        (TRANSLATES, [], []),
        (ONLY_SINGLE, [], [TO_BATCH]),
        (BRANCHES, [], []),
    ],
)
@pytest.mark.parametrize("apart", [True, False])
def test_the_flag_of_a_helper_is_judged_by_what_takes_the_kernel(
    core: str, single: list[str], batch: list[str], apart: bool
) -> None:
    for flag, expected in (("false", single), ("true", batch)):
        given = f"validate(kernel, {flag})?"
        body = f"let k = {given}; core(x, k)?;" if apart else f"core(x, {given})?;"
        assert messages(FLAGGED + core + binding("Option<&str>", body)) == expected
