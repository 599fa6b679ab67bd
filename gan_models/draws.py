"""Random draws of a training step: a row for each picture of the batch, the same whichever process judges it.

Where several processes share a batch, all of them draw the whole batch's numbers from equal generators, and each keeps
the rows of its own pictures: the pictures, latents and noise are the same as with a single process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

_share = (0, 1)
_generator: ContextVar[torch.Generator | None] = ContextVar("generator", default=None)
INITIAL = {"uniform_", "normal_", "kaiming_uniform_"}
"""The functions by which PyTorch's own layers and norms draw their initial values"""


@contextmanager
def drawing_from(generator: torch.Generator) -> Iterator[None]:
    """In this context `per_image` draws from the generator (of the CPU), and leaves the random numbers of the process
    alone, which all threads share. Of this thread alone."""
    token = _generator.set(generator)
    try:
        yield
    finally:
        _generator.reset(token)


class InitialFrom(TorchFunctionMode):
    """In this context networks draw their initial weights from the generator (of the CPU), as those of the process
    would be drawn after `torch.manual_seed`. Of this thread alone; each operation takes longer: to build networks in,
    not to train them."""

    def __init__(self, generator: torch.Generator):
        super().__init__()
        self.generator = generator

    def __torch_function__(self, func, types, args=(), kwargs=None):
        own = {"generator": self.generator} if getattr(func, "__name__", "") in INITIAL else {}
        return func(*args, **{**(kwargs or {}), **own})


def bernoulli(like: Tensor, p: float) -> Tensor:
    """1 with probability p, else 0, in the shape of a tensor; drawn as in `per_image`."""
    return torch.empty_like(like).bernoulli_(p, generator=_generator.get())


def share(rank: int, size: int) -> None:
    """From now on this process takes part `rank` of `size` equal parts of each batch."""
    global _share
    _share = rank, size


def per_image(draw: Callable[..., Tensor], n: int, *shape: int, **options) -> Tensor:
    """draw((n, *shape), **options), for n pictures of this process: `torch.randn`, `torch.rand` and their like."""
    rank, size = _share
    if (generator := _generator.get()) is not None:
        options["generator"] = generator
    return draw((n * size, *shape), **options)[rank * n : (rank + 1) * n]
