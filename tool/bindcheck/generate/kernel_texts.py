"""The texts that the crate's own reader of kernels knows, for tests to give."""

from __future__ import annotations

from collections.abc import Collection

from bindcheck.generate.context import Facts
from bindcheck.generate.kernel_reading import parsed_kernel, texts_in
from bindcheck.model import MethodCall, Node, Path

BASE = "scalar"
"""The kernel that others are compared with, where a crate has it."""
USUAL = ("auto", "avx2", "avx512", "neon")


def kernel_texts(facts: Facts) -> tuple[str, ...]:
    """The texts that the function which reads kernels compares its argument with, in source order.

    One that compares it with none leaves that to the `FromStr` of the kernels. None where nothing
    compares it by itself.
    """
    ref = facts.kernel_reader()
    found = texts_in(facts.program, ref) if ref is not None else ()
    if found:
        return found
    parsed = parsed_kernel(facts.program, facts.core)
    return parsed.texts if parsed is not None and _parses(facts) else ()


def tried(texts: Collection[str]) -> tuple[str, ...]:
    """The kernels that a test compares with the base: those of the crate, or the usual ones."""
    if not set(texts) - {BASE, *USUAL} and (BASE in texts or not texts):
        return USUAL
    return tuple(one for one in texts if one != BASE)


def _parses(facts: Facts) -> bool:
    """Whether the reader parses its argument, or there is none beside `FromStr`."""
    ref = facts.kernel_reader()
    body = facts.program.body(ref) if ref is not None else None
    return ref is None or (body is not None and any(map(_is_parsing, body.walk())))


def _is_parsing(node: Node) -> bool:
    """`name.parse()` and `Kernel::from_str(name)`."""
    if isinstance(node, MethodCall):
        return node.method == "parse"
    return isinstance(node, Path) and node.last == "from_str"
