"""Items that calls of a file's own macros make are read, and found where the rules have them."""

from __future__ import annotations

import pytest

from bindcheck.model import EntryKind
from bindcheck.parse import parse_module, skim_module
from bindcheck.testing import audit_source, program_from

HEAD = "use numpy::*;\nuse pyo3::prelude::*;\n"
SUMS = """/// Sums – one for each type of numbers.
fn total<T: Copy + std::iter::Sum<T>>(data: &[T]) -> T { data.iter().copied().sum() }
macro_rules! sums {
    ($name:ident, $t:ty, $start:expr) => {
        /* — a sum — */
        #[pyfunction]
        #[pyo3(signature = (data, start = $start))]
        pub fn $name(data: PyReadonlyArray1<'_, $t>, start: $t) -> PyResult<$t> {
            let slice = data.as_slice().unwrap();
            Ok(start + total(slice))
        }
    };
}
sums!(sum_f64, f64, 0.0);
sums!(sum_f32, f32, 0.0);
"""
MODULE = """#[pymodule]
fn native(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(sum_f64, m)?)?;
    m.add_function(wrap_pyfunction!(sum_f32, m)?)?;
    Ok(())
}
"""


LAST = "m.add_function(wrap_pyfunction!(sum_f32, m)?)?;"


def names(source: str) -> list[str]:
    """The Python names of all bindings of a file."""
    program = program_from({"src/lib.rs": HEAD + source})
    return [one.python_name for one in program.entries if one.kind is not EntryKind.MODULE]


def test_each_call_makes_an_entry_point() -> None:
    program = program_from({"src/lib.rs": HEAD + SUMS + MODULE})
    made = [one for one in program.entries if one.kind is EntryKind.FUNCTION]
    assert [one.python_name for one in made] == ["sum_f64", "sum_f32"]
    assert [[arg.default for arg in one.signature or ()] for one in made] == [[None, "0.0"]] * 2
    assert all(program.registrations_of(one) for one in made)
    assert program.unanalysed == ()


def test_a_finding_stands_in_the_rule_and_is_told_once() -> None:
    report = audit_source(HEAD + SUMS + MODULE)
    lines = (HEAD + SUMS).splitlines()
    found = {(one.code, lines[one.location.line - 1].strip()) for one in report.findings}
    assert ("BC303", "let slice = data.as_slice().unwrap();") in found
    assert ("BC201", "Ok(start + total(slice))") in found
    assert len([one for one in report.findings if one.code == "BC303"]) == 1
    (held,) = (one for one in report.findings if one.code == "BC201")
    row = held.location.line
    assert (held.location.column, held.location.end_line) == (
        lines[row - 1].index("total") + 1,
        row,
    )


def test_what_each_call_does_wrong_stands_at_the_call() -> None:
    report = audit_source(HEAD + SUMS + MODULE.replace(LAST, ""))
    (left,) = (one for one in report.findings if one.code == "BC105")
    line = HEAD.count("\n") + 15
    assert (left.location.line, left.location.column) == (line, len("sums!(") + 1)
    assert left.item == "sum_f32"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            "macro_rules! bind { ($n:ident) => { #[pyfunction] fn $n() {} }; }\n"
            "macro_rules! all { ($($n:ident)*) => { $(bind!($n);)* }; }\nall!(a b);",
            ["a", "b"],
            id="rules that call others",
        ),
        pytest.param(
            "macro_rules! bind { ($n:ident) => { #[pyfunction] fn $n() {} }; }\n"
            "macro_rules! each { ($m:ident) => { $m!(a); $m!(b); }; }\neach!(bind);",
            ["a", "b"],
            id="handed over by name",
        ),
        pytest.param(
            "macro_rules! bind { ($($t:ty)*) => { $(paste::paste! {\n"
            "#[pyfunction] fn [<get_ $t>]() {}\n#[pyfunction] fn [<$t:upper _of>]() {} })* }; }\n"
            "bind!(f32 u8);",
            ["get_f32", "F32_of", "get_u8", "U8_of"],
            id="names that are put together",
        ),
        pytest.param(
            "macro_rules! class { ($n:ident, $py:literal) => {\n#[pyclass(name = $py)]\n"
            "struct $n;\n"
            "#[pymethods]\nimpl $n { #[new] fn new() -> Self { $n }\n"
            "fn get(&self) -> f64 { 1.0 } } }; }\n"
            'class!(A, "Alpha");',
            ["Alpha", "__new__", "get"],
            id="a class with its methods",
        ),
        pytest.param(
            "macro_rules! keep { ($($i:item)*) => { $($i)* }; ($($t:tt)*) => { $($t)* }; }\n"
            "keep! { #[pyfunction] fn a() {} }",
            ["a"],
            id="items that are handed on",
        ),
        pytest.param(
            "macro_rules! bind { ($n:ident) => { #[pyfunction] fn $n() {} }; }\n"
            "#[cfg(all())]\nbind!(a);\n#[cfg(any())]\nbind!(b);",
            ["a", "b"],
            id="under a condition",
        ),
    ],
)
def test_macros_are_written_out(source: str, expected: list[str]) -> None:
    assert names(source) == expected


def test_a_condition_of_a_call_holds_for_what_it_makes() -> None:
    rules = (
        "macro_rules! bind { ($n:ident) => { #[pyfunction] fn $n() {}\n"
        "#[pyfunction] fn b() {} }; }\n"
    )
    program = program_from({"src/lib.rs": HEAD + rules + '#[cfg(feature = "off")]\nbind!(a);\n'})
    assert [(one.python_name, one.active) for one in program.entries] == [
        ("a", False),
        ("b", False),
    ]


@pytest.mark.parametrize(
    "rules",
    [
        "($n:ident) => { #[pyfunction] fn $n() -> = {} };",
        "($n:literal) => { #[pyfunction] fn a() {} };",
        "($n:ident) => { bind!($n); #[pyfunction] fn a() {} };",
    ],
    ids=["what does not parse", "a call that no rule takes", "one that never ends"],
)
def test_what_cannot_be_read_is_listed_as_before(rules: str) -> None:
    source = HEAD + "macro_rules! bind { " + rules + " }\nbind!(x);\n"
    program = program_from({"src/lib.rs": source})
    assert [(one.line, one.item, one.reason) for one in program.unanalysed] == [
        (4, "bind!", "made by a macro")
    ]
    assert program.entries == ()
    assert program.modules["src/lib.rs"].problems == ()


def test_both_ways_of_reading_give_the_same() -> None:
    """A file with a comment for this tool is parsed whole."""
    source = (HEAD + SUMS + MODULE).encode()
    other = skim_module("a.rs", source + b"// bindcheck: ignore[BC303] why not\n")
    skimmed = skim_module("a.rs", source)
    assert type(other) is not type(skimmed)
    assert [one.name for one in other.functions] == [one.name for one in skimmed.functions]
    assert other.calls == skimmed.calls
    assert len(skimmed.calls) == 2
    places = [
        [one.lines.position(function.name_span.start) for function in one.functions]
        for one in (skimmed, other)
    ]
    assert places[0] == places[1]


def test_a_file_without_such_macros_is_as_it_was() -> None:
    source = b"macro_rules! two { ($x:expr) => { $x + 2 }; }\nfn f() -> u8 { two!(1) }\n"
    module = skim_module("a.rs", source)
    assert (module.made, module.calls) == (b"", frozenset())
    assert skim_module("a.rs", (HEAD + SUMS).encode(), making=False).calls == frozenset()
    assert parse_module("a.rs", (HEAD + SUMS).encode()).calls == frozenset()


def test_text_that_only_calls_make_is_not_fixed() -> None:
    rule = "    ($name:ident) => {\n#[pyfunction]\nfn $name(a: Option<f64>) {}\n    };\n"
    plain = "#[pyfunction]\nfn plain(a: Option<f64>) {}\n"
    code = HEAD + "macro_rules! bind {\n" + rule + "}\nbind!(made);\n" + plain
    found = {one.item: one for one in audit_source(code, select=("BC106",)).findings}
    assert found["plain"].fix is not None
    assert found["made"].fix is None
    assert found["made"].location.line == HEAD.count("\n") + 7


def test_a_macro_in_a_body_adds_functions_whose_names_it_puts_together() -> None:
    code = (
        HEAD
        + "macro_rules! bind { ($n:ident, $t:ty) => { paste::paste! {\n"
        + "#[pyfunction] fn [<$n _ $t>](x: $t) -> $t { x } } }; }\n"
        + "macro_rules! add { ($m:ident, $n:ident, [$($t:ident),+]) => { $( ::paste::paste! {\n"
        + "$m.add_function(wrap_pyfunction!([<$n _ $t>], $m)?)?; } )+ }; }\n"
        + "bind!(half, f64);\nbind!(half, f32);\nbind!(half, u8);\n"
        + "#[pymodule]\nfn native(m: &Bound<'_, PyModule>) -> PyResult<()> {\n"
        + "    add!(m, half, [f64, f32]);\n    Ok(())\n}\n"
    )
    found = audit_source(code, select=("BC105",)).findings
    assert [one.item for one in found] == ["half_u8"]


@pytest.mark.parametrize(
    "rules",
    [
        "macro_rules! bind { ($n:ident) => { #[pyfunction] fn $n() {} };\nbind!(a);\n",
        "macro_rules! bind",
        "#[pyfunction] macro_rules! bind\n bind! ( #[pyfunction] ",
    ],
)
def test_macros_that_are_being_typed_are_no_macros(rules: str) -> None:
    for making in (True, False):
        module = skim_module("a.rs", rules.encode(), making=making)
        assert "a" not in [one.name for one in module.functions]


def test_macros_that_grow_without_end_are_given_up() -> None:
    calls = [f"macro_rules! m{at} {{ () => {{ {f'm{at + 1}!();' * 12} }} }}\n" for at in range(9)]
    last = "macro_rules! m9 { () => { #[pyfunction] fn a() {} } }\nm0!();\n"
    module = skim_module("a.rs", ("".join(calls) + last).encode())
    assert (module.calls, module.made) == (frozenset(), b"")
