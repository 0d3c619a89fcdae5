"""The Python view of a binding: names, arguments and results, for the pieces `stub` and `test`."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence

from bindcheck.analysis.bindings.signature import parse_signature
from bindcheck.fact import fact
from bindcheck.generate.arguments import (
    Argument,
    RangeArgument,
    SeriesArgument,
    matrix_keys,
    parameters_of,
    ranges_of,
    series_of,
    with_order,
)
from bindcheck.generate.batch import batch_arguments
from bindcheck.generate.context import Facts, series_arguments
from bindcheck.generate.documented import in_docstring
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.learned.exceptions import VALUE_ERROR, Raised
from bindcheck.generate.learned.heads import OWN_HEADS, Heads
from bindcheck.generate.lengths import core_function, lengths_of
from bindcheck.generate.rows import is_array, may_be_none
from bindcheck.generate.single import alike_of
from bindcheck.generate.stream import stream_context
from bindcheck.generate.style import STRICT
from bindcheck.model import CoreFunction, EntryPoint, OutputField, Role, SignatureArg
from bindcheck.render import python_string

_PYTHON = {"bool": "bool", "String": "str", "f32": "float", "f64": "float"}
_NUMPY = {"f64": "float64", "f32": "float32", "bool": "bool", "usize": "uintp", "isize": "intp"}

_KERNEL_TAIL = re.compile(r" (?:by|with) (?:the fastest|the best|any) kernel\.?$")
"""How documentation tells the function without a kernel from the one that takes it."""


@fact
class PythonArgument:
    """An argument as Python writes it: name, annotation, default text (empty: none) and meaning."""

    name: str
    type: str
    default: str = ""
    doc: str = ""

    @property
    def declaration(self) -> str:
        """`period: int = 9`."""
        tail = f" = {self.default}" if self.default else ""
        return f"{self.name}: {self.type}{tail}"


@fact
class Key:
    """An entry of a batch's dict."""

    name: str
    type: str


@fact
class PythonBinding:
    """All that a stub or a test says about an indicator. Absent parts are None or empty.

    `arguments` and `batch_arrays` are the arrays of one call and of a batch: one that may be left
    out has a default only where nothing behind it must be given. `keys` are those of the outputs in
    the result of a batch. `refused` is what a single call refuses, `raised` the exceptions that it
    does so with; `batch_raised` and `kernel_raised` are those of a batch, and of kernels. `shaped`
    is the array that its results are as long as, empty where nothing says so; `warms_up`: they
    begin with NaN. `heads` tells how a kernel is given.
    """

    name: str
    title: str
    prefix: str
    strict: bool
    series: tuple[SeriesArgument, ...]
    outputs: tuple[OutputField, ...]
    single: str
    batch: str
    stream: str
    kernel: bool
    batch_kernel: bool
    arguments: tuple[PythonArgument, ...]
    batch_arrays: tuple[PythonArgument, ...]
    parameters: tuple[PythonArgument, ...]
    ranges: tuple[PythonArgument, ...]
    swept: tuple[Key, ...]
    stream_parameters: tuple[PythonArgument, ...]
    stream_values: tuple[PythonArgument, ...]
    stream_returns: str
    keys: tuple[str, ...]
    raised: tuple[Raised, ...]
    batch_raised: tuple[Raised, ...]
    kernel_raised: tuple[Raised, ...]
    refused: tuple[str, ...] = ()
    shaped: str = ""
    warms_up: bool = True
    heads: Heads = OWN_HEADS

    @property
    def typed_dict(self) -> str:
        """Name of the type of a batch's result."""
        return f"_{self.prefix}Batch"

    @property
    def keys_are_names(self) -> bool:
        """Whether the keys of a batch's result can be written as names."""
        keys = (*self.keys, *(one.name for one in self.swept))
        return not any(keyword.iskeyword(key) for key in keys)

    @property
    def streams_outputs(self) -> bool:
        """Whether `update` gives one value per output."""
        bare = self.stream_returns.removesuffix(" | None")
        count = bare.count(",") + 1 if bare.startswith("tuple[") else 1
        return count == len(self.outputs)

    @property
    def returns(self) -> str:
        """Annotation of a single call's result."""
        arrays = [array_type(one.element) for one in self.outputs]
        return arrays[0] if len(arrays) == 1 else f"tuple[{', '.join(arrays)}]"


def python_binding(facts: Facts, made: Mapping[str, bool]) -> PythonBinding:
    """The Python view; `made` tells which of single, batch and stream the binding has."""
    core, style = facts.core, facts.style
    strict = style.name == STRICT
    series = series_of(core)
    parameters = parameters_of(core, style.defaults) if made.get("single") else ()
    ordered = with_order((*series_arguments(series), *parameters))
    ranges = grid_arguments(facts) if made.get("batch") else ()
    stream = stream_context(facts) if made.get("stream") else None
    single = core.with_kernel or core.single or core.into_slice
    grid = core.batch_inner_into or core.batch_with_kernel
    return PythonBinding(
        name=facts.bare,
        title=in_docstring(_title(facts)),
        prefix=core.prefix,
        strict=strict,
        series=series,
        outputs=core.outputs,
        single=facts.named(style.single_python) if made.get("single") else "",
        batch=facts.named(style.batch_python) if made.get("batch") else "",
        stream=stream.python_name if stream is not None else "",
        kernel=single is not None and "kernel" in single.roles,
        batch_kernel=grid is not None and "kernel" in grid.roles,
        arguments=_arrays(series, parameters),
        batch_arrays=_arrays(series, tuple(one.argument for one in ranges)),
        parameters=tuple(_argument(one) for one in ordered[len(series) :]),
        ranges=tuple(_range(one) for one in ranges),
        swept=tuple(_key(facts, one) for one in ranges if one.key),
        stream_parameters=_stream_parameters(stream.parameters if stream else ()),
        stream_values=tuple(
            PythonArgument(one.name, _annotation(one.type), one.default or "")
            for one in with_order(stream.values if stream else ())
        ),
        stream_returns=_annotation(stream.returns) if stream else "",
        keys=matrix_keys(core, style.keys),
        raised=_raised(facts, Role.SINGLE, single),
        batch_raised=_raised(facts, Role.BATCH, grid),
        kernel_raised=facts.kernel_exceptions(),
        refused=_refused(facts, series) if made.get("single") else (),
        shaped=lengths_of(facts.program, facts.core).result,
        warms_up=core.input is not None,
        heads=style.heads,
    )


def _raised(facts: Facts, role: Role, function: CoreFunction | None) -> tuple[Raised, ...]:
    """The exceptions that errors of the core become."""
    return facts.exceptions(role, function) if function is not None else (VALUE_ERROR,)


def _refused(facts: Facts, series: tuple[SeriesArgument, ...]) -> tuple[str, ...]:
    """What the binding of one call refuses."""
    function = core_function(facts.core)
    if facts.style.name == STRICT or (function is not None and function.fallible):
        return ("a parameter is out of range", "the input is empty, all NaN or too short")
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

    The second are names that a generated binding would have, with other arguments.
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
        if _given(facts, entry) == _expected(binding, piece):
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


def _title(facts: Facts) -> str:
    """The first sentence of the core's documentation, else its name."""
    function = facts.core.single or facts.core.with_kernel
    doc = facts.program.function(function.ref).doc if function is not None else ""
    first = doc.strip().partition("\n")[0].strip()
    return _KERNEL_TAIL.sub("", first.replace("`", "")).rstrip(".") or facts.bare


def array_type(element: str) -> str:
    """`NDArray[np.float64]`."""
    return f"NDArray[np.{numpy_type(element)}]"


def numpy_type(element: str) -> str:
    """NumPy's name for a Rust number."""
    if element in _NUMPY:
        return _NUMPY[element]
    kinds = {"u": "uint", "i": "int"}
    if element[:1] in kinds and element[1:].isdigit():
        return f"{kinds[element[:1]]}{element[1:]}"
    raise Lacking(f"a NumPy type for `{element}`")


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
    return PythonArgument(one.name, f"{kind} | None" if one.optional else kind, default)


def _argument(one: Argument) -> PythonArgument:
    kind = _PYTHON.get(one.kind, "int")
    default = _python_default(one.default or "")
    return PythonArgument(
        one.name, f"{kind} | None" if one.optional else kind, default, _described(one)
    )


def _described(one: Argument) -> str:
    """What an argument means; of an enum also its texts."""
    said = _sentence(one.doc)
    if one.choices is None:
        return in_docstring(said)
    listed = ", ".join(python_string(text) for _, text in one.choices.texts)
    return in_docstring("; ".join(filter(None, (said, f"one of {listed}"))))


def _python_default(text: str) -> str:
    return {"true": "True", "false": "False"}.get(text, text)


def _sentence(doc: str) -> str:
    """The first line of a field's documentation, to stand behind the argument's name."""
    first = doc.strip().partition("\n")[0].strip().rstrip(".")
    return first[:1].lower() + first[1:] if first[1:2].islower() else first


def _range(one: RangeArgument) -> PythonArgument:
    doc = _described(one.argument) if one.argument.choices is not None else ""
    return PythonArgument(one.argument.name, _annotation(one.argument.type), doc=doc)


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
    if not is_array(facts, one.param):
        return Key(one.key, f"list[{_annotation(kind)}]")
    element = "u64" if kind == "usize" and not strict else kind
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
