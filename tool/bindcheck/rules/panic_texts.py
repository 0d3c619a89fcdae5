"""What is said of each sort of panic, and what to do about it."""

from __future__ import annotations

_MACROS = ("unreachable", "panic", "todo", "unimplemented")
CHECK = "check the value first and raise a `PyValueError`"
LOWERED = "less than this value is looked at: refuse it, or limit it, that much earlier"
_COMPARE = "compare the lengths first and raise a `PyValueError`"
HELP = {
    "unwrap": "use `?`, or `ok_or_else(|| PyValueError::new_err(..))?`",
    "expect": "use `?`, or `ok_or_else(|| PyValueError::new_err(..))?`",
    "wrap": "check for the smallest value first, or use `checked_sub` or `saturating_sub`",
    **dict.fromkeys(("lengths", "copy", "unequal", "behind"), _COMPARE),
    "text": "cut where a character ends: `is_char_boundary` tells, `char_indices` goes there",
    "ragged": "compare the lengths of all rows first and raise a `PyValueError`",
    **dict.fromkeys(_MACROS, "return an error in this arm, or resolve the value first"),
    "borrow": "use the `try_` form and `?`",
}
GATHER = "gather the values in order: `iter().copied().collect::<Vec<_>>()`"
WHAT = {
    "index": "this index panics",
    "slice": "this slice panics",
    "empty": "this index panics on empty input",
    "lengths": "this index panics for inputs of unequal length",
    "unequal": "this call panics for inputs of unequal length",
    "behind": "for inputs of unequal length this call reads what lies behind the shorter one",
    "text": "this slice panics inside a character of several bytes",
    "wrap": "this subtraction wraps, and panics in a debug build",
    "ragged": "this index panics for rows of unequal length",
    "zero": "this panics for 0",
    "capacity": "no memory is as large",
    "kept": "this is kept as it is",
    "extreme": "this call panics for a number that nobody refuses",
    "later": "a method of the object panics for a number that nobody refuses",
    "no data": "this call panics for arrays without values",
    "unordered": "this call panics for floats that nobody refuses",
    "outside": "this call leaves the memory of an array for a number that nobody refuses",
    "copy": "this copy panics for inputs of unequal length",
    **{name: f"`{name}!` is reached" for name in _MACROS},
    **{name: f"`{name}!` panics" for name in ("assert", "assert_eq", "assert_ne")},
}
