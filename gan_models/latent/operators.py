"""Operators, the known part of a picture: a registry of differentiable functions A such that an observation is y = A x.

A new operator is one function here, `(x [N, C, H, W], **settings) -> y [N, c, h, w]`, in units of [-1, 1]. It is linear
in x, raises a ValueError if its settings do not fit the picture, and passes these facts to `register`:

    word        what it does, for a screen
    loses       True if many pictures give the same y, so that there are several right answers
    projection  True if A A x = A x: an observation may hold more than A sees, such as a picture in the hole
    sigma       True if y has normal noise whose standard deviation is the setting `sigma`
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..arguments import checked_seeds, is_number, short, whole
from ..model import as_float, to_uint8
from ..pictures import LUMA
from ..recipe import Recipe, did_you_mean
from ..registry import register

OPERATORS: dict[str, Callable] = {}
MOST_SIGMA = 2.0
"""The whole range from black to white"""


@register(OPERATORS, word="rebuild the whole picture", loses=False, projection=False, sigma=False)
def identity(x: Tensor) -> Tensor:
    """The picture itself: inversion."""
    return x


@register(OPERATORS, word="fill a hole", loses=True, projection=True, sigma=False)
def mask(x: Tensor, known) -> Tensor:
    """The picture with 0 where it is not known: inpainting. known: bool [H, W], True where a pixel is known."""
    try:
        known = torch.as_tensor(np.asarray(known))
    except (TypeError, ValueError):
        raise ValueError(f"a mask is bool [{x.shape[2]}, {x.shape[3]}], not {short(known)}.") from None
    if known.dtype != torch.bool or known.shape != x.shape[2:]:
        raise ValueError(
            f"a mask is bool [{x.shape[2]}, {x.shape[3]}], True where a pixel is known, not "
            f"{str(known.dtype).removeprefix('torch.')} {list(known.shape)}."
        )
    if not known.any():
        raise ValueError("the mask covers the whole picture: nothing is known, so every picture would be right.")
    return x * known.to(x)


@register(OPERATORS, word="enlarge a small picture", loses=True, projection=False, sigma=False)
def downscale(x: Tensor, factor: int = 4) -> Tensor:
    """The mean of each factor x factor pixels: super-resolution."""
    side = x.shape[-1]
    fits = [f for f in range(2, side) if side % f == 0]
    if not whole(factor) or factor not in fits:
        raise ValueError(f"{side} pixels are shrunk by {', '.join(map(str, fits))}, not by {short(factor)}.")
    return F.avg_pool2d(x, int(factor))


@register(OPERATORS, word="colour a grey picture", loses=True, projection=False, sigma=False)
def grey(x: Tensor) -> Tensor:
    """The grey value of each pixel: colourisation. A grey picture is returned unchanged."""
    if x.shape[1] == 1:
        return x
    return (x * torch.tensor(LUMA, device=x.device)[:, None, None]).sum(1, keepdim=True)


@register(OPERATORS, word="take noise away", loses=False, projection=False, sigma=True)
def noisy(x: Tensor, sigma: float = 0.5) -> Tensor:
    """The picture, observed with normal noise of a known standard deviation: denoising. sigma: from 0 to 2, where
    black is -1 and white is 1."""
    if not is_number(sigma) or not 0 <= sigma <= MOST_SIGMA:
        raise ValueError(f"sigma is a number from 0 to {MOST_SIGMA:g}, not {short(sigma)}.")
    return x


@dataclass(frozen=True, eq=False)
class Operator:
    """An operator with its settings."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        if not isinstance(self.name, str) or self.name not in OPERATORS:
            hint = did_you_mean(self.name[:100], OPERATORS) if isinstance(self.name, str) else ""
            raise ValueError(f"there is no operator {short(self.name)}{hint}; there are {', '.join(OPERATORS)}.")
        takes = dict(list(inspect.signature(self.fn).parameters.items())[1:])
        for key in self.settings:
            if key not in takes:
                raise ValueError(f"{self.name} takes no {short(key)}; it takes {', '.join(takes) or 'nothing'}.")
        for key, parameter in takes.items():
            if parameter.default is parameter.empty and key not in self.settings:
                raise ValueError(f"{self.name} needs {key}.")

    @property
    def fn(self) -> Callable:
        return OPERATORS[self.name]

    @property
    def loses(self) -> bool:
        """Whether several answers are right."""
        return self.fn.loses

    @property
    def sigma(self) -> float:
        """Standard deviation of the noise in an observation; 0 for an operator without noise."""
        if not self.fn.sigma:
            return 0.0
        return float(self.settings.get("sigma", inspect.signature(self.fn).parameters["sigma"].default))

    def __call__(self, x: Tensor) -> Tensor:
        """Pictures float [N, C, H, W] in [-1, 1] -> observations [N, c, h, w]. Raises ValueError if the settings do not
        fit."""
        return self.fn(x, **self.settings)

    def shape(self, recipe: Recipe) -> tuple[int, int, int]:
        """(channels, height, width) of an observation. Raises ValueError if the settings do not fit the pictures."""
        return tuple(self(torch.zeros(1, recipe.channels, recipe.size, recipe.size)).shape[1:])

    def count(self, recipe: Recipe) -> int:
        """How many values of an observation carry information: those of a hole do not."""
        return int(self(torch.ones(1, recipe.channels, recipe.size, recipe.size)).count_nonzero())

    def observe(self, pictures: np.ndarray, seeds=None) -> Tensor:
        """Whole pictures uint8 [N, H, W, C] -> the observations that `fit` takes, float32 [N, c, h, w].

        seeds: one for the noise of each picture, if the operator has noise; None takes 0 to N - 1. Raises ValueError
        if the pictures are none.
        """
        if getattr(pictures, "dtype", None) != np.uint8 or pictures.ndim != 4 or pictures.shape[3] not in (1, 3):
            is_ = f"{pictures.dtype} {list(pictures.shape)}" if hasattr(pictures, "dtype") else type(pictures).__name__
            raise ValueError(f"pictures are uint8 [N, H, W, 1 or 3], not {is_}.")
        y = self(as_float(pictures))
        if not self.sigma:
            return y
        seeds = checked_seeds(
            range(len(y)) if seeds is None else seeds, len(y), len(y), f"{len(y)} pictures need as many seeds"
        )
        noise = [torch.randn(y.shape[1:], generator=torch.Generator().manual_seed(seed)) for seed in seeds]
        return y + self.sigma * torch.stack(noise) if noise else y

    def completed(self, pictures: np.ndarray, observation: Tensor) -> np.ndarray:
        """Answers uint8 [N, H, W, C] to observations [N or 1, c, h, w], with the known pixels as observed: the answer
        inside a hole, the picture around it. If A is not a projection, the answers are returned unchanged."""
        if not self.fn.projection:
            return pictures
        x = as_float(pictures)
        return to_uint8(x - self(x) + self(observation)).numpy()


def operator(name: str | Operator, **settings) -> Operator:
    """`operator("downscale", factor=2)`; an Operator is returned unchanged. Raises ValueError for an unknown name or
    setting."""
    return name if isinstance(name, Operator) else Operator(name, settings)
