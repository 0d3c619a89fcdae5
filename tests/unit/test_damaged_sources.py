"""From damaged sources to findings: no traceback, no hang, nothing said of places outside."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bindcheck.fact import field_names
from bindcheck.model import Module
from bindcheck.parse import parse_module, skim_module
from bindcheck.parse.mask import mask
from bindcheck.parse.skimmed import SkimmedModule
from bindcheck.rules import RULES

ROOT = Path(__file__).parents[2]


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


robustness = _script("robustness")
SOURCES = [
    *(path.read_text(encoding="utf-8") for path in sorted((ROOT / "indicators/src").glob("*.rs"))),
    *(example.code for rule in RULES for example in (*rule.bad[:1], *rule.good[:1])),
]
SECONDS = 30.0
LISTS = (
    *("functions", "structs", "enums", "impls", "consts", "aliases"),
    *("uses", "mods", "macros", "ignores", "inner_attrs"),
)

damaged = st.builds(
    lambda source, damage, random_: damage(random_, source),
    st.sampled_from(SOURCES),
    st.sampled_from(robustness.DAMAGES),
    st.randoms(use_true_random=False),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(damaged)
def test_a_damaged_source_is_audited(source: str) -> None:
    assert robustness.trouble(source, SECONDS) is None


@settings(max_examples=30, deadline=None, derandomize=True)
@given(damaged)
def test_a_damaged_source_is_audited_for_an_upgrade(source: str) -> None:
    assert robustness.trouble(source, SECONDS, "0.29") is None


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.text(max_size=300))
def test_any_text_is_audited(source: str) -> None:
    assert robustness.trouble(source, SECONDS) is None


def facts(module: Module) -> list[tuple[str, list[Any]]]:
    """All that a module says, by list."""
    return [
        (name, [[getattr(one, part) for part in field_names(type(one))] for one in found])
        for name in LISTS
        for found in [getattr(module, name)]
    ]


def assert_skimmed_like_parsed(source: str) -> bool:
    """Where a source parses, skimming gives the same facts; true if it was skimmed."""
    data = source.encode()
    parsed, skimmed = parse_module("x.rs", data), skim_module("x.rs", data)
    if parsed.problems or not isinstance(skimmed, SkimmedModule):
        return False
    assert facts(skimmed) == facts(parsed)
    for index, body in parsed.bodies.items():
        assert skimmed.bodies.get(index, skimmed.body(index)) == body
    assert skimmed.problems == ()
    return True


@pytest.mark.parametrize("source", SOURCES, ids=range(len(SOURCES)))
def test_skimming_gives_the_facts_of_parsing(source: str) -> None:
    assert assert_skimmed_like_parsed(source) or "bindcheck:" in source


@settings(max_examples=150, deadline=None, derandomize=True)
@given(damaged)
def test_skimming_damaged_sources_gives_the_facts_of_parsing(source: str) -> None:
    assert_skimmed_like_parsed(source)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.sampled_from(SOURCES), st.randoms(use_true_random=False))
def test_what_does_not_pair_up_is_a_problem(source: str, random_: random.Random) -> None:
    data = source.encode()
    code = mask(data)
    assert code is not None
    at = random_.choice([at for at, mark in enumerate(code) if mark in b"{}"])
    assert skim_module("x.rs", data[:at] + data[at + 1 :]).problems
