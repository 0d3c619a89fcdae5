"""The style of a crate's bindings: learned from its reference file, or our own strict one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bindcheck.analysis.program import Program
from bindcheck.config import Config
from bindcheck.conformance import find_reference
from bindcheck.crate import Crate, Version
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.generate.arguments import NONE, PARAMS
from bindcheck.generate.home import find_home
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.learned.defaults import (
    OWN_RANGES,
    RangeDefaults,
    constructor_of,
    parameter_policy,
)
from bindcheck.generate.learned.errors import Errors, learned_errors
from bindcheck.generate.learned.fixed import defaults_of_grids
from bindcheck.generate.learned.heads import OWN_HEADS, Heads, learned_heads
from bindcheck.generate.learned.imports import Import, learned_imports
from bindcheck.generate.learned.layouts import OWN_ARRAYS, Arrays, learned_arrays
from bindcheck.generate.learned.naming import pattern_of
from bindcheck.generate.learned.results import (
    OWN_KEYS,
    OWN_SINGLE,
    Keys,
    SingleKeys,
    learned_keys,
    learned_single,
)
from bindcheck.generate.learned.streams import OWN_CLASS, StreamClass, learned_stream
from bindcheck.generate.learned.untaken import Taken, untaken, without_defaults
from bindcheck.generate.reaching import Reach
from bindcheck.model import (
    CoreApi,
    EntryKind,
    EntryPoint,
    Enum,
    Function,
    Item,
    ItemRef,
    MethodCall,
    Role,
    Try,
    TypeRef,
)

STRICT = "strict"
REFERENCE = "reference"
STRICT_SINCE = Version(0, 29, 0)
DETACH_SINCE = Version(0, 26, 0)
OLDEST = Version(0, 23, 0)

_ARRAY_ROLES = (Role.SINGLE, Role.BATCH)

_SUPPORT = ("Series", "Out", "Raise", "interruptible")
"""What a crate offers to bindings in strict style."""


@fact
class Validator:
    """A function from a kernel's name to a kernel; `flag`: it also takes whether a batch asks."""

    ref: ItemRef
    flag: bool


@fact
class CrateStyle:
    """How bindings of a crate look.

    Names are patterns over the words of `learned.naming`. `gate` is the text inside `#[cfg(..)]`.
    `support` is the module of the strict style's helpers. `plain_validator` takes no None. `auto`
    chooses a batch kernel. `raising` are the bindings of the reference that pass on the error of an
    array which is not contiguous. `pyo3`, `numpy`: the crate can name them; `reach` is what the
    `#[pymodule]` can name, if there is one; `unsafe`: the crate does not forbid unsafe code;
    `documented`: it wants documentation.

    `defaults` is `params`, `none` or `optional`, as are `stream_defaults`, which are empty where
    they are the same; `range_defaults` are those of ranges. `errors` tells how the reference makes
    exceptions, `keys` and `single_keys` what a batch and a single call give, `heads` and `arrays`
    what they take, `stream_class` what its class has, `imports` what its file imports.
    """

    name: str
    release: str
    gate: str
    defaults: str
    validator: Validator | None = None
    plain_validator: ItemRef | None = None
    auto: ItemRef | None = None
    single_rust: str = "{name}_py"
    batch_rust: str = "{name}_batch_py"
    class_rust: str = "{stream}Py"
    single_python: str = "{name}"
    batch_python: str = "{name}_batch"
    class_python: str = "{stream}"
    support: tuple[str, ...] = ()
    class_module: str = ""
    raising: frozenset[Role] = frozenset()
    pyo3: bool = True
    numpy: bool = True
    reach: Reach | None = None
    unsafe: bool = True
    documented: bool = False
    errors: Errors | None = None
    keys: Keys = OWN_KEYS
    single_keys: SingleKeys = OWN_SINGLE
    heads: Heads = OWN_HEADS
    imports: tuple[Import, ...] = ()
    stream_defaults: str = ""
    range_defaults: RangeDefaults = OWN_RANGES
    stream_class: StreamClass = OWN_CLASS
    arrays: Arrays = OWN_ARRAYS
    untaken: tuple[str, ...] = ()

    def refuses(self, role: Role) -> bool:
        """Whether our own bindings in a role refuse arrays that are not contiguous."""
        return role in self.raising or role in self.arrays.refusals


def crate_style(program: Program, crate: Crate, config: Config) -> CrateStyle:
    """The style that `config` asks for, else the one that the crate calls for."""
    if program.pyo3 is not None and program.pyo3 < OLDEST:
        raise BindcheckError(
            f"bindings are generated for PyO3 {OLDEST} and later; the crate has {program.pyo3}"
        )
    support = _support_module(program)
    name = config.style or _style_of(program, support)
    if name == STRICT and support is None:
        raise BindcheckError(
            f"style strict needs a module of the crate with {', '.join(_SUPPORT)};"
            " there is none: use style reference"
        )
    reference, _ = find_reference(program, config.reference)
    base = CrateStyle(
        name=name,
        release=_release(program.pyo3),
        gate=_gate(crate),
        defaults=config.defaults or (PARAMS if name == STRICT else NONE),
        support=support or (),
        class_module=(crate.extension.module_name or crate.lib_name).partition(".")[0],
        pyo3=crate.pyo3 is not None or _uses(program, "pyo3"),
        numpy=crate.numpy is not None or _uses(program, "numpy"),
        reach=_reach(program, config),
        unsafe=not _denies(program, "unsafe_code"),
        documented=_denies(program, "missing_docs"),
    )
    if reference is not None:
        base = _learned(base, program, reference, config)
    if name == REFERENCE and config.defaults != NONE:
        base = replace(base, range_defaults=defaults_of_grids(program, reference, base.defaults))
    if reference is None and name == REFERENCE and config.defaults is None:
        base = replace(base, untaken=without_defaults(program))
    if reference is not None and name == REFERENCE:
        errors, keys = learned_errors(program, reference), learned_keys(program, reference)
        heads, single = learned_heads(program, reference), learned_single(program, reference)
        imports = learned_imports(program, reference)
        base = replace(base, errors=errors, keys=keys, heads=heads, single_keys=single)
        base = replace(base, stream_class=learned_stream(program, reference), imports=imports)
        base = replace(base, arrays=learned_arrays(program, reference))
        taken = Taken(base.keys, base.single_keys, base.range_defaults)
        base = replace(base, untaken=untaken(program, reference, taken))
    return replace(
        base,
        validator=_validator(program, reference),
        plain_validator=_plain_validator(program, reference),
        auto=_auto(program, reference),
        raising=frozenset(role for role in _ARRAY_ROLES if _raises(program, reference, role)),
    )


def _uses(program: Program, name: str) -> bool:
    """Whether a file imports a crate, from wherever it has it."""
    uses = (use for module in program.modules.values() for use in module.uses)
    return any(name in use.path for use in uses)


def _reach(program: Program, config: Config) -> Reach | None:
    try:
        return Reach.of(program, find_home(program, config.reference))
    except Lacking:
        return None


def _denies(program: Program, lint: str) -> bool:
    """Whether an attribute of a file of the crate makes a lint an error."""
    return any(
        one.path in ("forbid", "deny") and lint in one.tokens and not one.cfg
        for path, module in program.modules.items()
        if program.in_crate(path)
        for one in module.inner_attrs
    )


def _release(pyo3: Version | None) -> str:
    return "allow_threads" if pyo3 is not None and pyo3 < DETACH_SINCE else "detach"


def _style_of(program: Program, support: tuple[str, ...] | None) -> str:
    new = program.pyo3 is None or program.pyo3 >= STRICT_SINCE
    return STRICT if new and support is not None else REFERENCE


def _support_module(program: Program) -> tuple[str, ...] | None:
    """The module whose names include all helpers of the strict style."""
    for path, module in program.modules.items():
        names = {use.name for use in module.uses if use.visibility.startswith("pub")}
        names |= {struct.name for struct in module.structs}
        if names.issuperset(_SUPPORT):
            return program.module_path(path)
    return None


def _gate(crate: Crate) -> str:
    """The feature that brings PyO3, where it is optional."""
    if crate.pyo3 is None or not crate.pyo3.optional:
        return ""
    key = crate.pyo3.key or "pyo3"
    enabling = [
        name
        for name, enabled in crate.features.items()
        if name != key and (key in enabled or f"dep:{key}" in enabled)
    ]
    name = "python" if "python" in enabling else enabling[0] if enabling else key
    return f'feature = "{name}"'


# --- learning -------------------------------------------------------------------------------


def _learned(base: CrateStyle, program: Program, reference: CoreApi, config: Config) -> CrateStyle:
    """Names, gate and defaults of the reference's own binding."""
    entries = [entry for entry in program.entries_of(reference) if entry.active]
    by_role = {
        entry.role: entry
        for entry in reversed(entries)
        if entry.kind in (EntryKind.FUNCTION, EntryKind.CLASS)
    }
    single, batch = by_role.get(Role.SINGLE), by_role.get(Role.BATCH)
    if single is not None:
        base = replace(
            base,
            single_rust=_beside_core(program, single, reference) or base.single_rust,
            single_python=pattern_of(single.python_name, reference) or base.single_python,
            gate=_own_gate(program.function(single.ref), base.gate),
            defaults=config.defaults
            or parameter_policy(single.signature, reference, base.defaults),
        )
    if batch is not None:
        base = replace(
            base,
            batch_rust=_beside_core(program, batch, reference) or base.batch_rust,
            batch_python=pattern_of(batch.python_name, reference) or base.batch_python,
        )
    stream = by_role.get(Role.STREAM)
    if stream is not None:
        base = replace(
            base,
            class_rust=pattern_of(stream.rust_name, reference) or base.class_rust,
            class_python=pattern_of(stream.python_name, reference) or base.class_python,
            stream_defaults=config.defaults
            or _stream_policy(program, stream, reference, base.defaults),
        )
    return base


def _beside_core(program: Program, entry: EntryPoint, reference: CoreApi) -> str | None:
    """The pattern of a function's name; None for one that only an inline module keeps apart.

    New bindings stand beside their core, which has functions of such names itself.
    """
    pattern = pattern_of(entry.rust_name, reference)
    core = (reference.single, reference.with_kernel, reference.batch_with_kernel)
    own = [one for one in core if one is not None]
    scopes = {program.function(one.ref).scope for one in own}
    if program.function(entry.ref).scope in scopes:
        return pattern
    taken = pattern == "{name}" or entry.rust_name in [one.name for one in own]
    return None if taken else pattern


def _raises(program: Program, reference: CoreApi | None, role: Role) -> bool:
    """Whether the reference passes on the error of an array that is not contiguous."""
    return any(
        isinstance(node, Try)
        and isinstance(node.value, MethodCall)
        and node.value.method == "as_slice"
        for ref in _bound(program, reference, role)
        if (body := program.body(ref)) is not None
        for node in body.walk()
    )


def _own_gate(item: Item, fallback: str) -> str:
    gates = [attribute.tokens for attribute in item.attrs if attribute.path == "cfg"]
    return gates[0] if len(gates) == 1 else fallback if gates else ""


def _stream_policy(program: Program, stream: EntryPoint, reference: CoreApi, fallback: str) -> str:
    """The policy of a class's constructor."""
    made = constructor_of(program, stream)
    return fallback if made is None else parameter_policy(made.signature, reference, fallback)


# --- kernels --------------------------------------------------------------------------------


def is_kernel(kind: TypeRef) -> bool:
    """Whether a type chooses a kernel."""
    return kind.kind == "path" and kind.name.endswith("Kernel") and not kind.args


def _validator(program: Program, reference: CoreApi | None) -> Validator | None:
    """The function that turns a name into a kernel, that of the reference first."""
    found = list(_validators(program))
    used = _called_by_reference(program, reference)
    found.sort(key=lambda one: one.ref not in used)
    return found[0] if found else None


def _validators(program: Program) -> Iterator[Validator]:
    for path, module in program.modules.items():
        for index, function in enumerate(module.functions):
            if function.owner or not program.active(function.cfg, path):
                continue
            if _returns_kernel(function) and _takes_name(function):
                flag = len(function.params) == 2
                yield Validator(ItemRef(path, index), flag)


def _plain_validator(program: Program, reference: CoreApi | None) -> ItemRef | None:
    """The function from a text, and nothing else, to a kernel that the reference calls."""
    for ref in _called_by_reference(program, reference):
        function = program.function(ref)
        kinds = [param.type.text for param in function.params if param.type is not None]
        if not function.owner and _returns_kernel(function) and kinds == ["&str"]:
            return ref
    return None


def _returns_kernel(function: Function) -> bool:
    kind = function.returns
    return kind.name in ("PyResult", "Result") and bool(kind.args) and is_kernel(kind.args[0])


def _takes_name(function: Function) -> bool:
    kinds = [param.type for param in function.params if param.type is not None]
    if not kinds or len(kinds) != len(function.params) or len(kinds) > 2:
        return False
    name = kinds[0].name == "Option" and kinds[0].args and kinds[0].args[0].peel().name == "str"
    return bool(name) and all(kind.name == "bool" for kind in kinds[1:])


def _auto(program: Program, reference: CoreApi | None) -> ItemRef | None:
    """The function without arguments that chooses a kernel, as the reference's batch calls it."""
    for ref in _called_by_reference(program, reference, Role.BATCH):
        function = program.function(ref)
        if not function.params and is_kernel(function.returns):
            return ref
    return None


def _called_by_reference(
    program: Program, reference: CoreApi | None, role: Role = Role.SINGLE
) -> tuple[ItemRef, ...]:
    bound = _bound(program, reference, role)
    return tuple(ref for one in bound for ref in program.called(one))


def _bound(program: Program, reference: CoreApi | None, role: Role) -> tuple[ItemRef, ...]:
    """The functions of the reference's bindings in a role."""
    if reference is None:
        return ()
    return tuple(
        entry.ref
        for entry in program.entries_of(reference)
        if entry.active and entry.role is role and entry.kind is EntryKind.FUNCTION
    )


def kernel_pairs(program: Program, path: str) -> tuple[tuple[str, str], ...]:
    """Variants of the kernel enum that stand for a batch, with the plain variant of each."""
    ref = program.resolve_type("Kernel", path, ())
    item = program.struct(ref) if ref is not None else None
    if not isinstance(item, Enum):
        return ()
    names = [variant.name for variant in item.variants]
    return tuple((f"{name}Batch", name) for name in names if f"{name}Batch" in names)
