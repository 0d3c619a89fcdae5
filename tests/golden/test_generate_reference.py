"""Our own crate: templates give back the hand-written reference; what they gave is current."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options, resolve
from bindcheck.crate import find_crate
from bindcheck.generate.context import Facts
from bindcheck.generate.names import FileNames
from bindcheck.generate.pieces import render_pieces
from bindcheck.generate.run import Mode, Request, generate
from bindcheck.generate.style import STRICT, crate_style
from bindcheck.load import load
from bindcheck.parse import tokens
from bindcheck.rules import RULE_BY_CODE
from bindcheck.testing import program_from

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "indicators" / "src"
BEGIN, END = "// Python binding\n", "#[cfg(test)]\nmod tests;"

pytestmark = pytest.mark.skipif(not SOURCES.is_dir(), reason="needs the bundled crate")


def binding_of(name: str) -> tuple[dict[str, str], str]:
    """The crate's sources with the hand-written binding of one indicator cut out, and the cut."""
    files = {
        f"src/{path.relative_to(SOURCES).as_posix()}": path.read_text()
        for path in sorted(SOURCES.rglob("*.rs"))
    }
    path = f"src/{name}.rs"
    core, _, rest = files[path].partition(BEGIN)
    binding, _, tail = rest.partition(END)
    files[path] = core + END + tail
    return files, binding


def test_the_rendered_reference_is_the_hand_written_one_token_for_token() -> None:
    files, binding = binding_of("alma")
    assert "pub fn alma_py" in binding
    program = program_from(files, pyo3="0.30.1")
    crate = find_crate(SOURCES)
    assert crate is not None
    style = crate_style(program, crate, resolve(Options(), crate.root, RULE_BY_CODE))
    assert style.name == STRICT
    core = program.core("alma")
    assert core is not None
    facts = Facts(program, core, style, FileNames.of(program, core.path, style.gate))
    _, rendered = render_pieces(facts, ("single", "batch", "stream"), None, b"")
    assert [one.piece for one in rendered] == ["imports", "single", "batch", "stream"]
    made = "".join(one.text for one in rendered)
    assert without_trailing_commas(made) == without_trailing_commas(binding)


def without_trailing_commas(text: str) -> list[str]:
    """Tokens without the commas that a formatter puts or leaves out before a closing bracket."""
    found = list(tokens(text.encode()))
    return [
        token
        for token, following in zip(found, [*found[1:], ""], strict=True)
        if not (token == "," and following in (")", "]", "}", ">"))
    ]


def test_what_was_generated_for_our_crate_is_current() -> None:
    inputs, config = load(Options(paths=(SOURCES,)))
    assert inputs.crate is not None
    request = Request(mode=Mode.CHECK)
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    assert {plan.indicator for plan in result.plans} >= {"kama", "trendflex"}
    assert result.status == 0, result.output
