"""The charts of evolution, leaderboard and ablation, for st.vega_lite_chart and gr.Plot alike.

Charts are as wide as their place and have neither a background nor a colour of text: `currentColor` is that of the
page, light or dark. Blue and orange, which all eyes tell apart, carry meaning and never alone: shapes, dashes,
labels or the order say it too. Each chart describes itself to a screen reader. A chart without data is None.

Importing this module imports altair and pandas, which takes a second: do it where a chart is drawn.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

import altair as alt
import pandas as pd
from altair.utils import schemapi

from demo.zoo.ablation import MARKS, Ablation, text
from demo.zoo.evolution import Estimate
from demo.zoo.figures import figure_text
from demo.zoo.leaderboard import COSTS, Curves, Leaderboard, Row, Shares, front

schemapi.disable_debug_mode()  # each part is checked as it is made: half of the time; the tests check what is drawn
alt.data_transformers.disable_max_rows()  # altair would refuse a long training curve; `demo.zoo.figures` bounds them

INK = "currentColor"
BLUE, ORANGE = "#6d74f5", "#e8590c"
"""Readable on white and on near black"""
SERIES = (BLUE, ORANGE, "#0f9d7a", "#c2449f", "#0d8fbf", "#a98600", "#868e9c", "#a8603a")
"""For lines, with DASHES: the ninth line has the first colour and the second dash"""
DASHES = ([1, 0], [6, 3], [2, 2])
CLASSES = ("#4477aa", "#66ccee", "#228833", "#ccbb44", "#ee6677", "#aa3377", "#88a0b0", "#44aa99", "#ddaa33", "#7a6fd0")
"""For classes in their order: neighbours differ in lightness too, and each area is labelled (after Paul Tol)"""
HEIGHT = 440
"""Pixels of quality(), without its axis"""
LINE, LETTER, NARROW = 15, 6.6, 260
"""Pixels that a label needs upwards and for each letter; width of a plot on a phone"""
FAINT = 0.001
"""Share of its largest below which a critic's estimate is drawn as this one: a logarithm needs an end"""
TIMES = 4
"""Where the collapse view's colours end: this many times as often as in real images, or as rare"""
PANELS = {
    "Losses": {"d_loss": "D", "g_loss": "G"},
    "Mean scores of D": {"real_logit": "real images", "fake_logit": "generated images"},
}
"""Columns of a curve that belong in one picture, and how it calls them"""


# Quality ----------------------------------------------------------------------------------------------------


def quality(board: Leaderboard, against: str = "parameters") -> alt.LayerChart | None:
    """Distance against a cost, both logarithmic: variants with their spread, the Pareto front, anchors as lines.

    against: one of board.COSTS. Variants of which that cost is not known, or 0, are left out.
    """
    rows = [row for row in board.rows if row.values.get(against)]
    if not rows:
        return None
    distance, cost, unbeaten = board.column("fd").title, COSTS[against], front(rows, against)
    left, right = _domain([row.values[against] for row in rows], 0.18)
    low, high = _domain([row.values["fd"] for row in (*rows, *board.anchors)], 0.07)
    x = alt.X(
        "x:Q",
        title=f"{cost} (log scale)",
        scale=alt.Scale(type="log", domain=[left, right], nice=False),
        axis=alt.Axis(values=_ticks(left, right), format="~s", grid=False),
    )

    def y(name: str) -> alt.Y:
        return alt.Y(
            f"{name}:Q",
            title=f"{distance} (log scale, lower is better)",
            scale=alt.Scale(type="log", domain=[low, high], nice=False),
            axis=alt.Axis(values=_ticks(low, high), format=",~g"),
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
        return alt.Chart(_data(data), name=name)

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
    return _layered(layers, described, HEIGHT)


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


# Over training ----------------------------------------------------------------------------------------------


def curves(curve: Curves) -> list[alt.LayerChart]:
    """A training curve as charts to stand below each other: losses, scores, the distance, whatever else was noted."""
    there = [name for name in curve.columns if name != "images"]
    panels = {title: {k: v for k, v in names.items() if k in there} for title, names in PANELS.items()}
    known = {name for names in panels.values() for name in names} | {"fd"}
    panels |= {name: {name: name} for name in there if name not in known}
    charts = []
    for title, names in panels.items():
        lines = {words: _series(curve, name) for name, words in names.items()}
        if lines:
            described = f"{title} of {curve.title} over its training: {', '.join(map(_trend, lines, lines.values()))}."
            charts.append(_lines(lines, title, described))
    distance = progress([curve])
    return [*charts, *([distance] if distance else [])]


def progress(
    many: Sequence[Curves], at: float | None = None, totals: Mapping[str, int] | None = None
) -> alt.LayerChart | None:
    """The distance of one or several checkpoints while they were trained.

    Only those that the same extractor measured with the same n as the first that has any. at, totals: as in `critics`.
    """
    many = [curve for curve in many if any(v is not None and v > 0 for v in curve.columns.get("fd", ()))]
    if not many:
        return None
    lines = {
        curve.title: _along([(images, fd) for images, fd in _series(curve, "fd") if fd > 0], curve.key, totals)
        for curve in many
        if (curve.extractor, curve.n) == (many[0].extractor, many[0].n)
    }
    described = f"{many[0].distance} over the training: {', '.join(map(_trend, lines, lines.values()))}."
    title = f"{many[0].distance} (log scale)"
    return _lines(lines, title, described, log=True, points=True, at=at, share=totals is not None)


def critics(
    estimates: Sequence[Estimate], at: float | None = None, totals: Mapping[str, int] | None = None
) -> alt.LayerChart | None:
    """What critics estimated along their trainings, each as a share of its largest, since each has a unit of its own.

    Shares below FAINT, negative ones too, stand at FAINT. at: a rule at this position, and a dot on each line there.
    totals: {key: images of the whole training}: the axis is then the share of each one's own training.
    """
    tops = {one.key: max(value for _, value in one.points) for one in estimates}
    lines = {
        one.title: _along([(x, max(v / tops[one.key], FAINT)) for x, v in one.points], one.key, totals)
        for one in estimates
        if tops[one.key] > 0
    }
    if not lines:
        return None
    trends = [f"{name} falls to {100 * line[-1][1]:.2g} % of it" for name, line in lines.items()]
    described = f"The critics' estimates over the training, each as a share of its largest: {', '.join(trends)}."
    title = "Critic's estimate, as a share of its largest (log scale)"
    return _lines(lines, title, described, log=True, at=at, share=totals is not None)


def _along(points: Sequence[tuple], key: str, totals: Mapping[str, int] | None) -> list[tuple[float, float]]:
    """(images, value), or (share of the training, value) where totals say how long it was."""
    return [(x / (totals[key] or 1), value) for x, value in points] if totals else list(points)


def _series(curve: Curves, name: str) -> list[tuple[float, float]]:
    """(images, value) wherever the column has a value."""
    pairs = zip(curve.columns["images"], curve.columns[name], strict=True)
    return [(images, value) for images, value in pairs if value is not None]


def _trend(name: str, points: list[tuple[float, float]]) -> str:
    return f"{name} from {figure_text(points[0][1])} to {figure_text(points[-1][1])}"


def _lines(
    lines: dict,
    title: str,
    described: str,
    log: bool = False,
    points: bool = False,
    at: float | None = None,
    share: bool = False,
) -> alt.LayerChart:
    """lines: {name: [(images, value)]}. points: mark each value, where there are few. at: a rule there, and a dot where
    each line is then. share: not of images, but of shares of the training.
    """
    names = list(lines)
    data = _data([{"images": i, "value": v, "line": name} for name, line in lines.items() for i, v in line])
    scale = {"type": "log", "nice": False} if log else {"zero": False}
    if log:
        scale["domain"] = list(_domain([v for line in lines.values() for _, v in line], 0.06))
    axis = alt.Axis(values=_ticks(*scale["domain"]), format=",~g") if log else alt.Axis(tickCount=5, format=",~g")
    colours = [SERIES[i % len(SERIES)] for i in range(len(names))]
    dashes = [DASHES[i // len(SERIES) % len(DASHES)] if len(names) > 2 else DASHES[i] for i in range(len(names))]
    legend = alt.Legend(orient="top", title=None, columns=3, symbolType="stroke") if len(names) > 1 else None
    x = _share_axis() if share else _images_axis([i for line in lines.values() for i, _ in line])
    base = alt.Chart(data).encode(
        x=x,
        y=alt.Y("value:Q", title=None, scale=alt.Scale(**scale), axis=axis),
        color=alt.Color("line:N", scale=alt.Scale(domain=names, range=colours), legend=legend),
    )
    dash = alt.StrokeDash("line:N", scale=alt.Scale(domain=names, range=dashes), legend=legend)
    tips = [
        alt.Tooltip("line:N", title="Curve"),
        alt.Tooltip("images:Q", title="Share" if share else "Images shown", format=".1%" if share else ","),
        alt.Tooltip("value:Q", title=title, format=",.4~g"),
    ]
    spots = base.mark_point(filled=True, size=24, opacity=0.9 if points else 0).encode(tooltip=tips)
    layers = [base.mark_line(strokeWidth=1.5).encode(strokeDash=dash), spots]
    if at is not None:
        passed = {name: [p for p in line if p[0] <= at][-1:] for name, line in lines.items()}
        now = [{"images": i, "value": v, "line": name} for name, line in passed.items() for i, v in line]
        rule = alt.Chart(_data([{"images": at}])).mark_rule(color=INK, opacity=0.6, strokeDash=[4, 4])
        layers.append(rule.encode(x=x))
        if now:
            layers.append(base.properties(data=_data(now)).mark_point(filled=True, size=90, opacity=1, stroke=INK))
    return _layered(layers, described, 170 if len(names) < 3 else 240, title)


# Classes ----------------------------------------------------------------------------------------------------


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
    base = alt.Chart(_data(cells)).encode(
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
    return _layered(layers, described, 28 * len(table))


REAL = "Real images"
"""Row of the collapse view"""


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
    x = _images_axis([images for images, _ in taken], nice=False)
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
        alt.Chart(_data(areas), name="areas")
        .mark_area(stroke="#ffffff", strokeWidth=0.6)
        .encode(x=x, y=alt.Y("share:Q", stack="zero", **y), color=colour, order=alt.Order("place:Q"), tooltip=tips),
        alt.Chart(_data(labels), name="names")
        .mark_text(align="right", dx=-5, fontSize=11, fontWeight="bold", color="#10131c", limit=120)
        .encode(x=x, y=alt.Y("middle:Q", **y), text=alt.Text("class:N")),
    ]
    first = taken[0][1]
    rare = min(range(len(row)), key=row.__getitem__)
    described = (
        f"Share of each class among the images of {curve.title} over its training, as stacked areas. At the end "
        f"{names[rare]} is the rarest with {100 * row[rare]:.1f} %, after {100 * first[rare]:.1f} % at the beginning."
    )
    return _layered(layers, described, 260)


# What generated images are worth ----------------------------------------------------------------------------


def gain(board: Leaderboard) -> alt.LayerChart | None:
    """What generated images add to a classifier's accuracy, by the number of real ones; the dashed line is nothing."""
    if not board.augmentation:
        return None
    rows = [(f"{row.title}, of these images alone" if row.scratch else row.title, row) for row in board.augmentation]
    names = list(dict.fromkeys(name for name, _ in rows))
    data = [
        {
            "line": name,
            "real": f"{row.real:,}",
            "gain": row.gain,
            "least": row.gain - row.spread,
            "most": row.gain + row.spread,
            "tip": f"{row.without:.1f} % → {row.with_generated:.1f} % ({row.gain:+.1f} ± {row.spread:.1f})",
            "saw": "unknown" if row.generator_saw is None else f"{row.generator_saw:,} real images",
        }
        for name, row in rows
    ]
    columns = [f"{real:,}" for real in sorted({row.real for _, row in rows})]
    long = any(row.scratch for row in board.augmentation)  # a phone has room for one such name
    legend = alt.Legend(orient="top", title=None, columns=1 if long else 2, labelLimit=300) if len(names) > 1 else None
    colours = [SERIES[i % len(SERIES)] for i in range(len(names))]

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", title="Gain in accuracy (points)", axis=alt.Axis(tickCount=5))

    base = alt.Chart(_data(data)).encode(
        x=alt.X(
            "real:N", sort=columns, title="Labelled real images", axis=alt.Axis(labelAngle=0, labelFlush=False),
            scale=alt.Scale(paddingInner=0.7, paddingOuter=0.35),
        ),
        xOffset=alt.XOffset("line:N", sort=names, scale=alt.Scale(paddingInner=0.5)),
        color=alt.Color("line:N", scale=alt.Scale(domain=names, range=colours), legend=legend),
        tooltip=[
            alt.Tooltip("line:N", title="Variant"),
            alt.Tooltip("tip:N", title="Test accuracy"),
            alt.Tooltip("saw:N", title="The generator saw"),
        ],
    )  # fmt: skip
    shape = alt.Shape("line:N", scale=alt.Scale(domain=names), legend=legend)
    layers = [
        alt.Chart(_data([{"gain": 0}])).mark_rule(strokeDash=[4, 4], color=INK, opacity=0.6).encode(y=y("gain")),
        base.mark_rule(strokeWidth=2).encode(y=y("least"), y2=alt.Y2("most:Q")),
        base.mark_point(filled=True, size=80, opacity=1).encode(y=y("gain"), shape=shape),
    ]
    told = "; ".join(f"{name} at {row.real:,}: {row.gain:+.1f} ± {row.spread:.1f}" for name, row in rows)
    return _layered(layers, f"Gain in test accuracy from generated images, in points. {told}.", 200)


# What a trick did -------------------------------------------------------------------------------------------


def ablation(found: Ablation, source: str, figure: str) -> alt.LayerChart | None:
    """A figure of a family: a row per variant, a dot per training seed, a tick at their mean; the parent's range as a
    band. source: "seeds" or "zoo"; figure: a column of `found`."""
    parent = found.sources[source].values.get(figure) if source in found.sources else None
    effects = [(trick, e) for trick in found.tricks if trick.source == source for e in trick.effects]
    effects = [(trick, e) for trick, e in effects if e.figure == figure]
    if not parent or not effects:
        return None
    column = found.column(figure)
    better = {"higher": "higher is better", "lower": "lower is better"}[column.better]
    rows = [found.title, *(trick.title for trick, _ in effects)]
    dots = [
        {"variant": found.title, "value": value, "seed": str(seed), "verdict": "parent", "tip": "the parent"}
        for seed, value in zip(found.sources[source].seeds, parent, strict=True)
    ]
    dots += [
        {"variant": trick.title, "value": value, "seed": str(seed), "verdict": e.mark, "tip": found.told(e)}
        for trick, e in effects
        for seed, value in zip(e.seeds, e.child, strict=True)
    ]
    for dot in dots:
        dot["text"] = text(column, dot["value"], unit=True)
    means = [{"variant": trick.title, "mean": e.after} for trick, e in effects if not e.hint]
    means += [{"variant": found.title, "mean": fmean(parent)}] if len(parent) > 1 else []
    values = [dot["value"] for dot in dots]
    log = figure == "fd" and min(values) > 0 and max(values) > 8 * min(values)
    low, high = _domain(values, 0.06) if log else (min(values), max(values))
    room = 0 if log else (high - low or abs(high) or 1) * 0.06
    low, high = low - room, high + room
    scale = {"domain": [low, high], "nice": False, **({"type": "log"} if log else {"zero": False})}
    axis = (
        alt.Axis(values=_ticks(low, high), format=",~g")
        if log
        else alt.Axis(tickCount=4, labelExpr="format(datum.value, ',~r')")
    )
    unit = f", {column.unit}" if column.unit else ""

    def x(name: str) -> alt.X:
        title = f"{column.title} ({better}{unit}{', log scale' * log})"
        return alt.X(f"{name}:Q", title=title, scale=alt.Scale(**scale), axis=axis)

    y = alt.Y(
        "variant:N", title=None, sort=rows, scale=alt.Scale(domain=rows),
        axis=alt.Axis(labelLimit=150, ticks=False, domain=False, grid=True),
    )  # fmt: skip
    tips = [
        alt.Tooltip("variant:N", title="Variant"),
        alt.Tooltip("seed:N", title="Training seed"),
        alt.Tooltip("text:N", title=column.title),
        alt.Tooltip("tip:N", title="Means"),
    ]
    layers = [
        alt.Chart(_data([{"least": min(parent), "most": max(parent)}]), name="band")
        .mark_rect(color=INK, opacity=0.14)
        .encode(x=x("least"), x2=alt.X2("most:Q")),
        # The edges too, since the range of one seed has no width.
        *(
            alt.Chart(_data([{"edge": edge(parent)}]))
            .mark_rule(color=INK, opacity=0.5, strokeDash=[3, 3])
            .encode(x=x("edge"))
            for edge in (min, max)
        ),
    ]
    if means:
        ticks = alt.Chart(_data(means), name="means").mark_tick(color=INK, thickness=2, size=18)
        layers.append(ticks.encode(x=x("mean"), y=y))
    looks = {"parent": ("square", INK, INK)}  # a hint is hollow
    for verdict, (shape, ink) in {
        "better": ("triangle-up", BLUE), "worse": ("triangle-down", ORANGE), "unclear": ("circle", INK)
    }.items():  # fmt: skip
        seen, hint = MARKS[verdict]
        looks |= {hint: (shape, ink, "transparent"), seen: (shape, ink, "transparent" if ink == INK else ink)}
    for verdict, (shape, stroke, fill) in looks.items():
        some = [dot for dot in dots if dot["verdict"] == verdict]
        if some:
            layers.append(
                alt.Chart(_data(some))
                .mark_point(shape=shape, stroke=stroke, fill=fill, size=60, opacity=0.85, strokeWidth=1.5)
                .encode(x=x("value"), y=y, tooltip=tips)
            )
    told = "; ".join(f"{trick.title}: {found.told(e)}, {e.mark[2:].rstrip('?')}" for trick, e in effects)
    spread = f"from {text(column, min(parent))} to {text(column, max(parent))}" if len(parent) > 1 else ""
    described = (
        f"{column.title} ({better}) of {found.title}{f', {spread} over its training seeds,' if spread else ''} and of "
        f"the variants that change it. {told}."
    )
    return _layered(layers, described, 26 * len(rows))


# Shared -----------------------------------------------------------------------------------------------------


def _layered(layers: list[alt.Chart], described: str, height: int, title: str | None = None) -> alt.LayerChart:
    """Layers as one chart in the colours of the page. height: of the plot; axes, legend and title come on top.

    All settings in one call: each later one would copy the chart, which is what takes altair's time.
    """
    words = {
        "labelColor": INK,
        "titleColor": INK,
        "labelOpacity": 0.85,
        "titleFontWeight": "normal",
        "titleFontSize": 12,
    }
    axis = {
        "labelFontSize": 11, "titlePadding": 8, "gridColor": INK, "gridOpacity": 0.12, "domainColor": INK,
        "domainOpacity": 0.3, "tickColor": INK, "tickOpacity": 0.3,
    }  # fmt: skip
    heading = {"color": INK, "fontSize": 13, "fontWeight": "normal", "anchor": "start", "offset": 8}
    return alt.layer(
        *layers,
        width="container",
        height=height,
        description=described,
        background="transparent",
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        config=alt.Config(
            axis=alt.AxisConfig(**words, **axis),
            legend=alt.LegendConfig(**words, labelFontSize=12, labelLimit=140),
            title=alt.TitleConfig(**heading),
            view=alt.ViewConfig(stroke=None),
        ),
        # As SVG, since on a canvas the colour of the page is black; no menu that leads to another server.
        usermeta={"embedOptions": {"renderer": "svg", "actions": False}},
        **({"title": title} if title else {}),
    )


def _data(rows: list[dict]) -> pd.DataFrame:
    """A frame, since altair checks and copies lists row by row, which takes seconds."""
    return pd.DataFrame(rows)


def _images_axis(images: Sequence[float], nice: bool = True) -> alt.X:
    domain = alt.Undefined if nice else [min(images), max(images)]
    return alt.X(
        "images:Q", title="Images shown", scale=alt.Scale(nice=nice, domain=domain),
        axis=alt.Axis(labelExpr="datum.value ? format(datum.value, '~s') : '0'", tickCount=5, grid=False),
    )  # fmt: skip


def _share_axis() -> alt.X:
    axis = alt.Axis(format=".0%", tickCount=5, grid=False)
    return alt.X("images:Q", title="Share of each training", scale=alt.Scale(domain=[0, 1]), axis=axis)


def _domain(values: Iterable[float], room: float) -> tuple[float, float]:
    """Ends of a logarithmic axis: room at both ends is that share of what the values take, a fifth of an e at least."""
    known = [math.log(v) for v in values if v > 0] or [0.0]
    room = max((max(known) - min(known)) * room, 0.2)
    return math.exp(min(known) - room), math.exp(max(known) + room)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers for a logarithmic axis: between 3 and 9 where possible."""
    for steps in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), [i / 10 for i in range(10, 100)]):
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        made = [round(step * 10.0**p, 12) for p in powers for step in steps if low <= step * 10.0**p <= high]
        if len(made) >= 4:
            break
    return made if len(made) < 10 else made[:: math.ceil(len(made) / 9)]
