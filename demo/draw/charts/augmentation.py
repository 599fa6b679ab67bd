"""What generated images are worth to a classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from demo.draw.charts.theme import SERIES, frame, layered
from demo.draw.look import INK
from gan_models.metrics.names import minus

if TYPE_CHECKING:
    from demo.zoo.leaderboard import Leaderboard


def gain(board: Leaderboard) -> alt.LayerChart | None:
    """What generated images add to a classifier's accuracy, by the number of real ones; the dashed line is nothing."""
    if not board.augmentation:
        return None
    rows = [
        (f"{row.title}, trained on these images alone" if row.scratch else row.title, row) for row in board.augmentation
    ]
    names = list(dict.fromkeys(name for name, _ in rows))
    data = [
        {
            "line": name,
            "real": f"{row.real:,}",
            "gain": row.gain,
            "least": row.gain - row.spread,
            "most": row.gain + row.spread,
            "tip": f"{row.without:.1f} % → {row.with_generated:.1f} % ({_gain(row)})",
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

    base = alt.Chart(frame(data)).encode(
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
        alt.Chart(frame([{"gain": 0}])).mark_rule(strokeDash=[4, 4], color=INK, opacity=0.6).encode(y=y("gain")),
        base.mark_rule(strokeWidth=2).encode(y=y("least"), y2=alt.Y2("most:Q")),
        base.mark_point(filled=True, size=80, opacity=1).encode(y=y("gain"), shape=shape),
    ]
    told = "; ".join(f"{name} at {row.real:,}: {_gain(row)}" for name, row in rows)
    return layered(layers, f"Gain in test accuracy from generated images, in points. {told}.", 200)


def _gain(row: Any) -> str:
    return minus(f"{row.gain:+.1f} ± {row.spread:.1f}")
