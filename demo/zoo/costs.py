"""What training and drawing cost, and the Pareto front of quality and cost. Numbers out; no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from demo.zoo.figures import finite

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.files import Metrics
    from demo.zoo.leaderboard import Row

COSTS = {"parameters": "Parameters", "images": "Images shown", "steps": "G steps", "work": "Multiply-adds"}
"""The costs that quality is compared with, and their titles on an axis. All of them are the same on any machine; the
seconds of a training are not, since they depend on how busy a machine was"""


def cost(entry: Entry, metrics: Metrics) -> dict[str, Any]:
    """What training and drawing cost, by column; what metrics.json does not say is taken from the checkpoint itself."""
    about, known, recipe = entry.provenance, metrics.cost, entry.recipe
    parameters = about.get("parameters")
    parameters = parameters.get("generator") if isinstance(parameters, dict) else None
    images = _first(known.get("images"), about.get("images"))
    step = recipe.batch * recipe.critic_steps
    each, picture = (_first(known.get(f"multiply_adds_per_{what}")) for what in ("image", "picture"))
    return {
        "parameters": _first(known.get("parameters"), parameters),
        "images": images,
        "steps": None if images is None or not step else int(images // step),
        "work": None if images is None or each is None else each * images / 1e12,
        "work_per_picture": None if picture is None else picture / 1e6,
        "peak_memory_mb": _first(known.get("peak_memory_mb")),
        "training_seeds": metrics.training_seeds,
    }


def front(rows: Sequence[Row], cost: str, noise: float | None = None) -> tuple[str, ...]:
    """Keys of the rows on the Pareto front: no other row is as good in distance and cost, and better in one of them.
    Cheapest first.

    noise: distance of real images with added noise; a row that is worse is on no front, however cheap
    it is."""
    points = sorted(
        (row.values[cost], row.values["fd"], row.key)
        for row in rows
        if row.values.get(cost) is not None and row.values.get("fd") is not None
    )
    kept: list[tuple] = []
    for point in points:
        if noise is not None and point[1] > noise:
            continue
        if not kept or point[1] < kept[-1][1] or point[:2] == kept[-1][:2]:
            kept.append(point)
    return tuple(key for *_, key in kept)


def _first(*values: Any) -> float | int | None:
    """The first value that is a number and not below 0."""
    return next((v for v in values if finite(v, 0) is not None), None)
