"""How a test calls a kept binding of one call, and what it finds in the result."""

from __future__ import annotations

from bindcheck.analysis.bindings.arguments import python_signature
from bindcheck.fact import fact
from bindcheck.generate.context import Facts
from bindcheck.generate.held.binding import Kept
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.results import array_outputs, dict_items, is_dict
from bindcheck.generate.inputs import Drawn, cells, drawn
from bindcheck.generate.kept_arguments import (
    by_place,
    kernel_given,
    made_of,
    parameter_argument,
    refuse_unknown,
    series_arguments,
)
from bindcheck.generate.kept_checks import refuse_checked
from bindcheck.generate.kept_interface import entry_of
from bindcheck.generate.kept_values import core_values, default_values, fixed_value
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.pythonview import numpy_type
from bindcheck.generate.testlength import length_of


@fact
class Result:
    """One array of the result: where it is (a position or a key), the core's output, its dtype."""

    place: str
    output: str
    dtype: str


@fact
class KeptCase:
    """Data of `python/test_kept.py.j2`.

    `package` is what the test imports from, empty as long as that is not known. `cells` is how long
    results are, empty where nothing says so.
    `arrays` pairs arguments with series of the core, `passed` parameters with the arguments that
    give them; `values` are theirs in the test. `left` are parameters that no argument gives as it
    is, with what they are where all arguments have their defaults; `defaults` are those of the
    core. `closed` are parameters whose arguments cannot be None. `kernel` is the argument that
    names a kernel, or empty, `always` what is given for it where it has no default. `positional`
    are given by their place.
    """

    name: str
    python_name: str
    package: str
    length: int
    cells: str
    series: tuple[Drawn, ...]
    arrays: tuple[tuple[str, str], ...]
    passed: tuple[tuple[str, str], ...]
    values: tuple[tuple[str, str], ...]
    left: tuple[tuple[str, str], ...]
    defaults: tuple[tuple[str, str], ...]
    closed: tuple[str, ...]
    kernel: str
    always: tuple[tuple[str, str], ...]
    positional: tuple[str, ...]
    in_dict: bool
    results: tuple[Result, ...]

    @property
    def walks(self) -> bool:
        """Whether some series is made of prices."""
        return any("walk(" in one.expression for one in self.series)


def kept_case(facts: Facts, held: HeldFunction) -> KeptCase:
    """How to call the binding with inputs that the core was given."""
    kept = Kept.of(facts, held)
    entry = entry_of(facts, "single")
    signature = python_signature(entry, held.function)
    arrays = series_arguments(facts, kept)
    kernel = kept.kernel_argument()
    values: dict[str, str] = {}
    given: dict[str, str] = {}
    left: dict[str, str] = {}
    open_ended = {one.name for one in held.arguments if one.type and one.type.name == "Option"}
    for name, value in default_values(facts).items():
        argument = parameter_argument(kept, name)
        if argument and value is not None and (value != "None" or argument in open_ended):
            given[name], values[name] = argument, value
            continue
        left[name] = "" if argument else fixed_value(facts, name, made_of(kept, name), signature)
        if not left[name]:
            raise Lacking(f"the argument of `{entry.python_name}` for `{name}`, and its default")
    refuse_unknown(facts, entry, {*dict(arrays), *given.values(), kernel})
    always = kernel_given(facts, entry, kept)
    texts = {argument: values[name] for name, argument in given.items()} | dict(always)
    length = length_of(facts.program, facts.core)
    refuse_checked(held, entry, texts, length)
    return KeptCase(
        name=facts.bare,
        python_name=entry.python_name,
        package="",
        length=length,
        cells=cells(facts.program, facts.core),
        series=drawn(facts.program, facts.core),
        arrays=arrays,
        passed=tuple(given.items()),
        values=tuple(values.items()),
        left=tuple(left.items()),
        defaults=tuple(core_values(facts).items()),
        closed=tuple(name for name, argument in given.items() if argument not in open_ended),
        kernel=kernel,
        always=always,
        positional=by_place(facts, entry, {*dict(arrays), *texts}),
        in_dict=is_dict(kept),
        results=_results(facts, kept),
    )


def _results(facts: Facts, kept: Kept) -> tuple[Result, ...]:
    outputs = facts.core.outputs
    elements = {one.name: one.element for one in outputs}
    if is_dict(kept):
        return tuple(
            Result(one.key, one.output, numpy_type(one.element or elements[one.output]))
            for one in dict_items(kept, outputs)
            if one.output
        )
    return tuple(
        Result(str(at), output.name, numpy_type(element))
        for at, (output, element) in enumerate(array_outputs(kept, outputs))
    )
