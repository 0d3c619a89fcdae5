"""The piece `test` of a binding whose interface is kept, as far as it is known."""

from __future__ import annotations

import re
from pathlib import Path

from bindcheck.analysis.arguments import python_signature
from bindcheck.fact import fact
from bindcheck.generate.arguments import parameters_of
from bindcheck.generate.checked import render_python
from bindcheck.generate.context import Facts
from bindcheck.generate.held.binding import Kept
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.results import array_outputs, dict_items, is_dict
from bindcheck.generate.held.symbols import Code
from bindcheck.generate.inputs import WALK, Drawn, drawn
from bindcheck.generate.kept_interface import entry_of
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.pythonside import numpy_type
from bindcheck.generate.testlength import length_of
from bindcheck.generate.values import NAME, Recorded

_PASSED = re.compile(
    r"(?:Some\()?(\w+)(?:\.(?:unwrap_or|to_string|to_owned|into|clone)\([^()]*\)| as \w+)*\)?"
)
"""An argument that becomes a parameter as it is, but for its type and for None."""
_SLICE = re.compile(r"(?:Some\()?(\w+)\)?")


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
    give them; `values` are their defaults. `kernel` is the argument that names a kernel, or empty.
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
    in_dict: bool
    results: tuple[Result, ...]

    @property
    def walks(self) -> bool:
        """Whether some series is made of prices."""
        return any("walk(" in one.expression for one in self.series)


def kept_test(
    facts: Facts,
    held: HeldFunction,
    package: str,
    templates: Path | None,
    recorded: Recorded | None,
) -> str:
    """The text of the test file of a kept single binding."""
    case = kept_case(facts, held, package)
    context = {"data": case, "walk": WALK, "recorded": recorded, "file": NAME}
    return render_python("python/test_kept.py.j2", context, templates, "test")


def kept_case(facts: Facts, held: HeldFunction, package: str) -> KeptCase:
    """How to call the binding with inputs that the core was given."""
    kept = Kept.of(facts, held)
    entry = entry_of(facts, "single")
    arrays = _arrays(facts, kept)
    kernel = kept.kernel_argument()
    defaults = {one.name: one.default for one in parameters_of(facts.core, "params")}
    passed = {name: _argument(kept, name) for name in defaults}
    for name, argument in passed.items():
        if not argument or defaults[name] is None:
            raise Lacking(f"the argument of `{entry.python_name}` for `{name}`, and its default")
    known = {*dict(arrays), *passed.values(), kernel}
    for one in python_signature(entry, facts.program.function(entry.ref)):
        if one.default is None and one.name not in known:
            raise Lacking(f"a value for the argument `{one.name}` to test with")
    return KeptCase(
        name=facts.bare,
        python_name=entry.python_name,
        package=package,
        length=length_of(facts.core),
        series=drawn(facts.core),
        arrays=arrays,
        passed=tuple(passed.items()),
        values=tuple(
            (name, _LITERALS.get(text or "", text or "")) for name, text in defaults.items()
        ),
        kernel=kernel,
        in_dict=is_dict(kept),
        results=_results(facts, kept),
    )


_LITERALS = {"true": "True", "false": "False"}


def _argument(kept: Kept, name: str) -> str:
    """The argument that becomes a parameter; empty where none does as it is."""
    plain = {one.name for one in kept.plain()}
    if not kept.evidence.params:
        return name if name in plain else ""
    symbol = kept.evidence.params[0].fields.get(name)
    made = _PASSED.fullmatch(symbol.text) if isinstance(symbol, Code) else None
    return made[1] if made is not None and made[1] in plain else ""


def _arrays(facts: Facts, kept: Kept) -> tuple[tuple[str, str], ...]:
    """The argument behind each series."""
    slices = {one.slice: one.name for one in kept.series}
    given, _, _ = kept.inputs()
    found = []
    for one in drawn(facts.core):
        shown = _SLICE.fullmatch(given.get(f"series:{one.name}", ""))
        argument = slices.get(shown[1]) if shown is not None else None
        if argument is None:
            raise Lacking(f"which argument is the series `{one.name}` as it is")
        found.append((argument, one.name))
    return tuple(found)


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
