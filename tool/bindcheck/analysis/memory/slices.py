"""How bindings ask for the memory of arrays: which layouts they refuse, and which they misread."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.flow.events import Place, Sliced
from bindcheck.analysis.flow.guards import diverges, is_error
from bindcheck.analysis.flow.simple import COMPARISONS
from bindcheck.analysis.flow.values import Shape, Source
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events
from bindcheck.fact import fact
from bindcheck.model import (
    Arm,
    Binary,
    Block,
    Closure,
    EntryPoint,
    If,
    ItemRef,
    Let,
    Literal,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Try,
    TypeRef,
    Unary,
)

_ARGUMENTS = (Source.ARGUMENT, Source.EXTRACTED)
_PANICS = frozenset({"unwrap", "expect", "unwrap_unchecked"})
_ANSWERS = frozenset({"is_ok", "is_some", "is_err", "is_none"})
_REPLACES = frozenset(
    {"or", "or_else", "unwrap_or", "unwrap_or_else", "unwrap_or_default", "map_or", "map_or_else"}
)
_LONGEST = 8
_FAILED = ("Err", "None", "_")
_CONTIGUOUS = frozenset({"is_contiguous", "is_c_contiguous", "is_standard_layout"})
_BLIND = frozenset({"as_slice", "as_slice_mut", "to_vec"})
_BLIND_COPIES = frozenset({"into_raw_vec", "into_raw_vec_and_offset", "as_slice_memory_order"})
_ORDER = frozenset(
    {"is_c_contiguous", "is_fortran_contiguous", "is_standard_layout", "as_standard_layout"}
    | {"strides", "reversed_axes"}
)
_COUNTS = re.compile(r"(?:n_?|num_?)?(?:rows|cols|columns)")
_EXTENTS = frozenset({"shape", "dims", "dim", "raw_dim", "nrows", "ncols", "len_of"})


class Outcome(StrEnum):
    """What becomes of an array that has no slice.

    `reversed`: its copy is read in the order of its memory, which may run backwards.
    """

    REFUSED = "refused"
    REVERSED = "reversed"
    PANICS = "panics"
    REPLACED = "replaced"
    UNKNOWN = "unknown"


class Rank(StrEnum):
    """How many dimensions an array has."""

    ONE = "one"
    MORE = "more"
    OPEN = "open"


@fact
class Asked:
    """A slice of a caller's array that a function asks for; `array` is what it is called there.

    `copied`: it is asked of a copy that keeps the strides.
    """

    how: str
    place: Place
    array: str
    outcome: Outcome
    copied: bool


@fact
class Blind:
    """Slices of two-dimensional arrays in one function that are read without asking for the order.

    `sure`: they are known to have several dimensions, and their shape is looked at.
    """

    place: Place
    how: str
    arrays: tuple[str, ...]
    sure: bool


def refused(program: Program, entry: EntryPoint) -> Iterator[tuple[Asked, ...]]:
    """Arrays that have to be contiguous, by the function that refuses others or misreads them."""
    slices = events(program, entry).slices
    asked = list(_asked(program, slices))
    replaced = {(one.place.ref, one.array) for one in asked if one.outcome is Outcome.REPLACED}
    for ref in dict.fromkeys(one.place.ref for one in slices):
        anatomy = anatomy_of(program, ref)
        if anatomy is not None:
            asked += _checked_away(anatomy, ref)
    found: dict[tuple[ItemRef, Outcome], dict[str, Asked]] = {}
    for one in asked:
        # Where there is another way, a further question is asked of what is known to be contiguous.
        settled = (one.place.ref, one.array) in replaced and not one.copied
        if one.outcome is Outcome.REVERSED or (one.outcome is Outcome.REFUSED and not settled):
            found.setdefault((one.place.ref, one.outcome), {}).setdefault(one.array, one)
    for arrays in found.values():
        yield tuple(arrays.values())


def _asked(program: Program, slices: Iterable[Sliced]) -> Iterator[Asked]:
    for one in slices:
        if one.sure or one.value.source not in (*_ARGUMENTS, Source.FRESH):
            continue
        anatomy = anatomy_of(program, one.place.ref)
        node = anatomy.at(MethodCall, one.place.span) if anatomy is not None else None
        if anatomy is None or node is None:
            continue
        array = name_of(node, anatomy)
        copied = one.value.owned and one.value.shape is Shape.SEQ
        outcome = _outcome(anatomy, node)
        if one.how.startswith("into_"):
            flat = _rank(program, one, array) is Rank.ONE
            outcome = Outcome.REVERSED if flat else Outcome.UNKNOWN
        yield Asked(one.how, one.place, array, outcome, copied)


def _checked_away(anatomy: Anatomy, ref: ItemRef) -> Iterator[Asked]:
    """`if !data.is_c_contiguous() { return Err(..) }`."""
    for node in anatomy.all(If):
        condition = node.condition
        asks = condition.value if isinstance(condition, Unary) and condition.op == "!" else None
        if isinstance(asks, MethodCall) and asks.method in _CONTIGUOUS and gives_up(node.then):
            array = name_of(asks, anatomy)
            place = Place(ref, asks.span)
            yield Asked(asks.method, place, array, Outcome.REFUSED, copied=False)


# --- what becomes of the answer -------------------------------------------------------------------


def _outcome(anatomy: Anatomy, node: Node) -> Outcome:
    outer = anatomy.parent(node)
    if isinstance(outer, Try):
        return Outcome.REFUSED
    if isinstance(outer, MethodCall):
        return _called_on(anatomy, outer, node)
    if isinstance(outer, Closure):
        # `volume.map(|v| v.as_slice())`: what becomes of the result of the method.
        method = anatomy.parent(outer)
        return _outcome(anatomy, method) if isinstance(method, MethodCall) else Outcome.UNKNOWN
    if isinstance(outer, Let):
        return _bound(anatomy, outer)
    if isinstance(outer, Match) and outer.subject is node:
        return _matched(outer)
    if isinstance(outer, (Arm, Block, Match, If)):
        return _outcome(anatomy, outer)
    return Outcome.UNKNOWN


def _called_on(anatomy: Anatomy, outer: MethodCall, node: Node) -> Outcome:
    if outer.receiver is not node or outer.method in _ANSWERS:
        return Outcome.UNKNOWN
    if outer.method in _PANICS:
        return Outcome.PANICS
    return Outcome.REPLACED if outer.method in _REPLACES else _outcome(anatomy, outer)


def _bound(anatomy: Anatomy, let: Let) -> Outcome:
    if let.otherwise is not None:
        return Outcome.REFUSED if gives_up(let.otherwise) else Outcome.REPLACED
    if let.pattern.startswith(("Ok", "Some")):
        branch = next((one for one in anatomy.above(let) if isinstance(one, If)), None)
        ends = branch is not None and gives_up(branch.otherwise)
        return Outcome.REFUSED if ends else Outcome.REPLACED
    if len(let.names) != 1:
        return Outcome.UNKNOWN
    uses = {
        _outcome(anatomy, path)
        for path in anatomy.all(Path)
        if path.segments == let.names and path.span.start > let.span.end
    }
    for outcome in (Outcome.REPLACED, Outcome.REFUSED, Outcome.PANICS):
        if outcome in uses:
            return outcome
    return Outcome.UNKNOWN


def _matched(match: Match) -> Outcome:
    failed = [arm for arm in match.arms if arm.pattern.startswith(_FAILED)]
    refuses = bool(failed) and all(gives_up(arm.body) for arm in failed)
    return Outcome.REFUSED if refuses else Outcome.REPLACED


def gives_up(node: Node | None) -> bool:
    """Whether a branch ends in an error: `return Err(..)`, `Err(..)?`, `bail!(..)`."""
    if isinstance(node, Block):
        return bool(node.statements) and gives_up(node.statements[-1])
    if isinstance(node, MacroCall):
        return "bail" in node.path or "raise" in node.path
    if isinstance(node, Try):
        return is_error(node.value)
    return diverges(node) or is_error(node)


# --- order ----------------------------------------------------------------------------------------


def order_blind(program: Program, entry: EntryPoint) -> Iterator[Blind]:
    """Functions that read two-dimensional arrays by rows or columns in whatever order they lie."""
    by_function: dict[ItemRef, list[Sliced]] = {}
    for one in events(program, entry).slices:
        if _is_blind(one):
            by_function.setdefault(one.place.ref, []).append(one)
    for ref, found in by_function.items():
        anatomy = anatomy_of(program, ref)
        around = (anatomy, anatomy_of(program, entry.ref))
        if anatomy is not None and not any(asks_for_order(one) for one in around if one):
            yield from _blind(program, anatomy, found)


def _is_blind(one: Sliced) -> bool:
    """Whether memory of the caller is read in the order in which it lies."""
    if one.value.shape is Shape.NUMPY:
        return one.how in _BLIND and one.value.source in _ARGUMENTS
    return one.how in _BLIND_COPIES and one.value.strided


def _blind(program: Program, anatomy: Anatomy, found: list[Sliced]) -> Iterator[Blind]:
    named: dict[str, tuple[Sliced, Rank]] = {}
    for one in found:
        node = anatomy.at(MethodCall, one.place.span)
        name = name_of(node, anatomy) if node is not None else ""
        rank = _rank(program, one, name)
        if rank is not Rank.ONE:
            named.setdefault(name, (one, rank))
    if not named:
        return
    calls = anatomy.all(MethodCall)
    measured = {name_of(node, anatomy) for node in calls if _measures(node, anatomy)}
    shaped = bool(measured & set(named))
    # Without their shape it takes numbers of rows and columns, or two arrays read side by side.
    if shaped or len(named) > 1 or _counts_rows(anatomy):
        first, _ = next(iter(named.values()))
        known = any(rank is Rank.MORE for _, rank in named.values())
        yield Blind(first.place, first.how, tuple(named), shaped and known)


def _counts_rows(anatomy: Anatomy) -> bool:
    return any(_COUNTS.fullmatch(node.last) for node in anatomy.all(Path))


def _measures(node: MethodCall, anatomy: Anatomy) -> bool:
    """Whether a call asks for extents to reckon with, not only to compare them."""
    outer = anatomy.parent(node)
    compares = isinstance(outer, Binary) and outer.op in COMPARISONS
    counts = isinstance(outer, MethodCall) and outer.method == "len"
    return node.method in _EXTENTS and not compares and not counts


def asks_for_order(anatomy: Anatomy) -> bool:
    """Whether a body asks in which order an array lies, or turns it."""
    return (
        any(node.method in _ORDER for node in anatomy.all(MethodCall))
        or any("contiguous" in node.text.lower() for node in anatomy.all(Literal))
        or any("standard_layout" in node.tokens for node in anatomy.all(MacroCall))
    )


# --- names and ranks ------------------------------------------------------------------------------


def name_of(node: Node, anatomy: Anatomy) -> str:
    """The variable at the bottom of a chain of methods, names of its views followed."""
    name = ""
    for _ in range(_LONGEST):
        path = _bottom(node)
        if path is None:
            return name
        name = path.last
        before = _before(path, anatomy) if len(path.segments) == 1 else None
        if before is None:
            return name
        node = before
    return name


def _bottom(node: Node) -> Path | None:
    while not isinstance(node, Path):
        inner = next(iter(node.children()), None)
        if inner is None:
            return None
        node = inner
    return node


def _before(path: Path, anatomy: Anatomy) -> Node | None:
    """What a variable is a view of: its initialiser, or what hands it to a closure."""
    bound = anatomy.binding(path.last, path)
    if bound is not None and isinstance(bound[0], (MethodCall, Path, Unary)):
        return bound[0]
    for outer in anatomy.above(path):
        if isinstance(outer, Closure) and any(path.last in one.names for one in outer.params):
            method = anatomy.parent(outer)
            return method.receiver if isinstance(method, MethodCall) else None
    return None


def _rank(program: Program, one: Sliced, name: str) -> Rank:
    type_ = one.value.type
    if one.value.shape is not Shape.NUMPY:
        params = program.function(one.place.ref).params
        type_ = next((param.type for param in params if param.name == name), None)
    return Rank.ONE if type_ is None else rank_of(type_)


def rank_of(type_: TypeRef) -> Rank:
    """The rank that a NumPy type is written with: `PyReadonlyArray2`, `PyArray<f64, Ix3>`."""
    for part in type_.walk():
        if part.name.startswith("Py") and "Array" in part.name:
            return _rank_named(part)
    return Rank.ONE


def _rank_named(type_: TypeRef) -> Rank:
    dimension = type_.args[-1].name if type_.args else ""
    suffix = type_.name[-1]
    if type_.name.endswith("Dyn") or dimension == "IxDyn":
        return Rank.OPEN
    if dimension.startswith("Ix") and dimension[-1].isdigit():
        suffix = dimension[-1]
    return Rank.MORE if suffix.isdigit() and int(suffix) > 1 else Rank.ONE
