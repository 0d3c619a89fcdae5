"""Generated stubs as a type checker sees them: what callers may write, and what they get."""

from __future__ import annotations

import contextlib
import difflib
import subprocess
import sys
from pathlib import Path

import pytest

from bindcheck.cli import main
from synthetic_cores import SAMPLE, write_reference
from tides import BATCH, CORE, STREAM
from tides_package import written

RIGHT = """
from typing import assert_type

import made_up
import numpy as np
from numpy.typing import NDArray

x = np.arange(50.0)
stamps = np.arange(50)

# One call: one output, several, of several types; arrays and parameters that may be left out.
assert_type(made_up.one_slice(x, 9), NDArray[np.float64])
assert_type(made_up.one_slice(x, period=9, kernel="scalar"), NDArray[np.float64])
upper, lower = made_up.bars_two(x, x, x, 9, 2.5, -3, kernel=None)
assert_type(lower, NDArray[np.float64])
up, state, level = made_up.flagged(x, True, 12)
assert_type(up, NDArray[np.bool_])
assert_type(state, NDArray[np.int8])
assert_type(level, NDArray[np.float64])
made_up.maybe_volume(x, None, 9)
made_up.stamped(stamps, x, 9, "ema")
made_up.constant(x, x, x)
assert_type(len(made_up.nine(x, x, x, x, 9)), int)

# A batch: ranges, fixed values, and keys of its result.
grid = made_up.bars_two_batch(x, x, x, (9, 13, 2), (2.5, 3.5, 0.5), (-3, -3, 0))
assert_type(grid["upper"], NDArray[np.float64])
assert_type(grid["periods"], NDArray[np.uint64])
assert_type(grid["factors"], NDArray[np.float64])
assert_type(grid["shifts"], NDArray[np.int32])
made_up.flagged_batch(x, (12, 14, 2), True)
made_up.renamed_batch(x, lookback_range=(9, 11, 1), gain_range=(0.5, 0.5, 0.0))

# A stream: optional values, tuples, plain numbers.
assert_type(made_up.OneSliceStream(9).update(1.0), float | None)
assert_type(made_up.BarsTwoStream(9, 2.5, -3).update(1.0, 2.0, 3.0), tuple[float, float] | None)
assert_type(made_up.BareStream(period=9).update(1.0, 2.0), float)
made_up.MaybeVolumeStream(9).update(1.0, None)
"""

WRONG = {
    "made_up.one_slice(x)": "call-arg",
    "made_up.one_slice(x, 9.5)": "arg-type",
    'made_up.one_slice("text", 9)': "arg-type",
    "made_up.one_slice(x, 9, window=3)": "call-arg",
    "made_up.bare(x, x, 9, kernel=None)": "call-arg",
    "made_up.one_slice_batch(x, (9, 13))": "arg-type",
    'made_up.one_slice_batch(x, (9, 13, 2))["period"]': "typeddict-item",
    "made_up.OneSliceStream(9).update(1.0, 2.0)": "call-arg",
    "class Mine(made_up.OneSliceStream): ...": "misc",
    "made_up.six_stream(9)": "attr-defined",
}


BY_HAND = """# Types of the native module; ask before you reorder.

import sys
from typing import (
    Final,  # for VERSION
    overload,
)

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

__all__ = [
    "VERSION",  # kept first
    "helper",
]

VERSION :  Final = '1.0'   # odd, but ours

@overload
def helper(x: int) -> int: ...
@overload
def helper(x: str) -> str: ...


# The end.
"""


def test_a_stub_by_hand_keeps_every_line_and_its_place(tmp_path: Path) -> None:
    write_reference(tmp_path, SAMPLE[:3])
    stub = tmp_path / "python/made_up/_core.pyi"
    stub.write_text(BY_HAND)
    with contextlib.chdir(tmp_path):
        assert main(["generate", "--all"]) == 0
    after = stub.read_text()
    changed = [
        line
        for line in difflib.ndiff(BY_HAND.splitlines(), after.splitlines())
        if line.startswith("- ")
    ]
    assert changed == []
    assert (
        BY_HAND.partition("if sys")[0].replace(
            "    overload,\n)\n",
            "    TypedDict,\n    final,\n    overload,\n)\n\n"
            "import numpy as np\nfrom numpy.typing import NDArray\n",
        )
        == after.partition("if sys")[0]
    )
    compile(after, "stub", "exec")
    for name in ("one_slice", "one_slice_batch", "OneSliceStream"):
        assert f'    "{name}",\n' in after
    with contextlib.chdir(tmp_path):
        assert main(["generate", "--all"]) == 0
    assert stub.read_text() == after


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the Python package of a crate with generated bindings."""
    root = tmp_path_factory.mktemp("stubs")
    write_reference(root, SAMPLE)
    with contextlib.chdir(root):
        assert main(["generate", "--all"]) == 0
    return root / "python"


def checked(package: Path, text: str) -> str:
    """What mypy says of a module that uses the package."""
    user = package / "user.py"
    user.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-color-output", user.name],
        cwd=package,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_callers_are_told_the_types(package: Path) -> None:
    assert (package / "made_up/py.typed").is_file()
    assert checked(package, RIGHT).startswith("Success")


def test_wrong_calls_are_found(package: Path) -> None:
    head = "import made_up\nimport numpy as np\n\nx = np.arange(50.0)\n"
    said = checked(package, head + "".join(f"{line}\n" for line in WRONG))
    for at, (line, code) in enumerate(WRONG.items(), 5):
        found = [one for one in said.splitlines() if one.startswith(f"user.py:{at}: error:")]
        assert any(f"[{code}]" in one for one in found), (line, said)


def test_a_docstring_tells_shapes_types_and_errors(package: Path) -> None:
    stub = (package / "made_up/_core.pyi").read_text()
    for core in SAMPLE:
        entry = stub.partition(f"\ndef {core.name}(")[2].partition("\n# bindcheck: end")[0]
        assert "Args:" in entry
        assert f"{core.series[0].name}: one-dimensional" in entry
        if not core.taken:
            # Without an Input struct nothing tells how long a result is.
            assert f"of the shape of ``{core.series[0].name}``" in entry
        assert "ValueError:" in entry
        assert "TypeError:" in entry


BY_HAND_CALLS = """
from typing import assert_type

import numpy as np
import tides
from numpy.typing import NDArray

x = np.arange(50.0)
assert_type(tides.tide(x, x, 5, "neap"), tuple[NDArray[np.float64], NDArray[np.float64]])
matrix, spans = tides.tide_grid(x, x)
assert_type(matrix, NDArray[np.float64])
assert_type(spans, list[int])
assert_type(tides.Tides().update(1.0, 2.0), float)
assert_type(tides.Tides(span=9).reset(), None)
assert_type(tides.Tides().seen, int)
"""


def test_bindings_by_hand_are_what_callers_see(tmp_path: Path) -> None:
    batch, stream = BATCH, STREAM
    for old, new in (
        ("low, spans, kernel=None", "low, spans=(5, 9, 2), kernel=None"),
        ("-> PyResult<Py<PyDict>> {", "-> PyResult<(Bound<'py, PyArray2<f64>>, Vec<usize>)> {"),
        ("    Ok(dict.into())\n", "    Ok((first.reshape([rows, cols])?, listed))\n"),
    ):
        assert batch.count(old) == 1
        batch = batch.replace(old, new)
    stream = stream.replace("    inner: TideStream,", "    #[pyo3(get)]\n    seen: usize,")
    public = 'from tides.tides import Tides, tide_grid\n\n__all__ = ["Tides", "tide_grid"]\n'
    crate = written(tmp_path, CORE + batch + stream, public)
    with contextlib.chdir(crate):
        assert main(["generate", "--all", "--piece", "single,register,stub"]) == 0
    assert checked(crate / "python", BY_HAND_CALLS).startswith("Success")
    said = checked(crate / "python", f"{BY_HAND_CALLS}\na, b, c = tides.tide_grid(x, x)\n")
    assert "Need more than 2 values to unpack" in said or "too many" in said.lower()
