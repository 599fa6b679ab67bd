"""The translators of the scripts with networks of a few channels."""

from dataclasses import replace

import pytest

import train
from gan_models import TranslatorRecipe


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
