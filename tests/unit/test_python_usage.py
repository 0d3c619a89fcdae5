"""What Python tests reach of an extension."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.python_side.calls import calls_of
from bindcheck.python_side.files import GivenFiles
from bindcheck.python_side.side import PythonSide
from bindcheck.python_side.usage import Usage, usage_of
from bindcheck.testing import crate_of

PACKAGE = {"example/__init__.py": "from .example import alma, kama as renamed\n"}


def side(test: str, **more: str) -> PythonSide:
    files = {"tests/test_it.py": test} | {name.replace("__", "/"): t for name, t in more.items()}
    return PythonSide(crate_of(), Path("/crate"), GivenFiles(files))


def usage(test: str, files: dict[str, str] | None = None) -> Usage:
    texts = {"tests/test_it.py": test} | (files or {})
    return usage_of(PythonSide(crate_of(), Path("/crate"), GivenFiles(texts)))


@pytest.mark.parametrize(
    "test",
    [
        "import example\nexample.alma(1)\n",
        "import example as e\ne.alma(1)\n",
        "from example import alma as a\na(1)\n",
        "from example import *\nalma(1)\n",
        "try:\n    import example\nexcept ImportError:\n    example = None\n\n\n"
        "def test():\n    example.alma(1)\n",
        "import pytest\nlib = pytest.importorskip('example')\nlib.alma(1)\n",
        "import importlib\nlib = importlib.import_module('example')\nlib.alma(1)\n",
        "import example\nf = example.alma\n\n\ndef test():\n    f(1)\n",
    ],
)
def test_calls_of_a_module_without_a_package(test: str) -> None:
    found = usage(test)
    assert ("alma",) in found.places
    assert [one.call.positional for one in found.calls["alma",]] == [1]


@pytest.mark.parametrize(
    ("test", "used"),
    [
        ("import example\nexample.alma()\n", {("alma",)}),
        ("import example\nexample.renamed()\n", {("kama",)}),
        ("import example.example\nexample.example.alma()\n", {("alma",)}),
        ("from example.example import alma\nalma()\n", {("alma",)}),
        ("import example\n", set()),
    ],
)
def test_names_that_the_package_passes_on(test: str, used: set[tuple[str, ...]]) -> None:
    assert set(usage(test, PACKAGE).places) - {()} == used


def test_wrappers_are_followed_only_when_they_are_called() -> None:
    package = {
        "example/__init__.py": "from .wrap import one, Maker\n",
        "example/wrap.py": """\
from . import example as native

_again = native.fama


def one(x):
    return helper(x)


def helper(x):
    return native.alma(x)


def unused(x):
    return native.kama(x)


class Maker:
    def __init__(self):
        self.inner = native.Stream()

    def push(self, x):
        return native.trima(x)

    def pull(self):
        return native.hma()
""",
    }
    found = usage("import example\nexample.one(1)\nexample.Maker().push(2)\n", package)
    assert set(found.places) == {("alma",), ("Stream",), ("trima",)}


def test_names_of_other_packages_and_of_the_test_itself_do_not_count() -> None:
    found = usage("import example, other\n\n\ndef kama(): ...\n\n\nother.alma()\nkama()\n")
    assert not found.places
    assert not any(found.attributes.values())


def test_attributes_of_unknown_objects_are_kept_by_name() -> None:
    found = usage("import example\n\n\ndef test_it(lib):\n    lib.alma(1).shape\n")
    assert found.attributes["tests/test_it.py"] == {"alma", "shape"}
    assert found.by_name["alma"][0].call.positional == 1


@pytest.mark.parametrize(
    ("code", "name", "reached"),
    [
        ("getattr(example, 'alma')", "alma", True),
        ("getattr(example, 'alma')", "kama", False),
        ("getattr(example, f'{x}_batch')", "alma_batch", True),
        ("getattr(example, f'{x}_batch')", "alma", False),
        ("NAMES = ['alma']\nfor n in NAMES:\n    getattr(example, n)", "alma", True),
        ("NAMES = ['alma']\nfor n in NAMES:\n    getattr(example, n)", "kama", False),
        ("NAMES = ['alma']\nfor n in NAMES:\n    getattr(lib, n)", "alma", True),
        ("getattr(example, x.y())", "alma", True),
        ("getattr(lib, x.y())", "alma", False),
        ("vars(example)[n]", "alma", True),
        ("example.__dict__[n]", "alma", True),
        ("import os\ngetattr(os, 'alma')", "alma", False),
    ],
)
def test_names_that_are_fetched(code: str, name: str, reached: bool) -> None:
    assert usage(f"import example\n{code}\n").fetches(name) is reached


def test_names_that_another_object_carries_are_words_of_the_code() -> None:
    package = {
        "example/__init__.py": "from . import fun\n",
        "example/fun.py": "from .example import arctan\n\n\ndef call(f):\n"
        "    return getattr(fun, f.__name__)\n",
    }
    found = usage("import example, np\nexample.fun.call(np.arctan)\n", package)
    assert found.fetches("arctan")


def test_other_names_in_sys_modules_lead_to_the_extension() -> None:
    files = {
        "tests/conftest.py": "import sys\nimport example\nsys.modules.setdefault('old', example)\n"
    }
    assert ("alma",) in usage("import old\nold.alma()\n", files).places


def test_a_module_may_put_the_extension_in_its_own_place() -> None:
    files = {
        "outer/__init__.py": "",
        "outer/native.py": "import sys\nimport example\nsys.modules[__name__] = example\n",
        "outer/api.py": "from outer.native import alma\n\n\ndef smooth(x):\n    return alma(x)\n",
    }
    assert ("alma",) in usage("from outer.api import smooth\nsmooth(1)\n", files).places


def test_what_a_package_of_the_same_name_lacks_is_of_the_extension() -> None:
    package = {"example/__init__.py": "from . import example as native\n\n\nclass Gain: ...\n"}
    found = usage("import example\nexample.alma(1)\nexample.Gain()\n", package)
    assert set(found.calls) == {("alma",)}
    assert ("Gain",) not in found.places


def test_a_package_that_does_not_import_the_extension_may_be_hidden_by_it() -> None:
    package = {"example/__init__.py": "import example as native\n\n\nclass Gain: ...\n"}
    found = usage("import example\nexample.alma(1)\nexample.Gain()\n", package)
    assert set(found.calls) == {("alma",), ("Gain",)}


def test_imports_in_a_circle_end() -> None:
    package = {
        "example/__init__.py": "from example.a import x\n",
        "example/a.py": "from example.b import x\n",
        "example/b.py": "from example.a import x\n",
    }
    assert not usage("import example\nexample.x()\n", package).places


def test_calls_of_one_name_are_found_without_the_rest() -> None:
    found = side(
        "from example import Gain\n\n\ndef test_it():\n"
        "    gain = Gain(1)\n    gain.update(2, 3)\n    other.update(4)\n",
        tests__test_more="import example\n",
    )
    assert [one.call.positional for one in calls_of(found, ("Gain",))] == [1]
    update = [*calls_of(found, ("Gain", "update"))]
    assert [(one.path, one.test, one.call.line) for one in update] == [
        ("tests/test_it.py", True, 6)
    ]


def test_a_variable_of_several_values_is_of_none() -> None:
    found = side(
        "from example import Gain\n\n\ndef test_it():\n"
        "    gain = Gain(1)\n    gain = Other()\n    gain.update(2)\n"
    )
    assert not [*calls_of(found, ("Gain", "update"))]


def test_an_attribute_of_another_name_for_a_class_is_of_that_class_alone() -> None:
    files = {
        "example/__init__.py": "from .example import models\n",
        "example/models/__init__.py": "from .. import models\n\nWords = models.Words\n",
    }
    found = usage("from example.models import Words\n\n\nWords.load(1)\n", files)
    assert ("models", "Words", "load") in found.places
    assert not any("load" in names for names in found.attributes.values())


def test_so_it_is_of_any_object_where_the_name_is_of_something_else() -> None:
    files = {
        "example/__init__.py": "from .example import models\n",
        "example/models/__init__.py": "Words = made()\n",
    }
    found = usage("from example.models import Words\n\n\nWords.load(1)\n", files)
    assert any("load" in names for names in found.attributes.values())
