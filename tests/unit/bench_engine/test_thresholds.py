"""Which constant a source compares sizes with, and what its value is."""

from __future__ import annotations

import pytest

from bindcheck.bench.thresholds import Adjustable, adjustable
from bindcheck.cli import main
from bindcheck.errors import BindcheckError
from bindcheck.testing import program_from

from .conftest import CORE, LIB, linked, sources

CONDITION = "if input.data.len() < SMALL {"
CONSTANT = "const SMALL: usize = 8_000;"
assert CONDITION in CORE
assert CONSTANT in CORE


def found(
    core: str, line: int | None = None, column: int | None = None, **more: str
) -> Adjustable | None:
    """The threshold; `more` are further modules of the crate."""
    lib = LIB + "".join(f"pub mod {name};\n" for name in more)
    texts = {f"src/{name}.rs": text for name, text in more.items()}
    program = program_from({**sources(core, lib), **texts})
    function = program.cores[0].with_kernel
    assert function is not None
    return adjustable(program, function.ref, line, column)


def value(core: str, **more: str) -> int | None:
    made = found(core, **more)
    assert made is not None
    return made.threshold.value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("64 * 1024", 65_536),
        ("1 << 16", 65_536),
        ("8_000 as usize", 8_000),
        ("(1usize << 10) * 8 + 0x10", 8_208),
        ("ROWS * 100 / 3", 2_033),
        ("other::MANY + 1", 501),
        ("usize::MAX", None),
        ("limit()", None),
        ("1 << 900", None),
        ("SMALL + 1", None),
    ],
)
def test_the_value_of_a_constant_is_computed(text: str, number: int | None) -> None:
    more = "const ROWS: usize = 61;\npub mod other { pub const MANY: usize = 500; }"
    assert value(CORE.replace(CONSTANT, f"const SMALL: usize = {text};\n{more}")) == number


@pytest.mark.parametrize(
    ("text", "number"), [("64 * 1024", 65_536), ("(1 << 16)", 65_536), ("9_000 as usize", 9_000)]
)
def test_a_number_that_is_computed_in_place_is_found(text: str, number: int) -> None:
    made = found(CORE.replace("< SMALL {", f"< {text} {{"))
    assert made is not None
    assert made.threshold.value == number
    [(_, changed)] = made.files.items()
    assert text.strip("()") not in changed.decode().split("pub fn wave_with_kernel")[1][:400]


def test_a_small_number_that_is_computed_is_no_size() -> None:
    assert found(CORE.replace("< SMALL {", "< 4 * 8 {")) is None


@pytest.mark.parametrize(
    ("use", "named"),
    [
        ("use crate::zeta::SMALL;", "SMALL"),
        ("use crate::zeta::SMALL as FEW;", "FEW"),
        ("use super::zeta;", "zeta::SMALL"),
        ("", "crate::zeta::SMALL"),
    ],
)
def test_of_two_constants_of_a_name_that_of_the_use_is_meant(use: str, named: str) -> None:
    core = f"{use}\n" + CORE.replace(CONSTANT, "").replace("< SMALL {", f"< {named} {{")
    other = "pub const SMALL: usize = 77;\n"
    assert value(core, alpha=other, zeta="pub const SMALL: usize = 9_000;\n") == 9_000


def test_a_constant_of_the_same_module_comes_before_others() -> None:
    core = f"mod inner {{ const SMALL: usize = 77; }}\n{CORE}"
    assert value(core, alpha="pub const SMALL: usize = 78;\n") == 8_000


def test_which_of_several_a_glob_means_is_not_guessed() -> None:
    core = "use crate::zeta::*;\n" + CORE.replace(CONSTANT, "")
    zeta = "pub const SMALL: usize = 9_000;\n"
    assert value(core, zeta=zeta, alpha="pub const SMALL: usize = 77;\n") is None
    assert value(core, zeta=zeta) == 9_000


HELPER = CORE.replace(CONDITION, "if !big(input.data.len()) {").replace(
    CONSTANT, f"{CONSTANT}\nfn big(n: usize) -> bool {{ n >= SMALL }}"
)


def test_a_function_that_says_whether_a_size_is_large_is_looked_into() -> None:
    made = found(HELPER)
    assert made is not None
    assert (made.threshold.value, made.threshold.compared) == (8_000, "n")
    [(_, changed)] = made.files.items()
    assert "n >= ({ " in changed.decode()


def test_a_constant_function_is_none_in_the_copy() -> None:
    core = HELPER.replace("fn big", "#[inline]\npub(crate) const fn big")
    made = found(core)
    assert made is not None
    [(_, changed)] = made.files.items()
    assert "#[inline]\npub(crate) fn big(n: usize) -> bool { n >= ({ " in changed.decode()
    assert changed.decode().count("const ") == core.count("const ") - 1


def test_functions_that_check_something_else_do_not_hide_the_comparison() -> None:
    core = CORE.replace(CONDITION, f"valid(input.data.len());\n    {CONDITION}").replace(
        CONSTANT, f"{CONSTANT}\nfn valid(n: usize) -> bool {{ n > 500 }}"
    )
    assert value(core) == 8_000


def test_two_comparisons_of_one_line_are_told_apart_by_their_columns() -> None:
    core = CORE.replace(CONDITION, "if input.data.len() < SMALL || input.data.len() < 100 {")
    line = 1 + core[: core.index("< SMALL ||")].count("\n")
    listed = rf"src/wave\.rs:{line}:8; src/wave\.rs:{line}:36; .* --line LINE:COLUMN"
    for chosen in (None, line):
        with pytest.raises(BindcheckError, match=listed):
            found(core, chosen)
    for column, number in ((8, 8_000), (36, 100)):
        made = found(core, line, column)
        assert made is not None
        assert made.threshold.value == number
    with pytest.raises(BindcheckError, match=rf"--line {line}:9 has no comparison"):
        found(core, line, 9)


@pytest.mark.parametrize("text", ["x", "3:", "3:x", ":3"])
def test_a_line_is_a_number(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "wave", "--line", text]) == 2
    assert f"'{text}' is no line, such as 32 or 32:15" in capsys.readouterr().err


def test_nothing_is_found_where_nothing_is_compared() -> None:
    program = linked(CORE.replace(CONDITION, "if input.data.is_empty() {"))
    function = program.cores[0].with_kernel
    assert function is not None
    assert adjustable(program, function.ref) is None
