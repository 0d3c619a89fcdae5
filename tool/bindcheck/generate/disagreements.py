"""Where cores contradict themselves: learned from a report of generated tests, kept, and told.

Some generated tests compare parts of a core with each other: stream and batch with the single call,
kernels with the scalar one. Where a core gives other values there, its test fails with every
binding. Such failures can be recorded from a JUnit report: the test stays and is expected to fail,
strictly, so that it fails again once the core is repaired, and with any other exception. Failures
of other tests are never recorded: they tell of the binding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.generate.jsonfile import JsonFile, changed, written
from bindcheck.write import Change

NAME = Path(".bindcheck") / "disagreements.json"
_VERSION = 1

CLAIMS: Mapping[str, str] = {
    "stream": "the core's stream differs from its single call",
    "batch": "the core's batch differs from its single call",
    "kernels": "the core's kernels differ from each other",
    "warm_up": "the core's warm-up does not begin at the first number",
    "empty": "the core accepts an input without values",
    "zero": "the core accepts the count 0",
    "too_long": "the core accepts a count beyond the input",
}
"""What tests claim of a core, and what is true where they fail."""

_TESTS: Mapping[str, str] = {
    "test_a_stream_gives_the_values_of_a_single_call": "stream",
    "test_batch_rows_are_single_calls": "batch",
    "test_kernels_agree": "kernels",
    "test_leading_nan_shift_the_warm_up": "warm_up",
    "test_an_empty_input_is_a_value_error": "empty",
    "test_an_empty_input_is_refused": "empty",
}
_REFUSAL = re.compile(r"test_an_impossible_\w+_is_(?:a_value_error|refused)\[(\d+)\]")
_FILE = re.compile(r"(?:.*\.)?test_(?P<name>\w+)_binding")
_MISMATCH = re.compile(r"Mismatched elements: (\d+) / (\d+)")
_PLACES = re.compile(r"nan location mismatch")


@fact
class Known:
    """Reasons why tests of one indicator are expected to fail; empty where they are not."""

    stream: str = ""
    batch: str = ""
    kernels: str = ""
    warm_up: str = ""
    empty: str = ""
    zero: str = ""
    too_long: str = ""


@fact
class Disagreements:
    """Reasons by indicator and claim; `old` is the file as it was read."""

    path: Path
    old: bytes | None
    by_name: Mapping[str, Mapping[str, str]]

    @classmethod
    def read(cls, root: Path) -> Disagreements:
        """What is recorded for a crate; a missing file records nothing."""
        file = JsonFile.read(root / NAME, _VERSION, "indicators")
        claims = {
            str(name): dict(_reasons(name, one, file.path)) for name, one in file.part.items()
        }
        return cls(file.path, file.old, claims)

    def with_report(self, report: Path | None) -> Disagreements:
        """This, brought up to date by a JUnit report of pytest, if there is one."""
        if report is None:
            return self
        found = {name: dict(claims) for name, claims in self.by_name.items()}
        for name, claim, reason in _judged(_cases(report)):
            claims = found.setdefault(name, {})
            if reason:
                claims[claim] = reason
            else:
                claims.pop(claim, None)
        left = {name: claims for name, claims in found.items() if claims}
        return Disagreements(self.path, self.old, left)

    def of(self, name: str) -> Known:
        """What is known of an indicator."""
        return Known(**self.by_name.get(name, {}))

    def told(self, indicators: Iterable[str]) -> Iterator[str]:
        """What tests of these expect to fail: nobody should take a green run for agreement."""
        for name in indicators:
            known = self.by_name.get(name.rsplit("::", 1)[-1], {})
            for _, reason in sorted(known.items()):
                yield f"{name}: its test expects to fail: {reason}"

    def change(self) -> Change | None:
        """The change to the file; None when it is as it should be, or there is none to make."""
        if self.old is None and not self.by_name:
            return None
        claims = {name: dict(sorted(one.items())) for name, one in sorted(self.by_name.items())}
        content = written(_VERSION, "indicators", claims)
        return changed(self.path, self.old, content)


def _reasons(name: object, claims: object, path: Path) -> Iterator[tuple[str, str]]:
    if not isinstance(claims, Mapping):
        raise BindcheckError(f"{name}: must hold claims", path)
    for claim, reason in claims.items():
        if claim not in CLAIMS or not isinstance(reason, str):
            raise BindcheckError(f"{name}: no claim with a reason: {claim!r}", path)
        yield claim, reason


# --- reports --------------------------------------------------------------------------------


def _cases(report: Path) -> tuple[ElementTree.Element, ...]:
    try:
        root = ElementTree.parse(report).getroot()
    except OSError as error:
        raise BindcheckError(f"cannot be read: {error.strerror}", report) from error
    except ElementTree.ParseError as error:
        raise BindcheckError(f"is no JUnit report: {error}", report, error.position[0]) from error
    cases = tuple(root.iter("testcase"))
    if not cases:
        raise BindcheckError("is no JUnit report with tests", report)
    return cases


def _judged(cases: Iterable[ElementTree.Element]) -> Iterator[tuple[str, str, str]]:
    """Indicator, claim and reason of each test that tells; no reason where the claim holds."""
    for case in cases:
        file = _FILE.fullmatch(case.get("classname", ""))
        claim = _claim(case.get("name", ""))
        if file is None or not claim or case.find("skipped") is not None:
            continue
        failure = case.find("failure")
        message = failure.get("message", "") if failure is not None else ""
        if failure is None or message.startswith("[XPASS(strict)]"):
            yield file["name"], claim, ""
        elif _contradicts(claim, message):
            yield file["name"], claim, CLAIMS[claim] + _extent(message)


def _claim(test: str) -> str:
    refusal = _REFUSAL.fullmatch(test)
    if refusal is not None:
        return "zero" if refusal[1] == "0" else "too_long"
    return _TESTS.get(test, "")


def _contradicts(claim: str, message: str) -> bool:
    """Whether a test failed over values, or for want of a refusal: anything else is a fault."""
    if claim in ("empty", "zero", "too_long"):
        return message.startswith("Failed: DID NOT RAISE")
    return message.startswith(("AssertionError", "assert "))


def _extent(message: str) -> str:
    """How far apart the values are, as far as the message tells."""
    mismatch = _MISMATCH.search(message)
    if mismatch is not None:
        return f" in {mismatch[1]} of {mismatch[2]} values"
    return " in which values are NaN" if _PLACES.search(message) else ""
