"""Pairs of variants that two measures put in different order. No torch import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True)
class Disagreement:
    """Two variants that two measures put in opposite order."""

    first: str
    """Better by the first measure"""
    second: str
    """Better by the second measure"""


@dataclass(frozen=True)
class Agreement:
    """The agreement of two measures of the same variants."""

    tau: float | None
    """Kendall's tau of the pairs that neither measure ties: 1 the same order, -1 the reverse; None without such
    pairs"""
    pairs: int
    """Pairs that neither measure ties"""
    disagreements: tuple[Disagreement, ...]
    """The pairs among these in opposite order, the widest apart in places first"""
    places: dict[str, tuple[int, int]]
    """Variant -> its place by the first and by the second measure, from 1; equal values share the better place"""

    def sentence(self) -> str:
        """ "The two agree on 40 of 45 pairs (Kendall's tau 0.78)."."""
        if self.tau is None:
            return "No pair of variants differs by both measures."
        agreed = self.pairs - len(self.disagreements)
        return f"The two agree on {agreed} of {self.pairs} pairs (Kendall's tau {self.tau:.2f})."


def agreement(
    a: Mapping[str, float],
    b: Mapping[str, float],
    spread_a: Mapping[str, float] | None = None,
    spread_b: Mapping[str, float] | None = None,
) -> Agreement:
    """Compare two measures, variant -> value, smaller is better; only variants that have both count.

    spread_a, spread_b: variant -> the uncertainty of its value. Two values that differ by no more than the wider of
    their spreads are a tie, and a tie agrees with everything.

    Raises ValueError if a value or a spread is not finite, or a spread is below 0.
    """
    names = [name for name in a if name in b]
    spread_a, spread_b = spread_a or {}, spread_b or {}
    numbers = [m[name] for m in (a, b) for name in names] + [s.get(n, 0.0) for s in (spread_a, spread_b) for n in names]
    if not all(abs(x) < float("inf") for x in numbers) or any(x < 0 for x in numbers[2 * len(names) :]):
        raise ValueError("values and spreads must be finite, and spreads 0 or more.")

    def sign(values: Mapping[str, float], spreads: Mapping[str, float], x: str, y: str) -> int:
        apart = values[x] - values[y]
        return 0 if abs(apart) <= max(spreads.get(x, 0.0), spreads.get(y, 0.0)) else 1 if apart > 0 else -1

    places = {name: (_place(a, names, name), _place(b, names, name)) for name in names}
    pairs, opposed = 0, []
    for x, y in combinations(names, 2):
        one, other = sign(a, spread_a, x, y), sign(b, spread_b, x, y)
        if one and other:
            pairs += 1
            if one != other:
                opposed.append(Disagreement(x, y) if one < 0 else Disagreement(y, x))
    opposed.sort(key=lambda d: -sum(abs(places[d.first][k] - places[d.second][k]) for k in (0, 1)))
    tau = (pairs - 2 * len(opposed)) / pairs if pairs else None
    return Agreement(tau, pairs, tuple(opposed), places)


def _place(values: Mapping[str, float], names: list[str], name: str) -> int:
    return 1 + sum(values[other] < values[name] for other in names)
