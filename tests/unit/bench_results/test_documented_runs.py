"""What `benchmarks/documented_runs.py` puts into README.md and docs/bench.md."""

from __future__ import annotations

import argparse
import importlib
import json
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from bindcheck.bench.document import to_json
from bindcheck.bench.evaluate import evaluate
from bindcheck.bench.outcome import Outcome
from bindcheck.bench.samples import Argument

ROOT = Path(__file__).parents[3]
IDLE = {"commit": "ab" * 20, "seconds": 3.0, "cores": 0.02, "stolen": 0.0, "load": [0.1, 0.1]}
SWEEP = (Argument("period", (30, 90, 1)),)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("documented_runs")


def outcome(maker, make_case, *, given: bool = False) -> Outcome:
    """Of two indicators: single calls of three sizes and a batch, or a batch with `out=`."""
    made = []
    for name in ("kama", "trendflex"):
        for cols in () if given else (100, 1_000, 10_000):
            one = make_case(cols, indicator=name, name=f"{name}/single/{cols}")
            native = 5.0 * cols + 100.0
            for sides in (("python", "native"), ("python", "python"), ("native", "native")):
                extra = 500.0 if sides[0] != sides[1] else 0.0
                made.append(maker.measurement(one, native + extra, native, sides))
        threads = 1 if given else None
        one = make_case(1_000, 61, indicator=name, out=given, arguments=SWEEP, threads=threads)
        made.append(maker.measurement(one, 3_003_000.0, 3_000_000.0))
    return evaluate(maker.session(made))


def test_tables_say_where_when_and_what_was_subtracted(script, maker, make_case) -> None:
    outcomes = [outcome(maker, make_case), outcome(maker, make_case, given=True)]
    head, single, batch = script.tables(outcomes, [IDLE, IDLE]).split("\n\n")
    assert max(map(len, head.splitlines())) <= 120
    assert " ".join(head.splitlines()).startswith(
        "Python over native with 95 % intervals, on an idle machine (A processor, 2 cores, "
        "Linux 6.1, Python 3.11.2, NumPy 2.4.0, rustc 1.90.0; bindcheck 0.1.0 of commit "
        "abababababab, 2026-01-01; `--seconds 3`, margin 1 %); subtracted from each call, as the "
        "cost of an empty one: python "
    )
    heads, line, *rows = single.splitlines()
    assert (
        heads == "| values | `kama`, period=30, kernel=auto | `trendflex`, period=30, kernel=auto |"
    )
    assert line == "|---|---|---|"
    assert [row.split(" | ")[0] for row in rows] == ["| 100", "| 1,000", "| 10,000", "| fixed cost"]
    assert rows[0].count(" % (+8") == 2
    assert rows[0].endswith(" of 600 ns |")
    heads, _, new, given = batch.splitlines()
    assert heads.startswith("| rows × values | `kama`, period=30..90 step 1, kernel=auto |")
    assert new.startswith("| 61 × 1,000 | no difference (")
    assert given.startswith("| 61 × 1,000, `out=`, 1 thread | no difference (")
    assert given.endswith(" of 3.00 ms |")


@pytest.mark.parametrize(
    ("cores", "told"),
    [
        (0.04, "on an idle machine"),
        (0.7, "on a machine where others used 0.70 cores"),
        (None, "on a machine of which is not known whether it was idle"),
    ],
)
def test_what_others_did_is_said_of_the_worst_run(script, cores: float | None, told: str) -> None:
    assert script._company([IDLE, IDLE | {"cores": cores}]) == told


def test_a_state_with_changes_is_called_so(script) -> None:
    assert script._short("ab" * 20 + " with changes") == "abababababab with changes"
    assert script._short("") == "unknown"


def test_the_report_is_that_of_single_calls_of_the_first(script, maker, make_case) -> None:
    shown = script.report(outcome(maker, make_case), IDLE)
    assert shown.startswith("```\n$ bindcheck bench kama trendflex --seconds 3\nbindcheck 0.1.0 · ")
    assert "\n\nkama single: period=30, kernel=auto · results recycled\n" in shown
    assert "  10,000 " in shown
    assert "trendflex single" not in shown
    assert shown.endswith("\n…\n```")


def test_text_is_replaced_between_its_own_marks_alone(script) -> None:
    text = (
        "a\n<!-- documented_runs: one -->\nold\n<!-- end -->\nb\n"
        "<!-- documented_runs: two -->\nkept\n<!-- end -->\n"
    )
    assert script.placed(text, "one", r"new \1") == text.replace("\nold\n", "\n\nnew \\1\n\n")
    with pytest.raises(SystemExit, match="0 places are marked by <!-- documented_runs: three -->"):
        script.placed(text, "three", "new")


def test_the_documents_have_the_marks(script) -> None:
    for path, names in (("README.md", ["tables"]), ("docs/bench.md", ["report", "tune"])):
        text = (ROOT / path).read_text()
        for name in names:
            assert "\n\nnew\n\n<!-- end -->" in script.placed(text, name, "new")


def documents(folder: Path) -> None:
    """Documents with marks and nothing else."""
    for name, marks in (("README.md", ["tables"]), ("docs/bench.md", ["report", "tune"])):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            "".join(f"<!-- documented_runs: {one} -->\n<!-- end -->\n" for one in marks)
        )


def played(
    script, maker, make_case, monkeypatch: pytest.MonkeyPatch, folder: Path, tuned: int = 1
) -> list[Any]:
    """Commands that print what is made up; those that were made."""
    printed = [to_json(outcome(maker, make_case, given=given)) for given in (False, True)]
    printed.append("bindcheck 0.1.0 · tune of example\na processor\n\nwalk batch, 61 rows\n")
    asked: list[Any] = []

    def run(command: list[str], **_: Any) -> Any:
        asked.append(command[3:])
        status = tuned if command[3] == "tune" else 0
        return SimpleNamespace(returncode=status, stdout=printed[len(asked) - 1])

    monkeypatch.setattr(script, "ROOT", folder)
    monkeypatch.setattr(script, "commit", lambda: "ab" * 20)
    monkeypatch.setattr(script.subprocess, "run", run)
    choose(script, monkeypatch, folder, again=False)
    return asked


def choose(script, monkeypatch: pytest.MonkeyPatch, folder: Path, *, again: bool) -> None:
    options = {"seconds": 3.0, "wait": 0.0, "force": True, "runs": folder / "runs"}
    asked_for = argparse.Namespace(**options, again=again)
    monkeypatch.setattr(script, "_options", lambda: asked_for)


def test_a_run_is_kept_and_shown_again_without_measuring(
    script, maker, make_case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents(tmp_path)
    asked = played(script, maker, make_case, monkeypatch, tmp_path)
    for again in (False, True):
        choose(script, monkeypatch, tmp_path, again=again)
        assert script.main() == 0
        assert "| 61 × 1,000, `out=`, 1 thread |" in (tmp_path / "README.md").read_text()
        assert "$ bindcheck tune walk --to 1e4\n…\nwalk batch, 61 rows\n```" in (
            (tmp_path / "docs/bench.md").read_text()
        )
    assert [one[0] for one in asked] == ["bench", "bench", "tune"]
    assert json.loads((tmp_path / "runs/tune.run").read_text())["commit"] == "ab" * 20


def test_a_busy_machine_is_refused(
    script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    busy = SimpleNamespace(cores=1.3, disturb=True)
    monkeypatch.setattr(script, "wait_until_idle", lambda _: busy)
    options = argparse.Namespace(seconds=1.0, wait=0.0, force=False, runs=tmp_path, again=False)
    monkeypatch.setattr(script, "_options", lambda: options)
    assert script.main() == 3
    assert "not idle: others use 1.30 cores" in capsys.readouterr().err


def test_a_command_that_failed_or_was_never_made_ends_it(
    script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match="new: no such file"):
        script._read(tmp_path, "new")
    failed = SimpleNamespace(returncode=2, stdout="")
    monkeypatch.setattr(script.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(SystemExit, match="bindcheck ended with 2"):
        script._measure(argparse.Namespace(runs=tmp_path, seconds=1.0, force=False))
    assert list(tmp_path.iterdir()) == []


def test_without_an_answer_of_the_tuner_its_example_stays(
    script, maker, make_case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents(tmp_path)
    before = (tmp_path / "docs/bench.md").read_text()
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / "tune").write_text("that of an earlier run")
    played(script, maker, make_case, monkeypatch, tmp_path, tuned=3)
    assert script.main() == 0
    after = (tmp_path / "docs/bench.md").read_text()
    assert "$ bindcheck bench kama trendflex" in after
    assert after.split("<!-- end -->")[1:] == before.split("<!-- end -->")[1:]
    assert not (runs / "tune").exists()
