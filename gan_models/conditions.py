"""What two trainings must share before their figures may be compared. No torch import."""

from __future__ import annotations

from typing import Any

from .recipe import Recipe

IMAGES, SEED, DATA_STATE = "images shown", "training seed", "state of the data"


def budget(provenance: dict[str, Any]) -> int | None:
    """Real images that a training was meant to show D; those it did show where it was stopped before. None: unknown.

    Not simply those it did show: it ends with a whole step, and a step is longer the more D steps it has.
    """
    shown, planned = (provenance.get(key) for key in ("images", "planned_images"))
    known = [n for n in (shown, planned) if isinstance(n, int) and not isinstance(n, bool)]
    return min(known, default=None)


def conditions(recipe: Recipe, provenance: dict[str, Any]) -> dict[str, Any]:
    """Name -> value of all that is no idea of a variant but makes a figure better or worse: data, budget, size, seed.

    The width belongs to one kind of network: another kind is a change of the variant, and cannot be as wide.
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
    """What keeps two trainings from being compared: "1,800,000 images shown instead of 600,000"; () where nothing does.

    mine, theirs: `conditions`. What neither folder says counts as alike, what only one says does not.
    """
    return tuple(
        _difference(name, value, theirs[name])
        for name, value in mine.items()
        if name in theirs and value != theirs[name]
    )


def _difference(name: str, mine: Any, theirs: Any) -> str:
    if name == DATA_STATE:  # a hash, which says nothing to a reader
        return "other images of the data set"
    if name.startswith("width "):  # both networks are of one kind, whose name in the code says nothing either
        name = "width"
    if name == IMAGES:
        return f"{_text(mine)} {name} instead of {_text(theirs)}"
    return f"{name} {_text(mine)} instead of {_text(theirs)}"


def _text(value: Any) -> str:
    if value is None:
        return "unknown"
    return f"{value:,}" if isinstance(value, int) else str(value)
