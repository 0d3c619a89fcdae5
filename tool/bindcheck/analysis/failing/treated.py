"""What becomes of the error of a call: passed on, replaced, swallowed, or raised as a class."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from bindcheck.analysis.anatomy import Anatomy
from bindcheck.analysis.failing.raising import Raising, is_wrong, mentions
from bindcheck.fact import record
from bindcheck.model import (
    Arm,
    Assign,
    Await,
    Block,
    Call,
    Closure,
    Gated,
    If,
    Let,
    Literal,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Return,
    Sequence,
    Try,
    Unary,
)

_DETACH = frozenset({"allow_threads", "detach", "install", "in_place_scope"})
_DEFAULTS = frozenset({"unwrap_or", "unwrap_or_default", "unwrap_or_else", "map_or", "map_or_else"})
_OPTIONS = frozenset({"ok_or", "ok_or_else"})
_STOPS = frozenset({"or", "or_else", "unwrap", "expect", "is_ok", "is_err", "err", "unwrap_err"})


class Loss(StrEnum):
    """What is lost of an error."""

    MESSAGE = "message"
    SWALLOWED = "swallowed"
    IGNORED = "ignored"
    PRINTED = "printed"
    DROPPED = "dropped"
    DISCARDED = "discarded"
    RESTORED = "restored"
    MADE_UP = "made up"
    TEXT = "text"
    KIND = "kind"
    FILE = "file"
    CLASS = "class"
    OTHER_CLASS = "other class"


@record
class _Treated:
    """What one function does with the error of one call."""

    raising: Raising
    found: list[tuple[Loss, Node, str]] = field(default_factory=list)

    @property
    def anatomy(self) -> Anatomy:
        """The body it is done in."""
        return self.raising.anatomy

    def raised(self, node: Node) -> list[str]:
        """Exception classes that an expression names."""
        return self.raising.raised(node)

    def raises(self, name: str, node: Node) -> None:
        """Note what an error is turned into, message and all."""
        self.note(Loss.CLASS if is_wrong(name) else Loss.OTHER_CLASS, node, name)

    def note(self, loss: Loss, node: Node, detail: str = "") -> None:
        self.found.append((loss, node, detail))


def treatment(raising: Raising, node: Node) -> list[tuple[Loss, Node, str]]:
    """What a function does with the error of the call `node`: sort, place, and what it names."""
    treated = _Treated(raising)
    _climb(treated, node)
    return treated.found


def _climb(treated: _Treated, node: Node, *, option: bool = False) -> None:
    """Follow a `Result` (or the `Option` it was turned into) up to what ends it."""
    outer = treated.anatomy.parent(node)
    if isinstance(outer, MethodCall) and outer.receiver is node:
        _called_on(treated, outer, option=option)
    elif isinstance(outer, Closure):
        ran = _where_run(treated.anatomy, outer)
        if ran is not None:
            _climb(treated, ran, option=option)
    elif isinstance(outer, Let):
        _bound(treated, outer, option=option)
    elif isinstance(outer, Match) and outer.subject is node:
        _matched(treated, outer)
    elif isinstance(outer, Block):
        _in_block(treated, outer, node, option=option)
    elif isinstance(outer, (Arm, If, Gated, Match)):
        _climb(treated, outer, option=option)
    elif isinstance(outer, Assign) and isinstance(outer.target, Path) and outer.target.last == "_":
        treated.note(Loss.DISCARDED, outer)


def _where_run(anatomy: Anatomy, closure: Closure) -> Node | None:
    """The expression that has the value of a closure: a release, or a task that is awaited."""
    method = anatomy.parent(closure)
    if not isinstance(method, MethodCall) or method.method in _DETACH:
        return method if isinstance(method, MethodCall) else None
    awaited = anatomy.parent(method) if method.method == "spawn_blocking" else None
    joined = anatomy.parent(awaited) if isinstance(awaited, Await) else None
    return joined if isinstance(joined, (MethodCall, Try)) else None


def _called_on(treated: _Treated, outer: MethodCall, *, option: bool) -> None:
    method = outer.method
    if method == "map_err" and outer.args and not option:
        _mapped(treated, outer)
    elif method == "ok":
        _climb(treated, outer, option=True)
    elif method in _DEFAULTS:
        if _is_default(outer, option=option):
            treated.note(Loss.SWALLOWED, outer)
    elif option and method in _OPTIONS:
        raised = treated.raised(outer)
        if raised:
            treated.note(Loss.MESSAGE, outer, raised[0])
    elif method not in _STOPS:
        _climb(treated, outer, option=option)


def _mapped(treated: _Treated, outer: MethodCall) -> None:
    target = treated.raising.resolved(outer.args[0])
    raised = treated.raised(target)
    if isinstance(target, Closure) and raised:
        names = [name for param in target.params for name in param.names]
        if not any(mentions(target.body, name) for name in names):
            treated.note(Loss.MESSAGE, outer, raised[0])
            return
    if len(raised) == 1:
        treated.raises(raised[0], outer)


def _is_default(outer: MethodCall, *, option: bool) -> bool:
    """Whether a value that was written down takes the place of the result."""
    if outer.method == "unwrap_or_default":
        return True
    if not outer.args:
        return False
    first = outer.args[0]
    if isinstance(first, Closure):
        names = [name for param in first.params for name in param.names]
        unused = option or not any(mentions(first.body, name) for name in names)
        return unused and _is_plain(first.body)
    return _is_plain(first)


def _is_plain(node: Node) -> bool:
    """Whether an expression is made of constants: no other way to the same result."""
    if isinstance(node, Block):
        return len(node.statements) == 1 and _is_plain(node.statements[0])
    if isinstance(node, Call):
        return not node.args or all(_is_plain(arg) for arg in node.args)
    if isinstance(node, MacroCall):
        return node.path == "vec"
    if isinstance(node, Unary):
        return _is_plain(node.value)
    if isinstance(node, Sequence):
        return all(_is_plain(item) for item in node.items)
    if isinstance(node, Path):
        return node.last == "None" or node.last.isupper()
    return isinstance(node, Literal)


def _bound(treated: _Treated, let: Let, *, option: bool) -> None:
    if let.pattern.strip() == "_":
        treated.note(Loss.DISCARDED, let)
    elif let.pattern.startswith("Ok") and let.otherwise is not None:
        raised = treated.raised(let.otherwise)
        if raised:
            treated.note(Loss.MESSAGE, let, raised[0])
    elif len(let.names) == 1 and not let.pattern.startswith(("Ok", "Some", "Err")):
        for path in treated.anatomy.all(Path):
            used = path.segments == let.names and path.span.start > let.span.end
            if used and not isinstance(treated.anatomy.parent(path), Let):
                _climb(treated, path, option=option)


def _matched(treated: _Treated, match: Match) -> None:
    for arm in match.arms:
        if not arm.pattern.startswith(("Err", "_")) or "::" in arm.pattern:
            continue
        raised = treated.raised(arm.body)
        if any(mentions(arm.body, name) for name in arm.names):
            if len(raised) == 1:
                treated.raises(raised[0], arm.body)
        elif raised:
            treated.note(Loss.MESSAGE, arm.body, raised[0])
        elif _is_plain(returned(arm.body)):
            treated.note(Loss.SWALLOWED, arm.body)


def returned(node: Node) -> Node:
    """What an arm or a handler gives, out of `return Ok(..)` and blocks."""
    if isinstance(node, Block) and len(node.statements) == 1:
        return returned(node.statements[0])
    if isinstance(node, Return) and node.value is not None:
        return returned(node.value)
    return node


def _in_block(treated: _Treated, block: Block, node: Node, *, option: bool) -> None:
    if block.tail and block.statements and block.statements[-1] is node:
        _climb(treated, block, option=option)
    elif isinstance(node, MethodCall) and node.method == "ok":
        treated.note(Loss.DISCARDED, node)
