"""Translators, of every script: recipes, networks, steps, exact resume, checkpoints, refusals, their place in a zoo."""

import json
import re
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import grey_pictures
from PIL import Image
from torch.utils._pytree import tree_map
from zoos import put

import gan_models
import train
from demo.zoo.zoo import Zoo
from gan_models import CheckpointError, Recipe, RecipeError, Translator, TranslatorRecipe, hub
from gan_models.folder import read_recipe
from gan_models.networks.common import Verdict
from gan_models.penalties import PENALTIES, Judged, Way
from gan_models.recipe import kind_of
from gan_models.registry import LOSSES, TRANSLATORS, check
from train.engine import loop, main
from train.engine.pairs import Pairs
from train.engine.pool import Pool
from train.measure import ablation, anomaly, cost, directions, encoder, evaluate, rebuild, rejection, table, translation
from train.publish.card import render


def small(recipe: TranslatorRecipe, **changes) -> TranslatorRecipe:
    """The recipe with networks of a few channels, for pictures of 16 pixels."""
    given = 16 * recipe.given_size // recipe.size
    ours = {
        "network_args": {"width": 4, "d_width": 4},
        "batch": 4,
        "size": 16,
        "given_size": given,
        "domains": ("a", "b"),
    }
    return replace(recipe, **{**ours, **changes})


KNOWN = {name: small(recipe) for name, recipe in train.translators().items()}
NETWORKS = {f"network-{name}": small(TranslatorRecipe(name, network=name, given_size=7 if name == "srresnet" else 28))
            for name in TRANSLATORS}  # fmt: skip
each = pytest.mark.parametrize("recipe", KNOWN.values(), ids=KNOWN)


def pairs(recipe: TranslatorRecipe, n: int = 12) -> Pairs:
    rng = torch.Generator().manual_seed(0)

    def noise(*shape):
        return torch.randint(256, (n, *shape), generator=rng, dtype=torch.uint8)

    given, wanted = noise(*recipe.input_shape), noise(recipe.channels, recipe.size, recipe.size)
    return Pairs("noise", wanted, torch.zeros(n, dtype=torch.int64), given=given, paired=not recipe.cycle)


def trained(recipe: TranslatorRecipe, images: int, saved: dict | None = None) -> loop.State:
    torch.manual_seed(0)
    state = loop.State.new(recipe, "cpu")
    if saved:
        state.load_state_dict(saved["state"])
        torch.set_rng_state(saved["rng"])
    loop.train(recipe, pairs(recipe), state, images, lambda state: None)
    return state


def flat(part) -> torch.Tensor:
    return torch.cat([t.detach().double().flatten() for t in loop.tensors(dict(part.state_dict()))])


# Recipes and networks ---------------------------------------------------------------------------------------------


def test_there_is_a_script_for_each_of_the_four():
    assert set(KNOWN) == {"pix2pix", "cyclegan", "srgan", "inpainter"} and not set(KNOWN) & set(train.recipes())


@each
def test_a_recipe_comes_back_from_json_as_its_own_kind(recipe):
    check(recipe)
    text = json.loads(json.dumps(recipe.to_json()))
    assert kind_of(text).from_json(text) == recipe
    with pytest.raises(RecipeError, match="has no field 'kind'"):
        Recipe.from_json(text)
    with pytest.raises(RecipeError, match=r"of kind 'vae' \(there are gan, translator\)"):
        kind_of({**text, "kind": "vae"})


@pytest.mark.parametrize("recipe", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("side", [16, 28, 30])
def test_networks_keep_their_contract(recipe, side):
    times = recipe.size // recipe.given_size
    recipe = replace(recipe, size=side - side % times, given_size=side // times, channels=3)
    G, D = gan_models.build(recipe)
    x = torch.rand(3, *recipe.input_shape) * 2 - 1
    made = G(x)
    assert made.shape == (3, 3, recipe.size, recipe.size) and made.abs().max() <= 1
    logits = D(made).logits
    assert logits.dim() == 2 and len(logits) == 3
    (made.square().mean() + logits.square().mean()).backward()
    for net in (G, D):
        assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())
    with torch.no_grad():
        G.eval()
        assert torch.allclose(G(x)[:1], G(x[:1]), atol=1e-5)  # a picture does not depend on its batch


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_takes_the_logits_of_patches(name):
    real, fake = torch.randn(2, 5, 9)
    by_patch = LOSSES[name](real, fake)
    one_by_one = LOSSES[name](real.flatten(), fake.flatten())
    assert [v.item() for v in by_patch] == pytest.approx([v.item() for v in one_by_one])


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"domains": ("a",)}, "has 1 domains, must be two"),
        ({"cycle": True, "d_sees_given": True}, "a cycle has no pairs; set it to false"),
        ({"d_sees_given": True, "given_size": 7}, "pictures of 7 pixels are given and of 28 are made"),
        ({"pool": 3, "batch": 4}, "pool is 3, must be 0 or at least a batch, 4"),
        ({"cycle": True, "given_channels": 3}, "28 px in 3 and 28 px in 1"),
        ({"adversarial": -1.0}, "adversarial is -1.0, must be 0 to"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(changes, said):
    with pytest.raises(RecipeError, match=re.escape(said)):
        TranslatorRecipe("x", **changes)


def test_a_network_of_the_other_kind_is_refused():
    with pytest.raises(RecipeError, match="there is no network 'unet'"):
        gan_models.build(Recipe("x", network="unet"))
    with pytest.raises(RecipeError, match="network names 'dcgan', which is not there"):
        check(TranslatorRecipe("x", network="dcgan"))
    with pytest.raises(RecipeError, match="srresnet enlarges"):
        gan_models.build(TranslatorRecipe("x", network="unet", given_size=7))
    with pytest.raises(RecipeError, match="2, 4 or 8 times as large"):
        gan_models.build(TranslatorRecipe("x", network="srresnet"))


# Terms -------------------------------------------------------------------------------------------------------------


def judged(back=None) -> Judged:
    given, wanted, made = (torch.full((1, 1, 2, 2), v) for v in (0.0, 1.0, 0.25))
    way = Way(given, wanted, made, lambda x: x / 2, back)
    return Judged(wanted, made, None, Verdict(torch.zeros(1)), Verdict(torch.zeros(1)), way)


@pytest.mark.parametrize(
    "name, back, value",
    [
        ("l1", None, 0.75),
        ("l2", None, 0.5625),
        ("cycle", lambda x: 2 * x, 0.5),  # |2 * 0.25 - 0|
        ("identity", lambda x: 2 * x, 0.5),  # |1 / 2 - 1|
    ],
)
def test_terms_against_numbers(name, back, value):
    assert PENALTIES[name](None, judged(back)).item() == pytest.approx(value)
    wrong = judged(None if back else lambda x: x)
    with pytest.raises(RecipeError, match=r"a cycle has none|need a recipe with cycle=true"):
        PENALTIES[name](None, wrong)
    with pytest.raises(RecipeError, match="terms of a translator"):
        PENALTIES[name](None, wrong._replace(way=None))


def test_feature_matching_is_the_mean_over_the_levels_of_d():
    class D(torch.nn.Module):
        def features(self, x):
            return [x, 3 * x]

    assert PENALTIES["feature_matching"](D(), judged()).item() == pytest.approx((0.75 + 3 * 0.75) / 2)
    with pytest.raises(RecipeError, match="needs a D with `features`"):
        PENALTIES["feature_matching"](torch.nn.Identity(), judged())


def test_the_pool_hands_out_what_it_was_given_and_about_half_of_it_anew():
    torch.manual_seed(0)
    pool, older = Pool(2, 6, (1, 1, 1)), 0
    for k in range(200):
        new = torch.arange(4 * k, 4 * k + 4).float()[:, None, None, None]
        out = pool.exchange(0, new)
        assert (out <= 4 * k + 3).all() and len(out.unique()) == 4  # nothing twice, nothing that was never made
        kept = out == new
        assert (out[~kept] < 4 * k).all()
        older += int((~kept).sum()) if k >= 20 else 0
    assert 0.4 < older / (180 * 4) < 0.6
    assert not pool.taken[1].any()  # the other way has places of its own


@each
def test_what_a_translator_costs_is_counted(recipe):
    counted = cost.cost(recipe)
    # At least: each way G forwards and backwards, and D of both pictures.
    least = 2 * counted["multiply_adds_per_picture"] + 2 * counted["multiply_adds_per_verdict"]
    assert counted["multiply_adds_per_image"] > (1 + recipe.cycle) * least > 0


# Steps -------------------------------------------------------------------------------------------------------------


@each
def test_a_step_trains_both_sides_and_waits_for_nothing_on_the_device(recipe):
    before, after = (trained(recipe, images) for images in (0, 2 * recipe.batch))
    for part in ("G", "D", "G_ema"):
        assert not torch.equal(flat(getattr(before, part)), flat(getattr(after, part)))
    assert after.finite() and all(map(np.isfinite, after.read().values()))

    here = pairs(recipe)
    data = replace(here, images=here.images.to("meta"), labels=here.labels.to("meta"), given=here.given.to("meta"))
    state = loop.State.new(recipe, "meta")
    numbers = tree_map(lambda v: torch.tensor(v, device="meta"), loop.Now.of(recipe, 0, 100))
    loop.STEPS[recipe.kind](recipe, data, state, numbers)
    assert flat(state.G_ema).device.type == "meta"


@each
def test_a_run_that_goes_on_is_the_run_that_was_never_interrupted(recipe):
    recipe = replace(recipe, pool=8 if recipe.cycle else 0)
    whole, half = trained(recipe, 6 * recipe.batch), trained(recipe, 3 * recipe.batch)
    saved = {"state": half.state_dict(), "rng": torch.get_rng_state()}
    again = trained(recipe, 6 * recipe.batch, saved)
    assert whole.parts().keys() == again.parts().keys() and ("pool" in whole.parts()) == recipe.cycle
    for name, part in whole.parts().items():
        assert torch.equal(flat(part), flat(again.parts()[name])), name


def test_penalties_views_and_critic_steps_serve_translators_as_well():
    changes = {"d_terms": {"r1": 0.1, "gradient_penalty": 1.0}, "views": {"diff_augment": 1.0, "mirror": 1.0}}
    for recipe in (KNOWN["pix2pix"], KNOWN["cyclegan"]):
        recipe = replace(recipe, **changes, critic_steps=2, loss="hinge", weight_clip=1.0)
        assert trained(recipe, 2 * recipe.critic_steps * recipe.batch).finite()


def test_without_adversarial_weight_d_has_no_say():
    recipe = replace(KNOWN["pix2pix"], adversarial=0.0)
    torch.manual_seed(0)
    one, other = loop.State.new(recipe, "cpu"), loop.State.new(recipe, "cpu")
    other.G.load_state_dict(one.G.state_dict())  # another D
    for state in (one, other):
        torch.manual_seed(1)
        loop.train(recipe, pairs(recipe), state, 3 * recipe.batch, lambda state: None)
    assert torch.allclose(flat(one.G), flat(other.G), atol=1e-6)


# Checkpoints and what people do with them ----------------------------------------------------------------------


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


# The command line ---------------------------------------------------------------------------------------------


def command(variant: str, *argv) -> None:
    main(train.translators()[variant], [*map(str, argv), "--device", "cpu"])


def refusal(capsys, variant: str, *argv) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        command(variant, *argv)
    assert stop.value.code == 2
    return capsys.readouterr().err.strip().splitlines()[-1].partition("error: ")[2]


def picture_folder(folder, n: int, channels: int = 1):
    folder.mkdir(parents=True)
    rng = np.random.default_rng(n)
    for k in range(n):
        pixels = rng.integers(0, 256, (16, 16, channels), dtype=np.uint8)
        Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(folder / f"{k}.png")
    return folder


SLIM = ("--size", 16, "--batch", 4, "--network-args", "width=4", "d_width=4")


def test_a_training_between_two_folders_goes_on_exactly_and_is_measured(tmp_path, capsys):
    domains = ["--a", picture_folder(tmp_path / "left", 24), "--b", picture_folder(tmp_path / "right", 30)]
    options = [*domains, *SLIM, "--pool", 8, "--seed", 3]
    command("cyclegan", *options, "--images", 24, "--out", tmp_path / "whole")
    command("cyclegan", *options, "--images", 12, "--out", tmp_path / "parts")
    command("cyclegan", "--resume", "--images", 24, "--out", tmp_path / "parts")
    weights = [tmp_path / name / "checkpoint" / "generator.safetensors" for name in ("whole", "parts")]
    assert weights[0].read_bytes() == weights[1].read_bytes()
    recipe, about = read_recipe(weights[0].parent)
    assert (recipe.domains, recipe.rule, about["dataset"]) == (("left", "right"), "", "left2right")
    assert about["data_counts"]["classes"] == {"left": 22, "right": 27}  # the last tenth is for testing
    assert not (weights[0].parent / "samples.png").exists()  # of one's own pictures: not for everybody
    with Image.open(tmp_path / "whole" / "samples.png") as sheet:
        assert sheet.size == (160, 96)

    capsys.readouterr()
    assert translation.main([str(weights[0].parent), *map(str, domains)]) == 0
    found = json.loads((weights[0].parent / "metrics.json").read_text())["translation"]
    assert not found["paired"] and "cycle_error" in found["rows"]["answer"]
    assert "Nothing yet" not in render(weights[0].parent, "user/x")


def test_pairs_by_a_rule_are_trained_on_and_measured(tmp_path, capsys):
    data = grey_pictures(tmp_path / "pictures")
    for variant in ("pix2pix", "srgan"):
        command(variant, "--data", data, *SLIM, "--images", 8, "--out", tmp_path / variant)
    assert "edges (16 x 16 grey) -> pictures (16 x 16 grey); 12 pairs." in capsys.readouterr().err
    folder = tmp_path / "srgan" / "checkpoint"
    assert read_recipe(folder)[0].given_size == 4
    many = grey_pictures(tmp_path / "many" / "pictures").parent
    for k in range(12):
        Image.effect_noise((16, 16), 50).save(many / f"{k}.png")
    assert translation.main([str(folder), "--data", str(many), "--baseline", str(folder)]) == 0
    found = json.loads((folder / "metrics.json").read_text())["translation"]
    assert set(found["rows"]) == {"answer", "given picture itself", "without D"}
    assert found["rows"]["answer"] == found["rows"]["without D"] and found["rows"]["answer"]["psnr"] > 0


def test_domains_that_cannot_be_are_refused(tmp_path, capsys):
    grey, colour = picture_folder(tmp_path / "grey", 4), picture_folder(tmp_path / "colour", 4, 3)
    one, empty = picture_folder(tmp_path / "one", 1), tmp_path / "empty"
    empty.mkdir()
    out = ["--out", tmp_path / "out"]
    said = refusal(capsys, "cyclegan", "--a", grey, "--b", colour, *out)
    assert "has pictures of 64 px in 1 channels, " in said and "--size and --channels make them alike" in said
    assert "the domain one has 1 picture: give 2 or more" in refusal(capsys, "cyclegan", "--a", one, "--b", grey, *out)
    assert "holds no images" in refusal(capsys, "cyclegan", "--a", grey, "--b", empty, *out)
    assert "--a and --b belong together" in refusal(capsys, "cyclegan", "--a", grey, *out)
    assert "have no pairs, which pix2pix learns from" in refusal(capsys, "pix2pix", "--a", grey, "--b", grey, *out)
    said = refusal(capsys, "pix2pix", "--data", grey, "--rule", "edgs", *out)
    assert "rule is 'edgs' (did you mean 'edges'?)" in said
    assert "needs colour pictures" in refusal(capsys, "pix2pix", "--data", grey, "--rule", "grey", *out)
    both = picture_folder(tmp_path / "both" / "cats", 3).parent
    picture_folder(both / "dogs", 3)
    said = refusal(capsys, "cyclegan", "--data", both, "--a", "cat", "--b", "not cats", *out)
    assert "has no class 'cat' (did you mean 'cats'?), and there is no folder of that name" in said
    assert not (tmp_path / "out").exists()


def test_classes_of_a_data_set_are_domains(tmp_path):
    both = picture_folder(tmp_path / "cats", 6).parent / "cats"
    picture_folder(tmp_path / "zoo" / "dogs", 5)
    both.rename(tmp_path / "zoo" / "cats")
    command("cyclegan", "--data", tmp_path / "zoo", "--a", "cats", "--b", "not cats", *SLIM, "--images", 4, "--out",
            tmp_path / "out", "--pool", 0)  # fmt: skip
    recipe, about = read_recipe(tmp_path / "out" / "checkpoint")
    assert recipe.domains == ("cats", "not cats")
    assert about["data_counts"]["classes"] == {"cats": 6, "not cats": 5} and about["dataset"] == "zoo"
