"""BC002: suppressions that do not say why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.program import Program
from bindcheck.findings import Finding, Severity
from bindcheck.rules.base import Example, Suppression, SuppressionRule
from bindcheck.rules.example_crates import binding_crate

_LAST = """
#[pyfunction]
fn newest(COMMENT
    data: Vec<f64>,
) -> Option<f64> {
    data.last().copied()
}
"""


def _example(comment: str) -> str:
    body = _LAST.replace("(COMMENT", f"(\n    {comment}" if comment else "(")
    return binding_crate(body, "newest", core="")


class IgnoreWithoutReason(SuppressionRule):
    """A comment `bindcheck: ignore[..]` does not say why.

    ## What it does

    Reports suppressions with nothing behind the bracket. One that suppresses nothing is BC001 and
    is not reported here as well.

    ## Why it matters

    Whoever changes the code next has to know whether the suppression still holds: "the list is
    short" can be checked, silence cannot. Reports carry the reason along, so that a reviewer sees
    it where it counts.

    ## Example

    ## Instead

    ## Fix safety

    There is no fix: only the author knows the reason.
    """

    code: ClassVar[str] = "BC002"
    name: ClassVar[str] = "ignore-without-reason"
    summary: ClassVar[str] = "suppression that does not say why"
    severity: ClassVar[Severity] = Severity.ADVICE
    bad: ClassVar[tuple[Example, ...]] = (Example(_example("// bindcheck: ignore[BC204]")),)
    good: ClassVar[tuple[Example, ...]] = (
        Example(_example("// bindcheck: ignore[BC204] a handful of values from a dialog")),
    )

    def check(self, program: Program, suppression: Suppression) -> Iterator[Finding]:
        """At most one finding for a comment."""
        comment = suppression.comment
        idle = {*suppression.unused, *(code for code, _ in suppression.unknown)}
        if comment.reason or idle.issuperset(comment.codes):
            return
        text = f"the comment does not say why `{', '.join(comment.codes)}` is suppressed"
        help = "write the reason behind the bracket"
        yield self.finding(
            program, (suppression.path, comment.span), suppression.item, text, help=help
        )
