"""The quiz of the Gradio front end: two pictures, one of them real, and the score of whoever tells them apart."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial

import gradio as gr

from demo.cards import refusal
from demo.draw import compose
from demo.gradio_board import frame, words
from demo.gradio_board import table as tabular
from demo.zoo import quiz
from demo.zoo.seeds import check_seeds

TAB = "Quiz"
PIXELS = 168
STYLE = """
.pair { display: flex; gap: 16px; }
.pair figure { margin: 0; flex: 1 1 0; max-width: 168px; }
.pair img { display: block; max-width: 100%; height: auto; image-rendering: pixelated; }
.pair.open img { cursor: pointer; }
.pair figcaption { font-size: .85rem; line-height: 1.4; margin-top: .25rem; overflow-wrap: anywhere; }
.answers { max-width: 352px; }
"""
PLAY = """const press = (id) => document.getElementById(id)?.click()
element.addEventListener("click", (event) => {
  const at = [...element.querySelectorAll("img")].indexOf(event.target)
  if (at >= 0) press(at ? "quiz-right" : "quiz-left")
})
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, button, [role=listbox]")
  if (typing && (event.key === "Enter" || typing.tagName !== "BUTTON")) return
  if (!element.offsetParent || event.ctrlKey || event.altKey || event.metaKey) return
  const id = { ArrowLeft: "quiz-left", ArrowRight: "quiz-right", Enter: "quiz-next" }[event.key]
  if (id) press(id)
})"""
"""Pictures and arrow keys press the buttons, which are there for all others"""


def build(views, variants, turn: gr.State, open_tab: gr.State, seed: Callable, **quiet) -> gr.Number:
    """The contents of the tab. variants: the widget that holds the chosen keys; turn: changes when the tab is to be
    drawn; seed: makes a control for a number; quiet: settings of the events. The control of the quiz."""
    gr.Markdown(quiz.INTRODUCTION)
    with gr.Row(), gr.Column(scale=0, min_width=240):
        number = seed("Quiz")
    gr.HTML(words(quiz.HELP))
    game = gr.State(None)  # of this visitor alone
    pictures = gr.HTML(js_on_load=PLAY)
    with gr.Row(elem_classes="answers"):
        left, right = (
            gr.Button(f"The {side} one is real", elem_id=f"quiz-{side}", size="sm", min_width=100)
            for side in quiz.SIDES
        )
    onward = gr.Button("Next round", elem_id="quiz-next", size="sm", variant="primary", elem_classes="save")
    said = gr.HTML()
    table = frame("Who fooled whom")
    places = [game, pictures, said, left, right, onward, table]

    def move(do, shown, keys, chosen, played):
        """Do something with the game, and show it."""
        if shown != TAB:
            return gr.skip()
        try:
            keys = [entry.key for entry in views.chosen(keys)]
            (chosen,) = check_seeds([0 if chosen is None else chosen])
            if played is None or not played.same(chosen, keys):
                played = quiz.Game(chosen, tuple(keys))
            asked = quiz.round_of(views.zoo, played.keys, played.quiz, played.number)
            if do == "next" and played.answer:
                played.number += 1
                asked = quiz.round_of(views.zoo, played.keys, played.quiz, played.number)
            elif do in (0, 1) and not played.answer:
                played.answers.append(quiz.answer_of(views.zoo, asked, do))
        except ValueError as error:
            gone = gr.Button(visible=False)
            notice = refusal(error)
            return played, notice, "", gone, gone, gone, gr.Dataframe(visible=False)
        given, score = played.answer, quiz.tally(played.answers)
        told = [quiz.verdict(asked, given)] if given else ["Click a picture, or press the arrow key of its side."]
        answer = gr.Button(visible=given is None)
        return (
            played, _pair(asked, played), words(*told, score.words), answer, answer, gr.Button(visible=bool(given)),
            tabular(quiz.COLUMNS, quiz.table(score), ["str"] * len(quiz.COLUMNS)),
        )  # fmt: skip

    asked = [open_tab, variants, number, game]
    gr.on([turn.change, number.change], partial(move, None), asked, places, trigger_mode="always_last", **quiet)
    for button, do in ((left, 0), (right, 1), (onward, "next")):
        button.click(partial(move, do), asked, places, trigger_mode="once", **quiet)
    return number


def _pair(asked: quiz.Round, played: quiz.Game) -> str:
    """The two pictures, and after the answer what they are, as HTML."""
    made = []
    for side, picture in enumerate(asked.pictures):
        url = compose.data_url(compose.png(compose.enlarge(picture, compose.scale_of(len(picture), PIXELS))), "png")
        name = quiz.names(asked)[side] if played.answer else ""
        alt = html.escape(name or f"The picture on the {quiz.SIDES[side]}")
        told = f"<b>{html.escape(name)}</b>" if side == asked.plan.side else html.escape(name)
        made.append(f'<figure><img src="{url}" alt="{alt}"><figcaption>{told if name else ""}</figcaption></figure>')
    kind = "pair" if played.answer else "pair open"
    return f'<h2>Round {played.number}</h2><div class="{kind}">{"".join(made)}</div>'
