"""Measure what README.md and docs/bench.md show, and put it there.

    python benchmarks/documented_runs.py [--seconds 3] [--wait 300] [--force] [--runs FOLDER]
        [--again]

On an idle machine this takes about a quarter of an hour:

- README.md, "Measure": single calls and batches of 61 rows of two indicators of `indicators`, at
  100 to 1,000,000 values; the larger batches once more into a given array (`--outs given`);
- docs/bench.md: the report of the single calls of the first of them, and a run of `bindcheck tune`
  on `benchmarks/calibration`.

Text between the marks `<!-- documented_runs: NAME -->` and `<!-- end -->` is replaced, with the
commit, the versions and what others did meanwhile. What was measured is kept in the folder of
`--runs`; `--again` only writes the documents anew from there. Exit status 3 if the machine is not
idle to begin with (`--force` measures all the same, and the documents say so).
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bindcheck.bench.document import from_json
from bindcheck.bench.outcome import Outcome, Verdict
from bindcheck.bench.samples import Kind
from bindcheck.bench.texts import arguments_text, share
from bindcheck.fact import replace
from bindcheck.report.bench import BenchReport, frame, view, words
from bindcheck.report.bench.text import to_text
from bindcheck.report.bench.view import Row, Series
from bindcheck.report.style import Style
from code_state import HERE, ROOT, commit
from idle import IDLE, Watch, wait_until_idle

NAMES = ("kama", "trendflex")
BENCHES = ("new", "given")
TUNE = "tune"
GIVEN_SIZES = "10000,100000,1000000"
_WIDTH = 118
_NOT_IDLE = 3
_INTERRUPTED = 130
_OPEN = (Verdict.SAME, Verdict.UNDECIDED)
_MEASURED = (0, 3)
"""Exit statuses with a result: `cannot tell` is one."""
_TUNED = (0, 1)

Run = Mapping[str, Any]
"""What is known of one run: `commit`, `seconds`, and what others did (`idle.Others`)."""


def main() -> int:
    options = _options()
    if not options.again:
        others = None if options.force else wait_until_idle(options.wait)
        if others is not None and others.disturb:
            _say(f"the machine is not idle: others use {others.cores:.2f} cores; --force measures")
            return _NOT_IDLE
        options.runs.mkdir(parents=True, exist_ok=True)
        _measure(options)
    found = [_read(options.runs, name) for name in BENCHES]
    outcomes = [from_json(text, options.runs / BENCHES[at]) for at, (text, _) in enumerate(found)]
    known = [run for _, run in found]
    _replace(ROOT / "README.md", {"tables": tables(outcomes, known)})
    shown = {"report": report(outcomes[0], known[0])}
    if (options.runs / TUNE).is_file():
        shown["tune"] = tuned(_read(options.runs, TUNE)[0])
    _replace(ROOT / "docs/bench.md", shown)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="for each pair and size")
    parser.add_argument("--wait", type=float, default=300.0, help="seconds to wait until idle")
    parser.add_argument("--force", action="store_true", help="measure on a busy machine too")
    parser.add_argument("--runs", type=Path, default=ROOT / "target/documented_runs")
    parser.add_argument("--again", action="store_true", help="only write what was measured before")
    return parser.parse_args()


# --- measuring ---------------------------------------------------------------------------------


def _measure(options: argparse.Namespace) -> None:
    seconds = ("--seconds", f"{options.seconds:g}")
    crate = ("--manifest-path", str(ROOT / "indicators/Cargo.toml"))
    bench = ("bench", *NAMES, *crate, *seconds, "--no-history", "--output-format", "json")
    # The function that writes into a given array wants a number; one thread disturbs nothing.
    given = ("--batch", "--outs", "given", "--threads", "1", "--sizes", GIVEN_SIZES)
    force = ("--force",) if options.force else ()
    for name, command in zip(BENCHES, (bench, (*bench, *given)), strict=True):
        status = _run(options, name, _MEASURED, *command)
        if status not in _MEASURED:
            raise SystemExit(f"bindcheck ended with {status}")
    status = _run(options, TUNE, _TUNED, "tune", "walk", "--to", "1e4", *seconds, *force)
    if status not in _TUNED:
        _say(f"tune ended with {status}, without an answer: the example of it stays")


def _run(options: argparse.Namespace, name: str, wanted: Sequence[int], *words: str) -> int:
    """Keep what one command prints, and what others did meanwhile; its exit status."""
    _say(f"bindcheck {' '.join(words)}")
    watch, state = Watch(), commit()
    command = [sys.executable, "-m", "bindcheck", *words]
    done = subprocess.run(
        command, cwd=HERE / "calibration", stdout=subprocess.PIPE, text=True, check=False
    )
    (options.runs / name).unlink(missing_ok=True)
    if done.returncode not in wanted:
        return done.returncode
    run = {"commit": state, "seconds": options.seconds, **asdict(watch.others())}
    (options.runs / name).write_text(done.stdout, encoding="utf-8")
    (options.runs / f"{name}.run").write_text(json.dumps(run), encoding="utf-8")
    return done.returncode


def _read(folder: Path, name: str) -> tuple[str, Run]:
    paths = (folder / name, folder / f"{name}.run")
    for path in paths:
        if not path.is_file():
            raise SystemExit(f"{path}: no such file")
    text, run = (path.read_text(encoding="utf-8") for path in paths)
    return text, json.loads(run)


# --- what is shown -----------------------------------------------------------------------------


def tables(outcomes: Sequence[Outcome], runs: Sequence[Run]) -> str:
    """How it was measured, a table of single calls, and one of batches."""
    found = [one for each in outcomes for one in view.series(BenchReport(each))]
    lines = textwrap.wrap(_head(outcomes, runs), _WIDTH, break_on_hyphens=False)
    for kind, size in ((Kind.SINGLE, "values"), (Kind.BATCH, "rows × values")):
        mine = [one for one in found if one.rows[0].comparison.case.kind is kind]
        lines += ["", *_table(mine, size)] if mine else []
    return "\n".join(lines)


def _head(outcomes: Sequence[Outcome], runs: Sequence[Run]) -> str:
    first = outcomes[0]
    where = first.provenance
    machine = ", ".join(
        (where.cpu, f"{where.cores} cores", where.kernel, f"Python {where.python}",
         f"NumPy {where.numpy}", f"rustc {where.rustc.removeprefix('rustc ').split(' (')[0]}")
    )  # fmt: skip
    commits = ", ".join(dict.fromkeys(_short(one["commit"]) for one in runs))
    return (
        f"Python over native with 95 % intervals, {_company(runs)} ({machine}; bindcheck "
        f"{where.bindcheck} of commit {commits}, {first.started[:10]}; "
        f"`--seconds {runs[0]['seconds']:g}`, margin {share(first.margin)}); "
        f"{frame.empty_calls(first)}:"
    )


def _short(state: str) -> str:
    name, _, changes = state.partition(" ")
    return " ".join(filter(None, (name[:12], changes))) or "unknown"


def _company(runs: Sequence[Run]) -> str:
    """What others did meanwhile."""
    cores = [one["cores"] for one in runs]
    if None in cores:
        return "on a machine of which is not known whether it was idle"
    used = max(one["cores"] + one["stolen"] for one in runs)
    if used <= IDLE:
        return "on an idle machine"
    return f"on a machine where others used {used:.2f} cores"


def _table(series: Sequence[Series], size: str) -> Iterator[str]:
    """Columns are calls, rows are sizes; then the fixed costs."""
    calls = list(dict.fromkeys(map(_call, series)))
    yield f"| {size} | {' | '.join(calls)} |"
    yield f"|{'---|' * (1 + len(calls))}"
    cells: dict[tuple[bool, int], dict[str, tuple[str, str]]] = {}
    for one in series:
        for row in one.rows:
            case = row.comparison.case
            cells.setdefault((case.out, case.cells), {})[_call(one)] = _size(row), _cell(row)
    for key in sorted(cells):
        found = cells[key]
        label = next(iter(found.values()))[0]
        yield f"| {label} | {' | '.join(found.get(call, ('', ''))[1] for call in calls)} |"
    fixed = {_call(one): _fixed(one) for one in series if one.fit and not one.fit.case.out}
    if fixed:
        yield f"| fixed cost | {' | '.join(fixed.get(call, '') for call in calls)} |"


def _call(series: Series) -> str:
    case = series.rows[0].comparison.case
    return f"`{case.indicator}`, {arguments_text(case)}"


def _size(row: Row) -> str:
    case = row.comparison.case
    threads = [] if case.threads is None else [words.counted(case.threads, "thread")]
    return ", ".join((row.size, *(["`out=`"] if case.out else []), *threads))


def _cell(row: Row) -> str:
    """The cost, or the verdict that takes its place, and what the native call takes."""
    told = str(row.verdict) if row.verdict in _OPEN else row.cost
    return f"{told} ({row.bounds}) of {row.b}"


def _fixed(series: Series) -> str:
    assert series.fit is not None
    told = next(iter(view.fit_words(series.fit)))
    return told.partition("; ")[0].removeprefix("fixed cost ")


def report(outcome: Outcome, run: Run) -> str:
    """The report of single calls of the first indicator, as on a terminal."""
    mine = [one for one in outcome.comparisons if _is_shown(one.case)]
    fits = [one for one in outcome.fits if _is_shown(one.case)]
    only = replace(outcome, comparisons=tuple(mine), fits=tuple(fits), troubles=())
    head, table, *_ = to_text(BenchReport(only), Style(), 120).split("\n\n")
    command = f"$ bindcheck bench {' '.join(NAMES)} --seconds {run['seconds']:g}"
    return f"```\n{command}\n{head}\n\n{table}\n…\n```"


def _is_shown(case: Any) -> bool:
    return case.indicator == NAMES[0] and case.kind is Kind.SINGLE


def tuned(text: str) -> str:
    """What the tuner prints, without its head: that of the other report says as much."""
    head, _, rest = text.partition("\n\n")
    shown = f"…\n{rest}" if rest else head
    return f"```\n$ bindcheck tune walk --to 1e4\n{shown.rstrip()}\n```"


# --- documents ---------------------------------------------------------------------------------


def placed(text: str, name: str, new: str) -> str:
    """A document with another text between the marks of that name."""
    start = f"<!-- documented_runs: {name} -->\n"
    pattern = re.compile(f"({re.escape(start)}).*?(<!-- end -->)", re.DOTALL)
    made, number = pattern.subn(lambda found: f"{found[1]}\n{new}\n\n{found[2]}", text)
    if number != 1:
        raise SystemExit(f"{number} places are marked by {start.strip()}")
    return made


def _replace(path: Path, shown: Mapping[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for name, new in shown.items():
        text = placed(text, name, new)
    path.write_text(text, encoding="utf-8")
    _say(f"{path}: {', '.join(shown)}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
