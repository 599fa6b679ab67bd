"""What the app shows from the Hub: pinned checkpoints and visitors' own, in the core and in both front ends."""

import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gradio_pages import client, in_thread
from helpers import contents, put_translator
from zoos import put

import gan_models
from demo.page import resolve, snippets
from demo.pages import translate
from demo.zoo import hub as shelf
from demo.zoo import leaderboard
from demo.zoo.zoo import Zoo
from gan_models import Recipe, TranslatorRecipe, work
from gan_models import hub as hubs
from gan_models.pins import read

ROOT = Path(__file__).parent.parent
SLUG = "user/gans-0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def visitors(tmp_path, monkeypatch) -> Path:
    """Their cache."""
    monkeypatch.setenv("GANSCOPE_HUB_CACHE", str(tmp_path / "visitors"))
    return tmp_path / "visitors"


@pytest.fixture
def theirs(hub, tmp_path) -> dict[str, str]:
    """Two repositories of strangers: "her/style" (toys) and "his/far" (data that the zoo has none of). Full names."""
    told = {"conditional": True, "class_names": ("zero", "one", "two")}
    put(tmp_path / "style", name="style", title="Style GAN", year=2019, seed=7, **told)
    put(tmp_path / "far", "stars", name="far", title="Far GAN", year=2020, seed=8)
    repos = [hub.add(name, contents(tmp_path / name.split("/")[1])) for name in ("her/style", "his/far")]
    return {repo.id: f"{repo.id}@{repo.head.oid}" for repo in repos}


def pins(folder: Path, **checkpoints) -> Path:
    path = folder / "hub.json"
    path.write_text(json.dumps({"format": 1, "checkpoints": checkpoints}))
    return path


def test_a_visitors_translator_is_shown_where_translators_are_and_refused_elsewhere(zoo_folder, hub, tmp_path):
    put_translator(tmp_path / "turned", "stars", name="turned", rule="edges", domains=("edges", "pictures"))
    repo = hub.add("her/turned", contents(tmp_path / "turned"))
    zoo, name = Zoo(zoo_folder), f"her/turned@{repo.head.oid}"
    found = zoo.add("her/turned", Recipe)
    assert found.entries == () and found.problems == (
        f"{name[:-28]} is a translator, which takes a picture; what is wanted here is a GAN that draws from noise.",
    )
    (entry,) = zoo.add("her/turned", TranslatorRecipe).entries
    assert entry.hub == name and not zoo.catalog().translators
    s = resolve(translate.PAGE, zoo, {"hub": [name], "data": ["stars"]})
    assert s.task == "edges → pictures" and translate.PAGE.kind is TranslatorRecipe
    assert translate.task_of(s).entries[0].key == entry.key
    assert snippets.source(zoo, entry) == name


# Visitors' ----------------------------------------------------------------------------------------------------


def test_what_a_visitor_adds_draws_and_only_who_added_it_sees_it(zoo_folder, theirs, tmp_path):
    zoo = Zoo(zoo_folder)
    before = zoo.catalog()
    found = zoo.add("her/style")
    (entry,) = found.entries
    assert not found.problems
    assert entry.hub == theirs["her/style"] and entry.key == theirs["her/style"][:-28]
    assert entry.title == f"Style GAN · {theirs['her/style'][: len('her/style@') + 7]}"
    assert zoo.catalog() == before
    assert zoo.catalog([entry.key]).keys == sorted([*before.keys, entry.key], key=zoo.catalog([entry.key]).keys.index)
    assert [e.title for e in zoo.catalog([entry.key]) if e.key in before.keys] == [e.title for e in before]

    made = zoo.samples([entry.key, "toys/plain"], range(5), "one")
    np.testing.assert_array_equal(made[entry.key], gan_models.load(tmp_path / "style").sample(range(5), [1] * 5))
    assert "Style GAN · her/style@" in zoo.caption(entry.key, [1]) and zoo.facts(entry.key)["hub"] == entry.hub
    assert zoo.facts("toys/plain")["hub"] is None
    assert entry.key not in str(
        leaderboard.leaderboard(zoo, "toys")
    )  # what a stranger says of itself is no measurement


def test_what_was_added_is_not_fetched_again(hub, zoo_folder, theirs):
    zoo = Zoo(zoo_folder)
    entry = zoo.add("her/style").entries[0]
    asked = len(hub.log)
    assert zoo.add(entry.hub).entries == (entry,)
    assert Zoo(zoo_folder).add([entry.hub]).entries == (entry,)  # after a restart
    assert len(hub.log) == asked


@pytest.mark.parametrize(
    "wish",
    [
        "her/style@v1", " her/style ", "her/style/", "https://huggingface.co/her/style", "https://huggingface.co/her/style/tree/v1/",
        "https://huggingface.co/her/style?library=ganscope", "https://huggingface.co/her/style/tree/v1#files",
    ],
)  # fmt: skip
def test_a_name_may_have_a_revision_or_be_an_address(hub, zoo_folder, theirs, wish):
    hub.repo("her/style").tags["v1"] = hub.repo("her/style").head.oid
    assert [entry.hub for entry in Zoo(zoo_folder).add(wish).entries] == [theirs["her/style"]]


def test_a_collection_brings_what_it_can_and_names_the_rest_once(hub, zoo_folder, theirs):
    hub.add("a/pickle", {"model.pt": b"x"})
    names = ["her/style", "a/pickle", "no/body", "his/far"]
    hub.collections[SLUG] = [("model", name) for name in names]
    for wish in (SLUG, f"https://huggingface.co/collections/{SLUG}"):
        found = Zoo(zoo_folder).add(wish)
        assert [entry.hub for entry in found.entries] == [theirs["her/style"], theirs["his/far"]]
        assert len(found.problems) == 2
        assert "a kind of file that can run code" in found.problems[0] and "no/body" in found.problems[1]


def test_of_a_large_collection_the_first_are_taken_and_it_is_said(hub, zoo_folder, theirs):
    hub.collections[SLUG] = [("model", name) for name in ["her/style", *["no/body"] * shelf.MOST_NAMES, "his/far"]]
    found = Zoo(zoo_folder).add(SLUG)
    assert [entry.hub for entry in found.entries] == [theirs["her/style"]]
    assert found.problems[0] == "The collection has 10 models: the first 8 are taken." and len(found.problems) == 2


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ("", "names no repository"),
        ("nonsense", "names no repository"),
        ("../../etc", "names no repository"),
        ("no/body", "the Hub has no such repository"),
        ("her/style@v9", "no such commit, tag or branch"),
        ("no/gans-0123456789abcdef01234567", "there is none on the Hub"),
        ("collections/x", "is not the id of a collection"),
    ],
)
def test_a_wish_that_cannot_be_had_gets_one_sentence(zoo_folder, theirs, wish, words):
    found = Zoo(zoo_folder).add(wish)
    assert not found.entries and len(found.problems) == 1
    assert words in found.problems[0] and "\n" not in found.problems[0]


def test_the_owners_private_repositories_are_not_for_visitors(hub, zoo_folder, theirs):
    hub.repo("her/style").private = True
    gan_models.load("her/style")  # the owner may
    assert "the Hub has no such repository, or you may not see it" in Zoo(zoo_folder).add("her/style").problems[0]
    assert not [line for line in hub.tokens if line not in ("hf_loopback_write",)]


def test_what_is_too_much_for_a_shared_machine_is_refused_before_weights_are_fetched(hub, zoo_folder, tmp_path):
    put(tmp_path / "large", name="large", size=512, network="mlp", network_args={"width": 1})
    hub.add("a/large", contents(tmp_path / "large"))
    put(tmp_path / "wide", name="wide", network_args={"width": 64})
    hub.add("a/wide", {**contents(tmp_path / "wide"), "evolution.webp": bytes(100)})
    (problem,) = Zoo(zoo_folder).add("a/large").problems
    assert "512 pixels would keep this machine busy" in problem and problem.startswith("a/large@")
    assert not hub.requests("GET .*safetensors")
    gan_models.load("a/large")  # on a machine of one's own
    few = work.Work(parameters=10**6, memory=10**6, multiply_adds=10**3)
    for where, name, value, words in (
        (shelf, "MOST_BYTES", 99, "at most 99 are fetched"),
        (work, "VISITOR", few, "multiplications for a batch, and at most 0 are allowed"),
        (work, "VISITOR", replace(few, memory=10**3), "GB of memory for a batch, and at most 1e-06 are allowed"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(where, name, value)
            assert words in Zoo(zoo_folder).add("a/wide").problems[0]
    assert Zoo(zoo_folder).add("a/wide").entries


def test_visitors_cannot_fill_the_disk(hub, zoo_folder, theirs, visitors, tmp_path, monkeypatch):
    for i in range(5):
        put(tmp_path / f"m{i}", name=f"m{i}", seed=i, network_args={"width": 16})
        hub.add(f"a/m{i}", contents(tmp_path / f"m{i}"))
    zoo = Zoo(zoo_folder)
    first = zoo.add("a/m0").entries[0]
    one = sum(file.stat().st_size for file in visitors.rglob("blobs/*"))
    monkeypatch.setattr(shelf, "MOST_CACHE", 2.5 * one)
    for i in (1, 0, 2, 3, 4):
        entry = zoo.add(f"a/m{i}").entries[0]
        assert zoo.samples([entry.key], [0])
        assert sum(file.stat().st_size for file in visitors.rglob("blobs/*")) <= 2.5 * one
    with pytest.raises(ValueError, match="There is no checkpoint 'a/m0@"):
        zoo.samples([first.key], [0])
    assert zoo.add(first.hub).entries == (first,)  # and comes again when it is asked for


def test_commits_of_one_repository_cannot_fill_the_disk_either(hub, zoo_folder, visitors, tmp_path, monkeypatch):
    zoo, repo = Zoo(zoo_folder), None
    for i in range(4):
        put(tmp_path / f"m{i}", name=f"m{i}", seed=i, network_args={"width": 16})
        repo = repo or hub.add("a/m", contents(tmp_path / "m0"))
        repo.commit(contents(tmp_path / f"m{i}"), f"commit {i}")
        entry = zoo.add(f"a/m@{repo.head.oid}").entries[0]
        assert zoo.samples([entry.key], [0])
        if not i:
            monkeypatch.setattr(shelf, "MOST_CACHE", 2.5 * sum(f.stat().st_size for f in visitors.rglob("blobs/*")))
        assert sum(file.stat().st_size for file in visitors.rglob("blobs/*")) <= shelf.MOST_CACHE


def test_refused_repositories_cannot_fill_the_disk_either(hub, zoo_folder, visitors, tmp_path, monkeypatch):
    put(tmp_path / "large", name="large", size=512, network="mlp", network_args={"width": 1})
    monkeypatch.setattr(shelf, "MOST_KEPT", 3)
    for i in range(6):
        hub.add(f"a/large{i}", contents(tmp_path / "large"))
        assert not Zoo(zoo_folder).add(f"a/large{i}").entries
    assert len([*visitors.glob("models--*")]) <= 3


def test_a_visitor_has_few_at_a_time_and_a_download_is_not_waited_for_long(hub, zoo_folder, theirs, monkeypatch):
    zoo = Zoo(zoo_folder)
    found = zoo.add(["her/style"] + ["no/body"] * 3 + ["his/far"] * shelf.MOST_NAMES)
    assert [entry.hub for entry in found.entries] == [theirs["his/far"]] and not found.problems
    monkeypatch.setattr(shelf, "BUSY", 0.01)
    with zoo._shelf._fetching:
        assert "others are fetching" in zoo.add("her/style").problems[0]


def test_a_stranger_that_turns_out_damaged_is_named_to_who_added_it(hub, zoo_folder, theirs, tmp_path):
    weights = bytearray((tmp_path / "style" / "generator.safetensors").read_bytes())
    weights[-200:] = b"\xff" * 200  # not a number
    hub.add("her/torn", {**contents(tmp_path / "style"), "generator.safetensors": bytes(weights)})
    zoo = Zoo(zoo_folder)
    (entry,) = zoo.add("her/torn").entries
    with pytest.raises(ValueError, match="not finite"):
        zoo.samples([entry.key], [0])
    assert zoo.samples([entry.key, "toys/plain"], [0]).keys() == {"toys/plain"}
    assert not zoo.problems() and "her/torn" in zoo.problems([entry.key])[0]
    assert "her/torn" in zoo.add(entry.hub).problems[0]


def test_many_add_at_once(zoo_folder, theirs):
    zoo, got = Zoo(zoo_folder), []
    threads = [threading.Thread(target=lambda n=n: got.append(zoo.add(n))) for n in ["her/style", "his/far"] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {entry.hub for one in got for entry in one.entries} == set(theirs.values()) and len(got) == 8


# hub.json -----------------------------------------------------------------------------------------------------


def test_the_shipped_pins_are_sound():
    assert isinstance(read(ROOT / "hub.json"), dict)


def test_pinned_checkpoints_stand_in_the_zoo_and_local_ones_go_first(hub, zoo_folder, theirs, tmp_path):
    path = pins(tmp_path, **{"toys/plain": f"no/body@{'0' * 40}", "toys/style": theirs["her/style"]})
    zoo = Zoo(zoo_folder, pins=path)
    assert "toys/style" in zoo.catalog().keys and not zoo.problems()
    assert zoo.entry("toys/plain").hub == "" and zoo.entry("toys/style").hub == theirs["her/style"]
    assert zoo.entry("toys/style").title == "Style GAN"
    assert not hub.requests("no/body")
    np.testing.assert_array_equal(
        zoo.samples(["toys/style"], range(3))["toys/style"], gan_models.load(tmp_path / "style").sample(range(3))
    )
    asked = len(hub.log)
    hub.fail("", "cut", times=10**9)
    assert "toys/style" in Zoo(zoo_folder, pins=path).catalog().keys and len(hub.log) == asked  # cached


def test_what_cannot_be_reached_is_named_once_and_the_rest_works(hub, zoo_folder, theirs, tmp_path, monkeypatch):
    hubs.pull(theirs["his/far"])
    hub.fail("", "cut", times=10**9)
    names = {f"toys/x{i}": theirs["her/style"] for i in range(4)}
    zoo = Zoo(zoo_folder, pins=pins(tmp_path, **names, **{"stars/far": theirs["his/far"]}))
    zoo.catalog()
    zoo._shelf._thread.join()
    assert zoo.problems() == ["The Hub cannot be reached now; not shown: toys/x0, toys/x1, toys/x2, toys/x3."]
    assert {"stars/far", "toys/plain"} <= set(zoo.catalog().keys)
    assert zoo.samples(["stars/far", "toys/plain"], [0])

    hub.faults.clear()
    zoo._shelf._retry_at = 1e-9  # as if its time had come
    zoo.catalog()
    zoo._shelf._thread.join()
    assert {"toys/x0", "toys/x3"} <= set(zoo.catalog().keys) and not zoo.problems()


def test_the_first_page_does_not_wait_for_a_slow_hub(hub, zoo_folder, theirs, tmp_path, monkeypatch):
    monkeypatch.setattr(shelf, "GRACE", 0.05)
    hub.fail("GET /api/models", "timeout", value=0.7)
    zoo = Zoo(zoo_folder, pins=pins(tmp_path, **{"toys/style": theirs["her/style"]}))
    assert "toys/style" not in zoo.catalog().keys and "toys/plain" in zoo.catalog().keys
    zoo._shelf._thread.join()
    assert "toys/style" in zoo.catalog().keys


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", '{"format": 9, "checkpoints": {}}', '{"format": 1, "checkpoints": {"toys/x": "her/style@v1"}}',
        '{"format": 1, "checkpoints": {"../x": "a/b@0123456789012345678901234567890123456789"}}',
        '{"format": 1, "checkpoints": 3}', '{"format": 1, "checkpoints": {"toys/x": 3}}',
    ],
)  # fmt: skip
def test_damaged_pins_are_told_in_one_sentence(zoo_folder, tmp_path, text):
    (tmp_path / "hub.json").write_text(text)
    zoo = Zoo(zoo_folder, pins=tmp_path / "hub.json")
    assert len(zoo.catalog()) == 4
    (problem,) = zoo.problems()
    assert problem.startswith("hub.json is damaged: ") and str(tmp_path) not in problem


# Gradio -------------------------------------------------------------------------------------------------------


def test_programs_add_from_the_hub(zoo_folder, theirs, tmp_path):
    zoo = Zoo(zoo_folder)
    with client(zoo_folder, tmp_path / "files") as ask:
        found = ask.predict("her/style", api_name="/add_from_hub")
        (facts,) = found["variants"]
        assert facts["hub"] == theirs["her/style"] and facts["classes"] == ["zero", "one", "two"]
        (made,) = ask.predict([facts["key"]], [3], label="two", api_name="/samples")
        assert made["caption"].startswith("Style GAN · her/style@")
        assert ask.predict("no/body", api_name="/add_from_hub")["problems"][0].startswith("no/body: ")
        assert [one["key"] for one in ask.predict(api_name="/catalog")["variants"]] == zoo.catalog().keys


@pytest.mark.browser
def test_a_visitor_of_the_gradio_page_adds_from_the_hub(browser, zoo_folder, theirs):
    shutil.rmtree(zoo_folder / "photos")
    with in_thread(zoo_folder) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(90_000)
        page.goto(f"{address}?view=compare")
        page.locator(".cards img").first.wait_for()
        assert page.locator(".cards figure").count() == 4
        page.get_by_role("button", name="3 of 3 variants").click()
        page.get_by_role("button", name="Add from the Hub").click()
        box = page.get_by_label("Repository or collection")
        box.fill("no/body")
        box.press("Enter")
        page.get_by_text("no/body: the Hub has no such repository").wait_for()
        box.fill("her/style")
        page.get_by_role("button", name="Add", exact=True).click()
        page.locator(".cards figure", has_text="Style GAN · her/style@").wait_for()
        assert page.locator(".cards figure").count() == 5
        page.wait_for_url("**hub=her*")
        link = page.url
        page.close()

        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.set_default_timeout(90_000)
        page.goto(link)
        page.locator(".cards figure", has_text="Style GAN · her/style@").wait_for()
        page.goto(f"{address}?view=compare")
        page.locator(".cards img").first.wait_for()
        assert not page.get_by_text("Style GAN").count()  # somebody else
        page.close()
