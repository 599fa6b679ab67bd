"""Parts of a page: when they are made again, what is kept of them, what several visitors share."""

import ctypes
import platform
import resource
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from pages_for_tests import page

from demo.page import Html, Refusal, State, resolve, shared
from demo.page.maker import Maker


def make(maker: Maker, part, s: State):
    return list(maker.make(part, s))


@pytest.mark.parametrize(
    "read", [lambda s: s.seed, lambda s: s["seed"], lambda s: s.values["seed"], lambda s: s.values.get("seed")]
)
def test_a_part_is_made_again_only_when_something_changes_that_it_has_read(read, zoo):
    made = []
    part = Html(lambda zoo, s: made.append(read(s)) or f"seed {read(s)}")
    one, maker = page(part), Maker(zoo)
    first = make(maker, part, resolve(one, zoo, {"seed": ["1"]}))
    assert first == make(maker, part, resolve(one, zoo, {"seed": ["1"], "psi": ["0.5"]})) and made == [1]
    make(maker, part, resolve(one, zoo, {"seed": ["2"]}))
    assert made == [1, 2]


def test_a_part_is_made_again_when_a_checkpoint_or_its_figures_are_replaced(zoo, zoo_folder):
    made = []
    part = Html(lambda zoo, s: made.append(1) or "x")
    one, maker = page(part), Maker(zoo)
    make(maker, part, resolve(one, zoo, {}))
    (folder,) = (entry.folder for entry in list(zoo.catalog())[:1])
    (folder / "metrics.tmp").write_text("{}")
    (folder / "metrics.tmp").rename(folder / "metrics.json")
    make(maker, part, resolve(one, zoo, {}))
    assert made == [1, 1]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others give memory back themselves")
def test_what_a_large_part_needed_while_it_was_made_is_given_back(zoo):
    def resident() -> int:
        """Bytes of this process in memory."""
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    kept = []

    def film(zoo, s) -> str:
        frames = [np.ones(60_000, np.uint8) for _ in range(4_000)]
        kept.append(frames[-1])  # lies above all that is freed
        return "x" * 1_200_000

    ctypes.CDLL(None).malloc_trim(0)  # of what other tests freed
    part = Html(film)
    one, before = page(part), resident()
    assert len(make(Maker(zoo), part, resolve(one, zoo, {}))[-1][1]) == 1_200_000
    assert resident() - before < 60e6


def test_what_reads_the_memory_of_a_visitor_is_kept_for_nobody(zoo):
    part = Html(lambda zoo, s: f"{s.memory.get('secret')} {s.seed}")
    one, maker = page(part), Maker(zoo)
    mine = resolve(one, zoo, {}, {"secret": "mine"})
    assert make(maker, part, mine) == [(None, "mine 0")] and maker.signature(part, mine) is None
    assert make(maker, part, resolve(one, zoo, {}, {})) == [(None, "None 0")]
    with pytest.raises(RuntimeError, match="reads what one of them did"):
        shared(lambda zoo, s: s.memory)(zoo, mine)


def test_a_visitor_sees_nothing_that_is_made_of_what_another_added(zoo):
    part = Html(lambda zoo, s: " ".join(s.hub))
    one, maker = page(part), Maker(zoo)
    s = resolve(one, zoo, {})
    other = State(one, s.catalog, ["user/secret@1"], {})
    other.values, other.offers = s.values, s.offers
    assert make(maker, part, other)[-1][1] == "user/secret@1" and make(maker, part, s)[-1][1] == ""


def test_a_generator_shows_how_far_it_is_and_only_its_last_value_is_kept(zoo):
    def steps(zoo, s):
        yield "half"
        yield f"whole {s.seed}"

    part = Html(steps)
    one, maker = page(part), Maker(zoo)
    values = make(maker, part, resolve(one, zoo, {}))
    assert [value for _, value in values] == ["half", "whole 0", "whole 0"] and values[-1][0]
    assert make(maker, part, resolve(one, zoo, {})) == values[-1:]


def test_a_part_that_fails_is_one_sentence_and_leaves_the_others(zoo, caplog):
    def broken(zoo, s):
        raise ZeroDivisionError("/home/someone/secret")

    from demo.zoo.seeds import check_seeds

    one, maker = page(Html(broken), Html(lambda zoo, s: check_seeds([-1]))), Maker(zoo)
    s = resolve(one, zoo, {})
    (_, first), (_, second) = (make(maker, part, s)[-1] for part in one.parts)
    assert isinstance(first, Refusal) and "secret" not in first.sentence and "error in the app" in first.sentence
    assert second.sentence == "A seed is a whole number from 0 to 2^32 - 1, not -1."


def test_what_is_kept_is_bounded(zoo):
    part = Html(lambda zoo, s: "x" * 1000 + str(s.seed))
    one, maker = page(part), Maker(zoo, most=5000)
    for seed in range(20):
        make(maker, part, resolve(one, zoo, {"seed": [str(seed)]}))
    assert len(maker._kept) == 4 and maker._bytes <= 5000


def test_shared_work_is_done_once_and_its_readers_depend_on_what_it_read(zoo):
    made = []

    @shared
    def work(zoo, s):
        made.append(s.seed)
        return s.seed

    parts = [Html(lambda zoo, s: f"a{work(zoo, s)}"), Html(lambda zoo, s: f"b{work(zoo, s)}")]
    one, maker = page(*parts), Maker(zoo)
    for seed in (1, 1, 2):
        s = resolve(one, zoo, {"seed": [str(seed)]})
        assert [make(maker, part, s)[-1][1] for part in parts] == [f"a{seed}", f"b{seed}"]
    assert made == [1, 2]


def test_what_several_visitors_ask_for_at_the_same_time_is_made_once(zoo):
    """Also the first time, when nobody knows yet what it reads. Other questions do not wait for it."""
    made, free = [], threading.Event()

    @shared
    def work(zoo, s):
        made.append(s.seed)
        assert s.seed != 1 or free.wait(20)
        return s.seed

    part = Html(lambda zoo, s: f"a{work(zoo, s)}")
    one, maker = page(part), Maker(zoo)
    make(maker, part, resolve(one, zoo, {"seed": ["0"]}))
    with ThreadPoolExecutor(5) as pool:
        states = [resolve(one, zoo, {"seed": ["1"]}) for _ in range(4)]
        waiting = [pool.submit(lambda s=s: make(maker, part, s)[-1][1]) for s in states]
        other = pool.submit(lambda: make(maker, part, resolve(one, zoo, {"seed": ["2"]}))[-1][1])
        assert other.result(20) == "a2"
        free.set()
        assert [one.result(20) for one in waiting] == ["a1"] * 4
    assert sorted(made) == [0, 1, 2]

    part, made = Html(lambda zoo, s: made.append(s.seed) or time.sleep(0.2) or str(s.seed)), []
    one = page(part)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: make(maker, part, resolve(one, zoo, {})), range(4)))
    assert made == [0]
