"""Restore: a picture is damaged, and every chosen variant fills in what is missing, beside methods without a GAN."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from demo.draw import compose
from demo.draw import rebuilt as drawn
from demo.page import (
    Choice,
    Data,
    Download,
    Fold,
    Html,
    Pad,
    Page,
    Picture,
    Row,
    Slider,
    State,
    Variants,
    snippets_latent,
)
from demo.page.answers import File, PictureText, answer, keys_of, picture_of
from demo.pages import common, taken
from demo.zoo import rebuilding, restoring
from demo.zoo.checks import check_heard
from demo.zoo.entries import common_classes
from demo.zoo.rebuilding import EFFORTS, RESTARTS
from demo.zoo.restoring import Answer, Damage
from demo.zoo.words import percent
from gan_models.folder import CheckpointError
from gan_models.pictures import sides

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

SEARCHED = "found by the search"
HOW = (
    "<p>A generator has learnt which pictures are likely. So for each variant a search finds the latent whose "
    "picture, damaged in the same way, is nearest to the damaged picture. If much is lost, several pictures fit: the "
    "others are shown as well, and none of them has to be the truth. The error is the PSNR in decibels (dB) against "
    "the truth: higher is better.</p><p>The plain methods use no GAN. The mean picture and the nearest picture come "
    "from the training set; around a hole, the known pixels of your picture are put back.</p>"
)


# What is chosen ---------------------------------------------------------------------------------------------


def size_of(zoo: Zoo, s: State) -> tuple[int, int]:
    """(size, channels) of the pictures: those of the first chosen variant."""
    entries = [e for e in s.catalog.of(s.values["data"]) if e.key in (s.values["variants"] or ())]
    return (entries[0].recipe.size, entries[0].recipe.channels) if entries else (28, 1)


def kinds(zoo: Zoo, s: State) -> list[str]:
    """Operators that fit the pictures, in the registry's order."""
    if not s.values["variants"]:
        return []
    return list(restoring.operators(*size_of(zoo, s)))


def titles(s: State) -> dict[str, str]:
    from gan_models.latent.operators import OPERATORS

    return {name: OPERATORS[name].word for name in s.offers["damage"] or ()}


def asks(name: str):
    """Whether the operator that is chosen takes a setting."""
    return lambda s: bool(s.values.get("damage")) and name in restoring.takes(s.values["damage"])


def under(zoo: Zoo, s: State) -> np.ndarray:
    return taken.taken(zoo, s).picture


def harm(zoo: Zoo, s: State) -> Damage:
    """The picture, damaged as it is chosen."""
    picture = taken.taken(zoo, s).picture
    if not s.damage:
        _ = s.chosen  # says what is wrong
    settings: dict[str, Any] = {}
    if asks("factor")(s):
        settings["factor"] = s.factor
    if asks("sigma")(s):
        settings["sigma"] = s.sigma
    hole = s.hole.array[..., 0] > 0 if asks("known")(s) and s.hole else None
    return restoring.damage(picture, s.damage, hole, **settings)


def label_of(s: State) -> str | None:
    return None if s.told in (SEARCHED, None) else s.told


def classes(zoo: Zoo, s: State) -> list[str]:
    names = common_classes(s.entries) if s.values["variants"] else []
    return [SEARCHED, *names] if names else []


# Parts ------------------------------------------------------------------------------------------------------


def before(zoo: Zoo, s: State) -> str:
    """The truth, what is left of it, and what plain methods make of that."""
    made, one = harm(zoo, s), taken.taken(zoo, s)
    true = restoring.seen(zoo, s.data, made.truth)
    words = [f"The classifier of this data set sees {true}."] if true else []
    cards = [
        drawn.Card("The truth", [drawn.Shown(one.picture, one.words)], words),
        drawn.Card("The damaged picture", [drawn.Shown(made.seen, left_words(made))]),
        *(card(answer, true) for answer in restoring.plain(zoo, s.data, made)),
    ]
    return f"<h2>Without a GAN</h2>{drawn.cards(cards)}"


def left_words(made: Damage) -> str:
    (height, width), hole = made.seen.shape[:2], made.hole
    if hole is not None:
        return f"{percent(hole.mean())} of the pixels are missing"
    if made.operator.sigma:
        return f"noise of standard deviation {made.operator.sigma:g}"
    return sides(height, width) + (", grey" if made.seen.shape[2] < made.truth.shape[2] else "")


def card(one: Answer, true: str) -> drawn.Card:
    """true: the class that the classifier sees in the truth; "" where there is no classifier."""
    names, words = ["best fit", "second", "third", "fourth"] if len(one.pictures) > 1 else ["restored"], []
    if one.in_hole is not None:
        words.append(f"{one.in_hole:.1f} dB in the hole.")
    if true:
        words.append(f"The classifier sees {one.seen}: {'right' if one.seen == true else f'wrong, it was {true}'}.")
    if one.label:
        words.append(f"Found with class {one.label}.")
    if one.entry:
        words.append(f"{one.seconds:.1f} s{'; stopped by the time limit' if one.stopped else ''}.")
    return drawn.Card(
        one.title,
        [drawn.Shown(picture, name) for picture, name in zip(one.pictures, names, strict=False)],
        [" ".join(words)],
        one.entry.recipe.year if one.entry else None,
        f"{one.decibels:.1f} dB",
    )


def answers(zoo: Zoo, s: State, made: Damage) -> Iterator[tuple[list[Answer], list[str]]]:
    """(what was restored so far, a sentence on each variant that cannot), after each variant."""
    label, done, refused = label_of(s), [], []
    damaged: list[Exception] = []
    for entry in s.entries:
        try:
            told = label if label in entry.classes else None
            done.append(restoring.restore(zoo, entry.key, made, s.effort, told))
        except CheckpointError as error:  # the notice above says so
            damaged.append(error)
        except ValueError as error:
            refused.append(str(error))
        yield done, refused
    if not done:
        raise ValueError(refused[0]) if refused else damaged[0]


def glance(zoo: Zoo, s: State) -> Iterator[str]:
    """In small, as soon as it is there: what is left, and what each variant makes of it."""
    made, n = harm(zoo, s), len(s.entries)
    left = drawn.Shown(made.seen, "what is left")
    yield taken.glance(zoo, s, [left], 0, n)
    for k, (done, _) in enumerate(answers(zoo, s, made), 1):
        shown = [drawn.Shown(one.pictures[0], f"{one.title} {one.decibels:.1f} dB") for one in done]
        yield taken.glance(zoo, s, [left, *shown], k, n)


def restored(zoo: Zoo, s: State) -> Iterator[str]:
    """A card per variant, as soon as it is there."""
    made, n = harm(zoo, s), len(s.entries)
    true = restoring.seen(zoo, s.data, made.truth)
    yield drawn.waits(0, n)
    for k, (done, refused) in enumerate(answers(zoo, s, made), 1):
        cards = drawn.cards(card(one, true) for one in done)
        notes = "".join(f"<p>{html.escape(one)}</p>" for one in refused)
        title = "<h2>By the GANs</h2>" if done else ""
        yield f"{title}{cards}{notes}{drawn.waits(k, n)}"


def poster(zoo: Zoo, s: State) -> bytes:
    """All of it as one picture."""
    made = harm(zoo, s)
    answers = restoring.plain(zoo, s.data, made)
    for entry in s.entries:
        told = label_of(s) if label_of(s) in entry.classes else None
        answers.append(restoring.restore(zoo, entry.key, made, s.effort, told))
    shown = [("The truth", [made.truth]), ("The damaged picture", [made.seen])]
    shown += [(f"{one.title} · {one.decibels:.1f} dB", one.pictures) for one in answers]
    sheets = [compose.sheet(np.stack(p), len(p), compose.scale_of(p[0].shape[0], drawn.PIXELS)) for _, p in shown]
    return compose.png(compose.panel([title for title, _ in shown], sheets, across=4))


def python(zoo: Zoo, s: State) -> str:
    """Of the best answers."""
    made = harm(zoo, s)
    settings = {name: value for name, value in made.operator.settings.items() if name != "known"}
    told = ", ".join([f'"{made.operator.name}"', *(f"{name}={value!r}" for name, value in settings.items())])
    lines = []
    if made.hole is not None:
        text = Picture.of(made.hole[..., None].astype(np.uint8) * 255).text
        lines.append(f'hole = Picture.read("{text}").array[..., 0] > 0')
        told += ", known=~hole"
    lines += [f"how = operator({told})", "known = how.observe(picture)"]
    picture = taken.python(zoo, s)
    if made.hole is not None and "from demo.page import Picture" not in picture:
        picture = ["from demo.page import Picture", *picture]
    labels = {e.key: [label_of(s)] for e in s.entries if label_of(s) in e.classes}
    return snippets_latent.searched(
        zoo, s.chosen, picture, EFFORTS[s.effort][0], RESTARTS, rebuilding.SEEDS, lines, labels
    )


# For programs -----------------------------------------------------------------------------------------------


@answer()
def restore(
    zoo: Zoo,
    variants: list[str],
    damage: str = "mask",
    picture: PictureText | None = None,
    test: int | None = None,
    hole: PictureText | None = None,
    factor: int | None = None,
    sigma: float | None = None,
    label: int | str | None = None,
    thorough: bool = False,
) -> dict:
    """Damage a picture and restore it, by each variant and by plain methods.

    Parameters:
        variants: keys from the catalog, of one data set; at most 16.
        damage: "mask" (a hole), "downscale" (shrunk), "grey" (colours lost) or "noisy".
        picture: a PNG, JPEG, WebP, BMP or GIF file as base64 or a data URL, of the size in pixels that the variants
            draw (28 for MNIST), white on black for digits and clothes.
        test: number of a test picture, in place of `picture`; for data sets that come with test pictures.
        hole: of "mask", a picture of the same size, bright where the hole is; null takes the middle.
        factor: of "downscale", by which each side is shrunk: 2, 4, 7 or 14 at 28 pixels.
        sigma: of "noisy", 0 to 2, the standard deviation where black is -1 and white is 1.
        label: its class, index or name, for the conditional variants; null searches for the class too.
        thorough: 150 steps of the search in place of 60.
    Returns:
        "left": a PNG of what is left. "truth_seen": the class that the data set's classifier sees in the truth, ""
        where there is none. "plain": answers without a GAN, "answers": those of the variants. Of each "title",
        "pictures" (PNG, the best one first), "decibels" (PSNR over the picture), "in_hole" (over the hole, null
        without one),
        "seen" (the class that the classifier sees); of the latter "variant", "label", "seconds" and "stopped" too.
    """
    entries = zoo.chosen(keys_of(variants, RESTARTS))
    check_heard(entries, label)
    truth = taken.asked(zoo, entries[0], picture, test)
    size, channels = entries[0].recipe.size, entries[0].recipe.channels
    offered = restoring.operators(size, channels)
    if damage not in offered:
        raise ValueError(f"There is no damage {damage!r:.60} of these pictures; there is {', '.join(offered)}.")
    said = {"hole": hole, "factor": factor, "sigma": sigma}
    taking = {"known": "hole"}
    wanted = {taking.get(name, name) for name in restoring.takes(damage)}
    for name, value in said.items():
        if value is not None and name not in wanted:
            raise ValueError(f'The damage "{damage}" takes no {name}.')
    area = None if hole is None else picture_of(hole, size, size, 1, "hole")[..., 0] > 127
    settings = {name: said[name] for name in ("factor", "sigma") if said[name] is not None}
    made = restoring.damage(truth, damage, area, **settings)
    effort = "thorough" if thorough else "quick"
    answers = []
    for entry in entries:
        one = restoring.restore(zoo, entry.key, made, effort, label)
        about = {"label": one.label or None, "seconds": one.seconds, "stopped": one.stopped}
        answers.append({"variant": entry.key, **told(one, entry.key.replace("/", "-")), **about})
    return {
        "left": File("left.png", compose.png(made.seen)),
        "truth_seen": restoring.seen(zoo, entries[0].dataset, truth),
        "plain": [told(one, f"plain-{i}") for i, one in enumerate(restoring.plain(zoo, entries[0].dataset, made))],
        "answers": answers,
    }


def told(one: Answer, name: str) -> dict[str, Any]:
    files = [File(f"{name}-{i}.png", compose.png(picture)) for i, picture in enumerate(one.pictures)]
    about = {"decibels": one.decibels, "in_hole": one.in_hole, "seen": one.seen}
    return {"title": one.title, "pictures": files, **about}


PAGE = Page(
    "restore",
    "Restore",
    "Damage a picture. Every chosen variant then fills in what is missing, using what it has learnt.",
    Data(),
    Variants(first=taken.few),
    taken.controls(glance),
    Row(
        Choice("damage", "Damage", options=kinds, titles=titles, way="menu"),
        Choice(
            "factor", "Shrunk by", 4, options=lambda zoo, s: restoring.factors(size_of(zoo, s)[0]), when=asks("factor")
        ),
        Slider(
            "sigma", "Noise", 0.5, least=0.1, most=1.5, step=0.1, when=asks("sigma"),
            help="Its standard deviation, where black is −1 and white is 1.",
        ),
    ),
    Pad(
        "hole", "The hole", mask=True, under=under, when=asks("known"),
        help="Drag a box, or paint. If nothing is painted, the middle is missing.",
    ),
    Html(before),
    Html(restored),
    Fold(
        "How it works, the class, a longer search",
        Html(lambda zoo, s: HOW),
        Row(
            Choice(
                "told", "Class", SEARCHED, per_data=True, way="menu", options=classes,
                help="The class that conditional variants are told.",
            ),
            Choice("effort", "Search", "quick", options=tuple(EFFORTS), help=taken.EFFORT_HELP),
        ),
    ),
    Download(
        poster, label="Download as PNG", name=lambda s: f"restore-{s.damage}-{s.data}.png",
        when=lambda s: bool(s.variants),
    ),
    python=python,
    answers=(restore,),
    icon="healing",
    group="Use",
    style=common.STYLE + drawn.STYLE,
)  # fmt: skip
