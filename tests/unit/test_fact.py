"""Classes of facts behave as dataclasses do, however little of them is written ahead."""

from __future__ import annotations

import dataclasses
import pickle
from dataclasses import field
from typing import Any

import pytest

from bindcheck.fact import fact, field_names, is_fact, record, replace
from bindcheck.model.source import AS_THEY_ARE, offsets_of

MANY = 40
"""More than are made before an `__init__` is written."""


@fact
class Spot:
    """A place with a note that does not count."""

    at: int
    names: tuple[str, ...] = ()
    note: str = field(default="", compare=False, repr=False)
    known: dict[str, int] = field(default_factory=dict)


@fact
class Named(Spot):
    """The same with one more."""

    name: str = "?"


@record
class Tally:
    """Something that changes."""

    count: int = 0
    seen: list[int] = field(default_factory=list)
    twice: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.twice = 2 * self.count


@pytest.mark.parametrize("times", [1, MANY])
def test_fields_are_set_in_their_order_and_have_their_defaults(times: int) -> None:
    made: list[Any] = [Named(at, ("a",), name="b") for at in range(times)]
    made += [Named(at, ("a",), "noted", {}, "b") for at in range(times)]
    for at, one in enumerate(made):
        assert (one.at, one.names, one.known, one.name) == (at % times, ("a",), {}, "b")
    assert Spot(1).known is not Spot(1).known


@pytest.mark.parametrize("before", [0, MANY])
@pytest.mark.parametrize("wrong", [(), (1, (), "", {}, 5)])
def test_too_few_or_too_many_values_are_refused(before: int, wrong: tuple[Any, ...]) -> None:
    assert [Spot(at).at for at in range(before)] == [*range(before)]
    with pytest.raises(TypeError, match="__init__"):
        Spot(*wrong)


def test_facts_are_told_apart_by_what_counts() -> None:
    one, other = Spot(1, ("a",), "noted"), Spot(1, ("a",))
    assert one == other
    assert one != Spot(2, ("a",))
    assert Named(1) != Spot(1)
    assert "noted" not in repr(one)
    assert repr(one) == repr(other)
    assert hash(fact(_plain("P"))(1)) == hash((1,))


def _plain(name: str) -> Any:
    return type(name, (), {"__annotations__": {"at": "int"}, "__module__": __name__})


def test_dataclasses_know_facts() -> None:
    one = Named(1, name="b")
    assert dataclasses.is_dataclass(one)
    assert [each.name for each in dataclasses.fields(Named)] == [*field_names(Named)]
    assert dataclasses.replace(one, at=2) == replace(one, at=2) == Named(2, name="b")
    assert dataclasses.asdict(one)["name"] == "b"
    assert pickle.loads(pickle.dumps(one)) == one
    assert is_fact(Named)
    assert not is_fact(int)


def test_records_change_and_have_no_hash() -> None:
    one = Tally(3)
    one.count += 1
    one.seen.append(1)
    assert (one.count, one.twice, one.seen) == (4, 6, [1])
    assert one != Tally(3, [1])
    assert Tally(3) == Tally(3)
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)


def test_offsets_of_long_and_of_moved_texts_are_no_shared_numbers() -> None:
    assert offsets_of(-1, 5) is AS_THEY_ARE
    assert offsets_of(0, 1 << 40) is AS_THEY_ARE
    assert [AS_THEY_ARE[at] for at in (0, 7, 1 << 40)] == [0, 7, 1 << 40]
