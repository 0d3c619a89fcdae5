"""Bindings that cannot be measured, each with its reason; many of them by their reasons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bindcheck.bench.samples import Unmeasured

TITLE = "not measured"
_SINGLY = 12
_SHOWN = 5
_PLACED = re.compile(r"`\w+` \([^()]+:\d+\)")
_SEVERAL = re.compile(r"a function(?:, a function)+")


def unmeasured_lines(found: Sequence[Unmeasured]) -> Iterator[str]:
    """A line for each; from a dozen on one for each reason, with the first few names."""
    if len(found) <= _SINGLY:
        yield from (f"{one.binding}: {one.reason}" for one in found)
        return
    groups: dict[str, list[Unmeasured]] = {}
    for one in found:
        groups.setdefault(_kind(one.reason), []).append(one)
    for kind, group in sorted(groups.items(), key=lambda item: -len(item[1])):
        if len(group) == 1:
            yield f"{group[0].binding}: {group[0].reason}"
            continue
        names = ", ".join(one.binding for one in group[:_SHOWN])
        more = f" and {len(group) - _SHOWN:,} more" if len(group) > _SHOWN else ""
        yield f"{len(group):,} bindings, {names}{more}: {kind}"
    yield "each with its own reason: --output-format json, `unmeasured`"


def _kind(reason: str) -> str:
    """The reason without names and places of functions."""
    return _SEVERAL.sub("functions", _PLACED.sub("a function", reason))
