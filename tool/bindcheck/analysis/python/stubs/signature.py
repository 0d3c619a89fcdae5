"""A signature in a stub beside that of the binding: what differs, in words."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Sequence

from bindcheck.analysis.bindings.effective_signature import Argument, python_value, rust_value
from bindcheck.analysis.python.stubs.said import Said
from bindcheck.fact import fact
from bindcheck.findings import Confidence
from bindcheck.model.python import ArgumentKind, PythonArgument, PythonFunction

_STARRED = (ArgumentKind.ARGS, ArgumentKind.KWARGS)
_KIND_WORDS = {
    ArgumentKind.POSITIONAL_ONLY: "positional-only",
    ArgumentKind.POSITIONAL: "by place or keyword",
    ArgumentKind.KEYWORD: "keyword-only",
}

_Pair = tuple[Argument, PythonArgument]


@fact
class Declared:
    """The functions of one name in a stub with what they are bound to.

    `skip` is the number of leading parameters that Python fills itself: `self` or `cls`.
    """

    functions: tuple[PythonFunction, ...]
    skip: int = 0

    @property
    def several(self) -> bool:
        """Whether there are overloads or alternatives: no one of them is the whole signature."""
        return len(self.functions) > 1 or any(one.conditional for one in self.functions)

    def arguments(self, function: PythonFunction) -> tuple[PythonArgument, ...]:
        """What a caller passes."""
        return function.arguments[self.skip :]


def differences(arguments: Sequence[Argument], declared: Declared) -> tuple[Said, ...]:
    """What a caller who trusts the stub is told wrongly. Empty when it agrees."""
    if declared.several:
        found = [
            text
            for one in declared.functions
            for text in _impossible(arguments, declared.arguments(one))
        ]
    else:
        found = list(_differences(arguments, declared.arguments(declared.functions[0])))
    return tuple(dict.fromkeys(found))


def _impossible(arguments: Sequence[Argument], stub: Sequence[PythonArgument]) -> Iterator[Said]:
    """What makes an overload one that no call can follow."""
    if _is_open(arguments):
        return
    known = {one.name for one in arguments}
    extra = [
        one.name
        for one in stub
        if one.kind in (ArgumentKind.POSITIONAL, ArgumentKind.KEYWORD) and one.name not in known
    ]
    if extra:
        yield Said(f"has an overload with {_listed(extra)}, which the function does not take")


def _differences(arguments: Sequence[Argument], stub: Sequence[PythonArgument]) -> Iterator[Said]:
    matched = _matched(arguments, stub)
    if not any(one.kind in _STARRED for one in stub):
        renamed = [(mine, other) for mine, other in matched if _is_renamed(mine, other)]
        yield from (Said(f"calls the argument `{a.name}` `{b.name}`") for a, b in renamed)
        yield from _absent(arguments, stub, matched)
        if not renamed and not _is_open(arguments):
            yield from _order(arguments, stub)
        yield from _kinds(matched)
    yield from _defaults(matched)


def _is_open(arguments: Sequence[Argument]) -> bool:
    return any(one.kind in _STARRED for one in arguments)


def _matched(arguments: Sequence[Argument], stub: Sequence[PythonArgument]) -> list[_Pair]:
    """Arguments that are the same: by name, else by place where both sides have as many."""
    theirs = {one.name: one for one in stub if one.kind not in _STARRED}
    ours = {one.name for one in arguments}
    found = [(one, theirs[one.name]) for one in arguments if one.name in theirs]
    for mine, other in zip(arguments, stub, strict=False):
        unnamed = mine.name not in theirs and other.name not in ours
        starred = mine.kind in _STARRED or other.kind in _STARRED
        if unnamed and not starred and (len(arguments) == len(stub) or _is_nameless(mine, other)):
            found.append((mine, other))
    return found


def _is_nameless(mine: Argument, other: PythonArgument) -> bool:
    """Whether no call can use the name, or no stub can write it."""
    only = ArgumentKind.POSITIONAL_ONLY
    return only in (mine.kind, other.kind) or keyword.iskeyword(mine.name)


def _is_renamed(mine: Argument, other: PythonArgument) -> bool:
    return mine.name != other.name and not _is_nameless(mine, other)


def _absent(
    arguments: Sequence[Argument], stub: Sequence[PythonArgument], matched: Sequence[_Pair]
) -> Iterator[Said]:
    known = {id(one) for pair in matched for one in pair}
    lacking = [a for a in arguments if id(a) not in known and a.kind not in _STARRED]
    needed = [a for a in lacking if a.default is None or _is_before(arguments, a, matched)]
    # What can be left out and has a private name is not for users.
    told = [a.name for a in lacking if a in needed or not a.name.startswith("_")]
    if told:
        yield Said(f"lacks {_listed(told)}", Confidence.CERTAIN if needed else Confidence.LIKELY)
    extra = [one.name for one in stub if id(one) not in known]
    if extra and not _is_open(arguments):
        yield Said(f"has {_listed(extra)}, which the function does not take")


def _is_before(arguments: Sequence[Argument], one: Argument, matched: Sequence[_Pair]) -> bool:
    """Whether it takes the place of an argument that the stub lets callers pass by place."""
    behind = arguments[arguments.index(one) + 1 :]
    return any(a in behind and _is_placed(a.kind) and _is_placed(b.kind) for a, b in matched)


def _order(arguments: Sequence[Argument], stub: Sequence[PythonArgument]) -> Iterator[Said]:
    places = {one.name: number for number, one in enumerate(arguments) if _is_placed(one.kind)}
    shared = [one.name for one in stub if _is_placed(one.kind) and one.name in places]
    wanted = sorted(shared, key=places.__getitem__)
    if shared != wanted:
        moved = next(pair for pair in zip(shared, wanted, strict=True) if pair[0] != pair[1])
        yield Said(f"has `{moved[0]}` where the function has `{moved[1]}`")


def _is_placed(kind: ArgumentKind) -> bool:
    return kind in (ArgumentKind.POSITIONAL, ArgumentKind.POSITIONAL_ONLY)


def _kinds(matched: Sequence[_Pair]) -> Iterator[Said]:
    pairs = dict.fromkeys((b.kind, a.kind) for a, b in matched if a.kind is not b.kind)
    for theirs, ours in pairs:
        names = [a.name for a, b in matched if (b.kind, a.kind) == (theirs, ours)]
        text = f"takes {_listed(names)} {_KIND_WORDS[theirs]}, the function {_KIND_WORDS[ours]}"
        # Nobody leaves the other way of passing it out of a stub unawares.
        yield Said(
            text,
            Confidence.SUSPECT if ours is ArgumentKind.POSITIONAL else Confidence.CERTAIN,
        )


def _defaults(matched: Sequence[_Pair]) -> Iterator[Said]:
    # Whether an `Option` may be left out without a signature is for another rule to say.
    settled = [(a, b) for a, b in matched if not a.implicit]
    extra = [a.name for a, b in settled if a.default is None and b.default is not None]
    if extra:
        yield Said(f"gives {_listed(extra)} a default, the function none")
    lacking = [a.name for a, b in settled if a.default is not None and b.default is None]
    if lacking:
        yield Said(f"gives {_listed(lacking)} no default, the function does", Confidence.LIKELY)
    for mine, other in matched:
        if mine.default is not None and other.default is not None:
            ours = _other_default(mine.default, other.default)
            if ours:
                text = f"gives `{mine.name}` the default {other.default}, the function {ours}"
                yield Said(text)


def _other_default(rust: str, stub: str) -> str:
    """The default in Rust, where it is certainly not that of the stub; else nothing."""
    ours, given = rust_value(rust), python_value(stub)
    if given is None or ours == given:
        return ""
    if ours is not None:
        return ours.text
    # Not a literal, but something: what a wrapper of `None` becomes is another matter.
    is_some = rust.startswith("Some(") and "None" not in rust
    return f"`{rust}`" if given.kind == "none" and is_some else ""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
