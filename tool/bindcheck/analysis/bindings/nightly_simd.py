"""Gates that keep AVX-512 code for nightly compilers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import field

from bindcheck.analysis.linking.tokens import options, split_top, unquoted
from bindcheck.analysis.program import Program
from bindcheck.crate import Version
from bindcheck.fact import fact, record
from bindcheck.model import Attribute, Cfg, Function, Span

STABLE_SINCE = Version(1, 89, 0)
_STABLE = frozenset({"stdarch_x86_avx512", "avx512_target_feature"})
_STILL_UNSTABLE = frozenset({"avx512fp16"})

Place = tuple[str, Span]


@fact
class NightlyGate:
    """AVX-512 code that only a nightly compiler gets to see.

    `flag` is the cargo feature or `cfg` flag, empty when `#![feature(..)]` stands alone; `feature`
    tells which of the two it is. `wide` counts functions compiled for AVX-512 behind the flag,
    `narrow` those for older instructions. `unstable` are further compiler features that it turns on
    and that are not stable yet.
    """

    flag: str
    feature: bool
    place: Place
    wide: int
    narrow: int
    unstable: tuple[str, ...]


@record
class _Seen:
    """What is gathered over all modules."""

    attributes: list[tuple[str, Attribute]] = field(default_factory=list)
    unstable: dict[str, None] = field(default_factory=dict)
    wide: dict[Cfg, list[Place]] = field(default_factory=dict)
    narrow: Counter[Cfg] = field(default_factory=Counter)


def nightly_gate(program: Program) -> NightlyGate | None:
    """The gate around most AVX-512 functions of the crate, if there is one."""
    seen = _Seen()
    paths = [
        path for path in program.modules if path not in program.unreached and program.in_crate(path)
    ]
    for path in paths:
        _look_at_attributes(program, path, seen)
    named = {flag for _, one in seen.attributes for flag in _flags(one.cfg)}
    for path in paths:
        _look_at_functions(program, path, named, seen)
    return _gate(seen)


def _look_at_attributes(program: Program, path: str, seen: _Seen) -> None:
    found: list[Attribute] = []
    for one in program.modules[path].inner_attrs:
        if one.path == "feature":
            names = split_top(one.tokens)
            found += [one] if _STABLE.intersection(names) else []
            seen.unstable |= dict.fromkeys(name for name in names if name not in _STABLE)
    seen.attributes += [(path, one) for one in found]


def _look_at_functions(program: Program, path: str, named: set[Cfg], seen: _Seen) -> None:
    inherited = tuple(_flags(program.inherited_cfg(path)))
    for function in program.modules[path].functions:
        enabled = _enabled(function)
        if not enabled or enabled & _STILL_UNSTABLE:
            continue
        for flag in dict.fromkeys((*_flags(function.cfg), *inherited)):
            if flag not in named and not _says_nightly(flag):
                continue
            if any(one.startswith("avx512") for one in enabled):
                seen.wide.setdefault(flag, []).append((path, function.name_span))
            else:
                seen.narrow[flag] += 1


def _gate(seen: _Seen) -> NightlyGate | None:
    unstable = tuple(seen.unstable)
    if seen.wide:
        flag = max(seen.wide, key=lambda one: (one.name == "feature", len(seen.wide[one])))
        places = seen.wide[flag]
        place = _place(seen, flag) or places[0]
        name = flag.value or flag.name
        is_feature = flag.name == "feature"
        return NightlyGate(name, is_feature, place, len(places), seen.narrow[flag], unstable)
    if seen.attributes:
        path, attribute = seen.attributes[0]
        return NightlyGate("", False, (path, attribute.span), 0, 0, unstable)
    return None


def _place(seen: _Seen, flag: Cfg) -> Place | None:
    for path, attribute in seen.attributes:
        if not attribute.cfg or flag in _flags(attribute.cfg):
            return path, attribute.span
    return None


def _flags(cfgs: Iterable[Cfg]) -> Iterator[Cfg]:
    """Features and bare flags that have to be set, those below `not` left out."""
    for one in cfgs:
        if one.op == "all":
            yield from _flags(one.args)
        elif one.op == "flag" and (one.name == "feature" or one.value is None):
            yield one


def _says_nightly(flag: Cfg) -> bool:
    text = flag.value or flag.name
    return "nightly" in text or "unstable" in text


def _enabled(function: Function) -> frozenset[str]:
    """CPU features that a function is compiled for."""
    attribute = function.attr("target_feature")
    text = unquoted(options(attribute.tokens).get("enable", "")) if attribute else ""
    return frozenset(part.strip() for part in text.split(",") if part.strip())
