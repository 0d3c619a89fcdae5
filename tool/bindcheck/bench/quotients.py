"""What a quotient that is compared says of the number that was divided."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bindcheck.bench.constants import Number
from bindcheck.bench.limits import Values
from bindcheck.fact import fact
from bindcheck.model import Binary, Cast, MethodCall, Node

_LARGEST_POWER = 63
_TAKEN = frozenset({"unwrap", "expect", "unwrap_or", "unwrap_or_default"})
_LOGARITHMS = {"ilog2": 2, "ilog10": 10}
_DERIVED = frozenset(
    {*_LOGARITHMS, "ilog", "log", "ln", "log2", "log10", "sqrt", "isqrt", "cbrt", "leading_zeros"}
    | {"checked_ilog2", "checked_ilog10", "checked_ilog", "div_ceil"}
)
"""Methods whose small results stand for large numbers."""

_Least = Callable[[Number], Number]


@fact
class Quotient:
    """`divided`: the number; `least`: from which of its values on the quotient is so large.

    `whole`: the quotient has no fraction.
    """

    divided: Node
    least: _Least
    whole: bool = True


def quotient(node: Node, values: Values) -> Quotient | None:
    """The number behind `n / 1000`, `n >> 10`, `n.ilog2()`, ..; None for another expression."""
    while isinstance(node, Cast) or (isinstance(node, MethodCall) and node.method in _TAKEN):
        node = node.value if isinstance(node, Cast) else node.receiver
    if isinstance(node, Binary) and node.op in ("/", ">>"):
        by = values.number(node.right)
        if by is None or by <= 0:
            return None
        factor = by if node.op == "/" else 2 ** round(by)
        return Quotient(node.left, _times(factor), isinstance(factor, int))
    return _of_method(node, values) if isinstance(node, MethodCall) else None


def is_derived(node: Node) -> bool:
    """Whether an expression makes small numbers of large ones."""
    return any(isinstance(one, MethodCall) and one.method in _DERIVED for one in node.walk())


def _of_method(node: MethodCall, values: Values) -> Quotient | None:
    name = node.method.removeprefix("checked_")
    if name in _LOGARITHMS and not node.args:
        return Quotient(node.receiver, _power(_LOGARITHMS[name]))
    if name == "isqrt" and not node.args:
        return Quotient(node.receiver, lambda number: number * number)
    by = values.number(node.args[0]) if len(node.args) == 1 else None
    made = _BY.get(name)
    return None if by is None or by < 1 or made is None else Quotient(node.receiver, made(by))


def _times(factor: Number) -> _Least:
    return lambda number: number * factor


def _rounded_up(factor: Number) -> _Least:
    return lambda number: (number - 1) * factor + 1


def _power(base: Number) -> _Least:
    """ValueError: no number of 64 bits has such a logarithm."""

    def least(number: Number) -> Number:
        if not 0 <= number <= _LARGEST_POWER:
            raise ValueError(number)
        found: Number = base ** round(number)
        return found

    return least


_BY: Mapping[str, Callable[[Number], _Least]] = {
    "div": _times,
    "div_euclid": _times,
    "div_ceil": _rounded_up,
    "ilog": _power,
}
