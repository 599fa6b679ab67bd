"""Try settings of every variant alike: `python -m train search` trains each setting of train/queue/plans/search.toml
for the same number of images, and writes the results into docs/search.md.

The trainings are a queue as in train run_all: finished ones are skipped, interrupted ones continue. The distance is
that of `--eval-every`, of 2,000 pictures at the end of the run: good enough for a choice, but not for the zoo's table.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gan_models.disk import write_text
from gan_models.folder import read_recipe
from gan_models.metrics.names import percent

from .. import recipes
from ..engine.args import count
from . import settings
from .jobs import FINISHED, WAITING, Job, Plan, chosen, listed
from .run_all import gpus_of, positive
from .screen import screen, summary
from .slots import Queue, cores, slots

HEAD = """# The search for settings

Written by `python -m train search`. Every variant was given the same number of settings and every setting the same
budget: {images:,} images of {data}, seed {seed}, {device}. Distance: {extractor}, of 2,000 pictures of the averaged
generator at the end of the run. The settings stand in `train/queue/plans/search.toml`, on top of what all trainings
have there: `{common}`. **The best of each variant** stands in `train/queue/plans/cpu.toml`.

| variant | setting | distance | smallest class |
|---|---|---:|---:|
"""


LOOK = "--eval-every"
"""Option of every training, with its number of images: one evaluation, at the end"""
ROW = re.compile(r"\| `(\w+)` \|")


class Outcome(NamedTuple):
    """The result of one setting."""

    variant: str
    words: str
    fd: float
    smallest: float | None
    """Share of the rarest class; None if the extractor knows no classes"""


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code: 0 all are finished; 1 not all, the table holds the finished ones; 2 invalid list; 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m train search", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("--variants", default="all", metavar="A,B", help="names, or all that have several settings (default)")
    add("--dataset", default="mnist", help="name of a data set (default: mnist)")
    add("--settings", type=Path, default=Path("train/queue/plans/search.toml"), metavar="FILE", help="settings to try")
    add("--images", default="40k", help="real images to show to D in each training (default: 40k)")
    add("--out", type=Path, default=Path("runs/search"), metavar="DIR", help="the runs")
    add("--gpus", metavar="0,1", help="GPUs to use (default: all), or cpu")
    add("--jobs", type=positive, metavar="N", help="trainings at a time (default: one per core, or per GPU)")
    add("--write", type=Path, default=Path("docs/search.md"), metavar="FILE", help="the table")
    args = parser.parse_args(argv)
    try:
        known = recipes()
        tried = settings.read(args.settings, known)
        several = [name for name in known if len(settings.tries(tried, name, args.dataset)) > 1]
        names = several if args.variants == "all" else chosen(args.variants, known)
        gpus = gpus_of(args.gpus)
        plan = Plan(args.images, args.out, "cuda" if gpus else "cpu", None, (LOOK, str(count(args.images))), tried)
        jobs = listed([known[name] for name in names], [args.dataset], [0], plan)
        budgets = {job.about().get("planned_images", count(args.images)) for job in jobs if job.state == FINISHED}
        if budgets - {count(args.images)}:
            raise ValueError(f"{args.out} has trainings of {max(budgets):,} images: choose another --out.")
        waiting = sum(job.state == WAITING for job in jobs)
        with screen() as shown:
            each = args.jobs or (1 if gpus else cores())
            queue = Queue(slots(gpus, each, waiting), shown)
            queue.run(jobs)
        print(summary(jobs))
        done = [job for job in jobs if job.state == FINISHED]
        if done:
            before = args.write.read_text(encoding="utf-8") if args.write.is_file() else ""
            write_text(args.write, table(done, tried, before))
            print(args.write)
        return 130 if queue.asked else 0 if len(done) == len(jobs) else 1
    except (ValueError, OSError, argparse.ArgumentTypeError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2


def outcome(job: Job, words: str) -> Outcome:
    """The result of a finished training."""
    lines = (job.checkpoint / "stats.jsonl").read_text(encoding="utf-8").splitlines()
    looks = [point for point in map(json.loads, lines) if "fd" in point]
    if not looks:
        raise ValueError(f"{job.folder} was trained without --eval-every, so it has no distance: choose another --out.")
    last = looks[-1]
    shares = last.get("shares")
    return Outcome(job.recipe.name, words, last["fd"], min(shares) if shares else None)


def table(jobs: Sequence[Job], tried: settings.Settings, before: str = "") -> str:
    """The content of docs/search.md: finished jobs by variant, the best setting of each in bold.

    before: the old content. If it has the same head, thus the same budget, data and settings of all trainings, the rows
    of variants that are not among these jobs are kept.
    """
    job = jobs[0]
    about = read_recipe(job.checkpoint)[1]
    common = tried.get(settings.ALL, {}).get(settings.ALL, [""])[0]
    words = []
    for one in jobs:  # its own options: without those of all trainings and of the queue
        given = one.argv[one.argv.index("--device") + 2 + len(shlex.split(common)) : -2]
        words.append(" ".join(given) or "as the recipe has it")
    rows = [outcome(one, said) for one, said in zip(jobs, words, strict=True)]
    searched = {row.variant for row in rows}
    head = HEAD.format(
        images=about["images"], data=job.data, seed=about["seed"], device=about["device"],
        extractor=f"FD-{about['eval']['extractor']['name']}", common=common,
    )  # fmt: skip
    old = before.removeprefix(head).splitlines() if before.startswith(head) else []
    lines = [f"{line}\n" for line in old if (was := ROW.match(line)) and was[1] not in searched]
    for name in dict.fromkeys(row.variant for row in rows):
        mine = [row for row in rows if row.variant == name]
        best = min(mine, key=lambda row: row.fd)
        for row in mine:
            mark = "**" if row is best else ""
            share = "" if row.smallest is None else percent(row.smallest, 1)
            cells = f"`{name}`", f"`{row.words}`", f"{mark}{row.fd:.3g}{mark}", share
            lines.append(f"| {' | '.join(cells)} |\n")
    return head + "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
