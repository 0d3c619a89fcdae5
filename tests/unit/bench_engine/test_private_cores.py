"""Private cores: what a copy of the crate makes visible, byte for byte, and what stays refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench import side
from bindcheck.bench.build import BuildError
from bindcheck.bench.copies import Change, Copy, contents
from bindcheck.bench.native import Native, native
from bindcheck.bench.opening import copies, named, remarks
from bindcheck.bench.plain import with_plain
from bindcheck.bench.samples import Kind
from bindcheck.bench.side import Built, build_sides
from bindcheck.bench.thresholds import adjustable
from bindcheck.bench.variants import _settable_copy
from bindcheck.bench.wanted import Wanted
from bindcheck.compiler import CompilerError
from bindcheck.crate import Crate
from bindcheck.errors import BindcheckError
from bindcheck.fact import replace
from bindcheck.parse import parse_module
from bindcheck.testing import crate_of, program_from

from .conftest import CORE, LIB, linked

USES = CORE[: CORE.index("use rayon")]
BINDING = """
#[pyfunction(name = "lag")]
#[pyo3(signature = (data, steps=3))]
fn lag_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, steps: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = data.as_slice()?;
    Ok(py.allow_threads(|| PATH(data, steps)).into_pyarray(py))
}
"""
LAG = "fn lag(data: &[f64], steps: usize) -> Vec<f64> { todo!() }\n"


def plain(texts: dict[str, str], path: str = "lag") -> Program:
    """A crate with the binding of `lag` at the end of its first file."""
    first = next(iter(texts))
    bound = {first: USES + texts[first] + BINDING.replace("PATH", path)}
    return with_plain(program_from({"src/lib.rs": "", **texts, **bound}))


def timer(program: Program, kind: Kind = Kind.SINGLE) -> Native:
    [core] = program.cores
    return native(program, core, Wanted(kind), "0")


def changed(program: Program, made: Native) -> dict[str, str]:
    """The copies, by the paths of the sources; each has the lines of its source."""
    found = contents(copies(program, made.opened))
    texts = {os.path.relpath(path): content.decode() for path, content in found.items()}
    for path, text in texts.items():
        assert text.count("\n") == program.source(path).count(b"\n")
        assert parse_module(path, text.encode()).problems == ()
    return texts


def test_a_function_and_the_modules_on_its_path_become_visible() -> None:
    lib = "/// Follows `mod a;` here\n#[cfg(unix)]\nmod a;\nmod other;\n"
    program = plain({"src/a.rs": "pub(crate) mod b { " + LAG + "}", "src/lib.rs": lib}, "b::lag")
    made = timer(program)
    assert made.run.startswith("{ example::a::b::lag(call.series")
    assert named(made.opened) == ("mod a", "mod a::b", "a::b::lag")
    texts = changed(program, made)
    assert texts["src/lib.rs"] == lib.replace("\nmod a;", "\npub mod a;")
    source = program.source("src/a.rs").decode()
    opened = source.replace("pub(crate) mod b { fn lag", "pub mod b { pub fn lag")
    assert texts["src/a.rs"] == opened


def test_what_can_be_named_already_is_not_copied(program: Program) -> None:
    assert timer(program).opened == ()
    shown = plain({"src/lib.rs": "mod a;\npub use a::lag;\n" + USES, "src/a.rs": "pub " + LAG})
    assert timer(shown).opened == ()


@pytest.mark.parametrize(
    ("written", "opened"),
    [
        ("fn lag", "pub fn lag"),
        ("pub(crate) fn lag", "pub fn lag"),
        ("pub (super) fn lag", "pub fn lag"),
        ("pub(in crate::a) fn lag", "pub fn lag"),
        ("pub(self) const fn lag", "pub const fn lag"),
        ("#[inline(never)] // fn lag\n    fn lag", "#[inline(never)] // fn lag\n    pub fn lag"),
        ("/// pub\nfn lag", "/// pub\npub fn lag"),
        ("/** pub */ pub(crate) fn lag", "/** pub */ pub fn lag"),
    ],
)
def test_a_visibility_is_changed_in_its_place(written: str, opened: str) -> None:
    program = plain({"src/a.rs": LAG.replace("fn lag", written), "src/lib.rs": "pub mod a;\n"})
    source = program.source("src/a.rs").decode()
    found = changed(program, timer(program))
    assert found == {"src/a.rs": source.replace(f"{written}(", f"{opened}(")}


def test_each_configuration_of_a_function_and_of_a_module_becomes_visible() -> None:
    both = f"#[cfg(unix)]\n{LAG}#[cfg(not(unix))]\npub(crate) {LAG}"
    lib = '#[cfg(unix)]\nmod a;\n#[cfg(not(unix))]\n#[path = "b.rs"]\nmod a;\n'
    program = plain({"src/a.rs": both, "src/lib.rs": lib, "src/b.rs": ""})
    texts = changed(program, timer(program))
    assert texts["src/lib.rs"] == lib.replace("\nmod a;", "\npub mod a;")
    assert texts["src/a.rs"].count("\npub fn lag(") == 2


PRIVATE = (
    CORE.replace("pub struct", "pub(crate) struct")
    .replace("pub enum", "enum")
    .replace("pub fn wave", "pub(super) fn wave")
    .replace("pub fn from_slice", "fn from_slice")
    .replace("pub fn expand", "fn expand")
    .replace("pub length:", "length:")
    .replace("pub damping:", "pub(crate) damping:")
    .replace("pub mode:", "/// Says mode: how\n    mode:")
    .replace("WaveOutput { pub values:", "WaveOutput { values:")
)


def test_all_that_a_call_names_or_has_in_its_hands_becomes_visible() -> None:
    program = linked(PRIVATE, "mod wave;\n")
    made = timer(program)
    assert "example::wave::WaveParams { length: given(0)" in made.run
    text = changed(program, made)["src/wave.rs"]
    assert {*named(made.opened)} == {
        "mod wave",
        "wave::Kernel",
        "wave::WaveParams",
        "wave::WaveParams.length",
        "wave::WaveParams.damping",
        "wave::WaveParams.mode",
        "wave::WaveInput",
        "wave::WaveInput::from_slice",
        "wave::WaveOutput",
        "wave::WaveOutput.values",
        "wave::WaveError",
        "wave::wave_with_kernel",
    }
    opened = "WaveParams { pub length: Option<usize>, pub damping: Option<f64>, "
    assert opened + "/// Says mode: how\n    pub mode: String }" in text
    assert "pub struct WaveOutput { pub values:" in text
    assert "pub(super) fn wave_into_slice(" in text, "it is not called"


def test_a_batch_needs_its_ranges_too() -> None:
    program = linked(PRIVATE, "mod wave;\n")
    [core] = program.cores
    made = native(program, core, Wanted(Kind.BATCH, threads=True), "0")
    names = named(made.opened)
    assert {"wave::WaveBatchRange.length", "wave::expand_grid", "wave::wave_batch_inner_into"} < {
        *names
    }
    assert "example::wave::expand_grid(&sweep)" in made.run


def test_types_behind_an_alias_become_visible_where_they_are() -> None:
    texts = {
        "src/a.rs": "use crate::deep::Found;\n" + LAG.replace("Vec<f64>", "Found<Vec<f64>>"),
        "src/lib.rs": "mod a;\nmod deep;\n",
        "src/deep.rs": "pub type Found<T> = Result<T, Lost>;\npub(crate) enum Lost { All }\n",
    }
    program = plain(texts)
    found = changed(program, timer(program))
    assert found["src/deep.rs"] == texts["src/deep.rs"].replace("pub(crate) enum", "pub enum")
    assert "pub mod deep" not in found["src/lib.rs"], "nobody names what is in it"


def test_a_public_function_goes_before_a_private_one() -> None:
    core = CORE.replace("pub fn wave_with_kernel", "fn wave_with_kernel")
    made = timer(linked(core))
    assert (made.function, made.opened) == ("wave", ())


# --- what stays refused --------------------------------------------------------------------------


def test_a_function_inside_a_function_is_refused_with_its_place() -> None:
    source = LAG.replace("todo!()", f"fn inner() {{}} todo!() }}\nfn outer() {{ {LAG}")
    program = plain({"src/lib.rs": source})
    found = [one for one in program.cores if program.function(one.single.ref).scope]  # type: ignore[union-attr]
    for core in found:
        with pytest.raises(BindcheckError, match="declared inside of a function"):
            native(program, core, Wanted(Kind.SINGLE), "0")


def test_a_comment_within_a_declaration_is_refused_with_its_place() -> None:
    core = CORE.replace("pub struct WaveParams", "pub(crate) /* why */ struct WaveParams")
    with pytest.raises(BindcheckError, match="`wave::WaveParams` is private, and how") as caught:
        timer(linked(core))
    line = 1 + core.split("pub(crate) /*")[0].count("\n")
    assert (caught.value.path, caught.value.line) == ("src/wave.rs", line)


def test_what_lies_outside_the_workspace_is_refused_with_its_place() -> None:
    program = plain({"src/lib.rs": LAG})
    [core] = program.cores
    told = r"`lag` is private, and its crate lies outside of the workspace /crate, of which alone"
    with pytest.raises(BindcheckError, match=rf"src/lib\.rs:\d+: {told}"):
        build_sides(program, crate_of(), [(core, Wanted(Kind.SINGLE))], "python", lambda *_: None)


def test_a_threshold_outside_the_workspace_is_refused_with_its_place(program: Program) -> None:
    ref = program.cores[0].with_kernel
    assert ref is not None
    found = adjustable(program, ref.ref)
    assert found is not None
    assert _settable_copy(here(), found) == found.copy
    with pytest.raises(BindcheckError, match="`SMALL` lies outside of the workspace /cr") as caught:
        _settable_copy(crate_of(), found)
    line = 1 + CORE.split("< SMALL")[0].count("\n")
    assert (caught.value.path, caught.value.line) == ("src/wave.rs", line)


# --- copies and builds ---------------------------------------------------------------------------


def here() -> Crate:
    """A crate whose root is the folder that paths are relative to."""
    return replace(crate_of(), root=Path.cwd())


def test_changes_of_one_file_go_together() -> None:
    path, source = Path("/crate/a.rs"), b"const fn f() { 9 }"
    visible = Copy(path, source, (Change(0, 0, b"pub "),))
    settable = Copy(path, source, (Change(0, 6, b""), Change(15, 16, b"set()")))
    assert contents((settable, visible)) == {path: b"pub fn f() { set() }"}


def test_a_threshold_of_a_private_core_can_be_set() -> None:
    program = linked(CORE.replace("pub fn wave_with_kernel", "const fn wave_with_kernel"))
    [core] = program.cores
    assert core.with_kernel is not None
    core = replace(core, single=None)
    made = native(program, core, Wanted(Kind.SINGLE), "0")
    found = adjustable(program, core.with_kernel.ref)
    assert found is not None
    [text] = contents((found.copy, *copies(program, made.opened))).values()
    assert b"\npub fn wave_with_kernel(" in text
    assert b"bindcheck_threshold((input.data.len()) as usize)" in text


class Compiler:
    """Keeps what it is given; a copy in which something is visible may not compile."""

    def __init__(self, *, fails: bool):
        self.fails = fails
        self.trees: list[tuple[str, bool, list[str]]] = []

    def __call__(
        self, _: Any, __: str, folder: Path, ___: str, ____: Any, overlay: Any, capped: bool
    ) -> Path:
        self.trees.append((folder.name, capped, sorted(path.name for path in overlay)))
        if self.fails and overlay:
            text = "error[E0659]: `lag` is ambiguous"
            raise BuildError("x", [CompilerError(text, "shown", "m", (("src/lib.rs", 7),))])
        return Path("/built.so")


def built(monkeypatch: pytest.MonkeyPatch, compiler: Compiler) -> Built:
    monkeypatch.setattr(side, "_shim", compiler)
    lib = LIB + "mod plain;\n"
    files = {"src/lib.rs": lib, "src/wave.rs": CORE}
    text = USES + LAG + BINDING.replace("PATH", "lag")
    program = with_plain(program_from(files | {"src/plain.rs": text}))
    ways = [(core, Wanted(Kind.SINGLE)) for core in program.cores]
    return build_sides(program, here(), ways, "python", lambda *_: None)


def test_a_build_with_private_cores_has_a_tree_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    compiler = Compiler(fails=False)
    found = built(monkeypatch, compiler)
    assert compiler.trees == [("visible", True, ["lib.rs", "plain.rs"])]
    assert found.opened == ("mod plain", "plain::lag")
    [told] = remarks(found.opened)
    assert told == (
        "built from a copy of the sources, in which 2 private items are visible: "
        "`mod plain`, `plain::lag`"
    )


def test_where_the_copy_does_not_build_the_public_ones_are_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiler = Compiler(fails=True)
    found = built(monkeypatch, compiler)
    assert compiler.trees[1:] == [("tree", False, [])]
    assert [name for name, _ in found.natives] == ["wave"]
    assert found.opened == ()
    [told] = found.refused.values()
    assert told == (
        "`lag` is private, and the copy of the crate in which it is visible does not build: "
        "src/lib.rs:7: error[E0659]: `lag` is ambiguous; make it `pub` there, or leave it out "
        "(with --all: --exclude)"
    )


def test_remarks_name_some_of_many() -> None:
    [told] = remarks([f"f{at}" for at in range(12)])
    assert "in which 12 private items are visible: `f0`, " in told
    assert told.endswith("`f9` and 2 more")
    assert [*remarks(["mod a"])] == [
        "built from a copy of the sources, in which 1 private item is visible: `mod a`"
    ]
    assert [*remarks(())] == []
