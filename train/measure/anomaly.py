"""Measure anomaly scores of checkpoints: `python -m train anomaly checkpoints/mnist/cgan` writes ROC AUCs.

Protocols: *one normal class*, for a conditional variant: given class c it models c alone, so test pictures of c are
normal and all others are anomalies; papers report the mean over classes. *Other data*: test pictures of its own data
set are normal, those of --other are anomalies. The baselines for both are PCA reconstruction and the nearest training
neighbour, on the training pictures of --data-root, else of training.png. The figures go into metrics.json.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gan_models.metrics import record

from . import at_hand
from .folders import each

OTHER = {"mnist": "fashion_mnist", "fashion_mnist": "mnist"}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train anomaly", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("folders", nargs="+", type=Path, metavar="FOLDER", help="checkpoint folders")
    add("--n", type=int, default=500, help="test pictures, equally many per class (default 500)")
    add(
        "--other",
        metavar="NAME",
        help="the data set whose pictures are anomalies (default: MNIST's and Fashion's other)",
    )
    add("--restarts", type=int, default=2, help="0: no search, the encoder's score alone (default 2)")
    add("--steps", type=int, default=60)
    add("--components", type=int, default=32, help="components of PCA (default 32)")
    at_hand.arguments(parser, "the data sets", "training.png and real.png", "those pictures")
    add("--again", action="store_true", help="measure anew what was measured already")
    args = parser.parse_args(argv)
    if not (20 <= args.n <= 100_000 and 0 <= args.restarts <= 64 and 1 <= args.steps <= 5_000):
        parser.error("--n must be 20 to 100,000, --restarts 0 to 64, --steps 1 to 5,000.")
    if not 1 <= args.components <= 100_000:
        parser.error("--components must be 1 to 100,000.")
    return each(parser.prog, args.folders, lambda folder: one(folder, args), "what was measured is written")


def one(folder: Path, args) -> None:
    """Measure one folder by every protocol that fits it, write its part of metrics.json and print the tables; existing
    figures are kept."""
    import gan_models

    from .rebuild import encoder_of, measured

    keys = "n", "restarts", "steps", "components", "other"
    plan = {"plan": {key: getattr(args, key) for key in keys} | {"encoder": encoder_of(folder)}}
    if (had := measured(folder, "anomaly", plan)) and not args.again:
        show(folder, had)
        return
    gan = gan_models.load(
        folder, discriminator=(folder / "discriminator.safetensors").is_file(), latent=True, kind=gan_models.Recipe
    )
    dataset = str(gan.provenance.get("dataset"))
    if (held := at_hand.held_out(gan.recipe, dataset, args.n, args)) is None:
        raise ValueError(f"there are no held-out pictures of {dataset}: give --data-root.")
    other = args.other or OTHER.get(dataset)
    foreign = foreigners(folder, gan, other, args)
    made: dict = {**plan, "n": len(held.images), "restarts": args.restarts, "steps": args.steps}
    known = training(gan, dataset, args)
    if gan.recipe.classes and held.names == known.names == gan.recipe.class_names:
        made["one_class"] = one_class(gan, held, known, args)
    if foreign is not None:
        made["other_data"] = {"dataset": other, **other_data(gan, held.images, foreign, known.images, args)}
    record.update(folder, dataset, latent={"anomaly": made})
    show(folder, made)


def foreigners(folder: Path, gan, other: str | None, args):
    """Held-out pictures uint8 [N, H, W, C] of the other data set, in the size of the generator's. None if there is no
    other data set, or, with a message, if the usual one is not at hand.

    Raises ValueError if --other named this data set.
    """
    if not other:
        return None
    if other == str(gan.provenance.get("dataset")):
        raise ValueError(f"--other {other} is its own data set: name one whose pictures are anomalies.")
    if (foreign := at_hand.held_out(gan.recipe, other, args.n, args)) is None:
        size = f"{gan.recipe.size} px in {gan.recipe.channels} channels"
        missing = f"there are no held-out pictures of {other!r} ({size})"
        if args.other:
            raise ValueError(f"{missing}: --other is the name of a data set in --data-root, or one with a real.png.")
        print(f"{folder}: {missing}, so the other-data protocol is not measured (--data-root, then --again).")
        return None
    return foreign.images


def training(gan, dataset: str, args) -> at_hand.Pictures:
    """Training pictures, 7,500 at most."""
    import numpy as np

    if (known := at_hand.training(gan.recipe, dataset, args)) is None:
        raise ValueError("there are no training pictures for the baselines: give --data-root.")
    rows = np.linspace(0, len(known.images) - 1, min(len(known.images), 7_500)).astype(int)
    return known._replace(images=known.images[rows], labels=known.labels[rows])


def one_class(gan, held: at_hand.Pictures, known: at_hand.Pictures, args) -> dict:
    """{score: {"mean", "by_class", "roc"}}: each class in turn is normal, and every picture is rebuilt with that class.
    roc: the mean of the classes' curves."""
    from gan_models.latent import anomaly

    by: dict[str, dict[str, float]] = {}
    curves: dict[str, list] = {}
    pictures, labels, _ = held
    for k, name in enumerate(held.names):
        own = known.images[known.labels == k]
        found = anomaly.scores(gan, pictures, [k] * len(pictures), restarts=args.restarts, steps=args.steps)
        found["pca"] = anomaly.pca_residual(own, pictures, args.components)
        found["neighbour"] = anomaly.neighbour_distance(own, pictures)
        for score, values in found.items():
            sides = values[labels == k], values[labels != k]
            by.setdefault(score, {})[name] = round(anomaly.auc(*sides), 4)
            curves.setdefault(score, []).append(anomaly.roc_at(*sides))
    return {
        score: {"mean": round(sum(aucs.values()) / len(aucs), 4), "by_class": aucs, "roc": mean(curves[score])}
        for score, aucs in by.items()
    }


def mean(curves: list) -> list[float]:
    """Mean of curves at the same places."""
    return [round(sum(at) / len(at), 4) for at in zip(*curves, strict=True)]


def other_data(gan, pictures, foreign, known, args) -> dict:
    """{"auc": {score: AUC}, "roc": {score: curve}} of pictures of another data set against those of the own data
    set."""
    import numpy as np

    from gan_models.latent import anomaly

    both = np.concatenate([pictures, foreign])
    found = anomaly.scores(gan, both, restarts=args.restarts, steps=args.steps)
    found["pca"] = anomaly.pca_residual(known, both, args.components)
    found["neighbour"] = anomaly.neighbour_distance(known, both)
    n = len(pictures)
    return {
        "auc": {score: round(anomaly.auc(values[:n], values[n:]), 4) for score, values in found.items()},
        "roc": {score: mean([anomaly.roc_at(values[:n], values[n:])]) for score, values in found.items()},
    }


def show(folder: Path, made: dict) -> None:
    """Print the figures, and the classes for which the GAN is worse than PCA."""
    print(f"{folder}: {made['n']} test pictures")
    if table := made.get("one_class"):
        names = list(next(iter(table.values()))["by_class"])
        print(f"\n| normal class | {' | '.join(table)} |\n|---|{'---:|' * len(table)}")
        for name in names:
            aucs = [f"{score['by_class'][name]:.3f}" for score in table.values()]
            print(f"| {name} | {' | '.join(aucs)} |")
        means = [f"{score['mean']:.3f}" for score in table.values()]
        print(f"| mean | {' | '.join(means)} |")
        ours = {key: score for key, score in table.items() if key not in ("pca", "neighbour")}
        best = max(ours, key=lambda key: ours[key]["mean"])
        lost = [name for name in names if ours[best]["by_class"][name] < table["pca"]["by_class"][name]]
        print(f"\n{best} is below PCA for: {', '.join(lost) or 'no class'}.")
    if other := made.get("other_data"):
        print(f"\n{other['dataset']} as anomalies: " + ", ".join(f"{k} {v:.3f}" for k, v in other["auc"].items()))


if __name__ == "__main__":
    sys.exit(main())
