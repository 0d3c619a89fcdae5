"""Methods of a trial: those of options, memory and pointers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bindcheck.analysis.ranges.values import ABSENT, UNKNOWN
from bindcheck.analysis.trials.machine import Frame, Undecided
from bindcheck.analysis.trials.values import (
    BEHIND,
    HUGE,
    MOST,
    NO_MEMORY,
    WORD,
    Code,
    Items,
    Panicked,
    Pointer,
    Row,
    Value,
    is_number,
    is_whole,
    row_of,
)

Args = tuple[Value, ...]
SAME = frozenset(
    {
        *("clone", "copied", "cloned", "as_ref", "as_mut", "as_deref", "borrow", "deref", "by_ref"),
        *("into", "ok", "map_err", "ok_or", "ok_or_else", "to_owned", "inspect", "as_any", "view"),
        *("as_slice", "as_slice_mut", "as_array", "as_array_mut", "readonly", "readwrite", "iter"),
        *("into_iter", "par_iter", "into_par_iter", "try_into", "into_inner", "to_string"),
        *("unwrap_or_default", "unwrap_or", "unwrap_or_else", "unwrap", "expect", "or", "or_else"),
        *("unwrap_unchecked", "into_boxed_slice", "into_vec", "as_mut_slice", "view_mut", "as_str"),
        *("peekable", "fuse", "with_min_len", "with_max_len", "cast", "into_owned", "as_deref_mut"),
        *("assume_init", "cast_mut", "cast_const", "to_slice", "transpose", "reshape"),
    }
)
_RESIZES = frozenset(
    {
        *("append", "insert", "swap_remove", "retain", "dedup", "dedup_by", "split_off"),
        *("push_front", "drain", "resize_with", "dedup_by_key", "rotate"),
    }
)
_ASKS = frozenset({"is_null", "offset_from", "is_aligned", "addr"})
"""What only asks about a pointer."""
_SELECTS = ("select_nth_unstable", "select_nth_unstable_by", "select_nth_unstable_by_key")
_COPIES = frozenset({"to_vec", "to_owned", "clone", "to_owned_array", "into_owned"})
_CHUNKS = ("chunks", "chunks_mut", "chunks_exact", "chunks_exact_mut", "par_chunks")
_CHUNKED = frozenset({*_CHUNKS, "par_chunks_mut", "par_chunks_exact", "par_chunks_exact_mut"})


# --- options --------------------------------------------------------------------------------------


def of_absent(name: str, args: Args, frame: Frame) -> Value:
    """A method of `None` or an error."""
    if name in ("unwrap", "expect", "unwrap_unchecked"):
        raise Panicked(f"`{name}` finds nothing")
    if name == "unwrap_or" and args:
        return args[0]
    if name in ("unwrap_or_else", "or_else") and args:
        return frame.run(args[0], (UNKNOWN,))
    if name == "or" and args:
        return args[0]
    if name in ("map_or", "map_or_else") and args:
        return frame.run(args[0]) if isinstance(args[0], Code) else args[0]
    if name == "unwrap_or_default":
        return UNKNOWN
    if name in ("is_some", "is_ok", "is_none", "is_err"):
        return name in ("is_none", "is_err")
    return False if name in ("is_some_and", "is_ok_and") else ABSENT


def of_present(value: Value, name: str, args: Args, frame: Frame) -> Value | None:
    """A method that an `Option` or `Result` has, and what it holds has not."""
    if name in ("is_some", "is_ok", "is_none", "is_err"):
        return name in ("is_some", "is_ok")
    if name in ("map_or", "map_or_else") and len(args) == 2:
        return frame.run(args[1], (value,))
    if name in ("and_then", "is_some_and", "is_ok_and") and args:
        return frame.run(args[0], (value,))
    if name == "map" and args and not isinstance(value, Items):
        return frame.run(args[0], (value,))
    if name == "zip" and args and not isinstance(value, (Items, Row)):
        return ABSENT if args[0] is ABSENT else (value, args[0])
    if name == "filter" and args and not isinstance(value, (Items, Row)):
        answer = frame.run(args[0], (value,))
        return value if answer is True else (ABSENT if answer is False else UNKNOWN)
    return None


# --- memory ---------------------------------------------------------------------------------------


def of_row(row: Row, name: str, args: Args) -> Value:
    """A method of a slice, a `Vec` or an array."""
    known = _ROWS.get(name)
    if known is not None:
        return known(row, args)
    if name in _COPIES:
        items = row.items()
        return row_of(list(items)) if items is not None else Row(None, row.size)
    if name in ("iter", "par_iter"):
        return row.items() or (Items() if row.size == 0 else UNKNOWN)
    if name in ("into_iter", "into_par_iter"):
        return row.lent() or (Items() if row.size == 0 else UNKNOWN)
    if name in ("iter_mut", "par_iter_mut"):
        row.blur()
        return row.items() or (Items() if row.size == 0 else UNKNOWN)
    if name in _CHUNKED:
        return _chunks(row, args, exact="exact" in name)
    if name in ("windows", "par_windows"):
        return _windows(row, args)
    if name in ("add", "offset"):
        return UNKNOWN
    if name in SAME:
        return row
    row.blur()
    return UNKNOWN


def _len(row: Row, args: Args) -> Value:
    del args
    return row.size


def _shape(row: Row, args: Args) -> Value:
    del args
    return row_of([row.size])


def _pointer(row: Row, args: Args) -> Value:
    del args
    return Pointer(row)


def _push(row: Row, args: Args) -> Value:
    row.size += 1
    if row.cells is not None and row.start == 0 and len(row.cells) == row.size - 1:
        row.cells.append(args[0] if args else UNKNOWN)
    else:
        row.cells = None
    return ()


def _extend(row: Row, args: Args) -> Value:
    given = args[0] if args else UNKNOWN
    items = given.items() if isinstance(given, Row) else given
    if not isinstance(items, Items):
        raise Undecided
    for one in list(items):
        _push(row, (one,))
    return ()


def _truncate(row: Row, args: Args) -> Value:
    size = args[0] if args else UNKNOWN
    if not is_whole(size) or not isinstance(size, int):
        raise Undecided
    return _resize(row, (min(size, row.size),))


def _resized(row: Row, args: Args) -> Value:
    """A method after which nobody knows how long the memory is."""
    del row, args
    raise Undecided


def _pop(row: Row, args: Args) -> Value:
    del args
    if row.size == 0:
        return ABSENT
    row.size -= 1
    value = row.at(row.size)
    if row.cells is not None:
        row.cells = row.cells[row.start : row.start + row.size]
        row.start = 0
    return value


def _first(row: Row, args: Args) -> Value:
    del args
    return row.at(0) if row.size else ABSENT


def _last(row: Row, args: Args) -> Value:
    del args
    return row.at(row.size - 1) if row.size else ABSENT


def _get(row: Row, args: Args) -> Value:
    at = args[0] if args else UNKNOWN
    if not is_whole(at) or not isinstance(at, int):
        return UNKNOWN
    return row.at(at) if 0 <= at < row.size else ABSENT


def _fill(row: Row, args: Args) -> Value:
    for index in range(row.size if row.cells is not None else 0):
        row.put(index, args[0] if args else UNKNOWN)
    return ()


def _copy(row: Row, args: Args) -> Value:
    other = args[0] if args else UNKNOWN
    if isinstance(other, Row):
        if other.size != row.size:
            raise Panicked("a copy is of another length")
        for index in range(row.size if row.cells is not None else 0):
            row.put(index, other.at(index))
    else:
        row.blur()
    return ()


def _resize(row: Row, args: Args) -> Value:
    size = args[0] if args else UNKNOWN
    if not is_whole(size) or not isinstance(size, int) or size < 0:
        row.cells = None
        return UNKNOWN
    if size >= HUGE:
        raise Panicked(NO_MEMORY)
    items = row.items()
    filler = args[1] if len(args) > 1 else UNKNOWN
    if items is None or size > MOST:
        row.cells, row.size, row.start = None, size, 0
        return ()
    cells = [*items[:size], *([filler] * (size - len(items)))]
    row.cells, row.size, row.start = cells, size, 0
    return ()


def _split(row: Row, args: Args) -> Value:
    at = args[0] if args else UNKNOWN
    if not is_whole(at) or not isinstance(at, int) or at < 0:
        return UNKNOWN
    if at > row.size:
        raise Panicked("a slice is split behind its end")
    return (row.part(0, at), row.part(at, row.size))


def _set_len(row: Row, args: Args) -> Value:
    return _resize(row, (*args, UNKNOWN))


def _contains(row: Row, args: Args) -> Value:
    items = row.items() if args and is_number(args[0]) else None
    if items is None or not all(map(is_number, items)):
        return UNKNOWN
    return args[0] in items


def _is_empty(row: Row, args: Args) -> Value:
    del args
    return row.size == 0


def _clear(row: Row, args: Args) -> Value:
    return _resize(row, (0, *args))


def _reserve(row: Row, args: Args) -> Value:
    del args
    row.room = HUGE
    return ()


def _unchecked(row: Row, args: Args) -> Value:
    at = args[0] if args else UNKNOWN
    if not is_whole(at) or not isinstance(at, int):
        row.blur()
        return UNKNOWN
    if at >= max(row.size, row.room):
        raise Panicked(BEHIND)
    return row.at(at) if at < row.size else UNKNOWN


def _unchecked_place(row: Row, args: Args) -> Value:
    _unchecked(row, args)
    at = args[0] if args else UNKNOWN
    return Pointer(row, at) if is_whole(at) and isinstance(at, int) else UNKNOWN


def _swap(row: Row, args: Args) -> Value:
    if any(is_whole(one) and isinstance(one, int) and one >= row.size for one in args):
        raise Panicked("an index is too large")
    row.blur()
    return ()


def _select(row: Row, args: Args) -> Value:
    _swap(row, args[:1])
    return UNKNOWN


def _remove(row: Row, args: Args) -> Value:
    """Where there is nothing to remove a `Vec` panics, and a `VecDeque` does not."""
    at = args[0] if args else UNKNOWN
    if not is_whole(at) or not isinstance(at, int) or at >= row.size:
        raise Undecided
    items = row.items()
    value: Value = UNKNOWN
    if items is not None:
        value = items.pop(at)
        row.cells, row.start = list(items), 0
    row.size -= 1
    return value


def _pop_front(row: Row, args: Args) -> Value:
    del args
    return _remove(row, (0,)) if row.size else ABSENT


_ROWS: Mapping[str, Callable[[Row, Args], Value]] = {
    "len": _len,
    "is_empty": _is_empty,
    "contains": _contains,
    "shape": _shape,
    "push": _push,
    "push_back": _push,
    **dict.fromkeys(("pop", "pop_back"), _pop),
    "pop_front": _pop_front,
    **dict.fromkeys(("extend", "extend_from_slice"), _extend),
    "truncate": _truncate,
    **dict.fromkeys(_RESIZES, _resized),
    **dict.fromkeys(("first", "front"), _first),
    **dict.fromkeys(("last", "back"), _last),
    "get": _get,
    "fill": _fill,
    "copy_from_slice": _copy,
    "clone_from_slice": _copy,
    "resize": _resize,
    "set_len": _set_len,
    "split_at": _split,
    "split_at_mut": _split,
    "clear": _clear,
    "as_ptr": _pointer,
    "as_mut_ptr": _pointer,
    **dict.fromkeys(("reserve", "reserve_exact", "try_reserve", "try_reserve_exact"), _reserve),
    "get_unchecked": _unchecked,
    "get_unchecked_mut": _unchecked_place,
    "swap": _swap,
    "remove": _remove,
    **dict.fromkeys(_SELECTS, _select),
}


def _count(args: Args) -> int | None:
    """The number of cells in a piece; None if it is not known."""
    count = args[0] if args else UNKNOWN
    if not is_whole(count) or not isinstance(count, int):
        return None
    if count == 0:
        raise Panicked("pieces of 0 are asked for")
    return count


def _chunks(row: Row, args: Args, *, exact: bool) -> Value:
    count = _count(args)
    if count is None:
        row.blur()
        return UNKNOWN
    starts = range(0, row.size - count + 1 if exact else row.size, count)
    if len(starts) > MOST:
        return UNKNOWN
    return Items(row.part(one, min(one + count, row.size)) for one in starts)


def _windows(row: Row, args: Args) -> Value:
    count = _count(args)
    if count is None or row.size > MOST:
        return UNKNOWN
    return Items(row.part(one, one + count) for one in range(max(0, row.size - count + 1)))


def of_pointer(pointer: Pointer, name: str, args: Args) -> Value:
    """A method of a raw pointer: nobody checks how far it goes."""
    by = args[0] if args else UNKNOWN
    if name in ("add", "offset", "sub", "wrapping_add") and is_whole(by) and isinstance(by, int):
        moved = by if by < WORD // 2 else by - WORD
        return Pointer(pointer.row, pointer.offset + (-moved if name == "sub" else moved))
    if name in ("cast", "cast_mut", "cast_const"):
        return pointer
    if name in ("write", "write_unaligned"):
        pointer.write(by)
        return ()
    if name == "read":
        return pointer.read()
    if name not in _ASKS:
        pointer.row.blur()
    return UNKNOWN
