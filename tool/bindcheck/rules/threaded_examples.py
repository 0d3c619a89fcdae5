"""Small crates with threads, locks and channels, for rules about waiting while attached."""

from __future__ import annotations

from bindcheck.rules.example_crates import binding_crate

ROUTES = """
use std::sync::{Arc, Mutex};

pub struct Route {
    path: String,
    handler: Py<PyAny>,
}

impl Clone for Route {
    fn clone(&self) -> Self {
        Python::with_gil(|py| Route {
            path: self.path.clone(),
            handler: self.handler.clone_ref(py),
        })
    }
}

fn answer(routes: &Arc<Mutex<Vec<Route>>>) -> Vec<Route> {
    routes.lock().map(|known| known.clone()).unwrap_or_default()
}
"""
_SERVER = """
#[pyclass]
pub struct Server {
    routes: Arc<Mutex<Vec<Route>>>,
}

#[pymethods]
impl Server {
    #[new]
    fn new() -> Self {
        Server { routes: Arc::default() }
    }

    fn start(&self) {
        let routes = self.routes.clone();
        std::thread::spawn(move || answer(&routes).len());
    }

    #[pyo3(signature = (path, handler))]
    fn add_route(&self, PY path: String, handler: Py<PyAny>) -> PyResult<()> {
        let mut routes = self
            .routes
            TAKE
            .map_err(|_| PyValueError::new_err("poisoned"))?;
        routes.push(Route { path, handler });
        Ok(())
    }
}
"""
_WATCHER = """
use std::sync::RwLock;

#[pyclass]
pub struct Watcher {
    state: RwLock<Vec<f64>>,
}

#[pymethods]
impl Watcher {
    #[new]
    fn new() -> Self {
        Watcher { state: RwLock::new(Vec::new()) }
    }

    fn push(&self, x: f64) {
        if let Ok(mut state) = self.state.write() {
            state.push(x);
        }
    }

    fn len(&self) -> usize {
        self.state.read().map(|state| state.len()).unwrap_or(0)
    }

    fn total(&self, py: Python<'_>) -> f64 {
        py.allow_threads(|| self.state.read().map(|state| state.iter().sum()).unwrap_or(0.0))
    }

    fn each(&self, py: Python<'_>, callback: Py<PyAny>) -> PyResult<()> {
BODY
        Ok(())
    }
}
"""
_ENGINE = """
use std::sync::Mutex;
use std::thread::JoinHandle;

#[pyclass]
pub struct Engine {
    worker: Mutex<Option<JoinHandle<()>>>,
}

#[pymethods]
impl Engine {
    #[new]
    fn new() -> Self {
        Engine { worker: Mutex::new(None) }
    }

    fn start(&self, callback: Py<PyAny>) {
        let handle = std::thread::spawn(move || WORK);
        if let Ok(mut worker) = self.worker.lock() {
            *worker = Some(handle);
        }
    }

    fn stop(&self, py: Python<'_>) {
        let handle = self.worker.lock().ok().and_then(|mut worker| worker.take());
        if let Some(handle) = handle {
            STOP
        }
    }
}
"""


def class_crate(code: str, name: str, *, core: str = "") -> str:
    """A crate with `core`, the class in `code`, and a module that exports it."""
    whole = binding_crate(code, core=core)
    head, _, tail = whole.rpartition("    Ok(())\n")
    return f"{head}    m.add_class::<{name}>()?;\n    Ok(())\n{tail}"


def server(take: str, py: str = "") -> str:
    """A server whose thread clones Python objects under a lock; `take` is how a method takes it."""
    return class_crate(_SERVER.replace("TAKE", take).replace("PY ", py), "Server", core=ROUTES)


def watcher(body: str) -> str:
    """A class whose `each` has this body; other methods read and write its state."""
    return class_crate(_WATCHER.replace("BODY", body.rstrip("\n")), "Watcher")


def engine(work: str, stop: str) -> str:
    """A class that starts a thread, which does `work`, and ends it with `stop`."""
    return class_crate(_ENGINE.replace("WORK", work).replace("STOP", stop), "Engine")
