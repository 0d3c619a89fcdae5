"""BC108: what is said about stubs, where and how surely."""

from __future__ import annotations

import pytest

from bindcheck.findings import Finding
from bindcheck.rules import RULE_BY_CODE
from bindcheck.rules.python_examples import GAIN, GAIN_STUB, SCALED, SCALED_STUB
from bindcheck.testing import audit_source

RULE = [RULE_BY_CODE["BC108"]]


def audit(code: str, files: dict[str, str]) -> tuple[Finding, ...]:
    return audit_source(code, RULE, files=files).findings


def messages(code: str, files: dict[str, str]) -> list[str]:
    return [one.message for one in audit(code, files)]


def test_a_difference_is_reported_at_the_function_with_the_line_of_the_stub() -> None:
    stub = f"import this\n\n{SCALED_STUB.replace('2.0', '3.0')}"
    (found,) = audit(SCALED, {"example.pyi": stub})
    assert (found.location.path, found.location.line, found.item) == ("src/lib.rs", 5, "scaled_py")
    assert found.message == "`example.pyi:3` gives `factor` the default 3.0, the function 2.0"
    assert found.help == "in the stub: `def scaled(x, factor=2.0, *, offset=0)`"
    assert found.confidence.value == "certain"


def test_what_only_the_stub_has_is_reported_in_the_stub() -> None:
    (found,) = audit(SCALED, {"example.pyi": f"{SCALED_STUB}\ndef gone() -> None: ...\n"})
    assert (found.location.path, found.location.line) == ("example.pyi", 3)
    assert (found.location.column, found.location.end_column) == (5, 9)
    assert "importing it fails" in found.message


def test_a_module_without_a_stub_is_reported_once_at_its_name() -> None:
    (found,) = audit(SCALED, {"tests/test_x.py": ""})
    assert (found.location.line, found.item) == (10, "example")
    assert found.message == (
        "no stub describes `example`: type checkers and editors do not know its only name"
    )
    assert found.help == "write `example.pyi`"


def test_the_differences_of_two_stubs_are_one_finding() -> None:
    wrong = "def scaled(x: float) -> float: ...\n"
    files = {
        "example/__init__.py": "from .example import scaled\n",
        "example/__init__.pyi": wrong,
        "example/example.pyi": wrong,
    }
    (found,) = messages(SCALED, files)
    assert "`example/example.pyi:1` lacks `factor`, `offset`" in found
    assert "`example/__init__.pyi:1` lacks" in found


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("value: float) -> float | None", "value: float) -> float", "returns `float`"),
        ("    @property\n", "", "declares a method, `factor` is an attribute"),
        ("    @staticmethod\n", "", "declares a method of objects, it is static"),
        ("    def reset(self, ", "    @staticmethod\n    def reset(", "declares it static"),
        ("reset(self, factor", "reset(factor", "lacks `self`"),
        ("reset(self, factor", "reset(self, by", "calls the argument `factor` `by`"),
        ("factor: float = 2.0", "factor: float", "gives `factor` no default"),
        (
            "    def reset(self, factor: float) -> None: ...\n",
            "",
            "declares `Gain` without `reset`",
        ),
        ("    def __len__(self) -> int: ...\n", "", "declares `Gain` without `__len__`"),
        ("def update", "def push", "declares `Gain` without `update`"),
    ],
)
def test_each_difference_of_a_class_is_named(old: str, new: str, expected: str) -> None:
    assert old in GAIN_STUB
    found = messages(GAIN, {"example.pyi": GAIN_STUB.replace(old, new)})
    assert any(expected in one for one in found), found


def test_an_operation_that_is_not_declared_is_likely_only() -> None:
    stub = GAIN_STUB.replace("    def __len__(self) -> int: ...\n", "")
    (found,) = audit(GAIN, {"example.pyi": stub})
    assert found.confidence.value == "likely"


def test_members_of_bases_count() -> None:
    stub = GAIN_STUB.replace("class Gain:", "class Gain(_Base):").replace(
        "    def reset(self, factor: float) -> None: ...\n", ""
    )
    base = "class _Base:\n    def reset(self, factor: float) -> None: ...\n\n"
    assert messages(GAIN, {"example.pyi": base + stub}) == []
    unknown = stub.replace("(_Base)", "(Elsewhere)")
    assert messages(GAIN, {"example.pyi": "from other import Elsewhere\n" + unknown}) == []


def test_a_class_of_a_rust_base_has_its_methods() -> None:
    code = """\
use pyo3::prelude::*;

#[pyclass(subclass)]
struct Base {}

#[pymethods]
impl Base {
    #[new]
    fn new() -> Self {
        Self {}
    }

    fn run(&self) -> f64 {
        1.0
    }
}

#[pyclass(extends = Base)]
struct Derived {}

#[pyclass(extends = PyDict)]
struct Table {}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Base>()?;
    m.add_class::<Derived>()?;
    m.add_class::<Table>()
}
"""
    stub = """\
class Base:
    def run(self) -> float: ...

class Derived(Base):
    def run(self) -> float: ...
    def stop(self) -> None: ...

class Table(dict):
    def anything(self) -> None: ...
"""
    assert messages(code, {"example.pyi": stub}) == [
        "`Derived` has no `stop`: reading it raises an AttributeError"
    ]


def test_methods_that_macros_make_may_be_there() -> None:
    code = """\
use pyo3::prelude::*;

#[pyclass]
struct Gain {}

macro_rules! methods {
    ($name:ident) => {
        #[pymethods]
        impl Gain {
            fn $name(&self) -> f64 {
                1.0
            }
        }
    };
}

methods!(run);

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Gain>()
}
"""
    assert messages(code, {"example.pyi": "class Gain:\n    def run(self) -> float: ...\n"}) == []


def test_enums_and_fields_are_attributes() -> None:
    code = """\
use pyo3::prelude::*;

#[pyclass(eq, eq_int)]
#[derive(PartialEq)]
enum Mode {
    #[pyo3(name = "FAST")]
    Fast,
    Slow,
}

#[pyclass(get_all)]
struct Point {
    x: f64,
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Mode>()?;
    m.add_class::<Point>()
}
"""
    stub = "class Mode:\n    FAST: Mode\n    Slow: Mode\n\nclass Point:\n    x: float\n"
    assert messages(code, {"example.pyi": stub}) == []
    lacking = "class Mode:\n    FAST: Mode\n\nclass Point: ...\n"
    assert messages(code, {"example.pyi": lacking}) == [
        "`example.pyi:1` declares `Mode` without `Slow`",
        "`example.pyi:4` declares `Point` without `x`",
    ]


def test_a_class_that_python_cannot_make_has_no_constructor() -> None:
    code = """\
use pyo3::prelude::*;

#[pyclass]
struct Handle {}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Handle>()
}
"""
    (found,) = audit(code, {"example.pyi": "class Handle:\n    def __init__(self, x): ...\n"})
    assert "Python cannot construct `Handle`" in found.message
    assert found.confidence.value == "likely"
    assert found.location.path == "example.pyi"


def test_a_submodule_is_compared_with_a_stub_of_its_own() -> None:
    code = SCALED.replace(
        "m.add_function(wrap_pyfunction!(scaled_py, m)?)?;",
        'let inner = PyModule::new(m.py(), "inner")?;\n'
        "    inner.add_function(wrap_pyfunction!(scaled_py, &inner)?)?;\n"
        "    m.add_submodule(&inner)?;",
    )
    package = {"example/__init__.py": "from .example import inner\n"}
    good = package | {
        "example/example.pyi": "from example import inner as inner\n",
        "example/inner.pyi": SCALED_STUB,
    }
    assert messages(code, good) == []
    wrong = good | {"example/inner.pyi": "def scaled(x: float) -> float: ...\n"}
    (found,) = messages(code, wrong)
    assert "`example/inner.pyi:1` lacks" in found
    (found,) = messages(code, package | {"example/example.pyi": "LIMIT: int\n"})
    assert found == "`example/example.pyi` does not declare the module `inner`"


def test_a_stub_that_does_not_parse_is_reported_at_its_line() -> None:
    (found,) = audit(SCALED, {"example.pyi": "x: int\ndef scaled(: ...\n"})
    assert (found.location.path, found.location.line) == ("example.pyi", 2)
    assert found.confidence.value == "likely"


def test_without_an_extension_module_the_rule_has_nothing_to_look_at() -> None:
    no_module = SCALED.partition("#[pymodule]")[0]
    report = audit_source(no_module, RULE, files={"example.pyi": SCALED_STUB})
    assert [one.code for one in report.not_applicable] == ["BC108"]
    assert "no #[pymodule]" in report.not_applicable[0].reason
    report = audit_source(SCALED, RULE)
    assert "was not read" in report.not_applicable[0].reason
    manifest = '[package]\nname = "example"\n\n[dependencies]\npyo3 = "0.25"\n'
    files = {"Cargo.toml": manifest, "example.pyi": SCALED_STUB}
    report = audit_source(SCALED, RULE, files=files)
    assert "builds no extension module" in report.not_applicable[0].reason
