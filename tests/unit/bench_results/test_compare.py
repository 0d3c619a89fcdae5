from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bindcheck.bench import document
from bindcheck.bench.compare import baseline_of, compare, find_baseline, refuse_other_machine
from bindcheck.bench.evaluate import evaluate
from bindcheck.bench.history import History
from bindcheck.bench.outcome import Comparison, Outcome
from bindcheck.bench.samples import PYTHON, Argument
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import replace


def test_a_regression_fails_when_its_whole_interval_is_above_the_limit(maker) -> None:
    old, new = maker.outcome(1.02), maker.outcome(1.06)
    gate = compare(new, old, "then", 0.02)
    assert gate.failed
    assert [one.new.case.cols for one in gate.moved] == [1000, 10_000]
    for one in gate.moved:
        assert one.change.value == pytest.approx(1.06 / 1.02, abs=0.002)
        assert one.change.low > 1.02
    assert not compare(new, old, "then", 0.05).failed
    assert not compare(new, old, "then", None).failed
    assert not compare(old, new, "then", 0.02).failed, "faster is no regression"


def test_a_change_that_may_be_smaller_does_not_fail(maker) -> None:
    maker.bias = 0.03
    gate = compare(maker.outcome(1.05), maker.outcome(1.02), "then", 0.02)
    assert not gate.failed


def test_what_varies_from_run_to_run_without_a_reason_is_no_regression(maker) -> None:
    """Each build lays its code out anew: its processes agree, and differ from the last run's."""
    runs = [
        maker.outcome(1.02 * (1.0 + maker.random.gauss(0.0, 0.01)), f"2026-01-{day:02}T00:00:00Z")
        for day in range(1, 25)
    ]
    old, new = maker.outcome(1.02), maker.outcome(1.055, "2026-02-01T00:00:00Z")
    assert compare(new, old, "then", 0.02).failed
    widened = compare(new, old, "then", 0.02, runs)
    assert not widened.failed
    assert 0.02 < widened.moved[0].change.reach < 0.05
    assert compare(maker.outcome(1.15, "2026-02-02T00:00:00Z"), old, "then", 0.02, runs).failed
    assert compare(new, old, "then", 0.02, runs[:5]).failed, "too few runs to tell"


def _controlled(maker, make_case, overhead: float, control: float = 1.0):
    one = make_case()
    made = [
        maker.measurement(one, 6000.0 * overhead, 6000.0),
        maker.measurement(one, 6000.0 * control, 6000.0, (PYTHON, PYTHON)),
    ]
    return evaluate(maker.session(made))


@pytest.mark.parametrize(("now", "then"), [(1.04, 1.0), (1.0, 0.96)])
def test_a_call_that_differs_from_itself_fails_no_gate(maker, make_case, now, then) -> None:
    old = _controlled(maker, make_case, 1.02, then)
    new = _controlled(maker, make_case, 1.06, now)
    gate = compare(new, old, "then", 0.02)
    assert (gate.failed, gate.uncertain) == (False, True)
    (told,) = gate.notes
    when = "now" if now > 1.0 else "then"
    assert told.startswith("cannot tell: kama/single/1000 (python over native, recycled): " + when)
    assert "python against itself came out " in told
    assert not compare(old, old, "then", 0.02).uncertain, "what does not fail passes"
    assert not compare(new, old, "then", None).uncertain


def test_a_control_is_off_by_what_the_gate_allows(maker, make_case) -> None:
    """A margin of 1 % lets a control be 0.8 % off; a gate of 0.3 % does not."""
    old = _controlled(maker, make_case, 1.02)
    new = _controlled(maker, make_case, 1.04, 1.008)
    assert compare(new, old, "then", 0.003).uncertain
    assert compare(new, old, "then", 0.01).failed


@pytest.mark.parametrize("when", ["now", "then"])
def test_a_call_that_is_hardly_known_fails_no_gate(maker, make_case, when) -> None:
    old, new = (_controlled(maker, make_case, one) for one in (1.02, 1.06))
    maker.bias = 0.15
    wild = _controlled(maker, make_case, 1.06).comparisons[0].floor
    (doubted,) = (new if when == "now" else old).comparisons[:1]
    doubted.floor = wild
    gate = compare(new, old, "then", 0.02)
    assert (gate.failed, gate.uncertain) == (False, True)
    assert f"{when} unstable: python against itself is known to lie in 0." in gate.notes[0]


def test_what_fails_certainly_fails_beside_what_is_doubtful(maker, make_case) -> None:
    old, new = maker.outcome(1.02), maker.outcome(1.06)
    bad = _controlled(maker, make_case, 1.06, 1.04).comparisons[0]
    new.comparisons = (bad, *(one for one in new.comparisons if one.case.cols != 1000))
    gate = compare(new, old, "then", 0.02)
    assert [(one.failed, one.uncertain) for one in gate.moved] == [(False, True), (True, False)]
    assert (gate.failed, gate.uncertain) == (True, False)


def test_equal_runs_seldom_fail(maker) -> None:
    failed = sum(compare(maker.outcome(), maker.outcome(), "then", 0.001).failed for _ in range(40))
    assert failed <= 3


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cpu": "Other"}, "another CPU (Other, now A processor)"),
        ({"profile": "dev"}, "another profile (dev, now release)"),
        ({"features": ("python", "simd")}, "another features (python, simd, now python)"),
        ({"rustflags": "-C x"}, "another compiler flags (-C x, now none)"),
    ],
)
def test_another_machine_or_profile_is_refused(maker, change, told: str) -> None:
    with pytest.raises(BindcheckError) as caught:
        compare(maker.outcome(), maker.outcome(**change), "then", 0.02)
    assert told in str(caught.value)


def test_other_software_is_told_and_no_reason_to_refuse(maker) -> None:
    gate = compare(maker.outcome(), maker.outcome(numpy="1.26.0", governor=""), "then", 0.02)
    assert gate.notes == ("governor was unknown, is performance", "numpy was 1.26.0, is 2.4.0")


def _one(maker, make_case, processes: int = 5, **changes):
    made = maker.measurement(make_case(**changes), 1050.0, 1000.0, processes=processes)
    return evaluate(maker.session([made]))


def test_another_grid_of_the_same_case_is_refused_and_both_are_named(maker, make_case) -> None:
    sweep = (Argument("period", (5.0, 35.0, 0.5)),)
    new = _one(maker, make_case, rows=61, cols=1000, name="kama/batch", arguments=sweep)
    old = _one(maker, make_case, rows=227, cols=1000, name="kama/batch")
    with pytest.raises(NothingToDoError) as caught:
        compare(new, old, "old.json", 0.02)
    assert str(caught.value) == (
        "nothing to compare with old.json: kama/batch (python over native, recycled): "
        "different grids: now 61 × 1,000 = 61,000 cells with period=5..35 step 0.5, kernel=auto, "
        "then 227 × 1,000 = 227,000 cells with period=30, kernel=auto"
    )


@pytest.mark.parametrize(
    ("then", "told"),
    [
        ({"cols": 10}, "not measured then"),
        ({"cols": 1000, "out": True, "name": "kama/single/1000"}, "measured in another way then"),
        ({"cols": 1000, "processes": 3}, "only 3 processes"),
        (
            {"cols": 1000, "arguments": (Argument("period", 20),)},
            "other arguments: now period=30, kernel=auto, then period=20, kernel=auto",
        ),
    ],
)
def test_what_cannot_be_compared_says_why(maker, make_case, then, told: str) -> None:
    new = _one(maker, make_case)
    with pytest.raises(NothingToDoError, match=told):
        compare(new, _one(maker, make_case, **then), "then", 0.02)


def test_a_case_without_counterpart_is_left_out_beside_others(maker, make_case) -> None:
    old = maker.outcome()
    new = maker.outcome()
    new.comparisons = (*new.comparisons, *_one(maker, make_case, cols=77).comparisons)
    gate = compare(new, old, "then", 0.02)
    assert len(gate.moved) == 2
    assert gate.left_out == ("kama/single/77 (python over native, recycled): not measured then",)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "first")
    git("tag", "v1")
    git("commit", "-q", "--allow-empty", "-m", "second")
    return tmp_path


def _head(repository: Path, revision: str) -> str:
    done = subprocess.run(
        ["git", "rev-parse", revision], cwd=repository, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_revision_names_the_newest_clean_run_of_its_commit(maker, repository: Path) -> None:
    commit = _head(repository, "v1")
    runs = tuple(
        maker.outcome(1.02, f"2026-01-0{day}T00:00:00+00:00", commit=commit, dirty=dirty)
        for day, dirty in ((1, False), (2, False), (3, True))
    )
    found, name = find_baseline("v1", History((*runs, maker.outcome())), repository)
    assert baseline_of(found, maker.outcome()).started == runs[1].started
    assert name == f"commit {commit[:12]}"


def test_a_complete_run_goes_before_an_interrupted_one(maker, repository: Path) -> None:
    commit = _head(repository, "v1")
    whole = maker.outcome(commit=commit)
    cut = replace(
        maker.outcome(started="2026-01-02T00:00:00+00:00", commit=commit), interrupted=True
    )
    assert find_baseline("v1", History((whole, cut)), repository)[0] == (cut, whole)
    assert find_baseline("v1", History((cut,)), repository)[0] == (cut,)


def test_of_several_runs_each_case_has_its_newest_of_this_machine(maker, make_case) -> None:
    both = maker.outcome(1.02, "2026-01-01T00:00:00Z")
    small = maker.outcome(1.03, "2026-01-02T00:00:00Z")
    small.comparisons = tuple(one for one in small.comparisons if one.case.cols == 1000)
    away = maker.outcome(1.5, "2026-01-03T00:00:00Z", cpu="Other")
    gate = compare(maker.outcome(1.02), baseline_of((both, small, away), both), "then", 0.02)
    assert [one.old.ratio.value for one in gate.moved] == pytest.approx([1.03, 1.02], abs=0.003)
    here = maker.outcome().provenance
    refuse_other_machine((away, both), here, "then")
    with pytest.raises(BindcheckError, match="another CPU"):
        refuse_other_machine((away,), here, "then")
    with pytest.raises(BindcheckError, match="another CPU"):
        compare(both, baseline_of((away,), both), "then", 0.02)


def _cut(outcome: Outcome, processes: int) -> Outcome:
    made = [replace(one, trials=one.trials[:processes]) for one in outcome.comparisons]
    return replace(outcome, comparisons=tuple(made))


def test_a_quick_look_does_not_take_the_place_of_a_good_result(maker) -> None:
    good = maker.outcome(1.02, "2026-01-01T00:00:00Z")
    few = _cut(maker.outcome(1.2, "2026-01-02T00:00:00Z"), 3)
    new = maker.outcome(1.08, "2026-01-04T00:00:00Z")
    assert compare(new, baseline_of((good, few), new), "then", 0.02).failed
    maker.blocks = 9
    brief = maker.outcome(1.2, "2026-01-03T00:00:00Z")
    assert baseline_of((good, brief), new).comparisons == _judged(good)
    maker.blocks = 11
    again = maker.outcome(1.2, "2026-01-03T00:00:00Z")
    assert baseline_of((good, again), new).comparisons == _judged(again)
    assert baseline_of((few,), new).comparisons == _judged(few)


def _judged(outcome: Outcome) -> tuple[Comparison, ...]:
    return tuple(one for one in outcome.comparisons if not one.is_control)


def test_of_two_runs_that_with_few_processes_is_named(maker) -> None:
    good, few = maker.outcome(), _cut(maker.outcome(), 3)
    with pytest.raises(NothingToDoError, match=r"recycled\): only 3 processes then"):
        compare(good, baseline_of((few,), good), "then", 0.02)
    with pytest.raises(NothingToDoError, match=r"recycled\): only 3 processes(;|$)"):
        compare(few, good, "then", 0.02)


def test_what_only_the_baseline_has_is_told(maker, make_case) -> None:
    old, new = maker.outcome(), maker.outcome()
    more = [_one(maker, make_case, cols=cols).comparisons for cols in (70, 71, 72, 73, 74, 75)]
    old.comparisons = (*old.comparisons, *(one for [one] in more))
    gate = compare(new, old, "then", 0.02)
    [told] = gate.left_out
    assert told.startswith("of then, not measured now: kama/single/70 (python over native, rec")
    assert told.endswith("kama/single/74 (python over native, recycled) and 1 more")
    assert [one.partition(" ")[0] for one in gate.missing] == [
        f"kama/single/{cols}" for cols in (70, 71, 72, 73, 74, 75)
    ]
    other = _one(maker, make_case, cols=1000, rows=2, name="kama/single/1000").comparisons
    old.comparisons = (*maker.outcome().comparisons, *other)
    assert compare(new, old, "then", 0.02).left_out == (), "it was measured, in another way"


def test_a_revision_that_was_not_measured_is_an_error(maker, repository: Path) -> None:
    with pytest.raises(BindcheckError, match="--compare HEAD: the history holds no results of"):
        find_baseline("HEAD", History(), repository)
    dirty = maker.outcome(commit=_head(repository, "HEAD"), dirty=True)
    with pytest.raises(BindcheckError, match=r"only measured with uncommitted changes$"):
        find_baseline("HEAD", History((dirty,)), repository)
    named = replace(dirty, provenance=replace(dirty.provenance, changed=("src/a.rs", "b.toml")))
    with pytest.raises(BindcheckError, match=r"uncommitted changes \(src/a\.rs, b\.toml\)$"):
        find_baseline("HEAD", History((dirty, named)), repository)
    many = replace(named.provenance, changed=tuple(f"{at}.rs" for at in range(6)))
    with pytest.raises(BindcheckError, match=r"\(0\.rs, 1\.rs, .*, 4\.rs and others\)$"):
        find_baseline("HEAD", History((replace(named, provenance=many),)), repository)


@pytest.mark.parametrize("wanted", ["nonsense", "--help", "", "HEAD:x"])
def test_what_is_neither_file_nor_revision_is_an_error(repository: Path, wanted: str) -> None:
    with pytest.raises(BindcheckError, match="neither a file nor a revision"):
        find_baseline(wanted, History(), repository)


def test_outside_a_repository_only_files_can_be_named(maker, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    document.write(maker.outcome(), path)
    assert find_baseline(str(path), History(), tmp_path)[0] == (document.read(path),)
    with pytest.raises(BindcheckError, match="neither a file nor a revision"):
        find_baseline("HEAD", History(), tmp_path)


def test_without_git_a_revision_cannot_be_found(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BindcheckError, match="no such file, and no git to ask"):
        find_baseline("HEAD", History(), tmp_path)


def _on_cores(outcome: Outcome, cores: int | None) -> Outcome:
    changed = (replace(one, cores=cores) for one in outcome.comparisons)
    return replace(outcome, comparisons=tuple(changed))


def test_a_single_call_on_several_cores_is_another_one_than_on_one(maker) -> None:
    old, new = maker.outcome(), maker.outcome()
    assert len(compare(_on_cores(new, 1), _on_cores(old, None), "then", 0.02).moved) == 2
    assert len(compare(_on_cores(new, 2), _on_cores(old, 4), "then", 0.02).moved) == 2
    for then in (1, None):
        with pytest.raises(NothingToDoError, match=r"recycled\): on 2 cores now, on 1 then"):
            compare(_on_cores(new, 2), _on_cores(old, then), "then", 0.02)
    only_one = _on_cores(new, 2)
    only_one = replace(only_one, comparisons=(new.comparisons[0], *only_one.comparisons[1:]))
    gate = compare(only_one, _on_cores(old, 1), "then", 0.02)
    assert (len(gate.moved), gate.lost, gate.missing) == (1, (), ())
