"""Linear probes, and what they tell of faces."""

import math

import numpy as np
import pytest
import torch
from data_sets import write_idx
from PIL import Image

from gan_models.metrics.probe import Probe
from train.measure import attributes


def test_a_probe_of_two_pictures_by_hand():
    """Standardised, the two lie at -h and h, h = sqrt(1/2); at the minimum h * sigmoid(-h w) = 2 * decay * w."""
    features, answers = torch.tensor([[1.0], [3.0]]), torch.tensor([[False], [True]])
    probe = Probe.fit(features, answers, decay=0.05)
    w, h = probe.weight.item(), math.sqrt(0.5)
    assert h / (1 + math.exp(h * w)) == pytest.approx(2 * 0.05 * w, abs=1e-4)
    assert probe.bias.item() == pytest.approx(0, abs=1e-4)
    assert torch.allclose(probe(torch.tensor([[2.0], [4.0]])), torch.tensor([[0.0], [2 * h * w]]), atol=1e-3)


def test_each_column_has_a_probe_of_its_own():
    draws = torch.Generator().manual_seed(0)
    x = torch.randn(400, 5, generator=draws)
    answers = torch.stack([x[:, 1] > 0, x[:, 3] < 0.5], 1)
    found = Probe.fit(x[:300], answers[:300])(x[300:]) > 0
    assert (found == answers[300:]).float().mean() > 0.93
    alone = Probe.fit(x[:300], answers[:300, 1:])(x[300:]) > 0
    assert torch.equal(alone[:, 0], found[:, 1])


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (torch.tensor([[True], [True]]), "every question needs pictures with either answer"),
        (torch.tensor([True, False]), "one row per picture"),
        (torch.tensor([[True]]), r"answers are \[2, K\]"),
    ],
)
def test_questions_that_no_probe_can_answer(answers, words):
    with pytest.raises(ValueError, match=words):
        Probe.fit(torch.tensor([[1.0], [2.0]]), answers)


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """A root with 500 plain pictures: pale ones are bright, nobody is bald, and smiles cannot be seen."""
    root = tmp_path_factory.mktemp("faces")
    home = root / "celeba"
    (home / "img_align_celeba").mkdir(parents=True)
    draws = np.random.default_rng(0)
    rows = ["500", "Attractive Bald Pale_Skin Smiling"]
    for i in range(500):
        pale, smiling = draws.integers(0, 2, 2)
        light = draws.integers(180, 256) if pale else draws.integers(0, 80)
        pixels = np.clip(light + draws.normal(0, 2, (44, 36, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(home / "img_align_celeba" / f"{i + 1:06}.jpg", format="png")
        values = (pale, 0, pale, smiling)
        rows.append(f"{i + 1:06}.jpg " + " ".join(f"{2 * value - 1:2}" for value in values))
    (home / "list_attr_celeba.txt").write_text("\n".join(rows) + "\n")
    return root


def test_attributes_count_where_they_can_be_seen(faces, tmp_path):
    *_, counted = attributes.probes("celeba", str(faces), 32, tmp_path)
    assert list(counted) == ["Pale Skin"] and counted["Pale Skin"] > 0.95
    told = attributes.measure("celeba", str(faces), 32, tmp_path)
    bright, dark = (np.full((2, 32, 32, 3), light, np.uint8) for light in (230, 30))
    assert list(told(bright)) == ["pale skin"]
    assert (told(bright)["pale skin"] > told(dark)["pale skin"]).all()


def test_the_command_says_how_surely_attributes_are_told(faces, capsys):
    assert attributes.main(["--data-root", str(faces), "--size", "32"]) == 0
    first, line = capsys.readouterr().out.splitlines()
    assert first.startswith("1 attributes of celeba name directions, ") and line.split()[:2] == ["Pale", "Skin"]
    assert attributes.main(["--data-root", str(faces / "nowhere")]) == 2
    assert "celeba" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("dataset", "why"), [("mnist", "mnist has no attributes."), ("toys", "there is no data set 'toys': give ")]
)
def test_without_attributes_directions_are_named_by_measures_alone(tmp_path, capsys, dataset, why):
    write_idx(tmp_path, "MNIST")
    assert attributes.measure(dataset, str(tmp_path), 28, tmp_path) is None
    assert capsys.readouterr().err.startswith(f"no attributes name directions: {why}")


@pytest.mark.parametrize(
    ("attribute", "word", "sign"),
    [("Wearing Hat", "hat", 1), ("No Beard", "beard", -1), ("Narrow Eyes", "narrow eyes", 1)],
)
def test_an_attribute_is_worded_as_what_there_can_be_more_of(attribute, word, sign):
    assert attributes.worded(attribute) == (word, sign)
