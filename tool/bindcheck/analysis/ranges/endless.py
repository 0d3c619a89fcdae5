"""Stepping loops that some range of the caller never ends, found by replaying them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cached_property

from bindcheck.analysis.keeping.reads import KeptProperty, Memo, note, once
from bindcheck.analysis.program import Program
from bindcheck.analysis.ranges import control, expressions
from bindcheck.analysis.ranges.callers import Callers, callers_of, leaf_type
from bindcheck.analysis.ranges.loops import Home, Stepping, homes, steppings
from bindcheck.analysis.ranges.origins import Origins
from bindcheck.analysis.ranges.patterns import part_of
from bindcheck.analysis.ranges.replay import Outcome, Replay, Script, Target, bound, explore
from bindcheck.analysis.ranges.values import Leaf, Number, Value
from bindcheck.model import Call, ItemRef, Loop, MethodCall, Node, Path, Span, TypeRef
from bindcheck.model.fact import fact

HANDLERS = (control, expressions)
"""Importing these registers what is done with each kind of node."""

Given = Mapping[str, Number]
Range = tuple[Number, Number, Number]
_HIGHEST = 4
_SANE: tuple[Range, ...] = ((1.0, 2.0, 0.5), (2.0, 1.0, 0.5), (2.0, 1.0, -0.5))
_SANE_WHOLE: tuple[Range, ...] = ((1, 5, 2), (5, 1, 2))
_HOSTILE: tuple[tuple[str, tuple[Range, ...]], ...] = (
    ("zero", ((1.0, 2.0, 0.0), (2.0, 1.0, 0.0))),
    ("backward", ((1.0, 2.0, -0.5), (2.0, 1.0, 0.5), (2.0, 1.0, -0.5))),
    ("tiny", ((1e9, 2e9, 1e-9), (2e9, 1e9, 1e-9), (2e9, 1e9, -1e-9))),
    ("infinite", ((1.0, math.inf, 1.0), (1.0, -math.inf, 1.0), (1.0, -math.inf, -1.0))),
)
_HOSTILE_WHOLE: tuple[tuple[str, tuple[Range, ...]], ...] = (("zero", ((1, 5, 0), (5, 1, 0))),)


@fact
class Endless:
    """A loop that a range of the caller never ends.

    `kinds` are the sorts of ranges that do it, `example` one of them as start, end and step. `more`
    counts further loops of the same code with the same step; `sure` if nothing unknown decided.
    """

    ref: ItemRef
    name: str
    nested: bool
    loop: Loop
    kinds: tuple[str, ...]
    example: Range
    more: int
    sure: bool


def endless_loops(program: Program, path: str) -> Iterator[Endless]:
    """Such loops of a file that entry points reach, one for each piece of code and step."""
    trials = _trials_of(program)
    for ref in trials.reached.get(path, ()):
        for home in trials.homes(ref):
            yield from _of_home(trials.of(home))
    trials.forget(path)


def stepping_files(program: Program) -> tuple[str, ...]:
    """The files in which there may be such loops."""
    return tuple(_trials_of(program).reached)


def _of_home(trial: _Trial) -> Iterator[Endless]:
    by_step: dict[str, list[Endless]] = {}
    for one in steppings(trial.home):
        found = trial.endless(one) if not one.counted else None
        if found is not None:
            by_step.setdefault(one.step or one.end, []).append(found)
    for group in by_step.values():
        first = group[0]
        kinds = tuple(dict.fromkeys(kind for one in group for kind in one.kinds))
        sure = all(one.sure for one in group)
        yield Endless(
            first.ref,
            first.name,
            first.nested,
            first.loop,
            kinds,
            first.example,
            len(group) - 1,
            sure,
        )


class _Trials:
    """The trials of all pieces of code, each made once."""

    def __init__(self, program: Program):
        self.program = program
        self.callers: Callers = callers_of(program)
        self.reached: dict[str, list[ItemRef]] = program.keep("stepping", self._reached)
        self._known: Memo[tuple[ItemRef, Span], _Trial] = Memo()

    def _reached(self) -> dict[str, list[ItemRef]]:
        found: dict[str, list[ItemRef]] = {}
        for ref in self.callers.reached:
            if _may_step(self.program, ref):
                found.setdefault(ref.path, []).append(ref)
        return found

    def homes(self, ref: ItemRef) -> tuple[Home, ...]:
        """A function of the crate and what lies inside it."""
        body = self.program.body(ref)
        return tuple(homes(ref, self.program.function(ref), body)) if body is not None else ()

    def forget(self, path: str) -> None:
        """Let go of the trials of a file, which hold its bodies."""
        self._known.forget(lambda key: key[0].path == path)

    def of(self, home: Home) -> _Trial:
        """The trial of a piece of code."""
        # Who gets a trial that another has made works with the body that is in it.
        note(home.ref)
        return self._known.of((home.ref, home.body.span), _Trial, self, home)


@once
def _trials_of(program: Program) -> _Trials:
    return _Trials(program)


def _may_step(program: Program, ref: ItemRef) -> bool:
    """Whether a body has the word of a loop that steps; in most there is none."""
    return program.mentions(ref, (b"while", b"loop")) or not program.has_sources


class _Trial:
    """Replays of one piece of code."""

    def __init__(self, trials: _Trials, home: Home):
        self.trials = trials
        self.program = trials.program
        self.home = home

    @cached_property
    def origins(self) -> Origins:
        """What the variables are made of."""
        return Origins(self.home.params, self.home.receiver, self.home.body)

    def endless(self, loop: Stepping) -> Endless | None:
        """Which ranges never end a loop, None if all do, or if it cannot be told."""
        whole = self._is_whole(loop)
        if not any(self._ends(loop, one) for one in (_SANE_WHOLE if whole else _SANE)):
            return None
        examples: dict[str, Range] = {}
        sure = True
        for kind, ranges in _HOSTILE_WHOLE if whole else _HOSTILE:
            for one in ranges if self._applies(kind, loop) else ():
                outcome = self._endless(loop, one)
                if outcome is not None:
                    examples[kind] = one
                    sure = sure and outcome.sure
                    break
        if not examples:
            return None
        home, kinds = self.home, tuple(examples)
        plain = next((kind for kind in kinds if kind != "tiny"), "tiny")
        nested = home.outer is not None
        return Endless(home.ref, home.name, nested, loop.loop, kinds, examples[plain], 0, sure)

    def _is_whole(self, loop: Stepping) -> bool:
        """Whether the range is one of whole numbers."""
        types = _types(self.program, self.home)
        names = [
            leaf_type(self.program, types, leaf, self.home.ref.path)
            for leaf in (loop.start, loop.end, loop.step)
            if leaf
        ]
        return any(names) and not any(name.startswith("f") for name in names)

    def _applies(self, kind: str, loop: Stepping) -> bool:
        return bool(loop.end if kind == "infinite" else loop.step)

    def _given(self, loop: Stepping, values: Range) -> Given:
        roles = zip((loop.start, loop.end, loop.step), values, strict=True)
        return {leaf: value for leaf, value in roles if leaf}

    def _ends(self, loop: Stepping, values: Range) -> bool:
        outcomes = self._replays(loop.loop, self._given(loop, values))
        return any(one.how == "over" and one.visits > 1 for one in outcomes)

    def _endless(self, loop: Stepping, values: Range) -> Outcome | None:
        given = self._given(loop, values)
        for one in self._replays(loop.loop, given):
            if one.how == "endless" and self._gets_there(given, 0):
                return one
        return None

    def _replays(self, node: Node, given: Given) -> Iterator[Outcome]:
        home = self.home
        target = Target(home.ref.path, node)

        def make(script: Script) -> Replay:
            names: dict[str, Value] = {}
            for param in home.params:
                names.update({name: _known(name, given) for name in param.names})
            if home.receiver:
                names["self"] = Leaf("self")
            nested = {one.name: one for one in home.around}
            return Replay(self.program, home.ref, target, given, script, names, nested)

        return explore(make, home.body)

    def _gets_there(self, given: Given, height: int) -> bool:
        """Whether the callers let these numbers through; they may check them before."""
        home = self.home
        entry = home.outer is None and self.program.entry(home.ref) is not None
        if entry or height >= _HIGHEST:
            return True
        return not self._sites or any(
            trial._lets_through(home, node, given, height) for trial, node in self._sites
        )

    @KeptProperty
    def _sites(self) -> tuple[tuple[_Trial, Node], ...]:
        """The calls of this piece of code, each with the code around it."""
        outer = self.home.outer
        if outer is None:
            return tuple(self._calls())
        around = self.trials.of(outer)
        return tuple(
            (around, node)
            for node in outer.body.walk()
            if isinstance(node, Call) and _names(node.function, self.home.name)
        )

    def _calls(self) -> Iterator[tuple[_Trial, Node]]:
        callers = self.trials.callers
        for ref in callers.of.get(self.home.ref, ()):
            pieces = self.trials.homes(ref)
            for node in callers.calls(ref, self.home.ref):
                around = [one for one in pieces if one.body.span.contains(node.span)]
                yield self.trials.of(around[-1]), node

    def _lets_through(self, callee: Home, node: Node, given: Given, height: int) -> bool:
        handed = _arguments(callee, node)
        mapped: dict[str, Number] = {}
        for leaf, value in given.items():
            source = _source(leaf, callee, handed, self.origins)
            if source:
                mapped[source] = value
        for one in self._replays(node, mapped):
            if one.how == "tired":
                return True
            if one.how == "reached" and _unchanged(one, callee, given):
                return self._gets_there(mapped, height + 1)
        return False


def _names(node: Node, name: str) -> bool:
    return isinstance(node, Path) and node.segments == (name,)


def _known(name: str, given: Given) -> Value:
    return given.get(name, Leaf(name))


def _types(program: Program, home: Home) -> dict[str, TypeRef]:
    """The types of the names of a piece of code's parameters."""
    types: dict[str, TypeRef] = {}
    for param in home.params:
        if param.type is None:
            continue
        if param.name:
            types[param.name] = param.type
        else:
            types.update(zip(param.names, param.type.peel().args, strict=False))
    owner = program.function(home.ref).owner
    if home.receiver and owner:
        types["self"] = TypeRef(owner, name=owner, path=owner)
    return types


def _arguments(callee: Home, node: Node) -> tuple[Node, ...]:
    """The arguments of a call in the order of the callee's parameters, `self` first."""
    if isinstance(node, MethodCall):
        return (node.receiver, *node.args) if callee.receiver else node.args
    return node.args if isinstance(node, Call) else ()


def _source(leaf: str, callee: Home, handed: tuple[Node, ...], origins: Origins) -> str:
    """Where the caller has the value of a leaf of the callee from."""
    first, *rest = leaf.split(".")
    if callee.receiver and first == "self":
        return origins.within(handed[0], tuple(rest)) if handed else ""
    offset = 1 if callee.receiver else 0
    for i, param in enumerate(callee.params):
        if first in param.names and i + offset < len(handed):
            inside = () if param.name else (str(param.names.index(first)),)
            return origins.within(handed[i + offset], (*inside, *rest))
    return ""


def _unchanged(outcome: Outcome, callee: Home, given: Given) -> bool:
    """Whether the call passes the numbers on as they are."""
    args = outcome.args[1:] if callee.receiver else outcome.args
    names = bound(callee.params, args)
    if callee.receiver and outcome.args:
        names["self"] = outcome.args[0]
    for leaf, value in given.items():
        first, *rest = leaf.split(".")
        found = names.get(first)
        for name in rest:
            found = part_of(found, name) if found is not None else None
        if isinstance(found, (float, int)) and found != value:
            return False
    return True
