"""What Gradio's components get to show charts, tables and notices, and the scripts of parts."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

from demo.draw import plots
from demo.faces.gradio_controls import COUNT
from demo.page.items import Grid

LINKS = """ganscope.listen(element.closest("[role=tabpanel]"), (event) => trigger("click", event));"""
"""One listener for the links in all parts of a tab: each event of its own would cost every visitor time at the start"""
PICKS = """element.dataset.picks = "1"; ganscope.listen(element, (event) => trigger("click", event), %s);"""
SCRUB = """const draw = () => {
  const walk = props.value?.figures ? props.value : null;
  const refused = element.querySelector(".notice");
  refused.textContent = props.value?.refused ?? "";
  refused.style.display = refused.textContent ? "" : "none";
  element.querySelector(".scrub").style.display = walk ? "" : "none";
  const say = (at) => trigger("input", {at: at.join(" "), count: COUNT});
  if (walk) ganscope.scrubber(element.querySelector(".scrub"), walk, say);
};
watch("value", draw);
draw();
""".replace("COUNT", COUNT)
STAGE = """const draw = () => {
  const refused = element.querySelector(".notice"), said = props.value;
  refused.textContent = said?.refused ?? "";
  refused.style.display = refused.textContent ? "" : "none";
  element.querySelector(".stage-root").style.display = said?.head ? "" : "none";
  if (said?.head) ganscope.stage(element.querySelector(".stage-root"), said, (asked) => trigger("input", asked));
};
watch("value", draw);
draw();
"""
TINT = "background-color: color-mix(in srgb, var(--background-fill-primary) 84%, rgb(128, 134, 160))"
"""Of rows that are set apart, on white and on near black; opaque, since columns scroll below the first one"""
NAMES, LETTER, AROUND, MENU = 172, 7.6, 22, 36
"""Pixels: width of the first column, of a letter, around a cell's text, of a title's menu"""


def charts(value: tuple) -> tuple[PlotData, ...]:
    """(function of demo.draw.charts, its arguments ...) -> what gr.Plot shows, one for each chart."""
    return plots.drawn(_sent, *value)


def _sent(chart: dict) -> PlotData:
    chart.pop("$schema", None)  # the browser would fetch it
    return PlotData(type="altair", plot=json.dumps(chart))


def table(grid: Grid | None) -> Any:
    """What a gr.Dataframe shows."""
    if grid is None or not grid.rows:
        return gr.update(visible=False)
    rows = [[cell if isinstance(cell, tuple) else (cell, str(cell)) for cell in row] for row in grid.rows]
    widths = [NAMES]
    for i, title in enumerate(grid.headers[1:], 1):
        letters = max(len(row[i][1]) for row in rows)
        widths.append(round(max(len(title) * LETTER + MENU, letters * LETTER) + AROUND))
    numbers = [any(isinstance(row[i][0], int | float) for row in rows) for i in range(len(grid.headers))]
    value = {
        "headers": list(grid.headers),
        "data": [[value for value, _ in row] for row in rows],
        "metadata": {
            "display_value": [[text for _, text in row] for row in rows],
            "styling": [[TINT if i in grid.tinted else ""] * len(row) for i, row in enumerate(rows)],
        },
    }
    kinds = ["number" if number else "str" for number in numbers]
    return gr.update(
        value=value, datatype=kinds, column_widths=[f"{w}px" for w in widths], label=grid.alt or None, visible=True
    )  # a label that is not shown is what a screen reader calls the table


def columns(grid: Grid | None) -> str:
    """What each column of a table is, folded away, as HTML; nothing where its titles say all. A gr.Dataframe has no
    place for it."""
    told = [one for one in zip(grid.headers, grid.help, strict=False) if one[1]] if grid and grid.rows else []
    items = "".join(f"<li><b>{html.escape(title)}</b>: {html.escape(words)}</li>" for title, words in told)
    return f"<details><summary>What the columns are</summary><ul>{items}</ul></details>" if items else ""


def notice(sentences: Sequence[str]) -> str:
    """Sentences in a frame, as HTML; nothing where there is none."""
    items = "".join(f"<div>{html.escape(one)}</div>" for one in sentences if one)
    return f'<div class="notice">{items}</div>' if items else ""


def problems(sentences: Sequence[str]) -> str:
    """Checkpoints that cannot be shown, folded away; nothing where all is well."""
    if not sentences:
        return ""
    items = "".join(f"<li>{html.escape(one)}</li>" for one in sentences)
    title = f"{len(sentences)} checkpoint{'s' if len(sentences) > 1 else ''} cannot be shown"
    return f'<details class="notice"><summary>⚠ {title}</summary><ul>{items}</ul></details>'
