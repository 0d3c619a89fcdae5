//! Ctrl-C and other signals during a call that runs detached.

use std::cell::Cell;
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use crate::interrupt::watched;
use crate::python::Raise;

/// How long a signal may wait. Python must be attached to serve it, which takes as long as another thread holds on.
const INTERVAL: Duration = Duration::from_millis(50);

/// `work` as it is run inside `py.detach`: about every 50 ms the handlers of signals that came meanwhile are run, and an
/// exception that one of them raises ends the call.
///
/// Python runs handlers in its main thread only, so a call on another thread runs to its end. A handler is Python code in
/// the middle of the call: like another thread, it must neither write to the arrays in use nor resize them.
pub fn interruptible<T>(work: impl FnOnce() -> Result<T, Raise>) -> impl FnOnce() -> Result<T, Raise> {
    || {
        let signals = Signals { looked: Cell::new(None), elsewhere: Cell::new(None), raised: Cell::new(None) };
        let result = watched(&|| signals.stop(), work);
        match signals.raised.into_inner() {
            Some(error) => Err(Raise::Signal(error)),
            None => result,
        }
    }
}

/// What is known about the signals of one call.
struct Signals {
    /// When the last look was; none before the call has become a long one.
    looked: Cell<Option<Instant>>,
    /// Whether signals are served on another thread than this one, once that was found out.
    elsewhere: Cell<Option<bool>>,
    raised: Cell<Option<Box<PyErr>>>,
}

impl Signals {
    /// Whether a handler has raised an exception.
    fn stop(&self) -> bool {
        match self.looked.get() {
            Some(looked) if looked.elapsed() < INTERVAL || self.elsewhere.get() == Some(true) => false,
            looked => {
                let raised = looked.is_some() && self.look();
                self.looked.set(Some(Instant::now()));
                raised
            }
        }
    }

    fn look(&self) -> bool {
        // An interpreter that is going away has no handlers any more.
        let looked = Python::try_attach(|py| {
            py.check_signals()?;
            if self.elsewhere.get().is_none() {
                // Python code, which can be where a handler raises.
                self.elsewhere.set(Some(!is_main_thread(py)?));
            }
            Ok(())
        });
        if let Some(Err(error)) = looked {
            self.raised.set(Some(Box::new(error)));
            return true;
        }
        false
    }
}

/// Whether this is the thread that Python calls the main one.
fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import("threading")?;
    threading.call_method0("get_ident")?.eq(threading.call_method0("main_thread")?.getattr("ident")?)
}
