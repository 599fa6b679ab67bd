"""Turns for threads: where each visitor's question runs in a thread of its own, as in Streamlit, it waits here.

`demo.faces.turns` says whose turn it is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from demo.faces.turns import Turns, Visitor, refusal

AT_ONCE = 4
"""Questions that are answered at the same time; `demo.faces.turns.of_one` says how many of them may be one visitor's"""
LOOK = 0.05
"""Seconds between two looks at whether somebody still waits for the answer"""


class Gate:
    """Lets `at_once` threads work at the same time.

    >>> gate = Gate()
    >>> with gate.turn(Visitor("192.0.2.7", "session")):
    ...     answer = 1 + 1
    """

    def __init__(self, at_once: int = AT_ONCE):
        self.at_once = at_once
        self._turns = Turns()
        self._waiting: list[_Question] = []
        self._running = 0
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, visitor: Visitor, still: Callable[[], object] = lambda: None) -> Iterator[None]:
        """Wait for the visitor's turn, and hold it.

        still: called now and then while the question waits; what it raises takes the question out of the line, and is
        raised here. ValueError: a sentence for a visitor who has too many questions waiting.
        """
        question = self._ask(visitor)
        try:
            with self._lock:
                self._admit()
            while not question.admitted.wait(LOOK):
                still()
            yield
        finally:
            self._leave(question)

    def _ask(self, visitor: Visitor) -> _Question:
        with self._lock:
            waiting = [one.visitor for one in self._waiting]
            seconds = self._turns.wait(waiting, visitor, self.at_once)
            if refused := refusal(waiting, visitor, seconds):
                raise ValueError(refused)
            question = _Question(visitor)
            self._waiting.append(question)
            return question

    def _admit(self) -> None:
        """Begin as many questions as may begin. The lock is held."""
        while self._running < self.at_once and self._waiting:
            place = self._turns.pick([one.visitor for one in self._waiting], self.at_once)
            if place is None:
                return
            question = self._waiting.pop(place)
            self._turns.begin(question.visitor)
            self._running += 1
            question.began = time.monotonic()
            question.admitted.set()

    def _leave(self, question: _Question) -> None:
        with self._lock:
            if question in self._waiting:
                self._waiting.remove(question)
            else:
                self._running -= 1
                self._turns.end(question.visitor, time.monotonic() - question.began)
            self._admit()


class _Question:
    def __init__(self, visitor: Visitor):
        self.visitor, self.began, self.admitted = visitor, 0.0, threading.Event()
