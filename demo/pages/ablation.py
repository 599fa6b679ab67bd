"""Ablation: a parent and the variants that change it, side by side, and what each change did to the figures."""

from __future__ import annotations

import html
import math
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from demo.draw import compose, figures
from demo.page import (
    Chart,
    Choice,
    Data,
    Download,
    Fold,
    Grid,
    Html,
    Page,
    Row,
    Seed,
    State,
    Table,
    shared,
    snippets,
)
from demo.page.answers import answer, at_most
from demo.page.state import EMPTY
from demo.zoo import ablation as ablations
from demo.zoo import exports, recorded
from demo.zoo.ablation import Ablation, Trick
from demo.zoo.effects import LEGEND
from demo.zoo.recorded import Judged
from demo.zoo.seeds import check_seeds

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

NUMBERS = (4, 9, 16, 36)
"""Of images of each variant"""
WIDTH = 264
"""Pixels of a card: four beside each other on a laptop, one on a phone"""
NONE = (
    "This zoo has no variant of this data set together with its parent, the variant that it changes, so nothing can "
    "be compared."
)
HOW = "<code>python -m train repeat ablation</code> trains and records several seeds; docs/measuring.md says how."
STYLE = (
    figures.STYLE
    + """
.tricks { margin-top: .75rem; display: flex; flex-wrap: wrap; gap: 1.25rem; align-items: flex-start; }
.tricks article { width: 264px; max-width: 100%; }
.tricks img { display: block; margin: .25rem 0; image-rendering: pixelated; }
.tricks small { opacity: .75; display: block; line-height: 1.35; }
.tricks p { margin: .35rem 0; line-height: 1.4; }
.tricks .better { color: light-dark(#4c51d6, #9aa0ff); }
.tricks .worse { color: light-dark(#b93c04, #ff9155); }
.dark .tricks .better { color: #9aa0ff; }
.dark .tricks .worse { color: #ff9155; }
.tricks .unclear { opacity: .75; }
@media (max-width: 640px) { .tricks article { width: 100%; } }
"""
)
"""The colours of the marks, which say the same in words"""


@shared
def found(zoo: Zoo, s: State) -> Ablation:
    """ValueError where there is no family, or no checkpoint at all."""
    if not s.parent:
        raise ValueError(NONE if s.data else EMPTY)
    return ablations.ablation(zoo, s.data, s.parent)


def seeds_of(s: State) -> list[int]:
    return check_seeds(range(s.seed, s.seed + s.drawn))


@shared
def judged(zoo: Zoo, s: State) -> dict[str, Judged]:
    return recorded.judged(zoo, s.data)


def of_zoo(zoo: Zoo, s: State) -> list[str]:
    """Keys of the variants whose pictures the zoo's checkpoints draw: those whose judged trainings left none."""
    made = found(zoo, s)
    variants = {made.parent: made.key, **{trick.variant: trick.key for trick in made.tricks}}
    return [key for name, key in variants.items() if key and not _kept(zoo, s, name)]


def _kept(zoo: Zoo, s: State, variant: str) -> Judged | None:
    """The trainings of a variant that were judged, where there are pictures of them."""
    made, one = found(zoo, s), judged(zoo, s).get(variant)
    compared = [trick.variant for trick in made.tricks if trick.source == "seeds"]
    used = variant in compared or (variant == made.parent and compared)
    return one if one and one.pictures is not None and used else None


def cards(zoo: Zoo, s: State) -> str:
    """The family side by side, the parent first."""
    made, seeds, said = found(zoo, s), seeds_of(s), ""
    keys = of_zoo(zoo, s)
    at_most(len(keys) * len(seeds))
    try:
        drawn = zoo.samples(keys, seeds) if keys else {}
    except ValueError as error:  # no checkpoint can be read: the figures still can
        drawn, said = {}, str(error)

    def pictures(variant: str, key: str | None, source: str) -> str:
        if one := _kept(zoo, s, variant):
            return _runs(one, variant)
        return _picture(zoo, key, drawn, seeds) + _apart(zoo, s, variant, key if key in drawn else None, source)

    recorded = "seeds" if "seeds" in made.sources else ""
    parts = [_card(made.title, made.year, "the parent", pictures(made.parent, made.key, recorded))]
    parts += [_card(t.title, t.year, "", pictures(t.variant, t.key, t.source) + _told(made, t)) for t in made.tricks]
    compared = any(trick.effects for trick in made.tricks)
    chance = made.chance.sentence() if made.chance.comparisons else ""
    above = figures.words(said, LEGEND if compared else "", chance, *made.notes)
    return f'{above}<div class="tricks">{"".join(parts)}</div>'


def _card(title: str, year: int | None, about: str, content: str) -> str:
    beside = " · ".join(str(part) for part in (year, about) if part)
    return f"<article><b>{html.escape(title)}</b> <small>{beside}</small>{content}</article>"


def _runs(one: Judged, variant: str) -> str:
    """The pictures of the judged trainings, a row for each seed."""
    many = one.pictures.shape[1]
    sheet = compose.sheet(one.pictures, many, compose.scale_of(one.pictures.shape[2], WIDTH // many), clear=True)
    about = html.escape(f"The trainings that were judged: {one.words}, one row for each.")
    alt = html.escape(f"{variant} · {one.words}, one row for each")
    url = compose.data_url(compose.png(sheet), "png")
    return f'<img src="{url}" alt="{alt}"><small>{about}</small>'


def _apart(zoo: Zoo, s: State, variant: str, key: str | None, source: str) -> str:
    """A sentence that the pictures are not from the judged trainings, with both budgets."""
    one = judged(zoo, s).get(variant)
    if key is None or source != "seeds" or one is None:
        return ""
    images = zoo.facts(key)["images"]
    shown = f"a training of {images:,} images" if images is not None else "another training"
    return (
        f"<p><b>Other trainings were judged.</b> The pictures are from {shown}; the verdict is about {one.words}.</p>"
    )


def _picture(zoo: Zoo, key: str | None, made: dict[str, np.ndarray], seeds: list[int]) -> str:
    if key not in made:
        return f"<small>{'Not in this zoo' if key is None else 'Its weights cannot be read'}: no pictures.</small>"
    columns, caption = math.isqrt(len(seeds)), zoo.caption(key, seeds)
    sheet = compose.sheet(made[key], columns, compose.scale_of(made[key].shape[1], WIDTH // columns), clear=True)
    url = compose.data_url(compose.png(sheet), "png")
    about = html.escape(caption.partition(" · ")[2])
    return f'<img src="{url}" alt="{html.escape(caption)}"><small>{about}</small>'


def _told(made: Ablation, trick: Trick) -> str:
    """What a variant changes, and what that did."""
    marks = "<br>".join(f'<b class="{e.verdict}">{e.mark}</b> {html.escape(made.brief(e))}' for e in trick.effects)
    changed = html.escape("; ".join(trick.changes) or "no setting")
    return f"<p><b>Changes:</b> {changed}.</p><p>{marks}</p><p>{html.escape(trick.sentence)}</p>"


def above(source: str) -> Html:
    """The heading over the charts of one source of figures."""

    def made(zoo: Zoo, s: State) -> str | None:
        about = found(zoo, s).sources.get(source) if s.parent else None
        if about is None:
            return None
        if len(about.seeds) > 1:
            title = f"Every training seed: {len(about.seeds)} of each"
            said = (
                "Each dot is one training, and the tick is their mean. The band is the range of the parent over its "
                "seeds."
            )
        else:
            title = "One training seed each"
            said = (
                "The dot is the only training of a variant in the zoo, and the line is its parent. Another training "
                "seed would change both."
            )
        return f"<h2>{title}</h2><p>{said}</p>"

    return Html(made)


def plots(source: str) -> Chart:
    def made(zoo: Zoo, s: State) -> tuple | None:
        if not s.parent or source not in found(zoo, s).sources:
            return None
        from demo.draw import charts  # it imports altair: a second in which the cards stand already

        return charts.ablations, found(zoo, s), source

    return Chart(made, most=4, across=2)


def numbers(zoo: Zoo, s: State) -> Grid | None:
    """Every difference."""
    rows = found(zoo, s).numbers() if s.parent else []
    return (
        Grid(list(rows[0]), [list(row.values()) for row in rows], alt="Every difference in numbers") if rows else None
    )


def table(zoo: Zoo, s: State, kind: str) -> bytes:
    """Every difference of every family."""
    if not s.data:
        raise ValueError(EMPTY)
    return exports.table(zoo, s.data, "ablation", kind)


def method(zoo: Zoo, s: State) -> str | None:
    return figures.words(listed=found(zoo, s).method) if s.parent else None


def parents(zoo: Zoo, s: State) -> dict[str, str]:
    """{title: variant} of those that others change, the largest family first."""
    return {title: variant for variant, title in ablations.families(zoo, s.data)} if s.data else {}


def python(zoo: Zoo, s: State) -> str:
    """Of the pictures: those that the record kept, and those that the zoo draws."""
    keys = of_zoo(zoo, s)
    kept = any(_kept(zoo, s, name) for name in judged(zoo, s))
    return snippets.judged(zoo, s.data) if kept else snippets.samples(zoo, keys, seeds_of(s)) if keys else ""


@answer("read")
def ablation(zoo: Zoo, dataset: str, parent: str | None = None) -> dict:
    """How the figures of each variant differ from those of the parent that it changes. Reads recorded figures only.

    Parameters:
        dataset: a name from the catalog, such as "mnist".
        parent: a variant listed in "families", such as "dcgan"; null takes the largest family.
    Returns:
        "tricks": the variants. "changes": settings that differ from the parent's. "sentence": what was seen.
        "effects": by figure, values and differences at each training seed; "verdict": "better", "worse" or
        "unclear". With one seed, the verdict is only a hint.
        "sources": the parent's figures, from several trainings on record ("seeds") and from the zoo ("zoo").
        "chance": how many differences were tested, and how many of them would pass the test by chance alone.
        "columns": "name", "title", "unit", "better" of each figure. "families": variant and title of each parent.
        "method": when a difference counts. "notes": a sentence on each thing that is damaged or left out.
    """
    return asdict(ablations.ablation(zoo, dataset, parent))


PAGE = Page(
    "ablation",
    "Ablation",
    "What does each trick do? A parent is compared with the variants that change one or a few of its settings, with "
    "the same data, the same number of training images and the same seeds. You see which figures get better or "
    "worse, and which differences cannot be distinguished from chance.",
    Data(),
    Row(
        Choice("parent", "Parent", per_data=True, options=parents, help="The variant that the others change."),
        Choice("drawn", "Pictures", 16, options=NUMBERS),
        Seed(step=lambda s: s.drawn),
    ),
    Html(cards),
    above("seeds"),
    plots("seeds"),
    above("zoo"),
    plots("zoo"),
    Fold("Every difference in numbers", Table(numbers)),
    Fold("When a difference counts", Html(method)),
    Row(
        Download(
            lambda zoo, s: table(zoo, s, "csv"), label="All families as CSV", name=lambda s: f"ablation-{s.data}.csv"
        ),
        Download(lambda zoo, s: table(zoo, s, "json"), label="as JSON", name=lambda s: f"ablation-{s.data}.json"),
    ),
    Html(lambda zoo, s: f'<p class="figures">{HOW}</p>'),
    python=python,
    answers=(ablation,),
    group="Measure",
    icon="science",
    style=STYLE,
)
