"""Which cases are measured, which cannot be, and that this is known before anything is built."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench import subjects
from bindcheck.bench.cases import Axes, cases_of
from bindcheck.bench.chosen import chosen, without
from bindcheck.bench.effort import Effort
from bindcheck.bench.looks import Search
from bindcheck.bench.measure import _choice_notes
from bindcheck.bench.native import native
from bindcheck.bench.plain import with_plain
from bindcheck.bench.samples import Kind, Unmeasured
from bindcheck.bench.side import Built, way_of
from bindcheck.bench.subjects import Selection, Subject, callable_ones, of_all, of_core
from bindcheck.bench.variants import variants_of
from bindcheck.bench.wanted import Wanted
from bindcheck.cli import main
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import replace
from bindcheck.model import CoreApi
from bindcheck.testing import crate_of, program_from

from .conftest import CORE, LIB, linked, sources

DEFAULT = CORE[CORE.index("impl Default") : CORE.index("pub struct WaveInput")]
REQUIRED = CORE.replace(DEFAULT, "").replace("length=12, ", "length, ")


def cores_and_axes(core: str, *kinds: Kind) -> tuple[Program, CoreApi, Axes]:
    program = linked(core)
    return program, program.cores[0], Axes(kinds=kinds, sizes=(10,))


@pytest.mark.parametrize("kind", list(Kind))
def test_an_argument_that_python_must_give_is_asked_for(kind: Kind) -> None:
    program, core, axes = cores_and_axes(REQUIRED, kind)
    with pytest.raises(BindcheckError, match=r"`wave`: no default of `length`.* is known; give"):
        cases_of(program, core, axes)
    given = replace(axes, params=(("length", "20"), ("damping", "0.5"), ("mode", "soft")))
    [case] = cases_of(program, core, given)
    assert case.arguments[0].name == "length"


def test_what_may_be_none_is_none() -> None:
    text = REQUIRED.replace("length: usize, damping", "length: Option<usize>, damping")
    program, core, axes = cores_and_axes(text, Kind.SINGLE)
    [case] = cases_of(program, core, axes)
    assert case.arguments[0].value is None


def test_with_all_an_indicator_without_a_default_leaves_the_others_alone() -> None:
    program, core, axes = cores_and_axes(REQUIRED, Kind.SINGLE)
    with pytest.raises(BindcheckError, match="--param length=VALUE"):
        of_core(program, core, axes)
    found = of_all(program, axes)
    assert found.subjects == ()
    assert "--param length=VALUE" in found.failures[0].reason


PLAIN = """
pub fn lag(data: &[f64], steps: usize) -> Vec<f64> { todo!() }

#[pyfunction(name = "lag")]
#[pyo3(signature = (data, steps=3))]
pub fn lag_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, steps: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = data.as_slice()?;
    Ok(py.allow_threads(|| lag(data, steps)).into_pyarray(py))
}

#[pyfunction]
pub fn doubled<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    Ok(data.as_slice()?.iter().map(|x| 2.0 * x).collect::<Vec<_>>().into_pyarray(py))
}

#[pyfunction]
pub fn version() -> String { String::new() }
"""


@pytest.mark.parametrize("apart", [False, True])
def test_a_plain_function_is_measured_beside_cores_with_params(*, apart: bool) -> None:
    files = sources(CORE if apart else CORE + PLAIN, LIB + "pub mod plain;\n")
    uses = CORE[: CORE.index("use rayon")]
    program = with_plain(program_from(files | {"src/plain.rs": uses + PLAIN if apart else ""}))
    found = of_all(program, Axes(kinds=(Kind.SINGLE,), sizes=(10,)))
    names = [one.case.name for one in found.subjects]
    assert sorted(names) == ["lag/single/10", "wave/single/10"]
    lag = next(one for one in found.subjects if one.case.indicator == "lag")
    assert [(one.name, one.value) for one in lag.case.arguments] == [("steps", 3)]
    assert callable_ones(program, found).failures == ()
    made = native(program, lag.core, Wanted(Kind.SINGLE), "0")
    assert "lag(call.series::<f64>(0), call.value(0).int as usize)" in made.run


def test_a_binding_without_a_core_function_is_told() -> None:
    program = with_plain(linked(CORE + PLAIN))
    found = of_all(program, Axes(sizes=(10,)))
    why = "it calls no function of the crate that could be timed without it"
    assert found.unmeasured == (Unmeasured("doubled", why),)
    assert callable_ones(program, found).unmeasured == found.unmeasured
    with pytest.raises(BindcheckError, match=r"no core function is known behind .* 'doubled'"):
        chosen(program, ["doubled"])


TWICE = """
#[pyfunction]
#[pyo3(signature = (data))]
pub fn thrice<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let params = WaveParams { length: Some(3), damping: Some(0.5), mode: "soft".to_string() };
    let input = WaveInput::from_slice(data.as_slice()?, params);
    let output = py.allow_threads(|| wave_with_kernel(&input, Kernel::Auto)).map_err(raised)?;
    Ok(output.values.into_pyarray(py))
}
"""


def test_another_binding_of_a_core_is_told_and_not_measured_for_it() -> None:
    program = with_plain(linked(CORE + TWICE))
    found = of_all(program, Axes(kinds=(Kind.SINGLE,), sizes=(10,)))
    assert [one.case.name for one in found.subjects] == ["wave/single/10"]
    why = "its core, `wave`, is measured by another binding, `wave`"
    assert found.unmeasured == (Unmeasured("thrice", why),)
    with pytest.raises(BindcheckError, match="the binding 'thrice' is not measured: its core"):
        chosen(program, ["thrice"])
    assert [core.name for core in without(program, ["thrice"])] == ["wave"]


APART = """
fn middle(data: ArrayView1<f64>) -> [f64; 1] { [data[0]] }

#[pyfunction(name = "centre")]
pub fn centre_py<'py>(data: PyReadonlyArray1<'py, f64>) -> Option<f64> { middle(data.as_array()) }

#[pyfunction]
pub fn first<'py>(data: PyReadonlyArray1<'py, f64>) -> f64 { data.as_slice().unwrap()[0] }
"""


def test_a_binding_of_what_cannot_be_measured_is_told_with_what_it_calls() -> None:
    core = CORE + APART
    program = with_plain(linked(core))
    left = of_all(program, Axes(sizes=(10,))).unmeasured
    assert [one.binding for one in left] == ["centre", "first"]
    assert "it calls `middle` (src/wave.rs:" in left[0].reason
    line = 1 + core[: core.index("fn middle")].count("\n")
    for name in ("centre", "middle"):
        with pytest.raises(BindcheckError, match="behind the binding 'centre': it calls ") as told:
            chosen(program, [name])
        why = "which returns `[f64; 1]`: what is measured are vectors, arrays of one dimension"
        assert f"it calls `middle` (src/wave.rs:{line}), {why}" in str(told.value)
    with pytest.raises(BindcheckError, match="'first': it calls no function of the crate"):
        chosen(program, ["first"])


@pytest.mark.parametrize(
    ("function", "call", "told"),
    [
        ("fn f(x: &mut [f64]) { }", "f(data)", "`f` (src/lib.rs:4), which takes no slice to rea"),
        (
            "fn f(x: &[f64]) -> [f64; 2] { x }",
            "f(data)",
            "which returns `[f64; 2]`: what is measured",
        ),
        (
            "fn f(x: &[f64], m: Mode) -> Vec<f64> { x }",
            "f(data, m)",
            "which takes `m: Mode`: a case gives slices and views of one dimension of numbers",
        ),
        (
            "fn told(e: &str) -> String { e } fn f(x: &[f64], m: Mode) -> Vec<f64> { x }",
            "{ let e = told(why); f(data, m) }",
            "it calls `f` (src/lib.rs:4), which takes `m: Mode`: a case gives slices and views",
        ),
        (
            "fn row_norms(x: ArrayView2<f64>) -> Vec<f64> { x }",
            "row_norms(data)",
            "which takes `x: ArrayView2<f64>`, of more than one dimension: a case has arrays of",
        ),
        (
            '#[target_feature(enable = "avx2")] fn f(x: &[f64]) -> Vec<f64> { x }',
            "f(data)",
            "which is a step of something else by its `#[target_feature]`",
        ),
        (
            "fn f(x: &[f64]) -> f64 { 0.0 } fn g(x: &[f64]) -> f64 { 0.0 }",
            "f(data) / g(data)",
            "it calls several functions that could be timed, `f` (src/lib.rs:4), `g` (src/lib.rs",
        ),
        (
            "fn f(x: &[f64]) -> f64 { 0.0 }",
            "f(data).sqrt()",
            "it calls `f` (src/lib.rs:4), but it does more than that",
        ),
        (
            "fn f(x: &[f64], range: (f64, f64)) -> Vec<f64> { x }",
            "f(data, (1.0, 2.0))",
            "(src/lib.rs:4), which takes a tuple, `range: (f64, f64)`: a case has one value for ea",
        ),
        ("fn f<T: Copy>(x: &[T]) -> Vec<T> { x }", "f(data)", "takes types as parameters, `f<T: C"),
        (
            "struct S; impl S { fn f(&self, x: &[f64]) -> Vec<f64> { x } }",
            "S.f(data)",
            "which is a method of `S`",
        ),
        (
            "fn f(x: &[f64]) -> Vec<f64> { x } fn g(x: &[f64]) -> Vec<f64> { x }",
            "if n { f(data) } else { g(data) }",
            "it calls several functions that could be timed, `f` (src/lib.rs:4), `g` (src/lib.rs",
        ),
    ],
)
def test_why_what_a_binding_calls_cannot_be_timed_is_told(
    function: str, call: str, told: str
) -> None:
    text = APART[APART.index("#[pyfunction(") : APART.index("#[pyfunction]")]
    text = text.replace("middle(data.as_array())", f"{{ let data = data.as_slice()?; {call} }}")
    head = "use numpy::*;\nuse pyo3::prelude::*;\n\n"
    module = MODULE.replace("turned_py", "centre_py")
    program = with_plain(program_from({"src/lib.rs": head + function + text + STEADY + module}))
    with pytest.raises(BindcheckError, match="behind the binding 'centre': it calls") as caught:
        chosen(program, ["centre"])
    assert told in str(caught.value)
    # Another name of what can be timed, and a class.
    assert chosen(program, ["still"]) == chosen(program, ["steady"])
    with pytest.raises(BindcheckError, match=r"is called 'example'; there is .*`steady`"):
        chosen(program, ["example"])
    with pytest.raises(BindcheckError, match="'Filter' is a class"):
        chosen(program, ["Filter"])


def test_a_file_does_not_stand_for_a_function_of_its_name() -> None:
    uses = CORE[: CORE.index("use rayon")]
    files = sources(lib=LIB + "pub mod doubled;\n")
    program = with_plain(program_from(files | {"src/doubled.rs": uses + PLAIN}))
    with pytest.raises(BindcheckError, match="known behind the binding 'doubled'"):
        chosen(program, ["doubled"])
    axes = Axes(kinds=(Kind.SINGLE,), sizes=(10,))
    left = of_all(program, axes, ["doubled"])
    assert sorted(one.case.indicator for one in left.subjects) == ["lag", "wave"]
    assert left.unmeasured == ()
    bare = PLAIN[: PLAIN.index("#[pyfunction]\npub fn doubled")]
    hidden = "\npub fn doubled(data: &[f64]) -> f64 { data[0] }\n"
    program = with_plain(program_from(files | {"src/doubled.rs": uses + bare + hidden}))
    with pytest.raises(BindcheckError, match=r"`doubled` is a function .* that of `lag`") as told:
        chosen(program, ["doubled"])
    assert told.value.path == "src/doubled.rs"
    assert told.value.line == (uses + bare).count("\n") + 2
    program = with_plain(program_from(files | {"src/doubled.rs": uses + bare}))
    assert [one.name for one in chosen(program, ["doubled"])] == ["lag"]


def test_the_name_of_a_binding_goes_before_that_of_a_file() -> None:
    uses = CORE[: CORE.index("use rayon")]
    files = sources(lib=LIB + "pub mod plain;\npub mod shifted;\n")
    shifted = PLAIN.replace('(name = "lag")', '(name = "shifted")')
    other = PLAIN.replace("lag", "delay")
    end = "#[pyfunction]\npub fn doubled"
    files |= {
        "src/plain.rs": uses + shifted[: shifted.index(end)],
        "src/shifted.rs": uses + other[: other.index(end)],
    }
    program = with_plain(program_from(files))
    assert [one.name for one in chosen(program, ["shifted"])] == ["lag"]
    assert [one.name for one in chosen(program, ["plain", "delay"])] == ["lag", "delay"]


CHOOSING = """
pub fn turned(data: &[f64]) -> Vec<f64> { data.iter().map(|x| -x).collect() }
pub fn turned_par(data: &[f64]) -> Vec<f64> { data.par_iter().map(|x| -x).collect() }

#[pyfunction(name = "turned")]
pub fn turned_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let s = data.as_slice()?;
    Ok(py.detach(|| if s.len() > 9_000 { turned_par(s) } else { turned(s) }).into_pyarray(py))
}

"""
MODULE = """
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Filter>()?;
    m.add_function(wrap_pyfunction!(still_py, m)?)?;
    m.add_function(wrap_pyfunction!(turned_py, m)?)
}
"""
STEADY = """
#[pyclass]
pub struct Filter {}

pub fn steady(data: &[f64]) -> Vec<f64> { data.to_vec() }

#[pyfunction(name = "still")]
pub fn still_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let s = data.as_slice()?;
    Ok(py.detach(|| steady(s)).into_pyarray(py))
}
"""


def test_a_binding_that_chooses_between_cores_is_told() -> None:
    uses = "use numpy::*;\nuse pyo3::prelude::*;\nuse rayon::prelude::*;\n"
    program = with_plain(program_from({"src/lib.rs": uses + CHOOSING + STEADY + MODULE}))
    [core] = chosen(program, ["turned"])
    [subject] = of_core(program, core, Axes(kinds=(Kind.SINGLE,), sizes=(10,)))
    way = way_of(program, subject.case, core)
    built = Built(Path("/built.so"), {way: native(program, core, way[1], "0")}, {})
    [note] = _choice_notes(program, [subject], built)
    assert note.startswith("turned single: the binding calls `turned_par` (src/lib.rs:6) too, and ")
    assert "the native side `turned` (src/lib.rs:5) alone" in note
    search = Search(1, 2, Effort(), None, None)
    with pytest.raises(NothingToDoError, match=r"between `turned_par` \(src/lib.rs:6\) and "):
        variants_of(program, crate_of(), core, Kind.SINGLE, search, "python", lambda *_: None)


def test_bindings_of_another_member_are_pointed_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = '[package]\nname = "{}"\nversion = "1.0.0"\nedition = "2021"\n'
    texts = {
        "Cargo.toml": '[workspace]\nmembers = ["core", "py"]\n',
        "core/Cargo.toml": package.format("core"),
        "core/src/lib.rs": "pub fn lag(data: &[f64]) -> Vec<f64> { data.to_vec() }\n",
        "py/Cargo.toml": package.format("py") + '[dependencies]\npyo3 = "0.25"\n',
        "py/src/lib.rs": "",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path / "core")
    assert main(["bench", "lag"]) == 3
    assert "those of another member: --manifest-path ../py/Cargo.toml" in capsys.readouterr().err


def test_a_parameter_of_a_plain_function_may_be_left_out() -> None:
    text = PLAIN.replace("steps: usize", "steps: Option<usize>").replace("steps=3", "steps=None")
    uses = CORE[: CORE.index("use rayon")]
    program = with_plain(program_from({"src/lib.rs": uses + text + MODULE}))
    [subject] = of_all(program, Axes(kinds=(Kind.SINGLE,), sizes=(10,))).subjects
    assert [(one.name, one.value) for one in subject.case.arguments] == [("steps", None)]
    made = native(program, subject.core, Wanted(Kind.SINGLE), "0")
    assert "lag(call.series::<f64>(0), given(0).then(|| call.value(0).int as usize))" in made.run


def test_a_plain_function_of_a_known_name_is_told_apart() -> None:
    text = PLAIN.replace("lag(", "wave(").replace("lag_py", "other_py").replace('"lag"', '"other"')
    uses = CORE[: CORE.index("use rayon")]
    program = with_plain(
        program_from(sources(lib=LIB + "pub mod plain;\n") | {"src/plain.rs": uses + text})
    )
    assert sorted(core.name for core in program.cores) == ["crate::plain::wave", "wave"]


def test_a_case_that_cannot_be_called_is_known_before_the_build(
    program: Program, core: CoreApi
) -> None:
    cases = cases_of(program, core, Axes(kinds=(Kind.SINGLE,), sizes=(10, 20)))
    bad = replace(cases[0], arguments=cases[0].arguments[1:], kernel="sclar")
    with pytest.raises(BindcheckError, match="no kernel is called 'sclar'"):
        callable_ones(program, Selection((Subject(bad, core),)))
    found = callable_ones(program, Selection((Subject(bad, core), Subject(cases[1], core))))
    assert [one.case for one in found.subjects] == [cases[1]]
    assert [one.case for one in found.failures] == [bad.name]


def test_sizes_are_asked_once_whether_they_can_be_called(
    program: Program, core: CoreApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse(_: Program, subject: Subject) -> None:
        asked.append(subject.case.name)
        if subject.case.kernel == "avx2":
            raise BindcheckError("no kernel")

    monkeypatch.setattr(subjects, "_refuse_uncallable", refuse)
    axes = Axes(kinds=(Kind.SINGLE,), sizes=(10, 20, 30), kernels=(None, "avx2"))
    found = callable_ones(program, Selection(of_core(program, core, axes)))
    assert asked == ["wave/single/10", "wave/single/avx2/10"]
    assert [one.case.cols for one in found.subjects] == [10, 20, 30]
    assert [(one.case, one.reason) for one in found.failures] == [
        (f"wave/single/avx2/{cols}", "no kernel") for cols in (10, 20, 30)
    ]


def test_of_all_indicators_some_are_excluded_by_name() -> None:
    files = sources(CORE, LIB + "pub mod plain;\n")
    uses = CORE[: CORE.index("use rayon")]
    plain = PLAIN.replace('(name = "lag")', '(name = "shifted")')
    program = with_plain(program_from(files | {"src/plain.rs": uses + plain}))
    axes = Axes(kinds=(Kind.SINGLE,), sizes=(10,))
    for name in ("lag", "plain", "shifted", "lag_py"):
        found = of_all(program, axes, [name])
        assert [one.case.name for one in found.subjects] == ["wave/single/10"]
    assert of_all(program, axes, ["doubled"]).unmeasured == ()
    with pytest.raises(BindcheckError, match=r"--exclude: no indicator .* 'wav'; nearest: wave"):
        of_all(program, axes, ["wav"])
    with pytest.raises(NothingToDoError, match="--exclude leaves no indicator"):
        of_all(program, axes, ["lag", "wave"])


def test_an_indicator_that_cannot_be_called_is_no_trouble_where_it_is_excluded() -> None:
    files = sources(REQUIRED, LIB + "pub mod plain;\n")
    uses = CORE[: CORE.index("use rayon")]
    program = with_plain(program_from(files | {"src/plain.rs": uses + PLAIN}))
    axes = Axes(kinds=(Kind.SINGLE,), sizes=(10,))
    assert [one.case for one in of_all(program, axes).failures] == ["wave"]
    assert of_all(program, axes, ["wave"]).failures == ()


BARE = PLAIN.replace("steps=3", "steps").replace("lag", "delay")


def with_bare() -> Program:
    """Two plain functions beside the other one, the second without a default."""
    uses = CORE[: CORE.index("use rayon")]
    files = sources(CORE, LIB + "pub mod plain;\npub mod bare;\n")
    bare = BARE[: BARE.index("#[pyfunction]\npub fn doubled")]
    files |= {"src/plain.rs": uses + PLAIN, "src/bare.rs": uses + bare}
    return with_plain(program_from(files))


def test_functions_of_one_name_in_two_modules_are_two_indicators() -> None:
    uses = CORE[: CORE.index("use rayon")]
    other = PLAIN[: PLAIN.index("#[pyfunction]\npub fn doubled")]
    other = other.replace('name = "lag"', 'name = "far_lag"').replace("lag_py", "far_lag_py")
    files = sources(CORE, LIB + "pub mod plain;\npub mod far;\n")
    program = with_plain(
        program_from(files | {"src/plain.rs": uses + PLAIN, "src/far.rs": uses + other})
    )
    with pytest.raises(BindcheckError, match=r"ambiguous: crate::far::lag \(src/far.rs\), crate::"):
        chosen(program, ["lag"])
    near, far = chosen(program, ["plain::lag", "far_lag"])
    assert (near.path, far.path) == ("src/plain.rs", "src/far.rs")
    assert chosen(program, ["far::lag"]) == chosen(program, ["crate::far::lag"]) == (far,)
    timed = of_all(program, Axes(kinds=(Kind.SINGLE,), sizes=(10,), params=(("steps", "2"),)))
    assert [one.case.name for one in timed.subjects] == [
        "crate::far::lag/single/10",
        "crate::plain::lag/single/10",
        "wave/single/10",
    ]
    assert [one.binding for one in timed.unmeasured] == ["doubled"]


def test_with_all_a_parameter_is_for_those_that_have_it() -> None:
    program, axes = with_bare(), Axes(kinds=(Kind.SINGLE,), sizes=(10,))
    assert [one.case for one in of_all(program, axes).failures] == ["delay"]
    found = of_all(program, replace(axes, params=(("steps", "9"), ("length", "20"))))
    assert found.failures == ()
    given = {one.case.indicator: one.case.arguments[0] for one in found.subjects}
    assert {name: (one.name, one.value) for name, one in given.items()} == {
        "delay": ("steps", 9),
        "lag": ("steps", 9),
        "wave": ("length", 20),
    }
    with pytest.raises(BindcheckError, match=r"--param step: no indicator .* mean 'steps'\?"):
        of_all(program, replace(axes, params=(("step", "9"),)))
    with pytest.raises(BindcheckError, match=r"--param window: no .*; they have .*length.*steps"):
        of_all(program, replace(axes, params=(("window", "9"),)))


def test_with_all_a_sweep_means_batches_of_all() -> None:
    axes = Axes(sizes=(10,), params=(("length", "2:8:3"),))
    found = of_all(with_bare(), axes)
    assert [(one.case.name, one.case.rows) for one in found.subjects] == [("wave/batch/3x10", 3)]
    assert [one.case for one in found.failures] == ["delay", "lag"]
    assert "the core has no batch function" in found.failures[0].reason


def test_a_sweep_of_a_core_without_batches_is_told_as_what_it_is() -> None:
    uses = CORE[: CORE.index("use rayon")]
    program = with_plain(program_from({"src/lib.rs": uses + PLAIN + MODULE}))
    [core] = program.cores
    told = (
        r"`lag`: --param steps=1:10:1 is a sweep, which needs a batch, and the core has no batch "
        "function: give one value"
    )
    with pytest.raises(BindcheckError, match=told):
        of_core(program, core, Axes(sizes=(10,), params=(("steps", "1:10:1"),)))
    with pytest.raises(BindcheckError, match="no batch function, so only calls on one series"):
        of_core(program, core, Axes(kinds=(Kind.BATCH,), sizes=(10,)))
    bare = CORE[: CORE.index('#[pyfunction(name = "wave_batch")]')]
    unbound = linked(bare + CORE[CORE.index("#[pymodule]") :].replace("wave_batch_py", "wave_py"))
    with pytest.raises(BindcheckError, match="no batch binding: `bindcheck generate` writes it"):
        of_core(unbound, unbound.cores[0], Axes(kinds=(Kind.BATCH,), sizes=(10,)))


def test_a_file_of_several_indicators_is_not_offered_for_a_name() -> None:
    uses = "use numpy::*;\nuse pyo3::prelude::*;\n"
    turned = CHOOSING.replace(
        "if s.len() > 9_000 { turned_par(s) } else { turned(s) }", "turned(s)"
    )
    program = with_plain(program_from({"src/lib.rs": uses + turned + STEADY + MODULE}))
    with pytest.raises(BindcheckError, match=r"'nosuch'; there is `steady`, `turned`$"):
        chosen(program, ["nosuch"])
    with pytest.raises(BindcheckError, match="'lib' is ambiguous"):
        chosen(program, ["lib"])
    # All of a file can be left out.
    with pytest.raises(BindcheckError, match=r"'nosuch'; there is `lib`, `steady`, `turned`$"):
        of_all(program, Axes(sizes=(10,)), ["nosuch"])
    alone = with_plain(program_from({"src/lib.rs": uses + STEADY + MODULE}))
    with pytest.raises(BindcheckError, match=r"'nosuch'; there is `lib`, `steady`$"):
        chosen(alone, ["nosuch"])
