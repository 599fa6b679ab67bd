"""Words for settings: what a variant changes of its parent's recipe, and that nothing changes in silence."""

from dataclasses import fields, replace

import pytest

import train
from demo.zoo.changes import ELSEWHERE, changes
from gan_models import Recipe
from gan_models.recipe import WORDS


def test_every_variant_with_a_parent_says_what_it_changes():
    recipes = train.recipes()
    for recipe in recipes.values():
        if recipe.parent:
            made = changes(recipes[recipe.parent], recipe)
            assert made and all(text and "{}" not in text and "_" not in text for text in made), (recipe.name, made)


def test_the_changes_of_some_variants():
    recipes = train.recipes()
    assert changes(recipes["dcgan"], recipes["dcgan_smoothing"]) == (
        "label smoothing of 0.1",
        "fading blur of the pictures that D sees (standard deviation at the start, in pixels: 1)",
    )  # fmt: skip
    assert changes(recipes["wgan"], recipes["wgan_gp"]) == (
        "normalisation in D: none",
        "gradient penalty on D (weight 10)",
        "without clipping of D's weights",
        "optimiser of G and D: Adam (lr 0.0001, betas 0, 0.9) instead of RMSprop (lr 5e-05)",
    )
    assert changes(recipes["dcgan"], recipes["dcgan"]) == ()


OTHER = {
    "network": "resnet", "network_args": {"blocks": 3}, "z_dim": 9, "conditional": True, "loss": "hinge",
    "loss_args": {"a": 1.0}, "d_terms": {"odd_{}_term": 2.0}, "g_terms": {"classify_fake": 1.0}, "views": {"rain": 0.5},
    "critic_steps": 3, "weight_clip": 0.5, "g_optimizer": {"name": "Adam", "lr": 1e-5, "betas": ["x", 0.9]},
    "d_optimizer": {"name": "SGD", "lr": 0.1}, "ema_half_life": 0, "schedule": {"lr": [1.0, 0.5, "cosine"]}, "lazy": 4,
}  # fmt: skip


@pytest.mark.parametrize("field", [f.name for f in fields(Recipe) if f.name not in (*WORDS, *ELSEWHERE)])
def test_no_setting_can_change_in_silence(field):
    """A new field of the recipe fails here until it has a value in OTHER."""
    plain = Recipe("a")
    (there,) = changes(plain, replace(plain, **{field: OTHER[field]}))
    assert there
    back = changes(replace(plain, **{field: OTHER[field]}), plain)
    assert back and back != (there,)
