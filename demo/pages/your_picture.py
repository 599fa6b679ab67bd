"""Your picture: every chosen variant rebuilds a picture that a visitor brings, and leads from it to another one."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from demo.draw import compose
from demo.draw import rebuilt as drawn
from demo.draw import walk as strips
from demo.page import (
    Choice,
    Data,
    Download,
    Fold,
    Html,
    Number,
    Pad,
    Page,
    Row,
    Scrubber,
    State,
    Text,
    Variants,
    changing,
    shared,
    snippets_latent,
)  # fmt: skip
from demo.page.answers import File, PictureText, answer, keys_of
from demo.pages import common, held, taken
from demo.zoo import rebuilding
from demo.zoo.checks import check_heard
from demo.zoo.rebuilding import EFFORTS, RESTARTS, Rebuilt
from demo.zoo.walks import Axis, Walk
from demo.zoo.words import dataset_title

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

STEPS = 24
"""Pictures of a morph after the first one"""
HOW = (
    "<p>A generator turns a latent into a picture, but not a picture into a latent. So a search is made for each "
    "variant: it starts from a first guess, compares the picture of this latent with yours, and changes the latent "
    "step by step until the two are as similar as possible. This generator cannot draw what is still missing at the "
    "end. The error is the PSNR in decibels (dB): higher is better. Above 30 dB the two are hard to tell apart."
)
LEGEND = drawn.legend("only in your picture", "only in the rebuilt one")


def how(zoo: Zoo, s: State) -> str:
    """How the search works, and what a decibel of this data set means where its pictures are at hand."""
    real = zoo.real(s.data) if s.data else None
    if real is None or len(real.pictures) < 2:
        return f"{HOW}</p>"
    pictures = real.pictures.astype(np.float32)
    off = ((pictures - np.roll(pictures, 1, 0)) ** 2).mean((1, 2, 3))
    decibels = np.median(10 * np.log10(255**2 / np.maximum(off, 1e-3)))
    return (
        f"{HOW} Two different test pictures of {html.escape(dataset_title(s.data))} have about {decibels:.0f} dB.</p>"
    )


def search(zoo: Zoo, s: State, picture: np.ndarray) -> Iterator[tuple[list[Rebuilt], list[str]]]:
    """See `rebuilding.of_all`."""
    return rebuilding.of_all(zoo, s.entries, picture, s.effort)


def found(zoo: Zoo, s: State, picture: np.ndarray | None = None) -> list[Rebuilt]:
    """All that could be rebuilt."""
    picture = taken.taken(zoo, s).picture if picture is None else picture
    return list(search(zoo, s, picture))[-1][0]


def glance(zoo: Zoo, s: State) -> Iterator[str]:
    """In small, as soon as it is there."""
    n = len(s.entries)
    yield taken.glance(zoo, s, [], 0, n)
    for made, refused in search(zoo, s, taken.taken(zoo, s).picture):
        shown = [drawn.Shown(one.picture, f"{one.entry.title} {one.decibels:.1f} dB") for one in made]
        yield taken.glance(zoo, s, shown, len(made) + len(refused), n)


def rebuilt(zoo: Zoo, s: State) -> Iterator[str]:
    """A card per variant as soon as it is there; what D says of each once all are."""
    picture, verdicts, n = taken.taken(zoo, s).picture, {}, len(s.entries)
    made, refused = [], []
    yield drawn.waits(0, n) or ""
    for made, refused in search(zoo, s, picture):
        yield cards(picture, made, refused, verdicts) + drawn.waits(len(made) + len(refused), n)
    for k, one in enumerate(made):
        verdicts[one.entry.key] = judged(zoo, one, picture)
        if k + 1 == len(made):
            yield cards(picture, made, refused, verdicts)


def judged(zoo: Zoo, one: Rebuilt, picture: np.ndarray) -> str:
    try:
        return rebuilding.verdict_words(*rebuilding.verdict(zoo, one, picture))
    except ValueError as error:
        return f"No verdict of its D: {error}"


def cards(picture: np.ndarray, made: list[Rebuilt], refused: list[str], verdicts: dict[str, str]) -> str:
    shown = [
        drawn.Card(
            one.entry.title,
            [
                drawn.Shown(one.picture, "rebuilt" + (f" as class {one.class_name}" if one.class_name else "")),
                drawn.Shown(drawn.difference(picture, one.picture, clear=True), "difference"),
            ],
            [took(one), verdicts.get(one.entry.key, "")],
            one.entry.recipe.year,
            f"{one.decibels:.1f} dB",
        )
        for one in made
    ]
    notes = "".join(f"<p>{html.escape(one)}</p>" for one in refused)
    return f"<h2>Rebuilt</h2>{LEGEND}{drawn.cards(shown)}{notes}" if made else notes


def took(one: Rebuilt) -> str:
    words = f"{one.path_steps[-1]} steps in {one.seconds:.1f} s"
    return f"{words}; stopped by the time limit." if one.stopped else f"{words}."


@shared
def path(zoo: Zoo, s: State) -> Walk:
    """The search of each variant, from the first guess to the end."""
    made = found(zoo, s)
    longest = max((one.path_steps for one in made), key=len)
    stops = tuple("first guess" if not step else f"after {step} steps" for step in longest)
    pictures = tuple(one.path[np.minimum(np.arange(len(stops)), len(one.path) - 1), None] for one in made)
    captions = tuple(f"{one.entry.title} · {one.decibels:.1f} dB at the end" for one in made)
    entries = tuple(one.entry for one in made)
    return Walk(entries, captions, pictures, (Axis("From the first guess to the end", stops, 1),), start=1.0)


# Into another one -------------------------------------------------------------------------------------------


@shared
def morph(zoo: Zoo, s: State) -> Walk:
    """From the picture to the second one, or to a seed."""
    first = found(zoo, s)
    if s.second is None:
        ends, name = [s.into] * len(first), f"seed {s.into}"
    else:
        second = {one.entry.key: one for one in found(zoo, s, taken.brought(s, s.second.array))}
        first = [one for one in first if one.entry.key in second]
        ends, name = [second[one.entry.key] for one in first], "the second picture"
    if not first:
        raise ValueError("No chosen variant could rebuild both pictures.")
    pictures = tuple(
        rebuilding.between(zoo, one, end, STEPS + 1)[:, None] for one, end in zip(first, ends, strict=True)
    )
    captions = tuple(
        " · ".join([one.entry.title, f"your picture to {name}", *([classes] if (classes := way(one, end)) else [])])
        for one, end in zip(first, ends, strict=True)
    )
    entries = tuple(one.entry for one in first)
    return Walk(entries, captions, pictures, (Axis("On the path", ("your picture", name), STEPS),))


def way(one: Rebuilt, end: Rebuilt | int) -> str:
    """The classes on the way; "" for an unconditional variant."""
    names = dict.fromkeys([one.class_name, one.class_name if isinstance(end, int) else end.class_name])
    return f"class {' to '.join(names)}" if one.class_name else ""


def morphs(zoo: Zoo, s: State) -> Iterator[str]:
    yield '<p class="waits" role="status">Drawing the path …</p>'
    made = morph(zoo, s)
    yield common.cards(zoo, made.entries, made.captions, strips.strips(made))


def key_frames(zoo: Zoo, s: State) -> str:
    """The way to Interpolate, with what was found as key frames."""
    pictures = [found(zoo, s)]
    if s.second is not None:
        pictures.append(found(zoo, s, taken.brought(s, s.second.array)))
    query, letters = held.handed(s, pictures, s.into)
    both = len(letters) > 1
    words = "Use both pictures as key frames" if both else "Use it as a key frame"
    letters = " and ".join(f"<b>{letter}</b>" for letter in letters)
    these = "are these pictures" if both else "is this picture"
    return (
        f"<p>{changing(words, query, 'interpolate', 'go')} On the page Interpolate {letters} {these}, among seeds and "
        "other pictures of yours. There the path can become a film, or a map between four pictures.</p>"
        f"<p>{changing('Move it along a direction', steered(s), 'directions', 'go')} The page Directions makes it "
        "bolder, more slanted, or another class, as far as each variant can.</p>"
    )


def steered(s: State) -> dict[str, list[str]]:
    """The query of Directions with the same picture."""
    names = [s.page.control(name) for name in ("drawing", "take", "centred")]
    same = {one.link(s): one.write(s[one.name], s.offers[one.name]) for one in names}
    return {**same, "start": ["Your picture"]}


# Latents ----------------------------------------------------------------------------------------------------


def latents(zoo: Zoo, s: State) -> str:
    """What was found, as links that hold it."""
    items = "".join(
        f"<li>{html.escape(one.entry.title)}: {changing('keep this latent in the link', kept_query(one))}</li>"
        for one in found(zoo, s)
    )
    return f"<p>A link with a latent draws its picture again without a search.</p><ul>{items}</ul>"


def kept_query(one: Rebuilt) -> dict[str, str]:
    return {"latent": f"{one.entry.key}:{one.text}"}


def from_latent(zoo: Zoo, s: State) -> str | None:
    """The picture of a latent that a link holds."""
    if not s.latent.strip():
        return None
    key, _, text = s.latent.strip().rpartition(":")
    picture, entry = rebuilding.draw_latent(zoo, key, text), zoo.entry(key)
    card = drawn.Card(entry.title, [drawn.Shown(picture, "drawn from the latent")], (), entry.recipe.year)
    return drawn.cards([card])


def file(zoo: Zoo, s: State) -> bytes:
    """All latents as JSON."""
    made = [
        {
            "variant": one.entry.key,
            "space": one.space,
            "label": one.class_name or None,
            "decibels": round(one.decibels, 2),
            "latent": [float(f"{x:.6g}") for x in one.latent],
            "text": one.text,
        }
        for one in found(zoo, s)
    ]
    return (json.dumps(made, indent=1) + "\n").encode()


def poster(zoo: Zoo, s: State) -> bytes:
    """The picture, and each rebuilt one beside what differs."""
    one, made = taken.taken(zoo, s), found(zoo, s)
    scale = compose.scale_of(len(one.picture), drawn.PIXELS)
    rows = [compose.sheet(one.picture[None], 1, scale)]
    for each in made:
        pair = [each.picture.repeat(3 // each.picture.shape[-1], -1), drawn.difference(one.picture, each.picture)]
        rows.append(compose.sheet(np.stack(pair), 2, scale))
    captions = [f"The picture · {one.words}", *(f"{each.entry.title} · {each.decibels:.1f} dB" for each in made)]
    return compose.png(compose.panel(captions, rows, across=3))


def python(zoo: Zoo, s: State) -> str:
    """Of the rebuilt pictures."""
    return snippets_latent.searched(
        zoo, s.chosen, taken.python(zoo, s), EFFORTS[s.effort][0], RESTARTS, rebuilding.SEEDS
    )


@answer()
def rebuild(
    zoo: Zoo,
    variants: list[str],
    picture: PictureText | None = None,
    test: int | None = None,
    label: int | str | None = None,
    thorough: bool = False,
) -> list[dict]:
    """Rebuild a picture: for each variant, the latent whose picture comes nearest to it.

    Parameters:
        variants: keys from the catalog, of one data set; at most 16.
        picture: a PNG, JPEG, WebP, BMP or GIF file as base64 or a data URL, of the size in pixels that the variants
            draw (28 for MNIST), white on black for digits and clothes.
        test: number of a test picture, in place of `picture`; for data sets that come with test pictures.
        label: its class, index or name, for the conditional variants; null searches for the class too.
        thorough: 150 steps of the search in place of 60.
    Returns:
        "variant", "picture" (PNG), "difference" (PNG, orange where yours is brighter, blue where the rebuilt one is),
        "decibels" (PSNR), "label" (the class that was found, null without classes), "space" ("z", or "w" for a
        style-based network), "latent" (numbers), "text" (the same for a link), "seconds", "stopped" (whether the time
        was up), "verdict" (what its D says, in words) of each.
    """
    entries = zoo.chosen(keys_of(variants, RESTARTS))
    check_heard(entries, label)
    given = taken.asked(zoo, entries[0], picture, test)
    effort, made = "thorough" if thorough else "quick", []
    for entry in entries:
        one, name = rebuilding.rebuild(zoo, entry.key, given, effort, label), entry.key.replace("/", "-")
        made.append(
            {
                "variant": entry.key,
                "picture": File(f"{name}.png", compose.png(one.picture)),
                "difference": File(f"{name}-difference.png", compose.png(drawn.difference(given, one.picture))),
                "decibels": one.decibels,
                "label": one.class_name or None,
                "space": one.space,
                "latent": one.latent.tolist(),
                "text": one.text,
                "seconds": one.seconds,
                "stopped": one.stopped,
                "verdict": judged(zoo, one, given),
            }
        )
    return made


PAGE = Page(
    "your_picture",
    "Your picture",
    "Draw or upload a picture, or take one that is offered: every chosen variant rebuilds it as well as it can.",
    Data(),
    Variants(first=taken.few),
    taken.controls(glance),
    Html(rebuilt),
    Fold(
        "How it is found, what dB means, a longer search",
        Html(how),
        Choice("effort", "Search", "quick", options=tuple(EFFORTS), help=taken.EFFORT_HELP),
    ),
    Scrubber(path),
    "## Your picture becomes another one\n"
    "The found latent is a key frame: from it, a straight path through the latent space leads to another one.",
    Fold(
        "Draw a second picture",
        Pad("second", "A second picture", help="Your picture then becomes this one: a 3 becomes an 8."),
    ),
    Row(
        Number(
            "into", "Or take the picture of seed", 0, random=100_000, when=lambda s: s.values["second"] is None,
            help="Each variant draws its picture of this seed, in the class of your picture.",
        ),
    ),
    Html(morphs),
    held.control(),
    Html(key_frames),
    Fold(
        "The found latents",
        Html(latents),
        Text("latent", "A latent from a link", placeholder="mnist/dcgan:z.AbCd"),
        Html(from_latent),
        Download(file, label="Download the latents as JSON", name=lambda s: f"latents-{s.data}.json"),
    ),
    Download(poster, label="Download as PNG", name=lambda s: f"your-picture-{s.data}.png"),
    python=python,
    answers=(rebuild,),
    icon="draw",
    group="Use",
    style=common.STYLE + drawn.STYLE,
)  # fmt: skip
