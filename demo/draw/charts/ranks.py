"""Several trainings of each variant: a dot for each, and their mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from demo.draw.charts.theme import domain, frame, layered, ticks
from demo.draw.look import BLUE, INK, ORANGE

if TYPE_CHECKING:
    from demo.zoo.ranks import Ranks


def ranks(found: Ranks) -> alt.LayerChart | None:
    """Distance of each training, a row per variant, with mean and standard deviation over the trainings; those that are
    told the class below the others, as squares."""
    rows = [row for row in found.rows if min(row.values) > 0]
    if not rows:
        return None
    names = [row.title for row in rows]
    dots = [
        {"variant": row.title, "value": value, "seed": str(seed), "told": row.told, "text": row.text()}
        for row in rows
        for seed, value in enumerate(row.values)
    ]
    bars = [
        {
            "variant": row.title,
            "mean": row.mean,
            "least": max(row.mean - (row.spread or 0), min(row.values) / 2),
            "most": row.mean + (row.spread or 0),
        }
        for row in rows
    ]
    low, high = domain([v for bar in bars for v in (bar["least"], bar["most"])] + [d["value"] for d in dots], 0.06)
    y = alt.Y(
        "variant:N", title=None, sort=names, scale=alt.Scale(domain=names),
        axis=alt.Axis(labelLimit=150, ticks=False, domain=False, grid=True),
    )  # fmt: skip

    def x(name: str) -> alt.X:
        return alt.X(
            f"{name}:Q",
            title=f"{found.distance} (log scale, lower is better)",
            scale=alt.Scale(type="log", domain=[low, high], nice=False),
            axis=alt.Axis(values=ticks(low, high), format=",~g"),
        )

    tips = [alt.Tooltip("variant:N", title="Variant"), alt.Tooltip("text:N", title="Mean ± spread over trainings")]
    layers = [
        alt.Chart(frame(bars), name="spread")
        .mark_rule(color=INK, strokeWidth=2)
        .encode(x=x("least"), x2="most:Q", y=y),
        alt.Chart(frame(bars), name="means").mark_tick(color=INK, thickness=2, size=14).encode(x=x("mean"), y=y),
    ]
    for told, shape, colour in ((False, "circle", BLUE), (True, "square", ORANGE)):
        if some := [dot for dot in dots if dot["told"] == told]:
            points = alt.Chart(frame(some)).mark_point(shape=shape, stroke=colour, fill=colour, size=40, opacity=0.8)
            layers.append(points.encode(x=x("value"), y=y, tooltip=tips))
    told = "; ".join(f"{row.title} {row.text()}, place {row.place}" for row in rows)
    return layered(
        layers, f"{found.distance} over {len(found.seeds)} trainings of each variant. {told}.", 22 * len(rows)
    )
