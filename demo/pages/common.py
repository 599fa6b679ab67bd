"""What several pages show."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from demo.draw import cards as drawn
from demo.draw import formula
from demo.draw.cards import Card
from demo.page import Html, Slider, State, changing, links
from demo.page.controls import always
from demo.zoo import families, styles
from demo.zoo.entries import Entry
from demo.zoo.words import IN_TURN, duration
from gan_models.folder import CheckpointError

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

STYLE = (
    drawn.STYLE
    + """
.about details { margin-bottom: .75rem; max-width: 62rem; }
.about summary { cursor: pointer; font-weight: 600; }
.about p { margin: .5rem 0; line-height: 1.5; }
"""
)


def cards(
    zoo: Zoo,
    entries: Sequence[Entry | str],
    captions: Sequence[str],
    sheets: Sequence[np.ndarray],
    measured: Mapping[str, str] | None = None,
) -> str:
    """Sheets uint8 [H, W] or [H, W, C] side by side, as HTML; `STYLE` must be on the page.

    entries: a str is a title without a checkpoint (the real data). measured: figures of these pictures by key, if they
    were not drawn by the trained network.
    """
    return drawn.cards(_card(zoo, *one, measured) for one in zip(entries, captions, sheets, strict=True))


def _card(
    zoo: Zoo, entry: Entry | str, caption: str, sheet: np.ndarray, measured: Mapping[str, str] | None = None
) -> Card:
    if isinstance(entry, str):
        return Card(entry, caption, sheet)
    facts = zoo.facts(entry.key)
    quality, budget = facts["quality"], facts["budget"]
    if measured is not None:
        quality = measured.get(entry.key)
        caption, budget = " · ".join([caption, *([quality] if quality else [])]), ""
    return Card(entry.title, caption, sheet, entry.recipe.year, quality, budget)


def section(title: str, sentence: str = "", when=None):
    """A heading with a sentence, where `when` has something to show."""

    def made(zoo: Zoo, s: State) -> str | None:
        if when is not None and not when(zoo, s):
            return None
        return f"<h2>{title}</h2>" + (f"<p>{sentence}</p>" if sentence else "")

    return Html(made)


def label_of(s: State, name: str = "class") -> str | None:
    """The class that was chosen; None: each picture has the one of its seed."""
    return None if s[name] in (IN_TURN, None) else s[name]


def truncation(when: Callable[[State], bool] = always) -> Slider:
    return Slider("truncation", "Truncation", 1.0, most=1.5, help=styles.TRUNCATION, when=when)


def having(file: str, most: int | None = None):
    """The first choice of `Variants`: those that have this file in their folder, else all; at most `most` of them."""

    def first(zoo: Zoo, s: State) -> tuple[str, ...]:
        entries = s.catalog.of(s.values["data"])
        able = [entry for entry in entries if (entry.folder / file).is_file()]
        return tuple(entry.key for entry in families.breadth(able or entries)[:most])

    return first


def about(zoo: Zoo, s: State) -> str | None:
    """What each chosen variant is, what its checkpoint was trained on, and the way to its page in Learn, as HTML."""
    return described(zoo, s.entries, s.hub) if s[s.page.variants.name] else None


def described(zoo: Zoo, entries: Sequence[Entry], hub: Sequence[str], title: str = "About these variants") -> str:
    """`about` of any entries."""
    made = [f"<h2>{title}</h2>"]
    for entry in entries:
        try:
            facts = zoo.facts(entry.key)
        except CheckpointError:  # drawing it has shown that it is damaged: the notice says so
            continue
        view, query = links.lesson(entry, hub)
        year = f" <small>{facts['year']}</small>" if facts["year"] else ""
        made += [
            f"<details><summary>{html.escape(entry.title)}{year}</summary>",
            f"<p>{html.escape(facts['summary'])}</p>" if facts["summary"] else "",
            formula.block(facts["objective"]) if facts["objective"] else "",
            f"<p><small>{html.escape(facts['paper'])}</small></p>" if facts["paper"] else "",
            f"<p>{html.escape(trained(facts))}</p>",
            f"<p>{changing(f'Learn how {html.escape(entry.title)} works', query, view)}</p></details>",
        ]
    return f'<div class="about">{"".join(made)}</div>'


def to_lesson(words: str, s: State, variant: str) -> str:
    """A link to the page on a variant, as HTML; "" where the zoo has none. words: {} stands for its title."""
    if (entry := s.catalog.first(variant)) is None:
        return ""
    view, query = links.lesson(entry, s.hub)
    return changing(words.format(html.escape(entry.title)), query, view)


def stories(variant: str) -> str:
    """Links to the playground's stories that belong to a variant's lesson, as HTML."""
    from demo.zoo.playground import lineup  # it imports torch

    found = lineup.of_lesson(variant).items()
    return "".join(
        f"<p>{changing(f'Watch it in the plane: {html.escape(title)}', q, 'playground')}</p>" for title, q in found
    )


def trained(facts: dict) -> str:
    """How a checkpoint was trained, in one sentence, without the facts that its folder does not give."""
    size = f"{facts['size']} × {facts['size']} pixels"
    parts = [f"This checkpoint was trained on {facts['dataset_title']} at {size}"]
    if facts["images"] is not None:
        parts.append(f"was shown {facts['images']:,} images")
    if facts["seconds"] is not None:
        took = f"took {duration(facts['seconds'])}"
        parts.append(f"{took} on {facts['device']}" if facts["device"] else took)
    if facts["parameters"] is not None:
        judge = facts["discriminator_parameters"]
        parts.append(
            f"has {facts['parameters']:,} parameters in its generator"
            + (f" and {judge:,} in its discriminator" if judge is not None else "")
        )
    return (", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]) + "."
