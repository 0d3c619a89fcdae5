"""Program and rules to AuditReport."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from bindcheck.adoption import known_entries, stale_entries
from bindcheck.analysis.keeping.reads import collected
from bindcheck.analysis.program import Program
from bindcheck.checks import Looked, run_rules
from bindcheck.config import Config
from bindcheck.conformance import conformance, find_reference
from bindcheck.findings import Finding, Severity
from bindcheck.fingerprint import identity_root, with_fingerprints
from bindcheck.load import Inputs
from bindcheck.model import EntryKind, EntryPoint, Module
from bindcheck.pattern import PIECES, PYTHON_PIECES
from bindcheck.prepare import Step, no_step
from bindcheck.reported import Reported
from bindcheck.results import (
    AuditReport,
    Coverage,
    CrateSummary,
    Ignored,
    StaleEntry,
    UnanalysedEntry,
)
from bindcheck.rules import RULES, Rule, SuppressionRule
from bindcheck.selection import Selection, once_at_a_place, one_per_cause
from bindcheck.suppression import suppress, suppressions

_PYTHON_RULES = frozenset(
    code for piece in PIECES if piece.name in PYTHON_PIECES for code in piece.flaw_rules
)


def audit(
    inputs: Inputs, config: Config, rules: Sequence[Rule] = RULES, step: Step = no_step
) -> AuditReport:
    """Run `rules` over the program; report what lies in the reported files."""
    return report_on(inputs, config, run_rules(inputs.program, rules, step), rules)


def report_on(
    inputs: Inputs, config: Config, looked: Looked, rules: Sequence[Rule] = RULES
) -> AuditReport:
    """What of all that `rules` say is shown, and what is not and why."""
    report, read = collected(_report, inputs, config, looked, rules)
    inputs.program.asked.reads.add(("report",), read)
    return report


def _report(inputs: Inputs, config: Config, looked: Looked, rules: Sequence[Rule]) -> AuditReport:
    began = time.perf_counter()
    program = inputs.program
    by_indicator = _by_indicator(program, looked)
    reference, note = find_reference(program, config.reference)
    shown = Reported(inputs)
    reported = [
        one.finding
        for one in looked.found
        if shown.shows(one.finding.location.path, one.finding.item, one.subject)
    ]
    reported += _about_suppressions(program, reported, rules)
    findings, ignored, stale = _judged(inputs, config, reported, rules, program.modules)
    return AuditReport(
        crate=_summary(inputs, reference.path if reference else None, note),
        rows=conformance(program, by_indicator, reference, _judged_python(program, looked, rules)),
        findings=findings,
        ignored=ignored,
        skipped=inputs.problems,
        unanalysed=_unanalysed(program),
        not_applicable=looked.idle,
        coverage=_coverage(program),
        rules_run=_codes(rules),
        notes=inputs.notes,
        elapsed=inputs.seconds + looked.seconds + time.perf_counter() - began,
        stale=stale,
    )


def amended(
    report: AuditReport, inputs: Inputs, config: Config, looked: Looked, paths: Collection[str]
) -> AuditReport | None:
    """A report with what is found in some files now; None if comments or settings hide some of it.

    `report` has what is found in all other files, `looked` everything that rules say now. There is
    no baseline, and no comment that ignores findings.
    """
    program = inputs.program
    reported = [
        one.finding
        for one in looked.found
        if one.finding.location.path in paths
        and Reported(inputs).shows(one.finding.location.path, one.finding.item, one.subject)
    ]
    findings, ignored, _ = _judged(inputs, config, reported, RULES, {})
    if ignored:
        return None
    reference, _ = find_reference(program, config.reference)
    judged = _judged_python(program, looked, RULES)
    every = (*report.findings, *findings)
    return replace(
        report,
        rows=conformance(program, _by_indicator(program, looked), reference, judged),
        findings=tuple(sorted(every, key=lambda f: (f.location, f.code, f.item, f.message))),
    )


def _by_indicator(program: Program, looked: Looked) -> dict[str, list[Finding]]:
    """Findings by the indicator they are about; rules about Python files name the binding."""
    owners = {
        (one.ref.path, one.rust_name): one.indicator
        for one in program.entries
        if one.active and one.kind is not EntryKind.MODULE
    }
    found: dict[str, list[Finding]] = defaultdict(list)
    for one in looked.found:
        indicator = one.indicator
        if indicator is None and one.finding.code in _PYTHON_RULES:
            indicator = owners.get((one.finding.location.path, one.finding.item))
        if indicator is not None:
            found[indicator].append(one.finding)
    return found


def _judged_python(program: Program, looked: Looked, rules: Sequence[Rule]) -> frozenset[str]:
    """The rules about Python files that ran and do not say that there are none at all.

    That is said of the module, everything else of a binding or at a place in a Python file.
    """
    modules = {
        (one.ref.path, one.rust_name) for one in program.entries if one.kind is EntryKind.MODULE
    }
    nothing = {
        one.finding.code
        for one in looked.found
        if (one.finding.location.path, one.finding.item) in modules
    }
    idle = {one.code for one in looked.idle}
    return _PYTHON_RULES.intersection(_codes(rules)) - idle - nothing


def _codes(rules: Sequence[Rule]) -> tuple[str, ...]:
    return tuple(rule.code for rule in rules)


def _about_suppressions(
    program: Program, findings: Sequence[Finding], rules: Sequence[Rule]
) -> Iterator[Finding]:
    judges = [rule for rule in rules if isinstance(rule, SuppressionRule)]
    if judges:
        for suppression in suppressions(program, findings, _codes(rules)):
            for rule in judges:
                yield from rule.check(program, suppression)


def _judged(
    inputs: Inputs,
    config: Config,
    reported: Sequence[Finding],
    rules: Sequence[Rule],
    modules: Mapping[str, Module],
) -> tuple[tuple[Finding, ...], tuple[Ignored, ...], tuple[StaleEntry, ...]]:
    """What stands, what is ignored, and what of the baseline is stale."""
    root = identity_root(inputs.crate, config.root)
    once = once_at_a_place(map(partial(_fixable, inputs), reported), inputs.program.modules)
    severe = one_per_cause(_with_severity(finding, config) for finding in once)
    # Before anything is left out: ordinals count what is there, not what is shown.
    marked = with_fingerprints(severe, inputs.sources, root)
    selection = Selection(config.select, config.ignore)
    chosen = [finding for finding in marked if selection.wants(finding)]
    kept, by_file = _ignored_by_file(config, chosen)
    kept, by_comment = suppress(kept, modules)
    entries = known_entries(inputs)
    findings = tuple(one for one in kept if one.fingerprint not in entries)
    recorded = (one for one in kept if one.fingerprint in entries)
    by_baseline = tuple(Ignored(one, "baseline", "recorded in the baseline") for one in recorded)
    stale = stale_entries(inputs, config, marked, _codes(rules))
    return findings, (*by_file, *by_comment, *by_baseline), stale


def _fixable(inputs: Inputs, finding: Finding) -> Finding:
    """The finding without a fix of text that only calls of macros make."""
    edits = finding.fix.edits if finding.fix is not None else ()
    sources = inputs.sources
    made = any(one.path in sources and one.end_byte > len(sources[one.path]) for one in edits)
    return replace(finding, fix=None) if made else finding


def _ignored_by_file(
    config: Config, findings: Sequence[Finding]
) -> tuple[tuple[Finding, ...], tuple[Ignored, ...]]:
    kept: list[Finding] = []
    ignored: list[Ignored] = []
    for finding in findings:
        pattern = config.ignored_for_file(finding.location.path, finding.code)
        if pattern is None:
            kept.append(finding)
        else:
            ignored.append(Ignored(finding, "per-file-ignores", pattern))
    return tuple(kept), tuple(ignored)


def _with_severity(finding: Finding, config: Config) -> Finding:
    wanted = config.severity.get(finding.code)
    return finding if wanted is None else replace(finding, severity=Severity(wanted))


def _summary(inputs: Inputs, reference: str | None, note: str) -> CrateSummary:
    crate = inputs.crate
    if crate is None:
        return CrateSummary("", None, None, "unknown", (), reference, note)
    pyo3 = crate.pyo3
    return CrateSummary(
        name=crate.name,
        manifest=str(crate.manifest),
        pyo3=str(pyo3.version) if pyo3 and pyo3.version else None,
        pyo3_source=pyo3.source if pyo3 else "none",
        features=tuple(sorted(crate.active_features)),
        reference=reference,
        reference_note=note,
    )


def _unanalysed(program: Program) -> tuple[UnanalysedEntry, ...]:
    return tuple(
        UnanalysedEntry(one.path, one.line, one.item, one.reason)
        for one in program.unanalysed
        if program.reported(one.path)
    )


def _coverage(program: Program) -> Coverage:
    entries = [entry for entry in program.entries if program.reported(entry.ref.path)]
    callable_entries = [entry for entry in entries if _is_entry_point(entry)]
    return Coverage(
        files=sum(1 for path in program.modules if program.reported(path)),
        indicators=sum(1 for core in program.cores if program.reported(core.path)),
        entry_points=sum(1 for entry in callable_entries if entry.active),
        other_configuration=sum(1 for entry in callable_entries if not entry.active),
        not_in_crate=tuple(path for path in program.orphans if program.reported(path)),
        whole_crate=len(program.cores)
        + sum(1 for entry in program.entries if entry.active and _is_entry_point(entry)),
    )


def _is_entry_point(entry: EntryPoint) -> bool:
    return entry.kind in (EntryKind.FUNCTION, EntryKind.METHOD)
