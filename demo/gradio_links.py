"""Links of the Gradio front end: the address holds what the controls say, under the names that Streamlit gives them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from demo.page.links import VIEW
from demo.zoo.entries import CONDITIONAL, STYLE_BASED
from demo.zoo.seeds import MOST_SEED

VIEWS = ("home", "compare", "quiz", "interpolate", "classes", "styles", "evolution", "leaderboard", "ablation", "learn")
KINDS = dict.fromkeys(("compare", "quiz", "interpolate", "evolution"), "variants")
KINDS |= {"classes": CONDITIONAL.name, "styles": STYLE_BASED.name}
"""What the chosen variants are called in the link of a view; the others show all of them"""
COMPOSE = """(view, data, variants, hub, names, ...values) => {
  if (!names || !names.datasets) return location.href;
  const bound = %s, kind = (%s)[view], query = new URLSearchParams();
  if (view != "home") query.append("view", view);
  if (data) query.append("data", names.datasets[data]);
  if (kind) for (const key of variants || [])
    if (!names.kinds[kind] || names.kinds[kind].includes(key)) query.append(`${kind}_${data}`, names.titles[key]);
  bound.forEach(([of, name, first, titles, named], i) => {
    const value = values[i];
    if (of != view || value === null || value === undefined || value === "" || value === first) return;
    if (typeof value == "object")
      Object.entries(value).forEach(([k, v]) => [v].flat().forEach((one) => query.append(k, one)));
    else query.append(name.replace("{data}", data), named ? names.titles[value] : (titles[value] ?? value));
  });
  for (const name of hub || []) query.append("hub", name);
  const here = new URL(location);
  here.search = query;
  history.replaceState(history.state, "", here);
  return here.href;
}"""
"""Puts the state of the page into its address, and answers with it"""


@dataclass(frozen=True)
class Bound:
    """A control whose value stands in the links of one view."""

    view: str
    name: str
    """ "class_{data}": one for each data set"""
    control: gr.components.Component
    choices: Callable[[str], Sequence[tuple[str, Any]]] | None
    """(title, value) of a data set, where the control is filled later"""
    named: bool
    """Whether its values are keys or variants, which the link calls by their titles"""
    reads: bool


class Links:
    """The controls that links name. Who makes one binds it."""

    def __init__(self):
        self.bound: list[Bound] = []
        self.readers: list[tuple[str, Any, Callable]] = []

    def bind(self, view: str, name: str, control, choices=None, named: bool = False, reads: bool = True):
        """The control, whose value is from now on in the links of the view. reads: False where someone else sets what
        a link says."""
        self.bound.append(Bound(view, name, control, choices, named, reads))
        return control

    def reader(self, view: str, control, read: Callable[[Sequence[str], Mapping[str, Sequence[str]]], Any]) -> None:
        """Another control of the view is set by what `read(keys of the chosen variants, query)` makes of a link."""
        self.readers.append((view, control, read))

    @property
    def controls(self) -> list:
        """Those whose values a link is made of."""
        return [one.control for one in self.bound]

    @property
    def filled(self) -> list:
        """Those that `read` may set."""
        return [*(one.control for one in self.bound if one.reads), *(control for _, control, _ in self.readers)]

    @property
    def js(self) -> str:
        """Of an event: values of view, data set, variants, names from the Hub, `names`, and all controls -> link."""
        bound = []
        for one in self.bound:
            choices = getattr(one.control, "choices", None) or ()
            titles = {f"{value:g}" if isinstance(value, float) else str(value): title for title, value in choices}
            bound.append([one.view, one.name, one.control.value, titles, one.named])
        return COMPOSE % (json.dumps(bound), json.dumps(KINDS))

    def read(self, view: str, data: str, keys: Sequence[str], query: Mapping[str, Sequence[str]]) -> dict:
        """{control: value} of what a link says that the controls can take; the rest stays as it is.

        keys: of the chosen variants.
        """
        made = {}
        for of, control, read in self.readers:
            value = read(keys, query) if of == view else None
            made |= {} if value is None else {control: value}
        for one in self.bound:
            texts = query.get(one.name.format(data=data)) if one.reads and one.view == view else None
            if not texts:
                continue
            choices = one.choices(data) if one.choices else getattr(one.control, "choices", None)
            value = _value(one.control, texts[-1], choices)
            if value is not None:
                made[one.control] = gr.Dropdown(choices, value=value) if one.choices else value
        return made


def _value(control, text: str, choices) -> Any:
    """What a text of a link means to a control; None where it means nothing."""
    if isinstance(control, gr.Checkbox):
        return text == "true"
    if isinstance(control, gr.Textbox):
        return text
    if choices:
        return next((value for title, value in choices if str(title) == text), None)
    try:
        number = float(text)
    except ValueError:
        return None
    if isinstance(control, gr.Slider):
        return number if control.minimum <= number <= control.maximum else None
    return int(number) if number.is_integer() and 0 <= number <= MOST_SEED else None


def query_of(request: gr.Request) -> dict[str, list[str]]:
    return {name: request.query_params.getlist(name) for name in request.query_params}


def view_of(query: Mapping[str, Sequence[str]]) -> str:
    """The view that a link opens; where it names none, that of a quiz or a variant which it names, else "home"."""
    bare = next((view for view, name in (("quiz", "quiz"), ("learn", "variant")) if name in query), "home")
    view = (query.get(VIEW) or [bare])[-1]
    return view if view in VIEWS else "home"


def routes() -> list[Route]:
    """The addresses of Streamlit's pages, which lead to the same view here."""

    async def lead(request: Request) -> RedirectResponse:
        query = f"&{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"./?{VIEW}={request.url.path.rpartition('/')[2]}{query}")

    return [Route(f"/{view}", lead) for view in VIEWS]
