"""The rules, in the order of their codes."""

from __future__ import annotations

from bindcheck.rules.base import CoreRule, CrateRule, EntryRule, Example, Rule

RULES: tuple[Rule, ...] = ()

RULE_BY_CODE: dict[str, Rule] = {rule.code: rule for rule in RULES}

__all__ = ["RULES", "RULE_BY_CODE", "CoreRule", "CrateRule", "EntryRule", "Example", "Rule"]
