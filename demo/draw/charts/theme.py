"""How all charts look, and what they share: colours, axes, the frame of a chart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import altair as alt
import pandas as pd
from altair.utils import schemapi

from demo.draw.look import AXIS, BLUE, EMBEDDED, LEGEND, NUMBERS, ORANGE, TITLE

schemapi.disable_debug_mode()  # each part is checked as it is made: half of the time; the tests check what is drawn
alt.data_transformers.disable_max_rows()  # altair would refuse a long training curve; `demo.zoo.files` bounds them


SERIES = (BLUE, ORANGE, "#0f9d7a", "#c2449f", "#0d8fbf", "#a98600", "#868e9c", "#a8603a")
"""For lines, with DASHES: the ninth line has the first colour and the second dash"""
DASHES = ([1, 0], [6, 3], [2, 2])


def layered(layers: list[alt.Chart], described: str, height: int, title: str | None = None) -> alt.LayerChart:
    """Layers as one chart in the colours of the page. height: of the plot; axes, legend and title come on top.

    All settings in one call: each later one would copy the chart, which is what takes altair's time.
    """
    return alt.layer(
        *layers,
        width="container",
        height=height,
        description=described,
        background="transparent",
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        config=alt.Config(
            axis=alt.AxisConfig(**AXIS),
            legend=alt.LegendConfig(**LEGEND, labelLimit=140),
            title=alt.TitleConfig(**TITLE),
            view=alt.ViewConfig(stroke=None),
            locale=alt.Locale(number=alt.NumberLocale(**NUMBERS)),
        ),
        usermeta=EMBEDDED,
        **({"title": title} if title else {}),
    )


def frame(rows: list[dict]) -> pd.DataFrame:
    """A frame, since altair checks and copies lists row by row, which takes seconds."""
    return pd.DataFrame(rows)


def images_axis(images: Sequence[float], nice: bool = True) -> alt.X:
    domain = alt.Undefined if nice else [min(images), max(images)]
    return alt.X(
        "images:Q", title="Images shown", scale=alt.Scale(nice=nice, domain=domain),
        axis=alt.Axis(labelExpr="datum.value ? format(datum.value, '~s') : '0'", tickCount=5, grid=False),
    )  # fmt: skip


def share_axis() -> alt.X:
    axis = alt.Axis(format=".0%", tickCount=5, grid=False)
    return alt.X("images:Q", title="Share of each training", scale=alt.Scale(domain=[0, 1]), axis=axis)


def domain(values: Iterable[float], room: float) -> tuple[float, float]:
    """Ends of a logarithmic axis: room at both ends is that share of what the values take, a fifth of an e at least."""
    known = [math.log(v) for v in values if v > 0] or [0.0]
    room = max((max(known) - min(known)) * room, 0.2)
    return math.exp(min(known) - room), math.exp(max(known) + room)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers for a logarithmic axis: between 3 and 9 where possible."""
    for steps in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), [i / 10 for i in range(10, 100)]):
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        made = [round(step * 10.0**p, 12) for p in powers for step in steps if low <= step * 10.0**p <= high]
        if len(made) >= 4:
            break
    return made if len(made) < 10 else made[:: math.ceil(len(made) / 9)]
