"""What the tests of train augment-gain share: toys in place of data, functions of which each file makes fixtures."""

from pathlib import Path

import numpy as np
import torch
from helpers import CLASSES

from train.engine import data as loading
from train.engine.data import Data
from train.measure import augment_gain, classifier, extractor

SIZE = 8  # as in the small zoo


def small(monkeypatch, tmp_path):
    """Few pictures; and what --scratch trains goes where the test is."""
    monkeypatch.setattr(augment_gain, "CAS", 60)
    monkeypatch.setattr(augment_gain, "GENERATED", 30)
    monkeypatch.setattr(classifier, "BATCH", 8)
    monkeypatch.chdir(tmp_path)


def toys(n: int, seed: int = 0) -> Data:
    """Pictures whose class is the third that is bright, under noise."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % len(CLASSES)
    images = rng.integers(0, 150, (n, 1, SIZE, SIZE))
    for k, rows in enumerate((slice(0, 3), slice(3, 5), slice(5, 8))):
        images[labels == k, :, rows] += 100
    return Data("toys", torch.from_numpy(images.astype(np.uint8)), torch.from_numpy(labels), CLASSES)


TRAIN, TEST = toys(90), toys(120, 1)


def told(zoo_folder, monkeypatch) -> Path:
    """An untrained conditional checkpoint, and the toys in the place of its data."""
    monkeypatch.setattr(loading, "load", lambda name, root, split, *_: TRAIN if split == "train" else TEST)
    return zoo_folder / "toys" / "told"


def command(*folders: Path, **options) -> list[str]:
    """Two sizes, two seeds, ten steps: 12 trainings of the classifier."""
    settings = {"sizes": [6, 12], "seeds": 2, "steps": 10, "device": "cpu", **options}
    words = []
    for key, value in settings.items():
        words += [f"--{key.replace('_', '-')}", *map(str, value if isinstance(value, list) else [value])]
    return [*map(str, folders), *words]


def trainings(monkeypatch) -> list:
    """(parts, seed, steps, first weights) of every classifier that is trained."""
    seen, taught, learner = [], classifier.taught, extractor.learner

    def begin(net, steps):  # when the training really begins
        seen[-1] += (steps, {k: v.clone() for k, v in net.state_dict().items()})
        return learner(net, steps)

    def note(parts, seed, *rest):
        seen.append((parts, seed))
        return taught(parts, seed, *rest)

    monkeypatch.setattr(classifier, "taught", note)
    monkeypatch.setattr(extractor, "learner", begin)
    return seen
