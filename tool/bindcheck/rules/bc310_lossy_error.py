"""BC310: errors of the crate that do not reach Python whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.failing.failures import Loss, Lost, lost_errors
from bindcheck.analysis.flow.types import RESULTS
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import item_of
from bindcheck.findings import Confidence, Edit, Finding, Fix, Safety, Severity
from bindcheck.model import Call, Closure, ItemRef, Literal, MethodCall, Node, Path, Span
from bindcheck.rules.base import CrateRule, Example
from bindcheck.rules.core_examples import LAGGED, LAGGED_ENUM, LEVEL_PY, SMOOTHED
from bindcheck.rules.example_crates import binding_crate

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
    other functions that give sequences; and (likely) one that is raised as a bare `Exception`, as
    a warning or an interrupt, or as another class than four fifths of the crate's bindings raise
    for their cores. What an exception of the crate's own says is looked at where it is dropped for
    another one (likely). Likely is also that a caller in a file whose bindings take texts drops
    (`if let Ok(..)`, `Err(_) => ..`) an error of a function that gives numbers and refuses names it
    does not know (a `match` of a text that ends in an error): a misspelt name gives NaN, unless it
    is refused in the same file before. Silent are errors that say nothing themselves (`()`, one
    bare variant), alternatives that other functions compute, errors of other crates and what their
    `From` makes of errors, functions that clean up, and a bare class in `__repr__`, `__str__` and
    `__format__`. Of a value that is only known by a trait of the crate the declaration in the trait
    counts.

    Two sorts of errors of other crates are known, and likely. Why a file or a socket (`std::fs`,
    `std::net`) or a text that is read by a grammar (`serde_json`, `toml`) could not be read is told
    by the error that `map_err(|_| ..)` drops, in any function that bindings reach. And `ArrowError`
    is raised by `PyArrowError` as a bare `Exception`: one finding for each function that gives it.

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
            _message(one),
            help=_help(program, one),
            confidence=_confidence(one),
            fix=_fix(program, one),
        )


def _python(name: str) -> str:
    return name.removeprefix("Py")


def _message(one: Lost) -> str:
    if one.loss is Loss.MESSAGE:
        return f"what `{one.callee}` says is dropped: `{_python(one.detail)}` is raised without it"
    if one.loss is Loss.SWALLOWED:
        return f"an error of `{one.callee}` becomes a constant: the caller learns nothing of it"
    if one.loss is Loss.IGNORED:
        return f"an error of `{one.callee}`, which refuses names it does not know, is dropped here"
    name = _python(one.detail)
    if one.loss is Loss.OTHER_CLASS:
        usual = _python(one.usual)
        return f"errors of `{one.callee}` are raised as `{name}`, those of other cores as `{usual}`"
    if name in ("Exception", "BaseException"):
        return f"errors of `{one.callee}` are raised as bare `{name}`: nobody can catch them alone"
    return f"errors of `{one.callee}` are raised as `{name}`, which is not meant for errors"


def _help(program: Program, one: Lost) -> str:
    if one.loss is Loss.MESSAGE:
        made = f"{one.detail}::new_err(e.to_string())"
        own = not one.detail.startswith("Py") or "::" in one.detail
        return (
            f"put the error into the message: `{f'{one.detail}(e.to_string())' if own else made}`"
        )
    if one.loss is Loss.SWALLOWED:
        fallible = program.function(one.place.ref).returns.name in RESULTS
        how = "raise it" if fallible else "return a `PyResult` and raise it"
        return f"{how}: `map_err(|e| PyValueError::new_err(e.to_string()))?`"
    if one.files and not one.usual:
        return "raise `OSError` for what fails with a file, `ValueError` for a wrong argument"
    if one.loss is Loss.IGNORED:
        return "hand the error on, or refuse what it fails for where that comes from Python"
    usual = one.usual or "PyValueError"
    return f"raise `{_python(usual)}` for what a caller passed wrongly"


def _confidence(one: Lost) -> Confidence:
    told = one.loss is Loss.MESSAGE and not one.python
    sure = told or (one.loss is Loss.SWALLOWED and one.core)
    return Confidence.CERTAIN if sure else Confidence.LIKELY


def _fix(program: Program, one: Lost) -> Fix | None:
    """`|_| Error::new_err("text")` with the error behind the text."""
    if one.loss is not Loss.MESSAGE or not one.shown:
        return None
    path = one.place.ref.path
    known = {span: (param, text) for span, param, text in _texts_in(program, one.place.ref)}
    if one.place.span not in known:
        return None
    param, text = known[one.place.span]
    written = text.text.replace("{", "{{").replace("}", "}}")
    edits = (
        Edit(path, param.start, param.end, "e"),
        Edit(path, text.span.start, text.span.end, f'format!("{written}: {{e}}")'),
    )
    return Fix("put the error into the message", edits, Safety.SAFE)


@answered("texts of errors")
def _texts_in(program: Program, ref: ItemRef) -> tuple[tuple[Span, Span, Literal], ...]:
    """Where errors become a text, with the parameter of the closure that does it."""
    anatomy = anatomy_of(program, ref)
    calls = anatomy.all(MethodCall) if anatomy is not None else ()
    closures = [(one.span, one.args[0]) for one in calls if one.method == "map_err" and one.args]
    return tuple(
        (span, one.params[0].span, text)
        for span, one in closures
        if isinstance(one, Closure) and len(one.params) == 1
        if (text := _text(one.body)) is not None and _is_quoted(program, ref.path, text)
    )


def _is_quoted(program: Program, path: str, text: Literal) -> bool:
    """Whether a string is written without `r` or `c` before it."""
    return program.quoted(path)[text.span.start : text.span.start + 1] == b'"'


def _text(body: Node) -> Literal | None:
    """The only argument of `Error::new_err("..")`."""
    called = body.function if isinstance(body, Call) else None
    if not isinstance(body, Call) or not isinstance(called, Path) or called.last != "new_err":
        return None
    only = body.args[0] if len(body.args) == 1 else None
    return only if isinstance(only, Literal) and only.kind == "str" else None
