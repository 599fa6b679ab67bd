"""The gain of a classifier from generated pictures: `python -m train augment_gain checkpoints/mnist/cgan`.

Two questions about conditional checkpoints, both answered by the accuracy of a small classifier on the real test
images. How good is it after training on generated pictures alone (classification accuracy score, Ravuri and Vinyals
2019, arXiv:1905.10887), and is it better if generated pictures join 50, 200 or 1,000 real ones? Both arms of the second
question start from the same weights, have the same real images and take the same number of steps; the real ones are
augmented in both. The generator has seen the whole training set, so a gain is not for free: --scratch IMAGES trains the
recipe anew on those 50, 200 or 1,000 images alone, and measures again.

The result goes into the folder's metrics.json, under "augment". Existing results are not computed again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gan_models.disk import write_json
from gan_models.folder import CheckpointError, dataset_of, read_recipe

from . import classifier
from .classifier import drawn, made

if TYPE_CHECKING:
    from gan_models.recipe import Recipe
    from gan_models.sampling import GAN

    from ..engine.data import Data

STEPS = 800
"""Steps of every training: enough for 50 real images alone, so that the baseline is fair"""
CAS = 20_000
"""Generated pictures of the classification accuracy score, and real ones for comparison; fewer for small data"""
GENERATED = 5_000
"""Generated pictures that join the real ones; every batch is half real, so that the real ones are not outnumbered"""
SIZES, SEEDS = (50, 200, 1000), 3
PARTIAL = ".augment.partial.json"
"""File in a checkpoint's folder while it is being measured"""
RUNS = Path("runs") / "augment"
"""Folder of the trainings of --scratch"""


@dataclass(frozen=True)
class Plan:
    """The settings of a measurement."""

    sizes: tuple[int, ...] = SIZES
    """Numbers of real images"""
    seeds: int = SEEDS
    """Number of seeds; a seed is for the draw of real and generated images, the first weights and the batches"""
    steps: int = STEPS
    scratch: int = 0
    """Real images to show to D in each training from scratch; 0 = none"""
    device: str = "cpu"


@dataclass(frozen=True, eq=False)
class Subject:
    """One checkpoint and the data that it is measured with."""

    folder: Path
    recipe: Recipe
    train: Data
    test: Data
    data_hashes: tuple[str, str]
    """Hash of `train` and `test`"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train augment_gain", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("folders", nargs="+", type=Path, metavar="FOLDER", help="folders of conditional checkpoints")
    add("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="numbers of real images (50 200 1000)")
    add("--seeds", type=int, default=SEEDS, help=f"repetitions of each training (default {SEEDS})")
    add("--steps", type=int, default=STEPS, help=f"steps of a classifier's training (default {STEPS})")
    add("--scratch", default="0", metavar="IMAGES", help="also for generators trained on those N images alone: 150k")
    add("--data-root", metavar="DIR", help="folder of the data sets (default: $GAN_DATA_ROOT, else data/)")
    add("--data", metavar="FOLDER", help="the folder of training images, if it was trained on a folder")
    add("--classes", metavar="A,B", help="the CelebA attributes that made the classes")
    add("--device", default="auto", help="cpu, cuda, cuda:1; auto takes a GPU if there is one")
    args = parser.parse_args(argv)
    if not (1 <= args.seeds <= 100 and args.steps >= 10 and min(args.sizes) >= 2):
        parser.error("--seeds must be 1 to 100, --steps 10 or more, --sizes 2 or more each.")
    recipes = {}
    try:
        for folder in dict.fromkeys(args.folders):  # the cheap checks of all of them first; no torch yet
            recipes[folder] = conditional(folder)
    except CheckpointError as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2

    from gan_models import RecipeError

    from ..engine.args import RunError, count, device
    from ..engine.data import DataError
    from ..engine.run_folder import FolderError
    from ..engine.stopping import Stopped
    from ..engine.tune import tune

    refused = (CheckpointError, DataError, FolderError, RecipeError, RunError, argparse.ArgumentTypeError, OSError)
    try:
        images = 0 if args.scratch == "0" else count(args.scratch)
        plan = Plan(tuple(sorted({*args.sizes})), args.seeds, args.steps, images, device(args.device))
        tune(plan.device)
        subjects = gather(recipes, plan.sizes, args)
        shared: dict[tuple[str, Job], float] = {}
        for subject in subjects:
            augment = measure(subject, replace(plan, scratch=0), shared)
            if plan.scratch:  # after the other results are saved
                augment = measure(subject, plan, shared)
            print(table(subject.folder, augment))
    except refused as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, Stopped):
        print("\nStopped; the same command continues from the last training that was finished.", file=sys.stderr)
        return 130
    return 0


# Checkpoints and their data


def conditional(folder: Path) -> tuple[Recipe, dict]:
    """(recipe, provenance) of a folder. Raises CheckpointError if it cannot be measured."""
    from gan_models.metrics import record
    from gan_models.recipe import Recipe

    recipe, about = read_recipe(folder, Recipe)
    if not recipe.classes:
        raise CheckpointError(f"{folder} is unconditional, its pictures have no labels: give conditional checkpoints.")
    record.current(folder)  # raises now, not after minutes of work, if it is damaged or lacks weights
    return recipe, about


def gather(recipes: dict[Path, tuple[Recipe, dict]], sizes: tuple[int, ...], args) -> list[Subject]:
    """The checkpoints with their data, each data set loaded once."""
    from ..engine.data import load
    from ..engine.identity import fingerprint

    @cache
    def read(name: str, size: int, channels: int, split: str) -> tuple[Data, str]:
        data = load(name, args.data_root, split, size, channels, args.classes)
        return data, fingerprint(data)

    subjects = []
    for folder, (recipe, about) in recipes.items():
        name = args.data or dataset_of(folder, about)
        (train, seen), (test, held_out) = (read(name, recipe.size, recipe.channels, s) for s in ("train", "test"))
        if train.class_names != recipe.class_names:
            raise CheckpointError(f"{folder} draws {recipe.class_names}, but {train.name} has {train.class_names}.")
        if about.get("data_hash", "") not in ("", seen):
            raise CheckpointError(
                f"{folder} was trained on other images than {train.name} holds here, so it is not known what its "
                "generator has seen: give the data that it was trained on (--data, --data-root)."
            )
        for size in sizes:
            drawn(train, size, 0)
        subjects.append(Subject(folder, recipe, train, test, (seen, held_out)))
    return subjects


# The generator that has seen the same images as the classifier


def scratch(subject: Subject, plan: Plan, size: int) -> Path:
    """The checkpoint of the recipe trained on `size` real images alone; begins or continues its training if needed."""
    import torch

    from ..engine import claim
    from ..engine.args import TrainArgs
    from ..engine.identity import fingerprint
    from ..engine.loop import State, train
    from ..engine.report import Report
    from ..engine.run_folder import alone

    # D memorises so few images without augmentation (Zhao et al. 2020, arXiv:2006.10738).
    views = {"diff_augment": 1.0, **subject.recipe.views}
    recipe = replace(subject.recipe, name=f"{subject.recipe.name}-{size}", views=views)
    data = drawn(subject.train, size, 0)
    out = RUNS / data.name / f"{recipe.name}-{digest(recipe.to_json(), fingerprint(data), plan.scratch)}"
    args = TrainArgs(dataset=data.name, images=plan.scratch, device=plan.device, out=str(out))
    with alone(out, instead="start this command in another folder"):
        torch.manual_seed(args.seed)
        state = State.new(recipe, args.device)
        report = Report(recipe, args, data, state)
        if (out / "resume.pt").exists():
            report.restore()
        else:
            claim(report)
        if state.images < args.images:
            with report:
                train(recipe, data.to(args.device), state, args.images, report)
    return out / "checkpoint"


# The measurement


class Job(NamedTuple):
    """One training of the classifier."""

    arm: str
    """"cas": generated images alone; "cas-real": as many real ones; "without" and "with": the gain's two arms"""
    size: int
    """Images of "cas" and "cas-real"; real images of the others"""
    seed: int
    scratch: int = 0
    """Images shown to a generator trained on the same real images alone; 0 = the checkpoint's own generator"""


def jobs(plan: Plan, cas: int) -> list[Job]:
    seeds = range(plan.seeds)
    main = [Job(arm, cas, seed) for seed in seeds for arm in ("cas", "cas-real")]
    gain = [(arm, size, seed) for seed in seeds for size in plan.sizes for arm in ("without", "with")]
    return main + [Job(*job) for job in gain] + [Job(*job, plan.scratch) for job in gain if plan.scratch]


def measure(subject: Subject, plan: Plan, shared: dict) -> dict[str, Any]:
    """The block "augment" of metrics.json (see docs/measuring.md), written before it is returned.

    shared: accuracies that do not depend on a generator, for the next checkpoints.
    """
    from tqdm import tqdm

    import gan_models
    from gan_models.metrics import record

    folder, train, test = subject.folder, subject.train, subject.test
    line, cas = classifier.described(train.name, plan.steps), balanced(train)
    settings = digest(line, GENERATED, *subject.data_hashes)
    identity = {"generator": record.generator_hash(folder), "settings": settings}
    content = record.read(folder)
    had = content.get("augment", {}) if record.current(folder, content) else {}
    had = had if had.get("settings") == settings else {}

    wanted, path = jobs(plan, cas), folder / PARTIAL
    known = recall(had) | {job: v for (of, job), v in shared.items() if of == settings} | restored(path, identity)
    values = {job: known[job] for job in wanted if job in known}
    todo = [job for job in wanted if job not in values]
    for size in dict.fromkeys(job.size for job in todo if job.scratch and job.arm == "with"):
        scratch(subject, plan, size)  # before the other progress bar begins

    @lru_cache(1)
    def generator(size: int) -> GAN:
        """The checkpoint's own generator, or the one that has seen only `size` images."""
        return gan_models.load(scratch(subject, plan, size) if size else folder, plan.device)

    @lru_cache(1)
    def generated(size: int, n: int, seed: int) -> Data:
        return made(generator(size), train, n, seed)

    def parts(job: Job) -> list[Data]:
        if job.arm == "cas":
            return [generated(0, job.size, job.seed)]
        # From scratch always the images that the generator has seen, so that no others help the classifier.
        real = drawn(train, job.size, 0 if job.scratch else job.seed)
        return [real, generated(job.size if job.scratch else 0, GENERATED, job.seed)] if job.arm == "with" else [real]

    total = len(todo) * plan.steps * classifier.BATCH
    with tqdm(total=total, unit="img", unit_scale=True, desc=folder.name, disable=not todo) as bar:
        for job in todo:
            bar.set_postfix_str(f"{job.arm} {job.size}, seed {job.seed}")
            net = classifier.taught(parts(job), job.seed, plan.steps, plan.device, bar)
            values[job] = classifier.accuracy(net, test, plan.device)
            write_json(path, {**identity, "values": [[*job, value] for job, value in values.items()]})
    shared |= {(settings, job): values[job] for job in wanted if job.arm in ("cas-real", "without")}

    def at(*job) -> list[float]:
        return [values[Job(*job[:2], seed, *job[2:])] for seed in range(plan.seeds)]

    def row(size: int, *scratch: int) -> dict[str, Any]:
        without, with_ = at("without", size, *scratch), at("with", size, *scratch)
        gains = [b - a for a, b in zip(without, with_, strict=True)]
        return {
            "real": size,
            "generated": GENERATED,
            "without": record.figure(without),
            "with": record.figure(with_),
            "gain": record.figure(gains),
        }

    augment = {
        "classifier": line,
        "settings": settings,
        "seeds": list(range(plan.seeds)),
        "test": {"n": len(test), "split": "test"},
        "cas": {**record.figure(at("cas", cas)), "generated": cas, "real": record.figure(at("cas-real", cas))},
        "gain": [row(size) for size in plan.sizes],
        "generator_saw": len(train),
    }
    if plan.scratch:
        about = {"images": plan.scratch, "training_seed": 0}
        augment["scratch"] = [{**row(n, plan.scratch), "generator_saw": n, **about} for n in plan.sizes]
    elif "scratch" in had and had["seeds"] == augment["seeds"]:
        augment["scratch"] = had["scratch"]
    if augment != had:
        record.update(folder, train.name, augment=augment)
    path.unlink(missing_ok=True)
    return augment


def recall(augment: dict) -> dict[Job, float]:
    """The accuracies of a finished measurement; none for an empty one."""
    if not augment:
        return {}
    cas, n = augment["cas"], augment["test"]["n"]
    found = {("cas", cas["generated"], 0): cas, ("cas-real", cas["generated"], 0): cas["real"]}
    for row in [*augment["gain"], *augment.get("scratch", [])]:
        for arm in ("without", "with"):
            found[arm, row["real"], row.get("images", 0)] = row[arm]
    return {
        Job(arm, size, seed, images): round(value * n) / n  # figures are rounded, the share of n images was not
        for (arm, size, images), figure in found.items()
        for seed, value in zip(augment["seeds"], figure["values"], strict=True)
    }


def restored(path: Path, identity: dict) -> dict[Job, float]:
    """The accuracies of an interrupted measurement with the same settings; empty if there is none."""
    try:
        saved = json.loads(path.read_text())
        same = all(saved[key] == value for key, value in identity.items())
        return {Job(*row[:-1]): row[-1] for row in saved["values"]} if same else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def balanced(data: Data) -> int:
    """Images of the classification accuracy score: as many per class as the smallest class has, at most CAS in all."""
    classes = len(data.class_names)
    return classes * min(CAS // classes, int(data.labels.bincount(minlength=classes).min()))


def digest(*facts) -> str:
    """A name for settings: equal for equal facts."""
    return hashlib.blake2b(json.dumps(facts).encode(), digest_size=4).hexdigest()


# The result


def table(folder: Path, augment: dict) -> str:
    """The result, in words and percent."""
    cas, n = augment["cas"], len(augment["seeds"])
    lines = [
        f"\n{folder}: accuracy on {augment['test']['n']:,} real test images, mean ± spread over {n} seed{'s'[: n > 1]}",
        f"{augment['classifier']}",
        f"CAS: {percent(cas)} after training on {cas['generated']:,} generated images alone, {percent(cas['real'])} on "
        "as many real ones",
        *rows(augment["gain"]),
        f"The generator saw {augment['generator_saw']:,} labelled real images: the gain is not for free.",
    ]
    if "scratch" in augment:
        images = augment["scratch"][0]["images"]
        lines.append(
            f"\nTrained from scratch on the real images of their row alone ({images:,} shown, one training each):"
        )
        lines += rows(augment["scratch"])
    return "\n".join(lines)


def rows(gain: list[dict]) -> list[str]:
    """One line per number of real images, and a heading."""
    cells = [["real", "generated", "without", "with", "gain"]]
    cells += [
        [f"{r['real']:,}", f"{r['generated']:,}", percent(r["without"]), percent(r["with"]), percent(r["gain"], "+")]
        for r in gain
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(c.rjust(w) for c, w in zip(line, widths, strict=True)) for line in cells]


def percent(figure: dict, sign: str = "") -> str:
    return f"{100 * figure['mean']:{sign}.2f} ± {100 * figure['spread']:.2f} %"


if __name__ == "__main__":
    sys.exit(main())
