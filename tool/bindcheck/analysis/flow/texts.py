"""Methods of texts and paths: a path need not have a part that it is asked for."""

from __future__ import annotations

from bindcheck.analysis.flow.events import UNPARSED
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.values import CONSTANT, TEXT, Fails, Shape, Value
from bindcheck.model import MethodCall
from bindcheck.model.fact import replace

_PATHS = frozenset({"Path", "PathBuf"})
_PARTS = {
    "extension": "a path need not have an extension",
    "file_name": "a path need not end in a name",
    "file_stem": "a path need not end in a name",
}


def text_method(receiver: Value, node: MethodCall, frame: Frame) -> Value | None:
    """What a method of a text gives, or a part of a path; None for anything else."""
    if receiver.shape is Shape.TEXT:
        return _text(receiver, node, frame)
    name = receiver.type.peel().name if receiver.type is not None else ""
    if name in _PATHS and node.method in _PARTS and not node.args:
        part = replace(TEXT, caller=receiver.caller)
        fails = Fails.CALLER if receiver.caller else Fails.INTERNAL
        return part.wrapped("option", fails, _PARTS[node.method])
    return None


def _text(receiver: Value, node: MethodCall, frame: Frame) -> Value:
    for arg in node.args:
        frame.call(frame.expr(arg))
    if node.method == "parse":
        like = replace(CONSTANT, caller=receiver.caller)
        target = frame.named(node.turbofish)
        value = frame.world.typed(target, like) if target else like
        fails = Fails.CALLER if receiver.caller else Fails.INTERNAL
        return value.wrapped("result", fails, UNPARSED)
    if node.method == "to_str":
        # The name of a file that is no text is not one that the caller has passed as a text.
        return receiver.wrapped("option", Fails.INTERNAL)
    if node.method in ("strip_prefix", "strip_suffix", "find", "split_once", "chars"):
        return receiver.wrapped("option", Fails.CALLER if receiver.caller else Fails.INTERNAL)
    return receiver
