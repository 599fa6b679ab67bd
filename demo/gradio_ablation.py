"""The ablation tab of the Gradio front end: a parent and the variants that change it, and what each change did."""

from __future__ import annotations

import html
import math
from collections.abc import Callable

import gradio as gr
import numpy as np

from demo.cards import refusal
from demo.draw import compose
from demo.faces.api import at_most
from demo.gradio_board import frame, listed, plot, section, spec, table, words
from demo.gradio_links import Links
from demo.page import snippets
from demo.zoo import ablation
from demo.zoo.ablation import Ablation, Trick
from demo.zoo.effects import LEGEND
from demo.zoo.seeds import check_seeds
from demo.zoo.zoo import Zoo

TAB = "Ablation"
NUMBERS = (4, 9, 16, 36)
"""Of images of each variant"""
WIDTH = 264
"""Pixels of a card"""
PLOTS = 4
"""Figures that are compared"""
NONE = "No variant of this data set stands beside the parent that it changes: nothing can be compared."
STYLE = """
.tricks { margin-top: .75rem; display: flex; flex-wrap: wrap; gap: 1.25rem; align-items: flex-start; }
.tricks article { width: 264px; max-width: 100%; }
.tricks img { display: block; margin: .25rem 0; image-rendering: pixelated; }
.tricks small { opacity: .75; display: block; line-height: 1.35; }
.tricks p { margin: .35rem 0; line-height: 1.4; }
.tricks .better { color: #4c51d6; }
.dark .tricks .better { color: #9aa0ff; }
.tricks .worse { color: #b93c04; }
.dark .tricks .worse { color: #ff9155; }
.tricks .unclear { opacity: .75; }
@media (max-width: 640px) { .tricks article { width: 100%; } }
"""


def cards(zoo: Zoo, found: Ablation, seeds: list[int]) -> str:
    """The family side by side, the parent first, as HTML."""
    made = zoo.samples(found.keys, seeds) if found.keys else {}
    parts = [_card(found.title, found.year, "the parent", _picture(zoo, found.key, made, seeds))]
    parts += [_card(t.title, t.year, "", _picture(zoo, t.key, made, seeds) + _told(found, t)) for t in found.tricks]
    return f'<div class="tricks">{"".join(parts)}</div>'


def _card(title: str, year: int | None, about: str, content: str) -> str:
    beside = " · ".join(str(part) for part in (year, about) if part)
    return f"<article><b>{html.escape(title)}</b> <small>{beside}</small>{content}</article>"


def _picture(zoo: Zoo, key: str | None, made: dict[str, np.ndarray], seeds: list[int]) -> str:
    if key not in made:
        return f"<small>{'Not in this zoo' if key is None else 'Its weights cannot be read'}: no pictures.</small>"
    columns, caption = math.isqrt(len(seeds)), zoo.caption(key, seeds)
    sheet = compose.sheet(made[key], columns, compose.scale_of(made[key].shape[1], WIDTH // columns))
    url = compose.data_url(compose.png(sheet), "png")
    about = html.escape(caption.partition(" · ")[2])
    return f'<img src="{url}" alt="{html.escape(caption)}"><small>{about}</small>'


def _told(found: Ablation, trick: Trick) -> str:
    """What a variant changes, and what that did."""
    marks = "<br>".join(f'<b class="{e.verdict}">{e.mark}</b> {html.escape(found.brief(e))}' for e in trick.effects)
    changed = html.escape("; ".join(trick.changes) or "no setting")
    return f"<p><b>Changes:</b> {changed}.</p><p>{marks}</p><p>{html.escape(trick.sentence)}</p>"


def _numbers(found: Ablation) -> gr.Dataframe:
    rows = found.numbers()
    headers = list(rows[0]) if rows else []
    return table(headers, [list(row.values()) for row in rows], ["str"] * len(headers))


def build(
    zoo: Zoo, now: gr.State, turn: gr.State, open_tab: gr.State, seed: Callable, share: Callable, links: Links, **quiet
) -> None:
    """The contents of the tab. now: the data set; turn: changes when the tab is to be drawn;
    seed: makes a control for a seed; share: shows the Python of a tab;
    links: binds its controls; quiet: settings of its events."""
    gr.Markdown(
        "A parent, and the variants that change one or a few of its settings: same data, same budget, same seeds. "
        "What is better or worse, and what cannot be told from chance?"
    )
    with gr.Row():
        parent = gr.Dropdown(label="Parent", info="The variant that the others change", visible=False, min_width=200)
        number = gr.Radio(NUMBERS, value=16, label="Images", min_width=200)
        first = seed("First seed", 0, number)
    family = gr.HTML()
    places = {}
    for source, title, about in (
        (
            "seeds",
            "Every training seed",
            "A dot is one training, the tick their mean; the band is where the parent moved.",
        ),
        ("zoo", "One training seed each", "A dot is the one training in the zoo, the line its parent."),
    ):
        with gr.Column(visible=False) as column:
            section(title, about)
            plots = []
            for _ in range(0, PLOTS, 2):
                with gr.Row():
                    for _ in range(2):
                        with gr.Column(min_width=300):
                            plots.append(plot())
        places[source] = column, plots
    with gr.Accordion("Every difference in numbers", open=False, visible=False) as counted:
        rows = frame("Differences")
    method = gr.HTML()

    def asked(data, name) -> Ablation | None:
        """None where nothing can be compared; the largest family where the one of before is of other data."""
        known = dict(ablation.families(zoo, data))
        return ablation.ablation(zoo, data, name if name in known else None) if known else None

    def read(data, tab, name, n, start):
        """Pictures and words."""
        if tab != TAB or data == "":
            return gr.skip()
        found = asked(data, name) if data else None
        if found is None:
            return {
                parent: gr.Dropdown(visible=False),
                family: words(NONE),
                method: "",
                counted: gr.Accordion(visible=False),
            }
        try:
            if start is None:
                raise ValueError("A seed is a whole number from 0.")
            at_most(len(found.keys) * n)
            shown = cards(zoo, found, check_seeds(range(start, start + n)))
        except ValueError as error:
            shown = refusal(error)
        compared = any(trick.effects for trick in found.tricks)
        return {
            parent: gr.Dropdown(
                [(title, variant) for variant, title in found.families],
                value=found.parent, visible=len(found.families) > 1,
            ),
            family: words(LEGEND if compared else "", *found.notes) + shown,
            counted: gr.Accordion(visible=compared),
            rows: _numbers(found),
            method: listed("When a difference counts:", found.method),
        }  # fmt: skip

    def draw(data, tab, name):
        """The charts, which come after the pictures: importing what draws them takes a second."""
        if tab != TAB or not data:
            return gr.skip()
        from demo.draw import charts

        found, made = asked(data, name), {}
        for source, (column, plots) in places.items():
            drawn = [spec(charts.ablation, found, source, c.name) for c in found.columns] if found else []
            drawn = [chart for chart in drawn if chart]
            made[column] = gr.Column(visible=bool(drawn))
            made |= {place: plot(chart) for place, chart in zip(plots, drawn + [None] * PLOTS, strict=False)}
        return made

    def in_python(_, name, n, start, data):
        found = asked(data, name) if data else None
        return snippets.samples(zoo, found.keys, check_seeds(range(start, start + n))) if found and found.keys else ""

    def parents(data):
        return [(title, name) for name, title in ablation.families(zoo, data)]

    links.bind("ablation", "parent_{data}", parent, parents, named=True)
    links.bind("ablation", "drawn", number)
    links.bind("ablation", "seed", first)
    share(TAB, in_python, [parent, number, first, now])

    quiet = {**quiet, "trigger_mode": "always_last"}
    seen = [turn.change, parent.input]
    texts = [parent, family, counted, rows, method]
    gr.on([*seen, number.input, first.change], read, [now, open_tab, parent, number, first], texts, **quiet)
    charted = [place for column, plots in places.values() for place in (column, *plots)]
    gr.on(seen, draw, [now, open_tab, parent], charted, **quiet)
