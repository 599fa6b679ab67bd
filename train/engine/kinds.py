"""What a training does otherwise for each kind of recipe, beside its step (loop.STEPS): one table."""

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
    """(args, recipe, recipe fields that win over what the data has, whether to download) -> the training pictures"""
    fitted: Callable[..., AnyRecipe]
    """(recipe, data) -> the recipe for this data"""


def read(args, recipe: Recipe, changed: set[str] = frozenset(), download: bool = True) -> Data:
    """The pictures that a GAN which draws from noise is trained on."""
    asked = {k: getattr(recipe, k) if k in changed else None for k in ("size", "channels")}
    broken = "skip" if args.skip_broken else "error"
    options = {"attributes": args.attributes, "on_broken": broken, "download": download}
    return loading.load(args.dataset, args.data_root, **options, **asked)


def fitted(recipe: Recipe, data: Data) -> Recipe:
    """The recipe for this data: its size, its channels and, where labels are taken, its classes."""
    if recipe.conditional and len(data.class_names) < 2:
        raise RecipeError(
            f"{recipe.name} needs labelled data, and {data.name} has no classes: in a folder of one's own two "
            "sub-folders or more are classes, with no images beside them, or a labels.csv (file,label) names them."
        )
    _, channels, size, _ = data.images.shape
    return replace(recipe, size=size, channels=channels, class_names=data.class_names if recipe.conditional else ())


KINDS = {Recipe.kind: Kind(read, fitted), TranslatorRecipe.kind: Kind(pairs.read, pairs.fitted)}
"""By the kind of the recipe"""
