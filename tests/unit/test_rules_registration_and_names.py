"""Severity by release, and fixes, of BC105, BC106, BC110 and BC401."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.fix.edits import apply_edits, edits_of
from bindcheck.rules import Rule
from bindcheck.rules.bc105_not_registered import NotRegistered
from bindcheck.rules.bc106_missing_signature import MissingSignature
from bindcheck.rules.bc110_exported_name import ExportedName
from bindcheck.rules.bc401_pyo3_renamed_api import Pyo3RenamedApi
from bindcheck.rules.binding_names import plain_name
from bindcheck.testing import audit_source

OPTIONAL = "#[pyfunction]\nfn f(x: f64, y: Option<f64>) {}\n"


def findings(source: str, rule: Rule, pyo3: str = "0.25.0") -> list[Finding]:
    return list(audit_source(source, (rule,), pyo3=pyo3).findings)


def fixed(source: str, rule: Rule, pyo3: str = "0.25.0") -> str:
    found = [one for one in findings(source, rule, pyo3) if one.fix]
    edits = edits_of(found).get("src/lib.rs", ())
    return apply_edits(source.encode(), edits).decode()


@pytest.mark.parametrize(
    ("pyo3", "severity"),
    [
        ("0.20.3", None),
        ("0.21.2", None),
        ("0.22.6", Severity.WARNING),
        ("0.23.5", Severity.ERROR),
        ("0.24.0", Severity.WARNING),
        ("0.30.0", Severity.WARNING),
    ],
)
def test_what_a_missing_signature_means_depends_on_the_release(
    pyo3: str, severity: Severity | None
) -> None:
    found = findings(OPTIONAL, MissingSignature(), pyo3)
    assert [one.severity for one in found] == ([] if severity is None else [severity])
    assert all(one.confidence is Confidence.LIKELY for one in found)


@pytest.mark.parametrize(
    ("beside", "severity"),
    [
        ("#[pyo3(signature = (x, y=None))]\nfn g(x: f64, y: Option<f64>) {}", Severity.ERROR),
        ("#[pyo3(signature = (x, y))]\nfn g(x: f64, y: Option<f64>) {}", Severity.WARNING),
        ("#[pyo3(signature = (z, y=3))]\nfn g(z: &str, y: usize) {}", Severity.WARNING),
    ],
)
def test_a_default_in_a_binding_of_the_same_arguments_makes_it_an_error(
    beside: str, severity: Severity
) -> None:
    (found,) = findings(f"{OPTIONAL}#[pyfunction]\n{beside}\n", MissingSignature())
    assert (found.item, found.severity) == ("f", severity)


@pytest.mark.parametrize(
    ("signature", "said"),
    [
        ("data, factor=2.0", "`gain_py` gives `factor` a default"),
        ("data, factor", None),
        ("data", None),
    ],
)
def test_the_single_binding_decides_about_the_arguments_of_its_stream(
    signature: str, said: str | None
) -> None:
    source = f"""
use pyo3::prelude::*;
pub struct GainParams {{ pub factor: Option<f64> }}
pub struct GainInput<'a> {{ data: &'a [f64], params: GainParams }}
pub struct GainOutput {{ pub values: Vec<f64> }}
pub fn gain(input: &GainInput) -> Result<GainOutput, String> {{ Err(String::new()) }}
pub struct GainStream {{ factor: f64 }}
impl GainStream {{
    pub fn try_new(params: GainParams) -> Result<Self, String> {{ Err(String::new()) }}
    pub fn update(&mut self, value: f64) -> Option<f64> {{ None }}
}}
#[pyfunction(name = "gain")]
#[pyo3(signature = ({signature}))]
fn gain_py(data: PyReadonlyArray1<'_, f64>, factor: Option<f64>) {{
    gain(&GainInput {{ data: data.as_slice().unwrap(), params: GainParams {{ factor }} }});
}}
#[pyclass(name = "GainStream")]
struct GainStreamPy {{ stream: GainStream }}
#[pymethods]
impl GainStreamPy {{
    #[new]
    fn new(factor: Option<f64>) -> PyResult<Self> {{
        Ok(Self {{ stream: GainStream::try_new(GainParams {{ factor }}).unwrap() }})
    }}
}}
"""
    (found,) = findings(source, MissingSignature())
    assert found.item == "GainStreamPy::new"
    assert found.severity is (Severity.WARNING if said is None else Severity.ERROR)
    assert found.message.endswith(said or "for Python")


def test_an_option_before_a_required_argument_is_advice_without_a_fix() -> None:
    (found,) = findings("#[pyfunction]\nfn f(y: Option<f64>, x: f64) {}\n", MissingSignature())
    assert (found.severity, found.confidence) == (Severity.ADVICE, Confidence.SUSPECT)
    assert found.fix is None
    assert "(y=None, x=..)" in found.help


def test_only_options_that_can_have_a_default_are_named() -> None:
    source = "#[pyfunction]\nfn f(a: Option<u8>, b: u8, c: Option<u8>) {}\n"
    (found,) = findings(source, MissingSignature())
    assert found.message == "without a signature `c` is a required argument for Python"


@pytest.mark.parametrize(
    ("items", "type_"),
    [
        ("use Option as Opt;", "Opt<f64>"),
        ("use std::option::Option as Opt;", "Opt<f64>"),
        ("type Maybe = Option<f64>;", "Maybe"),
        ("type Maybe<T> = Option<T>; type Deep = Maybe<f64>;", "Deep"),
        ("mod types { pub type Maybe = Option<f64>; }\nuse types::Maybe;", "Maybe"),
        ("mod types { pub type Maybe = Option<f64>; }", "types::Maybe"),
        ("mod types { pub use Option as Opt; }\nuse types::Opt;", "Opt<f64>"),
    ],
)
def test_an_option_under_another_name_is_one(items: str, type_: str) -> None:
    source = f"{items}\n#[pyfunction]\nfn f(x: f64, y: {type_}) {{}}\n"
    (found,) = findings(source, MissingSignature())
    assert found.help == "add `#[pyo3(signature = (x, y=None))]`"
    assert (
        findings(
            source.replace("Option<", "Vec<").replace("Option as", "Vec as"), MissingSignature()
        )
        == []
    )


def test_a_signature_goes_into_the_line_of_the_attribute_before_it() -> None:
    text = fixed("#[pyfunction] fn f(y: Option<f64>) {}\n", MissingSignature())
    assert text.startswith("#[pyfunction] #[pyo3(signature = (y=None))] fn f(")


@pytest.mark.parametrize(
    ("parameters", "signature"),
    [
        ("x: f64, y: Option<f64>", "x, y=None"),
        ("py: Python<'_>, a: Option<u8>, b: Option<u8>", "a=None, b=None"),
        ("a: Option<u8>, b: u8, c: Option<u8>", "a, b, c=None"),
    ],
)
def test_the_signature_is_written_from_the_parameters(parameters: str, signature: str) -> None:
    source = f"mod a {{\n    #[pyfunction]\n    pub fn f({parameters}) {{}}\n}}\n"
    text = fixed(source, MissingSignature())
    assert f"    #[pyo3(signature = ({signature}))]\n    pub fn f(" in text
    assert findings(text, MissingSignature()) == []


MODULE = """
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(known, m)?)?;
    Ok(())
}
"""
ITEMS = "#[pyfunction]\nfn known() {}\nmod inner {\n    #[pyfunction]\n    pub fn lost() {}\n}\n"


def test_the_missing_export_is_added_before_the_value_of_the_module() -> None:
    text = fixed(ITEMS + MODULE, NotRegistered())
    added = "    m.add_function(wrap_pyfunction!(crate::inner::lost, m)?)?;\n    Ok(())\n"
    assert added in text
    assert findings(text, NotRegistered()) == []


def test_no_export_is_written_for_what_the_module_cannot_see() -> None:
    hidden = ITEMS.replace("pub fn lost", "fn lost")
    (found,) = findings(hidden + MODULE, NotRegistered())
    assert found.fix is None


@pytest.mark.parametrize("before", ["", "let _ = m; "])
def test_an_export_in_a_module_of_one_line_stays_in_the_line(before: str) -> None:
    module = f"#[pymodule] fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {{ {before}Ok(()) }}"
    text = fixed("#[pyfunction] fn lost() {}\n" + module, NotRegistered())
    assert f"{{ {before}m.add_function(wrap_pyfunction!(lost, m)?)?; Ok(()) }}" in text
    assert findings(text, NotRegistered()) == []


TWO = """
#[pyfunction(name = "dup")]
fn first() {}
FIRST
#[pyclass(name = "dup")]
struct Second;
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(first, m)?)?;
    let inner = PyModule::new(m.py(), "inner")?;
    WHERE.add_class::<Second>()?;
    Ok(())
}
"""


def test_two_bindings_of_one_name_in_a_module_hide_each_other() -> None:
    (found,) = findings(TWO.replace("WHERE", "m").replace("FIRST", ""), NotRegistered())
    assert (found.item, found.severity, found.confidence) == (
        "Second",
        Severity.ERROR,
        Confidence.CERTAIN,
    )
    assert found.message == "hides `first`: both are added to the same module as `dup`"


def test_two_bindings_of_one_name_in_two_modules_do_not() -> None:
    assert findings(TWO.replace("WHERE", "inner").replace("FIRST", ""), NotRegistered()) == []


@pytest.mark.parametrize(
    "choice",
    ["if quick() { FIRST } else { SECOND }", "match 1 { 1 => { FIRST } _ => { SECOND } }"],
)
def test_two_bindings_of_one_name_in_two_branches_do_not(choice: str) -> None:
    first = "m.add_function(wrap_pyfunction!(first, m)?)?;"
    second = "m.add_class::<Second>()?;"
    text = TWO.replace("FIRST", "").replace(first, "").replace("WHERE.add_class::<Second>()?;", "")
    assert len(findings(text, NotRegistered())) == 2
    chosen = choice.replace("FIRST", first).replace("SECOND", second)
    assert findings(text.replace("    Ok(())", chosen + " Ok(())"), NotRegistered()) == []


def test_two_bindings_of_one_name_for_two_targets_do_not() -> None:
    gated = TWO.replace("FIRST", "#[cfg(undecided)]").replace("WHERE", "m")
    assert findings(gated, NotRegistered()) == []


def test_no_export_is_written_under_a_name_that_is_taken() -> None:
    taken = ITEMS.replace("#[pyfunction]\n    pub", '#[pyfunction(name = "known")]\n    pub')
    (found,) = findings(taken + MODULE, NotRegistered())
    assert found.fix is None


@pytest.mark.parametrize(
    ("methods", "severity", "confidence"),
    [
        ("#[new]\nfn new() -> Self { Kind }", Severity.ERROR, Confidence.CERTAIN),
        ("fn get(&self) -> u8 { 0 }", Severity.ADVICE, Confidence.SUSPECT),
    ],
)
def test_a_class_that_python_cannot_make_may_be_meant_to_stay_inside(
    methods: str, severity: Severity, confidence: Confidence
) -> None:
    source = f"#[pyclass]\nstruct Kind;\n#[pymethods]\nimpl Kind {{ {methods} }}\n{ITEMS}{MODULE}"
    (found,) = (one for one in findings(source, NotRegistered()) if one.item == "Kind")
    assert (found.severity, found.confidence) == (severity, confidence)


def test_without_a_module_there_is_nothing_to_say() -> None:
    report = audit_source("#[pyfunction]\nfn f() {}\n", (NotRegistered(),))
    assert not report.findings
    assert [one.code for one in report.not_applicable] == ["BC105"]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("GainPy", "Gain"),
        ("gain_py", "gain"),
        ("PyGain", "Gain"),
        ("py_gain", "gain"),
        ("Pyramid", None),
        ("happy", None),
        ("gain", None),
        ("Py", None),
    ],
)
def test_names_of_the_binding_layer(name: str, plain: str | None) -> None:
    assert plain_name(name) == plain


def test_the_name_is_added_before_the_other_options() -> None:
    source = "#[pyclass(frozen)]\nstruct GainPy;\n#[pymodule]\nfn m(m: &Bound<'_, PyModule>)" + (
        " -> PyResult<()> { m.add_class::<GainPy>() }\n"
    )
    assert '#[pyclass(name = "Gain", frozen)]' in fixed(source, ExportedName())


def uses(body: str) -> str:
    return f"use pyo3::prelude::*;\n#[pyfunction]\nfn f(py: Python<'_>) {{ {body} }}\n"


@pytest.mark.parametrize(
    ("body", "states"),
    [
        ("py.allow_threads(|| 1);", {"0.25.0": None, "0.26.0": "warning", "0.28.0": "error"}),
        ("Python::with_gil(|py| 1);", {"0.25.0": None, "0.27.2": "warning", "0.28.3": "error"}),
        ("x.downcast::<PyList>();", {"0.26.0": None, "0.27.0": "warning", "0.29.0": "error"}),
        ("x.into_py(py);", {"0.22.6": None, "0.23.0": "warning", "0.25.0": "error"}),
        ("PyDict::new_bound(py);", {"0.22.6": None, "0.24.2": "warning", "0.25.0": "error"}),
        (
            "pyo3::prepare_freethreaded_python();",
            {"0.25.1": None, "0.26.0": "warning", "0.28.0": "error"},
        ),
        ("wrap_pyfunction_bound!(f);", {"0.22.6": None, "0.23.0": "warning", "0.25.0": "error"}),
        (
            "let c: GILOnceCell<u8> = GILOnceCell::make();",
            {"0.25.0": None, "0.26.0": "warning", "0.28.0": "error"},
        ),
    ],
)
def test_a_name_is_fine_then_deprecated_then_gone(body: str, states: dict[str, str | None]) -> None:
    for pyo3, state in states.items():
        found = {one.severity.value for one in findings(uses(body), Pyo3RenamedApi(), pyo3)}
        assert found == (set() if state is None else {state}), pyo3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("py.allow_threads(|| 1);", "py.detach(|| 1);"),
        ("Python::with_gil(|py| 1);", "Python::attach(|py| 1);"),
        ("x.downcast::<PyList>();", "x.cast::<PyList>();"),
        ("pyo3::wrap_pyfunction_bound!(f);", "pyo3::wrap_pyfunction!(f);"),
        ("PyDict::new_bound(py);", "PyDict::new(py);"),
        ("PyList::new_bound(py, [1]);", "PyList::new_bound(py, [1]);"),
    ],
)
def test_a_rename_is_written_where_nothing_else_changes(old: str, new: str) -> None:
    assert fixed(uses(old), Pyo3RenamedApi(), "0.29.0") == uses(new)


def test_a_type_is_renamed_with_its_import_in_all_places() -> None:
    source = "use pyo3::sync::GILOnceCell;\nstatic CACHE: GILOnceCell<u8> = GILOnceCell::new();\n"
    new = source.replace("GILOnceCell", "PyOnceLock")
    assert fixed(source, Pyo3RenamedApi(), "0.26.0") == new
    (_, place) = findings(source, Pyo3RenamedApi(), "0.26.0")
    assert place.fix is not None
    assert len(place.fix.edits) == 3


def test_types_in_signatures_fields_and_imports_are_seen() -> None:
    source = """\
use pyo3::prelude::*;
use pyo3::sync::GILOnceCell;
static CACHE: GILOnceCell<u8> = GILOnceCell::new();
struct Held { object: PyObject }
fn give(x: PyObject) -> Option<PyObject> { Some(x) }
macro_rules! free { ($py:expr, $work:expr) => { $py.allow_threads(|| $work) }; }
fn raw(x: *mut pyo3::ffi::PyObject) {}
"""
    found = findings(source, Pyo3RenamedApi(), "0.26.0")
    assert [(one.location.line, one.item) for one in found] == [
        (2, "pyo3::sync::GILOnceCell"),
        (3, "CACHE"),
        (4, "Held.object"),
        (5, "give"),
        (6, "free!"),
    ]
