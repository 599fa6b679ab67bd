"""Measure checkpoints: `python -m train evaluate checkpoints/mnist/*` writes metrics.json into each folder.

Every checkpoint draws --n pictures for each of --seeds sampling seeds; they are compared with the test images of its
data set, through the extractor and the reference statistics stored beside the checkpoints (see docs/measuring.md).
Measured checkpoints are skipped. One checkpoint is in memory at a time, and an interrupted one continues from its last
sampling seed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_models.disk import write_json
from gan_models.folder import CheckpointError, dataset_of, of_folder, read_recipe
from gan_models.metrics import record
from gan_models.metrics.names import behind, distance_name
from gan_models.recipe import Recipe

from .folders import missing, none_of

if TYPE_CHECKING:
    from gan_models.metrics.extractors import Extractor
    from gan_models.metrics.reference import Reference, Training
    from gan_models.metrics.yardsticks import Yardsticks

N, SEEDS = 10_000, 3
N_OF = {"stacked_mnist": 26_000}
"""Pictures for each sampling seed, if a data set's own protocol sets another number"""
TIMED, REPEATS = 1000, 3
"""Number of pictures whose drawing is timed, and of repetitions: the median counts"""
PARTIAL = ".metrics.partial.json"
"""File in a checkpoint's folder while it is being measured"""


def main(argv: list[str] | None = None) -> int:
    from gan_models.metrics.choose import extractor_for
    from gan_models.metrics.extractors import ExtractorError
    from gan_models.metrics.reference import ReferenceError, read

    from .reference import names
    from .yardsticks import opened

    parser = argparse.ArgumentParser(prog="python -m train evaluate", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("folders", nargs="+", type=Path, metavar="FOLDER", help="checkpoint folders; others are skipped with a message")
    add("--n", type=int, help=f"pictures for each sampling seed (default {N:,}; stacked_mnist: 26,000)")
    add("--seeds", type=int, default=SEEDS, help=f"sampling seeds: 0 to SEEDS - 1 (default {SEEDS})")
    add("--extractor", metavar="NAME", help="another extractor than the data set's own, such as inception")
    add("--checkpoints", default="checkpoints", metavar="DIR", help="folder of extractor and reference")
    add("--data-root", metavar="DIR", help="the training pictures, for memorisation (default: $GAN_DATA_ROOT or data/)")
    add("--data", metavar="FOLDER", help="the folder of training images, for memorisation")
    add("--no-memorisation", action="store_true", help="skip memorisation, which takes most of the time")
    add("--again", action="store_true", help="measure anew what was measured already")
    args = parser.parse_args(argv)
    if not 100 <= (args.n or N) <= 10**7 or not 1 <= args.seeds <= 100:
        parser.error("--n must be 100 to 10,000,000, --seeds 1 to 100.")

    failed, found = 0, 0
    tools: dict[tuple, tuple] = {}  # extractor, reference and training pictures of the data set at hand
    try:
        for folder in (f for f in args.folders if f.exists()):
            try:
                if not (folder / "recipe.json").is_file():
                    print(f"{folder} is no checkpoint: left out.")
                    continue
                recipe, about = read_recipe(folder)
                if not isinstance(recipe, Recipe):
                    found += 1
                    print(f"{folder} is {recipe.what}: left out; python -m train translation measures it.")
                    continue
                key = (dataset_of(folder, about), recipe.channels, recipe.size)
                if key not in tools:
                    tools.clear()  # of one data set at a time: memory
                    extractor = extractor_for(*key, Path(args.checkpoints), args.extractor)
                    reference = read(Path(args.checkpoints) / key[0] / names(key[0], args.extractor)[0], extractor)
                    compare(recipe, reference)
                    home = Path(args.checkpoints) / key[0]
                    more = None if args.extractor else opened(home, extractor, reference)
                    shown = None if args.no_memorisation else training(args, *key, extractor)
                    tools[key] = extractor, reference, shown, more
                extractor, reference, shown, more = tools[key]
                evaluate(folder, args, extractor, reference, checked(args, about, shown), more)
                found += 1
            except (CheckpointError, ExtractorError, ReferenceError, ValueError, OSError) as error:
                failed += 1
                print(f"{parser.prog}: error: {of_folder(folder, error)}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped; the same command continues from the last sampling seed.", file=sys.stderr)
        return 130
    if missing(parser.prog, args.folders):
        return 2
    if not failed and not found:
        return none_of(parser.prog, args.folders)
    return 2 if failed else 0


def compare(recipe: Recipe, reference: Reference) -> None:
    """Raises ValueError if the checkpoint draws other pictures than the reference holds."""
    about = reference.about
    if (recipe.channels, recipe.size) != (about["channels"], about["size"]):
        raise ValueError(
            f"it draws {recipe.size} px in {recipe.channels} channels, its reference was made at {about['size']} px in "
            f"{about['channels']}: make one with python -m train reference --size {recipe.size} --checkpoints DIR, and "
            "give the same --checkpoints here."
        )


def training(args, dataset: str, channels: int, size: int, extractor: Extractor) -> tuple[Training, str] | None:
    """The training pictures with their features, and their fingerprint if they are those of --data, else "". None, with
    a message, if they are not available. Raises DataError if --data cannot be read."""
    from gan_models.metrics.reference import Training

    from ..engine.data import DataError, load
    from ..engine.identity import fingerprint

    try:
        # Broken files are left out here, since a training that went through left them out as well, or had none.
        data = load(args.data or dataset, args.data_root, "train", size, channels, on_broken="skip", download=False)
    except DataError:
        if args.data:
            raise
        print(f"The training pictures of {dataset} are not at hand (--data-root): memorisation is not measured.")
        return None
    return Training(data.images, extractor(data.images).features), fingerprint(data) if args.data else ""


def checked(args, about: dict, shown: tuple[Training, str] | None) -> Training | None:
    """What `training` found. Raises ValueError if --data holds other images than this checkpoint was trained on."""
    if shown and shown[1] and about.get("data_hash", "") not in ("", shown[1]):
        raise ValueError(f"it was trained on other images than {args.data} holds, and memorisation is about its own.")
    return shown and shown[0]


def evaluate(
    folder: Path, args, extractor: Extractor, reference: Reference, training: Training | None, more: Yardsticks | None
) -> None:
    """Measure one checkpoint and write its metrics.json, or print that this was done already. more: further
    measures."""
    import gan_models
    from gan_models.metrics.measure import block

    from . import yardsticks
    from .cost import cost as counted

    gan = gan_models.load(folder)
    compare(gan.recipe, reference)
    plan = {
        "generator": record.generator_hash(folder),
        "n": args.n or N_OF.get(gan.provenance["dataset"], N),
        "seeds": list(range(args.seeds)),
        "extractor": {"name": extractor.name, "hash": extractor.hash, "features": reference.features.shape[1]},
        "reference": reference.summary(),
        "memorisation": training is not None,
    }
    had = record.read(folder) if record.current(folder) else {}
    known = {} if args.again else had.get("yardsticks", {})
    heads = more.heads(plan["n"], plan["seeds"]) if more else {}
    due = {name: head for name, head in heads.items() if not _same(known.get(name), head)}
    covered = not args.again and _covers(had.get("measured", {}).get(extractor.name), plan)
    if covered and not due:
        print(f"{folder} is measured already (--again measures anew).")
        return

    labels = reference.asked(gan.recipe, plan["n"])
    # Earlier timings are kept: they may come from an idle machine, and this one may be busy.
    timed = None if args.again else had.get("cost")
    if not covered:
        parts = _measured(folder, gan, plan, extractor, reference, training, labels)
        made = block(parts, plan["n"], plan["seeds"], extractor, reference)
        cost = {**(timed or {**_training_cost(gan), **sampling_cost(folder)}), **counted(gan.recipe)}
        record.update(folder, gan.provenance["dataset"], measured={extractor.name: made}, cost=cost, training_seeds=1)
        (folder / PARTIAL).unlink(missing_ok=True)
        print(f"{folder}: {line(made)}")
    if due:
        found = yardsticks.measured(gan, more, due, labels)
        record.update(folder, gan.provenance["dataset"], yardsticks=found)
        figures = ", ".join(f"{name} {found[name]['figure']['mean']:.4g}" for name in due)
        print(f"{folder}: {figures}, {behind(plan['n'], reference.about['n'])}")


def _same(block: dict | None, head: dict) -> bool:
    """Whether a figure was measured with the settings in `head`."""
    return bool(block) and all(block.get(key) == value for key, value in head.items())


def _covers(block: dict | None, plan: dict) -> bool:
    """Whether a block holds everything that this plan would measure."""
    if not block or any(block.get(key) != plan[key] for key in ("n", "seeds", "extractor", "reference")):
        return False
    return not plan["memorisation"] or "memorisation_pixels" in block["figures"]


def drawn(gan, n: int, seed: int, labels, accept: float | None = None):
    """The n pictures of a sampling seed, in parts, each uint8 [up to 1,000, C, H, W]. accept: see `GAN.sample`."""
    import torch

    for start in range(0, n, 1000):
        stop = min(start + 1000, n)
        part = None if labels is None else labels[start:stop].tolist()
        made = gan.sample(range(seed * n + start, seed * n + stop), part, accept=accept)
        yield torch.from_numpy(made).permute(0, 3, 1, 2)


def _measured(folder: Path, gan, plan: dict, extractor, reference, training, labels) -> list[dict[str, Any]]:
    """The figures of each sampling seed; each is saved as soon as it is measured."""
    import torch
    from tqdm import tqdm

    from gan_models.metrics.measure import measure

    path, parts = folder / PARTIAL, []
    try:
        saved = json.loads(path.read_text())
        parts = saved["parts"] if saved["plan"] == plan else []
    except (OSError, ValueError, KeyError, TypeError):
        pass  # missing, or cut off while it was written: begin anew
    n = plan["n"]
    with tqdm(
        total=n * len(plan["seeds"]), initial=n * len(parts), unit="img", unit_scale=True, desc=gan.recipe.name
    ) as bar:
        for seed in plan["seeds"][len(parts) :]:
            images = []
            for part in drawn(gan, n, seed, labels):
                images.append(part)
                bar.update(len(part))
            parts.append(measure(torch.cat(images).contiguous(), extractor, reference, labels, training))
            write_json(path, {"plan": plan, "parts": parts})
    return parts


def _training_cost(gan) -> dict[str, Any]:
    """The cost of the training, from the checkpoint's provenance."""
    about = gan.provenance
    return {
        "parameters": sum(p.numel() for p in gan.G.parameters()),
        "images": about.get("images"),
        "training_seconds": about.get("seconds"),
        "training_device": about.get("device"),
    }


def sampling_cost(folder: Path) -> dict[str, Any]:
    """Seconds per 1,000 pictures and peak memory of a fresh process that does nothing else."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_draw, (str(folder),))


def _draw(folder: str) -> dict[str, Any]:
    import torch

    import gan_models

    from ..engine.machine import device_name, peak_of_process

    gan = gan_models.load(folder)
    gan.sample(range(64))
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        gan.sample(range(TIMED))
        seconds.append((time.perf_counter() - began) * 1000 / TIMED)
    return {
        "seconds_per_1000": round(statistics.median(seconds), 4),
        "peak_memory_mb": round(peak_of_process() / 1e6),
        "device": device_name("cpu"),
        "threads": torch.get_num_threads(),
    }


def line(block: dict) -> str:
    """The most important figures on one line."""
    words = {"precision": "precision", "recall": "recall", "coverage": "coverage", "label_accuracy": "label accuracy"}
    figures = block["figures"]
    parts = [f"{distance_name(block['extractor']['name'])} {record.text(block, figures['fd'])}"]
    parts += [f"{word} {figures[key]['mean']:.3f}" for key, word in words.items() if key in figures]
    told = ", ".join([*parts, behind(block["n"], block["reference"]["n"])])
    return f"{told}. {record.deficient(block)}".removesuffix(". ")


if __name__ == "__main__":
    sys.exit(main())
