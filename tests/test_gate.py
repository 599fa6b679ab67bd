"""Turns between threads: who may begin, who waits, who leaves the line."""

import threading
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.faces import turns
from demo.faces.gate import Gate
from demo.faces.turns import Visitor

ANNA, BEN = Visitor("a", "1"), Visitor("b", "1")


class Asked:
    """A question in a thread of its own, which works until it is told to end."""

    def __init__(self, gate: Gate, visitor: Visitor, still=lambda: None):
        self.began, self.end, self.error = threading.Event(), threading.Event(), None
        self.thread = threading.Thread(target=self._run, args=(gate, visitor, still), daemon=True)
        self.thread.start()

    def _run(self, gate, visitor, still):
        try:
            with gate.turn(visitor, still):
                self.began.set()
                self.end.wait(20)
        except Exception as error:
            self.error = error

    def over(self) -> None:
        self.end.set()
        self.thread.join(20)
        assert not self.thread.is_alive()


def until(true) -> None:
    for _ in range(2000):
        if true():
            return
        time.sleep(0.005)
    raise AssertionError("it never came true")


def asked(line: Gate, *visitors: Visitor) -> list[Asked]:
    """Questions in the order of the visitors: each has begun or stands in the line before the next one comes."""
    made = []
    for visitor in visitors:
        before = len(line._waiting)
        made.append(one := Asked(line, visitor))
        until(lambda one=one, before=before: one.began.is_set() or len(line._waiting) > before)
    return made


def test_a_session_has_two_places_of_four_and_its_address_three():
    line = Gate(4)
    flood = asked(line, *[ANNA] * 5, Visitor("a", "2"), Visitor("a", "2"))
    assert [one.began.is_set() for one in flood] == [True, True, False, False, False, True, False]
    (other,) = asked(line, BEN)
    assert other.began.is_set(), "whoever comes finds a free place"
    flood[0].over()
    until(lambda: sum(one.began.is_set() for one in flood) == 4)
    for one in [other, *flood]:
        one.over()
    assert all(one.began.is_set() and one.error is None for one in flood) and not line._running and not line._waiting


def test_who_floods_waits_for_himself():
    line = Gate(1)
    first, *rest = asked(line, ANNA, ANNA, ANNA, BEN)
    assert first.began.is_set()
    first.over()
    until(lambda: rest[2].began.is_set())
    assert not rest[0].began.is_set() and not rest[1].began.is_set()
    for one in (rest[2], *rest[:2]):
        one.over()


def test_a_question_that_nobody_waits_for_leaves_the_line():
    line, moved_on = Gate(1), threading.Event()

    def still():
        if moved_on.is_set():
            raise KeyError("the session has moved on")

    (busy,) = asked(line, BEN)
    waits = Asked(line, ANNA, still)
    until(lambda: len(line._waiting) == 1)
    moved_on.set()
    waits.thread.join(20)
    assert isinstance(waits.error, KeyError) and not line._waiting and not waits.began.is_set()
    (after,) = asked(line, ANNA)
    busy.over()
    until(after.began.is_set)
    after.over()


def test_an_error_gives_the_place_back():
    line = Gate(1)
    with pytest.raises(ZeroDivisionError), line.turn(ANNA):
        raise ZeroDivisionError
    with line.turn(BEN):
        assert line._running == 1
    assert line._running == 0


def test_too_many_questions_of_one_session_are_refused_with_a_sentence():
    line = Gate(1)
    waiting = asked(line, *[ANNA] * (turns.MOST_OF_SESSION + 1))  # one of them is answered
    with pytest.raises(ValueError, match="You have 32 requests waiting"), line.turn(ANNA):
        pass
    with pytest.raises(ValueError, match="moved on"), line.turn(BEN, still=raising):  # he may wait
        pass
    for one in waiting:
        one.end.set()
    for one in waiting:
        one.over()


def raising():
    raise ValueError("moved on")


@settings(deadline=None, max_examples=15)
@given(st.lists(st.builds(Visitor, st.sampled_from("abc"), st.sampled_from("12")), max_size=20), st.integers(1, 4))
def test_every_question_is_answered_and_nobody_has_more_than_his_share(visitors, at_once):
    line, running, answered, lock = Gate(at_once), Counter(), [], threading.Lock()
    of_address, of_session = turns.of_one(at_once)

    def ask(visitor):
        with line.turn(visitor):
            with lock:
                running[visitor] += 1
                addresses = Counter()
                for one, n in running.items():
                    addresses[one.address] += n
                fair = running[visitor] <= of_session and addresses[visitor.address] <= of_address
                fair = fair and running.total() <= at_once
            time.sleep(0.001)
            with lock:
                running[visitor] -= 1
                answered.append((visitor, fair))

    threads = [threading.Thread(target=ask, args=(visitor,)) for visitor in visitors]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert Counter(visitor for visitor, _ in answered) == Counter(visitors) and all(fair for _, fair in answered)
    assert not line._running and not line._waiting
