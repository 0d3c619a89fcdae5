"""What bindings make of the errors of the crate: which are passed on, replaced or swallowed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.bindings.arguments import deals_with_python
from bindcheck.analysis.failing.discarded import Discarded, discarded_errors, is_asked_for
from bindcheck.analysis.failing.error_classes import conversions
from bindcheck.analysis.failing.error_types import fails, is_shown, tells
from bindcheck.analysis.failing.flattened import Flattened, flattened_errors
from bindcheck.analysis.failing.made_up import MadeUp, made_up_lists
from bindcheck.analysis.failing.names import Ignored, ignored_below, ignored_in
from bindcheck.analysis.failing.outside import Outside, errors_outside
from bindcheck.analysis.failing.raising import Raising, is_wrong, mentions
from bindcheck.analysis.failing.textual import textual_errors
from bindcheck.analysis.failing.treated import Loss, treatment
from bindcheck.analysis.failing.unheard import Unheard, unheard_errors
from bindcheck.analysis.flow.evaluate import flow_of
from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.flow.types import SEQUENCES
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.linking.bounded import bounded_calls
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.effects import Act, effects_of
from bindcheck.analysis.threads.regions import is_callable
from bindcheck.fact import fact
from bindcheck.model import Call, Function, ItemRef, MethodCall

LOSSES = "lost errors"
"""The name under which it is kept what functions lose."""
_DEEPEST = 3
_ENOUGH = 5
_MAJORITY = 0.8
_OWN = (b"new_err", b"PyErr::new")
_SHOWING = frozenset({"__repr__", "__str__", "__format__"})
_CLEANING = re.compile(r"close|shut|stop|terminate|clean|flush|drop|release|__exit__|__del__")


@fact
class Lost:
    """An error of `callee` of which something is lost at `place`.

    `detail` is the exception that is raised instead (of what is discarded: the numbers for which it
    fails), `usual` the one that nearly all bindings raise for errors of cores; of an error that is
    made into text it is what would keep its class, and `sure` that nothing speaks for the other
    one. `core`: the callee is the core of an indicator; `shown`: the error can be displayed;
    `files`: the callee comes to a file; `python`: its error is an exception already, or of another
    crate.
    """

    loss: Loss
    place: Place
    callee: str
    detail: str
    core: bool
    usual: str = ""
    shown: bool = False
    files: bool = False
    python: bool = False
    sure: bool = False


def lost_errors(program: Program) -> tuple[Lost, ...]:
    """Everything that the binding layer loses of the crate's errors, each place once.

    Of the functions below it only that they go on with a name that is unknown.
    """
    found: dict[tuple[Loss, Place], Lost] = {}
    layer = dict.fromkeys(binding_layer(program))
    lost_there = (one for ref in layer for one in lost_in(program, ref))
    below = (_ignored(*one) for one in ignored_below(program) if one[0] not in layer)
    outside = (_outside(*one) for one in errors_outside(program, layer))
    unheard = (_unheard(*one) for one in unheard_errors(program))
    discarded = (_discarded(*one) for one in discarded_errors(program))
    textual = (_textual(program, *one) for one in textual_errors(program))
    made_up = (_made_up(*one) for one in made_up_lists(program) if one[0] not in layer)
    flattened = (_flattened(*one) for one in flattened_errors(program))
    texts = (*textual, *flattened)
    for one in (*lost_there, *below, *outside, *unheard, *discarded, *texts, *made_up):
        found.setdefault((one.loss, one.place), one)
    raised = [one for one in found.values() if one.loss is Loss.OTHER_CLASS]
    lost = [one for one in found.values() if one.loss is not Loss.OTHER_CLASS]
    return (*lost, *_unusual(raised))


@answered(LOSSES)
def lost_in(program: Program, ref: ItemRef) -> tuple[Lost, ...]:
    """What one function loses."""
    anatomy = anatomy_of(program, ref)
    found = () if anatomy is None else tuple(_in_function(program, ref, anatomy))
    ignored = (_ignored(ref, one) for one in ignored_in(program, ref))
    inside = [one.place.span for one in found]
    return (*found, *(one for one in ignored if not any(map(one.place.span.contains, inside))))


def _outside(ref: ItemRef, one: Outside) -> Lost:
    loss = Loss.CLASS if one.bare else Loss.MESSAGE
    return Lost(loss, Place(ref, one.span), one.callee, one.detail, core=False, python=True)


def _unheard(ref: ItemRef, one: Unheard) -> Lost:
    return Lost(one.loss, Place(ref, one.span), one.callee, "", core=False)


def _discarded(ref: ItemRef, one: Discarded) -> Lost:
    return Lost(Loss.DISCARDED, Place(ref, one.span), one.callee, one.given, core=False)


def _made_up(ref: ItemRef, one: MadeUp) -> Lost:
    return Lost(Loss.MADE_UP, Place(ref, one.span), one.callee, "", core=False)


def _textual(program: Program, ref: ItemRef, stream: str) -> Lost:
    place = Place(ref, program.function(ref).name_span)
    return Lost(Loss.TEXT, place, stream, "", core=False)


def _flattened(ref: ItemRef, one: Flattened) -> Lost:
    loss = Loss.FILE if one.files else Loss.KIND
    place = Place(ref, one.span)
    return Lost(loss, place, one.callee, one.raised, core=False, usual=one.instead, sure=one.sure)


def _ignored(ref: ItemRef, one: Ignored) -> Lost:
    place = Place(ref, one.span)
    if one.instead:
        return Lost(Loss.MESSAGE, place, one.callee, one.instead, core=False, python=True)
    return Lost(Loss.IGNORED, place, one.callee, "", core=False)


def _unusual(raised: list[Lost]) -> Iterator[Lost]:
    """Errors of cores that are raised as something else than nearly everywhere in the crate."""
    counts = Counter(one.detail for one in raised if one.core)
    if not counts:
        return
    usual, count = counts.most_common(1)[0]
    if count >= _ENOUGH and count >= _MAJORITY * counts.total():
        for one in raised:
            if one.core and one.detail != usual:
                yield replace(one, usual=usual)


# --- where to look --------------------------------------------------------------------------------


def binding_layer(program: Program) -> tuple[ItemRef, ...]:
    """Functions of the binding layer, and conversions of errors."""
    return (*_layer(program), *conversions(program))


def _layer(program: Program) -> tuple[ItemRef, ...]:
    """Bindings, and the functions that deal with Python which they reach."""
    found = dict.fromkeys(
        entry.ref for entry in program.entries if entry.active and is_callable(entry)
    )
    level = list(found)
    for _ in range(_DEEPEST):
        callees = dict.fromkeys(one for ref in level for one in program.called(ref))
        level = [
            one
            for one in callees
            if one not in found
            and program.in_crate(one.path)
            and deals_with_python(program.function(one))
        ]
        found.update(dict.fromkeys(level))
    return tuple(found)


def _in_function(program: Program, ref: ItemRef, anatomy: Anatomy) -> Iterator[Lost]:
    yield from _in_conversion(program, ref, anatomy)
    cleaning = _CLEANING.search(program.function(ref).name) is not None
    raising = Raising(program, ref, anatomy)
    for node, target in _calls(program, ref, anatomy):
        function = program.function(target)
        python = function.returns.name == "PyResult"
        if not python and not fails(program, function, target):
            continue
        core = target in flow_of(program).cores
        data = core or (not cleaning and _is_data(function, node))
        for loss, at, detail in treatment(raising, node):
            if python and not (loss is Loss.MESSAGE and program.mentions(target, _OWN)):
                continue
            if loss is Loss.DISCARDED:
                if not cleaning and is_asked_for(program, ref, target, node):
                    yield Lost(loss, Place(ref, node.span), function.name, "", core=False)
                continue
            of_caller = loss is not Loss.CLASS or not _only_shows(program, ref)
            if of_caller and (data or loss is not Loss.SWALLOWED):
                shown = not python and is_shown(program, function, target)
                files = loss is Loss.CLASS and Act.IO in effects_of(program).acts(target)
                place = Place(ref, at.span)
                yield Lost(
                    loss, place, function.name, detail, core, "", shown, files, python=python
                )


def _calls(
    program: Program, ref: ItemRef, anatomy: Anatomy
) -> Iterator[tuple[Call | MethodCall, ItemRef]]:
    """Calls of functions of the crate, and of methods that its traits declare."""
    for span, targets in program.callees(ref).items():
        node = anatomy.at(Call, span) or anatomy.at(MethodCall, span)
        if node is not None:
            yield node, targets[0]
    yield from bounded_calls(program, ref, anatomy)


# --- a function that turns an error into an exception ---------------------------------------------


def _in_conversion(program: Program, ref: ItemRef, anatomy: Anatomy) -> Iterator[Lost]:
    function = program.function(ref)
    if function.returns.name not in ("PyErr", "Self") or len(function.params) != 1:
        return
    param = function.params[0]
    type_ = param.type.peel() if param.type is not None else None
    if type_ is None or not param.name or not tells(program, type_, ref):
        return
    place = Place(ref, function.name_span)
    raised = Raising(program, ref, anatomy).raised(anatomy.body)
    if raised and not mentions(anatomy.body, param.name):
        yield Lost(Loss.MESSAGE, place, type_.name, raised[0], core=True)
    for name in raised:
        if is_wrong(name):
            yield Lost(Loss.CLASS, place, type_.name, name, core=False)
            return


# --- calls of functions that fail -----------------------------------------------------------------


def _is_data(function: Function, node: Call | MethodCall | None) -> bool:
    """Whether a result looks like data of the caller, not like a setting that has a default."""
    args = node.args if node is not None else ()
    held = function.returns.args[0] if function.returns.args else None
    data = held is not None and (held.name in SEQUENCES or held.kind in ("slice", "tuple"))
    return data and bool(args) and not _CLEANING.search(function.name)


def _only_shows(program: Program, ref: ItemRef) -> bool:
    """Whether a method is `__repr__` or the like: nobody asks why it fails."""
    return program.entry(ref) is not None and program.function(ref).name in _SHOWING
