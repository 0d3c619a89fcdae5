"""Stubs and packages edited with their layout kept."""

from __future__ import annotations

import pytest

from bindcheck.errors import BindcheckError
from bindcheck.python_side import (
    import_order,
    read_module,
    with_exports,
    with_imports,
    with_public_names,
    without_public_names,
)

STUB = '''"""Indicators."""

from typing import Final, final  # what annotations need

import numpy as np

__all__ = ["alpha"]

LIMIT: Final = 3

def alpha(data: np.ndarray) -> np.ndarray: ...  # by hand

@final
class Beta:
    __all__ = ["not this"]
'''


def test_names_of_a_module() -> None:
    module = read_module(STUB, "x.pyi")
    assert module.defined == {"__all__", "LIMIT", "alpha", "Beta"}
    assert module.imported == {"Final", "final", "np"}
    assert module.public == ("alpha",)
    assert read_module("__all__ = sorted(names)\n", "x.py").public is None
    assert read_module("import a.b\nimport c as d\n", "x.py").imported == {"a", "d"}


def test_a_syntax_error_is_an_error_with_its_line() -> None:
    with pytest.raises(BindcheckError, match="does not parse") as caught:
        read_module("a = 1\ndef (\n", "x.pyi")
    assert caught.value.line == 2


def test_imports_that_are_there_change_nothing() -> None:
    wanted = [("np", "import numpy as np"), ("final", "from typing import final")]
    assert with_imports(STUB, "x.pyi", wanted) == STUB


def test_a_missing_name_joins_the_import_of_its_module() -> None:
    edited = with_imports(STUB, "x.pyi", [("TypedDict", "from typing import TypedDict")])
    line = "from typing import Final, TypedDict, final  # what annotations need\n"
    assert edited == STUB.replace(
        "from typing import Final, final  # what annotations need\n", line
    )


def test_a_missing_import_stands_behind_the_others() -> None:
    edited = with_imports(STUB, "x.pyi", [("NDArray", "from numpy.typing import NDArray")])
    assert edited == STUB.replace(
        "import numpy as np\n", "import numpy as np\nfrom numpy.typing import NDArray\n"
    )
    documented = with_imports('"""Doc."""\n', "x.py", [("a", "import a")])
    assert documented == '"""Doc."""\n\nimport a\n'


def test_imports_from_elsewhere_stand_apart_from_the_standard_library() -> None:
    wanted = [("np", "import numpy as np"), ("NDArray", "from numpy.typing import NDArray")]
    assert with_imports("import sys\n", "x.pyi", wanted) == (
        "import sys\n\nimport numpy as np\nfrom numpy.typing import NDArray\n"
    )


def test_a_name_that_joins_an_import_leaves_comments_to_their_names() -> None:
    source = "from typing import (\n    Final,  # one\n    overload,  # two\n)\n"
    wanted = [("TypedDict", "from typing import TypedDict"), ("final", "from typing import final")]
    edited = with_imports(source, "x.pyi", wanted)
    assert edited == (
        "from typing import (\n    Final,  # one\n    TypedDict,\n    final,\n"
        "    overload,  # two\n)\n"
    )


def test_a_name_that_a_branch_imports_is_imported_for_all() -> None:
    source = "if True:\n    from typing import Final\n"
    edited = with_imports(source, "x.pyi", [("final", "from typing import final")])
    assert edited.startswith("from typing import final\n")
    assert edited.endswith(source)
    assert with_imports("", "x.py", [("a", "import a")]) == "import a\n"


def test_public_names_are_sorted_in_and_nothing_else_moves() -> None:
    edited = with_public_names(STUB, "x.pyi", ["zeta", "alpha", "Beta"])
    assert edited == STUB.replace('["alpha"]', '["Beta", "alpha", "zeta"]')
    assert with_public_names(edited, "x.pyi", ["zeta"]) == edited
    computed = "__all__ = sorted(names)\n"
    assert with_public_names(computed, "x.py", ["a"]) == computed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('__all__ = ["a", "b", "c"]\n', '__all__ = ["a", "c"]\n'),
        ('__all__: list[str] = ["a", "b"]\n', '__all__: list[str] = ["a"]\n'),
        ('__all__ = ("a", "b")\n', '__all__ = ("a", )\n'),
        ('__all__ = ["b"]\n', "__all__ = []\n"),
        ('__all__ = [\n    "a",  # of a\n    "b",\n]\n', '__all__ = [\n    "a",  # of a\n]\n'),
        ('__all__ = ["a"]\n', '__all__ = ["a"]\n'),
        ("b = 1\n", "b = 1\n"),
    ],
)
def test_public_names_that_are_gone(before: str, after: str) -> None:
    made = without_public_names(before, "made.pyi", {"b"})
    assert made == after
    assert read_module(made, "made.pyi").public == read_module(after, "made.pyi").public


def test_a_long_list_of_names_gets_a_line_for_each() -> None:
    names = [f"indicator_{at}" for at in range(12)]
    edited = with_public_names('__all__ = ["a"]\n', "x.py", names)
    assert edited.splitlines()[:2] == ["__all__ = [", '    "a",']
    assert read_module(edited, "x.py").public == tuple(sorted(["a", *names]))


def test_a_package_that_lists_names_passes_new_ones_on() -> None:
    source = 'from ._core import alpha\n\n__all__ = ["alpha"]\n'
    edited = with_exports(source, "__init__.py", "waves._core", ["Beta", "gamma"])
    assert edited == (
        'from ._core import Beta, alpha, gamma\n\n__all__ = ["Beta", "alpha", "gamma"]\n'
    )
    absolute = "from waves._core import (\n    alpha,\n    zeta,\n)\n"
    assert with_exports(absolute, "__init__.py", "waves._core", ["gamma"]) == (
        "from waves._core import (\n    alpha,\n    gamma,\n    zeta,\n)\n"
    )


def test_names_that_are_passed_on_for_type_checkers_get_company_of_their_kind() -> None:
    source = "from ._core import version as version\n"
    edited = with_exports(source, "__init__.py", "waves._core", ["alpha", "zeta"])
    assert edited == ("from ._core import alpha as alpha, version as version, zeta as zeta\n")
    other = "from ._core import version as number\n"
    assert with_exports(other, "__init__.py", "waves._core", ["alpha"]) == (
        "from ._core import alpha, version as number\n"
    )


@pytest.mark.parametrize(
    "source", ["from ._core import *\n", "", "from .other import alpha\n", "import waves._core\n"]
)
def test_a_package_that_lists_none_is_left_alone(source: str) -> None:
    assert with_exports(source, "__init__.py", "waves._core", ["gamma"]) == source


def test_names_are_sorted_as_isort_does() -> None:
    names = ["zeta", "Alpha", "LIMIT", "alpha"]
    assert sorted(names, key=import_order) == ["LIMIT", "Alpha", "alpha", "zeta"]


COMMENTED = """__all__ = [
    # first
    "alpha",  # one
    "gamma",
    # last
    "omega",  # end
]
"""


def test_comments_between_public_names_stay() -> None:
    edited = with_public_names(COMMENTED, "a.pyi", ["beta", "zeta"])
    assert edited == COMMENTED.replace('    "gamma"', '    "beta",\n    "gamma"').replace(
        "  # end\n", '  # end\n    "zeta",\n'
    )


def test_public_names_that_are_not_sorted_get_new_ones_at_the_end() -> None:
    source = "__all__ = (\n    'zeta',\n    'alpha'\n)\n"
    edited = with_public_names(source, "a.pyi", ["beta"])
    assert edited == "__all__ = (\n    'zeta',\n    'alpha',\n    'beta'\n)\n"


def test_public_names_with_an_annotation_are_public_names() -> None:
    edited = with_public_names('__all__: list[str] = ["beta"]\n', "a.pyi", ["alpha"])
    assert edited == '__all__: list[str] = ["alpha", "beta"]\n'
