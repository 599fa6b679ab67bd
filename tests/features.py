"""Made-up features for the tests of metrics."""

import torch


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    """Draws from a standard normal distribution, float32 of this shape."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def broken(x: torch.Tensor, value: float = torch.nan) -> torch.Tensor:
    """A copy of features [N, d] with one that is not finite, of image 1."""
    x = x.clone()
    x[1, 0] = value
    return x
