"""Arrays of the caller whose lengths nobody has compared, on their way into other functions.

A watch goes with the evaluation of a function that is handed several such arrays. It ends when
their lengths have been compared, wherever that is, or when one of them is indexed as far as another
one goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field

from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.flow.values import Root, Shape, Size, Source, Value
from bindcheck.model import ItemRef
from bindcheck.model.fact import fact, record

_HANDED = frozenset({Source.ARGUMENT, Source.EXTRACTED})


class Decided(Exception):
    """There is nothing more to find out about the watched arrays."""


@fact
class Beyond:
    """What does not put up with arrays of unequal length, and where.

    `unchecked`: it does not panic, but reads what lies behind the shorter one.
    """

    what: str
    place: Place
    unchecked: bool = False


@record
class Watch:
    """The memories that are watched, in groups of which the lengths have been compared.

    `beyond` is where one of them is too short. `known` are the results of calls that have been
    followed.
    """

    groups: list[frozenset[Root]]
    beyond: Beyond | None = None
    known: dict[tuple[ItemRef, tuple[Value, ...]], Value] = field(default_factory=dict)

    @classmethod
    def of(cls, roots: Iterable[Root], alike: Iterable[frozenset[Root]]) -> Watch:
        """A watch for memories, some of which are known to be alike."""
        watch = cls([frozenset({one}) for one in dict.fromkeys(roots)])
        for one in alike:
            watch._join(one)
        return watch

    @property
    def is_decided(self) -> bool:
        """Whether all lengths have been compared."""
        return len(self.groups) < 2

    def compare(self, lengths: Iterable[Root]) -> None:
        """Note a comparison of lengths; whether it is that of a guard is not asked."""
        self._join(lengths)
        if self.is_decided:
            raise Decided

    def _join(self, lengths: Iterable[Root]) -> None:
        asked = frozenset(lengths)
        met = [one for one in self.groups if one & asked]
        if len(met) > 1:
            apart = [one for one in self.groups if not one & asked]
            self.groups = [*apart, frozenset().union(*met)]

    def reach(
        self,
        what: str,
        array: Value,
        lengths: frozenset[Root],
        place: Place,
        *,
        unchecked: bool = False,
    ) -> None:
        """Note an index or a bound that goes as far as what has these lengths."""
        if not lengths or array.root is None or array.root in lengths or _is_row(array.root):
            return
        own = self._group(array.root)
        others = [self._group(one) for one in lengths]
        if own is not None and all(one is not None and one != own for one in others):
            self._found(Beyond(f"{what} goes as far as another input", place, unchecked))

    def demand(self, what: str, lengths: frozenset[Root], place: Place) -> None:
        """Note an assertion about lengths."""
        if len({self._group(one) for one in lengths} - {None}) > 1:
            self._found(Beyond(f"{what} asks for equal ones", place))

    def _found(self, beyond: Beyond) -> None:
        self.beyond = beyond
        raise Decided

    def _group(self, root: Root) -> frozenset[Root] | None:
        return next((one for one in self.groups if root in one), None)

    def apart(self, values: Iterable[Value]) -> bool:
        """Whether arrays of several groups are among values, or in what they are made of."""
        groups = {self._group(root) for root in arrays(values)}
        return len(groups - {None}) > 1


def _is_row(root: Root) -> bool:
    return "#row" in root[0]


def lengths_of(values: Iterable[Value]) -> frozenset[Root]:
    """The lengths that numbers among values are made of."""
    return frozenset().union(*(one.lengths for one in values if one.shape is Shape.SCALAR))


def arrays(values: Iterable[Value]) -> Iterator[Root]:
    """Arrays of the caller among values, and in the structs and tuples among them.

    Those that have been cut to a length are none: that length is not for the caller to choose.
    """
    for one in values:
        if one.shape is Shape.SEQ:
            given = one.source in _HANDED and one.size is Size.DATA and not one.cut
            if given and one.root is not None:
                yield one.root
        elif one.fields:
            yield from arrays(part for _, part in one.fields)
