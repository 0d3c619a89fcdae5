"""What happens with a measured session: judged, kept, compared, shown.

`output_options` adds the options to a command; `prepare` reads what they name before anything is
measured, `finish` does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bindcheck.cli.common import (
    PathType,
    color_option,
    emit,
    is_one_place,
    style_for,
    terminal_width,
)
from bindcheck.cli.signals import status_of
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact

if TYPE_CHECKING:
    from bindcheck.bench.compare import Gate, Runs
    from bindcheck.bench.foreign import ForeignSeries
    from bindcheck.bench.history import History
    from bindcheck.bench.outcome import Outcome
    from bindcheck.bench.samples import Session
    from bindcheck.report.bench import BenchReport

F = TypeVar("F", bound=Callable[..., Any])

RESULTS = "results.json"
INTERRUPTED = "interrupted.json"
HISTORY = "history.jsonl"
_FORMATS = ("text", "json", "markdown", "html")
_DIFFERENT = "calls came out different from themselves"


def _share(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """`2%` or `2` as a share of 1."""
    if value is None:
        return None
    try:
        percent = float(value.strip().removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not 0.0 < percent < 100.0:
        told = f"{value!r} is no percentage between 0 and 100, such as 2%"
        raise click.BadParameter(told, ctx, param)
    return percent / 100.0


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--margin",
        callback=_share,
        default="1%",
        show_default=True,
        metavar="PERCENT",
        help="A difference below it is none.",
    ),
    click.option(
        "--compare",
        metavar="FILE|REV",
        help="Earlier results, or a commit whose results the history holds.",
    ),
    click.option(
        "--fail-over",
        callback=_share,
        metavar="PERCENT",
        help="With --compare: exit 1 if a ratio has certainly grown by more.",
    ),
    click.option(
        "--history",
        "history_file",
        type=PathType(dir_okay=False),
        help="Results of all runs (default: target/bindcheck/bench/history.jsonl).",
    ),
    click.option("--no-history", is_flag=True, help="Neither read nor extend the history."),
    click.option(
        "--other-times",
        multiple=True,
        type=PathType(),
        help="Results of Criterion or pytest-benchmark, shown with their history.",
    ),
    click.option("--output-format", type=click.Choice(_FORMATS), default="text", show_default=True),
    click.option("--output-file", type=PathType(dir_okay=False), help="Instead of stdout."),
    color_option,
)


def output_options(command: F) -> F:
    """`--margin`, `--compare`, `--fail-over`, and where results go."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@fact
class Prepared:
    """The options, and what was read for them. `baseline` are earlier runs with their name."""

    margin: float
    fail_over: float | None
    baseline: tuple[Runs, str] | None
    history: History
    history_file: Path | None
    results_file: Path
    foreign: tuple[ForeignSeries, ...]
    output_format: str
    output_file: Path | None
    color: str

    @property
    def written(self) -> tuple[Path, ...]:
        """The files that results go to."""
        found = (self.results_file, self.history_file, self.output_file)
        return tuple(one for one in found if one is not None)

    @property
    def indicators(self) -> tuple[str, ...]:
        """What the baseline has measured."""
        runs = () if self.baseline is None else self.baseline[0]
        return tuple(dict.fromkeys(one.case.indicator for run in runs for one in run.comparisons))


def prepare(
    root: Path,
    folder: Path,
    *,
    margin: float,
    compare: str | None,
    fail_over: float | None,
    history_file: Path | None,
    no_history: bool,
    other_times: tuple[Path, ...],
    output_format: str,
    output_file: Path | None,
    color: str,
) -> Prepared:
    """Read what the run will be compared with: a mistake shall not cost minutes of measuring.

    `root` is the folder of the crate, `folder` the one for results.
    """
    from bindcheck.bench import foreign, history
    from bindcheck.bench.compare import find_baseline
    from bindcheck.bench.targets import refuse_unwritable

    if fail_over is not None and compare is None:
        raise BindcheckError("--fail-over needs --compare: what shall the results be held against?")
    if no_history and history_file is not None:
        raise BindcheckError("--history and --no-history exclude each other")
    if no_history and compare is not None and not Path(compare).is_file():
        raise BindcheckError(
            f"--compare {compare}: no such file, and the results of a commit are looked up in the "
            "history: name a results file, or leave out --no-history"
        )
    if output_file is not None and not output_file.absolute().parent.is_dir():
        raise BindcheckError("no such folder", output_file.parent)
    kept = None if no_history else history_file or folder / HISTORY
    for target in (output_file, kept, folder / RESULTS):
        if target is not None:
            refuse_unwritable(target)
    known = history.History() if kept is None else history.read(kept)
    return Prepared(
        margin=margin,
        fail_over=fail_over,
        baseline=None if compare is None else find_baseline(compare, known, root),
        history=known,
        history_file=kept,
        results_file=folder / RESULTS,
        foreign=foreign.read(other_times),
        output_format=output_format,
        output_file=output_file,
        color=color,
    )


def finish(session: Session, prepared: Prepared) -> int:
    """Judge a session, keep the results, show them; the exit status.

    They are shown even if they cannot be kept or compared, which is an error afterwards.
    """
    from bindcheck.bench import document
    from bindcheck.bench.evaluate import evaluate
    from bindcheck.bench.history import trends
    from bindcheck.report.bench import BenchReport

    outcome = evaluate(session, prepared.margin)
    if outcome.interrupted:
        kept = f"what was measured is kept in {INTERRUPTED}, beside the last whole run"
        told = kept if outcome.comparisons else "no result by then"
        click.echo(f"bindcheck: stopped early: {told}", err=True)
    errors: list[BindcheckError] = []
    if outcome.comparisons:
        # A run without any result leaves those of the last one alone.
        with _noting(errors):
            document.write(outcome, _results_file(prepared, session))
        with _noting(errors):
            _extend_history(outcome, prepared)
    gate: Gate | None = None
    with _noting(errors):
        gate = _gate(outcome, prepared)
    report = BenchReport(
        outcome,
        trends(prepared.history.runs, outcome),
        gate,
        prepared.foreign,
        prepared.history.problems,
    )
    with _noting(errors):
        _show(_rendered(report, prepared), prepared.output_file)
    beside = prepared.output_format == "text" and prepared.output_file is None and is_one_place()
    _explain(report, advise=session.end is None, beside=beside)
    if session.end is not None:
        # An interrupt is the first status of all: what went wrong besides is told.
        _tell(errors)
        return status_of(session.end)
    wrong = _is_wrong(outcome, gate)
    if errors and not wrong:
        first = max(errors, key=lambda one: one.exit_code == BindcheckError.exit_code)
        _tell([one for one in errors if one is not first])
        raise first
    # Sides that computed different work are why nothing could be compared: that counts first.
    _tell(errors)
    return status(outcome, gate)


def status(outcome: Outcome, gate: Gate | None) -> int:
    """The exit status: 2 wrong input, else what the gate says, or without one 3 for no verdict.

    A gate has one question, whether a ratio has grown: 1 if one certainly has, 3 if it cannot be
    told of some, or some was lost. Verdicts on what a binding costs are another question.
    """
    if _is_wrong(outcome, gate):
        return 2
    if gate is not None and gate.fail_over is not None:
        return 1 if gate.failed else 3 if gate.uncertain else 0
    return 3 if outcome.troubles or outcome.unstable or not outcome.comparisons else 0


def _is_wrong(outcome: Outcome, gate: Gate | None) -> bool:
    """Whether sides do different work. To a gate it is nothing new if they did so before."""
    if gate is not None and gate.fail_over is not None:
        return bool(gate.wrong)
    return any(one.wrong for one in outcome.troubles)


@contextmanager
def _noting(errors: list[BindcheckError]) -> Iterator[None]:
    try:
        yield
    except BindcheckError as error:
        errors.append(error)


def _results_file(prepared: Prepared, session: Session) -> Path:
    """A run that was ended, or cut by its budget, goes beside the results of a whole one."""
    file = prepared.results_file
    return file.with_name(INTERRUPTED) if session.interrupted else file


def _tell(errors: Sequence[BindcheckError]) -> None:
    for error in errors:
        click.echo(f"bindcheck: error: {error}", err=True)


def _show(text: str, output_file: Path | None) -> None:
    """Write a report; on stdout if the file for it cannot be written any more."""
    try:
        emit(text, output_file)
    except BindcheckError:
        if output_file is not None:
            emit(text, None)
        raise


def _extend_history(outcome: Outcome, prepared: Prepared) -> None:
    from bindcheck.bench import history

    if prepared.history_file is not None and not outcome.judged[0].is_control:
        history.add(outcome, prepared.history_file)


def _gate(outcome: Outcome, prepared: Prepared) -> Gate | None:
    from bindcheck.bench.compare import baseline_of, compare

    if prepared.baseline is None:
        return None
    runs, name = prepared.baseline
    return compare(
        outcome, baseline_of(runs, outcome), name, prepared.fail_over, prepared.history.runs
    )


def _rendered(report: BenchReport, prepared: Prepared) -> str:
    from bindcheck.bench.document import to_json

    if prepared.output_format == "json":
        return to_json(report.outcome, gate=report.gate)
    if prepared.output_format == "markdown":
        from bindcheck.report.bench.markdown import to_markdown

        return to_markdown(report)
    if prepared.output_format == "html":
        from bindcheck.report.bench.html import to_html

        return to_html(report)
    from bindcheck.report.bench.text import to_text

    style = style_for(prepared.color)
    return to_text(report, style, terminal_width())


def _explain(report: BenchReport, *, advise: bool, beside: bool = False) -> None:
    """On stderr: why a run has no result, and what can be done for a verdict.

    `beside` a report as text that says already what it says.
    """
    from bindcheck.report.bench.frame import lost
    from bindcheck.report.bench.words import counted

    for one in () if beside else lost(report.outcome):
        kind = "error" if one.wrong and _is_wrong(report.outcome, report.gate) else "warning"
        click.echo(f"bindcheck: {kind}: {one.cases}: {one.reason}", err=True)
    unstable = len(report.outcome.unstable)
    if unstable and advise:
        every = counted(len(report.outcome.judged), "comparison")
        told = f"{unstable} of {every} {'is' if unstable == 1 else 'are'} too uncertain"
        more = (
            "a larger --budget" if report.outcome.interrupted else "more --seconds or --processes"
        )
        advice = f"give {more}, or a quieter machine"
        click.echo(f"bindcheck: {told} for a verdict: {advice}", err=True)
    if report.gate is not None and report.gate.fail_over is not None:
        _explain_gate(report.gate, beside=beside)


def _explain_gate(gate: Gate, *, beside: bool) -> None:
    """On stderr: what decides about the exit status."""
    from bindcheck.report.bench import past
    from bindcheck.report.bench.words import counted

    failed = sum(one.failed for one in gate.moved)
    if failed:
        told = counted(failed, "comparison is", "comparisons are")
        click.echo(f"bindcheck: {told} slower than {gate.baseline} allows", err=True)
    uncertain = [one for one in gate.moved if one.uncertain]
    if uncertain:
        which = counted(len(uncertain), "comparison is", "comparisons are")
        told = f"cannot tell whether {which} slower than {gate.baseline} allows"
        why = dict.fromkeys(
            _DIFFERENT if one.doubts else "intervals are too wide" for one in uncertain
        )
        click.echo(f"bindcheck: {told}: {', '.join(why)}", err=True)
    if beside:
        return
    if gate.lost:
        told = f"not passed: {gate.baseline} has {past.lost_words(gate)}"
        click.echo(f"bindcheck: {told}", err=True)
    for line in past.gone_lines(gate):
        click.echo(f"bindcheck: {line}", err=True)
    for one in gate.left_out:
        click.echo(f"bindcheck: not compared: {one}", err=True)
