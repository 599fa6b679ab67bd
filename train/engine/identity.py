"""What makes a run this run and no other: its settings, its seed, and a hash of its data."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch

from gan_models.recipe import WORDS, Recipe

from .args import RunError, TrainArgs
from .data import Data
from .request import listed


def identity(recipe: Recipe, dataset: str, data: str, seed: int, precision: str, counts: dict | None = None) -> dict:
    """What makes a run this run and no other: the recipe's settings, name and `fingerprint` of the data, and so on.

    counts: of the data, for the words of `compare` alone; None where nobody noted them.
    """
    settings = {k: v for k, v in recipe.to_json().items() if k == "name" or k not in WORDS}
    return {**settings, "dataset": dataset, "data": data, "seed": seed, "precision": precision, "counts": counts}


def compare(path: Path, theirs: dict, mine: dict) -> dict:
    """The optimisers whose learning rate is another one in this `identity`, as they were. RunError where what lies at
    the path is another run's. A field that the recipe did not have yet when that run was begun counts as off."""
    theirs = {**Recipe(theirs.get("name", "")).to_json(), "precision": "float32", **theirs}
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


def counts(data: Data) -> dict:
    """{"images": how many there are, "classes": {name: how many}}."""
    each = torch.bincount(data.labels.cpu(), minlength=len(data.class_names)).tolist()
    return {"images": len(data), "classes": dict(zip(data.class_names, each, strict=False))}


def in_counts(theirs: dict | None, mine: dict | None) -> str:
    """How the data of another run differs, in words. A run from before counts were noted has none."""
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
    """A hash of images and labels: the same data, whatever folder it came from."""
    digest = hashlib.blake2b(digest_size=8)
    for t in (data.images, data.labels):
        digest.update(str(tuple(t.shape)).encode())
        digest.update(t.cpu().contiguous().numpy())
    return digest.hexdigest()


def precision(args: TrainArgs) -> str:
    """What forward passes are computed in."""
    return "bfloat16" if args.bf16 else "float32"
