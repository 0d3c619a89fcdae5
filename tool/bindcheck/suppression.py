"""Comments `bindcheck: ignore[..]`: which findings they suppress, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bindcheck.analysis.program import Program
from bindcheck.config import covers, is_known
from bindcheck.fact import fact
from bindcheck.findings import Finding
from bindcheck.model import Function, Ignore, Item, Mod, Module, Span
from bindcheck.results import Ignored
from bindcheck.rules import RULE_BY_CODE, Suppression, SuppressionRule


@fact
class Reach:
    """A comment and the lines it holds for.

    `around` are the functions, types and inline modules that it stands in or above, the innermost
    last; `in_macro` says that it stands in the tokens of a macro.
    """

    comment: Ignore
    lines: range
    around: tuple[Item, ...]
    in_macro: bool = False

    @property
    def item(self) -> Item | None:
        """The innermost function or type."""
        found = [item for item in self.around if not isinstance(item, Mod)]
        return found[-1] if found else None

    def holds_for(self, finding: Finding) -> bool:
        """Whether the comment suppresses a finding of its file."""
        return finding.location.line in self.lines and any(
            covers(code, finding.code) for code in self.comment.codes
        )


def suppress(
    findings: Iterable[Finding], modules: Mapping[str, Module]
) -> tuple[tuple[Finding, ...], tuple[Ignored, ...]]:
    """Split findings into those that stand and those that a comment in the source ignores.

    A comment holds for a finding that starts on the comment's line; above an item it holds for
    the head of the item, from its first attribute to its name. What is said of the comments
    themselves no comment suppresses.
    """
    kept: list[Finding] = []
    ignored: list[Ignored] = []
    reaches = {path: reaches_of(module) for path, module in modules.items() if module.ignores}
    for finding in findings:
        held = [one for one in reaches.get(finding.location.path, ()) if one.holds_for(finding)]
        if held and not isinstance(RULE_BY_CODE.get(finding.code), SuppressionRule):
            ignored.append(Ignored(finding, "comment", held[0].comment.reason))
        else:
            kept.append(finding)
    return tuple(kept), tuple(ignored)


def suppressions(
    program: Program, findings: Iterable[Finding], rules_run: Sequence[str]
) -> Iterator[Suppression]:
    """What became of each comment in the reported files.

    `findings` are all that the rules yielded, shown or not: a comment for a finding that another
    one explains, or that is not selected, has its use.
    """
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.location.path, []).append(finding)
    for path, module in program.modules.items():
        if module.ignores and program.reported(path):
            for reach in reaches_of(module):
                yield _outcome(program, path, reach, by_path.get(path, []), rules_run)


def _outcome(
    program: Program,
    path: str,
    reach: Reach,
    findings: Sequence[Finding],
    rules_run: Sequence[str],
) -> Suppression:
    comment = reach.comment
    unknown = tuple(code for code in comment.codes if not is_known(code, RULE_BY_CODE))
    unused: tuple[str, ...] = ()
    if _is_judged(program, path, reach):
        idle = (code for code in comment.codes if code not in unknown and _all_run(code, rules_run))
        here = {finding.code for finding in findings if finding.location.line in reach.lines}
        unused = tuple(code for code in idle if not any(covers(code, one) for one in here))
    item = path.rsplit("/", 1)[-1] if reach.item is None else _named(reach.item)
    suggestions = tuple((code, _meant(code)) for code in unknown)
    return Suppression(path, comment, item, suggestions, unused)


def _named(item: Item) -> str:
    """`Class::method`, or the name alone."""
    owner = item.owner if isinstance(item, Function) else ""
    return f"{owner}::{item.name}" if owner else item.name


def _all_run(prefix: str, rules_run: Sequence[str]) -> bool:
    """Whether every rule that a code or prefix means was run."""
    return all(code in rules_run for code in RULE_BY_CODE if covers(prefix, code))


def _is_judged(program: Program, path: str, reach: Reach) -> bool:
    """Whether the rules could have found something at a comment.

    Not where the file does not parse or is not part of the crate, and not in items that are not
    analysed or outside the audited configuration.
    """
    module = program.modules[path]
    if module.problems or reach.in_macro or path in program.unreached:
        return False
    cfgs = (program.inherited_cfg(path), *(item.cfg for item in reach.around))
    if not all(program.active(cfg, path) for cfg in cfgs):
        return False
    lines = reach.lines if reach.item is None else _lines(module, reach.item.span)
    return not any(one.path == path and one.line in lines for one in program.unanalysed)


# Letters that are taken for digits.
_MISREAD = str.maketrans("OIL", "011")


def _meant(code: str) -> str:
    """The code that somebody may have meant who wrote one that no rule has, or nothing."""
    by_name = {rule.name: rule.code for rule in RULE_BY_CODE.values()}
    known = {**by_name, **{code: code for code in RULE_BY_CODE}}
    with_digits = code.upper().translate(_MISREAD)
    if with_digits in known:
        return with_digits
    # Loaded only where a code is wrong.
    from difflib import get_close_matches

    found = get_close_matches(code, known, 1)
    return known[found[0]] if found else ""


def reaches_of(module: Module) -> tuple[Reach, ...]:
    """The comments of a file with what each holds for."""
    inline = [mod for mod in module.mods if mod.inline]
    items = sorted(
        (*module.functions, *module.structs, *module.enums, *inline),
        key=lambda item: item.span.start,
    )
    placed = [(item, _lines(module, item.span)) for item in items]
    macros = [_lines(module, one.span) for one in module.macros]
    reaches = []
    for comment in module.ignores:
        line = comment.line
        around = tuple(item for item, lines in placed if line in lines)
        head = module.lines.position(around[-1].name_span.start)[0] if around else line
        in_macro = any(line in lines for lines in macros)
        reaches.append(Reach(comment, range(line, max(line, head) + 1), around, in_macro))
    return tuple(reaches)


def _lines(module: Module, span: Span) -> range:
    first, _ = module.lines.position(span.start)
    last, _ = module.lines.position(span.end)
    return range(first, last + 1)
