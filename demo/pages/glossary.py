"""Glossary: the words of the field, each in a sentence, with the page that shows it."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from demo.page import Choice, Html, Page, State
from demo.pages import common, taught
from demo.zoo import glossary
from demo.zoo.glossary import Term

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

ALL = "All words"
STYLE = """
.words dl { max-width: none; columns: 24rem auto; column-gap: 2.5rem; }
.words dl > div { break-inside: avoid; margin-bottom: .9rem; max-width: 46rem; }
.words dt { font-weight: 600; }
.words dd { margin: .1rem 0 0; }
.words .also { font-weight: 400; opacity: .75; font-size: .85rem; }
.words .asked { columns: auto; border-left: 3px solid #6469ee; padding-left: .8rem; margin-bottom: 1.2rem; }
"""


def words(zoo: Zoo, s: State) -> str:
    """The word that a link asked for, and then all of them."""
    asked = next((term for term in glossary.glossary() if term.slug == s.term), None)
    first = f'<dl class="asked">{entry(zoo, s, asked)}</dl>' if asked else ""
    rest = "".join(entry(zoo, s, term) for term in glossary.glossary() if term is not asked)
    return f'<div class="taught words">{first}<dl>{rest}</dl></div>'


def entry(zoo: Zoo, s: State, term: Term) -> str:
    """A word, what it means and where it is shown."""
    also = f' <span class="also">also: {html.escape(", ".join(term.forms))}</span>' if term.forms else ""
    where = common.to_lesson("See {}.", s, term.where)
    said = f"{html.escape(term.definition)} {where}".strip()
    return f"<div><dt>{html.escape(term.name)}{also}</dt><dd>{said}</dd></div>"


def options(zoo: Zoo, s: State) -> dict[str, str]:
    return {"": "", **{term.slug: term.slug for term in glossary.glossary()}}


def titles(s: State) -> dict[str, str]:
    return {"": ALL, **{term.slug: term.name for term in glossary.glossary()}}


PAGE = Page(
    "glossary",
    "Glossary",
    f"{len(glossary.glossary())} words of the field, each in one sentence. Choose one to see it at the top.",
    Choice("term", "Word", "", options=options, titles=titles, way="menu"),
    Html(words),
    group="Understand",
    icon="dictionary",
    style=taught.STYLE + STYLE,
    reads=True,
)
