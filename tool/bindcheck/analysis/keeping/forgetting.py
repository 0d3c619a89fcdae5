"""What is let go of when all that looks at a file by itself is done with it."""

from __future__ import annotations

from bindcheck.analysis.anatomy import forget_anatomies
from bindcheck.analysis.costs.steps import forget_steps
from bindcheck.analysis.fills.writers import first_writers_of
from bindcheck.analysis.flow.evaluate import flow_of
from bindcheck.analysis.program import Program


def forget(program: Program, path: str) -> None:
    """Let go of the bodies of a file and of what is known of their nodes, the most of all memory.

    All of it goes together: a body that is read again consists of other nodes.
    """
    program.parts.bodies.forget(path)
    flow_of(program).forget(path)
    forget_anatomies(program, path)
    first_writers_of(program).forget(path)
    forget_steps(program)
