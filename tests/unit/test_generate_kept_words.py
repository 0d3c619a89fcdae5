"""What somebody wrote beside bindings stays: documentation, docstrings, the names of a stub."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.docstrings import merge_entries
from bindcheck.generate.documented import documentation, documented
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Request, generate
from bindcheck.generate.stub import spelled_there, with_preamble
from bindcheck.load import load
from bindcheck.python_side.bound import spelled
from synthetic_cores import Core, write_reference
from tides import CORE, INTO, SINGLE
from tides_package import edit, written

STUB = "python/made_up/_core.pyi"


def run(crate: Path, replacing: Replacing | None = None) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(everything=True, replacing=replacing or Replacing())
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


# --- documentation in Rust -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "doc"),
    [
        ("/// Above.\n#[pyfunction]\nfn f() {}\n", "/// Above.\n"),
        ("#[pyfunction]\n/// Below.\n/// More.\npub fn f() {}\n", "/// Below.\n/// More.\n"),
        ("/// One.\n#[pyfunction]\n/// Two.\npub(crate) fn f() {}\n", "/// One.\n/// Two.\n"),
        ("#[pyfunction]\n/** In one. */\nfn f() {}\n", "/** In one. */\n"),
        ("#[pyfunction]\n/** In\ntwo. */\nfn f() {}\n", "/** In\ntwo. */\n"),
        ('#[doc = "Said."]\n#[pyclass]\nstruct F(f64);\n', '#[doc = "Said."]\n'),
        ("#[pyfunction]\n// Nobody's.\nfn f() {\n    /// Inside.\n    fn g() {}\n}\n", ""),
    ],
)
def test_documentation_wherever_it_stands(text: str, doc: str) -> None:
    assert documentation(text) == doc
    ours, item = "/// Ours.\n", "#[x]\nfn f()\n"
    assert documented(ours + item, doc) == (doc or ours) + item


def test_documentation_below_the_attribute_stays_with_a_new_interface(tmp_path: Path) -> None:
    old = '/// Tides of two series.\n#[pyfunction(name = "tide")]\n'
    assert old in SINGLE
    text = SINGLE.replace(old, '#[pyfunction(name = "tide")]\n/// Below.\n')
    crate = written(tmp_path, CORE + INTO + text, "")
    run(crate, Replacing(True, keep=False))
    made = (crate / "src/tide.rs").read_text()
    region = made[made.index("begin tide/single") :]
    assert region.index("/// Below.") < region.index("fn tide_py")
    assert made.count("Below.") == 1


# --- what a stub imports -------------------------------------------------------------------------

ENTRY = "def tide(data: NDArray[np.float64]) -> NDArray[np.float64]: ...\n"


@pytest.mark.parametrize(
    ("imports", "entry"),
    [
        (
            "import numpy as np\nimport numpy.typing as npt\n",
            "def tide(data: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]: ...\n",
        ),
        (
            "import numpy\nimport numpy.typing\n",
            "def tide(data: numpy.typing.NDArray[numpy.float64])"
            " -> numpy.typing.NDArray[numpy.float64]: ...\n",
        ),
        (
            "import numpy as np\nfrom numpy import typing as npt\n",
            "def tide(data: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]: ...\n",
        ),
        (
            "import numpy as np, numpy.typing as npt\nfrom numpy.typing import NDArray\n",
            ENTRY,
        ),
        (
            "import numpy as np\nfrom numpy.typing import (\n    ArrayLike,\n"
            "    NDArray as Array,\n)\n",
            "def tide(data: Array[np.float64]) -> Array[np.float64]: ...\n",
        ),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy as np\n"
            "    from numpy.typing import NDArray\n",
            ENTRY,
        ),
    ],
)
def test_nothing_is_imported_twice(imports: str, entry: str) -> None:
    made = spelled_there(ENTRY, imports)
    assert made == entry
    assert with_preamble(imports, Path("x.pyi"), made, (), ()) == imports


def test_what_no_import_has_is_added() -> None:
    source = "import numpy as np\n"
    made = spelled_there(ENTRY, source)
    assert made == ENTRY
    whole = with_preamble(source, Path("x.pyi"), made, (), ("final",))
    assert whole == "import numpy as np\nfrom numpy.typing import NDArray\n"


def test_only_what_is_there_in_any_case_counts() -> None:
    source = "import sys\nif sys.version_info >= (3, 12):\n    from typing import final\n"
    assert spelled(source, ["typing.final"]) == {}
    both = f"{source}else:\n    from typing import final\n"
    assert spelled(both, ["typing.final"]) == {"typing.final": "final"}


def test_a_stub_with_another_name_for_the_types(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    stub = tmp_path / STUB
    imports = "import typing as t\n\nimport numpy as np\nimport numpy.typing as npt\n"
    names = [line for line in stub.read_text().splitlines() if line.startswith("__all__")]
    stub.write_text(imports + "\n".join(names) + "\n")
    run(tmp_path)
    made = stub.read_text()
    assert made.startswith(imports)
    assert made.count("import ") == imports.count("import ")
    assert "data: npt.NDArray[np.float64]" in made
    assert "class _TideBatch(t.TypedDict):" in made
    assert "@t.final" in made
    run(tmp_path)
    assert stub.read_text() == made


# --- docstrings of a stub ------------------------------------------------------------------------

OWN = '"""Mine, all mine.\n\n    With words.\n    """'


def docstrings(stub: Path) -> dict[str, str | None]:
    body = ast.parse(stub.read_text()).body
    kinds = ast.FunctionDef | ast.ClassDef
    return {one.name: ast.get_docstring(one) for one in body if isinstance(one, kinds)}


def put(stub: Path, entry: str) -> None:
    """Put a docstring of one's own into an entry."""
    text = stub.read_text()
    start = text.index('"""', text.index(entry))
    end = text.index('"""', start + 3) + 3
    stub.write_text(text[:start] + OWN + text[end:])


@pytest.mark.parametrize(
    ("old", "new", "entry", "name"),
    [
        ('name = "tide"', 'name = "tidal"', "def tide(", "tidal"),
        ('name = "tide_batch"', 'name = "tidal_grid"', "def tide_batch(", "tidal_grid"),
        ('name = "TideStream"', 'name = "Tidal"', "class TideStream", "Tidal"),
    ],
)
def test_a_docstring_stays_with_a_binding_that_is_renamed(
    tmp_path: Path, old: str, new: str, entry: str, name: str
) -> None:
    write_reference(tmp_path, (Core("tide"),))
    run(tmp_path)
    stub = tmp_path / STUB
    put(stub, entry)
    run(tmp_path)
    assert "Mine, all mine." in stub.read_text()
    edit(tmp_path, (old, new))
    assert run(tmp_path).status == 0
    said = docstrings(stub)
    assert said[name] == "Mine, all mine.\n\nWith words."
    assert entry not in stub.read_text()
    again = stub.read_text()
    assert run(tmp_path).status == 0
    assert stub.read_text() == again


BASE = (
    'def a(x: int) -> int:\n    """A."""\n\nclass C:\n    """C."""\n\n    def m(self) -> int: ...\n'
)


@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        (  # One changed the words, the other one the arguments.
            BASE.replace("A.", "Mine."),
            BASE.replace("x: int", "y: int"),
            BASE.replace("A.", "Mine.").replace("x: int", "y: int"),
        ),
        (  # There was none.
            BASE.replace("int: ...", 'int:\n        """Mine."""'),
            BASE.replace("class C", "class D"),
            BASE.replace("class C", "class D").replace("int: ...", 'int:\n        """Mine."""'),
        ),
        (  # Words that nobody touched are those of the new text.
            BASE,
            BASE.replace("A.", "B."),
            BASE.replace("A.", "B."),
        ),
        (BASE.replace("x: int", "x: float"), BASE.replace("x: int", "y: int"), None),
    ],
)
def test_entries_are_merged_with_their_words(ours: str, theirs: str, merged: str | None) -> None:
    assert merge_entries(BASE, ours, theirs) == merged


def test_what_does_not_parse_is_merged_by_lines() -> None:
    ours = f"{BASE}def (\n"
    assert merge_entries(BASE, ours, BASE.replace("A.", "B.")) == ours.replace("A.", "B.")
