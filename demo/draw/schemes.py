"""Drawings of an idea as boxes and arrows, without numbers: the data flow, and the gradient that flows back."""

from __future__ import annotations

from collections.abc import Sequence

from .svg import arrow, cross, drawing, figure, line, text


def box(x: float, y: float, width: float, height: float, words: str, colour: str = "blue") -> str:
    """A box with a word in its middle."""
    frame = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="5" class="{colour}"/>'
    return frame + text(x + width / 2, y + height / 2 + 5, words, anchor="middle")


def style() -> str:
    """StyleGAN2's generator: the style reaches every level."""
    levels = ((150, "4 × 4"), (250, "8 × 8"), (350, "16 × 16"))
    parts = [
        text(20, 24, "A style for every level", "bold"),
        box(20, 45, 66, 36, "latent z"), arrow(86, 63, 108, 63, "blue"),
        box(110, 45, 96, 36, "style network"), arrow(206, 63, 228, 63, "blue"),
        box(230, 45, 66, 36, "style w", "orange"),
        box(30, 160, 84, 44, "a constant", "green"), arrow(114, 182, 146, 182, "green"),
        line(263, 81, 263, 112, "orange"), line(190, 112, 390, 112, "orange"),
    ]  # fmt: skip
    for x, words in levels:
        parts += [box(x, 160, 80, 44, words, "green"), arrow(x + 40, 112, x + 40, 157, "orange")]
        parts += [arrow(x + 80, 182, x + 97, 182, "green")]
    parts += [text(450, 187, "picture"), text(150, 226, "coarse: shape", "small"),
              text(430, 226, "fine: strokes", "small", "end")]  # fmt: skip
    said = (
        "A network turns the latent into a style. The picture grows from a learned constant through levels of 4, 8 and "
        "16 pixels, and the style goes into each of them."
    )
    return figure(drawing(510, 240, parts), said, "Each level can be given another style: that is style mixing.")


def two_answers() -> str:
    """ACGAN's D: one network with two answers, and what D and G want of each."""
    parts = [
        text(20, 24, "One network, two answers", "bold"),
        box(20, 75, 76, 44, "picture"), arrow(96, 97, 128, 97, "blue"),
        box(130, 65, 76, 64, "D"), arrow(206, 85, 248, 65, "blue"), arrow(206, 110, 248, 132, "blue"),
        box(250, 42, 110, 40, "real or not?"), box(250, 115, 110, 40, "which class?", "green"),
        text(375, 58, "D and G want", "small"), text(375, 73, "opposite answers", "small"),
        text(375, 131, "D and G want", "small green"), text(375, 146, "the right answer", "small green"),
    ]  # fmt: skip
    said = (
        "D gives two answers about a picture: whether it is real, for which D and G want opposite answers, and its "
        "class, for which both want the right answer."
    )
    return figure(drawing(510, 175, parts), said, "D is not told the class: it has to recognise it in the picture.")


def augmentation() -> str:
    """What D sees is changed at random, real and generated alike, and the gradient passes through the change."""
    parts = [
        text(20, 24, "D never sees a picture as it is", "bold"),
        box(20, 50, 76, 40, "real", "green"), arrow(96, 70, 168, 84, "green"),
        box(20, 125, 76, 40, "G"), arrow(96, 145, 168, 118, "blue"),
        box(170, 75, 110, 52, "random shift"), arrow(280, 101, 322, 101, "blue"),
        box(324, 79, 60, 44, "D"), arrow(384, 101, 418, 101, "blue"), box(420, 81, 70, 40, "loss"),
        arrow(440, 121, 300, 150, "orange", dashed=True), arrow(296, 150, 100, 158, "orange", dashed=True),
        text(300, 172, "the gradient flows back through the shift", "orange small", "middle"),
    ]  # fmt: skip
    said = (
        "Real pictures and those of G pass through a random shift before D sees them. The gradient flows back from the "
        "loss through D and through the shift into G."
    )
    return figure(drawing(510, 190, parts), said, "Both kinds are shifted alike, so a shift tells D nothing.")


def grid(x: float, y: float, cells: int, step: float, dark: Sequence[tuple[int, int]], at: tuple[int, int]) -> str:
    """A raster of pixels: some that count, and one that is computed, crossed."""
    parts = []
    for row in range(cells):
        for column in range(cells):
            kind = "blue-fill" if (row, column) in dark else "faint"
            style = ' style="stroke:none;opacity:.45"' if kind == "blue-fill" else ""
            parts.append(
                f'<rect x="{x + column * step}" y="{y + row * step}" width="{step - 1.5}" height="{step - 1.5}" '
                f'class="{kind}"{style}/>'
            )
    middle = x + (at[1] + 0.5) * step, y + (at[0] + 0.5) * step
    return "".join(parts) + cross(*middle, "orange")
