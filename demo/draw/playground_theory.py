"""The playground's Dirac-GAN, one dimension and minimax by hand: values in, Vega-Lite specifications and HTML out."""

from __future__ import annotations

import base64
import html
import math
from typing import Any

import numpy as np

from demo.draw.look import BLUE, INK, ORANGE
from gan_models.metrics.names import minus

from .playground import GREEN, lines, spec


def dirac(made, title: str = "") -> dict[str, Any]:
    """Vector field and path of a Dirac-GAN (`demo.zoo.playground.Dirac`)."""
    at, field = np.asarray(made.at, float), np.asarray(made.field, float)
    side = round(math.sqrt(len(at)))
    reach = float(np.abs(at).max())
    size = np.linalg.norm(field, axis=1, keepdims=True)
    longest = float(np.nanmax(size)) or 1.0
    ends = at + field / np.maximum(size, 1e-9) * (size / longest) ** 0.5 * (2 * reach / side)
    arrows = [{"x": a[0], "y": a[1], "x2": b[0], "y2": b[1]} for a, b in zip(at.tolist(), ends.tolist(), strict=True)]
    path = [{"x": x, "y": y, "k": k} for k, (x, y) in enumerate(np.asarray(made.path).tolist())]
    domain = {"domain": [-1.15 * reach, 1.15 * reach], "nice": False}
    x = {"field": "x", "type": "quantitative", "title": "theta: where G puts its point (real: 0)", "scale": domain}
    y = {"field": "y", "type": "quantitative", "title": "psi: D's slope", "scale": domain}
    layer = [
        {
            "data": {"values": arrows},
            "mark": {"type": "rule", "color": INK, "opacity": 0.45},
            "encoding": {"x": x, "y": y, "x2": {"field": "x2"}, "y2": {"field": "y2"}},
        },
        {
            "data": {"values": arrows},
            "mark": {"type": "point", "filled": True, "size": 12, "color": INK, "opacity": 0.6},
            "encoding": {"x": {**x, "field": "x2"}, "y": {**y, "field": "y2"}},
        },
        {
            "data": {"values": path},
            "mark": {"type": "line", "color": BLUE, "strokeWidth": 2, "clip": True},
            "encoding": {"x": x, "y": y, "order": {"field": "k"}},
        },
        {
            "data": {"values": [{**path[0], "what": "start"}, {**path[-1], "what": "end"}]},
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1, "clip": True},
            "encoding": {
                "x": x,
                "y": y,
                "color": {"field": "what", "scale": {"domain": ["start", "end"], "range": [ORANGE, BLUE]}},
                "shape": {"field": "what", "scale": {"domain": ["start", "end"], "range": ["square", "circle"]}},
            },
        },
    ]
    return spec(f"The Dirac-GAN{': ' * bool(title)}{title}. {made.verdict}", 420, layer=layer)


def apart(made) -> dict[str, Any]:
    """Two densities and the plan that carries the generated one to the real one."""
    top = float(max(made.p.max(), made.q.max()))
    shown = np.abs(made.x) <= 5
    densities = [
        {"x": float(x), "y": float(y), "which": name}
        for name, d in (("real", made.p), ("generated", made.q))
        for x, y in zip(made.x[shown], d[shown], strict=True)
    ]
    plan = [
        {"x": float(a), "x2": float(b), "y": -top * 0.5 * (i + 1) / len(made.plan)}
        for i, (a, b) in enumerate(made.plan)
    ]
    names = {"domain": ["real", "generated"], "range": [GREEN, ORANGE]}
    layer = [
        {
            "data": {"values": densities},
            "mark": {"type": "area", "opacity": 0.45, "line": True},
            "encoding": {
                "x": {"field": "x", "type": "quantitative", "title": "x", "scale": {"domain": [-5, 5]}},
                "y": {"field": "y", "type": "quantitative", "title": "density; below: the plan", "stack": None},
                "color": {"field": "which", "type": "nominal", "scale": names},
            },
        },
        {
            "data": {"values": plan},
            "mark": {"type": "rule", "color": INK, "opacity": 0.6},
            "encoding": {
                "x": {"field": "x", "type": "quantitative"},
                "x2": {"field": "x2"},
                "y": {"field": "y", "type": "quantitative"},
            },
        },
        {
            "data": {"values": plan},
            "mark": {"type": "point", "filled": True, "color": GREEN, "size": 18},
            "encoding": {"x": {"field": "x2", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}},
        },
    ]
    return spec(
        f"A real density at 0, a generated one at {made.shift:g}, and the transport plan between them.",
        260,
        layer=layer,
    )


def bars(values, top: float, colour: str, words: str, labels: bool = True) -> str:
    """Heights [B] as an SVG with a place of the same width for each: what is clicked at a height can be read off.

    It stands in an image, where it knows no colour of the page: its greys can be read on light and on dark.
    """
    n, wide, high = len(values), 40, 130
    made = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {n * wide} {high}"><title>{html.escape(words)}</title>'
    ]
    made += [
        f'<line x1="0" x2="{n * wide}" y1="{y}" y2="{y}" stroke="#808896" stroke-opacity=".35"/>'
        for y in (0.5, high / 2, high - 0.5)
    ]
    for k, value in enumerate(values):
        if math.isnan(value):
            continue
        tall = min(max(value / top, 0), 1) * high
        made.append(
            f'<rect x="{k * wide + 4}" width="{wide - 8}" y="{high - max(tall, 2):.1f}" height="{max(tall, 2):.1f}" '
            f'rx="2" fill="{colour}"/>'
        )
        if labels:
            y = high - tall - 4 if tall < high - 16 else high - tall + 13
            ink = "#808896" if tall < high - 16 else "#ffffff"
            made.append(
                f'<text x="{k * wide + wide / 2}" y="{y:.1f}" font-size="11" font-family="sans-serif" fill="{ink}" '
                f'text-anchor="middle">{value:.2g}</text>'
            )
    data = base64.b64encode(("".join(made) + "</svg>").encode()).decode()
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{html.escape(words)}">'


def distances(made, shift: float | None = None) -> dict[str, dict[str, Any]]:
    """{"Value", "Gradient": specification} of JS, KL and EMD along the shift. An infinite KL is left out."""
    return {
        title: lines(
            {
                k: (made.shift, np.clip(v, -6, 6) if title == "Gradient" else np.where(v > 6, np.inf, v))
                for k, v in of.items()
            },
            "Shift of the generated density",
            title,
            at=shift,
            height=220,
        )
        for title, of in (("Value", made.values), ("Gradient", made.gradients))
    }


def critics(made, shift: float) -> dict[str, dict[str, Any]]:
    """The sigmoid D beside the critic, and the slopes that G would climb. shift: where the generated density is."""
    low, high = min(0.0, shift) - 1, max(0.0, shift) + 1  # both were trained only between these ends
    there = (made.x >= low) & (made.x <= high)
    x, score = made.x[there], made.critic[there] - made.critic[there].mean()
    return {
        "What D says": lines(
            {"sigmoid D, probability": (x, made.probability[there]), "WGAN critic, score": (x, score)},
            "x (real at 0; the rule: generated)", "D", height=220, at=shift,
        ),
        "What G is taught": lines(
            {
                "−log(1 − D), saturating": (x, np.clip(-made.saturating_slope[there], -3, 3)),
                "WGAN critic": (x, made.critic_slope[there]),
            },
            "x (real at 0; the rule: generated)", "slope that G climbs, cut at 3", height=220, at=shift,
        ),
    }  # fmt: skip


def minimax(made) -> str:
    """The two histograms, the best D and the visitor's, as an HTML table, and the sum under it."""
    head = "".join(f'<th scope="col">{k + 1}</th>' for k in range(len(made.p)))
    rows = []
    for name, values in (
        ("real p", made.p),
        ("generated q", made.q),
        ("best D* = p / (p + q)", made.best),
        ("D", made.d),
    ):
        cells = "".join(f"<td>{'–' if math.isnan(v) else f'{v:.2f}'}</td>" for v in values)
        rows.append(f'<tr><th scope="row">{name}</th>{cells}</tr>')
    return (
        f'<div class="play-scroll" tabindex="0"><table class="play-table"><thead><tr><th>bin</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div><p>Value of the game at D*: {_minus(made.value)} = "
        f"−log 4 + 2 JSD = −1.3863 + 2 × {made.jsd:.4f}. At D: {_minus(made.d_value)}.</p>"
    )


def _minus(value: float) -> str:
    return "−∞" if value == -math.inf else minus(f"{value:.4f}")


def g_losses(made) -> dict[str, dict[str, Any]]:
    """G's losses and their gradients against D's probability that a generated picture is real."""
    return {
        title: lines({k.replace("_", "-"): (made.probability, np.clip(v, -3, 6)) for k, v in of.items()},
                     "D's probability for a generated picture", title, height=220)
        for title, of in (("Loss of G", made.losses), ("Gradient at D's logit", made.gradients))
    }  # fmt: skip
