"""Texts of pieces, formatted for the place where they will stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bindcheck.generate.indicator import Indicator
from bindcheck.generate.pieces import Rendered
from bindcheck.generate.regions import dedented, digest
from bindcheck.rustfmt import Formatter


def formatted(indicators: Sequence[Indicator], formatter: Formatter) -> list[Indicator]:
    """The indicators with their texts formatted, those of a folder at once where that works."""
    folders: dict[Path, list[int]] = {}
    for at, one in enumerate(indicators):
        folders.setdefault(Path(one.core.path).parent, []).append(at)
    found = list(indicators)
    for folder, members in folders.items():
        texts = [_texts(indicators[at]) for at in members]
        together = formatter.pieces([text for of in texts for text in of], folder)
        left = iter(together)
        for at, own in zip(members, texts, strict=True):
            made = tuple(next(left) for _ in own)
            # One text that cannot be formatted keeps those beside it from it.
            found[at] = _with_texts(
                found[at], formatter.pieces(own, folder) if made == own else made
            )
    return found


def _texts(one: Indicator) -> tuple[str, ...]:
    return tuple(_nested(wanted.text, wanted.scope) for wanted in one.wanted if wanted.text)


def _with_texts(one: Indicator, texts: Sequence[str]) -> Indicator:
    left = iter(texts)
    wanted = tuple(_with_text(one, next(left)) if one.text else one for one in one.wanted)
    return replace(one, wanted=wanted)


def _with_text(wanted: Rendered, text: str) -> Rendered:
    inside = _inside(text, wanted.scope)
    return replace(wanted, text=inside, hash=digest(inside))


def _nested(text: str, scope: Sequence[str]) -> str:
    """Text as it stands in modules: the further to the right, the shorter its lines."""
    return "".join(f"mod {name} {{\n" for name in scope) + text + "}\n" * len(scope)


def _inside(text: str, scope: Sequence[str]) -> str:
    """The text in modules, as it stands at the top of a file."""
    if not scope:
        return text
    lines = text.splitlines(keepends=True)[len(scope) : -len(scope)]
    first = next(line for line in lines if line.strip())
    return dedented("".join(lines), first[: len(first) - len(first.lstrip())])
