"""The cost of one batch of a network, computed from its shapes before weights are read, and the limits for it.

A file's size says little: 3 MB of weights can ask for 9 GB of feature maps.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from .limits import COMPANY
from .model import CHUNK
from .recipe import AnyRecipe


@dataclass(frozen=True)
class Work:
    """The cost of one batch of one network, in float32."""

    parameters: int
    memory: int
    """Bytes of the weights and of the feature maps at their peak"""
    multiply_adds: int

    def excess(self, most: Work) -> str:
        """What exceeds the limits, in words that continue "it needs"; empty if nothing does."""
        if self.parameters > most.parameters:
            return f"{self.parameters:,} parameters, and at most {most.parameters:,} are loaded"
        if self.memory > most.memory:
            return f"{self.memory / 1e9:,.1f} GB of memory for a batch, and at most {most.memory / 1e9:g} are allowed"
        if self.multiply_adds > most.multiply_adds:
            asked, given = (n / 1e9 for n in (self.multiply_adds, most.multiply_adds))
            return f"{asked:,.0f} billion multiplications for a batch, and at most {given:,.0f} are allowed"
        return ""


LOCAL = Work(parameters=200_000_000, memory=16_000_000_000, multiply_adds=4_000_000_000_000)
"""For a folder on this machine, which its user chose. The D of a StyleGAN2 at 256 pixels and width 64 takes 10 GB"""
VISITOR = Work(parameters=30_000_000, memory=1_000_000_000, multiply_adds=100_000_000_000)
"""For a checkpoint that a visitor names on a shared machine: some seconds of two cores"""


def excess(net: nn.Module, recipe: AnyRecipe, most: Work, judges: bool = False) -> str:
    """`Work.excess` of a network on the meta device. judges: it is D.

    Bounds that follow from the weights' shapes alone come first: they let small networks pass at once, since the first
    operation on meta tensors imports a compiler, which takes two seconds.
    """
    return bound(net, recipe).excess(most) and estimate(net, recipe, judges).excess(most)


def batch_of(net: nn.Module) -> int:
    """Images in a batch: D may need more images at once than one drawing step makes."""
    return COMPANY if any(getattr(m, "sees_batch", False) for m in net.modules()) else CHUNK


def bound(net: nn.Module, recipe: AnyRecipe) -> Work:
    """An upper bound: each weight multiplies each pixel, and every layer's maps have the picture's size."""
    shapes = [t.shape for t in net.parameters()]
    side = max((recipe.size, *recipe.input_shape[1:]))
    parameters, pixels = sum(shape.numel() for shape in shapes), side**2 * batch_of(net)
    maps = sum(max(shape[:2]) for shape in shapes if len(shape) > 1)
    return Work(parameters, 4 * parameters + 4 * 3 * maps * pixels, parameters * pixels)


def estimate(net: nn.Module, recipe: AnyRecipe, judges: bool = False) -> Work:
    """The cost of a batch of G, or of D if `judges`: its operations in evaluation mode are counted on the meta device,
    without being carried out. `python -m benchmarks.work` compares this with measured peaks."""
    n, meta = batch_of(net), {"device": "meta"}
    y = torch.empty(n, recipe.classes, **meta) if recipe.classes else None
    if judges:
        x = torch.empty(n, recipe.judged_channels, recipe.size, recipe.size, **meta)
        y = None if y is None else torch.zeros(n, dtype=torch.int64, **meta)
    else:
        x = torch.empty(n, *recipe.input_shape, **meta)
    parameters = sum(t.numel() for t in net.parameters())
    was, count = net.training, _Count()
    net.eval()
    try:
        with torch.no_grad(), count:
            net(x, y)
    finally:
        net.train(was)
    return Work(parameters, 4 * parameters + count.peak, count.multiply_adds)


class _Count(TorchDispatchMode):
    """Multiply-adds of all operations, and the bytes of all results that are alive at the same time. A convolution also
    counts its copies of its input, weights and result in another memory order, twice if it is transposed."""

    def __init__(self):
        from torch.utils.flop_counter import flop_registry  # here: it imports triton, a tenth of a second

        super().__init__()
        self.flops = flop_registry
        self.multiply_adds, self.alive, self.peak, self.holders = 0, 0, 0, {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        results = [t for t in (made if isinstance(made, tuple | list) else [made]) if isinstance(t, Tensor)]
        for t in results:
            self._hold(t)
        if flops := self.flops.get(func.overloadpacket):
            self.multiply_adds += flops(*args, **(kwargs or {}), out_val=made) // 2
        beside = 0
        if func.overloadpacket is torch.ops.aten.convolution:
            x, weight, *_, transposed, _, _ = args
            beside = weight.nbytes + (1 + transposed) * (x.nbytes + sum(t.nbytes for t in results))
        self.peak = max(self.peak, self.alive + beside)
        return made

    def _hold(self, t: Tensor) -> None:
        storage = t.untyped_storage()
        key = storage._cdata
        if key not in self.holders:
            self.holders[key] = [0, storage.nbytes()]
            self.alive += storage.nbytes()
        self.holders[key][0] += 1
        weakref.finalize(t, self._drop, key)

    def _drop(self, key: int) -> None:
        self.holders[key][0] -= 1
        if not self.holders[key][0]:
            self.alive -= self.holders.pop(key)[1]
