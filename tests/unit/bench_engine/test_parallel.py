"""Single calls on which threads work: found in the sources, and given the cores that they use."""

from __future__ import annotations

from dataclasses import replace as changed
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench import jobs
from bindcheck.bench.cases import Axes, cases_of
from bindcheck.bench.effort import Effort
from bindcheck.bench.jobs import Pairing, job_of, threads_environment
from bindcheck.bench.measure import Request, _notes, _tasks
from bindcheck.bench.native import native
from bindcheck.bench.parallel import starts_threads, works_in_parallel
from bindcheck.bench.samples import Argument, Case, Kind
from bindcheck.bench.side import Built, way_of
from bindcheck.bench.subjects import Subject
from bindcheck.bench.threadcount import Threads, threads_of
from bindcheck.cli import bench, main
from bindcheck.crate import Dependency
from bindcheck.errors import BindcheckError
from bindcheck.fact import replace
from bindcheck.testing import crate_of, program_from

from .conftest import CORE, linked

LIB = """\
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
mod help;
USES

pub fn smooth(data: &[f64], window: usizeMORE) -> Vec<f64> {
    BODY
}

#[pyfunction(name = "smooth")]
#[pyo3(signature = (data, window=5SIGNATURE))]
pub fn smooth_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, window: usizeMORE,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = data.as_slice()?;
    Ok(py.detach(|| CALL).into_pyarray(py))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(smooth_py, m)?)
}
"""
HELP = """\
macro_rules! shared {
    ($data:expr) => { rayon::join(|| sum(&$data[..1]), || sum(&$data[1..])) };
}
pub(crate) fn twice(x: f64) -> f64 { 2.0 * x }
pub(crate) fn later(data: &[f64]) -> Vec<f64> { inner(data) }
fn inner(data: &[f64]) -> Vec<f64> { data.par_chunks(8).flat_map(|one| one.to_vec()).collect() }
pub(crate) fn both(data: &[f64]) -> f64 { let (a, b) = shared!(data); a + b }
fn sum(data: &[f64]) -> f64 { data.iter().sum() }
"""
LOOP = "data.iter().map(|x| x * window as f64).collect()"
SCOPE = (
    "let mut out = vec![0.0; data.len()]; std::thread::scope(|s| { s.spawn(|| fill(&mut out)); }); "
    "out"
)
PARALLEL = [
    ("data.par_iter().map(|x| 2.0 * x).collect()", ""),
    (SCOPE, ""),
    ("scope(|s| { s.spawn(|| help::twice(1.0)); }); data.to_vec()", "use std::thread::scope;"),
    ("spawn(move || help::twice(1.0)).join().unwrap(); data.to_vec()", "use std::thread::spawn;"),
    ("let (a, b) = join(|| one(data), || two(data)); vec![a, b]", "use rayon::join;"),
    ("crossbeam::scope(|s| work(s, data)).unwrap()", ""),
    ("pool().execute(move || work()); data.to_vec()", ""),
    ("par_azip!((a in &mut out, &b in data) *a = b); out", ""),
    ("help::later(data)", ""),
    ("vec![help::both(data)]", ""),
]
SEQUENTIAL = [
    LOOP,
    "data.iter().map(|x| help::twice(*x)).collect()",
    'let name = ["a", "b"].join(","); vec![name.len() as f64]',
    'Command::new("true").spawn().unwrap().wait().unwrap(); data.to_vec()',
]


def smoothing(
    body: str = LOOP, uses: str = "", *, more: str = "", default: str = "", around: str = "{}"
) -> Program:
    """A crate with one plain function; `more` is an argument of it and of its binding.

    `around` is what the binding does, with the call of the function in place of `{}`.
    """
    name = more.partition(":")[0]
    parts = {
        "USES": uses,
        "BODY": body,
        "MORE": f", {more}" if more else "",
        "SIGNATURE": f", {default}" if default else "",
        "CALL": around.replace("{}", f"smooth({', '.join(filter(None, ('data, window', name)))})"),
    }
    text = LIB
    for mark, part in parts.items():
        text = text.replace(mark, part)
    return program_from({"src/lib.rs": text, "src/help.rs": HELP})


def single(program: Program, *numbers: int, peers: bool = False) -> list[Case]:
    axes = Axes(kinds=(Kind.SINGLE,), sizes=(50,), threads=numbers or (None,), peers=peers)
    return list(cases_of(program, program.cores[0], axes))


def told(program: Program, case: Case) -> dict[str, Any]:
    """The job of a case of a single call."""
    [core] = program.cores
    made = native(program, core, way_of(program, case, core)[1], "0")
    pairs = [Pairing(("python", "native"))]
    return job_of(program, crate_of(), core, case, pairs, made, Path("/built.so")).job


@pytest.mark.parametrize(("body", "uses"), PARALLEL)
def test_a_core_that_leads_to_threads_is_kept_on_no_core(body: str, uses: str) -> None:
    program = smoothing(body, uses)
    [core] = program.cores
    assert works_in_parallel(program, core, Kind.SINGLE)
    job = told(program, single(program)[0])
    assert (job["cores"], job["native"]["threads"]) == (0, 0)
    cases = single(program, 1, 4)
    assert [case.name for case in cases] == [
        "smooth/single/threads=1/50",
        "smooth/single/threads=4/50",
    ]
    assert [told(program, case)["cores"] for case in cases] == [1, 4]


@pytest.mark.parametrize("body", SEQUENTIAL)
def test_a_core_that_starts_no_threads_stays_on_one_core(body: str) -> None:
    program = smoothing(body)
    [core] = program.cores
    assert not starts_threads(program, core, Kind.SINGLE)
    [case] = single(program, 1, 4)
    assert case.threads is None
    assert threads_of(program, core, case) == Threads(1, alone=True)
    job = told(program, case)
    assert (job["cores"], job["native"]["threads"]) == (1, 1)
    crate = changed(crate_of(), dependencies=(Dependency("rayon"),))
    rest = {"by_parameter": False, "starts": False}
    assert threads_environment(case, Threads(1, alone=True), crate, **rest) == {}


def test_threads_of_the_binding_count_too() -> None:
    bound = smoothing(around="data.par_chunks(9).flat_map(|data| {}).collect()")
    assert works_in_parallel(bound, bound.cores[0], Kind.SINGLE)


def test_of_a_core_with_an_input_all_that_it_calls_counts(program: Program) -> None:
    assert works_in_parallel(program, program.cores[0], Kind.SINGLE)
    fixed = linked(CORE.replace("    parallel(input)\n}", "    sequential(input)\n}"))
    assert not works_in_parallel(fixed, fixed.cores[0], Kind.SINGLE)
    assert works_in_parallel(fixed, fixed.cores[0], Kind.BATCH)


def test_a_parameter_for_threads_says_that_there_are_some() -> None:
    program = smoothing(more="threads: usize", default="threads=2")
    [core] = program.cores
    assert not starts_threads(program, core, Kind.SINGLE)
    [case] = single(program)
    assert told(program, case)["cores"] == 0
    # It is an argument like others: both sides get it.
    assert told(program, case)["python"]["args"][-1] == {"value": 2}
    wanted = (
        "--threads: `threads` is a parameter of `smooth`: give its value with --param threads=NU"
    )
    with pytest.raises(BindcheckError, match=wanted):
        single(program, 4)


@pytest.mark.parametrize(("default", "cores"), [("true", 0), ("false", 1)])
def test_a_flag_for_threads_decides(default: str, cores: int) -> None:
    program = smoothing(SCOPE, more="parallel: bool", default=f"parallel={default}")
    [case] = single(program)
    assert case.arguments[-1] == Argument("parallel", default == "true")
    assert told(program, case)["cores"] == cores


def test_peers_may_have_threads_of_their_own() -> None:
    program = smoothing()
    [core] = program.cores
    assert [case.threads for case in single(program, 1, 4, peers=True)] == [1, 4]
    subjects = [Subject(case, core) for case in single(program)]
    request = Request("python", Effort(), peers=("a:b",))
    [note] = _notes(program, subjects, request)
    assert note.startswith("peers are kept on one core too, beside single calls that start no ")
    assert note.endswith("--threads N gives pairs with peers N cores")
    assert list(_notes(program, subjects, replace(request, peers=()))) == []


@pytest.mark.parametrize(
    ("body", "asked", "wanted"),
    [
        (LOOP, True, [(1, ["native", "python"]), (2, ["peer:a:b"])]),
        # A file of cases may say it for the sake of another crate, whose threads nobody reads.
        (LOOP, False, [(2, ["native", "python", "peer:a:b"])]),
        (SCOPE, True, [(2, ["native", "python", "peer:a:b"])]),
    ],
)
def test_cores_that_were_asked_for_are_for_peers_where_the_call_starts_no_threads(
    body: str,
    wanted: list[tuple[int, list[str]]],
    monkeypatch: pytest.MonkeyPatch,
    *,
    asked: bool,
) -> None:
    monkeypatch.setattr(jobs, "usable_cores", lambda: 2)
    program = smoothing(body)
    [core] = program.cores
    [case] = single(program, 2, peers=True)
    subject = Subject(case, core)
    sides = (("python", "native"), ("python", "python"))
    request = Request("python", Effort(), pairs=sides, peers=("a:b",), threads_asked=asked)
    way = way_of(program, case, core)
    built = Built(Path("/built.so"), {way: native(program, core, way[1], "0")}, {})
    tasks, failures = _tasks(program, crate_of(), [subject], request, built)
    assert failures == []
    found = [(one.job["cores"], [pair.sides[1] for pair in one.pairs]) for one in tasks]
    assert found == wanted
    assert all(one.case == case for one in tasks)
    told = [one for one in _notes(program, [subject], request) if "peers" in one]
    assert len(told) == (len(wanted) == 2)


def test_a_case_of_a_file_may_say_how_many_threads_there_are() -> None:
    program = smoothing()
    case = replace(single(program)[0], threads=2)
    assert told(program, case)["cores"] == 2


def test_a_system_that_keeps_no_process_on_a_core_measures_one_thread_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "usable_cores", lambda: 0)
    [case] = single(smoothing())
    one = replace(case, threads=1)
    rest: Any = {"crate": crate_of(), "by_parameter": False}
    assert threads_environment(one, Threads(1), **rest, starts=False) == {}
    for number, starts in ((1, True), (2, False)):
        with pytest.raises(BindcheckError, match="this system keeps no process on some cores, and"):
            threads_environment(one, Threads(number), **rest, starts=starts)


@pytest.fixture
def _loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    inputs: Any = SimpleNamespace(program=smoothing())
    monkeypatch.setattr(bench, "load_crate", lambda *_: bench.Loaded(inputs, crate_of()))
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_loaded")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--threads", "4"], "--threads: no call that is measured starts threads, as far as the s"),
        (["--single", "--threads", "1,2"], "--threads: no call that is measured starts threads, "),
        (["--rows", "7"], "--rows: no batch is measured, and a single call has one row: leave it"),
    ],
)
@pytest.mark.parametrize("names", [["smooth"], ["--all"]])
def test_options_that_could_act_on_no_case_are_refused(
    arguments: list[str], said: str, names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *names, *arguments]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.mark.usefixtures("_loaded")
def test_one_thread_is_what_calls_have_that_start_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "--all", "--threads", "1", "--write-cases", "cases.toml"]) == 0
    assert (tmp_path / "cases.toml").is_file()
    assert "--threads" not in capsys.readouterr().err


SEQUENTIAL_CORE = CORE.replace("    parallel(input)\n}", "    sequential(input)\n}")
SIGNATURE = 'mode="soft", kernel=None, *, out=None))]'
ARGUMENTS = "kernel: Option<&str>, out: Option<Bound<'py, PyAny>>,"


def test_a_number_that_the_binding_has_by_default_is_that_of_both_sides() -> None:
    assert SIGNATURE in SEQUENTIAL_CORE
    text = SEQUENTIAL_CORE.replace(SIGNATURE, SIGNATURE.replace("out=None", "out=None, threads=2"))
    program = linked(text.replace(ARGUMENTS, f"{ARGUMENTS} threads: usize,"))
    [case] = single(program)
    job = told(program, case)
    assert (job["cores"], job["native"]["threads"]) == (2, 2)
    assert threads_of(program, program.cores[0], case).default == "threads=2"
    assert told(program, single(program, 4)[0])["python"]["kwargs"] == {"threads": {"value": 4}}
