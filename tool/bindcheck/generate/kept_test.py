"""The piece `test` of a binding whose interface is kept, as far as it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bindcheck.fact import fact
from bindcheck.generate.checked import render_python
from bindcheck.generate.context import Facts
from bindcheck.generate.disagreements import Known
from bindcheck.generate.held.binding import Kept
from bindcheck.generate.held.classes import HeldClass
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.parsed import Held
from bindcheck.generate.held.results import array_outputs, dict_items, is_dict
from bindcheck.generate.inputs import WALK, Drawn, drawn
from bindcheck.generate.kept_arguments import (
    default_values,
    kernel_given,
    parameter_argument,
    refuse_unknown,
    series_arguments,
)
from bindcheck.generate.kept_batch import batch_call
from bindcheck.generate.kept_interface import entry_of
from bindcheck.generate.kept_stream import stream_call
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.pythonside import numpy_type
from bindcheck.generate.testlength import length_of
from bindcheck.generate.testnames import called_in_test, imports
from bindcheck.generate.values import NAME, Recorded


@fact
class Result:
    """One array of the result: where it is (a position or a key), the core's output, its dtype."""

    place: str
    output: str
    dtype: str


@fact
class KeptCase:
    """Data of `python/test_kept.py.j2`.

    `arrays` pairs arguments with series of the core, `passed` parameters with the arguments that
    give them; `values` are their defaults. `kernel` is the argument that names a kernel, or empty,
    `always` what is given for it where it has no default.
    """

    name: str
    python_name: str
    package: str
    length: int
    series: tuple[Drawn, ...]
    arrays: tuple[tuple[str, str], ...]
    passed: tuple[tuple[str, str], ...]
    values: tuple[tuple[str, str], ...]
    kernel: str
    always: tuple[tuple[str, str], ...]
    in_dict: bool
    results: tuple[Result, ...]

    @property
    def walks(self) -> bool:
        """Whether some series is made of prices."""
        return any("walk(" in one.expression for one in self.series)


def kept_test(
    facts: Facts,
    held: Mapping[str, Held],
    package: str,
    templates: Path | None,
    known: Known,
    recorded: Recorded | None,
) -> tuple[str, tuple[str, ...]]:
    """The text of the test file of a kept single binding, and why there are no tests of others.

    `held` are the bindings that the file is about, by piece. What is `known` to fail is expected.
    """
    single = held.get("single")
    if not isinstance(single, HeldFunction):
        raise Lacking("a function for one call")
    case = kept_case(facts, single, package)
    batch, stream, lacking = None, None, []
    for piece in ("batch", "stream"):
        one = held.get(piece)
        try:
            if isinstance(one, HeldClass):
                found = stream_call(facts, one)
                _refuse_others(case, found.outputs, found.python_name)
                stream = found
            elif one is not None:
                grid = batch_call(facts, one)
                _refuse_others(case, grid.outputs, grid.python_name)
                batch = grid
        except Lacking as error:
            lacking.append(f"no test of the {piece}: not known: {error.fact}")
    names = {one.python_name for one in (case, batch, stream) if one is not None}
    context = {
        "data": case,
        "batch": batch,
        "stream": stream,
        "names": imports(names),
        "called": called_in_test,
        "known": known,
        "walk": WALK,
        "recorded": recorded,
        "file": NAME,
    }
    return render_python("python/test_kept.py.j2", context, templates, "test"), tuple(lacking)


def _refuse_others(case: KeptCase, outputs: Sequence[str], name: str) -> None:
    """What another binding gives must be in the result of a single call as well."""
    if not outputs or not set(outputs) <= {one.output for one in case.results}:
        raise Lacking(f"the outputs of `{name}` in the result of a single call")


def kept_case(facts: Facts, held: HeldFunction, package: str) -> KeptCase:
    """How to call the binding with inputs that the core was given."""
    kept = Kept.of(facts, held)
    entry = entry_of(facts, "single")
    arrays = series_arguments(facts, kept)
    kernel = kept.kernel_argument()
    values: dict[str, str] = {}
    given: dict[str, str] = {}
    for name, value in default_values(facts).items():
        argument = parameter_argument(kept, name)
        if not argument or value is None:
            raise Lacking(f"the argument of `{entry.python_name}` for `{name}`, and its default")
        given[name], values[name] = argument, value
    refuse_unknown(facts, entry, {*dict(arrays), *given.values(), kernel})
    return KeptCase(
        name=facts.bare,
        python_name=entry.python_name,
        package=package,
        length=length_of(facts.program, facts.core),
        series=drawn(facts.program, facts.core),
        arrays=arrays,
        passed=tuple(given.items()),
        values=tuple(values.items()),
        kernel=kernel,
        always=kernel_given(facts, entry, kept),
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
