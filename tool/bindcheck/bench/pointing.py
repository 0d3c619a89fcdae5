"""On which side of a comparison of sizes a core starts threads: of the large ones, or of the small.

The comparison is taken to be decided, and what decides about threads is followed from there: `!`,
`&&`, `||`, flags, arguments, functions that answer yes or no or by a variant, arms. The other parts
of a condition are taken to allow what it allows. None: something says nothing of it, or cannot be
read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bindcheck.bench.comparisons import Comparison
from bindcheck.bench.ways import Ways, fails, last_of, nodes
from bindcheck.model import (
    Arm,
    Binary,
    Block,
    Call,
    Closure,
    If,
    ItemRef,
    Let,
    Literal,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Return,
    Unary,
)

_DEEP = 24
"""More steps from a condition to the comparison are not followed: a recursion has no end."""
_TRUTHS = {"true": True, "false": False}
_HANDED = frozenset({"map", "map_or", "is_some_and", "is_ok_and", "is_none_or", "filter"})
"""What is true of an option if the closure is."""
_VARIANT = re.compile(r"&?\s*(?:\w+\s*::\s*)*(?P<name>[A-Z]\w*[a-z]\w*)\b(?!\s*::)")
"""A name in capitals alone is that of a constant."""
_ANY = re.compile(r"[a-z_]\w*")
_BARS = re.compile(r"\s*\|\s*")
_ASKED = frozenset({"is_some", "unwrap_or", "unwrap_or_default", "unwrap", "expect"})


Known = bool | str
"""Whether something is true, or the name of the variant that it is."""


def threads_above(ways: Ways, one: Comparison) -> bool | None:
    """Whether the large sizes are the side with threads; None if that cannot be read."""
    small, large = _Side(ways, one, large=False), _Side(ways, one, large=True)
    told = {*large.threads(), *(not found for found in small.threads())}
    # One thread on one side is less certain: a step may be 1 as well.
    told = told or {*large.several(), *(not found for found in small.several())}
    return told.pop() if len(told) == 1 else None


class _Side:
    """What follows where a size is on one side of a comparison."""

    def __init__(self, ways: Ways, one: Comparison, *, large: bool):
        self.ways = ways
        self.program = ways.program
        self.one = one
        self.truth = (one.op in (">", ">=")) == large
        self.arm = None if one.arms is None else one.arms[large]

    def threads(self) -> Iterator[bool]:
        """What each choice between threads and none says."""
        for ref in self.ways.functions:
            for node in nodes(self.program, ref):
                found = self._chosen(ref, node)
                if found is not None:
                    yield found

    def several(self) -> Iterator[bool]:
        """What each choice between the number 1 and another one says: whether it is the other."""
        for ref in (*self.ways.functions, *self.ways.helpers):
            for node in nodes(self.program, ref):
                if isinstance(node, If) and node.otherwise is not None:
                    ones = _is_one(node.then), _is_one(node.otherwise)
                    holds = self._truth(ref, node.condition)
                    if holds is not None and ones[0] != ones[1]:
                        yield ones[holds]

    # --- what is chosen --------------------------------------------------------------------

    def _chosen(self, ref: ItemRef, node: Node) -> bool | None:
        if isinstance(node, If):
            return self._branch(ref, node)
        if isinstance(node, Let) and node.otherwise is not None:
            holds = self._truth(ref, node)
            found = None if holds is None else self._way_out(ref, node.otherwise, taken=not holds)
            return found
        if isinstance(node, MethodCall):
            return self._option(ref, node)
        return self._arm(ref, node) if isinstance(node, Match) else None

    def _option(self, ref: ItemRef, node: MethodCall) -> bool | None:
        """`flag.then(|| ..)` with threads inside, or in what is done instead of it."""
        if self.ways.is_then(ref, node):
            return self._truth(ref, node.receiver)
        then = self.ways.other_then(ref, node)
        holds = None if then is None else self._truth(ref, then.receiver)
        return None if holds is None else not holds

    def _branch(self, ref: ItemRef, node: If) -> bool | None:
        holds = self._truth(ref, node.condition)
        if holds is None:
            return None
        if node.otherwise is None:
            return self._way_out(ref, node.then, taken=holds)
        leads = self.ways.leads(ref, node.then)
        other = node.otherwise if leads else node.then
        differ = leads != self.ways.leads(ref, node.otherwise)
        return holds == leads if differ and not fails(other) else None

    def _way_out(self, ref: ItemRef, node: Node, *, taken: bool) -> bool | None:
        """Whether threads follow where a branch without another one is taken, or is not."""
        leads = self.ways.leads(ref, node)
        is_way = leads or (isinstance(last_of(node), Return) and not fails(node))
        return taken == leads if is_way else None

    def _arm(self, ref: ItemRef, node: Match) -> bool | None:
        leading = [self.ways.leads(ref, arm) for arm in node.arms]
        if all(leading) or not any(leading):
            return None
        if self._is_here(ref, node) and self.arm is not None:
            return self.ways.leads(ref, self.arm)
        holds = self._value(ref, node.subject)
        for arm, leads in zip(node.arms, leading, strict=True):
            fits = None if holds is None else _takes(arm.pattern, holds)
            if holds is not None and fits is None:
                return None
            guarded = self._truth(ref, arm.guard)
            taken = fits if guarded is None else guarded
            if fits is not False and taken is not None:
                return leads == taken
        return None

    # --- what is known ---------------------------------------------------------------------

    def _is_here(self, ref: ItemRef, node: Node) -> bool:
        return ref.path == self.one.ref.path and node.span == self.one.node.span

    def _truth(self, ref: ItemRef, node: Node | None, deep: int = _DEEP) -> bool | None:
        """Whether something is true."""
        found = self._value(ref, node, deep)
        return found if isinstance(found, bool) else None

    def _value(self, ref: ItemRef, node: Node | None, deep: int = _DEEP) -> Known | None:
        """Whether something is true, or which variant it is."""
        if node is None or deep == 0:
            return None
        if self._is_here(ref, node):
            return self.truth if self.arm is None else self._value(ref, self.arm.body, deep - 1)
        if isinstance(node, Literal):
            return _TRUTHS.get(node.text)
        if isinstance(node, Unary):
            found = self._truth(ref, node.value, deep - 1) if node.op == "!" else None
            return None if found is None else not found
        return self._composed(ref, node, deep - 1)

    def _composed(self, ref: ItemRef, node: Node, deep: int) -> Known | None:
        if isinstance(node, Binary):
            return self._joined(ref, node, deep)
        if isinstance(node, Block):
            return self._last(ref, node, deep)
        if isinstance(node, (If, Match)):
            return self._of_ways(ref, node, deep)
        if isinstance(node, Return):
            return self._value(ref, node.value, deep)
        if isinstance(node, Path):
            return self._named(ref, node, deep)
        if isinstance(node, Closure):
            return self._value(ref, node.body, deep)
        if isinstance(node, MacroCall):
            return self._matched(ref, node, deep)
        if isinstance(node, Let):
            return self._fits(ref, node.value, node.pattern, deep)
        return self._answer(ref, node, deep) if isinstance(node, (Call, MethodCall)) else None

    def _matched(self, ref: ItemRef, node: MacroCall, deep: int) -> bool | None:
        """`matches!(n, one if one >= FROM)`, or of a variant."""
        arm = node.args[-1] if node.args else None
        if len(node.args) != 2 or not isinstance(arm, Arm):
            return None
        if arm.guard is not None:
            return self._truth(ref, arm.guard, deep)
        return self._fits(ref, node.args[0], arm.pattern, deep)

    def _fits(self, ref: ItemRef, node: Node | None, pattern: str, deep: int) -> bool | None:
        found = self._value(ref, node, deep)
        return None if found is None else _takes(pattern, found)

    def _joined(self, ref: ItemRef, node: Binary, deep: int) -> bool | None:
        if node.op in ("==", "!="):
            return self._compared(ref, node, deep)
        if node.op not in ("&&", "||", "&", "|"):
            return None
        sides = [self._truth(ref, one, deep) for one in (node.left, node.right)]
        known = [one for one in sides if one is not None]
        if not known:
            return None
        return all(known) if node.op.startswith("&") else any(known)

    def _compared(self, ref: ItemRef, node: Binary, deep: int) -> bool | None:
        """`big == true`: both sides have to be known."""
        left, right = (self._value(ref, one, deep) for one in (node.left, node.right))
        if left is None or right is None:
            return None
        return (left == right) == (node.op == "==")

    def _last(self, ref: ItemRef, node: Block, deep: int) -> Known | None:
        """The value of a block, or what is returned before it."""
        for one in node.statements[:-1]:
            if isinstance(one, If) and one.otherwise is None:
                early = last_of(one.then)
                if isinstance(early, Return) and self._truth(ref, one.condition, deep):
                    return self._value(ref, early, deep)
        return self._value(ref, node.statements[-1], deep) if node.statements else None

    def _of_ways(self, ref: ItemRef, node: If | Match, deep: int) -> Known | None:
        """The value of the branch that is taken, or of all that say something."""
        taken: list[Node | None]
        if isinstance(node, Match):
            taken = self._taken(node, self._value(ref, node.subject, deep))
        else:
            holds = self._truth(ref, node.condition, deep)
            ways = ((node.then, True), (node.otherwise, False))
            taken = [one for one, when in ways if holds in (None, when)]
        return _agreed(self._value(ref, one, deep) for one in taken)

    def _taken(self, node: Match, subject: Known | None) -> list[Node | None]:
        """The arm for a value; all where it is not known, none where that cannot be told."""
        if subject is None:
            return [arm.body for arm in node.arms]
        fits = ((arm, _takes(arm.pattern, subject)) for arm in node.arms)
        arm, certain = next((one for one in fits if one[1] is not False), (None, None))
        return [arm.body] if arm is not None and certain else []

    def _named(self, ref: ItemRef, node: Path, deep: int) -> Known | None:
        """The value of a flag, or of the argument that a function is called with."""
        lets = [
            one
            for one in nodes(self.program, ref)
            if isinstance(one, Let) and node.segments == one.names
        ]
        if lets:
            return _agreed(self._value(ref, one.value, deep) for one in lets if not one.mutable)
        params = [one.name for one in self.program.function(ref).params]
        if node.text not in params:
            return _variant(node)
        at = params.index(node.text)
        return _agreed(
            self._value(caller, call.args[at], deep) for caller, call in self._calls(ref, at)
        )

    def _calls(self, ref: ItemRef, at: int) -> Iterator[tuple[ItemRef, Call]]:
        """Where a function is called with so many arguments, on the way to threads."""
        for caller in self.ways.functions:
            callees = self.program.callees(caller)
            for node in nodes(self.program, caller):
                if (
                    isinstance(node, Call)
                    and ref in callees.get(node.span, ())
                    and at < len(node.args)
                ):
                    yield caller, node

    def _answer(self, ref: ItemRef, node: Node, deep: int) -> Known | None:
        """What the functions answer that are asked, or closures."""
        asked = self.program.callees(ref).get(node.span, ())
        helpers = (one for one in asked if one in self.ways.helpers)
        answers = [self._value(one, self.program.body(one), deep) for one in helpers]
        if isinstance(node, MethodCall):
            answers += [self._value(ref, one, deep) for one in _handed(node)]
        elif isinstance(node, Call) and isinstance(node.function, Path) and not asked:
            answers.append(self._named(ref, node.function, deep))
        return _agreed(answers)


def _handed(node: MethodCall) -> Iterator[Node]:
    """What a method of an option decides by: its closure, or what it is asked of."""
    if node.method in _ASKED:
        yield node.receiver
    elif node.method in _HANDED:
        yield from (one for one in node.args if isinstance(one, Closure))


def _takes(pattern: str, value: Known) -> bool | None:
    """Whether a pattern is that of a value; None where that cannot be read."""
    if _ANY.fullmatch(pattern) and pattern not in _TRUTHS:
        return True
    if isinstance(value, bool):
        return None if pattern not in _TRUTHS else _TRUTHS[pattern] == value
    named = [_VARIANT.match(one) for one in _BARS.split(pattern)]
    found = [None if one is None else one["name"] for one in named]
    return value in found if value in found or None not in found else None


def _variant(node: Path) -> str | None:
    named = _VARIANT.fullmatch("::".join(node.segments))
    return None if named is None else named["name"]


def _agreed(found: Iterable[Known | None]) -> Known | None:
    """What all say that say something."""
    told = {one for one in found if one is not None}
    return told.pop() if len(told) == 1 else None


def _is_one(node: Node) -> bool:
    last = last_of(node)
    return isinstance(last, Literal) and last.kind == "int" and last.text in ("1", "1usize")
