"""Generated pictures of earlier steps, shown to D in place of some new ones, so that D does not forget them.

Shrivastava et al. 2017, arXiv:1612.07828, section 2.3; as CycleGAN uses it: about half of each batch is exchanged for
older pictures, and takes their places in the pool.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_models.recipe import AnyRecipe

from .distributed import gathered, rank


class Pool(nn.Module):
    """A pool for each direction of a translator. Never waits for the device. Its pictures are part of a run and are
    saved in the resume file. Several processes hold the same pictures, those of the whole batch, so that the first one
    saves them for all."""

    def __init__(self, ways: int, size: int, shape: tuple[int, ...]):
        super().__init__()
        self.register_buffer("pictures", torch.zeros(ways, size, *shape))
        self.register_buffer("taken", torch.zeros(ways, size, dtype=torch.bool))

    @classmethod
    def of(cls, recipe: AnyRecipe) -> Pool | None:
        """The pool of a recipe; None if the recipe keeps no pictures."""
        size = getattr(recipe, "pool", 0)
        return cls(1 + recipe.cycle, size, (recipe.judged_channels, recipe.size, recipe.size)) if size else None

    def exchange(self, way: int, made: Tensor) -> Tensor:
        """[N, C, H, W] -> the same shape, with some older pictures. While the pool has free places, new pictures are
        stored there and also stay in the batch."""
        own = slice(rank() * len(made), (rank() + 1) * len(made))
        made = gathered(made)
        pictures, taken = self.pictures[way], self.taken[way]
        # Different places for all: with two pictures for one place, chance would decide which is kept.
        at = torch.randperm(len(taken), device=made.device)[: len(made)]
        older = taken[at] & (torch.rand(len(made), device=made.device) < 0.5)
        kept, free, swap = pictures[at], (~taken[at])[:, None, None, None], older[:, None, None, None]
        pictures[at] = torch.where(swap | free, made, kept)
        taken[at] = True
        return torch.where(swap, kept, made)[own]
