"""Which constant a source compares sizes with, and what its value is."""

from __future__ import annotations

import pytest

from bindcheck.bench.thresholds import Adjustable, adjustable, find_threshold
from bindcheck.cli import main
from bindcheck.errors import BindcheckError
from bindcheck.parse import parse_module
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
    changed = made.copy.content
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
    changed = made.copy.content
    assert "n >= ({ " in changed.decode()


def test_a_constant_function_is_none_in_the_copy() -> None:
    core = HELPER.replace("fn big", "#[inline]\npub(crate) const fn big")
    made = found(core)
    assert made is not None
    changed = made.copy.content
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


def condition(text: str, before: str = "", items: str = "") -> str:
    """The core with another condition, statements before it, and further items."""
    return CORE.replace(
        CONDITION, f"let n = input.data.len();\n    {before}\n    if {text} {{"
    ).replace(CONSTANT, f"{CONSTANT}\n{items}")


GETTER = "fn threshold() -> usize { 9_000 }"
ENVIRONMENT = """
fn threshold() -> usize {
    let said = std::env::var("WAVE_FROM");
    said.ok().and_then(|text| text.parse().ok()).unwrap_or(9_000)
}
"""


@pytest.mark.parametrize(
    ("core", "number", "compared"),
    [
        (condition("n < FROM", "const FROM: usize = 9_000;"), 9_000, "n"),
        (condition("n < t", "let t = 9_000;"), 9_000, "n"),
        (condition("n < t", "let t = SMALL * 2;"), 16_000, "n"),
        (condition("n < t", "let t = threshold();", GETTER), 9_000, "n"),
        (condition("n < threshold()", "", GETTER), 9_000, "n"),
        (condition("n < threshold()", "", ENVIRONMENT), None, "n"),
        (condition("n < threshold()", "", f"{GETTER.replace('9_000', 'SMALL + 1')}"), 8_001, "n"),
        (condition("(n as f64) < 2e4"), 20_000, "n as f64"),
        (condition("2.5e3 > n as f64"), 2_500, "n as f64"),
        (condition("(n as f64) < FROM", "", "const FROM: f64 = 20_000.0;"), 20_000, "n as f64"),
        (condition("n < SMALL.max(9_000)"), 9_000, "n"),
        (condition("n < SMALL.pow(2).min(70_000)"), 70_000, "n"),
        (condition("n / 1000 < 20"), 20_000, "n"),
        (condition("!(n / 1000 > 20)"), 21_000, "n"),
        (condition("n >> 10 < 20"), 20_480, "n"),
        (condition("n.lt(&SMALL)"), 8_000, "n"),
        (condition("!n.ge(&9_000)"), 9_000, "n"),
        (condition("!(9_000..).contains(&n)"), 9_000, "n"),
        (condition("(..9_000).contains(&n)"), 9_000, "n"),
        (condition("(0..9_000).contains(&n)"), 9_000, "n"),
        (condition("!matches!(n, 9_000..)"), 9_000, "n"),
        (condition("matches!(n, ..FROM)", "", "const FROM: usize = 9_000;"), 9_000, "n"),
        (condition("matches!(n, 0..=9_000)"), 9_001, "n"),
        (condition("n < FROM.load(Relaxed)", "", "static FROM: AtomicUsize = new(9);"), None, "n"),
    ],
)
def test_a_constant_is_found_however_it_is_spelled(
    core: str, number: int | None, compared: str
) -> None:
    made = found(core)
    assert made is not None
    assert (made.threshold.value, made.threshold.compared) == (number, compared)
    changed = made.copy.content
    assert "bindcheck_threshold((" in changed.decode()
    assert parse_module("src/wave.rs", changed).problems == ()


MATCH = CORE.replace(
    "if input.data.len() < SMALL {\n        return sequential(input);\n    }\n    parallel(input)",
    "match input.data.len() { ARMS => sequential(input), _ => parallel(input) }",
)


@pytest.mark.parametrize(
    ("arms", "number"),
    [
        ("0..=19_999", 20_000),
        ("..20_000", 20_000),
        ("0 | 1..=19_999", 20_000),
        ("0..=SMALL", 8_001),
    ],
)
def test_the_bound_of_an_arm_is_a_constant(arms: str, number: int) -> None:
    made = found(MATCH.replace("ARMS", arms))
    assert made is not None
    assert (made.threshold.value, made.threshold.compared) == (number, "input.data.len()")
    changed = made.copy.content
    assert f"{{ {number} }} else {{ {number - 1} }}) {{ {arms} => sequential" in changed.decode()


@pytest.mark.parametrize("arms", ["n @ 0..=19_999", "0..=19_999 if input.ok", "0..=9 | 500..=900"])
def test_a_match_that_says_more_than_one_bound_is_passed_over(arms: str) -> None:
    assert found(MATCH.replace("ARMS", arms)) is None


def test_a_quotient_is_measured_in_what_was_divided() -> None:
    made = found(condition("n / 1000 < 20"))
    assert made is not None
    changed = made.copy.content
    assert "if (n) < ({ extern" in changed.decode()


def test_a_number_of_threads_is_no_size() -> None:
    items = "fn threads() -> usize { 128 }\nfn available_cores() -> usize { 99 }"
    for asked in ("threads()", "available_cores()"):
        assert found(condition(f"n < {asked}", "", items)) is None


def test_a_binding_that_is_set_again_is_no_constant() -> None:
    assert found(condition("n < t", "let mut t = 9_000; t += n;")) is None


def passed(core: str) -> tuple[str, ...]:
    program = linked(core)
    function = program.cores[0].with_kernel
    assert function is not None
    looked = find_threshold(program, function.ref)
    assert looked.found is None
    assert looked.parallel
    return looked.passed


def line_of(core: str, text: str) -> int:
    return 1 + core[: core.index(text)].count("\n")


@pytest.mark.parametrize(
    ("text", "before", "told"),
    [
        ("n < input.limit", "", "`n` with `input.limit`"),
        ("input.limit > n * 61", "", "`n * 61` with `input.limit`"),
        ("small", "let small = n < input.limit;", "`n` with `input.limit`"),
        ("n < width(input)", "", "`n` with `width(input)`"),
    ],
)
def test_what_decides_by_no_constant_is_told_with_its_place(
    text: str, before: str, told: str
) -> None:
    core = condition(text, before, "fn width(input: &WaveInput) -> usize { todo!() }")
    where = line_of(core, before or f"if {text}")
    assert passed(core) == (f"src/wave.rs:{where} compares {told}",)


def test_what_decides_about_an_error_is_not_told() -> None:
    checks = "if n < input.first { return Err(WaveError::Empty); }"
    assert passed(condition("input.data.is_empty()", checks)) == ()
    assert passed(condition("n < 2")) == ()


def test_a_time_that_decides_is_no_size() -> None:
    core = condition("begun.elapsed() < WORTH", "", "const WORTH: Duration = Duration::ZERO;")
    assert passed(core) == ()


def test_a_line_chooses_any_comparison_on_the_way() -> None:
    core = condition("n < input.limit")
    made = found(core, line_of(core, "if n < input.limit"))
    assert made is not None
    assert (made.threshold.text, made.threshold.value) == ("input.limit", None)
    changed = made.copy.content
    assert "if n < ({ extern" in changed.decode()


def test_what_chooses_threads_goes_before_other_comparisons() -> None:
    loop = "let block = 4096; let mut i = 0; while i < block { i += n; }"
    assert value(condition("n < SMALL", loop)) == 8_000
    helper = "fn big(n: usize) -> bool { n >= SMALL }"
    assert value(condition("!big(n)", loop, helper)) == 8_000


def test_another_comparison_does_not_hide_what_was_passed_over() -> None:
    core = condition("n < input.limit", "let mut i = 0; while i < 4096 { i += n; }")
    program = linked(core)
    function = program.cores[0].with_kernel
    assert function is not None
    looked = find_threshold(program, function.ref)
    assert looked.found is not None
    assert looked.found.threshold.value == 4096
    [told] = looked.passed
    assert told.endswith("compares `n` with `input.limit`")


@pytest.mark.parametrize("limit", ["100.0", "f64::EPSILON", "HIGH", "2.0 * HIGH"])
def test_data_that_is_compared_is_no_size(limit: str) -> None:
    items = "const HIGH: f64 = 9_000.0;"
    assert found(condition(f"input.data[0].abs() < {limit}", "", items)) is None
    made = found(condition("(n as f64) < HIGH as f64", "", items))
    assert made is not None
    assert made.threshold.value == 9_000


@pytest.mark.parametrize("parallel", [True, False])
def test_what_has_to_be_done_at_all_decides_nothing_about_threads(*, parallel: bool) -> None:
    core = CORE.replace(CONDITION, "if false {")
    section = "let values = input.data.par_iter().map(|x| x * 2.0).collect();"
    assert section in core
    core = core.replace(section, f"if input.first < input.data.len() {{ {section} }}")
    if not parallel:
        core = core.replace(f"{section} }}", f"{section} return Err(e); }}")
    assert len(passed(core)) == (0 if parallel else 1)
