"""A parameter that Rust can only write raw has its plain name in Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Config
from bindcheck.generate.batch import batch_context
from bindcheck.generate.context import Facts
from bindcheck.generate.disagreements import Known
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.names import FileNames
from bindcheck.generate.pythonside import python_binding
from bindcheck.generate.single import single_context
from bindcheck.generate.stream import stream_context
from bindcheck.generate.stub import stub_entry
from bindcheck.generate.style import crate_style
from bindcheck.generate.testfile import test_text as text_of_test
from bindcheck.render import render
from bindcheck.testing import crate_of, program_from
from odd_reference import COMMON, CORE, FROM, named, with_form

PIECES = {"single": True, "batch": True, "stream": True}


def facts(name: str, pattern: str = "{}_range") -> Facts:
    """The core `wave`, whose first parameter has a name, beside a reference."""
    form = {f"{one}_range": pattern.format(one) for one in ("length", "gain")}
    files = {
        "src/lib.rs": "pub mod alma;\npub mod common;\npub mod wave;\n",
        "src/common.rs": COMMON + FROM,
        "src/alma.rs": named(CORE, "alma") + with_form(form),
        "src/wave.rs": named(CORE, "wave").replace("length", name),
    }
    program = program_from(files)
    style = crate_style(program, crate_of(), Config(root=Path("/crate")))
    core = program.core("wave")
    assert core is not None
    return Facts(program, core, style, FileNames.of(program, core.path, style.gate))


@pytest.mark.parametrize("name", ["type", "match", "box"])
def test_a_keyword_of_rust_is_a_parameter(name: str) -> None:
    made = facts(f"r#{name}")
    text = render("reference/single.rs.j2", {"data": single_context(made)})
    assert f"signature = (data, r#{name}, gain)" in text
    assert f"    r#{name}: usize,\n" in text
    assert f"WaveParams {{ r#{name}: Some(r#{name}), gain: Some(gain) }}" in text
    text = render("reference/batch.rs.j2", {"data": batch_context(made)})
    assert f"signature = (data, {name}_range, gain_range)" in text
    assert f"WaveBatchRange {{ r#{name}: {name}_range, gain: gain_range }}" in text
    assert f"combo.r#{name}.unwrap_or(5) as u64" in text
    assert f'dict.set_item("{name}s", ' in text
    text = render("reference/stream.rs.j2", {"data": stream_context(made)})
    assert f"fn new(r#{name}: usize, gain: f64)" in text
    stub = stub_entry(python_binding(made, PIECES), None, "str")
    assert stub.count(f"    {name}: int") == 2
    assert f"    {name}s: NDArray[np.uint64]\n" in stub
    assert "r#" not in stub


def test_a_range_that_is_called_like_its_parameter_may_be_a_keyword() -> None:
    text = render("reference/batch.rs.j2", {"data": batch_context(facts("r#type", "{}"))})
    assert "signature = (data, r#type, gain)" in text
    assert "    r#type: (usize, usize, usize),\n" in text
    assert "WaveBatchRange { r#type, gain }" in text


def test_a_generated_test_gives_the_plain_name() -> None:
    made = facts("r#type")
    binding = python_binding(made, PIECES)
    text, untested = text_of_test(made, binding, "learned", None, Known(), None, defaults=True)
    assert untested == ()
    assert 'PARAMETERS = {"type": 5, "gain": 1.0}' in text
    assert "type_range=(5, 9, 2)," in text
    assert 'names = ["type", "gain"]' in text


@pytest.mark.parametrize("name", ["lambda", "None", "pass"])
def test_a_keyword_of_python_is_none(name: str) -> None:
    with pytest.raises(Lacking, match="a name that Rust and Python share"):
        single_context(facts(name))
