"""Where an entry point waits while attached, and whether what it waits for needs to attach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.flow.events import Called, Events, Kind, Place, Region, Section, Wait
from bindcheck.analysis.flow.threads import FILE_METHODS
from bindcheck.analysis.flow.types import TEXTS
from bindcheck.analysis.flow.values import Shape, Size, largest
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.effects import Act, Step, effects_of
from bindcheck.analysis.threads.extents import TAKES
from bindcheck.analysis.threads.locks import SWITCHES, Hold, locks_of
from bindcheck.analysis.threads.regions import events, is_callable, item_of
from bindcheck.model import (
    Block,
    Call,
    EntryPoint,
    FieldAccess,
    Function,
    ItemRef,
    Let,
    MethodCall,
    Node,
    Path,
    Span,
    Try,
    Unary,
)
from bindcheck.model.fact import fact

_CHANNELS = frozenset({"channel", "sync_channel", "bounded", "unbounded", "unbounded_channel"})
_RECEIVES = frozenset({"recv", "recv_timeout", "recv_deadline", "blocking_recv"})
_FILE_METHODS = frozenset({"read_to_end", "read_to_string", "read_exact", "write_all", "sync_all"})
_PATHS = TEXTS | {"Path", "PathBuf", "AsRef", "File", "OsStr", "OsString"}
_HARM = (Act.ATTACH, Act.DETACH, Act.PYTHON, Act.WAIT)
_FILE_TYPES = frozenset({"File", "BufReader", "BufWriter", "TcpStream", "UnixStream", "Stdin"})


class Sort(StrEnum):
    """What is waited for."""

    TIME = "time"
    THREAD = "another thread"
    LOCK = "a lock"
    FILE = "a file or the network"
    HELD = "a lock that is kept over a release"


@fact
class Deadlock:
    """A part run by other threads that attach while the one that waits for them is attached.

    `through` is the function that attaches, empty if the part does so itself; `sure` if it was
    followed and not only named.
    """

    section: Section
    through: str
    sure: bool


@fact
class Stall:
    """A wait while attached. `vain`: the other side needs to attach before it is done.

    `why` is what the other side does or, where it does nothing harmful, the function that waits;
    empty if the entry point itself waits.
    """

    sort: Sort
    how: str
    place: Place
    why: str
    vain: bool = False
    sure: bool = True


def deadlocks(program: Program, entry: EntryPoint) -> tuple[Deadlock, ...]:
    """Parallel sections of an entry point that can never end: the first cause of each."""
    seen = events(program, entry)
    found: dict[Place, Deadlock] = {}
    for one in seen.attaches:
        section = _held(one.sections)
        if section is not None:
            inside = one.place.ref == section.place.ref
            name = "" if inside else program.function(one.place.ref).name
            found.setdefault(section.place, Deadlock(section, name, True))
    for call in seen.calls:
        section = _held(call.sections)
        if section is not None and _attaching(program, call):
            name = program.function(call.targets[0]).name
            found.setdefault(section.place, Deadlock(section, name, False))
    return tuple(found.values())


def _held(sections: Iterable[Section]) -> Section | None:
    """The outermost part that an attached thread waits for."""
    return next((one for one in sections if one.waits and one.region is Region.ATTACHED), None)


def _attaching(program: Program, call: Called) -> bool:
    effects = effects_of(program)
    return any(Act.ATTACH in effects.acts(one) for one in call.targets)


def stalls(program: Program, entry: EntryPoint) -> tuple[Stall, ...]:
    """Waits of an entry point while attached: one for each place, one for all files together."""
    found: dict[Place, Stall] = {}
    seen = events(program, entry)
    for wait in seen.waits:
        stall = _stall(program, entry, wait, seen) if wait.region is Region.ATTACHED else None
        if stall is not None and not _of_other(program, entry, wait.place.ref):
            found.setdefault(stall.place, stall)
    for stall in _of_callees(program, entry, seen):
        found.setdefault(stall.place, stall)
    return tuple(_one_for_files(entry, found.values()))


def _of_other(program: Program, entry: EntryPoint, ref: ItemRef) -> bool:
    """Whether a place lies in another entry point, which has the finding itself."""
    other = program.entry(ref)
    return other is not None and other.ref != entry.ref


def _one_for_files(entry: EntryPoint, found: Iterable[Stall]) -> Iterator[Stall]:
    files = [one for one in found if one.sort is Sort.FILE]
    # The first of the binding itself, else of the first helper.
    first = min(files, key=lambda one: _distance(entry, one.place), default=None)
    yield from (one for one in found if one.sort is not Sort.FILE or one == first)


def _distance(entry: EntryPoint, place: Place) -> tuple[bool, ItemRef, Span]:
    return place.ref != entry.ref, place.ref, place.span


def _stall(program: Program, entry: EntryPoint, wait: Wait, seen: Events) -> Stall | None:
    if wait.how in TAKES:
        hold = locks_of(program).at(wait.place)
        return _locked(program, hold, wait) if hold is not None else None
    sort = _sort(wait)
    if sort is None or (wait.how in _RECEIVES and not _has_sender(program, wait, seen)):
        return None
    own = wait.place.ref == entry.ref
    through = "" if own else f"in `{item_of(program, wait.place.ref)}`"
    place = wait.place if own else wait.via or wait.place
    if sort is Sort.THREAD and _other_side_attaches(program, entry):
        return Stall(sort, wait.how, place, "a thread it may wait for attaches", True)
    return Stall(sort, wait.how, place, through, sure=sort is not Sort.FILE)


def _sort(wait: Wait) -> Sort | None:
    name = wait.how.rsplit("::", 1)[-1]
    if name in ("sleep", "sleep_ms"):
        return Sort.TIME
    if name in _FILE_METHODS and isinstance(wait.node, MethodCall):
        type_ = wait.value.type
        return Sort.FILE if type_ is not None and type_.names() & _FILE_TYPES else None
    named = isinstance(wait.node, Call) or name in FILE_METHODS
    return Sort.FILE if named else Sort.THREAD


def _locked(program: Program, hold: Hold, wait: Wait) -> Stall | None:
    """A lock is waited for in vain if who holds it needs the interpreter meanwhile."""
    rivals = locks_of(program).rivals(hold)
    if not rivals:
        return _kept(program, hold, wait)
    # Of two that take the same lock before this one, neither waits for the other here.
    rivals.sort(key=lambda one: (_HARM.index(one.act), not one.direct))
    worst = min(rivals, key=lambda one: bool(one.under & hold.under))
    text = f"`{item_of(program, worst.place.ref)}` {worst.act} (`{worst.why}`) while it holds it"
    sure = worst.direct and worst.act is not Act.PYTHON
    return Stall(Sort.LOCK, wait.how, wait.place, text, worst.act in SWITCHES, sure)


def _kept(program: Program, hold: Hold, wait: Wait) -> Stall | None:
    """Who keeps a lock over a release attaches again with it, and others wait for it attached."""
    waiting = locks_of(program).waiting(hold) if hold.act is Act.DETACH else []
    if not waiting:
        return None
    text = f"(`{hold.why}`), and `{item_of(program, waiting[0].place.ref)}` waits for it attached"
    return Stall(Sort.HELD, wait.how, wait.place, text, True, hold.direct)


def _has_sender(program: Program, wait: Wait, seen: Events) -> bool:
    """Whether the other end of a channel may be on another thread.

    The sender of a channel made in the same function is, once something is spawned there.
    """
    body = program.body(wait.place.ref)
    receiver = wait.node.receiver if isinstance(wait.node, MethodCall) else None
    name = receiver.last if isinstance(receiver, Path) else ""
    if body is None or not _makes_channel(body, name):
        return True
    return any(one.kind is Kind.SPAWN for one in seen.works)


def _makes_channel(body: Block, receiver: str) -> bool:
    return any(
        isinstance(node, Let)
        and receiver in node.names
        and isinstance(node.value, Call)
        and isinstance(node.value.function, Path)
        and node.value.function.last in _CHANNELS
        for node in body.walk()
    )


def _other_side_attaches(program: Program, entry: EntryPoint) -> bool:
    """Whether a thread that the entry point or its class starts attaches."""
    for one in program.entries:
        same = entry.class_ref is not None and one.class_ref == entry.class_ref
        related = one.ref == entry.ref or (same and is_callable(one))
        if related and _workers_attach(program, events(program, one)):
            return True
    return False


def _workers_attach(program: Program, seen: Events) -> bool:
    if any(_spawned(one.sections) for one in seen.attaches):
        return True
    return any(_spawned(one.sections) and _attaching(program, one) for one in seen.calls)


def _spawned(sections: Iterable[Section]) -> bool:
    return any(not one.waits for one in sections)


def _of_callees(program: Program, entry: EntryPoint, seen: Events) -> Iterator[Stall]:
    """Calls of functions that come to a wait which the evaluation of the entry has not followed.

    These are functions that get a path and come to a file, also where a helper calls them, and
    those that get nothing array-sized.
    """
    effects = effects_of(program)
    known = {one.via for one in seen.waits}
    for call in seen.calls:
        away = call.region is not Region.ATTACHED or call.sections or call.place in known
        own = call.place.ref == entry.ref
        helper = not (own or away) and _is_helper(program, call.place.ref)
        if away or not (own or (helper and _hands_path(program, call))):
            continue
        for target in call.targets:
            function = program.function(target)
            path = _gets_path(function) or _opens_own(program, target)
            small = own and largest(call.args) < Size.UNKNOWN
            acts = effects.acts(target) if path or small else frozenset()
            if program.entry(target) is not None or not acts & {Act.IO, Act.WAIT}:
                continue
            if path and Act.IO in acts:
                yield Stall(Sort.FILE, function.name, call.place, "", sure=False)
            elif small and Act.WAIT in acts:
                yield Stall(Sort.THREAD, function.name, call.place, "", sure=False)


def _hands_path(program: Program, call: Called) -> bool:
    """Whether a call hands on a path: a text beside data says rather what to do with it."""
    if any(_opens_own(program, one) for one in call.targets):
        return True
    size = largest(call.args)
    if size < Size.UNKNOWN and any(one.shape is Shape.TEXT for one in call.args):
        return True
    params = program.function(call.targets[0]).params if size < Size.DATA else ()
    return any(one.type is not None and one.type.names() & _PATHS - TEXTS for one in params)


def _is_helper(program: Program, ref: ItemRef) -> bool:
    return program.in_crate(ref.path) and program.entry(ref) is None


def _gets_path(function: Function) -> bool:
    types = [one.type for one in function.params if one.type is not None]
    return any(one.names() & _PATHS or "Path" in function.generics for one in types)


def _opens_own(program: Program, ref: ItemRef) -> bool:
    """Whether a method opens files of which its object knows the names: `builder.build()`.

    One of the crate itself is found where it opens them.
    """
    effects, body = effects_of(program), None
    member = not program.in_crate(ref.path) and program.function(ref).receiver
    if member and Act.IO in effects.acts(ref):
        body = program.body(ref)
    steps = effects.within(ref, body) if body is not None else ()
    return any(
        _is_own(program, ref, name)
        for step in steps
        if Act.IO in effects.of_step(step)
        for name in _file_names(program, step)
    )


def _file_names(program: Program, step: Step) -> Iterator[Node]:
    """The arguments of a call that may name the file it opens."""
    args = step.node.args if isinstance(step.node, (Call, MethodCall)) else ()
    if not step.targets:
        yield from args[:1]
    for target in step.targets:
        params = program.function(target).params
        for param, arg in zip(params, args, strict=False):
            if param.type is not None and param.type.names() & _PATHS:
                yield arg


def _is_own(program: Program, ref: ItemRef, name: Node) -> bool:
    """Whether a variable or a field is, or was taken out of, what `self` has."""
    anatomy = anatomy_of(program, ref)
    while isinstance(name, Unary):
        name = name.value
    if isinstance(name, Path) and len(name.segments) == 1 and anatomy is not None:
        bound = anatomy.binding(name.last, name)
        return bound is not None and bound[0] is not None and _is_of_self(bound[0])
    return isinstance(name, FieldAccess) and _is_of_self(name)


def _is_of_self(node: Node) -> bool:
    while isinstance(node, (FieldAccess, MethodCall, Unary, Try)):
        node = node.base if isinstance(node, FieldAccess) else _inner(node)
    return isinstance(node, Path) and node.segments == ("self",)


def _inner(node: MethodCall | Unary | Try) -> Node:
    return node.receiver if isinstance(node, MethodCall) else node.value
