"""Learn: its parts, the way from variant to variant, what stays without sound weights, and its answer."""

import html
import json
import os
import re
import shutil

import pytest
from page_helpers import alts, in_html, parts_of

import train

os.environ.update({"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"})  # before gradio is imported

from demo.draw import formula
from demo.faces import api
from demo.page import Button, Refusal, resolve
from demo.page.state import changed
from demo.pages import learn
from demo.pages.learn import PAGE
from demo.zoo import objective, teaching, translating
from demo.zoo.lesson_text import steps as path_steps
from demo.zoo.zoo import Zoo
from gan_models import Recipe
from gan_models.home import SHIPPED


@pytest.fixture(scope="module")
def shipped() -> Zoo:
    return Zoo(SHIPPED)


def test_the_walk_leads_through_the_zoo_and_leaves_out_what_is_missing(shipped, zoo_folder):
    """From noise first, then on to translators."""
    names, drawing, translating = [step["variant"] for step in path_steps()], train.recipes(), train.translators()
    assert names[:2] == ["gan", "dcgan"] and names[-1] == "cyclegan"
    turn = names.index("r3gan") + 1
    for part, recipes in ((names[:turn], drawing), (names[turn:], translating)):
        years = [recipes[name].year for name in part]
        assert years == sorted(years)
    assert set(names[turn:]) == set(translating)
    for dataset in ("mnist", "fashion_mnist", "celeba"):
        catalog = shipped.catalog()
        there = {entry.variant for entry in (*catalog, *catalog.translators) if entry.dataset == dataset}
        assert [step.variant for step in teaching.walk(shipped, dataset)] == [name for name in names if name in there]
    assert teaching.walk(Zoo(zoo_folder), "toys") == ()


def page(zoo: Zoo, **link: str) -> str:
    """All of the page as HTML, as it opens from a link; its pictures were drawn, whatever they are."""
    s = resolve(PAGE, zoo, {name: [text] for name, text in link.items()})
    return "".join(value.sentence if isinstance(value, Refusal) else value or "" for value in made(zoo, s))


def made(zoo: Zoo, s) -> list:
    assert not s.problems
    return list(parts_of(PAGE, zoo, s).values())


def heads(text: str) -> list[str]:
    return re.findall(r"<h3>(.*?)</h3>", text)


def test_the_page_opens_at_the_variant_of_its_link(family_zoo):
    text = page(Zoo(family_zoo), data="toys", variant="noisy")
    assert "<h2>Noisy GAN <small>2016</small></h2>" in text
    assert heads(text) == ["The idea", "The objective", "The networks", "What it changed", "The code"]
    assert formula.block(objective.of(Recipe("a", views={"x": 1.0})).equations[0]) in text
    assert re.findall(r"@register\(\s*(\w+)", text) == ["LOSSES", "VIEWS"]


def test_the_page_turns_to_the_variants_before_and_after(family_zoo):
    zoo, query = Zoo(family_zoo), {"data": ["toys"], "variant": ["noisy"]}

    def buttons(query: dict) -> dict[str, Button]:
        s = resolve(PAGE, zoo, query)
        return {button.words(s): button for button in PAGE.buttons if button.when(s)}

    def press(words: str) -> dict:
        s = resolve(PAGE, zoo, query)
        (button,) = (one for text, one in buttons(query).items() if text.startswith(words))
        return changed(PAGE, s, query, button.do(zoo, s))

    assert list(buttons(query)) == ["Previous: Told GAN", "Next: Wide GAN"]
    query = press("Previous: Told GAN")
    assert query["variant"] == ["told"] and "<h2>Told GAN" in page(zoo, data="toys", variant="told")
    seen = [query["variant"]]
    while any(words.startswith("Next") for words in buttons(query)):
        query = press("Next")
        seen.append(query["variant"])
    assert seen == [["told"], ["noisy"], ["wide"], ["late"]]
    assert list(buttons({"data": ["toys"]})) == ["Next: Root GAN"] and "<h2>Plain GAN" in page(zoo, data="toys")


def test_a_variant_that_is_not_there_is_told_and_the_first_one_shown(family_zoo):
    s = resolve(PAGE, Zoo(family_zoo), {"data": ["toys"], "variant": ["nobody"]})
    (told,) = s.problems
    assert "'nobody' for “Variant”" in told and s.variant == "plain"


def test_the_page_of_a_shipped_variant_has_all_its_parts(shipped):
    text = page(shipped, variant="gan")
    assert heads(text) == [
        "The problem", "The idea", "The objective", "The networks", "What goes wrong", "What to try", "The code",
        "The paper",
    ]  # fmt: skip
    figures = re.findall(r'<figure><img src="data:image/png[^"]*" alt="([^"]*)"', text)
    assert len(figures) == 1 + 4 + 1 and all("seed" in alt for alt in figures)
    assert len(re.findall('aria-label="Generator: ', text)) == 1, "the diagram says what it shows"


def test_the_way_through_the_zoo_shows_each_step_and_leads_to_its_page(shipped):
    text = page(shipped, lessons=teaching.WALK, seed="16")
    assert text.count("<article>") == len(in_html(text)) == len(teaching.walk(shipped, "mnist"))
    translations = {task for task in translating.tasks(shipped.catalog(), "mnist")}
    assert all("seeds 16 to 31" in alt or any(task in alt for task in translations) for alt in alts(text))
    (last,) = re.findall(r'data-change="([^"]*)">Read its page</a></article></div>', text)
    query = json.loads(html.unescape(last))
    assert query == {"variant": ["cyclegan"], "lessons": ["A variant"]}
    assert "<h2>CycleGAN" in page(shipped, **{name: texts[0] for name, texts in query.items()})
    s = resolve(PAGE, shipped, {"lessons": [teaching.WALK]})
    assert s.shown["seed"] and not s.shown["variant"] and not any(button.when(s) for button in PAGE.buttons)


def test_the_page_without_sound_weights_still_teaches(family_zoo):
    (family_zoo / "toys" / "noisy" / "generator.safetensors").write_bytes(b"these are no weights")
    zoo = Zoo(family_zoo)
    values = made(zoo, resolve(PAGE, zoo, {"data": ["toys"], "variant": ["noisy"]}))
    assert not any(isinstance(value, Refusal) for value in values)
    text = "".join(filter(None, values))
    assert "damaged" in text and "<h3>The code</h3>" in text and "<figure>" not in text


def test_a_shipped_text_stands_without_sound_weights(tmp_path):
    shutil.copytree(SHIPPED / "mnist" / "gan", tmp_path / "mnist" / "gan")
    for path in (tmp_path / "mnist" / "gan").glob("*.safetensors"):
        path.write_bytes(b"these are no weights")
    assert heads(page(Zoo(tmp_path), variant="gan"))[-4:] == [
        "What goes wrong", "What to try", "The code", "The paper",
    ]  # fmt: skip


def test_the_endpoint_gives_the_facts_as_json(family_zoo):
    zoo = Zoo(family_zoo)
    ask = api.endpoint(zoo, learn.learn)
    made = json.loads(json.dumps(ask("toys/noisy")))
    with pytest.raises(ValueError, match="There is no checkpoint 'toys/moon'"):
        ask("toys/moon")
    lesson = teaching.lesson(zoo, "toys/noisy")
    assert made["title"] == "Noisy GAN" and made["equations"] == list(lesson.equations)
    assert sum(box["parameters"] for box in made["networks"][0]["boxes"]) == lesson.networks[0].parameters
    assert made["changes"][0]["setting"] == "fading noise on the pictures that D sees" and made["path"] == []
