"""Which functions of two texts of a file are the same, where plain ones have come or gone.

A plain function stands by itself in a file, without attributes that anybody asks for, with numbers
and vectors of numbers alone in its head. As long as nothing names it, no rule can tell that it is
there: it is neither bound nor a core, has no type that anybody asks for, and no entry point leads
to it.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import cache

from bindcheck.carry.anew import Anew
from bindcheck.fact import fact
from bindcheck.model import Function, Span
from bindcheck.parse.late import LateFunction
from bindcheck.parse.outline import Outline

_NUMBER = rb"(?:f32|f64|bool|[iu](?:8|16|32|64|128|size))"
_VECTOR = rb"(?:(?:Vec|Option)\s*<\s*" + _NUMBER + rb"\s*>)"
_OWNED = rb"(?:" + _NUMBER + rb"|" + _VECTOR + rb")"
_LENT = rb"&\s*(?:mut\s+)?(?:" + _OWNED + rb"|\[\s*" + _NUMBER + rb"\s*\])"
_VALUE = rb"(?:" + _OWNED + rb"|" + _LENT + rb")"
_RESULT = rb"(?:" + _OWNED + rb"|\(\s*" + _OWNED + rb"\s*(?:,\s*" + _OWNED + rb"\s*)*,?\s*\))"
_PARAM = rb"(?:mut\s+)?\w+\s*:\s*" + _VALUE
_HEAD = (
    rb"\s*(?:pub\s*(?:\([^()]*\)\s*)?)?(?:const\s+)?(?:unsafe\s+)?fn\s+\w+\s*"
    rb"\(\s*(?:" + _PARAM + rb"\s*(?:,\s*" + _PARAM + rb"\s*)*,?)?\s*\)"
    rb"\s*(?:->\s*" + _RESULT + rb")?\s*"
)
_HARMLESS = frozenset({"inline", "must_use", "cold", "allow", "doc"})
"""Attributes that tell nobody anything of a function that is not a core."""
_WRITES = re.compile(rb"&\s*mut\b")
_OF_GRIDS = frozenset({"batch", "into"})


@fact
class Alignment:
    """The functions of the old text, then those that have come, by their indices in the new one.

    None is the index of one that has gone. `count` is how many the old text has, `come` and `gone`
    are names with their stretches, of the new and of the old text. `public`
    if one of them is public.
    """

    order: tuple[int | None, ...]
    count: int
    come: tuple[tuple[str, Span], ...]
    gone: tuple[tuple[str, Span], ...]
    public: bool

    @property
    def differs(self) -> bool:
        """Whether any has come or gone."""
        return bool(self.come or self.gone)

    @property
    def more(self) -> range:
        """The numbers, in this order, of the functions that have come."""
        return range(self.count, len(self.order))

    @property
    def less(self) -> tuple[int, ...]:
        """The numbers of those that have gone."""
        return tuple(at for at, new in enumerate(self.order) if new is None)


def align(before: Outline, after: Outline) -> Alignment:
    """The functions of two texts side by side. Raises Anew where others than plain ones differ."""
    count = len(before.module.functions)
    if _written(before) == _written(after):
        return Alignment(tuple(range(count)), count, (), (), public=False)
    # Loaded only where functions differ.
    from difflib import SequenceMatcher

    old, new = _keys(before), _keys(after)
    order: list[int | None] = [None] * len(old)
    come: list[int] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind == "equal":
            order[first:last] = range(start, end)
        else:
            come += range(start, end)
    gone = [at for at, one in enumerate(order) if one is None]
    stay = (one for one, at in zip(before.module.functions, order, strict=True) if at is not None)
    if not any(map(_is_common, stay)):
        raise Anew("a function is the only one of its kind in the file")
    public = _any_public(after, come) or _any_public(before, gone)
    come_now, gone_now = _plain(after, come), _plain(before, gone)
    return Alignment((*order, *come), count, come_now, gone_now, public)


def _is_common(function: Function) -> bool:
    """Whether all that is asked of functions that stand by themselves was asked of this one."""
    apart = function.owner or function.trait or function.scope or function.cfg
    return not apart and function.body_span is not None and _is_bare(function)


def _is_bare(function: Function) -> bool:
    return {one.path for one in function.attrs} <= _HARMLESS


def _plain(text: Outline, indices: list[int]) -> tuple[tuple[str, Span], ...]:
    if not all(_is_plain(text, text.module.functions[at]) for at in indices):
        raise Anew("an item came or went")
    functions = (text.module.functions[at] for at in indices)
    return tuple((one.name, one.span) for one in functions)


def _any_public(text: Outline, indices: list[int]) -> bool:
    return any(text.module.functions[at].visibility == "pub" for at in indices)


def _written(text: Outline) -> list[Hashable]:
    """All functions with their heads as they are written."""
    return [
        (one.name, one.scope, one.cfg, one.owner, one.trait, _code_of_head(text, one))
        for one in text.module.functions
    ]


def _code_of_head(text: Outline, function: Function) -> bytes:
    assert isinstance(function, LateFunction)
    end = function.late.end if function.body_span is None else function.body_span.start
    return text.code[function.late.start : end]


@cache
def _plain_head() -> re.Pattern[bytes]:
    return re.compile(_HEAD)


def _keys(text: Outline) -> list[Hashable]:
    """What makes functions the same one: of plain ones the head, too."""
    return [
        (one.name, one.scope, one.cfg, one.owner, one.trait, _head(text, one))
        for one in text.module.functions
    ]


def _head(text: Outline, function: Function) -> bytes:
    if function.owner or function.trait or function.scope or function.body_span is None:
        return b""
    head = _code_of_head(text, function)
    return head if _plain_head().fullmatch(head) else b""


def _is_plain(text: Outline, function: Function) -> bool:
    head = _head(text, function)
    if not head or function.cfg or not _is_bare(function):
        return False
    words = set(function.name.split("_"))
    # A function of such a name may be the one that writes the rows of a grid.
    if words >= _OF_GRIDS or "inner_into" in function.name:
        return False
    if not _WRITES.search(head):
        return True
    # One that writes elements of another type is looked for by the start of its name.
    others = (one.name for one in text.module.functions if one is not function)
    return not any(function.name.startswith(one) for one in others)
