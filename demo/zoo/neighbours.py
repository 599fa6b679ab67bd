"""The training picture that is nearest to a generated one, as an extractor sees them. No UI. torch is imported where
the extractor is asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from demo.zoo.cache import LeastRecentlyUsed
from demo.zoo.standing import Standing, percent, standing
from demo.zoo.words import dataset_title
from gan_models.folder import one_line
from gan_models.real import TRAINING, Real, read, stamp
from gan_models.sources import source

if TYPE_CHECKING:
    from torch import Tensor

    from demo.zoo.zoo import Zoo
    from gan_models.metrics.extractors import Extractor


MOST = 2
"""Data sets whose training pictures stay in memory"""


@dataclass(frozen=True, eq=False)
class Neighbour:
    """The training picture that is nearest to one picture, as an extractor sees them."""

    picture: np.ndarray
    """uint8 [H, W, C]"""
    label: str
    """Its class; empty where there are none"""
    distance: float
    """Euclidean, between the features of the extractor"""
    extractor: str
    """Its name: "mnist-cnn" """
    among_real: Standing | None
    """Among the same distances of real test pictures"""
    of: int
    """Training pictures that were looked through"""

    @property
    def words(self) -> list[str]:
        """A sentence on each thing that a neighbour tells."""
        of = f"class {self.label}, " if self.label else ""
        words = [
            f"Nearest of {self.of:,} training pictures: {of}at a distance of {self.distance:.3g} in the features "
            f"of {self.extractor}."
        ]
        if self.among_real:
            share = percent(self.among_real.percentile)
            words.append(f"{share} of {self.among_real.n} real test pictures have a nearer training picture.")
        return words


class Neighbours:
    """Training pictures of a data set as an extractor sees them."""

    def __init__(self, training: Real, shown: Real | None, extractor: Extractor, features: Tensor | None = None):
        """shown: test pictures, whose distances to their neighbours serve for comparison. features: of the training
        pictures; None computes them, in seconds."""
        self.training, self.extractor = training, extractor
        self.features = extractor(_tensor(training.pictures)).features if features is None else features
        held_out = shown is not None and shown.split == "test"
        self.typical = self._closest(shown.pictures)[0] if held_out else np.full(0, np.nan)

    def _closest(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        from gan_models.metrics.neighbours import closest

        distances, at = closest(self.extractor(_tensor(pictures)).features, self.features)
        return distances.numpy(), at.numpy()

    def __call__(self, pictures: np.ndarray) -> list[Neighbour]:
        """Of each of the pictures uint8 [N, H, W, C]. ExtractorError where the extractor cannot see them."""
        training = self.training
        return [
            Neighbour(
                training.pictures[i],
                training.class_names[training.labels[i]] if training.class_names else "",
                float(distance),
                self.extractor.name,
                standing(distance, self.typical),
                len(training.pictures),
            )
            for distance, i in zip(*self._closest(pictures), strict=True)
        ]


def neighbours_of(zoo: Zoo, dataset: str) -> Neighbours:
    """The training pictures of a data set and their features, computed at the first call and kept.

    ValueError, one sentence, where they are not there.
    """
    for root in zoo.roots:
        if seen := stamp(root, dataset, TRAINING):

            def make(root: Path = root) -> Neighbours:
                try:
                    return neighbours(root, dataset, zoo.real(dataset))
                except Exception as error:  # whatever lies beside the checkpoints, the pictures are not to blame
                    raise ValueError(one_line(error).replace(f"{root}/", "")) from error

            return zoo.kept("neighbours", lambda: LeastRecentlyUsed(MOST)).get(dataset, (root, seen), make)
    raise ValueError(no_training(dataset, dataset_title(dataset)))


def neighbours(root: Path, dataset: str, shown: Real | None) -> Neighbours:
    """The training pictures of a data set, with its own extractor below root. ValueError where they cannot be read, or
    no extractor sees them."""
    from gan_models.metrics.choose import extractor_for
    from gan_models.metrics.neighbours import read as seen

    training = read(root, dataset, TRAINING)
    if training is None:
        raise ValueError(f"{dataset}/{TRAINING}.png or the JSON file beside it is damaged, so there is no neighbour.")
    _, size, _, channels = training.pictures.shape
    extractor = extractor_for(dataset, channels, size, root)
    features = seen(root / dataset / f"{TRAINING}.safetensors", extractor, training.pictures)
    return Neighbours(training, shown, extractor, features)


def no_training(dataset: str, title: str) -> str:
    """Why there is no neighbour."""
    if source(dataset).pictures is False:
        return (
            f"No training pictures of {title} come with the zoo, because its licence does not allow sharing them. "
            f"With a copy of your own, python -m train real --dataset {dataset} makes a file that stays on your "
            "machine."
        )
    return (
        f"No training pictures of {title} are beside its checkpoints, so no neighbour can be shown: python -m train "
        "real puts them there."
    )


def _tensor(pictures: np.ndarray):
    """uint8 [N, H, W, C] -> uint8 [N, C, H, W]."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))
