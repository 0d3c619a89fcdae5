"""Functions that refuse a name they do not know, and callers that go on as if they had not.

`smoothed("sma", data)` fails for `"smaa"`. Who drops that error gives NaN, or what was there
before, for a misspelt name, and nobody can tell that from a warm-up.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.failing.going_on import dropped, renamed
from bindcheck.analysis.flow.types import FLOATS, RESULTS, SEQUENCES, TEXTS
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.keeping.reads import Memo, remembered
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import is_callable
from bindcheck.fact import fact
from bindcheck.model import (
    Arm,
    Call,
    FieldAccess,
    Function,
    If,
    ItemRef,
    Let,
    Match,
    MethodCall,
    Node,
    Path,
    Return,
    Span,
    Try,
    Unary,
)

IGNORED = "ignored errors"
"""The name under which it is kept what functions below bindings ignore, by file."""
_HANDLES = (
    *(b"Err(_", b"let Ok(", b"let (Ok(", b".ok()", b"unwrap_or_else(|_"),
    *(b"map_err(|_", b"map_err(|e| match"),
)
_DEEPEST = 3
_SAME = frozenset(
    {
        *("as_str", "as_deref", "as_ref", "as_mut", "borrow", "clone", "cloned", "deref", "expect"),
        *("into", "to_ascii_lowercase", "to_lowercase", "to_owned", "to_string", "trim", "unwrap"),
        *("to_ascii_uppercase", "to_uppercase", "unwrap_or", "unwrap_or_default", "unwrap_or_else"),
    }
)


@fact
class Ignored:
    """The error of `callee`, which refuses unknown names, is dropped at `span`.

    `instead` is the error that is given in its place, empty if none is.
    """

    span: Span
    callee: str
    instead: str = ""


def ignored_below(program: Program) -> Iterator[tuple[ItemRef, Ignored]]:
    """Such places below bindings that take texts, as far as their files go."""
    for path in taking_names(program):
        yield from ignored_in_file(program, path)


def taking_names(program: Program) -> list[str]:
    """The files of bindings that take texts."""
    bindings = (one.ref for one in program.entries if is_callable(one) and one.active)
    return sorted({ref.path for ref in bindings if _has_text(program.function(ref))})


@answered(IGNORED)
def ignored_in_file(program: Program, path: str) -> tuple[tuple[ItemRef, Ignored], ...]:
    """Such places of a file below its bindings."""
    refs = [ItemRef(path, index) for index, _ in enumerate(program.modules[path].functions)]
    inner = [one for one in refs if program.entry(one) is None and _is_active(program, one)]
    found = [(ref, one) for ref in inner for one in ignored_in(program, ref)]
    bindings = [one for one in refs if (entry := program.entry(one)) and entry.active]
    reached = _reached(program, bindings) if found else set()
    return tuple((ref, one) for ref, one in found if ref in reached)


def _is_active(program: Program, ref: ItemRef) -> bool:
    return program.active(program.function(ref).cfg, ref.path)


def _reached(program: Program, refs: list[ItemRef]) -> set[ItemRef]:
    """Functions that lead on from others within their files."""
    found = set(refs)
    todo = list(refs)
    while todo:
        ref = todo.pop()
        new = {one for one in program.called(ref) if one.path == ref.path} - found
        found |= new
        todo += new
    return found


def ignored_in(program: Program, ref: ItemRef) -> Iterator[Ignored]:
    """Places of a function where the error of an unknown name is dropped, each once.

    Silent are names that the code has chosen, those that are asked about before, and handlers that
    try something else, tell somebody or end what is done.
    """
    words = _handles(program, ref.path)
    if not words or not program.mentions(ref, words):
        return
    anatomy = anatomy_of(program, ref)
    seen: set[Span] = set()
    for span, targets in program.callees(ref).items() if anatomy is not None else ():
        assert anatomy is not None
        node = anatomy.at(Call, span)
        at = _position(program, targets[0]) if node is not None else None
        if node is None or at is None or at >= len(node.args):
            continue
        names = _names(anatomy, node.args[at])
        found = _ignored(program, ref, anatomy, node, names) if names else None
        if found is None or found[0] in seen:
            continue
        known = _is_told_apart(anatomy, node, names) or _is_checked(program, ref, names)
        if not known and not _is_called_for_some(program, ref, names):
            seen.add(found[0])
            yield Ignored(found[0], program.function(targets[0]).name, found[1])


def _ignored(
    program: Program, ref: ItemRef, anatomy: Anatomy, node: Node, names: set[str]
) -> tuple[Span, str] | None:
    """Where an error is dropped, and which one is given in its place."""
    found = renamed(program, ref, anatomy, node)
    if found is not None:
        return found[0].span, found[1]
    at = dropped(program, ref, anatomy, node, names)
    return (at.span, "") if at is not None else None


@remembered(8)
def _handles(program: Program, path: str) -> tuple[bytes, ...]:
    """Those of the words that a file has: most of them few have."""
    return tuple(one for one in _HANDLES if program.file_mentions(path, (one,)))


def checked_in(program: Program, ref: ItemRef) -> frozenset[str]:
    """Names of texts that a function refuses by itself, or has another function parse."""
    if not program.mentions(ref, (b"Err", b"?")):
        return frozenset()
    anatomy = anatomy_of(program, ref)
    return frozenset() if anatomy is None else frozenset(_checked(program, ref, anatomy))


# --- who refuses ----------------------------------------------------------------------------------


def _has_text(function: Function) -> bool:
    return any(one.type is not None and one.type.names() & TEXTS for one in function.params)


def _gives_data(function: Function) -> bool:
    """Whether a fallible function computes something: a setting may have a default."""
    returns = function.returns
    held = returns.args[0] if returns.name in RESULTS and returns.args else None
    return held is not None and (held.name in SEQUENCES | FLOATS or held.kind == "tuple")


def _position(program: Program, ref: ItemRef) -> int | None:
    """Which argument of a function is a name that it refuses if it does not know it."""
    return _positions(program).of(ref, _find_position, program, ref)


@lru_cache(maxsize=2)
def _positions(program: Program) -> Memo[ItemRef, int | None]:
    del program
    return Memo()


def _find_position(program: Program, ref: ItemRef) -> int | None:
    function = program.function(ref)
    if function.receiver or not _has_text(function) or not _gives_data(function):
        return None
    anatomy = anatomy_of(program, ref) if program.mentions(ref, (b"Err",)) else None
    for index, param in enumerate(function.params) if anatomy is not None else ():
        assert anatomy is not None
        text = param.type is not None and param.type.peel().name in TEXTS
        if text and any(_refuses(one, {param.name}) for one in anatomy.all(Match)):
            return index
    return None


def _refuses(match: Match, names: set[str]) -> bool:
    """Whether a `match` of a text with literals ends in an error."""
    if not _mentioned(match.subject) & names:
        return False
    literal = any(one.pattern.startswith('"') for one in match.arms)
    last = match.arms[-1] if match.arms else None
    return literal and last is not None and _is_fallback(last) and _fails(last.body)


def _is_fallback(arm: Arm) -> bool:
    return arm.pattern.isidentifier() and arm.guard is None


def _fails(node: Node) -> bool:
    return any(
        isinstance(one, Call) and isinstance(one.function, Path) and one.function.last == "Err"
        for one in node.walk()
    )


# --- which name it is -----------------------------------------------------------------------------


def _names(anatomy: Anatomy, node: Node) -> set[str]:
    """What a text is called on its way from a parameter or a field; empty if the code chose it."""
    if isinstance(node, (Unary, Try)):
        return _names(anatomy, node.value)
    if isinstance(node, FieldAccess):
        return {node.name}
    if isinstance(node, MethodCall):
        getter = node.method not in _SAME
        return {node.method} if getter else _names(anatomy, node.receiver)
    if not isinstance(node, Path) or len(node.segments) > 1 or not node.last.islower():
        return set()
    bound = anatomy.binding(node.last, node)
    if bound is None or (bound[1] and _is_unpacked(bound[0])):
        return {node.last}
    found = _names(anatomy, bound[0]) if bound[0] is not None else set()
    return found | {node.last} if found else set()


def _is_unpacked(value: Node | None) -> bool:
    """Whether a value is what a call gives: names that the code has chosen need no call."""
    while isinstance(value, (Try, Unary)):
        value = value.value
    return isinstance(value, (Call, MethodCall)) and bool(value.args)


def _mentioned(node: Node) -> set[str]:
    """Variables, fields and methods without arguments in an expression."""
    found: set[str] = set()
    for one in node.walk():
        if isinstance(one, Path):
            found.add(one.last)
        elif isinstance(one, FieldAccess):
            found.add(one.name)
        elif isinstance(one, MethodCall) and not one.args:
            found.add(one.method)
    return found


def _is_told_apart(anatomy: Anatomy, node: Node, names: set[str]) -> bool:
    """Whether a call is made only for some names: in a branch that was chosen by the text."""
    inner = node
    for outer in anatomy.above(node):
        if isinstance(outer, If) and outer.then is inner and _asks(anatomy, outer, names):
            return True
        if isinstance(outer, Arm) and not _is_fallback(outer):
            match = anatomy.parent(outer)
            if isinstance(match, Match) and _mentioned(match.subject) & names:
                return True
        inner = outer
    return False


def _is_called_for_some(program: Program, ref: ItemRef, names: set[str], depth: int = 1) -> bool:
    """Whether callers of a function in its file that are called do it for some names only."""
    params = program.function(ref).params
    at = next((at for at, one in enumerate(params) if one.name in names), None)
    if at is None or program.function(ref).receiver or program.entry(ref) is not None:
        return False
    calls = [
        (caller, anatomy, call, _names(anatomy, call.args[at]) | _mentioned(call.args[at]))
        for caller, anatomy, call in _calls_of(program, ref)
        if at < len(call.args)
    ]
    return (bool(calls) or depth > 1) and all(
        _is_told_apart(anatomy, call, given)
        or (depth < _DEEPEST and _is_called_for_some(program, caller, given, depth + 1))
        for caller, anatomy, call, given in calls
    )


def _calls_of(program: Program, ref: ItemRef) -> Iterator[tuple[ItemRef, Anatomy, Call]]:
    functions = program.modules[ref.path].functions
    word = (program.function(ref).name.encode(),)
    for index, function in enumerate(functions):
        caller = ItemRef(ref.path, index)
        asked = program.active(function.cfg, ref.path) and program.mentions(caller, word)
        anatomy = anatomy_of(program, caller) if asked else None
        for span, targets in program.callees(caller).items() if anatomy is not None else ():
            call = anatomy.at(Call, span) if anatomy is not None and ref in targets else None
            if anatomy is not None and call is not None:
                yield caller, anatomy, call


def _asks(anatomy: Anatomy, branch: If, names: set[str]) -> bool:
    """Whether a condition looks at a text, itself or by a variable: `is_known`."""
    condition = branch.condition
    if isinstance(condition, Let):
        # `if let Some(name) = name` only unpacks it.
        called = isinstance(condition.value, Call)
        return called and bool(_mentioned(condition) & names)
    asked = _mentioned(condition)
    for one in condition.walk():
        bound = anatomy.binding(one.last, one) if isinstance(one, Path) else None
        if bound is not None and bound[0] is not None:
            asked |= _mentioned(bound[0])
    return bool(asked & names)


def _is_checked(program: Program, ref: ItemRef, names: set[str]) -> bool:
    """Whether some function of the file refuses the text before."""
    functions = program.modules[ref.path].functions
    return any(
        names & checked_in(program, ItemRef(ref.path, index))
        for index, function in enumerate(functions)
        if program.active(function.cfg, ref.path)
    )


def _computes(program: Program, ref: ItemRef) -> bool:
    """Whether a function refuses a name as part of its work, not for those that come after."""
    function = program.function(ref)
    held = function.returns.args[0] if function.returns.args else None
    if held is None or (held.kind == "tuple" and not held.args):
        return False
    makes = held.name in ("Self", function.owner) and held.name != ""
    return program.entry(ref) is None and not makes and _has_text(function)


def _checked(program: Program, ref: ItemRef, anatomy: Anatomy) -> Iterator[str]:
    computes = _computes(program, ref)
    for match in anatomy.all(Match):
        if not computes and _refuses(match, _mentioned(match.subject)):
            yield from _mentioned(match.subject)
    for branch in anatomy.all(If):
        if _only_fails(branch.then):
            yield from _mentioned(branch.condition)
    for attempt in anatomy.all(Try):
        yield from _parsed(program, ref, attempt.value)


def _only_fails(then: Node) -> bool:
    """`{ return Err(..); }`: what a check does."""
    statements = list(then.children())
    last = statements[-1] if statements else None
    value = last.value if isinstance(last, Return) else last
    called = value.function if isinstance(value, Call) else None
    return len(statements) <= 2 and isinstance(called, Path) and called.last == "Err"


def _parsed(program: Program, ref: ItemRef, node: Node) -> Iterator[str]:
    """Names that a fallible call gets alone: `Kind::parse(name)?`, `name.parse()?`."""
    while isinstance(node, MethodCall) and node.method in ("map_err", "ok_or_else", "ok_or"):
        node = node.receiver
    if isinstance(node, MethodCall) and node.method in ("parse", "try_into"):
        yield from _mentioned(node.receiver)
    elif isinstance(node, Call) and len(node.args) == 1 and program.callees(ref).get(node.span):
        yield from _mentioned(node.args[0])
