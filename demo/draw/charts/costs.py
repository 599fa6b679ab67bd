"""Quality against what it costs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import altair as alt

from demo.draw.charts.theme import BLUE, INK, domain, frame, layered, ticks
from gan_models.metrics.names import figure_text

if TYPE_CHECKING:
    from demo.zoo.leaderboard import Leaderboard, Row


HEIGHT = 440
"""Pixels of quality(), without its axis"""
LINE, LETTER, NARROW = 15, 6.6, 260
"""Pixels that a label needs upwards and for each letter; width of a plot on a phone"""


def quality(board: Leaderboard, against: str = "parameters") -> alt.LayerChart | None:
    """Distance against a cost, both logarithmic: variants with their spread, the Pareto front, anchors as lines.

    against: a cost, one of `board.fronts`. Variants of which that cost is not known, or 0, are left out.
    """
    rows = [row for row in board.rows if row.values.get(against)]
    if not rows:
        return None
    distance, price, unbeaten = board.column("fd").title, board.column(against), board.front(against)
    cost = f"{price.title} ({price.unit})" if price.unit else price.title
    left, right = domain([row.values[against] for row in rows], 0.18)
    low, high = domain([row.values["fd"] for row in (*rows, *board.anchors)], 0.07)
    x = alt.X(
        "x:Q",
        title=f"{cost} (log scale)",
        scale=alt.Scale(type="log", domain=[left, right], nice=False),
        axis=alt.Axis(values=ticks(left, right), format="~s", grid=False),
    )

    def y(name: str) -> alt.Y:
        return alt.Y(
            f"{name}:Q",
            title=f"{distance} (log scale, lower is better)",
            scale=alt.Scale(type="log", domain=[low, high], nice=False),
            axis=alt.Axis(values=ticks(low, high), format=",~g"),
        )

    points = [_point(row, board, against, low, row.key in unbeaten) for row in rows]
    best = sorted((p for p in points if p["key"] in unbeaten), key=lambda p: p["x"])
    stairs = [{"x": p["x"], "fd": p["fd"]} for p in best]
    stairs = [{"x": stairs[0]["x"], "fd": high}, *stairs, {"x": right, "fd": stairs[-1]["fd"]}]
    anchors = [
        {"fd": max(row.values["fd"], low), "text": f"{row.title}: {figure_text(row.values['fd'])}"}
        for row in board.anchors
    ]
    _place(points, stairs, anchors, (left, right), (low, high))
    tips = [
        alt.Tooltip(f"{name}:N", title=title)
        for name, title in {"title": "Variant", "quality": distance, "cost": cost, "place": "Pareto front"}.items()
    ]

    def of(data: list[dict], name: str) -> alt.Chart:
        return alt.Chart(frame(data), name=name)

    layers = [
        of(anchors, "anchors").mark_rule(strokeDash=[4, 4], opacity=0.5, color=INK).encode(y=y("fd")),
        *(
            of([one for one in anchors if one["side"] == side], f"anchor_names_{side}")
            .mark_text(align=side, dx=dx, dy=-6, fontSize=11, fontStyle="italic", color=INK, opacity=0.8, limit=NARROW)
            .encode(y=y("fd"), x=alt.value(at), text=alt.Text("text:N"))
            for side, dx, at in (("right", -2, "width"), ("left", 2, 0))
        ),
        of(stairs, "front")
        .mark_line(interpolate="step-after", color=BLUE, opacity=0.7, strokeWidth=2, clip=True)
        .encode(x=x, y=y("fd"), order=alt.Order("x:Q")),
        of(points, "spread").mark_rule(strokeWidth=2, color=INK).encode(x=x, y=y("least"), y2=alt.Y2("most:Q")),
    ]
    for side, sign in (("right", 1), ("left", -1)):
        mine = [p for p in points if p["side"] == side]
        layers += [
            of([p for p in mine if p["moved"]], f"leaders_{side}")
            .mark_rule(color=INK, opacity=0.4, x2Offset=10 * sign, aria=False)
            .encode(x=x, x2=alt.X2("x:Q"), y=y("fd"), y2=alt.Y2("label:Q")),
            of(mine, f"names_{side}")
            .mark_text(align="left" if sign > 0 else "right", dx=12 * sign, fontSize=12, color=INK, limit=160)
            .encode(x=x, y=y("label"), text=alt.Text("title:N")),
        ]
    mark, beaten = {"size": 100, "strokeWidth": 2, "opacity": 1}, [p for p in points if p["key"] not in unbeaten]
    layers += [
        of(beaten, "beaten")
        .mark_point(
            shape="circle", stroke=INK, fill="transparent", aria=bool(beaten), **mark
        )  # no picture without name
        .encode(x=x, y=y("fd"), tooltip=tips),
        of(best, "best")
        .mark_point(shape="diamond", stroke=BLUE, fill=BLUE, **mark)
        .encode(x=x, y=y("fd"), tooltip=tips),
    ]
    names = [p["title"] for p in best]
    described = (
        f"{distance} of {len(rows)} variants on {board.dataset_title} against {cost.lower()}, both on logarithmic "
        f"scales. Best: {rows[0].title} with {figure_text(rows[0].values['fd'])}; worst: {rows[-1].title} with "
        f"{figure_text(rows[-1].values['fd'])}. On the Pareto front: {', '.join(names)}."
    )
    if anchors:
        described += f" Lines: {'; '.join(anchor['text'] for anchor in anchors)}."
    return layered(layers, described, HEIGHT)


def _point(row: Row, board: Leaderboard, against: str, low: float, unbeaten: bool) -> dict[str, Any]:
    """What a variant's marks need. What is below the scale stands at its lower end."""
    fd, spread = row.values["fd"], row.spreads.get("fd", 0.0)
    cost = board.column(against)
    return {
        "key": row.key,
        "title": row.title,
        "x": row.values[against],
        "fd": max(fd, low),
        "least": max(fd - spread, low),
        "most": max(fd + spread, low),
        "quality": figure_text(fd, spread),
        "cost": f"{cost.text(row.values[against])} {cost.unit}".strip(),
        "place": "on it" if unbeaten else "beaten",
    }


def _place(points: list[dict], stairs: list[dict], anchors: list[dict], wide: tuple, tall: tuple) -> None:
    """Give each point and anchor the side of its name, and each point the height of it ("label"), so that few overlap.

    A name stands beside its point, towards the middle of the chart, that of an anchor above its line where fewer
    points are. A name that would cover another, a point or the front's line goes to the nearest place above or below:
    in the pixels of a phone, so that a wide screen has room to spare. wide, tall: ends of the axes.
    """

    def across(x: float) -> float:
        return math.log(x / wide[0]) / math.log(wide[1] / wide[0]) * NARROW

    def up(fd: float) -> float:
        return math.log(fd / tall[0]) / math.log(tall[1] / tall[0]) * HEIGHT

    names, fixed = [], []  # [left, right, height of the middle, half of the own height]; names: [..., x of the point]
    for p in points:
        x, at = across(p["x"]), up(p["fd"])
        p["side"] = "right" if x < NARROW / 2 else "left"
        length = min(len(p["title"]) * LETTER, 160)
        start = x + 12 if p["side"] == "right" else x - 12 - length
        names.append([start, start + length, at, LINE / 2, x])
        fixed.append((x - 5, x + 5, at, 5))
    for a in anchors:
        length, at = len(a["text"]) * LETTER * 0.85, up(a["fd"]) + 6
        ends = {"right": (NARROW - length, NARROW), "left": (0, length)}
        inside = {side: sum(_meet((*end, at, LINE), one) for one in names + fixed) for side, end in ends.items()}
        a["side"] = "right" if inside["right"] <= inside["left"] else "left"
        fixed.append((*ends[a["side"]], at, LINE / 2))
    for a, b in itertools.pairwise(stairs):
        fixed.append((across(a["x"]), across(b["x"]), up(a["fd"]), 1))

    for column in _columns(names):
        for name, at in zip(column, _apart([name[2] for name in column]), strict=True):
            name[2] = at
    placed: list[Sequence[float]] = []
    for name in sorted(names, key=lambda name: -name[2]):
        name[2] = _free(name, placed, fixed)
        placed.append(name)
    for p, name in zip(points, names, strict=True):
        p["label"] = tall[0] * (tall[1] / tall[0]) ** (name[2] / HEIGHT)
        p["moved"] = abs(name[2] - up(p["fd"])) > LINE * 0.8


def _columns(names: Sequence[list[float]]) -> list[list[list[float]]]:
    """Names that stand below each other, from the top: those of neighbouring points that share some of their width."""
    columns: list[list[list[float]]] = []
    for name in sorted(names, key=lambda name: name[4]):
        before = columns[-1][-1] if columns else None
        if before and name[4] - before[4] < LINE and name[0] < before[1] and before[0] < name[1]:
            columns[-1].append(name)
        else:
            columns.append([name])
    return [sorted(column, key=lambda name: -name[2]) for column in columns]


def _apart(wanted: Sequence[float]) -> list[float]:
    """Heights, falling, a LINE apart at least, inside the chart and together as near to the wanted ones as can be."""
    blocks: list[list[float]] = []  # of names that touch: their sum, number; each as if it stood where the first does
    for i, at in enumerate(wanted):
        blocks.append([at + i * LINE, 1])
        while len(blocks) > 1 and blocks[-1][0] / blocks[-1][1] > blocks[-2][0] / blocks[-2][1]:
            total, number = blocks.pop()
            blocks[-1] = [blocks[-1][0] + total, blocks[-1][1] + number]
    tops = [total / number for total, number in blocks for _ in range(int(number))]
    low, high = len(wanted) * LINE - LINE / 2, HEIGHT - LINE / 2
    return [max(min(top, high), low) - i * LINE for i, top in enumerate(tops)]


def _free(name: Sequence[float], placed: Sequence, fixed: Sequence) -> float:
    """The height nearest to a name's own that covers nothing; one that covers no other name where there is none.

    Names of one column keep their order from the top, or lines to the points would cross.
    """
    limit = min((other[2] for other in placed if abs(other[4] - name[4]) < LINE), default=HEIGHT)
    heights = sorted(range(LINE // 2, HEIGHT - LINE // 2), key=lambda at: abs(at - name[2]))

    def clear(at: float, others: Sequence) -> bool:
        return not any(_meet((*name[:2], at, LINE / 2), other) for other in others)

    rules = (
        lambda at: at < limit and clear(at, placed) and clear(at, fixed),
        lambda at: clear(at, placed) and clear(at, fixed),
        lambda at: clear(at, placed),
    )
    return next((at for rule in rules for at in heights if rule(at)), name[2])


def _meet(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether two boxes (left, right, height of the middle, half of the own height) overlap."""
    return a[0] < b[1] and b[0] < a[1] and abs(a[2] - b[2]) < a[3] + b[3] - 0.01
