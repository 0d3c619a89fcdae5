"""What a rule is.

A rule is one class in one file: documentation, examples and a `check` that yields findings from
facts. No I/O, configuration or other rule in it. The docstring has five headings: `What it does`,
`Why it matters`, `Example`, `Instead`, `Fix safety`; the examples under the middle two are `bad`
and `good`, so that what is documented is what is tested.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.findings import Confidence, Finding, Fix, Severity
from bindcheck.model import CoreApi, EntryPoint, Ignore, Span


@fact
class Example:
    """A small crate that shows a rule at work.

    `code` is `src/lib.rs`; `files` are further files, keyed by path from the crate root. `pyo3` is
    the version the crate depends on. A bad example yields `findings` findings of its rule, a good
    one none; other rules are silent on both, but for the codes in `also`.
    """

    code: str
    title: str = ""
    files: tuple[tuple[str, str], ...] = ()
    pyo3: str = "0.25.0"
    findings: int = 1
    also: tuple[str, ...] = ()


@fact
class Suppression:
    """What became of one comment `bindcheck: ignore[..]`.

    `item` is what it stands in or above. `unknown` are the codes that no rule has, each with the
    code that may be meant (or nothing); `unused` those that suppressed nothing, although all rules
    that they name were run here.
    """

    path: str
    comment: Ignore
    item: str
    unknown: tuple[tuple[str, str], ...] = ()
    unused: tuple[str, ...] = ()


class Rule(ABC):
    """Base of all rules. Subclass EntryRule, CoreRule, CrateRule, FileRule or SuppressionRule.

    `widespread` rules speak about most ordinary bindings, those in examples of other rules too.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    summary: ClassVar[str]
    severity: ClassVar[Severity]
    confidence: ClassVar[Confidence] = Confidence.CERTAIN
    widespread: ClassVar[bool] = False
    bad: ClassVar[tuple[Example, ...]]
    good: ClassVar[tuple[Example, ...]]

    def premise(self, program: Program) -> str | None:
        """Why the rule is not applicable to this crate at all, or None when it is."""
        del program
        return None

    def finding(
        self,
        program: Program,
        place: tuple[str, Span],
        item: str,
        message: str,
        *,
        help: str = "",
        severity: Severity | None = None,
        confidence: Confidence | None = None,
        missing: str | None = None,
        cost: str | None = None,
        fix: Fix | None = None,
    ) -> Finding:
        """A finding of this rule at `place` (display path and byte span)."""
        return Finding(
            code=self.code,
            name=self.name,
            severity=severity or self.severity,
            confidence=confidence or self.confidence,
            location=program.location(*place),
            item=item,
            message=message,
            help=help,
            missing=missing,
            cost=cost,
            fix=fix,
            made=program.is_made(*place),
        )


class EntryRule(Rule):
    """Looks at one entry point (function, method or class) of the audited configuration."""

    @abstractmethod
    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding per cause."""


class CoreRule(Rule):
    """Looks at the core of one indicator."""

    @abstractmethod
    def check(self, program: Program, core: CoreApi) -> Iterator[Finding]:
        """Yield a finding per cause."""


class CrateRule(Rule):
    """Looks at the crate as a whole; run once."""

    @abstractmethod
    def check(self, program: Program) -> Iterator[Finding]:
        """Yield a finding per cause."""


class FileRule(Rule):
    """Looks at one Rust file at a time, with all of the crate to ask."""

    @abstractmethod
    def files(self, program: Program) -> tuple[str, ...]:
        """Paths of the files that there is something to look at in."""

    @abstractmethod
    def check(self, program: Program, path: str) -> Iterator[Finding]:
        """Yield a finding per cause."""


class SuppressionRule(Rule):
    """Looks at one comment that suppresses findings, after all other rules have run.

    No comment suppresses its findings; the configuration can.
    """

    @abstractmethod
    def check(self, program: Program, suppression: Suppression) -> Iterator[Finding]:
        """Yield a finding per cause."""
