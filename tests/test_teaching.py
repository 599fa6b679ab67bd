"""What teaches: glossary and its links, first steps, exercises, lessons, views, and the drawings with their numbers."""

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import train
from demo.draw import terms, training_step
from demo.zoo import classroom, exercises, first_steps, glossary, pinned

few = settings(max_examples=60, deadline=None)
KNOWN = train.recipes()
TERMS = glossary.glossary()


def href(term) -> str:
    return f"?page=glossary#{term.slug}"


# The glossary


def test_thirty_words_each_with_a_sentence_and_a_place():
    assert len(TERMS) >= 30
    for term in TERMS:
        assert term.where in KNOWN or term.where == glossary.MEASURING, term.name
        assert term.definition[0].isupper() and 20 < len(term.definition) < 240
    assert len({term.slug for term in TERMS}) == len(TERMS)


def test_the_first_use_of_each_term_becomes_a_link():
    text = "<p>A <b>generator</b> and a discriminator; the generator wins. Generators &amp; latents.</p>"
    made = terms.linked_html(text, TERMS, href)
    assert made.count('<a class="term"') == 3  # generator, discriminator, latent
    assert '<b><a class="term" href="?page=glossary#generator" title="The network G' in made
    assert made.endswith("Generators &amp; <a " + made.rpartition("<a ")[2])


@pytest.mark.parametrize(
    "quiet",
    [
        '<a href="x">generator</a>', "<code>generator</code>", "<pre>a generator</pre>", "<h2>The generator</h2>",
        '<img alt="generator">', "<svg><text>generator</text></svg>", "<script>generator</script>", "$generator$",
        "<!-- generator -->", "generator-like", "regenerator", "my.generator",
        '<button title="a > generator">generator</button>',
    ],
)  # fmt: skip
def test_what_is_no_running_text_gets_no_link(quiet):
    assert terms.linked_html(quiet, TERMS, href) == quiet
    assert terms.linked_html(f"{quiet} generator", TERMS, href).startswith(f"{quiet} <a ")


@pytest.mark.parametrize(
    "quiet",
    ["`generator`", "[generator](x)", "![generator](x)", "# The generator", "$generator$", "{generator.fd}",
     "[generator, fd < 2]", "```\ngenerator\n```", "<generator>", "https://a.b/generator"],
)  # fmt: skip
def test_markdown_keeps_what_is_no_running_text(quiet):
    assert terms.linked_markdown(quiet, TERMS, href) == quiet
    made = terms.linked_markdown(f"{quiet}\n\nA generator.", TERMS, href)
    assert made.startswith(f"{quiet}\n\nA [generator](?page=glossary#generator ")


def test_the_longest_term_goes_first_and_a_break_is_a_space():
    made = terms.linked_html("the latent\nspace, a latent", TERMS, href)
    assert 'href="?page=glossary#latent-space"' in made and ">latent\nspace</a>" in made
    assert 'href="?page=glossary#latent"' in made


pieces = st.lists(
    st.sampled_from(
        ["generator", "Latent space", "critic", " ", "<b>", "</b>", "<code>", "</code>", "<a href='x'>", "</a>",
         "&amp;",
         "$z$", "$", "é", "<img alt='critic'>", "\n", "R1", "x&lt;y", "<br/>", "Lipschitz constant", "</p>"]
    ), max_size=25,
).map("".join)  # fmt: skip


@few
@given(pieces)
def test_without_the_links_the_text_is_the_old_one(text):
    made = terms.linked_html(text, TERMS, href)
    assert re.sub(r'<a class="term"[^>]*>(.*?)</a>', r"\1", made, flags=re.DOTALL) == text
    addresses = re.findall(r'<a class="term" href="([^"]*)"', made)
    assert len(addresses) == len(set(addresses))
    back = re.sub(r"\[((?:[^\]\\])*)\]\(\?page=[^)]*\)", r"\1", terms.linked_markdown(text, TERMS, href))
    assert back == text


class Hostile:
    name, slug = "generator", "x"
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
    made = terms.linked_html("<p>generator</p>", [Hostile], lambda term: '"><img src=x onerror=y>')
    tags = Reader(made).tags
    assert [tag for tag, _ in tags] == ["p", "a"]
    assert tags[1][1] == {"class": "term", "href": '"><img src=x onerror=y>', "title": Hostile.definition}
    # A term is found as text writes it, escaped.
    assert "<a " in terms.linked_html(html.escape(Hostile.words[1]), [Hostile], lambda term: "x")
    assert terms.linked_html("no term", [], href) == "no term"


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


def test_every_variant_has_an_exercise_and_every_view_names_variants_that_there_are():
    assert set(exercises.exercises()) == set(KNOWN)
    views = [one.view for some in exercises.exercises().values() for one in some]
    views += [step.view for lesson in classroom.lessons().values() for step in lesson.steps]
    for view in views:
        assert set(view.variants) <= set(KNOWN)
        if view.page == "classes":
            assert all(KNOWN[name].conditional for name in view.variants)
        if view.page == "styles":
            assert all(KNOWN[name].network == "stylegan2" for name in view.variants)
        if view.page == "ablation" and "parent" in view.set:
            assert view.set["parent"] in {recipe.parent for recipe in KNOWN.values()}


def test_the_query_of_a_view_is_a_links():
    view = pinned.view({"page": "compare", "variants": ["dcgan", "gone"], "set": {"seed": "3", "class": "7"}}, "x")
    assert view.query("MNIST", {"dcgan": "DCGAN"}) == {
        "data": ["MNIST"], "variants_mnist": ["DCGAN"], "seed": ["3"], "class_mnist": ["7"],
    }  # fmt: skip
    assert pinned.view({"page": "learn", "variants": ["wgan"]}, "x").query("MNIST", {}) == {
        "data": ["MNIST"], "variant": ["wgan"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("compare", "a view is a table"),
        ({"page": "compere"}, "there is no page 'compere'"),
        ({"page": "home", "data": "mnits"}, "there is no data set 'mnits'"),
        ({"page": "home", "variant": []}, "not variant"),
        ({"page": "home", "variants": "gan"}, "a list of names"),
        ({"page": "home", "variants": ["../gan"]}, "a list of names"),
        ({"page": "home", "variants": ["gan", "gan"]}, "each variant once"),
        ({"page": "learn", "variants": []}, "shows one variant"),
        ({"page": "compare", "set": {"seed": 3}}, "a table of texts"),
        ({"page": "compare", "set": {"sead": "3"}}, "no setting sead"),
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
        assert sum(step.minutes for step in lesson.steps) <= lesson.minutes
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
        ('page = "home"', 'page = "hme"', "step 1: there is no page 'hme'"),
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


@given(
    st.dictionaries(
        st.sampled_from(["lesson", "step", "answer"]), st.lists(st.text("0123456789-²x ", max_size=6), max_size=2)
    )
)
@few
def test_any_link_leads_to_a_step_or_to_no_lesson(query):
    known = classroom.lessons()
    assert (classroom.place(query, known) is not None) == ((query.get("lesson") or [""])[-1] in known)
    found = classroom.place({**query, "lesson": ["minimax_to_r3gan"]}, known)
    assert 1 <= found.step <= len(found.lesson.steps) and found.current


def test_a_lesson_is_gone_through_by_its_links():
    known = classroom.lessons()
    at, seen = classroom.place({"lesson": ["minimax_to_r3gan"]}, known), []
    while at:
        assert classroom.place(at.query(), known) == at and classroom.place(at.shown().query(), known) == at.shown()
        seen.append(at.current.title)
        at = at.next()
    assert seen == [step.title for step in known["minimax_to_r3gan"].steps]
    last = classroom.place({"lesson": ["minimax_to_r3gan"], "step": ["99"]}, known)
    assert last.next() is None and last.back().step == len(seen) - 1


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
