"""BC211: waiting for something else while every other Python thread has to wait."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import MUTEX_EXT_SINCE, item_of, release_name
from bindcheck.analysis.threads.stalls import Sort, Stall, stalls
from bindcheck.crate import Version
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryPoint, ItemRef
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import binding_crate
from bindcheck.rules.threaded_examples import engine, server, watcher

_NAP = """
#[pyfunction]
#[pyo3(signature = (seconds))]
fn nap(py: Python<'_>, seconds: u64) {
    BODY
}
"""
_TEXT = """
#[pyfunction]
#[pyo3(signature = (path))]
fn words(py: Python<'_>, path: &str) -> PyResult<usize> {
    let text = TEXT.map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(text.split_whitespace().count())
}
"""
_READ = """
fn text_of(path: &str) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}
"""
_LATER = """
#[pyfunction]
fn later(py: Python<'_>, callback: Py<PyAny>) -> PyResult<f64> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let result = Python::with_gil(|py| callback.call0(py)?.extract::<f64>(py));
        let _ = sender.send(result);
    });
    RECEIVE.map_err(|_| PyValueError::new_err("the thread is gone"))?
}
"""


_PYTHON_FILE = """
struct PythonFile {
    inner: Py<PyAny>,
}

impl std::io::Write for PythonFile {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        Python::with_gil(|py| {
            let written = self.inner.call_method1(py, "write", (data,));
            written.map(|_| data.len()).map_err(std::io::Error::other)
        })
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
"""
_TABLE = """
#[pyclass]
struct Table {
    rows: std::sync::RwLock<frames::Rows>,
}

#[pymethods]
impl Table {
    #[new]
    fn new() -> Self {
        Self { rows: std::sync::RwLock::new(frames::Rows::empty()) }
    }

    fn clear(&self) -> PyResult<()> {
        let mut rows = self.rows.write().map_err(|_| PyValueError::new_err("poisoned"))?;
        rows.clear();
        Ok(())
    }

    fn write(&self, py: Python<'_>, file: Py<PyAny>) -> PyResult<()> {
        let mut out = std::io::BufWriter::new(PythonFile { inner: file });
        py.allow_threads(|| match self.rows.read() {
            Ok(rows) => frames::Writer::new(&mut out).finish(&rows).map_err(frames::text),
            Err(_) => Err("poisoned".to_string()),
        })
        .map_err(PyValueError::new_err)
    }
}
"""


_ROWS = """
#[pyclass]
struct Rows {
    rows: std::sync::RwLock<Vec<f64>>,
}

impl Clone for Rows {
    fn clone(&self) -> Self {
        let rows = self.rows.read().map(|rows| rows.clone());
        Self { rows: std::sync::RwLock::new(rows.unwrap_or_default()) }
    }
}

impl Rows {
    fn len(&self) -> usize {
        self.rows.read().map(|rows| rows.len()).unwrap_or(0)
    }
}

#[pymethods]
impl Rows {
    #[new]
    fn new() -> Self {
        Self { rows: std::sync::RwLock::new(Vec::new()) }
    }

    #[pyo3(signature = (callback))]
    fn drain(&self, py: Python<'_>, callback: Py<PyAny>) -> PyResult<()> {
        py.allow_threads(|| {
            let mut rows = self.rows.write().map_err(|_| PyValueError::new_err("poisoned"))?;
            while let Some(row) = rows.pop() {
                Python::with_gil(|py| callback.call1(py, (row,)))?;
            }
            Ok(())
        })
    }
}

#[pyfunction]
#[pyo3(signature = (rows))]
fn count(ROWS) -> usize {
    COUNT
}
"""


def _rows(rows: str, count: str) -> str:
    body = _ROWS.replace("ROWS", rows).replace("COUNT", count)
    return _with_class(binding_crate(body, "count", core=""), "Rows")


def _with_class(crate: str, name: str) -> str:
    return crate.replace("    Ok(())\n}\n", f"    m.add_class::<{name}>()?;\n    Ok(())\n}}\n")


def _nap(body: str) -> str:
    return binding_crate(_NAP.replace("BODY", body), "nap", core="")


def _words(text: str) -> str:
    return binding_crate(_TEXT.replace("TEXT", text), "words", core=_READ)


def _later(receive: str) -> str:
    return binding_crate(_LATER.replace("RECEIVE", receive), "later", core="")


class BlockingWhileAttached(EntryRule):
    """A wait for time, a thread, a lock or a file while the interpreter is held.

    ## What it does

    Reports sleeping, receiving from a channel, joining a thread, `block_on` and its like, and
    opening, reading or writing a file, when a binding does so attached, itself or in a function of
    the crate. What another crate does counts (likely) if it is called so and gets a path of the
    caller: `load_model(path)`. So does a method of another member of the workspace that opens what
    its object was told to: `builder.build()`. It is an error where the other side attaches: the
    thread that is joined, or one that the binding or its class has started.

    A lock taken while attached is reported only if some holder of the same lock, while it holds it,
    attaches, detaches, calls Python code or waits; a library that is handed a type of the crate
    whose `impl Write` or `impl Read` attaches is taken to do so, and so is one whose value, behind
    the lock, was made with a Python object. Who releases in order to take the next item of an
    iterator of another crate, behind a lock, waits for it. A branch that a literal `true` or
    `false` of a call rules out does not run. A lock that is kept over a release is reported, too,
    if others wait for it attached. Locks are the same if they are the same field or static, or
    guard the same type of the crate. A `Clone` of a class that was written by hand counts where
    PyO3 runs it: for an argument by value, and `extract::<T>()`. Silent are locks that guard plain
    state, `lock_py_attached` and its like, a channel whose sender stays on the same thread, and
    who takes a lock for one variant of an enum (`if let Shape::Plain(one) = *lock.write()..`) that
    the holder leaves to another crate.

    Which lock a variable is, is told from written types; a lock that is only known through generic
    code is not seen. Simple macros of the crate are read as the code they stand for, and closures
    and iterators that a generic function runs under a lock are those that its callers hand over.

    ## Why it matters

    Every other Python thread stands still for as long as the wait takes. If what is waited for
    needs the interpreter itself, neither side ever goes on: a deadlock that shows under load only.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: releasing around the wait lets other threads change what the binding has read
    before it.
    """

    code: ClassVar[str] = "BC211"
    name: ClassVar[str] = "blocking-while-attached"
    summary: ClassVar[str] = "waiting for a thread, a lock, time or a file while attached"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _nap("std::thread::sleep(std::time::Duration::from_secs(seconds));"),
            "sleeps attached",
        ),
        Example(_later("receiver.recv()"), "waits for a thread that attaches"),
        Example(
            engine(
                "drop(Python::with_gil(|py| callback.call0(py)))",
                "let _ = handle.join();",
            ),
            "joins a thread that attaches, started by another method",
        ),
        Example(_words("text_of(path)"), "reads a file"),
        Example(server(".lock()"), "a lock under which Python objects are cloned"),
        Example(
            watcher(
                """\
        let state = self.state.read().map_err(|_| PyValueError::new_err("poisoned"))?;
        for x in state.iter() {
            callback.call1(py, (*x,))?;
        }
"""
            ),
            "a writer waits for a reader that calls Python",
        ),
        Example(
            _with_class(binding_crate(_TABLE, core=_PYTHON_FILE), "Table"),
            "a library writes to a Python file under the lock",
        ),
        Example(
            _rows("rows: Rows", "rows.rows.into_inner().map(|rows| rows.len()).unwrap_or(0)"),
            "PyO3 clones an argument, and the clone takes a lock",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _nap(
                "py.allow_threads(|| std::thread::sleep(std::time::Duration::from_secs(seconds)));"
            ),
            "released",
        ),
        Example(_later("py.allow_threads(|| receiver.recv())"), "released around the wait"),
        Example(
            engine(
                "drop(Python::with_gil(|py| callback.call0(py)))",
                "let _ = py.allow_threads(|| handle.join());",
            ),
            "released around the join",
        ),
        Example(_words("py.allow_threads(|| text_of(path))"), "released around the file"),
        Example(
            _rows("py: Python<'_>, rows: &Rows", "py.allow_threads(|| rows.len())"),
            "the object itself, and its lock in the release",
        ),
        Example(
            server(".lock_py_attached(py)", "py: Python<'_>, "),
            "PyO3 lets go while it waits",
            pyo3="0.26.0",
            also=("BC401",),
        ),
        Example(
            watcher(
                """\
        let state = match self.state.read() {
            Ok(state) => state.clone(),
            Err(_) => return Err(PyValueError::new_err("poisoned")),
        };
        for x in &state {
            callback.call1(py, (*x,))?;
        }
"""
            ),
            "no lock is held for longer than it takes to read or write plain state",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
#[pyo3(signature = (count))]
fn halves(count: usize) -> PyResult<Vec<f64>> {
    let (sender, receiver) = std::sync::mpsc::channel();
    for i in 0..count {
        let _ = sender.send(i as f64 / 2.0);
    }
    let mut found = Vec::new();
    for _ in 0..count {
        let half = receiver.recv().map_err(|_| PyValueError::new_err("no more"))?;
        found.push(half);
    }
    Ok(found)
}
""",
                "halves",
                core="",
            ),
            "a channel within one thread",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for each wait, one for all files together."""
        for one in stalls(program, entry):
            yield self.finding(
                program,
                span_of(one.place),
                item_of(program, one.place.ref),
                _message(one),
                help=_help(program, one),
                severity=Severity.ERROR if one.vain else Severity.WARNING,
                confidence=Confidence.CERTAIN if one.sure else Confidence.LIKELY,
            )


def _message(one: Stall) -> str:
    what = f"`{one.how}`"
    if one.sort is Sort.LOCK:
        end = ": a deadlock" if one.vain else ""
        return f"{what} waits for a lock while attached, and {one.why}{end}"
    if one.sort is Sort.HELD:
        return f"the lock of {what} is kept over a release {one.why}: a deadlock"
    if one.vain:
        return f"{what} waits while attached, and {one.why}: a deadlock"
    where = f" {one.why}" if one.why else ""
    verb = "goes to a file" if one.sort is Sort.FILE else "waits"
    return f"{what}{where} {verb} while the GIL is held"


_READ_WRITE = ("read", "write")
_LOCK_API = ("parking_lot", "lock_api")


def _help(program: Program, one: Stall) -> str:
    token = "" if _has_token(program, one.place.ref) else ", with `py: Python<'_>` as an argument"
    if one.sort is Sort.HELD:
        return f"let go of it first, or take it in `{release_name(program)}(|| ..)`"
    if one.sort is not Sort.LOCK:
        return f"wrap it in `{release_name(program)}(|| ..)`{token}"
    function = program.function(one.place.ref)
    if function.trait == "Clone":
        instead = f"take the object itself (`Py<{function.owner}>`) from Python, not a clone of it"
        return f"{instead}, and its lock in `{release_name(program)}(|| ..)`"
    if program.pyo3 is not None and program.pyo3 < _extended_since(program, one.how):
        return f"take the lock in `{release_name(program)}(|| ..)`{token}, and do not attach there"
    name = f"{one.how if one.how in _READ_WRITE else 'lock'}_py_attached"
    return f"use `{name}(py)`{token}{_feature(program)}; or let go of the lock first, over there"


def _has_token(program: Program, ref: ItemRef) -> bool:
    params = program.function(ref).params
    types = [one.type.peel().name for one in params if one.type is not None]
    return not _TOKENS.isdisjoint(types)


_TOKENS = frozenset({"Python", "Bound", "PyRef", "PyRefMut"})


def _extended_since(program: Program, how: str) -> Version:
    if how in _READ_WRITE:
        return _RW_LOCK_EXT_SINCE
    return _LOCK_API_SINCE if _is_foreign(program) else MUTEX_EXT_SINCE


def _is_foreign(program: Program) -> bool:
    """Whether the locks of a crate are those of `parking_lot`."""
    uses = (use for module in program.modules.values() for use in module.uses)
    return any(use.path[:1] and use.path[0] in _LOCK_API for use in uses)


def _feature(program: Program) -> str:
    pyo3 = program.crate.pyo3 if program.crate is not None else None
    enabled = pyo3 is not None and not pyo3.features.isdisjoint((*_LOCK_API, "arc_lock"))
    if enabled or not _is_foreign(program):
        return ""
    return " (with the feature `parking_lot` of PyO3)"


_LOCK_API_SINCE = Version(0, 25, 0)
_RW_LOCK_EXT_SINCE = Version(0, 27, 0)
