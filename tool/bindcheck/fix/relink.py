"""A linked program with some of its files changed in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bindcheck.analysis.link import link
from bindcheck.config import Config
from bindcheck.discover import display
from bindcheck.load import Inputs
from bindcheck.model import Block, ItemRef, Module
from bindcheck.parse import lower_body, parse_module


def relinked(inputs: Inputs, config: Config, changed: Mapping[str, bytes]) -> Inputs:
    """The same crate with the bytes of `changed` files; only those are parsed again."""
    old = inputs.program
    sources = {**inputs.sources, **changed}
    modules: dict[str, Module] = dict(old.modules)
    modules.update({path: parse_module(path, source) for path, source in changed.items()})

    def lower(path: str, index: int) -> Block | None:
        if path in changed:
            return lower_body(sources[path], modules[path], index)
        return old.body(ItemRef(path, index))

    program = link(
        inputs.crate,
        old.configuration,
        modules,
        lambda path: modules.get(display(Path(path))),
        old.reported,
        lower,
        old.roots,
        config.target_pyo3,
        sources.__getitem__,
        lambda: None if old.python is None else old.python.side,
        old.reference,
    )
    return replace(inputs, program=program, sources=sources)
