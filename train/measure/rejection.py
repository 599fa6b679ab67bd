"""Calibrate D for rejection: `python -m train rejection checkpoints/mnist/dcgan`, then `gan.sample(..., accept=0.5)`.

Logistic regression turns D's logit into the logit of a probability, on held-out test pictures and as many generated
ones, none of which trained D. The effect of acceptance on distance and class shares is measured on pictures of other
seeds, and stored in metrics.json beside the calibration. The reference of that distance is all test pictures, including
the few used for the calibration, which has only two parameters.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gan_models.metrics import record

from . import at_hand
from .folders import each

FIRST_SEED = 20_000_000
"""First seed of the generated pictures for the calibration: no figure uses these pictures"""
FIGURES = ("fd", "kd", "precision", "recall", "density", "coverage", "class_kl", "smallest_share", "label_accuracy")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train rejection", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("folders", nargs="+", type=Path, metavar="FOLDER", help="checkpoint folders")
    add("--n", type=int, default=10_000, help="pictures to measure before and after rejection (default 10,000)")
    add("--accept", type=float, default=0.5, help="share of pictures to accept (default 0.5)")
    add("--held-out", type=int, default=2_000, help="real, and as many generated, for the calibration (default 2,000)")
    at_hand.arguments(parser, "the test pictures", "real.png", "extractor and reference")
    args = parser.parse_args(argv)
    if not (100 <= args.n <= 10**6 and 50 <= args.held_out <= 100_000 and 0.02 <= args.accept <= 1):
        parser.error("--n must be 100 to 1,000,000, --held-out 50 to 100,000, --accept 0.02 to 1.")
    return each(parser.prog, args.folders, lambda folder: one(folder, args), "what was measured is written")


def one(folder: Path, args) -> None:
    """Calibrate and measure one folder."""
    import gan_models
    from gan_models.latent import rejection

    gan = gan_models.load(folder, discriminator=True, kind=gan_models.Recipe)
    gan.calibration = rejection.Calibration(1.0, 0.0, (0.0, 1.0))
    rejection.check(gan, args.accept)  # raises at once if there is nothing to calibrate
    dataset = str(gan.provenance.get("dataset"))
    held = at_hand.held_out(gan.recipe, dataset, args.held_out, args)
    if held is None or len(held.images) < 50:
        n = 0 if held is None else len(held.images)
        raise ValueError(f"there are {n} held-out pictures of {dataset}, and 50 are needed: give --data-root.")
    pictures, labels, names = held
    if gan.recipe.classes and names != gan.recipe.class_names:
        theirs = f"the classes {', '.join(names)}" if names else "no classes"
        raise ValueError(
            f"its discriminator judges each picture with its class, {', '.join(gan.recipe.class_names)}, and the "
            f"held-out pictures of {dataset} have {theirs}: pictures with its own classes are needed."
        )
    asked = labels.tolist() if gan.recipe.classes else None
    made = gan.sample(range(FIRST_SEED, FIRST_SEED + len(pictures)), asked)
    gan.calibration = rejection.calibrate(gan.score(pictures, asked), gan.score(made, asked))
    found = {"calibration": gan.calibration.to_json()}
    figures = measured(gan, args)
    found["rejection"] = {"accept": args.accept, "n": args.n, "held_out": len(pictures), **figures}
    record.update(folder, dataset, latent=found)
    print(f"{folder}: calibrated on {len(pictures)} test pictures and as many generated pictures")
    for when in ("before", "after"):
        words = ", ".join(f"{key} {value:.3g}" for key, value in figures[when]["figures"].items())
        print(f"  {when}: {words}")


def measured(gan, args) -> dict:
    """{"before": ..., "after": ...}: figures and class shares of --n pictures, by the data set's extractor."""
    import torch

    from gan_models.metrics.choose import extractor_for
    from gan_models.metrics.measure import measure
    from gan_models.metrics.reference import read

    from .evaluate import drawn
    from .reference import names

    dataset = str(gan.provenance.get("dataset"))
    extractor = extractor_for(dataset, gan.recipe.channels, gan.recipe.size, args.checkpoints)
    reference = read(args.checkpoints / dataset / names(dataset, None)[0], extractor)
    asked, out = reference.asked(gan.recipe, args.n), {}
    for when, accept in (("before", None), ("after", args.accept)):
        pictures = torch.cat([*drawn(gan, args.n, 0, asked, accept)]).contiguous()
        seen = measure(pictures, extractor, reference, asked)
        out[when] = {"figures": {key: round(seen["figures"][key], 6) for key in FIGURES if key in seen["figures"]}}
        if "class_shares" in seen:
            out[when]["class_shares"] = seen["class_shares"]
    return out


if __name__ == "__main__":
    sys.exit(main())
