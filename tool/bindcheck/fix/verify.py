"""Whether changed files are better than before: they parse, findings are gone, none is new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from bindcheck.checks import Looked
from bindcheck.fact import fact
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.fix.edits import apply_edits, edits_of
from bindcheck.load import Inputs
from bindcheck.parse import parse_module
from bindcheck.results import AuditReport

Key = tuple[str, str, str]
"""Code, path and item: what a finding keeps when lines move."""

_CONSEQUENCES: Mapping[str, frozenset[str]] = {
    "BC105": frozenset({"BC108", "BC109"}),
    "BC201": frozenset({"BC208"}),
}
"""What a fix uncovers: a new export may lack a stub and a test, and beside the first release of a
binding other work is held, which was one cause with what is released."""

NOT_RUST = "the file would not parse any more"
STILL_THERE = "the finding would still be there"


@fact
class Judged:
    """All that an audit found, shown or not."""

    findings: frozenset[Finding]

    @classmethod
    def of(cls, looked: Looked, report: AuditReport) -> Judged:
        """What rules say of the program, and what the report adds about comments that ignore."""
        found = {one.finding for one in looked.found}
        codes = {one.code for one in found}
        return cls(frozenset(found).union(f for f in report.findings if f.code not in codes))


@fact
class Blame:
    """Why a fix may not stay; `certain` if no other fix of the group can have done it."""

    reason: str
    certain: bool


def key_of(finding: Finding) -> Key:
    """What identifies a finding before and after an edit."""
    return finding.code, finding.location.path, finding.item


def unparsable(
    inputs: Inputs, changed: Mapping[str, bytes], chosen: Sequence[Finding]
) -> dict[Finding, Blame]:
    """The fixes by which files that `changed` holds get worse to parse."""
    modules = inputs.program.modules
    found: dict[Finding, Blame] = {}
    for path, source in changed.items():
        held = len(modules[path].problems)
        if len(parse_module(path, source).problems) <= held:
            continue
        own = [one for one in chosen if path in _paths(one)]
        alone = [one for one in own if _breaks(path, inputs.sources[path], one, held)]
        blame = Blame(NOT_RUST, certain=bool(alone))
        found.update(dict.fromkeys(alone or own, blame))
    return found


def _breaks(path: str, source: bytes, finding: Finding, held: int) -> bool:
    made = apply_edits(source, edits_of([finding])[path])
    return len(parse_module(path, made).problems) > held


def guilty(before: Judged, after: Judged, chosen: Sequence[Finding]) -> dict[Finding, Blame]:
    """The fixes that left their finding in place or brought an error or a warning.

    Advice and suspicions about what a fix has uncovered do not speak against it.
    """
    fixed = Counter(key_of(finding) for finding in chosen)
    held, grave = _counts(before), _grave(after)
    found: dict[Finding, Blame] = {}
    for key, count in _counts(after).items():
        if count > held[key] - fixed[key] and (fixed[key] or key in grave):
            blamed, reason = _blamed(key, chosen)
            for one in blamed:
                found.setdefault(one, Blame(reason, certain=len(blamed) == 1))
    return found


def _counts(judged: Judged) -> Counter[Key]:
    """Findings by key; what two rounds of a rule say is one finding."""
    return Counter(key_of(finding) for finding in judged.findings)


def _grave(judged: Judged) -> set[Key]:
    return {
        key_of(finding)
        for finding in judged.findings
        if finding.severity is not Severity.ADVICE and finding.confidence is not Confidence.SUSPECT
    }


def _blamed(key: Key, chosen: Sequence[Finding]) -> tuple[Sequence[Finding], str]:
    own = [one for one in chosen if key_of(one) == key]
    if own:
        return own, STILL_THERE
    code, path, item = key
    bearers = [one for one in chosen if code not in _CONSEQUENCES.get(one.code, ())]
    return _near(path, item, chosen, bearers), f"it would bring {code} in `{item}`, {path}"


def _near(
    path: str, item: str, chosen: Sequence[Finding], bearers: Sequence[Finding]
) -> Sequence[Finding]:
    """Those that may have brought a finding: about the same item, else in the file, else all.

    What only others are near to than `bearers` is nobody's fault.
    """
    here = [one for one in chosen if path == one.location.path or path in _paths(one)]
    same = [one for one in here if one.item == item]
    return [one for one in same or here or chosen if one in bearers]


def _paths(finding: Finding) -> set[str]:
    return {edit.path for edit in finding.fix.edits} if finding.fix is not None else set()
