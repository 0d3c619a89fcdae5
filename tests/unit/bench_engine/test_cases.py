"""Cases from the model, and from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench.casefile import blanks, case_text
from bindcheck.bench.casereading import read_cases
from bindcheck.bench.cases import Axes, cases_of, fitting, literal, parsed
from bindcheck.bench.samples import Argument, Kind
from bindcheck.bench.sweeps import rows_of
from bindcheck.cli import main
from bindcheck.errors import BindcheckError
from bindcheck.model import Choices, CoreApi, ItemRef, ParamField, TypeRef
from bindcheck.testing import program_from

from .conftest import CORE, LIB, linked, sources


def test_a_single_case_has_the_parameters_of_the_core(program: Program, core: CoreApi) -> None:
    [case] = cases_of(program, core, Axes(kinds=(Kind.SINGLE,), sizes=(100,)))
    assert case.name == "wave/single/100"
    assert case.cells == 100
    assert case.arguments == (
        Argument("length", 12),
        Argument("damping", 0.5),
        Argument("mode", "soft"),
    )


def test_a_batch_sweeps_the_first_integer_over_61_rows(program: Program, core: CoreApi) -> None:
    [case] = cases_of(program, core, Axes(kinds=(Kind.BATCH,), sizes=(50,)))
    assert case.rows == 61
    assert case.arguments[0] == Argument("length", (12, 72, 1))
    assert case.arguments[1] == Argument("damping", (0.5, 0.5, 0.0))
    assert case.name == "wave/batch/61x50"


def test_a_sweep_of_the_users_takes_the_place_of_ours(program: Program, core: CoreApi) -> None:
    axes = Axes(kinds=(Kind.BATCH,), sizes=(50,), params=(("damping", "0.25:1.0:0.25"),))
    [case] = cases_of(program, core, axes)
    assert case.rows == 4
    assert case.arguments[0].value == (12, 12, 0)


def test_what_has_nothing_to_sweep_is_a_batch_of_one_row() -> None:
    fixed = CORE.replace("pub length: (usize, usize, usize)", "pub length: usize").replace(
        "pub damping: (f64, f64, f64)", "pub damping: f64"
    )
    program = linked(fixed)
    [core] = program.cores
    [case] = cases_of(program, core, Axes(kinds=(Kind.BATCH,), sizes=(50,)))
    assert (case.rows, case.name) == (1, "wave/batch/1x50")
    with pytest.raises(BindcheckError, match="`wave` has no parameter to sweep over 7 rows"):
        cases_of(program, core, Axes(kinds=(Kind.BATCH,), sizes=(50,), rows=(7,)))


def test_a_parameter_that_no_range_is_for_is_none_of_a_batch() -> None:
    code = CORE.replace("    pub damping: (f64, f64, f64),\n", "")
    assert code != CORE
    program = linked(code)
    [core] = program.cores
    [single, batch] = cases_of(program, core, Axes(sizes=(50,)))
    assert [one.name for one in single.arguments] == ["length", "damping", "mode"]
    assert "damping" not in [one.name for one in batch.arguments]
    axes = Axes(kinds=(Kind.BATCH,), sizes=(50,), params=(("damping", "0.25"),))
    [asked] = cases_of(program, core, axes)
    assert Argument("damping", 0.25) in asked.arguments


def test_only_a_batch_varies_with_rows(program: Program, core: CoreApi) -> None:
    cases = cases_of(program, core, Axes(sizes=(10, 20), rows=(1, 7)))
    assert [case.name for case in cases] == [
        *("wave/single/10", "wave/single/20"),
        *("wave/batch/1x10", "wave/batch/1x20", "wave/batch/7x10", "wave/batch/7x20"),
    ]
    assert [case.arguments[0].value for case in cases[2::2]] == [(12, 12, 0), (12, 18, 1)]


def test_only_what_works_in_parallel_varies_with_threads(program: Program, core: CoreApi) -> None:
    axes = Axes(sizes=(10,), threads=(1, 2))
    assert [case.threads for case in cases_of(program, core, axes)] == [1, 2, 1, 2]
    sequential = linked(CORE.replace("    parallel(input)\n}", "    sequential(input)\n}"))
    cases = cases_of(sequential, sequential.cores[0], axes)
    assert [(case.kind, case.threads) for case in cases] == [
        (Kind.SINGLE, None),
        (Kind.BATCH, 1),
        (Kind.BATCH, 2),
    ]


def test_an_unknown_parameter_is_refused_with_the_known_ones(
    program: Program, core: CoreApi
) -> None:
    with pytest.raises(BindcheckError, match=r"no parameter 'x'; it has length, damping, mode"):
        cases_of(program, core, Axes(params=(("x", "1"),)))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("14", 14),
        ("1_000usize", 1000),
        ("0.85", 0.85),
        ("true", True),
        ('"ema".to_string()', "ema"),
    ],
)
def test_literals_of_rust_are_read(text: str, value: object) -> None:
    assert literal(text) == value


def test_what_is_no_literal_has_no_value() -> None:
    assert literal("DEFAULT") is None


def test_a_text_stays_a_text_and_three_numbers_are_a_sweep() -> None:
    assert parsed("ema") == "ema"
    assert parsed("2:8:3") == (2, 8, 3)


def test_rows_of_float_steps_do_not_depend_on_rounding() -> None:
    assert rows_of((Argument("x", (0.1, 0.7, 0.1)), Argument("y", (3, 1, 1)))) == 21


# --- files -------------------------------------------------------------------------------------


def test_cases_survive_a_file(program: Program, core: CoreApi, tmp_path: Path) -> None:
    cases = cases_of(program, core, Axes(sizes=(10, 20), kernels=(None, "scalar")))
    path = tmp_path / "cases.toml"
    path.write_text(case_text(cases), encoding="utf-8")
    found = [one.case for one in read_cases(program, path).subjects]
    assert sorted(found, key=lambda one: one.name) == sorted(cases, key=lambda one: one.name)


BATCH = """\
# A comment.
[[case]]
indicator = "wave"
kind = "single"
sizes = [1000]

[[case]]
indicator = "wave"
kind = "batch"
sizes = [1000]
arguments = { damping = 0.5 }
"""


def refusal(program: Program, text: str, folder: Path) -> BindcheckError:
    path = folder / "cases.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BindcheckError) as caught:
        read_cases(program, path)
    assert caught.value.path == path
    return caught.value


def test_what_a_case_leaves_out_has_its_default(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "cases.toml"
    path.write_text(BATCH, encoding="utf-8")
    single, batch = (one.case for one in read_cases(program, path).subjects)
    assert [one.value for one in single.arguments] == [12, 0.5, "soft"]
    assert [one.value for one in batch.arguments] == [(12, 12, 0), (0.5, 0.5, 0.0), "soft"]


def test_different_arguments_of_a_single_call_are_no_grids(
    program: Program, tmp_path: Path
) -> None:
    text = (
        '[[case]]\nindicator = "wave"\nkind = "single"\nsizes = [10]\n'
        "python = { length = 7 }\nnative = { length = 9 }\n"
    )
    told = refusal(program, text, tmp_path).message
    assert "the sides have different arguments: python length=7, native length=9; a ratio" in told


def test_different_grids_on_the_two_sides_are_an_error_that_names_both(
    program: Program, tmp_path: Path
) -> None:
    text = BATCH + "python = { length = [2, 228, 1] }\nnative = { length = [2, 62, 1] }\n"
    told = str(refusal(program, text, tmp_path))
    assert "cases.toml:12: [[case]] 2: the sides have different grids" in told
    assert "python 227 rows (damping=0.5, length=2..228 step 1)" in told
    assert "native 61 rows (damping=0.5, length=2..62 step 1)" in told


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("arguments", "argumnts", 11, "unknown key 'argumnts', did you mean 'arguments'?"),
        ("[[case]]\nindicator", "[[cases]]\nindicator", 2, "unknown key 'cases', did you mean"),
        ('kind = "batch"', 'kind = "bach"', 9, "single or batch, did you mean 'batch'?"),
        ('kind = "batch"', "", 7, "lacks 'kind'"),
        ('"wave"\nkind = "b', '"wav"\nkind = "b', 8, "called 'wav'; nearest: wave"),
        ('"wave"\nkind = "b', '5\nkind = "b', 8, "indicator is 5: write a name"),
        ("[1000]\na", "100\na", 10, "sizes is 100: write a list of whole numbers above 0"),
        ("[1000]\na", "[1e20]\na", 10, "; 1e+20 are more values than any memory holds"),
        ("[1000]\na", f"[{2**60}]\na", 10, "; 1.15292e+18 are more values than any memory holds"),
        ("[1000]\na", "[-5]\na", 10, "sizes is [-5]"),
        ("[1000]\na", "[true]\na", 10, "sizes is [True]"),
        ("[1000]\na", "[]\na", 10, "sizes is []"),
        ("[1000]\na", "[0.0]\na", 10, "sizes is [0.0]"),
        ("[1000]\na", "[2.5]\na", 10, "sizes is [2.5]"),
        ("[1000]\na", "[1e300]\na", 10, "sizes is [1e+300]"),
        ("[1000]\na", "[inf]\na", 10, "sizes is [inf]"),
        ("damping = 0.5", "length = 2.5", 11, "takes a whole number from 0 on, not 2.5"),
        ("damping = 0.5", "length = -1e0", 11, "takes a whole number from 0 on, not -1.0"),
        ("{ damping = 0.5 }", "3", 11, "arguments is 3: write { period = 30 }"),
        ("damping = 0.5", "dampng = 0.5", 11, "parameter 'dampng', did you mean 'damping'?"),
        ("damping = 0.5", 'length = "x"', 11, "takes a whole number from 0 on, not 'x'"),
        ("damping = 0.5", "length = -1", 11, "takes a whole number from 0 on, not -1"),
        ("damping = 0.5", "length = [1, 2]", 11, "length is [1, 2], which is no sweep"),
        ("damping = 0.5", "length = [2, 9, 0]", 11, "`length`: a sweep with step 0 never ends"),
        ("damping = 0.5", "length = 1979-05-27", 11, "is no value of a parameter"),
        ("damping = 0.5", "mode = 3", 11, "`mode` takes a text, not 3"),
        ("arguments", 'threads = "x"\narguments', 11, "threads is 'x': write a whole number"),
        ("arguments", "kernel = 3\narguments", 11, "kernel is 3: write the name of one"),
        ("arguments", 'kernel = "sclar"\narguments', 11, "'sclar' on the native side, did you"),
        ("arguments", 'layout = "round"\narguments', 11, "layout is 'round': write contiguous"),
        ("arguments", "out = 1\narguments", 11, "out is 1: write true or false"),
        ("arguments", "seed = -1\narguments", 11, "seed is -1: write a whole number from 0 on"),
    ],
)
def test_a_wrong_value_is_named_with_its_line(
    program: Program, old: str, new: str, line: int, message: str, tmp_path: Path
) -> None:
    first, second = BATCH.rsplit("[[case]]", 1)
    text = first + "[[case]]" + second.replace(old, new, 1)
    if "[[cases]]" in new:
        text = BATCH.replace("[[case]]", "[[cases]]")
    error = refusal(program, text, tmp_path)
    assert message in error.message
    assert error.line == line


def test_a_single_call_takes_threads_and_no_sweep(program: Program, tmp_path: Path) -> None:
    text = '[[case]]\nindicator = "wave"\nkind = "single"\nsizes = [10]\n'
    path = tmp_path / "threads.toml"
    path.write_text(text + "threads = 2\n", encoding="utf-8")
    [one] = read_cases(program, path).subjects
    assert (one.case.threads, one.case.name) == (2, "wave/single/threads=2/10")
    swept = text + "arguments = { length = [1, 9, 1] }\n"
    assert "batch" in refusal(program, swept, tmp_path).message


def test_whole_numbers_are_such_however_they_are_written(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "cases.toml"
    text = (
        '[[case]]\nindicator = "wave"\nkind = "single"\nsizes = [1e2, 100, 1e3]\n'
        "threads = 2e0\nseed = 1e1\narguments = { length = 1e1, damping = 1 }\n"
        '[[case]]\nindicator = "wave"\nkind = "batch"\nsizes = [1e2]\n'
        "arguments = { length = [1e1, 3e1, 1e1] }\n"
    )
    path.write_text(text, encoding="utf-8")
    small, large, batch = (one.case for one in read_cases(program, path).subjects)
    assert (small.cols, large.cols, small.threads, small.seed) == (100, 1000, 2, 10)
    assert small.name == "wave/single/threads=2/100"
    assert [repr(one.value) for one in small.arguments] == ["10", "1", "'soft'"]
    assert repr(batch.arguments[0].value) == "(10, 30, 10)"
    assert (batch.rows, batch.name) == (3, "wave/batch/3x100")


def test_cases_written_as_one_list_are_told_with_their_key(
    program: Program, tmp_path: Path
) -> None:
    text = 'case = [{ indicator = "wave", kind = "single", sizes = [0] }]\n'
    assert refusal(program, text, tmp_path).line == 1


@pytest.mark.parametrize("text", ["", "case = 3\n", "case = []\n"])
def test_a_file_without_a_case_is_refused(program: Program, text: str, tmp_path: Path) -> None:
    assert refusal(program, text, tmp_path).message == "has no [[case]]"


def test_options_that_the_file_decides_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cases.toml"
    assert main(["bench", "--cases", str(path), "--sizes", "10", "--param", "length=3"]) == 2
    assert f"--sizes, --param: the cases of --cases {path} say that" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [("length=x", "takes a whole number"), ("damping=soft", "takes a number, not 'soft'")],
)
def test_a_parameter_of_another_type_is_refused(
    program: Program, core: CoreApi, text: str, message: str
) -> None:
    name, _, value = text.partition("=")
    with pytest.raises(BindcheckError, match=message):
        cases_of(program, core, Axes(params=((name, value),)))


def test_a_whole_parameter_takes_an_exponent(program: Program, core: CoreApi) -> None:
    params = (("length", "1e1"), ("damping", "2"))
    [one] = cases_of(program, core, Axes(kinds=(Kind.SINGLE,), sizes=(10,), params=params))
    assert [repr(each.value) for each in one.arguments] == ["10", "2", "'soft'"]


def test_an_enum_takes_the_texts_of_its_variants() -> None:
    choices = Choices(ItemRef("lib.rs", 0), (("Fast", "fast"), ("VerySlow", "very_slow")))
    field = ParamField("pace", TypeRef("Pace", "path", "Pace"), True, "Pace::Fast", "", choices)
    assert fitting(field, "very_slow") == "very_slow"
    with pytest.raises(BindcheckError, match=r"`pace` has no choice 'very_slwo'.*very_slow"):
        fitting(field, "very_slwo")
    with pytest.raises(BindcheckError, match="`pace` has no choice 3; it takes fast, very_slow"):
        fitting(field, 3)


def test_a_sweep_on_the_command_line_means_batches(program: Program, core: CoreApi) -> None:
    found = cases_of(program, core, Axes(sizes=(10,), params=(("length", "2:5:1"),)))
    assert [one.kind for one in found] == [Kind.BATCH]
    single = Axes(kinds=(Kind.SINGLE,), params=(("length", "2:5:1"),))
    with pytest.raises(BindcheckError, match="a sweep is for a batch: give one value"):
        cases_of(program, core, single)


def test_a_peer_is_asked_for_before_anything_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "wave", "--pair", "python/peer"]) == 2
    assert "--pair python/peer: name the other function with --peer" in capsys.readouterr().err


DEFAULT = CORE[CORE.index("impl Default") : CORE.index("pub struct WaveInput")]
REQUIRED = CORE.replace(DEFAULT, "").replace("length=12, ", "length, ")


def test_what_has_no_default_is_written_to_be_filled_in(tmp_path: Path) -> None:
    program = linked(REQUIRED)
    cases = cases_of(program, program.cores[0], Axes(sizes=(10,), blanks=True))
    text = case_text(cases)
    assert (
        '# No default is known of what is "?": write a value, of a batch perhaps a sweep.' in text
    )
    assert blanks(cases) == ("wave.length", "wave.damping")
    lines = text.splitlines()
    error = refusal(program, text, tmp_path)
    assert error.message == (
        '[[case]] 1: length has no value yet: write one in place of "?", or leave out the entry'
    )
    assert lines[(error.line or 0) - 1] == 'length = "?"'
    path = tmp_path / "filled.toml"
    path.write_text(text.replace('length = "?"', "length = 9").replace('"?"', "0.25"))
    single, batch = (one.case for one in read_cases(program, path).subjects)
    assert [one.value for one in single.arguments] == [9, 0.5, "soft"]
    assert [one.value for one in batch.arguments] == [(9, 9, 0), (0.25, 0.25, 0.0), "soft"]


def test_a_file_in_which_all_is_known_says_nothing_of_values(
    program: Program, core: CoreApi
) -> None:
    cases = cases_of(program, core, Axes(sizes=(10,), blanks=True))
    assert blanks(cases) == ()
    assert '"?"' not in case_text(cases)


def test_rows_are_not_refused_where_what_is_swept_will_be_filled_in() -> None:
    program = linked(REQUIRED)
    axes = Axes(kinds=(Kind.BATCH,), sizes=(10,), rows=(7,), blanks=True)
    assert [case.arguments[0].value for case in cases_of(program, program.cores[0], axes)] == ["?"]


def test_half_a_sweep_is_told_as_that_and_a_text_may_look_like_one(core: CoreApi) -> None:
    assert parsed("20:40:5") == (20, 40, 5)
    assert parsed("10:30") == "10:30"
    length = next(one for one in core.params if one.name == "length")
    with pytest.raises(BindcheckError, match="not '20:40'; a sweep is START:STOP:STEP"):
        fitting(length, parsed("20:40"))


def test_the_largest_number_of_a_type_is_no_constant_of_the_crate() -> None:
    text = CORE.replace("Some(12)", "Some(usize::MAX)").replace("length=12", "length")
    program = linked(text + "\npub const MAX: usize = 17;\n")
    [core] = program.cores
    assert core.params[0].default == "usize::MAX"
    with pytest.raises(BindcheckError, match="no default of `length`"):
        cases_of(program, core, Axes(kinds=(Kind.SINGLE,), sizes=(10,)))


@pytest.mark.parametrize("where", ["src/wave.rs", "src/defaults.rs"])
def test_a_default_that_is_a_constant_is_its_value(where: str) -> None:
    text = CORE.replace("Some(12)", "Some(LENGTH)").replace("length=12", "length=LENGTH")
    files = sources(text, LIB + "pub mod defaults;\n")
    files |= {"src/defaults.rs": ""}
    files[where] += "\npub const LENGTH: usize = 17;\n"
    program = program_from(files)
    [case] = cases_of(program, program.cores[0], Axes(kinds=(Kind.SINGLE,), sizes=(10,)))
    assert case.arguments[0] == Argument("length", 17)
