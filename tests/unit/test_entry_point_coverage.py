"""Every entry point is seen, or listed as not analysed with the reason."""

from __future__ import annotations

import pytest

from bindcheck.analysis.program import Program
from bindcheck.model import EntryKind
from bindcheck.testing import program_from

BIND = "macro_rules! bind { ($name:ident) => { #[pyfunction] fn $name() {} }; }\n"
QUIET = "macro_rules! quiet { ($name:ident) => { const $name: u8 = 0; }; }\n"
MODULE = "#[pymodule]\nfn lib(m: &Bound<'_, PyModule>) -> PyResult<()> {\n%s\nOk(())\n}\n"
BOUND = "#[pyfunction]\nfn bound() {}\n"
MADE = "made by a macro"
INSIDE = "inside a body, not followed"


def seen(program: Program) -> dict[str, bool]:
    """Functions and methods, with whether they are in the configuration."""
    kinds = (EntryKind.FUNCTION, EntryKind.METHOD)
    return {one.rust_name: one.active for one in program.entries if one.kind in kinds}


def listed(program: Program) -> list[tuple[int, str, str]]:
    return [(one.line, one.item, one.reason) for one in program.unanalysed]


# --- what is seen --------------------------------------------------------------------------------


def test_a_crate_that_binds_only_with_pyfn() -> None:
    body = """\
#[pyfn(m, "old")] fn a() {}
#[pyfn(m)] #[pyo3(name = "x")] fn b(py: Python<'_>) {}
#[pyo3::pyfn(m)] fn c() {}
if true { #[pyfn(m)] fn d() {} }
#[cfg(feature = "cuda")] #[pyfn(m)] fn e() {}
"""
    program = program_from({"src/lib.rs": MODULE % body})
    assert seen(program) == {"a": True, "b": True, "c": True, "d": True, "e": False}
    assert listed(program) == []


def test_a_crate_that_binds_only_with_pymethods() -> None:
    program = program_from(
        {
            "src/lib.rs": """\
#[pyclass]
struct C;
#[pymethods]
impl C {
    #[new] fn new() -> Self { C }
    #[classattr] const ONE: u8 = 1;
    #[cfg(feature = "cuda")] fn off(&self) {}
}
#[pymethods]
impl C { fn second(&self) { fn inner() {} } }
#[cfg_attr(feature = "cuda", pymethods)]
impl C { fn maybe(&self) {} }
impl C { fn hidden(&self) {} }
"""
        }
    )
    assert seen(program) == {
        "C::new": True,
        "C::off": False,
        "C::second": True,
        "C::maybe": False,
    }
    assert listed(program) == []


def test_inline_modules_and_what_is_in_them() -> None:
    program = program_from(
        {
            "src/lib.rs": """\
#[pymodule]
mod outer {
    #[pyfunction] fn a() {}
    #[pymodule]
    mod inner {
        #[pyclass] struct C;
        #[pymethods] impl C { fn b(&self) {} }
    }
    #[cfg(feature = "cuda")] #[pyfunction] fn off() {}
}
"""
        }
    )
    assert seen(program) == {"a": True, "C::b": True, "off": False}
    assert listed(program) == []


def test_functions_inside_other_bodies() -> None:
    program = program_from(
        {
            "src/lib.rs": """\
trait T { fn x() { #[pyfunction] fn a() {} } }
impl S { fn y() { #[pyfunction] fn b() {} } }
fn z() { let f = || { #[pyfunction] fn c() {} }; wrap! { #[pyfunction] fn d() {} } }
"""
        }
    )
    assert set(seen(program)) == {"a", "b", "c", "d"}
    assert listed(program) == []


# --- which file is which module ------------------------------------------------------------------


@pytest.mark.parametrize(
    "lib",
    [
        '#[cfg(feature = "cuda")] pub mod a;\n#[cfg(not(feature = "cuda"))] mod a;\n',
        '#[cfg(feature = "cuda")] mod gpu { #[path = "../a.rs"] mod a; }\n'
        '#[path = "a.rs"] mod cpu;\n',
    ],
)
def test_a_file_that_two_mods_reach_is_in_the_configuration_of_both(lib: str) -> None:
    program = program_from({"src/lib.rs": lib, "src/a.rs": BOUND})
    assert seen(program) == {"bound": True}
    assert program.orphans == ()


def test_below_a_file_that_two_mods_reach_both_configurations_count() -> None:
    lib = '#[cfg(feature = "cuda")] pub mod a;\n#[cfg(not(feature = "cuda"))] mod a;\n'
    files = {"src/lib.rs": lib, "src/a.rs": "mod deep;\n", "src/a/deep.rs": BOUND}
    assert seen(program_from(files)) == {"bound": True}


def test_a_file_that_two_mods_outside_the_configuration_reach_is_outside_it() -> None:
    lib = '#[cfg(feature = "cuda")] pub mod a;\n#[cfg(target_arch = "wasm32")] mod a;\n'
    assert seen(program_from({"src/lib.rs": lib, "src/a.rs": BOUND})) == {"bound": False}


def test_a_circle_under_conditions_ends() -> None:
    program = program_from(
        {
            "src/lib.rs": "mod x;\nmod y;\n",
            "src/x.rs": '#[cfg(feature = "x")] #[path = "b.rs"] mod b;\n',
            "src/y.rs": '#[cfg(feature = "y")] #[path = "b.rs"] mod b;\n',
            "src/b.rs": '#[cfg(feature = "b")] #[path = "c.rs"] mod c;\n' + BOUND,
            "src/c.rs": '#[cfg(feature = "c")] #[path = "b.rs"] mod b;\n',
        }
    )
    assert seen(program) == {"bound": False}


@pytest.mark.parametrize(
    ("attributes", "active"),
    [
        (
            '#[cfg_attr(feature = "cuda", path = "gpu.rs")]\n'
            '#[cfg_attr(not(feature = "cuda"), path = "cpu.rs")]\n',
            {"gpu": False, "cpu": True},
        ),
        ('#[cfg_attr(feature = "cuda", path = "gpu.rs")]\n', {"gpu": False, "a": True}),
        ('#[cfg_attr(feature = "python", path = "cpu.rs")]\n', {"cpu": True, "a": False}),
        (
            '#[cfg_attr(feature = "cuda", path = "gpu.rs")]\n#[path = "cpu.rs"]\n',
            {"gpu": False, "cpu": True},
        ),
    ],
)
def test_a_path_under_a_condition_names_one_file_of_several(
    attributes: str, active: dict[str, bool]
) -> None:
    files = {f"src/{name}.rs": BOUND.replace("bound", name) for name in active}
    program = program_from({"src/lib.rs": f"{attributes}mod a;\n", **files})
    assert seen(program) == active
    assert program.orphans == ()
    assert listed(program) == []


def test_modules_that_a_macro_declares_are_listed_and_no_orphans() -> None:
    files = {f"src/{name}.rs": BOUND.replace("bound", name) for name in "ac"}
    program = program_from(
        {
            "src/lib.rs": """\
macro_rules! modules { ($($name:ident),*) => { $(mod $name;)* }; }
modules!(a, b);
cfg_if::cfg_if! { if #[cfg(feature = "python")] { mod c; } }
""",
            "src/a/deeper.rs": "",
            "src/b.rs": "mod sub;\n",
            "src/b/sub.rs": BOUND,
            **files,
        }
    )
    how = "a module made by a macro, not followed:"
    assert listed(program) == [
        (2, "modules!", f"{how} src/a.rs"),
        (2, "modules!", f"{how} src/b.rs"),
        (3, "cfg_if::cfg_if!", f"{how} src/c.rs"),
    ]
    assert program.orphans == ("src/a/deeper.rs",)


def test_what_an_included_file_brings_in_is_listed_with_it() -> None:
    program = program_from(
        {
            "src/lib.rs": 'include!("a.rs");\ninclude!("b.rs");\ninclude!("c.rs");\n',
            "src/a.rs": 'include!("more.rs");\n',
            "src/more.rs": BOUND,
            "src/b.rs": "mod sub;\n",
            "src/sub.rs": BOUND,
            "src/c.rs": "mod table;\n",
            "src/table.rs": "const A: u8 = 1;\n",
        }
    )
    how = "included as text, not followed:"
    assert listed(program) == [
        (1, 'include!("a.rs")', f"{how} src/a.rs"),
        (2, 'include!("b.rs")', f"{how} src/b.rs"),
    ]
    assert program.orphans == ()


# --- what macros make ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        pytest.param(
            BIND + QUIET + "macro_rules! all { ($($n:ident)*) => { $(bind!($n);)* }; }\n"
            "macro_rules! most { ($($n:ident)*) => { all!($($n)*); }; }\n"
            "mod inner { most!(a b);\nquiet!(Z); }\n",
            [(5, "most!", MADE)],
            id="rules that call others",
        ),
        pytest.param(
            BIND + QUIET + "macro_rules! each { ($m:ident) => { $m!(a); $m!(b); }; }\n"
            "mod inner { each!(bind);\neach!(quiet); }\n",
            [(4, "each!", MADE)],
            id="handed over by name",
        ),
        pytest.param(
            BIND
            + QUIET
            + "macro_rules! each { ($m:ident, $($n:ident)*) => { paste! { $($m!($n);)* } }; }\n"
            "macro_rules! some { ($m:ident) => { each!($m, a b); }; }\n"
            "macro_rules! all { () => { some!(bind); }; }\n"
            "macro_rules! none { () => { some!(quiet); }; }\n"
            "mod inner { all!();\nnone!();\nsome!(bind);\nsome!(quiet); }\n",
            [(7, "all!", MADE), (9, "some!", MADE)],
            id="handed over by name through others",
        ),
        pytest.param(
            BIND + "wrap! { bind!(a); }\nwrap! { bind }\n",
            [(2, "wrap!", MADE)],
            id="called in the tokens of one from elsewhere",
        ),
        pytest.param(
            "mod inner { paste::paste! { #[pyfunction] fn [<a _py>]() {} } }\n",
            [(1, "paste::paste!", MADE)],
            id="written in the tokens",
        ),
        pytest.param(
            "macro_rules! make { ($m:ident) => {\n"
            "macro_rules! $m { ($n:ident) => { #[pyfunction] fn $n() {} }; } }; }\n"
            "make!(bind);\n",
            [(3, "make!", MADE)],
            id="a macro that makes a macro",
        ),
        pytest.param(
            BIND + '#[cfg(feature = "cuda")]\nmod most { bind!(a); }\n#[cfg(feature = "cuda")]\n'
            "mod off { bind!(b); }\n#[cfg(test)]\nbind!(c);\n#[cfg(test)]\nmod tests { bind!(d); }",
            [
                (3, "bind!", f"{MADE}, not in this configuration"),
                (5, "bind!", f"{MADE}, not in this configuration"),
            ],
            id="outside the configuration",
        ),
        pytest.param(
            BIND + "mod inner { bind! {\n    a\n}\nbind![b];\ncrate::bind!(c); }\n",
            [(2, "bind!", MADE), (5, "bind!", MADE), (6, "crate::bind!", MADE)],
            id="all brackets and paths",
        ),
        pytest.param(
            BIND + "macro_rules! twin { (a $n:ident) => { twin!(b $n); };\n"
            "(b $n:ident) => { twin!(a $n); }; }\ntwin!(a x);\n",
            [],
            id="rules that call themselves",
        ),
    ],
)
def test_a_macro_call_that_makes_entry_points_is_listed(
    source: str, calls: list[tuple[int, str, str]]
) -> None:
    program = program_from({"src/lib.rs": source})
    assert listed(program) == calls
    assert seen(program) == {}


@pytest.mark.parametrize("attribute", ["", "#[macro_export]\n"])
def test_a_macro_of_another_file_is_known(attribute: str) -> None:
    program = program_from(
        {
            "src/lib.rs": "#[macro_use]\nmod macros;\nmod user;\n",
            "src/macros.rs": attribute + BIND,
            "src/user.rs": "bind!(a);\n",
        }
    )
    assert [(one.path, one.item) for one in program.unanalysed] == [("src/user.rs", "bind!")]


def test_a_call_in_a_body_is_listed() -> None:
    rules = "macro_rules! bind { ($m:ident, $n:ident) => { #[pyfn($m)] fn $n() {} }; }\n"
    helper = "fn more(m: &Bound<'_, PyModule>) {\n    bind!(m, b);\n}\n"
    test = "#[cfg(test)]\nmod tests {\n    fn more() { bind!(m, b); }\n}\n"
    quoted = '// bind!(m, c)\nfn text() -> &str { "bind!(m, d)" }\n'
    program = program_from({"src/lib.rs": rules + MODULE % "bind!(m, a);" + helper + test + quoted})
    assert listed(program) == [(4, "bind!", MADE), (8, "bind!", MADE)]


# --- what stands where no item is read -----------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "items"),
    [
        pytest.param(
            MODULE % "#[pyclass] struct C;\n#[pymethods]\nimpl C { fn a(&self) {} }",
            [(3, "struct C", INSIDE), (4, "impl C", INSIDE)],
            id="a class in the function of a module",
        ),
        pytest.param(
            "fn f() {\n    mod deep { #[pyfunction] fn a() {} }\n}\n",
            [(2, "fn a", INSIDE)],
            id="a module in a function",
        ),
        pytest.param(
            '#[cfg(feature = "cuda")]\nfn f() {\n    mod deep { #[pyfunction] fn a() {} }\n}\n',
            [(3, "fn a", f"{INSIDE}, not in this configuration")],
            id="outside the configuration",
        ),
        pytest.param(
            'fn f() {\n    #[cfg_attr(feature = "python", pyo3::pyfunction)]\n    fn a() {}\n}\n',
            [(2, "fn a", INSIDE)],
            id="exposed under a condition",
        ),
        pytest.param(
            "const _: () = {\n    #[pyfunction]\n    fn a() {}\n};\n",
            [(2, "fn a", INSIDE)],
            id="a block of a constant",
        ),
        pytest.param(
            MODULE % "macro_rules! one { ($n:ident) => { #[pyfn(m)] fn $n() {} }; }\none!(a);",
            [(3, "fn $n", INSIDE)],
            id="the rules of a macro in a body",
        ),
        pytest.param(
            MODULE % "paste! { #[pyfn(m)] fn [<a _py>]() {} }",
            [(3, "fn [", INSIDE)],
            id="tokens that do not read as Rust",
        ),
        pytest.param(
            '// #[pyfunction]\nconst A: &str = "#[pymethods]";\n'
            "#[test]\nfn t() { mod deep { #[pyfunction] fn a() {} } }\n"
            "#[cfg(test)]\nmod tests { #[pyclass] struct C; }\n",
            [],
            id="comments, strings and tests",
        ),
        pytest.param(
            "use pyo3::prelude::{pyclass, pyfunction as export};\n#[export]\nfn a() {}\n",
            [(1, "use pyo3::prelude::pyfunction as export", "`#[export]` is not followed")],
            id="an attribute of another name",
        ),
    ],
)
def test_an_attribute_that_belongs_to_no_item_is_listed(
    source: str, items: list[tuple[int, str, str]]
) -> None:
    program = program_from({"src/lib.rs": source})
    assert listed(program) == items
    assert seen(program) == {}
