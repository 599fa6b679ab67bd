"""The tables name -> function, and the decorator that fills them."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from . import limits
from .recipe import AnyRecipe, Recipe, RecipeError, TranslatorRecipe, did_you_mean, fits

NETWORKS: dict[str, Callable] = {}
"""Networks of a GAN that draws from noise"""
TRANSLATORS: dict[str, Callable] = {}
"""Networks of a translator"""
LOSSES: dict[str, Callable] = {}
PENALTIES: dict[str, Callable] = {}
VIEWS: dict[str, Callable] = {}
HOME = "gan_models.networks"
"""Package of all networks, each in a module of its own name: programs that load a checkpoint import it"""


def register(table: dict[str, Callable], **facts):
    """`@register(LOSSES)` files the function under its own name.

    `facts` become attributes of the function that other code reads, such as `ignores_shift=True` for a loss.
    """

    def file(fn):
        if fn.__name__ in table:
            raise ValueError(f"{fn.__name__!r} is registered twice.")
        for key, value in facts.items():
            setattr(fn, key, value)
        table[fn.__name__] = fn
        return fn

    return file


NETWORKS_OF = {Recipe.kind: NETWORKS, TranslatorRecipe.kind: TRANSLATORS}


def builder(recipe: AnyRecipe) -> Callable:
    """The function that makes the recipe's networks. Raises RecipeError if there is none of that name for its kind."""
    known = NETWORKS_OF[recipe.kind]
    if recipe.network not in known:
        raise RecipeError(f"there is no network {recipe.network!r}{did_you_mean(recipe.network, known)}.")
    return known[recipe.network]


def check(recipe: AnyRecipe) -> None:
    """Raise a RecipeError if the recipe names something that is not registered, or a network outside HOME.

    For training. Sampling needs only the network: a loss may be defined in a training script.
    """
    from . import losses, networks, penalties, views  # noqa: F401  (importing them fills the tables)

    for field, table, names in (
        ("network", NETWORKS_OF[recipe.kind], [recipe.network]),
        ("loss", LOSSES, [recipe.loss]),
        ("d_terms", PENALTIES, recipe.d_terms),
        ("g_terms", PENALTIES, recipe.g_terms),
        ("views", VIEWS, recipe.views),
    ):
        for name in names:
            if name not in table:
                raise RecipeError(
                    f"recipe {recipe.name!r}: {field} names {name!r}, which does not exist{did_you_mean(name, table)}."
                )
    check_arguments(recipe, "loss_args", LOSSES[recipe.loss], 2)
    home, right = builder(recipe).__module__, f"{HOME}.{recipe.network}"
    if home != right:
        place = "the training script" if home == "__main__" else home
        raise RecipeError(
            f"recipe {recipe.name!r}: the network {recipe.network!r} is registered in {place}, where no program that "
            f"loads a checkpoint would find it; it belongs in {right.replace('.', '/')}.py."
        )


def check_arguments(recipe: AnyRecipe, field: str, fn: Callable, first: int) -> None:
    """Raise a RecipeError if a dict of the recipe does not fit the keyword arguments of a function.

    first: index of the first keyword argument. Names are checked, and types if they are annotated.
    """
    takes = {p.name: p.annotation for p in list(inspect.signature(fn).parameters.values())[first:]}
    for key, value in getattr(recipe, field).items():
        if key not in takes:
            raise RecipeError(
                f"recipe {recipe.name!r}: {fn.__name__} takes no {limits.shown(key)}; "
                f"it takes {', '.join(takes) or 'nothing'}."
            )
        words = fits(getattr(takes[key], "__name__", takes[key]), value)
        if words:
            raise RecipeError(f"recipe {recipe.name!r}: {key} is {limits.shown(value)}, must be {words}.")
