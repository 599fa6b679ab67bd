"""Compare: any number of variants side by side, at the same seeds and labels, beside the real data."""

from __future__ import annotations

import contextlib
import html
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from demo.draw import compose, formula, inspected
from demo.page import (
    Choice,
    Data,
    Download,
    Fold,
    Html,
    Number,
    Page,
    Pictures,
    Row,
    Seed,
    State,
    Text,
    Toggle,
    Variants,
    shared,
    snippets,
)  # fmt: skip
from demo.page.answers import File, answer, keys_of, pictures
from demo.pages import common
from demo.zoo import correspondence, equal, inspection
from demo.zoo.entries import common_classes
from demo.zoo.seeds import check_seeds, read_seeds
from demo.zoo.words import IN_TURN, count
from gan_models.metrics.names import figure_text

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

NUMBERS = (1, 4, 9, 16, 36, 64)
CLOSER = "closer"
"""Anchor of the look closer"""
EQUAL = (
    "Each variant at {:,} images shown: the nearest moment in the film of its training, with the seeds that were "
    "recorded (0, 1, 2 and so on). The distance is {}; it cannot be compared with other numbers on this page."
)
STYLE = "img.same { max-width: 100%; height: auto; image-rendering: pixelated; }"
NOBODY = (
    "<p>Click a picture above, or type its seed. Each variant's picture of this seed is then shown enlarged, with "
    "the verdict of its own discriminator and the nearest training picture.</p>"
)
MOMENTS = (
    "<p>At an equal budget the pictures above are moments of the training, and no discriminator of those moments was "
    "kept. To look closer at pictures of the trained networks, switch “Equal budget” off.</p>"
)


def trained(s: State) -> bool:
    """Whether the trained networks draw; else the pictures are moments of their training."""
    return not s.equal


def seeds_of(s: State) -> list[int]:
    """The typed seeds, else `images` seeds from the first one on."""
    return read_seeds(s.seeds, NUMBERS[-1]) if s.seeds.strip() else check_seeds(range(s.seed, s.seed + s.images))


@shared
def budget(zoo: Zoo, s: State) -> equal.Budget:
    """The chosen variants at the same number of images."""
    made = equal.equal(zoo, s.chosen, s.budget)
    if not made.rows:
        raise ValueError(
            "None of these variants was measured while it was trained, so they cannot be shown at an equal budget."
        )
    return made


@shared
def at_budget(zoo: Zoo, s: State) -> tuple[list, list[str], list]:
    """As `drawn`, but from the films: what each variant drew when D had been shown that number of images."""
    found = equal.moments(zoo, [row.key for row in budget(zoo, s).rows], budget(zoo, s).images, s.images)
    entries = [entry for entry in s.entries if entry.key in found]
    if not entries:
        raise ValueError("None of these variants has a film of its training.")
    captions = [zoo.caption(e.key, range(len(found[e.key].pictures)), moment=found[e.key]) for e in entries]
    made, n = [found[entry.key].pictures for entry in entries], min(len(one.pictures) for one in found.values())
    real = zoo.real_samples(s.data, n)
    if real is None:
        return entries, captions, made
    return ["Real data", *entries], [zoo.real_caption(s.data), *captions], [real, *made]


@shared
def drawn(zoo: Zoo, s: State) -> tuple[list, list[str], list]:
    """Entries, captions and pictures [N, H, W, C]; the real data first."""
    if s.equal:
        return at_budget(zoo, s)
    seeds, label, entries = seeds_of(s), common.label_of(s), s.entries
    made = zoo.samples([entry.key for entry in entries], seeds, label, s.truncation)
    entries = [entry for entry in entries if entry.key in made]
    captions = [zoo.caption(entry.key, seeds, label, truncation=s.truncation) for entry in entries]
    classes = common_classes(entries)
    turn = [classes[seed % len(classes)] for seed in seeds] if classes and label is None else label
    real = zoo.real_samples(s.data, len(seeds), turn)
    real = zoo.real_samples(s.data, len(seeds)) if real is None else real  # these classes have no real pictures
    if real is None:
        return entries, captions, list(made.values())
    return ["Real data", *entries], [zoo.real_caption(s.data), *captions], [real, *made.values()]


def grids(zoo: Zoo, s: State, measured: dict[str, str] | None = None) -> str:
    """A card per variant. measured: figures of these pictures by key, if no trained network drew them."""
    entries, captions, made = drawn(zoo, s)
    columns = inspection.columns_of(len(made[0]))
    tile = compose.tile_pixels(len(made), columns)
    sheets = [compose.sheet(p, columns, compose.scale_of(p.shape[1], tile), clear=True) for p in made]
    return common.cards(zoo, entries, captions, sheets, measured)


def moments(zoo: Zoo, s: State) -> str:
    """The same at an equal budget: a card per film, with its distance at that moment."""
    found = budget(zoo, s)
    measured = {row.key: f"{found.distance.partition(',')[0]} {figure_text(row.distance)}" for row in found.rows}
    left = "".join(f"<p>{html.escape(f'{one.title}: {one.reason}.')}</p>" for one in found.missing)
    return f"<p>{html.escape(EQUAL.format(found.images, found.distance))}</p>{left}{grids(zoo, s, measured)}"


def poster(zoo: Zoo, s: State) -> bytes:
    """All of it as one picture, captions included."""
    _, captions, made = drawn(zoo, s)
    sheets = [compose.sheet(p, inspection.columns_of(len(p))) for p in made]
    return compose.png(compose.panel(captions, sheets, across=4))


def looked(zoo: Zoo, s: State, which: int, x: float, y: float) -> dict:
    """The seed whose picture was clicked."""
    seed = inspection.seed_at(seeds_of(s), x, y)
    return {} if seed is None else {"look": seed}


def closer(zoo: Zoo, s: State) -> str:
    """One seed of every variant, its discriminator's verdict and its neighbour."""
    if not trained(s):
        return MOMENTS
    if s.look is None:
        return NOBODY
    return inspected.cards(inspection.inspect(zoo, s.chosen, s.look, common.label_of(s), s.truncation).values())


def classes(zoo: Zoo, s: State) -> list[str]:
    names = common_classes(s.entries) if s.variants else []
    return [IN_TURN, *names] if names else []


def python(zoo: Zoo, s: State) -> str:
    if s.equal:
        there = [row.key for row in budget(zoo, s).rows]
        return snippets.equal(zoo, [key for key in s.chosen if key in there], budget(zoo, s).images, s.images)
    made = snippets.samples(zoo, s.chosen, seeds_of(s), common.label_of(s), s.truncation)
    look = "" if s.look is None else snippets.look(zoo, s.chosen, s.look, common.label_of(s), s.truncation)
    return f"{made}\n# Look closer at seed {s.look}\n{look}" if look else made


def name(s: State) -> str:
    """Of the picture that is downloaded."""
    return f"compare-{s.data}-{f'{s.budget}-images' if s.equal else f'seed{s.seed}'}.png"


def budgets(zoo: Zoo, s: State) -> dict[str, int]:
    """The numbers of images to choose from, if an equal budget is switched on."""
    keys = s.variants if s.equal else ()
    return {count(images): images for images in equal.equal(zoo, keys).choices} if keys else {}


def most_shared(zoo: Zoo, s: State) -> int | None:
    """The largest number of images that most variants share."""
    return equal.equal(zoo, s.variants).images if s.equal and s.variants else None


def correspond(zoo: Zoo, s: State) -> Iterator[str]:
    """The same seeds in several networks, and how often two of them agree on the class."""
    entries = correspondence.networks(zoo, s.data) if s.data else []
    made = zoo.samples([entry.key for entry in entries], range(correspondence.SHOWN)) if len(entries) > 1 else {}
    entries = [entry for entry in entries if entry.key in made]
    entries = [entry for entry in entries if made[entry.key].shape == made[entries[0].key].shape]  # in one picture
    if len(entries) < 2:
        return
    sheet = compose.sheet(
        np.stack([made[entry.key] for entry in entries]), correspondence.SHOWN,
        compose.scale_of(made[entries[0].key].shape[1], 56), row_names=[entry.title for entry in entries], clear=True,
    )  # fmt: skip
    names = ", ".join(entry.title for entry in entries)
    url = compose.data_url(compose.png(sheet), "png")
    alt = html.escape(f"Several networks · seeds 0 to {correspondence.SHOWN - 1} in columns, a row for each of {names}")
    shown = f'<p>{correspondence.WHY}</p><p><img class="same" src="{url}" alt="{alt}"></p>'
    shown += (
        f"<p><small>Seeds 0 to {correspondence.SHOWN - 1}, one column each: the same latent in every row.</small></p>"
    )
    yield shown
    with contextlib.suppress(ValueError):  # no extractor knows their classes
        yield shown + f"<p>{html.escape(correspondence.agreement(zoo, entries).sentence())}</p>"


@answer()
def samples(
    zoo: Zoo,
    variants: list[str],
    seeds: list[int],
    label: int | str | None = None,
    truncation: float = 1.0,
    separate: bool = False,
) -> list[dict]:
    """One sheet per variant, a picture per seed: the same latents go into every network.

    Parameters:
        variants: keys from the catalog.
        seeds: whole numbers from 0; at most 256 pictures in all.
        label: index or name of a class, for the conditional variants; null gives seed s the class s mod K.
        truncation: 0 to 2; below 1 pictures are more typical and less diverse. It multiplies the latent; in a
            style-based network it moves the style towards its mean.
        separate: each picture as a file of its own, pixel for pixel as the network made it.
    Returns:
        "variant", "caption", "picture" (PNG; with `separate` "pictures") of each; a damaged one is left out.
    """
    seeds = check_seeds(seeds)
    made = zoo.samples(keys_of(variants, len(seeds)), seeds, label, truncation)
    return [
        {
            "variant": key,
            "caption": zoo.caption(key, seeds, label, truncation=truncation),
            **pictures(key, p, separate),
        }
        for key, p in made.items()
    ]


@answer()
def inspect(
    zoo: Zoo, variants: list[str], seed: int, label: int | str | None = None, truncation: float = 1.0
) -> list[dict]:
    """One picture of each variant, what its own discriminator says of it, and the training picture nearest to it.

    Parameters:
        variants: keys from the catalog.
        seed: a whole number from 0.
        label: index or name of a class, for the conditional variants; null takes the class seed mod K.
        truncation: 0 to 2, see /samples.
    Returns:
        "variant", "caption", "picture" (PNG), "seed", "label" (name of the class, "" where there is none) of each.
        "score": null without a discriminator. "logit", higher is more real; "probability" of being real, null where
        the loss has none; "reading", what a logit means; "among_real", "among_generated": "percentile" among
        the scores of "n" test pictures or pictures of the variant, nine in ten of which lie from "low" to "high";
        "tells": share of pairs of a real and a generated picture that D gets right; "guess": [class, probability].
        "neighbour": null without training pictures. "picture" (PNG), "label", "distance" in the features of
        "extractor", "of" how many training pictures; "among_real" as above, of distances.
        "notes": a sentence on each thing that is missing.
    """

    def told(look: inspection.Look) -> dict:
        score, near, name = look.score, look.neighbour, look.key.replace("/", "-")
        return {
            "variant": look.key,
            "caption": look.caption,
            "picture": File(f"{name}.png", compose.png(look.picture)),
            "seed": look.seed,
            "label": look.label,
            "score": score and {k: v for k, v in asdict(score).items() if k not in ("real", "generated")},
            "neighbour": near and {**asdict(near), "picture": File(f"{name}-neighbour.png", compose.png(near.picture))},
            "notes": list(look.notes),
        }

    return [told(look) for look in inspection.inspect(zoo, keys_of(variants, 1), seed, label, truncation).values()]


PAGE = Page(
    "compare",
    "Compare",
    "Every network gets the same random numbers. The pictures differ because each network has learnt something else.",
    Data(),
    Variants(),
    Row(
        Choice("images", "Pictures", 16, options=NUMBERS),
        Seed(step=lambda s: s.images, when=trained),
        Toggle(
            "equal",
            "Equal budget",
            help="Each variant as it was when D had been shown the same number of real images.",
        ),
        Choice("budget", "Images shown", most_shared, per_data=True, options=budgets, way="menu"),
    ),
    Fold(
        "Seeds of your own, class, truncation",
        Row(
            Text(
                "seeds",
                "Seeds of your own",
                placeholder="3, 8, 100",
                help="Used instead of the first seed and the number of pictures.",
                when=trained,
            ),
            Choice(
                "class", "Class", per_data=True, options=classes, help="For conditional variants only.", when=trained
            ),
            common.truncation(when=trained),
        ),
    ),
    Pictures(grids, click=looked, leads=CLOSER, when=trained),
    Html(moments, when=lambda s: s.equal),
    Download(poster, label="Download as PNG", name=name),
    Html(lambda zoo, s: "<h2>Look closer</h2>", anchor=CLOSER),
    Row(Number("look", "Seed to look at", None, help="Click a picture above, or type a seed.", when=trained)),
    Html(closer),
    Fold("Why the same random numbers do not give the same picture", Html(correspond)),
    Html(common.about),
    python=python,
    answers=(samples, inspect),
    group="See",
    icon="grid_view",
    style=common.STYLE + formula.STYLE + inspected.STYLE + STYLE,
)
