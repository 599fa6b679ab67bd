"""How often each class comes among generated images."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import altair as alt

from demo.draw.charts.theme import frame, images_axis, layered
from demo.draw.look import BLUE, INK, ORANGE

if TYPE_CHECKING:
    from demo.zoo.leaderboard import Curves, Shares


CLASSES = ("#4477aa", "#66ccee", "#228833", "#ccbb44", "#ee6677", "#aa3377", "#88a0b0", "#44aa99", "#ddaa33", "#7a6fd0")
"""For classes in their order: neighbours differ in lightness too, and each area is labelled (after Paul Tol)"""
TIMES = 4
"""Where the collapse view's colours end: this many times as often as in real images, or as rare"""
REAL = "Real images"
"""Row of the collapse view"""


def collapse(shares: Shares) -> alt.LayerChart | None:
    """Share of each class (columns) per variant (rows), coloured by how it compares with the real images.

    No colour: as often as in the real images (or evenly, where these are not known). Blue: too often, orange: too rare,
    full at TIMES times. The numbers are the shares in %.
    """
    if not shares.rows:
        return None
    k = len(shares.class_names)
    real = shares.reference or (1 / k,) * k
    table = [(title, mine) for _, title, mine in shares.rows]
    if shares.reference:
        table.insert(0, (REAL, shares.reference))
    cells = [
        {
            "variant": title,
            "class": name,
            "percent": f"{100 * share:.{0 if share >= 0.0995 or not share else 1}f}",
            "over": _over(share, usual),
            "share": f"{100 * share:.2f} %",
            "usual": f"{100 * usual:.2f} %",
        }
        for title, mine in table
        for name, share, usual in zip(shares.class_names, mine, real, strict=True)
    ]
    end = math.log2(TIMES)
    long = k > 12 or any(len(name) > 3 for name in shares.class_names)
    base = alt.Chart(frame(cells)).encode(
        x=alt.X(
            "class:N", sort=list(shares.class_names), title="Class, as the extractor sees it",
            axis=alt.Axis(labelAngle=-45 if long else 0, labelLimit=90, labelOverlap=k > 30, labelFlush=False),
        ),
        y=alt.Y(
            "variant:N", sort=[title for title, _ in table], title=None,
            axis=alt.Axis(labelLimit=110, labelOverlap=False, labelFlush=False),
        ),
        tooltip=[
            alt.Tooltip("variant:N", title="Variant"),
            alt.Tooltip("class:N", title="Class"),
            alt.Tooltip("share:N", title="Share"),
            alt.Tooltip("usual:N", title="In real images" if shares.reference else "Even share"),
        ],
    )  # fmt: skip
    fill = alt.Color(
        "over:Q",
        scale=alt.Scale(domain=[-end, 0, end], range=[f"{ORANGE}e0", "#88888818", f"{BLUE}e0"], clamp=True),
        legend=alt.Legend(
            orient="top", title="Against real images" if shares.reference else "Against an even share",
            values=[-end, -end / 2, 0, end / 2, end], gradientLength=220, gradientThickness=12,
            labelExpr="datum.value == 0 ? 'same' : (datum.value < 0 ? '1/' : '×') + pow(2, abs(datum.value))",
        ),
    )  # fmt: skip
    layers = [base.mark_rect(stroke=INK, strokeOpacity=0.15).encode(color=fill)]
    if k <= 12:
        layers.append(base.mark_text(fontSize=11, color=INK).encode(text=alt.Text("percent:N")))
    worst = []
    for _, title, mine in shares.rows:
        i = min(range(k), key=lambda i: _over(mine[i], real[i]))
        worst.append(f"{title} {shares.class_names[i]} ({100 * mine[i]:.1f} % for {100 * real[i]:.1f} %)")
    described = f"Share of each class among the images of each variant. The rarest in each: {', '.join(worst)}."
    return layered(layers, described, 28 * len(table))


def _over(share: float, usual: float) -> float:
    """How many doublings more often than usual, from -log2(TIMES) to log2(TIMES)."""
    end = math.log2(TIMES)
    if not usual:
        return end if share else 0.0
    return min(max(math.log2(share / usual), -end), end) if share else -end


def shares_over_training(curve: Curves) -> alt.LayerChart | None:
    """Share of each class while a checkpoint was trained, as stacked areas, each named at the end of the training."""
    taken = [(images, row) for images, row in zip(curve.columns["images"], curve.shares or (), strict=False) if row]
    if len(taken) < 2:
        return None
    names = list(curve.class_names)
    areas = [
        {"images": images, "class": name, "place": i, "share": share / sum(row)}
        for images, row in taken
        for i, (name, share) in enumerate(zip(names, row, strict=True))
    ]
    last, row = taken[-1]
    below = list(itertools.accumulate((share / sum(row) for share in row), initial=0.0))
    labels = [
        {"images": last, "class": name, "middle": (a + b) / 2}
        for name, a, b in zip(names, below, below[1:], strict=False)
        if b - a > 0.045  # what a line of text needs
    ]
    # A stack starts at the bottom with the first class.
    x = images_axis([images for images, _ in taken], nice=False)
    axis = alt.Axis(format=".0%", tickCount=5, grid=False)
    y = {"title": "Share of each class", "scale": alt.Scale(domain=[0, 1]), "axis": axis}
    colour = alt.Color(
        "class:N",
        scale=alt.Scale(domain=names, range=[CLASSES[i % len(CLASSES)] for i in range(len(names))]),
        legend=None,
    )
    tips = [
        alt.Tooltip("class:N", title="Class"),
        alt.Tooltip("images:Q", title="Images shown", format=","),
        alt.Tooltip("share:Q", title="Share", format=".1%"),
    ]
    layers = [
        alt.Chart(frame(areas), name="areas")
        .mark_area(stroke="#ffffff", strokeWidth=0.6)
        .encode(x=x, y=alt.Y("share:Q", stack="zero", **y), color=colour, order=alt.Order("place:Q"), tooltip=tips),
        alt.Chart(frame(labels), name="names")
        .mark_text(align="right", dx=-5, fontSize=11, fontWeight="bold", color="#10131c", limit=120)
        .encode(x=x, y=alt.Y("middle:Q", **y), text=alt.Text("class:N")),
    ]
    first = taken[0][1]
    rare = min(range(len(row)), key=row.__getitem__)
    described = (
        f"Share of each class among the images of {curve.title} over its training, as stacked areas. At the end "
        f"{names[rare]} is the rarest with {100 * row[rare]:.1f} %, after {100 * first[rare]:.1f} % at the beginning."
    )
    return layered(layers, described, 260)
