"""The name -> function tables, and the one decorator that fills them."""

from __future__ import annotations

from collections.abc import Callable

from .recipe import Recipe, RecipeError, did_you_mean

NETWORKS: dict[str, Callable] = {}
LOSSES: dict[str, Callable] = {}
PENALTIES: dict[str, Callable] = {}
VIEWS: dict[str, Callable] = {}


def register(table: dict[str, Callable], **facts):
    """`@register(LOSSES)` files the function under its own name.

    `facts` become attributes of the function: what others must know of it, `ignores_shift=True` for a loss.
    """

    def file(fn):
        if fn.__name__ in table:
            raise ValueError(f"{fn.__name__!r} is registered twice.")
        for key, value in facts.items():
            setattr(fn, key, value)
        table[fn.__name__] = fn
        return fn

    return file


def check(recipe: Recipe) -> None:
    """Raise a RecipeError where the recipe names something that is not registered."""
    for field, table, names in (
        ("network", NETWORKS, [recipe.network]),
        ("loss", LOSSES, [recipe.loss]),
        ("d_terms", PENALTIES, recipe.d_terms),
        ("g_terms", PENALTIES, recipe.g_terms),
        ("views", VIEWS, recipe.views),
    ):
        for name in names:
            if name not in table:
                raise RecipeError(
                    f"recipe {recipe.name!r}: {field} names {name!r}, which is not there{did_you_mean(name, table)}."
                )
