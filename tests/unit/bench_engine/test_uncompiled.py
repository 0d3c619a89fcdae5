"""A timer that does not compile costs its own core; structs that cannot be made from outside."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench import measure, side
from bindcheck.bench.build import BuildError
from bindcheck.bench.cases import Axes
from bindcheck.bench.effort import Effort
from bindcheck.bench.native import Native, native
from bindcheck.bench.plain import with_plain
from bindcheck.bench.samples import NATIVE, PYTHON, Kind
from bindcheck.bench.side import Built, build_sides, way_of
from bindcheck.bench.subjects import Selection, of_all
from bindcheck.bench.wanted import Wanted
from bindcheck.compiler import CompilerError
from bindcheck.errors import BindcheckError
from bindcheck.testing import crate_of, program_from

from .conftest import CORE, LIB, linked, sources
from .test_subjects import PLAIN

MESSAGE = "error[E0308]: mismatched types"
SINGLES = Axes(kinds=(Kind.SINGLE,), sizes=(10,))


class Compiler:
    """Builds everything but timers whose text holds a word, like the real one: all or nothing."""

    def __init__(self, word: str, message: str = MESSAGE):
        self.word = word
        self.message = message
        self.sources: list[str] = []

    def __call__(self, _: Any, source: str, *__: Any) -> Path:
        self.sources.append(source)
        errors = [
            CompilerError(self.message, f"{self.message}\nhere", "m", ((side._CALLS, number),))
            for number, line in enumerate(source.splitlines(), 1)
            if self.word in line
        ]
        if errors:
            raise BuildError("the generated native side does not build", errors)
        return Path("/built.so")


@pytest.fixture
def both() -> Program:
    """A crate with `wave` and `lag`."""
    uses = CORE[: CORE.index("use rayon")]
    files = sources(CORE, LIB + "pub mod plain;\n") | {"src/plain.rs": uses + PLAIN}
    return with_plain(program_from(files))


def built(program: Program, monkeypatch: pytest.MonkeyPatch, compiler: Compiler) -> Built:
    monkeypatch.setattr(side, "_shim", compiler)
    subjects = of_all(program, SINGLES).subjects
    ways = [(one.core, way_of(program, one.case, one.core)[1]) for one in subjects]
    return build_sides(program, crate_of(), ways, "python", lambda *_: None)


def test_one_timer_that_does_not_compile_leaves_the_others(
    both: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = Compiler("plain::lag(")
    found = built(both, monkeypatch, compiler)
    assert [name for name, _ in found.natives] == ["wave"]
    assert found.library == Path("/built.so")
    [(way, told)] = found.refused.items()
    assert way[0] == "lag"
    line = 1 + both.source("src/plain.rs").decode().split("pub fn lag(")[0].count("\n")
    assert told.startswith(f"no call of `lag` compiles: src/plain.rs:{line}: {MESSAGE}; change tha")
    assert "--exclude" in told
    assert len(compiler.sources) == 2
    assert "plain::lag(" not in compiler.sources[-1]


@pytest.mark.parametrize("function", ["bindcheck_copying_", "bindcheck_values_"])
def test_an_error_in_any_part_of_a_timer_is_one_of_that_timer(
    both: Program, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    found = built(both, monkeypatch, Compiler(f"{function}0"))
    assert len(found.natives) == len(found.refused) == 1


def test_what_is_private_is_told_with_what_to_change(
    both: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = Compiler("plain::lag(", "error[E0603]: function `lag` is private")
    [told] = built(both, monkeypatch, compiler).refused.values()
    assert "; make that `pub`, or leave it out" in told


def test_where_none_compiles_the_message_of_the_compiler_is_shown(
    both: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BindcheckError, match=rf"{re.escape(MESSAGE)}; .*:\n{re.escape(MESSAGE)}"):
        built(both, monkeypatch, Compiler("bindcheck_native_"))


def test_an_error_of_the_crate_itself_is_no_matter_of_timers(
    both: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Path:
        places = (("src/plain.rs", 3),)
        raise BuildError("the crate does not build", [CompilerError(MESSAGE, "x", "m", places)])

    monkeypatch.setattr(side, "_shim", fails)
    with pytest.raises(BuildError, match="the crate does not build"):
        build_sides(
            both, crate_of(), [(both.cores[0], Wanted(Kind.SINGLE))], "python", lambda *_: None
        )


def test_a_case_without_timer_is_told_and_its_controls_are_not_measured(
    both: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = built(both, monkeypatch, Compiler("plain::lag("))
    request = measure.Request("python", Effort(5, 5.0))
    subjects = Selection(of_all(both, SINGLES).subjects).subjects
    tasks, failures = measure._tasks(both, crate_of(), subjects, request, found)
    assert [one.case.indicator for one in tasks] == ["wave"]
    assert [(one.case, one.sides) for one in failures] == [
        ("lag/single/10", (PYTHON, NATIVE)),
        ("lag/single/10", (NATIVE, NATIVE)),
    ]
    assert all(one.reason.startswith("no call of `lag` compiles: src/pla") for one in failures)


# --- structs -----------------------------------------------------------------------------------

PRIVATE = CORE.replace("pub struct WaveParams { pub length:", "pub struct WaveParams { length:")
NEW = """
impl WaveParams {
    pub fn new(mode: String, length: Option<usize>, damping: Option<f64>) -> Self { todo!() }
}
"""


def made(core: str) -> Native:
    program = linked(core)
    return native(program, program.cores[0], Wanted(Kind.SINGLE), "0")


def test_a_private_field_is_made_visible() -> None:
    found = made(PRIVATE)
    assert "example::wave::WaveParams { length: given(0)" in found.run
    assert [one.name for one in found.opened] == ["wave::WaveParams.length"]


def test_a_private_field_goes_through_a_constructor() -> None:
    found = made(PRIVATE + NEW)
    assert (
        "example::wave::WaveParams::new(call.value(2).text().to_string(), given(0).th" in found.run
    )


@pytest.mark.parametrize(
    "constructor",
    [
        NEW.replace("pub fn", "fn"),
        NEW.replace("length: Option<usize>, ", ""),
        NEW.replace("length: Option<usize>", "length: usize"),
        NEW.replace("Self", "Result<Self, WaveError>"),
        NEW.replace("new(", "new(&self, "),
    ],
)
def test_a_constructor_that_does_not_take_all_as_it_is_is_passed_over(constructor: str) -> None:
    assert "WaveParams { length: " in made(PRIVATE + constructor).run


def test_what_others_may_not_write_out_is_refused() -> None:
    core = CORE.replace("#[derive(Clone)]\npub struct WaveP", "#[non_exhaustive]\npub struct WaveP")
    assert core != CORE
    with pytest.raises(BindcheckError, match="`WaveParams` is `non_exhaustive`: "):
        made(core)
    assert "WaveParams::new(" in made(core + NEW).run


def test_a_private_range_is_made_visible_for_the_batch_alone() -> None:
    core = CORE.replace(
        "pub damping: (f64, f64, f64),\n    pub mode", "damping: (f64, f64, f64),\n    pub mode"
    )
    program = linked(core)
    batch = native(program, program.cores[0], Wanted(Kind.BATCH), "0")
    assert [one.name for one in batch.opened] == ["wave::WaveBatchRange.damping"]
    assert made(core).opened == ()


def test_what_is_edited_while_it_is_built_is_refused(
    both: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in both.modules:
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(both.source(path))
    assert built(both, monkeypatch, Compiler("nothing")).natives
    edited = tmp_path / "src/plain.rs"

    def edit(*_: object) -> Path:
        edited.write_text(edited.read_text() + "\n// edited\n")
        return Path("/built.so")

    with pytest.raises(BindcheckError, match=r"plain.rs: edited while it was built: run it again"):
        built(both, monkeypatch, edit)
