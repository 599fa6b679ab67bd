"""Directions: moves in the latent space that do something that was measured, in every chosen variant at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.draw import compose, figures, formula
from demo.draw import steering as drawn
from demo.page import (
    Choice,
    Data,
    Download,
    Fold,
    Html,
    Page,
    Row,
    Scrubber,
    Seed,
    Slider,
    State,
    Variants,
    shared,
    snippets,
)  # fmt: skip
from demo.page.answers import answer, keys_of, pictures
from demo.pages import common
from demo.zoo import steering
from demo.zoo.entries import common_classes
from demo.zoo.seeds import check_seeds
from demo.zoo.steering import AMOUNTS
from demo.zoo.walks import Walk
from demo.zoo.words import IN_TURN

if TYPE_CHECKING:
    import numpy as np

    from demo.zoo.zoo import Zoo

OF_CLASS = "For conditional variants only; the others draw any class."
HOW = (
    "A move along most directions of a latent space changes many things at once. `python -m train directions` tries "
    "candidates from the weights of G (SeFa), from the principal components of its styles or first features "
    "(GANSpace), and from boundaries between pictures that differ in a measure or a class (InterFaceGAN). It moves 256 "
    "latents along each and measures their pictures. A direction is named by what changed most, and dropped where "
    "nothing did.\n\n"
    "**sd** is a standard deviation. The slider counts in those of random latents along the direction: nine in ten "
    "random latents lie between −1.6 and +1.6. An effect counts in those of the measure over random pictures: one "
    "random picture in six lies beyond +1 sd.\n\n"
    "**Entanglement** is the largest other effect over the one that is meant: 0 where one thing changes alone, 1 "
    "where another changes as much. What a direction does is a mean over many pictures; to one of them it may do "
    "something else."
)


def seeds_of(s: State) -> range:
    return range(s.seed, s.seed + s.rows)


def effect_of(zoo: Zoo, s: State) -> str:
    """The chosen effect. A ValueError says why there is none."""
    if s.effect is None:
        raise ValueError(steering.none(zoo, s.entries))
    return s.effect


@shared
def walk(zoo: Zoo, s: State) -> Walk:
    return steering.walk(zoo, s.entries, effect_of(zoo, s), seeds_of(s), common.label_of(s))


@shared
def moved(zoo: Zoo, s: State) -> dict[str, np.ndarray]:
    """{key: uint8 [A, N, H, W, C]} of the strips."""
    return steering.moved(zoo, s.entries, effect_of(zoo, s), seeds_of(s), AMOUNTS, common.label_of(s))


def sheets(zoo: Zoo, s: State, clear: bool = False) -> list[np.ndarray]:
    """clear: for the screen, as `compose.sheet` has it."""
    made = moved(zoo, s)
    pixels = 84 if len(made) == 1 else 56
    return [drawn.strip(one, [steering.stop(a) for a in AMOUNTS], pixels, clear) for one in made.values()]


def strips(zoo: Zoo, s: State) -> str:
    """The strip of each variant's direction, and what was measured of it."""
    name, entries = effect_of(zoo, s), s.entries
    made, found, cards = moved(zoo, s), steering.ways(zoo, entries, name), []
    for key, sheet in zip(made, sheets(zoo, s, clear=True), strict=True):
        way = found[key]
        alt = f"{zoo.caption(key, seeds_of(s), common.label_of(s))} · moved from {steering.stop(AMOUNTS[0])}, "
        alt += f"{way.effect.less}, to {steering.stop(AMOUNTS[-1])}, {way.effect.more}"
        cards.append((way.entry.title, way.entry.recipe.year or None, alt, sheet, way.words))
    said = figures.words(*steering.missing(zoo, entries, name))
    return f"<h2>What each variant's direction does</h2>{said}{drawn.cards(cards)}"


def poster(zoo: Zoo, s: State) -> bytes:
    captions = [zoo.caption(key, seeds_of(s), common.label_of(s)) for key in moved(zoo, s)]
    return compose.png(compose.panel(captions, sheets(zoo, s), across=2))


def effects(zoo: Zoo, s: State) -> dict[str, str]:
    """{title: name} of what at least one of the chosen variants can do."""
    return {one.title: one.name for one in steering.effects(zoo, s.entries)} if s.variants else {}


def classes(zoo: Zoo, s: State) -> list[str]:
    names = common_classes(s.entries) if s.variants else []
    return [IN_TURN, *names] if names else []


def python(zoo: Zoo, s: State) -> str:
    if s.effect is None:
        return ""
    places = {key: (way.place, way.sign) for key, way in steering.ways(zoo, s.entries, s.effect).items()}
    return snippets.moved(zoo, moved(zoo, s), places, seeds_of(s), AMOUNTS, common.label_of(s))


@answer()
def direction(
    zoo: Zoo,
    variants: list[str],
    effect: str,
    seeds: list[int],
    amounts: list[float] | None = None,
    label: int | str | None = None,
    separate: bool = False,
) -> list[dict]:
    """Pictures of seeds moved along each variant's best direction for an effect: a column per amount, a row per seed.

    Parameters:
        variants: keys from the catalog.
        effect: a name out of the "effects" of /directions, such as "slant" or "class 3".
        seeds: whole numbers from 0; at most 256 pictures in all.
        amounts: from -10 to 10, in standard deviations of random latents along the direction; positive ones give more
            of the effect. null takes -3, -2 and so on up to 3.
        label: index or name of a class, for the conditional variants; null gives seed s the class s mod K.
        separate: each picture as a file of its own, amount by amount, pixel for pixel as the network made it.
    Returns:
        "variant", "caption", "name" (what was measured), "words" (the same in sentences), "picture" (PNG; with
        `separate` "pictures") of each. A variant without such a direction is left out.
    """
    seeds, amounts = check_seeds(seeds), list(AMOUNTS) if amounts is None else amounts
    entries = zoo.chosen(keys_of(variants, len(seeds) * len(amounts)))
    made, found = steering.moved(zoo, entries, effect, seeds, amounts, label), steering.ways(zoo, entries, effect)
    names = [steering.stop(a) for a in amounts]
    return [
        {
            "variant": key,
            "caption": zoo.caption(key, seeds, label),
            "name": found[key].direction.name,
            "words": list(found[key].words),
            **pictures(key, one, separate, sheet=lambda one=one: drawn.strip(one, names)),
        }
        for key, one in made.items()
    ]


@answer("read")
def directions(zoo: Zoo, variants: list[str]) -> list[dict]:
    """The directions of each variant's latent space, and what a move along each was measured to do.

    Parameters:
        variants: keys from the catalog.
    Returns:
        "variant" of each. "effects": names that /direction takes for it. "directions": "place" in directions.json,
        "name", "method" ("sefa", "pca", "boundary"), "space" ("z" or "w"); "effects", the mean change of each measure
        by a move of two standard deviations, in standard deviations over random pictures; "spread" of the largest over
        pictures; "entanglement", the second largest over the largest; "unchanged", the share of pictures that keep
        their class; "towards" and "shares", the class that grows, and its share before and after; null where
        there is none. "note": why there are none, else "".
    """
    told = []
    for entry in zoo.chosen(variants):
        one = steering.known(zoo, entry.key)
        rows = [
            {"place": i, **{k: v for k, v in d.to_json().items() if k != "vector"}}
            for i, d in enumerate(one.directions)
        ]
        note = f"{entry.title} {one.problem}." if one.problem else ""
        names = [effect.name for effect in steering.effects(zoo, [entry])]
        told.append({"variant": entry.key, "effects": names, "directions": rows, "note": note})
    return told


PAGE = Page(
    "directions",
    "Directions",
    "Choose what should change, and move the slider. Each chosen variant moves its latents along the direction that "
    "was measured to change it best.",
    Data(),
    Variants(first=common.having("directions.json")),
    Row(
        Choice(
            "effect", "What changes", lambda zoo, s: steering.most_common(zoo, s.entries) if s.variants else None,
            per_data=True, options=effects, way="menu", help="What at least one of the chosen variants can change.",
        ),
        Slider("rows", "Seeds", 3, least=1, most=8, step=1),
        Seed(step=lambda s: s.rows),
    ),
    Fold(
        "Class",
        Row(Choice("class", "Class", per_data=True, options=classes, help=OF_CLASS)),
    ),
    Scrubber(walk),
    Html(strips),
    Download(
        poster, label="Download the strips as PNG", name=lambda s: f"directions-{s.effect}-seed{s.seed}.png",
        when=lambda s: s.effect is not None,
    ),
    Fold("How directions are found, and what the numbers mean", HOW),
    Html(common.about),
    python=python,
    answers=(direction, directions),
    icon="explore",
    group="Use",
    style=common.STYLE + drawn.STYLE + formula.STYLE + figures.STYLE,
)  # fmt: skip
