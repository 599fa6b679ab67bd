"""Write real pictures of a data set beside its checkpoints: `python -m train real --dataset mnist`.

The app shows them next to generated ones. The command writes checkpoints/mnist/real.png, twelve test images per class
in columns, and training.png, 7,500 training images in which the app searches nearest neighbours. The JSON file beside
each describes its pictures, and training.safetensors holds their features if the data set has an extractor. `--data
~/pictures --checkpoints runs` does the same for a folder of your own. The demo also works without these files. Your own
pictures stay on your machine, unless `train publish --space NAME --with-real` includes them; those of CelebA always
stay, since its licence does not allow them to be passed on.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from gan_models import real
from gan_models.sources import source

if TYPE_CHECKING:
    from ..engine.data import Data

ROWS = 12
"""Of real.png"""
TRAINING, VALUES = 7_500, 24_000_000
"""Most pictures of training.png, and most pixel values: 2,000 faces at 64 px. The app keeps them in memory"""
ACROSS = 100
"""Approximate columns of training.png: a multiple of the number of classes"""


def choose(data: Data, rows: int = ROWS) -> torch.Tensor:
    """Indices [rows * columns], row by row: one column per class; ten columns if there are no classes, or as many as
    there are images. Fewer rows if a class has fewer images, none if a class has no image.

    The first images of each class in the order of the data set, so that they are not hand-picked.
    """
    if not data.class_names:
        columns = min(10, len(data))
        return torch.arange(min(rows * columns, len(data)) // columns * columns)
    columns = [torch.nonzero(data.labels == k).flatten()[:rows] for k in range(len(data.class_names))]
    least = min(len(c) for c in columns)
    return torch.stack([c[:least] for c in columns], 1).flatten()


def write(
    data: Data, split: str, folder: Path, name: str = real.SHOWN, rows: int = ROWS, credit: str = ""
) -> torch.Tensor:
    """Write NAME.png and NAME.json into the folder; returns the indices of the images. Raises ValueError if a class has
    no image.

    credit: see `real.write`.
    """
    at = choose(data, rows)
    if not len(at):
        raise ValueError(f"a class of {data.name} has no {split} images: give 10 of each or more, or --split train.")
    columns = len(data.class_names) or min(10, len(data))
    if len(at) > ROWS * columns:  # a sheet that is about square
        columns *= max(1, ACROSS // columns)
        at = at[: len(at) // columns * columns]
    pictures = data.images[at].permute(0, 2, 3, 1).numpy()
    chosen = real.Real(pictures, data.labels[at].tolist(), list(data.class_names), split)
    real.write(folder, name, chosen, data.name, columns, credit)
    return at


def training_rows(data: Data) -> int:
    """Rows of `choose` that training.png takes."""
    number = min(TRAINING, VALUES // data.images[0].numel())
    return max(1, number // (len(data.class_names) or 10))


def write_features(images: torch.Tensor, dataset: str, zoo: Path) -> str:
    """Write training.safetensors, the features of the images through the data set's extractor; returns a sentence on
    it."""
    from gan_models.metrics.choose import extractor_for
    from gan_models.metrics.extractors import ExtractorError
    from gan_models.metrics.neighbours import write

    path = zoo / dataset / f"{real.TRAINING}.safetensors"
    try:
        extractor = extractor_for(dataset, images.shape[1], images.shape[2], zoo)
    except ExtractorError as error:
        path.unlink(missing_ok=True)
        return f"No features, and no nearest neighbours in the app as long as {str(error).rstrip('.')}."
    write(path, extractor, extractor(images).features, images.permute(0, 2, 3, 1).numpy())
    return str(path)


def main(argv: list[str] | None = None) -> int:
    from ..engine.data import load  # here: torchvision is slow to import

    parser = argparse.ArgumentParser(prog="python -m train real", description=__doc__.split("\n\n")[0])
    parser.add_argument("--dataset", default="mnist", help="a data set's name")
    parser.add_argument("--data", metavar="FOLDER", help="a folder of images in place of --dataset")
    parser.add_argument("--size", type=int, metavar="PIXELS", help="side of the pictures (default: the data's own)")
    parser.add_argument("--skip-broken", action="store_true", help="leave unreadable images out, and list them")
    parser.add_argument(
        "--data-root", metavar="DIR", help="folder of the data sets (default: $GAN_DATA_ROOT, else data/)"
    )
    parser.add_argument("--split", default="test", choices=("train", "test"), help="images of real.png (default: test)")
    parser.add_argument("--checkpoints", default="checkpoints", metavar="DIR", help="the zoo")
    args = parser.parse_args(argv)
    try:
        broken = "skip" if args.skip_broken else "error"
        for name, split in ((real.SHOWN, args.split), (real.TRAINING, "train")):
            data = load(args.data or args.dataset, args.data_root, split, args.size, on_broken=broken)
            folder = Path(args.checkpoints) / data.name
            rows = ROWS if name == real.SHOWN else training_rows(data)
            at = write(data, split, folder, name, rows, source(args.data or args.dataset).credit)
            print(folder / f"{name}.png")
        print(write_features(data.images[at], data.name, Path(args.checkpoints)))
    except (ValueError, OSError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
