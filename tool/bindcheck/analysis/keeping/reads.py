"""Which bodies a value was made of: noted where one is read, and again where a kept value is used.

Every value that outlives the question it was made for is kept by what is defined here. While one is
made, all that is read goes into a set of its own, which stays with the value; whoever gets the
value later has read the same. So what a piece of work has read does not depend on what was done
before it. `tests/unit/test_reads.py` holds the analysis to it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, wraps
from typing import Any, Generic, ParamSpec, TypeVar, cast, overload

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
P = ParamSpec("P")


class _Made:
    """What a value was made of: what was read, and other values."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[object, ...]):
        self.parts = parts


class Named(_Made):
    """The same of a value that others know by its name: who uses it has read it, not its parts."""

    __slots__ = ("name",)

    def __init__(self, name: Hashable, parts: tuple[object, ...] = ()):
        super().__init__(parts)
        self.name = name


UNFINISHED = Named(("unfinished",))
"""Noted by who gets a value that is being made: it goes round in a circle, or too deep. What comes
of it depends on where the circle was entered."""

_frames: list[set[object]] = [set()]
"""What has been read so far for each value that is being made, the innermost last."""


def note(what: object) -> None:
    """Something is read: a reference to a body, or what `Named` stands for."""
    _frames[-1].add(what)


@contextmanager
def reading() -> Iterator[set[object]]:
    """What is read meanwhile goes into a set of its own."""
    frame: set[object] = set()
    _frames.append(frame)
    try:
        yield frame
    finally:
        _frames.pop()


def collected(make: Callable[P, V], *args: P.args, **given: P.kwargs) -> tuple[V, set[object]]:
    """A new value, and all that was read for it."""
    frame: set[object] = set()
    _frames.append(frame)
    try:
        return make(*args, **given), frame
    except BaseException:
        _frames[-2].update(frame)
        raise
    finally:
        _frames.pop()


def _made(frame: set[object]) -> object:
    """One thing that stands for all that was read; None for nothing."""
    if len(frame) > 1:
        return _Made(tuple(frame))
    return next(iter(frame), None)


def _with_reads(make: Callable[..., V], args: tuple[Any, ...]) -> tuple[V, object]:
    value, frame = collected(make, *args)
    return value, _made(frame)


class Memo(Generic[K, V]):
    """Values by key, each made once, with what they were made of."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[K, tuple[V, object]] = {}

    def of(self, key: K, make: Callable[..., V], *args: Any) -> V:
        """The value of a key, made by `make(*args)` if it is not there."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _with_reads(make, args)
        _frames[-1].add(found[1])
        return found[0]

    def cyclic(self, key: K, meanwhile: V, make: Callable[..., V], *args: Any) -> V:
        """The same where making a value may ask for it again, and gets `meanwhile`."""
        found = self._known.get(key)
        if found is None:
            self._known[key] = (meanwhile, UNFINISHED)
            found = self._known[key] = _with_reads(make, args)
        _frames[-1].add(found[1])
        return found[0]

    def __contains__(self, key: K) -> bool:
        return key in self._known

    def hand_over(self, key: K, other: Memo[K, V]) -> None:
        """Have another keep a value, with what was read for it."""
        other._known[key] = self._known.pop(key)

    def forget(self, goes: Callable[[K], bool]) -> None:
        """Let go of the values whose keys `goes` accepts."""
        for key in [one for one in self._known if goes(one)]:
            del self._known[key]


class Answers(Generic[K, V]):
    """Values by key that processes tell each other: each is known by its name."""

    __slots__ = ("_known", "_name")

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: dict[K, tuple[V, Named]] = {}

    def of(self, key: K, make: Callable[[], V]) -> V:
        """The value of a key, made if it is not there."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = named((self._name, key), make)
        _frames[-1].add(found[1])
        return found[0]

    def learn(self, key: K, value: V) -> None:
        """Take over what another process has made; what it has read for that, it tells itself."""
        if key not in self._known:
            self._known[key] = (value, Named((self._name, key)))


def named(name: Hashable, make: Callable[[], V]) -> tuple[V, Named]:
    """A new value that others know by its name."""
    value, frame = collected(make)
    return value, Named(name, tuple(frame))


def once(make: Callable[[K], V]) -> Callable[[K], V]:
    """What is made once of a program, known by the name of the function that makes it."""
    name = ("once", f"{make.__module__}.{make.__qualname__}")

    @lru_cache(maxsize=2)
    def known(program: K) -> tuple[V, Named]:
        return named(name, lambda: make(program))

    @wraps(make)
    def of(program: K) -> V:
        value, what = known(program)
        _frames[-1].add(what)
        return value

    return of


def remembered(most: int) -> Callable[[Callable[P, V]], Callable[P, V]]:
    """Keeps what a function has given for the `most` last arguments."""

    def decorated(make: Callable[P, V]) -> Callable[P, V]:
        @lru_cache(maxsize=most)
        def known(*args: Any) -> tuple[V, object]:
            return _with_reads(make, args)

        @wraps(make)
        def of(*args: P.args, **given: P.kwargs) -> V:
            assert not given
            value, what = known(*args)
            _frames[-1].add(what)
            return value

        return of

    return decorated


class KeptProperty(Generic[V]):
    """A property of a lasting object that is made once; those without bodies need none of this."""

    def __init__(self, make: Callable[[Any], V]):
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"{name} read"

    @overload
    def __get__(self, one: None, owner: type) -> KeptProperty[V]: ...
    @overload
    def __get__(self, one: object, owner: type) -> V: ...
    def __get__(self, one: object | None, owner: type) -> KeptProperty[V] | V:
        """The value, made when it is first asked for."""
        if one is None:
            return self
        known = vars(one)
        if self._name not in known:
            known[self._name] = _with_reads(self._make, (one,))
        value, what = known[self._name]
        _frames[-1].add(what)
        return cast("V", value)


class Reads:
    """What pieces of work have read, down to what is known by name, and what that was made of.

    Each thing once, in no order: there are thousands of them, and a set is several times as large.
    """

    def __init__(self) -> None:
        self.by_work: dict[Hashable, tuple[Hashable, ...]] = {}

    def add(self, work: Hashable, frame: Iterable[object]) -> None:
        """Take down what was read for a piece of work."""
        self._join(work, self._below(frame))

    def take_over(self, found: Mapping[Hashable, Iterable[Hashable]]) -> None:
        """What another process has taken down."""
        for work, read in found.items():
            self._join(work, read)

    def _join(self, work: Hashable, read: Iterable[Hashable]) -> None:
        new = {*read}
        new.update(self.by_work.get(work, ()))
        self.by_work[work] = tuple(new)

    def _below(self, frame: Iterable[object]) -> Iterator[Hashable]:
        """All bodies, and names of values, that something was made of."""
        seen: set[object] = {None, *frame}
        todo: list[object] = [*frame]
        while todo:
            one = todo.pop()
            if isinstance(one, Named):
                if one.name not in self.by_work:
                    # Who is asked for it meanwhile need not look into it, too.
                    self.by_work[one.name] = ()
                    self.add(one.name, one.parts)
                yield one.name
            elif isinstance(one, _Made):
                new = [part for part in one.parts if part not in seen]
                seen.update(new)
                todo += new
            elif one is not None:
                yield one
