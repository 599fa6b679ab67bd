"""Translators, of every script: recipes, networks, terms of the losses, steps, exact resume."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from small_translators import KNOWN, each, pairs, small
from torch.utils._pytree import tree_map

import gan_models
import train
from gan_models import Recipe, RecipeError, TranslatorRecipe
from gan_models.networks.common import Verdict
from gan_models.penalties import PENALTIES, Judged, Way
from gan_models.recipe import kind_of
from gan_models.registry import LOSSES, TRANSLATORS, check
from train.engine import loop
from train.engine.pool import Pool
from train.measure import cost

NETWORKS = {f"network-{name}": small(TranslatorRecipe(name, network=name, given_size=7 if name == "srresnet" else 28))
            for name in TRANSLATORS}  # fmt: skip


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
    with pytest.raises(RecipeError, match="network names 'dcgan', which does not exist"):
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
