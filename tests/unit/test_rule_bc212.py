"""BC212: which releases hold nothing but the start of work."""

from __future__ import annotations

import pytest

from bindcheck.findings import Finding, Severity
from bindcheck.rules import RULES
from bindcheck.rules.bc212_release_around_spawn import ReleaseAroundSpawn
from bindcheck.rules.example_crates import binding_crate
from bindcheck.testing import audit_source

SPAWN = "std::thread::spawn(move || counts.iter().sum::<u64>())"
CHANNEL = "let (sender, receiver) = std::sync::mpsc::channel(); "


def code_of(body: str) -> str:
    binding = (
        "static RUNTIME: std::sync::LazyLock<tokio::runtime::Runtime> =\n"
        "    std::sync::LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());\n\n"
        "#[pyfunction]\nfn total(py: Python<'_>, counts: Vec<u64>, callback: Py<PyAny>) -> u64 {\n"
        f"    {body}\n}}"
    )
    return binding_crate(binding, "total", core="")


def findings(body: str) -> list[Finding]:
    report = audit_source(code_of(body), [ReleaseAroundSpawn()])
    assert not report.skipped
    return list(report.findings)


@pytest.mark.parametrize(
    ("body", "wait"),
    [
        (f"let t = py.allow_threads(|| {SPAWN}); t.join().unwrap_or(0)", "join"),
        (f"py.allow_threads(|| {SPAWN}).join().unwrap_or(0)", "join"),
        (
            f"{CHANNEL}py.allow_threads(|| rayon::spawn(move || sender.send(1).unwrap())); "
            "receiver.recv().unwrap_or(0)",
            "recv",
        ),
        (
            "let task = py.allow_threads(|| RUNTIME.spawn(async move { counts[0] })); "
            "RUNTIME.block_on(task).unwrap_or(0)",
            "block_on",
        ),
        (
            "let threads: Vec<_> = py.allow_threads(|| { let mut all = Vec::new(); "
            "for count in counts { all.push(std::thread::spawn(move || count + 1)); } all }); "
            "let mut sum = 0; for one in threads { sum += one.join().unwrap_or(0); } sum",
            "join",
        ),
    ],
)
def test_a_wait_behind_the_release_is_reported(body: str, wait: str) -> None:
    (finding,) = findings(body)
    assert f"`{wait}` waits for it while the GIL is held" in finding.message
    assert finding.help == f"move `{wait}` into `py.allow_threads(|| ..)`"
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    "body",
    [
        f"py.allow_threads(|| {SPAWN}.join().unwrap_or(0))",
        f"let t = py.allow_threads(|| {SPAWN}); py.allow_threads(|| t.join().unwrap_or(0))",
        f"let t = {SPAWN}; py.allow_threads(|| t.join().unwrap_or(0))",
        "py.allow_threads(|| { RUNTIME.spawn(async move { counts[0] }); }); 0",
        # Work of its own is released beside the start.
        f"let t = py.allow_threads(|| {{ let own = counts.clone(); let t = {SPAWN}; "
        "let s: u64 = own.iter().sum(); drop(s); t }); t.join().unwrap_or(0)",
        # Nothing is released, and nothing is started.
        f"{SPAWN}.join().unwrap_or(0)",
        "py.allow_threads(|| counts.iter().sum())",
    ],
)
def test_a_release_that_waits_works_or_hands_out_a_handle_is_silent(body: str) -> None:
    assert findings(body) == []


def test_a_thread_that_has_to_attach_makes_it_an_error() -> None:
    body = (
        f"{CHANNEL}py.allow_threads(|| {{ std::thread::spawn(move || {{ "
        "let sum = Python::with_gil(|py| callback.call0(py).map_or(0, |_| 1)); "
        "sender.send(sum).unwrap(); }); }); receiver.recv().unwrap_or(0)"
    )
    (finding,) = findings(body)
    assert finding.severity is Severity.ERROR


def test_the_wait_and_the_empty_release_are_one_cause() -> None:
    body = f"let t = py.allow_threads(|| {SPAWN}); t.join().unwrap_or(0)"
    report = audit_source(code_of(body), RULES, select=("BC21",))
    assert [one.code for one in report.findings] == ["BC212"]


@pytest.mark.parametrize(("pyo3", "name"), [("0.25.0", "allow_threads"), ("0.27.0", "detach")])
def test_the_release_is_named_as_the_pyo3_version_has_it(pyo3: str, name: str) -> None:
    body = f"let t = py.{name}(|| {SPAWN}); t.join().unwrap_or(0)"
    (finding,) = audit_source(code_of(body), [ReleaseAroundSpawn()], pyo3=pyo3).findings
    assert f"`py.{name}(|| ..)`" in finding.help
