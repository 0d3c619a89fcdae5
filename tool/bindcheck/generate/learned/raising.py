"""Which exceptions the errors of one function become, where an error type may become several."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bindcheck.analysis.program import Program
from bindcheck.generate.learned.errors import Way, error_of
from bindcheck.generate.learned.exceptions import Raised, made_in
from bindcheck.model import Arm, CoreFunction, Enum, ItemRef, MacroCall, Match

_MOST = 200
"""A function that reaches more than so many others may make any error."""

_KNOWN = frozenset(
    {
        *("assert", "assert_eq", "assert_ne", "debug_assert", "debug_assert_eq", "eprintln"),
        *("format", "matches", "panic", "println", "thread_local", "todo", "unreachable", "vec"),
        *("write", "writeln", "is_x86_feature_detected", "is_aarch64_feature_detected", "cfg"),
    }
)
"""Macros that make no errors of the crate."""

_REST = re.compile(r"_|[a-z]\w*")


def raised_by(program: Program, way: Way, function: CoreFunction) -> tuple[Raised, ...]:
    """The exceptions among those of a way that errors of a function can become.

    A variant counts where the function, or one that it reaches, has its name anywhere.
    """
    error = error_of(program, function)
    item = program.struct(error) if error is not None else None
    if way.by is None or len(way.makes) < 2 or error is None or not isinstance(item, Enum):
        return way.makes
    variants = frozenset(one.name for one in item.variants)
    made = _made(program, function.ref, error, item)
    arms = _arms(program, way.by)
    if made is None or not arms:
        return way.makes
    found: set[Raised] = set()
    left = variants
    for arm in arms:
        named = _variants(arm, variants)
        if named is None:
            return way.makes
        told = named or left
        if arm.guard is None:
            left -= told
        if told & made:
            found.update(made_in(program, way.by, arm.body))
    return tuple(one for one in way.makes if one in found) or way.makes


def _arms(program: Program, ref: ItemRef) -> tuple[Arm, ...]:
    """What a function makes of each variant, if it does nothing but choose."""
    body = program.body(ref)
    only = body.statements[0] if body is not None and len(body.statements) == 1 else None
    return only.arms if isinstance(only, Match) else ()


def _variants(arm: Arm, variants: frozenset[str]) -> frozenset[str] | None:
    """The variants that an arm names; none for all that are left, None where it is not clear."""
    pattern = arm.pattern.strip()
    if _REST.fullmatch(pattern):
        return frozenset()
    named = frozenset(re.findall(r"\w+", pattern)) & variants
    return named or None


def _made(program: Program, ref: ItemRef, error: ItemRef, item: Enum) -> frozenset[str] | None:
    """The variants that a function may make; None where that is not known."""
    words = _words(program, (ref, *_conversions(program, error)))
    if words is None:
        return None
    given = {one.name for one in item.variants if any(f.attrs for f in one.fields)}
    return frozenset(one.name for one in item.variants if one.name in words or one.name in given)


def _conversions(program: Program, error: ItemRef) -> Iterator[ItemRef]:
    """The functions by which `?` makes such an error of others."""
    for path, module in program.modules.items():
        for one in module.impls:
            conversion = re.match(r"(?:[\w:]*::)?From\b", one.trait)
            if conversion and program.resolve_type(one.type.path, path, one.scope) == error:
                yield from (ItemRef(path, index) for index in one.functions)


def _words(program: Program, refs: Iterable[ItemRef]) -> frozenset[str] | None:
    """The words of functions and of all that they reach; None where macros may have more."""
    todo = list(refs)
    seen, words = set(todo), set[str]()
    while todo:
        ref = todo.pop()
        body = program.body(ref)
        if body is None or len(seen) > _MOST:
            return None
        macros = (one.path.rpartition("::")[2] for one in body.walk() if isinstance(one, MacroCall))
        if not _KNOWN.issuperset(macros):
            return None
        source = program.source(ref.path)[body.span.start : body.span.end]
        words |= set(re.findall(r"\w+", source.decode("utf-8", "replace")))
        fresh = [one for one in program.called(ref) if one not in seen]
        seen.update(fresh)
        todo += fresh
    return frozenset(words)
