"""BC211: waits while attached, and which of them can be in vain."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.rules.bc211_blocking_while_attached import BlockingWhileAttached
from bindcheck.testing import audit_source

RULE = BlockingWhileAttached()
HEAD = "use pyo3::prelude::*;\nuse std::sync::*;\n"


def findings(source: str) -> list[Finding]:
    return list(audit_source(HEAD + source, (RULE,), pyo3="0.26.0").findings)


def function(body: str, core: str = "") -> list[Finding]:
    return findings(f"{core}\n#[pyfunction]\nfn f(py: Python<'_>, path: &str) {{\n{body}\n}}\n")


@pytest.mark.parametrize(
    "body",
    [
        "std::thread::sleep(std::time::Duration::from_secs(1));",
        "let (a, b) = mpsc::channel::<u8>(); std::thread::spawn(move || a.send(1)); b.recv();",
        "let h = std::thread::spawn(|| 1); h.join();",
        "let rt = tokio::runtime::Runtime::new().unwrap(); rt.block_on(async { 1 });",
        "std::process::Command::new(path).spawn().unwrap().wait();",
    ],
)
def test_a_wait_is_a_certain_warning(body: str) -> None:
    (found,) = function(body)
    assert (found.severity, found.confidence) == (Severity.WARNING, Confidence.CERTAIN)
    assert "py.detach" in found.help


@pytest.mark.parametrize(
    "body",
    [
        "py.detach(|| std::thread::sleep(std::time::Duration::from_secs(1)));",
        'let p = std::path::Path::new(path).join("x");',
        'let text = vec!["a", "b"].join(",");',
        "let (a, b) = mpsc::channel(); a.send(1); let x: i32 = b.recv().unwrap();",
        "let (a, b) = mpsc::channel::<u8>(); std::thread::spawn(move || a.send(1)); b.try_recv();",
        "std::thread::spawn(|| std::thread::sleep(std::time::Duration::from_secs(1)));",
        "std::thread::yield_now();",
    ],
)
def test_what_does_not_wait_attached_is_silent(body: str) -> None:
    assert function(body) == []


def test_a_wait_for_a_thread_that_attaches_is_an_error() -> None:
    attaches = "let h = std::thread::spawn(|| Python::attach(|_py| 1)); h.join();"
    (found,) = function(attaches)
    assert found.severity is Severity.ERROR
    assert "deadlock" in found.message
    called = "fn work() -> u8 { Python::attach(|_py| 1) }"
    (through,) = function("let h = std::thread::spawn(|| work()); h.join();", called)
    assert through.severity is Severity.ERROR


def test_a_wait_in_a_helper_is_reported_at_the_call() -> None:
    core = "fn nap() { std::thread::sleep(std::time::Duration::from_secs(1)); }"
    (found,) = function("nap();", core)
    assert found.item == "f"
    assert "`nap` waits" in found.message
    assert function("py.detach(|| nap());", core) == []


def test_a_wait_in_a_helper_that_is_followed_is_named() -> None:
    core = "fn nap(py: Python<'_>) { std::thread::sleep(std::time::Duration::from_secs(1)); }"
    (found,) = function("nap(py);", core)
    assert found.confidence is Confidence.CERTAIN
    assert "`thread::sleep` in `nap` waits" in found.message


def test_a_helper_that_is_an_entry_point_has_the_finding_itself() -> None:
    core = (
        "#[pyfunction]\nfn nap(py: Python<'_>) {"
        " std::thread::sleep(std::time::Duration::from_secs(1)); }"
    )
    (found,) = function("nap(py);", core)
    assert found.item == "nap"


@pytest.mark.parametrize(
    ("body", "core"),
    [
        ("std::fs::read_to_string(path);", ""),
        ("let f = std::fs::File::open(path).unwrap(); let g = std::fs::File::create(path);", ""),
        (
            "let t = load(path);",
            "fn load(path: &str) -> String { read(path) }\n"
            "fn read(path: &str) -> String { std::fs::read_to_string(path).unwrap() }",
        ),
        ("let m = other_crate::Model::from_file(path);", ""),
        ("let e = other_crate::Encoder::new_file(path, 90);", ""),
        ("let e = other_crate::Encoder::create_file(path);", ""),
        ("let m = other_crate::Model::new(); m.save(path);", ""),
        ("let m = other_crate::from_mmaped_tensors(&[path], 8);", ""),
        ("let m = other_crate::load_model(path);", ""),
        ("let m = other_crate::open(path.trim());", ""),
    ],
)
def test_a_file_is_one_likely_warning(body: str, core: str) -> None:
    (found,) = function(body, core)
    assert (found.severity, found.confidence) == (Severity.WARNING, Confidence.LIKELY)
    assert "file" in found.message


def test_saving_to_something_that_is_no_path_is_silent() -> None:
    assert function("let m = other_crate::Model::new(); m.save(3);") == []
    assert function("py.detach(|| std::fs::read_to_string(path));") == []


@pytest.mark.parametrize(
    "call",
    [
        "other_crate::load(text)",
        "other_crate::read_lines(&[text])",
        "other_crate::open_tag(text)",
        "Url::from_file_path(path)",
        "other_crate::loaded(path)",
        "py.detach(|| other_crate::load(path))",
    ],
)
def test_a_function_that_may_not_go_to_a_file_is_silent(call: str) -> None:
    source = f"#[pyfunction]\nfn f(py: Python<'_>, path: &str, text: &str) {{ {call}; }}\n"
    assert findings(source) == []


def test_a_path_by_its_type_is_one_whatever_it_is_called() -> None:
    (found,) = findings(
        "#[pyfunction]\nfn f(weights: std::path::PathBuf) { other_crate::load(&weights); }\n"
    )
    assert found.message == "`load` goes to a file while the GIL is held"


def test_what_the_crate_names_itself_is_not_asked_about() -> None:
    assert function('let path = "settings.toml"; other_crate::load(path);') == []


# --- locks ----------------------------------------------------------------------------------------


def shared(each: str, push: str = "self.state.write().unwrap().push(1.0);") -> list[Finding]:
    """A class whose `push` takes a lock that `each` holds in some way."""
    return findings(
        f"""
fn notify(py: Python<'_>, callback: &Py<PyAny>) {{ let _ = callback.call0(py); }}
fn plain(values: &[f64]) -> f64 {{ values.iter().sum() }}

#[pyclass]
pub struct Store {{ state: Arc<RwLock<Vec<f64>>>, other: Mutex<Vec<f64>> }}

#[pymethods]
impl Store {{
    fn push(&self) {{ {push} }}
    fn each(&self, py: Python<'_>, callback: Py<PyAny>) {{ {each} }}
}}
"""
    )


@pytest.mark.parametrize(
    "each",
    [
        "let state = self.state.read().unwrap(); callback.call1(py, (state[0],));",
        "let state = self.state.read().unwrap(); notify(py, &callback);",
        "let state = self.state.read().unwrap(); py.detach(|| plain(&state));",
        "let state = &*self.state.read().unwrap(); py.detach(|| plain(state));",
        "if let Ok(state) = self.state.read() { callback.call0(py); }",
        "match self.state.read() { Ok(state) => { callback.call0(py); } Err(_) => {} }",
        "for x in self.state.read().unwrap().iter() { callback.call1(py, (*x,)); }",
        "callback.call1(py, (self.state.read().unwrap()[0],));",
        "let state = self.state.clone();"
        " py.detach(move || { let s = state.read().unwrap(); Python::attach(|py| s.len()); });",
        "let mut state = self.state.write().unwrap(); py.detach(|| state.clear());",
    ],
)
def test_a_lock_is_reported_where_its_holder_needs_the_interpreter(each: str) -> None:
    found = [one for one in shared(each) if one.item == "Store::push"]
    assert len(found) == 1
    assert found[0].severity is Severity.ERROR
    assert "take the lock in `py.detach(|| ..)`, with `py: Python<'_>`" in found[0].help
    assert "`Store::each`" in found[0].message


@pytest.mark.parametrize(
    "each",
    [
        "let n = self.state.read().unwrap().len(); callback.call1(py, (n,));",
        "let state = self.state.read().unwrap(); drop(state); callback.call0(py);",
        "{ let state = self.state.read().unwrap(); } callback.call0(py);",
        "let state = self.state.read().unwrap().clone(); callback.call1(py, (state,));",
        "py.detach(|| plain(&self.state.read().unwrap()));",
        "let held = self.other.lock().unwrap(); callback.call0(py);",
        "let state = self.state.read().unwrap(); Python::attach(|_py| 1); let n = state.len();",
        "std::thread::spawn(move || callback); let state = self.state.read().unwrap();",
    ],
)
def test_a_lock_that_is_let_go_in_time_is_silent(each: str) -> None:
    assert [one for one in shared(each) if one.item == "Store::push"] == []


def test_two_readers_do_not_wait_for_each_other() -> None:
    each = "let state = self.state.read().unwrap(); callback.call0(py);"
    assert shared(each, push="let n = self.state.read().unwrap().len();") == []


@pytest.mark.parametrize(
    "push",
    [
        "if let Ok(mut state) = self.state.try_write() { state.push(1.0); }",
        "self.state.write_py_attached(py).unwrap().push(1.0);",
        "py.detach(|| self.state.write().unwrap().push(1.0));",
    ],
)
def test_a_lock_that_is_not_waited_for_attached_is_silent(push: str) -> None:
    each = "let state = self.state.read().unwrap(); callback.call0(py);"
    assert shared(each, push=push) == []


@pytest.mark.parametrize(("push", "each"), [("&mut self", "&self"), ("&self", "&mut self")])
def test_an_exclusive_borrow_of_the_object_keeps_the_other_method_out(push: str, each: str) -> None:
    source = f"""
#[pyclass]
pub struct Store {{ state: Arc<Mutex<Vec<f64>>> }}

#[pymethods]
impl Store {{
    fn push({push}) {{ self.state.lock().unwrap().push(1.0); }}
    fn each({each}, py: Python<'_>, callback: Py<PyAny>) {{
        let state = self.state.lock().unwrap();
        callback.call0(py);
    }}
}}
"""
    assert "Store::push" not in {one.item for one in findings(source)}
    both = source.replace("&mut self", "&self")
    assert "Store::push" in {one.item for one in findings(both)}


@pytest.mark.parametrize(
    ("next_", "reported"), [("mut slf: PyRefMut<'_, Self>", 0), ("slf: PyRef<'_, Self>", 1)]
)
def test_an_exclusive_borrow_by_python_counts_as_well(next_: str, reported: int) -> None:
    source = "".join(
        f"""
#[pyclass]
pub struct {name} {{ worker: RwLock<Option<JoinHandle<f64>>> }}

#[pymethods]
impl {name} {{
    fn __next__({next_}) -> f64 {{
        if slf.worker.read().unwrap().is_none() {{ return 0.0; }}
        let mut worker = slf.worker.write().unwrap();
        worker.take().unwrap().join().unwrap()
    }}
}}
"""
        for name in ("Rows", "Columns")
    )
    locks = [one for one in findings(source) if "waits for a lock" in one.message]
    assert {one.item for one in locks} == (
        {"Rows::__next__", "Columns::__next__"} if reported else set()
    )


def test_detaching_under_the_lock_is_certain_and_calling_python_likely() -> None:
    detaches = "let state = self.state.read().unwrap(); py.detach(|| plain(&state));"
    calls = "let state = self.state.read().unwrap(); callback.call0(py);"
    assert shared(detaches)[0].confidence is Confidence.CERTAIN
    assert shared(calls)[0].confidence is Confidence.LIKELY


def test_a_holder_that_only_sleeps_makes_it_a_warning() -> None:
    nap = "std::thread::sleep(std::time::Duration::from_secs(1));"
    each = f"py.detach(|| {{ let s = self.state.read().unwrap(); {nap} drop(s); }});"
    (found,) = shared(each)
    assert found.severity is Severity.WARNING


def test_locks_around_a_type_of_the_crate_are_the_same_wherever_they_are() -> None:
    source = """
pub struct Job { callback: Py<PyAny> }
type Jobs = Arc<Mutex<Vec<Job>>>;

fn run(jobs: &Jobs) {
    let held = jobs.lock().unwrap();
    Python::attach(|py| held[0].callback.call0(py));
}

enum Queue { Shared(Arc<Mutex<Vec<Job>>>), Empty }

#[pyclass]
pub struct Pool { queue: Queue }

#[pymethods]
impl Pool {
    fn clear(&self) {
        match &self.queue {
            Queue::Shared(jobs) => jobs.lock().unwrap().clear(),
            Queue::Empty => {}
        }
    }
}
"""
    (found,) = findings(source)
    assert found.item == "Pool::clear"
    assert "`run` attaches" in found.message


def test_locks_under_another_name_and_in_a_static_are_seen() -> None:
    source = """
use parking_lot::Mutex as Lock;

static LAST: LazyLock<Lock<Vec<f64>>> = LazyLock::new(|| Lock::new(Vec::new()));

#[pyfunction]
fn last() -> usize { LAST.lock().len() }

#[pyfunction]
fn each(py: Python<'_>, callback: Py<PyAny>) {
    let held = LAST.lock();
    callback.call1(py, (held.len(),));
}
"""
    assert {one.item for one in findings(source)} == {"last", "each"}


def test_a_method_of_the_trait_of_what_the_lock_holds_is_followed() -> None:
    source = """
pub trait Step { fn step(&self, x: f64) -> f64; }

pub struct Custom { call: Py<PyAny> }
impl Step for Custom {
    fn step(&self, x: f64) -> f64 {
        Python::attach(|py| self.call.call1(py, (x,)).unwrap().extract(py).unwrap())
    }
}

pub struct Plain;
impl Step for Plain { fn step(&self, x: f64) -> f64 { x } }

pub enum Kind { Custom(Custom), Plain(Plain) }

#[pyclass]
pub struct Chain { step: Arc<RwLock<Kind>> }

#[pymethods]
impl Chain {
    fn set(&self) { *self.step.write().unwrap() = Kind::Plain(Plain); }

    fn run(&self, py: Python<'_>, x: f64) -> f64 {
        py.detach(|| match &*self.step.read().unwrap() {
            Kind::Custom(one) => one.step(x),
            Kind::Plain(one) => one.step(x),
        })
    }
}
"""
    (found,) = findings(source)
    assert found.item == "Chain::set"
    assert "`step`" in found.message


def test_a_method_of_the_same_name_with_other_arguments_is_another_one() -> None:
    source = """
#[pyclass]
pub struct Frame { rows: RwLock<other_crate::Rows> }

#[pymethods]
impl Frame {
    fn shrink(&self, py: Python<'_>, callback: Py<PyAny>) {
        callback.call0(py);
        self.rows.write().unwrap().shrink();
    }
    fn len(&self) -> usize { self.rows.read().unwrap().len() }
}
"""
    assert findings(source) == []


GUARDED = """
pub struct Shared<T> { inner: Arc<Mutex<Vec<T>>> }
impl<T> Shared<T> {
    fn with<F: FnOnce(&T) -> U, U>(&self, run: F) -> U {
        let held = self.inner.lock().unwrap();
        run(&held[0])
    }
}
#[pyclass]
pub struct Cell { kept: Shared<f64> }
#[pymethods]
impl Cell {
    fn value(&self) -> f64 { self.kept.with(|x| *x) }
    fn each(&self, py: Python<'_>, callback: Py<PyAny>) -> PyResult<()> {
        DO
    }
}
"""


def test_a_closure_that_calls_python_is_run_under_a_lock() -> None:
    (found,) = findings(
        GUARDED.replace("DO", "self.kept.with(|x| callback.call1(py, (*x,)))?; Ok(())")
    )
    assert found.item == "Shared::with"
    assert "`Shared::with` calls Python (`run`)" in found.message


def test_a_closure_that_stays_in_rust_may_be_run_under_a_lock() -> None:
    plain = "let x = self.kept.with(|x| *x); callback.call1(py, (x,))?; Ok(())"
    assert findings(GUARDED.replace("DO", plain)) == []


FED = """
pub struct Items { left: Vec<Py<PyAny>> }
impl Iterator for Items {
    type Item = f64;
    fn next(&mut self) -> Option<f64> { NEXT }
}
#[pyclass]
pub struct Total { sum: Arc<RwLock<f64>> }
impl Total {
    fn feed<I: Iterator<Item = f64>>(&self, items: I) {
        let mut sum = self.sum.write().unwrap();
        *sum += items.sum::<f64>();
    }
}
fn run<I: Iterator<Item = f64>>(total: &Total, items: I) { total.feed(items.take(3)) }
#[pymethods]
impl Total {
    fn add(&self, py: Python<'_>, left: Vec<Py<PyAny>>) {
        let items = Items { left };
        py.detach(|| run(self, items))
    }
    fn get(&self) -> f64 { *self.sum.read().unwrap() }
}
"""


def test_an_iterator_that_attaches_is_run_under_a_lock() -> None:
    attaching = "Python::attach(|py| self.left.pop()?.extract(py).ok())"
    (found,) = findings(FED.replace("NEXT", attaching))
    assert found.item == "Total::get"
    assert "`Total::feed` attaches (`items`)" in found.message
    assert findings(FED.replace("NEXT", "self.left.pop().map(|_| 1.0)")) == []


TRAINED = """
pub struct State { x: f64 }

#[pyclass(subclass)]
DERIVED
pub struct Coach { pub state: Arc<RwLock<State>> }
impl Coach {
    fn feed<I: Iterator<Item = f64>>(RECEIVER, items: I) {
        self.state.write().unwrap().x += items.sum::<f64>();
    }
}

#[pyclass(extends = Coach)]
pub struct Sprinter {}
#[pymethods]
impl Sprinter {
    #[getter]
    fn get_x(self_: PyRef<'_, Self>) -> f64 {
        let base = self_.as_ref();
        base.state.read().unwrap().x
    }
}

pub struct Items { left: Vec<Py<PyAny>> }
impl Iterator for Items {
    type Item = f64;
    fn next(&mut self) -> Option<f64> { Python::attach(|py| self.left.pop()?.extract(py).ok()) }
}

#[pyfunction]
fn train(py: Python<'_>, coach: COACH, left: Vec<Py<PyAny>>) {
    let items = Items { left };
    py.detach(|| coach.feed(items))
}
MORE
"""


def trained(
    receiver: str = "&mut self", coach: str = "&mut Coach", derived: str = "", more: str = ""
) -> set[str]:
    source = TRAINED.replace("RECEIVER", receiver).replace("COACH", coach)
    return {one.item for one in findings(source.replace("DERIVED", derived).replace("MORE", more))}


def test_who_borrows_the_object_alone_keeps_subclasses_out_as_well() -> None:
    assert trained() == set()
    assert trained("&self", "&Coach") == {"Sprinter::get_x"}


def test_a_clone_of_a_value_that_nobody_else_has_shares_no_lock() -> None:
    fresh = """
impl Coach {
    fn wrapped(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let base = self.clone();
        Ok(Py::new(py, (Sprinter {}, base))?.into_any())
    }
}
fn made() -> Coach { Coach { state: Arc::new(RwLock::new(State { x: 0.0 })) } }
#[pyfunction]
fn coach(py: Python<'_>) -> PyResult<Py<PyAny>> { made().wrapped(py) }
"""
    assert trained(derived="#[derive(Clone)]", more=fresh) == set()


@pytest.mark.parametrize(
    "more",
    [
        "#[pymethods]\nimpl Coach { fn twin(&self) -> Self { self.clone() } }",
        "#[pymethods]\nimpl Coach {"
        " fn twin(&self) -> Self { Coach { state: Arc::clone(&self.state) } } }",
        "#[pymethods]\nimpl Coach { fn twin(&self) -> Self {"
        " let state = self.state.clone(); Coach { state } } }",
        "#[pyfunction]\nfn taken(coach: Coach) {}",
        "fn over(state: Arc<RwLock<State>>) -> Coach { Coach { state } }",
        "#[derive(Clone)]\npub struct Team { best: Coach }",
        "impl Coach { fn twin(&self) -> Self { self.clone() } }\n"
        "#[pyfunction]\nfn two(coach: PyRef<'_, Coach>) -> Coach { coach.twin() }",
    ],
)
def test_an_object_that_shares_its_lock_is_not_kept_out(more: str) -> None:
    assert trained(derived="#[derive(Clone)]", more=more) == {"Sprinter::get_x"}


def test_a_copy_of_a_handle_waits_for_a_closure_that_calls_python() -> None:
    source = """
#[derive(Clone)]
pub struct Handle { inner: Arc<Mutex<Vec<f64>>> }
impl Handle {
    fn with<F: FnOnce(&mut Vec<f64>) -> U, U>(&mut self, run: F) -> U {
        let mut held = self.inner.lock().unwrap();
        run(&mut held)
    }
}
#[pyclass]
pub struct View { kept: Handle }
#[pymethods]
impl View {
    fn twin(&self) -> View { View { kept: self.kept.clone() } }
    fn each(&mut self, py: Python<'_>, callback: Py<PyAny>) -> PyResult<Py<PyAny>> {
        self.kept.with(|values| callback.call1(py, (values.len(),)))
    }
}
"""
    (found,) = findings(source)
    assert found.item == "Handle::with"
    alone = source.replace("fn twin(&self) -> View { View { kept: self.kept.clone() } }", "")
    assert findings(alone) == []


WAITS = """
#[pyclass]
pub struct Store { state: Arc<LOCK<Vec<f64>>> }
#[pymethods]
impl Store {
    fn push(&self, TOKEN) { self.state.TAKE().push(1.0); }
    fn each(&self, py: Python<'_>, callback: Py<PyAny>) {
        let state = self.state.TAKE();
        callback.call0(py);
    }
}
"""


def help_of(lock: str, take: str, pyo3: str, token: str = "", head: str = HEAD) -> str:
    source = WAITS.replace("LOCK", lock).replace("TAKE", take).replace("TOKEN", token)
    found = audit_source(head + source, (RULE,), pyo3=pyo3).findings
    return next(one.help for one in found if one.item == "Store::push")


def test_the_help_names_what_the_crates_pyo3_has() -> None:
    token = "py: Python<'_>"
    assert "use `lock_py_attached(py)`;" in help_of("Mutex", "lock", "0.24.0", token)
    assert "use `write_py_attached(py)`;" in help_of("RwLock", "write", "0.27.0", token)
    assert "in `py.allow_threads(|| ..)`," in help_of("Mutex", "lock", "0.23.5", token)
    assert "in `py.detach(|| ..)`," in help_of("RwLock", "write", "0.26.0", token)


def test_the_help_tells_what_is_lacking() -> None:
    head = "use pyo3::prelude::*;\nuse std::sync::Arc;\nuse parking_lot::RwLock;\n"
    lacking = help_of("RwLock", "write", "0.29.0", head=head)
    assert "with `py: Python<'_>` as an argument" in lacking
    assert "the feature `parking_lot` of PyO3" in lacking


def test_of_two_holders_one_is_named_that_can_meet() -> None:
    source = """
#[pyclass]
pub struct Tree { nodes: Mutex<Vec<u8>>, kinds: Mutex<Vec<f64>> }
#[pymethods]
impl Tree {
    fn both(&self, py: Python<'_>, callback: Py<PyAny>) {
        let nodes = self.nodes.lock().unwrap();
        let kinds = self.kinds.lock().unwrap();
        py.detach(|| kinds.len());
        callback.call1(py, (nodes.len(),));
    }
    fn kind(&self, py: Python<'_>, callback: Py<PyAny>) {
        let kinds = self.kinds.lock().unwrap();
        callback.call1(py, (kinds.len(),));
    }
}
"""
    found = [one for one in findings(source) if one.item == "Tree::both"]
    assert ["`Tree::kind`" in one.message for one in found] == [False, True]
