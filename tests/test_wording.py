"""One way of writing, over all pages: percent, the names of controls, the words of charts."""

import re
from pathlib import Path

import pytest

from demo.draw import charts
from demo.draw.svg import Plot
from demo.page.state import resolve
from demo.pages import PAGES, glossary, theory
from demo.zoo.words import class_text, percent
from demo.zoo.zoo import Zoo

DEMO = Path(__file__).parent.parent / "demo"


@pytest.mark.parametrize(("share", "digits", "text"), [(0.546, 0, "55 %"), (0.5, 1, "50.0 %"), (0, 0, "0 %")])
def test_percent_stands_after_a_space(share, digits, text):
    assert percent(share, digits) == text


def test_no_text_of_the_app_writes_percent_another_way():
    assert class_text(["three", "eight"], [0.3, 0.7]) == "30 % three + 70 % eight"
    glued = [
        (path.name, found)
        for path in DEMO.rglob("*.py")
        for found in re.findall(r"(?<!width:)\{[^{}]*:[^{}]*%\}", path.read_text(encoding="utf-8"))
    ]
    assert not glued


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
    assert "There is adain, adam" in said
