"""What faces show, told by linear probes: smiling, glasses, blond hair and what else the data set says of its pictures.

A probe sees the features of EfficientNet-Lite0 and is fitted to the training pictures of CelebA. Only those count that
tell test pictures apart (AUC >= .8). They name directions of a latent space; they do not ship.
"""

from __future__ import annotations

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
"""On test pictures"""
JUDGEMENTS = ("Attractive",)
"""What somebody thought of a face, not something that it shows: it names no direction"""
LEAST = 20
"""Test pictures with and without an attribute, below which an AUC says little"""


@cache
def probes(dataset: str, root: str | None, size: int, zoo: Path) -> tuple[Extractor, Probe, dict[str, float]]:
    """(extractor, probe of every attribute, {attribute: AUC on test pictures} of those that count), fitted once in a
    process. DataError or ExtractorError where the pictures or the extractor are not there."""
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
    """pictures uint8 [N, H, W, C] -> {attribute in small letters: logits [N]}; None, and a line that says why, where
    nothing says what the pictures of a data set show."""
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
        return {
            name.lower(): column.double().numpy()
            for name, column in zip(counted, probe(seen.features).unbind(1), strict=True)
        }

    return told
