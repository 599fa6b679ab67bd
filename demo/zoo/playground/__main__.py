"""Trains the stories of the playground anew.

    python -m demo.zoo.playground                 # all: some minutes on one core
    python -m demo.zoo.playground collapse pairs  # only these

The recipes are those of the checkpoints in checkpoints/mnist, as they are when the command runs.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from gan_models.folder import read_recipe
from gan_models.recipe import Recipe, did_you_mean

from .plots import PLOTS, Plot
from .stories import FOLDER, pack, unpacked
from .training import Run

FRAMES = 18
"""Of a story, beside the untrained first"""


def make(plot: Plot, recipes: Mapping[str, Recipe]) -> dict[str, np.ndarray]:
    """Train a story. Frames come closer together at the beginning, where most happens."""
    run = Run(plot.settings, [recipes[name] for name in plot.variants], plot.changes, most_seconds=3600)
    frames, steps = [run.frames[0]], plot.settings.steps
    for k in range(1, FRAMES + 1):
        due = round(steps * (k / FRAMES) ** 1.5)
        frames += list(run.advance(max(due - run.step, 1), every=steps))
    return pack(plot, run, frames)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Train the stories of the playground anew.")
    parser.add_argument("names", nargs="*", help=f"which; all without any ({', '.join(PLOTS)})")
    parser.add_argument("--checkpoints", default="checkpoints/mnist", help="whose recipes (default: %(default)s)")
    args = parser.parse_args(argv)
    if wrong := [name for name in args.names if name not in PLOTS]:
        print(f"There is no story {wrong[0]!r}{did_you_mean(wrong[0], PLOTS)}.", file=sys.stderr)
        return 2
    torch.set_num_threads(1)
    FOLDER.mkdir(exist_ok=True)
    for name in args.names or PLOTS:
        plot = PLOTS[name]
        try:
            recipes = {v: read_recipe(Path(args.checkpoints) / v)[0] for v in plot.variants}
        except ValueError as error:
            print(error, file=sys.stderr)
            return 1
        path = FOLDER / f"{name}.npz"
        made = make(plot, recipes)
        with open(path.with_suffix(".tmp"), "wb") as file:
            np.savez_compressed(file, **made)
        path.with_suffix(".tmp").replace(path)
        print(f"{name}: {path.stat().st_size:,} bytes. {unpacked(name, made).outcome}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
