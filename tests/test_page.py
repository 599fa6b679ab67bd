"""What a page is, without any screen: queries and what they mean, clicks, what each run costs."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages_for_tests import page
from zoos import put

from demo.page import (
    Button,
    Choice,
    Data,
    Html,
    Page,
    Pictures,
    Several,
    Slider,
    Text,
    Variants,
    changing,
    maker,
    resolve,
)  # fmt: skip
from demo.page.maker import Maker
from demo.page.state import address, changed, happened
from demo.pages import PAGES
from demo.zoo.entries import CONDITIONAL
from demo.zoo.zoo import Zoo
from gan_models.home import SHIPPED


def nothing(zoo, s):
    return None


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
    assert all(len(problem) < 400 and "which is not possible here. " in problem for problem in s.problems)
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


def test_options_with_one_title_can_be_told_apart(zoo):
    """Streamlit knows an option by what the screen calls it: of two "0" it would always take the second."""
    titles = {0: "0", 1: "7", 2: "0"}
    one = Page("t", "T", "", Data(), Choice("t", "T", options={"1": 0, "2": 1, "3": 2}, titles=lambda s: titles))
    assert one.control("t").named(resolve(one, zoo, {})) == {0: "0 (1)", 1: "7", 2: "0 (3)"}


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
