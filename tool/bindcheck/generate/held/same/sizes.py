"""Numbers of rows, columns and elements, and the shapes of matrices."""

from __future__ import annotations

from collections.abc import Sequence

from bindcheck.generate.held.same.terms import Term

ROWS: Term = ("rows",)
COLS: Term = ("cols",)

TOO_LARGE: Term = ("too large",)
"""What fails where a matrix has more elements than any memory could hold."""

_MULTIPLIES = frozenset({"saturating_mul", "wrapping_mul"})
_SMALL = 3
"""A factor of so many digits is a number of outputs."""

_LIMIT: Term = (
    "binary",
    "/",
    ("cast", "usize", ("path", "isize", "MAX")),
    ("literal", "int", "8"),
)


def number(term: Term) -> Term | None:
    """A number of elements as a product, its factors in one order; None for other values."""
    factors = _factors(term)
    return None if factors is None else _product(factors)


def _factors(term: Term) -> tuple[Term, ...] | None:
    """What a number is the product of; nothing of 1."""
    if term in (ROWS, COLS, ("returned rows",)) or term[:2] == ("method", "len") or _is_least(term):
        return (term,)
    if term[:2] == ("typed", "usize"):
        return _factors(term[2])
    if term[0] == "product":
        found: tuple[Term, ...] = term[1]
        return found
    if term[:2] != ("literal", "int"):
        return None
    digits = term[2].removesuffix("usize").rstrip("_")
    if not digits.isdecimal() or len(digits) > _SMALL:
        return None
    return () if int(digits) == 1 else (("literal", "int", digits),)


def _is_least(term: Term) -> bool:
    """`rows.min(n)`, whatever the other number is."""
    least = term[:2] == ("method", "min")
    return least and any(_factors(one) is not None for one in (term[3], *term[4]))


def _product(factors: Sequence[Term]) -> Term:
    ordered = tuple(sorted(factors, key=repr))
    if len(ordered) == 1:
        return ordered[0]
    return ("product", ordered) if ordered else ("literal", "int", "1")


def product(left: Term, right: Term) -> Term | None:
    """The product of two numbers of elements; None where one of them is another value."""
    one, other = _factors(left), _factors(right)
    if one is None or other is None or one == () == other:
        return None
    return _product((*one, *other))


def multiplied(method: str, receiver: Term, args: Sequence[Term]) -> Term | None:
    """What `rows.checked_mul(cols)` gives, which may be too large, and the like."""
    if len(args) != 1:
        return None
    if method in _MULTIPLIES:
        return product(receiver, args[0])
    made = product(receiver, args[0]) if method == "checked_mul" else None
    return ("checked", made) if made is not None else None


def is_limit(closure: Term) -> bool:
    """Whether `filter(|&cells| ..)` asks no more than whether memory can be so large."""
    asked: Term = closure[2] if closure[:2] == ("closure", 1) else ()
    return asked[:2] == ("binary", "<=") and asked[2][:1] == ("bound",) and asked[3] == _LIMIT


def dims(term: Term) -> tuple[Term, ...] | None:
    """The numbers of a shape `(rows, cols)` or `[rows, cols]`; None of what is no shape."""
    if term[:1] != ("items",) or term[1] not in ("array", "tuple"):
        return None
    return tuple(number(one) or one for one in term[2])


def elements(shape: Sequence[Term]) -> Term:
    """How many elements a matrix has."""
    factors = [_factors(one) for one in shape]
    return _product(
        [one for some, size in zip(factors, shape, strict=True) for one in some or (size,)]
    )
