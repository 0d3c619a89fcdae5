"""The audit of all crates that a command line is about, one after the other, as one report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bindcheck.ahead import Tests, no_tests
from bindcheck.audit import report_on
from bindcheck.baseline import Baseline
from bindcheck.checks import Looked, run_rules
from bindcheck.config import Config, Options, resolve
from bindcheck.crew import Crew
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.load import Inputs, load_prepared
from bindcheck.prepare import Plan, Prepared, Step, no_step, prepare_all
from bindcheck.results import AuditReport, Coverage, NotApplicable, Unreadable
from bindcheck.rules import RULE_BY_CODE, RULES


@fact
class Audited:
    """One crate: what was read, under which configuration, what rules say, what is shown of it."""

    inputs: Inputs
    config: Config
    report: AuditReport
    looked: Looked

    @property
    def baseline(self) -> Baseline | None:
        """The findings that are known already."""
        return self.inputs.baseline


@fact
class Run:
    """The crates in the order of the paths, and all of them in one report."""

    crates: tuple[Audited, ...]
    report: AuditReport

    @property
    def sources(self) -> dict[str, bytes]:
        """The bytes of all files by display path."""
        return {path: text for one in self.crates for path, text in one.inputs.sources.items()}


def audit_all(options: Options, step: Step = no_step) -> Run:
    """Audit each crate of the paths.

    What is wrong with the manifest or configuration of one crate of several is told among the files
    that could not be read; with none left, it is raised.
    """
    return audit_plan(prepare_all(options, step), options, step)


def audit_plan(plan: Plan, options: Options, step: Step = no_step, tests: Tests = no_tests) -> Run:
    """Audit the crates of a plan that was made with these options.

    `tests` gives what was read ahead of the Python tests of the one crate.
    """
    done: list[Audited] = []
    errors = list(plan.errors)
    for prepared in plan.crates:
        try:
            # Now that the rules are known, codes can be checked for being those of one.
            resolve(prepared.target.applied_to(options), prepared.target.start, RULE_BY_CODE)
            done.append(_audited(prepared, step, tests))
        except BindcheckError as error:
            if error.path is None:
                raise
            errors.append(error)
    if not done:
        raise errors[0]
    report = together([one.report for one in done], [_unreadable(error) for error in errors])
    return Run(tuple(done), report)


def _audited(prepared: Prepared, step: Step, tests: Tests) -> Audited:
    config = prepared.config
    crew = Crew.of_machine()
    try:
        inputs = load_prepared(prepared, step, crew=crew, tests=tests)
        looked = run_rules(inputs.program, RULES, step if crew.is_first else no_step, crew)
    finally:
        # Whatever happens, one process goes on from here.
        crew.leave()
    return Audited(inputs, config, report_on(inputs, config, looked), looked)


def _unreadable(error: BindcheckError) -> Unreadable:
    return Unreadable(str(error.path), error.line, error.message)


def together(reports: Sequence[AuditReport], problems: Iterable[Unreadable] = ()) -> AuditReport:
    """Several reports as one; a single one stays as it is, but for `problems` beside it."""
    first, more = reports[0], tuple(problems)
    if len(reports) == 1:
        return replace(first, skipped=(*first.skipped, *more))
    return AuditReport(
        crate=first.crate,
        rows=tuple(row for one in reports for row in one.rows),
        findings=tuple(finding for one in reports for finding in one.findings),
        ignored=tuple(ignored for one in reports for ignored in one.ignored),
        skipped=(*(problem for one in reports for problem in one.skipped), *more),
        unanalysed=tuple(entry for one in reports for entry in one.unanalysed),
        not_applicable=_nowhere_applicable(reports),
        coverage=_coverage([one.coverage for one in reports]),
        rules_run=first.rules_run,
        notes=tuple(note for one in reports for note in one.notes),
        elapsed=sum(one.elapsed for one in reports),
        stale=tuple(entry for one in reports for entry in one.stale),
        parts=tuple(reports),
    )


def _nowhere_applicable(reports: Sequence[AuditReport]) -> tuple[NotApplicable, ...]:
    codes = [{one.code for one in report.not_applicable} for report in reports]
    everywhere = set.intersection(*codes)
    return tuple(one for one in reports[0].not_applicable if one.code in everywhere)


def _coverage(parts: Sequence[Coverage]) -> Coverage:
    return Coverage(
        files=sum(one.files for one in parts),
        indicators=sum(one.indicators for one in parts),
        entry_points=sum(one.entry_points for one in parts),
        other_configuration=sum(one.other_configuration for one in parts),
        not_in_crate=tuple(path for one in parts for path in one.not_in_crate),
        whole_crate=sum(one.whole_crate for one in parts),
    )
