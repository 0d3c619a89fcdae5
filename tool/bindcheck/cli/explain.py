"""`bindcheck explain`."""

from __future__ import annotations

import difflib
import inspect

import click

from bindcheck.errors import BindcheckError
from bindcheck.rules.base import Example, Rule


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
    text = inspect.cleandoc(rule.__doc__ or "")
    head = f"{rule.code} {rule.name} ({rule.severity.value})"
    parts = [head, "=" * len(head), ""]
    for line in text.splitlines():
        parts.append(line)
        if line.strip() == "## Example":
            parts.extend(_examples(rule.bad[:1]))
        elif line.strip() == "## Instead":
            parts.extend(_examples(rule.good[:1]))
    return "\n".join(parts)


def _examples(examples: tuple[Example, ...]) -> list[str]:
    lines: list[str] = []
    for example in examples:
        lines.append("")
        if example.title:
            lines.append(f"{example.title}:")
        lines.append("```rust")
        lines.extend(inspect.cleandoc(example.code).splitlines())
        lines.append("```")
    return lines
