from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
from click.testing import CliRunner

from bindcheck.bench import document, history
from bindcheck.bench.evaluate import evaluate
from bindcheck.bench.samples import Failure, Session
from bindcheck.cli.bench_output import finish, output_options, prepare
from bindcheck.errors import BindcheckError, NothingToDoError, Terminated
from bindcheck.fact import replace

SCHEMA = Path(__file__).parents[3] / "docs" / "bench.schema.json"


def _command(seen: dict[str, Any] | None = None) -> click.Command:
    @click.command()
    @output_options
    def command(**options: Any) -> None:
        if seen is not None:
            seen.update(options)

    return command


def _options(**changes: Any) -> dict[str, Any]:
    """What the options come to, by the decorator itself; a flag has the value None."""
    seen: dict[str, Any] = {}
    arguments = [word for name, value in changes.items() for word in (f"--{name}", value) if word]
    result = CliRunner().invoke(_command(seen), arguments, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return seen


def _finish(tmp_path: Path, session: Session, **options: Any) -> int:
    prepared = prepare(tmp_path, tmp_path / "out", **_options(**options))
    return finish(session, prepared)


def _session(maker, make_case, overhead: float = 1.05, **changes: Any) -> Session:
    made = [maker.measurement(make_case(), 6000.0 * overhead, 6000.0)]
    return maker.session(made, **changes)


def test_a_run_is_shown_kept_and_added_to_the_history(
    maker, make_case, tmp_path: Path, capsys
) -> None:
    session = _session(maker, make_case)
    assert _finish(tmp_path, session) == 0
    assert "1 comparison: 1 slower" in capsys.readouterr().out
    assert document.read(tmp_path / "out" / "results.json") == evaluate(session)
    assert len(history.read(tmp_path / "out" / "history.jsonl").runs) == 1
    later = replace(session, started="2026-02-01T12:00:00+00:00")
    assert _finish(tmp_path, later) == 0
    assert "history: 2 runs since 2026-01-01; no change of level" in capsys.readouterr().out


def test_json_on_stdout_keeps_to_the_schema(maker, make_case, tmp_path: Path, capsys) -> None:
    assert _finish(tmp_path, _session(maker, make_case), **{"output-format": "json"}) == 0
    data = json.loads(capsys.readouterr().out)
    jsonschema.validate(data, json.loads(SCHEMA.read_text()))
    assert data["comparisons"][0]["verdict"] == "slower"


@pytest.mark.parametrize(
    ("kind", "start"), [("markdown", "## bindcheck"), ("html", "<!doctype html>")]
)
def test_other_formats_go_to_a_file(
    maker, make_case, tmp_path: Path, capsys, kind: str, start: str
) -> None:
    path = tmp_path / "report"
    options = {"output-format": kind, "output-file": str(path)}
    assert _finish(tmp_path, _session(maker, make_case), **options) == 0
    assert path.read_text().startswith(start)
    assert capsys.readouterr().out == ""


def test_the_margin_decides(maker, make_case, tmp_path: Path, capsys) -> None:
    session = _session(maker, make_case, 1.02)
    assert _finish(tmp_path, session, margin="5%") == 0
    assert "within ±5 %" in capsys.readouterr().out
    assert _finish(tmp_path, session, margin="0.5") == 0
    assert "1 slower" in capsys.readouterr().out


def test_the_document_explains_every_option() -> None:
    document = (SCHEMA.parent / "bench.md").read_text()
    missing = [
        option.opts[0]
        for option in _command().params
        if option.opts[0] not in document and option.opts[0] != "--color"
    ]
    assert missing == []


@pytest.mark.parametrize("text", ["0", "-1%", "x", "100%", "", "nan", "%"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no percentage between 0 and 100"):
        _options(**{"fail-over": text} if text else {"margin": " "})


def test_an_unstable_run_has_no_verdict_and_says_what_to_do(
    maker, make_case, tmp_path: Path, capsys
) -> None:
    maker.bias = 0.05
    assert _finish(tmp_path, _session(maker, make_case, 1.0)) == 3
    told = capsys.readouterr()
    assert "cannot tell" in told.out
    assert "1 of 1 comparison is too uncertain for a verdict: give more --seconds" in told.err


def test_a_difference_as_large_as_the_margin_is_no_failure(
    maker, make_case, tmp_path: Path, capsys
) -> None:
    assert _finish(tmp_path, _session(maker, make_case, 1.01)) == 0
    assert "cannot tell" in capsys.readouterr().out


def test_different_grids_are_an_error_and_no_result(
    maker, make_case, tmp_path: Path, capsys
) -> None:
    session = _session(maker, make_case)
    session.measurements[0].processes[0].cells = (227, 61)
    assert _finish(tmp_path, session) == 2
    told = capsys.readouterr()
    assert "nothing was measured" in told.out
    assert "bindcheck: error: kama/single/1000 (python over native): the sides computed" in told.err
    assert "python 227 cells, native 61 cells" in told.err
    assert not (tmp_path / "out").exists(), "nothing to keep"


def test_what_could_not_be_measured_is_told_and_the_rest_is_kept(
    maker, make_case, tmp_path: Path, capsys
) -> None:
    failure = Failure("kama/single/1000", ("python", "peer:talib:KAMA"), "talib is missing")
    session = _session(maker, make_case, failures=(failure,))
    assert _finish(tmp_path, session) == 3
    assert "warning: kama/single/1000 (python over talib.KAMA): talib is missing" in (
        capsys.readouterr().err
    )
    assert len(document.read(tmp_path / "out" / "results.json").comparisons) == 1


def test_a_run_without_results_leaves_the_last_ones_alone(
    maker, make_case, tmp_path: Path, capsys
) -> None:
    _finish(tmp_path, _session(maker, make_case))
    before = (tmp_path / "out" / "results.json").read_bytes()
    assert _finish(tmp_path, maker.session([])) == 3
    assert (tmp_path / "out" / "results.json").read_bytes() == before
    assert len(history.read(tmp_path / "out" / "history.jsonl").runs) == 1
    capsys.readouterr()


def test_controls_alone_are_kept_as_results_and_not_as_history(
    maker, make_case, tmp_path: Path, capsys
) -> None:
    made = [maker.measurement(make_case(), 6000.0, 6000.0, ("python", "python"))]
    assert _finish(tmp_path, maker.session(made)) == 0
    assert (tmp_path / "out" / "results.json").exists()
    assert not (tmp_path / "out" / "history.jsonl").exists()
    capsys.readouterr()


def test_the_gate_fails_over_its_limit_only(maker, make_case, tmp_path: Path, capsys) -> None:
    then = tmp_path / "then.json"
    document.write(evaluate(_session(maker, make_case, 1.02)), then)
    slow = _session(maker, make_case, 1.06)
    assert _finish(tmp_path, slow, compare=str(then), **{"fail-over": "2%"}) == 1
    told = capsys.readouterr()
    assert "fails" in told.out
    assert f"bindcheck: 1 comparison is slower than {then} allows" in told.err
    assert _finish(tmp_path, slow, compare=str(then), **{"fail-over": "8%"}) == 0
    assert "passes" in capsys.readouterr().out
    assert _finish(tmp_path, slow, compare=str(then)) == 0
    assert "passes" not in capsys.readouterr().out


def test_a_gate_that_only_a_failed_control_would_fail_cannot_tell(
    maker, make_case, tmp_path: Path, capsys
) -> None:
    then = tmp_path / "then.json"
    document.write(evaluate(_session(maker, make_case, 1.02)), then)
    control = maker.measurement(make_case(), 6240.0, 6000.0, ("native", "native"))
    slow = maker.session([maker.measurement(make_case(), 6600.0, 6000.0), control])
    for kind in ("text", "markdown", "html"):
        options = {"fail-over": "2%", "output-format": kind}
        assert _finish(tmp_path, slow, compare=str(then), **options) == 3
        told = capsys.readouterr()
        assert "now native against itself came out " in told.out.replace("\n    ", " ")
        assert f"cannot tell whether 1 comparison is slower than {then} allows: " in told.err
    options = {"fail-over": "2%", "output-format": "json"}
    assert _finish(tmp_path, slow, compare=str(then), **options) == 3
    gate = json.loads(capsys.readouterr().out)["gate"]
    assert (gate["failed"], gate["uncertain"]) == (False, True)
    assert gate["changes"][0]["doubts"][0].startswith("now native against itself came out ")


def test_json_tells_what_the_baseline_alone_has(maker, make_case, tmp_path: Path, capsys) -> None:
    then = tmp_path / "then.json"
    made = [maker.measurement(make_case(cols), 6100.0, 6000.0) for cols in (1000, 77)]
    document.write(evaluate(maker.session(made)), then)
    options = {"compare": str(then), "fail-over": "2%", "output-format": "json"}
    assert _finish(tmp_path, _session(maker, make_case, 1.02), **options) == 0
    data = json.loads(capsys.readouterr().out)
    jsonschema.validate(data, json.loads(SCHEMA.read_text()))
    assert data["gate"]["missing"] == ["kama/single/77 (python over native, recycled)"]


def test_a_commit_names_its_run_in_the_history(maker, make_case, tmp_path: Path, capsys) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for words in (["init", "-q"], [*identity, "commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout.strip()
    session = _session(maker, make_case)
    first = replace(session, provenance=replace(session.provenance, commit=head))
    assert _finish(tmp_path, first) == 0
    assert _finish(tmp_path, _session(maker, make_case), compare="HEAD") == 0
    assert f"change of the ratio against commit {head[:12]}" in capsys.readouterr().out


def test_results_are_shown_even_if_they_cannot_be_compared(
    maker, make_case, tmp_path: Path, capsys
) -> None:
    then = tmp_path / "then.json"
    made = [maker.measurement(make_case(77), 600.0, 500.0)]
    document.write(evaluate(maker.session(made)), then)
    with pytest.raises(NothingToDoError, match=r"nothing to compare with .*: not measured then"):
        _finish(tmp_path, _session(maker, make_case), compare=str(then))
    assert "1 comparison: 1 slower" in capsys.readouterr().out
    assert (tmp_path / "out" / "results.json").exists()


def test_results_are_shown_even_if_they_cannot_be_kept(
    maker, make_case, tmp_path: Path, capsys
) -> None:
    (tmp_path / "out").write_text("in the way")
    options = _options()
    prepared = prepare(tmp_path, tmp_path / "elsewhere", **options)
    prepared.results_file = tmp_path / "out" / "results.json"
    with pytest.raises(BindcheckError, match=r"out/results\.json: cannot be read"):
        finish(_session(maker, make_case), prepared)
    assert "1 comparison: 1 slower" in capsys.readouterr().out


def test_other_tools_are_shown_and_not_compared(maker, make_case, tmp_path: Path, capsys) -> None:
    folder = tmp_path / "criterion" / "x" / "new"
    folder.mkdir(parents=True)
    (folder / "estimates.json").write_text('{"mean": {"point_estimate": 812.0}, "slope": null}')
    (folder / "benchmark.json").write_text('{"full_id": "x"}')
    session = _session(maker, make_case)
    assert _finish(tmp_path, session, **{"other-times": str(tmp_path / "criterion")}) == 0
    out = capsys.readouterr().out
    assert "x (Criterion): 812 ns on" in out
    assert "1 comparison: 1 slower" in out


def test_without_history_none_is_read_or_written(maker, make_case, tmp_path: Path, capsys) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "history.jsonl").write_text("damaged\n")
    assert _finish(tmp_path, _session(maker, make_case), **{"no-history": None}) == 0
    assert "passed over" not in capsys.readouterr().out
    assert (tmp_path / "out" / "history.jsonl").read_text() == "damaged\n"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"fail-over": "2%"}, "--fail-over needs --compare"),
        ({"no-history": None, "history": "x"}, "exclude each other"),
        ({"output-file": "none/x"}, "none: no such folder"),
        (
            {"no-history": None, "compare": "HEAD"},
            "--compare HEAD: no such file.*looked up in the history.*leave out --no-history",
        ),
        ({"compare": "nonsense"}, "neither a file nor a revision"),
        ({"other-times": "none"}, "no such file or folder"),
    ],
)
def test_mistakes_are_told_before_anything_is_measured(
    tmp_path: Path, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(BindcheckError, match=told):
        prepare(tmp_path, tmp_path / "out", **_options(**options))


@pytest.mark.parametrize("option", ["history", "output-file"])
def test_a_target_that_cannot_be_written_is_told_before_anything_is_measured(
    tmp_path: Path, option: str
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    for name in ("file/in", "folder"):
        told = "cannot be written|no such folder|Is a directory|is a directory"
        with pytest.raises((BindcheckError, click.BadParameter), match=told):
            prepare(tmp_path, tmp_path / "out", **_options(**{option: str(tmp_path / name)}))


def test_results_that_cannot_be_kept_are_told_before_anything_is_measured(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(BindcheckError, match=r"out/history\.jsonl: cannot be written: Not a dir"):
        prepare(tmp_path, tmp_path / "out", **_options())
    with pytest.raises(BindcheckError, match=r"out/deep/results\.json: cannot be written: Not a"):
        prepare(tmp_path, tmp_path / "out" / "deep", **_options(**{"no-history": None}))


def test_a_file_that_is_no_history_is_not_added_to(maker, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes\n")
    with pytest.raises(BindcheckError, match=r"notes\.txt: holds no runs of `bindcheck bench`"):
        prepare(tmp_path, tmp_path / "out", **_options(history=str(path)))
    # The only line of a run that was killed.
    path.write_text(document.to_json(maker.outcome(), indent=None)[:500])
    prepare(tmp_path, tmp_path / "out", **_options(history=str(path)))


def test_nothing_is_written_by_looking_whether_it_can_be(tmp_path: Path) -> None:
    target = tmp_path / "history.jsonl"
    prepare(tmp_path, tmp_path / "out" / "deep", **_options(history=str(target)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("end", "code"), [(KeyboardInterrupt(), 130), (Terminated(), 143)])
def test_an_interrupted_run_is_shown_kept_and_told_by_its_status(
    maker, make_case, tmp_path: Path, capsys, end: KeyboardInterrupt, code: int
) -> None:
    assert _finish(tmp_path, _session(maker, make_case)) == 0
    before = (tmp_path / "out" / "results.json").read_bytes()
    capsys.readouterr()
    session = _session(maker, make_case, interrupted=True, end=end)
    assert _finish(tmp_path, session) == code
    told = capsys.readouterr()
    assert "1 comparison: 1 slower; stopped early" in told.out
    told_of = "what was measured is kept in interrupted.json, beside the last whole run"
    assert told.err == f"bindcheck: stopped early: {told_of}\n"
    assert document.read(tmp_path / "out" / "interrupted.json").interrupted
    assert (tmp_path / "out" / "results.json").read_bytes() == before


def test_a_run_that_its_budget_cut_does_not_replace_a_whole_one(
    maker, make_case, tmp_path: Path, capsys
) -> None:
    assert _finish(tmp_path, _session(maker, make_case)) == 0
    before = (tmp_path / "out" / "results.json").read_bytes()
    lost = Failure("kama/single/77", ("python", "native"), "left out: --budget 9 is too small")
    cut = _session(maker, make_case, interrupted=True, budget_s=9.0, failures=(lost,))
    assert _finish(tmp_path, cut) == 3
    assert (tmp_path / "out" / "results.json").read_bytes() == before
    assert document.read(tmp_path / "out" / "interrupted.json").budget_s == 9.0
    whole = _session(maker, make_case, budget_s=90.0)
    assert _finish(tmp_path, whole) == 0
    assert document.read(tmp_path / "out" / "results.json").budget_s == 90.0
    capsys.readouterr()


def test_each_file_that_cannot_be_written_is_told_and_costs_no_other(
    maker, make_case, tmp_path: Path, capsys
) -> None:
    report = tmp_path / "report.txt"
    prepared = prepare(tmp_path, tmp_path / "out", **_options(**{"output-file": str(report)}))
    report.mkdir()
    (tmp_path / "out" / "results.json").mkdir(parents=True)
    with pytest.raises(BindcheckError, match=r"out/results\.json") as caught:
        finish(_session(maker, make_case), prepared)
    told = capsys.readouterr()
    assert "1 comparison: 1 slower" in told.out, "the report is shown instead"
    assert "bindcheck: error: " in told.err
    assert "report.txt" in told.err
    assert "report.txt" not in str(caught.value)
    assert len((tmp_path / "out" / "history.jsonl").read_text().splitlines()) == 1


def test_an_interrupt_goes_before_what_else_went_wrong(
    maker, make_case, tmp_path: Path, capsys
) -> None:
    then = tmp_path / "then.json"
    document.write(evaluate(_session(maker, make_case)), then)
    few = maker.measurement(make_case(), 9000.0, 6000.0, processes=3)
    session = maker.session([few], interrupted=True, end=KeyboardInterrupt())
    prepared = prepare(tmp_path, tmp_path / "out", **_options(compare=str(then)))
    (tmp_path / "out").write_text("in the way")
    assert finish(session, prepared) == 130
    told = capsys.readouterr().err
    assert "error: nothing to compare with" in told
    assert "only 3 processes" in told
    assert "out/interrupted.json: cannot be read" in told


def test_the_status_of_an_interrupt_is_documented() -> None:
    for name in ("README.md", "docs/bench.md"):
        text = (SCHEMA.parents[1] / name).read_text()
        assert re.search(r"\| 130\b.*interrupted", text), name


def test_an_interrupt_before_there_is_a_result_promises_nothing_and_gives_no_advice(
    maker, make_case, tmp_path: Path, capsys
) -> None:
    few = maker.measurement(make_case(), 9000.0, 6000.0, processes=3)
    session = maker.session([few], interrupted=True, end=KeyboardInterrupt())
    assert _finish(tmp_path, session) == 130
    assert "a quieter machine" not in capsys.readouterr().err
    none = maker.session([], interrupted=True, end=KeyboardInterrupt())
    assert _finish(tmp_path, none) == 130
    assert capsys.readouterr().err == "bindcheck: stopped early: no result by then\n"


def test_a_control_beside_a_lost_comparison_is_no_result(
    maker, make_case, tmp_path: Path, capsys
) -> None:
    assert _finish(tmp_path, _session(maker, make_case)) == 0
    before = (tmp_path / "out" / "results.json").read_bytes()
    control = maker.measurement(make_case(), 6000.0, 6000.0, ("native", "native"))
    sides = ("python", "native")
    failure = Failure("kama/single/1000", sides, "the sides compute different grids", wrong=True)
    assert _finish(tmp_path, maker.session([control], failures=(failure,))) == 2
    told = capsys.readouterr()
    assert "no difference" not in told.out
    assert "error: kama/single/1000 (python over native): the sides compute" in told.err
    assert (tmp_path / "out" / "results.json").read_bytes() == before


def test_what_a_run_writes_is_known_before_it_measures(tmp_path: Path) -> None:
    history_file, report = tmp_path / "runs.jsonl", tmp_path / "report.md"
    options = _options(history=str(history_file), **{"output-file": str(report)})
    prepared = prepare(tmp_path, tmp_path / "out", **options)
    assert prepared.written == (tmp_path / "out" / "results.json", history_file, report)


def test_what_a_baseline_has_measured_is_known_before(maker, make_case, tmp_path: Path) -> None:
    then = tmp_path / "then.json"
    cases = [make_case(100), make_case(1000), make_case(100, indicator="lag", name="lag")]
    made = [maker.measurement(one, 6100.0, 6000.0) for one in cases]
    document.write(evaluate(maker.session(made)), then)
    prepared = prepare(tmp_path, tmp_path / "out", **_options(compare=str(then)))
    assert prepared.indicators == ("kama", "lag")
    assert prepare(tmp_path, tmp_path / "out", **_options()).indicators == ()


def test_json_has_the_gate(maker, make_case, tmp_path: Path, capsys) -> None:
    then = tmp_path / "then.json"
    document.write(evaluate(_session(maker, make_case, 1.02)), then)
    made = [maker.measurement(make_case(cols), 6360.0, 6000.0) for cols in (1000, 77)]
    options = {"compare": str(then), "fail-over": "2%", "output-format": "json"}
    assert _finish(tmp_path, maker.session(made), **options) == 1
    data = json.loads(capsys.readouterr().out)
    jsonschema.validate(data, json.loads(SCHEMA.read_text()))
    gate = data["gate"]
    assert (gate["baseline"], gate["fail_over"], gate["failed"]) == (str(then), 0.02, True)
    [change] = gate["changes"]
    assert (change["case"], change["failed"]) == ("kama/single/1000", True)
    assert change["change"]["low"] > 1.02
    assert (gate["uncertain"], gate["missing"]) == (False, [])
    assert gate["left_out"] == ["kama/single/77 (python over native, recycled): not measured then"]
    assert "gate" not in json.loads((tmp_path / "out" / "results.json").read_text())


def test_different_work_counts_before_a_comparison_that_has_nothing_left(
    maker, make_case, tmp_path: Path, capsys
) -> None:
    then = tmp_path / "then.json"
    document.write(evaluate(_session(maker, make_case)), then)
    session = _session(maker, make_case)
    session.measurements[0].processes[0].cells = (227, 61)
    for options in ({}, {"fail-over": "2%"}):
        assert _finish(tmp_path, session, compare=str(then), **options) == 2
        told = capsys.readouterr().err
        assert "the sides computed" in told
        assert f"bindcheck: error: nothing to compare with {then}" in told
