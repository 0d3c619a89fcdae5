"""BC001: suppressions that suppress nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.program import Program
from bindcheck.findings import Edit, Finding, Fix, Safety, Severity
from bindcheck.model import Ignore
from bindcheck.rules.base import Example, Suppression, SuppressionRule
from bindcheck.rules.example_crates import binding_crate

_SPAN = "span: (f64, f64)"
_LIST = "data: Vec<f64>"
_DEVICE = """
#[cfg(feature = "cuda")]
mod device {
    // bindcheck: ignore[BC204] copied to the device at once
    #[pyo3::pyfunction(name = "newest")]
    fn newest_cuda_py(data: Vec<f64>) -> Option<f64> {
        data.last().copied()
    }
}
"""
_TESTS = """
#[cfg(test)]
mod tests {
    #[test]
    fn works() {
        // bindcheck: ignore[BC303] a test may panic
        assert_eq!(super::newest((1.0, 2.0)).unwrap(), 2.0);
    }
}
"""


def _example(comment: str, argument: str, more: str = "") -> str:
    """A binding with a comment above its argument."""
    above = f"    {comment}\n" if comment else ""
    work = "Some(span.1)" if argument == _SPAN else "data.last().copied()"
    body = f"""
#[pyfunction]
fn newest(
{above}    {argument},
) -> Option<f64> {{
    {work}
}}
{more}"""
    return binding_crate(body, "newest", core="")


class UnusedIgnore(SuppressionRule):
    """A comment `bindcheck: ignore[..]` names a rule that has nothing to report there.

    ## What it does

    Reports suppressions whose codes suppress no finding, codes that no rule has, and comments that
    name no code at all. Only codes whose rules were run are judged, and only where they could have
    found something: not in files that do not parse or that no `mod` reaches, not in macros, and not
    in items outside the audited configuration.

    ## Why it matters

    The comment outlives its cause: the code was repaired, or moved away from under the comment.
    What is left hides the next finding of that rule at this place, and a misspelt code hides
    nothing while its author believes that it does.

    ## Example

    ## Instead

    ## Fix safety

    Safe: a comment of which all codes are unused is removed, and its line where it stands alone.
    One with further codes that have their use, or in front of code, is edited by hand.
    """

    code: ClassVar[str] = "BC001"
    name: ClassVar[str] = "unused-ignore"
    summary: ClassVar[str] = "suppression that suppresses nothing"
    severity: ClassVar[Severity] = Severity.ADVICE
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _example("// bindcheck: ignore[BC204] a short list", _SPAN),
            title="there is no list any more",
        ),
        Example(
            _example("// bindcheck: ignore[BC203] a short list", _LIST),
            title="another rule than the one that reports",
            also=("BC204",),
        ),
        Example(
            _example("// bindcheck: ignore[copied-argument] a short list", _LIST),
            title="a name instead of a code",
            also=("BC204",),
        ),
        Example(
            _example("// bindcheck: ignore a short list", _LIST),
            title="no code",
            also=("BC204",),
        ),
        Example(
            _example("// bindcheck: ignore[BC2, BC303] a short list", _LIST),
            title="one of two codes",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _example("// bindcheck: ignore[BC204] a short list", _LIST),
            title="the list is copied, and that is meant",
        ),
        Example(
            _example("", _SPAN, _DEVICE),
            title="an item outside the audited configuration",
        ),
        Example(_example("", _SPAN, _TESTS), title="a test"),
    )

    def check(self, program: Program, suppression: Suppression) -> Iterator[Finding]:
        """At most one finding for the codes that no rule has, and one for those without use."""
        comment = suppression.comment
        place = (suppression.path, comment.span)
        if not comment.codes:
            text = "the comment names no rule, so it suppresses nothing"
            help = "name the rule: `bindcheck: ignore[CODE] reason`"
            yield self.finding(program, place, suppression.item, text, help=help)
        if suppression.unknown:
            text = f"no rule has the code {_listed(code for code, _ in suppression.unknown)}"
            help = _suggested(suppression.unknown)
            yield self.finding(program, place, suppression.item, text, help=help)
        if suppression.unused:
            whole = suppression.unused == comment.codes
            text = f"{_listed(suppression.unused)} suppresses nothing here"
            what = "the comment" if whole else f"{_listed(suppression.unused)} from the comment"
            fix = _removal(program, suppression.path, comment) if whole else None
            help = f"remove {what}"
            yield self.finding(program, place, suppression.item, text, help=help, fix=fix)


def _listed(codes: Iterator[str] | tuple[str, ...]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def _suggested(unknown: tuple[tuple[str, str], ...]) -> str:
    meant = [near for _, near in unknown if near]
    if meant:
        return f"did you mean {_listed(tuple(meant))}?"
    return "`bindcheck rules` lists the codes"


def _removal(program: Program, path: str, comment: Ignore) -> Fix | None:
    """Remove a comment alone on its line with the line, one behind code with the blanks between."""
    lines, source = program.modules[path].lines, program.source(path)
    start, end = comment.span.start, comment.span.end
    first, _ = lines.position(start)
    last, _ = lines.position(end)
    before = source[lines.starts[first - 1] : start]
    if not before.strip() and comment.line > last:
        edit = Edit(path, lines.starts[first - 1], lines.starts[last], "")
    elif before.strip() and source.startswith(b"//", start):
        edit = Edit(path, lines.starts[first - 1] + len(before.rstrip()), end, "")
    else:
        return None
    return Fix("remove the comment", (edit,), Safety.SAFE)
