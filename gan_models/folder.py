"""What a checkpoint folder says of itself, read without its weights. No torch import."""

from __future__ import annotations

import json
from pathlib import Path

from . import limits
from .recipe import KINDS, AnyRecipe, kind_of

FORMAT = max(kind.format for kind in KINDS.values())
"""The newest format that this program reads; each kind of recipe writes its own"""
MOST_RECIPE = 1_000_000
"""Most bytes of a recipe.json; real ones have a few thousand"""


class CheckpointError(ValueError):
    """A folder that cannot be used: the message is one sentence that names it and says what is wrong."""


def checked_kind(kind: type[AnyRecipe]) -> type[AnyRecipe]:
    """The same kind of recipe; anything else raises ValueError."""
    if not (isinstance(kind, type) and issubclass(kind, AnyRecipe)):
        words = " or ".join(one.__name__ for one in KINDS.values())
        raise ValueError(f"kind is a class of recipes, {words}, not {limits.shown(kind)}.")
    return kind


def read_recipe(folder, kind: type[AnyRecipe] = AnyRecipe) -> tuple[AnyRecipe, dict]:
    """(recipe, provenance) of a checkpoint folder, without its weights; CheckpointError as in `load`.

    kind: the kind of recipe expected; another kind raises CheckpointError.
    """
    folder, kind = Path(folder), checked_kind(kind)
    path = folder / "recipe.json"
    try:
        content = json.loads(limits.read(path, MOST_RECIPE).decode("utf-8"))
        version = content["format"]
        most = FORMAT if not isinstance(version, int) or version > FORMAT else kind_of(content["recipe"]).format
        if not isinstance(version, int) or version > most:
            raise CheckpointError(
                f"{folder} has format {limits.shown(version)}; this program reads up to {most}: update it."
            )
        recipe = kind_of(content["recipe"]).from_json(content["recipe"])
        if not isinstance(recipe, kind):
            raise CheckpointError(other_kind(folder, recipe, kind))
        return recipe, check_provenance(content["provenance"])
    except (FileNotFoundError, NotADirectoryError):
        raise CheckpointError(f"{folder} is not a checkpoint: it holds no recipe.json.") from None
    except CheckpointError:
        raise
    except limits.NotReadable as error:
        raise CheckpointError(f"{path} is not read: {error}.") from error
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {one_line(error)}.") from error
    except Exception as error:  # a foreign file can raise anything
        raise CheckpointError(f"{path} is damaged or foreign: {one_line(error)}") from error


def dataset_of(folder, about: dict) -> str:
    """The data set of a checkpoint, from its provenance. Raises CheckpointError if it names none, as a checkpoint that
    was saved from Python may."""
    name = about.get("dataset")
    if not isinstance(name, str) or not name:
        raise CheckpointError(
            f"{folder} does not say which data set it was trained on, so there is nothing to compare it with: its "
            'recipe.json must name it, "dataset" in "provenance".'
        )
    return name


def other_kind(name, recipe: AnyRecipe, wanted: type[AnyRecipe]) -> str:
    """The error message for a checkpoint of another kind than the one expected."""
    return f"{name} is {recipe.what}; what is wanted here is {wanted.what}."


def of_folder(folder, error: Exception) -> str:
    """An error as a sentence that names the folder exactly once."""
    said = str(error)
    return said if str(folder) in said else f"{folder}: {said}"


def check_provenance(provenance: dict) -> dict:
    """Return the same dict if it is JSON of a bounded size and its data set has a name; otherwise raise ValueError.

    Its other values may be of any type: code that shows one must check it first.
    """
    words = limits.plain(provenance) or ("" if isinstance(provenance, dict) else "name=value pairs")
    if words:
        raise ValueError(f"the provenance is {limits.shown(provenance)}, must be {words}.")
    name = provenance.get("dataset")
    if isinstance(name, str) and (words := limits.line(name, limits.DATASET)):
        raise ValueError(f"the data set is {limits.shown(name)}, must be {words}.")
    return provenance


def one_line(error: Exception) -> str:
    """An exception as one line of at most 200 characters; errors of the operating system without their path."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    text = f"no {error}" if isinstance(error, KeyError) else text
    return limits.printable(text[:2_000])[:200]
