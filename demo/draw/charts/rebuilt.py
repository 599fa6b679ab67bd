"""How well each class is rebuilt by each variant."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import altair as alt

from demo.draw.charts.theme import frame, layered
from demo.draw.look import BLUE, INK, ORANGE

if TYPE_CHECKING:
    from demo.zoo.undrawn import Undrawn

END = 4.0
"""Decibels from the median variant at which the colours end"""


def rebuilt(found: Undrawn) -> alt.LayerChart | None:
    """PSNR of rebuilt test pictures: a row per variant, a column per class, and one for all of them.

    The colours hold a variant against the median of all variants at the same class: no colour where it is equal, orange
    where it rebuilds the class worse, full at END decibels.
    """
    names = found.class_names
    if not found.rows:
        return None
    every = "all"
    cells = []
    usual = {name: found.usual(name) for name in names}
    middle = statistics.median(row.psnr for row in found.rows)
    for row in found.rows:
        for name, value, other in [
            (every, row.psnr, middle),
            *((k, v, usual[k]) for k, v in row.by_class.items()),
        ]:
            cells.append(
                {
                    "variant": row.title,
                    "class": name,
                    "text": f"{value:.0f}" if len(names) > 8 else f"{value:.1f}",
                    "over": min(max(value - other, -END), END),
                    "psnr": f"{value:.1f} dB",
                    "usual": f"{other:.1f} dB",
                }
            )
    long = any(len(name) > 3 for name in names)
    base = alt.Chart(frame(cells)).encode(
        x=alt.X(
            "class:N", sort=[every, *names], title="Class of the test pictures",
            axis=alt.Axis(labelAngle=-45 if long else 0, labelLimit=90, labelOverlap=len(names) > 30, labelFlush=False),
        ),
        y=alt.Y(
            "variant:N", sort=[row.title for row in found.rows], title=None,
            axis=alt.Axis(labelLimit=110, labelOverlap=False, labelFlush=False),
        ),
        tooltip=[
            alt.Tooltip("variant:N", title="Variant"),
            alt.Tooltip("class:N", title="Class"),
            alt.Tooltip("psnr:N", title="Rebuilt with"),
            alt.Tooltip("usual:N", title="Median variant"),
        ],
    )  # fmt: skip
    fill = alt.Color(
        "over:Q",
        scale=alt.Scale(domain=[-END, 0, END], range=[f"{ORANGE}e0", "#88888818", f"{BLUE}e0"], clamp=True),
        legend=alt.Legend(
            orient="top", title="Against the median variant, in dB", values=[-END, -END / 2, 0, END / 2, END],
            gradientLength=220, gradientThickness=12,
        ),
    )  # fmt: skip
    layers = [base.mark_rect(stroke=INK, strokeOpacity=0.15).encode(color=fill)]
    if len(names) <= 12:
        layers.append(base.mark_text(fontSize=11, color=INK).encode(text=alt.Text("text:N")))
    worst = []
    for row in found.rows:
        if row.by_class:
            name = min(row.by_class, key=row.by_class.get)
            worst.append(f"{row.title} {name} ({row.by_class[name]:.1f} dB of {row.psnr:.1f})")
    described = "PSNR of test pictures that a search rebuilds, by variant and class."
    described += f" The worst class of each: {', '.join(worst)}." if worst else ""
    return layered(layers, described, 28 * len(found.rows))
