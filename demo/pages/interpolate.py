"""Interpolate: every chosen variant follows the same path through key frames, or draws the same map between four."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from demo.draw import compose, formula, rebuilt
from demo.draw import walk as drawn
from demo.page import Choice, Data, Download, Fold, Html, Page, Row, Scrubber, State, Variants, shared, snippets
from demo.page.answers import File, LatentText, answer, keys_of, pictures
from demo.pages import common, held, key_frames
from demo.pages.key_frames import KeyFrames
from demo.zoo import walks
from demo.zoo.walks import MAP, PATH, Walk
from gan_models.found import read_held

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo


def is_path(s: State) -> bool:
    return s.walk == PATH


def is_map(s: State) -> bool:
    return s.walk == MAP


KEYS = KeyFrames("keys", "Key frames", "0, 7, 23", walks.KEYS_HELP, is_path, letters=held.found)
CORNERS = KeyFrames(
    "corners", "Corners", "0, 7, 23, 42", walks.CORNERS_HELP, is_map, least=4, most=4, letters=held.found
)


def frames_of(s: State) -> KeyFrames:
    return KEYS if is_path(s) else CORNERS


def walked(zoo: Zoo, s: State, per: int | None = None) -> Walk:
    """per: pictures from one key frame to the next; None suits the slider."""
    entries, keys = s.entries, frames_of(s).frames(s)
    if is_path(s):
        return walks.through_keys(zoo, entries, keys, s.path, s.loop, per, held.found(s))
    return walks.over_a_map(zoo, entries, keys, s.side, s.path, held.found(s))


walk = shared(walked)


def strips(zoo: Zoo, s: State) -> str:
    """The whole path of each variant, as a film strip."""
    made = walk(zoo, s)
    return f"<h2>The whole path</h2>{common.cards(zoo, made.entries, made.captions, drawn.strips(made))}"


def maps(zoo: Zoo, s: State) -> bytes:
    made = walk(zoo, s)
    return compose.png(compose.panel(made.captions, drawn.sheets(made)))


def name(s: State) -> str:
    """Of a file, without its ending."""
    return f"interpolate-{frames_of(s).file_name(s)}"


def python(zoo: Zoo, s: State) -> str:
    return snippets.walk(zoo, walk(zoo, s), frames_of(s).frames(s), s.path, held.found(s))


@answer()
def interpolate(
    zoo: Zoo,
    variants: list[str],
    seeds: list[int | str],
    steps: int = 16,
    how: Literal["slerp", "lerp"] = "slerp",
    labels: list[int | str] | None = None,
    truncation: float = 1.0,
    loop: bool = False,
    format: Literal["gif", "webp", "mp4"] = "gif",
    separate: bool = False,
    found: list[LatentText] | None = None,
) -> list[dict]:
    """A path from seed to seed, the same for all variants. One seed twice, with two labels, gives a path between
    classes.

    Parameters:
        variants: keys from the catalog.
        seeds: two or more; in place of a seed, "A" is the picture of that letter in `found`.
        steps: pictures on the path, ends included; at most 256 pictures in all.
        how: "slerp" along the arc, "lerp" along the straight line.
        labels: a class per seed, index or name, for the conditional variants; null keeps the class of the seed before,
            or the class with which a latent was found.
        truncation: 0 to 2, see /samples.
        loop: the path returns from the last seed to the first, and the animation repeats instead of running there and
            back.
        format: format of the animation. GIF and WebP keep each grey as it is, WebP every colour too; MP4 is small.
        separate: each picture as a file of its own, pixel for pixel as the network made it.
        found: latents of pictures, a letter for each picture: "A:mnist/dcgan:z.AbCd" is the "text" that /rebuild
            gives for mnist/dcgan, of picture A. Each picture needs one for each of the variants.
    Returns:
        "variant", "caption", "picture" (PNG, the film strip; with `separate` "pictures"), "animation" (in the format)
        of each.
    """
    frames, latents = held.frames_from(seeds), read_held(found or ())
    keys = walks.places(frames, latents)
    made = zoo.interpolate(keys_of(variants, steps), keys, None, steps, how, labels, truncation, loop)
    return [
        {
            "variant": key,
            "caption": walks.caption(zoo, key, frames, labels, truncation),
            **pictures(key, p, separate, len(p)),
            "animation": File(
                f"{key.replace('/', '-')}.{format}", drawn.animation(zoo.entry(key).title, p, format, loop)
            ),
        }
        for key, p in made.items()
    ]


@answer()
def latent_map(
    zoo: Zoo,
    variants: list[str],
    seeds: list[int | str],
    steps: int = 8,
    how: Literal["slerp", "lerp"] = "slerp",
    labels: list[int | str] | None = None,
    truncation: float = 1.0,
    separate: bool = False,
    found: list[LatentText] | None = None,
) -> list[dict]:
    """A map between four seeds, the same latents for all variants.

    Parameters:
        variants: keys from the catalog.
        seeds: four: top left, top right, bottom left, bottom right; letters as in /interpolate.
        steps: pictures along each side, corners included; at most 256 pictures in all.
        how: "slerp" along arcs, from left to right first and then down; "lerp" along straight lines.
        labels: a class per corner, index or name, for the conditional variants; null keeps that of the first seed.
        truncation: 0 to 2, see /samples.
        separate: each picture as a file of its own, row by row, pixel for pixel as the network made it.
        found: latents of pictures, as in /interpolate.
    Returns:
        "variant", "caption", "picture" (PNG, steps x steps pictures; with `separate` "pictures") of each.
    """
    frames, latents = held.frames_from(seeds), read_held(found or ())
    keys = walks.places(frames, latents)
    made = zoo.latent_map(keys_of(variants, steps**2), keys, steps, how, labels, truncation)
    return [
        {
            "variant": key,
            "caption": walks.caption(zoo, key, frames, labels, truncation),
            **pictures(key, p, separate, steps),
        }
        for key, p in made.items()
    ]


PAGE = Page(
    "interpolate",
    "Interpolate",
    "Each seed stands for a point in the latent space. Every variant follows the same path from one point to the next. "
    "A good generator changes smoothly on the way, and each picture on the path is believable.",
    Data(),
    Variants(),
    Choice("walk", "View", PATH, options=(PATH, MAP), help=walks.SEEDS_HELP),
    held.control(),
    KEYS.text,
    CORNERS.text,
    Html(held.shown(lambda s: frames_of(s).read(s))),
    Choice("side", "Pictures along a side", 8, options=walks.SIDES, when=is_map),
    Fold(
        lambda s: "Change a key frame, path, loop" if is_path(s) else "Change a corner, path",
        KEYS.editor,
        CORNERS.editor,
        Row(key_frames.path(), key_frames.loop(is_path)),
    ),
    Scrubber(walk),
    key_frames.film(walked, name, lambda s: is_path(s) and KEYS.ready(s)),
    Download(
        maps,
        label="Download the maps as PNG",
        name=lambda s: f"{name(s)}.png",
        when=lambda s: is_map(s) and CORNERS.ready(s),
    ),
    Html(strips, when=is_path),
    Html(common.about),
    python=python,
    answers=(interpolate, latent_map),
    icon="linear_scale",
    group="Use",
    style=common.STYLE + formula.STYLE + rebuilt.STYLE,
)
