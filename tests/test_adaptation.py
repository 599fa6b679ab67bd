"""Domain adaptation: what is trained and tested where, that labels stay with their pictures, what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import CLASSES

import gan_models
from gan_models import TranslatorRecipe, folder
from gan_models.metrics.names import percent
from train.engine import data as loading
from train.engine.data import Data
from train.measure import adaptation, classifier
from train.measure.adaptation import ARMS, GIVEN, WANTED, both, main

pytestmark = pytest.mark.usefixtures("one_thread")
RECIPE = TranslatorRecipe(
    "cyclegan",
    network="unet",
    network_args={"width": 4, "levels": 2, "d_width": 4},
    **{"size": 16, "given_size": 16, "channels": 3, "given_channels": 3, "batch": 4},
    rule="coloured",
    domains=("coloured", "plain"),
    cycle=True,
    g_terms={"cycle": 10},
)


def toys(n: int) -> Data:
    """Grey pictures whose class is the third that is bright."""
    labels = torch.arange(n) % len(CLASSES)
    images = torch.randint(0, 60, (n, 1, 16, 16), generator=torch.Generator().manual_seed(n), dtype=torch.uint8)
    for k, rows in enumerate((slice(0, 5), slice(5, 11), slice(11, 16))):
        images[labels == k, :, rows] += 180
    return Data("toys", images, labels, CLASSES)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(classifier, "BATCH", 8)
    monkeypatch.setattr(loading, "load", lambda name, root, split="train", **_: toys(60 if split == "train" else 30))


def save(place, recipe=RECIPE):
    torch.manual_seed(0)
    gan_models.save(place, recipe, *gan_models.build(recipe), {"dataset": "toys"})
    return place


def test_domains_are_of_different_originals_and_keep_their_labels():
    found = both(RECIPE, "toys", None, 12)
    assert found.names == {GIVEN: "coloured", WANTED: "plain"}
    originals = toys(60).images
    for side, half in ((GIVEN, originals[:30]), (WANTED, originals[30:])):
        data = found.train[side]
        assert data.images.shape == (12, 3, 16, 16) and torch.bincount(data.labels).tolist() == [4, 4, 4]
        for picture, label in zip(data.images, data.labels, strict=True):
            thirds = [picture[:, rows].float().mean() for rows in (slice(0, 5), slice(5, 11), slice(11, 16))]
            assert int(np.argmax(thirds)) == label  # ink is lighter than the ground in every colour
        if side == WANTED:
            assert all((half == picture[:1]).flatten(1).all(1).any() for picture in data.images)
    assert torch.equal(found.test[WANTED].images[:, :1], toys(30).images) and len(found.test[GIVEN]) == 30


def test_a_translator_that_knows_the_way_closes_the_gap_and_one_that_does_nothing_leaves_it(monkeypatch):
    """By hand: the other domain is the negative, in which the darkest third names the class."""
    plain = toys(60)
    negative = replace(plain, images=255 - plain.images)
    domains = adaptation.Domains(
        {GIVEN: negative, WANTED: plain}, {GIVEN: negative, WANTED: plain}, {GIVEN: "dark", WANTED: "light"}
    )

    class Turned:
        translate = back = staticmethod(lambda x: 255 - x)

    class Nothing:
        translate = back = staticmethod(lambda x: x)

    good, none = (adaptation.measure(one, domains, 30, 2)["arms"] for one in (Turned(), Nothing()))
    without, asked = "trained on light, tested on dark", "trained on light, tested on dark → light"
    trained, truth = "trained on light → dark, tested on dark", "trained on dark, tested on dark"
    assert list(good)[:4] == [without, asked, trained, truth] and len(good) == len(ARMS) == 8
    assert good[without]["mean"] < 0.7 < 0.95 < min(good[name]["mean"] for name in (asked, trained, truth))
    assert none[asked]["values"] == none[without]["values"] == none[trained]["values"] == good[without]["values"]
    assert [good[name]["translated"] for name in (without, asked, trained, truth)] == [False, True, True, False]
    assert len(good[asked]["values"]) == 2


def test_the_command_writes_its_figures_beside_the_others(tmp_path, capsys):
    place = save(tmp_path / "cyclegan")
    assert main([str(place), "--n", "12", "--steps", "10", "--seeds", "2"]) == 0
    told = capsys.readouterr().out
    block = json.loads((place / "metrics.json").read_text())["adaptation"]
    assert (block["n"], block["test"], block["seeds"]) == (12, 30, 2) and "10 steps of 8 images" in block["classifier"]
    for words, one in block["arms"].items():
        assert f"{words}: {percent(one['mean'], 1)} ± {percent(one['spread'], 1)}" in told


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cycle": False, "g_terms": {"l1": 1.0}}, "learnt from pairs, so it has one direction only: give a cycle"),
        ({"rule": ""}, "the labels of one domain are not known in the other: give one that was trained with a rule"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_sentence(changes, words, tmp_path, capsys):
    place = save(tmp_path / "x", replace(RECIPE, **changes))
    assert main([str(place)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("python -m train adaptation: error: ") and words in said and said.count("\n") == 1
    assert not (place / "metrics.json").exists() and folder.read_recipe(place)


def test_too_few_pictures_and_none_with_labels_are_refused(tmp_path, capsys, monkeypatch):
    place = save(tmp_path / "x")
    assert main([str(place), "--n", "40"]) == 2
    assert "toys has 30 training pictures of a domain: give --n 30" in capsys.readouterr().err
    monkeypatch.setattr(loading, "load", lambda *_, **__: replace(toys(60), class_names=()))
    assert main([str(place), "--n", "12"]) == 2
    assert "toys has no classes, and a classifier needs some" in capsys.readouterr().err
