"""What all endpoints have in common, over one zoo: each is asked with a fault in one argument, and all else right."""

import inspect
import re
from pathlib import Path

import pytest

from demo.page.refusals import UNEXPECTED, sentence
from demo.pages import PAGES
from demo.zoo.zoo import Zoo

ANSWERS = {ask.__name__: ask for page in PAGES for ask in page.answers}
RIGHT = {
    "samples": {"variants": ["toys/plain"], "seeds": [0]},
    "inspect": {"variants": ["toys/plain"], "seed": 0},
    "interpolate": {"variants": ["toys/plain"], "seeds": [0, 1], "steps": 2},
    "latent_map": {"variants": ["toys/plain"], "seeds": [0, 1, 2, 3], "steps": 2},
    "class_grid": {"variant": "toys/told", "seeds": [0]},
    "style_mix": {"variants": ["toys/styled"], "rows": [0], "columns": [1]},
    "truncations": {"variants": ["toys/plain"], "seeds": [0], "values": [1.0]},
    "direction": {"variants": ["toys/plain"], "effect": "brightness", "seeds": [0], "amounts": [0.0]},
    "translate": {"variants": ["toys/filler"], "test": 0, "seed": 0},
    "rebuild": {"variants": ["toys/plain"], "test": 0},
    "restore": {"variants": ["toys/plain"], "test": 0},
    "anomaly": {"variants": ["toys/plain"], "number": 0},
    "playground_run": {"variants": ["gan"], "steps": 10, "every": 10, "batch": 16, "seed": 0},
}
"""Of each endpoint that takes seeds or labels, arguments that are right"""
SEEDS = ("seed", "seeds", "rows", "columns")


def taking(*names: str) -> list[tuple[str, str]]:
    """(endpoint, argument) of all endpoints that take an argument of one of these names."""
    return [(name, one) for name, ask in ANSWERS.items() for one in inspect.signature(ask).parameters if one in names]


@pytest.fixture(scope="module")
def zoo(zoo_folder_of_all) -> Zoo:
    return Zoo(zoo_folder_of_all)


def refusal(zoo: Zoo, name: str, **wrong) -> str:
    """What an endpoint says to arguments of which one is wrong."""
    with pytest.raises(Exception) as refused:
        ANSWERS[name](zoo, **{**RIGHT[name], **wrong})
    return sentence(refused.value)


@pytest.mark.parametrize("seed", [-1, 2**32])
@pytest.mark.parametrize(("name", "argument"), taking(*SEEDS))
def test_what_is_no_seed_is_refused_by_every_endpoint(name, argument, seed, zoo):
    right = RIGHT[name][argument]
    said = refusal(zoo, name, **{argument: [*right[:-1], seed] if isinstance(right, list) else seed})
    assert said != UNEXPECTED and "seed" in said.lower() and str(seed) in said


@pytest.mark.parametrize(("name", "argument"), taking("label", "labels"))
def test_a_label_that_no_variant_can_use_is_refused_by_every_endpoint(name, argument, zoo):
    label = 1 if argument == "label" else [1] * len(RIGHT[name]["seeds"])
    assert refusal(zoo, name, **{argument: label}).startswith("None of these variants is conditional")
    if name == "samples":  # beside one that can, others ignore it
        made = ANSWERS[name](zoo, ["toys/plain", "toys/told"], [0], label)
        assert [one["variant"] for one in made] == ["toys/plain", "toys/told"]


def test_the_docs_name_every_query_that_draws_and_has_no_separate_pictures():
    told = (Path(__file__).parent.parent / "docs" / "api.md").read_text(encoding="utf-8")
    (row,) = (line for line in told.splitlines() if line.startswith("| `separate` |"))
    exceptions = re.search(r"all that draw, except ([^|]*)", row)[1]
    without = [
        name
        for name, ask in ANSWERS.items()
        if ask.work == "draw" and "separate" not in inspect.signature(ask).parameters
    ]
    assert re.findall(r"`/(\w+)`", exceptions) == without


def test_the_docs_name_every_query_that_takes_a_picture():
    told = (Path(__file__).parent.parent / "docs" / "api.md").read_text(encoding="utf-8")
    (first,) = re.findall(r"^(.*) take a picture as well", told, re.M)
    taking = {name for name, ask in ANSWERS.items() if "picture" in inspect.signature(ask).parameters}
    assert {*re.findall(r"`/(\w+)`", first), "translate"} == taking
