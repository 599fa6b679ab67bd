"""What Learn draws as HTML for both front ends: a network as its feature maps, the shares of the classes, tables."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from demo.draw import formula
from demo.draw.compose import data_url

if TYPE_CHECKING:
    from demo.zoo.architecture import Box, Network

TALL, HIGH = 84, 124
"""Pixels of the image's own side in a diagram, and of a whole drawing"""
NAMES = {"G": "Generator", "D": "Discriminator"}
COLOURS = {"G": "#6469ee", "D": "#d9731a"}
HOW = (
    "Each block is drawn as its output, a stack of feature maps: its height shows the number of pixels on a side, "
    "and its depth the square root of the number of maps. A bar is a vector, and dashed lines are branches. Below "
    "each block you find the shape of its output, what the block does, and how many parameters it has."
)
"""How to read a diagram"""
TABLES = """
.learn-table { border-collapse: collapse; border: 0 !important; font-size: .84rem; line-height: 1.35; margin: .4rem 0; }
.learn-table th, .learn-table td { border: 0 !important; padding: .25rem .8rem .25rem 0 !important;
  border-bottom: 1px solid rgba(128, 134, 160, .35) !important; text-align: left;
  vertical-align: top; background: none; }
.learn-table .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.learn-table tr { border: 0 !important; background: none !important; }
.learn-scroll { overflow-x: auto; margin-top: .4rem; }
"""
"""Of `table` and `shares`"""
STYLE = (
    TABLES
    + """
.net { margin: 0 0 .75rem; }
.net-row { display: flex; flex-wrap: wrap; row-gap: .9rem; align-items: flex-start; }
.net-box { width: 126px; padding-right: 8px; box-sizing: border-box; font-size: .78rem; line-height: 1.3;
  overflow-wrap: break-word; }
.net-drawn { height: 124px; display: flex; align-items: center; }
.net-drawn img { display: block; width: 118px; height: 124px; max-width: none; margin: 0; border-radius: 0; }
.net-drawn img.net-image { width: 84px; height: 84px; margin-left: 12px; image-rendering: pixelated; }
.net-box b { display: block; font-size: .84rem; }
.net-box small { display: block; opacity: .75; font-size: .74rem; }
.net details { margin-top: .4rem; }
.net summary { cursor: pointer; font-size: .84rem; }
.katex-display { overflow-x: auto; overflow-y: hidden; padding: .15rem 0; }
@media (max-width: 640px) { .katex-display { font-size: .8em; } }  /* most formulas then fit a phone */
.share { position: relative; width: min(34vw, 260px); height: .95rem; background: rgba(128, 134, 160, .15); }
.share i { position: absolute; left: 0; top: 0; bottom: 0; background: #6469ee; }
@media (max-width: 640px) {
  .net-box { width: 33.3%; padding-right: 5px; }
  .net-drawn img { width: 104px; height: 109px; }
}
.share u { position: absolute; top: -2px; bottom: -2px; width: 2px; background: currentColor; }
"""
)
"""Of all that is made here; the colours hold on white and on near black"""


# A network --------------------------------------------------------------------------------------------------


def network(net: Network, size: int, picture: str = "", given: str = "") -> str:
    """G or D as a row of drawings, and the same as a table.

    size: pixels of the image's side. picture: address of an image that G made and D judges; "" draws its shape only.
    given: of the picture that G made it of, where it takes one.
    """
    drawn = [_goes_in(net.side, shape, size, (given or picture) if net.side == "G" else picture) for shape in net.takes]
    drawn += [_box(net.side, i, box, size) for i, box in enumerate(net.boxes)]
    if net.side == "G" and picture:
        drawn.append(_item("the picture", "made of it" if given else "of seed 0", _image(picture)))
    title = f"{NAMES[net.side]}: {net.parameters:,} parameters"
    words = "; ".join(f"{i + 1}: {', '.join(box.parts)}, gives {_shape(box.shape)}" for i, box in enumerate(net.boxes))
    about = html.escape(f"{title}. {words}. The table below says the same.")
    return (
        f'<div class="net"><p><b>{title}</b></p><div class="net-row" role="img" aria-label="{about}">'
        f"{''.join(drawn)}</div>{_classes(net)}"
        f"<details><summary>The same as a table</summary>{network_table(net)}</details></div>"
    )


def network_table(net: Network) -> str:
    """The boxes as a table, whose last row is the sum."""
    rows = [
        (
            str(i + 1),
            ", ".join(box.parts),
            _takes(net, box),
            _shape(box.shape) + (" (a branch)" if box.beside else ""),
            f"{box.parameters:,}",
        )
        for i, box in enumerate(net.boxes)
    ]
    rows.append(("", "all", "", "", f"{net.parameters:,}"))
    return table(("", "What it does", "Takes", "Gives", "Parameters"), rows, numbers=(4,))


def _takes(net: Network, box: Box) -> str:
    first = f"{box.takes + 1}" if box.takes is not None else "nothing" if box.source else _shape(net.takes[0])
    if box.takes is not None and net.boxes[box.takes].shape != box.shape:
        first = f"{first} ({_shape(net.boxes[box.takes].shape)})"
    return ", ".join((first, *box.also))


def _classes(net: Network) -> str:
    """What the block classes say of themselves."""
    there = {part for box in net.boxes for part in box.parts}
    lines = [f"<b>{html.escape(name)}</b>: {html.escape(text)}" for name, text in net.classes if name in there]
    return f"<p><small>{'<br>'.join(lines)}</small></p>" if lines else ""


def _shape(shape: Sequence[int]) -> str:
    if not shape:
        return "a score"
    return " × ".join(map(str, shape)) + (" numbers" if len(shape) == 1 else "")


def _goes_in(side: str, shape: Sequence[int], size: int, picture: str) -> str:
    drawing = _image(picture) if picture and len(shape) == 3 else _slab(side, shape, size)
    return _item(_shape(shape) if shape else "the label", "the input", drawing)


def _box(side: str, index: int, box: Box, size: int) -> str:
    words = ", ".join(box.parts) + (f"; also takes {', '.join(box.also)}" if box.also else "")
    drawing = _slab(side, box.shape, size, box.beside, arrow=not box.source)
    count = f"{box.parameters:,} parameters" if box.parameters else "no parameters"
    return _item(f"{index + 1}: {_shape(box.shape)}", words, drawing, count)


def _item(title: str, words: str, drawing: str, count: str = "") -> str:
    small = f"<small>{count}</small>" if count else ""
    return f'<div class="net-box">{drawing}<b>{html.escape(title)}</b>{html.escape(words)}{small}</div>'


def _image(address: str) -> str:
    return f'<div class="net-drawn"><img class="net-image" src="{address}" alt=""></div>'


def _slab(side: str, shape: Sequence[int], size: int, beside: bool = False, arrow: bool = False) -> str:
    """The output of a block.

    An image and not inline SVG, which Streamlit takes out: so it has colours of its own, for both themes.
    """
    middle, left = HIGH / 2, 28
    line = f'fill="{COLOURS[side]}" stroke="{COLOURS[side]}" stroke-width="1.2"' + ' stroke-dasharray="4 3"' * beside
    if not shape:
        parts = f'<circle cx="{left + 8}" cy="{middle}" r="7" fill-opacity="0.6" {line}/>'
    elif len(shape) == 1:
        tall = min(6 + 9 * math.log2(shape[0]), 108)
        at = f'x="{left}" y="{middle - tall / 2:.1f}" width="8" height="{tall:.1f}"'
        parts = f'<rect {at} fill-opacity="0.6" {line}/>'
    else:
        tall, thick = max(TALL * shape[1] / size, 5), min(3.2 * math.sqrt(shape[0]), 62)
        slant, rise = tall * 0.26, tall * 0.3
        top, right = middle - (tall - rise) / 2, left + thick
        near, far = (left + slant, top - rise), (right + slant, top - rise)  # the edge that is turned away
        above = _points((left, top), (right, top), far, near)
        face = _points((right, top), far, (far[0], far[1] + tall), (right, top + tall))
        parts = (
            f'<rect x="{left}" y="{top:.1f}" width="{thick:.1f}" height="{tall:.1f}" fill-opacity="0.55" {line}/>'
            f'<polygon points="{above}" fill-opacity="0.25" {line}/>'
            f'<polygon points="{face}" fill-opacity="0.35" {line}/>'
        )
    if arrow:
        dash = ' stroke-dasharray="3 3"' * beside
        parts += (
            f'<path d="M2 {middle}H19M13 {middle - 5}L19 {middle}L13 {middle + 5}" fill="none" stroke="#8086a0" '
            f'stroke-width="1.6"{dash}/>'
        )
    frame = f'xmlns="http://www.w3.org/2000/svg" width="118" height="{HIGH}" viewBox="0 0 118 {HIGH}"'
    address = data_url(f"<svg {frame}>{parts}</svg>".encode(), "svg")
    return f'<div class="net-drawn"><img src="{address}" alt=""></div>'


def _points(*points: tuple[float, float]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


# Text -------------------------------------------------------------------------------------------------------


def prose(text: str) -> str:
    """Markdown as HTML, as far as lessons use it: bold, italics, links, and TeX between dollar signs. Whatever else is
    in it is shown as it is."""
    parts = " ".join(text.split()).split("$")
    if len(parts) % 2 == 0:  # a dollar sign without its second is one
        return _words("$".join(parts))
    return "".join(formula.inline(part) if i % 2 else _words(part) for i, part in enumerate(parts))


def _words(text: str) -> str:
    text = html.escape(text, quote=False)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"\*(.+?)\*", r"<i>\1</i>", text)
    return re.sub(r"\[([^\]]+)\]\((https://[^\s\"<>)]+)\)", r'<a href="\2">\1</a>', text)


# Tables -----------------------------------------------------------------------------------------------------


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """A table of texts; numbers: columns that stand at the right."""

    def cells(tag: str, row: Sequence[str]) -> str:
        kinds = [' class="number"' if i in numbers else "" for i in range(len(row))]
        return "".join(f"<{tag}{k}>{html.escape(text)}</{tag}>" for k, text in zip(kinds, row, strict=True))

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return _scrolled(f"<thead><tr>{cells('th', headers)}</tr></thead><tbody>{body}</tbody>")


def shares(names: Sequence[str], values: Sequence[float], real: Sequence[float] | None) -> str:
    """How often each class comes, a bar per class, and a mark where the real pictures are."""
    most = max((*values, *(real or ())), default=1) or 1
    rows = []
    for i, (name, value) in enumerate(zip(names, values, strict=True)):
        mark = f'<u style="left:{100 * real[i] / most:.1f}%"></u>' if real else ""
        told = f"{100 * value:.1f} %" + (f" (real {100 * real[i]:.1f} %)" if real else "")
        rows.append(
            f'<tr><th scope="row">{html.escape(name)}</th><td><div class="share">'
            f'<i style="width:{100 * value / most:.1f}%"></i>{mark}</div></td><td class="number">{told}</td></tr>'
        )
    return _scrolled("".join(rows))


def _scrolled(rows: str) -> str:
    """A table that scrolls by itself where the screen is narrow, by keyboard too."""
    return f'<div class="learn-scroll" tabindex="0"><table class="learn-table">{rows}</table></div>'
