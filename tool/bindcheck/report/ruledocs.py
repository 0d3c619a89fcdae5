"""Documentation of rules as Markdown, for reports that carry it along."""

from __future__ import annotations

import inspect

from bindcheck.rules.base import Example, Rule


def rule_document(rule: Rule) -> str:
    """The documentation of a rule as Markdown, with its examples under their headings."""
    parts: list[str] = []
    for line in inspect.cleandoc(rule.__doc__ or "").splitlines():
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
