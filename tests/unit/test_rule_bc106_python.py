"""BC106: Python code that relies on a default makes a missing signature an error."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.rules import RULE_BY_CODE
from bindcheck.testing import audit_source

RULE = [RULE_BY_CODE["BC106"]]
CODE = """\
use pyo3::prelude::*;

#[pyfunction]
fn scaled(x: f64, factor: Option<f64>) -> f64 {
    x * factor.unwrap_or(2.0)
}

#[pyclass]
struct Gain {
    factor: f64,
}

#[pymethods]
impl Gain {
    #[new]
    #[pyo3(signature = (factor=2.0))]
    fn new(factor: f64) -> Self {
        Self { factor }
    }

    fn update(&self, value: f64, weight: Option<f64>) -> f64 {
        value * self.factor * weight.unwrap_or(1.0)
    }
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(scaled, m)?)?;
    m.add_class::<Gain>()
}
"""


def found(item: str, files: dict[str, str], pyo3: str = "0.25.0") -> Finding:
    report = audit_source(CODE, RULE, files=files, pyo3=pyo3)
    return next(one for one in report.findings if one.item == item)


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"tests/test_x.py": "import example\nexample.scaled(1.0)\n"}, "tests/test_x.py:2"),
        (
            {
                "example/__init__.py": "",
                "example/api.py": "from .example import scaled\nscaled(x=1.0)\n",
            },
            "example/api.py:2",
        ),
    ],
)
def test_a_call_that_leaves_the_argument_out(files: dict[str, str], place: str) -> None:
    one = found("scaled", files)
    assert one.severity is Severity.ERROR
    assert one.message.endswith(f"`{place}` calls it without `factor`")


def test_a_method_of_an_object_that_the_test_made() -> None:
    test = "from example import Gain\n\n\ndef test_it():\n    gain = Gain()\n    gain.update(1.0)\n"
    one = found("Gain::update", {"tests/test_x.py": test})
    assert one.severity is Severity.ERROR
    assert one.message.endswith("`tests/test_x.py:6` calls it without `weight`")


@pytest.mark.parametrize(
    "call",
    [
        "example.scaled(1.0, None)",
        "example.scaled(1.0, factor=2.0)",
        "example.scaled(*values)",
        "example.scaled(1.0, **options)",
        "other.scaled(1.0)",
        "with pytest.raises(TypeError):\n    example.scaled(1.0)",
    ],
)
def test_other_calls_prove_nothing(call: str) -> None:
    one = found("scaled", {"tests/test_x.py": f"import example\nimport other\n{call}\n"})
    assert one.severity is Severity.WARNING
    assert "without `factor`" not in one.message


@pytest.mark.parametrize(
    ("item", "stub", "evidence"),
    [
        ("scaled", "def scaled(x, factor=None): ...\n", "`example.pyi:1` gives `factor` a default"),
        (
            "Gain::update",
            "class Gain:\n    def update(self, value, weight=...): ...\n",
            "`example.pyi:2` gives `weight` a default",
        ),
    ],
)
def test_a_stub_that_gives_the_argument_a_default(item: str, stub: str, evidence: str) -> None:
    one = found(item, {"example.pyi": stub})
    assert one.severity is Severity.ERROR
    assert one.message.endswith(evidence)


STUB = "def scaled(x, factor): ...\nclass Gain:\n    def update(self, value, weight): ...\n"


def test_an_argument_that_the_stub_requires_is_meant_so() -> None:
    assert audit_source(CODE, RULE, files={"example.pyi": STUB}).findings == ()


def test_a_stub_of_the_module_that_the_crate_is_built_into() -> None:
    library = CODE[: CODE.index("#[pymodule]")]
    files = {"pkg/__init__.py": "", "pkg/_native.pyi": STUB}
    assert audit_source(library, RULE, files=files).findings == ()
    files["pkg/_native.pyi"] = STUB.replace("weight", "weight=None").replace("scaled", "rescaled")
    one, other = audit_source(library, RULE, files=files).findings
    assert (one.item, one.severity) == ("scaled", Severity.WARNING)
    assert other.severity is Severity.ERROR
    assert other.message.endswith("`pkg/_native.pyi:3` gives `weight` a default")


def test_a_stub_cannot_name_an_argument_like_a_keyword() -> None:
    library = CODE[: CODE.index("#[pymodule]")].replace("x: f64", "lambda: f64")
    files = {"pkg/__init__.py": "", "pkg/_native.pyi": STUB.replace("(x,", "(function,")}
    assert audit_source(library, RULE, files=files).findings == ()
    one = audit_source(library.replace("lambda", "y"), RULE, files=files).findings[0]
    assert one.item == "scaled"


def test_a_call_against_the_stub_is_evidence() -> None:
    files = {"example.pyi": STUB, "tests/test_x.py": "import example\nexample.scaled(1.0)\n"}
    (one,) = audit_source(CODE, RULE, files=files).findings
    assert (one.item, one.severity) == ("scaled", Severity.ERROR)


def test_overloads_prove_nothing() -> None:
    twice = f"from typing import overload\n@overload\n{STUB}"
    stub = twice.replace("class", "@overload\ndef scaled(x, factor, z): ...\nclass")
    (one,) = audit_source(CODE, RULE, files={"example.pyi": stub}).findings
    assert one.item == "scaled"


EARLY = CODE.replace("x: f64, factor: Option<f64>", "factor: Option<f64>, fast: bool").replace(
    "    x * factor.unwrap_or(2.0)", "    factor.unwrap_or(2.0) + f64::from(fast)"
)


def test_an_option_before_a_required_argument() -> None:
    one = found("scaled", {})
    early = next(o for o in audit_source(EARLY, RULE).findings if o.item == "scaled")
    assert one.severity is Severity.WARNING
    assert (early.severity, early.confidence) == (Severity.ADVICE, Confidence.SUSPECT)
    assert "`fast` as well" in early.help
    assert "(factor=None, fast=..)" in early.help
    meant = {"example.pyi": STUB.replace("x, factor", "factor, fast")}
    assert audit_source(EARLY, RULE, files=meant).findings == ()


def test_an_early_option_to_which_the_stub_gives_a_default() -> None:
    stub = STUB.replace("x, factor", "factor=None, fast=False")
    (one,) = audit_source(EARLY, RULE, files={"example.pyi": stub}).findings
    assert (one.severity, one.confidence) == (Severity.ERROR, Confidence.LIKELY)
    assert "(factor=None, fast=false)" in one.help


def test_up_to_0_23_the_default_is_there() -> None:
    test = {"tests/test_x.py": "import example\nexample.scaled(1.0)\n"}
    assert found("scaled", test, "0.22.6").severity is Severity.WARNING
