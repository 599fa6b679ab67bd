"""Find and name directions of checkpoints: `python -m train directions checkpoints/mnist/*` writes directions.json.

Candidates come from the weights (SeFa), from the spread of styles or features (GANSpace) and from boundaries between
classes and between measures (InterFaceGAN). 256 latents are moved along each direction; its name is its effect on
class, stroke width, slant, brightness, size and place, and for faces also on smile, hair and other attributes that
linear probes recognise (attributes.py). A direction without an effect is dropped.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from . import attributes
from .folders import each


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train directions", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("folders", nargs="+", type=Path, metavar="FOLDER", help="checkpoint folders")
    add("--checkpoints", default="checkpoints", metavar="DIR", help="folder of the extractor")
    add("--data-root", metavar="DIR", help="data sets with attributes (default: $GAN_DATA_ROOT, else data/)")
    add("--samples", type=int, default=1500, help="random pictures whose spread is the unit of effects (default 1,500)")
    add("--again", action="store_true", help="find new ones even if there are some")
    args = parser.parse_args(argv)
    if not 100 <= args.samples <= 100_000:
        parser.error("--samples must be 100 to 100,000.")
    return each(parser.prog, args.folders, lambda folder: one(folder, args), "nothing of this checkpoint was written")


def one(folder: Path, args) -> None:
    """Write the directions of one folder, or print that it has some."""
    import gan_models
    from gan_models.latent import directions
    from gan_models.latent.naming import Scene, discover

    gan = gan_models.load(folder, kind=gan_models.Recipe)
    if not args.again and directions.current(folder, gan.recipe):
        print(f"{folder} has directions already (--again finds new ones).")
        return
    began = time.monotonic()
    classify, names = classifier(gan, Path(args.checkpoints))
    told = None
    if classify is None:
        told = attributes.measure(str(gan.provenance.get("dataset")), args.data_root, gan.recipe.size, args.checkpoints)
    found = discover(Scene.of(gan, classify, names, told, n=args.samples))
    directions.write(folder, found)
    print(f"{folder}: {len(found)} directions in {time.monotonic() - began:.0f} s")
    for d in found:
        print(f"  {d.method:9} {d.name} (spread {d.spread:.1f}, entanglement {d.entanglement:.2f})")


def classifier(gan, zoo: Path):
    """(pictures uint8 [N, H, W, C] -> classes [N], their names) by the data set's extractor; (None, ()) if it knows no
    classes, or, with a message, if there is none."""
    import torch

    from gan_models.metrics.choose import extractor_for
    from gan_models.metrics.extractors import ExtractorError

    try:
        extractor = extractor_for(str(gan.provenance.get("dataset")), gan.recipe.channels, gan.recipe.size, zoo)
    except ExtractorError as error:
        print(f"no classes are recognised: {error}")
        return None, ()
    if not extractor.class_names:
        return None, ()

    def classify(pictures):
        seen = extractor(torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous())
        return seen.logits.argmax(-1).numpy()

    return classify, extractor.class_names


if __name__ == "__main__":
    sys.exit(main())
