"""Random draws of a training step: a row for each picture of the batch, the same whichever process judges it.

Where several processes share a batch, all of them draw the whole batch's numbers from equal generators, and each keeps
the rows of its own pictures: the pictures, latents and noise are the same as with a single process.
"""

from collections.abc import Callable

from torch import Tensor

_share = (0, 1)


def share(rank: int, size: int) -> None:
    """From now on this process takes part `rank` of `size` equal parts of each batch."""
    global _share
    _share = rank, size


def per_image(draw: Callable[..., Tensor], n: int, *shape: int, **options) -> Tensor:
    """draw((n, *shape), **options), for n pictures of this process: `torch.randn`, `torch.rand` and their like."""
    rank, size = _share
    return draw((n * size, *shape), **options)[rank * n : (rank + 1) * n]
