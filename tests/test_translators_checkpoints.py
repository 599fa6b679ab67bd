"""Checkpoints of translators: the round trip, pictures of other sizes, refusals, their place in a zoo."""

import math
import warnings

import numpy as np
import pytest
import torch
from helpers import doubles
from small_translators import KNOWN, each
from zoos import put

import gan_models
from demo.zoo.zoo import Zoo
from gan_models import CheckpointError, Recipe, Translator, TranslatorRecipe, hub
from gan_models.folder import read_recipe
from train.measure import ablation, anomaly, directions, encoder, evaluate, rebuild, rejection, table, translation
from train.publish.card import render


def saved(folder, recipe: TranslatorRecipe, seed: int = 0) -> Translator:
    torch.manual_seed(seed)
    G, D = gan_models.build(recipe)
    about = {"dataset": "toys", "images": 1000, "device": "CPU", "seconds": 1.0}
    gan_models.save(folder, recipe, G, D, about)
    return gan_models.load(folder, discriminator=True)


@each
def test_a_checkpoint_is_a_translator_again(recipe, tmp_path):
    translator = saved(tmp_path / "x", recipe)
    assert isinstance(translator, Translator) and "translator" in read_recipe(tmp_path / "x")[0].what
    size, channels = recipe.given_size, recipe.given_channels
    given = np.random.default_rng(0).integers(256, size=(3, size, size, channels), dtype=np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing to fit, nothing to say
        made = translator.translate(given)
    assert made.shape == (3, recipe.size, recipe.size, recipe.channels) and made.dtype == np.uint8
    assert (translator.translate(given[1:2]) == made[1:2]).all()
    assert translator.score(made, given).shape == (3,)
    if recipe.cycle:
        assert translator.back(made).shape == given.shape
    else:
        with pytest.raises(ValueError, match=f"{recipe.name} has no way back: it was trained from a to b alone"):
            translator.back(made)
    card = render(tmp_path / "x", "user/x")
    assert "translator.translate(pictures)" in card and "image-to-image" in card and "| Domains | a → b |" in card


@each
def test_floats_of_every_precision_are_translated_as_float32_is(recipe, tmp_path):
    translator = saved(tmp_path / "x", recipe)
    x = torch.linspace(-1, 1, 2 * math.prod(recipe.input_shape)).view(2, *recipe.input_shape)
    for kind in (torch.float64, torch.float16, torch.bfloat16):
        assert torch.equal(translator(x.to(kind)), translator(x.to(kind).float()))
    pictures = np.random.default_rng(0).integers(
        256, size=(2, recipe.given_size, recipe.given_size, recipe.given_channels), dtype=np.uint8
    )
    made = translator.translate(pictures)
    scores = translator.score(made, pictures)
    with doubles():
        assert (translator.translate(pictures) == made).all()
        assert (translator.score(made, pictures) == scores).all()


def test_pictures_of_another_size_are_fitted_and_that_is_said(tmp_path):
    translator = saved(tmp_path / "x", KNOWN["pix2pix"])
    was = "takes 16 × 16 pixels in grey: what it was given, 40 pixels wide and 30 high, in colour, was"
    with pytest.warns(UserWarning, match=rf"{was} cut to the centre square, resized, put into grey\."):
        assert translator.translate(np.zeros((2, 30, 40, 3), np.uint8)).shape == (2, 16, 16, 1)
    assert translator.prepared(np.zeros((2, 16, 16), np.uint8)).said == ""
    for wrong in (
        np.zeros((2, 16, 16, 1)),
        np.zeros((16, 16), np.uint8),
        np.zeros((1, 0, 16, 1), np.uint8),
        "a picture",
        range(10**12),
        [[1, 2], [3]],
    ):
        with pytest.raises(ValueError, match=r"pictures are uint8 \[N, H, W, C\]"):
            translator.translate(wrong)
    for many in (np.broadcast_to(np.uint8(0), (10**6 + 1, 16, 16, 1)), [None] * (10**6 + 1)):
        with pytest.raises(ValueError, match="one call takes at most 1,000,000 pictures"):
            translator.translate(many)
    with pytest.raises(ValueError, match=r"takes floats \[N, 1, 16, 16\], not torch.float32 \[2, 1, 8, 8\]"):
        translator(torch.zeros(2, 1, 8, 8))


def test_a_recipe_of_the_other_kind_is_refused_in_one_sentence(tmp_path, capsys):
    put(tmp_path / "toys" / "plain", name="plain")
    saved(tmp_path / "toys" / "pix2pix", KNOWN["pix2pix"])
    wanted = "is a translator, which takes a picture; what is wanted here is a GAN that draws from noise."
    with pytest.raises(CheckpointError, match=wanted):
        gan_models.load(tmp_path / "toys" / "pix2pix", kind=Recipe)
    with pytest.raises(CheckpointError, match=wanted):
        ablation.recorded([tmp_path / "toys" / "pix2pix"])
    assert evaluate.main([str(tmp_path / "toys" / "pix2pix")]) == 0
    assert (
        "pix2pix is a translator, which takes a picture: left out; python -m train translation"
        in capsys.readouterr().out
    )
    for tool in (anomaly, directions, encoder, rebuild, rejection):  # of latents, which a translator has none of
        assert tool.main([str(tmp_path / "toys" / "pix2pix")]) == 2
        said = capsys.readouterr().err
        assert wanted in said and said.count("pix2pix") == 1  # the folder is named once
    assert translation.main([str(tmp_path / "toys" / "plain")]) == 2
    said = "is a GAN that draws from noise; what is wanted here is a translator, which takes a picture."
    assert said in capsys.readouterr().err


def test_the_zoo_shows_gans_and_lists_translators_apart(zoo_folder):
    keys = Zoo(zoo_folder).catalog().keys
    saved(zoo_folder / "toys" / "pix2pix", KNOWN["pix2pix"])
    zoo = Zoo(zoo_folder)
    assert zoo.catalog().keys == keys and not zoo.problems()
    assert [entry.key for entry in zoo.catalog().translators] == ["toys/pix2pix"]
    with pytest.raises(CheckpointError, match=r"toys/pix2pix is a translator.*; what is wanted here is a GAN"):
        zoo.samples(["toys/pix2pix"], [0])
    assert table.main(["--checkpoints", str(zoo_folder)]) == 0
    rows, apart = (zoo_folder / "README.md").read_text().split("## What each was trained on")[1].split("## Translators")
    assert "pix2pix" not in rows and "### `toys/pix2pix`: a → b" in apart and "Not measured." in apart


def test_an_older_program_says_that_it_is_too_old(tmp_path, monkeypatch):
    saved(tmp_path / "x", KNOWN["pix2pix"])
    monkeypatch.setattr("gan_models.folder.FORMAT", 1)
    with pytest.raises(CheckpointError, match=r"has format 2; this program reads up to 1: update it"):
        read_recipe(tmp_path / "x")
    assert hub.WEIGHTS == ("generator.safetensors", "discriminator.safetensors")
