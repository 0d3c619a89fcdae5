"""Kept batches and streams beside a single call of our own: what its test can ask of them."""

from __future__ import annotations

from collections.abc import Mapping

from bindcheck.generate.indicator import Indicator
from bindcheck.generate.kept_batch import BatchCall
from bindcheck.generate.kept_single import KeptCase
from bindcheck.generate.kept_stream import StreamCall
from bindcheck.generate.kept_values import core_values
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.pythonside import gives_alike, python_binding


def tested_beside(
    one: Indicator, same: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Those of the bindings that give what ours would, and why there are no tests of others.

    `same` are the names of bindings by piece that take what ours would take.
    """
    found, lacking = dict(same), []
    for piece in sorted(same.keys() & {"batch", "stream"}):
        try:
            if piece in one.views:
                _refuse_unlike(one, piece)
            else:
                _refuse_other_parts(one, same[piece])
        except Lacking as error:
            del found[piece]
            lacking.append(f"no test of the {piece}: not known: {error.fact}")
    return found, tuple(lacking)


def _refuse_other_parts(one: Indicator, name: str) -> None:
    """Of what stands in no region, the head and the keys tell."""
    if not all(gives_alike(one.facts, entry) for entry in one.by_hand if entry.python_name == name):
        raise Lacking(
            f"one part for each output of the core in what `{name}` gives, as its head says it"
        )


def _refuse_unlike(one: Indicator, piece: str) -> None:
    call = one.views[piece].called()
    if isinstance(call, Lacking):
        raise call
    assert not isinstance(call, KeptCase), "a single call is compared with nothing"
    values = core_values(one.facts)
    for name, text in call.fixed:
        if values.get(name) != text:
            raise Lacking(f"whether `{call.python_name}` has the `{name}` of a single call")
    outputs = tuple(output.name for output in one.core.outputs)
    binding = python_binding(one.facts, dict.fromkeys((piece,), True))
    if isinstance(call, StreamCall):
        update = binding.stream_method
        if call.update != update or call.outputs != outputs:
            raise Lacking(f"a method `{update}` of `{call.python_name}` that gives all outputs")
    if isinstance(call, BatchCall):
        if binding.form.bare:
            raise Lacking(f"a result without keys from `{call.python_name}`")
        keys = {key.name for key in binding.swept} | set(outputs)
        given = {key: output for key, output, _ in call.results} | dict(call.swept)
        if keys - given.keys() or any(given[name] != name for name in outputs):
            raise Lacking(f"the usual keys in what `{call.python_name}` gives")
