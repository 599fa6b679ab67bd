"""The evolution tab of the Gradio front end: one slider moves the chosen variants through their training."""

from __future__ import annotations

import math
from collections.abc import Callable

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from demo import compose
from demo.evolution import AXES, Evolution
from demo.gradio_board import plot, words

TAB = "Evolution"
NUMBERS = (4, 9, 16, 36)
"""Of images of a variant"""


def place(evolution: Evolution, part: float) -> float:
    """The position that lies at a part of the slider, 0 to 1."""
    return evolution.positions[round(part * (len(evolution.positions) - 1))]


def build(views, react: Callable, show: Callable, save: Callable) -> None:
    """The contents of the tab; views, react, show, save: as demo/gradio.py has them for its own tabs."""
    zoo = views.zoo
    gr.Markdown(
        "The same seeds at every moment. Each variant shows what it had drawn last at that point; one whose training "
        "ended earlier stays at its last pictures."
    )
    with gr.Row():
        by = gr.Radio([(title, name) for name, title in AXES.items()], value="images", label="Lined up by")
        number = gr.Radio(NUMBERS, value=16, label="Images", min_width=200)
    part = gr.Slider(0, 1, 0.5, step=0.01, label="From the beginning of the training to its end")

    def seen(keys, by, number) -> Evolution:
        return zoo.evolution([entry.key for entry in views.chosen(keys)], by, number)

    def pictures(keys, by, number, part):
        moments = (evolution := seen(keys, by, number)).at(place(evolution, part))
        columns = math.isqrt(number)
        pixels = compose.tile_pixels(len(moments), columns)
        sheets = [compose.sheet(m.pictures, columns, compose.scale_of(m.pictures.shape[1], pixels)) for m in moments]
        captions = [zoo.caption(m.key, range(len(m.pictures)), moment=m) for m in moments]
        return [zoo.entry(m.key) for m in moments], captions, sheets

    def told(keys, by, number, part):
        """Where the slider stands, and the variants that have no film."""
        try:
            evolution = seen(keys, by, number)
        except ValueError:  # said in place of the pictures
            return ""
        return words(f"At {evolution.words(place(evolution, part))}.", *evolution.problems)

    def losses(keys, by, number, part):
        """What the losses tell, with a rule at the slider's position."""
        try:
            evolution = seen(keys, by, number)
        except ValueError:
            return plot(), plot(), ""
        from demo import charts  # it imports altair, and the critics torch: seconds in which the pictures stand already

        at, critics = place(evolution, part), zoo.critics([one.key for one in evolution.films])
        totals = {one.key: one.total for one in evolution.films} if by == "share" else None
        estimates = charts.critics(critics.estimates, at, totals)
        return plot(estimates), plot(charts.progress(critics.watched, at, totals)), words(*critics.sentences)

    def films(keys):
        """The films as they were recorded, as files."""
        try:
            evolution = seen(keys, "images", 1)
        except ValueError:
            return None
        folder = get_upload_folder()
        names = {one.key: f"{one.key.replace('/', '-')}.webp" for one in evolution.films}
        return [save_bytes_to_cache(zoo.film(key), name, folder) for key, name in names.items()]

    asked = [by, number, part]
    where = gr.HTML()
    react(told, asked, where, TAB)
    show(TAB, pictures, asked)
    save("Download the animation as GIF", "evolution.gif", lambda *v: seen(*v).animation(), [by, number])
    gr.HTML("<h3>What the losses tell</h3>")
    drawn = [plot(), plot(), gr.HTML()]
    react(losses, asked, drawn, TAB)
    with gr.Accordion("The films as they were recorded: 60 seeds of each variant", open=False):
        recorded = gr.File(file_count="multiple", interactive=False, show_label=False)
    react(films, [], recorded, TAB)
