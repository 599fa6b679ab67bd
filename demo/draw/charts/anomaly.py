"""ROC curves of anomaly scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt

from demo.draw.charts.theme import DASHES, SERIES, frame, layered
from demo.draw.look import INK

GREY = "#868b9c"


def roc(
    lines: Mapping[str, tuple[float, Sequence[tuple[float, float]]]],
    baselines: Mapping[str, tuple[float, Sequence[tuple[float, float]]]],
) -> alt.LayerChart | None:
    """ROC curves: {name: (AUC, points (share of normal pictures above the threshold, share of odd ones))}.

    baselines: of the same form, drawn grey and dashed. The diagonal is chance.
    """
    both = {**lines, **baselines}
    if not both:
        return None
    table = [
        {"line": f"{name}, AUC {auc:.3f}", "x": x, "y": y, "order": i}
        for name, (auc, points) in both.items()
        for i, (x, y) in enumerate([(0.0, 0.0), *points])
    ]
    names = list(dict.fromkeys(row["line"] for row in table))
    colours = [SERIES[i % len(SERIES)] for i in range(len(lines))] + [GREY] * len(baselines)
    dashes = [DASHES[i // len(SERIES) % len(DASHES)] for i in range(len(lines))]
    dashes += [DASHES[1 + i % (len(DASHES) - 1)] for i in range(len(baselines))]
    axis, scale = alt.Axis(format=".0%", tickCount=5), alt.Scale(domain=[0, 1])
    x = alt.X("x:Q", title="Normal pictures above the threshold", scale=scale, axis=axis)
    y = alt.Y("y:Q", title="Odd pictures above it", scale=scale, axis=axis)
    legend = alt.Legend(orient="bottom", columns=1, title=None, labelLimit=320)
    layers = [
        alt.Chart(frame([{"x": 0, "y": 0}, {"x": 1, "y": 1}]), name="chance")
        .mark_line(color=INK, strokeOpacity=0.25, strokeDash=[2, 4])
        .encode(x=x, y=y),
        alt.Chart(frame(table), name="curves")
        .mark_line(interpolate="linear", strokeWidth=2)
        .encode(
            x=x, y=y, order=alt.Order("order:Q"),
            color=alt.Color("line:N", sort=names, scale=alt.Scale(domain=names, range=colours), legend=legend),
            strokeDash=alt.StrokeDash("line:N", sort=names, scale=alt.Scale(domain=names, range=dashes), legend=legend),
            tooltip=[
                alt.Tooltip("line:N", title="Score"),
                alt.Tooltip("x:Q", title="Normal ones above", format=".1%"),
                alt.Tooltip("y:Q", title="Odd ones above", format=".1%"),
            ],
        ),
    ]  # fmt: skip
    return layered(layers, f"ROC curves. {'; '.join(names)}.", 320)
