"""Further measures of the same pictures, besides the distance through a data set's own classifier.

class_balanced        the same distance, with the generated pictures weighted so that each class has the share that it
                      has among the real ones. A conditional generator is given this mix of classes; with this figure
                      it can be compared fairly with an unconditional one
label_free            the Frechet distance through EfficientNet-Lite0, which was trained on none of these data sets and
                      on none of their labels: a classifier's features favour generators that were trained on labels
sliced_wasserstein    on the pixels themselves, without any network

The data that they need of the real pictures is small enough to ship: the moments of their features, and quantiles of
their pixels along random directions.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from gan_models import limits
from gan_models.disk import replacing
from gan_models.folder import one_line

from .classes import balancing
from .distances import Moments, frechet
from .extractors import Extractor, digest
from .reference import Reference, ReferenceError

FILE, FORMAT = "yardsticks.safetensors", 1
MOST = 100_000_000
"""Most bytes of a file; the zoo's have 2 million"""
SLICES, LEVELS = 256, 512
"""Number of random directions in the space of pictures, and of quantiles along each"""


@dataclass(frozen=True, eq=False)
class Real:
    """The stored data on real pictures."""

    about: dict[str, Any]
    """dataset, split, n, hash (of the data), channels, size, extractor ({"name", "hash", "features"} or None), and the
    hash of the directions"""
    moments: Moments | None
    """Moments of label-free features; None if this is the data set's own extractor"""
    quantiles: Tensor
    """float32 [SLICES, LEVELS], in grey levels"""

    def summary(self) -> dict:
        """The description of the reference that is stored beside a figure, as plain JSON."""
        return {key: self.about[key] for key in ("dataset", "split", "n", "hash")}


# Sliced Wasserstein distance


def directions(pixels: int) -> Tensor:
    """Unit vectors float32 [SLICES, pixels], the same for everyone."""
    drawn = torch.randn(SLICES, pixels, generator=torch.Generator().manual_seed(0))
    return drawn / drawn.norm(dim=1, keepdim=True)


def quantiles(images: Tensor, along: Tensor, chunk: int = 1024) -> Tensor:
    """Quantiles of pictures uint8 [N, C, H, W] along directions [S, C H W]: float32 [S, LEVELS], at the middles of
    LEVELS equal shares. Raises ValueError for fewer than two pictures, or another size."""
    flat = images.flatten(1)
    if len(flat) < 2 or flat.shape[1] != along.shape[1]:
        raise ValueError(f"two pictures or more of {along.shape[1]} pixels are needed, not {list(images.shape)}.")
    seen = torch.cat([part.float() @ along.T for part in flat.split(chunk)]).sort(0).values  # [N, S]
    at = ((torch.arange(LEVELS, dtype=torch.float64) + 0.5) / LEVELS * len(seen) - 0.5).clamp(0, len(seen) - 1)
    below = at.floor().long()
    share = (at - below).float()[:, None]
    return seen[below].lerp(seen[(below + 1).clamp(max=len(seen) - 1)], share).T.contiguous()


def sliced_wasserstein(a: Tensor, b: Tensor) -> float:
    """Sliced Wasserstein-2 distance of two sets, by their `quantiles` along the same directions (Bonneel et al. 2015,
    Sliced and Radon Wasserstein Barycenters of Measures, section 2.3), in grey levels, 0 or more.

    The root of the mean squared difference, over directions and levels. Adding b grey levels to every pixel moves a set
    by about b. Random directions measure brightness, position and thickness well, but hardly shapes.

    Raises ValueError for quantiles of different directions or levels.
    """
    if a.shape != b.shape:
        raise ValueError(f"quantiles {list(a.shape)} and {list(b.shape)} cannot be compared.")
    return (a.double() - b.double()).square().mean().sqrt().item()


# The file


def build(images: Tensor, extractor: Extractor | None, about: dict) -> Real:
    """The stored data of real pictures uint8 [N, C, H, W]; about: dataset, split, hash of the data."""
    n, channels, size, _ = images.shape
    along = directions(channels * size * size)
    moments = None if extractor is None else stored(Moments.of(extractor(images).features))
    seen = (
        None if extractor is None else {"name": extractor.name, "hash": extractor.hash, "features": len(moments.mean)}
    )
    facts = {"n": n, "channels": channels, "size": size, "extractor": seen, "directions": hash_of(along)}
    return Real({**about, **facts}, moments, quantiles(images, along))


def stored(moments: Moments) -> Moments:
    """The moments as stored, with the covariance in half precision; every figure is computed from these. This halves
    the bytes and changes a distance in its fourth digit (CGAN's digits: .15280, .15277), far below its spread."""
    return Moments(moments.mean.float().double(), moments.cov.half().double(), moments.n)


def hash_of(along: Tensor) -> str:
    """Hash of directions, in three decimals: the last bits of a sum may differ between machines."""
    return digest((along * 1000).round().to(torch.int16).numpy().tobytes())


def write(real: Real, path: Path) -> None:
    """One safetensors file; the covariance as its upper triangle, since it is symmetric."""
    tensors = {"quantiles": real.quantiles.contiguous()}
    if real.moments is not None:
        rows, cols = torch.triu_indices(*real.moments.cov.shape)
        tensors |= {"mean": real.moments.mean.float(), "cov": real.moments.cov[rows, cols].half().contiguous()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(save(tensors, {"format": str(FORMAT), "about": json.dumps(real.about)}))


def read(path: Path) -> Real:
    """Read the file of `write`. Raises ReferenceError if it is missing, damaged, newer, or of other directions."""
    again = f"python -m train yardsticks --dataset {path.parent.name} makes it"
    if not path.is_file():
        raise ReferenceError(f"there is no {path}: {again}.")
    try:
        limits.check(path, MOST)
        with safe_open(path, "pt") as file:
            head = file.metadata()
            if int(head["format"]) > FORMAT:
                raise ReferenceError(f"{path} has format {head['format']}; this program reads up to {FORMAT}.")
            about = json.loads(head["about"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (file is not a dict)
        moments, seen = None, about["extractor"]
        if seen is not None:
            d = int(seen["features"])
            rows, cols = torch.triu_indices(d, d)
            cov = torch.zeros(d, d, dtype=torch.float64)
            cov[rows, cols] = cov[cols, rows] = tensors["cov"].double()
            moments = Moments(tensors["mean"].double(), cov, int(about["n"]))
        if tensors["quantiles"].shape != (SLICES, LEVELS):
            raise ValueError("it has other slices")
        same = about["directions"] == hash_of(directions(about["channels"] * about["size"] ** 2))
        real = Real(about, moments, tensors["quantiles"])
        real.summary()
    except ReferenceError:
        raise
    except Exception as error:  # a damaged file can raise anything in the libraries
        raise ReferenceError(f"{path} is no reference or is damaged ({one_line(error)}): {again} anew.") from error
    if not same:
        raise ReferenceError(f"{path} was made with other directions than this PyTorch draws: {again} anew.")
    return real


# Figures


def class_balanced(features: Tensor, logits: Tensor, reference: Reference) -> float:
    """The Frechet distance to a reference, with pictures weighted so that each class has the reference's share:
    features [N, d], logits [N, K]."""
    weights = balancing(logits.argmax(1), reference.shares(logits.shape[1]))
    return frechet(reference.moments, Moments.weighted(features, weights))


@dataclass(frozen=True, eq=False)
class Yardsticks:
    """All yardsticks that exist for a data set. Figures whose data is missing are left out."""

    own: Extractor
    """The data set's own extractor"""
    reference: Reference
    """Through it"""
    real: Real | None
    label_free: Extractor | None

    def heads(self, n: int, seeds: list[int]) -> dict[str, dict]:
        """Name -> what is stored beside the figure: extractor, reference, n, seeds."""
        made = {"n": n, "seeds": seeds}
        heads = {}
        if self.own.class_names:
            heads["class_balanced"] = {
                "extractor": self.reference.extractor, "reference": self.reference.summary(), **made,
            }  # fmt: skip
        if self.real is not None:
            reference = {"reference": self.real.summary(), **made}
            heads["sliced_wasserstein"] = {"extractor": None, **reference}
            if self.real.moments is not None and self.label_free is not None:
                heads["label_free"] = {"extractor": self.real.about["extractor"], **reference}
        return heads

    def __call__(self, images: Tensor, names) -> dict[str, float]:
        """The figures of these names for pictures uint8 [N, C, H, W]."""
        made = {}
        if "class_balanced" in names:
            made["class_balanced"] = class_balanced(*self.own(images), self.reference)
        if "label_free" in names:
            made["label_free"] = frechet(self.real.moments, Moments.of(self.label_free(images).features))
        if "sliced_wasserstein" in names:
            along = directions(images[0].numel())
            made["sliced_wasserstein"] = sliced_wasserstein(self.real.quantiles, quantiles(images, along))
        return made
