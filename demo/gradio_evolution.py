"""The evolution tab of the Gradio front end: one slider moves the chosen variants through their training."""

from __future__ import annotations

import functools
import html
import math
from collections.abc import Callable

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from demo.draw import compose
from demo.draw.evolution import animation
from demo.gradio_board import plot, spec, words
from demo.gradio_links import Links
from demo.page import snippets
from demo.zoo import evolution as evolutions
from demo.zoo.evolution import AXES, Evolution

TAB = "Evolution"
NUMBERS = (4, 9, 16, 36)
"""Of images of a variant"""

STYLE = """
.form:has(> .stays) { position: sticky; top: 0; z-index: 5; }
.gradio-container { overflow: clip !important; }  /* hidden would hold the slider back */
.played img { max-width: 100%; image-rendering: pixelated; }
"""
"""The slider stays in sight while its pictures and curves are scrolled"""


def place(evolution: Evolution, part: float) -> float:
    """The position that lies at a part of the slider, 0 to 1."""
    return evolution.positions[round(part * (len(evolution.positions) - 1))]


def quietly(nothing: Callable) -> Callable:
    """Answer a wrong question with `nothing()`: what is wrong with it stands in place of the pictures."""

    def decorate(ask: Callable) -> Callable:
        @functools.wraps(ask)
        def asked(*values):
            try:
                return ask(*values)
            except ValueError:
                return nothing()

        return asked

    return decorate


def link(data: bytes, name: str) -> str:
    """The address, below the page's own, of a file in Gradio's cache."""
    return f"gradio_api/file={html.escape(save_bytes_to_cache(data, name, get_upload_folder()))}"


def build(views, react: Callable, show: Callable, save: Callable, share: Callable, links: Links) -> None:
    """The contents of the tab; views, react, show, save, share: as demo/gradio.py has them for its own tabs."""
    zoo = views.zoo
    gr.Markdown(
        "The same seeds at every moment. Each variant shows what it had drawn last at that point; one whose training "
        "ended earlier stays at its last pictures."
    )
    with gr.Row():
        by = gr.Radio([(title, name) for name, title in AXES.items()], value="images", label="Lined up by")
        number = gr.Radio(NUMBERS, value=16, label="Images", min_width=200)
    label = "From the beginning of the training to its end"
    part = gr.Slider(0, 1, 0.5, step=0.01, label=label, elem_classes="stays")
    stands = gr.JSON({}, visible=False)  # the slider's place as Streamlit's links have it
    for name, control in (("axis", by), ("drawn", number), ("", stands)):
        links.bind("evolution", name, control)

    @quietly(lambda: None)
    def stood(keys, query) -> float | None:
        """Where the slider stood when a link was made."""
        axis, n = ((query.get(name) or [""])[-1] for name in ("axis", "drawn"))
        name = next((name for name, title in AXES.items() if title == axis), by.value)
        evolution = seen(keys, name, int(n) if n.isdigit() else 16)
        stops = [evolution.text(position) for position in evolution.positions]
        at = (query.get(f"{name}_at") or [""])[-1]
        return stops.index(at) / max(len(stops) - 1, 1) if at in stops else None

    links.reader("evolution", part, stood)

    def seen(keys, by, number) -> Evolution:
        return evolutions.evolution(zoo, [entry.key for entry in views.chosen(keys)], by, number)

    def pictures(keys, by, number, part):
        moments = (evolution := seen(keys, by, number)).at(place(evolution, part))
        columns = math.isqrt(number)
        pixels = compose.tile_pixels(len(moments), columns)
        sheets = [compose.sheet(m.pictures, columns, compose.scale_of(m.pictures.shape[1], pixels)) for m in moments]
        captions = [zoo.caption(m.key, range(len(m.pictures)), moment=m) for m in moments]
        return [zoo.entry(m.key) for m in moments], captions, sheets

    @quietly(lambda: ("", {}))
    def told(keys, by, number, part):
        """Where the slider stands, and the variants that have no film."""
        evolution = seen(keys, by, number)
        at = place(evolution, part)
        said = {f"{by}_at": evolution.text(at)} if at != evolution.middle else {}
        return words(f"At {evolution.words(at)}.", *evolution.problems), said

    @quietly(lambda: (plot(), plot(), ""))
    def losses(keys, by, number, part):
        """What the losses tell, with a rule at the slider's position."""
        evolution = seen(keys, by, number)
        from demo.draw import (
            charts,  # it imports altair, and the critics torch: seconds in which the pictures stand already
        )

        at, critics = place(evolution, part), evolutions.critics(zoo, [one.key for one in evolution.films])
        estimates = spec(charts.critics, critics.estimates, at, evolution.totals)
        distances = spec(charts.progress, critics.watched, at, evolution.totals)
        return plot(estimates), plot(distances), words(*critics.sentences)

    @quietly(str)
    def play(keys, by, number, playing):
        """The animation, while it is asked for."""
        if not playing:
            return ""
        address = link(animation(seen(keys, by, number)), "evolution.gif")
        alt = f"All variants from the beginning of their training to its end, lined up by {AXES[by].lower()}."
        return f'<img src="{address}" alt="{alt}">'

    @quietly(str)
    def films(keys):
        """Links to the films as they were recorded."""
        made = []
        for one in seen(keys, "images", 1).films:
            name = f"{one.key.replace('/', '-')}.webp"
            made.append(
                f'<a href="{link(evolutions.film(zoo, one.key), name)}" download="{name}">{html.escape(one.title)}</a>'
            )
        return (
            f'<div class="words"><p>The films as they were recorded, with all their seeds: {" · ".join(made)}</p></div>'
        )

    asked = [by, number, part]
    react(told, asked, [gr.HTML(), stands], TAB)
    show(TAB, pictures, asked)
    gr.HTML("<h2>What the losses tell</h2>")
    react(losses, asked, [plot(), plot(), gr.HTML()], TAB)
    gr.HTML("<h2>The animation</h2>")
    playing = links.bind("evolution", "play", gr.Checkbox(label="Play", container=False))
    react(play, [by, number, playing], gr.HTML(elem_classes="played"), TAB)
    save("Download the animation as GIF", "evolution.gif", lambda *v: animation(seen(*v)), [by, number])
    react(films, [], gr.HTML(), TAB)

    def python(keys, by, number, part) -> str:
        evolution = seen(keys, by, number)
        return snippets.evolution(zoo, [one.key for one in evolution.films], by, number, place(evolution, part))

    share(TAB, python, asked)
