"""Which walks are no array-sized work, and which copies have to be made."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bindcheck.analysis.memory.provenance import copied_arguments, copied_results
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import held_work
from bindcheck.findings import Finding
from bindcheck.model import EntryPoint
from bindcheck.rules.bc203_copied_result import CopiedResult
from bindcheck.rules.bc204_copied_argument import CopiedArgument
from bindcheck.rules.example_crates import binding_crate
from bindcheck.testing import audit_source

Binding = Callable[..., tuple[Program, EntryPoint]]

TERMS = """
pub enum Term { Column(String), Sum(Box<Term>) }
#[pyclass]
#[derive(Clone)]
pub struct PyTerm { inner: Term, level: usize }
#[derive(Clone)]
pub struct Labelled<T>(pub T);
pub struct Point { x: f64, y: f64 }
fn opened(terms: Vec<PyTerm>) -> Vec<Term> {
    terms.into_iter().map(|term| term.inner).collect()
}
fn letters(word: &str) -> usize {
    let mut count = 0;
    for _ in word.chars() { count += 1; }
    count
}
"""


@pytest.mark.parametrize(
    ("params", "body"),
    [
        (
            "terms: Vec<PyTerm>",
            "let all: Vec<Term> = terms.into_iter().map(|t| t.inner).collect();",
        ),
        ("terms: Option<Vec<PyTerm>>", "terms.map(|all| all.into_iter().map(|t| t.inner).last());"),
        ("terms: Vec<PyTerm>", "let all = opened(terms);"),
        ("terms: Vec<PyTerm>", "let all = opened(terms);\nfor one in &all { keep(one); }"),
        ("names: Vec<String>", "let all: Vec<Name> = names.into_iter().map(Name::new).collect();"),
        (
            "kinds: Vec<Labelled<Kind>>",
            "let all: Vec<_> = kinds.into_iter().map(|k| k.0).collect();",
        ),
        (
            "names: Vec<String>, terms: Vec<PyTerm>",
            "let all: Vec<_> = names.into_iter().zip(terms).map(|(n, t)| (n, t.inner)).collect();",
        ),
        ("pairs: Vec<(String, PyTerm)>", "for (name, term) in pairs { keep(name, term); }"),
        ("data: PyReadonlyArray2<'py, f64>", "for extent in data.shape() { keep(extent); }"),
        ("data: PyReadonlyArray2<'py, f64>", "let n: usize = data.shape().iter().product();"),
        (
            "data: &Bound<'py, PyAny>",
            'let shape = data.getattr("shape")?.extract::<Vec<usize>>()?;\n'
            "for extent in &shape[1..] { keep(extent); }",
        ),
        (
            "data: &Bound<'py, PyAny>",
            'let shape: Vec<usize> = data.getattr(intern!(py, "shape"))?.extract()?;\n'
            "for extent in shape { keep(extent); }",
        ),
        ("dims: Vec<i64>", "let all: Vec<_> = dims.into_iter().map(Extent::new).collect();"),
        ("ids: Vec<usize>", "let all: Vec<Id> = ids.iter().copied().map(Id).collect();"),
    ],
)
def test_handles_and_shapes_are_no_array_sized_work(
    binding: Binding, params: str, body: str
) -> None:
    assert (
        held_work(*binding(f"{body}\nOk(())", params=params, returns="PyResult<()>", more=TERMS))
        == ()
    )


@pytest.mark.parametrize(
    ("params", "body"),
    [
        ("points: Vec<Point>", "let total: f64 = points.iter().map(|p| p.x * p.y).sum();"),
        (
            "names: Vec<String>, data: Vec<f64>",
            "for (n, x) in names.iter().zip(&data) { keep(n, x); }",
        ),
        ("pairs: Vec<(String, f64)>", "for (name, x) in pairs { keep(name, x); }"),
        ("words: Vec<String>", "let n: usize = words.iter().map(|word| letters(word)).sum();"),
        ("words: Vec<String>", "for word in &words { keep(letters(word)); }"),
        ("words: Vec<String>", "let n: usize = words.par_iter().map(|word| word.len()).sum();"),
        (
            "terms: Vec<PyTerm>, data: Vec<f64>",
            "for term in &terms { for x in &data { keep(term, x); } }",
        ),
        ("ids: Vec<u32>", "let all: Vec<Id> = ids.iter().map(|id| Id(id * 2)).collect();"),
        ("ids: Vec<u32>", "let all: Vec<u32> = ids.into_iter().map(twice).collect();"),
        ("data: Vec<f64>", "let all: Vec<Price> = data.into_iter().map(Price::new).collect();"),
    ],
)
def test_numbers_and_work_per_element_are(binding: Binding, params: str, body: str) -> None:
    assert held_work(*binding(f"{body}\nOk(())", params=params, returns="PyResult<()>", more=TERMS))


VALUES = "let values = py.allow_threads(|| gain(data.as_slice()?, factor));\n"


@pytest.mark.parametrize(
    ("made", "copies"),
    [
        ("PyArray1::from_iter(py, values.iter().copied())", 1),
        ("PyArray1::from_iter(py, values.iter().map(|x| x * 2.0))", 0),
        ("PyArray1::from_iter(py, std::iter::repeat_n(f64::NAN, values.len()))", 0),
    ],
)
def test_a_lazy_iterator_is_no_owned_result(binding: Binding, made: str, copies: int) -> None:
    assert len(copied_results(*binding(f"{VALUES}Ok({made})"))) == copies


@pytest.mark.parametrize(
    ("params", "body", "how"),
    [
        ("data: PyReadonlyArray1<'py, u64>", "let set: HashSet<u64> = S.copied().collect();", []),
        ("data: PyReadonlyArray1<'py, u64>", "keep(S.copied().collect::<BTreeSet<u64>>());", []),
        ("data: PyReadonlyArray1<'py, u64>", "keep(S.copied().collect::<Vec<_>>());", ["collect"]),
        ("marks: Vec<char>", "keep(marks.into_iter().collect());", []),
        ("marks: Vec<u32>", "keep(marks.iter().copied().collect::<Vec<_>>());", ["collect"]),
        ("data: PyReadonlyArray1<'py, f64>", "tx.send(data.as_array().to_vec()).ok();", []),
        ("data: PyReadonlyArray1<'py, f64>", "let v = data.to_vec()?;\ntx.send(v).ok();", []),
        (
            "data: PyReadonlyArray1<'py, f64>",
            "let v = data.to_vec()?;\nstd::thread::spawn(move || keep(&v));",
            [],
        ),
        ("data: PyReadonlyArray1<'py, f64>", "keep(&data.as_array().to_vec());", ["to_vec"]),
    ],
)
def test_what_a_set_or_another_thread_owns_is_silent(
    binding: Binding, params: str, body: str, how: list[str]
) -> None:
    body = body.replace("S.", "data.as_slice()?.iter().")
    seen = copied_arguments(*binding(f"{body}\nOk(())", params=params, returns="PyResult<()>"))
    assert [one.how for one in seen] == how


def test_the_help_names_the_element_of_a_listed_array() -> None:
    body = """
#[pyfunction]
fn count_of(flags: &Bound<'_, PyAny>) -> PyResult<usize> {
    let list = flags.call_method0("tolist")?;
    let listed = list.extract::<Vec<bool>>()?;
    Ok(listed.len())
}
"""
    (one,) = _found(CopiedArgument(), body, "count_of")
    assert "PyArray1<bool>" in one.help


def test_a_copy_in_a_helper_of_two_bindings_is_one_finding() -> None:
    body = """
fn given<'py>(py: Python<'py>, data: &[f64], weight: f64) -> Bound<'py, PyArray1<f64>> {
    let values = py.allow_threads(|| smooth(data, weight));
    values.to_pyarray(py)
}
#[pyfunction]
fn first<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    Ok(given(py, data.as_slice()?, 1.0))
}
#[pyfunction]
fn second<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    Ok(given(py, data.as_slice()?, 2.0))
}
"""
    (one,) = _found(CopiedResult(), body, "first", "second")
    assert one.item == "given"


def _found(rule: CopiedArgument | CopiedResult, body: str, *names: str) -> list[Finding]:
    report = audit_source(binding_crate(body, *names), [rule])
    assert not report.skipped
    return list(report.findings)


@pytest.mark.parametrize(
    ("params", "body", "how"),
    [
        ("breaks: Vec<f64>", "plan.cut(breaks, true);", []),
        ("breaks: Vec<f64>", "if breaks.is_empty() { return Ok(()); }\nplan.cut(breaks);", []),
        ("weights: Option<Vec<f64>>", "run(engine::Options { weights, ..base });", []),
        ("weights: Vec<f64>", "run(engine::Options { weights: Some(weights) });", []),
        ("breaks: Vec<f64>", "let all = breaks;\nengine::cut(all);", []),
        ("breaks: Vec<f64>", "hand_on(breaks);", []),
        ("data: Vec<f64>", "total(data);", ["Vec"]),
        ("data: Vec<f64>", "engine::total(&data);", ["Vec"]),
        ("data: Vec<f64>", "for (a, b) in left.iter().zip(data) { keep(a, b); }", ["Vec"]),
        ("data: Vec<f64>", "let view = Array1::from_vec(data);\nkeep(view.sum());", ["Vec"]),
        ("data: Vec<f64>", "let run = |x| x;\nrun(data);", ["Vec"]),
        ("data: Vec<f64>", "drop(data);", ["Vec"]),
        ("q: &Bound<'py, PyAny>", "let all: Vec<f64> = q.extract()?;\nengine::cut(all);", []),
        ("q: &Bound<'py, PyAny>", "let all: Vec<f64> = q.extract()?;\nkeep(&all);", ["extract"]),
        (
            "q: &Bound<'py, PyAny>",
            "if let Ok(one) = q.extract::<f64>() { keep(one); }\n"
            "else if let Ok(all) = q.extract::<Vec<f64>>() { keep(&all); }",
            [],
        ),
        (
            "q: &Bound<'py, PyAny>",
            "if let Ok(one) = q.extract::<f64>() { keep(one); }\n"
            "else if let Ok(all) = q.extract::<Vec<f64>>() { keep(&all); }\n"
            "else if let Ok(array) = q.downcast::<PyArray1<f64>>() { keep(array); }",
            ["extract"],
        ),
    ],
)
def test_a_list_that_other_code_must_own_is_no_copied_array(
    binding: Binding, params: str, body: str, how: list[str]
) -> None:
    more = """
fn hand_on(list: Vec<f64>) { engine::cut(list); }
fn total(list: Vec<f64>) -> f64 { list.iter().sum() }
"""
    seen = copied_arguments(
        *binding(f"{body}\nOk(())", params=params, returns="PyResult<()>", more=more)
    )
    assert [one.how for one in seen] == how


@pytest.mark.parametrize(
    ("params", "body"),
    [
        ("mut data: Vec<f64>", "data.sort_by(f64::total_cmp);\nKept { data: Vec::new() }"),
        ("data: Vec<f64>", "Kept { data }"),
    ],
)
def test_what_the_binding_keeps_is_copied_as_one_block(params: str, body: str) -> None:
    code = (
        "#[pyclass]\npub struct Kept { data: Vec<f64> }\n"
        f"#[pyfunction]\nfn kept({params}) -> Kept {{\n{body}\n}}\n"
    )
    (one,) = _found(CopiedArgument(), code, "kept")
    assert "to_vec()" in one.help
