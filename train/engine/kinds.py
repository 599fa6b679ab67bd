"""A table of the parts of a training that depend on the kind of recipe, besides its step (loop.STEPS)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from gan_models.recipe import AnyRecipe, Recipe, RecipeError, TranslatorRecipe

from . import data as loading
from . import pairs
from .data import Data


class Kind(NamedTuple):
    read: Callable[..., Data]
    """(args, recipe, recipe fields that take precedence over the data's, whether to download) -> the training
    pictures"""
    fitted: Callable[..., AnyRecipe]
    """(recipe, data) -> the recipe for this data"""


def read(args, recipe: Recipe, changed: set[str] = frozenset(), download: bool = True) -> Data:
    """The training pictures of a GAN that draws from noise."""
    asked = {k: getattr(recipe, k) if k in changed else None for k in ("size", "channels")}
    broken = "skip" if args.skip_broken else "error"
    options = {"attributes": args.attributes, "on_broken": broken, "download": download}
    return loading.load(args.dataset, args.data_root, **options, **asked)


def fitted(recipe: Recipe, data: Data) -> Recipe:
    """The recipe for this data: its size, its channels and, if the recipe takes labels, its classes."""
    if recipe.conditional and len(data.class_names) < 2:
        raise RecipeError(
            f"{recipe.name} needs labelled data, and {data.name} has no classes: in a folder of one's own two "
            "sub-folders or more are classes, with no images beside them, or a labels.csv (file,label) names them."
        )
    _, channels, size, _ = data.images.shape
    return replace(recipe, size=size, channels=channels, class_names=data.class_names if recipe.conditional else ())


KINDS = {Recipe.kind: Kind(read, fitted), TranslatorRecipe.kind: Kind(pairs.read, pairs.fitted)}
"""Functions of each kind of recipe"""
