"""What generators cannot draw: parts of the leaderboard, and an endpoint."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from demo.draw import figures
from demo.page import Chart, Html, State, shared
from demo.page.answers import answer
from demo.page.state import EMPTY
from demo.zoo import undrawn
from demo.zoo.words import listed

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

WORDS = (
    "How well a search for latents rebuilds real test pictures, in dB (PSNR): higher is better. At 20 dB the typical "
    "error of a pixel is a tenth of the range of grey values, at 40 dB a hundredth. What is missing even in the "
    "best picture that the search finds, the generator can hardly draw. A class that a variant rebuilds worse than "
    "other variants do is likely to be drawn rarely, or not in all its forms."
)


@shared
def found(zoo: Zoo, s: State) -> undrawn.Undrawn:
    if not s.data:
        raise ValueError(EMPTY)
    return undrawn.undrawn(zoo, s.data)


def heading(zoo: Zoo, s: State) -> str | None:
    made = found(zoo, s)
    return f"<h2>What each variant cannot draw</h2><p>{WORDS}</p>" if made.rows else None


def chart(zoo: Zoo, s: State) -> tuple:
    from demo.draw import charts

    return charts.rebuilt, found(zoo, s)


def notes(zoo: Zoo, s: State) -> str | None:
    """How it was measured, what stands out, and who is missing."""
    made = found(zoo, s)
    if not made.rows:
        return None
    missing = made.unmeasured and f"Not measured yet (python -m train rebuild FOLDER): {listed(made.unmeasured)}."
    return figures.words(f"{made.settings}.", missing or "", listed=made.words)


ITEMS = (Html(heading), Chart(chart), Html(notes))
"""For the leaderboard, below the shares of the classes"""


@answer("read")
def rebuild_errors(zoo: Zoo, dataset: str) -> dict:
    """How well a search for latents rebuilds test pictures, by variant and class: what a generator cannot draw.

    Parameters:
        dataset: a name from the catalog, such as "mnist".
    Returns:
        "rows": "key", "title", "psnr" in dB over "n" test pictures, "spread" over them, "by_class", "own" (of pictures
        that the variant drew itself, the limit of the search), "restarts", "steps", "encoder" of each.
        "class_names"; "usual": the median over variants by class; "unmeasured": titles; "words": what stands out.
    """
    made = undrawn.undrawn(zoo, dataset)
    names = list(made.class_names)
    return {
        **asdict(made), "class_names": names, "usual": {name: made.usual(name) for name in names}, "words": made.words,
    }  # fmt: skip
