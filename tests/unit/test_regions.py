"""Where work runs: attached, detached, delegated, guarded."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bindcheck.analysis.flow.events import COMPUTES, Kind, Region
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import Held, events, held_work, reached, release_name
from bindcheck.model import EntryPoint

Binding = Callable[..., tuple[Program, EntryPoint]]


def held(binding: Binding, body: str, **options: str) -> tuple[Held, ...]:
    program, entry = binding(body, **options)
    return held_work(program, entry)


SLICE = "    let slice = data.as_slice()?;\n"
MOVE = "    Ok(values.into_pyarray(py))"


def test_a_helper_that_loops_over_its_slice_is_work(binding: Binding) -> None:
    (one,) = held(binding, f"    let values = gain(data.as_slice()?, factor);\n{MOVE}")
    assert one.work.what == "gain"
    assert not one.released


@pytest.mark.parametrize(
    "release",
    [
        "py.allow_threads(|| gain(slice, factor))",
        "py.detach(|| gain(slice, factor))",
        "Python::allow_threads(py, || gain(slice, factor))",
        "Python::detach(py, move || { let values = gain(slice, factor); values })",
        "pyo3::Python::allow_threads(py, || gain(slice, factor))",
        "py.allow_threads(move || { let values = gain(slice, factor); values })",
        "data.py().allow_threads(|| gain(slice, factor))",
        "{ let compute = || gain(slice, factor); py.allow_threads(compute) }",
    ],
)
def test_a_release_is_seen_however_it_is_written(binding: Binding, release: str) -> None:
    assert (
        held(binding, f"    let slice = data.as_slice()?;\n    let values = {release};\n{MOVE}")
        == ()
    )


def test_a_function_that_runs_its_closure_released_is_a_release(binding: Binding) -> None:
    more = """
fn without_gil<R: Send>(py: Python<'_>, work: impl FnOnce() -> R + Send) -> R {
    py.allow_threads(work)
}
"""
    body = f"{SLICE}    let values = without_gil(py, || gain(slice, factor));\n"
    assert held(binding, body + MOVE, more=more) == ()


def test_a_function_that_only_calls_its_closure_is_none(binding: Binding) -> None:
    more = "fn plainly<R>(work: impl FnOnce() -> R) -> R {\n    work()\n}\n"
    body = "    let slice = data.as_slice()?;\n    let values = plainly(|| gain(slice, factor));\n"
    (one,) = held(binding, body + MOVE, more=more)
    assert one.work.what == "gain"


def test_work_after_attaching_again_is_held(binding: Binding) -> None:
    body = (
        "    let slice = data.as_slice()?;\n"
        "    let values = py.allow_threads(|| Python::with_gil(|_py| gain(slice, factor)));\n"
    )
    assert len(held(binding, body + MOVE)) == 1


def test_attaching_again_in_a_callback_does_not_hold_the_work(binding: Binding) -> None:
    more = "fn report(_py: Python<'_>) {}\n"
    body = (
        "    let slice = data.as_slice()?;\n"
        "    let values = py.allow_threads(|| {\n"
        "        let values = gain(slice, factor);\n"
        "        Python::with_gil(|py| report(py));\n"
        "        values\n"
        "    });\n"
    )
    assert held(binding, body + MOVE, more=more) == ()


def test_a_delegate_that_holds_is_reported_at_the_call(binding: Binding) -> None:
    more = """
fn compute<'py>(
    py: Python<'py>,
    data: &PyReadonlyArray1<'py, f64>,
    factor: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    Ok(gain(data.as_slice()?, factor).into_pyarray(py))
}
"""
    program, entry = binding("    compute(py, &data, factor)", more=more)
    (one,) = held_work(program, entry)
    assert one.work.what == "gain"
    assert one.place.ref == entry.ref


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        ("for x in slice { total += x; }", 1),
        ("for i in 0..slice.len() { total += slice[i]; }", 1),
        ("let n = slice.len(); let mut i = 0; while i < n { total += slice[i]; i += 1; }", 1),
        ("for pair in slice.windows(2) { total += pair[0]; }", 1),
        ("total = slice.iter().map(|x| x * factor).sum();", 1),
        ("for i in 0..1000 { total += i as f64; }", 0),
        ("for i in 0..period { total += i as f64; }", 0),
        ("for x in [1.0, 2.0] { total += x; }", 0),
    ],
)
def test_only_loops_over_array_sized_data_are_work(
    binding: Binding, loop: str, expected: int
) -> None:
    body = f"    let slice = data.as_slice()?;\n    let mut total = 0.0;\n    {loop}\n    Ok(total)"
    params = "data: PyReadonlyArray1<'py, f64>, factor: f64, period: usize"
    assert len(held(binding, body, params=params, returns="PyResult<f64>")) == expected


def test_a_loop_that_touches_python_objects_is_silent(binding: Binding) -> None:
    body = (
        "    let mut total = 0.0;\n"
        "    for item in items.try_iter()? {\n"
        "        total += item?.extract::<f64>()?;\n"
        "    }\n"
        "    Ok(total)"
    )
    assert held(binding, body, params="items: Bound<'py, PyAny>", returns="PyResult<f64>") == ()


@pytest.mark.parametrize(
    ("bound", "expected"), [("4096", 0), ("SMALL", 0), ("1", 1), ("period", 1)]
)
def test_only_a_threshold_makes_a_held_branch_deliberate(
    binding: Binding, bound: str, expected: int
) -> None:
    body = (
        "    let slice = data.as_slice()?;\n"
        "    let values = if slice.len() < BOUND { gain(slice, factor) } else { Vec::new() };\n"
    )
    params = "data: PyReadonlyArray1<'py, f64>, factor: f64, period: usize"
    more = "const SMALL: usize = 512;\n"
    assert (
        len(held(binding, body.replace("BOUND", bound) + MOVE, params=params, more=more))
        == expected
    )


def test_a_scan_beside_a_release_is_not_the_chief_work(binding: Binding) -> None:
    body = (
        "    let slice = data.as_slice()?;\n"
        "    let first = slice.iter().position(|x| !x.is_nan()).unwrap_or(0);\n"
        "    let values = py.allow_threads(|| gain(&slice[first..], factor));\n"
    )
    program, entry = binding(body + MOVE)
    assert held_work(program, entry) == ()
    kinds = {(one.kind, one.region) for one in events(program, entry).works}
    assert (Kind.SCAN, Region.ATTACHED) in kinds


def test_a_release_around_a_spawn_releases_no_work(binding: Binding) -> None:
    body = (
        "    let slice = data.as_slice()?.to_vec();\n"
        "    py.allow_threads(|| { std::thread::spawn(move || gain(&slice, factor)); });\n"
        "    Ok(0.0)"
    )
    program, entry = binding(body, returns="PyResult<f64>")
    works = [one for one in events(program, entry).works if one.kind in COMPUTES]
    assert {one.region for one in works} == {Region.ELSEWHERE}


@pytest.mark.parametrize(
    ("pyo3", "name"),
    [("0.25.1", "py.allow_threads"), ("0.26.0", "py.detach"), ("0.30.0", "py.detach")],
)
def test_the_release_is_named_as_the_pyo3_version_has_it(
    binding: Binding, pyo3: str, name: str
) -> None:
    program, _ = binding("    todo!()", pyo3=pyo3)
    assert release_name(program) == name


def test_calls_are_followed_to_what_they_reach(binding: Binding) -> None:
    program, entry = binding(f"    let values = gain(data.as_slice()?, factor);\n{MOVE}")
    assert {program.function(one).name for one in reached(program, entry.ref)} == {"gain"}


def test_words_in_comments_and_strings_are_no_release(binding: Binding) -> None:
    body = (
        "    // py.allow_threads(|| ..)\n"
        '    let _note = "py.allow_threads(|| gain())";\n'
        "    let values = gain(data.as_slice()?, factor);\n"
    )
    assert len(held(binding, body + MOVE)) == 1


@pytest.mark.parametrize("count", [26, 200])
def test_closures_that_call_closures_take_no_exponential_time(binding: Binding, count: int) -> None:
    lines = ["    let c0 = |x: f64| gain(slice, x);"]
    lines += [f"    let c{i} = |x: f64| {{ c{i - 1}(x); c{i - 1}(x) }};" for i in range(1, count)]
    near = f"    let values = c1(factor);\n    c{count - 1}(factor);\n"
    (one,) = held(binding, SLICE + "\n".join(lines) + "\n" + near + MOVE)
    assert one.work.what == "gain"


def test_functions_that_hand_closures_on_take_no_exponential_time(binding: Binding) -> None:
    more = "fn g0<F: Fn(f64) -> f64>(f: F) -> f64 { f(1.0) }\n" + "".join(
        f"fn g{i}<F: Fn(f64) -> f64>(f: F) -> f64 {{ g{i - 1}(|x| f(x)) + g{i - 1}(|x| f(x)) }}\n"
        for i in range(1, 30)
    )
    assert held(binding, "    Ok(g29(|x| x))", returns="PyResult<f64>", more=more) == ()


@pytest.mark.parametrize("depth", [1, 5, 9, 12, 40])
def test_work_is_found_behind_a_chain_of_helpers(binding: Binding, depth: int) -> None:
    more = "fn h0(d: &[f64]) -> Vec<f64> { gain(d, 2.0) }\n" + "".join(
        f"fn h{i}(d: &[f64]) -> Vec<f64> {{ h{i - 1}(d) }}\n" for i in range(1, depth)
    )
    (one,) = held(binding, f"{SLICE}    let values = h{depth - 1}(slice);\n{MOVE}", more=more)
    assert one.work.what == f"h{depth - 1}"


@pytest.mark.parametrize("owner", ["[f64]", "Vec<f64>", "&[f64]"])
def test_a_trait_method_on_a_slice_is_followed(binding: Binding, owner: str) -> None:
    more = f"""
trait Scale {{ fn scaled(&self, k: f64) -> Vec<f64>; }}
impl Scale for {owner} {{ fn scaled(&self, k: f64) -> Vec<f64> {{ gain(self, k) }} }}
"""
    (one,) = held(binding, f"{SLICE}    let values = slice.scaled(factor);\n{MOVE}", more=more)
    assert one.work.what == "scaled"
