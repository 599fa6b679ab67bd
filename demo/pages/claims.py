"""Claims: what people say of a trick, what this zoo's own trainings say, and the story that shows it in the plane."""

from __future__ import annotations

import html
from dataclasses import asdict
from typing import TYPE_CHECKING

from demo.draw import playground as drawn
from demo.page import Html, Page, State, changing
from demo.page.answers import answer
from demo.page.lazy import Lazy
from demo.page.state import EMPTY
from demo.pages import common
from demo.zoo import ablation as ablations
from demo.zoo.effects import LEGEND

if TYPE_CHECKING:
    from demo.zoo.playground.claims import Claim
    from demo.zoo.zoo import Zoo

known, lineup, stories = (Lazy(f"demo.zoo.playground.{name}") for name in ("claims", "lineup", "stories"))

STYLE = drawn.CSS + (
    ".claims { max-width: 62rem; } .claim h2 { font-size: 1.25rem; } .claim summary { cursor: pointer; } "
    ".claim ul { margin: .3rem 0; }"
)


def found(zoo: Zoo) -> tuple[Claim, ...]:
    """Held against every family of every data set of the zoo, as it is now."""
    parents = {said.parent for said in known.SAID}
    families = [
        ablations.ablation(zoo, dataset, parent)
        for dataset in zoo.catalog().datasets
        for parent, _ in ablations.families(zoo, dataset)
        if parent in parents
    ]
    return known.claims(families)


def shown(zoo: Zoo, s: State) -> str:
    """A card for each claim, with the way to its story and its lesson."""
    if not s.catalog.entries:
        raise ValueError(EMPTY)
    made = []
    for one in found(zoo):
        title = html.escape(stories.story(one.story).title)
        watch = changing(f"Watch it in the plane: {title}", lineup.opening(one.story), "playground")
        learn = common.to_lesson("Read the lesson", s, one.variant)
        made.append(drawn.claim(one, f"<p>{' · '.join(filter(None, (watch, learn)))}</p>"))
    return f'<div class="claims">{"".join(made)}<p>{html.escape(LEGEND)}</p></div>'


@answer("read")
def claims(zoo: Zoo) -> list[dict]:
    """Common claims about tricks, checked against the ablations of this zoo.

    Returns:
        "text": the claim. "verdict": yes, no or can't tell, and why. "evidence": a sentence on each figure.
        "variant": whose lesson explains it. "story": the story that shows it with points in the plane, see
        /playground_story.
    """
    return [{**asdict(one), "evidence": list(one.evidence)} for one in found(zoo)]


PAGE = Page(
    "claims",
    "Claims",
    "Common claims about tricks, and what the trainings of this zoo say about each. Guess the answer before you "
    "open the evidence; then watch the same trick with points in the plane.",
    Html(shown),
    answers=(claims,),
    icon="fact_check",
    group="Understand",
    reads=True,
    style=STYLE,
)
