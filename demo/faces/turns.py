"""Whose question is answered next, on a machine that visitors share. No UI, no clock, no threads.

A visitor is (address, session). Addresses take turns, and so do the sessions of one address: a visitor who sends many
requests delays only himself. Anyone can invent sessions, so they count only within their address.
"""

from __future__ import annotations

import ipaddress
import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

MOST_OF_SESSION = 32
"""Questions of one session that wait; an opened page asks about ten at once"""
MOST_OF_ADDRESS = 128
"""Of one address: a classroom may share one"""
MOST = 256
"""Of all visitors together"""


class Visitor(NamedTuple):
    address: str
    session: str = ""
    """Empty for a program that has none: all of those of one address are one visitor"""


def address_of(host: str | None) -> str:
    """The part of an internet address that stands for one visitor: of IPv6 the network, in which he may choose."""
    try:
        found = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return host or ""
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


def refusal(waiting: Sequence[Visitor], visitor: Visitor, seconds: float) -> str:
    """Why a further question of a visitor may not wait, in one sentence; empty where it may.

    waiting: who asked each question that waits now. seconds: until one of them is answered, as far as is known.
    """
    of_session = sum(one == visitor for one in waiting)
    of_address = sum(one.address == visitor.address for one in waiting)
    again = math.ceil(min(max(seconds, 1), 3600))
    when = f"ask again in about {again} second{'s' if again > 1 else ''}."
    if of_session >= MOST_OF_SESSION:
        return f"You have {of_session} requests waiting, and no more are accepted: {when}"
    if of_address >= MOST_OF_ADDRESS:
        return f"{of_address} requests from your address are waiting, and no more are accepted: {when}"
    if len(waiting) >= MOST:
        return f"The queue is full: {len(waiting)} requests are waiting; {when}"
    return ""


def of_one(at_once: int | None) -> tuple[float, float]:
    """Questions that one address, and one session, may have answered at the same time, of `at_once` in all."""
    places = math.inf if at_once is None else at_once
    return max(1, places - 1), max(1, places - 2)


class Turns:
    """The turns at one kind of work.

    >>> turns = Turns()
    >>> waiting = [Visitor("a"), Visitor("a"), Visitor("b")]
    >>> turns.pick(waiting, at_once=3), turns.begin(waiting[0]), turns.pick(waiting[1:], at_once=3)
    (0, None, 1)
    """

    def __init__(self):
        self.seconds = 1.0
        """What a question took, on average over the last few"""
        self._running: Counter[Visitor] = Counter()
        self._last: dict[str | Visitor, int] = {}
        self._number = 0

    def pick(self, waiting: Sequence[Visitor], at_once: int | None) -> int | None:
        """The place of the question whose turn it is; None where none may begin.

        waiting: who asked, in the order of arrival. at_once: questions that are answered at the same time, None for
        any number. One address has at most one less, and one session two less: whoever comes finds a free place.
        """
        of_address, of_session = of_one(at_once)
        running = Counter()
        for visitor, n in self._running.items():
            running[visitor.address] += n
        firsts: dict[Visitor, int] = {}
        for place, visitor in enumerate(waiting):
            if running[visitor.address] < of_address and self._running[visitor] < of_session:
                firsts.setdefault(visitor, place)

        def rank(visitor: Visitor) -> tuple:
            """Who has the least at work goes first, then who was served longest ago, then who came first."""
            address, last = visitor.address, self._last
            turn = running[address], last.get(address, -1), self._running[visitor], last.get(visitor, -1)
            return *turn, firsts[visitor]

        return firsts[min(firsts, key=rank)] if firsts else None

    def begin(self, visitor: Visitor) -> None:
        """A question of the visitor's is answered from now on."""
        self._number += 1
        self._running[visitor] += 1
        self._last[visitor.address] = self._last[visitor] = self._number
        while len(self._last) > 4 * MOST:
            del self._last[min(self._last, key=self._last.get)]

    def end(self, visitor: Visitor, seconds: float) -> None:
        """It was answered, in so many seconds."""
        self._running[visitor] -= 1
        if self._running[visitor] <= 0:
            del self._running[visitor]
        self.seconds += (seconds - self.seconds) / 8

    def wait(self, waiting: Sequence[Visitor], visitor: Visitor, at_once: int | None) -> float:
        """Seconds until a question of the visitor's is answered, or, where he has none, one of anybody's."""
        others = len(set(waiting)) if visitor in waiting else 1
        return self.seconds * others / (at_once or max(others, 1))
