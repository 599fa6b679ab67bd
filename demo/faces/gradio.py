"""The Gradio front end: all pages as tabs, under one head that has the data set and the variants of each."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from demo.draw import number
from demo.faces import api, public, zerogpu
from demo.faces import gradio_controls as controls
from demo.faces import gradio_parts as parts
from demo.faces.gradio_session import Session
from demo.faces.gradio_tab import SAVE, Sent, Tab
from demo.faces.host import FETCH, OPEN, Host
from demo.page import links
from demo.page.items import Page
from demo.page.maker import Maker
from demo.page.state import HUB, State, address, changed, resolve
from demo.zoo import hub
from demo.zoo.words import listed
from demo.zoo.zoo import Zoo

FAMILIES = 6
"""Buttons that choose variants, at most: all, none, families"""
GO = """(said) => {
  if (!said) return;
  const text = (query) => new URLSearchParams(
    Object.entries(query).flatMap(([name, texts]) => texts.map((one) => [name, one]))).toString();
  const here = new URL(location), root = document.documentElement;
  const before = here.searchParams.get("view") || said.first, opening = root.classList.contains("opening");
  here.search = text(said.here);
  if (here.href !== location.href)
    history[before === said.view || opening ? "replaceState" : "pushState"](history.state, "", here);
  document.title = said.title;
  root.classList.toggle("bare", said.bare);
  root.classList.remove("opening");
  root.classList.add("open");
  here.search = text(said.whole);
  return here.href;
}"""
"""Puts the state into the address, and answers with a link that names data set and variants too"""
HEAD = """<script>
const asked = new URLSearchParams(location.search).get("view"), shown = document.documentElement.classList;
if (asked) shown.add("opening");
setTimeout(() => shown.remove("opening"), 15000);
const press = asked && setInterval(() => {  // Gradio may lose the answer that opens a tab, while it builds the page
  if (shown.contains("open")) return clearInterval(press);
  const tab = `[data-tab-id="${CSS.escape(asked)}"][aria-selected=false]`;
  document.querySelector(`.tab-container:not(.visually-hidden) ${tab}`)?.click();
}, 10000);
const themed = () => {
  const theme = localStorage.getItem("ganscope-theme");
  if (theme) document.body.classList.toggle("dark", theme === "dark");
};
const keep = () => {  // Gradio sets the system's theme later
  themed();
  new MutationObserver(themed).observe(document.body, {attributeFilter: ["class"]});
};
if (document.body) keep();
else addEventListener("DOMContentLoaded", keep);
addEventListener("popstate", () => location.reload());
const shortcuts = %s;
addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, button, [role=listbox]");
  if (typing && (event.key === "Enter" || typing.tagName !== "BUTTON")) return;
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  for (const id of shortcuts[event.key] || []) {
    const button = document.getElementById(id);
    if (button?.offsetParent) return button.click();
  }
});
</script>"""
SWITCH = """() => {
  const dark = !document.body.classList.contains("dark");
  localStorage.setItem("ganscope-theme", dark ? "dark" : "light");
  document.body.classList.toggle("dark", dark);
}"""
STYLE = """
button[role=tab].selected { color: #4046c4; }
.dark button[role=tab].selected { color: #9aa0ff; }
.opening .tabitem, .opening #chosen { visibility: hidden; }
.bare :is(.head, #chosen, .tab-wrapper, .intro, .sharing, footer) { display: none !important; }
#notice:not(:has(.notice)) { display: none; }
.html-container { padding: 0 !important; }
.notice { border: 1px solid var(--border-color-primary); border-radius: .5rem; padding: .6rem .9rem;
  background: var(--background-fill-secondary); overflow-wrap: anywhere; }
.head { align-items: center; justify-content: space-between; flex-wrap: nowrap !important; }
.save, .switch { width: fit-content; flex: none !important; }
.groups { gap: .5rem; flex-wrap: wrap; }
.groups button, .press { flex: none !important; width: auto; white-space: nowrap; }
.counted { min-width: min(100%, 20rem) !important; }
.block.counted:not(:has([data-shown])) { display: none; }
.part { line-height: 1.5; }
.block.part:has(> .html-container > .prose:empty) { display: none; }
/* Gradio splits a selector at each of its commas, those in brackets too. */
.tabitem .row:not(.part *):not(:has(.block)):not(:has(button)) { display: none; }
.part h2 { font-size: 1.5rem; margin: 1rem 0 .4rem; }
.part a:not(.variant) { padding: 0; text-align: inherit; }
.picks img { cursor: pointer; }
/* Tabs in as many lines as they need: Gradio measures a hidden copy, and puts what does not fit into a menu. */
.tab-wrapper, .tab-container { height: auto !important; }
.tab-container { flex-wrap: wrap; }
.tab-container:not(.visually-hidden) button { padding: 1.1rem .8rem .3rem !important; height: auto !important; }
.tab-container.visually-hidden button { max-width: 1px; padding: 0 !important; overflow: hidden; }
button[role=tab] { position: relative; }
button[role=tab]::before { position: absolute; top: 0; left: .8rem; font-size: .68rem; opacity: .8; }
.gradio-container { overflow: clip !important; }  /* "hidden" would let nothing stay in sight */
.sticky { position: sticky; top: 0; z-index: 5; }
.chart, .chart > div { border: 0 !important; background: none !important; padding: 0 !important; }
.chart .altair, .chart .altair > div { display: block !important; width: 100%; }
.table { --font-mono: var(--font); font-variant-numeric: tabular-nums; }
.table .first-column { position: sticky !important; left: 0; z-index: 3;
  border-right: 1px solid var(--border-color-primary); }
.table .body-cell.first-column span { white-space: normal; line-height: 1.15; }
.table .body-cell { border-bottom: 1px solid var(--border-color-primary); }
.table .body-cell:not([style*="background"]) { background: var(--background-fill-primary); }
.table .header-cell .cell-menu-button { display: flex !important; }
footer .show-api { display: flex !important; }  /* Gradio hides it on a phone */
@media (max-width: 640px) {
  #chosen > *, #chosen > .form > * { flex: 1 1 100% !important; }
  button[role=tab]::before { left: .35rem; }
  .tab-container:not(.visually-hidden) button { padding: .95rem .35rem .25rem !important; font-size: .82rem; }
}
"""


def groups(pages: Sequence[Page]) -> str:
    """CSS that writes the name of each group above its first tab; not in what a tab is called."""
    first = {page.group: page.name for page in reversed(pages) if page.group}
    return "".join(f'[data-tab-id={name}]::before {{ content: "{group}" / ""; }}\n' for group, name in first.items())


QUIET = {"show_progress": "hidden", "api_visibility": "private"}


def boxes(s: State) -> dict[str, Any]:
    """What the boxes of a page's variants show."""
    titles = s.offers[s.page.variants.name] or {}
    return {"value": [*s.values[s.page.variants.name]], "choices": [*titles.items()], "visible": bool(titles)}


class Face:
    """All pages as tabs over one zoo."""

    def __init__(self, zoo: Zoo, pages: Sequence[Page]):
        self.maker, self.pages = Maker(zoo), {page.name: page for page in pages}
        self.first = pages[0].name
        with Host(title="GANscope", delete_cache=(3600, 3600)) as self.app:
            self.session, self.address = gr.State(Session()), gr.JSON(visible=False)
            self.count = gr.JSON(visible=False)
            self.file = gr.JSON(visible=False)
            with gr.Row(elem_classes="head"):
                gr.Markdown("# GANscope")
                switch = gr.Button("Light or dark", size="sm", elem_classes="switch", min_width=60)
            self.notice = gr.HTML(elem_id="notice")
            self._chooser()
            self.turns = {page.name: gr.State(0) for page in pages}
            self.tabs: dict[str, Tab] = {}
            with gr.Tabs() as self.shown:
                opened = {}
                for page in pages:
                    with gr.Tab(page.title, id=page.name) as opened[page.name]:
                        self.tabs[page.name] = Tab(self, page)
            with gr.Accordion("Link and Python", open=False, elem_classes="sharing"):
                self.link = gr.Textbox(label="This view", interactive=False, buttons=["copy"], elem_id="link")
                self.python = gr.Code(
                    label="These pictures in Python", language="python", interactive=False, lines=1,
                    show_line_numbers=False, wrap_lines=True, visible=False, elem_id="python",
                )  # fmt: skip
            for name, tab in self.tabs.items():
                tab.bind()
                tab.on_select(opened[name].select)
                tab.on(self.turns[name].change)
            self._events(switch)
            api.endpoints(zoo, pages)

    def _chooser(self) -> None:
        """Data set and variants: one line that says what is chosen, unfolded to choose."""
        with gr.Row(elem_id="chosen", equal_height=False):
            self.data = gr.Dropdown(label="Data set", visible=False, scale=0, min_width=180, elem_id="data")
            with gr.Accordion("Variants", open=False, visible=False) as self.fold:
                self.variants = gr.CheckboxGroup(show_label=False, container=False, elem_id="variants")
                with gr.Row(elem_classes="groups"):
                    self.groups = [gr.Button(size="sm", visible=False, min_width=40, scale=0) for _ in range(FAMILIES)]
                with gr.Accordion("Add from the Hub", open=False):
                    gr.Markdown(hub.HELP)
                    self.wish = gr.Textbox(
                        label="Repository or collection", placeholder="user/dcgan-mnist@v1", max_lines=1
                    )
                    self.add = gr.Button("Add", size="sm", elem_classes="save")
                    self.added = gr.HTML()

    def outputs(self) -> list:
        """What any event of any page may change."""
        head = [self.data, self.fold, self.variants, *self.groups, self.notice, self.shown]
        return [*head, self.address, self.python]

    # Events -----------------------------------------------------------------------------------------------
    # Each changes the query alone: an answer that began meanwhile would know half of the change.

    def _events(self, switch: gr.Button) -> None:
        quiet = {**QUIET, "show_progress_on": self.notice}
        turns = list(self.turns.values())
        last = {**quiet, "trigger_mode": "always_last"}  # of quick choices
        self.data.input(self._chose("data"), [self.session, self.data], turns, **last)
        self.variants.input(self._chose("variants"), [self.session, self.variants], turns, **last)
        for i, button in enumerate(self.groups):
            button.click(partial(self._group, i), self.session, turns, **quiet)
        gr.on(
            [self.add.click, self.wish.submit], self._add, [self.session, self.wish], [*turns, self.wish, self.added],
            show_progress="minimal", show_progress_on=self.added, api_visibility="private", **FETCH,
        )  # fmt: skip
        self.address.change(None, self.address, self.link, js=GO, **quiet)
        self.file.change(None, self.file, None, js=SAVE, **quiet)
        switch.click(None, None, None, js=SWITCH, **quiet)
        self.app.load(self._arrived, self.session, [self.shown, *turns], **quiet, **OPEN)

    def _arrived(self, session: Session, request: gr.Request) -> list:
        """The page of the link opens; the link may name checkpoints on the Hub."""
        query = {name: request.query_params.getlist(name) for name in request.query_params}
        view = links.view_of(query, self.pages)
        if query.get(links.VIEW) and view not in query[links.VIEW]:
            asked = listed([repr(one[:40]) for one in query[links.VIEW][-1:]])
            session.problems.append(f"There is no page {asked}; there are {', '.join(self.pages)}.")
        query.pop(links.VIEW, None)
        if wishes := query.pop(HUB, None):
            found = self.maker.zoo.add(wishes)
            query[HUB] = [entry.hub for entry in found.entries]
            session.refused = list(found.problems)
        with session.alone():
            session.query, session.arrived = query, True
            if session.page:  # a visitor was faster, and has opened another page himself
                return [gr.skip(), *self._nudge(session)]
            session.opening = view
            shown = gr.skip() if view == self.first else gr.Tabs(selected=view)
            return [shown, *(1 if name == view == self.first else gr.skip() for name in self.turns)]

    def _nudge(self, session: Session) -> list:
        """The open page is made anew."""
        return [session.turn + 1 if name == session.page else gr.skip() for name in self.turns]

    def _state(self, session: Session) -> State:
        page = self.pages[session.page or self.first]
        return resolve(page, self.maker.zoo, session.query, session.memory.get(page.name, {}))

    def _chose(self, name: str):
        def chose(session: Session, value: Any) -> list:
            with session.alone():
                self._choose(name, session, value)
                return self._nudge(session)

        return chose

    def _choose(self, name: str, session: Session, value: Any) -> None:
        s = self._state(session)
        control = s.page.variants if name == "variants" else s.page.control(name)
        offered = s.offers[control.name] if control else {}
        if control is None or not offered:
            return
        if name == "variants":
            value = tuple(key for key in offered.values() if key in (value or ()))
        session.change(changed(s.page, s, session.query, {control.name: value}))
        if name == "variants" and session.head.get("variants") == repr(boxes(s)):
            now = boxes(self._state(session))  # not sent back: who chose them may have chosen on meanwhile
            session.head["variants"] = repr({**boxes(s), "value": [*value]}) if now["value"] == [*value] else ""

    def _group(self, i: int, session: Session) -> list:
        """What the button of a family chooses."""
        with session.alone():
            s = self._state(session)
            groups = s.page.variants.groups(s) if s.page.variants else []
            if i < len(groups):
                session.change(changed(s.page, s, session.query, {s.page.variants.name: groups[i][1]}))
            return self._nudge(session)

    def _add(self, session: Session, wish: str) -> list:
        """A checkpoint from the Hub, chosen beside what was chosen before."""
        if not wish.strip():
            return [*[gr.skip()] * len(self.turns), gr.skip(), ""]
        found = self.maker.zoo.add(wish, self.pages[session.page or self.first].kind)
        said = parts.notice(found.problems)
        if not found.entries:
            return [*[gr.skip()] * len(self.turns), gr.skip(), said]
        with session.alone():
            names = [*session.query.get(HUB, ()), *(entry.hub for entry in found.entries)]
            query = {**session.query, HUB: list(dict.fromkeys(names))[-hub.MOST_NAMES :]}
            session.change(query)
            s = self._state(session)
            session.change(query := changed(s.page, s, query, {"data": found.entries[-1].dataset}))
            s = self._state(session)
            if control := s.page.variants:
                keys = {*s.values[control.name], *(entry.key for entry in found.entries)}
                session.change(changed(s.page, s, query, {control.name: keys}))
            return [*self._nudge(session), "", said]

    # What all pages share ---------------------------------------------------------------------------------

    def head(self, session: Session, s: State, sent: Sent) -> None:
        """Data set, variants and the address of a page."""
        offered = s.offers.get("data") or {}
        state = {
            "value": s.values["data"] if offered else None,
            "choices": list(offered.items()),
            "visible": len(offered) > 1,
        }
        sent.say("data", self.data, repr(state), **state)
        control = s.page.variants
        words = control.words(s) if control else ""
        sent.say("fold", self.fold, (words, bool(control)), label=words, visible=bool(control))
        if control:
            state = boxes(s)
            sent.say("variants", self.variants, repr(state), **state)
            groups = [words for words, _ in control.groups(s)][:FAMILIES]
            for i, button in enumerate(self.groups):
                words = groups[i] if i < len(groups) else ""
                sent.say(f"group {i}", button, words, value=words, visible=bool(words))
        view = {} if s.page.name == self.first else {links.VIEW: [s.page.name]}
        said = {
            "here": {**view, **address(s)}, "whole": {**view, **address(s, whole=True)}, "view": s.page.name,
            "first": self.first, "title": f"{s.page.title} · GANscope", "bare": s.page.bare(s),
        }  # fmt: skip
        sent.tell("address", self.address, said)

    def foot(self, session: Session, s: State, sent: Sent) -> None:
        """What is known only when the parts are made: what is wrong, and the Python that makes the same."""
        also = [entry.key for entry in self.maker.zoo.add(s.hub).entries] if s.hub else ()
        told = parts.notice([*session.problems, *session.refused]) + parts.problems(self.maker.zoo.problems(also))
        sent.tell("notice", self.notice, told)
        python = ""
        if s.page.python:
            with contextlib.suppress(ValueError):  # what is wrong stands in place of the pictures
                python = s.page.python(self.maker.zoo, s)
        sent.say("python", self.python, python, value=python, visible=bool(python))


def routes(pages: Sequence[Page]) -> list[Route]:
    """The addresses of Streamlit's pages, which lead to the same page here."""

    async def lead(request: Request) -> RedirectResponse:
        query = f"&{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"./?{links.VIEW}={request.url.path.rpartition('/')[2]}{query}")

    return [Route(f"/{page.name}", lead) for page in pages]


def head(pages: Sequence[Page]) -> str:
    """Scripts of the page: the theme, the keys of buttons, the way back."""
    keys: dict[str, list[str]] = {}
    for page in pages:
        for button in page.buttons:
            if button.shortcut:
                keys.setdefault(button.shortcut, []).append(f"{page.name}-{button.shortcut}")
    return HEAD % json.dumps(keys) + f"<script>window.ganscope = {{}};\n{controls.SCRIPTS}</script>"


def served(pages: Sequence[Page]) -> dict[str, Any]:
    """How the page looks: settings of `launch`. No font and no script comes from another server."""
    theme = gr.themes.Default(primary_hue="indigo", font=["system-ui", "sans-serif"], font_mono=["monospace"]).set(
        body_text_color_subdued="*neutral_600",  # its own greys and blues are below a contrast of 4.5
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        link_text_color="*primary_700",
        link_text_color_hover="*primary_800",
        link_text_color_visited="*primary_700",
        link_text_color_dark="*primary_300",
        link_text_color_hover_dark="*primary_200",
        link_text_color_visited_dark="*primary_300",
    )
    css = STYLE + groups(pages) + number.CSS + "".join(dict.fromkeys(page.style for page in pages))
    return {"theme": theme, "css": css, "head": head(pages), "ssr_mode": False, "footer_links": ["api"]}


def build(zoo: Zoo, pages: Sequence[Page]) -> Host:
    """The page and the endpoints over a zoo."""
    return Face(zoo, pages).app.queue()


def launch(checkpoints: Path, pages: Sequence[Page], port: int | None) -> None:
    """Serve the page until it is interrupted."""
    zerogpu.register()
    app = build(Zoo(checkpoints), pages)
    try:
        public.serve(app, server_port=port, app_kwargs={"routes": routes(pages)}, **served(pages))
    except (OSError, ValueError) as error:  # a taken port; a machine that cannot reach itself
        print(f"GANscope cannot start: {str(error).partition('. ')[0]}.", file=sys.stderr)
        sys.exit(2)
