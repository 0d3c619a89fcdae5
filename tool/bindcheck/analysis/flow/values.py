"""Abstract values: what the evaluation of a body knows about an expression.

A value says what sort of thing it is, how much there is of it (`Size`), where its memory comes
from and, for an `Option` or `Result`, whether it can be empty. Wrappers are transparent: the value
of an `Option<Vec<f64>>` is that of the `Vec`, with `wrap` and `fails` set.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from bindcheck.model import Closure, ItemRef, Span, TypeRef
from bindcheck.model.fact import fact, replace


class Size(IntEnum):
    """How long a collection is, or how large a number: the larger decides."""

    CONST = 0
    GRID = 1
    UNKNOWN = 2
    DATA = 3


class Shape(StrEnum):
    """What sort of thing a value is."""

    SCALAR = "scalar"
    TEXT = "text"
    SEQ = "seq"
    ITER = "iter"
    NUMPY = "numpy"
    STRUCT = "struct"
    PYTHON = "python"
    TOKEN = "token"
    CLOSURE = "closure"
    UNKNOWN = "unknown"


class Fails(IntEnum):
    """Whether an `Option` or `Result` may hold nothing: the worse decides.

    `HANDED`: it comes from a function of the crate that was handed a value of the caller.
    """

    NEVER = 0
    INTERNAL = 1
    UNKNOWN = 2
    HANDED = 3
    CALLER = 4


class Source(StrEnum):
    """Where memory comes from."""

    ARGUMENT = "argument"
    RESULT = "result"
    FRESH = "fresh"
    NUMPY = "numpy"
    EXTRACTED = "extracted"
    FIELD = "field"
    OTHER = "other"


Root = tuple[str, Span]
"""Identity of a piece of memory: the file and the expression or parameter that made it."""


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """Where a closure was made: enough to evaluate its body later.

    Compared by identity: closures that know closures would be compared exponentially often.
    """

    ref: ItemRef
    names: tuple[tuple[str, Value], ...]


@fact
class Proof:
    """What holds once a fallible function has succeeded.

    `nonempty` are memories that are not empty, `alike` groups of equal length, `floors` what floats
    are not less than.
    """

    nonempty: frozenset[Root]
    alike: frozenset[frozenset[Root]]
    floors: frozenset[tuple[Root, float]] = frozenset()


@fact
class Limits:
    """What checks have left open of a number that the caller chose.

    `wide`: a whole number that may be as large as its type. `passed`: the sum or product of it, and
    the function, by which a check has looked at it although that may wrap. `floor`: what a float is
    not less than. `below`: it is a difference that may have wrapped below 0, and nothing more.
    """

    wide: bool = False
    passed: tuple[ItemRef, Span] | None = None
    floor: float | None = None
    below: bool = False


@fact
class Value:
    """What is known about an expression.

    `caller` tells that it depends on what the caller chose (scalars, not lengths). `root` is the
    memory it lies in or refers to, `lengths` that whose lengths a number is made of. `variants`
    are the enum variants it can be, `truth` what a boolean is; None: not known.
    `product` is an unchecked multiplication that a size stems from, `wraps` a subtraction that may
    wrap. `bits` bounds a whole number: it is smaller than 2 to that power. `proof` is what holds
    when a `Result` or `Option` is not empty. A `positive` number is not zero, a `part` shorter than
    the memory it lies in, one that is `cut` ends where its code says, an `entry` one out of the
    shape of an array. `strided` marks an owned copy that keeps the caller's strides. A `lowered`
    one is a float of the caller less a constant, which may be negative where that is not. `limits`
    are what checks have left open of a number. `few` is the shape of an array as Python gives it.
    `why` says what fails.
    """

    shape: Shape = Shape.UNKNOWN
    size: Size = Size.UNKNOWN
    type: TypeRef | None = None
    source: Source = Source.OTHER
    root: Root | None = None
    caller: bool = False
    wrap: str = ""
    fails: Fails = Fails.UNKNOWN
    why: str = ""
    element: Value | None = None
    fields: tuple[tuple[str, Value], ...] = ()
    closure: Closure | None = None
    scope: Scope | None = None
    lengths: frozenset[Root] = frozenset()
    product: tuple[ItemRef, Span] | None = None
    wraps: Span | None = None
    strided: bool = False
    owned: bool = False
    nested: bool = False
    home: ItemRef | None = None
    parallel: bool = False
    identity: bool = False
    variants: frozenset[str] | None = None
    truth: bool | None = None
    bits: int | None = None
    proof: Proof | None = None
    positive: bool = False
    part: bool = False
    cut: bool = False
    entry: bool = False
    few: bool = False
    lowered: bool = False
    limits: Limits | None = None

    def field(self, name: str) -> Value | None:
        """A field that is known by name."""
        for known, value in self.fields:
            if known == name:
                return value
        return None

    def held(self) -> Value:
        """What the wrapper holds."""
        return (
            replace(self, wrap="", fails=Fails.UNKNOWN, why="", proof=None) if self.wrap else self
        )

    def wrapped(self, wrap: str, fails: Fails, why: str = "") -> Value:
        """The same inside an `Option` or `Result`."""
        return replace(self, wrap=wrap, fails=fails, why=why)

    @property
    def is_absent(self) -> bool:
        """Whether it is `None` or `Err(..)`: a wrapper without content."""
        return bool(self.wrap) and self.shape is Shape.UNKNOWN and self.type is None

    @property
    def is_python(self) -> bool:
        """Whether it can only be touched while attached."""
        return self.shape in (Shape.PYTHON, Shape.NUMPY)

    @property
    def is_sequence(self) -> bool:
        """Whether it has elements in memory or yields them."""
        return self.shape in (Shape.SEQ, Shape.ITER)


REVERSED = "the copy keeps the caller's negative stride"
NOT_CONTIGUOUS = "fails for an array that is not contiguous"
NOTHING = Value()
ABSENT = Value(wrap="option", fails=Fails.UNKNOWN, why="it may be `None`")
CONSTANT = Value(Shape.SCALAR, Size.CONST)
TEXT = Value(Shape.TEXT, Size.CONST)
PYTHON = Value(Shape.PYTHON, Size.CONST)


def join(first: Value, second: Value) -> Value:
    """What holds whichever of the two it is."""
    if second is NOTHING or first is second or first == second:
        return first
    if first is NOTHING:
        return second
    if second.is_absent or first.is_absent:
        present, absent = (first, second) if second.is_absent else (second, first)
        return replace(
            present,
            wrap=present.wrap or absent.wrap,
            fails=max(first.fails, second.fails),
            why=present.why or absent.why,
        )
    main, other = (second, first) if _rank(second) > _rank(first) else (first, second)
    return replace(
        main,
        size=max(first.size, second.size),
        caller=first.caller or second.caller,
        fails=max(first.fails, second.fails),
        why=(first if first.fails >= second.fails else second).why,
        fields=_join_fields(first, second),
        lengths=first.lengths | second.lengths,
        product=first.product or second.product,
        wraps=first.wraps or second.wraps,
        strided=first.strided or second.strided,
        owned=main.owned and (other.owned or other.shape is Shape.UNKNOWN),
        variants=_union(first.variants, second.variants),
        truth=first.truth if first.truth == second.truth else None,
        bits=_wider(first.bits, second.bits),
        positive=first.positive and second.positive,
        part=first.part or second.part,
        lowered=first.lowered or second.lowered,
        limits=_looser(first.limits, second.limits),
        proof=_common(first.proof, second.proof),
    )


def _common(first: Proof | None, second: Proof | None) -> Proof | None:
    if first is None or second is None:
        return None
    floors = first.floors & second.floors
    return Proof(first.nonempty & second.nonempty, first.alike & second.alike, floors)


def _looser(first: Limits | None, second: Limits | None) -> Limits | None:
    """What is open where either may be; a floor has to hold for both."""
    if first == second:
        return first
    one, other = first or Limits(), second or Limits()
    known = one.floor is not None and other.floor is not None
    floor = min(one.floor, other.floor) if known else None  # type: ignore[type-var]
    below = one.below or other.below
    return Limits(one.wide or other.wide, one.passed or other.passed, floor, below)


def _wider(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else max(first, second)


def _union(first: frozenset[str] | None, second: frozenset[str] | None) -> frozenset[str] | None:
    return None if first is None or second is None else first | second


def unchosen(value: Value) -> Value:
    """The value after it has been checked: no longer at the caller's whim."""
    if not (value.caller or value.wraps or value.fields or value.element or value.limits):
        return value
    element = unchosen(value.element) if value.element is not None else None
    fields = tuple((name, unchosen(part)) for name, part in value.fields)
    return replace(
        value,
        caller=False,
        wraps=None,
        lowered=False,
        limits=None,
        element=element,
        fields=fields,
    )


def _rank(value: Value) -> int:
    known = 0 if value.shape is Shape.UNKNOWN else 4
    return known + (2 if value.size is Size.DATA else 0) + (1 if value.type else 0)


def _join_fields(first: Value, second: Value) -> tuple[tuple[str, Value], ...]:
    if first.fields == second.fields:
        return first.fields
    rest = dict(second.fields)
    return tuple((name, join(value, rest[name])) for name, value in first.fields if name in rest)


def join_all(values: Iterable[Value]) -> Value:
    """Join of any number of values; NOTHING for none."""
    result = NOTHING
    for value in values:
        result = join(result, value)
    return result


def largest(values: Iterable[Value]) -> Size:
    """The largest size among `values` and what they are made of; CONST for none."""
    found = Size.CONST
    for value in values:
        found = max(found, reach(value))
    return found


def reach(value: Value) -> Size:
    """The size of a value or of the largest thing it holds."""
    if value.size is Size.DATA:
        return Size.DATA
    if value.element is not None and reach(value.element) is Size.DATA:
        return Size.DATA
    for _, part in value.fields:
        if reach(part) is Size.DATA:
            return Size.DATA
    return value.size
