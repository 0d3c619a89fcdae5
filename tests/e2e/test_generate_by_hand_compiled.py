"""Bindings by hand, however they name PyO3 and NumPy, compile without warnings once replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.generate.run import Mode
from by_hand import LAYOUTS, crate_with, replaced
from compiled import Compiler

pytestmark = pytest.mark.cargo


@pytest.mark.parametrize("keep", [True, False])
def test_replaced_bindings_compile_without_warnings(
    tmp_path: Path, compiler: Compiler, *, keep: bool
) -> None:
    crate = crate_with(tmp_path, *LAYOUTS, lints="#![deny(warnings)]\n")
    if keep:
        compiler.check(crate)
    result = replaced(crate, keep=keep)
    made = [one.state.value for one in result.plans if one.piece in ("single", "batch")]
    assert made == ["replace"] * 2 * len(LAYOUTS)
    compiler.check(crate)
    assert replaced(crate, mode=Mode.CHECK, keep=keep).status == 0
