"""Live runs of several visitors on one machine: each has one, and all have their turns. No UI.

Only one run works at a time, for a few hundredths of a second, and whoever waits longest is next: with n visitors each
gets an n-th of one core, and the other cores stay free for the rest of the app. A run works only while its owner asks
for frames. So a visitor who closes the tab costs nothing but the memory of a run, and that for IDLE seconds.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from gan_models.recipe import Recipe

from .frames import Frame
from .settings import Settings
from .training import Run

MOST_RUNS = 64
"""Visitors with a run, at a time; a run takes about 3 MB"""
IDLE = 300.0
"""Seconds without a question after which a run is given up"""


class Turnstile:
    """A lock that threads get in the order in which they came."""

    def __init__(self):
        self._lock, self._waiting, self._taken = threading.Lock(), deque(), False

    @contextmanager
    def turn(self) -> Iterator[None]:
        with self._lock:
            mine = threading.Event()
            if self._taken:
                self._waiting.append(mine)
            else:
                self._taken = True
                mine.set()
        mine.wait()
        try:
            yield
        finally:
            with self._lock:
                if self._waiting:
                    self._waiting.popleft().set()
                else:
                    self._taken = False


class Host:
    """The live runs, by visitor. Threads may share it."""

    def __init__(self, most_runs: int = MOST_RUNS, idle: float = IDLE):
        self.most_runs, self.idle = most_runs, idle
        self._turns, self._lock = Turnstile(), threading.Lock()
        self._runs: OrderedDict[Hashable, tuple[Run, float]] = OrderedDict()
        """Whoever asked longest ago comes first"""

    def start(
        self,
        visitor: Hashable,
        settings: Settings,
        recipes: Sequence[Recipe],
        changes: Sequence[dict[str, Any]] = (),
    ) -> Run:
        """A new run in place of the visitor's old one, which ends. Its first frame is there: `run.frames[0]`.

        ValueError, one sentence: where a setting cannot be, and where too many visitors have a run.
        """
        run = Run(settings, recipes, changes, guard=self._turns.turn)
        with self._lock:
            self._forget(time.monotonic())
            if visitor in self._runs:
                self._runs.pop(visitor)[0].cancel()
            if len(self._runs) >= self.most_runs:
                raise ValueError(
                    f"{len(self._runs)} visitors are training at the moment, and there is room for no more: "
                    "try again in a few minutes, or look at one of the stories."
                )
            self._runs[visitor] = run, time.monotonic()
        return run

    def of(self, visitor: Hashable) -> Run | None:
        """The visitor's run, if he has one; to ask keeps it."""
        with self._lock:
            now = time.monotonic()
            self._forget(now)
            if visitor not in self._runs:
                return None
            run, _ = self._runs.pop(visitor)
            self._runs[visitor] = run, now
            return run

    def advance(self, visitor: Hashable, steps: int | None = None, every: int = 50) -> Iterator[Frame]:
        """`Run.advance` of the visitor's run; no frames where he has none."""
        run = self.of(visitor)
        for frame in run.advance(steps, every) if run else ():
            yield frame
            self.of(visitor)

    def cancel(self, visitor: Hashable) -> None:
        with self._lock:
            if visitor in self._runs:
                self._runs.pop(visitor)[0].cancel()

    def __len__(self) -> int:
        return len(self._runs)

    def _forget(self, now: float) -> None:
        while self._runs and now - next(iter(self._runs.values()))[1] > self.idle:
            self._runs.popitem(last=False)[1][0].cancel()


def warm_up() -> None:
    """Import what the first training step of a process imports, a second's worth; to be called from a thread when the
    app starts, or the first visitor waits."""
    import torch

    torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])
