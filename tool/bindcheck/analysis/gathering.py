"""Calls that rules ask of the whole crate, found by all processes together.

Which functions entry points reach is asked of every body on the way. Each process of a crew reads
the bodies of its own files, level by level, and gets the calls in the others.
"""

from __future__ import annotations

from bindcheck.analysis.costs.reach import is_entered
from bindcheck.analysis.program import Program
from bindcheck.analysis.ranges.callers import Carriers
from bindcheck.analysis.regions import is_callable
from bindcheck.analysis.shared_calls import follow_calls
from bindcheck.crew import Crew


def gather_calls(program: Program, crew: Crew) -> None:
    """Make known to all processes the calls that rules ask of the whole crate."""
    if crew.is_alone:
        return
    starts = [one.ref for one in program.entries if one.active and is_callable(one)]
    follow_calls(program, crew, starts, is_entered(program))
    follow_calls(program, crew, starts, Carriers(program).carries)
