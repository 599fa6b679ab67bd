"""Clicks on pictures, and one seed looked at closely: parts of pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from demo.draw import inspected
from demo.streamlit.shared import LINK, plain, zoo
from demo.zoo import inspection
from demo.zoo.entries import Entry
from demo.zoo.seeds import MOST_SEED

_LISTEN = """export default function({ data, parentElement, setTriggerValue }) {
  parentElement.listening?.abort()
  parentElement.listening = new AbortController()
  document.addEventListener("click", (event) => {
    const images = [...document.querySelectorAll(`.st-key-${data.within} img`)]
    const at = images.indexOf(event.target)
    if (at < 0) return
    const box = event.target.getBoundingClientRect()
    setTriggerValue("at", [at, (event.clientX - box.x) / box.width, (event.clientY - box.y) / box.height])
    document.querySelector(`.st-key-${data.show}`)?.scrollIntoView({ block: data.block })
  }, { signal: parentElement.listening.signal })
  return () => parentElement.listening.abort()
}"""
_clicks = st.components.v2.component("clicks", js=_LISTEN)


def clicks(within: str, show: str, picked: Callable[[int, float, float], None], block: str = "start") -> None:
    """Call picked(place, x, y) where somebody clicks a picture of the container `within`, before the page runs again.

    place: 0 for its first picture. x, y: shares from 0 to 1 of its width and height. show: the key of what is then
    brought into sight, `block`: where. A convenience of the mouse: the page must have a control for the same.
    """

    def clicked() -> None:
        at = (st.session_state.get(key) or {}).get("at")
        if isinstance(at, list) and len(at) == 3 and all(isinstance(part, int | float) for part in at):
            picked(int(at[0]), float(at[1]), float(at[2]))

    key = f"clicks_{within}"
    st.html(f"<style>.st-key-{within} img {{ cursor: pointer; }}</style>")
    _clicks(key=key, data={"within": within, "show": show, "block": block}, height=1, on_at_change=clicked)


def pick_seed(seeds: Sequence[int]) -> Callable[[int, float, float], None]:
    """What `clicks` calls over sheets of the same seeds."""

    def picked(_: int, x: float, y: float) -> None:
        if (seed := inspection.seed_at(seeds, x, y)) is not None:
            st.session_state["look"] = seed

    return picked


@st.fragment
def look_closer(entries: Sequence[Entry], label: str | None, truncation: float) -> None:
    """A seed to choose, and what every variant makes of it. Reruns alone."""

    def go(by: int) -> None:
        st.session_state["look"] = min(max((st.session_state["look"] or 0) + by, 0), MOST_SEED)

    with st.container(key="closer"):
        st.header("Look closer")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
            seed = st.number_input(
                "Seed to look at", 0, MOST_SEED, None, 1, key="look", bind=LINK, width=170, placeholder="none",
                help="Click a picture above, or type a seed.",
            )  # fmt: skip
            for word, by in (("Previous", -1), ("Next", 1)):
                st.button(word, on_click=go, args=(by,), key=f"{word.lower()}_look", disabled=seed is None)
        if seed is None:
            st.caption(
                "Click a picture above, or type its seed: each variant's picture of it, large, with what its own "
                "discriminator says of it and the training picture that is nearest."
            )
            return
        with st.spinner("Judging and looking for neighbours"):
            try:
                looks = inspection.inspect(zoo(), [entry.key for entry in entries], int(seed), label, truncation)
            except ValueError as error:
                st.error(plain(str(error)))
                return
        st.html(f"<style>{inspected.STYLE}</style>{inspected.cards(looks.values())}")
