"""What one visitor of Streamlit's front end chose on all pages, and what the address of his browser says. No UI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from demo.page import links
from demo.page.items import Page
from demo.page.state import HUB, Query, State, address, changed, resolve
from demo.zoo.hub import MOST_NAMES
from demo.zoo.words import dataset_title

if TYPE_CHECKING:
    from demo.zoo.entries import Entry
    from demo.zoo.zoo import Zoo

MOST_WRITTEN = 500
"""Addresses of one page that are remembered"""


class Visit:
    """The query, which all pages share, and the memory of each page.

    The browser says its address with each event. Of two quick events the second one still says the address before the
    first: so what this page has written since it was opened is never taken for a link. Anything else is one, or a step
    back or forward.
    """

    def __init__(self):
        self.query: Query = {}
        self.memories: dict[str, dict] = {}
        self.page = ""
        """Name of the open page"""
        self.to = ""
        """Name of the page that a click asked for"""
        self.sent = ""
        """Name of the page that is opened for a click: the address is still that of the page before"""
        self.problems: list[str] = []
        """A sentence on each invalid value in the last link; kept until something is changed"""
        self.refused: list[str] = []
        """A sentence on each checkpoint of the Hub that the last link or wish named, and that cannot be had"""
        self.said = ""
        """What went wrong with the last change"""
        self._written: dict[frozenset, None] = {}

    def state(self, page: Page, zoo: Zoo) -> State:
        return resolve(page, zoo, self.query, self.memories.setdefault(page.name, {}))

    def arrive(self, page: Page, zoo: Zoo, said: Query) -> State:
        """The state of a page whose browser says this address."""
        sent, self.sent = self.sent == page.name, ""
        if page.name != self.page:
            self.page, self._written = page.name, {}
        if said and not sent and _frozen(said) not in self._written:
            self._follow(page, zoo, said)
        return self.state(page, zoo)

    def _follow(self, page: Page, zoo: Zoo, said: Query) -> None:
        """Take over a link: settings that it leaves out take their defaults on this page, except the data set."""
        query = {**said, "data": said.get("data") or self.query.get("data", [])}
        self.refused = []
        if new := [name for name in said.get(HUB, ()) if name not in self.query.get(HUB, ())]:
            found = zoo.add(new)
            self.refused = list(found.problems)
            new = [entry.hub for entry in found.entries]
        names = list(dict.fromkeys([*self.query.get(HUB, ()), *new]))[-MOST_NAMES:]
        query = {name: texts for name, texts in {**query, HUB: names}.items() if texts}
        s = resolve(page, zoo, query, self.memories.setdefault(page.name, {}))
        names_of = ((control, control.link(s)) for control in page.controls)
        own = {name for control, name in names_of if control.linkable(self.query.get(name, ()))} | set(page.places)
        kept = {name: texts for name, texts in self.query.items() if name not in own}
        self.query = links.with_results(self.query, {**kept, **query}, said)
        self.problems = s.problems

    def write(self, s: State) -> Query:
        """The query that the address should have now. It names a chosen data set even if this is the default, so that
        the browser's way back to this address finds it."""
        query = address(s)
        data = s.page.control("data")
        if data and "data" in self.query and s.values["data"]:
            query = {"data": data.write(s.values["data"], s.offers["data"]), **query}
        self._written[_frozen(query)] = None
        if len(self._written) > MOST_WRITTEN:
            del self._written[next(iter(self._written))]
        return query

    def change(self, s: State, changes) -> None:
        self.query = changed(s.page, s, self.query, changes)
        self.problems, self.said = [], ""

    def add(self, page: Page, zoo: Zoo, entries: Sequence[Entry]) -> None:
        """Choose checkpoints from the Hub, which the zoo has fetched, beside the variants that are chosen."""
        for entry in entries:
            self.query = {**self.query, "data": [dataset_title(entry.dataset)]}
            s, control = self.state(page, zoo), page.variants
            chosen = s.values[control.name] if control and s.values["data"] == entry.dataset else ()
            names = dict.fromkeys([*self.query.get(HUB, ()), entry.hub])
            self.query[HUB] = list(names)[-MOST_NAMES:]
            s = self.state(page, zoo)
            self.change(
                s,
                {control.name: (*chosen, entry.key)}
                if control and entry.key in s.offers[control.name].values()
                else None,
            )


def _frozen(query: Mapping[str, Sequence[str]]) -> frozenset:
    return frozenset((name, tuple(texts)) for name, texts in query.items())
