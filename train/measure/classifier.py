"""A small classifier: its real or generated training pictures, its training, and its accuracy on real ones. torch is
imported only where it is needed, so that a command line answers at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gan_models.metrics.names import percent

from . import extractor

if TYPE_CHECKING:
    from torch import nn
    from tqdm import tqdm

    from gan_models.sampling import GAN

    from ..engine.data import Data

WIDTH, BATCH = 8, 64
"""Narrow, so that dozens of trainings take minutes on two CPU cores"""


def drawn(data: Data, n: int, seed: int) -> Data:
    """n images with equally many of each class, as far as possible. A draw of fewer with the same seed is part of it.

    Raises RunError if a class has too few.
    """
    import torch

    from ..engine.args import RunError

    rng = torch.Generator().manual_seed(seed)
    classes, parts = len(data.class_names), []
    for k, name in enumerate(data.class_names):
        at = torch.nonzero(data.labels == k).flatten()
        want = n // classes + (k < n % classes)
        if not 0 < want <= len(at):
            raise RunError(
                f"{n} real images are {want} of each of the {classes} classes, and {data.name} has {len(at)} of "
                f"{name!r}: ask for {'more' if want < 1 else 'fewer'}."
            )
        parts.append(at[torch.randperm(len(at), generator=rng)[:want]])
    at = torch.cat(parts)
    return replace(data, images=data.images[at], labels=data.labels[at])


def made(gan: GAN, data: Data, n: int, seed: int) -> Data:
    """n generated pictures as uint8, of every class in turn, in the form of the data.

    Their latents are those of seeds seed * n ... seed * n + n - 1.
    """
    import torch

    labels = torch.arange(n) % gan.recipe.classes
    pictures = gan.sample(range(seed * n, seed * n + n), labels.tolist())
    return replace(data, images=torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous(), labels=labels)


def augmentation(dataset: str) -> dict:
    """The augmentation of this data set in the extractor's training: arguments of its `augment`."""
    settings = extractor.SETTINGS.get(dataset, extractor.OTHERWISE)
    return {key: settings[key] for key in ("flip", "degrees", "zoom")}


def fresh(data: Data, seed: int) -> nn.Module:
    """The classifier before its training; seeds the global generator, which its batches use too."""
    import torch

    from gan_models.metrics.extractors import SmallCNN

    torch.manual_seed(seed)
    return SmallCNN(WIDTH, data.images.shape[1], len(data.class_names))


def taught(parts: list[Data], seed: int, steps: int, device: str, bar: tqdm) -> nn.Module:
    """A classifier that was trained on batches with the same share of each part."""
    import torch

    look = augmentation(parts[0].name)
    net = fresh(parts[0], seed).to(device, memory_format=torch.channels_last).train()
    opt, cycle = extractor.learner(net, steps)
    parts = [part.to(device) for part in parts]
    for _ in range(steps):
        x, y = map(torch.cat, zip(*(part.batch(BATCH // len(parts)) for part in parts), strict=True))
        extractor.step(net, opt, cycle, extractor.augment(x, **look), y)
        bar.update(BATCH)
    return net


def accuracy(net: nn.Module, test: Data, device: str) -> float:
    """Share of the test images that the classifier gets right."""
    import torch

    net.eval()
    with torch.inference_mode():
        named = [net(x.to(device).float() / 127.5 - 1).argmax(1).cpu() for x in test.images.split(1000)]
    return int((torch.cat(named) == test.labels).sum()) / len(test)


def described(dataset: str, steps: int, mixed: bool = True) -> str:
    """The classifier and its training on one line. mixed: whether some batches have real and generated images."""
    look = augmentation(dataset)
    moves = [f"moved by up to {extractor.SHIFT} px"]
    moves += [f"turned by up to {look['degrees']:g} degrees"] if look["degrees"] else []
    moves += [f"scaled by up to {percent(look['zoom'])}"] if look["zoom"] else []
    moves += ["mirrored"] if look["flip"] else []
    halves = ", half of them real where both kinds are there" if mixed else ""
    return (
        f"SmallCNN of width {WIDTH}; {steps} steps of {BATCH} images{halves}; SGD, one cycle up to {extractor.LR}; "
        f"images {', '.join(moves)}"
    )
