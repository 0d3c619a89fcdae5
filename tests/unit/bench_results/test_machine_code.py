"""What a difference may come from that is none of the binding's code."""

from __future__ import annotations

import pytest

from bindcheck.bench.evaluate import evaluate
from bindcheck.bench.machinecode import is_laid_out_once, made_alike, why_faster
from bindcheck.bench.samples import NATIVE, PYTHON
from bindcheck.fact import replace

WHOLE = 'release {"codegen-units": 1, "lto": "fat"}'


@pytest.mark.parametrize(
    ("profile", "once"),
    [
        ("release", False),
        (WHOLE, True),
        ('release {"codegen-units": 1, "lto": true}', True),
        ('release {"codegen-units": 1, "lto": "thin"}', False),
        ('release {"lto": "fat"}', False),
        ("release {torn", False),
    ],
)
def test_advice_fits_the_profile(profile: str, *, once: bool) -> None:
    assert is_laid_out_once(profile) is once
    assert ("so does full LTO" in made_alike(profile)) is not once
    assert "#[inline]" in made_alike(profile)


@pytest.mark.parametrize(
    ("faults", "pages"),
    [((264.0, 11_915.0), True), ((0.0, 0.0), False), ((11_915.0, 264.0), False), ((0, 20), False)],
)
def test_many_more_page_faults_tell_why_a_binding_is_faster(
    faults: tuple[float, float], *, pages: bool
) -> None:
    told = why_faster(WHOLE, *faults)
    assert told.startswith("no property of the binding's code")
    assert ("page faults" in told) is pages
    assert ("machine code" in told) is not pages


def test_the_reason_of_a_faster_one_goes_by_its_page_faults(maker, make_case) -> None:
    made = maker.measurement(make_case(), 5000.0, 6000.0, (PYTHON, NATIVE))
    faulting = tuple(replace(one, faults_b=4000.0) for one in made.processes)
    for processes, told in ((made.processes, "machine code"), (faulting, "page faults")):
        [found] = evaluate(maker.session([replace(made, processes=processes)])).comparisons
        assert any(told in one for one in found.reasons)
