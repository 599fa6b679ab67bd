"""What visitors of one machine see of each other, and of whoever runs it: nothing."""

import re
from functools import partial

import pytest
from gradio_pages import client
from helpers import contents
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback_hub import TOKEN
from zoos import put

import gan_models
from demo.zoo import leaderboard, teaching
from demo.zoo.entries import Entry
from demo.zoo.folders import Found, entries_of
from demo.zoo.words import listed
from demo.zoo.zoo import Zoo
from gan_models.home import SHIPPED
from gan_models.recipe import Recipe

SLUG = "user/gans-0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def visitors(tmp_path, monkeypatch):
    """Their cache."""
    monkeypatch.setenv("GANSCOPE_HUB_CACHE", str(tmp_path / "visitors"))


@pytest.fixture
def theirs(hub, tmp_path):
    """Repositories of strangers: "her/style", which fits the zoo's toys, and some that cannot be shown."""
    put(tmp_path / "style", name="style", title="Style GAN", year=2019, seed=7)
    repo = hub.add("her/style", contents(tmp_path / "style"))
    repo.tags["v1"] = repo.head.oid
    hub.add("user/secret", contents(tmp_path / "style"), private=True)
    hub.add("a/pickle", {"model.pt": b"x"})
    hub.collections[SLUG] = [("model", name) for name in ("her/style", "a/pickle", "no/body", "user/secret")]
    return repo


WISHES = ["her/style", "her/style@v1", "her/style@v9", "https://huggingface.co/her/style", "user/secret", "no/body"]
WISHES += ["a/pickle", SLUG, f"https://huggingface.co/collections/{SLUG}", "no/gans-0123456789abcdef01234567"]


def test_no_request_that_a_visitor_causes_carries_the_hosts_token(hub, theirs, zoo_folder, tmp_path):
    gan_models.load("her/style")
    assert any(TOKEN in headers.get("authorization", "") for headers in hub.seen), "the operator's own request does"

    def anonymous(wish) -> None:
        assert hub.seen, f"{wish} asked nothing"
        for line, headers in zip(hub.log, hub.seen, strict=True):
            assert not {"authorization", "cookie", "proxy-authorization"} & set(headers), f"{wish}: {line}"
            assert TOKEN not in f"{line} {headers}", f"{wish}: {line}"
        hub.log.clear()
        hub.seen.clear()

    hub.log.clear()
    hub.seen.clear()
    for wish in [*WISHES, f"her/style@{theirs.head.oid}"]:
        Zoo(zoo_folder).add(wish)
        if wish != f"her/style@{theirs.head.oid}":  # which lies in the cache by now
            anonymous(wish)
    hub.fail("GET /api/collections", "500")
    hub.fail("GET .*generator", "truncated")
    put(tmp_path / "other", name="other", seed=8)
    hub.add("her/other", contents(tmp_path / "other"))
    hub.collections[SLUG] = [("model", "her/other")]
    assert Zoo(zoo_folder).add(SLUG).entries  # on the second try
    anonymous("a Hub that is out of order")
    with client(zoo_folder, tmp_path / "files") as ask:
        hub.log.clear()
        hub.seen.clear()
        for wish in WISHES:
            ask.predict(wish, api_name="/add_from_hub")
        anonymous("/add_from_hub")


def test_hints_name_what_everybody_sees_and_what_the_asker_named(theirs, zoo_folder):
    zoo = Zoo(zoo_folder)
    (entry,) = zoo.add("her/style").entries
    near, far = entry.key[:-1], "x" * 50_000
    for key in (near, far, "her/style", "toys/style"):
        asks = (leaderboard.curves, teaching.lesson, lambda zoo, key: zoo.samples([key], [0]))
        for ask in (zoo.entry, zoo.facts, *(partial(one, zoo) for one in asks)):
            with pytest.raises(ValueError, match="There is no checkpoint") as refused:
                ask(key)
            said = str(refused.value).partition(";")[2]
            assert "her/" not in said and len(str(refused.value)) <= 300
    with pytest.raises(ValueError, match=re.escape(f"did you mean {entry.key!r}")):
        zoo.samples([near, entry.key], [0])  # he has it himself
    with pytest.raises(ValueError, match=r"there are those of photos, toys\.$"):
        leaderboard.leaderboard(zoo, "stars")


def test_a_long_zoo_is_not_listed_whole():
    assert listed(["a", "b"]) == "a, b" and listed([]) == ""
    assert listed([str(i) for i in range(40)]) == "0, 1, 2, 3, 4, 5, 6, 7 and 32 more"


def test_what_a_visitor_adds_does_not_change_what_others_see(hub, zoo_folder, tmp_path):
    toys = zoo_folder / "toys"
    put(toys / "root", name="root", title="Root GAN", year=2020, seed=3)
    put(toys / "a", name="a", title="A GAN", year=2020, parent="b", seed=4)
    zoo = Zoo(zoo_folder)
    before = zoo.catalog()
    # One claims to be the parent that is missing here, the other to be what the zoo has already.
    put(tmp_path / "imposter", name="a", title="A GAN", year=2020, parent="root", seed=5)
    put(tmp_path / "parent", name="b", title="Root GAN", year=2020, parent="root", seed=6)
    own = []
    for name in ("imposter", "parent"):
        hub.add(f"her/{name}", contents(tmp_path / name))
        own += [entry.key for entry in zoo.add(f"her/{name}").entries]
    assert len(own) == 2 and zoo.catalog() == before
    mine = zoo.catalog(own)
    assert [entry for entry in mine if entry.key not in own] == list(before)
    assert len({entry.title for entry in mine.of("toys")}) == len(mine.of("toys"))


recipes = st.builds(
    lambda name, parent, title: Recipe(
        name=name, parent=parent, title=title, network="mlp", network_args={"width": 4}, size=8
    ),
    *(st.sampled_from("abc"), st.sampled_from(["", "a", "b", "c"]), st.sampled_from("ABC")),
)


@settings(deadline=None, max_examples=100)
@given(st.lists(recipes, max_size=4), st.lists(recipes, max_size=3))
def test_titles_and_order_of_a_zoo_do_not_depend_on_what_was_added(zoo, added):
    def found(ones, kind):
        return {
            f"{kind}/v{i}@0123456789ab": Found(SHIPPED, (), recipe, {"dataset": "toys"}, added=kind == "her")
            for i, recipe in enumerate(ones)
        }

    def seen(entries: list[Entry]) -> list[tuple[str, str]]:
        return [(entry.key, entry.title) for entry in entries if not entry.key.startswith("her/")]

    local = found(zoo, "zoo")
    assert seen(entries_of(local | found(added, "her"))) == seen(entries_of(local))
