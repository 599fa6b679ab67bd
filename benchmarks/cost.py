"""What training and drawing cost: multiply-adds of each variant, and images a second of one core.

    python -m benchmarks.cost --variants dcgan wgan_gp              # on the screen
    python -m benchmarks.cost --out benchmarks/results/cost-NAME    # writes NAME.json and NAME.md

Each shipped checkpoint's recipe is trained for some steps and draws some pictures, in one thread. Time is the
process's own time on the core (CPU time), not the clock's: what else the machine does then counts far less. The fastest
of several turns stands in the table. A busy machine shares its caches and memory all the same: its load stands beside
the figures. The data is random: no data set is needed.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import torch

from benchmarks.train_speed import device_name
from gan_models import GAN
from gan_models.folder import read_recipe
from gan_models.recipe import Recipe
from train.engine import loop
from train.engine.data import Data
from train.engine.tune import tune
from train.measure.cost import PLANNED, cost

DRAWN = 64
"""Pictures of a turn of drawing"""


def cpu_rate(work: Callable[[], int], seconds: float, turns: int) -> float:
    """Most images per second of CPU time in some turns; each of at least `seconds`, after one that does not count.

    work: does something, and says of how many images that was.
    """
    work()
    best = 0.0
    for _ in range(turns):
        began, done = time.process_time(), 0
        while (spent := time.process_time() - began) < seconds or not done:
            done += work()
        best = max(best, done / spent)
    return best


def training_steps(recipe: Recipe) -> Callable[[], int]:
    """A function that trains one whole turn of lazy penalties, and returns the images that D was shown."""
    draw = torch.Generator().manual_seed(0)
    shape = (256, recipe.channels, recipe.size, recipe.size)
    images = torch.randint(256, shape, generator=draw, dtype=torch.uint8)
    data = Data("noise", images, torch.arange(256) % max(recipe.classes, 1), recipe.class_names)
    torch.manual_seed(0)
    state = loop.State.new(recipe, "cpu")

    def work() -> int:
        before = state.images
        for _ in range(recipe.lazy):
            loop.step(recipe, data, state, loop.Now.of(recipe, state.images % PLANNED, PLANNED))
            state.images += recipe.batch * recipe.critic_steps
        return state.images - before

    return work


def drawing(recipe: Recipe) -> Callable[[], int]:
    """A function that draws some pictures with an untrained generator, and returns how many."""
    G = loop.State.new(recipe, "cpu").G_ema
    gan = GAN(recipe, G)

    def work() -> int:
        gan.sample(range(DRAWN))
        return DRAWN

    return work


def measured(recipe: Recipe, seconds: float, turns: int) -> dict:
    """One row: counts, and rates in images per second of CPU time."""
    return {
        "variant": recipe.name, "size": recipe.size, "channels": recipe.channels, "batch": recipe.batch,
        "width": recipe.network_args.get("width"), **cost(recipe),
        "training_images_s": round(cpu_rate(training_steps(recipe), seconds, turns), 1),
        "pictures_s": round(cpu_rate(drawing(recipe), seconds, turns), 1),
    }  # fmt: skip


def markdown(found: dict) -> str:
    """The results as a page."""
    lines = [
        f"# Cost: {found['machine']}, {found['date']}",
        "",
        f"`{found['command']}`, torch {found['torch']}. Multiply-adds in millions: for each image of a training (G and "
        "D, forwards and backwards, critic steps and penalties), and for a picture that G draws. Rates: images per "
        "second of one core's own time, one thread, the fastest turn; the load of the machine was "
        f"{found['load'][0]:.1f} of {found['cores']} cores before and {found['load'][1]:.1f} after.",
        "",
        "| data | variant | px | batch | width | multiply-adds a training image | training, images/s | "
        "multiply-adds a picture | drawing, pictures/s |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in found["rows"]:
        counts = (row[f"multiply_adds_per_{what}"] / 1e6 for what in ("image", "picture"))
        image, picture = (f"{count:.3g}" if count < 1000 else f"{count:,.0f}" for count in counts)
        lines.append(
            f"| {row['data']} | {row['variant']} | {row['size']} | {row['batch']} | {row['width'] or ''} | {image} | "
            f"{row['training_images_s']:,.0f} | {picture} | {row['pictures_s']:,.0f} |"
        )
    return "\n".join(lines) + "\n"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cost", description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--checkpoints", type=Path, default=Path("checkpoints"), metavar="DIR", help="the zoo whose recipes are taken")
    add("--datasets", nargs="+", metavar="NAME", help="default: all")
    add("--variants", nargs="+", metavar="NAME", help="default: all")
    add("--seconds", type=float, default=1.0, help="of CPU time, of one turn at least (default: 1)")
    add("--turns", type=int, default=3, help="of which the fastest counts (default: 3)")
    add("--out", type=Path, help="write NAME.json and NAME.md there")
    args = parser.parse_args(argv)
    folders = [path.parent for path in sorted(args.checkpoints.glob("*/*/recipe.json"))]
    folders = [f for f in folders if args.datasets is None or f.parent.name in args.datasets]
    folders = [f for f in folders if args.variants is None or f.name in args.variants]
    if not folders or args.turns < 1 or args.seconds <= 0:
        parser.error(f"there is no such checkpoint in {args.checkpoints}, or --turns or --seconds is not above 0.")
    torch.set_num_threads(1)
    tune("cpu")
    before, rows = os.getloadavg()[0], []
    for folder in folders:
        row = {"data": folder.parent.name, **measured(read_recipe(folder)[0], args.seconds, args.turns)}
        rows.append(row)
        print(
            f"{folder}: {row['multiply_adds_per_image'] / 1e6:.3g} million multiply-adds and "
            f"{1000 / row['training_images_s']:.3g} ms of a core for each training image", flush=True,
        )  # fmt: skip
    found = {
        "machine": device_name("cpu"), "cores": os.cpu_count(), "load": [before, os.getloadavg()[0]],
        "date": date.today().isoformat(), "torch": torch.__version__,
        "command": f"python -m benchmarks.cost --seconds {args.seconds:g} --turns {args.turns}", "rows": rows,
    }  # fmt: skip
    print(f"\n{markdown(found)}")
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.with_suffix(".md").write_text(markdown(found), encoding="utf-8")
        args.out.with_suffix(".json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
