"""Folders of checkpoints: where they lie, what they hold, what is wrong with them. Reads recipes, never weights."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import gan_models
from demo.zoo.entries import Entry, stated
from gan_models import limits, real
from gan_models.folder import CheckpointError, one_line, read_recipe
from gan_models.home import SHIPPED
from gan_models.recipe import AnyRecipe, Recipe
from gan_models.sources import SOURCES

FAMILIES = {path.stem for path in (Path(gan_models.__file__).parent / "networks").glob("*.py")}
"""Names of the networks, taken from the names of their files: the registry would import torch"""
MEASURES = ("extractor", "reference", "yardsticks", real.TRAINING)
"""Prefixes of the names of weights that measure and do not draw"""
MOST_KEY, MOST_LETTERS = 300, 400
"""Characters of a key, and of a sentence on what is wrong with a folder"""
PATHS = re.compile(r"(?<![\w.])/[\w.+-]+(/[\w.+-]+)+")


def default_folder() -> Path:
    """GANSCOPE_CHECKPOINTS, else the zoo that comes with the code."""
    return Path(os.environ.get("GANSCOPE_CHECKPOINTS") or SHIPPED).expanduser()


@dataclass
class Found:
    """One folder of the zoo as it was at one moment: an entry's parts, or a problem."""

    folder: Path
    stamp: tuple
    recipe: AnyRecipe | None = None
    provenance: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    watched: tuple | None = None
    """If the problem was found only when the entry was described or drawn: all its files at that moment"""
    hub: str = ""
    added: bool = False
    """Whether a visitor added it: only visitors who name it see it"""


def folders(root: Path) -> list[tuple[str, Path]]:
    """(key, folder) of everything below root that is or looks like a checkpoint, hidden folders left out."""
    found = []
    for folder, below, files in os.walk(root):
        below[:] = sorted(name for name in below if not name.startswith("."))
        if "recipe.json" in files or any(is_weights(name) for name in files):
            below.clear()
            path = Path(folder)
            parts = path.relative_to(root).parts
            if not parts:  # the zoo is a single checkpoint or a single run
                parts = path.resolve().parts[-2:]
            if parts[-1] == "checkpoint":  # a training run keeps its checkpoint in runs/x/checkpoint
                parts = parts[:-1] or (root.resolve().name,)
            found.append(("/".join(parts), path))
    return found


def is_weights(name: str) -> bool:
    """Whether a file is weights, and not those that measure other weights."""
    return name.endswith(".safetensors") and not name.startswith(MEASURES)


def stamp_of(folder: Path) -> tuple:
    """Changes whenever a checkpoint is replaced."""
    stats = [(folder / name).stat() for name in ("recipe.json", "generator.safetensors") if (folder / name).exists()]
    return tuple((s.st_ino, s.st_mtime_ns, s.st_size) for s in stats)


def all_files(folder: Path) -> tuple:
    """Changes with any file of a folder."""
    try:
        with os.scandir(folder) as files:
            stats = [(one.name, one.stat()) for one in files]
    except OSError:
        return ()
    return tuple(sorted((name, s.st_ino, s.st_mtime_ns, s.st_size) for name, s in stats))


def read(key: str, folder: Path, stamp: tuple) -> Found:
    try:
        if words := limits.line(key, MOST_KEY):
            raise CheckpointError(f"{key}: the path of a folder must be {words}: rename it.")
        recipe, provenance = read_recipe(folder)
        if recipe.network not in FAMILIES:
            raise CheckpointError(f"{folder} is a {recipe.network!r}, a network that this program does not have.")
        if recipe.channels == 2:
            raise CheckpointError(
                f"{folder} makes pictures of 2 channels: grey and colour ones, of 1, 3 or 4, are shown."
            )
        if not (folder / "generator.safetensors").is_file():
            raise CheckpointError(f"{folder} holds no generator.safetensors.")
        # What cannot be described, or not as JSON in UTF-8, would fail on every page.
        facts = stated(Entry(key, recipe.title or recipe.name, recipe, provenance, folder))
        json.dumps(facts, allow_nan=False, ensure_ascii=False).encode()
    except Exception as error:
        return Found(folder, stamp, problem=sentence(key, folder, error))
    return Found(folder, stamp, recipe, provenance)


def sentence(key: str, folder: Path, error: Exception) -> str:
    """What is wrong with a folder, on one line and without the machine's path to it."""
    text = str(error).replace(str(folder), key)
    if not isinstance(error, ValueError):
        said = PATHS.sub("…", one_line(error))
        text = f"{key}: its files make this program fail ({type(error).__name__}: {said})."
    text = limits.printable(text)[:MOST_LETTERS]
    shown = limits.printable(key)
    return text if shown in text else f"{shown}: {text}"


def no_memory(error: Exception) -> bool:
    said = isinstance(error, RuntimeError) and "memory" in str(error).lower()  # torch's way
    return said or isinstance(error, MemoryError)


def entries_of(found: dict[str, Found], kind: type[AnyRecipe] = Recipe) -> list[Entry]:
    """The usable ones of a kind, sorted, with titles that tell apart two trainings of one variant.

    A checkpoint that a visitor adds changes neither titles nor order of the zoo: its own title says where it came from,
    and it is not the parent of any variant.
    """
    sound = {key: one for key, one in found.items() if isinstance(one.recipe, kind) and not one.problem}
    titles = {key: one.recipe.title or one.recipe.name for key, one in sound.items()}
    titles |= {key: f"{titles[key]} · {key[:-5]}" for key, one in sound.items() if one.added}  # 7 digits of the commit
    entries = [Entry(key, titles[key], one.recipe, one.provenance, one.folder, one.hub) for key, one in sound.items()]
    zoo = [entry for entry in entries if not sound[entry.key].added]
    taken = Counter((e.dataset, e.title) for e in zoo)
    entries = [
        replace(e, title=f"{e.title} ({e.key})") if taken[e.dataset, e.title] > (not sound[e.key].added) else e
        for e in entries
    ]
    order, parents = list(SOURCES), {(e.dataset, e.variant): e.recipe.parent for e in zoo}
    return sorted(
        entries,
        key=lambda e: (
            order.index(e.dataset) if e.dataset in order else len(order),
            e.dataset,
            e.recipe.year,
            _generation(parents, e),
            e.title,
        ),
    )


def _generation(parents: dict[tuple[str, str], str], entry: Entry) -> int:
    """How many of an entry's forebears are there; parents: (data set, variant) -> variant."""
    seen, name = {entry.variant}, entry.recipe.parent
    while (entry.dataset, name) in parents and name not in seen:
        seen.add(name)
        name = parents[entry.dataset, name]
    return len(seen) - 1
