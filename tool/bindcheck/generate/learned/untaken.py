"""What the reference's bindings have and new ones cannot: nothing in another core says it."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.arguments import plain_literal
from bindcheck.generate.learned.bodies import bodies_of
from bindcheck.generate.learned.defaults import RangeDefaults, constructor_of
from bindcheck.generate.learned.entries import Entries
from bindcheck.generate.learned.fixed import fixed_of
from bindcheck.generate.learned.heads import KERNEL, KEYWORD, axes_of
from bindcheck.generate.learned.results import Keys, SingleKeys
from bindcheck.generate.learned.types import gives
from bindcheck.model import CoreApi, EntryKind, EntryPoint, Role, TypeRef

_RESULTS = frozenset({"PyResult", "Result"})

WITHOUT_REFERENCE = (
    "no reference tells whether parameters have the defaults of their cores, and new bindings "
    'give them none: `defaults = "params"` in bindcheck.toml gives them those'
)


@fact
class Taken:
    """What is taken over."""

    keys: Keys
    single: SingleKeys
    ranges: RangeDefaults


def untaken(program: Program, reference: CoreApi, taken: Taken) -> tuple[str, ...]:
    """`path:line: ..` for each of its ways that new bindings do not have."""
    return tuple(
        f"{_place(program, entry)}: {said}"
        for entry in program.entries_of(reference)
        if entry.active
        for said in _said(program, reference, entry, taken)
    )


def without_defaults(program: Program) -> tuple[str, ...]:
    """What is said where the core's defaults are not taken, as there is no reference to follow."""
    cores = (core for core in program.cores if program.in_crate(core.path))
    if not any(one.default is not None for core in cores for one in core.params):
        return ()
    return (WITHOUT_REFERENCE,)


def _said(program: Program, core: CoreApi, entry: EntryPoint, taken: Taken) -> Iterator[str]:
    name = f"`{entry.rust_name}`"
    yield from _apart(program, entry)
    if entry.kind is EntryKind.CLASS:
        if entry.role is Role.STREAM and "frozen" in entry.attribute.tokens:
            yield f"{name} is frozen; new classes are not"
        return
    given = gives(program, entry.ref)
    if entry.role is Role.BATCH and "PyDict" not in given.names() and not taken.keys.bare:
        yield f"not known: all parts of what {name} gives; new batches give a dict"
    alone = entry.role is Role.BATCH and taken.ranges.must_be_given
    if alone:
        yield from _own_ranges(program, core, entry)
        yield from _own_fixed(program, core, entry, taken.ranges)
    if entry.role is Role.SINGLE and _is_odd(given, core) and not taken.single.many:
        yield f"not known: the arrays in what {name} gives; new ones are a tuple"
    for key in _other_keys(program, core, entry):
        yield f"`{key}` in what {name} gives is neither an output nor a parameter; new ones lack it"
    for required in () if alone else _required(core, entry):
        yield f"`{required}` of {name} has no default; new bindings have those of their cores"
    for default in () if alone else _own_defaults(core, entry):
        yield f"`{default}` of {name} is no default of its core; new bindings have those of theirs"


def _apart(program: Program, entry: EntryPoint) -> Iterator[str]:
    """A `*` that stands before more than the kernel."""
    whole = entry if entry.kind is EntryKind.FUNCTION else None
    made = constructor_of(program, entry) if entry.kind is EntryKind.CLASS else whole
    given = made.signature if made is not None else None
    first = next((one.name for one in given or () if one.kind == KEYWORD), KERNEL)
    if first != KERNEL:
        yield f"the `*` of `{entry.rust_name}` stands before `{first}`; new ones have none there"


def _other_keys(program: Program, core: CoreApi, entry: EntryPoint) -> Iterator[str]:
    """Keys of a dict for what no other core says."""
    for body in bodies_of(program, core, entry.role):
        if body.ref == entry.ref:
            for one in Entries(body, core).keyed():
                if not (one.param or one.params or one.output or one.matrix):
                    yield one.key


def _place(program: Program, entry: EntryPoint) -> str:
    item = program.struct(entry.ref) if entry.kind is EntryKind.CLASS else None
    start = (item or program.function(entry.ref)).name_span.start
    line = program.source(entry.ref.path).count(b"\n", 0, start) + 1
    return f"{entry.ref.path}:{line}"


def _is_odd(gives: TypeRef, core: CoreApi) -> bool:
    """Whether a single call with several outputs gives no tuple of arrays."""
    inner = gives.args[0] if gives.name in _RESULTS and gives.args else gives
    return len(core.outputs) > 1 and inner.kind != "tuple"


def _own_ranges(program: Program, core: CoreApi, entry: EntryPoint) -> Iterator[str]:
    """What is said of defaults of ranges that are not taken over."""
    name, given = f"`{entry.rust_name}`", {one.name: one.default for one in entry.signature or ()}
    bodies = bodies_of(program, core, Role.BATCH)
    swept = dict.fromkeys(axis.argument for body in bodies for axis in axes_of(body, core))
    has = [one for one in swept if given.get(one) is not None]
    lacks = [one for one in swept if one in given and given[one] is None]
    if has and lacks:
        some, others = (", ".join(f"`{one}`" for one in names) for names in (has, lacks))
        yield f"{name} gives {some} a default and {others} none; new batches give their ranges none"
    elif has:
        yield f"not known: where {name} has the defaults of its ranges from; new ones have none"


def _own_fixed(
    program: Program, core: CoreApi, entry: EntryPoint, taken: RangeDefaults
) -> Iterator[str]:
    """What is said of defaults of values that hold for a whole grid, which are not taken over."""
    fixed = list(fixed_of(program, core, entry))
    has = [one for one in fixed if one.default is not None]
    if taken.held or not has:
        return
    name, lacks = f"`{entry.rust_name}`", [one for one in fixed if one.default is None]
    some, others = (", ".join(f"`{one.argument}`" for one in found) for found in (has, lacks))
    if lacks:
        yield f"{name} gives {some} a default and {others} none; new batches give such values none"
        return
    odd = ", ".join(f"`{one.argument}`" for one in has if not one.from_where) or some
    yield f"not known: where {name} has the default of {odd} from; new ones have none"


def _required(core: CoreApi, entry: EntryPoint) -> tuple[str, ...]:
    """Parameters without a default beside others that have one."""
    known = {one.name for one in core.params if one.default is not None}
    given = {one.name: one.default for one in entry.signature or () if one.name in known}
    left = tuple(name for name, default in given.items() if default is None)
    return left if len(left) < len(given) else ()


def _own_defaults(core: CoreApi, entry: EntryPoint) -> Iterator[str]:
    """Defaults of parameters that are not those of the core."""
    known = {one.name: one for one in core.params if one.default is not None}
    for one in entry.signature or ():
        param = known.get(one.name)
        if param is None or one.default in (None, "None"):
            continue
        kind = param.type.name
        own, given = plain_literal(param.default or "", kind), plain_literal(one.default, kind)
        if own is not None and given is not None and _number(own) != _number(given):
            yield f"{one.name}={one.default}"


def _number(text: str) -> str:
    try:
        return repr(float(text.replace("_", "")))
    except ValueError:
        return text
