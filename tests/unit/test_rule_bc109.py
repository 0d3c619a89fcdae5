"""BC109: what is said about bindings without tests."""

from __future__ import annotations

from functools import partial

import pytest

from bindcheck.findings import Finding
from bindcheck.python_side.files import GivenFiles
from bindcheck.rules import RULE_BY_CODE
from bindcheck.rules.python_examples import GAIN, KERNEL, SCALED
from bindcheck.testing import audit_source

RULE = [RULE_BY_CODE["BC109"]]
HEAD = "import example\n\n\n"


def audit(code: str, test: str, files: dict[str, str] | None = None) -> tuple[Finding, ...]:
    texts = {"tests/test_it.py": test} | (files or {})
    return audit_source(code, RULE, files=texts).findings


def messages(code: str, test: str, files: dict[str, str] | None = None) -> list[str]:
    return [one.message for one in audit(code, test, files)]


def test_a_repository_without_tests_is_told_once() -> None:
    (found,) = audit_source(SCALED, RULE, files={"example.pyi": ""}).findings
    assert found.message == "there is no Python test: nothing calls its only binding"
    assert (found.location.line, found.item) == (10, "example")
    assert (found.severity.value, found.confidence.value) == ("advice", "certain")


def test_tests_of_something_else_are_told_once() -> None:
    (found,) = audit(SCALED, "import other\n", {"tests/test_more.py": ""})
    assert found.message == "none of the 2 Python tests imports `example`"


def test_tests_that_import_and_call_nothing_are_told_once() -> None:
    (found,) = audit(SCALED, "import example\nassert example\n")
    assert found.message == "the tests import `example`, but do not call its only binding"
    assert found.confidence.value == "likely"


def test_methods_are_told_one_by_one_and_a_class_that_nobody_makes_once() -> None:
    both = GAIN.replace(
        "#[pymodule]", "#[pyfunction]\nfn one() -> f64 {\n    1.0\n}\n\n#[pymodule]"
    ).replace("    Ok(())", "    m.add_function(wrap_pyfunction!(one, m)?)?;\n    Ok(())")
    assert messages(both, f"{HEAD}example.one()\n") == ["no Python test makes a `Gain`"]
    called = f"{HEAD}def test_it():\n    example.Gain(example.one()).reset(2)\n"
    assert messages(both, called) == [
        "no Python test calls `Gain.update`",
        "no Python test calls `Gain.unit`",
    ]


def test_a_method_counts_where_objects_of_the_class_can_be() -> None:
    made = (
        f"{HEAD}def test_it():\n    gain = example.Gain()\n    gain.update(1)\n    gain.reset(1)\n"
    )
    elsewhere = "import example\n\n\ndef test_other(thing):\n    thing.unit()\n"
    assert messages(GAIN, made, {"tests/test_other.py": elsewhere}) == [
        "no Python test calls `Gain.unit`"
    ]
    helper = "def check(thing):\n    thing.unit()\n"
    assert messages(GAIN, made, {"tests/helper.py": f"import example\n{helper}"}) == []
    handed = made + "    check(example.Gain)\n"
    assert messages(GAIN, handed, {"tests/test_other.py": elsewhere}) == []


def test_objects_that_bindings_return_may_be_anywhere() -> None:
    code = GAIN.replace(
        "#[pymodule]", "#[pyfunction]\nfn made() -> GainPy {\n    GainPy::unit()\n}\n\n#[pymodule]"
    ).replace("    Ok(())", "    m.add_function(wrap_pyfunction!(made, m)?)?;\n    Ok(())")
    test = f"{HEAD}def test_it():\n    example.Gain(example.made().update(1))\n"
    other = "import example\n\n\ndef test_other(thing):\n    thing.unit().reset(1)\n"
    assert messages(code, test, {"tests/test_other.py": other}) == []


@pytest.mark.parametrize(
    "call",
    [
        "example.scaled(1.0)",
        "example.scaled(1.0, 2.0)",
        "example.scaled(1.0, kernel=None)",
        "example.scaled(1.0, 2.0, None)",
        "example.scaled(*values)",
    ],
)
def test_a_kernel_that_is_never_chosen_is_told(call: str) -> None:
    assert messages(KERNEL, f"{HEAD}{call}\n") == [
        "the tests call `scaled` once, and never choose its kernel"
    ]


@pytest.mark.parametrize(
    "code",
    [
        "example.scaled(1.0, kernel='scalar')",
        "example.scaled(1.0, 2.0, 'scalar')",
        "options = {'kernel': 'scalar'}\nexample.scaled(1.0, **options)",
        "run(example.scaled, kernel='scalar')",
        "def call(**more):\n    return example.scaled(1.0, **more)\n\n\ncall(kernel='scalar')",
    ],
)
def test_a_kernel_that_is_chosen_is_silent(code: str) -> None:
    assert messages(KERNEL, f"{HEAD}{code}\n") == []


def test_a_kernel_that_is_refused_was_not_chosen() -> None:
    test = f"{HEAD}with pytest.raises(ValueError):\n    example.scaled(1.0, kernel='bogus')\n"
    assert messages(KERNEL, test) == ["the tests call `scaled` once, and never choose its kernel"]


def test_a_wrapper_passes_the_kernel_on_if_a_test_gives_it_one() -> None:
    package = "from example.example import scaled\n\n\ndef twice(x, kernel=None):\n"
    package += "    return 2 * scaled(x, kernel=kernel)\n"
    files = {"example/__init__.py": package}
    assert messages(KERNEL, f"{HEAD}example.twice(1.0, kernel='auto')\n", files) == []
    assert messages(KERNEL, f"{HEAD}example.twice(1.0)\n", files) == [
        "the tests call `scaled` once, and never choose its kernel"
    ]


def test_a_repository_too_large_to_search_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bindcheck.testing.GivenFiles", partial(GivenFiles, complete=False))
    report = audit_source(SCALED, RULE, files={"tests/test_it.py": ""})
    assert not report.findings
    assert "too many folders" in report.not_applicable[0].reason


def test_a_binding_of_two_names_is_tested_under_either_and_told_once() -> None:
    code = SCALED.replace(
        "    Ok(())",
        '    m.add("same", wrap_pyfunction!(scaled_py, m)?)?;\n'
        "    m.add_function(wrap_pyfunction!(other, m)?)?;\n    Ok(())",
    ).replace("#[pymodule]", "#[pyfunction]\nfn other(x: f64) -> f64 {\n    x\n}\n\n#[pymodule]")
    assert messages(code, f"{HEAD}example.same(1)\n") == ["no Python test calls `other`"]
    assert messages(code, f"{HEAD}example.other(1)\n") == ["no Python test calls `scaled`"]


def test_doctests_count_where_the_tests_run_them() -> None:
    documented = '"""Doc.\n\n>>> example.scaled(1.0)\n2.0\n"""\nfrom .example import *\n'
    package = {"example/__init__.py": documented}
    (found,) = messages(SCALED, "import example\n", package)
    assert "do not call" in found
    test = "import doctest\n\nimport example\n\ndoctest.testmod(example)\n"
    assert messages(SCALED, test, package) == []


@pytest.mark.parametrize("marked", [True, False])
def test_a_wrapper_with_a_fallback_reaches_the_binding(marked: bool) -> None:
    wrapper = (
        "try:\n    from example import scaled\nexcept ImportError:\n"
        "    def scaled(x):\n        return x\n\n\n"
        "def wrapped(x):\n    return scaled(x)\n"
    )
    files = {"pkg/__init__.py": "", "pkg/inner/wrapper.py": wrapper}
    if marked:
        files["pkg/inner/__init__.py"] = ""
    test = "import example\nfrom pkg.inner.wrapper import wrapped\n\n\nwrapped(1)\n"
    assert messages(SCALED, test, files) == []


TWIN = "class Gain:\n    def __init__(self, factor=2.0):\n        self.factor = factor\n"
MADE = "gain = PLACE.Gain()\ngain.update(1)\ngain.reset(1)\ngain.unit()\n"


@pytest.mark.parametrize(
    ("init", "reached"),
    [
        # Both are called `example`: which one the tests get depends on what is installed.
        (f"import example as _rust\n\n\n{TWIN}", True),
        (TWIN, True),
        (f"from . import example as _rust\n\n\n{TWIN}", False),
        (f"from .example import Gain as _Gain\n\n\n{TWIN}", False),
        (f"{TWIN}\n\nfrom .example import Gain\n", True),
    ],
)
def test_a_package_that_may_hide_the_extension_hides_no_test(init: str, reached: bool) -> None:
    test = f"{HEAD}{MADE.replace('PLACE', 'example')}"
    assert (messages(GAIN, test, {"example/__init__.py": init}) == []) is reached


@pytest.mark.parametrize(
    "wrapper",
    [
        "from example import Gain\n\n__all__ = ['Gain']\n",
        "from example import *\n",
        "import example\n\nGain = example.Gain\n",
        "try:\n    from example import Gain\nexcept ImportError:\n    Gain = None\n",
        "import example\n\n\nclass Gain(example.Gain):\n    pass\n",
    ],
)
def test_a_class_is_reached_through_a_module_that_passes_it_on(wrapper: str) -> None:
    files = {"tools/__init__.py": "", "tools/gains.py": wrapper}
    test = f"from tools import gains\n\n\n{MADE.replace('PLACE', 'gains')}"
    assert messages(GAIN, test, files) == []


@pytest.mark.parametrize(
    "look",
    [
        "assert callable(gain.reset)",
        "assert callable(example.Gain.reset)",
        "assert hasattr(gain, 'reset')",
        "assert hasattr(example.Gain, 'reset')\n    getattr(gain, NAME)",
        "assert gain.reset == 1",
        "assert [gain][0].reset != gain",
        "[gain][0].reset = 2",
    ],
)
def test_asking_for_a_method_is_no_call(look: str) -> None:
    test = (
        f"{HEAD}NAME = 'update'\n\n\ndef test_it():\n    gain = example.Gain()\n"
        f"    gain.update(1)\n    gain.unit()\n    {look}\n"
    )
    assert messages(GAIN, test) == ["no Python test calls `Gain.reset`"]
    assert messages(GAIN, f"{test}    gain.reset(1)\n") == []


def test_what_an_asking_call_evaluates_is_called() -> None:
    test = f"{HEAD}def test_it():\n    gain = example.Gain()\n    gain.update(1)\n    gain.unit()\n"
    assert messages(GAIN, f"{test}    assert callable(gain.reset(1).real)\n") == []
    assert messages(GAIN, f"{test}    assert hasattr(gain, gain.reset(1))\n") == []
    assert messages(GAIN, f"{test}    assert gain.reset(1) == 2\n") == []
    assert messages(GAIN, f"{test}    assert 2 == [gain][0].reset(1).real\n") == []
    assert messages(GAIN, f"{test}    called = [gain][0].reset\n    called(1)\n") == []


LOSS = GAIN.replace("#[pymodule]", "").split("fn example")[0].replace("Gain", "Loss")
LOSS = LOSS.replace("use pyo3::prelude::*;", "").replace("fn reset", "fn cancel")
BOTH = GAIN.replace("#[pymodule]", f"{LOSS}\n#[pymodule]").replace(
    "    Ok(())\n}\n", "    m.add_class::<LossPy>()?;\n    Ok(())\n}\n"
)
EACH = "    gain = example.Gain()\n    gain.update(1)\n    gain.reset(2)\n    example.Gain.unit()\n"


@pytest.mark.parametrize(
    ("code", "reached"),
    [
        ("    loss = example.Loss()\n    loss.unit()\n    loss.cancel()\n", False),
        (
            "    loss = example.Loss()\n    loss.unit()\n    loss.cancel()\n    loss.update(1)\n",
            True,
        ),
        (
            "    loss = example.Loss()\n    loss.unit()\n    loss.cancel()\n    loss.x.update()\n",
            True,
        ),
        (
            "    loss = example.Loss()\n    loss.cancel()\n    loss = loss.unit()\n"
            "    loss.update()\n",
            True,
        ),
    ],
)
def test_a_method_of_the_same_name_belongs_to_the_class_that_is_made(
    code: str, reached: bool
) -> None:
    found = messages(BOTH, f"{HEAD}def test_it():\n{EACH}{code}")
    assert found == ([] if reached else ["no Python test calls `Loss.update`"])


@pytest.mark.parametrize(
    ("binding", "reached"),
    [
        ("", False),
        ("    for gain in things:\n        gain.cancel()\n", True),
        ("    with thing() as gain:\n        gain.cancel()\n", True),
        ("    gain, other = things\n", True),
        ("    gain: object = thing()\n", True),
        ("    if (gain := thing()):\n        pass\n", True),
        ("    try:\n        thing()\n    except ValueError as gain:\n        pass\n", True),
        ("    check = lambda gain: gain.update(1)\n", True),
        ("    def gain(): ...\n", True),
        ("    global gain\n", True),
        ("    match things:\n        case [gain, *_]:\n            pass\n", True),
        ("    match things:\n        case [_, *gain]:\n            pass\n", True),
        ("    match things:\n        case {'a': 1, **gain}:\n            pass\n", True),
    ],
)
def test_a_name_that_is_bound_otherwise_as_well_may_be_of_any_class(
    binding: str, reached: bool
) -> None:
    loss = "    example.Loss().unit()\n    thing.cancel()\n"
    found = messages(BOTH, f"{HEAD}def test_it(things, thing):\n{binding}{EACH}{loss}")
    assert found == ([] if reached else ["no Python test calls `Loss.update`"])


def test_a_parameter_may_be_of_any_class() -> None:
    more = "    example.Loss().unit()\n    thing.cancel()\n"
    found = messages(BOTH, f"{HEAD}def test_it(thing, *, gain=None):\n{EACH}{more}")
    assert found == []


def test_a_method_that_is_written_in_python_is_not_the_one_of_the_extension() -> None:
    own = (
        f"{HEAD}class Own:\n    def reset(self): ...\n\n\ndef test_it():\n"
        "    gain = example.Gain()\n    gain.update(1)\n    gain.unit()\n"
        "    own = Own()\n    own.{name}()\n"
    )
    assert messages(GAIN, own.format(name="reset")) == ["no Python test calls `Gain.reset`"]
    inherited = own.replace("class Own:\n    def reset(self): ...", "class Own(Other): ...")
    assert messages(GAIN, inherited.format(name="reset")) == []


PROGRAM = f"""{HEAD}def main():
    print(example.scaled(1.0))


if __name__ == "__main__":
    main()
"""


def test_a_program_with_the_name_of_a_test_is_none() -> None:
    (found,) = audit_source(SCALED, RULE, files={"scripts/test_speed.py": PROGRAM}).findings
    assert found.message == "there is no Python test: nothing calls its only binding"


@pytest.mark.parametrize(
    "files",
    [
        # A test runs it.
        {
            "tests/speed.py": PROGRAM,
            "tests/test_it.py": 'def test_it():\n    runpy.run_path("speed.py")\n',
        },
        # It can also be run by itself.
        {"tests/test_it.py": PROGRAM.replace("main()", "test_it()")},
        {"tests/test_it.py": f"import pytest\n{PROGRAM}"},
        # No program.
        {"tests/test_it.py": PROGRAM.partition("if __name__")[0] + "main()\n"},
    ],
)
def test_what_is_run_by_tests_counts(files: dict[str, str]) -> None:
    assert not audit_source(SCALED, RULE, files=files).findings


GAIN_AND_ONE = GAIN.replace(
    "#[pymodule]", "#[pyfunction]\nfn one() -> f64 {\n    1.0\n}\n\n#[pymodule]"
).replace("    Ok(())", "    m.add_function(wrap_pyfunction!(one, m)?)?;\n    Ok(())")
PACKAGE = """\
from . import example as _native


def one():
    return _native.one()


class Amplifier:
    def __init__(self):
        self._gain = _native.Gain()

    def run(self, value):
        return self._gain.update(value)
"""
LOUD = """

class Loud(Amplifier):
    pass
"""


def packaged(test: str, package: str = PACKAGE) -> list[str]:
    files = {
        "example/__init__.py": package,
        "tests/test_it.py": f"import example\n\n\ndef test_it():\n    {test}\n",
    }
    return [one.message for one in audit_source(GAIN_AND_ONE, RULE, files=files).findings]


def test_a_class_of_the_package_that_nobody_makes_makes_nothing() -> None:
    assert packaged("assert example.one() == 1.0") == ["no Python test makes a `Gain`"]


@pytest.mark.parametrize("made", ["Amplifier()", "Loud()"])
def test_a_class_of_the_package_that_is_made_makes_what_it_holds(made: str) -> None:
    said = packaged(f"assert example.{made} and example.one()", PACKAGE + LOUD)
    assert "no Python test makes a `Gain`" not in said
