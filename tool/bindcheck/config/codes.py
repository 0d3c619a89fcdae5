"""Rule codes and prefixes as people write them: `BC201`, `BC2`, `ALL`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_CODE = re.compile(r"ALL|BC\d{0,3}")


def covers(prefix: str, code: str) -> bool:
    """Whether a code or prefix means the rule with this code."""
    return prefix == "ALL" or code.startswith(prefix)


def is_known(prefix: str, known: Collection[str]) -> bool:
    """Whether a code or prefix means any rule."""
    return bool(_CODE.fullmatch(prefix)) and any(covers(prefix, code) for code in known)


def code_complaint(codes: Iterable[str], known: Collection[str] | None) -> str | None:
    """What is wrong with the first bad code or prefix, if one is bad."""
    for code in codes:
        if not _CODE.fullmatch(code):
            return f"{code!r} is not a rule code or prefix such as BC201 or BC2"
        if known is not None and not is_known(code, known):
            return f"no rule has the code {code!r}{nearest(code, known)}"
    return None


def nearest(word: str, known: Iterable[str]) -> str:
    """`, did you mean 'x'?`, or nothing."""
    # Loaded only where a word is wrong.
    from difflib import get_close_matches

    found = get_close_matches(word, sorted(known), 1)
    return f", did you mean {found[0]!r}?" if found else ""
