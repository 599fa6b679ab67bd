"""What the tests of many trainings share: the command line of a list of them, and one that was made by hand."""

from pathlib import Path

from helpers import SLIM

import train
from train.engine import main as train_one

RECIPES = train.recipes()


def command(pictures, out, variants, *more, images="16", options=()) -> list[str]:
    """The command line of a list of tiny trainings on the CPU."""
    argv = ["--variants", variants, "--datasets", str(pictures), "--images", images, "--out", str(out)]
    return [*argv, "--gpus", "cpu", *more, "--", *SLIM, *options]


def trained(pictures, out, variant, images=16) -> Path:
    """The folder of a run that was made by hand, with the settings of `command`."""
    folder = out / "pictures" / variant
    argv = ["--data", str(pictures), *SLIM, "--images", str(images), "--out", str(folder), "--device", "cpu"]
    train_one(RECIPES[variant], argv)
    return folder
