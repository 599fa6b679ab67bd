"""Links from page to page: whatever a visitor set before, each opens what it says."""

import html
import json
import re
from dataclasses import fields
from itertools import chain

import pytest

from demo.page import Control, Number, Pad, Several, links, resolve
from demo.page.state import Query, address, changed
from demo.pages import PAGES, claims, common, glossary, learn, playground
from demo.pages.home import PAGE as HOME
from demo.zoo import teaching
from demo.zoo.glossary import glossary as terms
from demo.zoo.playground import Settings, lineup
from demo.zoo.words import dataset_title
from demo.zoo.zoo import Zoo
from gan_models.home import SHIPPED


@pytest.fixture(scope="module")
def shipped() -> Zoo:
    return Zoo(SHIPPED)


def led(text: str) -> list[tuple[str, Query]]:
    """(words, changes of the query) of each link in HTML."""
    found = re.findall(r'<a [^>]*data-change="([^"]*)">(.*?)</a>', text, re.S)
    return [(re.sub(r"<[^>]*>", "", words), json.loads(html.unescape(said))) for said, words in found]


def before(zoo: Zoo) -> list[Query]:
    """What a visitor may have left in the query: each data set with each way to show Learn."""
    return [
        {"data": [dataset_title(data)], "lessons": [show], "variant": ["gan"]}
        for data in zoo.catalog().datasets
        for show in learn.VIEWS
    ]


# Lessons ----------------------------------------------------------------------------------------------------


def opens(zoo: Zoo, query: Query, change: Query, variant: str) -> None:
    assert change[links.VIEW] == ["learn"]
    s = resolve(learn.PAGE, zoo, {**query, **change})
    assert not s.problems and learn.one(s), (query, change)
    assert learn.entry_of(s).variant == variant, (query, change)


def test_every_word_of_the_glossary_opens_the_variant_that_it_names(shipped):
    checked = 0
    for query in before(shipped):
        s = resolve(glossary.PAGE, shipped, query)
        for term in terms():
            for words, change in led(glossary.entry(shipped, s, term)):
                opens(shipped, query, change, term.where)
                assert words == f"See {shipped.catalog().first(term.where).title}."
                checked += 1
    assert checked > 6 * 40


def test_every_claim_opens_the_lesson_of_its_trick(shipped):
    text = claims.shown(shipped, resolve(claims.PAGE, shipped, {}))
    changes = [change for words, change in led(text) if words == "Read the lesson"]
    found = claims.found(shipped)
    assert len(changes) == len(found)
    for query in before(shipped):
        for claim, change in zip(found, changes, strict=True):
            opens(shipped, query, change, claim.variant)


def test_every_story_and_line_up_of_the_playground_opens_its_lessons(shipped):
    for name in playground.stories.names():
        s = resolve(playground.PAGE, shipped, {"story": [name]})
        changes = [change for _, change in led(playground.about(shipped, s)) if change[links.VIEW] == ["learn"]]
        assert changes and changes[0]["variant"] == [playground.story_of(s).lesson]
        for query in before(shipped):
            for change in changes:
                opens(shipped, query, change, change["variant"][0])


def test_every_entry_and_translator_opens_its_lesson(shipped, zoo_folder_of_all):
    for zoo in (shipped, Zoo(zoo_folder_of_all)):
        catalog = zoo.catalog()
        for entry in chain(catalog.entries, catalog.translators):
            if entry.dataset not in catalog.datasets:
                continue  # Learn shows data sets with pictures drawn from noise
            for query in before(zoo):
                _, change = links.lesson(entry)
                s = resolve(learn.PAGE, zoo, {**query, **change})
                assert not s.problems and learn.one(s) and learn.entry_of(s) == entry


def test_a_tile_of_the_wall_opens_its_variant_after_the_walk(zoo_folder):
    """The way of a visitor: Home, the walk, Home again, a tile."""
    zoo = Zoo(zoo_folder)
    query = {"data": ["toys"], "lessons": [teaching.WALK]}
    *_, text = HOME.parts[0].make(zoo, resolve(HOME, zoo, query))
    tiles = [change for words, change in led(text) if re.match(r"\d{4}", words)]
    assert [change["variant"] for change in tiles] == [["plain"], ["deep"], ["told"]]
    for change in tiles:
        opens(zoo, query, change, change["variant"][0])


def test_without_the_variant_there_is_no_link(zoo_folder):
    zoo = Zoo(zoo_folder)
    assert common.to_lesson("See {}.", resolve(glossary.PAGE, zoo, {}), "pix2pix") == ""


# Names in links ---------------------------------------------------------------------------------------------

OWN_WORDS = {"seed", "drawing", "hole"}
"""What some pages call in other words: the rows of a grid begin at a seed, a picture is to be steered or translated"""


def meaning(control: Control) -> tuple:
    """What a value in a link says: the kind of control, its words, and the values that are possible on every zoo."""
    kind = Pad if isinstance(control, Pad) else type(control)
    told = {name: getattr(control, name, None) for name in ("options", "least", "most", "per_data")}
    words = None if control.name in OWN_WORDS else control.label
    return (kind, words, *(repr("computed" if callable(one) else one) for one in told.values()))


def test_a_name_in_links_means_the_same_on_all_pages_which_share_one_query():
    meanings: dict[str, set] = {}
    for page in PAGES:
        for control in page.controls:
            if control.linked:
                meanings.setdefault(control.name, set()).add(meaning(control))
    assert len(meanings) > 40
    assert not {name: said for name, said in meanings.items() if len(said) > 1}
    places = {at for page in PAGES for at in page.places}
    assert not places & set(meanings), "a moment of a slider is no setting"


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "playground"], ids=lambda page: page.name)
def test_the_playground_opens_its_story_whatever_was_set_elsewhere(shipped, page):
    """Every setting of another page, that can be read on the playground too, leaves the story as it was trained."""
    query = {"data": ["MNIST"]}
    s = resolve(page, shipped, query)
    for control in page.controls:
        offers = s.offers[control.name]
        value = next(reversed(offers.values())) if offers else control.most if isinstance(control, Number) else None
        if control.linked and control.name != "data" and value is not None:
            query = changed(page, s, query, {control.name: (value,) if isinstance(control, Several) else value})
    assert playground.lined_up(resolve(playground.PAGE, shipped, query)).story
    assert playground.lined_up(resolve(playground.PAGE, shipped, {"seed": ["16"], "latent": ["mnist/dcgan:z.A"]})).story


def test_a_story_leaves_the_settings_of_other_pages_alone(shipped):
    names = {control.name for page in PAGES if page.name != "playground" for control in page.controls}
    (_, change) = led(common.stories("wgan"))[0]
    assert set(change) - {links.VIEW} == {"story", *lineup.SETTINGS} and not set(change) & names


def test_the_seed_and_the_latents_of_a_run_stand_in_its_link(shipped):
    s = resolve(playground.PAGE, shipped, {"run_seed": ["5"], "run_latent": ["uniform"]})
    settings = playground.settings_of(s)
    assert (settings.seed, settings.latent) == (5, "uniform") and not s.problems
    again = resolve(playground.PAGE, shipped, address(s))
    assert playground.lined_up(again) == playground.lined_up(s)
    assert set(lineup.SHARED.values()) == {field.name for field in fields(Settings)} - {"data", "points"}
