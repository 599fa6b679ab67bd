"""The Streamlit front end: any page as a page of Streamlit's.

What a visitor chose stands in a `Visit` on the server; widgets, buttons and clicks change it, and the address says it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from demo import page as P
from demo.draw import compose
from demo.faces import streamlit_controls as controls
from demo.faces import streamlit_parts as parts
from demo.faces.gate import Gate
from demo.faces.streamlit_parts import plain
from demo.faces.turns import Visitor, address_of
from demo.faces.visit import Visit
from demo.page import links, refusals
from demo.page.items import Page, Part, flattened
from demo.page.maker import Maker, Refusal
from demo.page.state import EMPTY, Query, State, address, happened
from demo.zoo.folders import default_folder
from demo.zoo.words import listed
from demo.zoo.zoo import Zoo

GATES = {"draw": Gate(), "read": Gate(), "train": Gate()}
"""One gate for each kind of request of all visitors: those that load a model or draw, those that only read files, and
those that train in the playground"""


@st.cache_resource(max_entries=4, show_spinner=False)
def _maker(folder: str) -> Maker:
    return Maker(Zoo(folder))


def maker() -> Maker:
    """One for the whole server, so that visitors share the loaded models and what was made."""
    return _maker(str(default_folder()))


def visit() -> Visit:
    return st.session_state.setdefault("_visit", Visit())


def run(pages: Sequence[Page]) -> None:
    """The page of the address, which may be one that the Gradio front end made: "/?view=compare&..."."""
    opened = {
        page.name: st.Page(
            partial(show, page), title=page.title, url_path=page.name, default=i == 0,
            icon=f":material/{page.icon}:" if page.icon else None,
        )
        for i, page in enumerate(pages)
    }  # fmt: skip
    st.session_state["_pages"] = opened
    groups: dict[str, list] = {}
    for page in pages:
        groups.setdefault(page.group, []).append(opened[page.name])
    now = st.navigation(groups if len(groups) > 1 else list(opened.values()), position="top")
    query = _said()
    if named := query.pop(links.VIEW, None):
        if named[-1] not in opened:
            visit().said = f"There is no page {named[-1][:60]!r} here; there is {listed([*opened])}."
        st.switch_page(opened.get(named[-1], now), query_params=query)
    _leave()
    parts.menu(partial(_led, now.url_path or pages[0].name))
    now.run()


def _said() -> dict[str, list[str]]:
    """The address, as the browser had it when it asked for this run."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _led(name: str, event: dict) -> None:
    """A click on a link that stands in no component. name: of the open page."""
    visit().problems, visit().said = [], ""
    _follow(name, happened(None, maker().zoo, None, visit().query, event))


def _follow(name: str, query: Query) -> None:
    """Take over the query of a link, which may name another page than the open one."""
    view = (query.pop(links.VIEW, None) or [name])[-1]
    if view in st.session_state["_pages"]:
        visit().to = view if view != name else ""
    visit().query = query


def _leave() -> None:
    """Open the page that a click asked for. The address stays for now: else "back" would find it changed."""
    here = visit()
    if here.to:
        here.sent, here.to = here.to, ""
        st.switch_page(st.session_state["_pages"][here.sent], query_params=_said())


def show(page: Page) -> None:
    st.set_page_config(page_title=f"{page.title} · GANscope")
    st.html(parts.STYLE)
    with st.container(key="intro"):
        st.title(page.heading)
        st.markdown(page.words)
    body(page)


@st.fragment
def body(page: Page) -> None:
    """All of a page below its title, which reruns alone."""
    _leave()
    try:
        here, said = visit(), _said()
        s = here.arrive(page, maker().zoo, said)
        if (written := here.write(s)) != said:
            st.query_params.from_dict(written)
        if page.bare(s):
            st.html(parts.BARE)
        Face(page, s, here).all()
    except Exception as error:  # nobody sees a traceback: the log has it
        st.error(plain(refusals.sentence(error)))


class Face:
    """One page of one visitor, in one state."""

    def __init__(self, page: Page, s: State, here: Visit):
        self.page, self.s, self.visit, self.zoo = page, s, here, maker().zoo
        self.keys = {id(one): f"{page.name}_{i}" for i, one in enumerate(flattened(page.items))}
        self.refused: set[str] = set()
        address = address_of(st.context.ip_address)
        self.visitor = Visitor(address, get_script_run_ctx().session_id)
        try:
            _ = s.entries if page.variants else None
            self.nothing = ""
        except ValueError as error:  # nothing is there or chosen: no fault
            self.nothing = refusals.plain(str(error))

    def all(self) -> None:
        for sentence in (*self.visit.problems, self.visit.said):
            if sentence:
                st.warning(plain(sentence), icon=":material/info:")
        notice = st.container()
        if self.page.control("data") and not self.s.offers["data"]:
            st.info(plain(EMPTY))
            controls.hub_input(self.add)
        else:
            self.items(self.page.items)
            share(self.page)
        with notice:
            self.problems()

    def problems(self) -> None:
        """Checkpoints that cannot be shown; making the parts has found some of them."""
        also = [entry.key for entry in self.zoo.add(self.s.hub).entries] if self.s.hub else ()
        found = [*self.zoo.problems(also), *self.visit.refused]
        if found:
            title = f"{len(found)} checkpoint{'s' if len(found) > 1 else ''} cannot be shown"
            with st.expander(title, icon=":material/warning:"):
                for problem in found:
                    st.text(problem)

    def items(self, items: Sequence) -> None:
        for item in items:
            if isinstance(item, str):
                st.markdown(item)
            elif isinstance(item, P.Box):
                self.box(item)
            elif isinstance(item, P.Variants):
                controls.variants(item, self.s, self.change, self.add)
            elif isinstance(item, P.Control):
                controls.control(item, self.zoo, self.s, self.change, self.does)
            elif isinstance(item, P.Button):
                self.button(item)
            elif isinstance(item, P.Download):
                self.download(item)
            else:
                self.part(item)

    def box(self, box: P.Box) -> None:
        if not self.s.seen(box):
            return
        if box.way == "columns":
            for place, item in zip(st.columns(len(box.items), gap="medium"), box.items, strict=True):
                with place:
                    self.items([item])
        elif box.way == "stack":
            self.items(box.items)
        elif box.way == "fold":
            with st.expander(plain(box.words(self.s)), expanded=box.open):
                self.items(box.items)
        else:
            with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
                self.items(box.items)

    def button(self, item: P.Button) -> None:
        if item.when(self.s):
            shortcut = {"shortcut": item.shortcut.removeprefix("Arrow")} if item.shortcut else {}
            st.button(
                plain(item.words(self.s)), key=self.keys[id(item)], on_click=self.does,
                args=(lambda: item.do(self.zoo, self.s),), type="primary" if item.primary else "secondary", **shortcut,
            )  # fmt: skip

    def download(self, part: P.Download) -> None:
        """A button whose file is made when it is pressed."""
        if not part.when(self.s):
            return
        name = part.called(self.s)

        def made() -> bytes:
            with GATES["draw"].turn(self.visitor):
                return part.make(self.zoo, self.s)

        kind = compose.KINDS.get(name.rpartition(".")[2])
        st.download_button(
            plain(part.words(self.s)), made, name, kind, icon=":material/download:", on_click="ignore",
            key=self.keys[id(part)],
        )  # fmt: skip

    # Changes, before the page runs again ------------------------------------------------------------------

    def change(self, changes: P.Changes) -> None:
        self.visit.change(self.s, changes)

    def does(self, do: Callable[[], P.Changes]) -> None:
        """Apply the changes that a function returns; if it fails, the page says why."""
        try:
            self.change(do())
        except Exception as error:
            self.visit.problems, self.visit.said = [], refusals.sentence(error)

    def clicked(self, part: P.Html, event: dict) -> None:
        """A click in HTML or on a picture: another state, or another page."""

        self.does(lambda: _follow(self.page.name, happened(part, self.zoo, self.s, self.visit.query, event)))

    def moved(self, part: P.Scrubber, event: dict) -> None:
        at = event.get("at")
        if isinstance(at, list) and all(isinstance(one, int | float) for one in at):
            self.change({part.at: " ".join(f"{one:g}" for one in at)})

    def asked(self, part: P.Stage, event: dict) -> None:
        """What the script of a stage asks; what is then made answers it."""
        self.does(lambda: part.hears(self.zoo, self.visit.state(self.page, self.zoo), event))

    def add(self, wish: str) -> list[str]:
        """Fetch what a visitor names on the Hub, and show it; else a sentence on each that cannot be had."""
        found = self.zoo.add(wish, self.page.kind)
        if not found.entries:
            return list(found.problems)
        self.visit.add(self.page, self.zoo, found.entries)
        self.visit.refused = list(found.problems)
        st.rerun()

    # Parts ------------------------------------------------------------------------------------------------

    def part(self, part: Part) -> None:
        if isinstance(part, P.Stage):
            return stage(self, part, self.keys[id(part)])
        if part.anchor and not isinstance(part, P.Html):
            parts.anchor(part.anchor)
        # An empty place would take away what stands there until the next is made: only what shows steps needs one.
        place = st.empty() if inspect.isgeneratorfunction(part.make) else None
        gate = GATES[self.page.work]
        ready = maker().ready(part, self.s)
        try:
            with nullcontext() if ready else gate.turn(self.visitor, _still):
                value = None
                for known, value in maker().make(part, self.s):
                    if place and known is None and not isinstance(value, Refusal):
                        with place.container():
                            parts.step(part, value, self.page.style)
                self.draw(part, value, place)
        except ValueError as error:  # too many questions wait
            self.refuse(place, refusals.sentence(error))

    def refuse(self, place: Any, sentence: str) -> None:
        """One sentence for each kind of trouble on the page, not one for each part."""
        if sentence not in self.refused:
            self.refused.add(sentence)
            with place.container() if place else nullcontext():
                (st.info if sentence == self.nothing else st.error)(plain(sentence))

    def draw(self, part: Part, value: Any, place: Any) -> None:
        """Show the value of a part in its place."""
        if isinstance(value, Refusal):
            self.refuse(place, value.sentence)
        elif value is not None:
            key = self.keys[id(part)]
            sticky = f"sticky_{key}" if isinstance(part, P.Html) and part.sticky else None
            with (place or st).container(key=sticky) if place or sticky else nullcontext():
                self.shown(part, value, key)

    def shown(self, part: Part, value: Any, key: str) -> None:
        if isinstance(part, P.Html):
            parts.html(part, value, self.page.style, key, partial(self.clicked, part))
        elif isinstance(part, P.Chart):
            parts.charts(value, part.across)
        elif isinstance(part, P.Table):
            pick = part.pick and (lambda row: self.does(lambda: part.pick(self.zoo, self.s, row)))
            parts.table(value, key, pick)
        elif isinstance(part, P.Scrubber):
            scrub(self, part, value, key)


def _still() -> None:
    """Streamlit stops a script whose visitor has moved on where it asks for the session's state."""
    _ = "_visit" in st.session_state


@st.fragment
def scrub(face: Face, part: P.Scrubber, walk: dict, key: str) -> None:
    """Reruns alone, and only for the address: the pictures move in the browser."""
    here = face.visit
    s = here.state(face.page, face.zoo)
    if (written := here.write(s)) != _said():
        st.query_params.from_dict(written)
    parts.moving(walk, s.values[part.at], key, partial(face.moved, part))


@st.fragment
def stage(face: Face, part: P.Stage, key: str) -> None:
    """Reruns alone, for each question of its script."""
    s = face.visit.state(face.page, face.zoo)
    try:
        with GATES[face.page.work].turn(face.visitor, _still):
            (*_, (_, value)) = maker().make(part, s)
    except ValueError as error:  # too many questions wait
        value = Refusal(refusals.sentence(error))
    if isinstance(value, Refusal):
        face.refused.add(value.sentence)  # no part below says it again
        st.error(plain(value.sentence))  # each time: the page above does not run again
    elif value is not None:
        parts.stage(value, key, partial(face.asked, part))


@st.fragment
def share(page: Page) -> None:
    """Where a visitor copies the link to this view, and the Python that makes its pictures."""
    label = "Link and Python" if page.python else "Link"
    popover = st.popover(label, icon=":material/share:", key="share", on_change="rerun")
    if not popover.open:
        return
    zoo = maker().zoo
    s = visit().state(page, zoo)
    with popover:
        st.markdown("**This view**")
        st.code(links.address(st.context.url or "", address(s, whole=True)), language=None, wrap_lines=True)
        if page.python:
            try:
                python = page.python(zoo, s)
            except ValueError as error:
                st.caption(plain(refusals.sentence(error)))
            else:
                if python:
                    st.markdown("**These pictures in Python**")
                    st.code(python, language="python")
