"""Lesson, First steps and Glossary: what they show, where they lead, what a link says, and the page to print."""

import json
import re

import pytest
from page_helpers import parts_of
from test_teaching import Reader

from demo.page import Refusal, resolve
from demo.page.state import address, changed
from demo.pages import PAGES, first_steps, glossary, lesson, views
from demo.zoo import classroom
from demo.zoo import glossary as zoo_glossary
from demo.zoo.zoo import Zoo
from gan_models.home import SHIPPED

LESSONS = classroom.lessons()
MINIMAX = LESSONS["minimax_to_r3gan"]


@pytest.fixture(scope="module")
def shipped() -> Zoo:
    return Zoo(SHIPPED)


class Reading:
    """Somebody who goes through a lesson."""

    def __init__(self, zoo: Zoo, **link: str):
        self.zoo, self.query = zoo, {name: [text] for name, text in link.items()}

    @property
    def s(self):
        s = resolve(lesson.PAGE, self.zoo, self.query)
        assert not s.problems
        return s

    def buttons(self) -> list[str]:
        return [
            one.words(self.s) for one in lesson.PAGE.buttons if one.when(self.s) and "rojector" not in one.words(self.s)
        ]

    def press(self, words: str) -> None:
        (button,) = (one for one in lesson.PAGE.buttons if one.words(self.s) == words and one.when(self.s))
        self.query = changed(lesson.PAGE, self.s, self.query, button.do(self.zoo, self.s))

    def words(self) -> str:
        """The step before its pictures are there."""
        return next(lesson.step(self.zoo, self.s))


def test_a_lesson_is_gone_through_by_its_buttons_and_each_place_is_a_link(zoo_folder):
    reader, seen = Reading(Zoo(zoo_folder), lesson="minimax_to_r3gan"), []
    assert reader.buttons() == ["Show the answer", "Next"]
    while True:
        at = MINIMAX.steps[len(seen)]
        assert at.title in reader.words() and 'class="answer"' not in reader.words()
        reader.press("Show the answer")
        link = address(reader.s)
        assert 'class="answer"' in reader.words() and "Hide the answer" in reader.buttons()
        again = resolve(lesson.PAGE, reader.zoo, link)
        assert (again.lesson, again.step, again.answer) == ("minimax_to_r3gan", len(seen) + 1, True)
        seen.append(at.title)
        if "Next" not in reader.buttons():
            break
        reader.press("Next")
    assert len(seen) == len(MINIMAX.steps)
    reader.press("Back")
    assert reader.s.step == len(seen) - 1 and not reader.s.answer


def test_the_link_of_a_step_with_its_answer(zoo_folder):
    reader = Reading(Zoo(zoo_folder), lesson="minimax_to_r3gan", step="3", answer="1")
    assert reader.s.step == 3 and reader.s.answer and 'class="answer"' in reader.words()


def test_a_step_that_is_none_is_told_and_the_first_one_shown(zoo_folder):
    s = resolve(lesson.PAGE, Zoo(zoo_folder), {"lesson": ["minimax_to_r3gan"], "step": ["99"]})
    assert len(s.problems) == 1 and s.step == 1


def test_each_lesson_leads_to_its_beginning(zoo_folder):
    s = resolve(lesson.PAGE, Zoo(zoo_folder), {"lesson": ["minimax_to_r3gan"], "step": ["9"], "answer": ["true"]})
    (said,) = re.findall(r'data-change="([^"]*)"', lesson.lessons(Zoo(zoo_folder), s))
    to = {name: texts for name, texts in json.loads(said.replace("&quot;", '"')).items()}
    again = resolve(lesson.PAGE, Zoo(zoo_folder), to)
    assert not again.problems and (again.lesson, again.step, again.answer) == ("class_of_45_minutes", 1, False)


def test_the_projector_shows_pictures_question_and_answer_alone(shipped):
    s = resolve(lesson.PAGE, shipped, {"step": ["3"], "lesson": ["minimax_to_r3gan"], "projector": ["true"]})
    *_, made = lesson.step(shipped, s)
    at = MINIMAX.steps[2]
    assert at.question.split("?")[0] in made and made.count("<img") == 3 and at.say[:20] not in made
    assert not any(part.when(s) for part in lesson.PAGE.parts if part.make in (lesson.lessons, lesson.paper))


@pytest.mark.parametrize("name", LESSONS)
def test_the_lesson_to_print_is_one_file_with_all_steps(name, shipped, monkeypatch):
    drawn = {}
    shown = views.shown
    monkeypatch.setattr(views, "shown", lambda zoo, view: drawn.setdefault(view.page, shown(zoo, view)))  # one of each
    text = lesson.paper(shipped, resolve(lesson.PAGE, shipped, {"lesson": [name]})).decode()
    assert text.startswith("<!doctype html>") and text.count('<section class="step">') == len(LESSONS[name].steps)
    assert text.count('class="answer"') == len(LESSONS[name].steps)
    for tag, said in Reader(text).tags:
        assert tag not in ("script", "link", "iframe") and "href" not in said
        assert tag != "img" or said["src"].startswith("data:image/")
    assert "url(" not in text and "infinite" not in text, "nothing is fetched, and nothing moves"
    for one in LESSONS[name].steps:
        assert one.title in text.replace("&#x27;", "'")


def test_first_steps_lead_to_pages_that_are_there(zoo_folder):
    (made,) = parts_of(first_steps.PAGE, Zoo(zoo_folder), resolve(first_steps.PAGE, Zoo(zoo_folder), {})).values()
    assert not isinstance(made, Refusal)
    tags = Reader(made).tags
    there = {page.name for page in PAGES}
    led = [json.loads(said["data-change"])["view"][0] for tag, said in tags if "data-change" in said]
    assert {"learn", "lesson", "glossary"} <= set(led) <= there and ("playground" in led) == ("playground" in there)
    symbols = [said for tag, said in tags if tag == "abbr"]
    assert len(symbols) >= 9 and all(said["tabindex"] == "0" and said["title"] for said in symbols)


def test_the_glossary_begins_with_the_word_of_its_link(zoo_folder):
    zoo = Zoo(zoo_folder)
    for asked, first in (("", "AdaIN"), ("latent-space", "latent space")):
        s = resolve(glossary.PAGE, zoo, {"term": [asked]} if asked else {})
        made = glossary.words(zoo, s)
        assert not s.problems and re.findall("<dt>([^<]*)", made)[0] == first
        assert made.count("<dt>") == len(zoo_glossary.glossary())


def test_a_word_of_the_glossary_leads_to_a_page_that_shows_it(shipped):
    made = glossary.words(shipped, resolve(glossary.PAGE, shipped, {}))
    catalog = shipped.catalog()
    there = {entry.variant for entry in (*catalog, *catalog.translators)}
    places = [term.where for term in zoo_glossary.glossary() if term.where in there]
    assert {"gan", "pix2pix", "stylegan2"} <= set(places)
    assert sorted(re.findall(r"variant&quot;: \[&quot;(\w+)", made)) == sorted(places)


def test_the_lesson_of_the_docs_is_one(shipped):
    text = (SHIPPED.parent / "docs" / "teaching.md").read_text(encoding="utf-8")
    made = classroom.parse(re.search(r"```toml\n(.*?)```", text, re.DOTALL)[1], "docs")
    assert views.link(shipped, made.steps[0].view) and made.steps[0].drawing == "overlap"


def test_on_a_projector_nothing_stands_around_the_pictures(shipped):
    """No heading, no menus, no step to choose: only a button that leads back."""
    link = {"lesson": ["class_of_45_minutes"], "step": ["3"]}
    usual, large = (resolve(lesson.PAGE, shipped, {**link, **more}) for more in ({}, {"projector": ["true"]}))
    assert not lesson.PAGE.bare(usual) and lesson.PAGE.bare(large)
    assert [any(s.shown.values()) for s in (usual, large)] == [True, False]
    (leave,) = [one for one in lesson.PAGE.buttons if "Leave" in one.words(large)]
    assert leave.when(large) and not leave.when(usual) and leave.do(shipped, large) == {"projector": False}
    (enter,) = [one for one in lesson.PAGE.buttons if "Projector" in one.words(usual)]
    assert enter.when(usual) and not enter.when(large) and enter.do(shipped, usual) == {"projector": True}
    assert not any(page.bare(resolve(page, shipped, {})) for page in PAGES), "all others keep their menus"
