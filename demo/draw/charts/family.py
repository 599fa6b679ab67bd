"""What each trick did: a family of variants beside their parent."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

import altair as alt

from demo.draw.charts.theme import domain, frame, layered, ticks
from demo.draw.look import BLUE, INK, ORANGE

if TYPE_CHECKING:
    from demo.zoo.ablation import Ablation


SHAPES = {"better": ("triangle-up", BLUE), "worse": ("triangle-down", ORANGE), "unclear": ("circle", INK)}
"""Verdict -> shape and colour of its dots; a hint is hollow"""


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
        dot["text"] = column.brief(dot["value"], unit=True)
    means = [{"variant": trick.title, "mean": e.after} for trick, e in effects if not e.hint]
    means += [{"variant": found.title, "mean": fmean(parent)}] if len(parent) > 1 else []
    values = [dot["value"] for dot in dots]
    log = figure == "fd" and min(values) > 0 and max(values) > 8 * min(values)
    low, high = domain(values, 0.06) if log else (min(values), max(values))
    room = 0 if log else (high - low or abs(high) or 1) * 0.06
    low, high = low - room, high + room
    scale = {"domain": [low, high], "nice": False, **({"type": "log"} if log else {"zero": False})}
    axis = (
        alt.Axis(values=ticks(low, high), format=",~g")
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
        alt.Chart(frame([{"least": min(parent), "most": max(parent)}]), name="band")
        .mark_rect(color=INK, opacity=0.14)
        .encode(x=x("least"), x2=alt.X2("most:Q")),
        # The edges too, since the range of one seed has no width.
        *(
            alt.Chart(frame([{"edge": edge(parent)}]))
            .mark_rule(color=INK, opacity=0.5, strokeDash=[3, 3])
            .encode(x=x("edge"))
            for edge in (min, max)
        ),
    ]
    if means:
        marks = alt.Chart(frame(means), name="means").mark_tick(color=INK, thickness=2, size=18)
        layers.append(marks.encode(x=x("mean"), y=y))
    looks = {"parent": ("square", INK, INK)}
    for verdict, (shape, ink) in SHAPES.items():
        for e in (e for _, e in effects if e.verdict == verdict):
            looks[e.mark] = shape, ink, "transparent" if e.hint or ink == INK else ink
    for mark, (shape, stroke, fill) in looks.items():
        some = [dot for dot in dots if dot["verdict"] == mark]
        if some:
            layers.append(
                alt.Chart(frame(some))
                .mark_point(shape=shape, stroke=stroke, fill=fill, size=60, opacity=0.85, strokeWidth=1.5)
                .encode(x=x("value"), y=y, tooltip=tips)
            )
    told = "; ".join(f"{trick.title}: {found.told(e)}, {e.mark[2:].rstrip('?')}" for trick, e in effects)
    spread = f"from {column.brief(min(parent))} to {column.brief(max(parent))}" if len(parent) > 1 else ""
    described = (
        f"{column.title} ({better}) of {found.title}{f', {spread} over its training seeds,' if spread else ''} and of "
        f"the variants that change it. {told}."
    )
    return layered(layers, described, 26 * len(rows))


def ablations(found: Ablation, source: str) -> list[alt.LayerChart]:
    """`ablation` of each figure that has one."""
    made = [ablation(found, source, column.name) for column in found.columns]
    return [chart for chart in made if chart is not None]
