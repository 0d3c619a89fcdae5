"""The piece `test`: a pytest file that compares a binding with its core and with itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bindcheck.fact import fact
from bindcheck.generate.arguments import NONE, Argument, in_python, parameters_of, series_of
from bindcheck.generate.checked import render_python
from bindcheck.generate.context import Facts
from bindcheck.generate.disagreements import Known
from bindcheck.generate.inputs import WALK, Drawn, cells, drawn, unfed
from bindcheck.generate.kernel_texts import BASE, kernel_texts, tried
from bindcheck.generate.lacking import Lacking, Untested
from bindcheck.generate.learned.results import PARAMETERS
from bindcheck.generate.lengths import core_function, lengths_of, refused, shorter
from bindcheck.generate.pythonside import grid_arguments
from bindcheck.generate.pythonview import PythonBinding, numpy_type
from bindcheck.generate.ranges import RangeArgument
from bindcheck.generate.refusals import refused_by
from bindcheck.generate.single import alike_of
from bindcheck.generate.stream import stream_context
from bindcheck.generate.stub import caught, public_names
from bindcheck.generate.style import STRICT
from bindcheck.generate.testlength import (
    called_with,
    counts_values,
    instead_of_none,
    is_count,
    length_of,
    swept,
)
from bindcheck.generate.testnames import called_in_test, imports
from bindcheck.generate.values import NAME, Recorded
from bindcheck.model import ItemRef, MethodCall, ParamField, Role
from bindcheck.render import python_string

_SEARCHES = {"position", "find", "rposition", "find_map"}
_DEPTH = 3
_STEP = 2
_IMPOSSIBLE = {"zero": "0", "too_long": "LENGTH + 1"}


@fact
class TestCase:
    """Data of `python/test_binding.py.j2`.

    `cells` is how long the results of a single call are, empty where nothing says so.
    `values` are the parameters of a single call by name; `ranges` the arguments of a batch;
    `swept` pairs a key of its result with a parameter; `stream_values` are the series that `update`
    takes, `unfed` those it does not and a single call can do without. `contiguous`: other layouts
    are refused. `shifts`: as many NaN more in front of the input are as many more in front of the
    result. `known` are contradictions of the core. `choices` pairs
    parameters that are one of a few texts with the first of these. `empty`: no values at all are
    refused; `impossible` are values of `counted` that are; `apart` is the array that must be as
    long as another one. `kernels` are compared with `base`, None being the default.
    """

    binding: PythonBinding
    package: str
    length: int
    cells: str
    series: tuple[Drawn, ...]
    values: tuple[tuple[str, str], ...]
    defaults: bool
    ranges: tuple[tuple[str, str], ...]
    swept: tuple[tuple[str, str], ...]
    stream_arguments: tuple[tuple[str, str], ...]
    stream_values: tuple[str, ...]
    unfed: tuple[str, ...]
    counted: str
    contiguous: bool
    shifts: bool
    known: Known
    choices: tuple[tuple[str, str], ...]
    empty: bool
    impossible: tuple[str, ...]
    apart: str
    base: str | None
    kernels: tuple[str, ...]

    @property
    def only_floats(self) -> bool:
        """Whether every result can hold NaN."""
        return all(one.element in ("f32", "f64") for one in self.binding.outputs)

    @property
    def walks(self) -> bool:
        """Whether some series is made of prices."""
        return any("walk(" in one.expression for one in self.series)

    @property
    def floats(self) -> int:
        """How many of the series can hold NaN."""
        return sum(one.element.startswith("float") for one in self.series)

    @property
    def sweeps(self) -> bool:
        """Whether the grid has more than one row."""
        return any(
            value.endswith(", 2)") or (value.startswith("[") and ", " in value)
            for _, value in self.ranges
        )


def test_text(
    facts: Facts,
    binding: PythonBinding,
    package: str,
    templates: Path | None,
    known: Known,
    recorded: Recorded | None,
    *,
    defaults: bool,
) -> tuple[str, tuple[str, ...]]:
    """The text of the test file, and what is not tested; what is `known` to fail is expected to.

    What the core gave is compared with, if it is `recorded`. `defaults`: those of a single call are
    as they are generated.
    """
    binding, untested = _tested(facts, binding)
    case = test_case(facts, binding, package, known)
    case = replace(case, defaults=case.defaults and defaults)
    context = {
        "data": case,
        "names": imports(public_names(binding)),
        "walk": WALK,
        "recorded": recorded,
        "file": NAME,
        "raised": _tuple(caught(binding.raised)),
        "kernel_raised": _tuple(caught(binding.kernel_raised)),
        "layout_raised": _tuple(caught(binding.layout_raised) or ("TypeError", "ValueError")),
        "dtypes": [numpy_type(one.element) for one in binding.outputs],
    }
    return render_python("python/test_binding.py.j2", context, templates, "test"), untested


def _tuple(names: Sequence[str]) -> str:
    """What `pytest.raises` and `except` take for classes."""
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def _tested(facts: Facts, binding: PythonBinding) -> tuple[PythonBinding, tuple[str, ...]]:
    """The binding without what no test can be written for, and why."""
    untested = []
    if binding.batch:
        try:
            _refuse_unnamed(binding, _ranges(facts)[1])
        except Lacking as lacking:
            untested.append(f"no test of the batch: not known: {lacking.fact}")
            binding = replace(binding, batch="")
    if binding.stream and not (binding.streams_outputs and _stream_values(facts)):
        untested.append("no test of the stream: it takes or gives other values than a single call")
        binding = replace(binding, stream="")
    return binding, tuple(untested)


def _refuse_unnamed(binding: PythonBinding, swept: Sequence[tuple[str, str]]) -> None:
    """Raise where the result does not say what its rows are about."""
    if swept and PARAMETERS not in binding.form.order:
        raise Lacking("the parameters of the rows, which are not in the result")


def test_case(facts: Facts, binding: PythonBinding, package: str, known: Known) -> TestCase:
    """What the test calls, with the defaults of the core."""
    parameters = parameters_of(facts.core, "params")
    counted = next((one.name for one in parameters if counts_values(one)), "")
    refusals = _refusals(facts, counted)
    values = _values(facts)
    ranges, keys = _ranges(facts) if binding.batch else ((), ())
    stream = stream_context(facts) if binding.stream else None
    names = {one.name for one in stream.parameters} if stream is not None else set()
    fed = _stream_values(facts) if binding.streams_outputs else ()
    texts = kernel_texts(facts)
    return TestCase(
        binding=replace(
            binding,
            single=called_in_test(binding.single),
            batch=called_in_test(binding.batch),
            stream=called_in_test(binding.stream),
        ),
        package=package,
        length=length_of(facts.program, facts.core),
        cells=cells(facts.program, facts.core),
        series=drawn(facts.program, facts.core),
        values=values,
        defaults=facts.style.defaults != NONE
        and all(one.default is not None or one.optional for one in facts.core.params),
        ranges=ranges,
        swept=keys,
        stream_arguments=tuple((name, text) for name, text in values if name in names),
        stream_values=fed,
        unfed=unfed(facts.core, fed),
        counted=counted,
        contiguous=facts.style.name != STRICT and facts.style.refuses(Role.SINGLE),
        shifts=_shifts(facts),
        known=known,
        choices=tuple(
            (one.name, one.choices.texts[0][1]) for one in parameters if one.choices is not None
        ),
        empty="empty" in refusals,
        impossible=tuple(
            text for what, text in _IMPOSSIBLE.items() if counted and what in refusals
        ),
        apart=_apart(facts),
        base=None if texts and BASE not in texts else BASE,
        kernels=tried(texts),
    )


def _refusals(facts: Facts, counted: str) -> frozenset[str]:
    """What the core answers with an error, as its functions say."""
    function = core_function(facts.core)
    if facts.style.name != STRICT and (function is None or not function.fallible):
        return frozenset()
    if facts.core.params_struct is not None or facts.core.input is not None:
        bodies = (facts.program.body(ref) for ref in reached(facts))
        return refused_by((one for one in bodies if one is not None), counted)
    return refused(facts.program, facts.core, counted)


def _apart(facts: Facts) -> str:
    """An array whose length is compared with that of another one."""
    groups = alike_of(series_of(facts.core), lengths_of(facts.program, facts.core))
    return groups[0][1].name if groups else ""


def _shifts(facts: Facts) -> bool:
    """Whether the core looks for the first number of its input, and all of it are numbers."""
    core = facts.core
    elements = [one.element for one in series_of(core)] + [one.element for one in core.outputs]
    if any(one != "f64" for one in elements):
        return False
    if any(one.optional for one in series_of(core)) or shorter(facts.program, facts.core):
        return False
    return any(_looks_for_nan(facts, ref) for ref in reached(facts))


def reached(facts: Facts) -> Iterator[ItemRef]:
    """The function of a single call and what it calls, two steps deep."""
    core = facts.core
    function = core.with_kernel or core.single or core.into_slice
    todo = [function.ref] if function is not None else []
    for _ in range(_DEPTH):
        yield from todo
        todo = [ref for one in todo for ref in facts.program.called(one)]


def _looks_for_nan(facts: Facts, ref: ItemRef) -> bool:
    body = facts.program.body(ref)
    methods = {n.method for n in body.walk() if isinstance(n, MethodCall)} if body else set()
    return "is_nan" in methods and bool(methods & _SEARCHES)


def _values(facts: Facts) -> tuple[tuple[str, str], ...]:
    """The parameters of a call by name: defaults of the core, or a usual count."""
    return tuple((one.name, _value(one)) for one in parameters_of(facts.core, "params"))


def _value(one: Argument) -> str:
    value = called_with(one)
    if value is None:
        raise Untested(f"a default for `{one.name}` to test with")
    return {"true": "True", "false": "False"}.get(value, value)


def _given_to_grids(facts: Facts) -> dict[str, str]:
    """The values that ranges are made of: those of a call, none of them left open if it is known.

    They are by the parameter's name.
    """
    found = {}
    for one in parameters_of(facts.core, "params"):
        open_end = instead_of_none(one, facts.program, reached(facts))
        found[one.name] = _value(one) if open_end is None else open_end
    return found


def _ranges(facts: Facts) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Arguments of a small grid: one count is swept, the others stay at their defaults."""
    given: list[tuple[str, str]] = []
    keys: list[tuple[str, str]] = []
    values = _given_to_grids(facts)
    fixed = {name: text if text != "None" else values[name] for name, text in _values(facts)}
    arguments = tuple(_closed(one, values) for one in grid_arguments(facts))
    others = [_with_value(one, values) for one in facts.core.params]
    counted = swept(_axes(arguments), others, _STEP)
    for one in arguments:
        if one.argument.type.startswith("Vec<"):
            given.append((one.argument.name, _list(one, values)))
            keys += (
                [(one.key, in_python(one.param.name))] if one.param is not None and one.key else []
            )
            continue
        if not one.key or one.param is None:
            given.append((one.argument.name, _fixed(one, fixed)))
            continue
        given.append((one.argument.name, _axis(one, one.param, values, counted)))
        keys.append((one.key, in_python(one.param.name)))
    return tuple(given), tuple(keys)


def _closed(one: RangeArgument, values: Mapping[str, str]) -> RangeArgument:
    return replace(one, param=None if one.param is None else _with_value(one.param, values))


def _with_value(one: ParamField, values: Mapping[str, str]) -> ParamField:
    """A parameter whose default is what the test gives for it."""
    value = values.get(in_python(one.name), "None")
    return one if value == "None" or one.default is not None else replace(one, default=value)


def _fixed(one: RangeArgument, values: Mapping[str, str]) -> str:
    """What holds for all rows: as in a single call, which they are compared with."""
    name = in_python(one.param.name) if one.param is not None else one.argument.name
    listed = one.argument.kind.startswith(("Option", "Vec", "(")) and one.argument.choices is None
    if name not in values or listed:
        raise Lacking(f"a value for `{one.argument.name}` to test with")
    return values[name]


def _axis(one: RangeArgument, param: ParamField, values: Mapping[str, str], counted: str) -> str:
    value = values[in_python(param.name)]
    if value == "None":
        raise Lacking(f"a value for `{one.argument.name}` to test with")
    if param.type.name == "String":
        return text_axis(value, one.argument.kind)
    return axis(value, _STEP if param.name == counted else 0)


def _axes(arguments: Iterable[RangeArgument]) -> list[ParamField]:
    """The parameters whose ranges are three numbers, and whose values the result has."""
    return [
        one.param
        for one in arguments
        if one.param is not None and one.key and not one.argument.type.startswith("Vec<")
    ]


def _list(one: RangeArgument, values: Mapping[str, str]) -> str:
    """A list of all texts of an enum, or of a parameter's default and, if it counts, another."""
    if one.argument.choices is not None:
        texts = [python_string(text) for _, text in one.argument.choices.texts]
        return f"[{', '.join(texts)}]"
    value = values.get(in_python(one.param.name), "None") if one.param is not None else "None"
    if value == "None":
        raise Lacking(f"values for `{one.argument.name}` to test with")
    assert one.param is not None
    return f"[{value}, {int(value) + 2}]" if is_count(one.param) else f"[{value}]"


def text_axis(value: str, kind: str) -> str:
    """A range of texts that is one text; its step is of the type that the core gives it."""
    last = kind.strip("()").rpartition(",")[2].strip()
    step = {"String": '""', "f64": "0.0", "f32": "0.0"}.get(last, "0")
    return f"({value}, {value}, {step})"


def axis(value: str, step: int) -> str:
    """A range that begins at a value: of three numbers, or of that one without a step."""
    if step:
        return f"({value}, {int(value) + 2 * step}, {step})"
    none = "False" if value in ("True", "False") else "0.0" if "." in value else "0"
    return f"({value}, {value}, {none})"


def _stream_values(facts: Facts) -> tuple[str, ...]:
    """The series that each value of `update` comes from, in order."""
    stream = facts.core.stream
    if stream is None or stream.update is None:
        return ()
    names = {one.name for one in series_of(facts.core)}
    found = tuple(role.removeprefix("series:") for role in stream.update.roles)
    return found if set(found) <= names else ()
