"""Quiz: two pictures, one of them real, and the score of whoever tells them apart."""

import random

import pandas as pd
import streamlit as st

from demo.draw import compose
from demo.streamlit.shared import LINK, begin, choose, plain, zoo
from demo.streamlit.zoom import clicks
from demo.zoo import quiz
from demo.zoo.seeds import MOST_SEED

PIXELS = 252
"""Side of a picture, about; a phone shows two beside each other, smaller"""

STYLE = """<style>
@media (max-width: 640px) {
  .st-key-sides { display: grid; grid-template-columns: 1fr 1fr; }
  .st-key-sides > *, .st-key-sides .stVerticalBlock, .st-key-sides .stImage, .st-key-sides .stImage * {
    width: 100%; min-width: 0; }
}
</style>"""
"""The two stand beside each other on a phone as well"""

catalog, notice = begin("Quiz", quiz.INTRODUCTION)


def another() -> None:
    st.session_state["quiz"] = random.randrange(1, 100_000)


st.html(STYLE)
with st.container(border=True):
    entries = choose(catalog)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        number = st.number_input(
            "Quiz", 0, MOST_SEED, "min", 1, key="quiz", bind=LINK, width=150, help=quiz.HELP
        )  # fmt: skip
        st.button("Another quiz", on_click=another)


def game() -> quiz.Game:
    """This visitor's, from its first round where it is another quiz than before."""
    keys = [entry.key for entry in entries]
    played = st.session_state.get("game")
    if played is None or not played.same(number, keys):
        played = st.session_state["game"] = quiz.Game(number, tuple(keys))
    return played


@st.fragment
def rounds() -> None:
    """Reruns alone from answer to answer."""
    played = game()
    try:
        asked = quiz.round_of(zoo(), played.keys, played.quiz, played.number)
    except ValueError as error:
        st.error(plain(str(error)))
        return

    def answer(side: int) -> None:
        if side in (0, 1) and played.answer is None:
            played.answers.append(quiz.answer_of(zoo(), asked, side))

    def go_on() -> None:
        played.number += 1

    given = played.answer
    st.header(f"Round {played.number}")
    with st.container(horizontal=True, gap="small", key="sides"):
        for side, (picture, name) in enumerate(zip(asked.pictures, quiz.names(asked), strict=True)):
            big = compose.enlarge(picture, compose.scale_of(len(picture), PIXELS))
            with st.container(width=max(big.shape[1], 120), gap="xsmall"):
                place = quiz.SIDES[side]
                st.image(big, alt=name if given else f"The picture on the {place}", output_format="PNG")
                if given:
                    st.markdown(f"**{plain(name)}**" if side == asked.plan.side else plain(name))
                else:
                    keys = {"key": f"real_{place}", "shortcut": place.title()}
                    st.button("This is real", on_click=answer, args=(side,), **keys)
    if given:
        st.markdown(plain(quiz.verdict(asked, given)))
        st.button("Next round", on_click=go_on, type="primary", shortcut="Enter")
    else:
        clicks("sides", "sides", lambda side, x, y: answer(side), "nearest")
        st.caption("Click a picture, or press the arrow key of its side.")

    score = quiz.tally(played.answers)
    st.header("Score")
    st.markdown(score.words)
    if score.rows:
        st.dataframe(pd.DataFrame(quiz.table(score), columns=quiz.COLUMNS), hide_index=True, width="content")


rounds()
notice()
