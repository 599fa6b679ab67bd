"""What two trainings must share before their figures may be compared. No torch import."""

from __future__ import annotations

from typing import Any

from .recipe import Recipe

IMAGES, SEED, DATA_STATE = "images shown", "training seed", "state of the data"
DATA = ("data", DATA_STATE, IMAGES, "pixels per side", "colour channels")
"""Conditions that have to do with what D was shown, and not with the networks"""


def budget(provenance: dict[str, Any]) -> int | None:
    """Real images that a training was set to show D, or did show if it was stopped earlier. None: unknown.

    Not simply the number shown: a training ends with a whole step, and more D steps per G step make it longer.
    """
    shown, planned = (provenance.get(key) for key in ("images", "planned_images"))
    known = [n for n in (shown, planned) if isinstance(n, int) and not isinstance(n, bool)]
    return min(known, default=None)


def conditions(recipe: Recipe, provenance: dict[str, Any]) -> dict[str, Any]:
    """Name -> value of everything that changes a figure but is not part of a variant's idea: data, budget, size, seed.

    Widths are compared only within one kind of network: another kind is a change of the variant, and its width means
    something else.
    """
    return {
        "data": provenance.get("dataset"),
        DATA_STATE: provenance.get("data_hash"),
        IMAGES: budget(provenance),
        "batch": recipe.batch,
        f"width of the {recipe.network} networks": recipe.network_args.get("width", "default"),
        "pixels per side": recipe.size,
        "colour channels": recipe.channels,
        SEED: provenance.get("seed"),
    }


def unlike(mine: dict[str, Any], theirs: dict[str, Any]) -> tuple[str, ...]:
    """Differences that forbid a comparison of two trainings: "1,800,000 images shown instead of 600,000"; () if none
    do.

    mine, theirs: `conditions`. A value that both lack counts as equal; a value that only one has counts as different.
    """
    return tuple(
        _difference(name, value, theirs[name])
        for name, value in mine.items()
        if name in theirs and value != theirs[name]
    )


def _difference(name: str, mine: Any, theirs: Any) -> str:
    if name == DATA_STATE:  # a hash means nothing to a reader
        return "other images of the data set"
    if name.startswith("width "):  # both have this kind of network, and its name in the code means nothing either
        name = "width"
    if name == IMAGES:
        return f"{_text(mine)} {name} instead of {_text(theirs)}"
    return f"{name} {_text(mine)} instead of {_text(theirs)}"


def _text(value: Any) -> str:
    if value is None:
        return "unknown"
    return f"{value:,}" if isinstance(value, int) else str(value)
