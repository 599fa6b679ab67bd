"""What teaches: glossary and its links, first steps, exercises, lessons, views, and the drawings with their numbers."""

import html
import json
import re
from html.parser import HTMLParser

import pytest
from helpers import noise, small
from hypothesis import given, settings
from hypothesis import strategies as st

import train
from demo.draw import terms, training_step
from demo.page import resolve
from demo.page.state import address
from demo.pages import taught, views
from demo.zoo import classroom, exercises, first_steps, glossary, pinned
from demo.zoo.zoo import Zoo
from gan_models.home import SHIPPED
from train.engine import loop

few = settings(max_examples=60, deadline=None)
KNOWN = train.everything()
TERMS = glossary.glossary()


def link(word: str, term) -> str:
    return f'<a class="term" href="#{term.slug}">{word}</a>'


# The glossary


def test_thirty_words_each_with_a_sentence_and_a_place():
    assert len(TERMS) >= 30
    for term in TERMS:
        assert term.where in KNOWN or term.where == glossary.MEASURING, term.name
        assert term.definition[0].isupper() and 20 < len(term.definition) < 240
    assert len({term.slug for term in TERMS}) == len(TERMS)


def test_the_first_use_of_each_term_becomes_a_link():
    text = "<p>A <b>generator</b> and a discriminator; the generator wins. Generators &amp; latents.</p>"
    made = terms.linked_html(text, TERMS, link)
    assert made.count('<a class="term"') == 3  # generator, discriminator, latent
    assert '<b><a class="term" href="#generator">generator</a></b>' in made
    assert made.endswith("Generators &amp; <a " + made.rpartition("<a ")[2])


@pytest.mark.parametrize(
    "quiet",
    [
        '<a href="x">generator</a>', "<code>generator</code>", "<pre>a generator</pre>", "<h2>The generator</h2>",
        '<img alt="generator">', "<svg><text>generator</text></svg>", "<script>generator</script>", "$generator$",
        "<!-- generator -->", "generator-like", "regenerator", "my.generator",
        '<button title="a > generator">generator</button>',
        '<div role="img" aria-label="x"><div>a generator</div><p>generator</p></div>',
    ],
)  # fmt: skip
def test_what_is_no_running_text_gets_no_link(quiet):
    assert terms.linked_html(quiet, TERMS, link) == quiet
    assert terms.linked_html(f"{quiet} generator", TERMS, link).startswith(f"{quiet} <a ")


def test_the_longest_term_goes_first_and_a_break_is_a_space():
    made = terms.linked_html("the latent\nspace, a latent", TERMS, link)
    assert 'href="#latent-space"' in made and ">latent\nspace</a>" in made
    assert 'href="#latent"' in made


pieces = st.lists(
    st.sampled_from(
        ["generator", "Latent space", "critic", " ", "<b>", "</b>", "<code>", "</code>", "<a href='x'>", "</a>",
         "&amp;",
         "$z$", "$", "é", "<img alt='critic'>", "\n", "R1", "x&lt;y", "<br/>", "Lipschitz constant", "</p>",
         '<b role="img">']
    ), max_size=25,
).map("".join)  # fmt: skip


@few
@given(pieces)
def test_without_the_links_the_text_is_the_old_one(text):
    made = terms.linked_html(text, TERMS, link)
    assert re.sub(r'<a class="term"[^>]*>(.*?)</a>', r"\1", made, flags=re.DOTALL) == text
    addresses = re.findall(r'<a class="term" href="([^"]*)"', made)
    assert len(addresses) == len(set(addresses))


class Hostile:
    name, slug = "generator", '"><img src=x onerror=y>'
    words = ("generator", '<script>alert("x")</script>')
    definition = '"><script>alert(1)</script>'


class Reader(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_definitions_and_addresses_cannot_leave_their_attribute():
    made = terms.linked_html("<p>generator</p>", [Hostile], taught.to_term)
    tags = Reader(made).tags
    assert [tag for tag, _ in tags] == ["p", "a"]
    assert tags[1][1]["title"] == Hostile.definition and json.loads(tags[1][1]["data-change"])["term"] == [Hostile.slug]
    # A term is found as text writes it, escaped.
    assert "<a " in terms.linked_html(html.escape(Hostile.words[1]), [Hostile], link)
    assert terms.linked_html("no term", [], link) == "no term"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[term]]\nname = 'a'", "must give name, definition, where"),
        ("[[term]]\nname = 'a'\ndefinition = 'no sentence'\nwhere = 'gan'", "must be a sentence"),
        ("[[term]]\nname = ' a'\ndefinition = 'A.'\nwhere = 'gan'", "without space around"),
        (
            "[[term]]\nname='a'\ndefinition='A.'\nwhere='gan'\n[[term]]\nname='A'\ndefinition='B.'\nwhere='gan'",
            "stands for",
        ),
        ("term", "is no TOML"),
    ],
)
def test_a_glossary_that_cannot_be_is_one_sentence(text, said):
    with pytest.raises(ValueError, match=said) as caught:
        glossary.parse(text)
    assert "\n" not in str(caught.value)


# Views, exercises, lessons


def test_every_variant_has_an_exercise():
    assert set(exercises.exercises()) == set(KNOWN)


VIEWS = {f"exercise {k} of {name}": one.view for name, some in exercises.exercises().items()
         for k, one in enumerate(some, 1)}  # fmt: skip
VIEWS |= {f"{name}, step {k}": step.view for name, lesson in classroom.lessons().items()
          for k, step in enumerate(lesson.steps, 1)}  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> Zoo:
    return Zoo(SHIPPED)


@pytest.mark.parametrize("where", VIEWS)
def test_every_view_is_one_of_its_page(where, shipped):
    """Page, variants and settings are real ones, and the page takes each text for what it says."""
    view = VIEWS[where]
    page = views.page_of(view.page)
    query = {name: texts for name, texts in views.query_of(shipped, view).items() if texts}
    s = resolve(page, shipped, query)
    assert not s.problems and s.data == view.data
    if page.variants:
        kinds = {shipped.entry(key).variant for key in s[page.variants.name]}
        there = {entry.variant for entry in shipped.catalog().of(view.data)}
        assert not there >= set(view.variants) or not view.variants or kinds == set(view.variants)
        assert bool(views.link(shipped, view)) == (there >= set(view.variants))
    elif view.variants:
        assert [s.variant] == list(view.variants)
    for name, texts in view.set.items():
        control = page.control(name)
        assert control.write(s[name], s.offers[name]) == texts and s.shown[name], name
    assert set(address(s)) <= set(query)


def test_the_link_of_a_view_is_its_pages_and_forgets_what_was_set_there(shipped):
    view = pinned.view({"page": "compare", "variants": ["cgan", "gone"], "set": {"seed": "3", "class": "7"}}, "x")
    made = views.query_of(shipped, view)
    assert {name: texts for name, texts in made.items() if texts} == {
        "data": ["MNIST"], "variants_mnist": ["Conditional GAN"], "seed": ["3"], "class_mnist": ["7"],
    }  # fmt: skip
    assert made["truncation"] == made["look"] == []
    before = {"truncation": ["0.5"], "look": ["4"], "seed": ["9"]}
    s = resolve(views.page_of("compare"), shipped, {**before, **made})
    assert (s.truncation, s.look, s.seed, s["class"]) == (1.0, None, 3, "7")
    learn = pinned.view({"page": "learn", "variants": ["wgan"]}, "x")
    assert views.query_of(shipped, learn)["variant"] == ["wgan"]
    classes = pinned.view({"page": "classes", "variants": ["cgan"]}, "x")
    assert views.query_of(shipped, classes)["conditional_mnist"] == ["Conditional GAN"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"page": "compere"}, "there is no page 'compere'"),
        ({"page": "compare", "set": {"sead": "3"}}, "compare has no setting 'sead'; there is data, variants"),
        ({"page": "leaderboard", "variants": ["gan"]}, "leaderboard has no choice of variants"),
    ],
)
def test_a_view_that_no_page_has_is_one_sentence(table, said, shipped):
    with pytest.raises(ValueError) as caught:
        views.query_of(shipped, pinned.view(table, "x"))
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_view_without_its_page_has_no_link(shipped):
    assert views.link(shipped, pinned.View("gone")) == "" and views.shown(shipped, pinned.View("gone")) == ""


@pytest.mark.parametrize("page", ["compare", "evolution", "interpolate", "classes", "leaderboard", "quiz"])
def test_a_view_is_shown_without_links(page, shipped):
    made = views.shown(shipped, next(view for view in VIEWS.values() if view.page == page))
    assert ("<img" in made or "<table" in made) and "<a" not in made.replace("<article", "")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("compare", "a view is a table"),
        ({"page": "../compare"}, "page is the name of a page"),
        ({"page": "home", "set": []}, "set is a table"),
        ({"page": "home", "data": "mnits"}, "there is no data set 'mnits'"),
        ({"page": "home", "variant": []}, "not variant"),
        ({"page": "home", "variants": "gan"}, "a list of names"),
        ({"page": "home", "variants": ["../gan"]}, "a list of names"),
        ({"page": "home", "variants": ["gan", "gan"]}, "each variant once"),
        ({"page": "compare", "set": {"seed": 3}}, "a table of texts"),
        ({"page": "leaderboard", "columns": "Images shown"}, "columns is a list"),
        ({"page": "leaderboard", "columns": [3]}, "columns is a list"),
    ],
)
def test_a_view_that_cannot_be_is_one_sentence(table, said):
    with pytest.raises(ValueError) as caught:
        pinned.view(table, "step 2")
    assert str(caught.value).startswith("step 2: ") and said in str(caught.value) and "\n" not in str(caught.value)


def test_two_lessons_come_with_the_code_and_keep_their_time():
    found = classroom.lessons()
    assert set(found) == {"minimax_to_r3gan", "class_of_45_minutes"}
    assert found["class_of_45_minutes"].minutes == 45
    for lesson in found.values():
        assert sum(step.minutes for step in lesson.steps) == lesson.minutes
        for step in lesson.steps:
            assert step.question.endswith("?") and step.answer.endswith(".")
    assert {step.drawing for lesson in found.values() for step in lesson.steps} - {""} <= set(classroom.DRAWINGS)


LESSON = """
title = "T"
for_whom = "All."
minutes = 5
[[step]]
title = "One"
say = "Look."
question = "What?"
answer = "That."
minutes = 5
[step.view]
page = "home"
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("minutes = 5\n[[", "minutes = 4\n[[", "takes 5 minutes step by step, and says 4"),
        ("minutes = 5\n[[", "minutes = 45\n[[", "takes 5 minutes step by step, and says 45"),
        ('page = "home"', "page = 3", "step 1: page is the name of a page"),
        ('question = "What?"\n', "", "step 1 must give"),
        ('answer = "That."', 'answer = ""', "must be texts"),
        ('title = "T"\n', "", "must give title, for_whom, minutes"),
        ('say = "Look."', 'say = "Look."\ndrawing = "x"', "there is no drawing 'x'"),
        ("[[step]]", "[[stop]]", "must give title, for_whom, minutes"),
        ("[step.view]", "[step.view", "is no TOML"),
        ("minutes = 5\n[step", "minutes = true\n[step", "a number from 0 to 600"),
    ],
)
def test_a_lesson_that_cannot_be_is_one_sentence(old, new, said):
    assert classroom.parse(LESSON, "t").steps[0].view.page == "home"
    assert old in LESSON
    with pytest.raises(ValueError) as caught:
        classroom.parse(LESSON.replace(old, new), "t")
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["gan = 1", "[[gan]]\ntask = 'x'", "[[gan]]\ntask=''\nlook='x'\n[gan.view]\npage='home'", "["]
)
def test_exercises_that_cannot_be_are_one_sentence(text):
    with pytest.raises(ValueError) as caught:
        exercises.parse(text)
    assert "\n" not in str(caught.value)


# First steps


def test_first_steps_explain_every_symbol_and_name_drawings_that_there_are():
    parts = first_steps.first_steps()
    assert {"training_step", "minimax", "best_d", "two_losses"} <= {part.drawing for part in parts}
    made = training_step.formula(first_steps.MINIMAX_PARTS)
    for symbol in ("min", "max", "V", "D(x)", "G(z)", "𝔼"):
        assert re.search(rf'<abbr tabindex="0" title="[^"]+">{re.escape(symbol)}', made)
    said = [s.text for s in first_steps.MINIMAX_PARTS if not s.meaning]
    assert all(not re.search(r"[A-Za-z]{3}", text) for text in said)  # only brackets and signs go unexplained
    with pytest.raises(ValueError, match="there is no drawing 'x'"):
        first_steps.parse("[[part]]\ntitle='a'\ntext='b'\ndrawing='x'")


def test_the_phases_are_those_of_a_step():
    """D is updated before G, and the gradient reaches G only through D."""
    assert [phase.updated for phase in first_steps.PHASES] == ["", "D", "", "G"]
    assert first_steps.PHASES[1].back == (("loss", "D"),)
    assert ("D", "fake") in first_steps.PHASES[3].back and ("fake", "G") in first_steps.PHASES[3].back


def test_the_networks_work_in_the_phases_as_often_as_in_a_step_of_the_training():
    recipe = small(KNOWN["gan"])
    state, drawn, judged = loop.State.new(recipe, "cpu"), [], []
    state.G.register_forward_hook(lambda net, given, made: drawn.append(len(made)))
    state.D.register_forward_hook(lambda net, given, made: judged.append(len(given[0])))
    loop.train(recipe, noise(recipe), state, recipe.batch, lambda s: None)
    arrows = [arrow for phase in first_steps.PHASES for arrow in phase.forward]
    assert arrows.count(("G", "fake")) * recipe.batch == sum(drawn)
    assert (arrows.count(("fake", "D")) + arrows.count(("real", "D"))) * recipe.batch == sum(judged)
    for phase in first_steps.PHASES:
        assert {name for arrow in (*phase.forward, *phase.back) for name in arrow} == set(phase.lit), phase.title
