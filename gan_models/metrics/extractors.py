"""Extractors, the networks behind the metrics: uint8 pictures in, features and (if they know classes) logits out.

A figure is only as good as its extractor, and comparable only with figures of the same extractor: every extractor has a
name and a hash of its weights, and both are stored beside each figure. Only Inception's distance is called FID.
"""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load
from torch import Tensor, nn

from gan_models import limits
from gan_models.folder import one_line

CHUNK = 256
"""Pictures per forward pass; a shorter batch is not padded, so a feature may differ in its last bits"""
FORMAT = 1
MOST = 64_000_000
"""Most bytes of a file; the weights of a CNN have 2 million"""


class ExtractorError(ValueError):
    """An extractor that cannot be used: the message is one sentence that says what is wrong and what would be right."""


class Seen(NamedTuple):
    """An extractor's output for N pictures."""

    features: Tensor
    """float32 [N, d], on the CPU"""
    logits: Tensor | None
    """float32 [N, K], or [N, 3, K] if each channel is seen alone; None if the extractor knows no classes"""


class SmallCNN(nn.Sequential):
    """Five 3 x 3 convolutions with BatchNorm and ReLU, two of them strided, global average pooling, a linear layer.

    Features are the output of the pooling, 4 * width numbers. Narrow enough for two CPU cores, and correct on 99.4 % of
    MNIST's and 93 % of Fashion-MNIST's test set.
    """

    def __init__(self, width: int, channels: int, classes: int):
        wide = [channels, width, 2 * width, 2 * width, 4 * width, 4 * width]
        layers: list[nn.Module] = []
        for i, (a, b) in enumerate(pairwise(wide)):
            stride = 2 if i in (1, 3) else 1
            layers += [nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True)]
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4 * width, classes))

    def both(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """[N, C, H, W] in [-1, 1] -> features [N, 4 * width], logits [N, classes]."""
        *body, head = self
        for layer in body:
            x = layer(x)
        return x, head(x)


class Extractor:
    """Features and logits of uint8 pictures [N, C, H, W].

    name: the name after FD- and KD-, "mnist-cnn". hash: of its weights. channels, size: of the pictures that it takes.
    class_names: of its logits, empty if it knows no classes.
    """

    chunk = CHUNK

    def __init__(self, name: str, hash: str, net, channels: int, size: int, class_names: tuple[str, ...] = ()):
        self.name, self.hash, self.net = name, hash, net
        self.channels, self.size, self.class_names = channels, size, class_names

    @torch.inference_mode()
    def __call__(self, images: Tensor) -> Seen:
        """uint8 [N, C, H, W] -> features and logits, on the CPU. Raises ExtractorError if the pictures do not fit."""
        self.check(images)
        parts = [self.see(part) for part in images.split(self.chunk)]
        features, logits = zip(*parts, strict=True)
        return Seen(torch.cat(features).float().cpu(), None if logits[0] is None else torch.cat(logits).float().cpu())

    def see(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """One chunk, uint8 [n, C, H, W] -> features [n, d], logits [n, K] or None."""
        device = next(self.net.parameters()).device
        return self.net.both(images.to(device).float() / 127.5 - 1)

    def check(self, images: Tensor) -> None:
        if images.dtype != torch.uint8 or images.dim() != 4 or not len(images):
            raise ExtractorError(f"{self.name} takes uint8 [N, C, H, W], not {images.dtype} {list(images.shape)}.")
        want = (self.channels, self.size, self.size)
        if tuple(images.shape[1:]) != want:
            raise ExtractorError(
                f"{self.name} takes pictures of {want[0]} x {want[1]} x {want[2]} (channels, height, width), "
                f"not {' x '.join(map(str, images.shape[1:]))}."
            )

    def to(self, device) -> Extractor:
        """Move this extractor to another device and return it."""
        self.net.to(device)
        return self


def load_cnn(folder) -> Extractor:
    """The small CNN that `python -m train extractor` wrote. Raises ExtractorError if it is missing or damaged."""
    folder = Path(folder)
    weights = folder / "extractor.safetensors"
    if not (folder / "extractor.json").is_file() or not weights.is_file():
        raise ExtractorError(f"{folder} holds no extractor: python -m train extractor --dataset NAME trains one.")
    try:
        about = json.loads(limits.read(folder / "extractor.json", MOST).decode("utf-8"))
        if about["format"] > FORMAT:
            raise ExtractorError(
                f"{folder} has format {about['format']}; this program reads up to {FORMAT}: update it."
            )
        width, channels, size = (int(about[key]) for key in ("width", "channels", "size"))
        names = tuple(map(str, about["class_names"]))
        if not (1 <= width <= 512 and 1 <= channels <= 4 and 8 <= size <= 1024 and 2 <= len(names) <= 1000):
            raise ValueError(f"width {width}, {channels} channels, size {size}, {len(names)} classes")
        if not str(about["name"]).endswith("-cnn"):  # or its distances might be called FID
            raise ValueError(f"its name is {about['name']!r} and must end in -cnn")
        with torch.device("meta"):
            net = SmallCNN(width, channels, len(names))
        content = limits.read(weights, MOST)
        state = {k: v.float() if v.is_floating_point() else v for k, v in load(content).items()}
        net.load_state_dict(state, strict=True, assign=True)
        if not all(t.isfinite().all() for t in state.values()):
            raise ValueError("weights that are not finite")
    except ExtractorError:
        raise
    except Exception as error:  # a damaged file can raise anything in the libraries
        raise ExtractorError(f"{folder} is no extractor or is damaged: {one_line(error)}") from error
    net = net.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    return Extractor(str(about["name"]), digest(content), net, channels, size, names)


def digest(content: bytes) -> str:
    """The hash that names weights: blake2b, 64 bits, hexadecimal."""
    return hashlib.blake2b(content, digest_size=8).hexdigest()
