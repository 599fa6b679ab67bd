"""Classes: conditional variants, with the latents fixed while the class changes, or the other way round."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from demo.draw import compose, formula
from demo.draw import walk as drawn
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
    Several,
    Slider,
    State,
    Variants,
    shared,
    snippets,
)  # fmt: skip
from demo.page.answers import answer, at_most, pictures
from demo.pages import common, key_frames
from demo.pages.key_frames import KeyFrames
from demo.zoo import walks
from demo.zoo.entries import CONDITIONAL
from demo.zoo.seeds import check_seeds
from demo.zoo.walks import CLASSES, LATENTS, Walk

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo


def is_classes(s: State) -> bool:
    return s.hold == CLASSES


def is_latents(s: State) -> bool:
    return s.hold == LATENTS


KEYS = KeyFrames(
    "keys", "Key frames", "0, 7, 23", "Two to twelve seeds, separated by commas.", is_latents, labelled=False
)


def seeds_of(s: State) -> range:
    return range(s.seed, s.seed + s.columns)


def classes_of(s: State) -> tuple[str, ...]:
    """The chosen classes. ValueError, a sentence: none in common, too few or too many."""
    if s.classes is None:
        raise ValueError("The chosen variants have no class in common: choose fewer of them.")
    least = 2 if is_classes(s) else 1
    if len(s.classes) < least:
        raise ValueError(
            "Choose two classes or more to walk from one to another." if least == 2 else "Choose at least one class."
        )
    if len(s.classes) > walks.MOST_KEYS:
        raise ValueError(
            f"{len(s.classes)} classes are chosen, and at most {walks.MOST_KEYS} are drawn at a time: choose fewer."
        )
    return s.classes


def walked(zoo: Zoo, s: State, per: int | None = None) -> Walk:
    """per: pictures from one key frame to the next; None suits the slider."""
    entries, names = s.entries, classes_of(s)
    if is_classes(s):
        return walks.through_classes(zoo, entries, seeds_of(s), names, s.loop, per)
    return walks.with_classes_held(zoo, entries, KEYS.frames(s), names, s.path, s.loop, per)


walk = shared(walked)


def ready(s: State) -> bool:
    """Whether there is a walk to save."""
    try:
        return bool(s.entries and classes_of(s)) and (is_classes(s) or KEYS.ready(s))
    except ValueError:
        return False


def grids(zoo: Zoo, s: State) -> str:
    """A row per class of each variant: all seeds, or the way from seed to seed."""
    made = walk(zoo, s)
    title = "Every class at every seed" if is_classes(s) else "The whole path of every class"
    shown = common.cards(zoo, made.entries, made.captions, drawn.class_sheets(made, clear=True))
    return f"<h2>{html.escape(title)}</h2>{shown}"


def poster(zoo: Zoo, s: State) -> bytes:
    made = walk(zoo, s)
    return compose.png(compose.panel(made.captions, drawn.class_sheets(made, 84), across=2))


def name(s: State) -> str:
    """Of a file, without its ending."""
    return f"classes-seed{s.seed}" if is_classes(s) else f"classes-{KEYS.file_name(s)}"


def python(zoo: Zoo, s: State) -> str:
    """Of the grid of classes and seeds."""
    return snippets.class_grid(zoo, s.chosen, seeds_of(s), classes_of(s)) if is_classes(s) else ""


@answer()
def class_grid(zoo: Zoo, variant: str, seeds: list[int], truncation: float = 1.0, separate: bool = False) -> dict:
    """Every class of a conditional variant at the same seeds: a row per class, a column per seed.

    Parameters:
        variant: its key from the catalog.
        seeds: whole numbers from 0; at most 256 pictures in all.
        truncation: 0 to 2, see /samples.
        separate: each picture as a file of its own, class by class, pixel for pixel as the network made it.
    Returns:
        "variant", "caption", "picture" (PNG; with `separate` "pictures").
    """
    seeds, names = check_seeds(seeds), zoo.entry(variant).classes
    at_most(len(names) * len(seeds))
    made = zoo.class_grid(variant, seeds, truncation)
    caption = zoo.caption(variant, seeds, unlabelled="a row per class", truncation=truncation)

    def sheet():
        return compose.sheet(made, len(seeds), row_names=names)

    return {"variant": variant, "caption": caption, **pictures(variant, made, separate, sheet=sheet)}


PAGE = Page(
    "classes",
    "Classes",
    "A conditional variant takes a class as well as a latent vector: the class says what to draw, and the latent "
    "vector how to draw it. Keep one fixed and change the other. Drawn from the same latent vector, digits of "
    "different classes often share the width and the slant of their strokes.",
    Data(),
    Variants(kind=CONDITIONAL),
    Choice("hold", "View", CLASSES, options=(CLASSES, LATENTS), help=walks.CLASSES_HELP),
    Several(
        "classes", "Classes", lambda zoo, s: tuple(key_frames.classes(s)[: walks.MOST_KEYS]), per_data=True,
        options=lambda zoo, s: key_frames.classes(s), ordered=True,
        help="Two to twelve, in the order in which you choose them.",
    ),
    Row(
        Slider("columns", "Seeds", 6, least=1, most=walks.MOST_KEYS, step=1, when=is_classes),
        Seed(step=lambda s: s.columns, when=is_classes),
    ),
    KEYS.text,
    Fold(
        lambda s: "Change a key frame, path, loop" if is_latents(s) else "Loop",
        KEYS.editor,
        Row(key_frames.path(is_latents), key_frames.loop()),
    ),
    Scrubber(walk),
    key_frames.film(walked, name, ready),
    Html(grids),
    Download(poster, label="Download the grid as PNG", name=lambda s: f"{name(s)}.png", when=ready),
    Html(common.about),
    python=python,
    answers=(class_grid,),
    icon="category",
    group="Use",
    style=common.STYLE + formula.STYLE,
)  # fmt: skip
