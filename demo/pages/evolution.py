"""Evolution: one slider moves all chosen variants through their training. Loads no model."""

from __future__ import annotations

import html
import io
import math
import zipfile
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from demo.draw import compose
from demo.draw.evolution import animation as animated
from demo.draw.smoothing import SMOOTHED
from demo.page import Chart, Choice, Data, Download, Html, Page, Row, Scrubber, State, Variants, shared, snippets
from demo.page.answers import File, answer, keys_of, pictures
from demo.pages import common
from demo.zoo import evolution as evolutions
from demo.zoo.evolution import AXES, Critics, Evolution, Moment
from demo.zoo.walks import Axis, Walk

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

NUMBERS = (4, 9, 16, 36)
"""Numbers of images of a variant"""
ROOM = 40_000_000
"""About how many pixel values are sent to the browser; if there are more, moments are left out"""
LINED_UP = (
    "“Images shown” compares the variants after the same number of real images. “Share of the training” compares the "
    "course of trainings of different lengths."
)


@shared
def evolution_of(zoo: Zoo, s: State) -> Evolution:
    return evolutions.evolution(zoo, s.chosen, s.axis, s.drawn)


@shared
def critics_of(zoo: Zoo, s: State) -> Critics:
    return evolutions.critics(zoo, [one.key for one in evolution_of(zoo, s).films])


def stops(made: Evolution) -> list[float]:
    """The positions at which the slider stops: as many as there is room for, the first and the last among them."""
    each = sum(one.pictures[0, : made.n].size for one in made.films)
    number = min(len(made.positions), max(12, ROOM // max(each, 1)))
    return [made.positions[round(k)] for k in np.linspace(0, len(made.positions) - 1, number)]


@shared
def training(zoo: Zoo, s: State) -> Walk:
    """All films in step, as a walk."""
    made = evolution_of(zoo, s)
    places = stops(made)
    columns = math.ceil(math.sqrt(made.n))
    moments = [made.at(place) for place in places]
    shown = [np.stack([at[i].pictures for at in moments]) for i in range(len(made.films))]
    captions = [zoo.caption(one.key, range(made.n), whole=one.total) for one in made.films]
    side = compose.tile_pixels(len(made.films), columns)
    axis = Axis(AXES[s.axis], tuple(made.text(place) for place in places), 1)
    entries = tuple(zoo.entry(one.key) for one in made.films)
    return Walk(entries, tuple(captions), tuple(shown), (axis,), columns=columns, side=side)


def position(zoo: Zoo, s: State) -> float:
    """Where the slider stands."""
    from demo.draw import scrubber

    made = evolution_of(zoo, s)
    places = stops(made)
    (at,) = scrubber.places(s[f"{s.axis}_at"], [[made.text(place) for place in places]]) or [0.5]
    return places[round(at * (len(places) - 1))]


def lined_up_by(axis: str) -> Scrubber:
    return Scrubber(training, at=f"{axis}_at", when=lambda s: s.axis == axis)


def problems(zoo: Zoo, s: State) -> str | None:
    """The variants without a film."""
    told = "".join(f"<p>{html.escape(one)}</p>" for one in evolution_of(zoo, s).problems)
    return f'<div class="notice">{told}</div>' if told else None


# What the losses tell ---------------------------------------------------------------------------------------


def heading(zoo: Zoo, s: State) -> str:
    return "<h2>What the losses tell</h2>" if critics_of(zoo, s).sentences or critics_of(zoo, s).watched else ""


def estimates(zoo: Zoo, s: State) -> tuple:
    from demo.draw import charts  # it imports altair, which takes a second in which the pictures stand already

    return charts.critics, critics_of(zoo, s).estimates, *_drawn(zoo, s)


def distances(zoo: Zoo, s: State) -> tuple:
    from demo.draw import charts

    return charts.progress, critics_of(zoo, s).watched, *_drawn(zoo, s)


def _drawn(zoo: Zoo, s: State) -> tuple[Any, ...]:
    """How both charts are drawn: the slider's place, the axis, and the colours of the variants."""
    made = evolution_of(zoo, s)
    titles = [one.title for one in made.films]
    until = None if s.axis == "share" else max(one.total for one in made.films)
    return position(zoo, s), made.totals, titles, until


def sentences(zoo: Zoo, s: State) -> str:
    found = critics_of(zoo, s)
    told = [*found.sentences, *([SMOOTHED] if found.estimates else [])]
    return "".join(f"<p><small>{html.escape(one)}</small></p>" for one in told)


# Files ------------------------------------------------------------------------------------------------------


def films(zoo: Zoo, s: State) -> bytes:
    """The films as they were recorded, with all their seeds, in one ZIP file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:  # WebP cannot be made smaller
        for one in evolution_of(zoo, s).films:
            packed.writestr(f"{one.key.replace('/', '-')}.webp", evolutions.film(zoo, one.key))
    return out.getvalue()


def python(zoo: Zoo, s: State) -> str:
    keys = [one.key for one in evolution_of(zoo, s).films]
    return snippets.evolution(zoo, keys, s.axis, s.drawn, position(zoo, s))


@answer()
def evolution(
    zoo: Zoo,
    variants: list[str],
    at: float | None = None,
    by: Literal["images", "share"] = "images",
    number: int = 16,
    animation: bool = False,
    separate: bool = False,
) -> dict:
    """The pictures of variants at one moment of their training, always of the same seeds. Read from recorded films.

    Parameters:
        variants: keys from the catalog.
        at: the moment, a number of images shown or a share from 0 to 1; null takes the end.
        by: what `at` is, and how trainings of different lengths are lined up.
        number: pictures of each, of the seeds 0 to number - 1; at most 256 in all. Where one of the films
            holds fewer, all variants have as many as it holds, and a note says so.
        animation: whether to make the GIF of all of them in step.
        separate: each picture as a file of its own, see /samples.
    Returns:
        "at", and "positions": the recorded moments at which a slider may stop.
        "variants": "variant", "caption", "picture" (PNG), "film" (WebP, the whole training as it was recorded).
        In each: "images" shown before the picture, out of "total"; "ended": true if `at` is later than its last one.
        In each: "estimate", the critic's estimate of the distance then, null if the loss estimates none.
        "animation": the GIF, or null.
        "notes": a sentence on fewer pictures than were asked for, on each variant without a film, and on what the
        losses tell.
    """
    found = evolutions.evolution(zoo, keys_of(variants, number), by, number)
    at = found.positions[-1] if at is None else at
    moments, critics = found.at(at), evolutions.critics(zoo, [one.key for one in found.films])
    known = {one.key: one for one in critics.estimates}
    fewer = f"{number} pictures of each were asked for, and there are {found.n}: the films hold no more."

    def told(m: Moment) -> dict:
        return {
            "variant": m.key,
            "caption": zoo.caption(m.key, range(found.n), moment=m),
            **pictures(m.key, m.pictures, separate),
            "film": File(f"{m.key.replace('/', '-')}.webp", evolutions.film(zoo, m.key)),
            "images": m.images,
            "total": m.total,
            "ended": m.ended,
            "estimate": known[m.key].at(m.images) if m.key in known else None,
        }

    return {
        "at": at,
        "positions": list(found.positions),
        "variants": [told(m) for m in moments],
        "animation": File("evolution.gif", animated(found)) if animation else None,
        "notes": [*([fewer] if found.n < number else []), *found.problems, *critics.sentences],
    }


PAGE = Page(
    "evolution",
    "Evolution",
    "How pictures improve while a network learns. One slider moves all chosen variants through their training, at the "
    "same seeds. A variant whose training is over keeps its last pictures.",
    Data(),
    Variants(),
    Row(
        Choice("axis", "Lined up by", "images", options={title: name for name, title in AXES.items()}, help=LINED_UP),
        Choice("drawn", "Pictures", 16, options=NUMBERS),
    ),
    Html(problems),
    *(lined_up_by(axis) for axis in AXES),
    Html(heading),
    Chart(estimates),
    Chart(distances),
    Html(sentences),
    Row(
        Download(
            lambda zoo, s: animated(evolution_of(zoo, s)),
            label="Download the animation as GIF",
            name=lambda s: f"evolution-{s.data}.gif",
        ),
        Download(films, label="Download the films as recorded (ZIP)", name=lambda s: f"films-{s.data}.zip"),
    ),
    Html(common.about),
    python=python,
    answers=(evolution,),
    group="See",
    icon="movie",
    reads=True,
    style=common.STYLE,
)
