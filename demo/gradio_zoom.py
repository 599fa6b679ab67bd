"""Below the pictures of the Compare tab: one seed looked at closely, chosen by a click or by its number."""

from __future__ import annotations

from collections.abc import Callable

import gradio as gr

from demo.cards import refusal
from demo.draw import inspected
from demo.zoo import inspection
from demo.zoo.seeds import MOST_SEED, read_seeds
from demo.zoo.words import IN_TURN

CLICK = """element.addEventListener("click", (event) => {
  if (event.target.tagName !== "IMG") return
  const box = event.target.getBoundingClientRect()
  trigger("click", { x: (event.clientX - box.x) / box.width, y: (event.clientY - box.y) / box.height })
  document.getElementById("closer")?.scrollIntoView({ block: "start" })
})"""
"""Where in a sheet somebody clicked"""
STYLE = inspected.STYLE + ".grids img { cursor: pointer; }\n"
BY = f"(seed) => String(Math.min({MOST_SEED}, Math.max(0, (parseInt(seed) || 0) %s 1)))"


def grids() -> gr.HTML:
    """The place of the pictures, which tells where it was clicked."""
    return gr.HTML(js_on_load=CLICK, elem_classes="grids")


def build(views, react: Callable, tab: str, place: gr.HTML, seeds: list, how: list, **quiet) -> gr.Textbox:
    """views, react: as demo/gradio.py has them. place: of the sheets. seeds: widgets from which Views.seeds reads what
    they hold; how: those for label and truncation; quiet: settings of the events. The control of the
    seed."""
    gr.Markdown(
        "## Look closer\nClick a picture, or type its seed: each variant's picture of it, large, with what its own "
        "discriminator says of it and the training picture that is nearest.",
        elem_id="closer",
    )
    with gr.Row(), gr.Column(scale=0, min_width=240), gr.Group():
        # Not a Number, which is 0 where nobody has chosen one.
        look = gr.Textbox(label="Seed to look at", placeholder="none", max_lines=1)
        with gr.Row():
            for name, sign in (("Previous", "-"), ("Next", "+")):
                gr.Button(name, size="sm", min_width=40).click(None, look, look, js=BY % sign)

    def picked(number, first, own, event: gr.EventData):
        """The seed that stands where the sheet was clicked."""
        try:
            seed = inspection.seed_at(views.seeds(number, first, own), event.x, event.y)
            return gr.skip() if seed is None else str(seed)
        except (ValueError, AttributeError, TypeError):
            return gr.skip()

    def looks(keys, seed, label, truncation):
        if not (seed or "").strip():
            return ""
        try:
            entries, (seed,) = views.chosen(keys), read_seeds(seed, 1)
            label = None if label == IN_TURN else label
            made = inspection.inspect(views.zoo, [entry.key for entry in entries], seed, label, truncation)
        except ValueError as error:
            return refusal(error)
        return inspected.cards(made.values())

    place.click(picked, seeds, look, **quiet)
    react(looks, [look, *how], gr.HTML(), tab)
    return look
