"""One way of writing, over all pages: percent, the names of controls, the words of charts."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_helpers import misprints
from sources import listed

from demo.draw import charts
from demo.draw.svg import Plot
from demo.page.state import resolve
from demo.pages import PAGES, glossary, theory, translate
from demo.zoo import translating
from demo.zoo.words import class_text, percent
from demo.zoo.zoo import Zoo
from gan_models.metrics.names import minus

DEMO = Path(__file__).parent.parent / "demo"
MODELS = DEMO.parent / "gan_models"


@pytest.mark.parametrize(("share", "digits", "text"), [(0.546, 0, "55 %"), (0.5, 1, "50.0 %"), (0, 0, "0 %")])
def test_percent_stands_after_a_space(share, digits, text):
    assert percent(share, digits) == text


def test_no_text_of_the_app_writes_percent_another_way():
    assert class_text(["three", "eight"], [0.3, 0.7]) == "30 % three + 70 % eight"
    glued = [
        (path.name, found)
        for path in listed(DEMO, "**/*.py")
        for found in re.findall(r"(?<!width:)\{[^{}]*:[^{}]*%\}", path.read_text(encoding="utf-8"))
    ]
    assert not glued


def texts_of(page) -> list[str]:
    """All that a page says before anything is made: its controls, its headings, its endpoints."""
    controls = [getattr(one, name, "") for one in page.controls for name in ("label", "help", "after")]
    answers = [inspect.getdoc(one).replace("-", "−") for one in page.answers]  # programs send what is written there
    return [text for text in (page.title, page.words, *controls, *answers) if isinstance(text, str)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_always_says_has_no_misprint(page):
    assert [wrong for text in texts_of(page) for wrong in misprints(text)] == []


TEXTS = [*listed(DEMO / "zoo", "**/*.md"), *listed(DEMO / "zoo", "**/*.toml")]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_no_text_that_pages_show_has_a_misprint(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    said = "\n".join(line for line in lines if not line.startswith(("#", "set =", "variants =")))
    assert misprints(re.sub(r"\]\([^)]*\)|\[[a-z_]+[ ,<>].*?\]|\{.*?\}", "", said)) == []


DRAWN = ("ideas.py", "naming.py")
"""Numbers of drawings, in which `svg.text` puts the minus; names of directions, which are stored"""


def test_numbers_below_0_have_their_minus_from_one_place():
    """Whoever writes a sign by itself ("+1.2", "-0.3") hands it to `minus`, and nobody else puts one in."""
    sources = {
        path: path.read_text(encoding="utf-8") for path in [*listed(DEMO, "**/*.py"), *listed(MODELS, "**/*.py")]
    }
    assert [path.name for path, text in sources.items() if '"−"' in text and "sub(" in text] == ["names.py"]
    signed = [
        (path.name, line.strip())
        for path, text in sources.items()
        for line in text.splitlines()
        if path.name not in DRAWN and re.search(r"\{[^{}]*:\+[^{}]*\}", line) and "minus(" not in line
    ]
    assert not signed


@given(st.text("ab 0123456789.-,()±%", max_size=30))
def test_minus_changes_hyphens_before_numbers_and_nothing_else(text):
    made = minus(text)
    assert len(made) == len(text) and made.replace("−", "-") == text and minus(made) == made
    assert not [wrong for wrong in misprints(made) if wrong.startswith("a hyphen")]


def test_minus_by_hand():
    assert minus("from -4 to -.5, (-3)") == "from −4 to −.5, (−3)"
    assert minus("0-15, mnist-cnn-2, 1e-05, -x") == "0-15, mnist-cnn-2, 1e-05, -x"
    assert percent(-0.06) == "−6 %"


def test_figures_of_translators_have_a_minus():
    """A picture and its negative: SSIM is below 0."""
    picture = np.arange(28 * 28 * 4, dtype=np.uint8).reshape(4, 28, 28, 1)
    assert "SSIM −" in translate.near(picture, 255 - picture) and translating.text_of("ssim", -0.183) == "−0.183"


def test_charts_write_percent_as_the_sentences_do():
    made = charts.roc({"GAN": (0.5, [(0, 0), (1, 1)])}, {}).to_dict()
    assert made["config"]["locale"]["number"]["percent"] == " %"


def test_numbers_of_drawings_have_a_minus():
    assert ">−4<" in Plot(0, 0, 10, 10, (-5, 5), (0, 1)).axes(x_marks=(-4,))


def test_the_games_of_theory_name_losses_in_words():
    (draw, *values) = theory.two_losses(None, None)
    for spec in draw(*values).values():
        names = {row["line"] for layer in spec["layer"] for row in layer["data"]["values"]}
        assert names == {"saturating", "non-saturating"}


def test_the_number_of_pictures_has_one_name():
    asked = [control for page in PAGES for control in page.controls if control.name in ("drawn", "images", "pictures")]
    assert len(asked) == 4 and {control.label for control in asked} == {"Pictures"}


def test_the_sentence_on_a_link_lists_names_only(zoo_folder):
    """The glossary's choice of all words has none."""
    (said,) = resolve(glossary.PAGE, Zoo(zoo_folder), {"term": ["nonsense"]}).problems
    assert "Possible values: adain, adam" in said
