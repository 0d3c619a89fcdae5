"""The binding that a text holds, a region's or one that was just rendered."""

from __future__ import annotations

from bindcheck.analysis.paths_as_methods import OF_PYTHON, with_methods
from bindcheck.generate.held.classes import HeldClass, class_of
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.lacking import Lacking
from bindcheck.model import Module
from bindcheck.parse import lower_body, parse_module

Held = HeldFunction | HeldClass


def held_of(text: str, key: str) -> Held:
    """The binding in the text of a region."""
    source = text.encode()
    module = parse_module(key, source)
    found = [at for at, one in enumerate(module.functions) if one.attr("pyfunction") is not None]
    classes = [one for one in module.structs if one.attr("pyclass") is not None]
    if len(found) == 1 and not classes:
        return _function(module, found[0], source)
    if len(classes) == 1 and not found:
        return class_of(module, classes[0], source)
    raise Lacking(f"the binding in the region {key}")


def _function(module: Module, at: int, source: bytes) -> HeldFunction:
    function, body = module.functions[at], lower_body(source, module, at)
    if body is None:
        raise Lacking(f"the body of `{function.name}`")
    return HeldFunction(function, with_methods(body, OF_PYTHON), source)
