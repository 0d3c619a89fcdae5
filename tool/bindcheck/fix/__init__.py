"""Fixes: chosen among the findings, applied in memory, audited again, then written as one.

Nothing is written that does not parse, that leaves its finding in place or that brings a new one.
"""

from bindcheck.fix.engine import fix, fix_all
from bindcheck.fix.types import FixRequest, FixResult, FixRun, Refused

__all__ = ["FixRequest", "FixResult", "FixRun", "Refused", "fix", "fix_all"]
