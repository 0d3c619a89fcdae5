"""The Python view of a binding: names, arguments and results, for the pieces `stub` and `test`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bindcheck.analysis.bindings.arguments import python_params
from bindcheck.analysis.bindings.signature import parse_signature
from bindcheck.generate.arguments import (
    Argument,
    SeriesArgument,
    parameters_of,
    with_order,
)
from bindcheck.generate.batch import batch_arguments
from bindcheck.generate.context import Facts, series_arguments
from bindcheck.generate.documented import in_docstring
from bindcheck.generate.kept_interface import methods_of
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.learned.exceptions import VALUE_ERROR, Raised
from bindcheck.generate.learned.results import PARAMETERS
from bindcheck.generate.learned.types import gives
from bindcheck.generate.lengths import core_function, lengths_of
from bindcheck.generate.pythonview import Key, PythonArgument, PythonBinding, array_type
from bindcheck.generate.ranges import RangeArgument, matrix_keys, ranges_of, single_keys
from bindcheck.generate.rows import is_array, may_be_none
from bindcheck.generate.single import alike_of
from bindcheck.generate.stream import stream_context
from bindcheck.generate.style import STRICT
from bindcheck.generate.titles import docs_of, output_words, sentence
from bindcheck.generate.warmth import writes_nan
from bindcheck.model import (
    CoreFunction,
    EntryKind,
    EntryPoint,
    Literal,
    MethodCall,
    Role,
    SignatureArg,
    TypeRef,
)
from bindcheck.render import python_string

_PYTHON = {"bool": "bool", "String": "str", "f32": "float", "f64": "float"}


def python_binding(facts: Facts, made: Mapping[str, bool]) -> PythonBinding:
    """The Python view; `made` tells which of single, batch and stream the binding has."""
    core, style = facts.core, facts.style
    strict = style.name == STRICT
    single_made, policy = bool(made.get("single")), style.defaults
    parameters = parameters_of(core, policy, closed=strict) if single_made else ()
    series = facts.arrays(Role.SINGLE, (one.name for one in parameters))
    ordered = with_order((*series_arguments(series), *parameters))
    ranges = grid_arguments(facts) if made.get("batch") else ()
    swept = facts.arrays(Role.BATCH, (one.argument.name for one in ranges))
    stream = stream_context(facts) if made.get("stream") else None
    single = core.with_kernel or core.single or core.into_slice
    grid = core.grid
    called = {one.name: one.called for one in series}
    return PythonBinding(
        name=facts.bare,
        docs=docs_of(facts),
        prefix=core.prefix,
        strict=strict,
        series=series,
        outputs=core.outputs,
        words=output_words(facts),
        single=facts.named(style.single_python) if made.get("single") else "",
        batch=facts.named(style.batch_python) if made.get("batch") else "",
        stream=stream.python_name if stream is not None else "",
        kernel=single is not None and "kernel" in single.roles,
        batch_kernel=grid is not None and "kernel" in grid.roles,
        arguments=_arrays(series, parameters),
        batch_arrays=_arrays(swept, tuple(one.argument for one in ranges)),
        parameters=tuple(_argument(one) for one in ordered[len(series) :]),
        ranges=_ranges(ranges),
        swept=_swept(facts, ranges),
        stream_parameters=_stream_parameters(stream.parameters if stream else ()),
        stream_values=tuple(
            PythonArgument(one.name, _annotation(one.type), one.default or "")
            for one in with_order(stream.values if stream else ())
        ),
        stream_returns=_annotation(stream.returns) if stream else "",
        stream_method=stream.method if stream else "",
        keys=matrix_keys(core, style.keys),
        raised=_raised(facts, Role.SINGLE, single),
        batch_raised=_raised(facts, Role.BATCH, grid),
        kernel_raised=facts.kernel_exceptions(),
        refused=_refused(facts, series) if made.get("single") else (),
        shaped=called.get(lengths_of(facts.program, facts.core).result, ""),
        warms_up=core.input is not None and writes_nan(facts.program, core),
        heads=style.heads,
        single_keys=single_keys(core, style.single_keys),
        form=style.keys,
        layouts=(_layout(facts, Role.SINGLE), _layout(facts, Role.BATCH)),
        layout_raised=_layout_raised(facts),
    )


def _raised(facts: Facts, role: Role, function: CoreFunction | None) -> tuple[Raised, ...]:
    """The exceptions that errors of the core become."""
    return facts.exceptions(role, function) if function is not None else (VALUE_ERROR,)


def _layout(facts: Facts, role: Role) -> str:
    """The layout of arrays that a binding takes."""
    strict = facts.style.name == STRICT
    return "contiguous" if not strict and facts.style.refuses(role) else "any"


def _layout_raised(facts: Facts) -> tuple[Raised, ...]:
    """What a single call refuses arrays of another layout with, where that is known."""
    refusal = facts.style.arrays.refusals.get(Role.SINGLE)
    return refusal.makes if refusal is not None else ()


def _refused(facts: Facts, series: tuple[SeriesArgument, ...]) -> tuple[str, ...]:
    """What the binding of one call refuses."""
    function = core_function(facts.core)
    if facts.style.name == STRICT:
        return ("a parameter is out of range", "the input is empty, all NaN or too short")
    if function is not None and function.fallible:
        # What is wrong with an input, cores see differently.
        taken = "the core refuses the input (as empty)"
        return ("a parameter is out of range", taken)
    named = any(one.choices is not None for one in facts.core.params)
    alike = alike_of(series, lengths_of(facts.program, facts.core))
    return (
        *(f"{' and '.join(one.name for one in group)} differ in length" for group in alike),
        *(["a choice is none of those listed"] if named else []),
    )


def grid_arguments(facts: Facts) -> tuple[RangeArgument, ...]:
    """The arguments of the batch behind the arrays, in either style."""
    return ranges_of(facts.core) if facts.style.name == STRICT else batch_arguments(facts)


def by_hand(facts: Facts, handmade: Sequence[EntryPoint]) -> tuple[dict[str, str], frozenset[str]]:
    """Python names of hand-written bindings by piece, where they are called like generated ones.

    The second are names that a generated binding would have, with other arguments or results.
    """
    same: dict[str, str] = {}
    other: set[str] = set()
    for entry in handmade:
        piece = entry.role.value
        try:
            binding = python_binding(facts, {piece: True})
        except Lacking:
            continue
        if entry.python_name not in (binding.single, binding.batch, binding.stream):
            continue
        if _given(facts, entry) == _expected(binding, piece) and _gives(facts, entry, binding):
            same[piece] = entry.python_name
        else:
            other.add(entry.python_name)
    return same, frozenset(other)


def keeps_signature(facts: Facts, entry: EntryPoint) -> bool:
    """Whether a generated binding would take what this one takes: names, order and defaults."""
    piece = entry.role.value
    signature = _signature(facts, entry)
    if signature is None:
        return False
    expected = _arguments(python_binding(facts, {piece: True}), piece)
    listed = ", ".join(f"{one.name}={one.default}".rstrip("=") for one in expected)
    return _canonical(signature) == _canonical(parse_signature(f"({listed})"))


def _canonical(signature: Sequence[SignatureArg]) -> list[tuple[str, str, str]]:
    """Arguments with one spelling for the numbers and flags among the defaults."""
    return [(one.name, _number(_python_default(one.default or "")), one.kind) for one in signature]


def _number(text: str) -> str:
    try:
        return repr(float(text.replace("_", "")))
    except ValueError:
        return text


def _signature(facts: Facts, entry: EntryPoint) -> tuple[SignatureArg, ...] | None:
    """The arguments of a function, or of a class's constructor."""
    if entry.class_ref is None:
        return entry.signature
    made = [
        one
        for one in facts.program.entries
        if one.constructor and one.active and one.class_ref == entry.class_ref
    ]
    return made[0].signature if made else ()


def _given(facts: Facts, entry: EntryPoint) -> list[str] | None:
    """Names of the arguments of a function, or of a class's constructor."""
    signature = _signature(facts, entry)
    return None if signature is None else [one.name for one in signature]


def _gives(facts: Facts, entry: EntryPoint, binding: PythonBinding) -> bool:
    """Whether a function gives a dict where a generated one does, and arrays where that does.

    Those of a single call have to be as many and of the same numbers, where its head says so.
    """
    if entry.kind is not EntryKind.FUNCTION:
        return True
    kind = gives(facts.program, entry.ref)
    single = entry.role is Role.SINGLE
    keyed = bool(binding.single_keys) if single else not binding.form.bare
    arrays = any(name.startswith("PyArray") for name in kind.names())
    if "PyDict" in kind.names() or (keyed and arrays):
        return keyed and "PyDict" in kind.names()
    known = [one.args[-1].name for one in kind.walk() if one.name == "PyArray1" and one.args]
    return not (single and known) or known == [one.element for one in binding.outputs]


def gives_alike(facts: Facts, entry: EntryPoint) -> bool:
    """Whether a binding by hand that is called like ours gives the same parts or keys.

    A class has the same method. What neither a head nor a body says is taken to be so.
    """
    piece = entry.role.value
    binding = python_binding(facts, {piece: True})
    if entry.kind is not EntryKind.FUNCTION:
        return _streams(facts, entry, binding)
    kind = gives(facts.program, entry.ref)
    if "PyDict" in kind.names():
        return _has_keys(facts, entry, binding)
    arrays = any(name.startswith("PyArray") for name in kind.names())
    if piece == "single" or not arrays:
        return True
    return _shown(kind) == [one in binding.keys for one in binding.bare_names]


def _has_keys(facts: Facts, entry: EntryPoint, binding: PythonBinding) -> bool:
    """Whether the dict that a body fills has the keys of ours, as far as it says them."""
    body = facts.program.body(entry.ref)
    nodes = body.walk() if body is not None else ()
    calls = [one for one in nodes if isinstance(one, MethodCall) and one.method == "set_item"]
    keys = [one.args[0] for one in calls if one.args]
    known = {one.text for one in keys if isinstance(one, Literal) and one.kind == "str"}
    single = entry.role is Role.SINGLE
    wanted = {key for key, _ in (binding.single_entries if single else binding.entries)}
    return wanted <= known or not keys or not all(isinstance(one, Literal) for one in keys)


def _shown(kind: TypeRef) -> list[bool]:
    """Which parts of a result are matrices."""
    return [bool(part.names() & {"PyArray2", "PyArrayDyn"}) for part in _parts(kind)]


def _parts(kind: TypeRef) -> tuple[TypeRef, ...]:
    """The parts of a tuple, or the one thing that is given, if no error and no None is."""
    while kind.name in ("PyResult", "Result", "Option") and kind.args:
        kind = kind.args[0]
    return kind.args if kind.kind == "tuple" else (kind,)


def _streams(facts: Facts, entry: EntryPoint, binding: PythonBinding) -> bool:
    """Whether a class takes and gives values as a generated one does."""
    named = [one for one in methods_of(facts, entry) if one.python_name == binding.stream_method]
    if len(named) != 1:
        return False
    function = facts.program.function(named[0].ref)
    taken = python_params(function, EntryKind.METHOD)
    ours = binding.stream_returns.removesuffix(" | None")
    given = ours.count(",") + 1 if ours.startswith("tuple[") else 1
    return len(taken) == len(binding.stream_values) and len(_parts(function.returns)) == given


def _expected(binding: PythonBinding, piece: str) -> list[str]:
    return [one.name for one in _arguments(binding, piece) if one.name != "*"]


def _arguments(binding: PythonBinding, piece: str) -> tuple[PythonArgument, ...]:
    """What a generated binding takes; `*` stands before what is given by name alone."""
    if piece == "stream":
        return binding.stream_parameters
    batch = piece == "batch"
    kernel = binding.heads.batch if batch else binding.heads.single
    taken = binding.batch_kernel if batch else binding.kernel
    names: list[str] = []
    if binding.strict:
        names = ["*", *(["threads"] if batch else []), "out"]
    return (
        *(binding.batch_arrays if batch else binding.arguments),
        *(binding.ranges if batch else binding.parameters),
        *([PythonArgument("*", "", "")] if taken and kernel.keyword else []),
        *([PythonArgument("kernel", "", kernel.default)] if taken else []),
        *(PythonArgument(one, "", "" if one == "*" else "None") for one in names),
    )


def _stream_parameters(parameters: Sequence[Argument]) -> tuple[PythonArgument, ...]:
    return tuple(_argument(one) for one in with_order(parameters))


def _arrays(
    series: Sequence[SeriesArgument], behind: Sequence[Argument]
) -> tuple[PythonArgument, ...]:
    """The arrays in front of the arguments `behind`."""
    ordered = with_order((*series_arguments(series), *behind))
    return tuple(
        _array(one, shown.default or "") for one, shown in zip(series, ordered, strict=False)
    )


def _array(one: SeriesArgument, default: str) -> PythonArgument:
    kind = array_type(one.element)
    return PythonArgument(one.called, f"{kind} | None" if one.optional else kind, default)


def _argument(one: Argument) -> PythonArgument:
    kind = _PYTHON.get(one.kind, "int")
    default = _python_default(one.default or "")
    return PythonArgument(
        one.name, f"{kind} | None" if one.optional else kind, default, _described(one)
    )


def _described(one: Argument) -> str:
    """What an argument means; of an enum also its texts."""
    said = sentence(one.doc)
    if one.choices is None:
        return in_docstring(said)
    listed = ", ".join(python_string(text) for _, text in one.choices.texts)
    return in_docstring("; ".join(filter(None, (said, f"one of {listed}"))))


def _python_default(text: str) -> str:
    return {"true": "True", "false": "False"}.get(text, text)


def _ranges(ranges: Sequence[RangeArgument]) -> tuple[PythonArgument, ...]:
    ordered = with_order(one.argument for one in ranges)
    return tuple(
        _range(one, shown.default or "") for one, shown in zip(ranges, ordered, strict=True)
    )


def _range(one: RangeArgument, default: str) -> PythonArgument:
    doc = _described(one.argument) if one.argument.choices is not None else ""
    return PythonArgument(
        one.argument.name, _annotation(one.argument.type), _python_default(default), doc
    )


def _swept(facts: Facts, ranges: Sequence[RangeArgument]) -> tuple[Key, ...]:
    """What the result of a batch has of the parameters of its rows."""
    if PARAMETERS not in facts.style.keys.order:
        return ()
    return tuple(_key(facts, one) for one in ranges if one.key)


def _key(facts: Facts, one: RangeArgument) -> Key:
    assert one.param is not None
    strict = facts.style.name == STRICT
    kind = one.param.type.name
    if one.param.choices is not None:
        always = not one.param.optional or one.param.choices.variant(one.param.default or "")
        return Key(one.key, "list[str]" if always else "list[str | None]")
    if may_be_none(facts, one.param):
        return Key(one.key, f"list[{_annotation(kind)} | None]")
    if kind == "String":
        return Key(one.key, "list[str]")
    element = kind if strict else facts.style.keys.element(kind)
    if not is_array(facts, one.param):
        return Key(one.key, f"list[{_annotation(element)}]")
    return Key(one.key, array_type(element))


def _annotation(rust: str) -> str:
    """Python's name for a Rust type of numbers, flags and texts in options, tuples and vectors."""
    text = rust.replace(" ", "")
    if text.startswith("Option<"):
        return f"{_annotation(text[7:-1])} | None"
    if text.startswith("Vec<"):
        return f"list[{_annotation(text[4:-1])}]"
    if text.startswith("("):
        return f"tuple[{', '.join(map(_annotation, _split(text[1:-1])))}]"
    return _PYTHON.get(text, "str" if text == "&str" else "int")


def _split(text: str) -> list[str]:
    """Parts between the commas that no bracket encloses."""
    parts, depth, begin = [], 0, 0
    for at, char in enumerate(text):
        depth += (char in "(<") - (char in ")>")
        if char == "," and depth == 0:
            parts.append(text[begin:at])
            begin = at + 1
    return [part for part in (*parts, text[begin:]) if part]
