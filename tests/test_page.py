"""What a page is, without any screen: queries and what they mean, parts and what they depend on."""

import ctypes
import platform
import resource
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from zoos import put

from demo.page import (
    Button,
    Choice,
    Data,
    Html,
    Number,
    Page,
    Pictures,
    Refusal,
    Row,
    Seed,
    Several,
    Slider,
    State,
    Text,
    Toggle,
    Variants,
    changing,
    maker,
    resolve,
    shared,
)  # fmt: skip
from demo.page.maker import Maker
from demo.page.state import address, changed, happened
from demo.pages import PAGES
from demo.zoo.entries import CONDITIONAL
from demo.zoo.zoo import Zoo
from gan_models.home import SHIPPED


def nothing(zoo, s):
    return None


def page(*parts) -> Page:
    return Page(
        "trial", "Trial", "",
        Data(), Variants(),
        Row(
            Seed(), Number("look", "Look", None), Slider("psi", "Truncation", 1.0, most=1.5), Toggle("loop", "Loop"),
            Text("keys", "Keys", "0, 7"),
            Choice("axis", "Axis", "images", options={"Images": "images", "Time": "share"}),
            Choice("class", "Class", per_data=True, options=lambda zoo, s: ["all", "a", "b"] if s.variants else []),
            Several("levels", "Levels", options=("coarse", "fine")),
            Choice("hidden", "Hidden", linked=False, options=(1, 2)),
        ),
        *parts,
    )  # fmt: skip


TOYS = {"data": ["toys"]}
SAID = {
    **TOYS,
    "seed": ["16"], "look": ["3"], "psi": ["0.5"], "loop": ["true"], "keys": ["1, 2"], "axis": ["Time"],
    "class_toys": ["b"], "levels": ["fine"],
}  # fmt: skip


def test_a_link_says_all_that_is_not_as_it_would_be_anyway(zoo):
    one = page()
    assert address(resolve(one, zoo, {})) == {}
    assert address(resolve(one, zoo, TOYS)) == TOYS
    s = resolve(one, zoo, SAID)
    assert (s.seed, s.look, s.psi, s.loop, s.keys, s.axis, s["class"], s.levels) == (
        16, 3, 0.5, True, "1, 2", "share", "b", ("fine",),
    )  # fmt: skip
    assert address(s) == SAID and not s.problems
    assert resolve(one, zoo, address(s)).values == s.values
    whole = address(resolve(one, zoo, TOYS), whole=True)
    assert set(whole) == {"data", "variants_toys"} and resolve(one, zoo, whole).values == resolve(one, zoo, TOYS).values


TEXTS = st.text(max_size=20) | st.sampled_from(["1e400", "nan", "-1", "2.5", "none", "true", "9" * 30, "\ud800", "a"])


@given(st.dictionaries(st.sampled_from([*SAID, "data", "variants_toys", "hidden"]), st.lists(TEXTS, max_size=3)))
def test_any_query_means_something_and_what_it_can_not_mean_is_said(zoo_once, query):
    one, zoo = page(), zoo_once
    s, plain = resolve(one, zoo, query), resolve(one, zoo, {})
    assert s.values.keys() == plain.values.keys()
    again = resolve(one, zoo, address(s))
    assert again.values == {**s.values, "hidden": plain.hidden} and not again.problems
    assert all(len(problem) < 400 and "which means nothing here. " in problem for problem in s.problems)
    for control in one.controls:
        texts, choices = query.get(control.link(s)), s.offers[control.name]
        if texts and choices != {}:
            odd = control.unknown(texts, choices)
            assert bool(odd) == any(f"“{control.label}”" in problem for problem in s.problems)
            assert odd or control.read(texts, choices) == s.values[control.name]
            assert choices is None or not set(odd) & set(choices)


@pytest.fixture(scope="module")
def zoo_once(_zoo_once):
    return Zoo(_zoo_once)


def test_an_unknown_variant_beside_a_known_one_is_said_and_the_known_one_shown(zoo):
    title = zoo.catalog().of("toys")[0].title
    s = resolve(page(), zoo, {**TOYS, "variants_toys": [title, "No such GAN"]})
    assert [entry.title for entry in s.entries] == [title]
    assert len(s.problems) == 1 and "No such GAN" in s.problems[0] and title in s.problems[0]


def test_none_of_several_is_a_choice_too(zoo):
    one = page()
    s = resolve(one, zoo, TOYS)
    query = changed(one, s, TOYS, {"variants": ()})
    assert query == {**TOYS, "variants_toys": ["none"]} and resolve(one, zoo, query).variants == ()
    with pytest.raises(ValueError, match="Choose one variant"):
        _ = resolve(one, zoo, query).entries


def test_a_kind_of_which_there_is_none_says_what_trains_one(tmp_path):
    put(tmp_path / "toys" / "plain", name="plain")
    s = resolve(Page("k", "K", "", Data(), Variants(kind=CONDITIONAL)), Zoo(tmp_path), {})
    with pytest.raises(ValueError, match=r"python -m train\.cgan trains one"):
        _ = s.entries


def test_an_empty_zoo_says_how_to_train(tmp_path):
    one = page()
    s = resolve(one, Zoo(tmp_path), SAID)
    with pytest.raises(ValueError, match="There is no checkpoint here yet"):
        _ = s.entries
    assert "data" not in address(s, whole=True)


def test_a_value_may_be_taken_back(zoo):
    one = page()
    s = resolve(one, zoo, SAID)
    assert "look" not in changed(one, s, dict(SAID), {"look": None})


def test_previous_and_next_stay_in_the_range(zoo):
    s = resolve(page(), zoo, {"seed": ["0"]})
    seed = s.page.control("seed")
    assert (seed.stepped(s, -1), seed.stepped(s, 1)) == (0, 1)


ORDERED = Page("o", "O", "", Data(), Several("order", "Order", options=("a", "b", "c"), ordered=True))


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=6))
def test_several_whose_order_matters_keep_it(zoo_once, chosen):
    s = resolve(ORDERED, zoo_once, {})
    query = changed(ORDERED, s, {}, {"order": chosen})
    expected = tuple(dict.fromkeys(one for one in chosen if one != "d"))
    again = resolve(ORDERED, zoo_once, query)
    assert again.order == expected and not again.problems
    assert resolve(ORDERED, zoo_once, address(again)).order == expected


def test_a_slider_of_whole_numbers_has_no_others(zoo):
    one = Page("w", "W", "", Data(), Slider("n", "N", 6, least=1, most=12, step=1))
    for text, value in (("8", 8), ("8.0", 8), ("2.5", 6), ("13", 6), ("nan", 6)):
        s = resolve(one, zoo, {"n": [text]})
        assert s.n == value and isinstance(s.n, int) and bool(s.problems) == (value == 6)


def test_a_choice_of_numbers_takes_them_as_they_may_be_written(zoo):
    one = Page("n", "N", "", Data(), Choice("n", "N", 1.0, options=(0.5, 1.0, 2.0)))
    for text in ("2", "2.0", "2e0"):
        s = resolve(one, zoo, {"n": [text]})
        assert s.n == 2 and address(s) == {"n": ["2"]} and not s.problems
    assert resolve(one, zoo, {"n": ["3"]}).problems and resolve(one, zoo, {"n": ["two"]}).problems


def test_a_control_may_edit_a_part_of_another_ones_value(zoo):
    first = Choice(
        "first", "First letter", lambda zoo, s: s.word[0], linked=False, options="abc",
        sets=lambda s, letter: {"word": letter + s.word[1:]},
    )  # fmt: skip
    one = Page("e", "E", "", Data(), Text("word", "Word", "add"), first)
    s = resolve(one, zoo, {"first": ["c"]})  # a link does not set it
    assert s["first"] == "a"
    query = changed(one, s, {}, {"first": "b"})
    assert query == {"word": ["bdd"]} and resolve(one, zoo, query)["first"] == "b"


# Parts ------------------------------------------------------------------------------------------------------


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
    assert isinstance(first, Refusal) and "secret" not in first.sentence and "fault of the app" in first.sentence
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


# Clicks -----------------------------------------------------------------------------------------------------


def test_a_click_in_a_part_changes_the_query(zoo):
    part = Pictures(nothing, click=lambda zoo, s, which, x, y: {"seed": which})
    one = page(part)
    s = resolve(one, zoo, {})
    assert happened(part, zoo, s, {"psi": ["1.2"]}, {"which": 4, "x": 0.5, "y": 0.5}) == {"psi": ["1.2"], "seed": ["4"]}
    assert happened(part, zoo, s, {}, {"change": {"view": ["learn"], "seed": ["2"]}}) == {
        "view": ["learn"],
        "seed": ["2"],
    }


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["change", "which", "x", "y"]), inner),
)


@given(ANYTHING)
def test_what_is_no_click_changes_nothing_that_could_not_be_a_link(zoo_once, said):
    part = Pictures(nothing, click=lambda zoo, s, which, x, y: {})
    one, zoo = page(part), zoo_once
    try:
        query = happened(part, zoo, resolve(one, zoo, {}), {}, said)
    except (OverflowError, ValueError):
        pytest.fail("what a browser sends must not raise")
    assert all(isinstance(text, str) for texts in query.values() for text in texts)


def test_links_in_html_are_escaped():
    made = changing("<b>words</b>", {"variant": ['"><script>alert(1)</script>']}, "learn")
    assert "<script>" not in made and made.startswith("<a ") and "<b>words</b>" in made


def test_a_button_says_what_it_does_to_the_state(zoo):
    button = Button(lambda s: f"Next after {s.seed}", lambda zoo, s: {"seed": s.seed + 1})
    one = page(button)
    s = resolve(one, zoo, {"seed": ["4"]})
    assert button.words(s) == "Next after 4" and changed(one, s, {}, button.do(zoo, s)) == {"seed": ["5"]}


# What each visitor's every run costs ------------------------------------------------------------------------


@pytest.mark.parametrize("name", [one.name for one in PAGES])
def test_to_open_a_page_again_asks_little_of_what_it_offers(name):
    """In calls of functions, over the zoo that ships: a clock would tell of the machine. What controls offer is asked
    for in each run of each visitor, and what it takes long to find is shared."""
    zoo, (one,) = Zoo(SHIPPED), [one for one in PAGES if one.name == name]
    resolve(one, zoo, {})
    calls = 0

    def called(frame, event, _):
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        resolve(one, zoo, {})
    finally:
        sys.setprofile(before)
    assert calls < 60_000, calls


def test_the_disk_is_asked_for_stamps_once_a_run_and_a_new_checkpoint_is_seen(zoo, monkeypatch):
    asked = []
    monkeypatch.setattr(maker, "stamp", lambda zoo, catalog: asked.append(1) or len(catalog.entries))
    one, made = page(*(Html(lambda zoo, s, k=k: f"{s.seed + k}") for k in range(3))), Maker(zoo)
    for runs in (1, 2):
        s = resolve(one, zoo, TOYS)
        for part in one.parts:
            made.ready(part, s), list(made.make(part, s))
        assert len(asked) == runs
