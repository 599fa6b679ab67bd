"""What Interpolate and Classes share: key frames to edit, a slider that answers at once, films to save."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from demo.draw import compose, scrubber
from demo.draw import walk as drawn
from demo.streamlit.shared import LINK, download, plain
from demo.zoo import walks
from demo.zoo.walks import KeyFrame, Walk

_scrubber = st.components.v2.component(
    "walk",
    html='<div class="scrub"></div>',
    css=scrubber.CSS + ".scrub { --scrub-top: 3.75rem; }",  # below the page's own bar
    js=scrubber.JS
    + """export default ({parentElement, data, setStateValue}) => {
  scrubber(parentElement.querySelector(".scrub"), data, (at) => setStateValue("at", at));
}""",
)


def key_frames(
    label: str, key: str, first: str, names: Sequence[str], help: str, least: int = 2, most: int = walks.MOST_KEYS
) -> list[KeyFrame]:
    """Key frames to type, and below them buttons that change one of them. A ValueError says what is wrong with them.

    names: of the classes that may be chosen. least, most: where both are one number, none is added or removed.
    """
    state = st.session_state
    name = names[min(3, len(names) - 1)] if names else "class"
    text = st.text_input(label, first, key=key, bind=LINK, help=help.format(name=name)) or ""
    keys = walks.parse(text, names, most)

    def set_keys(change: Callable[..., list[KeyFrame]], *values) -> None:
        state[key] = walks.write(change(keys, *values), names)

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = st.pills(
            "Change one", range(len(keys)), default=0 if keys else None, required=bool(keys), key=f"{key}_one",
            format_func=lambda i: plain(keys[i].text), width="content",
        )  # fmt: skip
        at = min(chosen or 0, len(keys) - 1)
        if names and keys:
            before, own = walks.BEFORE if at else walks.BY_SEED, f"{key}_class"
            state[own] = keys[at].label or before
            st.selectbox(
                "Its class", [before, *names], key=own, width=150,
                on_change=lambda: set_keys(walks.labelled, at, "" if state[own] == before else state[own]),
            )  # fmt: skip
        with st.container(horizontal=True, gap="xsmall", width="content"):
            if keys:
                st.button("Random seed", key=f"{key}_random", on_click=set_keys, args=(walks.reseeded, at))
            if least < most:
                few, many = len(keys) <= least, len(keys) >= most
                st.button("Remove", key=f"{key}_remove", on_click=set_keys, args=(walks.removed, at), disabled=few)
                st.button("Add", key=f"{key}_add", on_click=set_keys, args=(walks.added,), disabled=many)
    if len(keys) < least:
        raise ValueError(f"Give {'four' if least == 4 else 'two'} seeds{' or more' if least < most else ''}: {first}.")
    return keys


def how_input() -> str:
    return st.segmented_control(
        "Path", ["slerp", "lerp"], default="slerp", key="path", bind=LINK, required=True, help=walks.HOW_HELP
    )


def loop_input() -> bool:
    return st.toggle("Loop", True, key="loop", bind=LINK, help="From the last key frame back to the first.")


def scrub(walk: Walk) -> None:
    """The walk under its slider. The position in the address follows once the hand rests."""
    shown = scrubber.data(walk, scrubber.places(st.query_params.get("at", "")))

    @st.fragment
    def moving() -> None:
        """Reruns alone, and only for the address: the pictures move in the browser."""
        moved = _scrubber(key=f"scrubber_{len(walk.axes)}", data=shown, on_at_change=lambda: None)
        if moved.at is not None:
            st.query_params["at"] = " ".join(f"{one:g}" for one in moved.at)

    moving()


@st.fragment
def film(draw: Callable[[int], Walk], name: str) -> None:
    """A film to save. draw(n): the walk, with n pictures from one key frame to the next."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kinds = {"GIF": "gif", "WebP": "webp", "MP4": "mp4"}
        kind = st.segmented_control("Format", list(kinds), default="GIF", key="film", bind=LINK, required=True)
        seconds = st.select_slider(
            "Seconds per step",
            walks.SECONDS,
            1.0,
            key="seconds",
            bind=LINK,
            width=180,
            help="From key frame to key frame.",
        )
        size = st.segmented_control(
            "Size", list(walks.SIZES), default="medium", key="size", bind=LINK, required=True,
            help="Of the pictures. A long film of many variants becomes smaller than that.",
        )  # fmt: skip
        end = kinds[kind]
        download(
            f"Download the film as {kind}", f"{name}.{end}", compose.KINDS[end],
            lambda: drawn.film(draw(round(walks.FPS * seconds)), end, seconds, walks.SIZES[size]),
        )  # fmt: skip
