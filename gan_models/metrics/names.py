"""What a distance is called, by the extractor behind it, how many images it needs, and how numbers are written."""

from __future__ import annotations

import math
import re

INCEPTION = "inception"
"""The one extractor whose distances are FID and KID"""
FEW = 1000
"""Images below which a figure is a rough one, and below the number of features, where a covariance is singular"""


def distance_name(extractor: str) -> str:
    """Name of the Frechet distance through an extractor: "mnist-cnn" -> "FD-mnist-cnn", "inception" -> "FID"."""
    return "FID" if extractor == INCEPTION else f"FD-{extractor}"


def kernel_name(extractor: str) -> str:
    """Name of the kernel distance: "mnist-cnn" -> "KD-mnist-cnn", "inception" -> "KID"."""
    return "KID" if extractor == INCEPTION else f"KD-{extractor}"


def is_rough(generated: int, real: int, features: int | None) -> bool:
    """Whether there are too few images on either side for a figure with this extractor; features None: not known.

    The spread over sampling seeds tells nothing of the error that few real images make, since all seeds are held
    against the same ones: beside a rough figure no ± is shown.
    """
    return min(generated, real) < max(FEW, features or 0)


def rank_deficient(generated: int, real: int, features: int | None) -> bool:
    """Whether a covariance of so many features cannot have full rank: n images give a rank of n - 1 at most.

    A Frechet distance exists all the same, but it sees only the n - 1 directions that the images span, which are others
    for each set. It comes out far too large, and compares only with figures of the same n.
    """
    return features is not None and min(generated, real) <= features


def deficiency(generated: int, real: int, features: int | None) -> str:
    """A sentence on it, to stand where the figure is shown; "" where the rank is full."""
    if not rank_deficient(generated, real, features):
        return ""
    return (
        f"Rank-deficient: {min(generated, real):,} pictures cannot fill a covariance of {features:,} features, so the "
        "distance is too large and compares only with others of the same number of pictures."
    )


def behind(generated: int, real: int) -> str:
    """How many images are behind a figure: "n = 10,000 against 30 real"."""
    return f"n = {generated:,} against {real:,} real"


def minus(text: str) -> str:
    """Numbers below 0 as print has them, with a minus for the hyphen: "from -4 to 4" -> "from −4 to 4".

    All that the screens show of numbers that may be below 0 goes through here; "mnist-cnn" and "0-15" stay.
    """
    return re.sub(r"(?<![\w.])-(?=\.?\d)", "−", text)


def percent(share: float, digits: int = 0) -> str:
    """0.55 -> "55 %"; digits: behind the point."""
    return minus(f"{100 * share:.{digits}f} %")


def figure_text(value: float, spread: float = 0.0, digits: int = 3) -> str:
    """So many significant digits, the spread with as many decimals: "12.3 ± 0.2", "0.857", "146 ± 2"."""
    shown = max(decimals(value) - 3 + digits, 0)
    if not spread:
        return minus(f"{value:,.{shown}f}")
    finer = shown if spread >= 0.5 * 10**-shown else min(max(decimals(spread) - 2, 0), 6)  # one digit at least
    return minus(f"{value:,.{shown}f} ± {spread:,.{finer}f}")


def decimals(value: float) -> int:
    """Those that show three significant digits, 6 at most."""
    if not value:
        return 0
    return min(max(2 - math.floor(math.log10(abs(value))), 0), 6)
