"""Whose question is answered next: the scheduler alone, in made-up time."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.faces import turns
from demo.faces.turns import Turns, Visitor

visitors = st.builds(Visitor, st.sampled_from("abc"), st.sampled_from(["", "1", "2"]))


def served(asked: list[tuple[int, Visitor, int]], at_once: int) -> list[tuple[int, Visitor]]:
    """(beginning, visitor) of each question, in turn. asked: (arrival, visitor, duration) of each, by arrival."""
    line, running, order, now = Turns(), [], [], 0
    asked, waiting = list(asked), []
    while asked or waiting or running:
        while asked and asked[0][0] <= now:
            waiting.append(asked.pop(0))
        for one in [one for one in running if one[0] <= now]:
            running.remove(one)
            line.end(one[1], one[2])
        while len(running) < at_once:
            place = line.pick([visitor for _, visitor, _ in waiting], at_once)
            if place is None:
                break
            _, visitor, long = waiting.pop(place)
            line.begin(visitor)
            running.append((now + long, visitor, long))
            order.append((now, visitor))
            of_session = Counter(one for _, one, _ in running)
            of_address = Counter(one.address for _, one, _ in running)
            assert max(of_address.values()) <= max(1, at_once - 1), "one address has all places"
            assert max(of_session.values()) <= max(1, at_once - 2), "one session has all places of its address"
        now += 1
    return order


questions = st.lists(st.tuples(st.integers(0, 20), visitors, st.integers(1, 5)), max_size=25)


@settings(deadline=None, max_examples=100)
@given(questions.map(sorted), st.integers(1, 4))
def test_every_question_is_answered_once(asked, at_once):
    order = served(asked, at_once)
    assert Counter(visitor for _, visitor in order) == Counter(visitor for _, visitor, _ in asked)


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 60), st.integers(1, 5), st.integers(0, 20), st.integers(1, 4), st.booleans())
def test_who_comes_beside_a_flood_begins_at_once_where_there_are_two_places(number, long, at, at_once, sessions):
    flood = [(0, Visitor("a", str(i) if sessions else ""), long) for i in range(number)]
    order = served(sorted([*flood, (at, Visitor("b"), 1)]), at_once)
    (begins,) = (now for now, visitor in order if visitor.address == "b")
    assert begins - at <= (long if at_once == 1 else 0), "though the other made up a session for each question"


def test_visitors_take_turns_and_so_do_sessions_of_one_address():
    asked = [*[(0, Visitor("a", "1"), 1)] * 3, *[(0, Visitor("a", "2"), 1)] * 2, *[(0, Visitor("b"), 1)] * 2]
    order = ["".join(visitor) for _, visitor in served(asked, 1)]
    assert order == ["a1", "b", "a2", "b", "a1", "a2", "a1"]


def test_a_session_leaves_a_place_for_whoever_comes():
    line, flood, other = Turns(), Visitor("a", "1"), Visitor("a", "2")
    line.begin(flood)
    line.begin(flood)
    assert line.pick([flood, flood], 4) is None and line.pick([flood, other], 4) == 1
    assert line.pick([flood, other], 3) is None and line.pick([flood, Visitor("b")], 3) == 1
    assert line.pick([flood], None) == 0 and Turns().pick([flood], 1) == 0 and Turns().pick([], 1) is None


def test_nobody_is_remembered_for_ever():
    line = Turns()
    for i in range(5000):
        line.begin(one := Visitor(str(i)))
        line.end(one, 2.0)
    assert len(line._last) <= 4 * turns.MOST and not line._running and line.seconds == pytest.approx(2)


def test_who_has_too_much_waiting_is_told_how_long_to_wait():
    me = Visitor("a", "1")
    assert not turns.refusal([me] * (turns.MOST_OF_SESSION - 1), me, 9)
    said = turns.refusal([me] * turns.MOST_OF_SESSION, me, 8.2)
    assert said == "You have 32 requests waiting, and no more are accepted: ask again in about 9 seconds."
    assert not turns.refusal([me] * turns.MOST_OF_SESSION, Visitor("a", "2"), 1)
    many = [Visitor("a", str(i)) for i in range(turns.MOST_OF_ADDRESS)]
    said = turns.refusal(many, Visitor("a", "x"), 0)
    assert said == "128 requests from your address are waiting, and no more are accepted: ask again in about 1 second."
    assert not turns.refusal(many, Visitor("b"), 1)
    said = turns.refusal([Visitor(str(i)) for i in range(turns.MOST)], Visitor("b"), 1e9)
    assert said == "The queue is full: 256 requests are waiting; ask again in about 3600 seconds."


def test_the_time_to_wait_follows_from_what_questions_took_and_who_else_waits():
    line, me, her = Turns(), Visitor("a"), Visitor("b")
    for _ in range(100):
        line.begin(her)
        line.end(her, 6.0)
    assert line.wait([me, me, her], me, 2) == pytest.approx(6, abs=0.01) and line.wait([her], me, 3) == pytest.approx(
        2, abs=0.01
    )


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"), ("fe80::1%eth0", "fe80::/64"), (None, ""), ("", ""), ("name", "name"),
    ],
)  # fmt: skip
def test_an_address_of_ipv6_is_its_network(host, address):
    assert turns.address_of(host) == address
