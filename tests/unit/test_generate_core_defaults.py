"""Defaults of cores in a crate without a reference, and those that are None or nothing to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Config
from bindcheck.generate.context import Facts
from bindcheck.generate.names import FileNames
from bindcheck.generate.style import crate_style
from bindcheck.testing import crate_of, program_from
from odd_bindings import binding, single, stream
from odd_reference import COMMON, CORE, named

DEFAULT = "Self { length: Some(5), gain: Some(1.0) }"
BODY = "if input.data.is_empty()"


def facts(defaults: str | None, gain: str = "Some(1.0)", reads: str = "") -> Facts:
    """A core that nothing binds: the default of its `gain`, and what its Input puts in for it."""
    core = CORE.replace(DEFAULT, f"Self {{ length: Some(5), gain: {gain} }}")
    if reads:
        method = f"    fn gain(&self) -> f64 {{ self.params.gain.unwrap_or({reads}) }}\n"
        core = core.replace("impl<'a> {X}Input<'a> {\n", "impl<'a> {X}Input<'a> {\n" + method)
    program = program_from(
        {
            "src/lib.rs": "pub mod common;\npub mod wave;\n",
            "src/common.rs": COMMON,
            "src/wave.rs": named(core, "wave"),
        }
    )
    style = crate_style(program, crate_of(), Config(root=Path("/crate"), defaults=defaults))
    found = program.core("wave")
    assert found is not None
    return Facts(program, found, style, FileNames.of(program, found.path, style.gate))


def test_a_note_names_what_gives_parameters_the_defaults_of_the_core() -> None:
    made = facts(None)
    assert "signature = (data, length, gain)" in single(made)
    [said] = made.style.untaken
    assert '`defaults = "params"` in bindcheck.toml' in said
    for defaults, shown in (("params", "data, length=5, gain=1.0"), ("none", "data, length, gain")):
        chosen = facts(defaults)
        assert f"signature = ({shown})" in single(chosen)
        assert chosen.style.untaken == ()


@pytest.mark.parametrize(
    ("gain", "reads", "shown", "kind", "told"),
    [
        ("None", "2.5", "gain=2.5", "Option<f64>", ("float | None", "2.5")),
        ("None", "f64::MIN", "gain=None", "Option<f64>", ("float | None", "None")),
        ("Some(f64::MIN)", "", "gain=None", "Option<f64>", ("float | None", "None")),
        ("None", "", "gain=None", "Option<f64>", ("float | None", "None")),
        ("Some(2.5)", "3.5", "gain=2.5", "f64", ("float", "2.5")),
    ],
)
def test_none_may_be_given_where_the_core_has_it(
    gain: str, reads: str, shown: str, kind: str, told: tuple[str, str]
) -> None:
    made = facts("params", gain, reads)
    for text in (single(made), stream(made)):
        assert f"length=5, {shown}))]" in text
        assert f"gain: {kind}" in text
        assert ("gain: Some(gain)" in text) == (kind == "f64")
    given = {one.name: (one.type, one.default) for one in binding(made).parameters}
    assert given["gain"] == told


@pytest.mark.parametrize("reads", ["2.5", "f64::INFINITY"])
def test_what_the_core_leaves_open_may_be_left_out_without_defaults_too(reads: str) -> None:
    made = facts("none", "None", reads)
    for text in (single(made), stream(made)):
        assert "length, gain=None))]" in text
        assert "gain: Option<f64>" in text
    given = {one.name: (one.type, one.default) for one in binding(made).parameters}
    assert given["gain"] == ("float | None", "None")
