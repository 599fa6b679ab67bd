"""Names of distances by their extractor, the number of images that they need, and the form of numbers."""

from __future__ import annotations

import math
import re

INCEPTION = "inception"
"""The one extractor whose distances are FID and KID"""
FEW = 1000
"""A figure is rough with fewer images than this, or with fewer than the number of features (a singular covariance)"""


def distance_name(extractor: str) -> str:
    """Name of the Frechet distance through an extractor: "mnist-cnn" -> "FD-mnist-cnn", "inception" -> "FID"."""
    return "FID" if extractor == INCEPTION else f"FD-{extractor}"


def kernel_name(extractor: str) -> str:
    """Name of the kernel distance: "mnist-cnn" -> "KD-mnist-cnn", "inception" -> "KID"."""
    return "KID" if extractor == INCEPTION else f"KD-{extractor}"


def is_rough(generated: int, real: int, features: int | None) -> bool:
    """Whether there are too few images on either side for a figure with this extractor; features None: not known.

    The spread over sampling seeds does not show the error caused by few real images, since all seeds are compared with
    the same ones: a rough figure is shown without ±.
    """
    return min(generated, real) < max(FEW, features or 0)


def rank_deficient(generated: int, real: int, features: int | None) -> bool:
    """Whether a covariance of this many features cannot have full rank: n images give a rank of n - 1 at most.

    A Frechet distance still exists, but it sees only the n - 1 directions that the images span, which differ between
    sets. It comes out far too large, and can be compared only with figures of the same n.
    """
    return features is not None and min(generated, real) <= features


def deficiency(generated: int, real: int, features: int | None) -> str:
    """A sentence about a deficient rank, to show beside the figure; "" if the rank is full."""
    if not rank_deficient(generated, real, features):
        return ""
    return (
        f"Rank-deficient: {min(generated, real):,} pictures cannot fill a covariance of {features:,} features, so the "
        "distance is too large and compares only with others of the same number of pictures."
    )


def behind(generated: int, real: int) -> str:
    """The number of images used for a figure: "n = 10,000 against 30 real"."""
    return f"n = {generated:,} against {real:,} real"


def minus(text: str) -> str:
    """Numbers below 0 as in print, with a minus sign instead of the hyphen: "from -4 to 4" -> "from −4 to 4".

    Every number on a screen that may be below 0 passes through here; "mnist-cnn" and "0-15" stay.
    """
    return re.sub(r"(?<![\w.])-(?=\.?\d)", "−", text)


def percent(share: float, digits: int = 0) -> str:
    """0.55 -> "55 %"; digits: decimals."""
    return minus(f"{100 * share:.{digits}f} %")


def figure_text(value: float, spread: float = 0.0, digits: int = 3) -> str:
    """`digits` significant digits, the spread with as many decimals: "12.3 ± 0.2", "0.857", "146 ± 2"."""
    shown = max(decimals(value) - 3 + digits, 0)
    if not spread:
        return minus(f"{value:,.{shown}f}")
    finer = shown if spread >= 0.5 * 10**-shown else min(max(decimals(spread) - 2, 0), 6)  # at least one digit
    return minus(f"{value:,.{shown}f} ± {spread:,.{finer}f}")


def decimals(value: float) -> int:
    """The number of decimals that show three significant digits, 6 at most."""
    if not value:
        return 0
    return min(max(2 - math.floor(math.log10(abs(value))), 0), 6)
