"""Settings of a run (TrainArgs), and the command line for them and for every field of the recipe."""

from __future__ import annotations

import argparse
import json
import math
import os
import re
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

from gan_models.recipe import WORDS, AnyRecipe, Recipe, RecipeError, TranslatorRecipe

from .run_folder import JOB

FROM_DATA = ("class_names", "domains", "given_size", "given_channels")
"""Settings that are always taken from the data"""

MOST_EVALUATIONS = 100
"""Most evaluations in a run: each costs about a second, and the curve has 500 points in all"""


class RunError(Exception):
    """A run that cannot start or continue: the message is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class TrainArgs:
    """Settings of a run; the Recipe describes the model."""

    dataset: str = "mnist"
    """Name of a data set, or a folder of images (sub-folders are classes)"""
    data_root: str | None = None
    """Folder of the data sets; None = GAN_DATA_ROOT, else data/"""
    attributes: tuple[str, ...] | None = None
    """CelebA attributes that make the classes; None = no classes"""
    a: str = ""
    """The given domain of a translator: a folder, a class or an attribute; empty = a rule makes both domains"""
    b: str = ""
    """The wanted domain"""
    skip_broken: bool = False
    """Leave unreadable images of a folder out; False = stop at the first"""
    images: int = 600_000
    """Real images to show to D"""
    device: str = "cpu"
    seed: int = 0
    out: str = ""
    """Run folder; empty = runs/<dataset>/<variant>"""
    eval_every: int = 0
    """Images between two evaluations (see watch.py); 0 = none"""
    checkpoints: str = "checkpoints"
    """The zoo, which holds the extractor and the reference for evaluations"""
    resume: bool = False
    bf16: bool = False
    """Forward passes in bfloat16, except those whose gradient a penalty uses"""
    publish: str | None = None
    """Repository on the Hub that gets the finished checkpoint; {variant} and {dataset} are filled in; None = none"""
    private: bool = False
    """Make that repository private, if it does not exist yet"""
    dry_run: bool = False


def parse(recipe: AnyRecipe, argv: list[str] | None = None) -> tuple[TrainArgs, AnyRecipe, set[str]]:
    """Command line -> settings of the run, the recipe with its overrides, and the names of overridden fields."""
    parser = argparse.ArgumentParser(
        prog=f"python -m train.{recipe.name}",
        description=f"Train {recipe.title} ({recipe.year}). {recipe.summary}",
        argument_default=argparse.SUPPRESS,  # an option not given keeps the run's value with --resume, else the default
    )
    run = parser.add_argument_group("settings of the run")
    add = run.add_argument
    add("--dataset", help="mnist (default), fashion_mnist, stacked_mnist, cifar10 or celeba")
    add("--data", metavar="FOLDER", help="a folder of images in place of --dataset; sub-folders are classes")
    add("--data-root", metavar="DIR", help="folder of the data sets (default: $GAN_DATA_ROOT, else data/)")
    add("--skip-broken", action="store_true", help="leave unreadable images out, and list them")
    add("--images", type=count, help="real images to show to D: 600k (default), 1.2M, 50000")
    add("--device", default="auto", help="cpu, cuda, cuda:1; auto (default) takes a GPU if there is one")
    add("--seed", type=whole, help="seed of the weights and of every random draw (default: 0)")
    add("--out", metavar="DIR", help="run folder (default: runs/<dataset>/<variant>)")
    add("--resume", action="store_true", help="continue the run in --out exactly where it stopped, with its settings")
    add("--bf16", action="store_true", help="forward passes in bfloat16; penalties and weights stay in float32")
    add("--publish", metavar="NAME", help="put the result on the Hub: user/{variant}-{dataset} (docs/publishing.md)")
    add("--private", action="store_true", help="with --publish: a new repository is private")
    add("--dry-run", action="store_true", help="print the resolved configuration as JSON and stop")
    OPTIONS[recipe.kind](add)
    settings = parser.add_argument_group(
        "the recipe", "override any setting; pairs are merged into the recipe's, and NAME= removes one"
    )
    for f in fields(recipe):
        if f.name not in (*WORDS, *FROM_DATA):
            flag, value = "--" + f.name.replace("_", "-"), getattr(recipe, f.name)
            if isinstance(value, dict):
                # extend: pairs of a repeated option are joined, and the last value of a name counts.
                form = {"action": "extend", "nargs": "+", "type": pair, "metavar": "NAME=VALUE"}
                settings.add_argument(flag, **form, help=json.dumps(value))
            else:
                settings.add_argument(flag, type=READERS[f.type], metavar=f.type.upper(), help=f"{value}")
    given = vars(parser.parse_args(argv))
    try:
        return resolved(recipe, given)
    except (RecipeError, RunError) as error:
        parser.error(str(error))


def options_of_noise(add) -> None:
    """Options of GANs that draw from noise only."""
    add("--classes", metavar="A,B", help="CelebA attributes that make the classes: Male,Smiling makes four")
    add(
        "--eval-every", type=count_or_none, metavar="N", help="a distance and class shares every N images: 50k; 0: none"
    )
    add("--checkpoints", metavar="DIR", help="the zoo, with the extractor and reference for --eval-every")


def options_of_pictures(add) -> None:
    """Options of translators only."""
    add(
        "--a",
        metavar="A",
        help="the given domain: a folder, or a class or attribute of --dataset (not NAME: all others)",
    )
    add("--b", metavar="B", help="the wanted domain; without --a and --b a rule makes both from --dataset")


OPTIONS = {Recipe.kind: options_of_noise, TranslatorRecipe.kind: options_of_pictures}
"""Function that adds the options of each kind of recipe"""


def resolved(recipe: AnyRecipe, given: dict[str, Any]) -> tuple[TrainArgs, AnyRecipe, set[str]]:
    """The result of `parse`, from the given options."""
    mine = {f.name: given[f.name] for f in fields(TrainArgs) if f.name in given}
    mine["device"] = device(given["device"])
    if given.get("data"):
        mine["dataset"] = str(Path(given["data"]).expanduser().resolve())
    for side in ("a", "b"):
        if given.get(side) and Path(given[side]).expanduser().is_dir():
            mine[side] = str(Path(given[side]).expanduser().resolve())
    if "classes" in given:
        mine["attributes"] = tuple(given["classes"].split(",")) if given["classes"] else None
    if not mine.get("out"):
        mine["out"] = str(Path("runs") / Path(mine.get("dataset", TrainArgs.dataset)).name / recipe.name)
    changes = {f.name: given[f.name] for f in fields(recipe) if f.name in given}

    path, base, asked = Path(mine["out"]) / "resume.pt", TrainArgs(), set()
    goes_on = "resume" in given and JOB not in os.environ  # a queue gives all settings: a difference is an error
    if goes_on:
        from .resume import begun_with

        base, recipe, asked = begun_with(path, recipe)
    args = replace(base, **mine)
    if Path(args.dataset).is_absolute() and Path(args.out).expanduser().resolve().is_relative_to(args.dataset):
        raise RunError(
            f"--out {args.out} lies inside --data {args.dataset}, so its samples would become training pictures; "
            "choose an --out elsewhere."
        )
    if args.images > MOST_EVALUATIONS * args.eval_every > 0:
        least = math.ceil(args.images / MOST_EVALUATIONS)
        raise RunError(f"--eval-every {args.eval_every} is too often for {args.images} images: give {least} or more.")
    changed = merged(recipe, changes, goes_on)
    if {"size", "channels"} & set(changed):  # the size of a translator's input changes with its output
        recipe = recipe.resized(changed.get("size", recipe.size), changed.get("channels", recipe.channels))
    return args, replace(recipe, **changed), asked | set(changes)


def merged(recipe: AnyRecipe, changes: dict[str, Any], again: bool = False) -> dict[str, Any]:
    """The changes, with name=value pairs merged into the recipe's own. again: the recipe may contain them already."""
    out = {}
    for key, value in changes.items():
        if isinstance(getattr(recipe, key), dict):
            had = getattr(recipe, key)
            for name, new in value:
                if new is None and name not in had and not again:
                    raise RecipeError(f"{key} has no {name!r} to remove; it has {', '.join(had) or 'nothing'}.")
            both = {**had, **dict(value)}
            value = {k: v for k, v in both.items() if v is not None}
        out[key] = value
    return out


def count(text: str) -> int:
    """'600k', '1.2M' or '50000' -> a positive whole number."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kKmM]?)", text)
    number = Fraction(match[1]) * {"": 1, "k": 10**3, "m": 10**6}[match[2].lower()] if match else 0
    if number < 1 or number != int(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not a count; write 600k, 1.2M or 50000")
    return int(number)


def count_or_none(text: str) -> int:
    return 0 if text == "0" else count(text)


def whole(text: str) -> int:
    """A number from 0 to 2^32 - 1."""
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2^32 - 1")
    return int(text)


def switch(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def pair(text: str) -> tuple[str, Any]:
    """'width=32' -> ('width', 32); 'd_norm=none' -> ('d_norm', 'none'); 'smooth=' -> ('smooth', None)."""
    name, sign, value = text.partition("=")
    if not (name and sign):
        raise argparse.ArgumentTypeError(f"{text!r} is not a NAME=VALUE pair")
    try:
        return name, json.loads(value) if value else None
    except json.JSONDecodeError:
        return name, value


READERS = {"int": int, "float": float, "str": str, "bool": switch}


def device(name: str) -> str:
    """'auto' -> 'cuda' or 'cpu'; raises RunError if a device does not exist."""
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        if torch.device(name).type not in ("cpu", "cuda"):
            raise RuntimeError("it is not a device for training")
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise RunError(f"device {name!r} is not available here ({str(error).splitlines()[0]}); try cpu.") from error
    return name
