"""What a distance is called, by the extractor behind it. No torch import."""

from __future__ import annotations

INCEPTION = "inception"
"""The one extractor whose distances are FID and KID"""


def distance_name(extractor: str) -> str:
    """Name of the Frechet distance through an extractor: "mnist-cnn" -> "FD-mnist-cnn", "inception" -> "FID"."""
    return "FID" if extractor == INCEPTION else f"FD-{extractor}"


def kernel_name(extractor: str) -> str:
    """Name of the kernel distance: "mnist-cnn" -> "KD-mnist-cnn", "inception" -> "KID"."""
    return "KID" if extractor == INCEPTION else f"KD-{extractor}"
