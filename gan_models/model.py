"""What both kinds of trained model share: networks, device, and drawing in parts of one size. No UI import.

The generator always runs on batches of one size, since a library may round differently for another size.
"""

from __future__ import annotations

import contextlib
import contextvars
import math
import time
from collections.abc import Callable, Iterator
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn

from .arguments import checked_device
from .folder import CheckpointError
from .recipe import AnyRecipe

CHUNK = 16
"""Images per forward pass; a shorter batch is padded"""
_until = contextvars.ContextVar("until", default=math.inf)


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Drawing in this context raises TimeoutError after so many seconds, at the next CHUNK."""
    before = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(before)


class Model:
    """A recipe and its trained generator, in evaluation mode. Never changed after loading: threads may share it.

    recipe: its description. provenance: the facts of its training (a dict, empty for a network made in memory).
    """

    kind: ClassVar[type[AnyRecipe]] = AnyRecipe
    """The recipes that it takes"""

    def __init__(self, recipe: AnyRecipe, G, provenance: dict | None = None, D=None):
        self.recipe = recipe
        self.provenance = provenance or {}
        self.G = G.eval().requires_grad_(False)
        self.D = None if D is None else D.eval().requires_grad_(False)

    @classmethod
    def from_pretrained(cls, source, device="cpu", discriminator: bool = False, latent: bool = False):
        """The same as `gan_models.load`, under the name that the Hub's libraries use. Raises CheckpointError if it is
        of another kind than this class."""
        import gan_models  # which loads this module

        return gan_models.load(source, device, discriminator, latent=latent, kind=cls.kind)

    def __repr__(self) -> str:
        data = self.provenance.get("dataset", "no data set")
        return f"{type(self).__name__}({self.recipe.name}, {data}, {self.device})"

    @property
    def device(self) -> torch.device:
        return next(self.G.parameters()).device

    def to(self, device) -> Self:
        """Move the model, with all its networks, to another device and return it. Raises ValueError if there is no such
        device."""
        device = checked_device(device)
        for net in vars(self).values():
            if isinstance(net, nn.Module):
                net.to(device)
        return self

    @property
    def sees_batch(self) -> bool:
        """Whether D's verdict on a picture depends on the others of its batch."""
        return self.D is not None and any(getattr(m, "sees_batch", False) for m in self.D.modules())

    @torch.inference_mode()
    def _drawn(self, draw: Callable[..., Tensor], *rows: Tensor | None) -> np.ndarray:
        """`draw` over tensors of N rows, in parts: uint8 [N, H, W, C]. Raises CheckpointError if a drawn value is not
        finite, which finite weights can cause."""
        made = []
        for n, *part in chunks(*rows):
            drawn = draw(*part)
            if not drawn.isfinite().all():
                raise CheckpointError(f"{self.recipe.name} draws values that are not finite: its weights are damaged.")
            made.append(to_uint8(drawn)[:n])
        size = (self.recipe.size, self.recipe.size, self.recipe.channels)
        return torch.cat(made).cpu().numpy() if made else np.zeros((0, *size), np.uint8)


def chunks(*tensors: Tensor | None, size: int = CHUNK) -> Iterator[tuple]:
    """(n, a, b, ...): parts of `size` rows; the first n are real, the others repeat the last row.

    Raises TimeoutError between two parts, see `within`.
    """
    total = len(tensors[0])
    for start in range(0, total, size):
        if time.monotonic() > _until.get():
            raise TimeoutError
        rows = torch.arange(start, start + size).clamp(max=total - 1)
        yield (min(size, total - start), *(None if t is None else t[rows] for t in tensors))


def to_uint8(images: Tensor) -> Tensor:
    """[N, C, H, W] in [-1, 1] -> uint8 [N, H, W, C], rounded."""
    return images.float().add(1).mul(127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous()


def as_float(pictures: np.ndarray) -> Tensor:
    """uint8 [N, H, W, C] -> float32 [N, C, H, W] in [-1, 1]."""
    x = torch.from_numpy(np.require(pictures, requirements="CW")).permute(0, 3, 1, 2).contiguous()
    return x.float() / 127.5 - 1
