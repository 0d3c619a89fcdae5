"""BC306 and BC307: ways around the borrow checker."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.rules.bc306_unchecked_alias import UncheckedAlias
from bindcheck.rules.bc307_smuggled_send import SmuggledSend
from bindcheck.testing import audit_source

HEAD = "use numpy::*;\nuse pyo3::prelude::*;\n"


def aliases(body: str, params: str = "out: &Bound<'py, PyArray1<f64>>") -> list[Finding]:
    source = f"{HEAD}#[pyfunction]\nfn f<'py>(py: Python<'py>, {params}) {{\n{body}\n}}\n"
    return list(audit_source(source, (UncheckedAlias(),)).findings)


def senders(source: str) -> list[Finding]:
    return list(audit_source(HEAD + source, (SmuggledSend(),)).findings)


@pytest.mark.parametrize(
    "body",
    [
        "let cells = unsafe { out.as_slice_mut().unwrap() };",
        "let cells = unsafe { out.as_array_mut() };",
        "unsafe { *out.uget_mut(0) = 1.0 };",
        "let cells = unsafe { std::slice::from_raw_parts_mut(out.data(), 3) };",
        "let other = out.clone(); let cells = unsafe { other.as_slice_mut().unwrap() };",
    ],
)
def test_a_mutable_view_without_a_borrow_is_certain(body: str) -> None:
    (found,) = aliases(body)
    assert found.confidence is Confidence.CERTAIN
    assert "writes to" in found.message
    assert "try_readwrite" in found.help


def test_reading_while_attached_is_likely_and_detached_certain() -> None:
    (attached,) = aliases("let x = unsafe { out.as_slice().unwrap() };")
    assert attached.confidence is Confidence.LIKELY
    (detached,) = aliases("py.allow_threads(|| { let x = unsafe { out.as_slice().unwrap() }; });")
    assert detached.confidence is Confidence.CERTAIN


def test_each_array_is_reported_once() -> None:
    twice = "let a = unsafe { out.as_slice_mut() }; let b = unsafe { out.as_array_mut() };"
    assert len(aliases(twice)) == 1
    both = "let a = unsafe { out.as_slice_mut() }; let b = unsafe { other.as_slice_mut() };"
    params = "out: &Bound<'py, PyArray1<f64>>, other: &Bound<'py, PyArray1<f64>>"
    assert len(aliases(both, params)) == 2


@pytest.mark.parametrize(
    ("body", "params"),
    [
        ("let x = out.as_slice().unwrap();", "out: PyReadonlyArray1<'py, f64>"),
        ("let x = out.as_slice_mut().unwrap();", "mut out: PyReadwriteArray1<'py, f64>"),
        ("let x = out.as_array();", "out: PyArrayLike1<'py, f64>"),
        ("let x = out.readonly(); let y = x.as_array();", "out: &Bound<'py, PyArray1<f64>>"),
        ("let n = out.len();", "out: &Bound<'py, PyArray1<f64>>"),
        ("let x = out.to_owned_array();", "out: &Bound<'py, PyArray1<f64>>"),
        ("let x = unsafe { out.as_mut_slice() };", "mut out: Vec<f64>"),
    ],
)
def test_borrowed_and_owned_memory_is_silent(body: str, params: str) -> None:
    assert aliases(body, params) == []


BINDING = """
#[pyfunction]
fn f<'py>(py: Python<'py>, data: PyReadonlyArray1<'py, f64>) -> usize {
    let held = WRAP;
    py.allow_threads(|| held.0.len())
}
"""


def test_a_struct_with_a_bound_value_is_certain_once_it_is_seen_to_cross() -> None:
    struct = "struct S<'py>(PyReadonlyArray1<'py, f64>);\nunsafe impl Send for S<'_> {}\n"
    (alone,) = senders(struct)
    (crossing,) = senders(struct + BINDING.replace("WRAP", "S(data)"))
    assert (alone.confidence, alone.severity) == (Confidence.LIKELY, Severity.ERROR)
    assert crossing.confidence is Confidence.CERTAIN
    assert crossing.item == "S"


@pytest.mark.parametrize("wrap", ["S(data)", "S::new(data)", "S { 0: data }"])
def test_a_wrapper_without_a_bound_is_reported_for_what_is_put_into_it(wrap: str) -> None:
    struct = "struct S<T>(T);\nunsafe impl<T> Send for S<T> {}\n"
    made = "impl<T> S<T> { fn new(value: T) -> Self { S(value) } }\n"
    assert len(senders(struct + made + BINDING.replace("WRAP", wrap))) == 1
    assert senders(struct + made + BINDING.replace("WRAP", "S(1.0)")) == []
    bounded = struct.replace("<T> Send", "<T: Send> Send")
    assert senders(bounded + made + BINDING.replace("WRAP", wrap)) == []


@pytest.mark.parametrize(
    ("field", "confidence"),
    [
        ("*mut f64", Confidence.SUSPECT),
        ("std::ptr::NonNull<f64>", Confidence.SUSPECT),
        ("*mut pyo3::ffi::PyObject", Confidence.LIKELY),
        ("Bound<'static, PyAny>", Confidence.LIKELY),
    ],
)
def test_what_is_carried_decides_how_sure_it_is(field: str, confidence: Confidence) -> None:
    (found,) = senders(f"struct S {{ x: {field} }}\nunsafe impl Send for S {{}}\n")
    assert found.confidence is confidence


@pytest.mark.parametrize("field", ["Py<PyAny>", "Vec<f64>", "std::marker::PhantomData<*mut f64>"])
def test_what_can_be_sent_anyway_is_silent(field: str) -> None:
    assert senders(f"struct S {{ x: {field} }}\nunsafe impl Send for S {{}}\n") == []


def test_a_suspect_names_the_contract_that_proves_it() -> None:
    (found,) = senders("struct S(*mut f64);\nunsafe impl Send for S {}\n")
    assert "P11" in found.help


CELLS = """
{visibility}struct Cells(*mut f64);

unsafe impl Send for Cells {}

fn fill(out: &mut [f64]) {
    let cells = Cells(out.as_mut_ptr());
    {work}
}
"""
ALONE = "(0..out.len()).for_each(|i| unsafe { *cells.0.add(i) = 0.0 });"


@pytest.mark.parametrize(
    ("visibility", "work", "more", "count"),
    [
        ("", ALONE, "", 0),
        ("pub ", ALONE, "", 1),
        ("", ALONE.replace("(0..out.len())", "(0..out.len()).into_par_iter()"), "", 1),
        ("", ALONE, "struct Table { cells: Cells }", 1),
        ("", ALONE, "fn both() { rayon::join(first, second); }", 1),
    ],
)
def test_a_pointer_that_stays_in_a_file_without_threads_is_silent(
    visibility: str, work: str, more: str, count: int
) -> None:
    code = CELLS.replace("{visibility}", visibility).replace("{work}", work) + more
    found = senders(code)
    assert [one.confidence for one in found] == [Confidence.SUSPECT] * count
