"""Names that promise what a binding does not keep: no copy, no check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from bindcheck.analysis.costs.clones import spare_copies
from bindcheck.analysis.flow.guards import diverges, is_error
from bindcheck.analysis.flow.types import RESULTS
from bindcheck.analysis.memory.provenance import copied_arguments, copied_results, listed_result
from bindcheck.analysis.memory.writers import copied_into, element_name
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events, is_callable
from bindcheck.fact import fact
from bindcheck.model import Block, EntryPoint, Function, If, Node, Return

_NO_COPY = re.compile(r"(?:^|_)(?:zero_?copy|no_?copy|without_copy|copy_?free|copyless)(?:_|$)")
_NO_CHECK = re.compile(
    r"(?:^|_)(?:(?:no|without|skip)_?(?:validation|validate|validating|checks?|checking)"
    r"|unchecked|unvalidated)(?:_|$)"
)
_CHECKS = re.compile(r"^(?:validate|check|ensure|verify)(?:_|$)|_(?:validation|valid|checks?)$")
# The name of a kernel is text: to read it is no check of the data.
_OTHER = re.compile(r"kernel|signal|thread|available|support")


class Promise(StrEnum):
    """What a name says."""

    NO_COPY = "copies"
    NO_CHECK = "validates"


@fact
class Broken:
    """A promise and what breaks it. `sure`: a function of that very purpose is called."""

    promise: Promise
    why: str
    sure: bool
    element: str = ""


def broken_promise(program: Program, entry: EntryPoint) -> Broken | None:
    """What an entry point does although its name says that it does not."""
    if not is_callable(entry):
        return None
    names = (program.function(entry.ref).name, entry.python_name)
    if any(_NO_COPY.search(name) for name in names):
        return next(_copies(program, entry), None)
    if any(_NO_CHECK.search(name) for name in names):
        return next(_checks(program, entry), None)
    return None


def _copies(program: Program, entry: EntryPoint) -> Iterator[Broken]:
    for argument in copied_arguments(program, entry):
        what = f"the argument `{argument.param.name}`" if argument.param else "an argument"
        yield Broken(Promise.NO_COPY, f"{what} is copied", True, argument.element)
    for clone in spare_copies(program, entry):
        yield Broken(Promise.NO_COPY, f"`{clone.name}` is cloned", True, clone.element)
    for copy in copied_into(program, entry):
        element = element_name(copy.write.value, copy.write.target)
        yield Broken(Promise.NO_COPY, "the result is copied into another array", True, element)
    for result in copied_results(program, entry):
        yield Broken(Promise.NO_COPY, f"`{result.how}` copies the result", True, result.element)
    listed = listed_result(program, entry)
    if listed is not None:
        yield Broken(Promise.NO_COPY, "the result is turned into a list", True)


def _checks(program: Program, entry: EntryPoint) -> Iterator[Broken]:
    for call in events(program, entry).calls:
        for target in call.targets:
            function = program.function(target)
            if _validates(function):
                yield Broken(Promise.NO_CHECK, f"`{function.name}` is called", True)
    body = program.body(entry.ref)
    rejects = body is not None and any(_rejects(node) for node in body.walk())
    if rejects:
        yield Broken(Promise.NO_CHECK, "input is rejected with an error", False)


def _validates(function: Function) -> bool:
    name = function.name
    if not _CHECKS.search(name) or _OTHER.search(name):
        return False
    returns = function.returns
    return returns.name in RESULTS or returns.name == "bool"


def _rejects(node: Node) -> bool:
    """`if bad { return Err(..) }`."""
    if not isinstance(node, If) or not diverges(node.then):
        return False
    last = node.then.statements[-1] if isinstance(node.then, Block) else node.then
    return isinstance(last, Return) and is_error(last.value)
