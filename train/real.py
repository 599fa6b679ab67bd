"""Write real pictures of a data set beside its checkpoints, for the demo to show next to generated ones.

`python -m train.real --dataset mnist` writes checkpoints/mnist/real.png, twelve per class in columns, and
real.json, which says what stands where; `--data ~/pictures --checkpoints runs` does so for a folder of one's own.
Only for data whose licence lets its pictures be passed on: the demo does without where the two files are missing.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from PIL import Image

from gan_models.pictures import tile

if TYPE_CHECKING:
    from .engine.data import Data

ROWS = 12


def choose(data: Data, rows: int = ROWS) -> torch.Tensor:
    """Indices [rows * columns], row by row: one column per class; ten columns where there are no classes, or as many
    as there are images. Fewer rows where a class has no more images, none where one has none.

    The first ones of each class in the order of the data set, so that nobody has picked them.
    """
    if not data.class_names:
        columns = min(10, len(data))
        return torch.arange(min(rows * columns, len(data)) // columns * columns)
    columns = [torch.nonzero(data.labels == k).flatten()[:rows] for k in range(len(data.class_names))]
    least = min(len(c) for c in columns)
    return torch.stack([c[:least] for c in columns], 1).flatten()


def write(data: Data, split: str, folder: Path) -> None:
    """real.png, tiles without gaps, and real.json into the folder. ValueError where a class has no image."""
    at = choose(data)
    if not len(at):
        raise ValueError(f"a class of {data.name} has no {split} images: give 10 of each or more, or --split train.")
    columns = len(data.class_names) or min(10, len(data))
    folder.mkdir(parents=True, exist_ok=True)
    pictures = data.images[at].permute(0, 2, 3, 1).numpy()
    Image.fromarray(tile(pictures, columns)).save(folder / "real.png", optimize=True)
    _, channels, size, _ = data.images.shape
    facts = {
        "dataset": data.name,
        "split": split,
        "size": size,
        "channels": channels,
        "class_names": data.class_names,
        "columns": columns,
        "labels": data.labels[at].tolist(),
    }
    (folder / "real.json").write_text(json.dumps(facts) + "\n")


def main(argv: list[str] | None = None) -> int:
    from .engine.data import load  # here: the list of variants imports this file, and torchvision is slow

    parser = argparse.ArgumentParser(prog="python -m train.real", description=__doc__.split("\n\n")[0])
    parser.add_argument("--dataset", default="mnist", help="a data set's name")
    parser.add_argument("--data", metavar="FOLDER", help="a folder of images in place of --dataset")
    parser.add_argument("--size", type=int, metavar="PIXELS", help="side of the pictures (default: as the data has it)")
    parser.add_argument("--skip-broken", action="store_true", help="leave unreadable images out and say which they are")
    parser.add_argument(
        "--data-root", metavar="DIR", help="where the data sets lie (default: $GAN_DATA_ROOT, else data/)"
    )
    parser.add_argument("--split", default="test", choices=("train", "test"))
    parser.add_argument("--checkpoints", default="checkpoints", metavar="DIR", help="the zoo")
    args = parser.parse_args(argv)
    try:
        broken = "skip" if args.skip_broken else "error"
        data = load(args.data or args.dataset, args.data_root, args.split, args.size, on_broken=broken)
        write(data, args.split, Path(args.checkpoints) / data.name)
    except (ValueError, OSError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    print(Path(args.checkpoints) / data.name / "real.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
