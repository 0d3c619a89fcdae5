"""Style strict replaces bindings by hand that are its own word for word, and no others."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.alike import first_unlike
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Request, generate
from bindcheck.load import load

ROOT = Path(__file__).parents[2]
MARKERS = re.compile(r"// bindcheck: (?:begin|end) kama/(?:single|batch|stream)[^\n]*\n")

CASES = {
    "parameter": (
        "single",
        "    let params = KamaParams { period: Some(period) };",
        "    let params = KamaParams { period: Some(period + 1) };",
    ),
    "result": (
        "stream",
        "        stream.update(value)\n",
        "        stream.update(value).map(|one| one / 2.0)\n",
    ),
    "comment that ignores findings": (
        "single",
        "    let params = KamaParams { period: Some(period) };",
        "    // bindcheck: ignore[BC303] as it is\n"
        "    let params = KamaParams { period: Some(period) };",
    ),
    "check": (
        "batch",
        "    dict.set_item",
        '    if rows > 9 { return Err(PyValueError::new_err("rows")); }\n    dict.set_item',
    ),
}


def outcome(folder: Path, old: str = "", new: str = "", *, keep: bool = True) -> dict[str, str]:
    """What becomes of each binding of an indicator whose markers are off, one place changed."""
    shutil.copytree(ROOT / "indicators", folder / "indicators")
    for name in ("Cargo.toml", "Cargo.lock"):
        shutil.copy(ROOT / name, folder)
    path = folder / "indicators/src/kama.rs"
    text = MARKERS.sub("", path.read_text())
    path.write_text(text.replace(old, new, 1) if old else text)
    shutil.copy(path, folder / "before.rs")
    inputs, config = load(Options(paths=(folder / "indicators/src",)))
    assert inputs.crate is not None
    request = Request(names=("kama",), replacing=Replacing(True, keep))
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    return {
        plan.piece: f"{plan.state.value} {plan.detail}"
        for plan in result.plans
        if plan.piece in ("single", "batch", "stream")
    }


@pytest.mark.parametrize("name", CASES)
def test_what_is_written_otherwise_stays_with_its_line(tmp_path: Path, name: str) -> None:
    piece, old, new = CASES[name]
    found = outcome(tmp_path, old, new)
    assert {one for one, told in found.items() if told.startswith("lacking")} == {piece}
    assert new in (tmp_path / "indicators/src/kama.rs").read_text()
    line = int(found[piece].rpartition(":")[2].rstrip(")"))
    before = (tmp_path / "before.rs").read_text()
    assert before.splitlines()[line - 1].strip() == new.splitlines()[0].strip()


def test_what_is_ours_is_replaced(tmp_path: Path) -> None:
    found = outcome(tmp_path)
    assert [told.split()[0] for told in found.values()] == ["replace"] * 3


def test_a_new_interface_asks_for_nothing(tmp_path: Path) -> None:
    _, old, new = CASES["parameter"]
    found = outcome(tmp_path, old, new, keep=False)
    assert found["single"].startswith("replace")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("f(0.850, 6.)", "f(0.85, 6.0)", None),
        ("f(0.85)", "f(0.86)", 0),
        ("a.0.1", "a.0.10", 0),
        ("fn f() {\n    g(a,\n      b,\n    );\n}", "fn f() { g(a, b); }", None),
        ("/// One.\nfn f() {} // two", "fn f() {}", None),
        ('fn f() {\n    g("// a");\n}', 'fn f() { g("// b"); }', 1),
        ("fn f() {\n    a;\n    b;\n}", "fn f() { a; }", 2),
        ("fn f() {\n    a;\n}", "fn f() { a; b; }", 2),
    ],
)
def test_texts_differ_from_a_line_on(old: str, new: str, line: int | None) -> None:
    assert first_unlike(old, new) == line
