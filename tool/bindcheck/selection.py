"""Which findings are shown: selection by code, suppression by comment, one finding per cause."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import Ignore, Module
from bindcheck.results import Ignored

# A finding of a later code at the same place and item is the consequence of the earlier one.
PRECEDENCE: tuple[tuple[str, ...], ...] = (
    ("BC210", "BC211", "BC201", "BC208"),
    ("BC202", "BC206"),
    ("BC202", "BC207"),
    ("BC305", "BC310"),
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Codes and prefixes to show. Empty `select`: errors and warnings that are not suspects."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def wants(self, finding: Finding) -> bool:
        """Whether the finding is selected: the longest matching prefix decides, a tie ignores."""
        chosen = _longest(self.select, finding.code)
        refused = _longest(self.ignore, finding.code)
        if refused >= max(chosen, 0):
            return False
        if self.select:
            return chosen >= 0
        shown = finding.severity is not Severity.ADVICE
        return shown and finding.confidence is not Confidence.SUSPECT


def _longest(prefixes: Iterable[str], code: str) -> int:
    lengths = [
        0 if prefix == "ALL" else len(prefix)
        for prefix in prefixes
        if prefix == "ALL" or code.startswith(prefix)
    ]
    return max(lengths, default=-1)


def one_per_cause(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Drop duplicates and, per item, the findings that another one explains."""
    unique = sorted(set(findings), key=lambda f: (f.location, f.code, f.item, f.message))
    kept: list[Finding] = []
    codes: dict[tuple[str, str], set[str]] = {}
    for finding in unique:
        codes.setdefault((finding.location.path, finding.item), set()).add(finding.code)
    for finding in unique:
        present = codes[finding.location.path, finding.item]
        if not _explained(finding.code, present):
            kept.append(finding)
    return tuple(kept)


def _explained(code: str, present: set[str]) -> bool:
    return any(
        code in chain and present.intersection(chain[: chain.index(code)]) for chain in PRECEDENCE
    )


def suppress(
    findings: Iterable[Finding], modules: Mapping[str, Module]
) -> tuple[tuple[Finding, ...], tuple[Ignored, ...]]:
    """Split findings into those that stand and those that a comment in the source ignores.

    A comment holds for a finding that starts on the comment's line; above an item it holds for
    the head of the item, from its first attribute to its name.
    """
    kept: list[Finding] = []
    ignored: list[Ignored] = []
    reaches = {path: _reaches(module) for path, module in modules.items() if module.ignores}
    for finding in findings:
        comment = _comment_for(finding, reaches.get(finding.location.path, ()))
        if comment is None:
            kept.append(finding)
        else:
            ignored.append(Ignored(finding, "comment", comment.reason))
    return tuple(kept), tuple(ignored)


def _comment_for(finding: Finding, comments: tuple[tuple[Ignore, range], ...]) -> Ignore | None:
    for comment, lines in comments:
        if finding.location.line in lines and _longest(comment.codes, finding.code) >= 0:
            return comment
    return None


def _reaches(module: Module) -> tuple[tuple[Ignore, range], ...]:
    """Each comment with the lines it holds for."""
    heads = []
    for item in (*module.functions, *module.structs, *module.enums):
        first, _ = module.lines.position(item.span.start)
        last, _ = module.lines.position(item.name_span.start)
        heads.append(range(first, last + 1))
    reaches = []
    for comment in module.ignores:
        lines = next((head for head in heads if comment.line in head), None)
        last = lines.stop if lines else comment.line + 1
        reaches.append((comment, range(comment.line, last)))
    return tuple(reaches)


def with_fingerprints(
    findings: Iterable[Finding],
    snippet: Callable[[Finding], str],
    from_root: Callable[[str], str],
) -> tuple[Finding, ...]:
    """Give each finding an identity that survives moved and reformatted lines.

    It is made of the code, the path from the crate root, the item, the snippet without white space,
    and the ordinal among findings that agree in all of these.
    """
    seen: Counter[str] = Counter()
    done: list[Finding] = []
    for finding in findings:
        path = from_root(finding.location.path)
        text = "".join(snippet(finding).split())
        key = "\0".join((finding.code, path, finding.item, text))
        ordinal = seen[key]
        seen[key] += 1
        digest = hashlib.blake2b(f"{key}\0{ordinal}".encode(), digest_size=8).hexdigest()
        done.append(replace(finding, fingerprint=digest))
    return tuple(done)
