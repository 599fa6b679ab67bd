"""The reference for generated pictures: the features of real held-out pictures, small enough to ship."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from gan_models import limits
from gan_models.disk import replacing
from gan_models.folder import one_line
from gan_models.recipe import Recipe

from .classes import histogram
from .distances import Moments
from .extractors import Extractor
from .neighbours import nearest, radii

FORMAT = 1
MOST = 1_000_000_000
"""Most bytes of a file; the zoo's have 5 million"""
K = 5
"""k of the neighbourhood radius, for precision, recall, density and coverage"""


class ReferenceError(ValueError):
    """A reference that cannot be used: the message is one sentence that says what is wrong and what would be right."""


@dataclass(frozen=True, eq=False)
class Reference:
    """Features of real pictures through one extractor. Everything that is not stored is computed from `features`,
    once."""

    about: dict
    """dataset, split, n, hash (of images and labels), size, channels, class_names (of the data), and the
    extractor's name, hash and number of features"""
    features: Tensor
    """float16 [n, d]. The half precision is part of the definition: every figure is computed from it"""
    labels: Tensor
    """int64 [n], the true classes; zeros if the data has no classes"""
    predicted: Tensor
    """int64 [n] or [n, channels], the classes that the extractor sees; -1 if it knows no classes"""
    radii: Tensor
    """float64 [n], distance to the K-th nearest other row"""
    held_out_features: Tensor
    """float32 [n], distance to the nearest training picture, between features"""
    held_out_pixels: Tensor
    """float32 [n], the same in pixels of 0 to 255"""

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(self.about["class_names"])

    @property
    def extractor(self) -> dict:
        """{"name", "hash", "features"}"""
        return self.about["extractor"]

    @cached_property
    def moments(self) -> Moments:
        return Moments.of(self.features.float())

    @cached_property
    def class_moments(self) -> list[Moments]:
        """Moments of each class of the data; empty if it has no classes."""
        return [Moments.of(self.features[self.labels == k].float()) for k in range(len(self.class_names))]

    def shares(self, classes: int) -> Tensor:
        """Share of each class that the extractor sees among the real pictures: float64 [classes]."""
        return histogram(self.predicted, classes)

    def asked(self, recipe: Recipe, n: int) -> Tensor | None:
        """The labels int64 [n] that a conditional generator is asked for wherever pictures are compared with this
        reference: each class as often as it stands here, sorted. None for a generator without labels.

        Other shares than the reference's would count as an error of the generator. Raises ReferenceError if the
        generator has other classes than the reference.
        """
        if not recipe.classes:
            return None
        if recipe.class_names != self.class_names:
            theirs = ", ".join(self.class_names) if self.class_names else "no classes"
            raise ReferenceError(
                f"{recipe.name} has the classes {', '.join(recipe.class_names)}, and the reference of "
                f"{self.about['dataset']} has {theirs}: make one with the same classes (python -m train reference)."
            )
        rows = np.linspace(0, len(self.labels) - 1, n).round().astype(int)
        return self.labels.sort().values[torch.from_numpy(rows)]

    def summary(self) -> dict:
        """The description of the reference that is stored beside a figure, as plain JSON."""
        return {key: self.about[key] for key in ("dataset", "split", "n", "hash")}


@dataclass(frozen=True, eq=False)
class Training:
    """The training pictures, if they are available, in which copies are searched."""

    images: Tensor
    """uint8 [M, C, H, W]"""
    features: Tensor
    """float32 [M, d]"""


def build(extractor: Extractor, data, training: Training, split: str, hash: str) -> Reference:
    """The reference made from held-out pictures.

    data: anything with name, images uint8 [n, C, H, W], labels int64 [n] and class_names. hash: of that data.
    """
    seen = extractor(data.images)
    features = seen.features.half()
    _, channels, size, _ = data.images.shape
    about = {
        "dataset": data.name,
        "split": split,
        "n": len(data.images),
        "hash": hash,
        "size": size,
        "channels": channels,
        "class_names": list(data.class_names),
        "extractor": {"name": extractor.name, "hash": extractor.hash, "features": features.shape[1]},
    }
    return Reference(
        about,
        features,
        data.labels,
        torch.full((len(features),), -1) if seen.logits is None else seen.logits.argmax(-1),
        radii(features.float(), K),
        nearest(features.float(), training.features).float(),
        nearest(data.images, training.images).float(),
    )


TENSORS = ("features", "labels", "predicted", "radii", "held_out_features", "held_out_pixels")
CLASSES = ("labels", "predicted")
"""Those that are whole numbers"""


def write(reference: Reference, path: Path) -> None:
    """One safetensors file; its metadata holds `about`. Raises ReferenceError if `read` would refuse it; an old file
    then stays."""
    tensors = {name: getattr(reference, name).contiguous() for name in TENSORS}
    try:
        _check(reference.about, tensors)
    except (KeyError, TypeError, ValueError) as error:
        raise ReferenceError(f"{path} is not written: {one_line(error)}.") from error
    for name in CLASSES:
        tensors[name] = tensors[name].to(torch.int16)
    content = save(tensors, {"format": str(FORMAT), "about": json.dumps(reference.about)})
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(content)


def _check(about: dict, tensors: dict[str, Tensor]) -> None:
    """Raise ValueError, KeyError or TypeError if these are not the parts of a reference."""
    extractor, names = about["extractor"], about["class_names"]
    for one in (about["dataset"], about["split"], about["hash"], extractor["name"], extractor["hash"], *names):
        if words := limits.line(one):
            raise ValueError(f"a name or a hash is {limits.shown(one)}, must be {words}")
    if not isinstance(names, list) or len(names) > limits.CLASSES:
        raise ValueError(f"class_names are a list of at most {limits.CLASSES:,}")
    n, features, labels = len(tensors["features"]), tensors["features"], tensors["labels"]
    for one in (about["n"], about["size"], about["channels"]):
        if type(one) is not int or one < 1:
            raise ValueError(f"a number is {limits.shown(one)}, must be whole and 1 or more")
    if any(len(t) != n for t in tensors.values()) or about["n"] != n:
        raise ValueError("its parts are of different lengths")
    if features.dim() != 2 or features.shape[1] != extractor["features"]:
        raise ValueError(f"its features are not those of {extractor['name']}")
    for name, t in tensors.items():
        if t.is_floating_point() == (name in CLASSES) or (t.dim() != 1 and name not in ("features", "predicted")):
            raise ValueError(f"{name} are {t.dtype} {list(t.shape)}".replace("torch.", ""))
        if not t.isfinite().all():
            raise ValueError(f"{name} are not all finite")
    if labels.min() < 0 or (names and labels.max() >= len(names)) or tensors["predicted"].min() < -1:
        raise ValueError("a label is of no class")


def read(path: Path, extractor: Extractor) -> Reference:
    """The reference of a file. Raises ReferenceError if there is none, if it is damaged or newer than this program, or
    if it was not made with this extractor."""
    again = f"python -m train reference --dataset {path.parent.name} makes it"
    if not path.is_file():
        raise ReferenceError(f"there is no {path}: {again}.")
    try:
        limits.check(path, MOST)
        with safe_open(path, "pt") as file:
            head = file.metadata()
            if int(head["format"]) > FORMAT:
                raise ReferenceError(f"{path} has format {head['format']}; this program reads up to {FORMAT}.")
            about = json.loads(head["about"])
            tensors = {name: file.get_tensor(name) for name in TENSORS}
        _check(about, tensors)
        made_with = (about["extractor"]["name"], about["extractor"]["hash"])
        if made_with != (extractor.name, extractor.hash):
            raise ReferenceError(
                f"{path} was made with the extractor {made_with[0]} {made_with[1]}, not with {extractor.name} "
                f"{extractor.hash}: {again} anew."
            )
        for name in CLASSES:
            tensors[name] = tensors[name].long()
        if extractor.class_names and tensors["predicted"].max() >= len(extractor.class_names):
            raise ValueError(f"{extractor.name} has seen a class that it does not know")
    except ReferenceError:
        raise
    except Exception as error:  # a foreign file can raise anything
        raise ReferenceError(f"{path} is no reference or is damaged ({one_line(error)}): {again} anew.") from error
    return Reference(about, **tensors)
