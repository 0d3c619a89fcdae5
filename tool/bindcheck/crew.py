"""Processes that hold the same facts and do a share of the work each.

A crew forks when the facts are there. From then on every process runs the same code; where work is
shared, each does its part and gets the results of the others, so that all go on with the same
values. The first process goes on alone in the end. Where forking is not to be had, or a process is
lost, the first one does all of the work: the result is the same.
"""

from __future__ import annotations

import os
import pickle
import struct
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, Generic, NoReturn, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_MOST = 4
_LENGTH = struct.Struct("<Q")
_TICKET = struct.Struct("<H")
_MOST_TICKETS = 8192


class Crew:
    """The processes of one run. `number` is that of this process; 0 is the first.

    `lost`: another one has ended before its time.
    """

    def __init__(self, size: int = 1):
        self.number = 0
        self.size = size
        self.lost = False
        self._ends: dict[int, _End] = {}
        self._pids: dict[int, int] = {}
        self._homes: dict[str, int] = {}
        self._queues: list[_Queue] = []

    @classmethod
    def of_machine(cls) -> Crew:
        """As many processes as there are processors for, within reason."""
        if sys.platform in ("win32", "darwin") or not hasattr(os, "fork"):
            return cls()
        return cls(min(len(os.sched_getaffinity(0)), _MOST))

    @property
    def is_first(self) -> bool:
        """Whether this is the process that reports."""
        return self.number == 0

    @property
    def is_alone(self) -> bool:
        """Whether this process does all of the work."""
        return self.size == 1 or not self._homes

    def fork(self, weights: Mapping[str, int]) -> None:
        """Become several processes. `weights` are the homes of work, with how much is expected."""
        self._homes = _spread(weights, self.size)
        # One for what is at home in each process, and one for what is at home nowhere.
        self._queues = [_Queue() for _ in range(self.size + 1)]
        for number in range(1, self.size):
            ours, theirs = _channel()
            pid = os.fork()
            if pid == 0:
                for end in self._ends.values():
                    end.close()
                ours.close()
                self.number, self._ends, self._pids = number, {0: theirs}, {}
                return
            theirs.close()
            self._ends[number], self._pids[number] = ours, pid

    def mine(self, homes: Sequence[str]) -> list[int]:
        """Which pieces of work are done by this process, by their homes."""
        size = len(self._homes) and self.size
        where = [self._homes.get(home, at % size if size else 0) for at, home in enumerate(homes)]
        return [at for at, number in enumerate(where) if number == self.number]

    def draw(self, homes: Sequence[str]) -> Iterator[int]:
        """Numbers of pieces of work, by their homes, each given to one process. To be called once.

        First comes what is at home nowhere, then what is at home here. A process that has done all
        of that takes from the others.
        """
        if self.is_alone:
            yield from range(len(homes))
            return
        nowhere = self.size
        parts: list[list[int]] = [[] for _ in self._queues]
        for at, home in enumerate(homes):
            parts[self._homes.get(home, nowhere)].append(at)
        for number in sorted(range(nowhere), key=lambda one: (one - self.number) % self.size):
            if number == self.number:
                yield from self._queues[nowhere].draw(parts[nowhere])
            yield from self._queues[number].draw(parts[number])

    def share(
        self, items: Sequence[T], home: Callable[[T], str], work: Callable[[T], R]
    ) -> list[R]:
        """The results of `work` for all items, each done where it is at home."""
        known = {at: work(items[at]) for at in self.mine([home(item) for item in items])}
        if not self.is_first:
            self._ends[0].send(known)
            known.update(self._ends[0].receive())
        else:
            known = self._exchanged(known)
        return [known[at] if at in known else work(item) for at, item in enumerate(items)]

    def _exchanged(self, mine: dict[int, R]) -> dict[int, R]:
        parts: dict[int, dict[int, R]] = {0: mine} | self._received()
        for number, end in self._ends.items():
            others = [part for other, part in parts.items() if other != number]
            with suppress(OSError):
                end.send({at: value for part in others for at, value in part.items()})
        return {at: value for part in parts.values() for at, value in part.items()}

    def hand_over(self, mine: R) -> list[R]:
        """What all processes have done, for the first; the others end here."""
        if not self.is_first:
            self._ends[0].send(mine)
            self.leave()
        return [mine, *self._received().values()]

    def _received(self) -> dict[int, Any]:
        """What the other processes send; nothing from one that was lost."""
        found: dict[int, Any] = {}
        for number in list(self._ends):
            try:
                found[number] = self._ends[number].receive()
            except (OSError, EOFError, pickle.UnpicklingError):
                self._ends.pop(number).close()
                self.lost = True
        return found

    def leave(self) -> None:
        """End all processes but the first, which waits for them. To be called at the end."""
        if not self.is_first:
            _exit()
        for end in self._ends.values():
            end.close()
        for pid in self._pids.values():
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)
        for queue in self._queues:
            queue.close()
        self._ends, self._pids, self._queues = {}, {}, []


class Ahead(Generic[R]):
    """A piece of work that another process does meanwhile."""

    def __init__(self, work: Callable[[], R]):
        ours, theirs = _channel()
        self._end: _End | None = ours
        self._pid = os.fork()
        if self._pid == 0:
            ours.close()
            _send_and_exit(theirs, work)
        theirs.close()

    def result(self) -> R | None:
        """What the work has given, once; None where it has failed or its process is lost."""
        end, self._end = self._end, None
        if end is None:
            return None
        found: R | None = None
        with suppress(OSError, EOFError, pickle.UnpicklingError):
            found = end.receive()
        end.close()
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)
        return found


def begin(work: Callable[[], R]) -> Ahead[R] | None:
    """Begin a piece of work in a process of its own; None where there is no room for another.

    The work must not matter but for its result, which may be lost.
    """
    return Ahead(work) if Crew.of_machine().size > 1 else None


def _send_and_exit(end: _End, work: Callable[[], R]) -> NoReturn:
    try:
        end.send(work())
    finally:
        # Whatever happens here is nobody's concern: the first process does without.
        _exit()


class _Queue:
    """Tickets that processes draw, each of them once; made before they fork."""

    def __init__(self) -> None:
        self._reader, writer = os.pipe()
        # A pipe holds as much on every system. Who finds it empty knows that all are given away.
        os.write(writer, b"".join(_TICKET.pack(one) for one in range(_MOST_TICKETS)))
        os.close(writer)

    def draw(self, items: Sequence[int]) -> Iterator[int]:
        """Those of the items, the same for all processes, that fall to this one."""
        while ticket := os.read(self._reader, _TICKET.size):
            (at,) = _TICKET.unpack(ticket)
            if at >= len(items):
                break
            yield items[at]

    def close(self) -> None:
        """Give the pipe back."""
        with suppress(OSError):
            os.close(self._reader)


class _End:
    """One end of a two-way channel between two processes."""

    def __init__(self, reader: BinaryIO, writer: BinaryIO):
        self._reader = reader
        self._writer = writer

    def send(self, value: object) -> None:
        """Send a value. Raises OSError when nobody is there to get it."""
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        self._writer.write(_LENGTH.pack(len(data)))
        self._writer.write(data)
        self._writer.flush()

    def receive(self) -> Any:
        """The next value. Raises EOFError when the other side has gone."""
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        return pickle.loads(self._exactly(length))

    def _exactly(self, count: int) -> bytes:
        data = self._reader.read(count)
        if len(data) < count:
            raise EOFError
        return data

    def close(self) -> None:
        """Close both directions."""
        for stream in (self._reader, self._writer):
            with suppress(OSError):
                stream.close()


def _channel() -> tuple[_End, _End]:
    (here, to_here), (there, to_there) = os.pipe(), os.pipe()
    return (
        _End(os.fdopen(here, "rb"), os.fdopen(to_there, "wb")),
        _End(os.fdopen(there, "rb"), os.fdopen(to_here, "wb")),
    )


def _spread(weights: Mapping[str, int], size: int) -> dict[str, int]:
    """Homes to processes, the heaviest first, each to the one with the least to do."""
    load = [0] * size
    homes: dict[str, int] = {}
    for home, weight in sorted(weights.items(), key=lambda one: (-one[1], one[0])):
        number = load.index(min(load))
        homes[home] = number
        load[number] += weight
    return homes


def _exit() -> NoReturn:
    """End a forked process at once: what is left to do at exit is the first one's."""
    os._exit(0)


ALONE = Crew()
"""A crew of one, which never forks."""
