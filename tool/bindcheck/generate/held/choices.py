"""Whether what gives the values of an array gives them in every case, and as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bindcheck.generate.held.evidence import Known
from bindcheck.generate.held.statements import is_error
from bindcheck.generate.held.symbols import Array, Code, Several, Symbol
from bindcheck.model import (
    Block,
    Call,
    Closure,
    If,
    Let,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Return,
    Try,
    Unary,
)

_SHOWS = frozenset(
    {
        *("as_array", "as_deref", "as_ref", "as_slice", "as_slice_memory_order", "clone", "cloned"),
        *("copied", "expect", "into_owned", "into_raw_vec", "map", "map_err", "ok", "readonly"),
        *("to_owned", "to_owned_array", "to_vec", "transpose", "unwrap"),
    }
)
"""Methods that give what they are called on as it is."""

_COPY = re.compile(
    r"\.to_vec\(\)|\.iter\(\)\.(?:copied|cloned)\(\)\.collect(?:::<Vec<\w+>>)?\(\)(?:\.into\(\))?"
)
"""All the numbers of a slice, in memory of their own."""


def is_carried(node: MethodCall) -> bool:
    """Whether a method that could give other numbers than those of an array does not."""
    return node.method != "unwrap_or_default" and (node.method != "map" or is_identity(*node.args))


def is_identity(*args: Node) -> bool:
    """Whether a function, the only argument, gives what it is given: `|v| *v`, `Vec::to_vec`."""
    function = args[0] if len(args) == 1 else None
    if isinstance(function, Path):
        return function.last in _SHOWS | {"Ok", "Some"}
    if not isinstance(function, Closure):
        return False
    own = {name for param in function.params for name in param.names}
    return len(function.params) == len(own) == 1 and _shows(function.body, own)


def _shows(body: Node, own: set[str]) -> bool:
    """Whether a value is made of nothing but some variables, and those that are made of them."""
    texts = {
        id(arg)
        for node in body.walk()
        if isinstance(node, MethodCall) and node.method in ("expect", "map", "map_err")
        for arg in node.args
    }
    return _is_shown(body, own, texts)


def _is_shown(node: Node, own: set[str], texts: set[int]) -> bool:
    if isinstance(node, Path):
        return node.text in own
    if isinstance(node, MethodCall):
        given = node.method != "map" or is_identity(*node.args)
        rest = [arg for arg in node.args if id(arg) not in texts]
        return given and node.method in _SHOWS and not rest and _is_shown(node.receiver, own, texts)
    if isinstance(node, Call):
        made = isinstance(node.function, Path) and node.function.text in ("Ok", "Some")
        return made and len(node.args) == 1 and _is_shown(node.args[0], own, texts)
    if isinstance(node, Block):
        return node.tail and all(_is_step(one, own, texts) for one in node.statements)
    if isinstance(node, Unary):
        return node.op in ("&", "*") and _is_shown(node.value, own, texts)
    return isinstance(node, Try) and _is_shown(node.value, own, texts)


def _is_step(node: Node, own: set[str], texts: set[int]) -> bool:
    """A statement: a variable that is one of those to come, or the value."""
    if not isinstance(node, Let):
        return _is_shown(node, own, texts)
    plain = node.value is not None and node.otherwise is None and not node.mutable
    if not plain or node.value is None or not _is_shown(node.value, own, texts):
        return False
    own.update(node.names)
    return True


def mixes(node: If | Match, subject: Symbol, values: Sequence[Symbol], known: Known) -> bool:
    """Whether a choice gives the values of an array in some cases, and other numbers in others.

    `values` are those of its branches, `subject` what a match is about. A branch that ends the body
    gives none, nor does None: whoever asks for what is inside has the array in the other case.
    """
    held = [one for one in values if _is_held(one)]
    if not held or (isinstance(node, If) and node.otherwise is None):
        return False
    wanted = subject if isinstance(subject, Array) else held[0]
    return any(
        not _is_same(value, wanted, known)
        and not _ends(branch)
        and not (isinstance(value, Code) and value.text == "None")
        for branch, value in zip(_branches(node), values, strict=True)
    )


def _is_held(value: Symbol) -> bool:
    """Arrays, alone or several of them."""
    if isinstance(value, Several):
        return bool(value.items) and all(isinstance(one, Array) for one in value.items)
    return isinstance(value, Array)


def _is_same(value: Symbol, wanted: Symbol, known: Known) -> bool:
    """Whether a value is all of an array, as it is or copied."""
    if not isinstance(value, Code) or not isinstance(wanted, Array):
        return value == wanted
    text, variable = "".join(value.text.split()).removeprefix("&"), known.variable(wanted.argument)
    return text.startswith(variable) and _COPY.fullmatch(text, len(variable)) is not None


def _branches(node: If | Match) -> tuple[Node, ...]:
    if isinstance(node, Match):
        return tuple(arm.body for arm in node.arms)
    return (node.then,) if node.otherwise is None else (node.then, node.otherwise)


def _ends(node: Node) -> bool:
    """Whether a branch ends in an error or a panic, not in a value."""
    if isinstance(node, Block) and node.statements:
        return _ends(node.statements[-1])
    if isinstance(node, Try):
        return is_error(node.value)
    panics = isinstance(node, MacroCall) and node.path in ("panic", "unreachable")
    return panics or isinstance(node, Return) or is_error(node)
