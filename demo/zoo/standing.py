"""The rank of a value among others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Standing:
    """The rank of a value among others."""

    percentile: float
    """Share of the others that are lower, in percent; equal ones count half"""
    n: int
    """How many others there are"""
    low: float
    """A twentieth of them is lower"""
    high: float
    """A twentieth of them is higher"""


def standing(value: float, others: np.ndarray) -> Standing | None:
    """others: float [N]; NaN is left out. None where nothing is left."""
    others = others[~np.isnan(others)]
    if not len(others):
        return None
    lower, equal = (others < value).sum(), (others == value).sum()
    low, high = np.quantile(others, [0.05, 0.95])
    return Standing(float(100 * (lower + equal / 2) / len(others)), len(others), float(low), float(high))


def percent(value: float) -> str:
    """83.4 -> "83 %", 0.26 -> "0.3 %", what is all but nothing or everything "under 0.1 %", "over 99.9 %"."""
    if 0 < value < 0.1:
        return "under 0.1 %"
    if 99.9 < value < 100:
        return "over 99.9 %"
    return f"{value:.1f} %" if 0 < value < 1 or 99 < value < 100 else f"{value:.0f} %"
