"""Translators that add to the picture that they are given."""

from dataclasses import replace

import pytest
import torch

from gan_models.recipe import RecipeError, TranslatorRecipe
from gan_models.registry import TRANSLATORS


@pytest.fixture
def cycle():
    return TranslatorRecipe("x", size=16, channels=3, given_size=16, given_channels=3)


@pytest.mark.parametrize("network", ["unet", "resnet_translator"])
def test_it_begins_as_one_that_changes_nothing_and_learns_to_change(cycle, network):
    recipe = replace(cycle, network=network, network_args={"width": 4, "residual": True})
    G = TRANSLATORS[network](recipe, **recipe.network_args)[0]().eval()
    given = torch.rand(3, 3, 16, 16) * 2 - 1
    assert torch.equal(G(given), given)
    G(given).square().mean().backward()
    assert any(one.grad is not None and one.grad.abs().sum() > 0 for one in G.parameters())
    with torch.no_grad():
        for one in G.parameters():
            one.add_(0.5)
    made = G(given)
    assert not torch.equal(made, given) and made.abs().max() <= 1


@pytest.mark.parametrize("network", ["unet", "resnet_translator"])
def test_what_is_added_has_the_channels_of_the_picture(cycle, network):
    recipe = replace(cycle, network=network, given_channels=1, network_args={"residual": True})
    with pytest.raises(RecipeError, match="leave residual out"):
        TRANSLATORS[network](recipe, **recipe.network_args)[0]()
