"""Pages that only tests open: one with every control and part there is, one to go to from it, one to try parts on."""

from __future__ import annotations

import html
import time

import altair as alt
import numpy as np

from demo.draw import compose
from demo.draw.charts import theme
from demo.page import (
    Button,
    Chart,
    Choice,
    Columns,
    Data,
    Download,
    Fold,
    Grid,
    Html,
    Number,
    Pad,
    Page,
    Picture,
    Pictures,
    Row,
    Scrubber,
    Seed,
    Several,
    Slider,
    Stage,
    State,
    Table,
    Text,
    Toggle,
    Variants,
    changing,
)  # fmt: skip
from demo.zoo import walks
from demo.zoo.seeds import read_seeds
from demo.zoo.walks import KeyFrame

CLOSER = "closer"
AXES = {
    "Images": "images",
    "Time": "share",
    "Multiply-adds": "macs",
    "Parameters": "size",
    "Epochs of the data": "epochs",
}
"""As buttons they are wider than a phone"""


def painted(picture: Picture | None) -> str:
    return f"{picture.size}, {np.count_nonzero(picture.array)} pixels" if picture else "empty"


def words(zoo, s: State) -> str:
    said = {
        "data": s.data, "seed": s.seed, "look": s.look, "psi": s.psi, "loop": s.loop, "keys": s.keys, "axis": s.axis,
        "moment": s.moment, "class": s["class"], "levels": s.levels, "variants": s.variants, "words": s.words,
        "sketch": painted(s.sketch), "hole": painted(s.hole),
    }  # fmt: skip
    items = "".join(f"<li>{name}: {html.escape(str(value))}</li>" for name, value in said.items())
    return f'<ul class="said">{items}</ul>'


def pictures(zoo, s: State) -> str:
    figures = []
    for key, p in zoo.samples(s.chosen, range(s.seed, s.seed + 4), None, s.psi).items():
        one, key = compose.sheet(p, 2), html.escape(key)
        image = f'<img src="{compose.data_url(compose.png(one), "png")}" width="{one.shape[1]}" alt="{key}">'
        figures.append(f"<figure>{image}<figcaption>{key}</figcaption></figure>")
    return f'<div class="sheets">{"".join(figures)}</div>'


def clicked(zoo, s: State, which: int, x: float, y: float) -> dict:
    return {"look": s.seed + 2 * int(2 * y) + int(2 * x)}


def closer(zoo, s: State) -> str:
    return f"<h2>Look closer</h2><p>Seed looked at: {'none' if s.look is None else s.look}</p>"


def film(zoo, s: State):
    return walks.through_keys(zoo, s.entries, [KeyFrame(s.seed), KeyFrame(s.seed + 1)], "slerp", s.loop)


def years(titles: list[str], years: list[int]) -> list[alt.LayerChart]:
    """Two charts of the same."""
    rows = theme.frame([{"variant": title, "year": year} for title, year in zip(titles, years, strict=True)])
    bars = alt.Chart(rows).mark_bar().encode(x=alt.X("year:Q", scale=alt.Scale(zero=False)), y="variant:N")
    return [theme.layered([bars], f"{name} of {', '.join(titles)}.", 120) for name in ("Years", "Years again")]


def chart(zoo, s: State) -> tuple:
    return years, [entry.title for entry in s.entries], [entry.recipe.year or 0 for entry in s.entries]


def table(zoo, s: State) -> Grid:
    rows = [[entry.title, (entry.recipe.year or 0, str(entry.recipe.year or "–"))] for entry in s.entries]
    return Grid(("Variant", "Year"), rows, tinted=(1,), help=("", "Of its paper"), alt="The variants and their years")


def picked(zoo, s: State, row: int) -> dict:
    return {"keys": s.entries[row].title}


def counted(zoo, s: State) -> str:
    return f"<p>Presses: {s.memory.get('presses', 0)}</p>"


def press(zoo, s: State) -> None:
    s.memory["presses"] = s.memory.get("presses", 0) + 1


def steps(zoo, s: State):
    for i in range(3):
        yield f"<p>Step {i + 1} of 3</p>"
        time.sleep(0.02)


def leads_on(zoo, s: State) -> str:
    query = {"data": [next(t for t, d in s.offers["data"].items() if d == s.data)], "seed": ["5"]}
    return f"<p>{changing('Go to the other page', query, 'other')} {changing('Seed 40', {'seed': ['40']})}</p>"


def refuses(zoo, s: State) -> str | None:
    if s.keys == "worse":
        return str(1 / 0)
    return f"<p>{len(read_seeds(s.keys, 4))} seeds</p>"


def film_file(zoo, s: State) -> bytes:
    return compose.png(np.zeros((8, 8), np.uint8))


def options(zoo, s: State) -> list[str]:
    return ["all", "zero", "one", "two"] if s.variants and s.data == "toys" else []


EVERY = Page(
    "every", "Every", "A page with **every** control and part.",
    Data(),
    Variants(),
    Row(
        Choice("axis", "Axis", "images", options=AXES, help="What lines up."),
        Seed(step=4),
        Number("look", "Seed to look at", None, help="Click a picture, or type a seed."),
        Choice("class", "Class", per_data=True, options=options),
    ),
    Row(
        Slider("psi", "Truncation", 1.0, most=1.5),
        Choice("moment", "Moment", 1, options=tuple(range(12)), way="slider"),
        Choice("words", "Words", options=tuple(f"a choice with many letters, number {i}" for i in range(9))),
        Several("levels", "Levels", options=("coarse", "middle", "fine")),
        Toggle("loop", "Loop"),
        Text("keys", "Keys", "0, 7", placeholder="3, 8"),
    ),
    Row(
        Pad("sketch", "Sketch", help="Draw a toy."),
        Fold(
            "The hole",
            Pad("hole", "Hole", mask=True, under=lambda zoo, s: s.values["sketch"] and s.values["sketch"].array),
        ),
    ),
    Row(
        Button("Press", press, primary=True, shortcut="ArrowLeft"),
        Button(lambda s: f"Seed {s.seed + 100}", lambda zoo, s: {"seed": s.seed + 100}),
        Button("Fails", lambda zoo, s: 1 / 0),
    ),
    Html(lambda zoo, s: f"<p>Sticky: seed {s.seed}</p>", sticky=True),
    Pictures(pictures, click=clicked, leads=CLOSER),
    Html(closer, anchor=CLOSER),
    Columns(Html(words), Html(counted)),
    Html(steps),
    Html(leads_on),
    Stage(lambda zoo, s: refuses(zoo, s) and None, hears=lambda zoo, s, said: None),
    Html(refuses),
    Html(refuses),
    Scrubber(film),
    Chart(chart, most=2, across=2),
    Table(table, pick=picked),
    Download(film_file, label="Download as PNG", name=lambda s: f"seed{s.seed}.png"),
    Fold(lambda s: f"More of seed {s.seed}", "Words of *ours*.", Html(lambda zoo, s: "<p>Inside the fold</p>")),
    python=lambda zoo, s: f"seed = {s.seed}\nkeys = {s.chosen!r}\n",
    icon="science",
    style=".sheets { display: flex; flex-wrap: wrap; gap: 1rem; } .sheets figure { margin: 0; }"
    ".sheets img { image-rendering: pixelated; max-width: 100%; }",
)  # fmt: skip

OTHER = Page(
    "other", "Other", "A page to go to.",
    Data(),
    Variants(),
    Row(Seed(), Choice("images", "Images", 4, options=(1, 4, 9))),
    Html(lambda zoo, s: f"<p>Other: {s.data}, seed {s.seed}, images {s.images}</p>"),
    Html(lambda zoo, s: f"<p>{changing('Back to every', {'seed': ['7']}, 'every')}</p>"),
    heading="The other page",
    reads=True,
)  # fmt: skip
PAGES = (EVERY, OTHER)


def page(*parts) -> Page:
    """A page with a control of every kind that a link can set, one that no link sets, and these parts."""
    return Page(
        "trial", "Trial", "",
        Data(), Variants(),
        Row(
            Seed(), Number("look", "Look", None), Slider("psi", "Truncation", 1.0, most=1.5), Toggle("loop", "Loop"),
            Text("keys", "Keys", "0, 7"),
            Choice("axis", "Axis", "images", options={"Images": "images", "Time": "share"}),
            Choice("class", "Class", per_data=True, options=lambda zoo, s: ["all", "a", "b"] if s.variants else []),
            Several("levels", "Levels", options=("coarse", "fine")),
            Choice("hidden", "Hidden", linked=False, options=(1, 2)),
        ),
        *parts,
    )  # fmt: skip
