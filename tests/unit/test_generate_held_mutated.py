"""A body with one token changed does something else than the binding made of the one before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate import pieces
from bindcheck.generate.context import Facts
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.orders import Orders
from bindcheck.generate.held.same.compare import refuse_other
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Request, generate
from bindcheck.load import load
from bindcheck.model import Span
from bindcheck.parse import lower_span
from tides import BATCH, CORE, INTO, LIB, MANIFEST, SINGLE, STREAM

PARTNERS = {"h": "l", "l": "h", "ebb": "flood", "flood": "ebb", "low": "high", "high": "low"}
OPERATORS = {"!=": "==", ">": "<", "&&": "||", "+": "-"}
TOKEN = re.compile(r'[A-Za-z_]\w*!?|\d+|"[^"]*"|[!=<>&|+-]+|\S')
BUSY = """    let near = h.iter().all(|v| *v > 0.5) && l.len() + 3 > span.unwrap_or(2);
    if near {
        return Err(PyValueError::new_err(format!("near {kind} {}", h.len())));
    }
    let kern"""


def other(token: str) -> str:
    """What a token becomes; the same where it stays."""
    if token.isdigit():
        return str(int(token) + 1)
    if token.startswith('"'):
        return f'{token[:-1]}x"'
    return PARTNERS.get(token) or OPERATORS.get(token, token)


def mutants(text: str) -> Iterator[tuple[str, str]]:
    for found in TOKEN.finditer(text):
        new = other(found[0])
        if new != found[0]:
            line = text.count("\n", 0, found.start())
            yield f"{line}: {found[0]}", text[: found.start()] + new + text[found.end() :]


def compared(folder: Path) -> list[tuple[Facts, HeldFunction, HeldFunction]]:
    """All bodies that are compared when the bindings are replaced, each with the new one."""
    (folder / "src").mkdir()
    (folder / "Cargo.toml").write_text(MANIFEST)
    (folder / "src/lib.rs").write_text(LIB)
    single = SINGLE.replace("    let kern", BUSY)
    (folder / "src/tide.rs").write_text(CORE + INTO + single + BATCH + STREAM)
    found: list[tuple[Facts, HeldFunction, HeldFunction]] = []

    def note(
        facts: Facts, old: HeldFunction, new: HeldFunction, orders: Orders | None = None
    ) -> None:
        found.append((facts, old, new))
        refuse_other(facts, old, new, orders)

    inputs, config = load(Options(paths=(folder / "src",)))
    assert inputs.crate is not None
    request = Request(everything=True, replacing=Replacing(True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "refuse_other", note)
        result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    assert result.status == 0, result.output
    return found


@pytest.fixture(scope="module")
def bodies(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, tuple[Facts, HeldFunction, HeldFunction]]:
    found = compared(tmp_path_factory.mktemp("tides"))
    assert [one[1].function.name for one in found] == ["tide_py", "new", "update"]
    return {one[1].function.name: one for one in found}


@pytest.mark.parametrize(("name", "least"), [("tide_py", 25), ("new", 3), ("update", 2)])
def test_a_changed_token_is_another_body(
    bodies: dict[str, tuple[Facts, HeldFunction, HeldFunction]], name: str, least: int
) -> None:
    facts, old, new = bodies[name]
    start, end = old.body.span.start, old.body.span.end
    text = old.source[start:end].decode()
    alike, tried = [], 0
    for told, changed in mutants(text):
        source = old.source[:start] + changed.encode() + old.source[end:]
        span = Span(start, start + len(changed.encode()))
        body = lower_span(source, span)
        assert body is not None
        tried += 1
        try:
            refuse_other(facts, HeldFunction(old.function, body, source), new)
        except Lacking:
            continue
        alike.append(told)
    assert not alike
    assert tried >= least
