"""Curves of single batches, which are mostly noise, made readable. No altair, which takes a second to import."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from statistics import median

WINDOW = 1 / 20
"""Part of a training over which a curve is smoothed"""
SMOOTHED = (
    "Thick lines are moving medians over a twentieth of each training. Thin, pale lines are the recorded values, which "
    "jump from batch to batch; values beyond the axis are cut off."
)
"""What stands beside each chart of such curves"""


def smoothed(line: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The moving median of (images, value), rising in images.

    At each place it is the median of all values that lie within half of WINDOW of the whole length before or behind.
    Single batches jump by many times the usual, which would move a mean.
    """
    places = [x for x, _ in line]
    half = WINDOW / 2 * (places[-1] - places[0]) if line else 0
    return [
        (x, median(v for _, v in line[bisect_left(places, x - half) : bisect_right(places, x + half)])) for x in places
    ]
