"""Formulas as MathML: all of ours are drawn, and a stranger's can do nothing."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.draw import diagram, formula
from demo.zoo import objective
from train import recipes

RECIPES = recipes()


class Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def elements(made: str) -> list[tuple[str, dict]]:
    parser = Elements()
    parser.feed(made)
    parser.close()
    return parser.found


@pytest.mark.parametrize("name", RECIPES)
def test_every_formula_of_a_recipe_is_drawn_and_nothing_of_it_is_left_as_tex(name):
    trained = objective.of(RECIPES[name])
    inline = [part for term in trained.terms for part in term.split("$")[1::2]]
    for tex in [*objective.lines(RECIPES[name].objective), *trained.equations, *inline]:
        made = formula.block(tex)
        assert "<math" in made, tex
        said = re.sub(r"<[^>]+>", "", made)
        assert "\\" not in said and "&" not in said.replace("&#x", ""), tex


def test_two_lines_stand_under_each_other_at_their_equal_signs():
    made = formula.block(r"\begin{aligned} a &= b \\ &\quad + c \end{aligned}")
    assert made.count("<mtr>") == 2 and made.count("<mtd") == 4


EVIL = st.sampled_from(
    ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", r"\href{javascript:a}{x}", r"\text{<b>}", "<!--",
     r"\style{x}{y}", r"\color{red}", '"', "'", "<math><mi onclick=1>", "</math>", "&lt;", "<marquee>"]
)  # fmt: skip
PIECES = (
    EVIL
    | st.sampled_from([r"\frac{1}{2}", "x_1", r"\log", "^2", "{", "}", r"\left(", r"\begin{aligned}", "$"])
    | st.text(max_size=5)
)


@given(st.lists(PIECES, max_size=6).map(" ".join))
def test_a_strangers_formula_makes_no_element_that_does_something(tex):
    for made in (formula.inline(tex), diagram.prose(f"words ${tex}$ words"), diagram.prose(tex)):
        for tag, attributes in elements(made):
            assert tag in formula.ELEMENTS | {"code", "b", "i", "a"}, made
            if tag == "a":
                assert attributes.keys() == {"href"} and attributes["href"].startswith("https://")
            else:
                assert attributes.keys() <= formula.ATTRIBUTES, made


def test_what_is_no_formula_is_shown_as_it_is():
    assert formula.inline(r"\frac{") == r"<code>\frac{</code>" or "<math" in formula.inline(r"\frac{")
    assert formula.inline("<b>" * 1000) == f"<code>{'&lt;b&gt;' * 1000}</code>"
    assert diagram.prose("It costs 5 $ and **more**.") == "It costs 5 $ and <b>more</b>."
