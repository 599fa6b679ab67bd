"""The translators of the scripts with networks of a few channels, and data for them."""

from dataclasses import replace

import pytest
import torch

import train
from gan_models import TranslatorRecipe
from train.engine.pairs import Pairs


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
each = pytest.mark.parametrize("recipe", KNOWN.values(), ids=KNOWN)
"""Marks a test that is about each of them"""


def pairs(recipe: TranslatorRecipe, n: int = 12) -> Pairs:
    """n pictures of random pixels on either side."""
    rng = torch.Generator().manual_seed(0)

    def noise(*shape):
        return torch.randint(256, (n, *shape), generator=rng, dtype=torch.uint8)

    given, wanted = noise(*recipe.input_shape), noise(recipe.channels, recipe.size, recipe.size)
    return Pairs("noise", wanted, torch.zeros(n, dtype=torch.int64), given=given, paired=not recipe.cycle)
