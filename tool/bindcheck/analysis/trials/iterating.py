"""Iterators of a trial: what they give is a list, made at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bindcheck.analysis.ranges.values import ABSENT, UNKNOWN
from bindcheck.analysis.trials.machine import Frame
from bindcheck.analysis.trials.values import (
    MOST,
    Code,
    Items,
    Panicked,
    Row,
    Value,
    is_whole,
    row_of,
)
from bindcheck.model import TypeRef

Args = tuple[Value, ...]
_SAME = frozenset(
    {
        *("iter", "into_iter", "by_ref", "cloned", "copied", "peekable", "fuse", "with_min_len"),
        *("with_max_len", "into_par_iter", "par_bridge", "iter_mut"),
    }
)
_COLLECTS = frozenset({"collect", "collect_vec"})


def of_items(
    items: Items, name: str, args: Args, frame: Frame, turbofish: tuple[TypeRef, ...]
) -> Value:
    """A method of an iterator."""
    if name in _SAME:
        return items
    if name in _COLLECTS:
        return _collected(items, turbofish)
    known = _METHODS.get(name)
    if known is not None:
        return known(items, args, frame)
    for arg in args:
        if isinstance(arg, Code):
            frame.forget(arg.code.body)
    return UNKNOWN


def _collected(items: Items, turbofish: tuple[TypeRef, ...]) -> Value:
    wrapped = bool(turbofish) and turbofish[0].name in ("Result", "Option", "PyResult")
    if any(one is ABSENT for one in items):
        # Of a list of options nobody knows whether it is one that may be missing.
        return ABSENT if wrapped else UNKNOWN
    return row_of(list(items))


def _map(items: Items, args: Args, frame: Frame) -> Value:
    code = args[0] if args else UNKNOWN
    return Items(frame.run(code, (one,)) for one in items)


def _filter(items: Items, args: Args, frame: Frame) -> Value:
    found = Items()
    for one in items:
        answer = frame.run(args[0], (one,)) if args else UNKNOWN
        if not isinstance(answer, bool):
            return UNKNOWN
        if answer:
            found.append(one)
    return found


def _filter_map(items: Items, args: Args, frame: Frame) -> Value:
    found = Items(frame.run(args[0], (one,)) for one in items) if args else Items()
    if any(one is UNKNOWN for one in found):
        return UNKNOWN
    return Items(one for one in found if one is not ABSENT)


def _flat_map(items: Items, args: Args, frame: Frame) -> Value:
    found = Items()
    for one in items:
        part = frame.run(args[0], (one,)) if args else one
        more = part.lent() if isinstance(part, Row) else part
        if not isinstance(more, Items) or len(found) + len(more) > MOST:
            return UNKNOWN
        found += more
    return found


def _enumerate(items: Items, args: Args, frame: Frame) -> Value:
    del args, frame
    return Items((at, one) for at, one in enumerate(items))


def _zip(items: Items, args: Args, frame: Frame) -> Value:
    del frame
    other = args[0] if args else UNKNOWN
    more = other.lent() if isinstance(other, Row) else other
    if not isinstance(more, Items):
        return Items((one, UNKNOWN) for one in items)
    return Items(zip(items, more, strict=False))


def _rev(items: Items, args: Args, frame: Frame) -> Value:
    del args, frame
    return Items(reversed(items))


def _number(args: Args) -> int | None:
    value = args[0] if args else UNKNOWN
    return value if is_whole(value) and isinstance(value, int) else None


def _skip(items: Items, args: Args, frame: Frame) -> Value:
    del frame
    count = _number(args)
    return UNKNOWN if count is None else Items(items[min(count, len(items)) :])


def _take(items: Items, args: Args, frame: Frame) -> Value:
    del frame
    count = _number(args)
    return UNKNOWN if count is None else Items(items[: min(count, len(items))])


def _step_by(items: Items, args: Args, frame: Frame) -> Value:
    del frame
    count = _number(args)
    if count == 0:
        raise Panicked("a step of 0 is asked for")
    return UNKNOWN if count is None else Items(items[:: min(count, MOST)])


def _chain(items: Items, args: Args, frame: Frame) -> Value:
    del frame
    other = args[0] if args else UNKNOWN
    more = other.lent() if isinstance(other, Row) else other
    return Items([*items, *more]) if isinstance(more, Items) else UNKNOWN


def _numbers(items: Items) -> list[float] | None:
    found = [one for one in items if isinstance(one, (float, int))]
    return found if len(found) == len(items) else None


def _max(items: Items, args: Args, frame: Frame) -> Value:
    del args, frame
    if not items:
        return ABSENT
    numbers = _numbers(items)
    return max(numbers) if numbers is not None else UNKNOWN


def _min(items: Items, args: Args, frame: Frame) -> Value:
    del args, frame
    if not items:
        return ABSENT
    numbers = _numbers(items)
    return min(numbers) if numbers is not None else UNKNOWN


def _by(items: Items, args: Args, frame: Frame) -> Value:
    del args, frame
    return (items[0] if len(items) == 1 else UNKNOWN) if items else ABSENT


def _sum(items: Items, args: Args, frame: Frame) -> Value:
    del args, frame
    numbers = _numbers(items)
    return sum(numbers) if numbers else UNKNOWN


def _size(items: Items, args: Args, frame: Frame) -> Value:
    del args, frame
    return len(items)


def _fold(items: Items, args: Args, frame: Frame) -> Value:
    value, code = args if len(args) == 2 else (UNKNOWN, UNKNOWN)
    for one in items:
        value = frame.run(code, (value, one))
    return value


def _for_each(items: Items, args: Args, frame: Frame) -> Value:
    for one in items:
        frame.run(args[0] if args else UNKNOWN, (one,))
    return ()


def _try_each(items: Items, args: Args, frame: Frame) -> Value:
    for one in items:
        value = frame.run(args[0] if args else UNKNOWN, (one,))
        if value is ABSENT:
            return ABSENT
    return ()


def _each_with(items: Items, args: Args, frame: Frame) -> Value:
    """`for_each_init(|| state, |state, one| ..)` and `for_each_with(state, ..)`."""
    first, code = args if len(args) == 2 else (UNKNOWN, UNKNOWN)
    state = frame.run(first) if isinstance(first, Code) else first
    for one in items:
        frame.run(code, (state, one))
    return ()


def _asked(items: Items, args: Args, frame: Frame, ends: bool) -> tuple[int | None, bool]:
    """The first element for which a condition is `ends`; False if nobody knows."""
    for at, one in enumerate(items):
        answer = frame.run(args[0], (one,)) if args else UNKNOWN
        if not isinstance(answer, bool):
            return None, False
        if answer is ends:
            return at, True
    return None, True


def _any(items: Items, args: Args, frame: Frame) -> Value:
    at, known = _asked(items, args, frame, ends=True)
    return at is not None if known else UNKNOWN


def _all(items: Items, args: Args, frame: Frame) -> Value:
    at, known = _asked(items, args, frame, ends=False)
    return at is None if known else UNKNOWN


def _position(items: Items, args: Args, frame: Frame) -> Value:
    at, known = _asked(items, args, frame, ends=True)
    return (ABSENT if at is None else at) if known else UNKNOWN


def _find(items: Items, args: Args, frame: Frame) -> Value:
    at, known = _asked(items, args, frame, ends=True)
    return (ABSENT if at is None else items[at]) if known else UNKNOWN


def _take_while(items: Items, args: Args, frame: Frame) -> Value:
    at, known = _asked(items, args, frame, ends=False)
    return Items(items[:at]) if known else UNKNOWN


def _skip_while(items: Items, args: Args, frame: Frame) -> Value:
    at, known = _asked(items, args, frame, ends=False)
    return Items(items[at:] if at is not None else ()) if known else UNKNOWN


def _next(items: Items, args: Args, frame: Frame) -> Value:
    del args, frame
    return items.pop(0) if items else ABSENT


def _last(items: Items, args: Args, frame: Frame) -> Value:
    del args, frame
    return items[-1] if items else ABSENT


def _unzip(items: Items, args: Args, frame: Frame) -> Value:
    del args, frame
    pairs = [one for one in items if isinstance(one, tuple) and len(one) == 2]
    if len(pairs) != len(items):
        return UNKNOWN
    return (row_of([one[0] for one in pairs]), row_of([one[1] for one in pairs]))


_Method = Callable[[Items, Args, Frame], Value]
_METHODS: Mapping[str, _Method] = {
    "map": _map,
    "filter": _filter,
    "filter_map": _filter_map,
    "flat_map": _flat_map,
    "flatten": _flat_map,
    "enumerate": _enumerate,
    "zip": _zip,
    "rev": _rev,
    "skip": _skip,
    "take": _take,
    "step_by": _step_by,
    "chain": _chain,
    "max": _max,
    "min": _min,
    **dict.fromkeys(("max_by", "min_by", "max_by_key", "min_by_key"), _by),
    "sum": _sum,
    "count": _size,
    "len": _size,
    "fold": _fold,
    "for_each": _for_each,
    "try_for_each": _try_each,
    "for_each_init": _each_with,
    "for_each_with": _each_with,
    "any": _any,
    "all": _all,
    "position": _position,
    "find": _find,
    "take_while": _take_while,
    "skip_while": _skip_while,
    "next": _next,
    "last": _last,
    "unzip": _unzip,
}
