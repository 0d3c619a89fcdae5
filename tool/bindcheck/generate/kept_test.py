"""The piece `test` of a binding whose interface is kept, as far as it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bindcheck.generate.checked import render_python
from bindcheck.generate.disagreements import Known
from bindcheck.generate.inputs import WALK
from bindcheck.generate.kept_batch import BatchCall
from bindcheck.generate.kept_single import KeptCase
from bindcheck.generate.kept_stream import StreamCall
from bindcheck.generate.kept_views import Called, KeptView
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.testnames import called_in_test, imports
from bindcheck.generate.values import NAME, Recorded


def kept_test(
    views: Mapping[str, KeptView],
    package: str,
    templates: Path | None,
    known: Known,
    recorded: Recorded | None,
) -> tuple[str, tuple[str, ...]]:
    """The text of the test file of a kept single binding, and why there are no tests of others.

    `views` are those of the bindings that the file is about, by piece. What is `known` to fail is
    expected.
    """
    calls = {piece: view.called() for piece, view in views.items()}
    single = calls.pop("single")
    if isinstance(single, Lacking):
        raise single
    assert isinstance(single, KeptCase)
    case = replace(single, package=package)
    batch, stream, lacking = None, None, list[str]()
    if recorded is not None and case.left:
        recorded = None
        shown = " and ".join(f"`{name}`" for name, _ in case.left)
        lacking.append(f"no test of values: not known: the argument for {shown}")
    points = recorded.points if recorded is not None else ()
    left_open = [one for one in points if _leaves_open(one, case)]
    if left_open and len(left_open) == len(points):
        recorded = None
        lacking.append("no test of values: they were recorded with parameters that are left open")
    for piece, found in calls.items():
        try:
            call = _alike(case, found)
        except Lacking as error:
            lacking.append(f"no test of the {piece}: not known: {error.fact}")
        else:
            batch = call if isinstance(call, BatchCall) else batch
            stream = call if isinstance(call, StreamCall) else stream
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
        "closed": case.closed if left_open else (),
        "file": NAME,
    }
    return render_python("python/test_kept.py.j2", context, templates, "test"), tuple(lacking)


def _leaves_open(point: Mapping[str, Any], case: KeptCase) -> bool:
    """Whether a recorded call has None for an argument that cannot be."""
    parameters = point["parameters"]
    return any(parameters.get(name, 0) is None for name in case.closed)


def _alike(case: KeptCase, found: Called) -> BatchCall | StreamCall:
    """A call of a batch or a stream; what it gives must be in the result of a single call."""
    if isinstance(found, Lacking):
        raise found
    assert not isinstance(found, KeptCase)
    _refuse_others(case, found.outputs, found.python_name)
    _refuse_other_values(case, found)
    return found


def _refuse_others(case: KeptCase, outputs: Sequence[str], name: str) -> None:
    """What another binding gives must be in the result of a single call as well."""
    if not outputs or not set(outputs) <= {one.output for one in case.results}:
        raise Lacking(f"the outputs of `{name}` in the result of a single call")


def _refuse_other_values(case: KeptCase, found: BatchCall | StreamCall) -> None:
    """What no argument gives must be the same in both: nothing else tells that they compare."""
    left, fixed, defaults = dict(case.left), dict(found.fixed), dict(case.defaults)
    told = {name for _, name in found.swept} if isinstance(found, BatchCall) else set()
    for name in {**left, **fixed}:
        ours, theirs = (of.get(name) or defaults.get(name, "") for of in (left, fixed))
        if not ours or ours != theirs or name in told & left.keys():
            raise Lacking(f"whether `{found.python_name}` has the `{name}` of a single call")
