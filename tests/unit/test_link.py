"""The module tree: `mod` with and without `#[path]`, orphans, configurations, other crates."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bindcheck.analysis.link import link
from bindcheck.analysis.linking.tree import CRATE, Root
from bindcheck.analysis.program import Program
from bindcheck.crate import Configuration
from bindcheck.model import Block, Module
from bindcheck.parse import lower_body, parse_module
from bindcheck.testing import crate_of, program_from

LEAF = "pub fn leaf() {}\n"


def reached(files: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    program = program_from(files)
    return {
        path: program.module_path(path) for path in program.modules if path not in program.orphans
    }


@pytest.mark.parametrize(
    ("files", "path", "module"),
    [
        pytest.param({"src/lib.rs": "mod a;"}, "src/a.rs", ("a",), id="beside the root"),
        pytest.param({"src/lib.rs": "mod a;"}, "src/a/mod.rs", ("a",), id="mod.rs"),
        pytest.param(
            {"src/lib.rs": "mod a;", "src/a.rs": "mod b;"},
            "src/a/b.rs",
            ("a", "b"),
            id="below a file",
        ),
        pytest.param(
            {"src/lib.rs": "mod a;", "src/a/mod.rs": "mod b;"},
            "src/a/b.rs",
            ("a", "b"),
            id="below mod.rs",
        ),
        pytest.param(
            {"src/lib.rs": "pub mod a { pub mod b; }"},
            "src/a/b.rs",
            ("a", "b"),
            id="in an inline module",
        ),
        pytest.param(
            {"src/lib.rs": "mod a;", "src/a.rs": "mod b { mod c; }"},
            "src/a/b/c.rs",
            ("a", "b", "c"),
            id="in an inline module of a file",
        ),
        pytest.param(
            {"src/lib.rs": '#[path = "../other/x.rs"] mod a;'},
            "other/x.rs",
            ("a",),
            id="path above the source folder",
        ),
        pytest.param(
            {"src/lib.rs": '#[path = "deep/x.rs"] mod a;', "src/deep/x.rs": "mod b;"},
            "src/deep/b.rs",
            ("a", "b"),
            id="children lie beside a file named by path",
        ),
        pytest.param(
            {"src/lib.rs": "mod a;", "src/a.rs": '#[path = "x.rs"] mod b;'},
            "src/x.rs",
            ("a", "b"),
            id="path counts from the folder of the file",
        ),
        pytest.param(
            {"src/lib.rs": "mod a;", "src/a.rs": 'mod b { #[path = "x.rs"] mod c; }'},
            "src/a/b/x.rs",
            ("a", "b", "c"),
            id="path in an inline module counts from its folder",
        ),
        pytest.param(
            {"src/lib.rs": '#[path = "thread"] mod b { mod c; }'},
            "src/thread/c.rs",
            ("b", "c"),
            id="path on an inline module is its folder",
        ),
        pytest.param({"src/lib.rs": "mod r#loop;"}, "src/loop.rs", ("r#loop",), id="raw name"),
    ],
)
def test_a_mod_declaration_finds_its_file(
    files: dict[str, str], path: str, module: tuple[str, ...]
) -> None:
    assert reached(files | {path: LEAF})[path] == ("crate", *module)


def test_a_file_that_no_mod_reaches_is_an_orphan() -> None:
    program = program_from({"src/lib.rs": "mod a;", "src/a.rs": LEAF, "src/b.rs": LEAF})
    assert program.orphans == ("src/b.rs",)
    assert program.module_path("src/b.rs") == ("crate",)


def test_a_cycle_of_path_attributes_ends() -> None:
    files = {"src/lib.rs": "mod a;", "src/a.rs": '#[path = "lib.rs"] mod b;'}
    assert set(reached(files)) == set(files)


def test_the_cfg_of_a_mod_declaration_is_inherited() -> None:
    program = program_from(
        {
            "src/lib.rs": '#[cfg(feature = "cuda")] mod gpu; #[cfg(feature = "python")] mod py;',
            "src/gpu.rs": "mod deep;",
            "src/gpu/deep.rs": "#[pyfunction] fn on_gpu() {}",
            "src/py.rs": "#[pyfunction] fn on_cpu() {}",
        }
    )
    assert {entry.rust_name: entry.active for entry in program.entries} == {
        "on_cpu": True,
        "on_gpu": False,
    }


def test_a_mod_without_file_is_listed_if_it_is_in_the_configuration() -> None:
    program = program_from({"src/lib.rs": 'mod gone;\n#[cfg(feature = "cuda")]\nmod gpu;\n'})
    assert [(one.item, one.line, one.reason) for one in program.unanalysed] == [
        ("mod gone", 1, "no such file: src/gone.rs or src/gone/mod.rs")
    ]


def test_a_mod_with_a_path_names_that_path() -> None:
    program = program_from({"src/lib.rs": '#[path = "other/gone.rs"]\nmod gone;\n'})
    assert [one.reason for one in program.unanalysed] == ["no such file: src/other/gone.rs"]


BOUND = "#[pyfunction]\nfn bound() {}\n"


def test_included_bindings_are_listed_and_their_file_is_no_orphan() -> None:
    program = program_from({"src/lib.rs": 'include!("inc.rs");\n', "src/inc.rs": BOUND})
    assert [(one.item, one.line, one.reason) for one in program.unanalysed] == [
        ('include!("inc.rs")', 1, "included as text, not followed: src/inc.rs")
    ]
    assert program.orphans == ()
    assert program.entries == ()


def test_an_included_table_is_neither_listed_nor_an_orphan() -> None:
    program = program_from({"src/lib.rs": 'include!("t.rs");\n', "src/t.rs": "const A: u8 = 1;\n"})
    assert program.unanalysed == ()
    assert program.orphans == ()


def test_what_the_build_generates_is_listed() -> None:
    program = program_from({"src/lib.rs": 'include!(concat!(env!("OUT_DIR"), "/made.rs"));\n'})
    assert [one.reason for one in program.unanalysed] == ["made by the build"]


def test_binaries_beside_a_library_are_crates_of_their_own() -> None:
    program = program_from(
        {
            "src/lib.rs": BOUND,
            "src/main.rs": "mod args;\n" + BOUND,
            "src/args.rs": BOUND,
            "src/bin/tool.rs": BOUND,
            "src/bin/big/main.rs": "mod part;",
            "src/bin/big/part.rs": BOUND,
            "src/bin/big/stray.rs": BOUND,
            "src/stray.rs": BOUND,
        }
    )
    assert program.orphans == ("src/bin/big/stray.rs", "src/stray.rs")
    assert [entry.ref.path for entry in program.entries] == ["src/lib.rs"]


def test_items_that_a_macro_makes_are_listed() -> None:
    program = program_from(
        {
            "src/lib.rs": """\
macro_rules! bind {
    ($name:ident) => {
        #[pyfunction]
        fn $name() {}
    };
}
macro_rules! quiet { ($name:ident) => { const $name: u8 = 0; }; }

mod inner { bind!(first); }
quiet!(ZERO);
"""
        }
    )
    assert [(one.item, one.line) for one in program.unanalysed] == [("bind!", 9)]


def test_a_function_that_does_not_parse_is_listed() -> None:
    program = program_from({"src/lib.rs": "#[pyfunction]\nfn broken() { let = ; }\nfn fine() {}\n"})
    assert [one.item for one in program.unanalysed] == ["broken"]
    assert program.unanalysed[0].reason.startswith("does not parse")


def linked_with_member() -> Program:
    files = {
        "py/src/lib.rs": "extern crate core_lib as cl;\nmod inner;\nuse core_lib::math::twice;\n"
        "fn call() { twice(1.0); core_lib::top(); }\n",
        "py/src/inner.rs": "fn renamed() { cl::top(); other::top(); }\n",
        "core/src/lib.rs": "pub mod math;\npub fn top() { crate::math::twice(2.0); }\n",
        "core/src/math.rs": "pub fn twice(x: f64) -> f64 { 2.0 * x }\n",
    }
    sources = {path: text.encode() for path, text in files.items()}
    modules: dict[str, Module] = {}

    def read(path: str) -> Module | None:
        if path not in sources:
            return None
        modules[path] = parse_module(path, sources[path])
        return modules[path]

    def lower(path: str, index: int) -> Block | None:
        return lower_body(sources[path], modules[path], index)

    crate = crate_of()
    configuration = Configuration.of(crate)
    roots = [Root(CRATE, "py/src/lib.rs"), Root("core_lib", "core/src/lib.rs")]
    return link(
        crate,
        configuration,
        {},
        read,
        lambda path: path.startswith("py/"),
        lower,
        [(root, configuration) for root in roots],
    )


def test_a_crate_it_depends_on_by_path_is_read_and_named_by_its_crate_name() -> None:
    program = linked_with_member()
    assert program.module_path("core/src/math.rs") == ("core_lib", "math")
    assert program.in_crate("py/src/lib.rs")
    assert not program.in_crate("core/src/math.rs")
    (call,) = program.resolve(["call"], "py/src/lib.rs")
    names = [program.function(ref).name for ref in program.called(call)]
    assert names == ["twice", "top"]
    (renamed,) = program.resolve(["renamed"], "py/src/inner.rs")
    assert [program.function(ref).name for ref in program.called(renamed)] == ["top"]
    (top,) = program.resolve(["core_lib", "top"], "py/src/lib.rs")
    assert [program.function(ref).name for ref in program.called(top)] == ["twice"]


def test_loose_files_stand_for_themselves() -> None:
    source = b"fn a() { b(); }\nfn b() {}\n"
    module = parse_module("loose.rs", source)
    program = link(
        None,
        Configuration.of(None),
        {"loose.rs": module},
        lambda path: None,
        lambda path: True,
        lambda path, index: lower_body(source, module, index),
    )
    assert program.orphans == ()
    assert program.pyo3 is None
    (ref,) = program.resolve(["a"], "loose.rs")
    assert [program.function(one).name for one in program.called(ref)] == ["b"]
