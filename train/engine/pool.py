"""Made pictures of earlier steps, shown to D in place of some new ones, so that it does not forget what G did before.

Shrivastava et al. 2017, arXiv:1612.07828, section 2.3; as CycleGAN uses it: of each batch about half are replaced by
older ones, whose places they take.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_models.recipe import AnyRecipe


class Pool(nn.Module):
    """A pool for each way of a translator. Never waits for the device. Its pictures are a part of a run, and stand in
    the resume file. Of several processes each has pictures of its own."""

    def __init__(self, ways: int, size: int, shape: tuple[int, ...]):
        super().__init__()
        self.register_buffer("pictures", torch.zeros(ways, size, *shape))
        self.register_buffer("taken", torch.zeros(ways, size, dtype=torch.bool))

    @classmethod
    def of(cls, recipe: AnyRecipe) -> Pool | None:
        """None where the recipe keeps none."""
        size = getattr(recipe, "pool", 0)
        return cls(1 + recipe.cycle, size, (recipe.judged_channels, recipe.size, recipe.size)) if size else None

    def exchange(self, way: int, made: Tensor) -> Tensor:
        """[N, C, H, W] -> the same, where some are older ones. While a place is free, a new picture stays in the batch
        and is kept as well."""
        pictures, taken = self.pictures[way], self.taken[way]
        # Different places for all: two pictures in one place would leave it to chance which is kept.
        at = torch.randperm(len(taken), device=made.device)[: len(made)]
        older = taken[at] & (torch.rand(len(made), device=made.device) < 0.5)
        kept, free, swap = pictures[at], (~taken[at])[:, None, None, None], older[:, None, None, None]
        pictures[at] = torch.where(swap | free, made, kept)
        taken[at] = True
        return torch.where(swap, kept, made)
