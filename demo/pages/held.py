"""Latents that were found on Your picture, as key frames of Interpolate: handed over, and shown there."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from demo.draw import rebuilt as drawn
from demo.page import Latents, State, changing
from demo.page.held import MOST_LINKED
from demo.zoo import rebuilding, walks
from demo.zoo.seeds import check_seeds
from demo.zoo.walks import KeyFrame
from demo.zoo.words import listed
from gan_models.found import held, read_held

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.zoo.rebuilding import Rebuilt
    from demo.zoo.zoo import Zoo

TOO_LONG = (
    "These latents are too long for a link: a copied link opens without them. With fewer variants or fewer pictures "
    "they would fit."
)


def control() -> Latents:
    return Latents("found", "Found latents")


def found(s: State) -> Mapping[str, Mapping]:
    """What the visitor brought: {letter: {key of a variant: latent}}."""
    return read_held(s.found)


# Handed over ------------------------------------------------------------------------------------------------


def handed(s: State, pictures: Sequence[Sequence[Rebuilt]], seed: int) -> tuple[dict[str, list[str]], list[str]]:
    """(the query of Interpolate with these as key frames, their letters). pictures: of each what the variants rebuilt.
    A lone one is followed by the seed."""
    there = {letter: _texts(letter, latents) for letter, latents in found(s).items()}
    letters = []
    for made in pictures:
        latents = {one.entry.key: one.found for one in made}
        known = next((letter for letter, texts in there.items() if texts == _texts(letter, latents)), None)
        letter = known or next((one for one in walks.LETTERS if one not in there), walks.LETTERS[-1])
        there[letter] = _texts(letter, latents)
        letters.append(letter)
    keys = sorted(there) if len(there) > 1 else [*there, str(seed)]
    name, variants = s.page.control("found").link(s), s.page.variants
    query = {
        name: [text for letter in sorted(there) for text in there[letter]], "keys": [", ".join(keys)], "walk": [],
        variants.link(s): variants.write(s[variants.name], s.offers[variants.name]),
    }  # fmt: skip
    return query, letters


def _texts(letter: str, latents: Mapping) -> list[str]:
    return [held(key, latent, letter) for key, latent in latents.items()]


def frames_from(seeds: list[int | str]) -> list[KeyFrame]:
    """Seeds and letters of a program's request. ValueError, one sentence: one of them is neither."""
    for one in seeds:
        if isinstance(one, str) and one not in [*walks.LETTERS]:
            raise ValueError(
                f"A seed is a whole number, or a letter such as A for a picture in found, not {one!r:.40}."
            )
    numbers = [one for one in seeds if not isinstance(one, str)]
    whole = iter(check_seeds(numbers) if numbers or not seeds else ())
    return [KeyFrame(None, picture=one) if isinstance(one, str) else KeyFrame(next(whole)) for one in seeds]


# Shown ------------------------------------------------------------------------------------------------------


def shown(used: Callable[[State], Sequence[KeyFrame]]):
    """The visitor's pictures by their letters, or, if there are none, how to bring one. used: the key frames."""

    def made(zoo: Zoo, s: State) -> str:
        pictures = found(s)
        bring = changing("Your picture", {}, "your_picture")
        if not pictures:
            return f"<p>A picture of yours can be a key frame as well: bring it from the page {bring}.</p>"
        entries = s.entries
        cards = []
        for letter, latents in pictures.items():
            mine = [entry for entry in entries if entry.key in latents]
            if mine:
                cards.append(
                    drawn.Card(
                        f"Picture {letter}",
                        [drawn.Shown(rebuilding.draw_found(zoo, e.key, latents[e.key]), e.title) for e in mine],
                    )
                )
        lack = {entry.title: walks.lacking(entry, used(s), pictures) for entry in entries}
        out = [title for title, letters in lack.items() if letters]
        notes = []
        if out and len(out) < len(entries):  # where nobody has it, the walk is refused in a sentence of its own
            letters = listed(list(dict.fromkeys(letter for letters in lack.values() for letter in letters)))
            notes.append(
                f"Left out, since no latent of picture {letters} was found for them: {listed(out)}. Choose them on the "
                "page Your picture, and bring the picture again."
            )
        notes += [TOO_LONG] if sum(map(len, s.found)) > MOST_LINKED else []
        forget = changing("Forget them", {s.page.control("found").link(s): [], "keys": [], "corners": []})
        said = "".join(f"<p>{html.escape(note)}</p>" for note in notes)
        return (
            f"<p>To use a picture of yours, write {listed([f'<b>{letter}</b>' for letter in pictures])} among the key "
            f"frames. Bring another one from the page {bring}. {forget}.</p>{drawn.cards(cards, small=True)}{said}"
        )

    return made
