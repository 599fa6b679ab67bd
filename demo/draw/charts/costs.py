"""Quality against what it costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import altair as alt

from demo.draw.charts.theme import domain, frame, layered, ticks
from demo.draw.look import BLUE, INK, ORANGE
from gan_models.metrics.names import figure_text

if TYPE_CHECKING:
    from demo.zoo.leaderboard import Leaderboard, Row


HEIGHT = 400
"""Pixels of quality(), without its axis"""
LINE, LETTER, NARROW = 15, 6.6, 260
"""Pixels that a label needs upwards and for each letter; width of a plot on a phone"""


def quality(board: Leaderboard, against: str = "parameters") -> alt.LayerChart | None:
    """Distance against a cost, both logarithmic, over the range of the variants. Names stand at the Pareto front alone,
    the others' appear where one points; anchors are marks at the right edge, or words at its ends where they lie beyond
    the axis.

    against: a cost, one of `board.fronts`. Variants of which that cost is not known, or 0, are left out.
    """
    rows = [row for row in board.rows if row.values.get(against)]
    if not rows:
        return None
    distance, price, unbeaten = board.column("fd").title, board.column(against), board.front(against)
    cost = f"{price.title} ({price.unit})" if price.unit else price.title
    left, right = domain([row.values[against] for row in rows], 0.12)
    low, high = domain([row.values["fd"] for row in rows], 0.07)
    shown = ticks(low, high)
    anchors = [
        {"fd": row.values["fd"], "text": f"{row.title}: {figure_text(row.values['fd'])}"} for row in board.anchors
    ]
    above, below = [a for a in anchors if a["fd"] > high], [a for a in anchors if a["fd"] < low]
    # Room at both ends for the words on the anchors beyond: no point lies there.
    span = math.log(high / low) / (1 - (len(above) + len(below)) * LINE / HEIGHT)
    high, low = (
        high * math.exp(span * len(above) * LINE / HEIGHT),
        low / math.exp(span * len(below) * LINE / HEIGHT),
    )
    x = alt.X(
        "x:Q",
        title=f"{cost} (log scale)",
        scale=alt.Scale(type="log", domain=[left, right], nice=False),
        axis=alt.Axis(values=ticks(left, right), format="~s" if price.decimals == 0 else "~g", grid=False),
    )

    def y(name: str) -> alt.Y:
        return alt.Y(
            f"{name}:Q",
            title=f"{distance} (log scale, lower is better)",
            scale=alt.Scale(type="log", domain=[low, high], nice=False),
            axis=alt.Axis(values=shown, format=",~g"),
        )

    points = [_point(row, board, against, low, row.key in unbeaten) for row in rows]
    best = sorted((p for p in points if p["key"] in unbeaten), key=lambda p: p["x"])
    told = [p for p in points if p["told"] and p["key"] not in unbeaten]
    beaten = [p for p in points if p["key"] not in unbeaten and not p["told"]]
    _name(best, (left, right), (low, high))
    tips = [
        alt.Tooltip(f"{name}:N", title=title)
        for name, title in {"title": "Variant", "quality": distance, "cost": cost, "place": "Pareto front"}.items()
    ]

    def of(data: list[dict], name: str) -> alt.Chart:
        return alt.Chart(frame(data), name=name)

    words = {"align": "right", "dx": -2, "fontSize": 11, "fontStyle": "italic", "color": INK, "opacity": 0.8}
    # Within the plot a name is short, since points may be behind it.
    inside = [{**a, "name": a["text"].partition(" (")[0]} for a in anchors if a not in above and a not in below]
    layers = [
        of(inside, "anchors").mark_rule(color=INK, strokeWidth=2, xOffset=-14, x2Offset=0, aria=bool(inside))
        .encode(y=y("fd"), x=alt.value("width"), x2=alt.value("width"), tooltip="text:N"),
        of(inside, "anchor_names").mark_text(dy=-7, limit=NARROW, **words)
        .encode(y=y("fd"), x=alt.value("width"), text="name:N"),
    ]  # fmt: skip
    ends = ("above", "▲", above, 7), ("below", "▼", below, HEIGHT - LINE * len(below) + 8)
    for end, sign, some, first in ends:
        for i, anchor in enumerate(reversed(some)):
            layers.append(
                of([{"text": f"{sign} {anchor['text']}"}], f"beyond_{end}_{i}")
                .mark_text(limit=NARROW, **words)
                .encode(x=alt.value("width"), y=alt.value(first + i * LINE), text="text:N")
            )
    if best:
        stairs = [{"x": p["x"], "fd": p["fd"]} for p in best]
        stairs = [{"x": stairs[0]["x"], "fd": high}, *stairs, {"x": right, "fd": stairs[-1]["fd"]}]
        layers.append(
            of(stairs, "front")
            .mark_line(interpolate="step-after", color=BLUE, opacity=0.7, strokeWidth=2, clip=True)
            .encode(x=x, y=y("fd"), order=alt.Order("x:Q"))
        )
    layers.append(of(points, "spread").mark_rule(strokeWidth=2, color=INK).encode(x=x, y=y("least"), y2="most:Q"))
    for side, sign in (("right", 1), ("left", -1)):
        layers.append(
            of([p for p in best if p["side"] == side], f"names_{side}")
            .mark_text(align="left" if sign > 0 else "right", dx=9 * sign, fontSize=12, color=INK, limit=160)
            .encode(x=x, y=y("label"), text="title:N")
        )
    looks = {
        "beaten": (beaten, "circle", INK, "transparent"),
        "told": (told, "square", ORANGE, "transparent"),
        "best": (best, "diamond", BLUE, BLUE),
    }
    for name, (some, shape, stroke, fill) in looks.items():
        layers.append(  # aria: no picture without a name
            of(some, name)
            .mark_point(shape=shape, stroke=stroke, fill=fill, aria=bool(some), size=100, strokeWidth=2, opacity=1)
            .encode(x=x, y=y("fd"), tooltip=tips)
        )
    described = (
        f"{distance} of {len(rows)} variants on {board.dataset_title} against {cost.lower()}, both on logarithmic "
        f"scales. Best: {rows[0].title} with {figure_text(rows[0].values['fd'])}; worst: {rows[-1].title} with "
        f"{figure_text(rows[-1].values['fd'])}. On the Pareto front: {', '.join(p['title'] for p in best) or 'none'}."
    )
    if told:
        described += f" Told the class and ranked separately: {', '.join(p['title'] for p in told)}."
    if anchors:
        described += f" Anchors: {'; '.join(anchor['text'] for anchor in anchors)}."
    return layered(layers, described, HEIGHT)


def _point(row: Row, board: Leaderboard, against: str, low: float, unbeaten: bool) -> dict[str, Any]:
    """The data of a variant's marks. Values below the scale are drawn at its lower end."""
    fd, spread = row.values["fd"], row.spreads.get("fd", 0.0)
    cost = board.column(against)
    apart = row in board.apart
    return {
        "key": row.key,
        "title": row.title,
        "told": apart,
        "x": row.values[against],
        "fd": max(fd, low),
        "least": max(fd - spread, low),
        "most": max(fd + spread, low),
        "quality": figure_text(fd, spread),
        "cost": f"{cost.text(row.values[against])} {cost.unit}".strip(),
        "place": "on it" if unbeaten else "ranked separately: it is told the class" if apart else "not on it",
    }


def _name(best: Sequence[dict], wide: tuple[float, float], tall: tuple[float, float]) -> None:
    """Give each point of the front the side and the height ("label") of its name.

    Nothing lies below the front, so a name stands below its point, towards the middle of the chart; where another name
    or point of the front is, it goes further down. In the pixels of a phone: a wide screen has room to spare. best:
    from left to right, which is from top to bottom. wide, tall: ends of the axes.
    """

    def across(x: float) -> float:
        return math.log(x / wide[0]) / math.log(wide[1] / wide[0]) * NARROW

    def up(fd: float) -> float:
        return math.log(fd / tall[0]) / math.log(tall[1] / tall[0]) * HEIGHT

    taken = [(across(p["x"]) - 6, across(p["x"]) + 6, up(p["fd"]), 6.0) for p in best]
    for p in best:
        x, length = across(p["x"]), min(len(p["title"]) * LETTER, 160)
        p["side"] = "right" if x < NARROW / 2 else "left"
        start = x + 9 if p["side"] == "right" else x - 9 - length
        heights = (up(p["fd"]) - step for step in range(9, HEIGHT))
        boxes = ((start, start + length, at, LINE / 2) for at in heights if at > LINE / 2)
        box = next((one for one in boxes if not any(_meet(one, other) for other in taken)), None)
        box = box or (start, start + length, max(up(p["fd"]) - 9, LINE / 2), LINE / 2)
        taken.append(box)
        p["label"] = tall[0] * (tall[1] / tall[0]) ** (box[2] / HEIGHT)


def _meet(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether two boxes (left, right, height of the middle, half of the own height) overlap."""
    return a[0] < b[1] and b[0] < a[1] and abs(a[2] - b[2]) < a[3] + b[3] - 0.01
