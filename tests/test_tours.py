"""The links of docs/tours.md: each opens a page of the shipped zoo, and the page understands all of it."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from demo.page.links import VIEW
from demo.page.state import resolve
from demo.pages import PAGES
from demo.zoo.playground import dirac, game
from demo.zoo.zoo import Zoo
from gan_models.home import SHIPPED
from gan_models.metrics import curves
from train.measure import losses

TEXT = (Path(__file__).parent.parent / "docs" / "tours.md").read_text(encoding="utf-8")
TOURS = TEXT.split("\n## ")[1:]
LINKS = [link for tour in TOURS for link in re.findall(r"^\d+\. `\?([^`]+)`", tour, re.M)]
BY_NAME = {page.name: page for page in PAGES}


SAID = re.sub(r"`[^`]*`", "", TEXT)


def floor() -> float:
    anchors = json.loads((SHIPPED / "mnist" / "anchors.json").read_text(encoding="utf-8"))["rows"]
    return next(row["figures"]["fd"]["mean"] for row in anchors if row["name"] == "train")


def follows(variant: str) -> float:
    return next(row.told.rho for row in losses.rows(SHIPPED) if (row.dataset, row.variant) == ("mnist", variant))


FIGURES = {
    "0.011": floor,
    "−0.16": lambda: follows("wgan"),
    "+0.67": lambda: follows("wgan_gp"),
    "0.7": lambda: curves.CLEAR,
    "0.62": lambda: dirac(game()).distance[-1],
}
"""Each figure of the tours that is measured or computed -> what it is"""


def test_every_figure_of_the_tours_is_known():
    assert {found for found in re.findall(r"[+−]?\d+\.\d+", SAID)} == set(FIGURES)


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_of_the_tours_is_true(figure):
    digits = len(figure.rpartition(".")[2])
    assert round(float(FIGURES[figure]()), digits) == float(figure.replace("−", "-"))


@pytest.fixture(scope="module")
def zoo() -> Zoo:
    return Zoo(SHIPPED)


def test_there_are_three_tours_of_ten_to_fifteen_places_which_go_through_most_pages():
    assert [10 <= len(re.findall(r"^\d+\. `\?", tour, re.M)) <= 15 for tour in TOURS] == [True] * 3
    assert {parse_qs(link)[VIEW][0] for link in LINKS} >= set(BY_NAME) - {"styles"}


@pytest.mark.parametrize("link", dict.fromkeys(LINKS))
def test_a_link_of_the_tours_says_what_its_page_understands(zoo, link):
    query = parse_qs(link, strict_parsing=True)
    page = BY_NAME[query.pop(VIEW)[0]]
    s = resolve(page, zoo, query)
    assert not s.problems
    known = {control.link(s) for control in page.controls}
    assert set(query) <= known, "a name that no control has would change nothing"
