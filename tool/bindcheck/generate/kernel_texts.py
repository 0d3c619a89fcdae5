"""The texts that the crate's own reader of kernels knows, for tests to give."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindcheck.generate.context import Facts
from bindcheck.model import Binary, Literal, Match, MethodCall, Node

BASE = "scalar"
"""The kernel that others are compared with, where a crate has it."""
USUAL = ("auto", "avx2", "avx512", "neon")
_QUOTED = re.compile(r'"([^"\\]*)"')
_MOST = 8


def kernel_texts(facts: Facts) -> tuple[str, ...]:
    """The texts that the function which reads kernels compares its argument with, in source order.

    None where it does not compare it with any by itself.
    """
    ref = facts.kernel_reader()
    body = facts.program.body(ref) if ref is not None else None
    found = [text for node in body.walk() for text in _texts(node)] if body is not None else []
    return tuple(dict.fromkeys(text for text in found if text))[:_MOST]


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node, Match):
        for arm in node.arms:
            yield from _QUOTED.findall(arm.pattern)
    asked = list[Node]()
    if isinstance(node, Binary) and node.op == "==":
        asked = [node.left, node.right]
    elif isinstance(node, MethodCall) and node.method in ("eq", "eq_ignore_ascii_case"):
        asked = list(node.args)
    for one in asked:
        if isinstance(one, Literal):
            yield from _QUOTED.findall(one.text)
