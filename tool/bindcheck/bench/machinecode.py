"""What else than the binding two sides may differ in that call one function, and what to do."""

from __future__ import annotations

import json
from contextlib import suppress

_INLINE = "`#[inline]` or `#[inline(never)]` on the core makes both sides alike"
_FULL = ("fat", True)
_MANY_PAGES = 64.0
"""Page faults per call from which on one side's memory tells in the time of a call."""


def is_laid_out_once(profile: str) -> bool:
    """Whether a profile, as `Provenance.profile` gives it, has full LTO with one codegen unit.

    Both sides run the same machine code then.
    """
    settings = {}
    with suppress(json.JSONDecodeError):
        settings = json.loads(profile.partition(" ")[2] or "{}")
    return settings.get("lto") in _FULL and settings.get("codegen-units") == 1


def made_alike(profile: str) -> str:
    """How both sides come to run the same machine code."""
    return (
        _INLINE
        if is_laid_out_once(profile)
        else f'{_INLINE}, and so does full LTO (`lto = "fat"`) with one codegen unit'
    )


def why_faster(profile: str, faults_a: float, faults_b: float) -> str:
    """What it means that a binding came out faster than the function that it calls.

    `faults_a` and `faults_b` are the page faults per call of the binding and of the function.
    """
    told = "no property of the binding's code, which calls the same function"
    more = faults_b - faults_a
    if more >= _MANY_PAGES and faults_b >= 2.0 * faults_a:
        return (
            f"{told}: the native call gets its memory in {more:,.0f} more page faults "
            "(large NumPy arrays have huge pages where the system lets them)"
        )
    return (
        f"{told}: the compiler has made other machine code of it there (inlined, say); "
        f"{made_alike(profile)}"
    )
