"""The Python interface of bindings: order of arguments, shape and keys of results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.bindings.arguments import python_signature
from bindcheck.analysis.bindings.reference import reference_core
from bindcheck.analysis.flow.types import RESULTS, SEQUENCES
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.keeping.reads import remembered
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import (
    CoreApi,
    EntryKind,
    EntryPoint,
    ItemRef,
    Literal,
    MethodCall,
    Node,
    Param,
    Path,
    RangeField,
    Role,
    TypeRef,
)

KERNEL = "kernel"
INTERFACES = "interfaces"
"""The name under which those of all bindings are kept."""
KEYS = "keys of results"
"""The name under which the keys of results are kept, by function."""
_DICT = "dict"
_POINTERS = frozenset({"Bound", "Py", "Borrowed"})
_REST = frozenset({"rows", "cols", "params", "combos", "shape"})
_RANGE = "{}_range"


@fact
class Interface:
    """How Python calls one binding of an indicator and what it gets.

    `kind` is `array`, `matrix`, `dict`, `tuple`, `list` or, when it is not known, empty. `keys` are
    those of the dict it fills, None when they are not all written down. `ranges` is the pattern of
    what arguments that sweep a parameter are called.
    """

    entry: EntryPoint
    core: CoreApi
    arguments: tuple[str, ...]
    kind: str
    keys: tuple[str, ...] | None
    ranges: str = _RANGE

    @property
    def kernel_last(self) -> bool | None:
        """Whether the kernel is the last argument; None without one."""
        return self.arguments[-1] == KERNEL if KERNEL in self.arguments else None

    @property
    def stacked(self) -> bool | None:
        """Whether several outputs share the key `values`; None where that is not the question."""
        if self.keys is None or self.kind != _DICT or len(self.core.outputs) < 2:
            return None
        swept = {key for field in self.core.ranges for key in (field.name, *plurals(self, field))}
        own = [key for key in self.keys if key not in swept | _REST]
        return "values" in own and len(own) < len(self.core.outputs)


def interface(program: Program, entry: EntryPoint) -> Interface | None:
    """The interface of a single or batch binding of an indicator, unless Rust alone calls it."""
    core = program.core(entry.indicator) if entry.indicator is not None else None
    bound = entry.active and entry.kind is EntryKind.FUNCTION
    if core is None or not bound or entry.role not in (Role.SINGLE, Role.BATCH):
        return None
    exports = program.registrations_of(entry)
    if exports and all(one.via == "wrapper" for one in exports):
        return None
    function = program.function(entry.ref)
    names = tuple(one.name for one in python_signature(entry, function))
    kind = _kind(function.returns)
    keys = keys_of(program, entry.ref) if kind == _DICT else None
    return Interface(entry, core, names, kind, keys, _ranges(program))


def interfaces(program: Program) -> tuple[Interface, ...]:
    """Those of all bindings, in source order."""
    return program.keep(INTERFACES, lambda: _interfaces(program))


def _interfaces(program: Program) -> tuple[Interface, ...]:
    found = (interface(program, entry) for entry in program.entries)
    return tuple(one for one in found if one is not None)


def reference(program: Program, role: Role) -> Interface | None:
    """The binding of the reference indicator, the one that is configured or in `alma.rs`."""
    core = reference_core(program, program.reference)
    found = [one for one in interfaces(program) if one.core is core and one.entry.role is role]
    return found[0] if len(found) == 1 else None


# --- arguments ------------------------------------------------------------------------------------


def bare(argument: str, ranges: str = _RANGE) -> str:
    """The parameter that an argument of a batch sweeps, by the usual pattern or by `ranges`."""
    for pattern in (ranges, _RANGE):
        head, _, tail = pattern.partition("{}")
        middle = argument.removeprefix(head).removesuffix(tail)
        if middle and f"{head}{middle}{tail}" == argument:
            return middle
    return argument


@remembered(4)
def _ranges(program: Program) -> str:
    """What the reference's batch calls its ranges, where all follow one pattern."""
    core = reference_core(program, program.reference)
    axes = [bare(one.name) for one in core.ranges if one.axis] if core is not None else []
    for entry in program.entries_of(core) if core is not None and axes else ():
        if not entry.active or entry.kind is not EntryKind.FUNCTION or entry.role is not Role.BATCH:
            continue
        names = [*map(_swept_name, program.function(entry.ref).params)]
        made = [one.replace(axes[0], "{}") for one in names if one.count(axes[0]) == 1]
        found = [one for one in made if all(one.replace("{}", axis) in names for axis in axes)]
        if found and _RANGE not in found and found != ["{}"]:
            return found[0]
    return _RANGE


def _swept_name(one: Param) -> str:
    """The name of an argument with start, end and step; empty for any other."""
    kinds = one.type.walk() if one.type is not None else ()
    swept = any(kind.kind == "tuple" and len(kind.args) == 3 for kind in kinds)
    return one.name.removeprefix("r#") if swept else ""


def misplaced_fields(one: Interface) -> tuple[str, ...]:
    """Parameters in the order of the arguments, when it is not that of the core; else nothing.

    Of a batch the swept parameters and those that are held fixed are looked at apart.
    """
    ranges, fixed = _swept_and_fixed(one)
    orders = _orders(one.core)
    return _misplaced(ranges, orders) or _misplaced(fixed, orders)


def mingled_fields(one: Interface) -> tuple[str, ...] | None:
    """All parameters of a batch in the order of its arguments, when it is not that of the core.

    Empty when it is; None for a binding that does not have both swept and fixed parameters, or has
    those of one sort in another order already.
    """
    ranges, fixed = _swept_and_fixed(one)
    orders = _orders(one.core)
    known = {name for order in orders for name in order}
    if not known & set(ranges) or not known & set(fixed) or misplaced_fields(one):
        return None
    return _misplaced([bare(name, one.ranges) for name in one.arguments], orders)


def _swept_and_fixed(one: Interface) -> tuple[list[str], list[str]]:
    named = [(name, bare(name, one.ranges)) for name in one.arguments]
    ranges = [field for name, field in named if name != field]
    return ranges, [name for name, field in named if name == field]


def _orders(core: CoreApi) -> list[tuple[str, ...]]:
    """Orders of parameters that a core has."""
    return [
        tuple(field.name for field in core.params),
        tuple(field.name for field in core.ranges),
        tuple(field.param or field.name for field in core.ranges),
    ]


def misplaced_series(one: Interface) -> tuple[str, ...]:
    """Input arrays in the order of the arguments, when no constructor has it; else nothing."""
    orders = [tuple(each.name for each in made.series) for made in one.core.constructors]
    return _misplaced(one.arguments, orders)


def _misplaced(names: Sequence[str], orders: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    known = {name for order in orders for name in order}
    given = tuple(name for name in names if name in known)
    comparable = [order for order in orders if set(given) <= set(order)]
    if len(given) < 2 or not comparable:
        return ()
    fits = any([name for name in order if name in given] == list(given) for order in comparable)
    return () if fits else given


# --- results --------------------------------------------------------------------------------------


def _kind(type_: TypeRef) -> str:
    while type_.args and type_.name in RESULTS | _POINTERS:
        type_ = type_.args[0]
    if type_.kind == "tuple":
        return "tuple" if type_.args else ""
    if type_.name.startswith("PyArray"):
        return {"1": "array", "2": "matrix"}.get(type_.name[-1], "")
    if type_.name in SEQUENCES or type_.name == "PyList":
        return "list"
    return _DICT if type_.name == "PyDict" else ""


def with_keys(program: Program) -> tuple[ItemRef, ...]:
    """The bindings of which the keys are asked."""
    found = (one for one in program.entries if one.indicator is not None)
    asked = (one.ref for one in found if one.active and one.kind is EntryKind.FUNCTION)
    return tuple(ref for ref in asked if _kind(program.function(ref).returns) == _DICT)


@answered(KEYS)
def keys_of(program: Program, ref: ItemRef) -> tuple[str, ...] | None:
    """Keys of the dict that a binding fills; None when a loop or another function adds some."""
    return _keys(program, ref, anatomy_of(program, ref))


def _keys(program: Program, filling: ItemRef, anatomy: Anatomy | None) -> tuple[str, ...] | None:
    if anatomy is None:
        return None
    calls = anatomy.all(MethodCall)
    if any(node.method in ("into_py_dict", "update", "copy") for node in calls):
        return None
    for ref in program.called(filling):
        types = [param.type for param in program.function(ref).params if param.type is not None]
        if any("PyDict" in one.names() for one in types):
            return None
    last = anatomy.body.statements[-1:]
    given = {path.last for one in last for path in one.walk() if isinstance(path, Path)}
    keys = [
        node.args[0]
        for node in calls
        if node.method == "set_item" and node.args and _named(node.receiver, given)
    ]
    if not keys or not all(isinstance(key, Literal) for key in keys):
        return None
    return tuple(key.text for key in keys if isinstance(key, Literal))


def _named(node: Node, names: set[str]) -> bool:
    return isinstance(node, Path) and node.last in names


def plurals(one: Interface, field: RangeField) -> tuple[str, ...]:
    """Keys that hold the values of a swept parameter in the usual way."""
    names = dict.fromkeys((field.name, field.param or field.name, bare(field.name)))
    return tuple(f"{name}s" for name in names)


def swept(one: Interface) -> Iterator[tuple[RangeField, str]]:
    """Swept parameters with the way of their key: `plural`, `same` as the field, or `other`.

    Left out are names of which the plural is none (`k`, `poles`, `n1`), and those that are nowhere.
    """
    if one.keys is None:
        return
    names = {field.name for field in one.core.ranges} | {out.name for out in one.core.outputs}
    usual = {key for field in one.core.ranges for key in plurals(one, field)}
    spare = [key for key in one.keys if key not in names | usual | _REST | {"values"}]
    axes = [field for field in one.core.ranges if field.axis]
    missing = [field for field in axes if not {field.name, *plurals(one, field)} & set(one.keys)]
    for field in axes:
        if not _has_plural(field.name):
            continue
        if field not in missing:
            same = field.name in one.keys and not set(plurals(one, field)) & set(one.keys)
            yield field, "same" if same else "plural"
        elif len(spare) >= len(missing):
            yield field, "other"


def unnamed(one: Interface) -> Iterator[tuple[RangeField, str]]:
    """Swept parameters without a plural of their own, and the way of their key where it is odd.

    `same` for a name that could still be told from the usual key (`a`, not `alphas`), `other` for
    one that is not among the keys. They do not tell what is usual in a crate.
    """
    known = set(one.keys or ())
    for field in one.core.ranges if one.keys is not None else ():
        if not field.axis or _has_plural(field.name) or set(plurals(one, field)) & known:
            continue
        if field.name not in known:
            yield field, "other"
        elif field.name[-1] not in "sxz":
            yield field, "same"


def _has_plural(name: str) -> bool:
    return len(name) > 2 and not name[-1].isdigit() and name[-1] not in "sxz"
