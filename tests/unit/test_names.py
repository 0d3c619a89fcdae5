"""What a path means: `use`, aliases, globs, re-exports, `self`, `super`, `crate`, methods."""

from __future__ import annotations

import pytest

from bindcheck.analysis.program import Program
from bindcheck.model import ItemRef
from bindcheck.testing import program_from

FILES = {
    "src/lib.rs": """\
pub mod a;
pub mod facade;
mod glob_user { pub use crate::a::*; }
use a::inner as renamed;
use a::deep::{self, bottom};
pub fn top() {}
""",
    "src/a.rs": """\
pub mod deep;
pub fn inner() {}
pub fn same() {}
fn caller() {}
pub struct Point { pub x: f64 }
pub type Alias = Point;
impl Point {
    pub fn new() -> Self { Point { x: 0.0 } }
}
mod nested {
    use super::*;
    pub fn here() {}
}
""",
    "src/a/deep.rs": """\
pub fn bottom() {}
pub fn same() {}
pub use super::super::top as exported_top;
""",
    "src/facade.rs": """\
pub use crate::a::{inner, deep::same};
pub use crate::a::Point as Dot;
pub use self::cycle::*;
mod cycle { pub use super::*; }
""",
}


@pytest.fixture(scope="module")
def program() -> Program:
    return program_from(FILES)


def named(program: Program, refs: tuple[ItemRef, ...]) -> list[str]:
    return [f"{ref.path}:{program.function(ref).path}" for ref in refs]


@pytest.mark.parametrize(
    ("path", "at", "scope", "meaning"),
    [
        ("top", "src/lib.rs", (), "src/lib.rs:top"),
        ("renamed", "src/lib.rs", (), "src/a.rs:inner"),
        ("a::inner", "src/lib.rs", (), "src/a.rs:inner"),
        ("crate::a::inner", "src/a/deep.rs", (), "src/a.rs:inner"),
        ("deep::bottom", "src/lib.rs", (), "src/a/deep.rs:bottom"),
        ("bottom", "src/lib.rs", (), "src/a/deep.rs:bottom"),
        ("self::inner", "src/a.rs", (), "src/a.rs:inner"),
        ("super::inner", "src/a/deep.rs", (), "src/a.rs:inner"),
        ("super::super::top", "src/a/deep.rs", (), "src/lib.rs:top"),
        ("exported_top", "src/a/deep.rs", (), "src/lib.rs:top"),
        ("inner", "src/a.rs", ("nested",), "src/a.rs:inner"),
        ("super::caller", "src/a.rs", ("nested",), "src/a.rs:caller"),
        ("facade::inner", "src/lib.rs", (), "src/a.rs:inner"),
        ("facade::same", "src/lib.rs", (), "src/a/deep.rs:same"),
        ("glob_user::same", "src/lib.rs", (), "src/a.rs:same"),
        ("facade::cycle::same", "src/facade.rs", (), None),
        ("a::Point::new", "src/lib.rs", (), "src/a.rs:Point::new"),
        ("a::Alias::new", "src/lib.rs", (), "src/a.rs:Point::new"),
        ("facade::Dot::new", "src/lib.rs", (), "src/a.rs:Point::new"),
        ("a::missing", "src/lib.rs", (), None),
        ("std::mem::swap", "src/lib.rs", (), None),
        ("inner", "src/lib.rs", (), None),
    ],
)
def test_a_path_means_one_function(
    program: Program, path: str, at: str, scope: tuple[str, ...], meaning: str | None
) -> None:
    found = named(program, program.resolve(path.split("::"), at, scope))
    assert found == ([] if meaning is None else [meaning])


def test_types_are_found_through_aliases_and_re_exports(program: Program) -> None:
    point = program.resolve_type("Point", "src/a.rs")
    assert point is not None
    assert program.struct(point).name == "Point"
    assert program.resolve_type("facade::Dot", "src/lib.rs") == point
    assert program.resolve_type("a::Alias", "src/lib.rs") == point
    assert program.resolve_type("Vec", "src/lib.rs") is None


def test_an_enum_is_counted_after_the_structs() -> None:
    program = program_from({"src/lib.rs": "enum Kind { A }\nstruct Point;\n"})
    kind = program.resolve_type("Kind", "src/lib.rs")
    assert kind == ItemRef("src/lib.rs", 1)
    assert program.struct(kind).name == "Kind"


def test_of_alternatives_under_cfg_the_audited_one_is_meant() -> None:
    program = program_from(
        {
            "src/lib.rs": """\
#[cfg(feature = "cuda")]
mod back { pub fn run() {} }
#[cfg(not(feature = "cuda"))]
fn run() {}
#[cfg(feature = "cuda")]
use back::run;
"""
        }
    )
    assert named(program, program.resolve(["run"], "src/lib.rs")) == ["src/lib.rs:run"]


def test_a_name_of_the_module_wins_over_a_glob() -> None:
    program = program_from({"src/lib.rs": "mod a { pub fn f() {} }\nuse a::*;\nfn f() {}\n"})
    assert named(program, program.resolve(["f"], "src/lib.rs")) == ["src/lib.rs:f"]


@pytest.mark.parametrize(
    "line",
    [
        "pub use ema::ema;",
        "pub use self::ema::ema;",
        "pub use crate::core::ema::ema;",
        "pub use super::core::ema::ema;",
        "pub use ema::*;",
        "pub use ema::{ema, Input};",
    ],
)
def test_a_function_is_passed_on_by_a_module_that_has_one_of_its_name(line: str) -> None:
    program = program_from(
        {
            "src/lib.rs": "mod core;\nuse core::ema;\n",
            "src/core.rs": f"mod ema;\n{line}\n",
            "src/core/ema.rs": "pub struct Input;\npub fn ema() {}\npub fn other() {}\n",
        }
    )
    for path, at in ((["core", "ema"], "src/lib.rs"), (["ema"], "src/lib.rs")):
        assert named(program, program.resolve(path, at)) == ["src/core/ema.rs:ema"]
    assert named(program, program.resolve(["ema"], "src/core.rs")) == ["src/core/ema.rs:ema"]
    # The module is what it was.
    inside = program.resolve(["ema", "other"], "src/core.rs")
    assert named(program, inside) == ["src/core/ema.rs:other"]


def test_a_function_of_the_module_hides_that_of_a_glob_beside_a_module_of_its_name() -> None:
    program = program_from(
        {"src/lib.rs": "mod f { pub fn f() {} }\nuse f::*;\nfn f() {}\nuse g::g; mod g {}\n"}
    )
    assert named(program, program.resolve(["f"], "src/lib.rs")) == ["src/lib.rs:f"]
    assert named(program, program.resolve(["g"], "src/lib.rs")) == []


def test_visibility_along_a_path() -> None:
    program = program_from(
        {"src/lib.rs": "pub mod a { mod b { pub fn f() {} } pub mod c {} }\nmod d {}\n"}
    )
    inside, outside = ("crate", "a", "b"), ("crate",)
    assert program.is_visible(inside, ("crate", "a", "c"))
    assert not program.is_visible(inside, outside)
    assert program.is_visible(("crate", "d"), ("crate", "a", "b"))
