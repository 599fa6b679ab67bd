"""Small drawings as SVG: shapes in, one image in HTML out. They bring their own paper, light or dark as the reader's
system is, so that they can be read on any page. What moves stands still where somebody asked for less motion.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence

from gan_models.metrics.names import minus

LIGHT = {
    "paper": "#f7f8fc",
    "ink": "#1c2030",
    "faint": "#c9cddc",
    "blue": "#4a50c8",
    "orange": "#b4480a",
    "green": "#0b6b54",
}
DARK = {
    "paper": "#171a26",
    "ink": "#eceef6",
    "faint": "#454a60",
    "blue": "#a3a8ff",
    "orange": "#ffa06b",
    "green": "#4fd1ac",
}
"""Colours by name; all but `faint` are readable as text on their paper"""


def style(more: str = "") -> str:
    """The colours as classes: `blue` for lines, `blue-fill` for areas."""

    def colours(theme: dict[str, str]) -> str:
        rules = [f".paper{{fill:{theme['paper']}}} text{{fill:{theme['ink']}}}"]
        for name, colour in theme.items():
            rules.append(
                f".{name}{{stroke:{colour}}} .{name}-fill{{fill:{colour}}} text.{name}{{fill:{colour};stroke:none}}"
            )
        return " ".join(rules)

    return (
        "<style>text{font:13px system-ui,sans-serif} .small{font-size:11px} .bold{font-weight:600} "
        "path,line,polyline,circle,rect{fill:none;stroke-width:1.6} "
        f"{colours(LIGHT)} {more} @media (prefers-color-scheme:dark){{{colours(DARK)}}} "
        "@media (prefers-reduced-motion:reduce){*{animation-play-state:paused!important}}</style>"
    )


def text(x: float, y: float, words: str, classes: str = "", anchor: str = "start") -> str:
    """Words at a place; anchor: start, middle or end."""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{classes}" text-anchor="{anchor}">{html.escape(minus(words))}</text>'


def line(x1: float, y1: float, x2: float, y2: float, classes: str = "ink", dashed: bool = False) -> str:
    dash = ' stroke-dasharray="4 3"' * dashed
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{classes}"{dash}/>'


def arrow(x1: float, y1: float, x2: float, y2: float, classes: str = "ink", dashed: bool = False) -> str:
    """A line with a head at its end; one without length is a dot."""
    dx, dy = x2 - x1, y2 - y1
    length = (dx * dx + dy * dy) ** 0.5
    if length < 1e-6:
        return dot(x1, y1, classes, 2)
    ux, uy, head = dx / length, dy / length, min(7.0, length)
    bx, by = x2 - ux * head, y2 - uy * head
    corners = (bx - uy * head / 2, by + ux * head / 2), (x2, y2), (bx + uy * head / 2, by - ux * head / 2)
    return line(x1, y1, x2, y2, classes, dashed) + curve(corners, classes)


def dot(x: float, y: float, classes: str = "ink", radius: float = 3.5) -> str:
    """A filled dot: generated points."""
    first, *rest = classes.split()
    filled = " ".join([f"{first}-fill", *rest])
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" style="stroke:none" class="{filled}"/>'


def cross(x: float, y: float, classes: str = "ink", reach: float = 4) -> str:
    """A cross: real points, which colour alone must not tell from generated ones."""
    a, b, both = x - reach, y - reach, 2 * reach
    way = f"M{a:.1f} {b:.1f}l{both} {both}M{a:.1f} {b + both:.1f}l{both} {-both}"
    return f'<path d="{way}" class="{classes}"/>'


def curve(points: Sequence[tuple[float, float]], classes: str = "ink", dashed: bool = False) -> str:
    dash = ' stroke-dasharray="6 3"' * dashed
    return f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" class="{classes}"{dash}/>'


class Plot:
    """A part of a drawing with axes: values in, pixels out."""

    def __init__(
        self, left: float, top: float, width: float, height: float, x: tuple[float, float], y: tuple[float, float]
    ):
        self.left, self.top, self.width, self.height, self.x, self.y = left, top, width, height, x, y

    def at(self, x: float, y: float) -> tuple[float, float]:
        (x0, x1), (y0, y1) = self.x, self.y
        return self.left + (x - x0) / (x1 - x0) * self.width, self.top + (y1 - y) / (y1 - y0) * self.height

    def curve(self, xs, ys, classes: str = "ink", dashed: bool = False) -> str:
        return curve([self.at(x, y) for x, y in zip(xs, ys, strict=True)], classes, dashed)

    def axes(
        self, x_title: str = "", y_title: str = "", x_marks: Sequence[float] = (), y_marks: Sequence[float] = ()
    ) -> str:
        """Lines at the left and at the foot, titles, and marked values."""
        right, foot = self.left + self.width, self.top + self.height
        made = [line(self.left, self.top, self.left, foot, "faint"), line(self.left, foot, right, foot, "faint")]
        for value in x_marks:
            made.append(text(self.at(value, self.y[0])[0], foot + 14, f"{value:g}", "small", "middle"))
        for value in y_marks:
            made.append(text(self.left - 5, self.at(self.x[0], value)[1] + 4, f"{value:g}", "small", "end"))
        made += [text(right, foot + 29, x_title, "small", "end"), text(self.left, self.top - 7, y_title, "small")]
        return "".join(made)


def drawing(width: int, height: int, parts: Sequence[str], more_style: str = "") -> str:
    """The parts as an SVG document."""
    frame = f'xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    paper = f'<rect width="{width}" height="{height}" rx="6" class="paper"/>'
    return f"<svg {frame}>{style(more_style)}{paper}{''.join(parts)}</svg>"


def figure(svg: str, described: str, caption: str = "") -> str:
    """An SVG document as a figure in HTML: an image, since Streamlit takes inline SVG out of a page.

    described: what there is to see, for those who cannot. Both texts are escaped.
    """
    address = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
    below = f"<figcaption>{html.escape(minus(caption))}</figcaption>" if caption else ""
    image = f'<img src="{address}" alt="{html.escape(minus(described))}" style="max-width:100%;height:auto">'
    return f'<figure class="drawing" style="margin:.5rem 0">{image}{below}</figure>'
