"""Tests a variant from its script to its page in the app: see `python -m train check`."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from gan_models import registry
from gan_models.folder import one_line
from gan_models.model import Model
from gan_models.recipe import AnyRecipe, RecipeError, did_you_mean
from train import everything
from train.publish import publish

from .contract import CLASSES, KEY, Failed, batches, gradients, need, same, save, shapes

ROOT = Path(__file__).resolve().parent.parent.parent
PER_CLASS = 12
"""Pictures in each folder of the trial training"""
STEPS = 3
"""G steps of the trial training"""
PATIENCE = 300
"""Seconds for one program, on a busy machine"""


def checks(recipe: AnyRecipe, asked: str, folder: Path) -> Iterator[tuple[str, str]]:
    """("ok" or "FAILED", sentence) of each check in turn; a variant that cannot be built or trained is not saved."""
    recipe = replace(recipe, class_names=CLASSES) if recipe.conditional else recipe
    zoo = folder / "zoo"
    trained = f"{KEY.partition('/')[0]}/{recipe.name}"
    steps: tuple[tuple[str, Callable[[], str], bool], ...] = (
        ("shapes", lambda: shapes(recipe), True),
        ("batches", lambda: batches(recipe), False),
        ("gradients", lambda: gradients(recipe), False),
        ("training", lambda: training(recipe, asked, folder, zoo / trained), True),
        ("in another process", lambda: elsewhere(zoo, trained, save(recipe, zoo)), False),
        ("publish", lambda: published(zoo / trained / "checkpoint"), False),
    )
    for name, check, needed in steps:
        try:
            yield "ok", f"{name}: {check()}"
        except Failed as error:
            yield "FAILED", f"{name}: {error}"
            if needed:
                return


# The script ---------------------------------------------------------------------------------------------------


def variant(asked: str) -> AnyRecipe:
    """The RECIPE of a script. Raises Failed if it cannot be trained."""
    path = Path(asked)
    module = loaded(path) if path.suffix == ".py" else named(asked)
    recipe = getattr(module, "RECIPE", None)
    if not isinstance(recipe, AnyRecipe):
        raise Failed(f"{asked} defines no RECIPE, a gan_models.Recipe of that name (docs/training.md).")
    if not (recipe.name.isidentifier() and recipe.name == module.__name__.rpartition(".")[2]):
        raise Failed(
            f"the recipe is called {recipe.name!r} and the script {Path(module.__file__).name}: give both one name, of "
            "letters, digits and underscores."
        )
    try:
        registry.check(recipe)
    except RecipeError as error:
        raise Failed(str(error)) from error
    missing = [name for name in ("title", "year", "paper", "summary", "objective") if not getattr(recipe, name)]
    if missing:
        raise Failed(f"the recipe has no {', '.join(missing)}: the card, the screens and the page Learn use them.")
    return recipe


def named(name: str):
    """The module of a script in train/."""
    if not name.isidentifier() or importlib.util.find_spec(f"train.{name}") is None:
        raise Failed(f"there is no variant {name!r}{did_you_mean(name, everything())}.")
    return imported(lambda: importlib.import_module(f"train.{name}"), name)


def loaded(path: Path):
    """The module of a script anywhere."""
    if not path.is_file():
        raise Failed(f"there is no file {path}.")
    if path.resolve().parent == ROOT / "train":
        return named(path.stem)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.resolve().parent))  # as when the script is run
    try:
        return imported(lambda: (spec.loader.exec_module(module), module)[1], path)
    finally:
        sys.path.pop(0)


def imported(load: Callable, what):
    """The imported script. Raises Failed if it cannot be imported."""
    try:
        return load()
    except Exception as error:  # a foreign script can raise anything
        raise Failed(f"{what} cannot be imported: {type(error).__name__}, {one_line(error)}") from error


# The checkpoint -----------------------------------------------------------------------------------------------


def training(recipe: AnyRecipe, asked: str, folder: Path, out: Path) -> str:
    """A few steps through the script's own command line, on pictures of noise."""
    draw = np.random.default_rng(0)
    for name in CLASSES:
        (folder / "pictures" / name).mkdir(parents=True)
        for k in range(PER_CLASS):
            pixels = draw.integers(256, size=(recipe.size, recipe.size), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / "pictures" / name / f"{k}.png")
    batch = 4
    # Run by its path, a script in train/ would take the folder's `queue` for Python's own.
    ours = not asked.endswith(".py") or Path(asked).resolve().parent == ROOT / "train"
    script = ["-m", f"train.{Path(asked).stem}"] if ours else [str(Path(asked).resolve())]
    images = STEPS * batch * recipe.critic_steps
    program(
        *script, "--data", str(folder / "pictures"), "--size", str(recipe.size), "--batch", str(batch), "--images",
        str(images), "--out", str(out), "--device", "cpu",
    )  # fmt: skip
    checkpoint = out / "checkpoint"
    need(
        (checkpoint / "recipe.json").is_file(),
        "the script ran and trained nothing: it must end in `if __name__ == '__main__': main(RECIPE)`.",
    )
    return f"{STEPS} steps of G, {images} images"


def elsewhere(zoo: Path, trained: str, ours: Model) -> str:
    """Check the trained and the saved model in a program without the script, and on the app's pages."""
    shown = json.loads(program("-m", "demo.pages.shown", str(zoo), trained, KEY))
    return same(ours, **shown[KEY])


def published(checkpoint: Path) -> str:
    """Check the checkpoint with `python -m train publish --dry-run`."""
    try:
        publish.publish(checkpoint, "user/{variant}-{dataset}", dry_run=True, tell=lambda words: None)
    except (ValueError, OSError) as error:
        raise Failed(f"it could not be published: {one_line(error)}") from error
    return "files and card are whole (dry run)"


def program(*arguments: str) -> str:
    """The output of a Python program of this project in its own process. Raises Failed with its last line if it
    fails."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))}
    try:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"python {' '.join(arguments[:2])} takes more than {PATIENCE} s.") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise Failed(f"in a process of its own: {one_line(ValueError(lines[-1]))}")
    return done.stdout
