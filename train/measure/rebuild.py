"""Measure what checkpoints can rebuild: `python -m train rebuild checkpoints/mnist/*` writes it into metrics.json.

Three questions, each answered by a search for latents. Generated pictures that no encoder saw in training: does the
search find their latents? Test pictures: which classes can the generator not draw? Test pictures with a hole of half
the side in the middle: does the extractor see the right class in the filled picture? The test pictures come from
--data-root, else from real.png.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from gan_models.metrics import record
from gan_models.metrics.names import percent

from . import at_hand
from .folders import each

FIRST_SEED = 10_000_000
"""First seed of the generated pictures that are rebuilt: far from the random latents where a search begins"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train rebuild", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("folders", nargs="+", type=Path, metavar="FOLDER", help="checkpoint folders; others are skipped with a message")
    add("--n", type=int, default=64, help="pictures of each kind (default 64)")
    add("--restarts", type=int, default=16)
    add("--steps", type=int, default=150)
    at_hand.arguments(parser, "the test pictures", "real.png", "real.png and extractor")
    add("--again", action="store_true", help="measure anew what was measured already")
    args = parser.parse_args(argv)
    if not (2 <= args.n <= 10_000 and 1 <= args.restarts <= 64 and 1 <= args.steps <= 5_000):
        parser.error("--n must be 2 to 10,000, --restarts 1 to 64, --steps 1 to 5,000.")
    rows: list[str] = []
    code = each(
        parser.prog, args.folders, lambda folder: rows.append(row(folder, one(folder, args))),
        "what was measured is written",
    )  # fmt: skip
    if rows:
        print(
            "\n| checkpoint | own pictures, dB | at least 30 dB | test pictures, dB | worst class | hole, class right |"
        )
        print("|---|---:|---:|---:|---|---:|")
        print("\n".join(rows))
    return code


def one(folder: Path, args) -> dict:
    """Measure one checkpoint, write its part of metrics.json and return it; existing figures are kept."""
    import numpy as np

    import gan_models

    plan = {"n": args.n, "restarts": args.restarts, "steps": args.steps, "encoder": encoder_of(folder)}
    if (had := measured(folder, "rebuild", plan)) and not args.again:
        return had
    gan = gan_models.load(folder, latent=True, kind=gan_models.Recipe)
    began = time.monotonic()
    made: dict = {**plan}
    seeds = range(FIRST_SEED, FIRST_SEED + args.n)
    own = searched(gan, gan.sample(seeds), args)
    made["own"] = {**spread(own), "above_30": float(np.mean(own >= 30))}
    if held := at_hand.held_out(gan.recipe, str(gan.provenance.get("dataset")), args.n, args):
        pictures, labels, names = held
        made["test"] = spread(test := searched(gan, pictures, args))
        if names:
            by = {name: float(np.mean(test[labels == k])) for k, name in enumerate(names) if (labels == k).any()}
            made["test"]["by_class"] = {name: round(value, 3) for name, value in by.items()}
        made |= hole(gan, pictures, labels, names, args)
    made["seconds"] = round(time.monotonic() - began, 1)
    record.update(folder, str(gan.provenance.get("dataset")), latent={"rebuild": made})
    return made


def encoder_of(folder: Path) -> str | None:
    """The hash of the encoder beside a checkpoint: figures of another encoder are measured anew. None if there is none
    for these weights."""
    from gan_models import Recipe
    from gan_models.folder import read_recipe
    from gan_models.latent import encoder

    recipe, _ = read_recipe(folder, Recipe)
    return None if encoder.read(folder, recipe) is None else record.weights_hash(folder, "encoder")


def measured(folder: Path, name: str, plan: dict) -> dict:
    """The part `latent` of metrics.json for these weights, if it was measured by the same plan; else {}."""
    had = record.read(folder).get("latent", {}).get(name, {}) if record.current(folder) else {}
    return had if all(key in had and had[key] == value for key, value in plan.items()) else {}


def searched(gan, pictures, args, operator="identity", labels=None):
    """PSNR in dB of the best answer to each of N pictures, float64 [N]."""
    import numpy as np

    return np.concatenate([part.psnr[:, 0] for part in fits(gan, pictures, args, operator, labels)])


def fits(gan, targets, args, operator="identity", labels=None):
    """`fit` for any number of targets, 64 at a time."""
    from gan_models.latent import fit
    from gan_models.latent.fit import MOST_TARGETS

    for start in range(0, len(targets), MOST_TARGETS):
        part = slice(start, start + MOST_TARGETS)
        asked = None if labels is None else labels[part].tolist()
        yield fit(gan, targets[part], operator, labels=asked, restarts=args.restarts, steps=args.steps)


def spread(values) -> dict:
    """Mean, standard deviation, least."""
    return {"psnr": round(values.mean(), 3), "spread": round(values.std(ddof=1), 3), "least": round(values.min(), 3)}


def hole(gan, pictures, labels, names, args) -> dict:
    """{"hole": ...}: a hole of half the side is filled, and the extractor classifies the result; {} if it knows no
    classes of these names. A conditional recipe is given the class."""
    import numpy as np

    from gan_models.latent import operator

    from .directions import classifier

    classify, seen_names = classifier(gan, args.checkpoints)
    if classify is None or tuple(seen_names) != names:
        return {}
    side = gan.recipe.size
    known = np.ones((side, side), bool)
    known[side // 4 : side - side // 4, side // 4 : side - side // 4] = False
    asked = labels if gan.recipe.classes and names == gan.recipe.class_names else None
    answers = np.concatenate(
        [part.pictures[:, 0] for part in fits(gan, pictures, args, operator("mask", known=known), asked)]
    )
    filled = np.where(known[None, :, :, None], pictures, answers)
    off = ((filled[:, ~known].astype(float) - pictures[:, ~known]) / 255) ** 2
    inside = -10 * np.log10(np.maximum(off.mean((1, 2)), 1e-12))
    mean = np.where(known[None, :, :, None], pictures, int(pictures.mean())).astype(np.uint8)
    return {
        "hole": {
            "told": asked is not None,
            "accuracy": round(float((classify(filled) == labels).mean()), 4),
            "accuracy_empty": round(float((classify(mean) == labels).mean()), 4),
            "accuracy_real": round(float((classify(pictures) == labels).mean()), 4),
            "psnr": round(float(inside.mean()), 3),
        }
    }


def row(folder: Path, made: dict) -> str:
    """One line of the table."""
    own, test, hole_ = made["own"], made.get("test"), made.get("hole")
    worst = min(test["by_class"].items(), key=lambda item: item[1]) if test and test.get("by_class") else None
    cells = [
        f"`{folder.parent.name}/{folder.name}`",
        f"{own['psnr']:.1f} ± {own['spread']:.1f}",
        f"{percent(own['above_30'])}",
        f"{test['psnr']:.1f} ± {test['spread']:.1f}" if test else "",
        f"{worst[0]}: {worst[1]:.1f} dB" if worst else "",
        f"{percent(hole_['accuracy'], 1)}{' (told)' if hole_['told'] else ''}" if hole_ else "",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
