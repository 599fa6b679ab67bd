"""What the playground draws: values in; PNG, HTML or Vega-Lite specifications (plain dicts) out.

Words that come from recipes are escaped here: they are anyone's. Charts have no background and take `currentColor`, so
that they stand on light and dark pages; the planes have colours of their own. Colour never stands alone: real points
are crosses, generated ones dots.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from demo.draw.look import AXIS, BLUE, EMBEDDED, INK, LEGEND, NUMBERS, ORANGE, TITLE

GREEN = "#0f9d7a"
COLOURS = (BLUE, ORANGE, GREEN, "#c2449f", "#0d8fbf", "#a98600", "#868e9c")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [12, 4])
LOW, MIDDLE, HIGH = (0xF2, 0xA8, 0x74), (0xF4, 0xF4, 0xF6), (0x9C, 0xB4, 0xF6)
"""D's heat map: generated, undecided, real"""
REAL, FAKE, PUSH, SHEET = (0x1F, 0x6B, 0x4F), (0x9A, 0x2C, 0x10), (0x50, 0x2A, 0x8C), (0x7A, 0x3F, 0xA8)
SCALE = 3
"""A plane is drawn so many times as large and then shrunk: smooth edges"""
CSS = """
.claim { border-left: 3px solid #6d74f5; padding: .1rem 0 .1rem .8rem; margin: 0 0 1rem; }
.claim p { margin: .25rem 0; }
.play-scroll { overflow-x: auto; }
.play-table { border-collapse: collapse; font-size: .85rem; margin-bottom: .6rem; }
.play-table th, .play-table td { padding: .2rem .7rem; text-align: right; font-variant-numeric: tabular-nums;
  border: 0 !important; border-bottom: 1px solid rgba(128, 134, 160, .35) !important; }
.play-table td { white-space: nowrap; overflow-wrap: normal; }
.play-table th:first-child { text-align: left; }
"""


# The plane --------------------------------------------------------------------------------------------------


def plane(view, real: np.ndarray, reach: float, side: int = 280, layers: Sequence[str] = ()) -> np.ndarray:
    """One variant in a frame, as a picture uint8 [side, side, 3].

    view: with the arrays of `demo.zoo.playground.View`. real: [N, 2]. reach: half the side of the plane, in its units.
    layers: of "heat", "sheet", "real", "fake", "push"; empty: all.
    """
    layers = layers or ("heat", "sheet", "real", "fake", "push")
    big = side * SCALE
    image = Image.new("RGB", (big, big), MIDDLE)
    if "heat" in layers:
        rgb = Image.fromarray(_heat(view.heat.astype(np.float32), view.probability)[::-1])
        image = rgb.resize((big, big), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(image, "RGBA")

    def place(points) -> np.ndarray:
        """Coordinates -> pixels; what is far outside stands just outside, and what is no number nowhere."""
        points = np.asarray(points, dtype=np.float64)
        at = (np.stack([points[..., 0], -points[..., 1]], -1) + reach) / (2 * reach) * big
        return np.clip(np.nan_to_num(at, nan=-2 * big), -2 * big, 3 * big)

    if "sheet" in layers:
        _sheet(pen, place(view.sheet), view.density.astype(np.float32))
    if "real" in layers:
        for x, y in place(real):
            r = 2.2 * SCALE
            pen.line((x - r, y, x + r, y), fill=(*REAL, 190), width=SCALE)
            pen.line((x, y - r, x, y + r), fill=(*REAL, 190), width=SCALE)
    if "fake" in layers:
        for x, y in place(view.fake):
            r = 1.9 * SCALE
            pen.ellipse((x - r, y - r, x + r, y + r), fill=(*FAKE, 210))
    if "push" in layers:
        _arrows(pen, place(view.at), view.push.astype(np.float64), side)
    return np.asarray(image.resize((side, side), Image.Resampling.LANCZOS))


def _heat(heat: np.ndarray, probability: bool) -> np.ndarray:
    """[R, R] -> uint8 [R, R, 3]. A score has its own scale, from its lowest to its highest value here."""
    if not probability and np.isfinite(heat).any():
        low, high = np.nanmin(heat), np.nanmax(heat)
        heat = (heat - low) / (high - low) if high > low else np.full_like(heat, 0.5)
    heat = np.nan_to_num(heat, nan=0.5)[..., None]
    low, middle, high = (np.array(c, np.float32) for c in (LOW, MIDDLE, HIGH))
    made = np.where(heat < 0.5, low + (middle - low) * 2 * heat, middle + (high - middle) * (2 * heat - 1))
    return made.round().astype(np.uint8)


def _sheet(pen: ImageDraw.ImageDraw, at: np.ndarray, density: np.ndarray) -> None:
    strong = np.clip(np.nan_to_num(density) / 0.6, 0.03, 1) ** 0.5
    if at.ndim == 2:
        for a, b, s in zip(at[:-1], at[1:], strong, strict=True):
            pen.line((*a, *b), fill=(*SHEET, int(40 + 180 * s)), width=round(1.5 * SCALE))
        return
    for i, j in np.ndindex(density.shape):
        corners = [tuple(at[i, j]), tuple(at[i + 1, j]), tuple(at[i + 1, j + 1]), tuple(at[i, j + 1])]
        pen.polygon(corners, fill=(*SHEET, int(90 * strong[i, j])), outline=(*SHEET, int(20 + 90 * strong[i, j])))


def _arrows(pen: ImageDraw.ImageDraw, at: np.ndarray, push: np.ndarray, side: int) -> None:
    """Lengths in proportion to the gradient, but at most a tenth of the plane: 90 % are not cut."""
    length = np.linalg.norm(push, axis=1)
    usual = np.quantile(length[np.isfinite(length)], 0.9) if np.isfinite(length).any() else 0
    if not usual > 0:
        return
    for (x, y), (dx, dy), n in zip(at, push, length, strict=True):
        if np.isfinite(n) and n > 0.02 * usual:
            reach = min(n / usual, 1) * side * SCALE / 10
            dx, dy = dx / n * reach, -dy / n * reach
            pen.line((x, y, x + dx, y + dy), fill=(*PUSH, 200), width=round(1.2 * SCALE))
            head = np.array(
                [
                    [0, 0],
                    [-0.35 * dx + 0.18 * dy, -0.35 * dy - 0.18 * dx],
                    [-0.35 * dx - 0.18 * dy, -0.35 * dy + 0.18 * dx],
                ]
            )
            pen.polygon([tuple(corner) for corner in head + np.array([x + dx, y + dy])], fill=(*PUSH, 200))


# Charts -----------------------------------------------------------------------------------------------------


def spec(described: str, height: int, **parts: Any) -> dict[str, Any]:
    """A Vega-Lite specification as wide as its place, on the page's own background, in the look of all charts."""
    return {
        "description": described,
        "width": "container",
        "height": height,
        "background": "transparent",
        "autosize": {"type": "fit-x", "contains": "padding"},
        "usermeta": EMBEDDED,
        "config": {
            "view": {"stroke": None},
            "axis": AXIS,
            "legend": {**LEGEND, "orient": "top", "title": None, "labelLimit": 220},
            "title": TITLE,
            "locale": {"number": NUMBERS},
        },
        **parts,
    }  # fmt: skip


def lines(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    x: str,
    y: str,
    described: str = "",
    height: int = 180,
    at: float | None = None,
) -> dict[str, Any] | None:
    """{name: (xs, ys)} as lines with colour and dash of their own; None where there is no finite value.

    at: a rule at this x. What is no number is left out, and the line is broken there.
    """
    rows = [
        {"x": float(a), "y": float(b) if math.isfinite(b) else None, "line": name}
        for name, (xs, ys) in series.items()
        for a, b in zip(xs, ys, strict=True)
    ]
    if not any(row["y"] is not None for row in rows):
        return None
    names = list(series)
    scale = {"domain": names, "range": [COLOURS[i % len(COLOURS)] for i in range(len(names))]}
    dash = {"domain": names, "range": [DASHES[i % len(DASHES)] for i in range(len(names))]}
    layer: list[dict[str, Any]] = [
        {
            "data": {"values": rows},
            "mark": {"type": "line", "invalid": "break-paths-show-domains", "strokeWidth": 2, "clip": True},
            "encoding": {
                "x": {"field": "x", "type": "quantitative", "title": x, "scale": {"nice": False, "zero": False}},
                "y": {"field": "y", "type": "quantitative", "title": y, "scale": {"zero": False}},
                "color": {"field": "line", "type": "nominal", "scale": scale},
                "strokeDash": {"field": "line", "type": "nominal", "scale": dash},
            },
        }
    ]
    if at is not None:
        rule = {"type": "rule", "color": INK, "opacity": 0.6, "strokeDash": [4, 4]}
        layer.append(
            {"data": {"values": [{"x": at}]}, "mark": rule, "encoding": {"x": {"field": "x", "type": "quantitative"}}}
        )
    return spec(described or f"{y} against {x}: {', '.join(names)}.", height, layer=layer)


# Claims -----------------------------------------------------------------------------------------------------


def claim(made, links: str = "") -> str:
    """One claim of `demo.zoo.playground.Claim` as HTML: its answer is folded away. links: HTML below it."""
    runs = "".join(f"<li>{html.escape(line)}</li>" for line in made.evidence)
    verdict = html.escape(made.verdict[:1].upper() + made.verdict[1:])
    return (
        f'<div class="claim"><h2>“{html.escape(made.text)}”</h2><details><summary>What our runs say</summary>'
        f"<p><b>{verdict}</b></p><ul>{runs}</ul></details>{links}</div>"
    )
