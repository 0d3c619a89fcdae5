"""BC105: classes that Python does not make, beside others of their sort."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.rules.bc105_not_registered import NotRegistered
from bindcheck.testing import audit_source

SHAPES = ("Hann", "Hamming", "Gauss", "Flat", "Kaiser", "Welch")


def findings(
    exported: int,
    *,
    left: str = "enum Bartlett { Wide, Narrow }",
    modules: tuple[str, ...] = ("demo",),
    made: bool = False,
) -> list[Finding]:
    """Findings for six enums, of which the first `exported` go to `modules`, and another class."""
    code = "use pyo3::prelude::*;\n"
    for name in SHAPES:
        code += f"#[pyclass]\n#[derive(Clone)]\npub enum {name} {{ Wide, Narrow }}\n"
        if made:
            code += f"#[pymethods]\nimpl {name} {{ #[new] fn new() -> Self {{ {name}::Wide }} }}\n"
    code += f"#[pyclass]\npub {left}\n"
    for at, module in enumerate(modules):
        mine = SHAPES[at : exported : len(modules)]
        lines = "".join(f"    m.add_class::<{name}>()?;\n" for name in mine)
        head = f"fn {module}(m: &Bound<'_, PyModule>) -> PyResult<()>"
        code += f"#[pymodule]\n{head} {{\n{lines}    Ok(())\n}}\n"
    return list(audit_source(code, [NotRegistered()]).findings)


def of(found: list[Finding], name: str) -> Finding:
    return next(one for one in found if one.item == name)


def test_a_class_whose_siblings_are_nearly_all_exported_was_likely_forgotten() -> None:
    [found] = findings(6)
    assert (found.item, found.severity) == ("Bartlett", Severity.ADVICE)
    assert found.confidence is Confidence.LIKELY
    assert found.message == (
        "this class is not exported, but 6 of the 6 others like it in this file are: "
        "Python can neither name nor document it"
    )
    assert found.help == "add it to the module: `m.add_class::<Bartlett>()?;`"


def test_one_more_that_is_left_out_makes_no_difference() -> None:
    found = findings(5)
    assert {one.item for one in found} == {"Bartlett", "Welch"}
    assert {one.confidence for one in found} == {Confidence.LIKELY}


@pytest.mark.parametrize("exported", [0, 4])
def test_where_more_are_left_out_it_may_be_meant(exported: int) -> None:
    assert of(findings(exported), "Bartlett").confidence is Confidence.SUSPECT


@pytest.mark.parametrize(
    "found",
    [
        findings(6, left="struct Windows { at: usize }"),
        findings(6, modules=("demo", "other")),
        findings(6, made=True),
    ],
    ids=["a struct among enums", "two modules", "enums that Python makes"],
)
def test_what_is_not_alike_says_nothing(found: list[Finding]) -> None:
    (left,) = (one for one in found if one.item in ("Bartlett", "Windows"))
    assert left.confidence is Confidence.SUSPECT
    assert "like it" not in left.message
