"""Several processes do a share each and come to the result of one."""

import os
import signal

import pytest

from bindcheck.crew import Ahead, Crew, begin

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")

HOMES = {"a": 5, "b": 4, "c": 3, "d": 2, "e": 1}
NAMES = list(HOMES) * 3


def crewed(size: int, weights: dict[str, int] | None = None) -> Crew:
    crew = Crew(size)
    crew.fork(HOMES if weights is None else weights)
    return crew


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_shared_work_gives_what_one_process_would(size: int) -> None:
    crew = crewed(size)
    try:
        first = crew.share(NAMES, lambda name: name, lambda name: name * 2)
        second = crew.share(first, lambda name: name[0], lambda name: (name, len(first)))
        handed = crew.hand_over({"number": crew.number, "second": second})
    finally:
        crew.leave()
    assert [one["number"] for one in handed] == list(range(size))
    wanted = [(name * 2, len(NAMES)) for name in NAMES]
    assert [one["second"] for one in handed] == [wanted] * size


def test_each_process_does_a_part() -> None:
    crew = crewed(2)
    try:
        pids = crew.share(NAMES, lambda name: name, lambda name: os.getpid())
        crew.hand_over(None)
    finally:
        crew.leave()
    assert len(set(pids)) == 2
    assert [pid for name, pid in zip(NAMES, pids, strict=True) if name == "a"].count(pids[0]) == 3


def test_work_without_a_home_is_spread() -> None:
    crew = crewed(2)
    try:
        pids = crew.share(["x", "y"], lambda name: name, lambda name: os.getpid())
        crew.hand_over(None)
    finally:
        crew.leave()
    assert len(set(pids)) == 2


@pytest.mark.parametrize("how", ["killed", "failed"])
def test_the_work_of_a_lost_process_is_done_all_the_same(how: str) -> None:
    crew = crewed(3)

    def work(name: str) -> str:
        if crew.number == 1 and how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if crew.number == 1:
            raise RuntimeError(name)
        return name * 2

    try:
        shared = crew.share(NAMES, lambda name: name, work)
        handed = crew.hand_over(crew.number)
    finally:
        crew.leave()
    assert shared == [name * 2 for name in NAMES]
    assert handed == [0, 2]
    assert crew.lost


def test_one_process_comes_back_whatever_happens() -> None:
    crew = crewed(3)
    with pytest.raises(ZeroDivisionError):  # noqa: PT012  # the others have to end inside
        try:
            crew.share(NAMES, lambda name: name, lambda name: 1 // (len(name) - 1))
        finally:
            crew.leave()
    assert crew.is_first


def test_a_crew_of_one_does_not_fork() -> None:
    crew = crewed(1)
    assert crew.mine(NAMES) == list(range(len(NAMES)))
    assert crew.hand_over("all") == ["all"]
    crew.leave()


def test_heavy_work_is_not_all_in_one_place() -> None:
    crew = crewed(2, {"heavy": 10, "light": 6, "lighter": 5})
    try:
        homes = ["heavy", "light", "lighter"]
        pids = crew.share(homes, lambda name: name, lambda name: os.getpid())
        crew.hand_over(None)
    finally:
        crew.leave()
    assert pids[1] == pids[2] != pids[0]


def test_each_piece_of_work_is_drawn_by_one_process() -> None:
    crew = crewed(3)
    homes = [*NAMES, "nowhere", "else"]
    try:
        handed = crew.hand_over(list(crew.draw(homes)))
    finally:
        crew.leave()
    assert sorted(at for part in handed for at in part) == list(range(len(homes)))


def test_a_process_alone_draws_all_in_order() -> None:
    crew = crewed(1)
    assert list(crew.draw(NAMES)) == list(range(len(NAMES)))


def test_who_has_done_its_own_work_takes_from_the_others() -> None:
    crew = crewed(2, {"one": 1, "other": 1})
    try:
        drawn = crew.draw(["one"] * 5) if crew.is_first else iter(())
        handed = crew.hand_over(list(drawn))
    finally:
        crew.leave()
    assert handed == [[0, 1, 2, 3, 4], []]
    crew = crewed(2, {"one": 1, "other": 1})
    try:
        drawn = iter(()) if crew.is_first else crew.draw(["one"] * 5)
        handed = crew.hand_over(list(drawn))
    finally:
        crew.leave()
    assert handed == [[], [0, 1, 2, 3, 4]]


def test_another_process_does_what_is_begun() -> None:
    ahead = Ahead(lambda: (os.getpid(), {"read": 1}))
    found = ahead.result()
    assert found is not None
    assert found[0] != os.getpid()
    assert found[1] == {"read": 1}
    assert ahead.result() is None


@pytest.mark.parametrize("how", ["killed", "failed"])
def test_what_is_begun_and_fails_gives_nothing(how: str) -> None:
    def work() -> int:
        if how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        return 1 // 0

    assert Ahead(work).result() is None


def test_nothing_is_begun_where_processors_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Crew, "of_machine", lambda: Crew(1))
    assert begin(os.getpid) is None
    monkeypatch.setattr(Crew, "of_machine", lambda: Crew(2))
    begun = begin(os.getpid)
    assert begun is not None
    assert begun.result() not in (None, os.getpid())
