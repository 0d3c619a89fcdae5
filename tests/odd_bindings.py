"""Bindings beside, or of, a reference in an odd form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bindcheck.config import Config
from bindcheck.generate.batch import batch_context
from bindcheck.generate.context import Facts
from bindcheck.generate.names import FileNames
from bindcheck.generate.pythonside import python_binding
from bindcheck.generate.pythonview import PythonBinding
from bindcheck.generate.single import single_context
from bindcheck.generate.stream import stream_context
from bindcheck.generate.stub import stub_entry
from bindcheck.generate.style import crate_style
from bindcheck.parse import tokens
from bindcheck.render import render
from bindcheck.testing import crate_of, program_from
from odd_reference import (
    ARRAYS,
    COMMON,
    CORE,
    DEFAULT_RANGE,
    FROM,
    named,
    with_form,
)

LIB = "pub mod alma;\npub mod common;\npub mod wave;\n"


def facts(
    form: Mapping[str, str], name: str = "wave", rows: str = ARRAYS, core: str = CORE
) -> Facts:
    """A core beside a reference that is bound in a form."""
    core += DEFAULT_RANGE
    return facts_of(
        {
            "src/lib.rs": LIB,
            "src/common.rs": COMMON + FROM,
            "src/alma.rs": named(core, "alma") + with_form(form, rows),
            "src/wave.rs": named(core, "wave"),
        },
        name,
    )


def facts_of(files: Mapping[str, str], name: str) -> Facts:
    program = program_from(files)
    style = crate_style(program, crate_of(), Config(root=Path("/crate")))
    core = program.core(name)
    assert core is not None
    return Facts(program, core, style, FileNames.of(program, core.path, style.gate))


def single(made: Facts) -> str:
    return render("reference/single.rs.j2", {"data": single_context(made)})


def batch(made: Facts) -> str:
    return render("reference/batch.rs.j2", {"data": batch_context(made)})


def stream(made: Facts) -> str:
    return render("reference/stream.rs.j2", {"data": stream_context(made)})


def binding(made: Facts) -> PythonBinding:
    return python_binding(made, {"single": True, "batch": True, "stream": True})


def stub(made: Facts) -> str:
    return stub_entry(binding(made), None, "str")


def joined(text: str) -> str:
    return "".join(tokens(text.encode()))


def rendered(made: Facts) -> Facts:
    """The crate with the rendered binding of its reference in place of the one by hand."""
    text = single(made) + batch(made) + stream(made)
    files = {
        "src/lib.rs": "pub mod alma;\npub mod common;\n",
        "src/common.rs": COMMON + FROM,
        "src/alma.rs": named(CORE + DEFAULT_RANGE, "alma") + text,
    }
    return facts_of(files, "alma")


MATRIX = "Bound<'py, numpy::PyArray2<f64>>"
DICT = "PyResult<Bound<'py, PyDict>>"
GIVEN = "array.reshape([rows, cols])?"
TWO = CORE.replace(
    "pub struct {X}Output { pub values: Vec<f64> }",
    "pub struct {X}Output { pub upper: Vec<f64>, pub lower: Vec<f64> }",
).replace("values: input.data.to_vec()", "upper: input.data.to_vec(), lower: Vec::new()")
RANGED = "(data, length_range, gain_range)"
