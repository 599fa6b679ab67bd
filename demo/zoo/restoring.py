"""A picture that was damaged, and what the variants and plain methods make of what is left. No UI.

How a picture may be damaged is `gan_models.latent`'s registry of operators: a new one appears here by itself. torch is
imported where a network or an operator is asked.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from demo.zoo import rebuilding
from demo.zoo.cache import LeastRecentlyUsed
from demo.zoo.entries import Entry
from gan_models import real
from gan_models.pictures import sides

if TYPE_CHECKING:
    from torch import Tensor

    from demo.zoo.zoo import Zoo
    from gan_models.latent import Operator

MOST_ANSWERS = 4
"""Answers that are shown of one variant, since several can be right"""
MOST_KEPT = 2
"""Data sets whose training pictures and extractor stay in memory"""


@dataclass(frozen=True, eq=False)
class Damage:
    """A picture, and what an operator leaves of it."""

    truth: np.ndarray
    """uint8 [H, W, C]"""
    operator: Operator
    left: Tensor
    """float32 [1, c, h, w]: the observation, noise included"""

    @property
    def hole(self) -> np.ndarray | None:
        """bool [H, W], True where nothing is known; None if the damage is not a hole."""
        known = self.operator.settings.get("known")
        return None if known is None else ~np.asarray(known)

    @property
    def seen(self) -> np.ndarray:
        """What is left as a picture, uint8 [h, w, c]; a hole is a chequered grey."""
        from gan_models.model import to_uint8

        picture = to_uint8(self.left)[0].numpy()
        if self.hole is not None:
            rows, columns = np.indices(self.hole.shape)
            grey = np.where((rows + columns) % 2, 150, 105).astype(np.uint8)[..., None]
            picture = np.where(self.hole[..., None], grey, picture)
        return picture

    def completed(self, picture: np.ndarray) -> np.ndarray:
        """An answer uint8 [H, W, C] with the known pixels put back."""
        return self.operator.completed(picture[None], self.left)[0]


@dataclass(frozen=True, eq=False)
class Answer:
    """What a variant, or a plain method, makes of what is left."""

    title: str
    pictures: tuple[np.ndarray, ...]
    """uint8 [H, W, C] each, what is known put back; the best one first, the others unlike it"""
    decibels: float
    """PSNR of the first one over the whole picture"""
    in_hole: float | None
    """The same over the hole; None where there is none"""
    seen: str = ""
    """The class that the data set's classifier sees in the first one; empty where it has none"""
    entry: Entry | None = None
    """None for a plain method"""
    label: str = ""
    """The class with which a conditional variant found it"""
    seconds: float = 0.0
    stopped: bool = False


def operators(size: int, channels: int) -> dict[str, str]:
    """{name: what it asks for} of the operators that damage pictures of this size."""
    import torch

    from gan_models.latent.operators import OPERATORS, Operator

    x, found = torch.rand(1, channels, size, size) * 2 - 1, {}
    for name, fn in OPERATORS.items():
        if "known" in takes(name):
            found[name] = fn.word
            continue
        y = Operator(name, fitting(name, size))(x)
        if fn.sigma or y.shape != x.shape or not torch.equal(x, y):
            found[name] = fn.word
    return found


def takes(name: str) -> tuple[str, ...]:
    """Names of an operator's settings."""
    from gan_models.latent.operators import OPERATORS

    return tuple(inspect.signature(OPERATORS[name]).parameters)[1:] if name in OPERATORS else ()


def factors(size: int) -> list[int]:
    """Factors by which pictures of this size can be shrunk: 28 -> [2, 4, 7]."""
    return [f for f in range(2, size) if size % f == 0 and size // f >= 4]


def fitting(name: str, size: int) -> dict[str, Any]:
    """Settings that fit, where somebody gave none."""
    return {"factor": factors(size)[len(factors(size)) // 2]} if "factor" in takes(name) and factors(size) else {}


def centre(height: int, width: int) -> np.ndarray:
    """bool [H, W]: a hole in the middle, half as high and as wide."""
    hole = np.zeros((height, width), bool)
    hole[height // 4 : height - height // 4, width // 4 : width - width // 4] = True
    return hole


def damage(picture: np.ndarray, name: str, hole: np.ndarray | None = None, **settings: Any) -> Damage:
    """What an operator leaves of a picture uint8 [H, W, C].

    hole: bool [H, W], for an operator of places. settings: the others; those that it does not take are left out.
    ValueError, one sentence, where something does not fit, or the hole is empty or all of the picture.
    """
    from gan_models.latent import operator

    if picture.min() == picture.max():
        raise ValueError("The picture is empty: all its pixels are alike.")
    known = takes(name)
    told = {**fitting(name, len(picture)), **{key: value for key, value in settings.items() if key in known}}
    if "known" in known:
        hole = centre(*picture.shape[:2]) if hole is None else hole
        if hole.shape != picture.shape[:2]:
            raise ValueError(f"The hole is {sides(*hole.shape)}, the picture {sides(*picture.shape[:2])}.")
        if not hole.any():
            raise ValueError("The hole is empty: paint what is to be filled.")
        if hole.all():
            raise ValueError("The hole covers the whole picture: nothing is known, so every picture would be right.")
        told["known"] = ~hole
    op = operator(name, **told)
    return Damage(picture, op, op.observe(picture[None]))


# Answers ----------------------------------------------------------------------------------------------------


def restore(
    zoo: Zoo, key: str, harm: Damage, effort: str = "quick", label: int | str | None = None, most: int = MOST_ANSWERS
) -> Answer:
    """What the variant of a key makes of what is left, within the seconds of the effort.

    label: the picture's class, for a conditional variant; None searches for the class too. most: different answers.
    ValueError, one sentence: a picture of another size, a class that the variant does not have.
    """
    entry, op = zoo.entry(key), harm.operator
    rebuilding.check_picture(entry, harm.truth)
    labels = [label] if entry.classes and label is not None else None
    settings = sorted((name, np.asarray(value).tobytes()) for name, value in op.settings.items())
    kept = (op.name, str(settings), harm.left.numpy().tobytes(), str(labels))
    found = rebuilding.search(zoo, key, harm.left, op, effort, labels, kept)
    places = found.different(0, most) if op.loses else [0]
    pictures = [harm.completed(found.pictures[0, place]) for place in places]
    return _answer(
        zoo, harm, entry.title, pictures, entry.dataset, entry=entry, seconds=found.seconds,
        label="" if found.labels is None else entry.classes[int(found.labels[0, 0])],
        stopped=found.stopped == "time",
    )  # fmt: skip


def _answer(zoo: Zoo, harm: Damage, title: str, pictures: list[np.ndarray], dataset: str, **more: Any) -> Answer:
    hole, first = harm.hole, pictures[0]
    decibels = rebuilding.psnr(harm.truth, first)
    in_hole = None if hole is None else rebuilding.psnr(harm.truth, first, hole)
    return Answer(title, tuple(pictures), decibels, in_hole, seen(zoo, dataset, first), **more)


def plain(zoo: Zoo, dataset: str, harm: Damage) -> list[Answer]:
    """The answers without a GAN: a plain method, the mean of training pictures, the nearest of them."""
    name, picture = by_hand(harm)
    made = [(name, picture)]
    training = training_pictures(zoo, dataset, harm.truth.shape)
    if training is not None:
        nearest = training[int(_errors(harm, training).argmin())]
        made += [("Mean picture", training.mean(0).round().astype(np.uint8)), ("Nearest training picture", nearest)]
    return [_answer(zoo, harm, title, [harm.completed(one)], dataset) for title, one in made]


def _errors(harm: Damage, pictures: np.ndarray) -> np.ndarray:
    """Of each picture uint8 [N, H, W, C], seen through the operator, against what is left."""
    from gan_models.latent.operators import as_float

    parts = [as_float(pictures[i : i + 1000]) for i in range(0, len(pictures), 1000)]
    left = harm.operator(harm.left) if harm.operator.fn.projection else harm.left
    return np.concatenate([(harm.operator(x) - left).square().flatten(1).mean(1).numpy() for x in parts])


def by_hand(harm: Damage) -> tuple[str, np.ndarray]:
    """(name, picture uint8 [H, W, C]) of the plain method that suits the damage."""
    import torch.nn.functional as F

    from gan_models.model import to_uint8

    height, width, channels = harm.truth.shape
    y, name = harm.left, "The grey picture itself"
    if tuple(y.shape[2:]) != (height, width):
        y, name = F.interpolate(y, (height, width), mode="bicubic", align_corners=False), "Bicubic"
    elif harm.hole is not None:
        y, name = _smooth(y, harm.hole), "Smooth fill"
    elif harm.operator.sigma:
        y, name = F.avg_pool2d(F.pad(y, (1, 1, 1, 1), mode="replicate"), 3, 1), "Mean of 3 × 3 pixels"
    y = y.expand(1, channels, height, width).clamp(-1, 1)
    return name, to_uint8(y)[0].numpy()


def _smooth(y: Tensor, hole: np.ndarray) -> Tensor:
    """Each pixel of the hole as the mean of its four neighbours (Laplace's equation), by 500 sweeps."""
    import torch
    import torch.nn.functional as F

    inside = torch.from_numpy(hole)
    known = y[..., ~inside].mean() if (~inside).any() else 0.0
    x = torch.where(inside, known, y)
    for _ in range(500):
        p = F.pad(x, (1, 1, 1, 1), mode="replicate")
        mean = (p[..., :-2, 1:-1] + p[..., 2:, 1:-1] + p[..., 1:-1, :-2] + p[..., 1:-1, 2:]) / 4
        x = torch.where(inside, mean, x)
    return x


# What the data set knows ------------------------------------------------------------------------------------


def training_pictures(zoo: Zoo, dataset: str, shape: tuple[int, ...]) -> np.ndarray | None:
    """Training pictures that come with the zoo, uint8 [N, H, W, C]; None where there are none of this shape."""
    for root in zoo.roots:
        if stamp := real.stamp(root, dataset, real.TRAINING):
            kept = zoo.kept("training", lambda: LeastRecentlyUsed(MOST_KEPT))
            found = kept.get(dataset, (root, stamp), lambda root=root: real.read(root, dataset, real.TRAINING))
            return None if found is None or found.pictures.shape[1:] != shape else found.pictures
    return None


def seen(zoo: Zoo, dataset: str, picture: np.ndarray) -> str:
    """The class that the data set's own classifier sees in a picture uint8 [H, W, C]; "" where there is none."""
    import torch

    from gan_models.metrics.choose import load_own
    from gan_models.metrics.extractors import ExtractorError

    for root in zoo.roots:
        folder = root / dataset / "extractor"
        try:
            kept = zoo.kept("classifiers", lambda: LeastRecentlyUsed(MOST_KEPT))
            classifier = kept.get(dataset, folder.stat().st_mtime_ns, lambda root=root: load_own(dataset, root))
            logits = classifier(torch.from_numpy(picture.transpose(2, 0, 1).copy())[None]).logits
        except (OSError, ExtractorError):  # it says nothing; the pictures are not to blame
            continue
        names = classifier.class_names
        return names[int(logits[0].argmax())] if names and logits is not None else ""
    return ""
