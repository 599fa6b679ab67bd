"""The state of a page is its address: a query, {name: texts}. What it means, and how it changes.

`resolve` makes typed values of any query. Whatever a visitor does (a widget, a button, a click on a picture) is a
change of the query. What no link holds (a score, an upload) is `State.memory`, the visitor's own.
"""

from __future__ import annotations

import html
import json
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from demo.page import links
from demo.page.controls import Changes, Choice, Control, Item, Several, Variants
from demo.page.items import Box, Page, Part, Pictures
from demo.zoo import families
from demo.zoo.entries import Catalog, Entry
from demo.zoo.words import dataset_title, listed

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo

Query = dict[str, list[str]]
HUB = "hub"
"""What a link calls the checkpoints that a visitor added from the Hub"""
MEMORY = "memory"
"""What `State.reads` says where a part looked at the visitor's memory"""
MOST_SHOWN = 60
"""Letters of a link's text that the sentence on it repeats"""
EMPTY = (
    "There is no checkpoint here yet. Train one with python -m train.dcgan --out runs/dcgan, "
    "then open python app.py --checkpoints runs (or streamlit run app.py -- --checkpoints runs), or add one from the "
    "Hub."
)
CHOOSE = "Choose one variant or more."


class Values(dict[str, Any]):
    """The value of each control. It notes in `reads` which were asked for, in whatever way."""

    def __init__(self):
        super().__init__()
        self.reads: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        self.reads.add(name)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        if name in self:
            self.reads.add(name)
        return super().get(name, default)


class State:
    """The typed values of a page's controls, as s.seed or s["class"], and what each control offers.

    It notes in `reads` which values were asked for: a part that read nothing else is the same while these stay.
    """

    def __init__(self, page: Page, catalog: Catalog, hub: Sequence[str], memory: dict):
        self.page, self.catalog, self.hub = page, catalog, tuple(hub)
        self.values = Values()
        self.stamp: Hashable = None
        """Of the checkpoints as they were when this was first asked for"""
        self.offers: dict[str, dict[str, Any] | None] = {}
        """Of each control {text in the link: value}; None where anything goes"""
        self.shown: dict[str, bool] = {}
        self.defaults: dict[str, Any] = {}
        self.problems: list[str] = []
        """A sentence on each value in the query that is not possible here"""
        self._memory = memory

    @property
    def reads(self) -> set[str]:
        return self.values.reads

    @reads.setter
    def reads(self, names: set[str]) -> None:
        self.values.reads = names

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def memory(self) -> dict:
        """What this visitor did on this page that no link holds. What reads it is made for this visitor alone."""
        self.reads.add(MEMORY)
        return self._memory

    def seen(self, item: Item | str) -> bool:
        """Whether anything of an item is on the screen; for what must be made first, whether it may be."""
        if isinstance(item, Box):
            return any(self.seen(one) for one in item.items)
        if isinstance(item, Control):
            return self.shown[item.name]
        return isinstance(item, str) or bool(item.when(self))

    @property
    def entries(self) -> list[Entry]:
        """The chosen variants, in the zoo's order. ValueError, a sentence: there are none."""
        control = self.page.variants
        keys = self[control.name]
        if not self.catalog.entries:
            raise ValueError(EMPTY)
        if self.offers[control.name] == {}:
            raise ValueError(self._none_of(control))
        if not keys:
            raise ValueError(CHOOSE)
        return [entry for entry in self.catalog.of(self.data) if entry.key in keys]

    @property
    def chosen(self) -> list[str]:
        """Keys of the chosen variants. ValueError: there are none."""
        return [entry.key for entry in self.entries]

    def _none_of(self, control: Variants) -> str:
        kind, title = control.kind, dataset_title(self.data)
        if kind is None:
            return EMPTY
        others = dict.fromkeys(dataset_title(entry.dataset) for entry in self.catalog if kind.fit(entry))
        then = f"Some of those trained on {listed(list(others))} do." if others else ""
        return kind.none(f"variants trained on {title}", then)


def resolve(page: Page, zoo: Zoo, query: Mapping[str, Sequence[str]], memory: dict | None = None) -> State:
    """The state of a page for any query. An invalid value counts as left out, and is reported in `State.problems`."""
    hub = list(query.get(HUB, ()))
    also = [entry.key for entry in zoo.add(hub).entries] if hub else ()
    s = State(page, zoo.catalog(also), hub, {} if memory is None else memory)
    for at in page.places:
        s.values[at] = (query.get(at) or [""])[-1]
    s.values["data"] = next(iter(s.catalog.datasets), None)
    for control in page.controls:
        choices = control.choices(zoo, s)
        s.offers[control.name] = choices
        s.defaults[control.name] = value = _first(control, choices, zoo, s)
        if (texts := query.get(control.link(s))) and choices != {} and not control.sets:
            unknown = control.unknown(texts, choices)
            if unknown:
                s.problems.append(_unknown(control, unknown, choices))
            if not unknown or (isinstance(control, Several) and len(unknown) < len(texts)):
                read = control.read(texts, choices)
                problem = control.misfit(zoo, s, read)
                value = value if problem else read
                s.problems += [problem] if problem else []
        s.values[control.name] = value
    for control in page.controls:  # what is shown may depend on what stands below it
        s.shown[control.name] = s.offers[control.name] != {} and bool(control.when(s))
    s.reads.clear()
    return s


def _first(control: Control, choices: dict[str, Any] | None, zoo: Zoo, s: State) -> Any:
    """The default value of a control, for a query that does not name it."""
    if choices == {}:
        return () if isinstance(control, Variants) else None
    first = control.first(zoo, s) if callable(control.first) else control.first
    if isinstance(control, Variants) and first is None:
        return tuple(entry.key for entry in families.breadth(control.entries(s)))
    if isinstance(control, Choice) and choices and first not in choices.values():
        return next(iter(choices.values()))
    if first is None and choices and not isinstance(control, Choice):
        return tuple(choices.values())
    return first


def _unknown(control: Control, texts: Sequence[str], choices: dict[str, Any] | None) -> str:
    said = listed([repr(text[:MOST_SHOWN]) for text in texts])
    there = f"Possible values: {listed([name for name in choices if name])}." if choices else control.range
    return f"The link says {said} for “{control.label}”, which is not possible here. {there}".rstrip()


def changed(page: Page, s: State, query: Query, changes: Changes) -> Query:
    """The query after changes {name of a control: value}; a name that no control has is set as it is. None removes a
    control from the query, so that it has its default. Results of what was before (a score) are left out."""
    before, query, said = query, dict(query), set()
    for name, value in (changes or {}).items():
        control = page.control(name)
        if control is not None and control.sets:
            query = changed(page, s, query, control.sets(s, value))
            continue
        link = control.link(s) if control else name
        said.add(link)
        if value is None:
            query.pop(link, None)
        elif control is None:
            query[link] = [value] if isinstance(value, str) else list(value)
        else:
            query[link] = control.write(value, s.offers[name])
    return links.with_results(before, query, said)


def address(s: State, whole: bool = False) -> Query:
    """The query in the address of a state: all values that are not the defaults. whole: data set and variants too,
    since the defaults of a later zoo may be others."""
    made: Query = {}
    for control in s.page.controls:
        value = s.values[control.name]
        named = whole and (control.name == "data" or isinstance(control, Variants))
        if s.offers[control.name] != {} and (named or value != s.defaults[control.name]):
            texts = control.write(value, s.offers[control.name])
            made |= {control.link(s): texts} if control.linkable(texts) else {}
    made |= {at: [s.values[at]] for at in s.page.places if s.values[at]}
    made |= {HUB: list(s.hub)} if s.hub else {}
    return {name: texts for name, texts in made.items() if texts}


# Clicks -----------------------------------------------------------------------------------------------------


def changing(
    words: str, query: Mapping[str, Sequence[str] | str], view: str = "", style: str = "", title: str = ""
) -> str:
    """A link inside HTML that changes the state, or opens another page with it. It is an ordinary link as well.

    words: HTML. query: what it sets; [] takes the first value of a control. view: name of a page. style: CSS classes.
    title: what a pointer that rests on it is told.
    """
    query = {name: [texts] if isinstance(texts, str) else list(texts) for name, texts in query.items()}
    query = {**({links.VIEW: [view]} if view else {}), **query}
    said, href = html.escape(json.dumps(query)), html.escape(links.address("", query))
    about = f' title="{html.escape(title)}"' if title else ""
    return f'<a class="{html.escape(style)}"{about} href="{href}" data-change="{said}">{words}</a>'


LISTEN = """const listen = (element, send, leads) => {
  element.onclick = (event) => {
    const link = event.target.closest("[data-change]");
    if (link && !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      return send({change: JSON.parse(link.dataset.change)});
    }
    const which = [...element.querySelectorAll("img")].indexOf(event.target);
    if (which < 0 || !leads && !element.dataset.picks) return;
    const box = event.target.getBoundingClientRect();
    send({which, x: (event.clientX - box.x) / box.width, y: (event.clientY - box.y) / box.height});
    if (leads) document.getElementById(leads)?.scrollIntoView({block: "start"});
  };
};"""
"""In every face: what a click inside a part says"""


def happened(part: Part | None, zoo: Zoo, s: State | None, query: Query, said: Any) -> Query:
    """The query after a message of LISTEN from a part; unchanged if LISTEN sends no such message. A link needs neither
    part nor state."""
    if not isinstance(said, Mapping):
        return query
    if isinstance(said.get("change"), Mapping):
        told = {str(name): texts for name, texts in said["change"].items() if isinstance(texts, list)}
        told = {name: [str(text) for text in texts] for name, texts in told.items()}
        return links.with_results(query, {**query, **told}, told)
    spot = [said.get(name) for name in ("which", "x", "y")]
    if isinstance(part, Pictures) and all(isinstance(one, int | float) and math.isfinite(one) for one in spot):
        return changed(s.page, s, query, part.click(zoo, s, int(spot[0]), float(spot[1]), float(spot[2])))
    return query
