"""The controls of a page as Streamlit's widgets. Each shows the value of the state, and changes it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from demo import page as P
from demo.faces import streamlit_parts as parts
from demo.faces.streamlit_parts import plain
from demo.zoo import hub

if TYPE_CHECKING:
    from demo.page.state import State
    from demo.zoo.zoo import Zoo

MANY, LONG = 8, 70
"""Options of a choice, and letters of all of them, that still stand beside each other; more become a list to open"""
Change = Callable[[dict], None]
"""Called with {name of a control: its new value} before the page runs again"""


def control(c: P.Control, zoo: Zoo, s: State, change: Change, do: Callable[[Callable], None]) -> None:
    """One control other than Variants; nothing where there is nothing to choose.

    do: called with a function that gives changes, or raises a ValueError, a sentence.
    """
    choices = s.offers[c.name]
    if not s.shown[c.name] or isinstance(c, P.Latents) or (isinstance(c, P.Choice) and len(choices) < 2):
        return
    key = _key(c, s)
    if isinstance(c, P.Number):
        parts.number_input(_number(c, s), key, lambda event: change(_counted(c, event)))
        return
    if isinstance(c, P.Pad):
        drawn = partial(c.received, zoo, s)
        parts.pad_input(c.shown(zoo, s), key, lambda event: do(lambda: {c.name: drawn(event.get("value"))}))
        return
    said = _said(c, s, key, change)
    if isinstance(c, P.Choice):
        _choice(c, s, said)
    elif isinstance(c, P.Several):
        named = c.named(s)
        if _few(named) and not c.ordered:
            st.pills(options=list(named), selection_mode="multi", format_func=lambda one: plain(named[one]), **said)
        else:
            st.multiselect(options=list(named), format_func=named.get, **said)
    elif isinstance(c, P.Slider):
        number = int if c.whole else float
        st.session_state[key] = number(st.session_state[key])
        st.slider(min_value=number(c.least), max_value=number(c.most), step=number(c.step), width=180, **said)
    elif isinstance(c, P.Toggle):
        st.toggle(**said)
    elif isinstance(c, P.Text):
        st.text_input(placeholder=c.placeholder, width=240, **said)


def _key(c: P.Control, s: State) -> str:
    """The key of a widget: its name in links. A widget whose options change gets another key, or it would keep showing
    options that no longer exist."""
    changing = isinstance(c, P.Choice | P.Several) and callable(c.options)
    texts = "\n".join(s.offers[c.name]) if changing else ""
    return f"{c.link(s)}_{hashlib.sha1(texts.encode()).hexdigest()[:6]}" if changing else c.link(s)


def _said(c: P.Control, s: State, key: str, change: Change) -> dict[str, Any]:
    """What all widgets get; the widget then shows the value of the state, whoever changed it."""

    def typed() -> None:
        value = st.session_state[key]
        change({c.name: tuple(value) if isinstance(c, P.Several) else value})

    value = s.values[c.name]
    value = list(value) if isinstance(c, P.Several) else value
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return {"label": c.label, "key": key, "help": c.help or None, "on_change": typed}


def _few(named: dict) -> bool:
    return len(named) <= MANY and sum(map(len, named.values())) <= LONG


def _choice(c: P.Choice, s: State, said: dict) -> None:
    named = c.named(s)
    if c.way == "slider":
        st.select_slider(options=list(named), format_func=named.get, width=220, **said)
    elif c.way == "menu" or (not c.way and not _few(named)):
        longest = max(map(len, named.values()))
        st.selectbox(
            options=list(named),
            format_func=named.get,
            width=160 if longest < 14 else max(260, 9 * longest + 60),
            **said,
        )
    else:
        st.segmented_control(options=list(named), format_func=lambda one: plain(named[one]), required=True, **said)


def _number(c: P.Number, s: State) -> dict:
    """What demo.draw.number shows."""
    return {
        "label": c.label, "help": c.help, "value": s.values[c.name], "least": c.least, "most": c.most,
        "step": c.step(s) if callable(c.step) else c.step, "after": c.after, "random": c.random,
        "placeholder": "none" if s.defaults[c.name] is None else "",
    }  # fmt: skip


def _counted(c: P.Number, event: dict) -> dict:
    value = event.get("value")
    fits = value is None or (isinstance(value, int) and c.least <= value <= c.most)
    return {c.name: value} if fits else {}


# Variants ---------------------------------------------------------------------------------------------------


def variants(c: P.Variants, s: State, change: Change, add: Callable[[str], list[str]]) -> None:
    """One line that says what is chosen; unfolded: each variant, groups of them, and a place for others.

    add: fetches what somebody names, and answers with a sentence on each that cannot be had.
    """
    if not s.offers[c.name]:
        return
    key = c.link(s)
    with st.expander(plain(c.words(s)), key=f"fold_{key}", icon=":material/tune:"):
        said = {**_said(c, s, key, change), "label_visibility": "collapsed"}
        named = c.named(s)
        st.pills(options=list(named), selection_mode="multi", format_func=lambda one: plain(named[one]), **said)
        with st.container(horizontal=True, gap="xsmall", key=f"groups_{key}"):
            for words, keys in c.groups(s):
                st.button(plain(words), on_click=change, args=({c.name: keys},), key=f"group_{words}")
            hub_input(add)


def hub_input(add: Callable[[str], list[str]]) -> None:
    """Where a visitor names a checkpoint on the Hub."""
    with st.popover("Add from the Hub", icon=":material/add:", key="hub"):
        with st.form("hub_form", border=False, clear_on_submit=True):
            wish = st.text_input("Repository or collection", key="hub_wish", placeholder="user/name@v1", help=hub.HELP)
            pressed = st.form_submit_button("Add")
        if pressed and wish.strip():
            with st.spinner("Asking the Hub"):
                problems = add(wish)
            for problem in problems:
                st.error(plain(problem))
