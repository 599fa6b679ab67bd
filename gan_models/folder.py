"""What a checkpoint folder says of itself, read without its weights. No torch import."""

from __future__ import annotations

import json
from pathlib import Path

from .recipe import Recipe

FORMAT = 1
"""Raised when an older program could no longer read the folder"""
MOST_RECIPE = 1_000_000
"""Bytes of a recipe.json; real ones have a few thousand"""


class CheckpointError(ValueError):
    """A folder that cannot be used: the message is one sentence that names it and says what is wrong."""


def read_recipe(folder) -> tuple[Recipe, dict]:
    """(recipe, provenance) of a checkpoint folder, without its weights; CheckpointError as in `load`."""
    folder = Path(folder)
    path = folder / "recipe.json"
    if not path.is_file():
        raise CheckpointError(f"{folder} is not a checkpoint: it holds no recipe.json.")
    try:
        if path.stat().st_size > MOST_RECIPE:
            raise CheckpointError(f"{path} has more than {MOST_RECIPE:,} bytes: that is no recipe.")
        content = json.loads(path.read_text(encoding="utf-8"))
        version = content["format"]
        if not isinstance(version, int) or version > FORMAT:
            raise CheckpointError(f"{folder} has format {version}; this program reads up to {FORMAT}: update it.")
        return Recipe.from_json(content["recipe"]), dict(content["provenance"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{path} is damaged or foreign: {one_line(error)}") from error


def one_line(error: Exception) -> str:
    """An exception as one line of at most 200 characters."""
    text = f"no {error}" if isinstance(error, KeyError) else str(error)
    return " ".join(text.split())[:200]
