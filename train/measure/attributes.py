"""The attributes of faces that linear probes recognise: `python -m train attributes` prints their AUC.

Smiling, glasses, blond hair and all other attributes that the data set gives for its pictures. A probe sees the
features of EfficientNet-Lite0 and is fitted to training pictures. Only probes with AUC >= .8 on test pictures are used.
They name directions of a latent space; they do not ship.
"""

from __future__ import annotations

import argparse
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from gan_models.latent.naming import Measure
    from gan_models.metrics.extractors import Extractor
    from gan_models.metrics.probe import Probe

LEAST_AUC = 0.8
"""Least AUC on test pictures"""
JUDGEMENTS = ("Attractive",)
"""An opinion about a face, not something that the picture shows: it names no direction"""
LEAST = 20
"""With fewer test pictures with, or without, an attribute, an AUC means little"""


def main(argv: list[str] | None = None) -> int:
    from gan_models.metrics.extractors import ExtractorError

    from ..engine.data import DataError

    parser = argparse.ArgumentParser(prog="python -m train attributes", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("--dataset", default="celeba", help="a data set with attributes (default celeba)")
    add("--size", type=int, default=64, help="side of the pictures in pixels (default 64)")
    add("--data-root", metavar="DIR", help="folder of the data sets (default: $GAN_DATA_ROOT, else data/)")
    add("--checkpoints", type=Path, default=Path("checkpoints"), metavar="DIR", help="folder of extractors")
    args = parser.parse_args(argv)
    try:
        extractor, _, found = probes(args.dataset, args.data_root, args.size, args.checkpoints)
    except (DataError, ExtractorError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    words = f"attributes of {args.dataset} name directions, by AUC on test pictures through {extractor.name}:"
    print(f"{len(found)} {words}")
    for name, area in sorted(found.items(), key=lambda one: -one[1]):
        print(f"  {name:24} {area:.3f}")
    return 0


@cache
def probes(dataset: str, root: str | None, size: int, zoo: Path) -> tuple[Extractor, Probe, dict[str, float]]:
    """(extractor, probe of every attribute, {attribute: AUC on test pictures} of the probes that are used), fitted once
    per process. Raises DataError or ExtractorError if the pictures or the extractor are not there."""
    import torch

    from gan_models.latent.anomaly import auc
    from gan_models.metrics.choose import extractor_for
    from gan_models.metrics.probe import Probe

    from ..engine.data import attribute_table

    images, table, names = attribute_table(dataset, root, "train", size)
    test, truth, _ = attribute_table(dataset, root, "test", size)
    extractor = extractor_for(dataset, images.shape[1], size, zoo)
    both = table.any(0) & (~table).any(0)
    kept = [k for k, name in enumerate(names) if both[k] and name not in JUDGEMENTS]
    probe = Probe.fit(extractor(images).features, table[:, kept])
    scores, found = probe(extractor(test).features), {}
    for k, column in enumerate(kept):
        has = truth[:, column]
        if min(has.sum(), (~has).sum()) >= LEAST:
            found[names[column]] = auc(scores[~has, k].numpy(), scores[has, k].numpy())
    columns = [k for k, column in enumerate(kept) if found.get(names[column], 0) >= LEAST_AUC]
    counted = {names[kept[k]]: found[names[kept[k]]] for k in columns}
    rows = torch.tensor(columns, dtype=torch.int64)
    return extractor, Probe(probe.mean, probe.deviation, probe.weight[rows], probe.bias[rows]), counted


def measure(dataset: str, root: str | None, size: int, zoo: Path) -> Measure | None:
    """pictures uint8 [N, H, W, C] -> {what is seen: logits [N]}; None, with a message, if the data set has no
    attributes."""
    import torch

    from gan_models.metrics.extractors import ExtractorError

    from ..engine.data import DataError

    try:
        extractor, probe, counted = probes(dataset, root, size, zoo)
    except (DataError, ExtractorError) as error:
        print(f"no attributes name directions: {error}", file=sys.stderr)
        return None

    def told(pictures: np.ndarray) -> dict[str, np.ndarray]:
        seen = extractor(torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous())
        logits = zip(map(worded, counted), probe(seen.features).unbind(1), strict=True)
        return {name: sign * column.double().numpy() for (name, sign), column in logits}

    return told


def worded(attribute: str) -> tuple[str, int]:
    """What there can be more of, and 1, or -1 where the attribute says that there is none of it: "Wearing Hat" is (hat,
    1), "No Beard" (beard, -1)."""
    name = attribute.lower().removeprefix("wearing ")
    return (name.removeprefix("no "), -1) if name.startswith("no ") else (name, 1)


if __name__ == "__main__":
    sys.exit(main())
