"""What was noted over a training: losses, scores, distances, the estimates of critics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import altair as alt

from demo.draw.charts.theme import DASHES, SERIES, domain, frame, images_axis, layered, share_axis, ticks
from demo.draw.look import INK
from demo.draw.smoothing import smoothed
from gan_models.metrics.names import figure_text, percent

if TYPE_CHECKING:
    from demo.zoo.evolution import Estimate
    from demo.zoo.leaderboard import Curves


PANELS = {
    "Losses": {"d_loss": "D", "g_loss": "G"},
    "Mean scores of D": {"real_logit": "real images", "fake_logit": "generated images"},
}
"""Columns of a curve that belong in one picture, and how it calls them"""
COLUMNS = "width < 400 ? 2 : 3"
"""Of a legend above a chart, by the pixels of the plot: a third one would be cut at the edge of a phone"""


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
            even = {words: smoothed(line) for words, line in lines.items()}
            described = f"{title} of {curve.title} over its training: {', '.join(map(_trend, even, even.values()))}."
            charts.append(_lines(even, title, described, raw=lines))
    distance = progress([curve])
    return [*charts, *([distance] if distance else [])]


def progress(
    many: Sequence[Curves],
    at: float | None = None,
    totals: Mapping[str, int] | None = None,
    among: Sequence[str] = (),
    until: float | None = None,
) -> alt.LayerChart | None:
    """The distance of one or several checkpoints while they were trained.

    Only those that the same extractor measured with the same n as the first that has any. at, totals, among, until: as
    in `critics`.
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
    return _lines(
        lines, title, described, log=True, points=True, at=at, share=totals is not None, among=among, until=until
    )


def critics(
    estimates: Sequence[Estimate],
    at: float | None = None,
    totals: Mapping[str, int] | None = None,
    among: Sequence[str] = (),
    until: float | None = None,
) -> alt.LayerChart | None:
    """What critics estimated along their trainings, smoothed, each as a share of its largest, since each has a unit of
    its own; the recorded values stand pale behind.

    at: a rule at this position, and a dot on each line there. totals: {key: images of the whole training}: the axis is
    then the share of each one's own training. among: titles of all variants that the charts of a page show, so that
    each has one colour in all of them. until: where the axis of images ends.
    """
    even = {one.key: smoothed(one.points) for one in estimates}
    tops = {key: max(value for _, value in line) for key, line in even.items()}
    some = [one for one in estimates if tops[one.key] > 0]
    if not some:
        return None
    lines, raw = (
        {one.title: _along([(x, v / tops[one.key]) for x, v in of(one)], one.key, totals) for one in some}
        for of in (lambda one: even[one.key], lambda one: one.points)
    )
    trends = [f"{name} ends at {percent(line[-1][1])} of it" for name, line in lines.items()]
    described = f"The critics' estimates over the training, each as a share of its largest: {', '.join(trends)}."
    title = "Critic's estimate, as a share of its largest"
    return _lines(lines, title, described, raw=raw, at=at, share=totals is not None, among=among, until=until)


OVERLAID = {"Loss of D": "d_loss", "Loss of G": "g_loss", "D's mean score of real minus that of generated images": ""}
"""Title -> column of a curve; "" is the difference of the two scores"""


def overlaid(many: Sequence[Curves]) -> list[alt.LayerChart]:
    """Losses and score gaps of several trainings over each other, smoothed, since those of single batches are noise.
    Their units are each loss's own: shapes compare, heights need not."""
    charts = []
    for title, name in OVERLAID.items():
        lines = {curve.title: smoothed(_gap(curve) if not name else _known(curve, name)) for curve in many}
        lines = {words: line for words, line in lines.items() if line}
        if lines:
            described = f"{title} over the training, smoothed: {', '.join(map(_trend, lines, lines.values()))}."
            charts.append(_lines(lines, title, described, among=[curve.title for curve in many]))
    return charts


def _known(curve: Curves, name: str) -> list[tuple[float, float]]:
    return _series(curve, name) if name in curve.columns else []


def _gap(curve: Curves) -> list[tuple[float, float]]:
    """(images, mean score of real images less that of generated ones)."""
    real, fake = (dict(_known(curve, name)) for name in ("real_logit", "fake_logit"))
    return [(images, real[images] - fake[images]) for images in real if images in fake]


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
    raw: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    at: float | None = None,
    share: bool = False,
    among: Sequence[str] = (),
    until: float | None = None,
) -> alt.LayerChart:
    """lines: {name: [(images, value)]}. points: mark each value, where there are few. raw: the same before it was
    smoothed, drawn pale behind it, within the range of the lines. at: a rule there, and a dot where each line is then.
    share: not of images, but of shares of the training. among, until: as in `critics`.
    """
    names, all_names = list(lines), list(among) or list(lines)
    place = {name: all_names.index(name) for name in names}
    data = _frame(lines)
    scale = {"type": "log", "nice": False} if log else {"zero": False}
    if log:
        scale["domain"] = list(domain([v for line in lines.values() for _, v in line], 0.06))
    elif raw:
        scale["domain"] = _room([v for line in lines.values() for _, v in line])
    axis = alt.Axis(values=ticks(*scale["domain"]), format=",~g") if log else alt.Axis(tickCount=5, format=",~g")
    colours = [SERIES[place[name] % len(SERIES)] for name in names]
    few = len(all_names) < 3
    dashes = [DASHES[place[name] if few else place[name] // len(SERIES) % len(DASHES)] for name in names]
    legend = (
        alt.Legend(orient="top", title=None, columns=alt.ExprRef(COLUMNS), symbolType="stroke", symbolOpacity=1)
        if len(names) > 1
        else None
    )
    x = (
        share_axis()
        if share
        else images_axis(
            [i for line in lines.values() for i, _ in line] if until is None else [0, until], nice=until is None
        )
    )
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
    layers = [base.mark_line(strokeWidth=2 if raw else 1.5).encode(strokeDash=dash), spots]
    moved = {name: raw[name] for name in names if list(raw[name]) != lines[name]} if raw else {}
    if moved:
        behind = base.properties(data=_frame(moved)).encode(detail="line:N")
        layers.insert(0, behind.mark_line(strokeWidth=1, opacity=0.2, clip=True))
    if at is not None:
        passed = {name: [p for p in line if p[0] <= at][-1:] for name, line in lines.items()}
        rule = alt.Chart(frame([{"images": at}])).mark_rule(color=INK, opacity=0.6, strokeDash=[4, 4])
        layers.append(rule.encode(x=x))
        if any(passed.values()):
            layers.append(base.properties(data=_frame(passed)).mark_point(filled=True, size=90, opacity=1, stroke=INK))
    return layered(layers, described, 170 if len(names) < 3 else 240, title)


def _frame(lines: Mapping[str, Sequence[tuple[float, float]]]):
    return frame([{"images": i, "value": v, "line": name} for name, line in lines.items() for i, v in line])


def _room(values: Sequence[float]) -> list[float]:
    """The ends of an axis for these values, with a quarter of their range to spare: what they were before they were
    smoothed moves more."""
    least, most = min(values), max(values)
    spare = (most - least) / 4 or abs(most) / 4 or 1
    return [least - spare, most + spare]
