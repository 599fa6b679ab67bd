"""What the pages that teach share: drawings by their names, words that lead to the glossary, formulas that explain
themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.draw import ideas as drawn
from demo.draw import terms, training_step
from demo.page import changing
from demo.zoo import first_steps, glossary, ideas

if TYPE_CHECKING:
    from demo.zoo.glossary import Term

GLOSSARY = "glossary"
"""Name of its page"""
STYLE = (
    training_step.CSS
    + """
.taught { line-height: 1.55; }
.taught p, .taught ul, .taught dl { margin: .5rem 0; max-width: 46rem; }
.taught h2, .taught h3 { margin: 1.4rem 0 .4rem; }
.taught .drawing { margin: .75rem 0; max-width: 40rem; }
.taught .drawing > img { display: block; width: 100%; height: auto; border-radius: .4rem; }
.taught figcaption { opacity: .8; font-size: .85rem; line-height: 1.4; margin-top: .3rem; }
.taught summary { cursor: pointer; }
a.term { color: inherit !important; text-decoration: underline dotted !important; text-underline-offset: .2em; }
a.term:hover { text-decoration-style: solid !important; }
a.term:focus-visible::after, .symbols abbr:focus::after { content: attr(title); position: fixed; left: 1rem;
  right: 1rem; bottom: 1rem; z-index: 50; max-width: 36rem; margin: 0 auto; padding: .7rem 1rem; font: .95rem/1.4
  system-ui, sans-serif; color: #1c2030; background: #fff; border: 1px solid #8b90f3; border-radius: .5rem;
  box-shadow: 0 4px 18px #0004; white-space: normal; }
"""
)
"""A pointer is told what a word means where it rests; a keyboard and a finger, at the foot of the screen"""


def drawing(name: str, still: bool = False) -> str:
    """A drawing as HTML. name: one of classroom.DRAWINGS, or first_steps.MINIMAX. still: without motion, for paper."""
    if name == first_steps.MINIMAX:
        return training_step.formula(first_steps.MINIMAX_PARTS)
    if name == "training_step":
        return (training_step.phases if still else training_step.training_step)(first_steps.PHASES)
    return drawn.SCHEMES[name]() if name in drawn.SCHEMES else drawn.BY_NAME[name](getattr(ideas, name)())


def linked(text: str) -> str:
    """HTML whose first use of each word of the glossary leads there."""
    return terms.linked_html(text, glossary.glossary(), to_term)


def to_term(word: str, term: Term) -> str:
    """word: HTML."""
    return changing(word, {"term": term.slug}, GLOSSARY, "term", term.definition)
