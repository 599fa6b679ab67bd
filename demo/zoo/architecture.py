"""A network as it is built: one box per block, from a run of the real module on shapes alone. Imports torch late.

No plan is drawn that could differ from the code: the module of a recipe is made without memory (the meta device), the
shape of one picture is sent through it, and the calls are recorded in their order.
"""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_models.recipe import AnyRecipe, kind_of

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Box:
    """One block: a layer with weights and what follows it, a block class of the code, or learned maps."""

    name: str
    """Class of the block ("Up"), or what the layer is ("convolution 4 × 4, stride 2")"""
    parts: tuple[str, ...]
    """The layers in it, in the order in which they are called"""
    shape: tuple[int, ...]
    """Shape of its output for one picture: (64, 7, 7), (64,), or () for a score"""
    parameters: int
    takes: int | None
    """Index of the box whose output it takes; None: what goes into the network, or nothing at all"""
    also: tuple[str, ...] = ()
    """Further inputs: "64 numbers", "the label" """
    source: bool = False
    """Learned, and takes nothing"""
    beside: bool = False
    """No later layer takes its output alone: it is a branch, not the trunk"""


@dataclass(frozen=True)
class Network:
    """G or D of a recipe."""

    side: str
    """ "G" or "D" """
    takes: tuple[tuple[int, ...], ...]
    """Shapes of what goes in and is used, for one picture; () is a label"""
    boxes: tuple[Box, ...]
    classes: tuple[tuple[str, str], ...]
    """(class, first sentence of its docstring) of the blocks that the code defines"""

    @property
    def parameters(self) -> int:
        return sum(box.parameters for box in self.boxes)


def networks(folder: Path, recipe: AnyRecipe) -> tuple[Network, Network]:
    """(G, D) of a checkpoint's recipe; of a cycle those of the way there. CheckpointError where the recipe makes no
    network, or too large a one."""
    return _networks(folder, json.dumps(recipe.to_json()))


@lru_cache(maxsize=64)
def _networks(folder: Path, text: str) -> tuple[Network, Network]:
    """text: the recipe as JSON, which can be looked up."""
    import torch

    from gan_models.checkpoint import skeleton

    data = json.loads(text)
    recipe = kind_of(data).from_json(data)
    G, D = skeleton(folder, recipe, discriminator=True)
    if recipe.cycle:
        G, D = G.there, D.there
    given = torch.empty(1, *recipe.input_shape, device="meta")
    y = (torch.zeros(1, dtype=torch.int64, device="meta"),) if recipe.classes else ()
    image = torch.empty(1, recipe.judged_channels, recipe.size, recipe.size, device="meta")
    return _network("G", G, given, *y), _network("D", D, image, *y)


def _network(side: str, net: nn.Module, *inputs) -> Network:
    """Runs a module on `inputs` and records the calls."""
    import torch
    from torch.overrides import TorchFunctionMode

    made = _Boxes()
    own = {id(p): name for name, p in net.named_parameters(recurse=False)}
    used = set()

    class Watch(TorchFunctionMode):
        """Sees which inputs are used, and where a parameter that belongs to no layer is for the first time."""

        def __torch_function__(self, func, types, args=(), kwargs=None):
            out = func(*args, **(kwargs or {}))
            tensors = [a for a in args if isinstance(a, torch.Tensor)]
            if func is torch.cat:
                made.joined(args[0], out)
            used.update(map(id, tensors))
            for p in tensors:
                if id(p) in own and isinstance(out, torch.Tensor):
                    others = [t for t in tensors if t is not p]
                    made.learned(own.pop(id(p)), p, others, out)
            return out

    units = list(_units(net))
    hooks = [
        unit.register_forward_hook(lambda unit, args, out: made.called(unit, [a for a in args if id(a) in used], out))
        for unit in units
    ]
    try:
        with torch.no_grad(), Watch():
            net.eval()(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    types = dict.fromkeys(_type(unit) for unit in units if _is_block(unit))
    return Network(
        side,
        tuple(tuple(x.shape[1:]) for x in inputs if id(x) in used),
        made.boxes(),
        tuple((t.__name__, _sentence(t)) for t in types),
    )


class _Boxes:
    """Gathers what was called into boxes."""

    def __init__(self):
        self.done: list[Box] = []
        self.at: dict[int, int] = {}
        """id of a tensor -> the box that it came out of"""
        self.kept: list = []
        """Tensors, so that no id is used twice"""
        self.open = False
        """Whether the last box takes what follows it: a layer does, a block of the code does not"""
        self.waiting: list[tuple[list[str], int, Any]] = []
        """(words, parameters, input) of what came behind a block, and belongs to the layer that follows"""
        self.counted: set[int] = set()
        self.beside: dict[int, tuple[str, ...]] = {}
        """id of a tensor that several were joined to -> those behind the first, in words"""

    def joined(self, tensors, out) -> None:
        """Maps behind each other, of which all but the first come from further back."""
        first, *others = tensors
        self.at[id(out)] = self.at.get(id(first), len(self.done) - 1)
        self.beside[id(out)] = tuple(filter(None, map(self._beside, others)))
        self.kept.append(out)

    def _beside(self, tensor) -> str:
        """What is joined to a trunk, in words; "" for what a block has made of the trunk itself."""
        if id(tensor) in self.at:
            return f"{_input(tensor)} from the way down"
        return f"the label as {tensor.shape[1]} numbers" if tensor.dim() == 2 else ""

    def called(self, unit, args, out) -> None:
        """args: the tensors that went in and were used."""
        from torch.nn import Flatten

        weights, words = self._count(unit), _words(unit)
        if isinstance(out, tuple):  # a verdict
            out, *more = out
            words += [f"also gives {one.shape[1]} class scores" for one in more if one is not None]
        if _is_norm(unit) or not (weights or (_is_block(unit) and out.shape != args[0].shape)):
            if self.open and not isinstance(unit, Flatten):
                last = self.done[-1]
                self.done[-1] = replace(
                    last,
                    parts=(*last.parts, *words),
                    shape=tuple(out.shape[1:]),
                    parameters=last.parameters + weights,
                )
                self._came(out)
            else:
                self.waiting.append((words, weights, args[0]))
                self.kept.append(out)
            return
        first, also = (self.waiting[0][2] if self.waiting else args[0]), args[1:]
        name = _type(unit).__name__ if _is_block(unit) else words[0]
        self._add(name, words, weights, first, also, out)
        self.open = not _is_block(unit)

    def learned(self, name: str, parameter, others, out) -> None:
        """A parameter of the network itself."""
        shape = " × ".join(map(str, parameter.shape[1:] if parameter.shape[0] == 1 else parameter.shape))
        words = [f"learned {name}, {shape}"]
        self._add(f"learned {name}", words, parameter.numel(), others[0] if others else None, (), out)
        self.open = False

    def _add(self, name, words, weights, first, also, out) -> None:
        takes = None if first is None else self.at.get(id(first), len(self.done) - 1 if self.done else None)
        before, counts = self._waited()
        also = (*self.beside.get(id(first), ()), *(_input(a) for a in also if a is not None))
        parts, shape = (*before, *words), tuple(out.shape[1:])
        self.done.append(Box(name, parts, shape, counts + weights, takes, also, first is None))
        self._came(out)

    def _waited(self) -> tuple[list[str], int]:
        """Words and parameters of what waited, which then waits no longer."""
        words, weights = [word for some, *_ in self.waiting for word in some], sum(n for _, n, _ in self.waiting)
        self.waiting = []
        return words, weights

    def _came(self, out) -> None:
        self.at[id(out)] = len(self.done) - 1
        self.kept.append(out)

    def _count(self, unit) -> int:
        """Parameters that no box has counted yet."""
        new = [p for p in unit.parameters() if id(p) not in self.counted]
        self.counted |= {id(p) for p in new}
        return sum(p.numel() for p in new)

    def boxes(self) -> tuple[Box, ...]:
        """What waits at the end belongs to the last box."""
        words, weights = self._waited()
        if self.done:
            last = self.done[-1]
            self.done[-1] = replace(last, parts=(*last.parts, *words), parameters=last.parameters + weights)
        taken = {box.takes for box in self.done}
        behind = self.done[1:]
        return tuple(
            replace(box, beside=i not in taken and i < len(behind) and not behind[i].source)
            for i, box in enumerate(self.done)
        )


def _units(net):
    """The blocks and layers of a network, containers opened."""
    from torch import nn

    for child in net.children():
        if isinstance(child, nn.Sequential | nn.ModuleList):
            yield from _units(child)
        else:
            yield child


def _type(unit) -> type:
    from torch.nn.utils.parametrize import type_before_parametrizations

    return type_before_parametrizations(unit)


def _is_block(unit) -> bool:
    """Whether a module is one of this project's own, and not PyTorch's."""
    return not _type(unit).__module__.startswith("torch.")


def _is_norm(unit) -> bool:
    from torch import nn

    return isinstance(unit, nn.BatchNorm2d | nn.InstanceNorm2d | nn.GroupNorm)


def _input(tensor) -> str:
    if not tensor.is_floating_point():
        return "the label"
    return " × ".join(map(str, tensor.shape[1:])) + (" numbers" if tensor.dim() == 2 else "")


def _words(unit) -> list[str]:
    """What a module is, and what is done to its weights."""
    from torch.nn.utils.parametrize import is_parametrized

    inside = [m for m in unit.modules() if is_parametrized(m)]
    bound = {type(p).__name__.strip("_") for m in inside for ps in m.parametrizations.values() for p in ps}
    return [_word(unit), *("spectral norm" if name == "SpectralNorm" else name for name in sorted(bound))]


def _word(unit) -> str:
    from torch import nn

    def conv(name):
        stride = f", stride {unit.stride[0]}" if unit.stride[0] > 1 else ""
        groups = f", {unit.groups} groups" if unit.groups > 1 else ""
        return f"{name} {unit.kernel_size[0]} × {unit.kernel_size[1]}{stride}{groups}"

    told = {
        nn.Linear: lambda: "linear",
        nn.Conv2d: lambda: conv("convolution"),
        nn.ConvTranspose2d: lambda: conv("transposed convolution"),
        nn.BatchNorm2d: lambda: "BatchNorm",
        nn.InstanceNorm2d: lambda: "InstanceNorm",
        nn.PixelShuffle: lambda: f"{unit.upscale_factor} × the side, pixels from channels",
        nn.GroupNorm: lambda: "LayerNorm" if unit.num_groups == 1 else f"GroupNorm of {unit.num_groups}",
        nn.ReLU: lambda: "ReLU",
        nn.LeakyReLU: lambda: f"LeakyReLU {unit.negative_slope:g}",
        nn.Tanh: lambda: "tanh",
        nn.Dropout2d: lambda: f"dropout {unit.p:g} of the maps",
        nn.Upsample: lambda: f"side × {unit.scale_factor:g} ({unit.mode})",
        nn.AvgPool2d: lambda: f"mean over {unit.kernel_size} × {unit.kernel_size}",
        nn.Flatten: lambda: "flattened",
        nn.Unflatten: lambda: f"reshaped to {' × '.join(map(str, unit.unflattened_size))}",
    }
    return told.get(_type(unit), lambda: _type(unit).__name__)()


def _sentence(block: type) -> str:
    """The first sentence of a class's docstring, on one line."""
    text = " ".join((inspect.getdoc(block) or "").split("\n\n")[0].split())
    return re.split(r"(?<!al)(?<=\.) (?=[A-Z])", text)[0]
