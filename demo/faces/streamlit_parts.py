"""What Streamlit lacks, as components of its own, and the parts of a page as its elements."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
from streamlit.dataframe_util import convert_anything_to_arrow_bytes

from demo.draw import number, pad, plots, scrubber, stage_script
from demo.page.items import Grid, Html, Part, Pictures
from demo.page.state import LISTEN
from demo.zoo.cache import LeastRecentlyUsed

STYLE = """<style>
.stMainBlockContainer { padding-top: 4.5rem; padding-bottom: 3rem; }
[data-testid=stCaptionContainer], [data-testid=stCaptionContainer] p {
  color: light-dark(#5b5f6e, #a9adbf); opacity: 1; }
.stMultiSelect [data-tag], .stMultiSelect [data-tag] *, .stButton button[kind=primary] {
  color: light-dark(#fff, #12141d); }
.stButton button[kind=primary] kbd { color: inherit !important; opacity: 1 !important; }
.stButtonGroup [role=radiogroup] { flex-wrap: wrap; row-gap: .25rem; }
[class*=st-key-groups] button { min-height: 0; padding: .15rem .6rem; border-radius: 1rem; }
[class*=st-key-groups] button p { font-size: .8rem; }
[class*=st-key-sticky] { position: sticky; top: 3.75rem; z-index: 10; padding: .25rem 0; backdrop-filter: blur(12px);
  background: color-mix(in srgb, light-dark(#fff, #12141d) 92%, transparent); }
.st-key-menu { position: absolute; width: 0; height: 0; overflow: hidden; }
[class*=st-key-at_] { position: absolute; height: 0; scroll-margin-top: 4.5rem; }
</style>"""
"""Captions and primary buttons have the contrast that small text needs. The buttons of a choice go on in a second line:
Streamlit would cut them at the edge of a phone"""
PART = """.part { font-size: 1rem; line-height: 1.5; overflow-wrap: anywhere; }
.part table { overflow-wrap: break-word; }
.part h2 { font-size: 1.75rem; line-height: 1.2; margin: 1rem 0 .5rem; }
.part h3 { font-size: 1.4rem; line-height: 1.2; margin: .75rem 0 .4rem; }
.part p { margin: 0 0 .75rem; }
.part a { color: var(--st-link-color); }
.part[data-picks] img { cursor: pointer; }
.part :focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; border-radius: .25rem; }
.notice { border: 1px solid var(--st-border-color); border-radius: .5rem; padding: .6rem .9rem; }
"""
NARROW = 768
"""Pixels below which Streamlit has a menu that opens over the page"""

_html = st.components.v2.component(
    "ganscope_part",
    html="<style></style><div class=part></div>",
    js=LISTEN
    + """export default ({parentElement, data, setTriggerValue}) => {
  const [style, root] = [parentElement.querySelector("style"), parentElement.querySelector(".part")];
  if (root.style_ !== data.style) style.textContent = root.style_ = data.style;
  if (root.said !== data.html) root.innerHTML = root.said = data.html;
  if (data.picks) root.dataset.picks = "1";
  const host = parentElement.host ?? parentElement;
  if (data.anchor) Object.assign(host, {id: data.anchor}).style.scrollMarginTop = "4.5rem";
  listen(root, (event) => setTriggerValue("event", event), data.leads);
}""",
)
_number = st.components.v2.component(
    "ganscope_number",
    html='<div class="number"></div>',
    css=number.CSS,
    js=number.JS
    + """export default ({parentElement, data, setTriggerValue}) =>
  number(parentElement.querySelector(".number"), data, (value) => setTriggerValue("event", {value}));""",
)
_pad = st.components.v2.component(
    "ganscope_pad",
    html='<div class="pad"></div>',
    css=pad.CSS,
    js=pad.JS
    + """export default ({parentElement, data, setTriggerValue}) =>
  pad(parentElement.querySelector(".pad"), data, (value) => setTriggerValue("event", {value}));""",
)
_scrubber = st.components.v2.component(
    "ganscope_scrubber",
    html='<div class="scrub"></div>',
    css=scrubber.CSS + ".scrub { --scrub-top: 3.75rem; }",  # below the page's own bar
    js=scrubber.JS
    + """export default ({parentElement, data, setTriggerValue}) => {
  const walk = JSON.parse(new TextDecoder().decode(data));
  scrubber(parentElement.querySelector(".scrub"), walk, (at) => setTriggerValue("event", {at}));
}""",
)
_stage = st.components.v2.component(
    "ganscope_stage",
    html='<div class="stage-root"></div>',
    css=stage_script.CSS,
    js=stage_script.JS
    + """export default ({parentElement, data, setTriggerValue}) =>
  stage(parentElement.querySelector(".stage-root"), data, (asked) => setTriggerValue("event", asked));""",
)
_menu = st.components.v2.component(
    "ganscope_menu",
    js="""export default function({ data, parentElement, setTriggerValue }) {
  parentElement.listening?.abort()
  parentElement.listening = new AbortController()
  const during = { signal: parentElement.listening.signal, capture: true }
  document.addEventListener("click", (event) => {
    window.ganscopeHere = location.href
    // A phone's menu stays open, over the page that was chosen in it: this closes it.
    if (innerWidth < data.narrow && event.target.closest("[data-testid=stSidebarNavLink]"))
      document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click()
    // A link in a part that is still being made is no component: followed as it is, it would load the whole app again,
    // and "back" would find another address than the one that was left.
    const link = event.composedPath()[0].closest?.("[data-change]")
    if (link && link.getRootNode() === document && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault()
      setTriggerValue("event", { change: JSON.parse(link.dataset.change) })
    }
  }, during)
  window.addEventListener("popstate", () => { window.ganscopeHere = "" }, during)
  // What changes within a page is no step of the way: "back" leads to the page before. On the way to another page
  // Streamlit may give the old one the address of the new one first: it gets back what it had at the click.
  if (!window.ganscopePush) {
    const push = window.ganscopePush = history.pushState
    history.pushState = function (state, title, address) {
      const path = (text) => new URL(text || "about:blank", location.href).pathname, here = window.ganscopeHere
      if (path(address ?? "?") === location.pathname) return history.replaceState(state, title, address)
      if (here && path(here) === location.pathname) history.replaceState(history.state, title, here)
      return push.call(this, state, title, address)
    }
  }
  return () => parentElement.listening.abort()
}""",
)
"""What Streamlit leaves undone when a page is left"""


def menu(happens: Callable[[dict], None]) -> None:
    """happens: called with what LISTEN sends of a link that stands in no component, before the page runs again."""
    with st.container(key="menu"):
        _menu(key="_menu", data={"narrow": NARROW}, height=1, on_event_change=_told("_menu", happens))


def html(part: Html, value: str, style: str, key: str, happens: Callable[[dict], None]) -> None:
    """happens: called with what LISTEN sends, before the page runs again."""
    picks = isinstance(part, Pictures)
    leads = part.leads if picks else ""
    data = {"html": value, "style": PART + style, "picks": picks, "leads": leads, "anchor": part.anchor}
    _html(key=key, data=data, on_event_change=_told(key, happens))


def step(part: Part, value: Any, style: str) -> None:
    """What a part shows on its way to its last value. Of a component there can be no two in one run."""
    if isinstance(part, Html) and value is not None:
        st.html(f'<style>{PART}{style}</style><div class="part">{value}</div>')


def number_input(data: dict, key: str, happens: Callable[[dict], None]) -> None:
    """happens: called with {"value": a number or None}."""
    _number(key=key, data=data, width="content", on_event_change=_told(key, happens))


def pad_input(data: dict, key: str, happens: Callable[[dict], None]) -> None:
    """happens: called with {"value": base64 of what is drawn, or None}."""
    _pad(key=key, data=data, width="content", on_event_change=_told(key, happens))


def moving(walk: dict, at: str, key: str, happens: Callable[[dict], None]) -> None:
    """A walk under its slider, as `scrubber.packed` gives it. happens: called with {"at": shares of each axis}, once
    the hand rests."""
    _, text = _texts.get(id(walk), None, lambda: (walk, json.dumps(walk).encode()))
    start = json.dumps({"at": scrubber.data(walk, at)["at"]}).encode()
    key, data = f"{key}_{len(walk['axes'])}", start[:-1] + b", " + text[1:]
    _scrubber(key=key, data=data, on_event_change=_told(key, happens))


_texts: LeastRecentlyUsed[tuple[dict, bytes]] = LeastRecentlyUsed(8)
"""Walks as they are sent, by the dictionary that all visitors share: of faces one takes megabytes, and as a dictionary
Streamlit would write it twice for each of them"""


def stage(data: dict, key: str, happens: Callable[[dict], None]) -> None:
    """Runs of the playground. happens: called with what the script asks."""
    _stage(key=key, data=data, on_event_change=_told(key, happens))


def _told(key: str, happens: Callable[[dict], None]) -> Callable[[], None]:
    def told() -> None:
        event = (st.session_state.get(key) or {}).get("event")
        if isinstance(event, dict):
            happens(event)

    return told


def anchor(name: str) -> None:
    """A place to which a click can lead."""
    with st.container(key=f"at_{name}"):
        st.html(f'<div id="{name}"></div>')


def charts(value: Sequence, across: int) -> None:
    """value: a function of demo.draw.charts, and its arguments. across: charts beside each other."""
    places: list = []
    for spec in plots.drawn(_sent, *value):
        if across > 1:
            places = places or list(st.columns(across, gap="medium"))
        with places.pop(0) if across > 1 else st.container():
            st.vega_lite_chart(dict(spec), theme=None)  # it brings its description and the colours of both themes


def _sent(spec: dict) -> dict:
    """A chart as Streamlit sends it, which it then has not to make of it each time."""
    sets = spec.get("datasets", {})
    return spec | {"datasets": {name: convert_anything_to_arrow_bytes(rows) for name, rows in sets.items()}}


BARE = "<style>.st-key-intro, .st-key-share, [data-testid=stHeader] { display: none; }</style>"
"""Hides what is around the items of a page (`Page.bare`)"""
TINT = "background-color: rgba(128, 134, 160, 0.16)"
"""Of rows that are set apart"""
NAMES, WIDEST, LETTER, AROUND, LINE = 250, 320, 6.7, 20, 20
"""Pixels of a table: width of the first column, of another column of texts at most, of a letter, around a cell's text;
height of a line"""


def table(grid: Grid, key: str, happens: Callable[[int], None] | None) -> None:
    """happens: called with the number of the row that somebody chooses."""
    import pandas as pd  # here: a third of a second, and the first page has no table

    cells = [[cell if isinstance(cell, tuple) else (cell, str(cell)) for cell in row] for row in grid.rows]
    frame = pd.DataFrame([[value for value, _ in row] for row in cells], columns=list(grid.headers))
    shown = frame.style.apply(lambda line: [TINT if line.name in grid.tinted else ""] * len(line), axis=1)
    for i, row in enumerate(cells):
        words = {name: (lambda _, text=text: text) for name, (_, text) in zip(grid.headers, row, strict=True)}
        shown.format(words, subset=pd.IndexSlice[[i], :], na_rep="")
    helps = [*grid.help, *[""] * len(grid.headers)]
    texts = [[row[i][1] for row in cells if isinstance(row[i][0], str)] for i in range(len(grid.headers))]
    needed = [max((LETTER * len(text) + AROUND for text in some), default=0) for some in texts]
    widths = [math.ceil(min(need, NAMES if i == 0 else WIDEST)) if need else None for i, need in enumerate(needed)]
    columns = {
        header: st.column_config.Column(help=helps[i] or None, pinned=i == 0, width=widths[i])
        for i, header in enumerate(grid.headers)
    }
    lines = max((math.ceil(need / width) for need, width in zip(needed, widths, strict=True) if width), default=1)
    tall = {"row_height": LINE * min(lines, 4) + AROUND} if lines > 1 else {}  # text is wrapped in tall rows alone
    chosen = {}
    if happens:

        def picked() -> None:
            for row in st.session_state[key].selection.rows:
                happens(row)

        chosen = {"on_select": picked, "selection_mode": "single-row"}
    st.dataframe(
        shown, hide_index=True, height="content", placeholder="–", column_config=columns, key=key, alt=grid.alt or None,
        **chosen, **tall,
    )  # fmt: skip


def plain(text: str) -> str:
    """Text that Markdown shows as it is: a checkpoint may come from anyone."""
    return "".join("\\" + c if c in "\\`*_{}[]<>#$|~:" else c for c in text)
