"""One page as a tab of the Gradio front end: components that are made once, and one function behind all their events.

The session holds the query, the memory of each page, and the signature of what stands in each place, so that an event
sends the browser no more than what has changed.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from demo import page as P
from demo.draw import compose, scrubber, stage_script
from demo.faces import gradio_controls as controls
from demo.faces import gradio_parts as parts
from demo.faces.host import QUEUES
from demo.page import links
from demo.page.controls import always
from demo.page.items import flattened
from demo.page.maker import Refusal
from demo.page.state import Query, State, changed, happened, resolve

if TYPE_CHECKING:
    from demo.faces.gradio import Face
    from demo.faces.gradio_session import Session

PATIENCE = 0.7
"""Seconds after which the parts that are ready are sent: each answer costs the browser a look at all components"""
COUNTED = f"(session) => [session, {controls.COUNT}]"
SAVE = """async (file) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await (await fetch(file.url)).blob());
  link.download = file.name;
  link.click();
}"""
SAY = P.Html | P.Scrubber | P.Stage
"""Parts that tell why they cannot be made"""
Cause = Callable[[State, Query, Any], Query]
"""What an event does to the query: (state before, query, what the event says) -> query"""


class Tab:
    """The components of one page, made where it is called, and its events once `bind` is called."""

    def __init__(self, face: Face, page: P.Page):
        self.face, self.page, self.zoo = face, page, face.maker.zoo
        self.places: dict[Any, gr.blocks.Block] = {}
        """item -> its component; (chart, i) -> the place of its i-th chart"""
        self.work = {**QUEUES[page.work], "api_visibility": "private", "show_progress": "hidden"}
        words = f"## {page.heading}\n{page.words}" if page.heading != page.title else page.words
        gr.Markdown(words, elem_classes="intro")
        self._items(page.items)
        self.links = gr.HTML(js_on_load=parts.LINKS, elem_classes="part")

    # Components -------------------------------------------------------------------------------------------

    def _items(self, items) -> None:
        for item in items:
            if isinstance(item, str):
                gr.Markdown(item)
            elif isinstance(item, P.Box):
                self._box(item)
            elif isinstance(item, P.Data | P.Variants | P.Latents):
                pass  # the head of the page has them for all tabs; found latents come from links
            elif isinstance(item, P.Control):
                self.places[item] = controls.component(item)
            elif isinstance(item, P.Button):
                kind = "primary" if item.primary else "secondary"
                self.places[item] = gr.Button(
                    visible=False,
                    size="sm",
                    variant=kind,
                    min_width=60,
                    scale=0,
                    elem_id=self.id_of(item),
                    elem_classes="press",
                )
            elif isinstance(item, P.Chart):
                for i in range(item.most):
                    self.places[item, i] = gr.Plot(
                        visible=False, show_label=False, container=False, elem_classes="chart"
                    )
            else:
                self.places[item] = self._part(item)
                if isinstance(item, P.Table):
                    self.places[item, "columns"] = gr.HTML(elem_classes="part")

    def _box(self, box: P.Box) -> None:
        if box.way == "fold":
            changes = callable(box.title) or not always_seen(box)
            title = "" if callable(box.title) else box.title
            with gr.Accordion(title, open=box.open, visible=not changes) as place:
                self._items(box.items)
            if changes:
                self.places[box] = place
            return
        if box.way == "stack":
            self._items(box.items)
            return
        with gr.Row(equal_height=False):
            for item in box.items:
                with gr.Column(min_width=300) if box.way == "columns" else contextlib.nullcontext():
                    self._items([item])

    def _part(self, part: P.Part) -> gr.components.Component:
        if isinstance(part, P.Html):
            picks = isinstance(part, P.Pictures)
            script = parts.PICKS % (f'"{self.anchor(part.leads)}"' if part.leads else "null") if picks else None
            classes = ["part", "picks"] if picks else ["part", "sticky"] if part.sticky else "part"
            return gr.HTML(js_on_load=script, elem_classes=classes, elem_id=self.anchor(part.anchor))
        if isinstance(part, P.Scrubber):
            template = '<div class="notice"></div><div class="scrub"></div>'
            return gr.HTML(html_template=template, css_template=scrubber.CSS, js_on_load=parts.SCRUB)
        if isinstance(part, P.Stage):
            template = '<div class="notice"></div><div class="stage-root"></div>'
            return gr.HTML(html_template=template, css_template=stage_script.CSS, js_on_load=parts.STAGE)
        if isinstance(part, P.Table):
            return gr.Dataframe(
                interactive=False, visible=False, show_label=False, buttons=[], elem_classes="table", wrap=False
            )
        label = "" if callable(part.label) else part.label
        return gr.Button(label, size="sm", elem_classes="save", visible=False)

    def anchor(self, name: str) -> str | None:
        """The id of a part on the screen."""
        return f"{self.page.name}-{name}" if name else None

    def id_of(self, button: P.Button) -> str | None:
        """The id of a button that a key presses."""
        return f"{self.page.name}-{button.shortcut}" if button.shortcut else None

    # Events -----------------------------------------------------------------------------------------------

    def bind(self) -> None:
        """Once all components of the app are there."""
        self.on(self.links.click, partial(self._clicked, None), told=gr.EventData)
        for c, place in list(self.places.items()):
            if isinstance(c, controls.OWN):
                self.on(place.input, partial(self._said, c), told=gr.EventData, of=c)
            elif isinstance(c, P.Control):
                often = isinstance(c, P.Slider | P.Text)  # many events in a row: the browser asks for the last
                event = place.input
                if isinstance(c, P.Text):  # Gradio tells no input of what is pasted or deleted
                    event = partial(gr.on, [place.input, place.submit, place.blur])
                self.on(event, partial(self._said, c), place, mode="always_last" if often else "multiple", of=c)
            elif isinstance(c, P.Button):
                self.on(place.click, partial(self._pressed, c), mode="once")
            elif isinstance(c, P.Pictures):
                self.on(place.click, partial(self._clicked, c), told=gr.EventData)
            elif isinstance(c, P.Scrubber):
                self.on(place.input, partial(self._scrubbed, c), told=gr.EventData, of=c)
            elif isinstance(c, P.Stage):
                self.on(place.input, partial(self._asked, c), told=gr.EventData)
            elif isinstance(c, P.Table) and c.pick:
                self.on(place.select, partial(self._picked, c), told=gr.SelectData)
            elif isinstance(c, P.Download):
                self._download(c, place)

    def on(
        self, event, cause: Cause | None = None, value=None, told=None, mode: str = "multiple", of: Any = None,
    ) -> None:  # fmt: skip
        """An event of the page. value: the component whose value it says, which is that `of` a control; told: the class
        of what Gradio says. mode: "always_last" is for values alone, since Gradio repeats what the first event told in
        place of what the last one did."""

        def answer(session, *said):
            new = not isinstance(of, P.Text) or self._new(session, of, said[0])
            yield from some(self.answer(session, cause, said[0] if said else None, of) if new else ())

        def answer_told(session, event):
            new = of is None or session.newest(of, event._data)
            yield from some(self.answer(session, cause, event) if new else ())

        answer_told.__annotations__ = {"event": told}
        inputs = [self.face.session, *([value] if value is not None else [])]
        self._ask(event, answer_told if told else answer, inputs, mode)

    def on_select(self, event) -> None:
        """The browser says that it has opened the tab, and how often it has opened any tab so far."""

        def answer(session, count):
            # The first tab says so while the browser still builds the page, which then loses the answer: Face._arrived
            # asks again. And it may say so too late, when the tab of a link is open already.
            early = session.opening == self.face.first == self.page.name
            new = session.newest("tab", {"count": count}) and not early
            yield from some(self.answer(session, None, None) if new else ())

        self._ask(event, answer, [self.face.session, self.face.count], "multiple", js=COUNTED)

    def _ask(self, event, ask: Callable, inputs: list, mode: str, **more: Any) -> None:
        event(
            ask, inputs, self.outputs(), trigger_mode=mode, show_progress_on=self.face.notice, **self.work, **more
        )  # fmt: skip

    def _new(self, session: Session, text: P.Text, value: str) -> bool:
        """Whether a visitor has changed a text."""
        if session.page != self.page.name:
            return False
        s = resolve(self.page, self.zoo, session.query, session.memory.get(self.page.name, {}))
        return s.values[text.name] != value

    def outputs(self) -> list:
        return [*self.face.outputs(), *self.places.values()]

    def _said(self, c: P.Control, s: State, query: Query, said: Any) -> Query:
        return changed(self.page, s, query, controls.changes(c, self.zoo, s, said))

    def _pressed(self, button: P.Button, s: State, query: Query, _) -> Query:
        return changed(self.page, s, query, button.do(self.zoo, s)) if button.when(s) else query

    def _clicked(self, part: P.Pictures | None, s: State, query: Query, event: gr.EventData) -> Query:
        return happened(part, self.zoo, s, query, event._data)

    def _scrubbed(self, part: P.Scrubber, s: State, query: Query, event: gr.EventData) -> Query:
        return {**query, part.at: [str(event._data.get("at", ""))]}

    def _asked(self, part: P.Stage, s: State, query: Query, event: gr.EventData) -> Query:
        part.hears(self.zoo, s, event._data)
        return query

    def _picked(self, part: P.Table, s: State, query: Query, event: gr.SelectData) -> Query:
        return changed(self.page, s, query, part.pick(self.zoo, s, event.index[0]))

    def _download(self, part: P.Download, button: gr.Button) -> None:
        def make(session: Session) -> dict:
            s = resolve(self.page, self.zoo, session.query, session.memory.get(self.page.name, {}))
            name = part.called(s)
            url = compose.data_url(part.make(self.zoo, s), name.rpartition(".")[2])
            return {"name": name, "url": url, "made": time.monotonic()}  # else the same file again would be no change

        button.click(make, self.face.session, self.face.file, **self.work)

    # Answers ----------------------------------------------------------------------------------------------

    def answer(self, session: Session, cause: Cause | None, told: Any, of: P.Control | None = None) -> Iterator[dict]:
        """What an event changes, as soon as it is there: links and controls first, then part by part. of: the control
        whose new value is told."""
        page, face = self.page, self.face
        if cause is None and page.name == face.first and session.opening not in (None, page.name):
            return  # the first tab says that it is open before the link is read, or the link names another tab
        with session.alone():  # the browser has what older answers have sent by now
            if cause is not None and session.page != page.name:
                return  # the visitor has left this tab meanwhile
            memory, said = session.memory.setdefault(page.name, {}), session.said.setdefault(page.name, {})
            to = page.name
            if cause is not None:
                before = resolve(page, self.zoo, session.query, memory)
                query = cause(before, dict(session.query), told)
                to = (query.pop(links.VIEW, None) or [page.name])[-1]
                session.change(query)
            s = resolve(page, self.zoo, session.query, memory)
            if of is not None:
                self._set(of, told, before, s, said)
            session.opening, session.page = None, page.name
            session.turn = turn = session.turn + 1
            sent = Sent({**said, **session.head})
        if to != page.name and to in face.tabs:
            yield {face.shown: gr.Tabs(selected=to)}
            return
        if session.arrived:
            session.problems, session.arrived = [*session.problems, *s.problems], False
        face.head(session, s, sent)
        self._controls(s, sent)
        yield from self._commit(session, turn, said, sent)
        refused: set[str] = set()
        last = time.monotonic()
        for part in page.parts:
            if isinstance(part, P.Download):
                seen, words = bool(part.when(s)), part.words(s)
                sent.say(part, self.places[part], (seen, words), value=words, visible=seen)
                continue
            known = face.maker.signature(part, s)
            if known is not None and sent.said.get(part) == known:
                continue
            for signature, value in face.maker.make(part, s):
                if turn != session.turn:
                    return  # a newer event is being answered
                if isinstance(value, Refusal) and isinstance(part, SAY):  # other parts do not show refusals
                    value = Refusal("") if value.sentence in refused else refused.add(value.sentence) or value
                empty = value is None and part not in sent.said  # it has been empty since the page was made
                sent.put(part, signature, {} if empty else self._shown(part, value, s))
                if signature is None or time.monotonic() - last > PATIENCE:
                    yield from self._commit(session, turn, said, sent)
                    last = time.monotonic()
        face.foot(session, s, sent)
        yield from self._commit(session, turn, said, sent)

    def _commit(self, session: Session, turn: int, said: dict, sent: Sent) -> Iterator[dict]:
        """What is sent to the browser now, and from then on counts as known to it; nothing if a newer event is being
        answered.

        Gradio asks for more once it has sent this: until then no other answer begins, nor sends anything."""
        if not sent.updates:
            return
        with session.alone():
            if turn != session.turn:
                return
            for key, signature in sent.fresh.items():
                (session.head if isinstance(key, str) else said)[key] = signature
            updates, sent.updates, sent.fresh = sent.updates, {}, {}
            yield updates

    def _shown(self, part: P.Part, value: Any, s: State) -> dict:
        """What the components of a part get."""
        if isinstance(part, P.Chart):
            made = parts.charts(value)[: part.most] if value and not isinstance(value, Refusal) else ()
            made = [*made, *[None] * (part.most - len(made))]
            return {self.places[part, i]: gr.update(value=one, visible=one is not None) for i, one in enumerate(made)}
        place = self.places[part]
        if isinstance(part, P.Html):
            return {place: parts.notice([value.sentence]) if isinstance(value, Refusal) else value or ""}
        if isinstance(part, P.Scrubber | P.Stage) and isinstance(value, Refusal):
            return {place: {"refused": value.sentence}}
        if isinstance(part, P.Stage):
            return {place: value}
        if isinstance(part, P.Scrubber):
            return {place: value and scrubber.data(value, s.values[part.at])}
        value = None if isinstance(value, Refusal) else value
        return {place: parts.table(value), self.places[part, "columns"]: parts.columns(value)}

    def _set(self, c: P.Control, told: Any, before: State, s: State, said: dict) -> None:
        """A visitor has set a control. Its value is not sent back: the visitor may have changed it again meanwhile, and
        would lose that change. If the page reads it as another value, the control is sent that value."""
        had, has = (controls.shown(c, self.places[c], self.zoo, state) for state in (before, s))
        if has["value"] != told:
            said.pop(c, None)
        elif said.get(c) == repr(had):
            said[c] = repr({**had, "value": has["value"]})

    def _controls(self, s: State, sent: Sent) -> None:
        """Updates of the controls, buttons and folds that differ from what the browser has."""
        for item, place in self.places.items():
            if isinstance(item, P.Button):
                seen = bool(item.when(s))
                words = item.words(s) if seen else ""
                sent.say(item, place, (seen, words), value=words, visible=seen)
            elif isinstance(item, P.Box):
                seen, words = s.seen(item), item.words(s)
                sent.say(item, place, (seen, words), label=words, visible=seen)
            elif isinstance(item, P.Control):
                state = controls.shown(item, place, self.zoo, s)
                sent.say(item, place, repr(state), **state)


def always_seen(box: P.Box) -> bool:
    """Whether something in a box is on the screen whatever is chosen."""
    items = flattened(box.items)
    return any(isinstance(one, str) or (not isinstance(one, P.Control) and one.when is always) for one in items)


def some(updates: Iterable[dict]) -> Iterator[dict]:
    """The updates, and one that changes nothing: Gradio sends the last one again when it finds that there are no more,
    by when a newer event may have answered, and where there is none at all it empties every output."""
    yield from updates
    yield gr.skip()


class Sent:
    """What one event sends: updates of components, and the signatures of what these will show."""

    def __init__(self, said: dict):
        self.said, self.fresh, self.updates = said, {}, {}

    def say(self, key: Any, place: gr.blocks.Block, signature: Any, **values: Any) -> None:
        """An update of a component, unless the browser has it already. Each update costs time, so a component that is
        hidden from the start is not hidden again."""
        if self.said.get(key, self) != signature:
            hidden = key not in self.said and values.get("visible") is False
            self.put(key, signature, {} if hidden else {place: gr.update(**values)})

    def tell(self, key: Any, place: gr.blocks.Block, value: Any) -> None:
        """A value of a component, unless the browser has it already."""
        if self.said.get(key, self) != repr(value):
            self.put(key, repr(value), {place: value})

    def put(self, key: Any, signature: Any, updates: dict) -> None:
        self.said[key] = self.fresh[key] = signature
        self.updates |= updates
