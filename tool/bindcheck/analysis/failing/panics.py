"""Places of a binding that panic on what a caller may pass, and sizes that overflow."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.costs.reach import reach_of
from bindcheck.analysis.failing.builders import unbuilt
from bindcheck.analysis.failing.chains import PanicAt, in_chains
from bindcheck.analysis.failing.converted import Unpromised, extracting_panics, unpromised
from bindcheck.analysis.failing.extremes import LATER, TRIED, of_odd, with_extremes
from bindcheck.analysis.failing.held import Taken, held_objects
from bindcheck.analysis.failing.kept_bounds import kept_bounds
from bindcheck.analysis.failing.longest import too_long
from bindcheck.analysis.failing.replaced import denied_variants
from bindcheck.analysis.failing.settings import unwrapped_settings
from bindcheck.analysis.failing.stored import kept_zeros
from bindcheck.analysis.failing.texts import cut_texts
from bindcheck.analysis.failing.unequal import unequal_lengths
from bindcheck.analysis.flow.events import OF_TEXT, Allocation, Panic, Place, Region
from bindcheck.analysis.flow.macros import SOMETHING, SOMEWHERE
from bindcheck.analysis.flow.values import Fails
from bindcheck.analysis.keeping.reads import once
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events, is_callable
from bindcheck.analysis.trials.trial import lacks_memory
from bindcheck.fact import fact
from bindcheck.model import (
    Binary,
    Call,
    EntryPoint,
    ItemRef,
    Let,
    Literal,
    Node,
    Path,
    Sequence,
    Span,
)


@fact
class Overflow:
    """A multiplication that sizes an allocation and is not checked, or an addition (`op`).

    `lists`: its factors are the lengths of two lists in memory, so that only a `usize` of 32 bits
    can be too small for it, but for lists of billions. `compared`: it is no size itself, but what
    the size was checked by.
    """

    place: Place
    allocation: Allocation
    op: str = "*"
    lists: bool = False
    compared: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether it is a product of numbers, which large ones are sure to make too large."""
        return self.op == "*" and not (self.lists or self.compared)


_ONCE = frozenset({"lengths", "ragged"})
_LISTS = 2
_RESERVES = "Vec::with_capacity"
_CERTAIN = frozenset({"unwrap", "expect", "empty"})


def panic_paths(program: Program, entry: EntryPoint) -> tuple[PanicAt, ...]:
    """Panics of an entry point, closures included; one for each place and cause."""
    found: dict[tuple[ItemRef, Span, str], PanicAt] = {}
    causes: set[tuple[ItemRef, str, str]] = set()
    checks: set[tuple[ItemRef, str]] = set()
    for panic in _all_panics(program, entry):
        ref = panic.place.ref
        if not program.in_crate(ref.path):
            continue
        cause = (ref, panic.how, panic.cause)
        check = (ref, panic.check)
        if cause in causes or check in checks:
            continue
        if panic.check:
            checks.add(check)
        if panic.cause or panic.how in _ONCE:
            causes.add(cause)
        known = panic.fails >= Fails.HANDED and not _is_left_to_others(program, panic)
        certain = panic.fails is Fails.CALLER and panic.how in _CERTAIN
        apart = panic.how in TRIED or panic.why in OF_TEXT
        place = (ref, panic.place.span, panic.why if apart else "")
        found.setdefault(place, PanicAt(panic, certain, known))
    return in_chains(found.values())


def _is_left_to_others(program: Program, panic: Panic) -> bool:
    """Whether a function of another crate panics under a condition that cannot be told in a line.

    That crate may well have seen to it.
    """
    if not panic.through or panic.why not in (SOMETHING, SOMEWHERE):
        return False
    called = program.callees(panic.place.ref).get(panic.place.span, ())
    return bool(called) and not any(program.in_crate(one.path) for one in called)


def _all_panics(program: Program, entry: EntryPoint) -> Iterator[Panic]:
    kept = tuple(kept_zeros(program, entry))
    for one in with_extremes(program, entry, events(program, entry).panics):
        if one.how != LATER or not kept:
            yield one
    yield from unequal_lengths(program, entry)
    yield from denied_variants(program, entry)
    yield from kept
    yield from kept_bounds(program, entry)
    yield from of_odd(program, entry)
    yield from unwrapped_settings(program, entry)
    for panic, entries in _in_helpers(program):
        if entry in entries:
            yield panic


@once
def _in_helpers(program: Program) -> tuple[tuple[Panic, tuple[EntryPoint, ...]], ...]:
    """Panics that no call of an entry point decides about, and who comes to them."""
    found: list[Panic] = []
    for cut in cut_texts(program):
        why = f"`{cut.bound}` counts bytes"
        found.append(Panic("text", Place(cut.ref, cut.span), Fails.CALLER, why, Region.ATTACHED))
    for made in unbuilt(program):
        why = f"`{made.status}`, which Python has chosen, may be no status"
        place = Place(made.ref, made.span)
        found.append(Panic(made.method, place, Fails.HANDED, why, Region.ATTACHED))
    for one in held_objects(program):
        place = Place(one.ref, one.span)
        found.append(Panic(one.how, place, Fails.HANDED, _of_held(one), Region.ATTACHED))
    for asked in unpromised(program):
        place = Place(asked.ref, asked.span)
        found.append(Panic(asked.how, place, Fails.HANDED, _of_any(asked), Region.ATTACHED))
    found.extend(extracting_panics(program))
    for part in too_long(program):
        long = part.cut
        why = (
            f"`{long.memory}`, which is as long as the longest of `{long.longest}`, "
            f"is cut at the lengths of `{long.others}`"
        )
        how = "slice" if part.ref == long.ref else "unequal"
        place = Place(part.ref, part.span)
        found.append(Panic(how, place, Fails.HANDED, why, Region.ATTACHED))
    return tuple((one, _entered(program, one.place.ref)) for one in found)


def _of_held(taken: Taken) -> str:
    """Why a kept object, or what it gave, may not do what is asked of it."""
    whose = f"the object in `{taken.field}`"
    if taken.name:
        whose = f"`{taken.name}`, which {whose} gave,"
    return f"`{taken.what}` of {whose} may fail" if taken.what else f"{whose} may be of any class"


def _of_any(asked: Unpromised) -> str:
    """Why an object of any class may not do what is asked of it."""
    more = ""
    if asked.more:
        more = f", here and {asked.more} times more" if asked.more > 1 else ", here and once more"
    named = ": any class may have the name that is asked for" if asked.named else ""
    return f"`{asked.what}` of `{asked.object}` may fail{more}{named}"


def _entered(program: Program, ref: ItemRef) -> tuple[EntryPoint, ...]:
    """The entry points that come to a function, or may have another thread come to it."""
    own = program.entry(ref)
    found = (own,) if own is not None else reached_from(program, ref)
    return found or tuple(
        one
        for one in program.entries
        if one.active and is_callable(one) and one.ref.path == ref.path and _spawns(program, one)
    )


def _spawns(program: Program, entry: EntryPoint) -> bool:
    return program.mentions(entry.ref, (b"spawn(",))


def reached_from(program: Program, ref: ItemRef) -> tuple[EntryPoint, ...]:
    """The entry points whose calls lead to a function, in source order; none for one of them."""
    entries = {one.ref: one for one in program.entries if one.active and is_callable(one)}
    if ref in entries:
        return ()
    callers = program.keep("ways to helpers", lambda: _callers(program))
    found = {ref}
    todo = [ref]
    while todo:
        new = set(callers.get(todo.pop(), ())) - found
        found |= new
        todo.extend(new)
    return tuple(entry for one, entry in entries.items() if one in found)


def _callers(program: Program) -> dict[ItemRef, tuple[ItemRef, ...]]:
    """Who calls each function that entry points reach."""
    ways = reach_of(program).ways.items()
    found = {ref: tuple(dict.fromkeys(way.caller for way in known)) for ref, known in ways}
    made = [(one.ref, one.makers) for one in cut_texts(program)]
    made += [(one.ref, one.makers) for one in held_objects(program)]
    for ref, makers in made:
        found[ref] = (*found.get(ref, ()), *makers)
    return found


def overflows(program: Program, entry: EntryPoint) -> tuple[Overflow, ...]:
    """Unchecked products and sums that size allocations: one of each function, a product first."""
    found: dict[ItemRef, Overflow] = {}
    for one in events(program, entry).allocations:
        overflow = _overflow(program, one)
        if overflow is not None:
            known = found.setdefault(overflow.place.ref, overflow)
            if overflow.is_sure and not known.is_sure:
                found[overflow.place.ref] = overflow
    return tuple(found.values())


def _overflow(program: Program, one: Allocation) -> Overflow | None:
    if one.product is None:
        return None
    (ref, span), limits = one.product, one.size.limits
    node = _operation(program, ref, span)
    op = "+" if node is not None and node.span == span and node.op == "+" else "*"
    compared = limits is not None and limits.passed is not None
    if op == "+" and not compared and (one.what == _RESERVES or _is_tried(program, ref, node)):
        # Room for too few is made larger when it is needed.
        return None
    if op == "*" and node is not None and _is_made_before(program, ref, node):
        return None
    chosen = one.size.caller or (limits is not None and limits.wide)
    lists = op == "*" and not chosen and _factors(node) <= _LISTS
    return Overflow(Place(ref, span), one, op, lists, compared)


def _is_made_before(program: Program, ref: ItemRef, node: Binary) -> bool:
    """Whether whoever calls a function has made a matrix for the same number before.

    Where that product wraps, it is there that something happens.
    """
    params = [one.name for one in program.function(ref).params]
    name = _squared(node)
    if name not in params or program.function(ref).receiver:
        return False
    calls = [
        (anatomy, call)
        for way in reach_of(program).ways.get(ref, ())
        if (anatomy := anatomy_of(program, way.caller)) is not None
        if (call := anatomy.at(Call, way.span)) is not None
    ]
    at = params.index(name)
    return bool(calls) and all(_makes_matrix(anatomy, call, at) for anatomy, call in calls)


def _makes_matrix(anatomy: Anatomy, call: Call, at: int) -> bool:
    given = call.args[at] if at < len(call.args) else None
    before = (one for one in anatomy.all(Sequence) if one.span.end <= call.span.start)
    counts = (one.items[-1] for one in before if one.kind == "repeat" and one.items)
    squared = {_squared(one) for one in counts}
    return isinstance(given, Path) and given.last in squared


def _squared(node: Node) -> str:
    """The variable in `n * n`; empty for anything else."""
    if not isinstance(node, Binary) or node.op != "*":
        return ""
    left, right = node.left, node.right
    same = isinstance(left, Path) and isinstance(right, Path) and left.segments == right.segments
    return left.last if same and isinstance(left, Path) and len(left.segments) == 1 else ""


def _is_tried(program: Program, ref: ItemRef, node: Binary | None) -> bool:
    """Whether as much memory is also asked for as the other part of `n + 1` says.

    Nobody gets that for the number that is too large for the sum: not the function itself, nor one
    that it has handed the number before.
    """
    parts = () if node is None else (node.left, node.right)
    names = {one.last for one in parts if isinstance(one, Path) and len(one.segments) == 1}
    anatomy = anatomy_of(program, ref)
    if anatomy is None or not names or not any(isinstance(one, Literal) for one in parts):
        return False
    asked = [one.items[-1] for one in anatomy.all(Sequence) if one.kind == "repeat" and one.items]
    for call in anatomy.all(Call):
        if isinstance(call.function, Path) and call.function.last == "with_capacity":
            asked.extend(call.args)
    same = {one.names[0] for one in anatomy.all(Let) if _is_one_of(one.value, names) and one.names}
    if any(_is_one_of(one, names | same) for one in asked):
        return True
    before = (one for one in anatomy.all(Call) if node and one.span.end <= node.span.start)
    return any(_is_tried_by(program, ref, call, names) for call in before)


def _is_one_of(node: Node | None, names: set[str]) -> bool:
    return isinstance(node, Path) and node.last in names and len(node.segments) == 1


def _is_tried_by(program: Program, ref: ItemRef, call: Call, names: set[str]) -> bool:
    """Whether a function that gets one of these numbers asks for too much for the largest one."""
    places = [at for at, arg in enumerate(call.args) if _is_one_of(arg, names)]
    targets = program.callees(ref).get(call.span, ()) if places else ()
    return any(lacks_memory(program, target, at) for target in targets for at in places)


def _operation(program: Program, ref: ItemRef, place: Span) -> Binary | None:
    """The sum at a place, or the product that goes on around it."""
    body = program.body(ref)
    for node in body.walk() if body is not None else ():
        if isinstance(node, Binary):
            whole = node.op == "*" and node.span.contains(place)
            if whole or (node.op == "+" and node.span == place):
                return node
    return None


def _factors(node: Binary | None) -> int:
    """How many numbers that are no literals are multiplied."""
    return 0 if node is None else sum(not isinstance(one, Literal) for one in _multiplied(node))


def _multiplied(node: Node) -> list[Node]:
    if isinstance(node, Binary) and node.op == "*":
        return [*_multiplied(node.left), *_multiplied(node.right)]
    return [node]
