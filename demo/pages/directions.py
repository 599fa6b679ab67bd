"""Directions: moves in the latent space whose effects were measured, in every chosen variant at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from demo.draw import compose, figures, formula, rebuilt
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
    snippets_latent,
)  # fmt: skip
from demo.page.answers import LatentText, PictureText, answer, keys_of, pictures
from demo.pages import common, held, taken
from demo.zoo import rebuilding, steering, walks
from demo.zoo.checks import check_heard
from demo.zoo.entries import common_classes
from demo.zoo.rebuilding import EFFORTS, RESTARTS, Rebuilt
from demo.zoo.steering import AMOUNTS
from demo.zoo.walks import Walk
from demo.zoo.words import IN_TURN
from gan_models.found import read_held

if TYPE_CHECKING:
    import numpy as np

    from demo.zoo.entries import Entry
    from demo.zoo.zoo import Zoo

OF_CLASS = "For conditional variants only; the others draw any class."
HOW = (
    "A move along most directions of a latent space changes many things at once. `python -m train directions` tries "
    "candidates from the weights of G (SeFa), from the principal components of its styles or first features "
    "(GANSpace), and from boundaries between pictures that differ in a measure or a class (InterFaceGAN). It moves 256 "
    "latents along each candidate and measures the pictures. A direction is named after the measure or class that "
    "changed most, and dropped if nothing changed.\n\n"
    "**sd** is a standard deviation. The unit of the slider is the sd of random latents along the direction: nine in "
    "ten random latents lie between −1.6 and +1.6. The unit of an effect is the sd of the measure over random "
    "pictures: one random picture in six lies beyond +1 sd.\n\n"
    "**Entanglement** is the largest other effect divided by the intended effect: 0 if only the intended measure "
    "changes, 1 if another changes as much, above 1 if another changes more. All effects are means over many pictures; "
    "a single picture may change in another way."
)


SEEDS, PICTURE = "Seeds", "Your picture"


def own(s: State) -> bool:
    """Whether a picture of the visitor's is moved."""
    return s.start == PICTURE


def seeded(s: State) -> bool:
    return s.start == SEEDS


def seeds_of(s: State) -> range:
    return range(s.seed, s.seed + s.rows)


# A picture of one's own -------------------------------------------------------------------------------------


def search(zoo: Zoo, s: State) -> Iterator[tuple[list[Rebuilt], list[str]]]:
    """The picture in each variant that can do the effect; see `rebuilding.of_all`."""
    picture = taken.taken(zoo, s).picture
    entries = [way.entry for way in steering.ways(zoo, s.entries, effect_of(zoo, s)).values()]
    return rebuilding.of_all(zoo, entries, picture, label=common.label_of(s))


def starting(zoo: Zoo, s: State) -> Iterator[str]:
    """The picture as each variant rebuilds it: where the slider starts."""
    n = len(steering.ways(zoo, s.entries, effect_of(zoo, s)))
    yield taken.glance(zoo, s, [], 0, n)
    for made, refused in search(zoo, s):
        shown = [rebuilt.Shown(one.picture, f"{one.entry.title} {one.decibels:.1f} dB") for one in made]
        yield taken.glance(zoo, s, shown, len(made) + len(refused), n) + figures.words(*refused)


@shared
def starts(zoo: Zoo, s: State) -> list[Rebuilt]:
    return list(search(zoo, s))[-1][0]


def keys_from(zoo: Zoo, s: State) -> tuple[list[Entry], list, str | None, str | None]:
    """(variants, what is moved, the class it is told, what captions call it)."""
    if not own(s):
        return s.entries, list(seeds_of(s)), common.label_of(s), None
    made = starts(zoo, s)
    return [one.entry for one in made], [{one.entry.key: one.found for one in made}], None, "your picture"


# What is shown ----------------------------------------------------------------------------------------------


def effect_of(zoo: Zoo, s: State) -> str:
    """The chosen effect. A ValueError says why there is none."""
    if s.effect is None:
        raise ValueError(steering.none(zoo, s.entries))
    return s.effect


@shared
def walk(zoo: Zoo, s: State) -> Walk:
    name = effect_of(zoo, s)
    entries, keys, label, called = keys_from(zoo, s)
    return steering.walk(zoo, entries, name, keys, label, called)


@shared
def moved(zoo: Zoo, s: State) -> dict[str, np.ndarray]:
    """{key: uint8 [A, N, H, W, C]} of the strips."""
    name = effect_of(zoo, s)
    entries, keys, label, _ = keys_from(zoo, s)
    return steering.moved(zoo, entries, name, keys, AMOUNTS, label)


def captions(zoo: Zoo, s: State) -> list[str]:
    """Captions of the strips."""
    _, keys, label, called = keys_from(zoo, s)
    return [steering.caption(zoo, key, keys, label, called) for key in moved(zoo, s)]


def sheets(zoo: Zoo, s: State, clear: bool = False) -> list[np.ndarray]:
    """clear: for the screen, as in `compose.sheet`."""
    made = moved(zoo, s)
    pixels = 84 if len(made) == 1 else 56
    return [drawn.strip(one, [steering.stop(a) for a in AMOUNTS], pixels, clear) for one in made.values()]


def strips(zoo: Zoo, s: State) -> str:
    """The strip of each variant's direction, and what was measured of it."""
    name, entries = effect_of(zoo, s), s.entries
    made, found, cards = moved(zoo, s), steering.ways(zoo, entries, name), []
    for key, caption, sheet in zip(made, captions(zoo, s), sheets(zoo, s, clear=True), strict=True):
        way = found[key]
        alt = (
            f"{caption} · moved from {steering.stop(AMOUNTS[0])}, {way.effect.less}, to {steering.stop(AMOUNTS[-1])}, "
        )
        cards.append((way.entry.title, way.entry.recipe.year or None, alt + way.effect.more, sheet, way.words))
    said = figures.words(*steering.missing(zoo, entries, name))
    return f"<h2>What each variant's direction does</h2>{said}{drawn.cards(cards)}"


def file_name(s: State) -> str:
    return f"directions-{s.effect}-{'picture' if own(s) else f'seed{s.seed}'}.png"


def poster(zoo: Zoo, s: State) -> bytes:
    return compose.png(compose.panel(captions(zoo, s), sheets(zoo, s), across=2))


def effects(zoo: Zoo, s: State) -> dict[str, str]:
    """{title: name} of what at least one of the chosen variants can do."""
    return {one.title: one.name for one in steering.effects(zoo, s.entries)} if s.variants else {}


def classes(zoo: Zoo, s: State) -> list[str]:
    names = common_classes(s.entries) if s.variants else []
    return [IN_TURN, *names] if names else []


def titles(s: State) -> dict[str, str]:
    return {IN_TURN: "found by the search"} if own(s) else {}


def python(zoo: Zoo, s: State) -> str:
    if s.effect is None:
        return ""
    made, found = moved(zoo, s), steering.ways(zoo, s.entries, s.effect)
    places = {key: (found[key].place, found[key].sign) for key in made}
    label = common.label_of(s)
    if own(s):
        steps = EFFORTS["quick"][0]
        return snippets_latent.moved_picture(
            zoo, places, AMOUNTS, taken.python(zoo, s), steps, RESTARTS, rebuilding.SEEDS, label
        )
    return snippets.moved(zoo, made, places, seeds_of(s), AMOUNTS, label)


@answer()
def direction(
    zoo: Zoo,
    variants: list[str],
    effect: str,
    seeds: list[int | str] | None = None,
    amounts: list[float] | None = None,
    label: int | str | None = None,
    separate: bool = False,
    picture: PictureText | None = None,
    test: int | None = None,
    found: list[LatentText] | None = None,
) -> list[dict]:
    """Pictures moved along each variant's best direction for an effect: a column per amount, a row per seed. They start
    at seeds, or at the latent that is found for a picture.

    Parameters:
        variants: keys from the catalog.
        effect: a name out of the "effects" of /directions, such as "slant" or "class 3".
        seeds: whole numbers from 0; at most 256 pictures in all. "A" is the picture of that letter in `found`.
        amounts: from -10 to 10, in standard deviations of random latents along the direction; positive ones give more
            of the effect. null takes -3, -2 and so on up to 3.
        label: index or name of a class, for the conditional variants; null gives seed s the class s mod K, and searches
            for the class of a picture.
        separate: each picture as a file of its own, amount by amount, pixel for pixel as the network made it.
        picture: in place of seeds, a picture as in /rebuild, for which each variant then searches its latent.
        test: in place of seeds, the number of a test picture.
        found: latents that /rebuild found, as in /interpolate: "A:mnist/dcgan:z.AbCd".
    Returns:
        "variant", "caption", "name" (what was measured), "words" (the same in sentences), "picture" (PNG; with
        `separate` "pictures") of each. A variant without such a direction is left out.
    """
    amounts = list(AMOUNTS) if amounts is None else amounts
    if sum(one is not None for one in (seeds, picture, test)) != 1:
        raise ValueError("Give seeds, a picture, or the number of a test picture: one of the three.")
    if seeds is None and found is not None:
        raise ValueError("Latents in found belong to letters among the seeds: give these, or leave found out.")
    if seeds is None:
        entries = zoo.chosen(keys_of(variants, max(RESTARTS, len(amounts))))
        check_heard(entries, label)
        target = taken.asked(zoo, entries[0], picture, test)
        entries = [way.entry for way in steering.ways(zoo, entries, effect).values()]
        keys = [{e.key: rebuilding.rebuild(zoo, e.key, target, label=label).found for e in entries}]
        label, called = None, "a picture"
    else:
        entries = zoo.chosen(keys_of(variants, len(seeds) * len(amounts)))
        check_heard(entries, label)
        frames = held.frames_from(seeds)
        keys = walks.places(frames, read_held(found or ()))
        called = ", ".join(one.name for one in frames) if any(one.picture for one in frames) else None
    made, ways = steering.moved(zoo, entries, effect, keys, amounts, label), steering.ways(zoo, entries, effect)
    names = [steering.stop(a) for a in amounts]
    return [
        {
            "variant": key,
            "caption": steering.caption(zoo, key, keys, label, called),
            "name": ways[key].direction.name,
            "words": list(ways[key].words),
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
        the moved pictures; "entanglement", the second largest divided by the largest; "unchanged", the share of
        pictures that keep their class; "towards" and "shares", the class that grows, and its share before and after;
        null where there is none. "note": why there are none, else "".
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
    "Choose what should change, and move the slider. Each chosen variant moves its latents along its best direction "
    "for this change: much of it, and little else.",
    Data(),
    Variants(first=common.having("directions.json")),
    Choice(
        "start", "Start from", SEEDS, options=(SEEDS, PICTURE),
        help="Random latents, one for each seed; or the latent that each variant finds for a picture of yours.",
    ),
    taken.controls(starting, own),
    Row(
        Choice(
            "effect", "What changes", lambda zoo, s: steering.most_common(zoo, s.entries) if s.variants else None,
            per_data=True, options=effects, way="menu", help="What at least one of the chosen variants can change.",
        ),
        Slider("rows", "Seeds", 3, least=1, most=8, step=1, when=seeded),
        Seed(step=lambda s: s.rows, when=seeded),
    ),
    Fold(
        "Class",
        Row(Choice("class", "Class", per_data=True, options=classes, titles=titles, help=OF_CLASS)),
    ),
    Scrubber(walk),
    Html(strips),
    Download(
        poster, label="Download the strips as PNG", name=file_name,
        when=lambda s: s.effect is not None,
    ),
    Fold("How directions are found, and what the numbers mean", HOW),
    Html(common.about),
    python=python,
    answers=(direction, directions),
    icon="explore",
    group="Use",
    style=common.STYLE + drawn.STYLE + rebuilt.STYLE + formula.STYLE + figures.STYLE,
)  # fmt: skip
