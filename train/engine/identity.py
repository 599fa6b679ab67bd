"""The identity of a run, and the differences of two runs in words."""

from __future__ import annotations

import hashlib
from pathlib import Path

from gan_models.recipe import WORDS, AnyRecipe, kind_of

from .args import RunError, TrainArgs
from .data import Data
from .request import listed


def identity(recipe: AnyRecipe, dataset: str, data: str, seed: int, precision: str, counts: dict | None = None) -> dict:
    """The identity of a run: the recipe's settings, name and `fingerprint` of the data, and so on.

    counts: of the data, only for the words of `compare`; None if unknown.
    """
    settings = {k: v for k, v in recipe.to_json().items() if k == "name" or k not in WORDS}
    return {**settings, "dataset": dataset, "data": data, "seed": seed, "precision": precision, "counts": counts}


def compare(path: Path, theirs: dict, mine: dict) -> dict:
    """The old settings of optimisers whose learning rate differs in `mine`. Raises RunError if the path belongs to
    another run. A recipe field that did not exist yet when that run began counts as off."""
    theirs = {**kind_of(theirs)(theirs.get("name", "")).to_json(), "precision": "float32", **theirs}
    changed = {what: theirs.get(what) for what in mine if what != "counts" and theirs.get(what) != mine[what]}
    for what, was in changed.items():
        if what in ("g_optimizer", "d_optimizer") and {**was, "lr": 0} == {**mine[what], "lr": 0}:
            continue
        kind = "run" if what in ("dataset", "data", "seed", "precision") else "recipe"
        differs = f"its {what} is {was!r}, yours is {mine[what]!r}"
        if what == "data":
            differs = in_counts(theirs.get("counts"), mine.get("counts"))
        raise RunError(f"{path} belongs to another {kind}: {differs}; use the same settings or another --out.")
    return changed


def in_counts(theirs: dict | None, mine: dict | None) -> str:
    """The difference of another run's data, in words. Runs from before counts were stored have none."""
    if not mine:
        return "its data holds other images than yours"
    now = f"{mine['images']:,} images"
    if not isinstance(theirs, dict) or not isinstance(theirs.get("images"), int):
        return f"its data holds other images than your {now}"
    was, classes = theirs.get("classes") or {}, mine["classes"]
    moved = [
        f"{k} {was.get(k, 0):,}, now {classes.get(k, 0):,}" for k in {**was, **classes} if was.get(k) != classes.get(k)
    ]
    if theirs["images"] == mine["images"] and not moved:
        return f"its data holds as many images as yours, {mine['images']:,}, but not the same ones"
    return f"its data holds {theirs['images']:,} images and yours {now}" + (f" ({listed(moved)})" if moved else "")


def fingerprint(data: Data) -> str:
    """A hash of all its tensors, images and labels: the same data, whatever folder it came from."""
    digest = hashlib.blake2b(digest_size=8)
    for t in data.tensors():
        digest.update(str(tuple(t.shape)).encode())
        digest.update(t.cpu().contiguous().numpy())
    return digest.hexdigest()


def precision(args: TrainArgs) -> str:
    """The precision of forward passes."""
    return "bfloat16" if args.bf16 else "float32"
