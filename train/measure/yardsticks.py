"""Make the data for the other measures: `python -m train yardsticks --dataset mnist`, once for each data set.

From the test images it writes checkpoints/<dataset>/yardsticks.safetensors, with which `train evaluate` measures each
checkpoint through features learnt without the data set's labels, and on the pixels alone; and yardsticks.json, the
anchors: real training images and spoilt ones, measured in the same way.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gan_models.disk import write_json
from gan_models.metrics import record

from .reference import anchors

if TYPE_CHECKING:
    from gan_models.metrics.extractors import Extractor
    from gan_models.metrics.reference import Reference
    from gan_models.metrics.yardsticks import Yardsticks


def opened(folder: Path, extractor: Extractor, reference: Reference) -> Yardsticks:
    """The yardsticks of a zoo's data set folder; missing ones are left out with a message."""
    from gan_models.metrics.choose import EFFICIENTNET, label_free
    from gan_models.metrics.extractors import ExtractorError
    from gan_models.metrics.reference import ReferenceError
    from gan_models.metrics.yardsticks import FILE, Yardsticks, read

    real = look = None
    try:
        real = read(folder / FILE)
        about = real.about
        if (about["channels"], about["size"]) != (reference.about["channels"], reference.about["size"]):
            raise ReferenceError(f"{folder / FILE} is of pictures of another size than the reference.")
        if real.moments is not None:
            look = label_free(about["channels"], about["size"])
            if look.hash != about["extractor"]["hash"]:
                raise ExtractorError(f"{folder / FILE} was made with other weights of {EFFICIENTNET}.")
    except (ReferenceError, ExtractorError) as error:
        look = None
        what = "label-free features and pixels" if real is None else "label-free features"
        print(f"Not measured by {what}: {error}")
    return Yardsticks(extractor, reference, real, look)


def main(argv: list[str] | None = None) -> int:
    from gan_models.metrics.choose import EFFICIENTNET, extractor_for, label_free
    from gan_models.metrics.extractors import ExtractorError
    from gan_models.metrics.reference import ReferenceError, read
    from gan_models.metrics.yardsticks import FILE, Yardsticks, build, write

    from ..engine.data import DataError, load
    from ..engine.report import fingerprint
    from .reference import names

    parser = argparse.ArgumentParser(prog="python -m train yardsticks", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("--dataset", default="mnist", help="a data set's name, or a folder of images")
    add("--data-root", metavar="DIR", help="folder of the data sets (default: $GAN_DATA_ROOT, else data/)")
    add("--classes", metavar="A,B", help="CelebA attributes that make the classes, as for train reference")
    add("--size", type=int, help="pixels per side (default: the data's own)")
    add("--checkpoints", default="checkpoints", type=Path, metavar="DIR", help="the zoo")
    args = parser.parse_args(argv)
    try:
        data, test = (
            load(args.dataset, args.data_root, split, args.size, attributes=args.classes) for split in ("train", "test")
        )
        _, channels, size, _ = test.images.shape
        folder = args.checkpoints / data.name
        own = extractor_for(data.name, channels, size, args.checkpoints)
        reference = read(folder / names(data.name, None)[0], own)
        look = None if own.name == EFFICIENTNET else label_free(channels, size)
        about = {"dataset": data.name, "split": "test", "hash": fingerprint(test)}
        real = build(test.images, look, about)
        write(real, folder / FILE)
        print(f"{folder / FILE}: {len(test):,} test images, {(folder / FILE).stat().st_size / 1e6:.1f} MB")
        write_json(folder / record.YARDSTICKS, anchored(Yardsticks(own, reference, real, look), data, len(test)))
    except (DataError, ExtractorError, ReferenceError, ValueError, OSError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    print(folder / record.YARDSTICKS)
    return 0


def anchored(measures: Yardsticks, data, n: int) -> dict:
    """The content of yardsticks.json: {"rows": [{"name", "title", "n", "figures": {name: figure}}]}."""
    rows = []
    for name, title, draws in anchors(data, n):
        heads = measures.heads(min(len(images) for images in draws), list(range(len(draws))))
        found = [measures(images, heads) for images in draws]
        figures = {key: record.figure([one[key] for one in found]) for key in heads}
        rows.append({"name": name, "title": title, "n": min(map(len, draws)), "figures": figures})
        print(f"  {title:36} " + "   ".join(f"{key} {one['mean']:.4g}" for key, one in figures.items()))
    head = {key: {k: v for k, v in one.items() if k not in ("n", "seeds")} for key, one in heads.items()}
    return {"format": 1, "dataset": data.name, "measures": head, "rows": rows}


def measured(gan, measures: Yardsticks, heads: dict[str, dict], labels) -> dict[str, dict]:
    """Name -> block of metrics.json's "yardsticks", for a generator's pictures; labels: those to draw, or None."""
    import torch

    from .evaluate import drawn

    if not heads:
        return {}
    n, seeds = next((one["n"], one["seeds"]) for one in heads.values())
    found = [measures(torch.cat(list(drawn(gan, n, seed, labels))), heads) for seed in seeds]
    return {key: {**head, "figure": record.figure([one[key] for one in found])} for key, head in heads.items()}


if __name__ == "__main__":
    sys.exit(main())
