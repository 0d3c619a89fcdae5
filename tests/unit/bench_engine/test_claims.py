"""What is measured with a name like a step's, with numbers as results, or over views."""

from __future__ import annotations

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench.cases import Axes
from bindcheck.bench.chosen import chosen
from bindcheck.bench.crossing import with_crossings
from bindcheck.bench.native import Native, native
from bindcheck.bench.plain import left_unmeasured, unmeasured, with_plain
from bindcheck.bench.samples import NATIVE, PYTHON, Failure, Kind
from bindcheck.bench.subjects import callable_ones, of_all, of_core
from bindcheck.bench.wanted import Wanted
from bindcheck.errors import BindcheckError
from bindcheck.testing import program_from

USES = """\
use numpy::ndarray::{Array1, ArrayView1};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
"""
AXES = Axes(kinds=(Kind.SINGLE,), sizes=(10,))


def crate(*parts: str) -> Program:
    """A crate of functions and bindings, as the benchmark reads it."""
    return with_plain(program_from({"src/lib.rs": USES + "".join(parts)}))


def bound(name: str, body: str, returns: str = "PyResult<f64>", more: str = "") -> str:
    """A binding over one array `x`."""
    head = f"pub fn {name}_py<'py>(py: Python<'py>, x: PyReadonlyArray1<'py, f64>{more})"
    return f'#[pyfunction(name = "{name}")]\n{head} -> {returns} {{ {body} }}\n'


def measured(program: Program) -> list[str]:
    """The names of the cores that cases are made of and that can be called."""
    found = callable_ones(program, of_all(program, AXES))
    return sorted(one.core.name for one in found.subjects)


def timer(program: Program, name: str) -> Native:
    [core] = chosen(program, [name])
    return native(program, core, Wanted(Kind.SINGLE), "0")


VECTOR = "PyResult<Bound<'py, PyArray1<f64>>>"
FUNCTION = "fn f(x: &[f64]) -> {} {{ todo!() }}\n"


@pytest.mark.parametrize(
    "function",
    [
        "fn row_norms(data: &[f64]) -> Vec<f64> { todo!() }",
        "fn kernel_density(data: &[f64]) -> Vec<f64> { todo!() }",
        "#[inline(always)] pub fn inner(data: &[f64]) -> Vec<f64> { todo!() }",
        "pub fn smooth(weights: &[f64]) -> Vec<f64> { todo!() }",
    ],
)
def test_what_a_binding_calls_is_no_step_by_its_names(function: str) -> None:
    name = function.partition("fn ")[2].partition("(")[0]
    program = crate(function, bound("given", f"Ok({name}(x.as_slice()?).into_pyarray(py))", VECTOR))
    assert measured(program) == [name]
    assert [core.name for core in chosen(program, ["given"])] == [name]


def test_beside_a_better_one_names_make_a_step() -> None:
    functions = "".join(
        f"fn {name}(x: &[f64]) -> Vec<f64> {{ todo!() }}\n" for name in ("sma", "sma_row")
    )
    body = "let s = x.as_slice()?; if s.len() > 9 { sma_row(s); } Ok(sma(s).into_pyarray(py))"
    program = crate(functions, bound("mean", body, VECTOR))
    assert [core.name for core in chosen(program, ["mean"])] == ["sma"]
    told = r"'mean' calls `sma_row` \(src/lib.rs:5\) beside .* `sma`, and `row` in its name tells"
    with pytest.raises(BindcheckError, match=told):
        chosen(program, ["sma_row"])


@pytest.mark.parametrize(
    ("given", "returns", "outputs"),
    [
        ("f64", "PyResult<f64>", ("std::slice::from_ref(done)",)),
        ("Result<f32, String>", "f64", ("std::slice::from_ref(done)",)),
        ("usize", "Option<u64>", ("std::slice::from_ref(done)",)),
        ("bool", "PyResult<bool>", ("std::slice::from_ref(done)",)),
        (
            "(f64, i64)",
            "PyResult<(f64, i64)>",
            ("std::slice::from_ref(&done.0)", "std::slice::from_ref(&done.1)"),
        ),
    ],
)
def test_a_function_that_gives_numbers_is_measured(
    given: str, returns: str, outputs: tuple[str, ...]
) -> None:
    body = "let s = x.as_slice()?; let found = py.detach(|| f(s)).map_err(raised)?; Ok(found)"
    program = crate(FUNCTION.format(given), bound("span", body, returns))
    made = timer(program, "span")
    result = "done.as_ref().ok()" if "Result" in given else "Some(&done)"
    assert made.outputs == tuple(f"{result}.map(|done| &{one}[..])" for one in outputs)
    assert made.copy == "Some(runtime::copy_of(call.series::<f64>(0)))"
    assert measured(program) == ["f"]


@pytest.mark.parametrize(
    ("given", "returns", "body", "result", "failed"),
    [
        ("Option<f64>", "PyResult<f64>", "Ok(found.ok_or_else(bad)?)", "done.as_ref()", None),
        ("Option<f64>", "Option<f64>", "found", "done.as_ref()", None),
        ("Option<f64>", "f64", "found.unwrap_or(f64::NAN)", "done.as_ref()", None),
        (
            "Result<Option<f64>, String>",
            "PyResult<Option<f64>>",
            "Ok(found.map_err(raised)?)",
            "done.as_ref().ok().and_then(Option::as_ref)",
            "|done: &Result<_, _>| !matches!(done, Ok(Some(_)))",
        ),
    ],
)
def test_a_number_in_an_option_is_measured_as_what_is_in_it(
    given: str, returns: str, body: str, result: str, failed: str | None
) -> None:
    start = "let s = x.as_slice().unwrap(); let found = py.detach(|| f(s)); "
    program = crate(FUNCTION.format(given), bound("span", start + body, returns))
    made = timer(program, "span")
    assert made.outputs == (f"{result}.map(|done| &std::slice::from_ref(done)[..])",)
    assert made.failed == (failed or "Option::is_none")
    assert measured(program) == ["f"]


def test_two_numbers_in_an_option_are_two_outputs() -> None:
    body = "Ok(f(x.as_slice()?).ok_or_else(bad)?)"
    program = crate(
        FUNCTION.format("Option<(f64, i64)>"), bound("span", body, "PyResult<(f64, i64)>")
    )
    made = timer(program, "span")
    places = ("std::slice::from_ref(&done.0)", "std::slice::from_ref(&done.1)")
    assert made.outputs == tuple(f"done.as_ref().map(|done| &{one}[..])" for one in places)


@pytest.mark.parametrize("given", ["Option<Vec<f64>>", "(Option<f64>, f64)"])
def test_what_else_may_be_absent_is_told_with_its_type(given: str) -> None:
    program = crate(FUNCTION.format(given), bound("span", "Ok(f(x.as_slice()?))"))
    assert program.cores == ()
    [left] = left_unmeasured(program)
    what = "what is measured are vectors, arrays of one dimension and numbers"
    assert left.reason == f"it calls `f` (src/lib.rs:4), which returns `{given}`: {what}"


@pytest.mark.parametrize(
    ("given", "returns", "body"),
    [
        ("f64", VECTOR, "Ok(vec![f(x.as_slice()?)].into_pyarray(py))"),
        ("f64", "PyResult<(f64, f64)>", "let v = f(x.as_slice()?); Ok((v, v))"),
        ("usize", "PyResult<f64>", "Ok(x.as_slice()?[f(x.as_slice()?)])"),
        ("f64", "PyResult<f64>", "Ok(f(x.as_slice()?) / 2.0)"),
        (
            "Vec<f64>",
            "PyResult<f64>",
            "let v = f(x.as_slice()?); Ok(g(&v)) } fn g(x: &[f64]) -> f64 { 0.0",
        ),
    ],
)
def test_a_number_that_a_binding_only_uses_is_none_of_its_own(
    given: str, returns: str, body: str
) -> None:
    program = crate(FUNCTION.format(given), bound("span", body, returns))
    assert not any(core.gives_numbers for core in program.cores)


def test_of_several_numbers_the_one_of_the_binding_is_its_own() -> None:
    functions = FUNCTION.format("f64") + "fn g(x: &[f64]) -> f64 { todo!() }\n"
    body = "let s = x.as_slice()?; if g(s) < 0.0 { return Err(bad()); } Ok(f(s))"
    assert measured(crate(functions, bound("f", body))) == ["f"]
    assert unmeasured(crate(functions, bound("other", body.replace("Ok(f(s))", "Ok(f(s) + g(s))"))))
    whole = bound("g", "Ok(g(x.as_slice()?))")
    program = crate(functions, bound("f", body), whole)
    assert measured(program) == ["f", "g"]
    by_name = {one.python_name: one.indicator for one in program.entries}
    assert by_name == {"f": "f", "g": "g"}


def test_an_audit_knows_no_core_that_gives_numbers_or_takes_views() -> None:
    code = FUNCTION.format("f64") + bound("f", "Ok(f(x.as_slice()?))")
    code += "pub fn g(x: ArrayView1<f64>) -> Vec<f64> { todo!() }\n"
    code += bound("g", "Ok(g(x.as_array()).into_pyarray(py))", VECTOR)
    assert program_from({"src/lib.rs": USES + code}).cores == ()
    assert measured(crate(code)) == ["f", "g"]


@pytest.mark.parametrize(
    ("kind", "passed"),
    [
        ("ArrayView1<'_, f64>", "call.series::<f64>(0).into()"),
        ("numpy::ndarray::ArrayView1<f64>", "call.series::<f64>(0).into()"),
        ("&ArrayView1<f64>", "&call.series::<f64>(0).into()"),
        ("ArrayView<'_, f64, Ix1>", "call.series::<f64>(0).into()"),
    ],
)
@pytest.mark.parametrize("given", ["Vec<f64>", "Array1<f64>", "f64"])
def test_a_view_is_made_of_the_same_memory(kind: str, passed: str, given: str) -> None:
    returns = "PyResult<f64>" if given == "f64" else VECTOR
    value = "f(view, 2)" if given == "f64" else "f(view, 2).into_pyarray(py)"
    program = crate(
        f"fn f(x: {kind}, n: usize) -> {given} {{ todo!() }}\n",
        bound("turned", f"let view = x.as_array(); Ok({value})", returns, ", n: usize"),
    )
    made = timer(program, "turned")
    assert f"f({passed}, call.value(0).int as usize)" in made.run
    assert ("done.as_slice().unwrap_or_default()" in made.outputs[0]) == (given == "Array1<f64>")


@pytest.mark.parametrize("kind", ["ArrayView2<f64>", "&mut ArrayView1<f64>", "ArrayView1<Price>"])
def test_other_views_are_left(kind: str) -> None:
    program = crate(f"fn f(x: {kind}) -> f64 {{ todo!() }}\n", bound("f", "Ok(f(x.as_array()))"))
    assert program.cores == ()


def test_a_binding_over_two_dimensions_is_told_so() -> None:
    code = "fn sums(x: &[f64], cols: usize) -> Vec<f64> { todo!() }\n"
    code += bound("sums", "Ok(sums(x.as_slice()?, x.ncols()).into_pyarray(py))", VECTOR)
    program = crate(code.replace("PyReadonlyArray1<'py", "PyReadonlyArray2<'py"))
    told = r"`sums` takes `x: PyReadonlyArray2<'py, f64>`, of more than one dimension: a case has"
    with pytest.raises(BindcheckError, match=told) as caught:
        of_core(program, program.cores[0], AXES)
    assert (caught.value.path, caught.value.line) == ("src/lib.rs", 6)


CROSSED = """
fn macd(data: &[f64], fast: usize, slow: usize) -> Vec<f64> { todo!() }
#[pyfunction(name = "macd")]
#[pyo3(signature = (x, slow=26, fast=12))]
pub fn macd_py<'py>(
    py: Python<'py>, x: PyReadonlyArray1<'py, f64>, slow: usize, fast: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = x.as_slice()?;
    let slow = slow as usize;
    Ok(py.detach(|| macd(data, ARGUMENTS)).into_pyarray(py))
}
"""


def hinted(arguments: str, *, wrong: bool = True) -> str:
    program = crate(CROSSED.replace("ARGUMENTS", arguments))
    [subject] = of_core(program, program.cores[0], AXES)
    failure = Failure(subject.case.name, (PYTHON, NATIVE), "they differ", wrong=wrong)
    [found] = with_crossings(program, [subject], [failure])
    return found.reason


def test_names_that_are_crossed_are_told_with_what_to_do() -> None:
    assert hinted("slow, fast") == (
        "they differ; the binding `macd` (src/lib.rs:8) hands its `slow` to `fast` and its `fast` "
        "to `slow` of `macd` (src/lib.rs:5), and a case gives both sides what has one name: give "
        "both the same names, or measure with values that may change places: --param fast=12 "
        "--param slow=12, in a file of cases `arguments = { fast = 12, slow = 12 }`"
    )


@pytest.mark.parametrize("arguments", ["fast, slow", "fast, slow + 1", "3, 4"])
def test_names_that_agree_give_no_hint(arguments: str) -> None:
    assert hinted(arguments) == "they differ"


def test_a_failure_that_is_no_difference_gets_no_hint() -> None:
    assert hinted("slow, fast", wrong=False) == "they differ"


THREADS = "fn power(x: &[f64], n_threads: usize) -> Vec<f64> { todo!() }\n"


def test_a_number_of_threads_of_the_core_is_that_of_the_binding() -> None:
    body = "let s = x.as_slice()?; Ok(power(s, threads).into_pyarray(py))"
    signature = '#[pyfunction(name = "power")]\n#[pyo3(signature = (x, threads=2))]\n'
    code = bound("power", body, VECTOR, ", threads: usize").replace(
        '#[pyfunction(name = "power")]\n', signature
    )
    program = crate(THREADS, code)
    [subject] = of_core(program, program.cores[0], AXES)
    assert [(one.name, one.value) for one in subject.case.arguments] == [("n_threads", 2)]
    assert callable_ones(program, of_all(program, AXES)).failures == ()
    with pytest.raises(BindcheckError, match="give its value with --param n_threads=NUMBER"):
        of_core(program, program.cores[0], Axes(kinds=(Kind.SINGLE,), sizes=(10,), threads=(2,)))
