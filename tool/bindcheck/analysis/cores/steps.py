"""Functions that seem to be a step of a core, or one of its machine variants: by what they say."""

from __future__ import annotations

from bindcheck.analysis.cores.shapes import series_element, unwrap_option
from bindcheck.model import Function

_NAMES = frozenset(
    """
    scalar simd simd128 avx avx2 avx512 avx512f sse sse2 sse41 neon wasm row rows kernel kernels
    inner impl unchecked helper chunk lane lanes tile
    """.split()  # noqa: SIM905 (a list of words reads better than a list of strings)
)
_PARAMS = frozenset({"first", "warm", "warmup", "weights", "stride", "inv_n", "offset_out"})


def step_word(item: Function, name: str = "", *, arrays: bool = True) -> str:
    """What names of a function tell of a step: `` `row` in its name ``; empty if none does.

    That is a guess. What a binding calls is known to be more than a step. `name`: that part of its
    name which counts. `arrays`: those that it takes count as well, by what they are called. Beside
    a struct of parameters an array is one that somebody gives, and so is what may be left out.
    """
    for word in (name or item.name).split("_"):
        if word in _NAMES:
            return f"`{word}` in its name"
    for param in item.params:
        left_out = param.type is not None and unwrap_option(param.type)[1]
        counts = arrays or param.type is None or series_element(param.type) is None
        if counts and not left_out and param.name.lstrip("_") in _PARAMS:
            return f"its parameter `{param.name}`"
    return ""


def step_sign(item: Function) -> str:
    """What says that a function is a step of something else: names, or how it is compiled."""
    inlined = item.attr("inline")
    if item.attr("target_feature") is not None:
        return "its `#[target_feature]`"
    if item.attr("test") is not None:
        return "its `#[test]`"
    if inlined is not None and "always" in inlined.tokens:
        return "its `#[inline(always)]`"
    return step_word(item)


def is_step(item: Function) -> bool:
    """Whether names or attributes say that a function is a step of something else."""
    return bool(step_sign(item))
