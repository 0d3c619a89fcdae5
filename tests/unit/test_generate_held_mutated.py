"""A body with one token changed does something else than the binding made of the one before."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate import pieces
from bindcheck.generate.context import Facts
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.orders import Orders
from bindcheck.generate.held.same.compare import refuse_other
from bindcheck.generate.held.same.gridcompare import refuse_other_grid
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Request, generate
from bindcheck.load import load
from bindcheck.model import Span
from bindcheck.parse import lower_span
from tides import BATCH, CORE, INTO, LIB, MANIFEST, SINGLE, STREAM

Compare = Callable[[Facts, HeldFunction, HeldFunction, Orders | None], None]

NAMES = ["tide_py", "tide_grid_py", "new", "update"]
PARTNERS = {"h": "l", "l": "h", "ebb": "flood", "flood": "ebb", "low": "high", "high": "low"}
PARTNERS |= {"first": "second", "second": "first", "rows": "cols", "cols": "rows", "a": "b"}
PARTNERS |= {"b": "a", "u32": "u64", "true": "false", "rows * cols": "rows + cols"}
OPERATORS = {"!=": "==", ">": "<", "&&": "||", "+": "-"}
TOKEN = re.compile(r'rows \* cols|[A-Za-z_]\w*!?|\d+|"[^"]*"|[!=<>&|+-]+|\S')
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

    def noted(refuse: Compare) -> Compare:
        def note(
            facts: Facts, old: HeldFunction, new: HeldFunction, orders: Orders | None = None
        ) -> None:
            refuse(facts, old, new, orders)
            found.append((facts, old, new))

        return note

    inputs, config = load(Options(paths=(folder / "src",)))
    assert inputs.crate is not None
    request = Request(everything=True, replacing=Replacing(True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "refuse_other", noted(refuse_other))
        patch.setattr(pieces, "refuse_other_grid", noted(refuse_other_grid))
        result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    assert result.status == 0, result.output
    return found


@pytest.fixture(scope="module")
def bodies(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, tuple[Facts, HeldFunction, HeldFunction]]:
    found = compared(tmp_path_factory.mktemp("tides"))
    assert [one[1].function.name for one in found] == NAMES
    return {one[1].function.name: one for one in found}


@pytest.mark.parametrize(
    ("name", "least"), [("tide_py", 25), ("tide_grid_py", 25), ("new", 3), ("update", 2)]
)
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
            refuse = refuse_other_grid if name == "tide_grid_py" else refuse_other
            refuse(facts, HeldFunction(old.function, body, source), new)
        except Lacking:
            continue
        alike.append(told)
    assert not alike
    assert tried >= least
