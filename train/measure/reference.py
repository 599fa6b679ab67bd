"""Make the reference for measuring generated pictures: `python -m train reference --dataset mnist`.

From the features of a data set's test images it writes checkpoints/<dataset>/reference.safetensors, which `train
evaluate` needs; and anchors.json: real and spoilt real pictures measured as if they were generated, so that people can
tell a good distance from a bad one. Anchors in the wrong order are an error, since they show that the measure is wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from ..engine.data import Data

NOISE = 0.2
"""Standard deviation of the noise in the noisy anchor, for pictures from -1 to 1"""
DRAWS = 3
"""Number of random sets for an anchor's mean and spread"""


def names(dataset: str, asked: str | None) -> tuple[str, str]:
    """File names of reference and anchors; they contain the extractor's name if it is not the data set's own."""
    tail = "" if asked in (None, f"{dataset.replace('_', '-')}-cnn") else f"-{asked}"
    return f"reference{tail}.safetensors", f"anchors{tail}.json"


def anchors(data: Data, n: int) -> Iterator[tuple[str, str, list[Tensor]]]:
    """(name, title, sets of pictures uint8 [N, C, H, W]); see `order` for their order under a sound distance."""
    import torch

    n = min(n, len(data) * 9 // 10)

    def draw(seed: int) -> Tensor:
        return data.images[torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))[:n]]

    def noisy(seed: int) -> Tensor:
        x = draw(seed)
        noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))
        return (x.float() + 127.5 * NOISE * noise).round().clamp(0, 255).byte()

    yield "train", "Real training images", [draw(seed) for seed in range(DRAWS)]
    yield "noise", f"Real images with noise (sigma {NOISE})", [noisy(seed) for seed in range(DRAWS)]
    if data.class_names:
        classes = [data.images[data.labels == k][:n] for k in range(len(data.class_names))]
        yield "one_class", "Real images of one class only", classes
    mean = torch.cat([part.float().sum(0, keepdim=True) for part in data.images.split(4096)]).sum(0) / len(data)
    yield "mean", "The mean image, over and over", [mean.round().byte().expand(n, -1, -1, -1).contiguous()]


def order(rows: list[dict]) -> list[str]:
    """A sentence for each two anchors that a distance puts in the wrong order; empty for a sound measure.

    Both distances must be least for the first row, and the Frechet distance greatest for the last. The rows between are
    spoilt in one way only, in no fixed order: the distance of one class from all depends on the classes (smiling men
    are nearer to all faces than noisy faces are; trousers are farther from all articles than noisy articles are). The
    kernel distance need not be greatest for the last: with few classes, one class and the mean image are about equally
    far away.
    """
    first, *between, last = rows
    pairs = [("fd", first, b) for b in between] + [("fd", a, last) for a in between or [first]]
    pairs += [("kd", first, b) for b in rows[1:]]
    return [
        f"{figure} puts {a['title']!r} ({a['figures'][figure]['mean']:.4g}) above {b['title']!r} "
        f"({b['figures'][figure]['mean']:.4g})."
        for figure, a, b in pairs
        if not a["figures"][figure]["mean"] < b["figures"][figure]["mean"]
    ]


def main(argv: list[str] | None = None) -> int:
    from gan_models.metrics.choose import extractor_for
    from gan_models.metrics.extractors import ExtractorError
    from gan_models.metrics.reference import ReferenceError

    from ..engine.data import DataError, splits
    from ..engine.identity import fingerprint

    parser = argparse.ArgumentParser(prog="python -m train reference", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("--dataset", default="mnist", help="a data set's name, or a folder of images")
    add("--data-root", metavar="DIR", help="folder of the data sets (default: $GAN_DATA_ROOT, else data/)")
    add("--classes", metavar="A,B", help="CelebA attributes that make the classes: Male,Smiling makes four")
    add("--size", type=int, help="pixels per side (default: the data's own)")
    add("--extractor", metavar="NAME", help="another extractor than the data set's own, such as inception")
    add("--checkpoints", default="checkpoints", metavar="DIR", help="the zoo")
    args = parser.parse_args(argv)
    try:
        data, test = splits(args.dataset, args.data_root, args.size, args.classes)
        folder = Path(args.checkpoints) / data.name
        _, channels, size, _ = test.images.shape
        extractor = extractor_for(data.name, channels, size, Path(args.checkpoints), args.extractor)
        wrong = run(
            data, test, extractor, fingerprint(test), *(folder / name for name in names(data.name, args.extractor))
        )
    except (DataError, ExtractorError, ReferenceError, OSError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped; nothing was written.", file=sys.stderr)
        return 130
    for sentence in wrong:
        print(f"{parser.prog}: error: the anchors are out of order: {sentence}", file=sys.stderr)
    return 1 if wrong else 0


def enough(data: Data, test: Data) -> None:
    """Raises DataError if some pictures are too few for a distance to the K-th nearest other one."""
    from gan_models.metrics.reference import K

    from ..engine.data import need

    counts = {"test images": len(test), "images in nine tenths of its training images": len(data) * 9 // 10}
    for k, name in enumerate(data.class_names):
        counts[f"training images of {name!r}"] = int((data.labels == k).sum())
    short = [f"{n} {what}" for what, n in counts.items() if n <= K]
    need(not short, f"a reference needs {K + 1} or more images of each kind, and {data.name} has {', '.join(short)}.")


def run(data: Data, test: Data, extractor, hash: str, path: Path, anchors_path: Path) -> list[str]:
    """Write both files, or neither; returns the sentences of `order`. Raises DataError if there are too few pictures of
    a kind."""
    from tqdm import tqdm

    from gan_models.disk import write_json
    from gan_models.metrics.measure import block, measure
    from gan_models.metrics.reference import Training, build, write

    enough(data, test)
    training = Training(data.images, extractor(data.images).features)
    reference = build(extractor, test, training, "test", hash)
    rows = []
    sets = list(anchors(data, len(test)))
    with tqdm(total=sum(len(one) for *_, one in sets), desc="anchors", unit="set") as bar:
        for name, title, draws in sets:
            parts = []
            for images in draws:
                # Memorisation only for the training images, which show a perfect copier: it takes most of the time.
                copier = training if name == "train" else None
                parts.append(measure(images, extractor, reference, training=copier))
                bar.update()
            n = min(len(images) for images in draws)
            rows.append({"name": name, "title": title, **block(parts, n, range(len(draws)), extractor, reference)})
    head = {"format": 1, "dataset": data.name, "extractor": rows[0]["extractor"], "reference": reference.summary()}
    write(reference, path)
    write_json(anchors_path, {**head, "rows": rows})
    print(
        f"{path}: {len(test):,} test images, {reference.features.shape[1]} features, {path.stat().st_size / 1e6:.1f} MB"
    )
    for row in rows:
        figures = row["figures"]
        print(f"  {row['title']:36} FD {figures['fd']['mean']:10.4g}   KD {figures['kd']['mean']:10.4g}")
    return order(rows)


if __name__ == "__main__":
    sys.exit(main())
