"""What the Gradio front end remembers of one visitor. Its events come in threads, and may overtake each other."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from demo.page.state import Query

GONE = 5
"""Seconds after which an answer that is still on its way never arrives: its browser has left"""


class Session:
    """One visitor. Gradio hands the same object to every event; nothing of it goes through the browser."""

    def __init__(self):
        self.query: Query = {}
        self.memory: dict[str, dict] = {}
        """Of each page"""
        self.said: dict[str, dict] = {}
        """Of each page: the signature of what stands in each of its places"""
        self.head: dict[str, Any] = {}
        """The same of the components that all pages share"""
        self.page = ""
        """The one that is open"""
        self.opening: str | None = ""
        """The page of the link, until it is open; "" as long as nobody has read the link"""
        self.arrived = False
        """Whether a link was read whose odd words are still to be told"""
        self.problems: list[str] = []
        """A sentence on each invalid value in the link; kept until the visitor changes something"""
        self.refused: list[str] = []
        """A sentence on each checkpoint of the Hub that the link names, and that cannot be had"""
        self.turn = 0
        """An event that is no longer the newest stops: this is how work of seconds is given up"""
        self._counts: dict[Any, int] = {}
        self._sending = threading.Lock()

    def __deepcopy__(self, _) -> Session:
        """Gradio copies the first one for each visitor."""
        return Session()

    def change(self, query: Query) -> None:
        """Take over the query as a visitor has changed it."""
        if query != self.query:
            self.query, self.problems = query, []

    def newest(self, of: Any, said: Any) -> bool:
        """Whether what a widget says is newer than all that it said before: quick events may overtake each other on
        their way here. said: has the "count" of what the browser has said so far."""
        count = said.get("count") if isinstance(said, Mapping) else None
        if not isinstance(count, int):
            return True
        new = count > self._counts.get(of, 0)
        self._counts[of] = max(count, self._counts.get(of, 0))
        return new

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Held while an answer is on its way to this visitor: one answer at a time."""
        sending = self._sending
        if not sending.acquire(timeout=GONE):
            sending = self._sending = threading.Lock()
            sending.acquire()
        try:
            yield
        finally:
            sending.release()
