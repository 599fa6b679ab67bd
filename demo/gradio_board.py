"""The leaderboard tab of the Gradio front end: tables, plots, the collapse view, training curves."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

from demo.draw import plots
from demo.gradio_links import Links
from demo.zoo import leaderboard
from demo.zoo.columns import Column
from demo.zoo.leaderboard import Leaderboard, Row
from demo.zoo.published import Published
from demo.zoo.words import dataset_title
from demo.zoo.zoo import Zoo

TAB, VIEW = "Leaderboard", "leaderboard"
COST = ("parameters", "images", "seconds")
"""Columns that are shown from the start, beside the main ones"""
SHORT = {"parameters": "parameters", "images": "images", "steps": "steps", "seconds": "time"}
"""Costs as the column of the Pareto fronts names them"""
TINT = "background-color: color-mix(in srgb, var(--background-fill-primary) 84%, rgb(128, 134, 160))"
"""Of the rows of anchors, on white and on near black; opaque, since columns scroll below the first one"""
NAMES, LETTER, AROUND, MENU = 172, 7.6, 22, 36
"""Pixels: width of the first column, of a letter, around a cell's text, of a title's menu"""
EMPTY = "There is no checkpoint here yet."
UNMEASURED = "No variant of this data set is measured yet: python -m train evaluate FOLDER measures one."
NO_CURVE = "No training curve of this variant was kept."
NO_SHARES = (
    "Which classes came and went during this training was not recorded: --eval-every 50k records it when one trains."
)
STYLE = """
.words { opacity: .8; font-size: .85rem; line-height: 1.45; overflow-wrap: anywhere; }
.words p { margin: .2rem 0 .4rem; }
.words ul { margin: 0 0 .4rem; padding-left: 1.2rem; list-style: disc; }
.words table, .words tr, .words td { border: 0 !important; padding: 0 1rem 0 0 !important; }
.words .cards { align-items: stretch; }
.words .cards > div { flex: 1 1 260px; max-width: 400px; }
.board { --font-mono: var(--font); font-variant-numeric: tabular-nums; }
.board .first-column { position: sticky !important; left: 0; z-index: 3;
  border-right: 1px solid var(--border-color-primary); }
.board .body-cell.first-column span { white-space: normal; line-height: 1.15; }
.board .body-cell { border-bottom: 1px solid var(--border-color-primary); }
.board .body-cell:not([style*="background"]) { background: var(--background-fill-primary); }
.board .header-cell .cell-menu-button { display: flex !important; }
.chart, .chart > div { border: 0 !important; background: none !important; padding: 0 !important; }
.chart .altair, .chart .altair > div { display: block !important; width: 100%; }
"""


# Tables: {"headers", "data", "metadata"}, numbers to sort by and texts to read ---------------------------------


def table(headers: Sequence[str], rows: Iterable[Sequence], kinds: Sequence[str], tinted: Iterable[int] = ()):
    """What a gr.Dataframe shows. rows: per column a text, or (number to sort by, text to read); kinds: "str" or
    "number" per column; tinted: numbers of rows that are set apart.
    """
    rows = [[cell if isinstance(cell, tuple) else (cell, cell) for cell in row] for row in rows]
    tinted = set(tinted)
    widths = [NAMES]
    for i, title in enumerate(headers[1:], 1):
        letters = max((len(row[i][1]) for row in rows), default=0)
        widths.append(round(max(len(title) * LETTER + MENU, letters * LETTER) + AROUND))
    value = {
        "headers": list(headers),
        "data": [[value for value, _ in row] for row in rows],
        "metadata": {
            "display_value": [[text for _, text in row] for row in rows],
            "styling": [[TINT if i in tinted else ""] * len(row) for i, row in enumerate(rows)],
        },
    }
    return gr.Dataframe(value, datatype=list(kinds), column_widths=[f"{w}px" for w in widths], visible=bool(rows))


def figures(found: Leaderboard, every: bool) -> gr.Dataframe:
    """Variants and anchors, best first; the fronts beside the distance. every: all columns, not just the main ones."""
    columns = [c for c in found.columns if every or c.main or c.name in COST]
    rows = sorted((*found.rows, *found.anchors), key=lambda row: row.values["fd"])
    cells = []
    for row in rows:
        measured = [(v := row.values[c.name], c.text(v, row.spreads.get(c.name))) for c in columns]
        cells.append([row.title, *measured[:1], on(found, row), *measured[1:]])
    kinds = ["str" if c.words else "number" for c in columns]
    titles = [heading(c) for c in columns]
    return table(
        ["Variant", *titles[:1], "Pareto front", *titles[1:]],
        cells,
        ["str", *kinds[:1], "str", *kinds[1:]],
        [i for i, row in enumerate(rows) if row.anchor],
    )


def heading(column: Column) -> str:
    """ "Rarest class (%) ↑"."""
    arrow = {"lower": " ↓", "higher": " ↑"}.get(column.better, "")
    return f"{column.title}{f' ({column.unit})' if column.unit else ''}{arrow}"


def on(found: Leaderboard, row: Row) -> str:
    """The costs on whose Pareto front a variant is."""
    return "anchor" if row.anchor else ", ".join(SHORT[c] for c, keys in found.fronts.items() if row.key in keys) or "–"


def gains(found: Leaderboard) -> gr.Dataframe:
    headers = "Variant", "Real images", "Generated", "Accuracy without (%)", "With (%)", "Gain (points) ↑"
    cells = [
        [
            f"{row.title}, of these images alone" if row.scratch else row.title,
            (row.real, f"{row.real:,}"),
            (row.generated, f"{row.generated:,}"),
            (row.without, f"{row.without:.1f}"),
            (row.with_generated, f"{row.with_generated:.1f}"),
            (row.gain, f"{row.gain:+z.1f} ± {row.spread:.1f}"),
            (row.generator_saw, "unknown" if row.generator_saw is None else f"{row.generator_saw:,}"),
        ]
        for row in found.augmentation
    ]
    return table([*headers, "Generator saw"], cells, ["str", *["number"] * 6])


# Words ------------------------------------------------------------------------------------------------------


def words(*paragraphs: str) -> str:
    """Plain sentences as HTML."""
    return f'<div class="words">{"".join(f"<p>{html.escape(text)}</p>" for text in paragraphs if text)}</div>'


def listed(title: str, items: Sequence[str]) -> str:
    made = "".join(f"<li>{html.escape(item)}</li>" for item in items)
    return f'<div class="words"><p>{html.escape(title)}</p><ul>{made}</ul></div>' if items else ""


def section(title: str, *paragraphs: str) -> None:
    gr.HTML(f"<h2>{title}</h2>{words(*paragraphs) if paragraphs else ''}")


def caption(found: Leaderboard) -> str:
    """Who measured, what, against what, how often."""
    if found.extractor is None:
        return UNMEASURED
    who, real = found.extractor, found.reference
    parts = [
        f"{found.column('fd').title} through {who['name']} {who['hash']}: n = {found.n:,} generated images per "
        f"sampling seed against {real['n']:,} {real['split']} images of {dataset_title(real['dataset'])} "
        f"({real['hash']})",
        seeds(found, "seeds", "sampling seed"),
        seeds(found, "training_seeds", "training seed"),
    ]
    text = (
        f"{', '.join(part for part in parts if part)}. ± is the standard deviation over the sampling seeds. "
        "↓ lower is better, ↑ higher is better; ⋮ in a title sorts."
    )
    if found.anchors:
        text += " Tinted rows are anchors: real images, sound or spoilt, measured as if they were generated."
    return text if found.rows else f"{text} {UNMEASURED}"


def seeds(found: Leaderboard, name: str, noun: str) -> str:
    """ "3 sampling seeds", "1 to 3 training seeds"; "" where nothing says."""
    known = sorted({row.values[name] for row in found.rows if row.values.get(name)})
    if not known:
        return ""
    return f"{' to '.join(str(n) for n in dict.fromkeys((known[0], known[-1])))} {noun}{'s' if known[-1] > 1 else ''}"


def meanings(columns: Sequence[Column]) -> str:
    items = "".join(f"<li><b>{html.escape(c.title)}</b>: {html.escape(c.help)}</li>" for c in columns)
    return f'<div class="words"><ul>{items}</ul></div>'


def theirs(found: Published) -> str:
    """Other people's figures as HTML: small tables, one per source and figure."""
    groups: dict[tuple, list[str]] = {}
    for row in found.rows:
        line = f"<tr><td>{html.escape(row.variant)}</td><td>{row.value:,g}</td></tr>"
        groups.setdefault((row.source, row.figure, row.protocol), []).append(line)
    made = "".join(
        f"<div><b>{html.escape(figure)}</b> · {html.escape(source)}<p>{html.escape(protocol)}</p>"
        f"<table>{''.join(lines)}</table></div>"
        for (source, figure, protocol), lines in groups.items()
    )
    return f'{words(found.sentence)}<div class="words"><div class="cards">{made}</div></div>'


def scores(found: Leaderboard) -> str:
    """The classification accuracy score of those that have one."""
    items = []
    for row in found.rows:
        mine, real = (
            (row.values.get(name), found.column(name).text(row.values[name], row.spreads.get(name)))
            if row.values.get(name) is not None else (None, "")
            for name in ("cas", "cas_real")
        )  # fmt: skip
        if mine[0] is not None:
            against = f"; trained on as many real ones, {real[1]} %" if real[0] is not None else ""
            items.append(f"{row.title}: {mine[1]} % of the real test images right{against}.")
    return listed("Classification accuracy score: a classifier trained on generated images alone.", items)


def caveat(found: Leaderboard) -> str:
    """What the generators behind the gains had seen."""
    saw = sorted({row.generator_saw for row in found.augmentation if row.generator_saw and not row.scratch})
    if not found.augmentation:
        return ""
    number = " to ".join(f"{n:,}" for n in dict.fromkeys((saw[0], saw[-1]))) if saw else "more"
    text = (
        "Gain: test accuracy of a classifier that gets generated images beside its few real ones, against the real "
        f"ones alone. The generator itself saw {number} labelled images, so this is no gain out of nothing."
    )
    if any(row.scratch for row in found.augmentation):
        text += ' Rows "of these images alone" use a generator that was trained on just those few.'
    return text


# The tab ----------------------------------------------------------------------------------------------------


def plot(chart: PlotData | None = None) -> gr.Plot:
    """A place for a chart, which brings its own width, colours and title; none without a chart."""
    return gr.Plot(chart, show_label=False, container=False, visible=bool(chart), elem_classes="chart")


def specs(make: Callable, *values: Any) -> tuple[PlotData, ...]:
    """What a function of demo.draw.charts draws from the values, for `plot`: no chart, one or several."""
    return plots.drawn(_sent, make, *values)


def spec(make: Callable, *values: Any) -> PlotData | None:
    """`specs` of what draws one chart or none."""
    return next(iter(specs(make, *values)), None)


def _sent(chart: dict) -> PlotData:
    """A chart as Gradio sends it. Its Vega-Lite, which is older than altair's, would warn of a version that makes no
    difference to these charts."""
    chart.pop("$schema", None)
    return PlotData(type="altair", plot=json.dumps(chart))


def frame(label: str) -> gr.Dataframe:
    """A place for a table."""
    return gr.Dataframe(interactive=False, visible=False, label=label, buttons=[], elem_classes="board")


def curves_of(zoo: Zoo, key: str | None) -> None:
    """The training curve of a checkpoint, in the place that asks."""
    from demo.draw import charts

    try:
        curve = leaderboard.curves(zoo, key)
    except ValueError as error:  # it has gone since
        gr.HTML(words(str(error)))
        return
    made, taken = specs(charts.curves, curve), spec(charts.shares_over_training, curve)
    for i in range(0, len(made), 2):
        with gr.Row():
            for one in made[i : i + 2]:
                with gr.Column(min_width=300):
                    plot(one)
    if taken:
        gr.HTML(words("Share of each class among its images, from the start to the end of the training."))
        plot(taken)
    gr.HTML(words("" if made else NO_CURVE, NO_SHARES if made and not taken else "", *curve.notes))


def build(zoo: Zoo, now: gr.State, turn: gr.State, open_tab: gr.State, links: Links, **quiet) -> None:
    """The contents of the tab. now: the data set; turn: changes when the tab is to be drawn;
    links: binds its controls; quiet: settings of its events."""
    with gr.Row():
        extractor = gr.Dropdown(label="Extractor", visible=False, scale=0, min_width=200)
        every = gr.Checkbox(label="All columns", visible=False, container=False, min_width=160)
    rows = frame("Variants, best first")
    about = gr.HTML()
    with gr.Accordion("What the figures mean, and what they can't tell", open=False, visible=False) as explained:
        meaning = gr.HTML()

    with gr.Column(visible=False) as compared:
        section(
            "Quality and what it costs",
            "Diamonds on the line are the Pareto front: no other variant is both better and cheaper. "
            "Dashed lines are the anchors.",
        )
        choices = [(title, name) for name, title in leaderboard.COSTS.items() if name != "parameters"]
        with gr.Row():
            with gr.Column(min_width=300):
                by_parameters = plot()
            with gr.Column(min_width=300):
                by_training = plot()
                cost = gr.Radio(choices, value=choices[0][1], label="Training cost", container=False)
                devices = gr.HTML()

    with gr.Column(visible=False) as collapsed:
        section(
            "Collapse: which classes come",
            "Share of each class among the generated images, in %. Orange comes too rarely, blue too often.",
        )
        classes, notes = plot(), gr.HTML()

    with gr.Column(visible=False) as trained:
        section("Over the training")
        together = plot()
        variant = gr.Dropdown(label="Variant", min_width=200)

        @gr.render(variant, [variant.change], show_progress="hidden")
        def over_training(key) -> None:
            curves_of(zoo, key)

    with gr.Column(visible=False) as worth:
        section("What the images are worth to a classifier")
        worth_words, worth_plot, worth_rows = gr.HTML(), plot(), frame("Gain")

    with gr.Column(visible=False) as published:
        section("Published figures: other people's measurements, another extractor")
        literature = gr.HTML()

    def asked(data, name):
        """Leaderboard and shares, of that extractor where it measured this data set."""
        found = leaderboard.leaderboard(zoo, data)
        name = name if name in found.extractors else None
        return leaderboard.leaderboard(zoo, data, name), leaderboard.shares(zoo, data, name)

    def read(data, tab, name, wide, key):
        """Tables and words, as the zoo is now."""
        if tab != TAB or data == "":
            return gr.skip()
        if data is None:
            return {about: words(EMPTY)}
        (found, shares), others = asked(data, name), published.published(data)
        entries = zoo.catalog().of(data)
        keys = [entry.key for entry in entries]
        best = found.rows[0].key if found.rows else next(iter(keys), None)
        score, missing = scores(found), [f"{one.title}: {one.reason}." for one in found.unmeasured]
        return {
            extractor: gr.Dropdown(
                list(found.extractors),
                value=found.extractor["name"] if found.extractors else None,
                visible=len(found.extractors) > 1,
            ),
            every: gr.Checkbox(visible=bool(found.columns)),
            rows: figures(found, wide),
            about: words(caption(found)) + listed("Without figures:", missing) + words(*found.notes),
            explained: gr.Accordion(visible=bool(found.columns)),
            meaning: meanings(found.columns),
            compared: gr.Column(visible=bool(found.rows)),
            collapsed: gr.Column(visible=bool(shares.rows)),
            notes: words(*(note for note in shares.notes if note not in missing)),
            trained: gr.Column(visible=bool(keys)),
            variant: gr.Dropdown([(e.title, e.key) for e in entries], value=key if key in keys else best),
            worth: gr.Column(visible=bool(score or found.augmentation)),
            worth_words: score + words(caveat(found)),
            worth_rows: gains(found),
            published: gr.Column(visible=bool(others.rows)),
            literature: theirs(others),
        }

    def draw(data, tab, name, against):
        """The charts, which come after the tables: importing what draws them takes a second."""
        if tab != TAB or not data:
            return gr.skip()
        from demo.draw import charts

        found, shares = asked(data, name)
        recorded = [c for c in (leaderboard.curves(zoo, e.key) for e in zoo.catalog().of(data)) if "fd" in c.columns]
        return {
            by_parameters: plot(spec(charts.quality, found)),
            by_training: plot(spec(charts.quality, found, against)),
            devices: words(one_device(found) if against == "seconds" else ""),
            classes: plot(spec(charts.collapse, shares)),
            together: plot(spec(charts.progress, recorded) if len(recorded) > 1 else None),
            worth_plot: plot(spec(charts.gain, found)),
        }

    measured = lambda data: [(name, name) for name in leaderboard.leaderboard(zoo, data).extractors]  # noqa: E731
    links.bind(VIEW, "extractor_{data}", extractor, measured)
    links.bind(VIEW, "all", every)
    links.bind(VIEW, "cost", cost)
    links.bind(
        VIEW, "curve_{data}", variant, lambda data: [(e.title, e.key) for e in zoo.catalog().of(data)], named=True
    )

    texts = [
        extractor, every, rows, about, explained, meaning, compared, collapsed, notes, trained, variant, worth,
        worth_words, worth_rows, published, literature,
    ]  # fmt: skip
    quiet = {**quiet, "trigger_mode": "always_last"}
    seen = [turn.change, extractor.input]
    gr.on([*seen, every.input], read, [now, open_tab, extractor, every, variant], texts, **quiet)
    drawn = [by_parameters, by_training, devices, classes, together, worth_plot]
    gr.on([*seen, cost.input], draw, [now, open_tab, extractor, cost], drawn, **quiet)


def one_device(found: Leaderboard) -> str:
    there = sorted({row.values["device"] for row in found.rows if row.values.get("device")})
    return f"Time compares only on one device. These were trained on: {'; '.join(there) or 'unknown'}."
