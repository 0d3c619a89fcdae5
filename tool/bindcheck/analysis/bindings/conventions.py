"""What the bindings of a crate have in common, and which of them do otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

from bindcheck.analysis.bindings.interface import (
    Interface,
    interfaces,
    mingled_fields,
    misplaced_fields,
    misplaced_series,
    reference,
    swept,
    unnamed,
)
from bindcheck.analysis.keeping.reads import remembered
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import Role

_ENOUGH = 5
_MAJORITY = 0.8


class Topic(StrEnum):
    """What is compared."""

    KERNEL = "kernel"
    FIELDS = "fields"
    MINGLED = "mingled"
    SERIES = "series"
    RESULT = "result"
    OUTPUTS = "outputs"
    STACK = "stack"
    KEY = "key"


@fact
class Norm:
    """The usual answer: that of the `reference` indicator, else of `count` in `total` bindings."""

    answer: str
    reference: str
    count: int = 0
    total: int = 0


@fact
class Deviation:
    """A binding answers `given` where `norm` is usual.

    `names` are the arguments or swept parameters that it is about, `beside` further ones that have
    no plural of their own; `key` is the key of the result at which it shows, if it shows at one.
    """

    topic: Topic
    norm: Norm
    given: str
    names: tuple[str, ...] = ()
    key: str = ""
    beside: tuple[str, ...] = ()


def deviations(program: Program, one: Interface) -> Iterator[Deviation]:
    """Everything in which a binding differs from what is usual in its crate."""
    for topic, answer in _ANSWERS.items():
        given = answer(one)
        norm = _norm(program, topic, one.entry.role)
        if given is None or norm is None or given == norm.answer:
            continue
        if not _is_variant(program, one, topic, norm):
            key = "values" if topic is Topic.STACK else ""
            yield Deviation(topic, norm, given, _names(topic, one), key)
    yield from _keys(program, one)


def _is_variant(program: Program, one: Interface, topic: Topic, norm: Norm) -> bool:
    """Whether the indicator has a second binding of the sort, and that one does the usual."""
    return any(
        other.core is one.core
        and other.entry.role is one.entry.role
        and _ANSWERS[topic](other) == norm.answer
        for other in interfaces(program)
    )


def _keys(program: Program, one: Interface) -> Iterator[Deviation]:
    """Swept parameters whose values are not under the usual key, those of one way together."""
    norm = _norm(program, Topic.KEY, one.entry.role)
    found: dict[str, list[str]] = {}
    for field, way in swept(one):
        if norm is not None and norm.answer == "plural" and way != "plural":
            found.setdefault(way, []).append(field.name)
    for way, names in found.items():
        if norm is not None:
            key = names[0] if way == "same" else ""
            beside = tuple(field.name for field, other in unnamed(one) if other == way)
            yield Deviation(Topic.KEY, norm, way, tuple(names), key, beside)


# --- questions ------------------------------------------------------------------------------------


def _kernel(one: Interface) -> str | None:
    return None if one.kernel_last is None else f"{one.kernel_last}"


def _fields(one: Interface) -> str | None:
    return f"{not misplaced_fields(one)}"


def _mingled(one: Interface) -> str | None:
    found = mingled_fields(one)
    return None if found is None else f"{not found}"


def _series(one: Interface) -> str | None:
    return f"{not misplaced_series(one)}"


def _result(one: Interface) -> str | None:
    return one.kind or None if len(one.core.outputs) == 1 else None


def _outputs(one: Interface) -> str | None:
    return one.kind or None if len(one.core.outputs) > 1 else None


def _stack(one: Interface) -> str | None:
    return None if one.stacked is None else f"{one.stacked}"


_ANSWERS: Mapping[Topic, Callable[[Interface], str | None]] = {
    Topic.KERNEL: _kernel,
    Topic.FIELDS: _fields,
    Topic.MINGLED: _mingled,
    Topic.SERIES: _series,
    Topic.RESULT: _result,
    Topic.OUTPUTS: _outputs,
    Topic.STACK: _stack,
}
_BY_MAJORITY = frozenset({Topic.MINGLED, Topic.OUTPUTS, Topic.STACK, Topic.KEY})
_POSITIVE = frozenset({Topic.KERNEL, Topic.FIELDS, Topic.MINGLED, Topic.SERIES})
"""Only the order of the pattern can be usual: a crate that does otherwise has none."""


@remembered(64)
def _norm(program: Program, topic: Topic, role: Role) -> Norm | None:
    found = _of_reference(program, topic, role) or _of_majority(program, topic, role)
    return None if found is None or (topic in _POSITIVE and found.answer != "True") else found


def _of_reference(program: Program, topic: Topic, role: Role) -> Norm | None:
    model = None if topic in _BY_MAJORITY else reference(program, role)
    answer = _ANSWERS[topic](model) if model is not None else None
    return Norm(answer, model.core.name) if model is not None and answer is not None else None


def _of_majority(program: Program, topic: Topic, role: Role) -> Norm | None:
    alike = [one for one in interfaces(program) if one.entry.role is role]
    if topic is Topic.KEY:
        given = [way for one in alike for _, way in swept(one)]
    else:
        given = [answer for one in alike if (answer := _ANSWERS[topic](one)) is not None]
    if len(given) < _ENOUGH:
        return None
    usual = max(dict.fromkeys(given), key=given.count)
    count = given.count(usual)
    return Norm(usual, "", count, len(given)) if count >= _MAJORITY * len(given) else None


def _names(topic: Topic, one: Interface) -> tuple[str, ...]:
    if topic is Topic.FIELDS:
        return misplaced_fields(one)
    if topic is Topic.MINGLED:
        return mingled_fields(one) or ()
    return misplaced_series(one) if topic is Topic.SERIES else ()
