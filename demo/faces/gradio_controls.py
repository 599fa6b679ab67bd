"""The controls of a page as Gradio's components: how each is made, what it is sent, what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from demo import page as P
from demo.draw import number, pad, scrubber, stage_script
from demo.page.state import LISTEN

if TYPE_CHECKING:
    from demo.page.state import State
    from demo.zoo.zoo import Zoo

MANY = 8
"""Options that are more than these are a menu"""
OWN = P.Number | P.Pad
"""Controls that are widgets of ours: they say "value" in an event, and are sent what they show as one value"""
COUNT = "window.ganscopeCount = (window.ganscopeCount ?? 0) + 1"
"""In the browser: how often it has said something so far, this time included"""
_SHOW = """
const draw = () => {
  const said = props.value && props.value.label ? props.value : null;
  element.style.display = said ? "" : "none";
  element.toggleAttribute("data-shown", Boolean(said));
  const say = (value) => trigger("input", {value, count: COUNT});
  if (said) ganscope.NAME(element.querySelector(".NAME"), said, say);
};
watch("value", draw);
draw();
"""
_WIDGETS = {"number": number.JS, "pad": pad.JS, "scrubber": scrubber.JS, "stage": stage_script.JS, "listen": LISTEN}
SCRIPTS = "".join(f"ganscope.{name} = (() => {{{script}\nreturn {name};}})();\n" for name, script in _WIDGETS.items())
"""What the components of ours call, once for all of them"""


def component(c: P.Control) -> gr.components.Component:
    """Made once, and hidden until it is sent what it shows."""
    said = {"label": c.label, "info": c.help or None, "visible": False}
    if isinstance(c, P.Number):
        return _own("number", number, min_width=180, elem_classes="counted")
    if isinstance(c, P.Pad):
        return _own("pad", pad, min_width=280)
    if isinstance(c, P.Choice):
        if c.way == "menu" or (not c.way and (c.titles or c.per_data or callable(c.options) or len(c.options) > MANY)):
            return gr.Dropdown(min_width=180, **said)
        return gr.Radio(min_width=180, **said)
    if isinstance(c, P.Several) and c.ordered:
        return gr.Dropdown(multiselect=True, min_width=200, **said)
    if isinstance(c, P.Several):
        return gr.CheckboxGroup(min_width=200, **said)
    if isinstance(c, P.Slider):
        return gr.Slider(c.least, c.most, step=c.step, min_width=220, **said)
    if isinstance(c, P.Toggle):
        return gr.Checkbox(min_width=140, **said)
    return gr.Textbox(placeholder=c.placeholder, max_lines=1, min_width=200, **said)


def _own(name: str, widget: Any, **more: Any) -> gr.HTML:
    """A widget of demo.draw: a function of that name in SCRIPTS, and its CSS."""
    template, script = f'<div class="{name}"></div>', _SHOW.replace("NAME", name).replace("COUNT", COUNT)
    return gr.HTML(html_template=template, css_template=widget.CSS, js_on_load=script, **more)


def shown(c: P.Control, place: gr.components.Component, zoo: Zoo, s: State) -> dict[str, Any]:
    """What gr.update takes to show the control as it is."""
    if isinstance(c, OWN):
        show = _number if isinstance(c, P.Number) else P.Pad.shown
        return {"value": show(c, zoo, s) if s.shown[c.name] else None}
    value, more = s.values[c.name], {}
    if isinstance(c, P.Choice | P.Several):
        more["choices"] = [(title, one) for one, title in c.named(s).items()]
    if isinstance(place, gr.Dropdown):
        more["multiselect"] = isinstance(c, P.Several)
    value = list(value) if isinstance(value, tuple) else value
    return {"value": value, "visible": s.shown[c.name], **more}


def _number(c: P.Number, zoo: Zoo, s: State) -> dict:
    step = c.step(s) if callable(c.step) else c.step
    return {
        "label": c.label, "value": s.values[c.name], "least": c.least, "most": c.most, "step": step,
        "random": c.random, "after": c.after, "help": c.help,
        "placeholder": "none" if s.defaults[c.name] is None else "",
    }  # fmt: skip


def changes(c: P.Control, zoo: Zoo, s: State, said: Any) -> P.Changes:
    """What an event of the component changes. said: gr.EventData of OWN ones, else the component's value."""
    if isinstance(c, P.Number):
        value = said._data.get("value")
        fits = value is None or (isinstance(value, int) and c.least <= value <= c.most)
        return {c.name: value} if fits else None
    if isinstance(c, P.Pad):
        return {c.name: c.received(zoo, s, said._data.get("value"))}
    return {c.name: c.chosen(said or (), s.offers[c.name]) if isinstance(c, P.Several) else said}
