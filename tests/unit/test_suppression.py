"""What became of each comment that suppresses findings, and what BC001 and BC002 make of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bindcheck.findings import Finding
from bindcheck.rules import RULE_BY_CODE
from bindcheck.testing import audit_source

MODULE = """
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(newest, m)?)?;
    Ok(())
}
"""


def crate(comment: str, behind: str = "") -> str:
    return f"""\
use pyo3::prelude::*;

#[pyfunction]
fn newest(
    {comment}
    data: Vec<f64>,{behind}
) -> Option<f64> {{
    data.last().copied()
}}
{MODULE}"""


def hygiene(code: str, rules: Sequence[str] = tuple(RULE_BY_CODE)) -> list[Finding]:
    chosen = [RULE_BY_CODE[one] for one in rules]
    return list(audit_source(code, chosen, select=("BC0",)).findings)


def told(code: str) -> list[tuple[str, int, str]]:
    return [(one.code, one.location.line, one.message) for one in hygiene(code)]


def test_a_comment_that_is_used_and_says_why_is_fine() -> None:
    assert told(crate("// bindcheck: ignore[BC204] short")) == []
    assert told(crate("// bindcheck: ignore[BC2] short")) == []
    assert told(crate("// bindcheck: ignore[ALL] short")) == []
    assert told(crate("", " // bindcheck: ignore[BC204] short")) == []


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("ignore[BC105] why", "`BC105` suppresses nothing here"),
        ("ignore[BC204, BC105] why", "`BC105` suppresses nothing here"),
        ("ignore[BC1, BC303] why", "`BC1`, `BC303` suppresses nothing here"),
        ("ignore[BC002] why", "`BC002` suppresses nothing here"),
        ("ignore[BC999] why", "no rule has the code `BC999`"),
        ("ignore[bc204] why", "no rule has the code `bc204`"),
        ("ignore[] why", "the comment names no rule, so it suppresses nothing"),
        ("ignore", "the comment names no rule, so it suppresses nothing"),
    ],
)
def test_what_is_unused_is_told_at_the_comment(comment: str, expected: str) -> None:
    assert told(crate(f"// bindcheck: {comment}")) == [("BC001", 5, expected)]


def test_an_unknown_code_gets_the_one_that_is_meant() -> None:
    for wrong in ("bc204", "copied-argument", "BC2O4"):
        (found,) = hygiene(crate(f"// bindcheck: ignore[{wrong}] why"))
        assert found.help == "did you mean `BC204`?"


def test_unknown_and_unused_codes_are_two_findings() -> None:
    found = told(crate("// bindcheck: ignore[gil, BC105]"))
    assert [message for _, _, message in found] == [
        "`BC105` suppresses nothing here",
        "no rule has the code `gil`",
    ]


def test_a_missing_reason_is_told_unless_the_comment_has_to_go() -> None:
    message = "the comment does not say why `BC204` is suppressed"
    assert told(crate("// bindcheck: ignore[BC204]")) == [("BC002", 5, message)]
    assert [code for code, _, _ in told(crate("// bindcheck: ignore[BC105]"))] == ["BC001"]


def test_the_item_is_the_function_or_class_around() -> None:
    code = """\
use pyo3::prelude::*;

#[pyclass]
struct Sum(f64);

#[pymethods]
impl Sum {
    // bindcheck: ignore[BC201] quick
    fn value(&self) -> f64 {
        self.0
    }
}
// bindcheck: ignore[BC201] nothing below
"""
    first, last = hygiene(code)
    assert first.item == "Sum::value"
    assert last.item == "lib.rs"


def test_a_code_is_judged_only_if_all_of_its_rules_were_run() -> None:
    code = crate("// bindcheck: ignore[BC2] short")
    assert hygiene(code, rules=("BC001", "BC201")) == []
    assert hygiene(crate("// bindcheck: ignore[BC201] x"), rules=("BC001", "BC201")) != []
    assert hygiene(crate("// bindcheck: ignore[BC201] x"), rules=("BC001", "BC105")) == []


def test_a_finding_that_is_not_selected_is_a_use_all_the_same() -> None:
    code = crate("// bindcheck: ignore[BC204] short")
    assert audit_source(code, select=("BC001",)).findings == ()
    assert audit_source(code, select=("BC001", "BC1")).findings == ()


@pytest.mark.parametrize(
    "code",
    [
        # outside the audited configuration
        '#[cfg(feature = "cuda")]\n// bindcheck: ignore[BC201] x\nfn f() {}\n',
        '#[cfg(feature = "cuda")]\nmod m {\n    // bindcheck: ignore[BC201] x\n    fn f() {}\n}\n',
        "#[cfg(test)]\nmod tests {\n    fn f() {\n// bindcheck: ignore[BC3] x\ng();\n}\n}\n",
        # inside a macro
        "macro_rules! make {\n() => {\n// bindcheck: ignore[BC201] x\nfn f() {}\n};\n}\n",
        # a file that does not parse
        "// bindcheck: ignore[BC201] x\nfn f() { let = ; }\n",
        # words, not a comment
        'const A: &str = "// bindcheck: ignore[BC201] x";\n',
    ],
)
def test_where_no_rule_could_look_nothing_is_unused(code: str) -> None:
    assert hygiene(code) == []


def test_a_file_that_no_mod_reaches_is_not_judged() -> None:
    report = audit_source(
        "mod used;\n",
        files={
            "src/used.rs": "// bindcheck: ignore[BC201] x\nfn f() {}\n",
            "src/lost.rs": "// bindcheck: ignore[BC201] x\nfn f() {}\n",
        },
        select=("BC0",),
    )
    assert [one.location.path for one in report.findings] == ["src/used.rs"]


def test_no_comment_suppresses_what_is_said_of_comments() -> None:
    code = "// bindcheck: ignore[BC001] x\n// bindcheck: ignore[BC201]\nfn f() {}\n"
    assert sorted(one.message for one in hygiene(code)) == [
        "`BC001` suppresses nothing here",
        "`BC201` suppresses nothing here",
    ]


@pytest.mark.parametrize(
    ("comment", "behind", "removed"),
    [
        ("// bindcheck: ignore[BC105] gone", "", "    // bindcheck: ignore[BC105] gone\n"),
        (
            "/* bindcheck: ignore[BC105]\n gone */",
            "",
            "    /* bindcheck: ignore[BC105]\n gone */\n",
        ),
        ("", "  // bindcheck: ignore[BC105] gone", "  // bindcheck: ignore[BC105] gone"),
    ],
    ids=["own-line", "own-lines", "behind-code"],
)
def test_the_fix_removes_the_comment_and_nothing_else(
    comment: str, behind: str, removed: str
) -> None:
    code = crate(comment, behind)
    (found,) = hygiene(code)
    assert found.fix is not None
    (edit,) = found.fix.edits
    text = code.encode()
    left = (text[: edit.start_byte] + edit.text.encode() + text[edit.end_byte :]).decode()
    assert left == code.replace(removed, "")


def test_a_comment_in_front_of_code_on_its_line_loses_no_code() -> None:
    code = crate("/* bindcheck: ignore[BC105] gone */ #[pyo3(from_py_with = f)]")
    assert [one.fix for one in hygiene(code)] == [None]


@pytest.mark.parametrize(
    "code",
    [
        crate("// bindcheck: ignore[BC204, BC105] one is used"),
        "fn f() {}\n// bindcheck: ignore[BC105] at the end\n",
    ],
    ids=["one-is-used", "at-the-end"],
)
def test_other_comments_are_left_to_their_authors(code: str) -> None:
    assert [one.fix for one in hygiene(code)] == [None]
