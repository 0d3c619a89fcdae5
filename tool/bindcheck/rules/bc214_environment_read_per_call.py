"""BC214: the system is asked on every call for what never changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.costs.environment import Asked, asked_per_call
from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import item_of
from bindcheck.findings import Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import SMOOTH, binding_crate

_BINDING = """
#[pyfunction]
#[pyo3(name = "smooth")]
fn smooth_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    weight: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let lanes = lanes();
    let values = py.allow_threads(|| smooth(slice, weight / lanes as f64));
    Ok(values.into_pyarray(py))
}
"""
_ASKED = 'std::env::var("LANES").ok().and_then(|text| text.parse().ok()).unwrap_or(4)'
_COUNTED = "std::thread::available_parallelism().map_or(1, |count| count.get())"


def _crate(lanes: str) -> str:
    return binding_crate(_BINDING, "smooth_py", core=SMOOTH + lanes)


class EnvironmentReadPerCall(EntryRule):
    """A question to the system that is asked on every call and answered the same each time.

    ## What it does

    Reports environment variables with a fixed name, `available_parallelism`, `num_cpus` and files
    such as `/proc/cpuinfo` that are read whenever an entry point is called, in it or in what it
    calls, released or not. Silent is what is read for a static (`OnceLock`, `LazyLock`,
    `lazy_static!`, an atomic), what another thread does on its own, a variable that the caller
    names, constructors, and entry points that take nothing but counts and flags: those configure,
    or tell. `is_x86_feature_detected!` keeps its answer itself.

    The core of an indicator is looked into only where it asks itself, or calls a function that
    does.

    ## Why it matters

    Reading a variable takes a lock and an allocation, counting processors reads files of the
    kernel. In a call on one value of a stream that is most of the time.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: a program that changes the variable while it runs would no longer be heard.
    """

    code: ClassVar[str] = "BC214"
    name: ClassVar[str] = "environment-read-per-call"
    summary: ClassVar[str] = "environment or processor count read on every call"
    severity: ClassVar[Severity] = Severity.ADVICE
    bad: ClassVar[tuple[Example, ...]] = (
        Example(_crate(f"\nfn lanes() -> usize {{\n    {_ASKED}\n}}\n"), "a variable"),
        Example(_crate(f"\nfn lanes() -> usize {{\n    {_COUNTED}\n}}\n"), "the processors"),
        Example(
            _crate(
                """
fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

fn lanes() -> usize {
    number("LANES").unwrap_or(4)
}
"""
            ),
            "through a helper",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _crate(
                f"""
static LANES: std::sync::OnceLock<usize> = std::sync::OnceLock::new();

fn lanes() -> usize {{
    *LANES.get_or_init(|| {_ASKED})
}}
"""
            ),
            "read once",
        ),
        Example(
            _crate(
                f"""
static LANES: std::sync::LazyLock<usize> = std::sync::LazyLock::new(read_lanes);

fn read_lanes() -> usize {{
    {_ASKED}
}}

fn lanes() -> usize {{
    *LANES
}}
"""
            ),
            "the initialiser of a static",
        ),
        Example(
            _crate(
                f"""
use std::sync::atomic::{{AtomicUsize, Ordering}};

static LANES: AtomicUsize = AtomicUsize::new(0);

fn lanes() -> usize {{
    let known = LANES.load(Ordering::Relaxed);
    if known > 0 {{
        return known;
    }}
    let counted = {_COUNTED};
    LANES.store(counted, Ordering::Relaxed);
    counted
}}
"""
            ),
            "kept in an atomic",
        ),
        Example(
            _crate(
                """
fn lanes() -> usize {
    if is_x86_feature_detected!("avx2") { 4 } else { 2 }
}
"""
            ),
            "the answer is kept by the standard library",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
fn thread_count() -> usize {
    std::thread::available_parallelism().map_or(1, |count| count.get())
}

#[pyfunction]
fn is_set(name: &str) -> bool {
    std::env::var(name).is_ok()
}
""",
                "thread_count",
                "is_set",
                core="",
            ),
            "what is asked for",
        ),
        Example(
            binding_crate(
                """
#[pyclass]
struct Engine {
    threads: usize,
}

#[pymethods]
impl Engine {
    #[new]
    fn new(name: &str) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
        Engine { threads: threads.max(name.len()) }
    }

    fn threads(&self) -> usize {
        self.threads
    }
}
""",
                core="",
            ).replace("    Ok(())", "    m.add_class::<Engine>()?;\n    Ok(())"),
            "once for each object",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for each question, filed under the function that asks."""
        for one in asked_per_call(program, entry):
            yield self.finding(
                program,
                span_of(one.place),
                item_of(program, one.place.ref),
                _message(one),
                help="ask once: keep the answer in a `static` with `OnceLock` or `LazyLock`",
                cost=_COST.get(one.what, "about 10 microseconds for each call"),
            )


_COST = {
    "env::var": "about 30 ns for each call",
    "env::var_os": "about 30 ns for each call",
    "available_parallelism": "about 7 microseconds for each call",
    "num_cpus::get": "about 0.4 microseconds for each call",
}


def _message(one: Asked) -> str:
    of = f" of `{one.key}`" if one.key else ""
    return f"`{one.what}`{of} is asked on every call"
