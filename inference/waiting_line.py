"""The requests that wait for the models: the live ones in their order, and behind all of them the backlog."""

from __future__ import annotations

from collections import deque
from typing import Generic, Protocol, TypeVar


class Waiting(Protocol):
    """`expected_s`: how long it will take once its turn has come."""

    @property
    def backlog(self) -> bool: ...

    @property
    def expected_s(self) -> float: ...


Job = TypeVar("Job", bound=Waiting)


class WaitingLine(Generic[Job]):
    """Not thread-safe; whoever owns it holds a lock."""

    def __init__(self) -> None:
        self._live: deque[Job] = deque()
        self._backlog: deque[Job] = deque()

    def __len__(self) -> int:
        return len(self._live) + len(self._backlog)

    def add(self, job: Job) -> None:
        (self._backlog if job.backlog else self._live).append(job)

    def take(self) -> Job:
        return (self._live or self._backlog).popleft()

    def remove(self, job: Waiting) -> None:
        """Where it still waits."""
        line = self._backlog if job.backlog else self._live
        for place, other in enumerate(line):
            if other is job:
                del line[place]
                return

    def take_all(self) -> list[Job]:
        everybody = [*self._live, *self._backlog]
        self._live.clear()
        self._backlog.clear()
        return everybody

    def ahead_s(self, *, backlog: bool) -> float:
        """How long those take whose turn comes before that of one who joined now."""
        live_s = sum(job.expected_s for job in self._live)
        return live_s + sum(job.expected_s for job in self._backlog) if backlog else live_s
