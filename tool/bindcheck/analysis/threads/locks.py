"""How long each lock is held, what happens meanwhile, and who may wait for it in vain.

A thread that waits for a lock while it is attached keeps every other thread from attaching. If the
holder of the lock needs to attach before it lets go, both wait for ever.
"""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.keeping.reads import once
from bindcheck.analysis.linking.handed import Handed
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.carriers import Carriers, run_on
from bindcheck.analysis.threads.effects import Act, Step, children_of, effects_of, spawned, walk
from bindcheck.analysis.threads.extents import (
    binds,
    borrowed_through,
    guard_of,
    head_of,
    iterates,
    takes,
    until_dropped,
)
from bindcheck.analysis.threads.lock_sharing import LockSharing
from bindcheck.analysis.threads.lock_types import Lock, LockTypes, Variables
from bindcheck.analysis.threads.lock_variants import only, spares
from bindcheck.model import (
    Block,
    Call,
    Closure,
    FieldAccess,
    Function,
    If,
    ItemRef,
    Let,
    Loop,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Span,
)
from bindcheck.model.fact import fact, replace

ALL_HOLDS = "all holds"
"""The name under which it is kept where locks are held at all."""
_SHARED = frozenset({"read", "blocking_read", "read_py_attached"})
_CLONES = frozenset({"clone", "cloned", "to_vec", "to_owned"})
SWITCHES = frozenset({Act.ATTACH, Act.DETACH, Act.PYTHON})
"""Acts for which the holder of a lock needs the interpreter before it goes on."""
_HARMS = SWITCHES | {Act.WAIT}
_ORDER = (Act.ATTACH, Act.DETACH, Act.PYTHON, Act.WAIT)
_Harm = tuple[Act | None, str, bool]


@fact
class Hold:
    """A place that takes a lock, and what may happen until it lets go.

    `shared` for a read lock. `act` is the most harmful act, None for a harmless hold; `why` names
    the call that leads to it, `direct` tells that this call does it itself. `owner` is the type
    whose `self` the lock is reached through, `alone` that nobody else can borrow it meanwhile.
    `field` is the outermost field on the way to the lock, with its struct: `Store.state`. `under`
    are the locks that are held alone around it in the same function. `attached`: it is taken
    while attached. `variant` is that of the enum in the lock that all is about, if it is one.
    """

    lock: Lock
    place: Place
    shared: bool
    act: Act | None
    why: str
    direct: bool
    owner: str
    alone: bool
    field: str
    under: frozenset[str] = frozenset()
    attached: bool = False
    variant: str = ""

    def apart(self, other: Hold) -> bool:
        """Whether borrows keep the two from happening at once: one of them is `&mut self`.

        That is so for a lock that no two values have in common.
        """
        same = self.field == other.field if self.field else self.owner == other.owner
        return same and (self.alone or other.alone)


class Locks:
    """All holds of a program."""

    def __init__(self, program: Program):
        self._program = program
        self._sharing = LockSharing(program, _tools(program)[0])
        self._holds: dict[str, list[Hold]] = {}
        self._at: dict[tuple[str, Span], Hold] = {}
        for hold in program.keep(ALL_HOLDS, lambda: tuple(_all(program))):
            self._holds.setdefault(hold.lock.key, []).append(hold)
            self._at[hold.place.ref.path, hold.place.span] = hold

    def at(self, place: Place) -> Hold | None:
        """The hold that begins with the call at `place`."""
        return self._at.get((place.ref.path, place.span))

    def rivals(self, hold: Hold) -> list[Hold]:
        """Holds of the same lock that exclude this one and do something to wait for meanwhile."""
        harmful = (one for one in self._exclusive(hold) if one.act is not None)
        return [one for one in harmful if not self._spares(one, hold)]

    def _spares(self, one: Hold, other: Hold) -> bool:
        """Whether what happens in one hold does not happen to the variant the other is about."""
        content = one.lock.content
        return spares(self._program, one.place.ref, content, other.variant, one.why)

    def waiting(self, hold: Hold) -> list[Hold]:
        """Places that wait for the lock of a hold while attached."""
        return [one for one in self._exclusive(hold) if one.attached]

    def _exclusive(self, hold: Hold) -> Iterator[Hold]:
        """Holds of the same lock that two threads may not have at once."""
        for one in self._holds.get(hold.lock.key, ()):
            free = one.apart(hold) and not (hold.field and self._sharing.is_shared(hold.field))
            other = one.field != hold.field and self._are_owned(one.field, hold.field)
            if not (free or other or (one.shared and hold.shared)):
                yield one

    def _are_owned(self, *fields: str) -> bool:
        """Whether each of the fields holds a lock of its own: two of them are two locks."""
        return all(one and self._sharing.is_owned(one) for one in fields)


def _all(program: Program) -> Iterator[Hold]:
    for path, module in program.modules.items():
        for index, function in enumerate(module.functions):
            if program.active(function.cfg, path):
                yield from holds_in(program, ItemRef(path, index))


@answered("holds of locks")
def holds_in(program: Program, ref: ItemRef) -> tuple[Hold, ...]:
    """The holds of one function."""
    body = program.body(ref)
    if body is None or not _may_take(program, ref, body):
        return ()
    attached = program.entry(ref) is not None or _has_token(program.function(ref))
    return tuple(_Scan(program, *_tools(program), ref).run(body, attached))


def _may_take(program: Program, ref: ItemRef, body: Block) -> bool:
    """Whether a body takes locks, also in what its macro calls stand for."""
    for node in body.walk():
        if takes(node):
            return True
        if isinstance(node, MacroCall):
            expanded = program.expansion(ref, node)
            if expanded is not None and any(map(takes, walk(program, ref, expanded))):
                return True
    return False


@once
def _tools(program: Program) -> tuple[LockTypes, Handed, Carriers]:
    """What every function is looked at with."""
    types = LockTypes(program)
    return types, Handed(program, effects_of(program)), Carriers(program, types)


@fact
class _At:
    """Where a scan is: the statement with its temporaries, what follows it, whether attached."""

    statement: Node
    rest: tuple[Node, ...]
    attached: bool


class _Scan:
    """One pass over a body that finds the holds."""

    def __init__(
        self,
        program: Program,
        types: LockTypes,
        handed: Handed,
        carriers: Carriers,
        ref: ItemRef,
    ):
        self._program = program
        self._types = types
        self._effects = handed.effects
        self._handed = handed
        self._carriers = carriers
        self._ref = ref
        self._variables = Variables(types, program, ref)
        self._token = False
        self._found: list[Hold] = []
        self._extents: list[tuple[Hold, int, int]] = []

    def run(self, body: Block, attached: bool) -> list[Hold]:
        """All holds of the body; `attached` where it begins."""
        self._token = attached
        self._node(body, _At(body, (), attached))
        return [replace(one, under=frozenset(self._around(one))) for one in self._found]

    def _around(self, hold: Hold) -> Iterator[str]:
        for other, start, end in self._extents:
            if not other.shared and start <= hold.place.span.start < end:
                yield other.lock.key

    def _node(self, node: Node, at: _At) -> None:
        if isinstance(node, Block):
            self._block(node, at)
            return
        if isinstance(node, (Let, Loop, Match, MethodCall)):
            self._variables.take(node)
        if isinstance(node, Let):
            self._let(node, at)
        elif isinstance(node, (If, Match, Loop)):
            self._branch(node, at)
        elif isinstance(node, Closure):
            self._node(node.body, _At(node.body, (), at.attached))
        else:
            if takes(node):
                self._hold(node, (at.statement,), at)
            for child in children_of(self._program, self._ref, node):
                self._node(child, self._child(node, child, at))

    def _block(self, node: Block, at: _At) -> None:
        for index, one in enumerate(node.statements):
            self._node(one, _At(one, node.statements[index + 1 :], at.attached))

    def _child(self, node: Node, child: Node, at: _At) -> _At:
        """A closure that is handed to a release or a new thread does not run attached."""
        if not (at.attached and isinstance(child, Closure)):
            return at
        acts = self._effects.node_acts(self._ref, node)
        away = Act.DETACH in acts or spawned(node)
        return _At(at.statement, at.rest, False) if away else at

    def _let(self, node: Let, at: _At) -> None:
        guard = guard_of(node.value)
        if guard is not None and at.statement is node:
            self._hold(guard, tuple(until_dropped(node.names, at.rest)), at)
            self._node(guard.receiver, at)
            return
        for child in node.children():
            self._node(child, at)

    def _branch(self, node: If | Match | Loop, at: _At) -> None:
        """What is taken in the head of a branch is held to its end, but for plain conditions."""
        head = head_of(node)
        plain = isinstance(node, (If, Loop)) and not binds(head) and not iterates(node)
        if head is not None:
            self._node(head, _At(head if plain else node, (), at.attached))
        for child in node.children():
            if child is not head:
                self._node(child, at)

    def _hold(self, node: Node, extent: tuple[Node, ...], at: _At) -> None:
        assert isinstance(node, MethodCall)
        lock = self._variables.lock(node)
        if lock is None:
            return
        shared = node.method in _SHARED
        worst = min(self._harms(node, lock, extent, at), key=_rank, default=(None, "", False))
        function = self._program.function(self._ref)
        owner, alone = borrowed_through(function, node.receiver)
        place = Place(self._ref, node.span)
        field = self._field(node.receiver)
        hold = Hold(
            lock,
            place,
            shared,
            *worst,
            owner,
            alone,
            field,
            attached=at.attached,
            variant=only(extent),
        )
        self._found.append(hold)
        end = max((one.span.end for one in extent), default=node.span.end)
        self._extents.append((hold, node.span.end, end))

    def _field(self, node: Node) -> str:
        """The outermost field of a struct of the crate on the way to a lock."""
        found: FieldAccess | None = None
        while isinstance(node, (FieldAccess, MethodCall)):
            found = node if isinstance(node, FieldAccess) else found
            node = node.base if isinstance(node, FieldAccess) else node.receiver
        known = self._variables.type_of(found) if found is not None else None
        return known.key if known is not None else ""

    def _harms(
        self, node: MethodCall, lock: Lock, extent: tuple[Node, ...], at: _At
    ) -> Iterator[_Harm]:
        """What happens until the lock is let go; attaching when attached already is nothing."""
        for part in extent:
            for step in self._after(node, part):
                acts = self._effects.of_step(step) & _HARMS
                for act in acts - ({Act.ATTACH} if at.attached else set()):
                    yield act, _spelled(step), not step.targets
            yield from self._callbacks(node, part, at)
            yield from self._written(node, part, at)
            yield from self._carried(node, lock, part, at)
        cloned = self._clones(node, lock, extent) if not at.attached else ""
        if cloned:
            yield Act.ATTACH, cloned, False

    def _callbacks(self, node: MethodCall, part: Node, at: _At) -> Iterator[_Harm]:
        """What closures and iterators do that are run under the lock for the caller."""
        for span, name, position in self._handed.used(self._ref, part):
            if _follows(node.span, span):
                acts = self._handed.acts(self._ref, position) & _HARMS
                for act in acts - ({Act.ATTACH} if at.attached else set()):
                    yield act, name, False

    def _written(self, node: MethodCall, part: Node, at: _At) -> Iterator[_Harm]:
        """What another crate does under the lock with readers and writers that attach."""
        attaching = self._handed.attaching
        for one in walk(self._program, self._ref, part) if attaching.has_any else ():
            method = attaching.used(self._ref, one)
            if method is not None and _follows(node.span, one.span):
                acts = self._effects.acts(method) & _HARMS
                for act in acts - ({Act.ATTACH} if at.attached else set()):
                    yield act, self._program.function(method).path, False

    def _carried(self, node: MethodCall, lock: Lock, part: Node, at: _At) -> Iterator[_Harm]:
        """What another crate does with what the lock guards: code in it, items that it gives."""
        acts = () if at.attached else self._carriers.acts(lock.content, released=self._token)
        names = at.statement.names if isinstance(at.statement, Let) else ()
        for one in walk(self._program, self._ref, part) if acts else ():
            run = run_on(one, node, names)
            act = next((act for act, method in acts if run and method in (run, "")), None)
            if act is not None and not self._effects.targets(self._ref, one):
                yield act, run, False

    def _after(self, node: MethodCall, part: Node) -> Iterator[Step]:
        for step in self._effects.within(self._ref, part):
            if _follows(node.span, step.node.span):
                yield step

    def _clones(self, node: MethodCall, lock: Lock, extent: tuple[Node, ...]) -> str:
        """A type whose `clone` attaches, if what the lock guards is cloned under it."""
        copied = any(
            isinstance(one, MethodCall)
            and one.method in _CLONES
            and (one.span.start >= node.span.end or one.receiver.span.contains(node.span))
            for part in extent
            for one in part.walk()
        )
        for name in self._types.own_types(lock.content) if copied else ():
            ref = self._program.resolve_type(name, self._ref.path)
            methods = self._program.methods(ref).get("clone", ()) if ref is not None else ()
            if any(Act.ATTACH in self._effects.acts(one) for one in methods):
                return f"{name}::clone"
        return ""


def _follows(taken: Span, span: Span) -> bool:
    """Whether a node is evaluated behind the call that takes a lock."""
    return span.start >= taken.end or (span.contains(taken) and span != taken)


def _rank(harm: _Harm) -> tuple[int, bool]:
    act, _, direct = harm
    return (_ORDER.index(act) if act is not None else len(_ORDER)), not direct


def _spelled(step: Step) -> str:
    node = step.node
    if isinstance(node, MethodCall):
        return node.method
    function = node.function if isinstance(node, Call) else node
    return "::".join(function.segments[-2:]) if isinstance(function, Path) else ""


def _has_token(function: Function) -> bool:
    types = [param.type for param in function.params if param.type is not None]
    return any(one.peel().name in ("Python", "Bound", "PyRef", "PyRefMut") for one in types)


@once
def locks_of(program: Program) -> Locks:
    """The locks of a program; one per program, made when a rule first asks."""
    return Locks(program)
