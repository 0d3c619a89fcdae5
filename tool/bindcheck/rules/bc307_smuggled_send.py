"""BC307: a wrapper that takes Python objects where no interpreter is held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.senders import Cargo, Sender, senders
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.rules.base import CrateRule, Example
from bindcheck.rules.example_crates import binding_crate

_SIGNATURE = """
#[pyfunction]
#[pyo3(signature = (data))]
fn total<'py>(py: Python<'py>, data: PyReadonlyArray1<'py, f64>) -> PyResult<f64> {
"""
_WRAPPED = """\
    let held = HELD;
    py.allow_threads(|| {
        let held = &held;
        held.0.as_slice().map(sum).map_err(|error| PyValueError::new_err(error.to_string()))
    })
}
"""
_SUM = """
fn sum(values: &[f64]) -> f64 {
    values.iter().sum()
}
"""
_DIRECT = """
struct Held<'py>(PyReadonlyArray1<'py, f64>);

unsafe impl Send for Held<'_> {}
unsafe impl Sync for Held<'_> {}
"""
_GENERIC = """
struct AssertSend<T>(T);

unsafe impl<T> Send for AssertSend<T> {}
unsafe impl<T> Sync for AssertSend<T> {}
"""
_POINTER = """
use std::sync::Mutex;

struct Rows(*mut f64);

unsafe impl Send for Rows {}

static LAST: Mutex<Option<Rows>> = Mutex::new(None);

fn remember(rows: &mut [f64]) {
    if let Ok(mut last) = LAST.lock() {
        *last = Some(Rows(rows.as_mut_ptr()));
    }
}
"""
_PLAIN = """\
    let slice = data.as_slice()?;
    Ok(py.allow_threads(|| sum(slice)))
}
"""


def _total(held: str, core: str) -> str:
    code = f"{_SIGNATURE}{_WRAPPED.replace('HELD', held)}"
    return binding_crate(code, "total", core=_SUM + core)


class SmuggledSend(CrateRule):
    """An `unsafe impl Send` that lets something tied to the attached thread cross a release.

    ## What it does

    Reports a struct of the crate with an `unsafe impl Send` that holds a `Bound`, a borrowed NumPy
    array, `Python` or a pointer to a Python object, and a generic wrapper without a `Send` bound
    into which a binding that releases puts such a value. `Py` is `Send` by itself and silent. A
    wrapper of a plain raw pointer, mostly there for writes to disjoint rows, is a suspect: whether
    the writes are disjoint, only running can show (probe contract P11). One behind a lock is
    silent: only one thread has it at a time. So is a private one that nothing holds, in a file that
    starts no thread and runs nothing in parallel.

    ## Why it matters

    PyO3 takes only what is `Send` across a release because a `Bound` counts references without
    locks and calls into the interpreter. Behind the wrapper the compiler no longer sees it: a
    clone, a drop or a borrow while detached is a data race, and the crash comes much later.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: take the slice, or `unbind` the object, before the release.
    """

    code: ClassVar[str] = "BC307"
    name: ClassVar[str] = "smuggled-send"
    summary: ClassVar[str] = "`unsafe impl Send` takes Python objects across a release"
    severity: ClassVar[Severity] = Severity.ERROR
    bad: ClassVar[tuple[Example, ...]] = (
        Example(_total("Held(data)", _DIRECT), "an array that is borrowed while attached"),
        Example(_total("AssertSend(data)", _GENERIC), "a wrapper for whatever is put into it"),
        Example(
            binding_crate(
                _SIGNATURE + _PLAIN,
                "total",
                core=_SUM + _POINTER + "\n",
            ),
            "a raw pointer: a suspect",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            binding_crate(_SIGNATURE + _PLAIN, "total", core=_SUM),
            "a slice is `Send`",
        ),
        Example(
            binding_crate(
                _SIGNATURE + _PLAIN,
                "total",
                core=_SUM
                + """
struct Callback {
    call: Py<PyAny>,
}

unsafe impl Send for Callback {}
""",
            ),
            "`Py` is `Send` anyway",
        ),
        Example(
            binding_crate(
                _SIGNATURE + _PLAIN,
                "total",
                core=_SUM
                + """
struct Lent {
    rows: std::sync::Mutex<Option<*mut f64>>,
}

unsafe impl Send for Lent {}
""",
            ),
            "a lock hands out the pointer",
        ),
        Example(
            binding_crate(
                _SIGNATURE
                + """\
    let first = data.as_slice()?.first().copied().unwrap_or(0.0);
    let held = Checked(first);
    Ok(py.allow_threads(move || held.0 / 2.0))
}
""",
                "total",
                core=_SUM
                + "\nstruct Checked<T>(T);\n\nunsafe impl<T: Send> Send for Checked<T> {}\n",
            ),
            "a bound keeps Python objects out",
        ),
    )

    def check(self, program: Program) -> Iterator[Finding]:
        """Yield a finding for each implementation."""
        for one in senders(program):
            if one.cargo is Cargo.POINTER and one.field.names() & _LOCKS:
                continue
            yield self.finding(
                program,
                (one.path, one.impl.span),
                one.name,
                _message(one),
                help=_HELP[one.cargo],
                severity=Severity.ERROR,
                confidence=_confidence(one),
            )


_LOCKS = frozenset({"Mutex", "RwLock"})
_HELP = {
    Cargo.BOUND: "take the slice or `unbind` the object before the release, and drop the `impl`",
    Cargo.OBJECT: "hold a `Py<..>` instead, which is `Send`",
    Cargo.POINTER: "hand out rows by `chunks_mut`; the probe's contract P11 runs it in threads",
}


def _message(one: Sender) -> str:
    if one.cargo is Cargo.POINTER:
        return f"`{one.name}` says it is `Send` and holds a raw pointer, `{one.field.text}`"
    if one.wrapped is not None and one.cargo is Cargo.BOUND:
        return f"`{one.name}` takes what is {one.cargo} across a release"
    return f"`{one.name}` says it is `Send` and holds `{one.field.text}`, {one.cargo}"


def _confidence(one: Sender) -> Confidence:
    if one.cargo is Cargo.POINTER:
        return Confidence.SUSPECT
    sure = one.cargo is Cargo.BOUND and one.wrapped is not None
    return Confidence.CERTAIN if sure else Confidence.LIKELY
