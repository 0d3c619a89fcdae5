"""What rules ask of the whole crate, found by all processes of a crew together.

Which functions entry points reach is asked of every body on the way, and what tests call of every
test. Each process reads a part and gets from the others what they have found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from bindcheck.analysis.bindings.interface import KEYS, keys_of, with_keys
from bindcheck.analysis.costs.reach import is_entered
from bindcheck.analysis.failing.failures import LOSSES, binding_layer, lost_in
from bindcheck.analysis.failing.names import IGNORED, ignored_in_file, taking_names
from bindcheck.analysis.keeping.reads import Answers, collected
from bindcheck.analysis.program import Program
from bindcheck.analysis.python.view import no_extension
from bindcheck.analysis.ranges.callers import Carriers
from bindcheck.analysis.threads.elsewhere import RELEASED, letting_go, released_in
from bindcheck.analysis.threads.regions import is_callable
from bindcheck.analysis.threads.shared_calls import follow_calls
from bindcheck.crew import Crew
from bindcheck.model import ItemRef

Q = TypeVar("Q", str, ItemRef)
A = TypeVar("A")


def gather_calls(program: Program, crew: Crew) -> None:
    """Make known to all processes the calls that rules ask of the whole crate."""
    if crew.is_alone:
        return
    starts = [one.ref for one in program.entries if one.active and is_callable(one)]
    follow_calls(program, crew, starts, is_entered(program))
    follow_calls(program, crew, starts, Carriers(program).carries)


def gather_answers(program: Program, crew: Crew) -> None:
    """Make known to all processes what rules about the whole crate ask of single bodies."""
    if crew.is_alone:
        return
    _gather(program, crew, KEYS, with_keys(program), keys_of)
    _gather(program, crew, LOSSES, binding_layer(program), lost_in)
    _gather(program, crew, RELEASED, letting_go(program), released_in)
    _gather(program, crew, IGNORED, taking_names(program), ignored_in_file)


def _gather(
    program: Program,
    crew: Crew,
    name: str,
    asked: Sequence[Q],
    ask: Callable[[Program, Q], A],
) -> None:
    known: Answers[Q, A] = program.keep(name, lambda: Answers(name))
    found, read = collected(lambda: crew.share(asked, _home, lambda one: ask(program, one)))
    # What this process has read is told to the others under the names of the answers.
    program.asked.reads.add((name,), read)
    for one, answer in zip(asked, found, strict=True):
        known.learn(one, answer)


def _home(asked: str | ItemRef) -> str:
    return asked if isinstance(asked, str) else asked.path


def gather_tests(program: Program, crew: Crew) -> None:
    """Make known to all processes what the Python tests say: rules about bindings look at them."""
    view = program.python
    if crew.is_alone or view is None or no_extension(program) is not None:
        return
    if view.exports.all:
        paths = [path for path in view.side.readable if not view.side.is_known(path)]
        for path, found in zip(paths, crew.share(paths, str, view.side.read), strict=True):
            view.side.learn(path, found)
