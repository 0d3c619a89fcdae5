"""BC310: errors of the crate that do not reach Python whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.failing.failures import Lost, lost_errors
from bindcheck.analysis.failing.treated import Loss
from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import item_of
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.rules.base import CrateRule, Example
from bindcheck.rules.core_examples import LAGGED, LAGGED_ENUM, LEVEL_PY, SMOOTHED
from bindcheck.rules.example_crates import binding_crate
from bindcheck.rules.telling import fix_of, help_of, message_of

_SIGNATURE = """
#[pyfunction]
#[pyo3(name = "lagged")]
fn lagged_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    lag: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
"""


def _level(core: str, result: str) -> str:
    return binding_crate(LEVEL_PY.replace("RESULT", result), "level", core=SMOOTHED + core)


def _lagged(body: str, core: str = LAGGED) -> str:
    rest = "    Ok(values.into_pyarray(py))\n}"
    return binding_crate(f"{_SIGNATURE}{body}{rest}", "lagged_py", core=core)


def _stored(raised: str) -> str:
    return binding_crate(
        f"""
#[pyfunction]
fn levels_in(py: Python<'_>, path: std::path::PathBuf) -> PyResult<String> {{
    py.allow_threads(|| std::fs::read_to_string(path).map_err({raised}))
}}
""",
        "levels_in",
        core="",
    )


class LossyError(CrateRule):
    """An error of the crate that loses its message, its class or itself on the way to Python.

    ## What it does

    Looks at the errors of the crate's own functions where bindings, their helpers and conversions
    to `PyErr` handle them. Reports an exception that is raised without what the error says
    (`map_err(|_| ..)`, `Err(_) => Err(..)`, `.ok().ok_or(..)`); an error that becomes a constant
    (`unwrap_or(f64::NAN)`, `Err(_) => None`), certain for the core of an indicator, likely for
    other functions that give sequences; and (likely) one that is raised as a bare `Exception`, as a
    warning or an interrupt, or as another class than four fifths of the crate's bindings raise for
    their cores. What an exception of the crate's own says is looked at where it is dropped for
    another one (likely). Likely is also that a caller in a file whose bindings take texts drops
    (`if let Ok(..)`, `Err(_) => ..`, `.ok()` with a constant in the end) an error of a function
    that gives numbers and refuses names it does not know (a `match` of a text that ends in an
    error), or makes another error of it that is given for other causes: a misspelt name gives NaN,
    unless it is refused in the same file before. Likely are results that are bound to `_`, of
    functions that write to a slice: where the entry point, run for 0, NaN and modes that no arm of
    a `match` is for, gets to one that fails; and in bindings those of any function of the crate
    (`let _ = store(data)`, `store(data).ok();`) that is handed a variable, and neither cleans up
    nor logs. So are, in whatever bindings reach, lists that are made up (`Err(_) => vec![start]`)
    where a function refuses to give one, which is inside the one that calls it, or called by no
    other of its file that might hand its error on. Silent are errors that say nothing themselves
    (`()`, one bare variant), alternatives that other functions compute, errors of other crates and
    what their `From` makes of errors, functions that clean up, and a bare class in `__repr__`,
    `__str__` and `__format__`. Of a value that is only known by a trait of the crate the
    declaration in the trait counts.

    Two sorts of errors of other crates are known, and likely. Why a file or a socket (`std::fs`,
    `std::net`) or a text that is read by a grammar (`serde_json`, `toml`) could not be read is told
    by the error that `map_err(|_| ..)` drops, in any function that bindings reach. And `ArrowError`
    is raised by `PyArrowError` as a bare `Exception`: one finding for each function that gives it.

    An error whose class is known may be made into text, so that another exception arrives: that of
    a file (`fs`, `File`), of which PyO3 makes `FileNotFoundError` or `PermissionError`, raised as
    anything but an `OSError`, by a helper for any error, too; and one that the crate's `From` for
    `PyErr` knows, itself or in a variant, put into a variant of text (`Failure::Other(text)`) or
    raised as `RuntimeError`, where that `From` has other classes. Certain where the text is the
    error's alone and its type is written down (of files: where `RuntimeError` or `Exception`
    arrives), else likely. Silent for exceptions of the crate, and for errors that no `From` knows.

    Likely, too, are errors that nobody hears of: one that a thread of the binding only prints,
    where it ends with it or would else have sent a result, one of a function of the crate that a
    fallible function prints and goes on, an exception that is only set (`restore`) where a result
    is given, and a `BufWriter` of a file, or of a writer that calls Python, that is dropped
    unflushed, where all that is written to it is seen. So is a helper through which a `Write`,
    `Read` or `Seek` of the crate makes the text of a `PyErr` an `io::Error`: a `KeyError` of the
    caller's file object, or an interrupt, then arrives as `OSError`.

    ## Why it matters

    The core knows that the period is 50 and the data has 20 values; the user reads "computation
    failed", or gets NaN and looks for the fault in the data. An error of the wrong class is caught
    by nobody, or by somebody who meant another.

    ## Example

    ## Instead

    ## Fix safety

    Safe: the text that is raised stays and the error's own is put behind it, where the error can be
    displayed. There is no automatic fix for swallowed errors and for classes.
    """

    code: ClassVar[str] = "BC310"
    name: ClassVar[str] = "lossy-error"
    summary: ClassVar[str] = "error without its message, of the wrong class, or swallowed"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _lagged(
                """\
    let values = py
        .allow_threads(|| lagged(slice, lag))
        .map_err(|_| PyValueError::new_err("lagged failed"))?;
"""
            ),
            "the message is dropped",
        ),
        Example(
            _lagged(
                """\
    let values = match py.allow_threads(|| lagged(slice, lag)) {
        Ok(values) => values,
        Err(_) => return Err(PyValueError::new_err("lagged failed")),
    };
""",
                LAGGED_ENUM,
            ),
            "the same as a match",
        ),
        Example(
            _lagged(
                "    let values = py.allow_threads(|| lagged(slice, lag)).unwrap_or_default();\n"
            ),
            "an error is an empty array",
        ),
        Example(
            _lagged(
                "    let values = py.allow_threads(|| lagged(slice, lag)).map_err(to_python)?;\n",
                LAGGED_ENUM
                + """
fn to_python(error: LagError) -> PyErr {
    PyValueError::new_err("lagged failed")
}
""",
            ),
            "a conversion that does not look",
        ),
        Example(
            _lagged(
                """\
    let values = py
        .allow_threads(|| lagged(slice, lag))
        .map_err(|e| pyo3::exceptions::PyException::new_err(e))?;
"""
            ),
            "raised as a bare `Exception`",
        ),
        Example(
            binding_crate(
                """
trait Filter {
    fn filter(&self, level: f64) -> Result<f64, String>;
}

struct Gate(f64);

impl Filter for Gate {
    fn filter(&self, level: f64) -> Result<f64, String> {
        if level < self.0 {
            return Err(format!("{level} is below {}", self.0));
        }
        Ok(level)
    }
}

fn filtered<F: Filter>(filter: &F, level: f64) -> PyResult<f64> {
    filter.filter(level).map_err(|e| pyo3::exceptions::PyException::new_err(e))
}

#[pyfunction]
fn passes(level: f64, gate: f64) -> PyResult<f64> {
    filtered(&Gate(gate), level)
}
""",
                "passes",
                core="",
            ),
            "of a method that a trait declares",
        ),
        Example(
            _level(
                """
fn level_of(kind: &str, data: &[f64]) -> f64 {
    match smoothed(kind, data) {
        Ok(values) => values.iter().sum(),
        Err(_) => data.iter().sum(),
    }
}
""",
                "Ok(py.allow_threads(|| level_of(kind, slice)))",
            ),
            "an unknown name is as good as none",
        ),
        Example(
            _stored('|_| PyValueError::new_err("no levels")'),
            "why a file could not be read",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _lagged(
                """\
    let values = py
        .allow_threads(|| lagged(slice, lag))
        .map_err(|e| PyValueError::new_err(format!("lagged failed: {e}")))?;
"""
            ),
            "the message goes along",
        ),
        Example(
            _lagged(
                """\
    let values = py
        .allow_threads(|| lagged(slice, lag))
        .or_else(|_| py.allow_threads(|| lagged(slice, 1)))
        .map_err(PyValueError::new_err)?;
"""
            ),
            "another way to a result",
        ),
        Example(
            _lagged(
                """\
    let values = py
        .allow_threads(|| lagged(slice, lag))
        .map_err(|_| PyValueError::new_err("the grid is empty"))?;
""",
                """
struct EmptyGrid;

fn lagged(data: &[f64], lag: usize) -> Result<Vec<f64>, EmptyGrid> {
    if lag == 0 {
        return Err(EmptyGrid);
    }
    Ok(data.windows(lag).map(|w| w[lag - 1] - w[0]).collect())
}
""",
            ),
            "an error that says nothing itself",
        ),
        Example(
            binding_crate(
                """
fn configured(name: &str) -> Result<usize, String> {
    if name.is_empty() {
        return Err("no name".to_string());
    }
    Ok(name.len())
}

#[pyfunction]
fn threads() -> usize {
    configured("").unwrap_or(4)
}
""",
                "threads",
                core="",
            ),
            "a setting with a default",
        ),
        Example(
            _level(
                """
fn level_of(kind: &str, data: &[f64]) -> Result<f64, String> {
    smoothed(kind, data).map(|values| values.iter().sum())
}
""",
                "py.allow_threads(|| level_of(kind, slice)).map_err(PyValueError::new_err)",
            ),
            "the error of an unknown name is handed on",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
fn number_in(text: &str) -> PyResult<f64> {
    text.parse().map_err(|_| PyValueError::new_err(format!("{text:?} is no number")))
}
""",
                "number_in",
                core="",
            ),
            "an error of the standard library, said better",
        ),
        Example(
            _stored('|e| pyo3::exceptions::PyOSError::new_err(format!("no levels: {e}"))'),
            "why a file could not be read goes along",
        ),
    )

    def check(self, program: Program) -> Iterator[Finding]:
        """Yield a finding for each place where something of an error is lost."""
        for one in lost_errors(program):
            yield self.about(program, one)

    def about(self, program: Program, one: Lost) -> Finding:
        """What is said of one place."""
        return self.finding(
            program,
            span_of(one.place),
            item_of(program, one.place.ref),
            message_of(one),
            help=help_of(program, one),
            confidence=_confidence(one),
            fix=fix_of(program, one),
        )


def _confidence(one: Lost) -> Confidence:
    told = one.loss is Loss.MESSAGE and not one.python
    sure = one.sure or told or (one.loss is Loss.SWALLOWED and one.core)
    return Confidence.CERTAIN if sure else Confidence.LIKELY
