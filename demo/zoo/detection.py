"""How well anomaly scores separate odd pictures from normal ones: recorded figures, else measured on the pictures at
hand.

No UI; torch is imported where something is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from demo.zoo.anomalies import CLASSES, Asked, asked, items_of
from demo.zoo.cache import LeastRecentlyUsed
from demo.zoo.figures import finite, line
from demo.zoo.words import listed
from gan_models import real

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.zoo import Zoo

BASELINES = ("pca", "neighbour")
SCORES = {
    "residual": "Search",
    "features": "Search, D's features",
    "anogan": "AnoGAN",
    "encoder": "Encoder",
    "pca": "PCA",
    "neighbour": "Nearest neighbour",
}
"""Scores as train anomaly names them, and as the screens do"""
MEANINGS = (
    "**Encoder**: what is left between the picture and what G draws for the encoder's answer to it, summed over the "
    "pixels, where black to white counts 2. **Search**: the same for the best latent that a search finds. **Search, "
    "D's features**: the difference of the two in the features of D's last layer. **AnoGAN**: 0.9 times the score of "
    "the search plus 0.1 times that of the features (Schlegl et al. 2017).\n\nTwo simple baselines use no GAN. "
    "**PCA**: the squared distance to the plane of the first 32 principal components of the training pictures. "
    "**Nearest neighbour**: the distance to the nearest training picture.\n\n**AUC** is the area under the ROC "
    "curve: the share of all pairs of a normal and an odd picture in which the odd one has the higher score. At 1 "
    "all pairs are told apart; 0.5 is chance."
)
COMPONENTS = 32
"""Of the PCA"""
AT = 15
"""Points of a curve on record"""


@dataclass(frozen=True)
class Figures:
    """How well the scores of one variant tell odd pictures from normal ones."""

    key: str
    title: str
    n: int
    """Number of normal test pictures on which it was measured"""
    auc: dict[str, float]
    """Score -> area under its ROC curve, over all of the other data, or the mean over the normal classes"""
    roc: dict[str, tuple[tuple[float, float], ...]]
    """Score -> (share of normal pictures above the threshold, share of odd ones), rising"""
    by_class: dict[str, dict[str, float]]
    """Score -> class that is normal -> AUC; {} for other data"""
    live: bool = False
    """Measured here, on the few pictures that are at hand; else by train anomaly"""

    @property
    def best(self) -> str | None:
        """The GAN's own score with the highest AUC."""
        return max((name for name in self.auc if name not in BASELINES), key=self.auc.get, default=None)

    @property
    def lost(self) -> list[str]:
        """The normal classes for which PCA has a higher AUC than the best score."""
        mine, pca = self.by_class.get(self.best or "", {}), self.by_class.get("pca", {})
        return [name for name in mine if name in pca and mine[name] < pca[name]]


def stored(zoo: Zoo, entry: Entry, odd: str) -> Figures | None:
    """What train anomaly wrote of a variant, of other data (its name) or CLASSES; None where it wrote nothing that can
    be used."""
    from gan_models.latent.anomaly import ROC_AT

    found = _dict(_dict(zoo.files.metrics(entry.folder).latent).get("anomaly"))
    if odd == CLASSES:
        parts = {name: _dict(one) for name, one in _dict(found.get("one_class")).items()}
        auc = {name: one.get("mean") for name, one in parts.items()}
        roc = {name: one.get("roc") for name, one in parts.items()}
        by = {name: _shares(one.get("by_class")) for name, one in parts.items()}
    else:
        part = _dict(found.get("other_data"))
        if part.get("dataset") != odd:
            return None
        auc, roc, by = _dict(part.get("auc")), _dict(part.get("roc")), {}
    auc = {name: value for name, value in _shares(auc).items() if name in SCORES}
    curves = {
        name: tuple(zip(ROC_AT, ys, strict=True))
        for name, ys in roc.items()
        if name in auc and isinstance(ys, list) and len(ys) == AT and all(_share(y) for y in ys)
    }
    n = found.get("n")
    if not auc or not isinstance(n, int):
        return None
    return Figures(
        entry.key, entry.title, n, auc, curves, {name: one for name, one in by.items() if name in auc and one}
    )


def _dict(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def _share(value: Any) -> bool:
    return finite(value, 0) is not None and value <= 1


def _shares(value: Any) -> dict[str, float]:
    """The items that are {name: a number from 0 to 1}; others are left out."""
    return {line(str(name))[:40]: float(one) for name, one in list(_dict(value).items())[:1000] if _share(one)}


def measured(zoo: Zoo, entry: Entry, odd: str) -> Figures:
    """The same on the test pictures of other data that are at hand, with the baselines. ValueError as in `items_of`."""
    from gan_models.latent import anomaly

    what = asked(zoo, entry.dataset, odd, 10_000)
    far = np.array(what.odd)
    scores = {"encoder": np.array([item.score for item in items_of(zoo, entry, what.pictures)])}
    scores |= baselines(zoo, entry.dataset, odd, what)
    sides = {name: (values[~far], values[far]) for name, values in scores.items()}
    roc = {name: tuple(zip(*(side.tolist() for side in anomaly.roc(*two)), strict=True)) for name, two in sides.items()}
    auc = {name: anomaly.auc(*two) for name, two in sides.items()}
    return Figures(entry.key, entry.title, int((~far).sum()), auc, roc, {}, True)


def baselines(zoo: Zoo, dataset: str, odd: str, what: Asked) -> dict[str, np.ndarray]:
    """{"pca": [N], "neighbour": [N]}, kept; {} where there are no training pictures of this size."""
    from gan_models.latent import anomaly

    root = next((root for root in zoo.roots if real.stamp(root, dataset, real.TRAINING)), None)

    def make() -> dict[str, np.ndarray]:
        train = real.read(root, dataset, real.TRAINING) if root else None
        if train is None or train.pictures.shape[1:] != what.pictures.shape[1:]:
            return {}
        return {
            "pca": anomaly.pca_residual(train.pictures, what.pictures, COMPONENTS),
            "neighbour": anomaly.neighbour_distance(train.pictures, what.pictures),
        }

    stamp = root and real.stamp(root, dataset, real.TRAINING), len(what.pictures)
    return zoo.kept("anomaly", lambda: LeastRecentlyUsed(4)).get((dataset, odd), stamp, make)


def figures(zoo: Zoo, entries: Sequence[Entry], odd: str) -> tuple[list[Figures], list[str]]:
    """(figures of each variant that has some, those on record first of all; a sentence on the others)."""
    found, missing = [], []
    for entry in entries:
        one = stored(zoo, entry, odd)
        if one is None and odd != CLASSES:
            try:
                one = measured(zoo, entry, odd)
            except ValueError:
                missing.append(entry.title)
                continue
        if one is not None:
            found.append(one)
        elif entry.classes:
            missing.append(entry.title)
    notes = [f"No figures yet for {listed(missing)}: python -m train anomaly FOLDER measures them."] if missing else []
    return found, notes
