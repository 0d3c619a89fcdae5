"""What a function compares: operators, their methods, ranges and arms of a `match`.

A size is compared with a limit. Where that is a number that is the same in each call, it is a
constant, however it is spelled (`constants` tells which are). A quotient that is compared is taken
back to what was divided: `n / 1000 > 20` compares `n` with 21,000, `n.ilog2() >= 16` with 65,536.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence

from bindcheck.analysis.program import Program
from bindcheck.bench.constants import Number, Place
from bindcheck.bench.limits import Constant, Values, of_machine
from bindcheck.bench.orderings import Ordered, ordered, ordered_arms
from bindcheck.bench.quotients import is_derived, quotient
from bindcheck.fact import fact, replace
from bindcheck.model import (
    Arm,
    Binary,
    Cast,
    ItemRef,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Range,
    Unary,
)

SMALLEST = 64
"""A smaller number is no size from which on threads pay."""
_FEWEST = 3
"""Whether there is one, or more than one, of something says nothing of a size."""
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SIZES = frozenset({"n", "len", "length", "rows", "cols", "cells", "size", "total", "count"})
_ARM = re.compile(r"(?P<start>[\w:]*)\s*(?P<dots>\.\.=?)\s*(?P<end>[\w:]*)")
_BARS = re.compile(r"\s*\|\s*")
_LARGEST = "::MAX"
_Ends = tuple[Number, Number]
"""The first number of a range, and the first one behind it."""


@fact
class Comparison:
    """`other` stands to `limit` as `op` says, at `node`.

    `constant` is what the limit is in each call, None where it may be something else each time.
    `divided`: the quotient of `other` that is compared in its place. `arms` are those of a `match`
    before the constant, and from there on. Without `limit` it is a `match` or `matches!` of `other`
    whose ranges meet at the constant.
    """

    ref: ItemRef
    place: Place
    node: Node
    other: Node
    op: str
    limit: Node | None
    constant: Constant | None
    divided: Node | None = None
    arms: tuple[Arm, Arm] | None = None

    @property
    def is_size(self) -> bool:
        """Whether it is a constant that may be a number of elements.

        With a number that is not whole, data is compared, unless a whole one was converted for it.
        """
        found = self.constant
        if found is None or (found.floating and not _is_converted(self.other)):
            return False
        return found.value is None or found.value >= SMALLEST

    @property
    def is_small(self) -> bool:
        """Whether it is a smaller constant that may say from where on threads pay all the same."""
        found = self.constant
        if found is None or found.value is None or self.is_size or of_machine(self.other):
            return False
        whole = not found.floating and _FEWEST <= found.value < SMALLEST
        return whole or (is_derived(self.other) and found.value > 0)

    @property
    def value(self) -> int | None:
        """The constant as a whole number."""
        value = None if self.constant is None else self.constant.value
        return None if value is None else round(value)


def _is_converted(node: Node) -> bool:
    return any(isinstance(one, Cast) for one in node.walk())


def comparisons(program: Program, ref: ItemRef) -> Iterator[Comparison]:
    """All comparisons in the body of a function, those of times left out."""
    body = program.body(ref)
    values = Values(program, ref)
    for node in () if body is None else body.walk():
        found = _of(node, values)
        if found is not None and not values.is_time(node):
            yield found


def _of(node: Node, values: Values) -> Comparison | None:
    found = ordered(node)
    if found is not None:
        return _of_order(node, found, values)
    if isinstance(node, Binary) and node.op in (*_MIRRORED, "==", "!="):
        return _binary(node, values)
    if isinstance(node, Match):
        return _match(node, values)
    if isinstance(node, MacroCall):
        return _matches(node, values)
    if not isinstance(node, MethodCall) or len(node.args) != 1:
        return None
    inner = node.args[0].value if isinstance(node.args[0], Unary) else None
    if inner is not None and node.method == "contains" and isinstance(node.receiver, Range):
        return _contains(node, node.receiver, inner, values)
    return None


def _made(node: Node, other: Node, op: str, limit: Node, values: Values) -> Comparison:
    return Comparison(values.ref, values.place, node, other, op, limit, values.of(limit))


def _of_order(node: Node, found: Ordered, values: Values) -> Comparison:
    """The side that is a constant is the limit."""
    made = _made(node, found.other, found.op, found.limit, values)
    other = _made(node, found.limit, _MIRRORED[found.op], found.other, values)
    return _multiplied(other if made.constant is None and other.constant else made, values)


def _binary(node: Binary, values: Values) -> Comparison | None:
    """The side that is a constant is the limit, else the one that looks less like a size."""
    if node.op not in _MIRRORED:
        return _nonzero(node, values)
    right = _made(node, node.left, node.op, node.right, values)
    left = _made(node, node.right, _MIRRORED[node.op], node.left, values)
    if right.constant is None and left.constant is None:
        return left if _likeness(node.right) > _likeness(node.left) else right
    return _multiplied(right if right.constant is not None else left, values)


def _nonzero(node: Binary, values: Values) -> Comparison | None:
    """`n >> 13 != 0`: no quotient of sizes is below 0."""
    if values.number(node.right) != 0 or quotient(node.left, values) is None:
        return None
    op = ">" if node.op == "!=" else "<="
    return _multiplied(_made(node, node.left, op, node.right, values), values)


def _likeness(node: Node) -> int:
    """How much an expression looks like the size of something."""
    nodes = list(node.walk())
    products = sum(isinstance(one, Binary) and one.op == "*" for one in nodes)
    lengths = sum(isinstance(one, MethodCall) and one.method == "len" for one in nodes)
    names = sum(isinstance(one, Path) and one.last in _SIZES for one in nodes)
    return 2 * (products + lengths) + names


def _multiplied(found: Comparison, values: Values) -> Comparison:
    """Of a quotient, what was divided, with the limit as many times as large."""
    limit, whole = found.constant, quotient(found.other, values)
    if whole is None or limit is None or limit.value is None:
        return found
    # `n / 1000 > 20` holds from 21,000 on.
    counted = whole.whole and found.op in (">", "<=")
    try:
        least = whole.least(limit.value + counted)
    except ValueError:
        return found
    constant = Constant(least, limit.floating and not whole.whole)
    return replace(found, other=whole.divided, divided=found.other, constant=constant)


def _contains(node: Node, range_: Range, other: Node, values: Values) -> Comparison | None:
    """A range with one end; that it begins at 0 says nothing of a size."""
    start = range_.start
    if start is not None and values.number(start) == 0:
        start = None
    if start is not None and range_.end is None:
        return _made(node, other, ">=", start, values)
    if start is None and range_.end is not None:
        return _made(node, other, "<=" if range_.inclusive else "<", range_.end, values)
    return None


def _matches(node: MacroCall, values: Values) -> Comparison | None:
    """`matches!` with a range that has one end."""
    if node.path.rsplit("::", 1)[-1] != "matches" or len(node.args) != 2:
        return None
    other, arm = node.args
    ranges = _ranges(arm, values) if isinstance(arm, Arm) else None
    bounds = _bounds(ranges or ())
    if ranges is None or len(bounds) != 1:
        return None
    [bound] = bounds
    op = ">=" if _takes(ranges, bound) else "<"
    return Comparison(values.ref, values.place, node, other, op, None, Constant(bound))


def _match(node: Match, values: Values) -> Comparison | None:
    """A `match` of an order, or one whose arms are ranges that meet at one number."""
    told = ordered_arms(node)
    if told is not None:
        order, (small, large) = told
        made = _of_order(node, order, values)
        arms = (small, large) if made.op in (">", ">=") else (large, small)
        return replace(made, arms=arms)
    taken = [(arm, _ranges(arm, values)) for arm in node.arms]
    known = [(arm, ranges) for arm, ranges in taken if ranges is not None]
    bounds = _bounds([one for _, ranges in known for one in ranges])
    if len(known) < len(taken) or len(bounds) != 1:
        return None
    [bound] = bounds
    arms = _taking(bound - 1, known), _taking(bound, known)
    made = Comparison(values.ref, values.place, node, node.subject, ">=", None, Constant(bound))
    return replace(made, arms=arms)


def _taking(number: Number, arms: Sequence[tuple[Arm, Sequence[_Ends]]]) -> Arm:
    """The arm for a number; the last one where none says so, as for a number past the largest."""
    return next((arm for arm, ranges in arms if _takes(ranges, number)), arms[-1][0])


def _takes(ranges: Iterable[_Ends], number: Number) -> bool:
    return any(start <= number < end for start, end in ranges)


def _bounds(ranges: Iterable[_Ends]) -> set[Number]:
    """Where they begin and end, as far as that may be a size."""
    return {end for range_ in ranges for end in range_ if SMALLEST <= end < math.inf}


def _ranges(arm: Arm, values: Values) -> list[_Ends] | None:
    """The numbers for which an arm is taken; None for another pattern."""
    if arm.names or arm.guard is not None:
        return None
    found = [_ends(pattern, values) for pattern in _BARS.split(arm.pattern)]
    known = [one for one in found if one is not None]
    return known if len(known) == len(found) else None


def _ends(pattern: str, values: Values) -> _Ends | None:
    """Where a range or a number begins, and what comes behind it."""
    if pattern == "_":
        return 0, math.inf
    one = _ARM.fullmatch(pattern)
    first, last = (one["start"], one["end"]) if one is not None else (pattern, pattern)
    start, end = _end(first, 0, values), _end(last, math.inf, values)
    if start is None or end is None:
        return None
    behind = one is None or one["dots"] == "..="
    return start, end + behind


def _end(text: str, left_out: Number, values: Values) -> Number | None:
    if text.endswith(_LARGEST):
        return math.inf
    return values.written(text) if text else left_out
