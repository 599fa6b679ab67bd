"""What the tests of extractors share: pictures to look at, and how one is refused."""

import pytest
import torch

from gan_models.metrics.extractors import ExtractorError


def pictures(n: int, channels: int = 1, size: int = 8, seed: int = 0) -> torch.Tensor:
    """Random pixels, uint8 [n, channels, size, size]."""
    rng = torch.Generator().manual_seed(seed)
    return torch.randint(256, (n, channels, size, size), generator=rng, dtype=torch.uint8)


def refuses(*words: str):
    """ExtractorError in one line that holds all the words."""
    pattern = "".join(f"(?=.*{word})" for word in words)
    return pytest.raises(ExtractorError, match=rf"\A{pattern}[^\n]+\Z")
