"""Program and rules to AuditReport."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bindcheck.analysis.program import Program
from bindcheck.config import Config
from bindcheck.conformance import conformance, find_reference
from bindcheck.crate import Crate
from bindcheck.findings import Finding, Severity
from bindcheck.load import Inputs
from bindcheck.model import EntryKind, EntryPoint
from bindcheck.results import (
    AuditReport,
    Coverage,
    CrateSummary,
    Ignored,
    NotApplicable,
    UnanalysedEntry,
)
from bindcheck.rules import RULES, CoreRule, CrateRule, EntryRule, Rule
from bindcheck.selection import Selection, one_per_cause, suppress, with_fingerprints


def run_rules(
    program: Program, rules: Sequence[Rule]
) -> tuple[tuple[tuple[str | None, Finding], ...], tuple[NotApplicable, ...]]:
    """All findings with the indicator each is about, and the rules that had nothing to look at."""
    found: list[tuple[str | None, Finding]] = []
    idle: list[NotApplicable] = []
    for rule in rules:
        reason = rule.premise(program)
        if reason is None:
            found.extend(_check(program, rule))
        else:
            idle.append(NotApplicable(rule.code, reason))
    return tuple(found), tuple(idle)


def _check(program: Program, rule: Rule) -> Iterator[tuple[str | None, Finding]]:
    if isinstance(rule, EntryRule):
        for entry in program.entries:
            if entry.active and entry.kind is not EntryKind.MODULE:
                for finding in rule.check(program, entry):
                    yield entry.indicator, finding
    elif isinstance(rule, CoreRule):
        for core in program.cores:
            for finding in rule.check(program, core):
                yield core.name, finding
    elif isinstance(rule, CrateRule):
        for finding in rule.check(program):
            yield None, finding


def audit(inputs: Inputs, config: Config, rules: Sequence[Rule] = RULES) -> AuditReport:
    """Run `rules` over the program; report what lies in the reported files."""
    started = time.perf_counter()
    program = inputs.program
    pairs, idle = run_rules(program, rules)
    pairs = tuple((name, _with_severity(finding, config)) for name, finding in pairs)
    by_indicator: dict[str, list[Finding]] = defaultdict(list)
    for name, finding in pairs:
        if name is not None:
            by_indicator[name].append(finding)
    reported = tuple(one for _, one in pairs if _in_report(inputs, one.location.path))
    reference, note = find_reference(program, config.reference)
    findings, ignored = _chosen(inputs, config, reported)
    return AuditReport(
        crate=_summary(inputs, reference.path if reference else None, note),
        rows=conformance(program, by_indicator, reference),
        findings=findings,
        ignored=ignored,
        skipped=inputs.problems,
        unanalysed=_unanalysed(program),
        not_applicable=idle,
        coverage=_coverage(program),
        rules_run=tuple(rule.code for rule in rules),
        notes=inputs.notes,
        elapsed=inputs.seconds + time.perf_counter() - started,
    )


def _in_report(inputs: Inputs, path: str) -> bool:
    """Findings at the manifest are about the whole crate and always reported."""
    return inputs.program.reported(path) or not path.endswith(".rs")


def _chosen(
    inputs: Inputs, config: Config, findings: tuple[Finding, ...]
) -> tuple[tuple[Finding, ...], tuple[Ignored, ...]]:
    selection = Selection(config.select, config.ignore)
    wanted = tuple(f for f in one_per_cause(findings) if selection.wants(f))
    wanted = with_fingerprints(wanted, _snippets(inputs), _from_root(inputs.crate))
    kept, by_file = [], []
    for finding in wanted:
        pattern = config.ignored_for_file(finding.location.path, finding.code)
        if pattern is None:
            kept.append(finding)
        else:
            by_file.append(Ignored(finding, "per-file-ignores", pattern))
    findings, by_comment = suppress(kept, inputs.program.modules)
    return findings, (*by_file, *by_comment)


def _with_severity(finding: Finding, config: Config) -> Finding:
    wanted = config.severity.get(finding.code)
    return finding if wanted is None else replace(finding, severity=Severity(wanted))


def _snippets(inputs: Inputs) -> Callable[[Finding], str]:
    lines: dict[str, list[str]] = {}

    def snippet(finding: Finding) -> str:
        place = finding.location
        if place.path not in lines:
            source = inputs.sources.get(place.path, b"")
            lines[place.path] = source.decode(errors="replace").split("\n")
        text = lines[place.path][place.line - 1 : place.end_line]
        if len(text) == 1:
            return text[0][place.column - 1 : place.end_column - 1]
        return "\n".join(text)

    return snippet


def _from_root(crate: Crate | None) -> Callable[[str], str]:
    def relative(path: str) -> str:
        full = Path(path).resolve()
        if crate is not None and full.is_relative_to(crate.root.resolve()):
            return full.relative_to(crate.root.resolve()).as_posix()
        return path

    return relative


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
