"""`bindcheck explain`."""

from __future__ import annotations

import difflib

import click

from bindcheck.errors import BindcheckError
from bindcheck.rules.base import Rule


@click.command(name="explain")
@click.argument("codes", nargs=-1, required=True, metavar="CODE...")
def command(codes: tuple[str, ...]) -> int:
    """Explain rules, named by code (BC201) or name (gil-held)."""
    click.echo("\n\n".join(explanation(find_rule(code)) for code in codes))
    return 0


def find_rule(wanted: str) -> Rule:
    """The rule with this code or name."""
    from bindcheck.rules import RULES

    known = {key: rule for rule in RULES for key in (rule.code, rule.name)}
    key = wanted.upper() if wanted.upper() in known else wanted.lower()
    if key in known:
        return known[key]
    near = difflib.get_close_matches(key, known, 3, 0.5) or difflib.get_close_matches(
        wanted.upper(), known, 3, 0.5
    )
    hint = f" (near: {', '.join(near)})" if near else "; `bindcheck rules` lists them"
    raise BindcheckError(f"no rule `{wanted}`{hint}")


def explanation(rule: Rule) -> str:
    """The documentation of a rule with its examples under their headings."""
    from bindcheck.report.ruledocs import rule_document

    head = f"{rule.code} {rule.name} ({rule.severity.value})"
    return "\n".join((head, "=" * len(head), "", rule_document(rule)))
