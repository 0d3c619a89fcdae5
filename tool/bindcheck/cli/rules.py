"""`bindcheck rules`."""

from __future__ import annotations

import json

import click


@click.command(name="rules")
@click.option("--output-format", type=click.Choice(("text", "json")), default="text")
def command(output_format: str) -> int:
    """List the rules: code, name, severity and what they report."""
    from bindcheck.rules import RULES

    if output_format == "json":
        rows = [
            {
                "code": rule.code,
                "name": rule.name,
                "severity": rule.severity.value,
                "summary": rule.summary,
            }
            for rule in RULES
        ]
        click.echo(json.dumps(rows, indent=2))
        return 0
    width = max((len(rule.name) for rule in RULES), default=0)
    for rule in RULES:
        click.echo(f"{rule.code}  {rule.name:<{width}}  {rule.severity.value:<7}  {rule.summary}")
    return 0
