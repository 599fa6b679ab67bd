"""One training step as an animation, and the minimax game with its symbols explained."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .svg import arrow, drawing, figure, text

if TYPE_CHECKING:
    from demo.zoo.first_steps import Phase, Symbol

SECONDS = 3.5
"""That each phase stays"""
WIDTH, HEIGHT = 500, 215
"""Of the drawing of a phase, in pixels"""
BOXES = {
    "z": (8, 60, 66, 40, "latent z"), "G": (100, 52, 64, 56, "G"), "fake": (197, 60, 72, 40, "picture"),
    "real": (197, 150, 72, 40, "real"), "D": (310, 52, 64, 56, "D"), "loss": (410, 60, 74, 40, "loss"),
}  # fmt: skip
"""Place, size and name of each box, in pixels"""


def training_step(phases: Sequence[Phase]) -> str:
    """The phases one after the other, over and over: who takes part, what flows back, whose weights change."""
    turn = SECONDS * len(phases)
    share = 100 / len(phases)
    css = [
        f"@keyframes phase{{0%,{share - 1:.1f}%{{opacity:1}}{share:.1f}%,100%{{opacity:0}}}}",
        f".phase{{opacity:0;animation:phase {turn:g}s infinite}}",
    ]
    parts = []
    for k, phase in enumerate(phases):
        css.append(f".p{k}{{animation-delay:{k * SECONDS - (turn if k else 0):g}s}}")
        parts.append(f'<g class="phase p{k}">{_phase(phase)}</g>')
    # Where nothing may move the first phase is all that is seen, so all titles stand below.
    said = "; ".join(phase.title for phase in phases)
    caption = ". ".join(phase.title.partition(". ")[2] for phase in phases) + "."
    return figure(
        drawing(WIDTH, HEIGHT, parts, " ".join(css)), f"A training step in {len(phases)} phases: {said}.", caption
    )


def phases(some: Sequence[Phase]) -> str:
    """The same phases beside and below each other, for paper and for who wants to look as long as it takes."""
    places = [(k % 2 * WIDTH, k // 2 * HEIGHT) for k in range(len(some))]
    parts = [f'<g transform="translate({x} {y})">{_phase(one)}</g>' for (x, y), one in zip(places, some, strict=True)]
    said = "; ".join(phase.title for phase in some)
    size = 2 * WIDTH, HEIGHT * -(-len(some) // 2)
    return figure(drawing(*size, parts), f"The phases of a training step, two in a row: {said}.")


def _phase(phase: Phase) -> str:
    parts = [text(15, 26, phase.title, "bold")]
    for name, (x, y, width, height, title) in BOXES.items():
        colour = "orange" if phase.updated == name else "blue" if name in phase.lit else "faint"
        box = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="5" class="{colour}"/>'
        parts += [box, text(x + width / 2, y + height / 2 + 5, title, "" if name in phase.lit else "faint", "middle")]
        if phase.updated == name:
            parts.append(text(x + width / 2, y + height + 16, "weights change", "orange small", "middle"))
    for pairs, colour, dashed in ((phase.forward, "blue", False), (phase.back, "orange", True)):
        for start, end in pairs:
            parts.append(arrow(*_ends(start, end), colour, dashed))
    if phase.back:
        parts.append(text(484, 205, "dashed: the gradient", "orange small", "end"))
    return "".join(parts)


def _ends(start: str, end: str) -> tuple[float, float, float, float]:
    """From the edge of one box to the edge of another; a way back runs lower than the way there."""
    ax, ay, aw, ah, _ = BOXES[start]
    bx, by, bw, bh, _ = BOXES[end]
    if start == "real":
        return ax + aw + 2, ay + ah / 2, bx + 6, by + bh + 4
    if ax < bx:
        return ax + aw + 2, ay + ah / 2, bx - 3, by + bh / 2
    return ax - 2, ay + ah / 2 + 12, bx + bw + 3, by + bh / 2 + 12


CSS = """
.symbols { font-size: 1.35rem; line-height: 2.4; }
.symbols abbr, .symbols span { white-space: nowrap; }
.symbols abbr { text-decoration: none; border-bottom: 1px dotted currentColor; cursor: help; }
.symbols abbr:is(:hover, :focus) { background: rgba(100, 105, 238, .18); }
.symbols sub { font-size: .65em; }
"""


def formula(symbols: Sequence[Symbol]) -> str:
    """A formula whose symbols say what they mean when one points at them or reaches them by keyboard, and a list of
    them below for those who cannot point."""
    made, listed, told = [], [], set()
    for symbol in symbols:
        below = f"<sub>{html.escape(symbol.below)}</sub>" if symbol.below else ""
        word = html.escape(symbol.text)
        if not symbol.meaning:
            made.append(f"<span>{word}{below}</span>")
            continue
        meaning = html.escape(symbol.meaning)
        made.append(f'<abbr tabindex="0" title="{meaning}">{word}{below}</abbr>')
        if (word, below) not in told:
            told.add((word, below))
            listed.append(f"<dt>{word}{below}</dt><dd>{meaning}</dd>")
    rows = "".join(listed)
    line = f'<p class="symbols">{" ".join(made)}</p>'
    return f"{line}<details><summary>What each symbol means</summary><dl>{rows}</dl></details>"
